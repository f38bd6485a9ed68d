"""The kind `churn`: on how many images do two students of one recipe disagree?

A seed sets first weights, images and order. Recipes differ in what students hear: labels only, the teacher, or labels
as soft as the teacher's answers; and some hear labels of more images, since a student that is right more often
disagrees less with others anyway. With the same images for all seeds, what is left is first weights and order.

Two students are also compared as parts of a system, in which each hands the images that it is least sure of to the
teacher.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog.available import lab_sets, teachers
from app.catalog.declared import BATCH, DATA, STUDENTS
from app.experiments.costs import TRAINING_PASS, UPDATE_SECONDS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
STUDENT = "cnn-9k"
LABELS, UPDATES = 500, 320
TEMPERATURE = 8.0  # at which a teacher, or even softness, is heard, with all the weight
VALIDATION_IMAGES = 1000
HANDED_ON = 0.2  # of its validation images, how many a student hands on
GROUP = 5  # students that are asked the same


@dataclass(frozen=True)
class Recipe:
    """What students hear. images: labelled ones."""

    id: str
    words: str
    role: str
    images: int = LABELS


RECIPES = (
    Recipe("labels", "labels only", "labels"),
    Recipe("distilled", "distilled", "distilled"),
    Recipe("even", "evenly soft labels", "control"),
    *(Recipe(f"labels-{more}", f"labels only, {more:,} images", "control", more) for more in (700, 1000, 1500)),
)


@dataclass(frozen=True)
class Churn:
    """Students of two recipes, labels only and distilled.

    whole: of all recipes, and tested on the official test images, about which the teacher is asked. same: all seeds
    learn from the images of the first. Raises SpecError.
    """

    seeds: tuple[int, ...]
    whole: bool = False
    same: bool = False

    kind: ClassVar[str] = "churn"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("apart", "answered otherwise than by another student of the recipe", "%", 1, "lower"),
        Measure("system_accuracy", "accuracy with the teacher behind it", "%", 1, "higher"),
        Measure("system_apart", "answered otherwise than by another such system", "%", 1, "lower"),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        for name in ("whole", "same"):
            if type(getattr(self, name)) is not bool:
                raise SpecError(name, getattr(self, name), "must be true or false")

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields: dict[str, Any] = {"kind": self.kind, "seeds": list(self.seeds)}
        fields |= {name: True for name in ("whole", "same") if getattr(self, name)}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Churn":
        return from_text(cls, fields, "seeds")

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """In the order of the arms."""
        return RECIPES if self.whole else RECIPES[:2]

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits or the teacher are not here."""
        check_here(self.data, self.data)

    def work(self) -> Work:
        """The students' updates; at the end all are asked about the test images."""
        self.check_trainable()
        data, students = lab_sets()[self.data], len(self.seeds) * len(self.recipes)
        asked = 2 * data.test + VALIDATION_IMAGES + (data.official if self.whole else 0)
        cost = students * pass_seconds(STUDENTS[STUDENT].layers(data)) * (TRAINING_PASS * BATCH * UPDATES + asked)
        if self.whole:
            cost += data.official * pass_seconds(teachers()[self.data].layers(data))
        return Work(UPDATES, cost + UPDATES * UPDATE_SECONDS)

    def arm_words(self) -> tuple[ArmWords, ...]:
        return tuple(ArmWords(one.role, one.words) for one in self.recipes)

    def place(self, recipe: str) -> int:
        """Of an arm. Raises ValueError if there is none."""
        known = [one.id for one in self.recipes]
        if recipe not in known:
            raise ValueError(f"there is no recipe “{recipe}”: say one of {', '.join(known)}")
        return known.index(recipe)

    def compared(self) -> tuple[Pair, ...]:
        return (Pair(self.place("labels"), self.place("distilled"), "accuracy"),)

    def in_short(self) -> str:
        images = "the same images" if self.same else "images of their own"
        return f"Churn: {DATA[self.data].name} {LABELS}, students of a recipe with {images}"


KIND = Churn
