"""What there is: data, teachers, students, methods, controls and limits. Knows no torch, no store and no UI.

Everything a learner can choose is declared here once. `Control` is the single source of a control's words, range,
default and URL key; the page draws it, the spec validates with it, the tests enumerate it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from app import architecture
from app.architecture import Image, Layers, perceptron, strided, whitened
from app.own_records import ID, UPLOADED_ID, plain_name, set_fields, teacher_fields
from app.shelf import Shelf

PROJECT = Path(__file__).parent.parent
PRETRAINED = PROJECT / "pretrained"
CLASSES = 10  # of every data set that has a shipped teacher, and the most that images of one's own may have


def home() -> Path:
    """The folder of store, key, checkpoints and downloads: DISTILLERY_HOME, else ~/.distillery."""
    return Path(os.environ.get("DISTILLERY_HOME") or Path.home() / ".distillery")


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class DataSet:
    """One choice of images. `pack` is relative to `pretrained/samples` (embedded) or to `home()/data` (fetched)."""

    id: str
    name: str
    words: str
    family: str  # which teachers fit: mnist, fashion, cifar10; images of one's own have a teacher of their id
    channels: int
    size: int  # pixels of a side
    mean: tuple[float, ...]  # per channel, of pixels in 0 … 1, over the official training set
    spread: tuple[float, ...]
    embedded: bool
    pool: int  # images to learn from
    test: int  # images to test on
    megabytes: int = 0  # to download, where not embedded
    classes: int = CLASSES
    uploaded: bool = False  # by a learner, in the browser: for whoever knows its id

    @property
    def path(self) -> Path:
        """Where the pack is, or will be once it is fetched."""
        if self.uploaded:
            return own_folder(self.id) / "images.npz"
        return (PRETRAINED / "samples" if self.embedded else home() / "data") / f"{self.id}.npz"

    @property
    def here(self) -> bool:
        """True where the images are on this machine."""
        return os.path.exists(self.path)  # also False where the folder may not be looked into


_GREY = {"mnist": ((0.1307,), (0.3081,)), "fashion": ((0.2860,), (0.3530,))}
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR = ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616))

DATA: dict[str, DataSet] = {
    data.id: data
    for data in (
        DataSet("mnist", "MNIST", "handwritten digits", "mnist", 1, 28, *_GREY["mnist"], True, 4000, 1000),
        DataSet("fashion", "Fashion", "pieces of clothing", "fashion", 1, 28, *_GREY["fashion"], True, 4000, 1000),
        DataSet("cifar10", "CIFAR-10", "small photographs", "cifar10", 3, 32, *_CIFAR, False, 4000, 2000, 170),
        DataSet(
            "mnist-full", "MNIST, all", "all official images", "mnist", 1, 28, *_GREY["mnist"], False, 59000, 10000, 12
        ),
        DataSet(
            "fashion-full",
            "Fashion, all",
            "all official images",
            "fashion",
            1,
            28,
            *_GREY["fashion"],
            False,
            59000,
            10000,
            31,
        ),
    )
}


# ── images of one's own ──────────────────────────────────────────────────────────────────────────────────────────


def own_folder(set_id: str) -> Path:
    """Where all is kept that belongs to images of one's own: what was uploaded, and a teacher that was trained here."""
    return home() / "images" / set_id


def imported() -> dict[str, DataSet]:
    """Sets that were imported on this machine (`python -m app.import_images`), by id. Damaged packs are left out.

    A set whose family has no teacher can be looked at, not trained from: its `words` say so.
    """
    try:
        found = [_own(path.stem, path) for path in sorted((home() / "data").glob("own-*.npz"))]
    except OSError:  # a folder that may not be looked into; the store says so
        return {}
    known = teachers_if_readable()
    return {
        data.id: data
        if data.family in known
        else replace(data, words=f"{data.words}; no teacher for these classes yet")
        for data in found
        if data is not None
    }


DRAWN = "mnist"  # the family of images that a learner can draw


def drawable(data: str) -> bool:
    """True where the networks know images that a learner can draw."""
    known = data_sets().get(data)
    return known is not None and known.family == DRAWN


def data_sets() -> Mapping[str, DataSet]:
    """Every choice of images on this machine, by id: `DATA`, what was imported and, unlisted, what was uploaded."""
    return Shelf(DATA, _uploaded, imported)


def lab_sets() -> Mapping[str, DataSet]:
    """The sets that a run can use, by id: `DATA`, and what was imported, has a teacher and is large enough.

    What learners uploaded is found here by its id, and never listed.
    """
    return Shelf(
        DATA,
        lambda id_: data if (data := _uploaded(id_)) and _usable(data) else None,
        lambda: {id_: data for id_, data in imported().items() if _usable(data)},
    )


def _usable(data: DataSet) -> bool:
    """True for images of one's own that a run can use."""
    return data.family in teachers_if_readable() and data.pool >= min(CONTROLS["labels"].choices)


def _uploaded(id_: str) -> DataSet | None:
    if not UPLOADED_ID.fullmatch(id_):
        return None
    found = _own(id_, own_folder(id_) / "images.npz")
    if found is None:
        return None
    teacher = own_teacher(id_)
    name = plain_name(str(teacher.record.get("set", found.name))) if teacher else found.name
    return replace(found, uploaded=True, family=id_, name=name)


def _own(id_: str, path: Path) -> DataSet | None:
    try:
        fields = set_fields(id_, path, path.stat().st_mtime_ns)
    except OSError:
        return None
    return DataSet(**fields) if fields else None


# ── teachers ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class TeacherEntry:
    """A teacher, as `pretrained/teachers/manifest.json` records it, or, of one's own images, `teacher.json`."""

    id: str
    name: str
    family: str
    file: str
    sha256: str
    widths: tuple[int, int, int]
    patch: int
    mirror: bool  # it answers with the mean over the image and its mirror image
    channels: int
    parameters: int
    accuracy: float  # on `tested_on`
    tested_on: str
    record: dict[str, Any]  # the whole manifest entry: command, seed, data, date, versions, …
    own: bool = False  # it was trained here, on images of one's own

    def layers(self, data: DataSet) -> Layers:
        """The network for images of `data`."""
        return whitened(Image(self.channels, data.size, self.mirror), self.widths, self.patch, data.classes)

    @property
    def path(self) -> Path:
        """The weight file."""
        return (own_folder(self.id) if self.own else PRETRAINED / "teachers") / self.file


def teachers() -> Mapping[str, TeacherEntry]:
    """Every shipped teacher by id, in the order of the manifest; and by its id, unlisted, one that was trained here."""
    return Shelf(shipped_teachers(), own_teacher)


@cache
def shipped_teachers() -> dict[str, TeacherEntry]:
    """The teachers that come along, in the order of the manifest."""
    manifest = json.loads((PRETRAINED / "teachers" / "manifest.json").read_text(encoding="utf-8"))
    found = {}
    for record in manifest["teachers"]:
        shared = {key: record[key] for key in ("id", "name", "family", "file", "sha256", "patch", "mirror", "channels")}
        numbers = {key: record[key] for key in ("parameters", "accuracy", "tested_on")}
        found[record["id"]] = TeacherEntry(**shared, **numbers, widths=tuple(record["widths"]), record=record)
    return found


def teachers_if_readable() -> Mapping[str, TeacherEntry]:
    """The same, without the shipped ones where their manifest is missing or damaged: pages open all the same."""
    try:
        return teachers()
    except (OSError, ValueError, KeyError):
        return Shelf({}, own_teacher)


def own_teacher(set_id: str) -> TeacherEntry | None:
    """The teacher that was trained here on the images `set_id`, which has the same id; None where there is none."""
    if not ID.fullmatch(set_id):
        return None
    file = own_folder(set_id) / "teacher.json"
    try:
        fields = teacher_fields(set_id, file, file.stat().st_mtime_ns)
    except OSError:
        return None
    return TeacherEntry(**fields) if fields else None


def measured_path(teacher: TeacherEntry) -> Path:
    """Where `prepare` notes how a teacher does on the original images of its family, once they were fetched."""
    return home() / "data" / f"{teacher.id}.json"


def accuracy_on_originals(teacher: TeacherEntry) -> float | None:
    """Share of the official test images, the originals, that this teacher got right here; None where not measured."""
    try:
        record = json.loads(measured_path(teacher).read_text(encoding="utf-8"))
        return float(record["accuracy"]) if record["sha256"] == teacher.sha256 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


# ── students ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Student:
    """One rung of the student ladder: a network of some width, which depends on the number of image channels."""

    id: str
    name: str
    network: Callable[[Image, int, int], Layers]  # of image, width and classes
    width: dict[int, int]  # image channels → width

    def layers(self, data: DataSet) -> Layers:
        """The network for images of `data`."""
        return self.network(Image(data.channels, data.size), self.width[data.channels], data.classes)

    def parameters(self, data: DataSet) -> int:
        """Number of parameters for images of `data`."""
        return architecture.parameters(self.layers(data))

    @property
    def has_feature_maps(self) -> bool:
        """True if its layers keep the image's rows and columns."""
        return architecture.has_feature_maps(self.layers(next(iter(DATA.values()))))


STUDENTS: dict[str, Student] = {
    student.id: student
    for student in (
        Student("mlp-30", "30 units", perceptron, {1: 30, 3: 30}),
        Student("cnn-2k", "2 k", strided, {1: 2, 3: 4}),
        Student("cnn-9k", "9 k", strided, {1: 8, 3: 10}),
        Student("cnn-35k", "35 k", strided, {1: 24, 3: 22}),
        Student("cnn-140k", "140 k", strided, {1: 64, 3: 48}),
        Student("cnn-large", "teacher-sized", strided, {1: 100, 3: 184}),
    )
}


# ── methods ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Method:
    """A way to train a student; the formula and its source are in `distillation/losses.py`."""

    id: str
    name: str
    words: str
    uses_temperature: bool
    uses_teacher: bool = True
    needs_feature_maps: bool = False  # of the student
    labelled_only: bool = False  # it says nothing about an image without a label


METHODS: dict[str, Method] = {
    method.id: method
    for method in (
        Method("labels", "Labels only", "no teacher: the cross-entropy with the labels", False, False),
        Method("kd", "Soft labels", "match the teacher's softened probabilities (Hinton et al. 2015)", True),
        Method("logits", "Logit matching", "match the teacher's logits by squared error (Ba & Caruana 2014)", False),
        Method(
            "dkd",
            "Decoupled",
            "target and non-target parts weighted apart (Zhao et al. 2022)",
            True,
            labelled_only=True,
        ),
        Method("hints", "Hints", "match the teacher's middle features (FitNets, Romero et al. 2015)", False),
        Method(
            "attention",
            "Attention",
            "match where the teacher's features are strong (Zagoruyko 2017)",
            False,
            needs_feature_maps=True,
        ),
        Method(
            "smoothing",
            "Label smoothing",
            "no teacher: soften the labels evenly; the control",
            False,
            False,
            labelled_only=True,
        ),
    )
}


@dataclass(frozen=True)
class Arm:
    """One of the compared ways to train, within a cohort. alpha: 0 … 1, weight of the soft (teacher) loss.

    bug: the id of a mistake in `app.bugs.BUGS` that is made in it, "" where it is healthy.
    """

    role: Literal["labels", "distilled"]
    method: str
    temperature: float
    alpha: float
    bug: str = ""


# ── controls ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Control:
    """One control, declared once. Choices are listed in `choices`; numbers range from `low` to `high` by `step`."""

    key: str  # also the URL key
    words: str
    help: str  # what it does, and what happens when it is turned up
    default: Any
    choices: tuple[Any, ...] = ()
    low: float = 0
    high: float = 0
    step: float = 0
    unsaid: bool = False  # at its default it stands in no address, no stored plan and no line about a run


CONTROLS: dict[str, Control] = {
    control.key: control
    for control in (
        Control("data", "Images", "What teacher and students look at.", "mnist", tuple(DATA)),
        Control(
            "teacher",
            "Teacher",
            "Who marks the images. Compare a finished teacher with one that stopped early.",
            "mnist",
        ),
        Control(
            "student",
            "Student",
            "How big the students are. A bigger one has more room for what it is taught, and trains for longer.",
            "cnn-9k",
            tuple(STUDENTS),
        ),
        Control(
            "labels",
            "Labelled images",
            "How many images the students see. More images lift both curves, and take longer.",
            500,
            (50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 4000, 10000, 25000, 50000),
        ),
        Control(
            "unlabelled",
            "Unlabelled images",
            "Images beside the labelled ones that only the teacher marks. More of them: more of the teacher in the "
            "distilled students, and nothing for the others.",
            0,
            (0, 100, 200, 500, 1000, 1500, 2000, 2500, 3000, 3500, 10000, 50000),
            unsaid=True,
        ),
        Control(
            "left_out",
            "Class left out",
            "The students never learn from an image of it; the test images show it as ever.",
            None,
            unsaid=True,
        ),
        Control(
            "method",
            "How the teacher teaches",
            "What the distilled student copies. Label smoothing is the control: soft labels without a teacher.",
            "kd",
            tuple(method for method in METHODS if method != "labels"),
        ),
        Control(
            "temperature",
            "Temperature",
            "Divides the logits before the softmax. Higher: softer answers, more about the near misses.",
            8.0,
            low=1.0,
            high=20.0,
            step=0.5,
        ),
        Control(
            "alpha",
            "Weight on the teacher",
            "Alpha. 0: the labels alone. 1: the teacher alone.",
            0.9,
            low=0.0,
            high=1.0,
            step=0.05,
        ),
        Control(
            "epochs",
            "Epochs",
            "How often the students see every image. More epochs take longer.",
            16,
            low=1,
            high=100,
            step=1,
        ),
        Control(
            "seeds",
            "Seeds",
            "Repetitions with other first weights, other images and another order. More seeds: a surer answer.",
            3,
            low=1,
            high=10,
            step=1,
        ),
    )
}


def choice_name(key: str, value: object) -> str:
    """What a learner reads for a control's value: "35 k" for the student cnn-35k, "8" for the temperature 8.0."""
    named: dict[str, Mapping[str, DataSet | Student | Method | TeacherEntry]] = {
        "data": lab_sets(),
        "student": STUDENTS,
        "method": METHODS,
        "teacher": teachers_if_readable(),
    }
    chosen = named.get(key, {}).get(str(value))
    return chosen.name if chosen else f"{value:,g}" if isinstance(value, int | float) else str(value)


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────

ENGINE = 3  # raised whenever the same spec would give other numbers
BATCH = 32
# AdamW's at the start, by family of images; divided by the root of a student's width, falling to 0 along half a cosine.
# The highest at which students with labels only do as well on validation images as at any other, so that no gain is
# that of a badly trained twin (500 labels, 9 k and 35 k students; with MNIST also 2 k and 140 k ones, constant rates,
# batches of 16 to 64 and 12 to 80 epochs). Distilled students would bear higher ones.
# Images of one's own by their kind, found the same way on three sets of 3 and 4 classes (50 to 300 labels).
LEARNING_RATES = {"mnist": 3.4e-2, "fashion": 2.4e-2, "cifar10": 1.2e-2, "own-grey": 3.4e-2, "own-colour": 1.2e-2}
WEIGHT_DECAY = 1e-2
THREADS_PER_RUN = 1  # fixed: the number of threads changes the order of sums, and so the numbers
METRICS = ("accuracy", "agreement", "agreement_where_wrong", "kl", "nll", "brier", "ece", "entropy")  # of a point
LOSS_PARTS = ("hard", "soft", "total")
POINTS = 40  # evaluations of a run, at most
SHOWN = 1000  # test images whose logits are kept at every point
RUN_SECONDS = 600  # wall-clock time of one run, at most
QUEUED_PER_LEARNER = 5
HOME_BYTES = 2_000_000_000  # runs and checkpoints, at most; the oldest finished runs go first
