"""Training a cohort: `train` yields progress and draws nothing. Knows no store, no UI and no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Protocol

import torch
from torch import Tensor

from app import catalog
from app.distillation import losses, metrics
from app.distillation.cohort import Answers, Cohort, SeparateCohort, StackedCohort
from app.distillation.datasets import Material, generator, labelled_subset
from app.distillation.models import build_student

EVALUATION_BATCH = 64  # images at once: the activations of a cohort stay in the processor's cache
FEWEST_EVALUATIONS = 8  # after the first: fewer do not make a curve


class Plan(Protocol):
    """What to train: see `experiments.spec.RunSpec`."""

    @property
    def data(self) -> str: ...  # noqa: D102
    @property
    def student(self) -> str: ...  # noqa: D102
    @property
    def labels(self) -> int: ...  # noqa: D102
    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def seeds(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def arms(self) -> tuple[catalog.Arm, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class Update:
    """One update has been made."""

    update: int  # 1 …
    losses: dict[str, Tensor]  # part → (arms, seeds), of the batch before the update


@dataclass(frozen=True)
class Point:
    """One evaluation on the test images. Tensors are (arms, seeds); fractions, not percent; nats."""

    update: int
    accuracy: Tensor
    agreement: Tensor
    agreement_where_wrong: Tensor  # NaN where the teacher is never wrong
    kl: Tensor
    nll: Tensor
    brier: Tensor
    ece: Tensor
    entropy: Tensor
    logits: Tensor  # float16 (arms, seeds, shown, classes)


Progress = Update | Point


class Training:
    """One cohort in training: ``len(plan.seeds) × len(plan.arms)`` students.

    A seed sets initial weights, labelled subset and the order of batches; the arms share all three within a seed.
    The same plan, material and thread count give the same numbers, bit for bit.
    """

    def __init__(
        self, plan: Plan, material: Material, *, stacked: bool = True, dtype: torch.dtype = torch.float32
    ) -> None:
        self.plan, self.material = plan, material
        self.per_epoch = -(-plan.labels // catalog.BATCH)
        self.updates = plan.epochs * self.per_epoch
        self.evaluations = evaluations(self.updates, len(material.test_labels))
        self.update = 0
        self.images = material.pool_images.to(dtype)
        self.teacher_logits = material.pool_logits.to(dtype)
        self.test_images = material.test_images.to(dtype)
        self.subsets = torch.stack([labelled_subset(material.pool_labels, plan.labels, seed) for seed in plan.seeds])
        self.cohort = self._cohort(stacked, dtype)
        self.optimizer = torch.optim.AdamW(
            self.cohort.parameters(),
            lr=catalog.LEARNING_RATE,
            weight_decay=catalog.WEIGHT_DECAY,
            fused=True,
        )
        self.alpha = torch.tensor([arm.alpha for arm in plan.arms], dtype=dtype)
        self.temperature = torch.tensor([arm.temperature for arm in plan.arms], dtype=dtype)

    def _cohort(self, stacked: bool, dtype: torch.dtype) -> Cohort:
        entry, data = catalog.STUDENTS[self.plan.student], catalog.DATA[self.plan.data]
        students = [
            [build_student(entry, data, generator(seed, "weights")).to(dtype) for _ in self.plan.arms]
            for seed in self.plan.seeds
        ]
        return StackedCohort(students) if stacked else SeparateCohort(students)

    def rows(self) -> Tensor:
        """Positions in the pool of the next batch: (seeds, batch). Every epoch has its own order."""
        epoch, place = divmod(self.update, self.per_epoch)
        if place == 0 or not hasattr(self, "_orders"):
            orders = [
                torch.randperm(self.plan.labels, generator=generator(seed, "order", epoch)) for seed in self.plan.seeds
            ]
            self._orders = self.subsets.gather(1, torch.stack(orders))
        return self._orders[:, place * catalog.BATCH : (place + 1) * catalog.BATCH]

    def step(self) -> dict[str, Tensor]:
        """Make one update of every student. Returns the parts of the loss, each (arms, seeds)."""
        rows = self.rows()
        answers = self.cohort.answer(self.images[rows])
        parts = self.parts(answers, rows)
        self.optimizer.zero_grad()
        parts["total"].sum().backward()  # type: ignore[no-untyped-call]  # a sum: no student feels another
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.update, self.updates)
        self.optimizer.step()
        self.update += 1
        return {name: part.detach().T for name, part in parts.items()}

    def parts(self, answers: Answers, rows: Tensor) -> dict[str, Tensor]:
        """The parts of the loss, (seeds, arms), for what the cohort answered about the images at `rows`."""
        labels = self.material.pool_labels[rows].unsqueeze(1)  # (seeds, 1, batch)
        teacher_logits = self.teacher_logits[rows].unsqueeze(1)  # (seeds, 1, batch, classes)
        hard = losses.hard_loss(answers.logits, labels)
        soft = losses.soft_loss(answers.logits, teacher_logits, self.temperature)
        return losses.mixed(hard, soft, self.alpha)

    def due(self) -> bool:
        """True where an evaluation belongs at the present update: 0, then evenly spaced ones, and the last."""
        share = self.update * self.evaluations // self.updates
        return self.update == 0 or share > (self.update - 1) * self.evaluations // self.updates

    @torch.no_grad()
    def test_logits(self) -> Tensor:
        """Logits of every student on the test images: (arms, seeds, n, classes)."""
        parts = [
            self.cohort.answer(part.unsqueeze(0)).logits.transpose(0, 1)
            for part in self.test_images.split(EVALUATION_BATCH)
        ]
        return torch.cat(parts, 2)

    def evaluate(self) -> Point:
        """Measure every student on the test images."""
        logits, labels, teacher = self.test_logits(), self.material.test_labels, self.material.test_logits
        teacher = teacher.to(logits.dtype)
        return Point(
            self.update,
            accuracy=metrics.accuracy(logits, labels),
            agreement=metrics.agreement(logits, teacher),
            agreement_where_wrong=metrics.agreement_where_wrong(logits, teacher, labels),
            kl=metrics.kl_to_teacher(logits, teacher),
            nll=metrics.nll(logits, labels),
            brier=metrics.brier(logits, labels),
            ece=metrics.ece(logits, labels),
            entropy=metrics.entropy(logits),
            logits=logits[:, :, : catalog.SHOWN].half(),
        )

    def state(self) -> dict[str, Tensor]:
        """Everything that a later `restore` needs to go on as if nothing had happened."""
        state = {"update": torch.tensor(self.update)}
        for i, parameter in enumerate(self.cohort.parameters()):
            state[f"{i}.value"] = parameter.detach().clone()
            for name, value in self.optimizer.state[parameter].items():
                state[f"{i}.{name}"] = value.clone()
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go back, or forward, to a `state` of the same plan. Raises ValueError where it does not fit."""
        parameters = self.cohort.parameters()
        fits = all(
            f"{i}.value" in state and state[f"{i}.value"].shape == parameter.shape
            for i, parameter in enumerate(parameters)
        )
        if not fits or "update" not in state:
            raise ValueError("state does not fit this plan: restore the state of a training with the same plan")
        self.update = int(state["update"])
        self.__dict__.pop("_orders", None)
        self.optimizer.state.clear()
        for i, parameter in enumerate(parameters):
            parameter.data.copy_(state[f"{i}.value"])
            moments = {name: state[f"{i}.{name}"].clone() for name in ("step", "exp_avg", "exp_avg_sq") if f"{i}.{name}" in state}
            if moments:
                self.optimizer.state[parameter] = moments

    def weights(self) -> dict[str, Tensor]:
        """Weights of every student: "arm{a}.seed{s}.<name>"."""
        return {
            f"arm{a}.seed{s}.{name}": value
            for a in range(len(self.plan.arms))
            for s in range(len(self.plan.seeds))
            for name, value in self.cohort.weights(s, a).items()
        }


def learning_rate(update: int, updates: int) -> float:
    """AdamW's learning rate at an update (0 …) of `updates`."""
    return catalog.LEARNING_RATE


def evaluations(updates: int, test_images: int) -> int:
    """How many evaluations follow the one at update 0: so many that they take about a third of the run.

    An image costs about three times as much to train on (forward and backward) as to test on.
    """
    affordable = round(1.5 * updates * catalog.BATCH / test_images)
    return min(updates, max(FEWEST_EVALUATIONS, min(affordable, catalog.POINTS - 1)))


def train(training: Training) -> Iterator[Progress]:
    """Train to the end, yielding an Update after every update and a Point whenever one is due."""
    if training.due() and training.update == 0:
        yield training.evaluate()
    while training.update < training.updates:
        parts = training.step()
        yield Update(training.update, parts)
        if training.due():
            yield training.evaluate()
