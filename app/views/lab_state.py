"""The state of the lab in one browser tab: controls and the runs shown. Its address says it all: see `open_address`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from app.catalog import available
from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS
from app.catalog.presets import Preset, opening_settings, settings_of, with_other_images
from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import experiment_of
from app.experiments.recordings import runs as recorded
from app.experiments.spec import Settings
from app.figures.run_source import WITHOUT_IMAGES, elsewhere, spec_of, without_images
from app.images.image_classes import can_be_left_out, label_counts, same_class, unlabelled_counts
from app.store import Run, Store
from app.teaching import challenges
from app.views.address import PageState

Seeds = tuple[int, ...]
SHOWS = {  # what can be large on a projector
    "run": "Curves",
    "image": "One image",
    "who": "Who is right",
    "all": "Everything",
}


@dataclass
class LabState(PageState):
    """Settings, seeds of the last run, and the run shown for each data set."""

    shows: ClassVar[Mapping[str, str]] = SHOWS
    settings: Settings = field(default_factory=opening_settings)
    seeds: Seeds | None = None
    shown: dict[str, str] = field(default_factory=dict)  # data → id of the run that is shown with it
    started: set[str] = field(default_factory=set)  # runs that were started here: they are no replays
    own: tuple[str, ...] = ()  # ids of the learner's own images, which the controls offer beside those for everybody
    preset: str | None = None  # id of the preset that the controls show as chosen
    turned: str = ""  # when the dials were turned last, as far as this state knows
    drawn: object = None  # what the whole page was drawn with
    challenge: str | None = None  # id of the challenge that the learner has taken on

    @property
    def run_id(self) -> str | None:
        """The run that is shown, if it is one that was chosen or started; else the page shows a recorded one."""
        return self.shown.get(self.settings["data"])

    def looks(self, but: Collection[str]) -> object:
        """All that the page shows of this state, apart from the controls `but`; to be compared."""
        settings = {key: value for key, value in self.settings.items() if key not in but}
        return settings, self.seeds, dict(self.shown), self.sentences, self.challenge, self.show

    def query(self) -> dict[str, str]:
        """The address of this state."""
        query = spec.query_from(self.settings, self.seeds, self.run_id)
        return query | ({challenges.KEY: self.challenge} if self.challenge else {})

    def change(self, **values: object) -> None:
        """Set controls.

        Other images bring their own teacher, and no more labels than there are; a class stays left out if they have one
        of its name. More labels leave fewer images without one; another count of seeds ends the named ones. Other
        images also bring their own settings where those of a preset were left as they are.
        """
        before = dict(self.settings)
        self.settings |= values
        if self.settings == before | {"data": self.settings["data"]}:
            self.settings = with_other_images(before, self.settings["data"])
        data, left_out = self.settings["data"], self.settings["left_out"]
        if data != before["data"] and left_out == before["left_out"] and before["data"] in lab_sets():
            left_out = same_class(before["data"], left_out, data)
        self.settings["left_out"] = left_out = left_out if left_out in can_be_left_out(data) else None
        self.settings["labels"] = min(self.settings["labels"], max(label_counts(data, left_out)))
        left = max(unlabelled_counts(data, self.settings["labels"], left_out))
        self.settings["unlabelled"] = min(self.settings["unlabelled"], left)
        if self.settings["teacher"] not in spec.teachers_for(self.settings["data"]):
            self.settings["teacher"] = lab_sets()[self.settings["data"]].family
        if self.seeds is not None and len(self.seeds) != self.settings["seeds"]:
            self.seeds = None

    def take(self, preset: Preset) -> None:
        """Set all controls to a preset of the images that are shown."""
        self.change(**settings_of(self.settings["data"], preset))

    def reset(self) -> None:
        """Back to what the lab opens on, with no run."""
        self.settings, self.seeds, self.shown = opening_settings(), None, {}
        self.problems, self.notice = [], ""

    def adopt(self, run: Run) -> None:
        """Show a run, with the controls as it had them; if its images are gone, with those that are chosen now."""
        experiment = spec_of(run)
        if experiment is None:
            self.notice = elsewhere(run.id, experiment_of(run))
            return
        self.problems, self.notice = [], ""
        self.seeds, self.settings["left_out"] = experiment.seeds, None
        self.change(**_settings_here(experiment))
        self.shown[self.settings["data"]] = run.id
        if without_images(experiment):
            self.notice = WITHOUT_IMAGES

    def leave_images(self) -> None:
        """The chosen images were deleted: go on with the default ones, and keep showing the run's numbers."""
        run_id, data = self.run_id, CONTROLS["data"].default
        self.change(data=data)
        if run_id:
            self.shown[data] = run_id
        self.notice = "The chosen images are no longer on this machine, so the embedded ones are. Import them again."

    def spec(self, seeds: Seeds) -> RunSpec:
        """The experiment that the controls describe. Raises SpecError, NotTrainable."""
        chosen = RunSpec.two_arms(self.settings, seeds)
        chosen.check_trainable()
        return chosen

    @property
    def updates(self) -> int:
        """Updates of the experiment that the controls describe."""
        return spec.updates_of(self.settings["labels"], self.settings["epochs"])

    def forget(self, run_id: str) -> None:
        """A run is gone: the page shows a recorded one in its place."""
        self.shown = {data: shown for data, shown in self.shown.items() if shown != run_id}
        self.started.discard(run_id)

    def differences(self, shown: RunSpec) -> list[str]:
        """Keys of the controls that stand elsewhere than the shown run had them; more seeds are no other experiment."""
        had = shown.settings()
        return [key for key, value in self.settings.items() if key != "seeds" and value != had[key]]


def _settings_here(experiment: RunSpec) -> Settings:
    """A run's settings, as far as the page can show them: without images that are gone, and their teacher."""
    left_out = ("data", "teacher") if without_images(experiment) else ()
    return {key: value for key, value in experiment.settings().items() if key not in left_out}


def open_address(params: Mapping[str, str], store: Store) -> LabState:
    """The state that an address describes. Never raises for what is in it: problems become sentences.

    A run in the address gives every setting that the address does not name, and the images. An address that names all
    that is ever said means the default by what it leaves unsaid.
    """
    taken, unknown = challenges.in_query(params[challenges.KEY]) if challenges.KEY in params else (None, "")
    tab = _open({key: text for key, text in params.items() if key != challenges.KEY}, store)
    tab.challenge = taken.id if taken else None
    tab.problems += [unknown] if unknown else []
    return tab


def _open(params: Mapping[str, str], store: Store) -> LabState:
    run_id = spec.run_from_query(params)
    experiment, lost = _looked_up(run_id, store) if run_id else (None, "")
    if run_id is None or experiment is None:
        settings, seeds, problems = spec.settings_from_query(params)
        if not CONTROLS.keys() & params.keys():
            settings = opening_settings()
        known = "The settings in the address still hold" if len(params) > 1 else "Everything else works"
        return LabState(settings, seeds, problems=[*problems, *([f"{lost} {known}."] if lost else [])])

    had = spec.query_from(spec.default_settings() | experiment.settings(), experiment.seeds, None)
    unsaid = spec.unsaid_settings()
    if params.keys() >= CONTROLS.keys() - unsaid.keys():
        had = {key: had[key] for key in had if key not in unsaid}
    wanted, notes = dict(params), []
    if without_images(experiment):
        notes.append(WITHOUT_IMAGES)
        had = {key: had[key] for key in had if key not in ("data", "teacher")}
        if wanted.get("data") == experiment.data:
            wanted = {key: wanted[key] for key in wanted if key not in ("data", "teacher")}
    elif wanted.get("data", experiment.data) != experiment.data:
        notes.append(
            f"The run in the address is on {available.choice_name('data', experiment.data)}, so these are shown."
        )
        wanted |= {key: had[key] for key in ("data", "teacher")}
    settings, seeds, problems = spec.settings_from_query(had | wanted)
    tab = LabState(settings, seeds, problems=[*problems, *notes])
    tab.shown[settings["data"]] = run_id
    return tab


def _looked_up(run_id: str, store: Store) -> tuple[RunSpec | None, str]:
    """(the experiment of a run, "") or (None, a sentence that says why it cannot be shown)."""
    kept = recorded.recorded_runs().get(run_id)
    if kept:
        return kept.spec, ""
    run = store.runs.get(run_id)
    if run is None:
        return None, f"There is no run {spec.shown(run_id)} here; it may have been removed."
    experiment = spec_of(run)
    return experiment, "" if experiment else elsewhere(run_id, experiment_of(run))
