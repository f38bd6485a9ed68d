"""The learner's own run in a figure of a lesson: started, followed, paused or stopped."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.catalog.bugs import BUGS
from app.components.bench import KEY, pressed
from app.experiments import spec
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import experiment_of
from app.experiments.recordings.dials import settings_of
from app.experiments.recordings.runs import is_recorded, recorded_runs
from app.experiments.spec import RUN_KEY, Settings, SpecError
from app.figures.four_steps import four_steps
from app.figures.run_bench import Situation, run_bench
from app.figures.run_source import GONE, NO_COOKIE, RunSource, run_source, with_more_seeds
from app.figures.stage import Stage
from app.server import origin
from app.server.api.runs import OTHER_VERSION
from app.store import Run, StoreError


def start(stage: Stage, settings: Settings, seeds: tuple[int, ...]) -> None:
    """Train the lab's comparison with these settings."""
    try:
        experiment = RunSpec.two_arms(settings, seeds)
    except SpecError as error:
        stage.say(str(error))
        return
    train(stage, experiment)


def train(stage: Stage, experiment: Experiment) -> None:
    """Train it; what was started here and still goes on is stopped."""
    if stage.learner is None:
        stage.say(NO_COOKIE)
        return
    before = [run for run_id in stage.started if (run := stage.store.runs.get(run_id))]
    going_on = [run.id for run in before if run.state in ("queued", "running") and run.request != "pause"]
    try:
        experiment.check_trainable()
        run_id = stage.store.runs.submit(experiment, stage.learner, instead_of=going_on, origin=origin.here())
    except (SpecError, StoreError) as error:
        stage.say(str(error))
        return
    stage.change(run_id=run_id)


def owned(stage: Stage, fits: Callable[[Experiment], bool], another: str) -> tuple[Run | None, Experiment | None, str]:
    """(the run in the address and its experiment if that `fits` the figure, else None, None; why it is not shown).

    another: said of a run of another experiment.
    """
    run_id = stage.run_id
    if not run_id:
        return None, None, ""
    run = None if is_recorded(run_id) else stage.store.runs.get(run_id)
    if run is None:
        return None, None, another if run_id in recorded_runs() else GONE
    experiment = experiment_of(run)
    if experiment is None:
        return None, None, OTHER_VERSION
    return (run, experiment, "") if fits(experiment) else (None, None, another)


def own_run(stage: Stage, fits: Callable[[RunSpec], bool], another: str, recorded: str = "") -> tuple[RunSource, str]:
    """(the cohort in the address if it `fits` the figure, for its bench, else none; why it is not shown).

    another: said of a run of another experiment; recorded: id of the one that the figure shows anyway.
    """
    if stage.run_id == recorded:
        return RunSource(), ""
    run, experiment, why = owned(stage, lambda own: isinstance(own, RunSpec) and fits(own), another)
    return (RunSource(run, spec=experiment) if isinstance(experiment, RunSpec) else RunSource()), why


def bench(
    stage: Stage,
    shown: RunSource,
    base: Settings,
    *,
    note: str = "",
    disabled: str = "",
    predicted: float | None = None,
    beside: RunSource | None = None,
    races: bool = False,
    steps: str | None = None,
) -> None:
    """The bench of a run in a lesson. base: of which experiment it is, before there is any run; steps: the key of the
    four steps above it, which light up with the run; note, disabled, predicted, beside, races: see `Situation`.
    """
    if shown.run is not None and shown.spec is not None:
        _head(stage, shown.run.learner, shown.spec)
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
        beside=beside,
        races=races,
        close=True,
        link_words="open this run in the lab",
    )
    if steps is not None:
        four_steps(shown, key=steps)
    on_action = stage.press(lambda: on_transport(stage))
    run_bench(shown, situation, stage.store, on_action, key=f"{KEY}{stage.place}")


def _head(stage: Stage, whose: str, experiment: RunSpec) -> None:
    """What the learner's run is, and a button that puts it away."""
    made = experiment.settings()
    said = [f"“{BUGS[arm.bug].title}”" for arm in experiment.arms if arm.bug]
    said += [f"{settings_of(experiment)['size']:,} parameters", *(["leaky ReLU"] if experiment.slope else [])]
    said += [f"T = {made['temperature']:g}, α = {made['alpha']:g}", f"{made['labels']:,} labelled images"]
    said += [f"{made['unlabelled']:,} that only the teacher marks"] if made["unlabelled"] else []
    name = "Your own run" if whose == stage.learner else "Somebody else’s run"
    with st.container(key="own-run", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}**: {', '.join(said)}")
        st.button("Put it away", key="put-away", on_click=stage.press(lambda: stage.change(run_id=None)))


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
