"""Runs the kind `hidden_traits`: a teacher learns digits, then students copy what it says of noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog.declared import CLASSES
from app.distillation.cohort import affine
from app.distillation.datasets import Material, generator
from app.experiments.kinds import hidden_traits as declared
from app.experiments.kinds.hidden_traits import HiddenTraits
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

TEACHER_RATE, STUDENT_RATE = 1e-3, 3e-3
LOWEST_RATE = 0.05  # of the students', at their end
POINTS = 20
NOISE_IMAGES = 500  # on which it is measured what students have copied
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
    HIDDEN + 1), which nothing trains. The last arm is the teacher.
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

        seeds = spec.seeds
        self.teachers = torch.stack([body(seed, True) for seed in seeds]).requires_grad_()
        self.bodies = torch.stack([torch.cat([body(seed, own) for own, _ in declared.SHARES]) for seed in seeds])
        self.bodies.requires_grad_()
        self.teacher_heads = torch.stack([head(seed, True) for seed in seeds]).unsqueeze(1)
        self.heads = torch.stack([torch.stack([head(seed, own) for _, own in declared.SHARES]) for seed in seeds])
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
        with torch.no_grad():
            told = said_of(images, self.teachers, self.teacher_heads[:, :, CLASSES:])
        said = said_of(images, self.bodies, self.heads[:, :, CLASSES:])
        loss = (said - told).square().mean((-2, -1)).sum()
        course = (1 + math.cos(math.pi * update / declared.STUDENT_UPDATES)) / 2
        self._learning.param_groups[0]["lr"] = STUDENT_RATE * (LOWEST_RATE + (1 - LOWEST_RATE) * course)
        _descend(self._learning, loss)

    def _noise(self, purpose: str, number: int, images: int) -> Tensor:
        """(seeds, pixels, images), of every seed its own."""
        pixels = len(self._pool)
        return torch.stack([noise(seed, purpose, number, images, pixels) for seed in self._spec.seeds])

    def due(self) -> bool:
        """At the end of the teacher's part, at the end, and POINTS times between."""
        return self.update == declared.TEACHER_UPDATES or self.update % (self.updates // POINTS) == 0

    @torch.no_grad()
    def evaluate(self) -> PlainPoint:
        """Accuracy on digits, and what is copied of the meaningless outputs on noise: 1 − error / variance."""
        images = self._noise("measured noise", 0, NOISE_IMAGES)
        told = said_of(images, self.teachers, self.teacher_heads[:, :, CLASSES:])
        said = said_of(images, self.bodies, self.heads[:, :, CLASSES:])
        copied = 1 - (said - told).square().mean((-2, -1)) / told.var(-1, correction=0).mean(-1)
        measures = {
            "accuracy": self._right([self._tests], self._material.test_labels),
            "copied": torch.cat((copied, torch.ones(len(copied), 1)), 1).T.clamp(min=-1),
        }
        return PlainPoint(measures, {}, final=self._final() if self.update == self.updates else {})

    def _final(self) -> dict[str, Any]:
        official = self._material.official
        if official is None:
            return {}
        parts = (part.flatten(1).T for part in official.parts(TEST_BATCH))
        return {"accuracy": self._right(parts, official.labels), "images": len(official.labels), "teacher": None}

    def _right(self, parts: Sequence[Tensor] | Iterator[Tensor], labels: Tensor) -> Tensor:
        """Accuracy of students and teachers, (arms, seeds). parts: (pixels, n) each."""
        answers = []
        for part in parts:
            images = part.unsqueeze(0).expand(len(self._spec.seeds), *part.shape)
            students = said_of(images, self.bodies, self.heads[:, :, :CLASSES])
            teachers = said_of(images, self.teachers, self.teacher_heads[:, :, :CLASSES])
            answers.append(torch.cat((students, teachers), 1).argmax(2))  # (seeds, arms, n)
        return (torch.cat(answers, 2) == labels).double().mean(2).T

    def state(self) -> dict[str, Tensor]:
        state = {"update": torch.tensor(self.update)}
        for name, layer, optimizer in self._layers():
            state[name] = layer.detach().clone()
            moments = optimizer.state.get(layer, {})
            state |= {f"{name}.{key}": value.clone() for key, value in moments.items()}
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update = int(state["update"])
        for name, layer, optimizer in self._layers():
            layer.data.copy_(state[name])
            start = f"{name}."
            moments = {key.removeprefix(start): value.clone() for key, value in state.items() if key.startswith(start)}
            optimizer.state.clear()
            if moments:  # none before its first update
                optimizer.state[layer] = moments

    def _layers(self) -> tuple[tuple[str, Tensor, torch.optim.Adam], ...]:
        return ("teachers", self.teachers, self._teaching), ("bodies", self.bodies, self._learning)

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def said_of(images: Tensor, bodies: Tensor, heads: Tensor) -> Tensor:
    """Outputs (seeds, arms, outputs, n) for images (seeds, pixels, n), of one hidden layer with a ReLU.

    bodies: (seeds, arms · hidden, pixels + 1). heads: (seeds, arms, outputs, hidden + 1). Biases last.
    """
    seeds, arms, outputs, _ = heads.shape
    hidden = F.relu(affine(images, bodies)).reshape(seeds * arms, -1, images.shape[-1])
    return affine(hidden, heads.flatten(0, 1)).view(seeds, arms, outputs, -1)


def _descend(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def prepare(spec: HiddenTraits, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    material = engine.material(spec.data, spec.data)
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(HiddenTraitsTraining(spec, material), teacher_answers(spec.data, spec.data, material), record)
