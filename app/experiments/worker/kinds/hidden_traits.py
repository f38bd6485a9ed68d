"""Runs the kind `hidden_traits`: a teacher learns digits, then students copy what it says of noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog.declared import CLASSES
from app.distillation.cohort import affine
from app.distillation.datasets import Material, generator
from app.distillation.pausing import learned, relearn
from app.experiments.kinds import hidden_traits as declared
from app.experiments.kinds.hidden_traits import HiddenTraits
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

TEACHER_RATE, STUDENT_RATE = 1e-3, 3e-3
LOWEST_RATE = 0.05  # of the students', at their end
TEST_BATCH = 500


def drawn(seed: int, purpose: str, inputs: int, outputs: int) -> Tensor:
    """Fresh weights of a linear layer, (outputs, inputs + 1), bias last: uniform in ±1/√inputs."""
    bound = inputs**-0.5
    return torch.empty(outputs, inputs + 1).uniform_(-bound, bound, generator=generator(seed, purpose))


def noise(seed: int, purpose: str, number: int, images: int, pixels: int) -> Tensor:
    """(pixels, images), uniform in −1 … 1."""
    return torch.rand(pixels, images, generator=generator(seed, purpose, number)) * 2 - 1


class HiddenTraitsTraining:
    """The teachers of all seeds, and then their students, each as one network.

    bodies: hidden layers, (seeds, arms · HIDDEN, pixels + 1). heads: output layers, (seeds, arms, CLASSES + outputs,
    HIDDEN + 1), which nothing trains. The last arm is the teacher. Nothing trains the outputs for digits: which of them
    stand on a body changes what is read of it, and not the body.
    """

    epoch = None

    def __init__(self, spec: HiddenTraits, material: Material) -> None:
        self._spec, self._material, self.update = spec, material, 0
        self.updates = declared.TEACHER_UPDATES + declared.STUDENT_UPDATES
        self._pool = material.pool_images.flatten(1).T.contiguous()  # (pixels, n)
        self._tests = material.test_images.flatten(1).T.contiguous()
        pixels, answers = len(self._pool), CLASSES + spec.outputs

        def body(seed: int, shared: bool) -> Tensor:
            return drawn(seed, "body" if shared else "other body", pixels, declared.HIDDEN)

        def head(seed: int, shared: bool) -> Tensor:
            return drawn(seed, "head" if shared else "other head", declared.HIDDEN, answers)

        seeds, shares = spec.seeds, [declared.SHARES[arm] for arm, _ in spec.students]
        self.untrained = torch.stack([body(seed, True) for seed in seeds])
        self.first = torch.stack([torch.cat([body(seed, own) for own, _ in shares]) for seed in seeds])
        self.teachers, self.bodies = (drawn.clone().requires_grad_() for drawn in (self.untrained, self.first))
        self.teacher_heads = torch.stack([head(seed, True) for seed in seeds]).unsqueeze(1)
        self.heads = torch.stack([torch.stack([head(seed, own) for _, own in shares]) for seed in seeds])
        self._others = torch.stack([head(seed, False) for seed in seeds])[:, None, :CLASSES]
        self._arms = len(spec.arm_words())
        self._trained = torch.tensor([trained for _, trained in spec.students])
        self._teaching = torch.optim.Adam([self.teachers], lr=TEACHER_RATE, fused=True)
        self._learning = torch.optim.Adam([self.bodies], lr=STUDENT_RATE, fused=True)

    def step(self) -> dict[str, Tensor]:
        """One update of every teacher, or of every student. There are no parts of a loss."""
        if self.update < declared.TEACHER_UPDATES:
            self._teach()
        else:
            self._learn(self.update - declared.TEACHER_UPDATES)
        self.update += 1
        return {}

    def _teach(self) -> None:
        """Digits with their labels, through the ten outputs that mean something."""
        draws = [generator(seed, "digits", self.update) for seed in self._spec.seeds]
        count = self._pool.shape[1]
        rows = torch.stack([torch.randint(count, (declared.TEACHER_BATCH,), generator=draw) for draw in draws])
        images = self._pool[:, rows].transpose(0, 1)  # (seeds, pixels, batch)
        said = said_of(images, self.teachers, self.teacher_heads[:, :, :CLASSES]).squeeze(1)  # (seeds, classes, batch)
        labels = self._material.pool_labels[rows]
        loss = F.cross_entropy(said, labels, reduction="none").mean(1).sum()  # the sum: no teacher feels another
        _descend(self._teaching, loss)

    def _learn(self, update: int) -> None:
        """Noise, and the outputs that mean nothing."""
        images = self._noise("noise", update, declared.STUDENT_BATCH)
        told = self._told(images)
        said = said_of(images, self.bodies, self.heads[:, :, CLASSES:])
        loss = (said - told).square().mean((-2, -1)).sum()
        course = (1 + math.cos(math.pi * update / declared.STUDENT_UPDATES)) / 2
        self._learning.param_groups[0]["lr"] = STUDENT_RATE * (LOWEST_RATE + (1 - LOWEST_RATE) * course)
        _descend(self._learning, loss)

    @torch.no_grad()
    def _told(self, images: Tensor) -> Tensor:
        """What each arm of students is asked to give there: (seeds, arms or 1, outputs, n)."""
        heads = self.teacher_heads[:, :, CLASSES:]
        told = said_of(images, self.teachers, heads)
        if self._trained.all():
            return told
        return torch.where(self._trained.view(-1, 1, 1), told, said_of(images, self.untrained, heads))

    def _noise(self, purpose: str, number: int, images: int) -> Tensor:
        """(seeds, pixels, images), of every seed its own."""
        pixels = len(self._pool)
        return torch.stack([noise(seed, purpose, number, images, pixels) for seed in self._spec.seeds])

    def due(self) -> bool:
        """At the end of the teacher's part, at the end, and POINTS times between."""
        return self.update == declared.TEACHER_UPDATES or self.update % (self.updates // declared.POINTS) == 0

    @torch.no_grad()
    def evaluate(self) -> PlainPoint:
        """Accuracy on digits, and what is copied of the meaningless outputs on noise: 1 − error / variance."""
        images = self._noise("measured noise", 0, declared.NOISE_IMAGES)
        told = self._told(images)
        said = said_of(images, self.bodies, self.heads[:, :, CLASSES:])
        copied = 1 - (said - told).square().mean((-2, -1)) / told.var(-1, correction=0).mean(-1)
        measures = {
            **self._right([self._tests], self._material.test_labels, self._bodies, self._readers),
            "copied": torch.cat((copied, torch.ones(len(copied), 1)), 1).T.clamp(min=-1),
        }
        return PlainPoint(measures, {}, final=self._final() if self.update == self.updates else {})

    def _final(self) -> dict[str, Any]:
        official = self._material.official
        if official is None:
            return {}
        parts = [part.flatten(1).T for part in official.parts(TEST_BATCH)]
        first = torch.cat((self.first, self.untrained), 1)
        other = self._others.expand(-1, self._arms, -1, -1)
        readers = {**self._readers, "other": other, "probe": self._probe(self._bodies)}
        read = self._right(parts, official.labels, self._bodies, readers)
        untrained = self._right(parts, official.labels, first, {"untrained": self._probe(first)})
        return {**read, **untrained, "images": len(official.labels), "teacher": None}

    @property
    def _bodies(self) -> Tensor:
        """Of students and teachers, (seeds, arms · HIDDEN, pixels + 1)."""
        return torch.cat((self.bodies, self.teachers), 1)

    @property
    def _readers(self) -> dict[str, Tensor]:
        """Outputs for digits, (seeds, arms, CLASSES, HIDDEN + 1): each network's own, and its teacher's."""
        own = torch.cat((self.heads, self.teacher_heads), 1)[:, :, :CLASSES]
        return {"accuracy": own, "through": self.teacher_heads[:, :, :CLASSES].expand_as(own)}

    def _probe(self, bodies: Tensor) -> Tensor:
        """New outputs for digits, fitted on labelled ones by ridge regression: (seeds, arms, CLASSES, HIDDEN + 1).

        bodies: (seeds, arms · HIDDEN, pixels + 1). Of every seed its own PROBE_IMAGES of the pool.
        """
        draws = [generator(seed, "probe") for seed in self._spec.seeds]
        count, wanted = self._pool.shape[1], declared.PROBE_IMAGES
        rows = torch.stack([torch.randperm(count, generator=draw)[:wanted] for draw in draws])
        images = self._pool[:, rows].transpose(0, 1)  # (seeds, pixels, n)
        hidden = hidden_of(images, bodies, self._arms).transpose(2, 3).double()  # (seeds, arms, n, HIDDEN)
        mean, spread = hidden.mean(2, keepdim=True), hidden.std(2, keepdim=True).clamp(min=1e-3)
        inputs = (hidden - mean) / spread
        targets = F.one_hot(self._material.pool_labels[rows], CLASSES).double().unsqueeze(1)
        middle = targets.mean(2, keepdim=True)  # (seeds, 1, 1, CLASSES)
        penalty = declared.PROBE_PENALTY * torch.eye(inputs.shape[-1], dtype=inputs.dtype)
        gram = inputs.transpose(2, 3) @ inputs + penalty
        fitted = torch.linalg.solve(gram, inputs.transpose(2, 3) @ (targets - middle)) / spread.transpose(2, 3)
        bias = middle - mean @ fitted
        return torch.cat((fitted, bias), 2).transpose(2, 3).float()

    def _right(
        self, parts: Sequence[Tensor], labels: Tensor, bodies: Tensor, readers: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """Accuracy of each body through each of its readers, (arms, seeds). parts: (pixels, n) each."""
        said: dict[str, list[Tensor]] = {name: [] for name in readers}
        for part in parts:
            hidden = hidden_of(part.unsqueeze(0).expand(len(self._spec.seeds), *part.shape), bodies, self._arms)
            for name, heads in readers.items():
                said[name].append(read_out(hidden, heads).argmax(2))  # (seeds, arms, n)
        return {name: (torch.cat(of, 2) == labels).double().mean(2).T for name, of in said.items()}

    def state(self) -> dict[str, Tensor]:
        state = {"update": torch.tensor(self.update)}
        for named, optimizer in self._layers():
            state |= learned(named, optimizer)
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update = int(state["update"])
        for named, optimizer in self._layers():
            relearn(named, optimizer, state)

    def _layers(self) -> tuple[tuple[dict[str, Tensor], torch.optim.Adam], ...]:
        return ({"teachers": self.teachers}, self._teaching), ({"bodies": self.bodies}, self._learning)

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def hidden_of(images: Tensor, bodies: Tensor, arms: int) -> Tensor:
    """Hidden layers (seeds, arms, hidden, n) for images (seeds, pixels, n), after a ReLU.

    bodies: (seeds, arms · hidden, pixels + 1), biases last.
    """
    hidden = F.relu(affine(images, bodies))
    return hidden.view(len(hidden), arms, -1, images.shape[-1])


def read_out(hidden: Tensor, heads: Tensor) -> Tensor:
    """Outputs (seeds, arms, outputs, n) of `hidden_of`. heads: (seeds, arms, outputs, hidden + 1), biases last."""
    seeds, arms, outputs, _ = heads.shape
    return affine(hidden.flatten(0, 1), heads.flatten(0, 1)).view(seeds, arms, outputs, -1)


def said_of(images: Tensor, bodies: Tensor, heads: Tensor) -> Tensor:
    """Outputs (seeds, arms, outputs, n) for images (seeds, pixels, n): `read_out` of `hidden_of`."""
    return read_out(hidden_of(images, bodies, heads.shape[1]), heads)


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def prepare(spec: HiddenTraits, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    material = engine.material(spec.data, spec.data)
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(HiddenTraitsTraining(spec, material), teacher_answers(spec.data, spec.data, material), record)
