"""Students of one recipe set against each other: on how many images two of them differ, over what they get right."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

import numpy as np

from app.catalog.declared import DATA
from app.catalog.pack import PackError, read_pack
from app.components.mount import mount
from app.experiments.kinds.churn import GROUP, HANDED_ON, RECIPES, Churn
from app.experiments.paired import half_width, paired
from app.experiments.recordings.layered import CHURN, RecordedChurn
from app.experiments.recordings.recording import recordings
from app.figures.own_run import OwnRun
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
SHOWN = 10  # images on which five students differ most
OPPOSED = ("labels", "distilled")  # whose answers to these are shown


class ChurnOptions(Options):
    """images: whether each seed has images of its own; asked: students, or students with the teacher behind them;
    recipes: which are there; chosen: with a choice of both; gallery: also single images, and what five students say;
    train: with a button that trains the same here.
    """

    images: Literal["own", "same"] = "own"
    asked: Literal["students", "systems"] = "students"
    recipes: tuple[str, ...] = OPPOSED
    chosen: bool = False
    gallery: bool = False
    train: bool = False


@lru_cache(maxsize=8)
def contents(known: RecordedChurn, recipes: tuple[str, ...], gallery: bool) -> dict[str, Any]:
    """All but the options. Raises ValueError, a sentence, if the arrays are missing or damaged."""
    run, experiment = known.run(same=False)
    shown = [recipe for recipe in RECIPES if recipe.id in recipes]
    return {
        "trouble": "",
        "recipes": [{"id": one.id, "words": one.words, "role": one.role, "images": one.images} for one in shown],
        "cells": {
            f"{images}/{asked}/{one.id}": _cell(known, one.id, same=images == "same", system=asked == "systems")
            for images in ("own", "same")
            for asked in ("students", "systems")
            for one in shown
        },
        "seeds": len(experiment.seeds),
        "tests": run.end["final"]["images"],
        "group": GROUP,
        "handed": HANDED_ON,
        "divided": _divided(known) if gallery else [],
        "data": experiment.data,
    }


def _cell(known: RecordedChurn, recipe: str, *, same: bool, system: bool) -> dict[str, Any]:
    run, experiment = known.run(same=same)
    apart, labels = (known.between(one, same=same, system=system) for one in (recipe, "labels"))
    less = paired(apart, labels)
    return {
        "right": fmean(run.end["final"]["system_accuracy" if system else "accuracy"][experiment.place(recipe)]),
        "apart": fmean(apart),
        "half": half_width(apart),
        "divided": fmean(known.divided(recipe, same=same, system=system)),
        "gap": None if recipe == "labels" else {"mean": less.mean, "half": less.half_width},
    }


def _divided(known: RecordedChurn) -> list[dict[str, Any]]:
    """Test images on which the first five labels-only students differ most, and what five of each recipe say."""
    _, experiment = known.run(same=False)
    pack = read_pack(DATA[experiment.data].path)
    asked = known.array("asked")[0]  # of the run with images of their own: (arms, GROUP, n)
    labels = asked[experiment.place("labels")]
    kinds = np.array([len(set(column)) for column in labels.T])
    order = np.argsort(-kinds, kind="stable")[:SHOWN]
    return [
        {
            "image": int(image),
            "label": int(pack.labels[pack.test][image]),
            **{recipe: [int(said) for said in asked[experiment.place(recipe), :, image]] for recipe in OPPOSED},
        }
        for image in order
    ]


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedChurn).get(CHURN)
    opens = {name: stage.held(name, options[name]) for name in ("images", "asked")}
    own = OwnRun(stage, key, {"": Churn((0,))} if options["train"] else {}, {})
    try:
        data = contents(known, tuple(options["recipes"]), options["gallery"]) if known else {"trouble": GONE}
    except (ValueError, PackError) as error:
        data = {"trouble": str(error)}
    mount("churn", data | {"opens": opens, "chosen": options["chosen"], "own": own.told()}, key, own.on)


FIGURE = Figure(
    "students of one recipe: on how many images two of them differ, over what they get right",
    ChurnOptions,
    show,
    settings=(
        Setting("images", "images that students learn from", choices=("own", "same")),
        Setting("asked", "who is asked", choices=("students", "systems")),
    ),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, Churn),
)
