"""Runs the kind `layers`: students and gates learn, then they and the teacher are asked on every ground."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog import available
from app.catalog.declared import DATA, STUDENTS
from app.catalog.pack import read_pack
from app.distillation import marks, metrics
from app.distillation.calibration import scaling_temperature
from app.distillation.datasets import Material, generator, labelled_subset, standardised, teacher_logits
from app.distillation.datasets import unlabelled_subset as drawn
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.models import build_student
from app.distillation.pausing import below, together
from app.experiments.kinds import layers as kind
from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.kinds.layers import GROUNDS, REFUSED, SURE, Ground, Layers, key_of
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared
from app.experiments.worker.kinds.shrink import milliseconds

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

TEST_BATCH = 500
PICTURES = 12  # of each ground, as they are shown
IS_DIGIT, IS_NONE = 0, 1  # a gate's two answers; nobody teaches it the others
PASSED, KEPT_WRONG, MENDED = range(3)  # what is counted: handed on, kept and wrong, handed on and then right


def rotated(images: Tensor, degrees: float, background: float) -> Tensor:
    """Images (n, c, h, w), turned counterclockwise about their middle."""
    angle = math.radians(degrees)
    turn = torch.tensor([[math.cos(angle), -math.sin(angle), 0.0], [math.sin(angle), math.cos(angle), 0.0]])
    grid = F.affine_grid(turn.expand(len(images), 2, 3), list(images.shape), align_corners=False)
    return F.grid_sample(images - background, grid, align_corners=False) + background


def counted(confidence: Tensor, right: Tensor, teacher_right: Tensor, let_through: Tensor | None = None) -> Tensor:
    """How many images are handed on, kept and wrong, mended at each of THRESHOLDS: (…, thresholds, 3), integers.

    confidence, right: of students, (…, n). teacher_right: (n,). let_through: (…, n), of a gate before them; None: all.
    """
    known = torch.ones_like(right) if let_through is None else let_through.expand_as(right)
    rows = []
    for threshold in THRESHOLDS:
        passed = (confidence <= threshold) & known
        rows.append(torch.stack((passed, known & ~passed & ~right, passed & teacher_right), -2).sum(-1))
    return torch.stack(rows, -2)


class LayersTraining:
    """The students of all seeds, and then their gates."""

    epoch = None

    def __init__(self, spec: Layers, material: Material) -> None:
        self.spec, self.material, self.update = spec, material, 0
        self.updates = kind.UPDATES + kind.GATE_UPDATES
        described, clothes = DATA[spec.data], DATA[kind.CLOTHES]
        self._mean, self._spread = described.mean, described.spread
        (mean,), (spread,) = described.mean, described.spread
        self._black, self._white = (0 - mean) / spread, (1 - mean) / spread
        pack = read_pack(clothes.path)
        self._clothes = standardised(pack.images[pack.pool], described.mean, described.spread)  # as a digit is seen
        tests = pack.images[pack.test[: len(material.test_images)]]
        self._test_clothes = standardised(tests, described.mean, described.spread)
        labels = material.pool_labels
        rows = [labelled_subset(labels, kind.LABELS, seed) for seed in spec.seeds]
        validation = [
            drawn(row, len(labels), kind.VALIDATION_IMAGES, seed) for row, seed in zip(rows, spec.seeds, strict=True)
        ]
        self._rows, self._validation = torch.stack(rows), torch.stack(validation)
        self.students, self.gates = self._students(), self._gates()

    def _students(self) -> MarkedCohort:
        known, rows = self.material, self._rows
        even = marks.even(known.pool_logits, known.pool_labels, self.spec.seeds)[0]
        heard = {"labels": torch.zeros_like(even), "distilled": known.pool_logits, "even": even}
        lessons = Lessons(
            known.pool_images[rows],
            known.pool_labels[rows],
            torch.stack([heard[way][rows] for way in self.spec.ways], 1),
            [float(way != "labels") for way in self.spec.ways],
        )
        told: dict[str, Any] = {"updates": kind.UPDATES, "temperature": kind.TEMPERATURE}
        return MarkedCohort(kind.STUDENT, self.spec.data, self.spec.seeds, lessons, **told)

    def _gates(self) -> MarkedCohort:
        """The digits of a gate are those of its seed's students; its clothes are in no validation set."""
        own, count = self._rows[:, : kind.GATE_IMAGES], len(self._clothes)
        none = torch.empty(0, dtype=torch.long)
        every = kind.GATE_IMAGES + kind.VALIDATION_IMAGES
        taken = [drawn(none, count, every, seed) for seed in self.spec.seeds]
        orders = [torch.randperm(every, generator=generator(seed, "clothes")) for seed in self.spec.seeds]
        rows = torch.stack([row[order] for row, order in zip(taken, orders, strict=True)])
        taught, self._validation_clothes = torch.split(rows, [kind.GATE_IMAGES, kind.VALIDATION_IMAGES], 1)
        images = torch.cat((self.material.pool_images[own], self._clothes[taught]), 1)
        labels = torch.tensor([IS_DIGIT, IS_NONE]).repeat_interleave(kind.GATE_IMAGES).expand(len(rows), -1)
        lessons = Lessons.of_labels(images, labels)
        told: dict[str, Any] = {"updates": kind.GATE_UPDATES, "purpose": "gate"}
        return MarkedCohort(kind.GATE, self.spec.data, self.spec.seeds, lessons, **told)

    def step(self) -> dict[str, Tensor]:
        """One update of every student, or of every gate. There are no parts of a loss."""
        (self.students if self.update < kind.UPDATES else self.gates).step()
        self.update += 1
        return {}

    def due(self) -> bool:
        """When the students have learned half and all of it, and at the end."""
        return self.update in (kind.UPDATES // 2, kind.UPDATES, self.updates)

    def seen(self, ground: Ground, images: Tensor, clothes: Tensor) -> Tensor:
        """Images of a ground. images: digits, standardised. clothes: as many; both (n, c, h, w)."""
        draw = generator(0, f"{ground.id} {len(images)}")
        if ground.id.startswith("rotated"):
            return rotated(images, float(ground.id.removeprefix("rotated")), self._black)
        if ground.id == "noise":
            return images + kind.NOISE * torch.randn(images.shape, generator=draw)
        if ground.id == "scrambled":
            order = torch.rand(images.flatten(1).shape, generator=draw).argsort(1)
            return images.flatten(1).gather(1, order).view_as(images)
        if ground.id == "inverted":
            return self._black + self._white - images
        return clothes if ground.id == "clothes" else images

    @cached_property
    def grounds(self) -> dict[str, Tensor]:
        """The test images of each ground, by its id."""
        tests = self.material.test_images
        return {ground.id: self.seen(ground, tests, self._test_clothes) for ground in GROUNDS}

    @cached_property
    def official(self) -> dict[str, Tensor]:
        """The same of the official ones. They are asked for by a recording alone."""
        known, pack = self.material.official, read_pack(DATA[kind.CLOTHES].official_path)
        assert known is not None
        digits = torch.cat(list(known.parts(len(known.labels))))
        clothes = standardised(pack.images.copy(), self._mean, self._spread)
        return {ground.id: self.seen(ground, digits, clothes) for ground in GROUNDS}

    @cached_property
    def _teacher(self) -> dict[str, Tensor]:
        """What the teacher says of `grounds`: logits (n, classes)."""
        known = self.material
        assert known.teacher is not None
        others = {
            name: teacher_logits(known.teacher, images) for name, images in self.grounds.items() if name != "clean"
        }
        return {"clean": known.test_logits, **others}

    @cached_property
    def _official_teacher(self) -> dict[str, Tensor]:
        teacher = self.material.teacher
        assert teacher is not None
        return {name: teacher_logits(teacher, images) for name, images in self.official.items()}

    @torch.no_grad()
    def evaluate(self) -> PlainPoint:
        """All measures on the test images; off the digits' own ground NaN before the end."""
        ended = self.update == self.updates
        asked = self._measured(self.grounds, self._teacher, self.material.test_labels, whole=ended) if ended else {}
        measures = asked or self._measured(
            {"clean": self.grounds["clean"]},
            {"clean": self.material.test_logits},
            self.material.test_labels,
            whole=False,
        )
        return PlainPoint(measures, {}, final=self._final() if ended and self.spec.whole else {})

    def _final(self) -> dict[str, Any]:
        known = self.material.official
        assert known is not None
        measures = self._measured(self.official, self._official_teacher, known.labels, whole=True)
        right = float(measures["accuracy"][-1, 0])
        return {**measures, "images": len(known.labels), "teacher": right}

    def _measured(
        self, grounds: dict[str, Tensor], teacher: dict[str, Tensor], labels: Tensor, *, whole: bool
    ) -> dict[str, Tensor]:
        """(arms, seeds) each. grounds, teacher: images, and what the teacher says of them."""
        arms, seeds = len(self.spec.arm_words()), len(self.spec.seeds)
        measures = {one.key: torch.full((arms, seeds), torch.nan).double() for one in self.spec.measures}
        for ground in GROUNDS:
            if ground.id not in grounds:
                continue
            own, above = self._said(grounds[ground.id]), teacher[ground.id].double()
            confidence, answer = own.softmax(-1).max(-1)
            passed = confidence <= SURE
            above_sure, above_answer = above.softmax(-1).max(-1)
            if ground.digits:
                right, above_right = answer == labels, above_answer == labels
                rows = right, torch.where(passed, above_right, right), above_right.expand(1, seeds, -1)
            else:
                rows = ~passed, ~passed, (above_sure > SURE).expand(1, seeds, -1)
            measures[key_of(ground)] = torch.cat(rows).double().mean(-1)
            if ground.id == "clean":
                none = torch.zeros_like(passed)
                measures["passed"] = torch.cat((none, passed, torch.ones_like(none[:1]))).double().mean(-1)
                measures["ece"][: len(own)] = metrics.ece(own, labels)
                measures["ece"][-1] = metrics.ece(above, labels)
        return measures

    def _said(self, images: Tensor) -> Tensor:
        """Logits of every student: (ways, seeds, n, classes)."""
        parts = [self.students.logits(part.unsqueeze(0)) for part in torch.split(images, TEST_BATCH)]
        return torch.cat(parts, 2).transpose(0, 1).double()

    def _let(self, images: Tensor) -> Tensor:
        """How sure every gate is that it is a digit: (seeds, n). images: (n, …), or of each seed its own."""
        each = images if images.ndim == 5 else images.unsqueeze(0)
        logits = torch.cat([self.gates.logits(part) for part in torch.split(each, TEST_BATCH, 1)], 2)[:, 0].double()
        return logits.softmax(-1)[..., IS_DIGIT]

    @torch.no_grad()
    def of_layers(self) -> dict[str, Tensor]:
        """What a recording keeps of all thresholds, on the official test images.

        counts: see `counted`, (raw and scaled, ways, seeds, grounds, thresholds, 3); validation: the same on the
        validation digits, without grounds; behind: behind each seed's gate, raw. scaling: temperatures, ece: raw and
        scaled, on each ground of digits. limits: what a gate, or a student in its place, must be surer than to let an
        image through, (1 + ways, seeds); through: how many images it lets through, also of the validation clothes, as
        the last ground. teacher_right: (grounds,).
        """
        known, official = self.material, self.material.official
        assert official is not None
        own = known.pool_images[self._validation]  # (seeds, n, …)
        on_own = torch.stack([self.students.logits(own)[:, way] for way in range(len(self.spec.ways))]).double()
        labels = known.pool_labels[self._validation]
        scaling = scaling_temperature(on_own, labels)
        sure = [self._let(own), *(on_own.softmax(-1).amax(-1))]
        limits = torch.stack([one.quantile(REFUSED, -1, interpolation="lower") for one in sure])
        clothes = self._clothes[self._validation_clothes]
        of_clothes = self.students.logits(clothes).transpose(0, 1).double().softmax(-1).amax(-1)
        through_clothes = torch.stack((self._let(clothes), *of_clothes)) >= limits[..., None]
        counts, behind, ece, through, teacher_right = [], [], [], [], []
        for ground in GROUNDS:
            images, said = self.official[ground.id], self._said(self.official[ground.id])
            wanted = official.labels if ground.digits else torch.full_like(official.labels, metrics.NO_ANSWER)
            above = self._official_teacher[ground.id].argmax(-1) == wanted
            scaled = said / scaling[..., None, None]
            both = [one.softmax(-1).amax(-1) for one in (said, scaled)]
            right = said.argmax(-1) == wanted
            lets = torch.stack((self._let(images), *both[0])) >= limits[..., None]
            counts.append(torch.stack([counted(one, right, above) for one in both]))
            behind.append(counted(both[0], right, above, lets[0]))
            through.append(lets.sum(-1))
            teacher_right.append(above.sum())
            if ground.digits:
                ece.append(torch.stack([metrics.ece(one, official.labels) for one in (said, scaled)]))
        confidence = on_own.softmax(-1).amax(-1), (on_own / scaling[..., None, None]).softmax(-1).amax(-1)
        right = on_own.argmax(-1) == labels
        above = known.pool_logits[self._validation].argmax(-1) == labels
        short = torch.int16
        return {
            "counts": torch.stack(counts, 3).to(short),
            "behind": torch.stack(behind, 2).to(short),
            "validation": torch.stack([counted(one, right, above) for one in confidence]).to(short),
            "scaling": scaling.float(),
            "ece": torch.stack(ece, 3).float(),
            "limits": limits,
            "through": torch.stack((*through, through_clothes.sum(-1)), 2).to(short),
            "teacher_right": torch.stack(teacher_right).to(short),
            **self._of_first(limits[0, :1]),
        }

    def _of_first(self, limit: Tensor) -> dict[str, Tensor]:
        """What the first seed's students, gate and the teacher say of each test image of the pack, on each ground.

        doubt: 1 − confidence, (ways, grounds, n), float16: what is nearly sure is told apart. answers: the students'
        and the teacher's, (ways + 1, grounds, n). lets: whether the gate does. pictures: the first few.
        """
        doubt, answers, lets, pictures = [], [], [], []
        for ground in GROUNDS:
            images = self.grounds[ground.id]
            said = self._said(images)[:, 0]
            doubt.append(1 - said.softmax(-1).amax(-1))
            answers.append(torch.cat((said.argmax(-1), self._teacher[ground.id].argmax(-1).unsqueeze(0))))
            lets.append(self._let(images)[0] >= limit)
            pixels = (images[:PICTURES] * self._spread[0] + self._mean[0]) * 255
            pictures.append(pixels.round().clamp(0, 255).byte())
        return {
            "doubt": torch.stack(doubt, 1).half(),
            "answers": torch.stack(answers, 1).byte(),
            "lets": torch.stack(lets),
            "pictures": torch.stack(pictures),
        }

    def state(self) -> dict[str, Tensor]:
        parts = {"students": self.students.state(), "gates": self.gates.state()}
        return {"update": torch.tensor(self.update), **together(parts)}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update = int(state["update"])
        self.students.restore(below(state, "students"))
        self.gates.restore(below(state, "gates"))

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these networks again."""
        return {}

    def validate(self) -> None:
        """None: thresholds are chosen by the validation images, so they test nothing."""


def timed(material: Material, data: str) -> dict[str, float]:
    """Milliseconds of an answer to one image, of each layer. Weights do not matter for the time."""
    described, teacher = available.lab_sets()[data], material.teacher
    assert teacher is not None
    fresh = {
        layer: build_student(STUDENTS[name], described, torch.Generator()).eval()
        for layer, name in (("gate", kind.GATE), ("student", kind.STUDENT))
    }
    networks = {**fresh, "teacher": teacher}
    return {layer: round(milliseconds(network, material.test_images[:1]), 4) for layer, network in networks.items()}


def prepare(spec: Layers, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`, and PackError."""
    material = engine.material(spec.data, spec.data)
    record: dict[str, Any] = {"official_digest": material.official.digest} if material.official else {}
    if spec.whole:
        record["milliseconds"] = timed(material, spec.data)
    return Prepared(LayersTraining(spec, material), teacher_answers(spec.data, spec.data, material), record)
