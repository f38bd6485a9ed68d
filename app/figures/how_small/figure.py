"""One dial that moves several pictures at once: smaller students, longer trainings, narrower networks; recorded."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import ceil, floor, log
from statistics import fmean
from typing import Any, Literal, cast

import numpy as np
import streamlit as st
from pydantic import Field

from app.catalog.declared import CONTROLS, DATA, METHODS
from app.components.mount import mount
from app.experiments.kinds import Experiment, Measure
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import ARMS, TEACHER_UPDATES, TEACHER_WIDTH, Rules
from app.experiments.paired import paired
from app.experiments.recordings import FinishedRun, recordings
from app.experiments.recordings.dials import BOTH, RecordedDial, arm_ids, settings_of
from app.experiments.spec import NotTrainable
from app.figures.lesson_run import bench, own_run
from app.figures.own_run import LESSON_SECONDS, OwnRun, seeded
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded runs of this figure are missing or damaged. Get a fresh copy of the app."
ANOTHER = "The run in the address is of another experiment: the lab shows it. Here are the recorded ones."
ENDS = ("mean", "low", "high")
GALLERY = 8  # images
WORDS = {  # of the dials
    "size": {"name": "Parameters of the student", "unit": "parameters"},
    "updates": {"name": "Updates of the training", "unit": "updates"},
    "width": {"name": "Width of the network", "unit": "wide"},
    "images": {"name": "It learns from", "unit": ""},
}
UNITS = ("Its units", "Its units and rate")  # if one of them is a rate
TAUGHT = ("Against labels only", "Who teaches")  # if one of them is not set against labels only
NETWORKS = {"relu": "ReLU", "leaky": "leaky ReLU, which cannot die", "slow": "a third of the rate"}
BETWEEN = "between"  # what is set against the teacher’s own students
SETS = ("distilled", "assistant", BETWEEN, "even", "certain", "kd-1", "kd-2", "kd-4")  # see `arm_ids`
IMAGES = {  # with how many of them
    "long_tail": "a long tail of {0.labels:,}",
    "tail_unlabelled": "+ {0.unlabelled:,} unlabelled rare ones",
    "plain": "{0.labels:,}, as many of each class",
    "rest_unlabelled": "+ {0.unlabelled:,} unlabelled of any class",
}
GUESSED = ("accuracy", "larger", "even", "fact")  # measures that say something of whoever guesses
MORE = {  # by measure, what is said of students that are above those they are set against, and below
    "accuracy": ("are right more often", "are right less often"),
    "agreement": ("agree more often with their teacher", "agree less often with their teacher"),
    "worst": ("are better in their worst class", "are worse in their worst class"),
    "ece": ("are worse calibrated", "are better calibrated"),
    "scaled_ece": ("are worse calibrated once scaled", "are better calibrated once scaled"),
    "over": ("are surer for what they get right", "are less sure for what they get right"),
    "fires": ("have more units that fire", "have fewer units that fire"),
    "head": ("are better in the three most frequent classes", "are worse in the three most frequent classes"),
    "middle": ("are better in the four classes between", "are worse in the four classes between"),
    "tail": ("are better in the three rarest classes", "are worse in the three rarest classes"),
    "larger": ("know more often which is larger", "know less often which is larger"),
    "even": ("know more often whether a sum is even", "know less often whether a sum is even"),
    "fact": ("have more of the facts", "have fewer of the facts"),
    "sure_of_lost": ("are surer of the facts they get wrong", "are less sure of the facts they get wrong"),
    "sure_of_untold": ("are surer of facts that nobody told them", "are less sure of facts that nobody told them"),
}
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5)  # between the ticks of an axis
SHOWS: dict[str, dict[str, Any]] = {
    "ladder": {
        "recordings": ("recorded-ladder-mnist", "recorded-ladder-mnist-small"),
        "later": ("recorded-ladder-mnist-long", "recorded-ladder-mnist-alive"),
        "dial": "size",
        "by": "updates",
    },
    "tail": {"recordings": ("recorded-tail-mnist",), "dial": "updates", "by": "images", "compared": True},
    "rules": {"recordings": ("recorded-rules",), "dial": "width", "by": "updates", "compared": True},
    "assistant": {"recordings": ("recorded-assistant-mnist",), "dial": "size", "by": "updates"},
}


def shown(of: str, *, later: bool) -> tuple[str, ...]:
    """The recordings of an experiment; of a place that is in several, the last one counts. later: with long ones."""
    known: tuple[str, ...] = SHOWS[of]["recordings"]
    return (*known, *SHOWS[of].get("later", ())) if later else known


class HowSmallOptions(Options):
    """of: which experiment; size, updates, width, images: where its dials stand at first; only: which of its pictures,
    () for all; patience: of sizes also the longer trainings; controls: with a choice of what else than a teacher is set
    against labels only (arm), and of other units or rates (network); arm, network: which of these at first; gains:
    also by how much they differ, over the dial; gallery: also the images that the teacher mends and breaks; train: with
    a button that trains the same here.
    """

    of: Literal["ladder", "tail", "rules", "assistant"] = "ladder"
    size: int = Field(default=9098, ge=1)
    updates: int = Field(default=376, ge=1)
    width: int = Field(default=16, ge=1)
    images: str = "long_tail"
    only: tuple[str, ...] = ()
    patience: bool = False
    controls: tuple[Literal["arm", "network"], ...] = ()
    arm: str = "distilled"
    network: str = "relu"
    gains: bool = False
    gallery: bool = False
    train: bool = False


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    of = options["of"]
    known = [recordings(RecordedDial).get(id_) for id_ in shown(of, later=options["patience"])]
    if not all(known):
        mount("how_small", {"trouble": GONE}, key)
        return
    kept = tuple(one for one in known if one)
    controls = tuple(options["controls"])
    data = contents(of, kept, tuple(options["only"]), controls, gallery=options["gallery"])
    opens = _opens(data, options, stage)
    own = OwnRun(stage, key, offers_of(of, kept, controls) if options["train"] else {}, opens)
    with st.container(key=f"how-small{stage.place}", gap="small"):
        told = {"opens": opens, "differences": options["gains"], "own": own.told(followed=of == "rules")}
        mount("how_small", data | told, key, own.on)
        if not own.offers or of == "rules":
            return
        run, why = own_run(stage, own.fits, ANOTHER)
        if why:
            st.markdown(why)
        if run.spec is not None:
            bench(stage, run, run.spec.settings(), steps=f"steps-{key}")


def _opens(data: Mapping[str, Any], options: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
    """Where the dials stand at first: at the stops nearest to what link or lesson say, by their logarithm, of those
    where something was recorded with these choices.
    """
    dial = data["dial"]
    chosen = dict[str, Any]()
    for one in data["choices"]:
        known, wanted = [stop["value"] for stop in one["stops"]], stage.held(one["key"], options[one["key"]])
        chosen[one["key"]] = wanted if wanted in known else known[0]
    *before, arm = chosen.values()
    places = {stop: data["cells"].get("/".join(map(str, (stop, *before)))) for stop in dial["stops"]}
    recorded = [stop for stop, cell in places.items() if cell and _has(cell, arm)]
    at = stage.held(dial["key"], options[dial["key"]])
    return {dial["key"]: min(recorded or dial["stops"], key=lambda stop: abs(log(stop) - log(at)))} | chosen


def _has(cell: Mapping[str, Any], arm: str) -> bool:
    return any(arm in values["arms"] for values in cell["values"].values())


def offers_of(of: str, kept: Sequence[RecordedDial], controls: Sequence[str]) -> dict[str, Experiment]:
    """What a learner may train, by where the dial and the choices stand: labels only, and what is set against it."""
    offers = dict[str, Experiment]()
    for run in (run for one in kept for run in one.runs):
        for arm in _sets(run.experiment, controls):
            one = _pair(run.experiment, arm)
            if one is not None and is_quick(one):
                offers["/".join(map(str, (*_place(run, of), arm)))] = one
    return offers


def _owns(options: Mapping[str, Any], experiment: Experiment) -> bool:
    controls = options["controls"] if options["train"] and options["of"] == "rules" else None
    if controls is None or not isinstance(experiment, Rules):
        return False
    return ("arm" in controls or experiment.arms[1:] == ("distilled",)) and (
        "network" in controls or not experiment.slope
    )


def _pair(experiment: Experiment, arm: str) -> Experiment | None:
    """The same with labels only and one other arm; None if the lab trains no students like these."""
    if isinstance(experiment, Rules):
        return replace(experiment, arms=("labels", arm))
    assert isinstance(experiment, RunSpec)
    other = experiment.arms[arm_ids(experiment).index(_arms(arm)[0])]
    usual = METHODS[other.method].offered and not other.by
    trained = usual and not experiment.slope and experiment.rate == 1
    return replace(experiment, arms=(experiment.arms[0], other)) if trained else None


def is_quick(experiment: Experiment) -> bool:
    """Whether a learner may train it in a lesson. What cannot be trained now is not: its work cannot be told."""
    try:
        return _cost(cast(Hashable, experiment)) <= LESSON_SECONDS
    except NotTrainable:
        return False


@lru_cache(maxsize=256)
def _cost(experiment: Any) -> float:
    return seeded(experiment, tuple(range(CONTROLS["seeds"].default))).work().cost


# ── what the browser is told ─────────────────────────────────────────────────────────────────────────────────────


def _place(run: FinishedRun, of: str) -> tuple[Any, ...]:
    at = settings_of(run.experiment)
    return at[SHOWS[of]["dial"]], at[SHOWS[of]["by"]], at["network"]


def _sets(experiment: Experiment, controls: Sequence[str]) -> list[str]:
    """The arms of an experiment that are set against another, see `_arms`."""
    ids = set(arm_ids(experiment))
    return [arm for arm in SETS if set(_arms(arm)) <= ids and ("arm" in controls or arm == "distilled")]


def _arms(arm: str) -> tuple[str, str]:
    """What is set against what."""
    return ("assistant", "distilled") if arm == BETWEEN else (arm, "labels")


@lru_cache(maxsize=8)
def contents(
    of: str,
    kept: tuple[RecordedDial, ...],
    only: tuple[str, ...] = (),
    controls: tuple[str, ...] = (),
    *,
    gallery: bool,
) -> dict[str, Any]:
    """Everything that the pictures are drawn from, JSON-ready: see figure.js. Of a place that is in several recordings,
    the last one's.
    """
    dial, by = SHOWS[of]["dial"], SHOWS[of]["by"]
    known = {measure.key: measure for one in kept for measure in one.measures}
    measures = [measure for key, measure in known.items() if not only or key in only]
    runs = {_place(run, of): (one, run) for one in kept for run in one.runs}
    runs = {place: one for place, one in runs.items() if "network" in controls or place[-1] == "relu"}
    cells = {}
    for place, (one, run) in runs.items():
        here = {measure.key for measure in one.measures}
        cells["/".join(map(str, place))] = {
            "seeds": len(run.experiment.seeds),
            "size": settings_of(run.experiment)["size"],
            "learned": sum(_learned(one, run)),
            "values": {
                measure.key: _values(one, run, measure.key, controls) for measure in measures if measure.key in here
            },
            "gallery": _gallery(one, run) if gallery else {},
        }
    experiments = {place: run.experiment for place, (_, run) in runs.items()}
    stops = [{"value": one, "words": _words(by, one, experiments)} for one in _order(list(experiments))]
    networks = [one for one in NETWORKS if any(network == one for _, _, network in experiments)]
    first = kept[0].runs[0].experiment
    arms = {arm: _arm(one, arm) for one in experiments.values() for arm in ("labels", *_sets(one, controls))}
    sets = [{"value": arm, "words": arms[arm]["button"]} for arm in SETS if arm in arms]
    return {
        "trouble": "",
        "of": of,
        "dial": {"key": dial, **WORDS[dial], "stops": sorted({stop for stop, *_ in experiments})},
        "choices": [
            {"key": by, **WORDS[by], "stops": stops},
            {
                "key": "network",
                "name": UNITS["slow" in networks],
                "stops": [{"value": n, "words": NETWORKS[n]} for n in networks],
            },
            {"key": "arm", "name": TAUGHT[BETWEEN in arms], "stops": sets},
        ],
        "panels": _panels(of, kept, measures, cells),
        "arms": arms,
        "cells": cells,
        "tested": kept[0].reached().images if isinstance(first, RunSpec) else 0,
        "data": first.data,
        "about": _about(of, kept[0]),
    }


def _arm(experiment: Experiment, arm: str) -> dict[str, str]:
    """An arm's role, its words beside a number, those of its button, and what its students are called in a sentence."""
    role: str
    if isinstance(experiment, Rules):
        role, temperature = ARMS[arm].role, ARMS[arm].temperature
    else:
        assert isinstance(experiment, RunSpec)
        made = experiment.arms[arm_ids(experiment).index(_arms(arm)[0])]
        told = "distilled" if METHODS[made.method].uses_teacher else "control"
        role, temperature = made.role if made.role == "labels" else told, made.temperature
    kind = "kd" if arm == "distilled" or arm.startswith("kd-") else arm
    at = f" at T = {temperature:g}"
    words, button, students = {
        "labels": ("labels only", "", ""),
        "kd": (
            "distilled" if arm == "distilled" else f"distilled{at}",
            f"the teacher{at}",
            "distilled students" if arm == "distilled" else f"students distilled{at}",
        ),
        "even": (f"evenly soft{at}", f"even softness{at}, no teacher", f"students of evenly soft labels{at}"),
        "certain": (f"labels{at}", f"labels{at}, no teacher", f"students of plain labels{at}"),
        "assistant": ("by an assistant", "an assistant between", "students of an assistant"),
        BETWEEN: ("by an assistant", "an assistant, against the teacher itself", "students of an assistant"),
    }[kind]
    return {"role": role, "words": words, "button": button, "students": students, "against": _arms(arm)[1]}


def _order(places: Sequence[tuple[Any, ...]]) -> list[Any]:
    known = list(dict.fromkeys(by for _, by, _ in places))
    return sorted(known) if all(isinstance(one, int) for one in known) else known


def _words(by: str, value: Any, experiments: Mapping[tuple[Any, ...], Experiment]) -> str:
    if by != "images":
        return f"{value:,} updates"
    return IMAGES[value].format(next(one for (_, images, _), one in experiments.items() if images == value))


def _gain(ahead: Sequence[float | None], behind: Sequence[float | None]) -> dict[str, Any] | None:
    """Of the seeds with which there is something to measure in both; None of fewer than two."""
    both = [(a, b) for a, b in zip(ahead, behind, strict=True) if a is not None and b is not None]
    if len(both) < 2:
        return None
    gain = paired(*zip(*both, strict=True))
    return {"mean": gain.mean, "half": gain.half_width}


def _panels(of: str, kept: Sequence[RecordedDial], measures: Sequence[Measure], cells: Mapping[str, Any]) -> list[Any]:
    """The pictures, each with an axis that holds every seed of every stop: one for all if that can be compared."""
    shares = {measure.key: _shares(measure.key, cells) for measure in measures}
    if SHOWS[of].get("compared"):
        every = [share for each in shares.values() for share in each]
        shares = dict.fromkeys(shares, every)
    return [
        {
            "key": measure.key,
            "words": measure.words,
            "more": MORE[measure.key],
            "ticks": _ticks(min(shares[measure.key]), max(shares[measure.key])),
            "levels": _levels(kept[0], measure.key),
        }
        for measure in measures
    ]


def _shares(key: str, cells: Mapping[str, Any]) -> list[float]:
    known = (cell["values"][key]["arms"].values() for cell in cells.values() if key in cell["values"])
    return [share for arms in known for arm in arms for share in arm["seeds"] if share is not None]


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, two to five, equally far apart: the first is at most `low`, the last at least `high`."""
    for step in STEPS:
        first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        if last - first <= 4:
            break
    return [round(step * at, 2) for at in range(first, max(last, first + 1) + 1)]


def _levels(kept: RecordedDial, key: str) -> list[dict[str, Any]]:
    """What is the same over the whole dial: what guessing gets, and the teacher if it took the same test."""
    first = kept.runs[0]
    if isinstance(first.experiment, Rules):
        row = kept.score(first, key)[arm_ids(first.experiment).index("teacher")]
        guessed, known = 1 / 2, [share for share in row if share is not None]
    else:
        right = kept.teacher_reached(first) if key == "accuracy" else 0
        guessed, known = 1 / DATA[first.experiment.data].classes, [right] if right else []
    levels = [{"role": "guess", "words": "guessing", "at": guessed}] if key in GUESSED else []
    return [*levels, {"role": "teacher", "words": "teacher", "at": fmean(known)}] if known else levels


def _learned(kept: RecordedDial, run: FinishedRun) -> list[bool]:
    """Which seeds learned anything, both with labels only and distilled."""
    return [all(both) for both in zip(*(kept.learners(run, arm) for arm in BOTH), strict=True)]


def _values(kept: RecordedDial, run: FinishedRun, key: str, controls: Sequence[str]) -> dict[str, Any]:
    """Of every arm: every seed, their mean and ends, of the two of which that is asked also the mean of the seeds that
    learned anything; and by how much each is above what it is set against.
    """
    ids, score, learned = arm_ids(run.experiment), kept.score(run, key), _learned(kept, run)
    arms, gains = dict[str, Any](), dict[str, Any]()
    for arm in ("labels", *_sets(run.experiment, controls)):
        row, alone = (score[ids.index(one)] for one in _arms(arm))
        there = [share for share in row if share is not None]
        ends = {"mean": fmean(there), "low": min(there), "high": max(there)} if there else dict.fromkeys(ENDS)
        of_these = [share for share, did in zip(row, learned, strict=True) if did and share is not None]
        known = {"learned": fmean(of_these)} if arm in BOTH and of_these and not all(learned) else {}
        arms[arm] = {"seeds": list(row), **ends, **known}
        in_both = [all(did) for did in zip(*(kept.learners(run, one) for one in _arms(arm)), strict=True)]
        gain = _gain(row, alone) if arm != "labels" else None
        if gain and not all(in_both):
            ahead, behind = ([share for share, did in zip(one, in_both, strict=True) if did] for one in (row, alone))
            if learners := _gain(ahead, behind):
                gain |= {"learned": learners | {"seeds": sum(in_both)}}
        gains[arm] = gain
    return {"arms": arms, "gains": gains}


def _gallery(kept: RecordedDial, run: FinishedRun) -> dict[str, Any]:
    """Of the shown test images: what the teacher mends, wrong with labels only and right with it, and what it breaks;
    each with how many answers of all seeds these are, and with the images of most seeds.
    """
    at = [one.experiment for one in kept.runs].index(run.experiment)
    try:
        known = {name: np.asarray(kept.array(name)[at], int) for name in ("mended", "broken")}
    except ValueError:
        return {}
    return {name: {"answers": int(of.sum()), "images": of.size, "most": _most(of)} for name, of in known.items()}


def _most(seeds: np.ndarray[Any, Any]) -> list[dict[str, int]]:
    """The images with most seeds, by their number: at most GALLERY."""
    most = np.argsort(-seeds, kind="stable")[:GALLERY]
    return [{"image": int(image), "seeds": int(seeds[image])} for image in most if seeds[image]]


def _about(of: str, kept: RecordedDial) -> dict[str, Any]:
    """What the pictures are of, for a line below them."""
    first = kept.runs[0].experiment
    if isinstance(first, RunSpec):
        return {"labels": first.labels, "alpha": first.arms[1].alpha}
    return {"teacher": TEACHER_WIDTH, "first": TEACHER_UPDATES, "of": of}


FIGURE = Figure(
    "how students fare: one dial over their size, their width or their updates, and all pictures at once",
    HowSmallOptions,
    show,
    settings=(
        Setting("size", "parameters of the student", 1, 300_000),
        Setting("updates", "updates of the training", 1, 59_000),
        Setting("width", "width of the network", 1, 64),
        Setting("images", "images that students learn from", choices=tuple(IMAGES)),
        Setting("network", "units of the network, and its rate", choices=tuple(NETWORKS)),
        Setting("arm", "which students are looked at", choices=SETS),
    ),
    trains=True,
    owns=_owns,
)
