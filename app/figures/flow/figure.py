"""A thousand questions that flow through a gate, a student and a teacher, at the cost that was measured."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from pydantic import Field

from app.components.mount import mount
from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.kinds.layers import GROUNDS, SURE
from app.experiments.paired import half_width
from app.experiments.recordings.layered import CLEAN, LAYERS, RecordedLayers
from app.experiments.recordings.recording import recordings
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded layers of this figure are missing or damaged. Get a fresh copy of the app."
WAY = "distilled"
FOREIGN = ("clothes", "scrambled")
SHARES = (0, 10, 20, 30, 50)  # percent of the questions that are foreign
GATES = {"none": "", "gate": "gate", "student": WAY}  # what stands first, and whose confidence it is
WRITTEN = 6  # digits of a share: a mean of counts of ten thousand


class FlowOptions(Options):
    """gate: what stands first; foreign: what else than digits is asked about; share: how much of it, in percent;
    threshold: of the student. questions: whether they flow; else there is the table of what each gate refuses alone.
    """

    gate: Literal["none", "gate"] = "gate"
    foreign: Literal["clothes", "scrambled"] = "clothes"
    share: int = Field(default=20, ge=0, le=50)
    threshold: float = SURE
    questions: bool = True


@lru_cache(maxsize=4)
def contents(known: RecordedLayers) -> dict[str, Any]:
    """Means over the seeds. Raises ValueError, a sentence, if the arrays are missing or damaged."""
    words = {one.id: one.words for one in GROUNDS}
    return {
        "trouble": "",
        "thresholds": list(THRESHOLDS),
        "cells": {
            f"{gate}/{ground}": _cell(known, ground, behind=gate == "gate")
            for gate in ("none", "gate")
            for ground in (CLEAN, *FOREIGN)
        },
        "grounds": [{"id": ground, "words": words[ground]} for ground in FOREIGN],
        "refuses": [
            {
                "ground": "clothes, validation" if one == "validation" else words[one],
                **{layer: _refused(known, whose, one) for layer, whose in GATES.items() if whose},
            }
            for one in (
                "validation",
                CLEAN,
                "clothes",
                *(one.id for one in GROUNDS if one.id not in (CLEAN, "clothes")),
            )
        ],
        "shares": list(SHARES),
        "times": known.milliseconds,
        "processor": str(known.record["processor"]),
        "seeds": len(known.experiment.seeds),
        "tests": known.tests,
    }


def _cell(known: RecordedLayers, ground: str, *, behind: bool) -> dict[str, list[float]]:
    curve = known.curve(WAY, ground, behind=behind)
    shares = {"passed": curve.passed, "wrong": curve.kept_wrong, "mended": curve.mended, "kept": curve.kept}
    return {name: [round(float(one), WRITTEN) for one in share.mean(0)] for name, share in shares.items()}


def _refused(known: RecordedLayers, layer: str, ground: str) -> dict[str, Any]:
    """Shares: of every seed, their mean, and half its 95% interval."""
    shares = [1 - float(share) for share in known.through(layer, ground)]
    return {"values": [round(one, 3) for one in shares], "mean": fmean(shares), "half": half_width(shares)}


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedLayers).get(LAYERS)
    opens = {name: stage.held(name, options[name]) for name in ("gate", "foreign", "share", "threshold")}
    try:
        data = contents(known) if known else {"trouble": GONE}
    except ValueError as error:
        data = {"trouble": str(error)}
    mount("flow", data | {"opens": opens, "flows": options["questions"]}, key)


FIGURE = Figure(
    "a thousand questions that flow through a gate, a student and a teacher",
    FlowOptions,
    show,
    settings=(
        Setting("gate", "what stands first", choices=("none", "gate")),
        Setting("foreign", "what else is asked about", choices=FOREIGN),
        Setting("share", "share, in percent", 0, 50),
        Setting("threshold", "threshold on the student’s confidence", 0, 1, step=0.001),
    ),
)
