"""The state of the page of sweeps in one browser tab: kind, settings, the sweep shown. Its address says it all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from app.catalog import available
from app.experiments import spec
from app.experiments.recordings import recordings
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.spec import Settings, SpecError
from app.experiments.sweep import KIND_KEY, SHARED, SWEEP_KEY, SWEEPS, Sweep
from app.figures.sweep_figure import GONE, OTHER_VERSION
from app.store import Store
from app.views.address import LARGE
from app.views.lab_state import LabState

SWEEP_STATE = "sweeps"  # in the session
DEFAULT_KIND = next(iter(SWEEPS))
Seeds = tuple[int, ...]


@dataclass
class SweepState(LabState):
    """A tab with a kind of sweep. `shown` holds sweeps here, by kind and data."""

    shows: ClassVar[Mapping[str, str]] = LARGE
    settings: Settings = field(default_factory=spec.default_settings)
    kind: str = DEFAULT_KIND

    @property
    def sweep_id(self) -> str | None:
        """The sweep that is shown, if it is one that was chosen or started; else a recorded one, or none."""
        return self.shown.get(f"{self.kind} {self.settings['data']}")

    def put_up(self, sweep_id: str) -> None:
        """Show a sweep of the present kind and images."""
        self.shown[f"{self.kind} {self.settings['data']}"] = sweep_id

    def query(self) -> dict[str, str]:
        """The address of this state."""
        query = {KIND_KEY: self.kind} | spec.query_from(self.settings, self.seeds, None)
        return query | ({SWEEP_KEY: self.sweep_id} if self.sweep_id else {})

    def plan(self, seeds: Seeds | None = None) -> Sweep:
        """The sweep that the controls describe. seeds: else those of the address, or some. Raises SpecError."""
        chosen = seeds or self.seeds or tuple(range(self.settings["seeds"]))
        return Sweep(self.kind, {key: self.settings[key] for key in SHARED}, chosen)

    def adopt_plan(self, plan: Sweep, sweep_id: str | None) -> None:
        """Show a sweep with the controls as it had them."""
        self.kind, self.seeds = plan.kind, plan.seeds
        self.change(**plan.settings, seeds=len(plan.seeds))
        if sweep_id:
            self.put_up(sweep_id)

    def differing(self, plan: Sweep) -> list[str]:
        """Keys of the controls that stand elsewhere than the shown sweep had them, of those that it does not vary."""
        varied = SWEEPS[self.kind].axes
        return [key for key in SHARED if key not in varied and self.settings[key] != plan.settings[key]]


def open_address(params: Mapping[str, str], store: Store) -> SweepState:
    """The state that an address describes. Never raises for what is in it: problems become sentences.

    A sweep in the address gives everything else.
    """
    problems: list[str] = []
    rest = {key: text for key, text in params.items() if key not in (KIND_KEY, SWEEP_KEY)}
    kind = params.get(KIND_KEY, DEFAULT_KIND)
    if kind not in SWEEPS:
        problems.append(f"Sweep: {spec.shown(kind)} is not on offer, so {SWEEPS[DEFAULT_KIND].name} is taken.")
        kind = DEFAULT_KIND
    if spec.RUN_KEY in rest:
        problems.append("A run is opened in the lab; here its address is left out.")
        del rest[spec.RUN_KEY]
    settings, seeds, more = spec.settings_from_query(rest)
    tab = SweepState(settings=settings, seeds=seeds, problems=[*problems, *more], kind=kind)
    wanted = params.get(SWEEP_KEY)
    if wanted is None:
        return tab
    plan, lost = looked_up(wanted, store)
    if plan is None:
        tab.problems.append(lost)
    elif plan.settings["data"] not in available.lab_sets():
        tab.problems.append("The images of the sweep in the address are no longer on this machine. Import them again.")
    else:
        tab.adopt_plan(plan, wanted)
    return tab


def looked_up(sweep_id: str, store: Store) -> tuple[Sweep | None, str]:
    """(the plan of a sweep, "") or (None, a sentence that says why it cannot be shown)."""
    if not spec.is_run_id(sweep_id):
        return None, f"The address names no sweep: {spec.shown(sweep_id)} is not a sweep's id."
    if kept := recordings(RecordedSweep).get(sweep_id):
        return kept.plan, ""
    stored = store.sweeps.get(sweep_id)
    if stored is None:
        return None, GONE
    try:
        return Sweep.read(stored.plan), ""
    except SpecError:
        return None, OTHER_VERSION
