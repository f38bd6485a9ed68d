"""What each method takes from the teacher during training: one guide for all arms that share a method.

A guide knows which arms are its own, keeps what the teacher says about the images they learn from, and gives their
soft loss. Formulas are in `losses`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.catalog.architecture import Shape
from app.catalog.declared import Arm
from app.distillation import losses
from app.distillation.cohort import CohortOutputs, affine
from app.distillation.datasets import Material, generator
from app.distillation.marks import MARKS, told

GUIDED_LAYER = 1  # of the student (an MLP's only one): what a hint speaks about
HINT_BLOCK = 1  # of the teacher's three: its middle features


@dataclass(frozen=True)
class Batch:
    """The images of one update, as positions in the pool, and what is known about them.

    The labelled ones come first; of those behind them only the teacher says something.
    """

    rows: Tensor  # (seeds, batch)
    labels: Tensor  # (seeds, 1, labelled): the arms of a seed share images
    teacher_logits: Tensor  # (seeds, 1, batch, classes)


class Guide(ABC):
    """The soft loss of the arms `arms`, which share a method."""

    needs_maps = False

    def __init__(self, arms: list[int], plan_arms: Sequence[Arm], dtype: torch.dtype) -> None:
        self.arms = arms
        self.mine = selection(arms)
        self.method = plan_arms[arms[0]].method
        self.temperature = torch.tensor([plan_arms[a].temperature for a in arms], dtype=dtype)

    @abstractmethod
    def soft(self, answers: CohortOutputs, batch: Batch) -> Tensor:
        """Soft loss of each student that this guide guides: (seeds, arms of this guide)."""

    def parameters(self) -> list[Tensor]:
        """What learns along with the students and belongs to none of them."""
        return []


def selection(places: list[int]) -> slice | list[int]:
    """What selects these places of a dimension: a slice if they follow each other, since that copies nothing."""
    first, follow = places[0], list(range(places[0], places[0] + len(places)))
    return slice(first, first + len(places)) if places == follow else places


LOGIT_LOSSES: dict[str, Callable[[Tensor, Batch, Tensor], Tensor]] = {  # of logits, batch and temperature
    "labels": lambda logits, batch, temperature: logits.new_zeros(logits.shape[:2]),
    "kd": lambda logits, batch, temperature: losses.soft_loss(logits, batch.teacher_logits, temperature),
    "logits": lambda logits, batch, temperature: losses.logit_loss(logits, batch.teacher_logits),
    "smoothing": lambda logits, batch, temperature: losses.smoothing_loss(logits),
    "named": lambda logits, batch, temperature: losses.hard_loss(logits, batch.teacher_logits.argmax(-1)),
    "dkd": lambda logits, batch, temperature: losses.decoupled_loss(
        logits, batch.teacher_logits, batch.labels, temperature
    )["soft"],
}


class Logits(Guide):
    """One of `LOGIT_LOSSES`."""

    def soft(self, answers: CohortOutputs, batch: Batch) -> Tensor:
        return LOGIT_LOSSES[self.method](answers.logits[:, self.mine], batch, self.temperature)


class Marked(Guide):
    """`losses.soft_loss` with one of `MARKS` in the place of the teacher's logits."""

    def __init__(self, arms: list[int], plan_arms: Sequence[Arm], pool: TaughtImages) -> None:
        super().__init__(arms, plan_arms, pool.dtype)
        logits = pool.material.pool_logits.to(pool.dtype)
        self.marks = MARKS[self.method](logits, pool.material.pool_labels, pool.seeds)

    def soft(self, answers: CohortOutputs, batch: Batch) -> Tensor:
        rows = batch.rows % self.marks.shape[1]  # of a shifted copy, the image
        marks = told(self.marks, rows).unsqueeze(1)
        return losses.soft_loss(answers.logits[:, self.mine], marks, self.temperature)


class Assisted(Guide):
    """`losses.soft_loss` with what an assistant of each seed says in the place of the teacher's logits."""

    def __init__(self, arms: list[int], plan_arms: Sequence[Arm], marks: Tensor, dtype: torch.dtype) -> None:
        super().__init__(arms, plan_arms, dtype)
        self.marks = marks.to(dtype)  # (seeds, pool, classes)

    def soft(self, answers: CohortOutputs, batch: Batch) -> Tensor:
        marks = told(self.marks, batch.rows).unsqueeze(1)
        return losses.soft_loss(answers.logits[:, self.mine], marks, self.temperature)


class Hints(Guide):
    """`losses.hint_loss` between the student's guided layer, through a regressor, and the teacher's middle block.

    Every student has a regressor of its own, a 1×1 convolution (width → teacher's channels) that the optimiser
    trains along and that is not part of the student. The arms of a seed start with equal regressors.
    """

    needs_maps = True

    def __init__(self, arms: list[int], plan_arms: Sequence[Arm], pool: TaughtImages, shapes: list[Shape]) -> None:
        super().__init__(arms, plan_arms, pool.dtype)
        self.layer = min(GUIDED_LAYER, len(shapes) - 1)
        width, height, breadth = shapes[self.layer]
        maps = F.adaptive_avg_pool2d(pool.teacher_maps()[HINT_BLOCK], (height, breadth))
        spread, mean = torch.std_mean(maps, (0, 2, 3), keepdim=True)
        self.targets = (maps - mean) / spread.clamp_min(1e-6)  # (images taught, channels, h, w), 0 ± 1 per channel
        self.images = pool
        bound = width**-0.5
        starts = [
            nn.init.uniform_(torch.empty(maps.shape[1], width + 1), -bound, bound, generator(seed, "regressor"))
            for seed in pool.seeds
        ]
        stacked = torch.stack([start for start in starts for _ in arms]).to(pool.dtype)
        self.regressor = stacked.requires_grad_()  # (seeds · arms of this guide, teacher's channels, width + 1)

    def parameters(self) -> list[Tensor]:
        """The regressors."""
        return [self.regressor]

    def soft(self, answers: CohortOutputs, batch: Batch) -> Tensor:
        maps = answers.maps[self.layer][:, self.mine]  # (seeds, arms, width, h, w, batch)
        seeds, arms, _, *places = maps.shape
        regressed = affine(maps.flatten(0, 1).flatten(2), self.regressor).view(seeds, arms, -1, *places)
        targets = self.targets[self.images.places(batch.rows)].movedim(1, -1)  # (seeds, channels, h, w, batch)
        return losses.hint_loss(regressed, targets.unsqueeze(1))


class Attention(Guide):
    """`losses.attention_loss` between the student's layers and the teacher's blocks, in order.

    The teacher's map is averaged to the student's height and width before it is normalised.
    """

    needs_maps = True

    def __init__(self, arms: list[int], plan_arms: Sequence[Arm], pool: TaughtImages, shapes: list[Shape]) -> None:
        super().__init__(arms, plan_arms, pool.dtype)
        if shapes[0][1:] == (1, 1):
            raise ValueError("method attention needs a student with feature maps, got an MLP: choose a cnn student")
        self.images = pool
        self.targets = []  # per layer (images taught, height · width)
        for maps, shape in zip(pool.teacher_maps(), shapes, strict=False):
            energy = F.adaptive_avg_pool2d(maps.square().mean(1, keepdim=True), (shape[1], shape[2])).flatten(1)
            self.targets.append(F.normalize(energy))

    def soft(self, answers: CohortOutputs, batch: Batch) -> Tensor:
        places = self.images.places(batch.rows)
        targets = [target[places].movedim(1, -1).unsqueeze(1) for target in self.targets]
        return losses.attention_loss([maps[:, self.mine] for maps in answers.maps], targets)


class Relational(Guide):
    """`losses.relational_loss` between the student's last maps and what the teacher's last layer looks at."""

    needs_maps = True

    def __init__(self, arms: list[int], plan_arms: Sequence[Arm], pool: TaughtImages, shapes: list[Shape]) -> None:
        super().__init__(arms, plan_arms, pool.dtype)
        self.images = pool
        self.targets = pool.teacher_maps()[-1].amax((2, 3))  # (images taught, channels)

    def soft(self, answers: CohortOutputs, batch: Batch) -> Tensor:
        features = answers.maps[-1][:, self.mine].flatten(2, -2).mT  # (seeds, arms, batch, values)
        return losses.relational_loss(features, self.targets[self.images.places(batch.rows)].unsqueeze(1))


class TaughtImages:
    """The pool images that any seed learns from, and the teacher's feature maps of them, un-augmented, asked once."""

    def __init__(self, material: Material, subsets: Tensor, seeds: tuple[int, ...], dtype: torch.dtype) -> None:
        self.material, self.seeds, self.dtype = material, seeds, dtype
        self.rows = torch.unique(subsets)  # ascending
        self._maps: list[Tensor] | None = None

    def places(self, rows: Tensor) -> Tensor:
        """Where pool positions stand among these images."""
        return torch.searchsorted(self.rows, rows)

    @torch.no_grad()
    def teacher_maps(self) -> list[Tensor]:
        """Maps of each of the teacher's blocks: (images, channels, h, w). Raises ValueError without a teacher."""
        if self.material.teacher is None:
            raise ValueError("material.teacher must be a teacher for methods that compare features, got None")
        if self._maps is None:
            images = self.material.pool_images[self.rows]
            parts = [self.material.teacher.features(part) for part in torch.split(images, 250)]
            self._maps = [torch.cat(block).to(self.dtype) for block in zip(*parts, strict=True)]
        return self._maps

    def forget(self) -> None:
        """Let the maps go; the guides keep what they need."""
        self._maps = None


FEATURE_GUIDES: dict[str, type[Hints | Attention | Relational]] = {
    "hints": Hints,
    "attention": Attention,
    "relational": Relational,
}


def guides(
    plan_arms: Sequence[Arm], pool: TaughtImages, shapes: list[Shape], assistants: Mapping[str, Tensor] | None = None
) -> list[Guide]:
    """One guide for each method among the arms. shapes: of the student's maps, (width, height, width of the map).

    assistants: what those of `Arm.by` say, by their ids.

    Raises ValueError for an unknown method, a temperature ≤ 0, an alpha outside 0 … 1, or a method that does not fit.
    """
    made: list[Guide] = []
    for arm in plan_arms:
        if not arm.temperature > 0:
            raise ValueError(f"temperature must be > 0, got {arm.temperature}")
        if not 0 <= arm.alpha <= 1:
            raise ValueError(f"alpha must be between 0 and 1, got {arm.alpha}")
    for method, by in dict.fromkeys((arm.method, arm.by) for arm in plan_arms):
        arms = [a for a, arm in enumerate(plan_arms) if (arm.method, arm.by) == (method, by)]
        if by:
            made.append(Assisted(arms, plan_arms, (assistants or {})[by], pool.dtype))
        elif method in LOGIT_LOSSES:
            made.append(Logits(arms, plan_arms, pool.dtype))
        elif method in MARKS:
            made.append(Marked(arms, plan_arms, pool))
        elif method in FEATURE_GUIDES:
            made.append(FEATURE_GUIDES[method](arms, plan_arms, pool, shapes))
        else:
            known = ", ".join((*LOGIT_LOSSES, *MARKS, *FEATURE_GUIDES))
            raise ValueError(f"method must be one of {known}, got {method}")
    pool.forget()
    return made
