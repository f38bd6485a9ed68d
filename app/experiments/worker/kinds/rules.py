"""Runs the kind `rules`: first the teachers of all seeds learn, then the students, each group as one network."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, leaky_relu, one_hot

from app.distillation.datasets import generator
from app.distillation.losses import kl_divergence
from app.distillation.marks import certain, evenly
from app.distillation.pausing import learned, relearn
from app.experiments.kinds.rules import (
    ARMS,
    BATCH,
    EVALUATIONS,
    FACTS,
    NUMBERS,
    QUESTIONS,
    TAUGHT_SHARE,
    TEACHER_UPDATES,
    TEACHER_WIDTH,
    Rules,
)
from app.experiments.worker.engine import PlainPoint, Prepared

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

RATE, WARM_UP = 1e-2, 50  # AdamW's first rate, and the updates in which it is reached
STUDENT_DECAY, TEACHER_DECAY = 1e-2, 5e-2


@dataclass(frozen=True)
class World:
    """What there is to learn with one seed. taught: (n, inputs), and its answers, 0 or 1. asked: by what is asked,
    inputs and right answers; facts are asked as they were taught. untold: inputs of facts that nobody was told.
    """

    taught: Tensor
    answers: Tensor
    asked: dict[str, tuple[Tensor, Tensor]]
    untold: Tensor


def world(seed: int) -> World:
    """The questions of a seed. Facts have inputs of their own: names, not numbers."""
    draw = generator(seed, "rules")
    first, second = torch.cartesian_prod(torch.arange(NUMBERS), torch.arange(NUMBERS)).T
    pair = torch.cat((one_hot(first, NUMBERS), one_hot(second, NUMBERS)), 1).float()  # (pairs, 2 · NUMBERS)
    answers = {
        "larger": (first > second).long(),
        "even": (first + second + 1) % 2,
        "fact": torch.randint(2, first.shape, generator=draw),
    }
    taught, asked, untold = list[tuple[Tensor, Tensor]](), dict[str, tuple[Tensor, Tensor]](), torch.empty(0)
    for place, (question, right) in enumerate(answers.items()):
        none = torch.zeros_like(pair)
        flag = torch.zeros(len(pair), len(QUESTIONS))
        flag[:, place] = 1
        inputs = torch.cat((none, pair, flag) if question == "fact" else (pair, none, flag), 1)
        order = torch.randperm(len(pair), generator=draw)
        known = FACTS if question == "fact" else round(TAUGHT_SHARE * len(pair))
        told, rest = order[:known], order[known:]
        taught.append((inputs[told], right[told]))
        asked[question] = taught[-1] if question == "fact" else (inputs[rest], right[rest])
        untold = inputs[rest]
    return World(torch.cat([one for one, _ in taught]), torch.cat([one for _, one in taught]), asked, untold)


class Stack:
    """Networks with two hidden layers, all of one width: (arms, seeds). The arms of a seed start alike.

    slope: of the ReLUs, below zero.
    """

    def __init__(
        self, width: int, arms: int, seeds: Sequence[int], purpose: str, decay: float, slope: float = 0.0
    ) -> None:
        self.slope = slope
        inputs, shapes = 4 * NUMBERS + len(QUESTIONS), list[tuple[int, int]]()
        shapes = [(inputs, width), (width, width), (width, 2)]
        self.parameters: list[Tensor] = []
        draws = [generator(seed, f"{purpose} weights") for seed in seeds]
        for rows, columns in shapes:
            for size in ((rows, columns), (1, columns)):
                drawn = [(2 * torch.rand(size, generator=draw) - 1) / math.sqrt(rows) for draw in draws]
                self.parameters.append(torch.stack(drawn).expand(arms, len(seeds), *size).clone().requires_grad_())
        self.optimizer = torch.optim.AdamW(self.parameters, weight_decay=decay, fused=True)

    def __call__(self, inputs: Tensor) -> Tensor:
        """Logits (arms, seeds, n, 2) of inputs (seeds, n, inputs)."""
        values = inputs
        for place in range(0, len(self.parameters), 2):
            values = torch.matmul(values, self.parameters[place]) + self.parameters[place + 1]
            if place < len(self.parameters) - 2:
                values = leaky_relu(values, self.slope) if self.slope else values.relu()
        return values

    def learn(self, loss: Tensor, update: int, updates: int) -> None:
        """Make one update. loss: (arms, seeds). The rate rises at first, then falls along half a cosine to nearly 0."""
        rate = RATE * min(1.0, (update + 1) / WARM_UP) * (0.02 + 0.49 * (1 + math.cos(math.pi * update / updates)))
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.zero_grad()
        loss.sum().backward()  # type: ignore[no-untyped-call]  # the sum: no network feels another
        self.optimizer.step()


class RulesTraining:
    """The teachers' updates, then the students': labels only and the others."""

    epoch = None

    def __init__(self, spec: Rules) -> None:
        worlds = [world(seed) for seed in spec.seeds]
        self._taught = torch.stack([one.taught for one in worlds])
        self._answers = torch.stack([one.answers for one in worlds])
        self._untold = torch.stack([one.untold for one in worlds])
        self._asked = {
            question: tuple(torch.stack([one.asked[question][part] for one in worlds]) for part in (0, 1))
            for question in QUESTIONS
        }
        self._teachers = Stack(TEACHER_WIDTH, 1, spec.seeds, "teacher", TEACHER_DECAY)
        self._students = Stack(spec.width, len(spec.arms), spec.seeds, "student", STUDENT_DECAY, spec.slope)
        self._arms = [ARMS[arm] for arm in spec.arms]
        self._seeds, self._own = spec.seeds, spec.updates
        self.updates, self.update = TEACHER_UPDATES + spec.updates, 0
        self._heard: dict[str, Tensor] | None = None  # logits of all that is taught, once the teachers have learned

    def step(self) -> dict[str, Tensor]:
        """One update of all teachers, or of all students. Returns the parts of the students' losses."""
        draws = (generator(seed, "rules order", self.update) for seed in self._seeds)
        rows = torch.stack([torch.randint(self._taught.shape[1], (BATCH,), generator=draw) for draw in draws])
        seeds = torch.arange(len(self._seeds)).unsqueeze(1)
        inputs, answers = self._taught[seeds, rows], self._answers[seeds, rows]
        self.update += 1
        if self.update <= TEACHER_UPDATES:
            self._teachers.learn(_hard(self._teachers(inputs), answers), self.update - 1, TEACHER_UPDATES)
            return {}
        if self._heard is None:
            self._heard = self._marks()
        losses = list[Tensor]()
        for said, arm in zip(self._students(inputs), self._arms, strict=True):
            if arm.role == "labels":
                losses.append(_hard(said.unsqueeze(0), answers)[0])
                continue
            marks, temperature = self._heard[arm.told][seeds, rows], arm.temperature
            soft = kl_divergence((marks / temperature).log_softmax(-1), (said / temperature).log_softmax(-1))
            losses.append(temperature**2 * soft.mean(-1))
        loss = torch.stack(losses)
        self._students.learn(loss, self.update - 1 - TEACHER_UPDATES, self._own)
        return {"total": loss.detach()}

    @torch.no_grad()
    def _marks(self) -> dict[str, Tensor]:
        """What students are told of all that is taught, by `RulesArm.told`: logits (seeds, n, 2)."""
        teacher = self._teachers(self._taught)[0]
        both = list(zip(self._answers, teacher, strict=True))
        return {
            "teacher": teacher,
            "even": torch.stack([evenly(answers, logits) for answers, logits in both]),
            "labels": torch.cat([certain(logits, answers, ()) for answers, logits in both]),
        }

    def due(self) -> bool:
        """When the teachers have learned, and EVALUATIONS times while the students do."""
        own = self.update - TEACHER_UPDATES
        return own == 0 or (own > 0 and own * EVALUATIONS // self._own > (own - 1) * EVALUATIONS // self._own)

    @torch.no_grad()
    def evaluate(self) -> PlainPoint:
        """Every measure of the students, arm by arm, and of the teachers: (arms + 1, seeds).

        How sure a network is of lost facts is NaN if it has lost none.
        """

        def asked(inputs: Tensor) -> Tensor:  # probabilities (arms + 1, seeds, n, 2)
            return torch.cat((self._students(inputs), self._teachers(inputs))).double().softmax(-1)

        right = {name: asked(inputs).argmax(-1) == answers for name, (inputs, answers) in self._asked.items()}
        sure, lost = asked(self._asked["fact"][0]).amax(-1), ~right["fact"]
        measures = {name: one.double().mean(-1) for name, one in right.items()}
        measures["sure_of_lost"] = (sure * lost).sum(-1) / lost.sum(-1)
        measures["sure_of_untold"] = asked(self._untold).amax(-1).mean(-1)
        return PlainPoint(measures, {})

    def state(self) -> dict[str, Tensor]:
        state = {"update": torch.tensor(self.update)}
        for named, stack in self._named():
            state |= learned(named, stack.optimizer)
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update, self._heard = int(state["update"]), None
        for named, stack in self._named():
            relearn(named, stack.optimizer, state)

    def _named(self) -> Iterator[tuple[dict[str, Tensor], Stack]]:
        for name, stack in (("teachers", self._teachers), ("students", self._students)):
            yield {f"{name}.{place}": parameter for place, parameter in enumerate(stack.parameters)}, stack

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these networks again."""
        return {}

    def validate(self) -> None:
        """None: nothing is chosen."""


def _hard(logits: Tensor, answers: Tensor) -> Tensor:
    """Cross-entropy of logits (arms, seeds, n, 2) with answers (seeds, n): (arms, seeds)."""
    given = answers.expand(logits.shape[:-1])
    return cross_entropy(logits.movedim(-1, 1), given, reduction="none").mean(-1)


def prepare(spec: Rules, engine: TorchEngine) -> Prepared:
    """A training of `spec`: it needs neither images nor a teacher that is here already."""
    return Prepared(RulesTraining(spec), None)
