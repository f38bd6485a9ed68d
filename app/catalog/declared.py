"""Everything that can be chosen, declared once: images, students, methods, controls and limits.

`Control` is the single source of a control's words, range, default and URL key; the page draws it, the spec validates
with it, the tests enumerate it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from app.catalog import architecture
from app.catalog.architecture import Image, Layers, perceptron, strided
from app.catalog.families import FAMILIES, Choice, Family
from app.catalog.paths import PRETRAINED, home, own_folder

CLASSES = 10  # of every data set that has a shipped teacher, and the most that images of one's own may have


# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class DataSet:
    """One choice of images. `pack` is relative to `pretrained/samples` (embedded) or to `home()/data` (fetched)."""

    id: str
    name: str
    words: str
    family: str  # which teachers fit: an id in `FAMILIES`; images of one's own have a teacher of their id
    channels: int
    size: int  # pixels of a side
    mean: tuple[float, ...]  # per channel, of pixels in 0 … 1, over the official training set
    spread: tuple[float, ...]
    embedded: bool
    pool: int  # images to learn from
    test: int  # images to test on
    megabytes: int = 0  # to download, if not embedded
    classes: int = CLASSES
    uploaded: bool = False  # by a learner, in the browser: for whoever knows its id
    official: int = 0  # official test images beside the pack, on which verdicts are taken; 0: on those of the pack

    @property
    def in_a_sentence(self) -> str:
        """Its name, in quotes if it has a comma, which would be read as the sentence's."""
        return f"“{self.name}”" if "," in self.name else self.name

    @property
    def official_path(self) -> Path:
        """The pack of the official test images, if there are any beside it."""
        return PRETRAINED / "samples" / f"{self.id}-official.npz"

    @property
    def path(self) -> Path:
        """Where the pack is, or will be once it is fetched."""
        if self.uploaded:
            return own_folder(self.id) / "images.npz"
        return (PRETRAINED / "samples" if self.embedded else home() / "data") / f"{self.id}.npz"

    @property
    def here(self) -> bool:
        """True if the images are on this machine."""
        return os.path.exists(self.path)  # also False if the folder may not be looked into

    @property
    def written(self) -> int:
        """When the pack was written last, so that a new one is read anew; 0 if it is not here, or out of reach."""
        try:
            return self.path.stat().st_mtime_ns
        except OSError:
            return 0


def _data_set(family: Family, choice: Choice) -> DataSet:
    fields = {key: value for key, value in vars(choice).items() if key != "download"}
    looks = {key: getattr(family, key) for key in ("channels", "size", "mean", "spread")}
    return DataSet(**fields, **looks, family=family.id, classes=len(family.classes))


DATA: dict[str, DataSet] = {  # what is quick comes first, whole sets last
    choice.id: _data_set(family, choice)
    for whole in (False, True)
    for family in FAMILIES.values()
    for choice in family.choices
    if (choice.id != family.id) == whole
}


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
        return architecture.feature_shapes(self.layers(next(iter(DATA.values()))))[0][1:] != (1, 1)


STUDENTS: dict[str, Student] = {
    student.id: student
    for student in (
        Student("mlp-30", "30 units", perceptron, {1: 30, 3: 30}),
        Student("cnn-400", "0.4 k", partial(strided, more=1), {1: 1, 3: 1}),
        Student("cnn-1k", "1 k", strided, {1: 1, 3: 2}),
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
    """A way to train a student; its formula and source are in `distillation/losses.py` or `distillation/marks.py`.

    ablation: soft labels from which something is taken, to see whether it taught. offered: in the lab; else there are
    only recorded students of it.
    """

    id: str
    name: str
    words: str
    uses_temperature: bool
    uses_teacher: bool = True
    needs_feature_maps: bool = False  # of the student
    labelled_only: bool = False  # it says nothing about an image without a label
    as_they_are: bool = False  # it knows images as they are alone, not shifted ones
    ablation: bool = False
    offered: bool = True
    version: int = 0  # raised if this method alone gives other numbers than before


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
        Method(
            "hints",
            "Hints",
            "match the teacher's middle features (FitNets, Romero et al. 2015)",
            False,
            as_they_are=True,
        ),
        Method(
            "attention",
            "Attention",
            "match where the teacher's features are strong (Zagoruyko 2017)",
            False,
            needs_feature_maps=True,
            as_they_are=True,
        ),
        Method(
            "relational",
            "Relational",
            "match how the teacher's features of several images lie to each other (Park et al. 2019)",
            False,
            as_they_are=True,
        ),
        Method(
            "smoothing",
            "Label smoothing",
            "no teacher: soften the labels evenly; the control",
            False,
            False,
            labelled_only=True,
        ),
        Method(
            "named",
            "First choice",
            "only the class that the teacher takes an image for, as a plain label (Lee 2013)",
            False,
            ablation=True,
        ),
        Method(
            "shuffled",
            "Shuffled",
            "soft labels whose small probabilities have changed places (Furlanello et al. 2018)",
            True,
            as_they_are=True,
            ablation=True,
        ),
        Method(
            "equal",
            "Nine equal",
            "soft labels whose small probabilities are made equal",
            True,
            as_they_are=True,
            ablation=True,
        ),
        Method(
            "even",
            "Even softness",
            "the labels, as soft as the teacher is on average; it says nothing else (Yuan et al. 2020)",
            True,
            False,
            labelled_only=True,
            ablation=True,
        ),
        Method(
            "certain",
            "Labels at T",
            "the labels as they are, and the student's answers softened; no teacher",
            True,
            False,
            labelled_only=True,
            ablation=True,
            offered=False,
        ),
    )
}


@dataclass(frozen=True)
class Arm:
    """One of the compared ways to train, within a cohort. alpha: 0 … 1, weight of the soft (teacher) loss.

    role: control if it is taught as a distilled one, but not by the teacher.
    bug: the id of a mistake in `app.catalog.bugs.BUGS` that is made in it, "" if it is healthy. by: the id of a student
    that stands between: the teacher teaches it as this arm is taught, and it teaches this arm, each seed its own.
    """

    role: Literal["labels", "distilled", "control"]
    method: str
    temperature: float
    alpha: float
    bug: str = ""
    by: str = ""


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
    column: str = ""  # heading in the table of runs, of a number that needs no words of its own there


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
            column="Labels",
        ),
        Control(
            "unlabelled",
            "Unlabelled images",
            "Images beside the labelled ones that only the teacher marks. More of them: more of the teacher in the "
            "distilled students, and nothing for the others.",
            0,
            (0, 100, 200, 500, 1000, 1500, 2000, 2500, 3000, 3500, 10000, 50000),
            unsaid=True,
            column="Unlabelled",
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
            "What the distilled student copies. Shuffled, nine equal and even softness take something away, to see "
            "what teaches. Label smoothing has no teacher either.",
            "kd",
            tuple(method.id for method in METHODS.values() if method.offered and method.id != "labels"),
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
            column="Epochs",
        ),
        Control(
            "seeds",
            "Seeds",
            "Repetitions with other first weights, other images and another order. More seeds: a surer answer.",
            3,
            low=1,
            high=20,
            step=1,
        ),
        Control(
            "shift",
            "Shift",
            "How far every image is shifted anew, at most, in each epoch; the teacher marks what the students see. "
            "Both curves rise, and what is left for the teacher depends on how long they train.",
            0,
            (0, 1, 2, 3),
            unsaid=True,
            column="Shift",
        ),
    )
}


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────

BATCH = 32
TERNARY = 1.6  # bits of a weight that is −1, 0 or 1 times a scale: five of them are a byte, 3⁵ = 243
SHIFT_COPIES = 8  # of each image, if images are shifted
WEIGHT_DECAY = 1e-2
THREADS_PER_RUN = 1  # fixed: the number of threads changes the order of sums, and so the numbers
LOSS_PARTS = ("hard", "soft", "total")
POINTS = 40  # evaluations of a run, at most
SHOWN = 1000  # test images whose logits are kept at every point
RUN_SECONDS = 600  # wall-clock time of one run, at most
QUEUED_PER_LEARNER = 5
HOME_BYTES = 2_000_000_000  # runs and checkpoints, at most; the oldest finished runs go first


def evaluations(updates: int, test_images: int) -> int:
    """How many evaluations follow the one at update 0: so many that they take about a quarter of a run's time."""
    affordable = round(updates * BATCH / test_images)  # an image costs three times as much to train on as to test on
    return min(updates, max(8, min(affordable, POINTS - 1)))  # fewer than 8 do not make a curve
