"""Which run a page shows: one of the store, a recorded one, or none; and why not."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from app.catalog.available import lab_sets
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import KeptSeeds, RunSpec
from app.experiments.outcome import experiment_of
from app.experiments.recordings import runs as recorded
from app.experiments.spec import RUN_KEY, fresh_seeds
from app.experiments.verdict import LOOKS, more_seeds
from app.server import identity
from app.server.api.runs import OTHER_VERSION
from app.store import Run, Store
from app.teaching.lessons import lessons, step_of

GONE = "This run is no longer here: old runs make room for new ones."
NOWHERE = "The lab cannot show this run, and no lesson does. Its curves and settings can be taken away as files."
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
        lost = elsewhere(run.id, experiment_of(run)) if run else GONE
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
    """A run's experiment if it is a cohort, which the lab can show; else None: `elsewhere` says why."""
    experiment = experiment_of(run)
    return experiment if isinstance(experiment, RunSpec) else None


def elsewhere(run_id: str, experiment: Experiment | None) -> str:
    """Why the lab does not show a run: another version made it, or it belongs to a lesson, with the way there."""
    if experiment is None:
        return OTHER_VERSION
    way = way_to(run_id, experiment)
    title = lessons()[way["lesson"]].title if way else ""
    return f"This run belongs to a lesson, which shows it: [{title}](lesson?{urlencode(way)})." if way else NOWHERE


def way_to(run_id: str, experiment: Experiment | None) -> dict[str, str]:
    """The address of the lesson's step that shows a run, empty if none does."""
    lesson, step = (experiment and step_of(experiment)) or ("", "")
    return {"lesson": lesson, "step": step, RUN_KEY: run_id} if lesson else {}


def without_images(spec: RunSpec) -> bool:
    """True if the page has no images like those of `spec`: they were imported once, and deleted since."""
    return spec.data not in lab_sets()
