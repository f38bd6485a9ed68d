"""Runs the kind `teachers`: students of one seed that hear different teachers about the same images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from app.catalog import available, declared
from app.distillation import metrics
from app.distillation.datasets import Material, generator, labelled_subset, teacher_logits
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.models import build_student
from app.experiments.kinds import teachers as kind
from app.experiments.kinds.teachers import TEACHERS, TeacherKind, Teachers
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

POINTS = 13
TEST_BATCH = 500


def misled(logits: Tensor, share: float, draw: torch.Generator) -> Tensor:
    """Logits (n, classes) that are wrong about a share of the images: there the top logit has changed places with that
    of any other class. As sure as before, but of something else.
    """
    count, classes = logits.shape
    rows = torch.randperm(count, generator=draw)[: round(share * count)]
    top = logits[rows].argmax(1)
    other = (top + torch.randint(1, classes, top.shape, generator=draw)) % classes
    said = logits.clone()
    said[rows, top], said[rows, other] = logits[rows, other], logits[rows, top]
    return said


class TeachersTraining:
    """One cohort, in which each arm hears its own teacher."""

    epoch = None

    def __init__(self, spec: Teachers, material: Material, others: dict[str, Material]) -> None:
        """material: of the fully trained teacher. others: of each shipped teacher by its id, itself among them."""
        self._spec, self._material, self.updates = spec, material, kind.UPDATES
        rows = torch.stack([labelled_subset(material.pool_labels, kind.LABELS, seed) for seed in spec.seeds])
        images, labels = material.pool_images[rows], material.pool_labels[rows]
        marks, right = [torch.zeros(*labels.shape, declared.CLASSES)], [torch.full((len(spec.seeds),), torch.nan)]
        for teacher in TEACHERS:
            said = [self._said(teacher, seed, others, row) for seed, row in zip(spec.seeds, rows, strict=True)]
            marks.append(torch.stack([of_lessons for of_lessons, _ in said]))
            right.append(torch.stack([metrics.accuracy(of_tests, material.test_labels) for _, of_tests in said]))
        self._teachers_right = torch.stack([one.double() for one in right])
        alphas = [0.0] + [kind.ALPHA] * len(TEACHERS)
        lessons = Lessons(images, labels, torch.stack(marks, 1), alphas)
        shared: dict[str, Any] = {"updates": kind.UPDATES, "temperature": kind.TEMPERATURE}
        self._cohort = MarkedCohort(kind.STUDENT, spec.data, spec.seeds, lessons, **shared)

    def _said(
        self, teacher: TeacherKind, seed: int, others: dict[str, Material], rows: Tensor
    ) -> tuple[Tensor, Tensor]:
        """A teacher's logits on a seed's images, (n, classes), and on the test images."""
        if not teacher.shipped:
            draw = generator(seed, "untrained teacher")
            entry, data = declared.STUDENTS[kind.UNTRAINED], available.data_sets()[self._spec.data]
            network = build_student(entry, data, draw).eval()
            images = (self._material.pool_images[rows], self._material.test_images)
            of_lessons, of_tests = (teacher_logits(network, some) for some in images)
            return of_lessons, of_tests
        known, draw = others[teacher.shipped], generator(seed, "wrong answers")
        of_lessons, of_tests = known.pool_logits[rows], known.test_logits
        if not teacher.wrong:
            return of_lessons, of_tests
        return misled(of_lessons, teacher.wrong, draw), misled(of_tests, teacher.wrong, draw)

    @property
    def update(self) -> int:
        return self._cohort.update

    def step(self) -> dict[str, Tensor]:
        """One update of every student."""
        return {"total": self._cohort.step()}

    def due(self) -> bool:
        return self.update == self.updates or self.update % (self.updates // POINTS) == 0

    def evaluate(self) -> PlainPoint:
        """Accuracy on the test images, and that of the teachers, NaN for labels only."""
        measures = {"accuracy": self._right([self._material.test_images], self._material.test_labels)}
        measures["teacher_right"] = self._teachers_right
        return PlainPoint(measures, {}, final=self._final() if self.update == self.updates else {})

    def _final(self) -> dict[str, Any]:
        official = self._material.official
        if official is None:
            return {}
        right = self._right(list(official.parts(TEST_BATCH)), official.labels)
        return {"accuracy": right, "images": len(official.labels), "teacher": official.teacher_accuracy}

    def _right(self, parts: list[Tensor], labels: Tensor) -> Tensor:
        """(arms, seeds). parts: images (n, c, h, w)."""
        said = [metrics.answers(self._cohort.logits(part.unsqueeze(0))) for part in parts]
        return (torch.cat(said, 2) == labels).double().mean(2).T

    def state(self) -> dict[str, Tensor]:
        return self._cohort.state()

    def restore(self, state: dict[str, Tensor]) -> None:
        self._cohort.restore(state)

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def prepare(spec: Teachers, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    shipped = dict.fromkeys(teacher.shipped for teacher in TEACHERS if teacher.shipped)
    others = {teacher: engine.material(spec.data, teacher) for teacher in shipped}
    material = others[spec.data]
    record = {"official_digest": material.official.digest} if material.official else {}
    answers = teacher_answers(spec.data, spec.data, material)
    return Prepared(TeachersTraining(spec, material, others), answers, record)
