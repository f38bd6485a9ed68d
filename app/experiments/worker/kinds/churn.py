"""Runs the kind `churn`: students of several recipes learn, and are asked the same."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from app.distillation import marks
from app.distillation.datasets import Material, labelled_subset, teacher_logits, unlabelled_subset
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.pausing import below, together
from app.experiments.kinds import churn as kind
from app.experiments.kinds.churn import GROUP, HANDED_ON, Churn
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

TEST_BATCH = 500
ASKED = 5  # students of the first seeds whose answers are kept one by one


def apart(answers: Tensor) -> Tensor:
    """On how many images each two students differ: (seeds, n) → (seeds, seeds)."""
    return torch.stack([(answers != one).sum(-1) for one in answers])


def of_others(pairs: Tensor, images: int) -> Tensor:
    """The mean over the others, as a share: (seeds, seeds) → (seeds,); NaN of one alone."""
    others = len(pairs) - 1
    return pairs.sum(-1).double() / (images * others) if others else torch.full((1,), torch.nan).double()


def divided(answers: Tensor) -> Tensor:
    """On how many images the students of a group do not all say the same: (seeds, n) → (groups,)."""
    groups = torch.stack(torch.split(answers, GROUP)) if len(answers) % GROUP == 0 else answers[None]
    return (groups != groups[:, :1]).any(1).sum(-1)


class ChurnTraining:
    """The students of all recipes side by side; those that learn from as many images are one network."""

    epoch = None

    def __init__(self, spec: Churn, material: Material) -> None:
        self.spec, self.material, self.update, self.updates = spec, material, 0, kind.UPDATES
        sizes = dict.fromkeys(recipe.images for recipe in spec.recipes)
        most, labels = max(sizes), material.pool_labels
        taken = [labelled_subset(labels, size, seed) for size in (most,) for seed in self._drawing]
        free = [
            unlabelled_subset(row, len(labels), kind.VALIDATION_IMAGES, seed)
            for row, seed in zip(taken, self._drawing, strict=True)
        ]
        self._validation = torch.stack(free)  # nobody's lessons, not even with the most images
        self._cohorts = [self._cohort(size) for size in sizes]

    @property
    def _drawing(self) -> tuple[int, ...]:
        """Of each seed, whose images it has."""
        return self.spec.seeds[:1] * len(self.spec.seeds) if self.spec.same else self.spec.seeds

    def _cohort(self, size: int) -> MarkedCohort:
        known = self.material
        rows = torch.stack([labelled_subset(known.pool_labels, size, seed) for seed in self._drawing])
        even = marks.even(known.pool_logits, known.pool_labels, self.spec.seeds)[0]
        heard = {"distilled": known.pool_logits, "even": even}
        recipes = [recipe.id for recipe in self.spec.recipes if recipe.images == size]
        lessons = Lessons(
            known.pool_images[rows],
            known.pool_labels[rows],
            torch.stack([heard.get(recipe, torch.zeros_like(even))[rows] for recipe in recipes], 1),
            [float(recipe in heard) for recipe in recipes],
        )
        told: dict[str, Any] = {"updates": kind.UPDATES, "temperature": kind.TEMPERATURE}
        return MarkedCohort(kind.STUDENT, self.spec.data, self.spec.seeds, lessons, **told)

    def step(self) -> dict[str, Tensor]:
        """One update of every student. There are no parts of a loss."""
        for cohort in self._cohorts:
            cohort.step()
        self.update += 1
        return {}

    def due(self) -> bool:
        """Half-way, and at the end."""
        return self.update in (self.updates // 2, self.updates)

    def _said(self, images: Tensor) -> Tensor:
        """Logits of every student: (arms, seeds, n, classes). images: (n, …), or of each seed its own."""
        each = images if images.ndim == 5 else images.unsqueeze(0)
        parts = [
            torch.cat([cohort.logits(part) for cohort in self._cohorts], 1) for part in torch.split(each, TEST_BATCH, 1)
        ]
        return torch.cat(parts, 2).transpose(0, 1).double()

    def _answers(self, images: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
        """(what each student answers, the same with the teacher behind it), each (arms, seeds, n)."""
        on_validation = self._said(self.material.pool_images[self._validation]).softmax(-1).amax(-1)
        threshold = on_validation.quantile(HANDED_ON, -1, keepdim=True)
        confidence, own = self._said(images).softmax(-1).max(-1)
        return own, torch.where(confidence <= threshold, teacher.argmax(-1), own)

    @torch.no_grad()
    def evaluate(self) -> PlainPoint:
        """All measures on the test images; a recording's also on the official ones."""
        known, whole = self.material, self.spec.whole and self.update == self.updates
        measures = self._measured(self._answers(known.test_images, known.test_logits), known.test_labels)
        return PlainPoint(measures, {}, final=self._final() if whole else {})

    @staticmethod
    def _measured(answers: tuple[Tensor, Tensor], labels: Tensor) -> dict[str, Tensor]:
        measures = {}
        for name, said in zip(("", "system_"), answers, strict=True):
            measures[f"{name}accuracy"] = (said == labels).double().mean(-1)
            measures[f"{name}apart"] = torch.stack([of_others(apart(one), len(labels)) for one in said])
        return measures

    @cached_property
    def _official(self) -> tuple[Tensor, Tensor]:
        """What is answered on the official test images: see `_answers`."""
        known = self.material
        assert known.official is not None and known.teacher is not None
        images = torch.cat(list(known.official.parts(TEST_BATCH)))
        return self._answers(images, teacher_logits(known.teacher, images))

    def _final(self) -> dict[str, Any]:
        official = self.material.official
        assert official is not None
        images = {"images": len(official.labels), "teacher": official.teacher_accuracy}
        return {**self._measured(self._official, official.labels), **images}

    @torch.no_grad()
    def of_pairs(self) -> dict[str, Tensor]:
        """What a recording keeps: on how many official test images students, or systems, differ.

        apart, system_apart: of each two seeds, (arms, seeds, seeds). divided, system_divided: of groups of GROUP seeds
        in their order, on how many not all say the same, (arms, groups). asked: what the first ASKED students answer on
        the test images of the pack, (arms, ASKED, n).
        """
        kept = {}
        for name, said in zip(("", "system_"), self._official, strict=True):
            kept[f"{name}apart"] = torch.stack([apart(one) for one in said]).to(torch.int16)
            kept[f"{name}divided"] = torch.stack([divided(one) for one in said]).to(torch.int16)
        return {**kept, "asked": self._said(self.material.test_images).argmax(-1)[:, :ASKED].byte()}

    def state(self) -> dict[str, Tensor]:
        return together({f"{place}": cohort.state() for place, cohort in enumerate(self._cohorts)})

    def restore(self, state: dict[str, Tensor]) -> None:
        for place, cohort in enumerate(self._cohorts):
            cohort.restore(below(state, f"{place}"))
        self.update = self._cohorts[0].update

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these networks again."""
        return {}

    def validate(self) -> None:
        """None: the share that is handed on is set by the validation images, so they test nothing."""


def prepare(spec: Churn, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    material = engine.material(spec.data, spec.data)
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(ChurnTraining(spec, material), teacher_answers(spec.data, spec.data, material), record)
