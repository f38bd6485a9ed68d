"""What a learner may do in the lab: train, repeat, step, pause, stop, reset.

Every action ends in the tab's state; what cannot be done leaves a sentence in `tab.notice`. If the store does not
answer at all, its error goes on to `errors.press`.
"""

from dataclasses import replace
from typing import Literal

from app.experiments import spec
from app.experiments.kinds.chain import control_of, has_control
from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import experiment_of
from app.experiments.spec import SpecError
from app.figures.run_source import GONE, NO_COOKIE, elsewhere, spec_of, with_more_seeds
from app.server import origin
from app.store import Store, StoreError
from app.views.lab_state import LabState, Seeds

Request = Literal["pause", "resume", "step", "stop"]
NO_CONTROL = "This run has no control: that needs images that only the teacher marks, with soft labels or logits."


def train(tab: LabState, store: Store, learner: str | None, *, start: Literal["train", "step"] = "train") -> None:
    """Start the experiment that the controls describe, with seeds that were not used just before."""
    _start(tab, store, learner, spec.fresh_seeds(tab.settings["seeds"], avoid=tab.seeds or ()), start)


def repeat(tab: LabState, store: Store, learner: str | None) -> None:
    """Start it with the seeds in the address: the same settings give the same numbers, and the same verdict."""
    if tab.seeds is not None:
        _start(tab, store, learner, tab.seeds, "train")


def again(tab: LabState, store: Store, learner: str | None, run_id: str) -> None:
    """Start a run's very experiment again, whosever it was; the controls follow."""
    if (experiment := _experiment_of(run_id, tab, store)) is None:
        return
    try:
        experiment.check_trainable()
    except SpecError as error:
        tab.notice = str(error)
        return
    tab.settings = experiment.settings()
    _submit(tab, store, learner, experiment, "train")


def more(tab: LabState, store: Store, learner: str | None, run_id: str) -> None:
    """Start a run's experiment with more seeds beside those it has; the controls follow."""
    if experiment := _experiment_of(run_id, tab, store):
        experiment = with_more_seeds(store.runs.get(run_id), experiment)
        tab.settings = experiment.settings()
        _submit(tab, store, learner, experiment, "train")


def control(tab: LabState, store: Store, learner: str | None, run_id: str) -> None:
    """Start the control of a run that has finished: how far would they get without a teacher?"""
    if experiment := _experiment_of(run_id, tab, store):
        if not has_control(experiment):
            tab.notice = NO_CONTROL
            return
        tab.settings = experiment.settings()
        _submit(tab, store, learner, control_of(experiment, run_id), "train")


def _experiment_of(run_id: str, tab: LabState, store: Store) -> RunSpec | None:
    run = store.runs.get(run_id)
    experiment = spec_of(run) if run else None
    if experiment is None:
        tab.notice = elsewhere(run_id, experiment_of(run)) if run else GONE
    return experiment


def reset(tab: LabState, store: Store, learner: str | None) -> None:
    """Back to the first settings, with nothing going on that the page does not show."""
    if learner:
        for run_id in _going_on(tab, store, learner):
            store.runs.request(run_id, learner, "stop")
    tab.reset()


def ask(tab: LabState, store: Store, learner: str | None, run_id: str, action: Request) -> None:
    """Pause, resume, step or stop a run; only its owner may."""
    if learner is None:
        tab.notice = NO_COOKIE
        return
    try:
        store.runs.request(run_id, learner, action)
    except StoreError as error:
        tab.notice = str(error)


def _start(tab: LabState, store: Store, learner: str | None, seeds: Seeds, start: Literal["train", "step"]) -> None:
    try:
        experiment = tab.spec(seeds)
    except SpecError as error:
        tab.notice = str(error)
        return
    before = store.runs.get(tab.run_id) if tab.run_id else None
    if (shown := spec_of(before) if before else None) and shown.extended:
        again = replace(experiment, looked=True)
        experiment = again if again == replace(shown, kept=None, looked=True) else experiment
    _submit(tab, store, learner, experiment, start)


def _submit(
    tab: LabState, store: Store, learner: str | None, experiment: RunSpec, start: Literal["train", "step"]
) -> None:
    """Start an experiment, which may be another run's and have arms that no control describes."""
    tab.notice = ""
    if learner is None:
        tab.notice = NO_COOKIE
        return
    try:
        experiment.check_trainable()
        going_on = _going_on(tab, store, learner)
        run_id = store.runs.submit(experiment, learner, start=start, instead_of=going_on, origin=origin.here())
    except (SpecError, StoreError) as error:
        tab.notice = str(error)
        return
    tab.seeds = experiment.seeds
    tab.shown[experiment.data] = run_id
    tab.started.add(run_id)


def _going_on(tab: LabState, store: Store, learner: str) -> list[str]:
    """What the tab has started and still trains or waits: it trains one run at a time.

    Not a run that was put aside, nor one that another tab started and that is only looked at here.
    """
    return [
        run.id
        for run in store.runs.of(learner)
        if run.id in tab.started and run.state in ("queued", "running") and run.request != "pause"
    ]
