"""The figure of a sweep: one of the store, a recorded one, or the empty form of a plan."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.components.mount import mount
from app.components.sweep import KEY
from app.experiments.recordings import recordings
from app.experiments.recordings.sweeps import RecordedSweep, recorded_sweep_for
from app.experiments.spec import SpecError
from app.experiments.sweep import Sweep, plan_fields, read_out
from app.server.api.sweeps import recorded_state, sweep_state
from app.store import Store
from app.store.sweeps import StoredSweep

GONE = "This sweep is no longer here: old runs make room for new ones."
OTHER_VERSION = "This sweep was made by another version of the app, which knew what this one does not."


@dataclass(frozen=True)
class SweepSource:
    """A sweep with its plan. Of `stored` and `kept` one is None, or both. lost: why the wanted sweep is not shown."""

    plan: Sweep
    stored: StoredSweep | None = None
    kept: RecordedSweep | None = None
    lost: str = ""

    @property
    def id(self) -> str | None:
        """The sweep's id."""
        return self.stored.id if self.stored else self.kept.id if self.kept else None


def sweep_source(sweep_id: str | None, plan: Sweep, store: Store) -> SweepSource:
    """The sweep `sweep_id`; if there is none, a recorded one that is like `plan`, or the plan itself."""
    lost = ""
    if sweep_id and (kept := recordings(RecordedSweep).get(sweep_id)):
        return SweepSource(kept.plan, kept=kept)
    if sweep_id:
        stored = store.sweeps.get(sweep_id)
        try:
            if stored:
                return SweepSource(Sweep.read(stored.plan), stored=stored)
            lost = GONE
        except SpecError:
            lost = OTHER_VERSION
    kept = recorded_sweep_for(plan.kind, plan.settings["data"])
    return SweepSource(kept.plan if kept else plan, kept=kept, lost=lost)


def sweep_figure(
    shown: SweepSource,
    store: Store,
    learner: str | None,
    *,
    note: str,
    disabled: str,
    fresh: bool,
    on_action: Callable[[], None],
) -> None:
    """Mount the figure. note: a sentence beside the headline; disabled: why nothing can be run now; fresh: the sweep
    was started in this browser tab.
    """
    data = {"answer": answer_of(shown, store, learner), "note": note, "disabled": disabled, "fresh": fresh}
    mount("sweep", data, KEY, {"action": on_action})


def answer_of(shown: SweepSource, store: Store, learner: str | None) -> dict[str, Any]:
    """What the server would answer about the shown sweep now."""
    if shown.stored and (state := sweep_state(shown.stored, store, learner)):
        return state
    if shown.kept:
        return recorded_state(shown.kept)
    empty = {"id": None, "state": "none", "message": "", "mine": False, "recorded": False, "date": None}
    return {**empty, "seconds": 0.0, "left": None, **plan_fields(shown.plan), **read_out(shown.plan, {})}
