"""The figure of few labels: recorded curves over the number of labelled images, and the same trained here and now."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import streamlit as st
from pydantic import Field

from app.catalog.declared import CONTROLS
from app.components.mount import mount, sent
from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec, cohort_verdict
from app.experiments.recordings import FinishedRun, recordings
from app.experiments.recordings.labels import LabelCurve
from app.figures.lesson_run import bench, own_run, session, start
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

ANOTHER = (
    "The run in the address is of another experiment: the lab shows it. Here are the recorded ones of this lesson."
)
MISSING = (
    "The recorded curves of this lesson are missing or damaged. Get a fresh copy of the app; the lab works without."
)
NO_POINT = "Nothing was recorded at that number of labels. Turn the dial and press again."


class LabelDialOptions(Options):
    """Recorded twins at several numbers of labelled images. labels: where the dial stands at first; rest: also with the
    remaining images, marked by the teacher alone; view: accuracy or gain over the numbers of labels, or accuracy over
    the updates at one of them; train: with a button that trains the same here; knots: where the prediction that locks
    it, a curve of the gain, has its knots.
    """

    curve: str = "recorded-labels-mnist"
    labels: int = Field(default=100, ge=1)
    rest: bool = False
    view: Literal["labels", "gain", "updates"] = "labels"
    train: bool = True
    knots: tuple[int, ...] = ()


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    curve = recordings(LabelCurve).get(options["curve"])
    if curve is None:
        with st.container(key=f"missing-{key}"):
            st.markdown(MISSING)
        return

    def is_of_lesson(own: RunSpec) -> bool:
        return any(replace(run.spec, seeds=own.seeds) == own for run in curve.twins)

    shown, why = own_run(stage, curve.spec.data, is_of_lesson, ANOTHER)
    linked = stage.settings.get("labels")
    fixed = "labels" in stage.fixed and linked in curve.labels
    own = options["labels"] if options["labels"] in curve.labels else curve.labels[0]
    labels = linked if linked in curve.labels else own
    data = {
        **told(curve),
        "labels": labels,
        "own": labels if fixed else own,
        "rest": options["rest"],
        "view": options["view"],
        "fixed": fixed,
        "train": options["train"],
        "predicted": _predicted(options, stage),
    }

    def train() -> None:
        asked = sent(session(), key, "train")
        labels, rest = (asked.get("labels"), asked.get("rest")) if isinstance(asked, dict) else (None, None)
        course = curve.run(labels, rest=rest is True and options["rest"]) if type(labels) is int else None
        if not course:
            stage.say(NO_POINT)
            return
        start(stage, course.spec.settings(), spec.fresh_seeds(CONTROLS["seeds"].default))

    with st.container(key="label-dial", gap="small"):
        mount("label_dial", data, key, {"train": stage.press(train)})
        if why:
            st.markdown(why)
        if shown.spec is None:
            return
        bench(stage, shown, shown.spec.settings(), steps=f"steps-{key}")


def _predicted(options: Mapping[str, Any], stage: Stage) -> list[dict[str, float]] | None:
    """The curve of the gain that the learner drew, if the figure answers one."""
    said, knots = stage.saved.get(options.get("locked") or ""), options["knots"]
    if not knots or not isinstance(said, list) or len(said) != len(knots):
        return None
    return [{"labels": labels, "value": value} for labels, value in zip(knots, said, strict=True)]


# ── what the browser is told ─────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=4)
def told(curve: LabelCurve) -> dict[str, Any]:
    """Everything that the picture is drawn from, JSON-ready: a point for each number of labels. See figure.js."""
    return {
        "points": [_point(curve, labels) for labels in curve.labels],
        "teacher": curve.teacher_reached(),
        "tested": curve.reached().images,
        "shown": curve.test_images,
        "seeds": len(curve.spec.seeds),
    }


def _point(curve: LabelCurve, labels: int) -> dict[str, Any]:
    """The same twins at one number of labels: on these images alone, and with the rest if there is one."""
    same, rest = curve.run(labels), curve.run(labels, rest=True)
    if same is None:
        raise ValueError(f"{curve.id} has no run with {labels} labels and no others")
    gain, end = _gain(same, curve), curve.reached(same)
    ends = dict(zip(("labels", "same"), same.reached, strict=True)) | ({"rest": rest.reached[1]} if rest else {})
    return {
        "labels": labels,
        "epochs": same.spec.epochs,
        "updates": list(same.moments),
        "arms": {"labels": _arm(same, 0), "same": _arm(same, 1)} | ({"rest": _arm(rest, 1)} if rest else {}),
        "apart": end.images if end.images != curve.test_images else 0,
        "ends": {arm: list(seeds) for arm, seeds in ends.items()},
        "gains": {"same": gain} | ({"rest": _gain(rest, curve)} if rest else {}),
        "unlabelled": rest.spec.unlabelled if rest else 0,
    }


def _arm(run: FinishedRun, arm: int) -> list[list[float]]:
    """One arm's accuracy at each moment, for each seed."""
    return [list(moment[arm]) for moment in run.accuracy]


def _gain(run: FinishedRun, curve: LabelCurve) -> dict[str, Any]:
    said = cohort_verdict(run.reached, curve.reached(run).images, run.spec.arms)
    told = {name: getattr(said, name) for name in ("mean", "kind", "sentence", "ahead", "seeds")}
    return told | {"half": said.half_width}


FIGURE = Figure(
    "how good students get with few labelled images and with many, with a teacher and without",
    LabelDialOptions,
    show,
    settings=(
        Setting("labels", "labelled images", 1, 59_000),
        Setting("unlabelled", "images that only the teacher marks", 0, 59_000),
        Setting("picture", "accuracy or gain in the picture", choices=("accuracy", "gain")),
    ),
    trains=True,
)
