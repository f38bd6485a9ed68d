"""The figure of which classes the teacher thinks alike, computed from its recorded answers. Knows no page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from app.catalog.declared import DATA
from app.components.similarity import similarity as mount_similarity
from app.server.api.assets import js_base
from app.teaching.checks.teacher_says import TeacherAnswers, teacher_answers
from app.teaching.plain import ClaimError
from app.teaching.similarity import leaves, likeness, mean_soft_labels, tree

if TYPE_CHECKING:
    from app.figures.on_stage import Stage

TEMPERATURES = tuple(float(one) for one in np.arange(1, 20.5, 0.5))
REFERENCE = 4.0  # the tree whose leaves the others stay close to, so that rows move little while T is turned
MILLION = 1_000_000


def similarity(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount the figure. options: see `app.teaching.stage.Similarity`."""
    try:
        known = softened(options["data"])
    except ClaimError as error:
        st.markdown(str(error))
        return
    data = {
        **known,
        "name": DATA[options["data"]].name,
        "temperature": stage.settings["temperature"] if "temperature" in stage.fixed else options["temperature"],
        "chosen": options["chosen"],
        "fixed": sorted(stage.fixed),
    }
    mount_similarity(js_base(), data, key=key)


def softened(data: str) -> dict[str, Any]:
    """Mean soft labels and trees of the finished teacher of `data` at every temperature of the dial, JSON-ready.

    maps: (temperatures, classes, classes) in millionths; joins: for each temperature [first, second, likeness in
    millionths]; orders: the classes as leaves. Raises ClaimError where the answers are missing.
    """
    return _softened(teacher_answers(data))


@lru_cache(maxsize=4)
def _softened(answers: TeacherAnswers) -> dict[str, Any]:
    classes = len(answers.classes)
    maps = [mean_soft_labels(answers.logits, answers.labels, classes, t) for t in TEMPERATURES]
    trees = [tree(likeness(one)) for one in maps]
    near = leaves(trees[TEMPERATURES.index(REFERENCE)], classes)
    return {
        "classes": list(answers.classes),
        "images": len(answers.labels),
        "temperatures": list(TEMPERATURES),
        "maps": [[[round(MILLION * share) for share in row] for row in one.tolist()] for one in maps],
        "joins": [[[j.first, j.second, round(MILLION * (1 - j.apart))] for j in one] for one in trees],
        "orders": [leaves(one, classes, near) for one in trees],
    }
