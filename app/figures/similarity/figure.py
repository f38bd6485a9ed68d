"""The figure of which classes the teacher thinks alike, computed from its recorded answers."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st
from pydantic import Field

from app.catalog.declared import DATA
from app.catalog.families import FAMILIES
from app.components.mount import mount
from app.figures.pictures import of_each_class
from app.figures.settings import CLASS, Data, temperature
from app.figures.stage import Stage
from app.teaching.checks.teacher_says import LabelledLogits, teacher_answers
from app.teaching.figures import Figure, Options
from app.teaching.plain import ClaimError
from app.teaching.similarity import leaves, likeness, mean_soft_labels, tree

TEMPERATURES = tuple(float(one) for one in np.arange(1, 20.5, 0.5))
REFERENCE = 4.0  # the tree whose leaves the others stay close to, so that rows move little while T is turned
MILLION = 1_000_000


class SimilarityOptions(Options):
    """Where the dial begins. chosen: the class whose row is read out at first; dial: whether it can be turned."""

    data: Data = "mnist"
    temperature: float = Field(default=4, ge=1, le=20)
    chosen: int = Field(default=4, ge=0, lt=10)
    dial: bool = True


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    try:
        known = softened(options["data"])
    except ClaimError as error:
        st.markdown(str(error))
        return
    data = {
        **known,
        "name": FAMILIES[DATA[options["data"]].family].seen,
        "temperature": stage.held("temperature", options["temperature"]),
        "chosen": options["chosen"],
        "dial": options["dial"],
        "waits": stage.waits(options),
        "data": options["data"],
        "leaves": of_each_class(options["data"]),
    }
    mount("similarity", data, key)


def softened(data: str) -> dict[str, Any]:
    """Mean soft labels and trees of the finished teacher of `data` at every temperature of the dial, JSON-ready.

    maps: (temperatures, classes, classes) in millionths; joins: for each temperature [first, second, likeness in
    millionths]; orders: the classes as leaves. Raises ClaimError if the answers are missing.
    """
    return _softened(teacher_answers(data))


@lru_cache(maxsize=4)
def _softened(answers: LabelledLogits) -> dict[str, Any]:
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


FIGURE = Figure(
    "which classes the teacher thinks alike, as a map and a tree",
    SimilarityOptions,
    show,
    settings=(temperature(), CLASS),
    lights=frozenset({"map", "tree", "T"}),
    waits=True,
)
