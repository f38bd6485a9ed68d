"""What a lesson may show: figures and formulas with their options, what phrases may set and terms may light.

Knows no page: `app/figures/on_stage.py` mounts what is named here, and a test holds that both name the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pydantic import Field

from app.catalog.bugs import BUGS
from app.teaching.plain import Plain

Data = Literal["mnist", "fashion", "cifar10"]
Cohort = Literal["t8", "t20", "a1"]  # recorded ones of the bug lab
Image = Field(ge=0, lt=1000)  # of the test images whose answers come along


@dataclass(frozen=True)
class Setting:
    """What a phrase may give a key: one of `choices`, or a number from `low` to `high`."""

    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()

    def fault(self, value: str) -> str:
        """What is wrong with a value, "" where nothing is."""
        if self.choices:
            return "" if value in self.choices else f"it must be one of {', '.join(self.choices)}"
        try:
            inside = self.low <= float(value) <= self.high
        except ValueError:
            inside = False
        return "" if inside else f"it must be a number from {self.low:g} to {self.high:g}"


class Options(Plain):
    """What every figure knows. locked: the prediction that must be saved before it is shown, and that it answers;
    after: others that must be saved before, because it shows what came of them, too.
    """

    locked: str | None = None
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class FigureKind:
    """A figure. sets: what phrases may set, by key; lights: the terms that phrases may light; words: what it shows.
    trains: whether a learner may train there.
    """

    name: str
    words: str
    options: type[Options]
    sets: Mapping[str, Setting] = field(default_factory=dict)
    lights: frozenset[str] = frozenset()
    trains: bool = False


@dataclass(frozen=True)
class FormulaKind:
    """A formula with live numbers. lights: the terms that phrases may light."""

    name: str
    words: str
    options: type[Options]
    lights: frozenset[str] = frozenset()


TRAIN = "train"  # what a link may take away from a figure, beside its settings: the button that trains
CONTROL_WORDS = {
    "temperature": "temperature",
    "alpha": "weight on the teacher",
    "image": "choice of images",
    "class": "chosen class",
    "scale": "scale of the bars",
    "source": "test image or drawing",
    "squared": "factor T²",
    "stage": "stage of the step",
    "parts": "which losses",
    "questions": "questions a day",
    "labels": "labelled images",
    "unlabelled": "images that only the teacher marks",
    "picture": "accuracy or gain in the picture",
    "left_out": "class that is never shown",
    "student": "which student",
    "bias": "bias",
    "correction": "corrections of the bias",
    "bug": "which mistake",
    "setting": "where it was recorded",
    TRAIN: "training of one’s own",
}

FORMER_KEYS = {"left-out": "left_out"}  # how older links call a control

_TEMPERATURE = Setting(1, 20)
_IMAGE = Setting(0, 999)

# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Softening(Options):
    """One image and the teacher's bars. images: offered to choose from; highest: end of the dial."""

    data: Data = "mnist"
    image: int = Image
    temperature: float = Field(default=1, ge=0.5, le=1000)
    highest: float = Field(default=20, ge=20, le=1000)
    images: tuple[int, ...] = ()
    logits: bool = False  # written beside the bars
    log: bool = False  # the bars on a logarithmic scale at first


class Answers(Options):
    """One image, and what the teacher says, on a linear or logarithmic scale. choose: others may be picked or drawn."""

    data: Data = "mnist"
    image: int = Image
    choose: bool = True
    temperature: float = Field(default=1, ge=1, le=20)


class Hunt(Options):
    """Sheets of test images: which is the teacher least sure of?"""

    data: Data = "mnist"


class Microscope(Options):
    """The gradients of one image, class by class."""

    data: Data = "mnist"
    image: int = Image
    temperature: float = Field(default=1, ge=1, le=1000)
    squared: bool = True  # with the factor T²


class Similarity(Options):
    """Which classes the teacher thinks alike: the mean soft label of each class as a map and a tree."""

    data: Data = "mnist"
    temperature: float = Field(default=4, ge=1, le=20)
    chosen: int = Field(default=4, ge=0, lt=10)  # the class whose row is read out at first


class Twins(Options):
    """A recorded run of two arms over several seeds, and a button that trains it again. steps: with the four steps from
    input data to a small model, which light up with the run.
    """

    run: str
    steps: bool = True


class LabelDial(Options):
    """Recorded twins at several numbers of labelled images. labels: where the dial stands at first; rest: also with the
    remaining images, marked by the teacher alone; view: accuracy or gain over the numbers of labels, or accuracy over
    the updates at one of them; train: with a button that trains the same here; knots: where the prediction that locks
    it, a curve of the gain, has its knots.
    """

    curve: str = "recorded-labels-mnist"
    labels: int = Field(default=100, ge=1)
    rest: bool = False
    view: Literal["labels", "gain", "updates"] = "labels"
    train: bool = True
    knots: tuple[int, ...] = ()


class NeverShown(Options):
    """Students that never saw one class, and a bias on its logit. biased: with the dial; train: with a button that
    trains others; student: whose answers are shown at first.
    """

    data: Literal["mnist"] = "mnist"
    left_out: int = Field(default=3, ge=0, lt=10)
    bias: float = Field(default=0, ge=-4, le=8)
    biased: bool = True
    train: bool = False
    student: Literal["distilled", "labels"] = "distilled"


class SlowMotion(Options):
    """One training step, stage by stage. images: of the recorded run, to choose from; update: when its student is
    looked at.
    """

    run: str = "recorded-mnist-kd"
    images: tuple[int, ...] = Field(default=(119, 514, 956, 387), min_length=1)
    update: int = Field(default=32, ge=0)
    temperature: float = Field(default=4, ge=1, le=20)
    alpha: float = Field(default=0.9, ge=0, le=1)


class Tuning(Options):
    """A recorded sweep over temperature and alpha."""

    data: Literal["mnist", "fashion"] = "mnist"


class BugLab(Options):
    """Nine mistakes, made in the real training. cohort: of the recorded ones, the first that is shown."""

    cohort: Cohort = "t8"
    bug: Literal[*BUGS] = "no-t2"  # type: ignore[valid-type]


class WhichBug(Options):
    """A recorded run of the bug lab without its name."""

    cohort: Cohort = "t8"


class Costs(Options):
    """What teacher and students of a recorded run cost, counted and timed on this machine."""

    run: str


class Queries(Options):
    """What a number of questions a day comes to. watts: of a busy core; price: of a kWh, in `currency`."""

    run: str
    watts: float = Field(gt=0)
    price: float = Field(gt=0)
    currency: str
    per_day: int = Field(1_000_000, ge=1, le=10**9)


FIGURES: dict[str, FigureKind] = {
    kind.name: kind
    for kind in (
        FigureKind(
            "softening",
            "one image, and the teacher’s ten probabilities while the temperature is turned",
            Softening,
            {
                "temperature": Setting(0.5, 1000),
                "image": _IMAGE,
                "class": Setting(0, 9),
                "scale": Setting(choices=("linear", "log")),
            },
            frozenset({"T", "logits", "z", "p", "top", "entropy"}),
        ),
        FigureKind(
            "answers",
            "what the teacher says about an image that is picked or drawn",
            Answers,
            {
                "temperature": _TEMPERATURE,
                "image": _IMAGE,
                "scale": Setting(choices=("linear", "log")),
                "source": Setting(choices=("test", "drawn")),
            },
        ),
        FigureKind("hunt", "sheets of test images: which is the teacher least sure of?", Hunt),
        FigureKind(
            "microscope",
            "hard and soft gradient of one image, class by class",
            Microscope,
            {"temperature": Setting(1, 1000), "image": _IMAGE, "squared": Setting(choices=("on", "off"))},
            frozenset({"T", "hard", "soft", "limit"}),
        ),
        FigureKind(
            "similarity",
            "which classes the teacher thinks alike, as a map and a tree",
            Similarity,
            {"temperature": _TEMPERATURE, "class": Setting(0, 9)},
            frozenset({"map", "tree", "T"}),
        ),
        FigureKind(
            "twins",
            "twin students, with and without a teacher, over several seeds",
            Twins,
            {"temperature": _TEMPERATURE, "alpha": Setting(0, 1)},
            frozenset({"T", "alpha"}),
            trains=True,
        ),
        FigureKind(
            "label-dial",
            "how good students get with few labelled images and with many, with a teacher and without",
            LabelDial,
            {
                "labels": Setting(1, 59_000),
                "unlabelled": Setting(0, 59_000),
                "picture": Setting(choices=("accuracy", "gain")),
            },
            trains=True,
        ),
        FigureKind(
            "never-shown",
            "students that never saw a class, and what a bias on its logit brings out",
            NeverShown,
            {
                "bias": Setting(-4, 60),
                "left_out": Setting(0, 9),
                "student": Setting(choices=("distilled", "labels")),
                "correction": Setting(choices=("none", "label-free", "best")),
            },
            frozenset({"b"}),
            trains=True,
        ),
        FigureKind(
            "tuning",
            "what distilling gains at each temperature and alpha, over several seeds",
            Tuning,
            {"temperature": _TEMPERATURE, "alpha": Setting(0, 1)},
        ),
        FigureKind(
            "bug-lab",
            "nine mistakes, made in the real training, and what gives each away",
            BugLab,
            {"bug": Setting(choices=tuple(BUGS)), "setting": Setting(choices=get_args(Cohort))},
            trains=True,
        ),
        FigureKind("which-bug", "the diagnosis of a run without its name: which bug is this?", WhichBug),
        FigureKind("costs", "what teacher and students cost, measured on this machine", Costs),
        FigureKind(
            "queries",
            "what a number of questions a day comes to, in hours, energy and money",
            Queries,
            {"questions": Setting(1, 10**9)},
        ),
        FigureKind(
            "slow-motion",
            "one training step, stage by stage, in the numbers of a real step",
            SlowMotion,
            {
                "stage": Setting(1, 8),
                "temperature": _TEMPERATURE,
                "alpha": Setting(0, 1),
                "parts": Setting(choices=("both", "hard", "soft")),
            },
            frozenset({"T", "alpha", "KL", "CE"}),
        ),
    )
}

# ── formulas ─────────────────────────────────────────────────────────────────────────────────────────────────────

FORMULAS: dict[str, FormulaKind] = {
    kind.name: kind
    for kind in (
        FormulaKind(
            "softmax", "the softmax with temperature", Options, frozenset({"T", "logits", "top", "z", "sum", "p"})
        ),
    )
}


def link_settings(names: Iterable[str]) -> dict[str, Setting | None]:
    """What a link to a step with these figures may set, fix and hide, by key; None where nothing is to be set."""
    kinds = [FIGURES[name] for name in names if name in FIGURES]
    found: dict[str, Setting | None] = {}
    for kind in kinds:
        for key, setting in kind.sets.items():
            found.setdefault(key, setting)
    if any(kind.trains for kind in kinds):
        found[TRAIN] = None
    return found


def option_fields(kind: FigureKind | FormulaKind) -> tuple[str, ...]:
    """The names of a figure's options."""
    return tuple(kind.options.model_fields)


def with_defaults(options: Options) -> dict[str, Any]:
    """A figure's options as its component gets them."""
    return options.model_dump(mode="json")
