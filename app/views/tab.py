"""What one browser tab knows: the controls' values, the runs that it shows, and its address, kept in step.

The address is the state: `open_address` reads it, `Tab.query` writes it. Knows no widget and no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.catalog import lab_sets
from app.experiments import recorded, spec
from app.experiments.spec import RunSpec, Settings
from app.figures.shown import STRANGE, spec_of
from app.store import Run, Store

Seeds = tuple[int, ...]


@dataclass
class Tab:
    """Settings, seeds of the last run, and the run shown for each data set."""

    settings: Settings = field(default_factory=spec.default_settings)
    seeds: Seeds | None = None
    shown: dict[str, str] = field(default_factory=dict)  # data → id of the run that is shown with it
    started: set[str] = field(default_factory=set)  # runs that were started here: they are no replays
    problems: list[str] = field(default_factory=list)  # what the address had wrong, in sentences
    notice: str = ""  # what the last press could not do, in a sentence
    written: dict[str, str] = field(default_factory=dict)  # the address as it was written last
    turned: str = ""  # when the dials were turned last, as far as this state knows
    acted: bool = False  # the learner has done something that the address does not show yet

    @property
    def run_id(self) -> str | None:
        """The run that is shown, where it is one that was chosen or started; else the page shows a recorded one."""
        return self.shown.get(self.settings["data"])

    def query(self) -> dict[str, str]:
        """The address of this state."""
        return spec.query_from(self.settings, self.seeds, self.run_id)

    def change(self, **values: object) -> None:
        """Set controls.

        Other images bring their own teacher, and no more labels than there are; another count of seeds ends the named
        ones.
        """
        self.settings |= values
        self.settings["labels"] = min(self.settings["labels"], max(spec.label_counts(self.settings["data"])))
        if self.settings["teacher"] not in spec.teachers_for(self.settings["data"]):
            self.settings["teacher"] = lab_sets()[self.settings["data"]].family
        if self.seeds is not None and len(self.seeds) != self.settings["seeds"]:
            self.seeds = None

    def reset(self) -> None:
        """Back to the defaults, with no run."""
        self.settings, self.seeds, self.shown = spec.default_settings(), None, {}
        self.problems, self.notice = [], ""

    def adopt(self, run: Run) -> None:
        """Show a run, with the controls as it had them."""
        found = spec_of(run)
        if found is None:
            self.notice = STRANGE
            return
        self.settings, self.seeds = found.settings(), found.seeds
        self.shown[found.data] = run.id
        self.problems, self.notice = [], ""

    def spec(self, seeds: Seeds) -> RunSpec:
        """The experiment that the controls describe. Raises SpecError."""
        return RunSpec.two_arms(self.settings, seeds)

    def differences(self, shown: RunSpec) -> list[str]:
        """Keys of the controls that stand elsewhere than the shown run had them; more seeds are no other experiment."""
        had = shown.settings()
        return [key for key, value in self.settings.items() if key != "seeds" and value != had[key]]


def open_address(params: Mapping[str, str], store: Store) -> Tab:
    """The state that an address describes. Never raises for what is in it: problems become sentences."""
    settings, seeds, problems = spec.settings_from_query(params)
    tab = Tab(settings, seeds, problems=problems)
    run_id = spec.run_from_query(params)
    if run_id is None:
        return tab
    found = _spec_of(run_id, store)
    if found is None:
        known = "The settings in the address still hold" if len(params) > 1 else "Everything else works"
        problems.append(f"There is no run {spec.shown(run_id)} here; it may have been removed. {known}.")
        return tab
    had = found.settings()
    if params.get("data", found.data) != found.data:
        problems.append(f"The run in the address is on {lab_sets()[found.data].name}, so these images are shown.")
        tab.settings |= {"data": found.data, "teacher": found.teacher}
    tab.settings |= {key: value for key, value in had.items() if key not in params}
    if tab.settings["teacher"] not in spec.teachers_for(found.data):
        tab.settings["teacher"] = found.teacher
    if "seeds" not in params:
        tab.seeds = found.seeds
    tab.shown[found.data] = run_id
    return tab


def _spec_of(run_id: str, store: Store) -> RunSpec | None:
    if run_id.startswith(recorded.PREFIX):
        kept = recorded.recorded_runs().get(run_id)
        return kept.spec if kept else None
    run = store.run(run_id)
    return spec_of(run) if run else None
