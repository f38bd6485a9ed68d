"""Runs the kind `cascade`: asks the students of a run that has ended, seed by seed, beside their teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from app.catalog import available, declared
from app.distillation.datasets import Material
from app.distillation.models import Network
from app.distillation.training import Training
from app.experiments import costs
from app.experiments.kinds.cascade import GIVEN_UP, THRESHOLDS, Cascade
from app.experiments.spec import NotTrainable
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared
from app.experiments.worker.kinds import asked, trained_students

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine


def curve(student: Tensor, teacher: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """(accuracy, share escalated) at every threshold, each (n,).

    student, teacher: logits (images, classes) of the same images. labels: (images,).
    """
    confidence, own = student.double().softmax(-1).max(-1)
    escalated = confidence <= torch.tensor(THRESHOLDS, dtype=torch.float64).unsqueeze(1)  # (n, images)
    right = torch.where(escalated, teacher.argmax(-1) == labels, own == labels)
    return right.double().mean(1), escalated.double().mean(1)


def chosen(accuracy: Tensor, escalated: Tensor) -> int:
    """The place of the threshold that escalates least and gives up at most GIVEN_UP of the teacher's accuracy.

    accuracy, escalated: (n,); at the last threshold the teacher answers everything.
    """
    enough = (accuracy >= accuracy[-1] - GIVEN_UP - 1e-9).nonzero().squeeze(1)
    return int(enough[escalated[enough].argmin()])


class CascadeTraining:
    """Asks the student of one seed at each update, on validation images to choose a threshold and on test images."""

    epoch = None

    def __init__(self, spec: Cascade, material: Material, students: list[Network], rows: Tensor) -> None:
        """students: of each seed. rows: positions in the pool of each seed's validation images, (seeds, n)."""
        entry, data = available.teachers()[spec.base.teacher], available.lab_sets()[spec.base.data]
        self._cost = costs.of_student(declared.STUDENTS[spec.base.student], data).multiply_adds
        self._teacher_cost = costs.of_teacher(entry, data).multiply_adds
        self._material, self._students, self._rows = material, students, rows
        self.updates, self.update = len(students), 0
        self._threshold = torch.full((self.updates,), torch.nan, dtype=torch.float64)
        self._accuracy = torch.full((self.updates, len(THRESHOLDS)), torch.nan, dtype=torch.float64)
        self._escalated = self._accuracy.clone()

    @torch.no_grad()
    def step(self) -> dict[str, Tensor]:
        """Ask the student of the next seed. There are no losses."""
        known, student, rows = self._material, self._students[self.update], self._rows[self.update]
        on_validation = curve(asked(student, known.pool_images[rows]), known.pool_logits[rows], known.pool_labels[rows])
        self._threshold[self.update] = THRESHOLDS[chosen(*on_validation)]
        logits = asked(student, known.test_images)
        self._accuracy[self.update], self._escalated[self.update] = curve(logits, known.test_logits, known.test_labels)
        self.update += 1
        return {}

    def due(self) -> bool:
        """After every seed."""
        return True

    def evaluate(self) -> PlainPoint:
        """What the cascade reached; NaN for seeds that were not asked yet.

        arrays: once all were asked, "thresholds" (n,), "threshold" (seeds,), the chosen ones, and over the thresholds
        "accuracy" and "escalated", each (seeds, n), on the test images.
        """
        at = [THRESHOLDS.index(float(one)) if one == one else 0 for one in self._threshold]
        seeds = torch.arange(self.updates)
        share = self._escalated[seeds, at]
        all_or_none = self._escalated[:, 0], share, self._escalated[:, -1]
        measures = {
            "accuracy": torch.stack((self._accuracy[:, 0], self._accuracy[seeds, at], self._accuracy[:, -1])),
            "escalated": torch.stack(all_or_none),
            "multiply_adds": torch.stack(
                (self._cost + 0 * share, self._cost + self._teacher_cost * share, self._teacher_cost + 0 * share)
            ),
        }
        arrays = {
            "thresholds": torch.tensor(THRESHOLDS, dtype=torch.float64),
            "threshold": self._threshold,
            "accuracy": self._accuracy,
            "escalated": self._escalated,
        }
        return PlainPoint(measures, arrays if self.update == self.updates else {})

    def state(self) -> dict[str, Tensor]:
        parts = {"threshold": self._threshold, "accuracy": self._accuracy, "escalated": self._escalated}
        return {"update": torch.tensor(self.update), **{name: value.clone() for name, value in parts.items()}}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update = int(state["update"])
        self._threshold, self._accuracy = state["threshold"].clone(), state["accuracy"].clone()
        self._escalated = state["escalated"].clone()

    def weights(self) -> dict[str, Tensor]:
        """None: the students are another run's."""
        return {}

    def validate(self) -> None:
        """None: the threshold is chosen on the validation images, so they test nothing."""


def prepare(spec: Cascade, engine: TorchEngine) -> Prepared:
    """A course of `spec`. Raises NotTrainable, ValueError, OSError if weights or images are not as they should be."""
    base = spec.base
    material = engine.material(base.data, base.teacher)
    rows = Training(base, material).validation_rows()
    if rows is None:
        sentence = "A cascade needs images that its students did not learn from: choose a run with fewer labels."
        raise NotTrainable("run", spec.run, sentence)
    answers = teacher_answers(base.data, base.teacher, material)
    course = CascadeTraining(spec, material, trained_students(spec.run, spec.arm, base, engine), rows)
    return Prepared(course, answers, {"validation_images": rows.shape[1]})
