"""What tells a sick training from a healthy one while it runs: measured on a few training images. Changes nothing.

The property that finds a bug for certain is a test; these are the numbers that make one suspicious.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from app.catalog.bugs import PROBED
from app.distillation import metrics
from app.distillation.bug_lab import LossInputs
from app.distillation.datasets import generator

Parts = Callable[[Tensor, dict[int, LossInputs]], Mapping[str, Tensor]]


def probed(subset: Tensor, seed: int) -> Tensor:
    """Which of a seed's labelled images are looked at: positions in the pool, the same at every evaluation."""
    order = torch.randperm(len(subset), generator=generator(seed, "probe"))
    return subset[order[:PROBED]]


def diagnosis(logits: Tensor, labels: Tensor, targets: Tensor, taught: Tensor, parts_of: Parts) -> dict[str, Tensor]:
    """Measure the losses of one batch: a dict of (arms, seeds), NaN if a student has no such number.

    logits: what the students say, (seeds, arms, batch, classes). labels: (seeds, batch). targets: what the teacher said
    to these images, (seeds, batch, classes). taught: (arms,), which arms have a soft loss at all. parts_of: gives the
    parts of the losses of such logits, each (seeds, arms), and what the losses of arms with a bug heard.

    - hard, soft: parts of the loss, in nats.
    - share: of the pull at the student's logits, what comes from the soft loss, 0 … 1. The pull of a part is the
      length of its gradient there, times its weight.
    - right_targets: share of images for which the class that the soft loss calls the likeliest is the label's.
    - confidence: the largest probability that the hard loss sees in any answer.
    """
    leaf = logits.detach().requires_grad_()
    heard: dict[int, LossInputs] = {}
    parts = parts_of(leaf, heard)
    pulls = []
    for part in (parts["hard"], parts["soft"]):
        weight = _gradient(parts["total"], part)
        pulls.append((weight * _gradient(part, leaf).flatten(2).norm(dim=2)).abs())
    hard, soft = pulls
    learner, guide = leaf.detach().clone(), targets.unsqueeze(1).expand_as(leaf).clone()
    for arm, said in heard.items():
        learner[:, arm], guide[:, arm] = said.learner.detach(), said.guide.detach()
    right = (metrics.answers(guide) == labels.unsqueeze(1)).double().mean(-1)
    measured = {
        "hard": parts["hard"].detach(),
        "soft": parts["soft"].detach(),
        "share": soft / (hard + soft),  # 0 / 0 if no part reaches the student
        "right_targets": right,
        "confidence": learner.softmax(-1).amax((-1, -2)),
    }
    for name in ("soft", "right_targets"):
        measured[name] = measured[name].masked_fill(~taught, torch.nan)
    return {name: value.T for name, value in measured.items()}


def _gradient(of: Tensor, at: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(of.sum(), at, retain_graph=True, allow_unused=True)
    return torch.zeros_like(at) if gradient is None else gradient
