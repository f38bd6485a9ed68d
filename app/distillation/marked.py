"""A cohort whose arms are marked by teachers of their own, on images of their own seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.catalog import available, declared
from app.distillation import losses
from app.distillation.cohort import SeparateCohort, StackedCohort, stacks_well
from app.distillation.datasets import generator
from app.distillation.models import build_student
from app.distillation.pausing import learned, relearn
from app.distillation.training import EVALUATION_BATCH, decay, first_rate


@dataclass(frozen=True)
class Lessons:
    """What every seed's students learn from.

    images: (seeds, n, c, h, w), standardised. labels: (seeds, n). marks: logits that each arm hears, (seeds, arms, n,
    classes). alphas: their weight for each arm, 0 … 1.
    """

    images: Tensor
    labels: Tensor
    marks: Tensor
    alphas: Sequence[float]

    @classmethod
    def of_labels(cls, images: Tensor, labels: Tensor) -> "Lessons":
        """One arm that hears labels only."""
        return cls(images, labels, torch.zeros(*labels.shape, declared.CLASSES).unsqueeze(1), (0.0,))


class MarkedCohort:
    """Students [seed][arm] in training. Within a seed the arms share first weights, images and order.

    student, data: ids. updates: of every student, each on `declared.BATCH` images; the rate falls as in `Training`.
    temperature: of all arms, or (arms,). purpose: of the seeds' random numbers, so that teachers and students of one
    seed are strangers. rate: share of the usual first learning rate. first: weights by name that the students of each
    seed start from; drawn by the seed if it is None.
    """

    def __init__(
        self,
        student: str,
        data: str,
        seeds: Sequence[int],
        lessons: Lessons,
        *,
        updates: int,
        temperature: float | Tensor = 1.0,
        purpose: str = "student",
        rate: float = 1.0,
        first: Sequence[Mapping[str, Tensor]] | None = None,
    ) -> None:
        entry, images = declared.STUDENTS[student], available.data_sets()[data]
        students = [
            [build_student(entry, images, generator(seed, f"{purpose} weights")) for _ in lessons.alphas]
            for seed in seeds
        ]
        for row, weights in zip(students, first or (), strict=bool(first)):
            for network in row:
                network.load_state_dict(weights)
        self.cohort = (StackedCohort if stacks_well(entry.layers(images)) else SeparateCohort)(students)
        self.seeds, self.lessons, self.updates, self.update = tuple(seeds), lessons, updates, 0
        self._temperature, self._purpose = temperature, purpose
        self._alphas = torch.tensor(lessons.alphas)
        self._rate = first_rate(student, data) * rate
        self._optimizer = torch.optim.AdamW(self.cohort.parameters(), weight_decay=declared.WEIGHT_DECAY, fused=True)
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))

    def step(self) -> Tensor:
        """One update of every student. Returns its loss, (arms, seeds)."""
        self._optimizer.param_groups[0]["lr"] = self._rate * decay(self.update, self.updates)
        self._optimizer.zero_grad()
        total = self.gradients()
        self._optimizer.step()
        self.update += 1
        return total.T

    def gradients(self) -> Tensor:
        """Give every student the gradient of its loss on the next batch. Returns the loss, (seeds, arms)."""
        known, rows = self.lessons, self._rows()
        seeds = torch.arange(len(self.seeds)).unsqueeze(1)
        logits = self.cohort.answer(known.images[seeds, rows]).logits  # (seeds, arms, batch, classes)
        hard = losses.hard_loss(logits, known.labels[seeds, rows].unsqueeze(1))
        soft = losses.soft_loss(logits, known.marks[seeds, :, rows].transpose(1, 2), self._temperature)
        total = losses.mixed(hard, soft, self._alphas)["total"]
        total.sum().backward()  # type: ignore[no-untyped-call]  # the sum: no student feels another
        return total.detach()

    def _rows(self) -> Tensor:
        """Places of the next batch, (seeds, batch); every epoch has an order of its own."""
        count = self.lessons.labels.shape[1]
        epoch, place = divmod(self.update, -(-count // declared.BATCH))
        if self._order[0] != epoch:
            draws = (generator(seed, f"{self._purpose} order", epoch) for seed in self.seeds)
            self._order = epoch, torch.stack([torch.randperm(count, generator=draw) for draw in draws])
        return self._order[1][:, place * declared.BATCH : (place + 1) * declared.BATCH]

    @torch.no_grad()
    def logits(self, images: Tensor) -> Tensor:
        """Of every student: (seeds, arms, n, classes). images: (seeds or 1, n, c, h, w)."""
        parts = torch.split(images, EVALUATION_BATCH, 1)
        return torch.cat([self.cohort.answer(part.contiguous()).logits for part in parts], 2)

    def state(self) -> dict[str, Tensor]:
        """All that `restore` needs to go on as if there had been no break."""
        return {"update": torch.tensor(self.update), **learned(self._named, self._optimizer, ".value")}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go to a `state` of the same cohort."""
        self.update = int(state["update"])
        relearn(self._named, self._optimizer, state, ".value")

    @property
    def _named(self) -> dict[str, Tensor]:
        return {f"{place}": parameter for place, parameter in enumerate(self.cohort.parameters())}
