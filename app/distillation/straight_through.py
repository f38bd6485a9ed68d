"""Students that compute with rounded weights while they learn: the gradient goes straight through the rounding.

The floats behind the weights move by the gradient that was measured at their rounded values, and are rounded anew for
the next update. Bengio et al. 2013 call this a straight-through estimator; Courbariaux et al. 2015 trained binary
weights so.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.packing import Rounded


class RoundedCohort(MarkedCohort):
    """Students of stacked layers that begin at trained weights, and whose weights are of a few bits.

    starts: layers of trained students, one for each seed, (seeds, out, in + 1), biases last, which are not rounded.
    code: the grid; each output keeps the scale that fits its first weights best.
    """

    def __init__(
        self,
        student: str,
        data: str,
        seeds: Sequence[int],
        lessons: Lessons,
        starts: Sequence[Tensor],
        code: Rounded,
        **settings: Any,
    ) -> None:
        super().__init__(student, data, seeds, lessons, **settings)
        arms = len(lessons.alphas)
        self._code = code
        self._scales = [scales_of(start, code).repeat_interleave(arms, 0) for start in starts]
        for layer, start in zip(self.cohort.parameters(), starts, strict=True):
            layer.data.copy_(start.detach().repeat_interleave(arms, 0))

    def gradients(self) -> Tensor:
        """The same, measured at the rounded weights."""
        with rounded(self.cohort.parameters(), self._scales, self._code):
            return super().gradients()

    def logits(self, images: Tensor) -> Tensor:
        """The same, of the rounded students."""
        with rounded(self.cohort.parameters(), self._scales, self._code):
            return super().logits(images)


@contextmanager
def rounded(layers: Sequence[Tensor], scales: Sequence[Tensor], code: Rounded) -> Iterator[None]:
    """Let layers have their rounded weights in here. layers: (students, out, in + 1) each, biases last.

    scales: of each layer, (students, out).
    """
    kept = [layer.detach().clone() for layer in layers]
    for layer, of_outputs in zip(layers, scales, strict=True):
        layer.data.copy_(on_grid(layer.detach(), of_outputs, torch.from_numpy(code.levels)))
    try:
        yield
    finally:
        for layer, floats in zip(layers, kept, strict=True):
            layer.data.copy_(floats)


def scales_of(layers: Tensor, code: Rounded) -> Tensor:
    """The scale of each output that fits its weights best, (students, out). layers: (students, out, in + 1)."""
    return torch.stack([torch.from_numpy(code.fit(one[:, :-1].detach().numpy())[1]) for one in layers])


def on_grid(layers: Tensor, scales: Tensor, levels: Tensor) -> Tensor:
    """Each weight at the nearest value of its output's grid. layers: (students, out, in + 1), biases last, which stay.

    scales: (students, out). levels: of the code, in scales, evenly one apart.
    """
    steps = layers[..., :-1] / scales.unsqueeze(-1) - levels[0]
    weights = (steps.round().clamp(0, len(levels) - 1) + levels[0]) * scales.unsqueeze(-1)
    return torch.cat((weights, layers[..., -1:]), -1)
