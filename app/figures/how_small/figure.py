"""One dial that moves several pictures at once: smaller students, longer trainings, narrower networks; recorded."""

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from math import ceil, floor, log
from statistics import fmean
from typing import Any, Literal, cast

import numpy as np
import streamlit as st
from pydantic import Field

from app.catalog.declared import CONTROLS
from app.components.mount import mount
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import TEACHER_UPDATES, TEACHER_WIDTH
from app.experiments.paired import paired
from app.experiments.recordings import FinishedRun, recordings
from app.experiments.recordings.dials import RecordedDial, settings_of
from app.experiments.spec import NotTrainable
from app.figures.lesson_run import bench, own_run
from app.figures.own_run import OwnRun, seeded
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded runs of this figure are missing or damaged. Get a fresh copy of the app."
ANOTHER = "The run in the address is of another experiment: the lab shows it. Here are the recorded ones."
ENDS = ("mean", "low", "high")
SECONDS = 15.0  # on the reference core: what takes longer is not offered in a lesson
GALLERY = 8  # images
WORDS = {  # of the dials
    "size": {"name": "Parameters of the student", "unit": "parameters"},
    "updates": {"name": "Updates of the training", "unit": "updates"},
    "width": {"name": "Width of the network", "unit": "wide"},
    "images": {"name": "It learns from", "unit": ""},
}
IMAGES = {  # with how many of them
    "long_tail": "a long tail of {0.labels:,}",
    "tail_unlabelled": "+ {0.unlabelled:,} unlabelled rare ones",
    "plain": "{0.labels:,}, as many of each class",
}
SHOWS: dict[str, dict[str, Any]] = {
    "ladder": {"recordings": ("recorded-ladder-mnist", "recorded-ladder-mnist-long"), "dial": "size", "by": "updates"},
    "tail": {"recordings": ("recorded-tail-mnist",), "dial": "updates", "by": "images"},
    "rules": {"recordings": ("recorded-rules",), "dial": "width", "by": "updates"},
}


class HowSmallOptions(Options):
    """of: which experiment; size, updates, width, images: where its dials stand at first; only: which of its pictures,
    () for all; patience: of sizes also the longer trainings; gallery: also the images that the teacher breaks; train:
    with a button that trains the same here.
    """

    of: Literal["ladder", "tail", "rules"] = "ladder"
    size: int = Field(default=9098, ge=1)
    updates: int = Field(default=376, ge=1)
    width: int = Field(default=16, ge=1)
    images: str = "long_tail"
    only: tuple[str, ...] = ()
    patience: bool = False
    gallery: bool = False
    train: bool = False


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    of = options["of"]
    shows = SHOWS[of]["recordings"]
    known = [recordings(RecordedDial).get(id_) for id_ in (shows if options["patience"] else shows[:1])]
    if not all(known):
        mount("how_small", {"trouble": GONE}, key)
        return
    kept = tuple(one for one in known if one)
    data = contents(of, kept, tuple(options["only"]), gallery=options["gallery"])
    opens = _opens(data, options, stage)
    offers = {_named(run, of): run.experiment for one in kept for run in one.runs} if options["train"] else {}
    own = OwnRun(stage, key, {place: one for place, one in offers.items() if is_quick(one)}, opens)
    with st.container(key=f"how-small{stage.place}", gap="small"):
        mount("how_small", data | {"opens": opens, "own": own.told(followed=of == "rules")}, key, own.on)
        if not own.offers or of == "rules":
            return
        shown, why = own_run(stage, own.fits, ANOTHER)
        if why:
            st.markdown(why)
        if shown.spec is not None:
            bench(stage, shown, shown.spec.settings(), steps=f"steps-{key}")


def _opens(data: Mapping[str, Any], options: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    """Where the dials stand at first: at the nearest stops, by their logarithm, to what link or lesson say."""
    dial, by = data["dial"], data["by"]
    at, wanted = (stage.held(one["key"], options[one["key"]]) for one in (dial, by))
    known = [stop["value"] for stop in by["stops"]]
    nearest = min(dial["stops"], key=lambda stop: abs(log(stop) - log(at)))
    return {dial["key"]: nearest, by["key"]: wanted if wanted in known else known[0]}


def is_quick(experiment: Experiment) -> bool:
    """Whether a learner may train it in a lesson. What cannot be trained now is not: its work cannot be told."""
    try:
        return _cost(cast(Hashable, experiment)) < SECONDS
    except NotTrainable:
        return False


@lru_cache(maxsize=256)
def _cost(experiment: Any) -> float:
    return seeded(experiment, tuple(range(CONTROLS["seeds"].default))).work().cost


# ── what the browser is told ─────────────────────────────────────────────────────────────────────────────────────


def _named(run: FinishedRun, of: str) -> str:
    """The place of its cell."""
    return "/".join(map(str, _place(run, of)))


def _place(run: FinishedRun, of: str) -> tuple[Any, ...]:
    at = settings_of(run.experiment)
    return at[SHOWS[of]["dial"]], at[SHOWS[of]["by"]]


@lru_cache(maxsize=8)
def contents(of: str, kept: tuple[RecordedDial, ...], only: tuple[str, ...] = (), *, gallery: bool) -> dict[str, Any]:
    """Everything that the pictures are drawn from, JSON-ready: see figure.js."""
    dial, by = SHOWS[of]["dial"], SHOWS[of]["by"]
    measures = [one for one in kept[0].measures if not only or one.key in only]
    cells = {}
    for one in kept:
        for run in one.runs:
            cells[_named(run, of)] = {
                "seeds": len(run.experiment.seeds),
                "size": settings_of(run.experiment)["size"],
                "values": {measure.key: _values(one.score(run, measure.key)) for measure in measures},
                "gallery": _gallery(one, run) if gallery else [],
            }
    experiments = {_place(run, of): run.experiment for one in kept for run in one.runs}
    places = list(experiments)
    stops = [{"value": one, "words": _words(by, one, experiments)} for one in _order(places)]
    first = kept[0].runs[0].experiment
    roles = [(arm.role, arm.words) for arm in first.arm_words() if arm.role in ("labels", "distilled")]
    return {
        "trouble": "",
        "of": of,
        "dial": {"key": dial, **WORDS[dial], "stops": sorted({stop for stop, _ in places})},
        "by": {"key": by, **WORDS[by], "stops": stops},
        "panels": [_panel(measure.key, measure.words, cells) for measure in measures],
        "arms": [{"role": role, "words": words} for role, words in roles],
        "cells": cells,
        "tested": kept[0].reached().images if isinstance(first, RunSpec) else 0,
        "data": first.data,
        "about": _about(of, kept[0]),
    }


def _order(places: Sequence[tuple[Any, Any]]) -> list[Any]:
    known = list(dict.fromkeys(by for _, by in places))
    return sorted(known) if all(isinstance(one, int) for one in known) else known


def _words(by: str, value: Any, experiments: Mapping[tuple[Any, Any], Experiment]) -> str:
    if by != "images":
        return f"{value:,} updates"
    return IMAGES[value].format(next(one for (_, images), one in experiments.items() if images == value))


def _panel(key: str, words: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    """A picture with an axis that holds every seed of every stop."""
    shares = [
        x for cell in cells.values() for arm in cell["values"][key]["arms"] for x in arm["seeds"] if x is not None
    ]
    low, high = min(shares), max(shares)
    step = 0.1 if high - low > 0.3 else 0.05 if high - low > 0.1 else 0.02
    bottom, top = step * floor(low / step + 1e-9), step * ceil(high / step - 1e-9)
    return {"key": key, "words": words, "low": max(0.0, bottom), "high": min(1.0, max(top, bottom + step))}


def _values(score: Sequence[Sequence[float | None]]) -> dict[str, Any]:
    """Of labels only and the distilled: every seed, their mean and ends; and by how much the second is above."""
    arms = []
    for row in score[:2]:
        there = [share for share in row if share is not None]
        ends = {"mean": fmean(there), "low": min(there), "high": max(there)} if there else dict.fromkeys(ENDS)
        arms.append({"seeds": list(row), **ends})
    both = [(a, b) for a, b in zip(score[1], score[0], strict=True) if a is not None and b is not None]
    gain = paired(*zip(*both, strict=True)) if len(both) > 1 else None
    return {"arms": arms, "gain": gain and {"mean": gain.mean, "half": gain.half_width}}


def _gallery(kept: RecordedDial, run: FinishedRun) -> list[dict[str, int]]:
    """The shown test images that most seeds have right with labels only and wrong with the teacher."""
    at = [one.experiment for one in kept.runs].index(run.experiment)
    try:
        broken, mended = (np.asarray(kept.array(name)[at], int) for name in ("broken", "mended"))
    except ValueError:
        return []
    most = np.argsort(-broken, kind="stable")[:GALLERY]
    return [{"image": int(one), "broken": int(broken[one]), "mended": int(mended[one])} for one in most if broken[one]]


def _about(of: str, kept: RecordedDial) -> dict[str, Any]:
    """What the pictures are of, for a line below them."""
    first = kept.runs[0].experiment
    if isinstance(first, RunSpec):
        arm = first.arms[1]
        return {"labels": first.labels, "temperature": arm.temperature, "alpha": arm.alpha}
    return {"teacher": TEACHER_WIDTH, "first": TEACHER_UPDATES, "of": of}


FIGURE = Figure(
    "how students fare as they get smaller: one dial over size, over updates or over width, and all pictures at once",
    HowSmallOptions,
    show,
    settings=(
        Setting("size", "parameters of the student", 1, 300_000),
        Setting("updates", "updates of the training", 1, 59_000),
        Setting("width", "width of the network", 1, 64),
        Setting("images", "images to learn from", choices=tuple(IMAGES)),
    ),
    trains=True,
)
