"""Runs the kind `new_class`: students learn nine digits, and then, in several ways, the tenth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from app.catalog.declared import CLASSES
from app.distillation.datasets import Material, generator, labelled_subset
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.pausing import below, together
from app.experiments.kinds import new_class as declared
from app.experiments.kinds.new_class import WAYS, NewClass
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared
from app.experiments.worker.kinds import on_official

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

TEST_BATCH = 500
SURE = 100.0  # the logit of a label among zeros: whoever hears it at T = 4 hears the label alone
SEES = ("new", "all")  # in the order of the arms


def new_digit(seed: int) -> int:
    """Which digit a seed leaves out at first."""
    return int(torch.randint(CLASSES, (), generator=generator(seed, "new class")))


class NewClassTraining:
    """The students of all seeds with nine digits, and then the ways in which they meet the tenth."""

    epoch = None

    def __init__(self, spec: NewClass, material: Material) -> None:
        self._spec, self.material, self.update = spec, material, 0
        self.updates = declared.OLD_UPDATES + declared.UPDATES
        self.new = torch.tensor([new_digit(seed) for seed in spec.seeds])
        rows = torch.stack(
            [labelled_subset(material.pool_labels, CLASSES * declared.PER_CLASS, seed) for seed in spec.seeds]
        )
        is_new = material.pool_labels[rows] == self.new.unsqueeze(1)
        old, new = (torch.stack([row[some] for row, some in zip(rows, of, strict=True)]) for of in (~is_new, is_new))
        self._rows = {"old": old, "new": new, "all": torch.cat((new, old), 1)}
        images, labels = material.pool_images[old], material.pool_labels[old]
        self.before = self._cohort(Lessons.of_labels(images, labels), declared.OLD_UPDATES, purpose="old")
        self.students: tuple[MarkedCohort, ...] = ()  # by what they see, once nine digits are learned

    def _cohort(self, lessons: Lessons, updates: int, **how: Any) -> MarkedCohort:
        shared: dict[str, Any] = {"updates": updates, "temperature": declared.TEMPERATURE, **how}
        return MarkedCohort(declared.STUDENT, self._spec.data, self._spec.seeds, lessons, **shared)

    def _going_on(self) -> tuple[MarkedCohort, ...]:
        """Students with the weights of those that know nine digits."""
        first = [self.before.cohort.weights(seed, 0) for seed in range(len(self._spec.seeds))]
        return tuple(
            self._cohort(self._lessons(sees), declared.UPDATES, purpose="new", rate=self._spec.rate, first=first)
            for sees in SEES
        )

    def _lessons(self, sees: str) -> Lessons:
        """What those hear who see these images."""
        rows, ways = self._rows[sees], [way for way in WAYS if way.sees == sees]
        images, labels = self.material.pool_images[rows], self.material.pool_labels[rows]
        is_new = (labels == self.new.unsqueeze(1)).unsqueeze(-1)
        said = SURE * one_hot(labels, CLASSES).float()
        heard = {
            "labels": said,
            "teacher": self.material.pool_logits[rows],
            "self": torch.where(is_new, said, self.before.logits(images)[:, 0]),
        }
        marks = torch.stack([heard[way.hears] for way in ways], 1)
        return Lessons(images, labels, marks, [0.0 if way.hears == "labels" else 1.0 for way in ways])

    def step(self) -> dict[str, Tensor]:
        """One update of every student. There are no parts of a loss."""
        if self.update >= declared.OLD_UPDATES:
            self.students = self.students or self._going_on()
        for cohort in self.students or (self.before,):
            cohort.step()
        self.update += 1
        return {}

    def due(self) -> bool:
        """At `MOMENTS` after the new digit has come."""
        return self.update - declared.OLD_UPDATES in declared.MOMENTS

    def evaluate(self) -> PlainPoint:
        """All measures on the test images; before any goes on, all are as they were before."""
        known = self.material
        measures = self._measured([known.test_images], known.test_labels)
        return PlainPoint(measures, {}, final=on_official(known, self._measured) if self.update == self.updates else {})

    def _measured(self, parts: list[Tensor], labels: Tensor) -> dict[str, Tensor]:
        """(arms, seeds) each. parts: images (n, c, h, w)."""
        before = _logits(self.before, parts)  # (seeds, 1, n, classes)
        said = torch.cat([*(_logits(cohort, parts) for cohort in self.students), before], 1)
        is_new = labels == self.new[:, None, None]  # (seeds, 1, n)
        answers, first = said.argmax(-1), before.argmax(-1)
        right, same = (answers == labels).double(), (answers == first).double()
        moved = (said.softmax(-1) - before.softmax(-1)).abs().sum(-1).double() / 2
        measures = {
            "accuracy": right.mean(-1),
            "old": _of(right, ~is_new),
            "new": _of(right, is_new),
            "kept": _of(same, ~is_new),
            "moved": _of(moved, ~is_new),
        }
        return {name: values.expand(-1, len(WAYS) + 1).T for name, values in measures.items()}

    def state(self) -> dict[str, Tensor]:
        return {"update": torch.tensor(self.update), **together({n: one.state() for n, one in self._named()})}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update, self.students = int(state["update"]), ()
        for going_on in (False, True):  # these start from, and hear, students that have learned nine digits
            if going_on and any(name.startswith("students0.") for name in state):
                self.students = self._going_on()
            for name, cohort in self._named():
                cohort.restore(below(state, name))

    def _named(self) -> list[tuple[str, MarkedCohort]]:
        return [("before", self.before), *((f"students{at}", cohort) for at, cohort in enumerate(self.students))]

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def _logits(cohort: MarkedCohort, parts: list[Tensor]) -> Tensor:
    """Of every student on all parts: (seeds, arms, n, classes)."""
    return torch.cat([cohort.logits(part.unsqueeze(0)) for part in parts], 2)


def _of(values: Tensor, some: Tensor) -> Tensor:
    """The mean of values (seeds, arms, n) over some of the images, (seeds, 1, n)."""
    return (values * some).sum(-1) / some.sum(-1)


def prepare(spec: NewClass, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    material = engine.material(spec.data, spec.data)
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(NewClassTraining(spec, material), teacher_answers(spec.data, spec.data, material), record)
