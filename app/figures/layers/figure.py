"""A student before its teacher, on its own ground and off it: a dial over the threshold, from a recording."""

import base64
import io
from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

import numpy as np
from PIL import Image

from app.catalog.declared import DATA
from app.catalog.pack import PackError, read_pack
from app.components.mount import mount
from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.kinds.layers import GROUNDS, SURE, WAYS, Layers
from app.experiments.paired import half_width
from app.experiments.recordings.layered import LAYERS, Curve, RecordedLayers
from app.experiments.recordings.recording import Array, recordings
from app.figures.own_run import OwnRun
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded layers of this figure are missing or damaged. Get a fresh copy of the app."
SHOWN = 8  # images of a ground
CONFIDENCE = ("raw", "scaled")
WRITTEN = 4  # digits of a share, of ten thousand test images


class LayersOptions(Options):
    """threshold, way, ground, confidence: where the figure opens. grounds: which can be chosen, in their order; ways:
    with a choice of who answers first; scales: with a choice of confidence; gallery: also the images that are handed
    on; train: with a button that trains the same here.
    """

    threshold: float = SURE
    way: Literal["labels", "distilled", "even"] = "distilled"
    ground: str = "clean"
    confidence: Literal["raw", "scaled"] = "raw"
    grounds: tuple[str, ...] = ("clean",)
    ways: tuple[Literal["labels", "distilled", "even"], ...] = ()
    scales: bool = False
    gallery: bool = False
    train: bool = False


@lru_cache(maxsize=8)
def contents(known: RecordedLayers, grounds: tuple[str, ...], ways: tuple[str, ...], gallery: bool) -> dict[str, Any]:
    """What the dial shows: means over the seeds at every threshold. Raises ValueError, a sentence, if it is damaged."""
    spec, times = known.experiment, known.milliseconds
    roles = {way: spec.arm_words()[spec.place(way)].role for way in ways}
    shown = [one for one in GROUNDS if one.id in grounds]
    return {
        "trouble": "",
        "thresholds": list(THRESHOLDS),
        "grounds": [
            {
                "id": one.id,
                "words": one.words,
                "digits": one.digits,
                "teacher": known.teacher(one.id),
                "pictures": _row(known.array("pictures")[GROUNDS.index(one)][:SHOWN, 0]),
            }
            for one in shown
        ],
        "ways": [{"id": way, "words": WAYS[way], "role": roles[way]} for way in ways],
        "cells": {
            f"{way}/{confidence}/{one.id}": _cell(known, way, one.id, one.digits, confidence)
            for way in ways
            for one in shown
            for confidence in CONFIDENCE
        },
        "seeds": len(spec.seeds),
        "tests": known.tests,
        "share": times["student"] / times["teacher"],
        "times": times,
        "processor": str(known.record["processor"]),
        "handed": {way: _handed(known, way) for way in ways} if gallery else {},
        "data": spec.data,
    }


def _cell(known: RecordedLayers, way: str, ground: str, digits: bool, confidence: str) -> dict[str, Any]:
    curve = known.curve(way, ground, scaled=confidence == "scaled")
    return {
        "passed": _means(curve.passed),
        "wrong": _means(curve.kept_wrong),
        "mended": _means(curve.mended),
        "half": _halves(curve) if digits else [],
        "ece": fmean(known.ece(way, ground, scaled=confidence == "scaled").tolist()) if digits else None,
    }


def _means(shares: Array) -> list[float]:
    return [round(float(share), WRITTEN) for share in shares.mean(0)]


def _halves(curve: Curve) -> list[float]:
    """Half the 95% interval of what is right, at each threshold."""
    return [round(half_width(seeds.tolist()), WRITTEN) for seeds in curve.right.T]


def _row(images: Array) -> str:
    """Images (n, h, w) side by side, as the address of a picture that is written into it."""
    file = io.BytesIO()
    Image.fromarray(np.hstack(list(images))).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def _handed(known: RecordedLayers, way: str) -> list[list[float]]:
    """Of the first seed's student: [image, label, its answer, the teacher's, its confidence], the least sure first."""
    pack, place, clean = read_pack(DATA[known.experiment.data].path), known.experiment.place(way), 0
    labels = pack.labels[pack.test]
    doubt, answers = known.array("doubt")[place, clean].astype(float), known.array("answers")[:, clean]
    order = np.argsort(-doubt, kind="stable")
    return [
        [
            int(image),
            int(labels[image]),
            int(answers[place, image]),
            int(answers[-1, image]),
            round(1 - doubt[image], 4),
        ]
        for image in order
    ]


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedLayers).get(LAYERS)
    opens = {name: stage.held(name, options[name]) for name in ("threshold", "way", "ground", "confidence")}
    grounds = tuple(dict.fromkeys((*options["grounds"], opens["ground"])))
    ways = tuple(way for way in WAYS if way in (*options["ways"], opens["way"]))
    own = OwnRun(stage, key, {"": Layers((0,))} if options["train"] else {}, {})
    try:
        data = contents(known, grounds, ways, options["gallery"]) if known else {"trouble": GONE}
    except (ValueError, PackError) as error:
        data = {"trouble": str(error)}
    mount("layers", data | {"opens": opens, "scales": options["scales"], "own": own.told()}, key, own.on)


FIGURE = Figure(
    "a student before its teacher: what is handed on at which threshold, on several grounds",
    LayersOptions,
    show,
    settings=(
        Setting("threshold", "threshold on the student’s confidence", 0, 1, step=0.001),
        Setting("way", "which students", choices=tuple(WAYS)),
        Setting("ground", "what is asked about", choices=tuple(one.id for one in GROUNDS)),
        Setting("confidence", "confidence", choices=CONFIDENCE),
    ),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, Layers),
)
