"""Which run a page shows: one of the store, a recorded one, or none; and why not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from app.catalog.available import lab_sets
from app.experiments.kinds.cohort import KeptSeeds, RunSpec
from app.experiments.recordings import runs as recorded
from app.experiments.spec import SpecError, fresh_seeds
from app.experiments.verdict import LOOKS, more_seeds
from app.server import identity
from app.server.api.runs import OTHER_VERSION
from app.store import Run, Store

GONE = "This run is no longer here: old runs make room for new ones."
WITHOUT_IMAGES = (
    "The images of this run are no longer on this machine, or have no teacher. Its numbers are kept; "
    "to train with the images, import them again."
)
NO_COOKIE = f"Your browser sent no cookie, so no run can be kept for you. {identity.ALLOW}"


def with_more_seeds(run: Run | None, spec: RunSpec) -> RunSpec:
    """The experiment of a run with more seeds. Those it has are kept, if this version would train them alike.

    Either way somebody has looked, and its verdict is stricter: see `verdict.EXTENDED`.
    """
    had = len(spec.seeds)
    count = more_seeds(had, extended=spec.extended) or LOOKS[-1]
    spec = replace(spec, looked=spec.extended or had > 1)
    if run is None or run.state != "finished" or count <= had or run.record.get("engine") != spec.engine:
        return replace(spec, seeds=fresh_seeds(count, avoid=spec.seeds), kept=None)
    return replace(spec, seeds=(*spec.seeds, *fresh_seeds(count - had, avoid=spec.seeds)), kept=KeptSeeds(run.id, had))


@dataclass(frozen=True)
class RunSource:
    """A run with its experiment. Of `run` and `kept` one is None, or both. lost: why the wanted run is not shown."""

    run: Run | None = None
    kept: recorded.RecordedRun | None = None
    spec: RunSpec | None = None
    lost: str = ""

    @property
    def id(self) -> str | None:
        """The run's id."""
        return self.run.id if self.run else self.kept.id if self.kept else None


def run_source(
    run_id: str | None, data: str, store: Store, settings: Mapping[str, Any] = MappingProxyType({})
) -> RunSource:
    """The run `run_id`; if there is none, the recorded run that is `like` these settings."""
    lost = ""
    if run_id and not recorded.is_recorded(run_id):
        run = store.runs.get(run_id)
        spec = spec_of(run) if run else None
        if spec:
            return RunSource(run=run, spec=spec)
        lost = OTHER_VERSION if run else GONE
    kept = recorded.recorded_runs().get(run_id or "") or like(data, settings)
    return RunSource(kept=kept, spec=kept.spec if kept else None, lost=lost)


def like(data: str, settings: Mapping[str, Any]) -> recorded.RecordedRun | None:
    """The recorded run on `data` with most of these settings; None if there is none."""
    return max(
        recorded.recorded_for(data),
        key=lambda one: sum(settings.get(key) == value for key, value in one.spec.settings().items()),
        default=None,
    )


def spec_of(run: Run) -> RunSpec | None:
    """A run's experiment; None if an earlier or later version made it, and this one cannot read it."""
    try:
        return RunSpec.read(run.spec_json)
    except SpecError:
        return None


def without_images(spec: RunSpec) -> bool:
    """True if the page has no images like those of `spec`: they were imported once, and deleted since."""
    return spec.data not in lab_sets()
