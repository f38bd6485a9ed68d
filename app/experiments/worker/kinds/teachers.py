"""Runs the kind `teachers`: students of one seed that hear different teachers about the same images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from app.catalog import available, declared
from app.distillation import metrics
from app.distillation.datasets import Material, generator, labelled_subset, teacher_logits, unlabelled_subset
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.models import build_student
from app.distillation.pausing import below, together
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


@dataclass(frozen=True)
class Answers:
    """What a kind of teacher says. heard: logits on the students' images, (seeds, n, classes). right: its accuracy on
    the test images, (seeds,).
    """

    heard: Tensor
    right: Tensor


class Growing:
    """The teachers of each seed in training: plain ones, of which stages are kept, and smoothed ones."""

    def __init__(self, spec: Teachers, material: Material, rows: Tensor) -> None:
        """rows: of the students' images, (seeds, n): no teacher sees one of them."""
        self._seeds, self._material, self._rows = spec.seeds, material, rows
        count = len(material.pool_labels)
        own = [
            unlabelled_subset(row, count, kind.GROWN_IMAGES, seed) for row, seed in zip(rows, spec.seeds, strict=True)
        ]
        taught = torch.stack(own)
        labels = material.pool_labels[taught]
        even = torch.full((declared.CLASSES,), kind.SMOOTHING / declared.CLASSES)
        smoothed = (one_hot(labels, declared.CLASSES) * (1 - kind.SMOOTHING) + even).log()
        lessons = Lessons(
            material.pool_images[taught], labels, torch.stack((torch.zeros_like(smoothed), smoothed), 1), (0.0, 1.0)
        )
        self.cohort = MarkedCohort(
            kind.GROWN, spec.data, spec.seeds, lessons, updates=kind.GROWN_UPDATES, purpose="teacher"
        )
        self._moments = {round(share * kind.GROWN_UPDATES): stage for stage, share in kind.STAGES.items()}
        self.kept: dict[str, Answers] = {}
        self._keep()

    def step(self) -> None:
        """One update of every teacher."""
        self.cohort.step()
        self._keep()

    def _keep(self) -> None:
        """What the teachers say, if this is one of the moments."""
        if (stage := self._moments.get(self.cohort.update)) is None:
            return
        known = self._material
        heard, tests = self.cohort.logits(known.pool_images[self._rows]), self.cohort.logits(known.test_images[None])
        self._note(stage, heard[:, 0], tests[:, 0])
        if stage == "full":
            self._note("smoothed", heard[:, 1], tests[:, 1])
            draws = [generator(seed, "wrong answers") for seed in self._seeds]
            both = [
                torch.stack([misled(of, kind.WRONG, draw) for of, draw in zip(said[:, 0], draws, strict=True)])
                for said in (heard, tests)
            ]
            self._note("wrong", *both)

    def _note(self, teacher: str, heard: Tensor, tests: Tensor) -> None:
        right = (tests.argmax(-1) == self._material.test_labels).double().mean(-1)
        self.kept[teacher] = Answers(heard.clone(), right)

    def state(self) -> dict[str, Tensor]:
        state = together({"cohort": self.cohort.state()})
        for teacher, answers in self.kept.items():
            state |= {f"kept.{teacher}.heard": answers.heard, f"kept.{teacher}.right": answers.right}
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        self.cohort.restore(below(state, "cohort"))
        kept = below(state, "kept")
        teachers = dict.fromkeys(name.split(".")[0] for name in kept)
        self.kept = {one: Answers(kept[f"{one}.heard"], kept[f"{one}.right"]) for one in teachers}


class TeachersTraining:
    """One cohort, in which each arm hears its own teacher. Grown teachers learn before it."""

    epoch = None

    def __init__(self, spec: Teachers, material: Material, others: dict[str, Material]) -> None:
        """material: of the fully trained teacher. others: of each shipped teacher by its id, itself among them."""
        self._spec, self._material, self.updates = spec, material, spec.work().updates
        rows = [labelled_subset(material.pool_labels, kind.LABELS, seed) for seed in spec.seeds]
        self._rows = torch.stack(rows)
        self._growing = Growing(spec, material, self._rows) if spec.grown else None
        self._students: MarkedCohort | None = None
        self._right_of = torch.full((len(spec.arm_words()), len(spec.seeds)), torch.nan).double()
        if not spec.grown:
            self._begin({teacher.id: self._shipped(teacher, others) for teacher in TEACHERS})

    def _shipped(self, teacher: TeacherKind, others: dict[str, Material]) -> Answers:
        said = [self._said(teacher, seed, others, row) for seed, row in zip(self._spec.seeds, self._rows, strict=True)]
        right = [metrics.accuracy(of_tests, self._material.test_labels).double() for _, of_tests in said]
        return Answers(torch.stack([of_lessons for of_lessons, _ in said]), torch.stack(right))

    def _begin(self, answers: dict[str, Answers]) -> MarkedCohort:
        """The students of these teachers."""
        spec, known = self._spec, self._material
        images, labels = known.pool_images[self._rows], known.pool_labels[self._rows]
        taught = [(answers[teacher.id], at) for at in spec.temperatures for teacher in TEACHERS]
        nothing = torch.zeros(*labels.shape, declared.CLASSES)
        marks = torch.stack((nothing, *(of.heard for of, _ in taught)), 1)
        lessons = Lessons(images, labels, marks, [0.0] + [kind.ALPHA] * len(taught))
        temperatures = torch.tensor([kind.TEMPERATURE, *(at for _, at in taught)])
        shared: dict[str, Any] = {"updates": kind.UPDATES, "temperature": temperatures}
        self._students = MarkedCohort(kind.STUDENT, spec.data, spec.seeds, lessons, **shared)
        self._right_of[1:] = torch.stack([of.right for of, _ in taught])
        return self._students

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
        teachers, students = self._growing, self._students
        return (teachers.cohort.update if teachers else 0) + (students.update if students else 0)

    def step(self) -> dict[str, Tensor]:
        """One update of every student, or of every teacher before them; then there are no parts of a loss."""
        if self._growing is None:
            assert self._students is not None
            return {"total": self._students.step()}
        if self._growing.cohort.update < kind.GROWN_UPDATES:
            self._growing.step()
        else:
            (self._students or self._begin(self._growing.kept)).step()
        return {}

    def due(self) -> bool:
        """At the end, POINTS times between, and not before students learn."""
        learned = self._students.update if self._students else 0
        return self.update == self.updates or (learned > 0 and learned % (kind.UPDATES // POINTS) == 0)

    def evaluate(self) -> PlainPoint:
        """Accuracy on the test images, and that of the teachers, NaN for labels only."""
        measures = {"accuracy": self._right([self._material.test_images], self._material.test_labels)}
        measures["teacher_right"] = self._right_of
        return PlainPoint(measures, {}, final=self._final() if self.update == self.updates else {})

    def _final(self) -> dict[str, Any]:
        official = self._material.official
        if official is None:
            return {}
        right = self._right(list(official.parts(TEST_BATCH)), official.labels)
        return {"accuracy": right, "images": len(official.labels), "teacher": official.teacher_accuracy}

    def _right(self, parts: list[Tensor], labels: Tensor) -> Tensor:
        """(arms, seeds); NaN before the students learn. parts: images (n, c, h, w)."""
        if self._students is None:
            return torch.full_like(self._right_of, torch.nan)
        said = [metrics.answers(self._students.logits(part.unsqueeze(0))) for part in parts]
        return (torch.cat(said, 2) == labels).double().mean(2).T

    def state(self) -> dict[str, Tensor]:
        if self._growing is None:
            return self._students.state() if self._students else {}
        parts = {"growing": self._growing.state()} | ({"students": self._students.state()} if self._students else {})
        return together(parts)

    def restore(self, state: dict[str, Tensor]) -> None:
        if self._growing is None:
            assert self._students is not None
            self._students.restore(state)
            return
        self._growing.restore(below(state, "growing"))
        self._students = None
        if learned := below(state, "students"):
            self._begin(self._growing.kept).restore(learned)

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def prepare(spec: Teachers, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    shipped = dict.fromkeys(teacher.shipped for teacher in TEACHERS if teacher.shipped)
    if spec.grown:
        shipped = dict.fromkeys((spec.data,))
    others = {teacher: engine.material(spec.data, teacher) for teacher in shipped}
    material = others[spec.data]
    record = {"official_digest": material.official.digest} if material.official else {}
    answers = teacher_answers(spec.data, spec.data, material)
    return Prepared(TeachersTraining(spec, material, others), answers, record)
