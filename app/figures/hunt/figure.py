"""The figure of the hunt: sheets of test images, on each a few that the teacher hesitates over."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from app.catalog.available import data_sets
from app.components.mount import mount
from app.experiments.ranking import log_softmax
from app.figures.settings import Data
from app.figures.stage import Stage
from app.teaching.checks.teacher_says import LabelledLogits, teacher_answers
from app.teaching.figures import Figure, Options
from app.teaching.plain import ClaimError

SHEETS = 3
# Places in the order of sureness, from the least sure: every sheet has some that are hard, most that are easy.
PLACES = (0, 1, 2, 4, 7, 11, 17, 25, 36, 50, 70, 95, 125, 160, 200, 240, 280, 320)
NOT_HERE = "The images are not on this machine, so there is nothing to hunt. Fetch them in the lab."


class HuntOptions(Options):
    """Which images are hunted."""

    data: Data = "mnist"


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    if not data_sets()[options["data"]].here:
        st.markdown(NOT_HERE)
        return
    try:
        known = sheets(options["data"])
    except ClaimError as error:
        st.markdown(str(error))
        return
    if stage.waits(options):
        known = {"count": known["count"], "classes": known["classes"], "first": list(range(len(PLACES)))}
    mount("hunt", {"data": options["data"], **known}, key)


def sheets(data: str) -> dict[str, Any]:
    """The sheets, JSON-ready: images with label, logits and place in the order of sureness, from 1, the least sure.

    Raises ClaimError if the teacher's answers are missing.
    """
    return _sheets(teacher_answers(data))


@lru_cache(maxsize=4)
def _sheets(answers: LabelledLogits) -> dict[str, Any]:
    tops = log_softmax(answers.logits).max(axis=-1)
    order = [int(image) for image in np.argsort(tops, kind="stable")]
    chosen = [[order[SHEETS * place + sheet] for place in PLACES] for sheet in range(SHEETS)]
    return {
        "classes": list(answers.classes),
        "count": len(order),
        "sheets": [[_entry(image, answers.logits, answers.labels, order) for image in sorted(one)] for one in chosen],
    }


def _entry(image: int, logits: Any, labels: tuple[int, ...], order: list[int]) -> dict[str, Any]:
    shown = [round(float(one), 3) for one in logits[image]]
    return {"image": image, "label": labels[image], "logits": shown, "place": order.index(image) + 1}


FIGURE = Figure("sheets of test images: which is the teacher least sure of?", HuntOptions, show, asks=True, waits=True)
