"""The bug lab: a plain training loop for one student, and nine ways to get one line of it wrong.

`PlainLoop` is what many programs are: it gives what `losses` and `guidance` give, one student at a time, and a test
holds that. Each class below it is one mistake, in the one method that it overrides; the lesson shows the two sources
as they stand here. `BugLab` puts the students of bugged arms through their loop; all others pass it by.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.catalog.bugs import BUGS, METHOD
from app.catalog.declared import Arm
from app.distillation import losses
from app.distillation.cohort import CohortOutputs
from app.distillation.datasets import Material, generator
from app.distillation.guidance import Batch


class PlainLoop:
    """How the loss of one student comes about. The methods are asked in this order."""

    asks_in_the_loop = False  # else it looks up what the teacher said before

    def order_of_cache(self, count: int, draw: torch.Generator) -> Tensor:
        """In which order the teacher is shown the images whose answers are kept: (count,)."""
        return torch.arange(count)

    def roles(self, student: nn.Module, teacher: nn.Module) -> tuple[nn.Module, nn.Module]:
        """Who learns, and who guides."""
        learner, guide = student, teacher
        return learner, guide

    def answer(self, learner: nn.Module, images: Tensor) -> Tensor:
        """What the learner says: (batch, classes)."""
        learner.train()
        return learner(images)  # type: ignore[no-any-return]

    def ask(self, guide: nn.Module, images: Tensor) -> Tensor:
        """What the guide says: (batch, classes)."""
        guide.eval()
        return guide(images).detach()  # type: ignore[no-any-return]

    def soft_loss(self, z: Tensor, v: Tensor, temperature: float) -> Tensor:
        """Learner's logits z and guide's logits v, (batch, classes)."""
        log_q = F.log_softmax(z / temperature, dim=-1)
        p = F.softmax(v / temperature, dim=-1)
        return temperature**2 * F.kl_div(log_q, p, reduction="batchmean")

    def total(self, hard: Tensor, soft: Tensor, alpha: float) -> Tensor:
        """The loss that is minimised."""
        return (1 - alpha) * hard + alpha * soft


# ── nine mistakes ────────────────────────────────────────────────────────────────────────────────────────────────


class Mean(PlainLoop):
    """`F.kl_div`'s default averages over classes, too."""

    def soft_loss(self, z: Tensor, v: Tensor, temperature: float) -> Tensor:
        log_q = F.log_softmax(z / temperature, dim=-1)
        p = F.softmax(v / temperature, dim=-1)
        return temperature**2 * F.kl_div(log_q, p, reduction="mean")


class NoTSquared(PlainLoop):
    """The factor T² is forgotten."""

    def soft_loss(self, z: Tensor, v: Tensor, temperature: float) -> Tensor:
        log_q = F.log_softmax(z / temperature, dim=-1)
        p = F.softmax(v / temperature, dim=-1)
        return F.kl_div(log_q, p, reduction="batchmean")


class NoLog(PlainLoop):
    """`F.kl_div` wants log-probabilities first."""

    def soft_loss(self, z: Tensor, v: Tensor, temperature: float) -> Tensor:
        log_q = F.softmax(z / temperature, dim=-1)
        p = F.softmax(v / temperature, dim=-1)
        return temperature**2 * F.kl_div(log_q, p, reduction="batchmean")


class SoftmaxTwice(PlainLoop):
    """The student ends in a softmax, and the losses apply theirs to what comes out."""

    def answer(self, learner: nn.Module, images: Tensor) -> Tensor:
        learner.train()
        return learner(images).softmax(dim=-1)  # type: ignore[no-any-return]


class GraphCut(PlainLoop):
    """The student's answer is detached, as if it were the teacher's."""

    def soft_loss(self, z: Tensor, v: Tensor, temperature: float) -> Tensor:
        log_q = F.log_softmax(z.detach() / temperature, dim=-1)
        p = F.softmax(v / temperature, dim=-1)
        return temperature**2 * F.kl_div(log_q, p, reduction="batchmean")


class Swapped(PlainLoop):
    """The arguments have changed places. A copy of the teacher learns; the shipped one stays as it is."""

    asks_in_the_loop = True

    def roles(self, student: nn.Module, teacher: nn.Module) -> tuple[nn.Module, nn.Module]:
        learner, guide = teacher, student
        return learner, guide


class ShuffledCache(PlainLoop):
    """The loader that showed the teacher the images was one for training, with shuffle=True."""

    def order_of_cache(self, count: int, draw: torch.Generator) -> Tensor:
        return torch.randperm(count, generator=draw)


class TrainMode(PlainLoop):
    """Nobody called eval(). It is a copy of the teacher whose statistics move on."""

    asks_in_the_loop = True

    def ask(self, guide: nn.Module, images: Tensor) -> Tensor:
        guide.train()
        return guide(images).detach()  # type: ignore[no-any-return]


class AlphaFlipped(PlainLoop):
    """Alpha is taken for the weight on the labels."""

    def total(self, hard: Tensor, soft: Tensor, alpha: float) -> Tensor:
        return alpha * hard + (1 - alpha) * soft


LOOPS: dict[str, type[PlainLoop]] = {
    "mean": Mean,
    "no-t2": NoTSquared,
    "no-log": NoLog,
    "twice": SoftmaxTwice,
    "cut": GraphCut,
    "swapped": Swapped,
    "shuffled": ShuffledCache,
    "train-mode": TrainMode,
    "alpha": AlphaFlipped,
}


# ── in the real training ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class LossInputs:
    """What the loss of an arm was computed from, on one batch: logits (seeds, batch, classes)."""

    learner: Tensor
    guide: Tensor


class BugLab:
    """The students of the arms that have a bug, each through its loop.

    A loop that asks the teacher has a copy of it for every seed. Raises ValueError for a bug that is not known, in a
    method that has none, or if a teacher is needed and `material` has none.
    """

    def __init__(
        self, plan_arms: Sequence[Arm], seeds: tuple[int, ...], material: Material, dtype: torch.dtype
    ) -> None:
        for arm in plan_arms:
            if arm.bug and (arm.bug not in LOOPS or arm.method != METHOD):
                raise ValueError(f"bug must be one of {', '.join(BUGS)} with the method {METHOD}, got {arm.bug}")
        self.plan_arms, self.material = plan_arms, material
        self.loops = {at: LOOPS[arm.bug]() for at, arm in enumerate(plan_arms) if arm.bug}
        self.teachers: dict[tuple[int, int], nn.Module] = {}  # (arm, seed's place) → a copy
        self.kept: dict[tuple[int, int], Tensor] = {}  # (arm, seed's place) → the cache: (pool, classes)
        logits = material.pool_logits.to(dtype)
        for at, loop in self.loops.items():
            for place, seed in enumerate(seeds):
                if loop.asks_in_the_loop:
                    self.teachers[at, place] = _copy_of(material, dtype, learns=isinstance(loop, Swapped))
                else:
                    order = loop.order_of_cache(len(logits), generator(seed, "cache"))
                    self.kept[at, place] = logits[order]
        self._shipped = [value.to(dtype) for value in _numbers(material.teacher)] if self.teachers else []

    def __bool__(self) -> bool:
        return bool(self.loops)

    def parameters(self) -> list[Tensor]:
        """What learns though it should not: the teachers of students that have changed places with them."""
        return [one for teacher in self.teachers.values() for one in teacher.parameters() if one.requires_grad]

    def parts(
        self,
        healthy: dict[str, Tensor],
        alpha: Tensor,
        answers: CohortOutputs,
        batch: Batch,
        images: Tensor,
        heard: dict[int, LossInputs] | None = None,
    ) -> dict[str, Tensor]:
        """The parts of all losses, those of bugged arms by their loop: each (seeds, arms).

        healthy: the parts as they should be. alpha: (arms,). images: of the batch, (seeds, batch, c, h, w). heard:
        filled with what each bugged arm's loss was computed from.
        """
        hard, soft = list(healthy["hard"].unbind(1)), list(healthy["soft"].unbind(1))
        for at in self.loops:
            results = [self._one(at, place, answers.logits[place, at], batch, images) for place in range(len(images))]
            said, hards, softs = zip(*results, strict=True)
            hard[at], soft[at] = torch.stack(hards), torch.stack(softs)
            if heard is not None:
                heard[at] = LossInputs(*(torch.stack(pair) for pair in zip(*said, strict=True)))
        parts = losses.mixed(torch.stack(hard, 1), torch.stack(soft, 1), alpha)
        total = list(parts["total"].unbind(1))
        for at, loop in self.loops.items():
            total[at] = loop.total(parts["hard"][:, at], parts["soft"][:, at], self.plan_arms[at].alpha)
        return {**parts, "total": torch.stack(total, 1)}

    def _one(
        self, at: int, place: int, logits: Tensor, batch: Batch, images: Tensor
    ) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """((learner's logits, guide's logits), hard loss, soft loss) of one student. logits: what it said."""
        loop, seen = self.loops[at], images[place]
        learner, guide = loop.roles(_FixedLogits(logits), self.teachers.get((at, place), _FixedLogits(logits)))
        z = loop.answer(learner, seen)
        v = loop.ask(guide, seen) if loop.asks_in_the_loop else self.kept[at, place][batch.rows[place]]
        labels = batch.labels[place, 0]
        hard = F.cross_entropy(z[: len(labels)], labels)
        return (z, v), hard, loop.soft_loss(z, v, self.plan_arms[at].temperature)

    def drift(self, arms: int, seeds: int) -> Tensor:
        """How far each student's teacher has moved, relative to its size: (arms, seeds), 0 if none is touched."""
        drifts = torch.zeros(arms, seeds)
        for (at, place), teacher in self.teachers.items():
            pairs = list(zip(_numbers(teacher), self._shipped, strict=True))
            moved = sum(float((now - then).square().sum()) for now, then in pairs)
            size = sum(float(then.square().sum()) for _, then in pairs)
            drifts[at, place] = (moved / size) ** 0.5
        return drifts

    def state(self) -> dict[str, Tensor]:
        """The statistics of the copies, which no optimiser knows."""
        return {
            f"teacher{at}.{place}.{name}": value.clone()
            for (at, place), teacher in self.teachers.items()
            for name, value in teacher.named_buffers()
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go back to a `state`."""
        for (at, place), teacher in self.teachers.items():
            for name, value in teacher.named_buffers():
                value.copy_(state[f"teacher{at}.{place}.{name}"])


class _FixedLogits(nn.Module):
    """A student of a cohort, which has answered already."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, _images: Tensor) -> Tensor:
        return self.logits


def _copy_of(material: Material, dtype: torch.dtype, *, learns: bool) -> nn.Module:
    if material.teacher is None:
        raise ValueError("material.teacher must be a teacher for a bug that asks it in the loop, got None")
    return copy.deepcopy(material.teacher).to(dtype).requires_grad_(learns)


def _numbers(network: nn.Module | None) -> list[Tensor]:
    """All that a network has learnt, running statistics included."""
    return [value.detach() for value in (network.state_dict() if network else {}).values() if value.is_floating_point()]
