"""A sweep: the same comparison at many settings, each a run of its own, trained together where only arms differ.

`Sweep` is the plan, frozen and validated; `read_out` says what its runs found.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from statistics import fmean
from typing import Any, Self

from app.catalog import available
from app.catalog.declared import CONTROLS, METHODS, STUDENTS
from app.experiments import kinds
from app.experiments.final import Accuracy, Reached
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec, check_method, check_student, cohort_verdict
from app.experiments.spec import NotTrainable, Settings, SpecError, check_seeds, unsaid_settings
from app.experiments.verdict import Stage
from app.images.image_classes import label_counts, unlabelled_counts
from app.store import Parcel, Work


@dataclass(frozen=True)
class SweepKind:
    """A way to vary controls over many runs. axes: control key → the values it takes; one axis, or two.

    tunes: whether one asks for the best value; then it is named, chosen on validation images.
    """

    id: str
    name: str
    question: str
    axes: dict[str, tuple[Any, ...]]
    tunes: bool = False


SIZES = tuple(student for student in STUDENTS if student not in ("cnn-400", "cnn-1k"))  # the smallest have a lesson
SWEEPS: dict[str, SweepKind] = {
    kind.id: kind
    for kind in (
        SweepKind(
            "temperature-alpha",
            "Temperature × alpha",
            "Which temperature, and how much weight on the teacher?",
            {"temperature": (1.0, 2.0, 4.0, 8.0, 12.0, 20.0), "alpha": (0.1, 0.3, 0.5, 0.7, 0.9, 1.0)},
            tunes=True,
        ),
        SweepKind(
            "labels",
            "Labelled images",
            "How much must a student see?",
            {"labels": (50, 100, 200, 500, 1000, 2000, 4000)},
        ),
        SweepKind(
            "unlabelled",
            "Unlabelled images",
            "What is an image worth that has no label?",
            {"unlabelled": (0, 200, 500, 1000, 2000, 3500, 10000, 50000)},
        ),
        SweepKind(
            "shift",
            "Shift × epochs",
            "If images are shifted, and students train for longer: what is left for the teacher?",
            {"shift": (0, 2), "epochs": (16, 32, 100)},
        ),
        SweepKind("student", "Student size", "How small may a student be?", {"student": SIZES}),
        SweepKind(
            "method",
            "Methods",
            "Does it matter how the teacher teaches?",
            {"method": tuple(one for one in CONTROLS["method"].choices if not METHODS[one].ablation)},
            tunes=True,
        ),
    )
}
COHORT_CELLS = 6  # of a sweep that are trained as one network: more train faster, fewer show sooner
SMOOTHING_ALPHA = 0.1  # of label smoothing beside methods with a teacher: its usual amount (Müller et al. 2019)

KIND_KEY, SWEEP_KEY = "kind", "sweep"  # in the address of the page
SHARED = tuple(key for key in CONTROLS if key != "seeds")  # what a plan fixes where it does not vary it


@dataclass(frozen=True)
class Cell:
    """One setting of a sweep. at: its value on every axis, in the order of the kind's axes."""

    at: tuple[Any, ...]
    spec: RunSpec


@dataclass(frozen=True)
class Sweep:
    """What varies (`kind`, an id in `SWEEPS`), what all runs share (a value per control), and the seeds.

    Raises SpecError if a setting is out of range.
    """

    kind: str
    settings: Settings
    seeds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or self.kind not in SWEEPS:
            raise SpecError("kind", self.kind, f"must be one of {', '.join(SWEEPS)}")
        check_seeds(self.seeds)
        object.__setattr__(self, "settings", unsaid_settings() | dict(self.settings))
        if missing := [key for key in SHARED if key not in self.settings]:
            raise SpecError(missing[0], None, "must be set")
        self.cells()

    @property
    def declared(self) -> SweepKind:
        """The kind as it is declared."""
        return SWEEPS[self.kind]

    def axes(self) -> dict[str, tuple[Any, ...]]:
        """Control key → the values that this sweep gives it, as far as the images allow."""
        axes, images = dict(self.declared.axes), (self.settings["data"], self.settings["left_out"])
        if "labels" in axes and self.settings["data"] in available.lab_sets():
            offered, beside = label_counts(*images), self.settings["unlabelled"]
            fitting = [value for value in offered if beside in unlabelled_counts(images[0], value, images[1])]
            axes["labels"] = tuple(value for value in axes["labels"] if value in fitting)
        if "unlabelled" in axes and self.settings["data"] in available.lab_sets():
            offered = unlabelled_counts(images[0], self.settings["labels"], images[1])
            axes["unlabelled"] = tuple(value for value in axes["unlabelled"] if value in offered)
        return axes

    def cells(self) -> tuple[Cell, ...]:
        """Every setting that can be trained; the last axis runs fastest."""
        return tuple(cell for cell in self._tried().values() if isinstance(cell, Cell))

    def refused(self) -> tuple[str, ...]:
        """Why the other settings cannot be trained, in sentences."""
        return tuple(dict.fromkeys(cell for cell in self._tried().values() if isinstance(cell, str)))

    def _tried(self) -> dict[tuple[Any, ...], Cell | str]:
        """By its place, every setting, or the sentence that refuses it."""
        axes, tried = self.axes(), dict[tuple[Any, ...], Cell | str]()
        for at in product(*axes.values()):
            settings = self.settings | dict(zip(axes, at, strict=True))
            if settings["method"] == "smoothing" and "method" in axes:
                settings["alpha"] = SMOOTHING_ALPHA
            try:
                check_student(settings["student"], settings["method"])
                check_method(settings["method"], settings["unlabelled"], settings["shift"])
                tried[at] = Cell(at, RunSpec.two_arms(settings, self.seeds))
            except NotTrainable as error:
                tried[at] = str(error)
        return tried

    @property
    def one_baseline(self) -> bool:
        """True if all settings are compared with the same labels-only students, and so win or lose together."""
        return len({replace(cell.spec, arms=(LABELS_ONLY,), unlabelled=0) for cell in self.cells()}) == 1

    def cohorts(self) -> list[tuple[Cell, ...]]:
        """The cells in parcels whose runs differ in their arms alone, `COHORT_CELLS` each at most."""
        alike: dict[RunSpec, list[Cell]] = {}
        for cell in self.cells():
            alike.setdefault(replace(cell.spec, arms=cell.spec.arms[:1]), []).append(cell)
        size = COHORT_CELLS
        return [tuple(cells[at : at + size]) for cells in alike.values() for at in range(0, len(cells), size)]

    def parcels(self) -> list[Parcel]:
        """The same for the queue."""
        return [parcel([cell.spec for cell in cells]) for cells in self.cohorts()]

    def check_trainable(self) -> None:
        """Raise NotTrainable if this machine has not what the sweep needs, or it would vary what has no effect."""
        method = METHODS[self.settings["method"]]
        if "temperature" in self.declared.axes and not method.uses_temperature:
            fitting = " or ".join(f"“{other.name}”" for other in METHODS.values() if other.uses_temperature)
            sentence = f"{method.name} trains without a temperature: choose {fitting} to sweep it."
            raise NotTrainable("method", self.settings["method"], sentence)
        if "method" not in self.declared.axes:
            most = {key: max(self.axes().get(key, (self.settings[key],))) for key in ("unlabelled", "shift")}
            check_method(self.settings["method"], **most)
        if not self.cells():
            sentence = f"No setting of this sweep can be trained {_beside(self.settings)}: choose fewer of them."
            raise NotTrainable("unlabelled", self.settings["unlabelled"], sentence)
        for cell in self.cells():
            cell.spec.check_trainable()

    def to_json(self) -> str:
        """Canonical JSON."""
        unsaid = unsaid_settings()
        said = {key: value for key, value in self.settings.items() if key not in unsaid or value != unsaid[key]}
        fields = {"kind": self.kind, "settings": said, "seeds": list(self.seeds)}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Self:
        """The inverse of `to_json`. Raises SpecError if the text is no sweep."""
        try:
            fields = json.loads(text)
            settings = unsaid_settings() | fields["settings"]
            shared = {key: settings[key] for key in SHARED}
            return cls(fields["kind"], shared, tuple(fields["seeds"]))
        except SpecError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise SpecError("sweep", text, f"is not a sweep ({type(error).__name__})") from error


def parcel(specs: Sequence[RunSpec]) -> Parcel:
    """Experiments that are trained as one network; their arms are shared. Raises as `merged`."""
    return Parcel(specs, merged(specs).work())


def work_of(specs: Sequence[str]) -> Work | None:
    """The work of stored experiments that are trained together; None if this version or machine cannot say."""
    try:
        return merged([kinds.read(spec) for spec in specs]).work()
    except ValueError:  # a SpecError is one
        return None


def _beside(settings: Settings) -> str:
    return f"with {settings['unlabelled']:,} unlabelled images"


def merged(experiments: Sequence[Experiment]) -> Experiment:
    """One experiment with the arms of all. Raises ValueError if they differ in more than their arms."""
    if len(experiments) == 1:
        return experiments[0]
    specs = [spec for spec in experiments if isinstance(spec, RunSpec)]
    if len(specs) < len(experiments) or len({replace(spec, arms=spec.arms[:1]) for spec in specs}) != 1:
        raise ValueError("experiments must differ in their taught arms alone to be trained together")
    return replace(specs[0], arms=tuple(dict.fromkeys(arm for spec in specs for arm in spec.arms)))


def places(experiment: Experiment, whole: Experiment) -> list[int] | None:
    """The places of an experiment's arms among those of `merged` ones; None if it was trained alone."""
    if experiment == whole or not isinstance(experiment, RunSpec) or not isinstance(whole, RunSpec):
        return None
    return [whole.arms.index(arm) for arm in experiment.arms]


# ── what it found ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class CellResult:
    """What is known of a cell's run. validation: fractions (arms, seeds); it and `reached` are None before it."""

    run: str | None
    state: str
    update: int
    updates: int
    reached: Reached | None
    validation: Sequence[Sequence[float]] | None = None

    @property
    def accuracy(self) -> Accuracy | None:
        """Fractions (arms, seeds), None if there are none yet."""
        return self.reached.accuracy if self.reached else None


def read_out(sweep: Sweep, results: Mapping[tuple[Any, ...], CellResult]) -> dict[str, Any]:
    """What a page shows of a sweep, JSON-ready.

    results: by `Cell.at`. The setting that is named best is chosen on validation images, never on the test images.
    """
    axes = [
        {"key": key, "words": CONTROLS[key].words, "values": list(values), "names": _names(key, values)}
        for key, values in sweep.axes().items()
    ]
    cells = [_cell(cell, results.get(cell.at)) for cell in sweep.cells()]
    ends = [one.reached for one in results.values() if one.reached]
    most = max(ends, key=lambda one: one.images, default=None)  # cells that go on have not seen all images yet
    used = [{cell["at"][place] for cell in cells} for place in range(len(axes))]
    left_out = [
        name
        for axis, known in zip(axes, used, strict=True)
        for value, name in zip(axis["values"], axis["names"], strict=True)
        if value not in known
    ]
    return {
        "axes": axes,
        "cells": cells,
        "left_out": left_out,
        "refused": list(sweep.refused()),
        "tunes": sweep.declared.tunes,
        "one_baseline": sweep.one_baseline,
        "chosen": _chosen(sweep, results),
        "teacher_accuracy": most.teacher if most else None,
        "test_images": most.images if most else None,
    }


def _names(key: str, values: Sequence[Any]) -> list[str]:
    return [available.choice_name(key, value) for value in values]


def _cell(cell: Cell, result: CellResult | None) -> dict[str, Any]:
    if result is None:
        return {"at": list(cell.at), "run": None, "state": "missing", "share": 0.0, "accuracy": None, "gain": None}
    stage: Stage = "finished" if result.state == "finished" else "so-far"
    gain = None
    if result.reached and result.update > 0:
        said = cohort_verdict(result.reached.accuracy, result.reached.images, cell.spec.arms, stage=stage)
        gain = {"mean": said.mean, "half": said.half_width, "kind": said.kind, "sentence": said.sentence}
    share = result.update / result.updates if result.updates else 0.0
    accuracy = [[round(value, 6) for value in arm] for arm in result.accuracy] if result.accuracy else None
    return {
        "at": list(cell.at),
        "run": result.run,
        "state": result.state,
        "share": round(share, 3),
        "accuracy": accuracy,
        "gain": gain,
    }


def _chosen(sweep: Sweep, results: Mapping[tuple[Any, ...], CellResult]) -> dict[str, Any] | None:
    """The place of the cell whose distilled students do best on validation images, once all cells are finished."""
    cells = sweep.cells() if sweep.declared.tunes else ()
    known = [results.get(cell.at) for cell in cells]
    scores = [fmean(one.validation[1]) for one in known if one and one.state == "finished" and one.validation]
    if not cells or len(scores) < len(cells):
        return None
    best = max(range(len(scores)), key=scores.__getitem__)
    return {"cell": best, "validation": round(scores[best], 6)}


def plan_fields(sweep: Sweep) -> dict[str, Any]:
    """Kind, settings and seeds of a plan, JSON-ready."""
    return {**asdict(sweep), "seeds": list(sweep.seeds)}
