"""Runs the kind `repair`: a student learns as floats, is rounded, and its repairs learn side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from app.catalog.available import lab_sets
from app.catalog.declared import STUDENTS
from app.distillation.datasets import Material, labelled_subset
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.marks import evenly
from app.distillation.metrics import answers
from app.distillation.models import build_student
from app.distillation.packing import Rounded, kept_largest
from app.distillation.pausing import below, together
from app.distillation.straight_through import RoundedCohort, rounded, scales_of
from app.experiments.kinds import repair as kind
from app.experiments.kinds.repair import EVEN, LABELS, OWN, REPAIRED, TEACHER, Repair
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared
from app.experiments.worker.kinds import asked

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

TEST_BATCH = 500
SHARES = (*(step / 20 for step in range(19)), 0.92, 0.94, 0.96, 0.98)  # of the weights that are left out
SHOWN, SURE = 3, 0.9  # test images that are looked at closely, and how sure the student is of them


class RepairTraining:
    """The students of all seeds as floats, and then all of their repairs, each as one network."""

    epoch = None

    def __init__(self, spec: Repair, material: Material) -> None:
        self.spec, self.material, self.update = spec, material, 0
        self.updates, self.code = kind.UPDATES + kind.REPAIRS, Rounded(spec.bits)
        known, seeds = material, len(spec.seeds)
        images = known.pool_images.expand(seeds, *known.pool_images.shape)
        marks = known.pool_logits.expand(seeds, 1, -1, -1)
        lessons = Lessons(images, known.pool_labels.expand(seeds, -1), marks, (kind.ALPHA,))
        self.floats = MarkedCohort(
            kind.STUDENT, spec.data, spec.seeds, lessons, updates=kind.UPDATES, temperature=kind.TEMPERATURE
        )
        self.repairs: RoundedCohort | None = None

    def step(self) -> dict[str, Tensor]:
        """One update of every student as floats, or of every repair. There are no parts of a loss."""
        if self.update < kind.UPDATES:
            self.floats.step()
        else:
            self.repairs = self.repairs or self.begun()
            self.repairs.step()
        self.update += 1
        return {}

    def begun(self) -> RoundedCohort:
        """The repairs of all seeds as they begin: the students with rounded weights."""
        known = self.material
        rows = torch.stack([labelled_subset(known.pool_labels, self.spec.images, seed) for seed in self.spec.seeds])
        images, labels = known.pool_images[rows], known.pool_labels[rows]
        own = self.floats.logits(images)[:, 0]  # (seeds, images, classes)
        even = torch.stack([evenly(of_seed, said) for of_seed, said in zip(labels, own, strict=True)])
        marks = {LABELS: torch.zeros_like(own), EVEN: even, OWN: own, TEACHER: known.pool_logits[rows]}
        heard = torch.stack([marks[arm] for arm in range(len(REPAIRED))], 1)
        return RoundedCohort(
            kind.STUDENT,
            self.spec.data,
            self.spec.seeds,
            Lessons(images, labels, heard, [float(arm != LABELS) for arm in range(len(REPAIRED))]),
            self.floats.cohort.parameters(),
            self.code,
            rate=kind.RATE,
            updates=kind.REPAIRS,
            temperature=kind.TEMPERATURE,
            purpose="repair",
        )

    def due(self) -> bool:
        """POINTS times in each part, the last of them at its end."""
        if self.update <= kind.UPDATES:
            return self.update % (kind.UPDATES // kind.POINTS) == 0
        return (self.update - kind.UPDATES) % max(1, kind.REPAIRS // kind.POINTS) == 0

    @torch.no_grad()
    def evaluate(self) -> PlainPoint:
        """Of what is not repaired yet: as it is when it is rounded."""
        right, same = self._tested(self.material.test_images.unsqueeze(0), self.material.test_labels)
        final = self._final() if self.update == self.updates else {}
        return PlainPoint({"accuracy": right, "agreement": same}, {}, final=final)

    def _final(self) -> dict[str, Any]:
        official = self.material.official
        if official is None:
            return {}
        images = torch.cat(list(official.parts(TEST_BATCH))).unsqueeze(0)
        right, same = self._tested(images, official.labels)
        count = len(official.labels)
        return {"accuracy": right, "agreement": same, "images": count, "teacher": official.teacher_accuracy}

    def _tested(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Accuracy, and agreement with the student as floats, each (arms, seeds)."""
        layers = self.floats.cohort.parameters()
        with rounded(layers, [scales_of(layer, self.code) for layer in layers], self.code):
            first = answers(self.floats.logits(images))
        floats = answers(self.floats.logits(images))
        repaired = answers(self.repairs.logits(images)) if self.repairs else first.expand(-1, len(REPAIRED), -1)
        said = torch.cat((repaired, first, floats), 1)  # (seeds, arms, images)
        right, same = (said == labels), (said == floats)
        return right.double().mean(2).T, same.double().mean(2).T

    def state(self) -> dict[str, Tensor]:
        parts = {"floats": self.floats.state()} | ({"repairs": self.repairs.state()} if self.repairs else {})
        return {"update": torch.tensor(self.update), **together(parts)}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update = int(state["update"])
        self.floats.restore(below(state, "floats"))
        self.repairs = None
        if begun := below(state, "repairs"):
            self.repairs = self.begun()
            self.repairs.restore(begun)

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def of_pruned(training: RepairTraining) -> dict[str, Tensor]:
    """What is left of the students as floats when their smallest weights are left out, and one of them to look at.

    shares: that are left out; accuracy: (shares, seeds), on the official test images; weights: all numbers of the first
    student, as its layers list them; images: places of SHOWN test images of the pack, each of another class, which it
    gets right and is about SURE of; pixels: (SHOWN, c · h · w), 0 … 255.
    """
    known, cohort = training.material, training.floats.cohort
    networks = [cohort.weights(seed, 0) for seed in range(len(training.spec.seeds))]
    official = known.official
    images = torch.cat(list(official.parts(TEST_BATCH))) if official else known.test_images
    labels = official.labels if official else known.test_labels
    student = build_student(STUDENTS[kind.STUDENT], lab_sets()[training.spec.data], torch.Generator())
    student.eval().requires_grad_(False)
    accuracy = torch.empty(len(SHARES), len(networks), dtype=torch.float64)
    for row, share in enumerate(SHARES):
        for column, state in enumerate(networks):
            masks = kept_largest(state, 1 - share)
            student.load_state_dict({name: value * masks.get(name, 1) for name, value in state.items()})
            accuracy[row, column] = (answers(asked(student, images)) == labels).double().mean()
    student.load_state_dict(networks[0])
    sure, said = asked(student, known.test_images).softmax(1).max(1)
    far = (sure - SURE).abs().masked_fill(said != known.test_labels, torch.inf)
    near = [int(image) for image in far.argsort()]
    chosen = list({int(known.test_labels[image]): image for image in reversed(near)}.values())
    chosen = sorted(chosen, key=near.index)[:SHOWN]
    data = lab_sets()[training.spec.data]
    mean, spread = torch.tensor(data.mean)[:, None, None], torch.tensor(data.spread)[:, None, None]
    pixels = (255 * (known.test_images[chosen] * spread + mean)).round().to(torch.uint8)
    return {
        "shares": torch.tensor(SHARES),
        "accuracy": accuracy,
        "weights": torch.cat([value.flatten() for value in networks[0].values()]),
        "images": torch.tensor(chosen),
        "pixels": pixels.flatten(1),
    }


def prepare(spec: Repair, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    material = engine.material(spec.data, spec.data)
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(RepairTraining(spec, material), teacher_answers(spec.data, spec.data, material), record)
