"""What a student is told of an image in place of the teacher's logits, to see what in them teaches.

Each gives logits of the shape of the teacher's, which `losses.soft_loss` then softens as it would soften those: the
same T, the same alpha. With v the teacher's logits, y the label and m the margin of `mean_margin`:

======== ======================================================= =====================================================
shuffled v at its top class; its other values in another order   Furlanello et al. 2018, permuted dark knowledge
equal    v at its top class; all others at their mean            between the two: the top answer alone
even     m at y, 0 elsewhere: the same for every image of y      Yuan et al. 2020, distillation without a teacher
certain  all but infinity at y: a plain label, told at T         the control of T: nothing in it is soft
======== ======================================================= =====================================================

From top to bottom the likeness of classes goes, then the order among them, then all that is said of this image alone.
Müller et al. 2019 show from the other side that evenly softened labels wash the likeness out.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from app.distillation.datasets import generator

CERTAIN = 1e4  # above the others: e to the minus this over T is 0


def shuffled(logits: Tensor, _labels: Tensor, seeds: Sequence[int]) -> Tensor:
    """The logits of all classes but the top one in a random order, for each image and seed another."""
    places = _others(logits)

    def of_seed(seed: int) -> Tensor:
        order = torch.rand(places.shape, generator=generator(seed, "shuffled marks")).argsort(-1)
        return logits.scatter(-1, places, logits.gather(-1, places.gather(-1, order)))

    return torch.stack([of_seed(seed) for seed in seeds])


def equal(logits: Tensor, _labels: Tensor, _seeds: Sequence[int]) -> Tensor:
    """The logits of all classes but the top one at their mean: how sure the teacher is, and of what, stays."""
    places = _others(logits)
    mean = logits.gather(-1, places).mean(-1, keepdim=True)
    return logits.scatter(-1, places, mean.expand(places.shape)).unsqueeze(0)


def even(logits: Tensor, labels: Tensor, _seeds: Sequence[int]) -> Tensor:
    """The label alone, as sure of itself as the teacher is of its answers on average."""
    return evenly(labels, logits).unsqueeze(0)


def certain(logits: Tensor, labels: Tensor, _seeds: Sequence[int]) -> Tensor:
    """The label alone, which no T makes soft: only the student's answers are softened."""
    return (CERTAIN * F.one_hot(labels, logits.shape[-1])).to(logits.dtype).unsqueeze(0)


def evenly(choices: Tensor, logits: Tensor) -> Tensor:
    """Logits of classes (images,) that leave all others alike, as sure of themselves as `logits` are on average."""
    return (mean_margin(logits) * F.one_hot(choices, logits.shape[-1])).to(logits.dtype)


def mean_margin(logits: Tensor) -> Tensor:
    """How far the top logit is above the mean of the others, on average over the images."""
    return (logits.amax(-1) - logits.gather(-1, _others(logits)).mean(-1)).mean()


def _others(logits: Tensor) -> Tensor:
    """The classes but the top one of each image, ascending: (images, classes) → (images, classes − 1)."""
    classes = torch.arange(logits.shape[-1]).expand(logits.shape)
    return classes[classes != logits.argmax(-1, keepdim=True)].view(len(logits), -1)


# Of the teacher's logits (images, classes), labels (images,) and seeds: logits (1 or seeds, images, classes).
MARKS: dict[str, Callable[[Tensor, Tensor, Sequence[int]], Tensor]] = {
    "shuffled": shuffled,
    "equal": equal,
    "even": even,
    "certain": certain,
}


def told(marks: Tensor, rows: Tensor) -> Tensor:
    """Marks (1 or seeds, images, classes) of the images at `rows`, (seeds, batch): (seeds, batch, classes)."""
    return marks[0][rows] if len(marks) == 1 else marks[torch.arange(len(rows)).unsqueeze(1), rows]
