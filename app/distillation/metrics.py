"""How good a student is, and how much of its teacher it has. Knows no network and no training.

Logits are (..., n, classes) and results (...), so that many students are measured in one call.
"""

from __future__ import annotations

import torch
from torch import Tensor

ECE_BINS = 15


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of images whose largest logit is the label's. logits: (..., n, classes). labels: (n,). Returns (...)."""
    return (logits.argmax(-1) == labels).double().mean(-1)


def agreement(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Share of images on which student and teacher give the same answer (Stanton et al. 2021, "fidelity").

    student_logits: (..., n, classes). teacher_logits: (n, classes). Returns (...), 0 … 1.
    """
    return (student_logits.argmax(-1) == teacher_logits.argmax(-1)).double().mean(-1)


def agreement_where_wrong(student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
    """`agreement` over the images that the teacher gets wrong; NaN where it gets none wrong."""
    wrong = teacher_logits.argmax(-1) != labels
    return agreement(student_logits[..., wrong, :], teacher_logits[wrong])


def kl_to_teacher(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Mean ``KL(teacher ‖ student)`` at T = 1, in nats. Shapes as in `agreement`. Returns (...), ≥ 0."""
    teacher_log_probs = teacher_logits.log_softmax(-1)
    return (teacher_log_probs.exp() * (teacher_log_probs - student_logits.log_softmax(-1))).sum(-1).mean(-1)


def nll(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean negative log-likelihood of the labels, in nats. logits: (..., n, classes). labels: (n,). Returns (...)."""
    return -logits.log_softmax(-1)[..., torch.arange(len(labels)), labels].mean(-1)


def brier(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean squared distance of probabilities and one-hot labels, summed over classes: 0 … 2 (Brier 1950)."""
    probs = logits.softmax(-1)
    of_label = probs[..., torch.arange(len(labels)), labels]
    return (probs.square().sum(-1) - 2 * of_label + 1).mean(-1)


def ece(logits: Tensor, labels: Tensor, bins: int = ECE_BINS) -> Tensor:
    """Expected calibration error: the gap of confidence and accuracy, averaged over bins of equal width by their size.

    logits: (..., n, classes). labels: (n,). Bin k of `bins` holds confidences in (k / bins, (k + 1) / bins].
    Returns (...), 0 … 1. Guo et al. 2017, eq. 3.
    """
    confidence, answer = logits.softmax(-1).max(-1)
    bin_of = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    gap = confidence - (answer == labels).to(confidence.dtype)
    sums = torch.zeros(*gap.shape[:-1], bins, dtype=gap.dtype).scatter_add(-1, bin_of, gap)
    return sums.abs().sum(-1) / gap.shape[-1]


def entropy(logits: Tensor) -> Tensor:
    """Mean entropy of the answers, in nats: 0 … log(classes). logits: (..., n, classes). Returns (...)."""
    log_probs = logits.log_softmax(-1)
    return -(log_probs.exp() * log_probs).sum(-1).mean(-1)
