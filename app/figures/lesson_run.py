"""The learner's own run in a figure of a lesson: started, followed, paused or stopped."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.components.bench import pressed
from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings.runs import recorded_runs
from app.experiments.spec import RUN_KEY, Settings, SpecError
from app.figures.four_steps import four_steps
from app.figures.run_bench import Situation, run_bench
from app.figures.run_source import GONE, NO_COOKIE, RunSource, run_source, with_more_seeds
from app.figures.stage import Stage
from app.store import StoreError


def start(stage: Stage, settings: Settings, seeds: tuple[int, ...]) -> None:
    """Train the lab's comparison with these settings."""
    try:
        experiment = RunSpec.two_arms(settings, seeds)
    except SpecError as error:
        stage.say(str(error))
        return
    train(stage, experiment)


def train(stage: Stage, experiment: RunSpec) -> None:
    """Train it; a run that was started here and still goes on is stopped."""
    if stage.learner is None:
        stage.say(NO_COOKIE)
        return
    before = stage.store.runs.get(stage.run_id) if stage.run_id in stage.started and stage.run_id else None
    going_on = before and before.state in ("queued", "running") and before.request != "pause"
    try:
        experiment.check_trainable()
        instead_of = [before.id] if before and going_on else []
        run_id = stage.store.runs.submit(experiment, stage.learner, instead_of=instead_of)
    except (SpecError, StoreError) as error:
        stage.say(str(error))
        return
    stage.change(run_id=run_id)


def own_run(
    stage: Stage,
    data: str,
    fits: Callable[[RunSpec], bool],
    another: str,
    instead: RunSource = RunSource(),  # noqa: B008  # it is frozen
    why: str = "",
) -> tuple[RunSource, str]:
    """(the learner's own run if it `fits` the figure, else `instead`; why it is not the run in the address).

    another: said of a run of another experiment; why: what is to be said of `instead`.
    """
    if not stage.run_id or stage.run_id == instead.id:
        return instead, why
    own = run_source(stage.run_id, data, stage.store)
    if own.run is None or own.spec is None:
        return instead, another if stage.run_id in recorded_runs() else own.lost or GONE
    if fits(own.spec):
        return own, ""
    return instead, why if own.run.id in stage.started else another  # started at another step of the lesson


def bench(
    stage: Stage,
    shown: RunSource,
    base: Settings,
    *,
    note: str = "",
    disabled: str = "",
    predicted: float | None = None,
    steps: str | None = None,
) -> None:
    """The bench of a run in a lesson. base: of which experiment it is, before there is any run; steps: the key of the
    four steps above it, which light up with the run; note, disabled, predicted: see `Situation`.
    """
    situation = Situation(
        learner=stage.learner,
        fresh=shown.run is not None and shown.run.id in stage.started,
        note=note,
        link=lab_link(stage, shown),
        disabled=disabled,
        data=base["data"],
        teacher=base["teacher"],
        updates=spec.updates_of(base["labels"], base["epochs"]),
        projected=False,
        predicted=predicted,
        link_words="open this run in the lab",
    )
    if steps is not None:
        four_steps(shown, key=steps)
    run_bench(shown, situation, stage.store, on_action=stage.press(lambda: on_transport(stage)))


def lab_link(stage: Stage, shown: RunSource) -> str:
    """The address at which the lab shows a run, "" if there is none."""
    return stage.lab({RUN_KEY: shown.id}) if shown.id else ""


def on_transport(stage: Stage) -> None:
    """Something on the bench's transport; “again” and “more seeds” train the very experiment, with all its arms."""
    press = pressed(session())
    if press is None:
        return
    action, run_id = press
    if action == "control-of":  # only the lab offers it
        return
    if action not in ("again", "more"):
        ask(stage, run_id, action)
        return
    source = run_source(run_id, "", stage.store)
    if source.spec is None:
        stage.say(GONE)
    else:
        train(stage, source.spec if action == "again" else with_more_seeds(source.run, source.spec))


def ask(stage: Stage, run_id: str, action: Any) -> None:
    """Pause, resume, step or stop a run; only its owner may."""
    if stage.learner is None:
        stage.say(NO_COOKIE)
        return
    try:
        stage.store.runs.request(run_id, stage.learner, action)
    except StoreError as error:
        stage.say(str(error))


def session() -> dict[str, Any]:
    """All that the browser sent, read as a whole: any other look lets Streamlit drop a callback half-way."""
    return st.session_state.to_dict()
