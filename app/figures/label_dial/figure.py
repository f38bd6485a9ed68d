"""The figure of few labels: recorded curves over the number of labelled images, and the same trained here and now.

The same figure shows short trainings and long ones.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import streamlit as st
from pydantic import Field

from app.catalog.declared import Arm
from app.components.mount import mount
from app.experiments.final import Accuracy
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import LABELS_ONLY, SHARED_BY_ARMS, RunSpec, cohort_verdict
from app.experiments.recordings import FinishedRun, recordings
from app.experiments.recordings.arms import RecordedArms
from app.experiments.recordings.labels import LabelCurve, LengthCurve, TwinCurve
from app.figures.lesson_run import bench, own_run
from app.figures.own_run import OwnRun, seeded
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

ANOTHER = (
    "The run in the address is of another experiment: the lab shows it. Here are the recorded ones of this lesson."
)
MISSING = (
    "The recorded curves of this lesson are missing or damaged. Get a fresh copy of the app; the lab works without."
)
# By what a recording is of: the key of the dial, and its words in the picture and in sentences.
DIALS = {
    LabelCurve.KIND: {"key": "labels", "name": "Labelled images", "unit": "labelled images", "when": "With"},
    LengthCurve.KIND: {"key": "updates", "name": "Updates of the training", "unit": "updates in all", "when": "After"},
}
BESIDE = {  # by role and method of an arm
    ("distilled", "named"): "told the teacher’s first choice alone",
    ("control", "named"): "told the first choice of a labels-only twin",
    ("control", "kd"): "told that twin’s choice, evenly softened",
}


class LabelDialOptions(Options):
    """Recorded twins at the stops of a dial: numbers of labelled images, or lengths of the training. labels, updates:
    where it stands at first; rest: also with the remaining images, marked by the teacher alone; view: accuracy or gain;
    beside: recorded arms whose rows stand in the table where the dial is at their labels; train: with a button that
    trains the same here; knots: where the prediction that locks it, a curve of the gain, has its knots.
    """

    curve: str = "recorded-labels-mnist"
    labels: int = Field(default=100, ge=1)
    updates: int = Field(default=416, ge=1)
    rest: bool = False
    view: Literal["labels", "gain"] = "labels"
    beside: tuple[str, ...] = ()
    train: bool = True
    knots: tuple[int, ...] = ()


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    curves: dict[str, TwinCurve] = {**recordings(LabelCurve), **recordings(LengthCurve)}
    curve = curves.get(options["curve"])
    if curve is None:
        with st.container(key=f"missing-{key}"):
            st.markdown(MISSING)
        return
    words = DIALS[curve.KIND]
    linked = stage.settings.get(words["key"])
    fixed = words["key"] in stage.fixed and linked in curve.stops
    first = options[words["key"]] if options[words["key"]] in curve.stops else curve.stops[0]
    stop = linked if linked in curve.stops else first
    own = OwnRun(stage, key, _offers(curve, options) if options["train"] else {}, {words["key"]: stop} if fixed else {})

    def fits(mine: RunSpec) -> bool:
        return any(seeded(run.spec, mine.seeds) == mine for run in curve.twins)

    data = {
        **told(curve, tuple(options["beside"])),
        "words": words,
        "stop": stop,
        "first": stop if fixed else first,
        "rest": options["rest"],
        "view": options["view"],
        "fixed": fixed,
        "own": own.told(followed=False),
        "predicted": _predicted(options, stage),
    }
    with st.container(key=f"label-dial{stage.place}", gap="small"):
        mount("label_dial", data, key, own.on)
        shown, why = own_run(stage, fits, ANOTHER)
        if why:
            st.markdown(why)
        if shown.spec is None:
            return
        bench(stage, shown, shown.spec.settings(), steps=f"steps-{key}")


def _offers(curve: TwinCurve, options: Mapping[str, Any]) -> dict[str, Experiment]:
    """What may be trained at each stop: without the other images, and with them where the figure has any."""
    places = [(stop, rest) for stop in curve.stops for rest in (False, True) if options["rest"] or not rest]
    known = {f"{stop}/{'rest' if rest else ''}": curve.run(stop, rest=rest) for stop, rest in places}
    return {place: one.spec for place, one in known.items() if one}


def _predicted(options: Mapping[str, Any], stage: Stage) -> list[dict[str, float]] | None:
    """The curve of the gain that the learner drew, if the figure answers one."""
    said, knots = stage.saved.get(options.get("locked") or ""), options["knots"]
    if not knots or not isinstance(said, list) or len(said) != len(knots):
        return None
    return [{"stop": stop, "value": value} for stop, value in zip(knots, said, strict=True)]


# ── what the browser is told ─────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=8)
def told(curve: TwinCurve, beside: tuple[str, ...] = ()) -> dict[str, Any]:
    """Everything that the picture is drawn from, JSON-ready: a point for each stop. See figure.js."""
    known = recordings(RecordedArms)
    others = [known[id_] for id_ in beside if id_ in known]
    settings = curve.spec.settings()
    return {
        "points": [_point(curve, stop, others) for stop in curve.stops],
        "teacher": curve.teacher_reached(),
        "tested": curve.reached().images,
        "seeds": len(curve.spec.seeds),
        "temperature": settings["temperature"],
        "alpha": settings["alpha"],
    }


def _point(curve: TwinCurve, stop: int, others: Sequence[RecordedArms]) -> dict[str, Any]:
    """The same twins at one stop: on their images alone, and with the rest if there is one."""
    same, rest = curve.run(stop), curve.run(stop, rest=True)
    if same is None:
        raise ValueError(f"{curve.id} has no run at {stop} without other images")
    ends = dict(zip(("labels", "same"), same.reached, strict=True)) | ({"rest": rest.reached[1]} if rest else {})
    fitting = [one for one in others if rest and _shared(one.spec) == _shared(rest.spec)]
    return {
        "stop": stop,
        "labels": same.spec.labels,
        "ends": {arm: list(seeds) for arm, seeds in ends.items()},
        "gains": {"same": _gain(same, curve)} | ({"rest": _gain(rest, curve)} if rest else {}),
        "unlabelled": rest.spec.unlabelled if rest else 0,
        "beside": [row for one in fitting for row in _beside(one)],
    }


def _shared(one: RunSpec) -> list[Any]:
    return [getattr(one, key) for key in SHARED_BY_ARMS]


def _beside(known: RecordedArms) -> list[dict[str, Any]]:
    """A row for each of its arms that the curve has not, over as many pairs as were recorded."""
    plain, images, rows = known.accuracy("labels"), known.reached().images, []
    for arm, reached in zip(known.arms, known.runs[0].reached, strict=True):
        if words := BESIDE.get((arm.role, arm.method)):
            gain = _said((plain, reached), images, (LABELS_ONLY, arm))
            rows.append(
                {"role": arm.role, "words": f"{words} ({len(reached)} pairs)", "ends": list(reached), "gain": gain}
            )
    return rows


def _gain(run: FinishedRun, curve: TwinCurve) -> dict[str, Any]:
    return _said(run.reached, curve.reached(run).images, run.spec.arms)


def _said(reached: Accuracy, images: int, arms: Sequence[Arm]) -> dict[str, Any]:
    said = cohort_verdict(reached, images, arms)
    told = {name: getattr(said, name) for name in ("mean", "kind", "sentence", "ahead", "seeds")}
    return told | {"half": said.half_width}


FIGURE = Figure(
    "how good students get with few labelled images and with many, with a teacher and without",
    LabelDialOptions,
    show,
    settings=(
        Setting("labels", "labelled images", 1, 59_000),
        Setting("updates", "updates of the training", 1, 59_000),
        Setting("unlabelled", "images that only the teacher marks", 0, 59_000),
        Setting("picture", "accuracy or gain in the picture", choices=("accuracy", "gain")),
    ),
    trains=True,
)
