"""How good a student is, and how much of its teacher it has.

Logits are (..., n, classes) and results (...), so that many students are measured in one call. Shares are fractions,
0 … 1; logarithms are natural.
"""

import torch
from torch import Tensor, nn

from app.distillation.losses import kl_divergence

ECE_BINS = 15

# ── right and wrong ──────────────────────────────────────────────────────────────────────────────────────────────


NO_ANSWER = -1  # no class


def answers(logits: Tensor) -> Tensor:
    """The class of the largest logit, NO_ANSWER if a logit is not finite: (..., classes) → (...)."""
    return logits.argmax(-1).masked_fill(~logits.isfinite().all(-1), NO_ANSWER)


def accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """Share of images whose largest logit is the label's. logits: (..., n, classes). labels: (n,). Returns (...).

    Logits that are not finite are no right answer.
    """
    return (answers(logits) == labels).double().mean(-1)


def class_accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """`accuracy` on the images of each class: (..., classes); NaN for a class without images."""
    right = (answers(logits) == labels).double()  # (..., n)
    members = nn.functional.one_hot(labels, logits.shape[-1]).double()  # (n, classes)
    return right @ members / members.sum(0)


def worst_class_accuracy(logits: Tensor, labels: Tensor) -> Tensor:
    """The lowest `class_accuracy` of a class that has images. Returns (...)."""
    per_class = class_accuracy(logits, labels)
    return per_class.nan_to_num(nan=torch.inf).amin(-1)


def head_tail_accuracy(
    logits: Tensor, labels: Tensor, learnt_from: Tensor, share: float = 1 / 3
) -> tuple[Tensor, Tensor]:
    """`accuracy` on the classes that were seen most (head) and least (tail) often while learning.

    logits: (..., n, classes). labels: (n,) of the test images. learnt_from: (classes,), how many images of each class
    the student learnt from. share: 0 … 0.5 of the classes, rounded, at least one; among equals the lower class number
    counts as more frequent. Returns two (...), NaN if the test images have no such class.
    Raises ValueError if share is outside. As "many-shot" and "few-shot" in Liu et al. 2019.
    """
    if not 0 < share <= 0.5:
        raise ValueError(f"share must be > 0 and <= 0.5, got {share}")
    classes = learnt_from.argsort(descending=True, stable=True)
    count = max(1, round(share * len(classes)))

    def on(group: Tensor) -> Tensor:
        rows = torch.isin(labels, group)
        return accuracy(logits[..., rows, :], labels[rows])

    return on(classes[:count]), on(classes[-count:])


# ── student and teacher ──────────────────────────────────────────────────────────────────────────────────────────


def agreement(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Share of images on which student and teacher give the same answer ("fidelity" of Stanton et al. 2021).

    student_logits: (..., n, classes). teacher_logits: (n, classes). Returns (...).
    """
    said = answers(student_logits)
    return ((said == answers(teacher_logits)) & (said != NO_ANSWER)).double().mean(-1)


def agreement_where_wrong(student_logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
    """`agreement` over the images that the teacher gets wrong; NaN if it gets none wrong."""
    wrong = answers(teacher_logits) != labels
    return agreement(student_logits[..., wrong, :], teacher_logits[wrong])


def kl_to_teacher(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Mean ``KL(teacher ‖ student)`` at T = 1. Shapes as in `agreement`. Returns (...), ≥ 0."""
    return kl_divergence(teacher_logits.log_softmax(-1), student_logits.log_softmax(-1)).mean(-1)


def recovered_gap(distilled: float, alone: float, teacher: float) -> float | None:
    """How much of the way from the student alone to its teacher distillation went: ``(S_kd − S) / (Teacher − S)``.

    Accuracies in one unit. Below 0 if distillation hurt, above 1 if the student beats its teacher: never
    clipped. None, for undefined, if the teacher is no better than the student alone.
    """
    return (distilled - alone) / (teacher - alone) if teacher > alone else None


def linear_cka(features: Tensor, others: Tensor) -> Tensor:
    """Linear centred kernel alignment of two representations of the same images: 0 … 1.

    features: (n, p). others: (n, q). Unchanged by rotations and by a common scale of either. NaN if a
    representation is constant. Kornblith et al. 2019, eq. 3 with linear kernels.
    """
    x, y = features - features.mean(0), others - others.mean(0)
    norms: Tensor = torch.linalg.matrix_norm(x.T @ x) * torch.linalg.matrix_norm(y.T @ y)
    return (x.T @ y).square().sum() / norms


# ── probabilities ────────────────────────────────────────────────────────────────────────────────────────────────


def nll(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean negative log-likelihood of the labels. logits: (..., n, classes). labels: (n,). Returns (...), ≥ 0."""
    return -logits.log_softmax(-1)[..., torch.arange(len(labels)), labels].mean(-1)


def brier(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean squared distance of probabilities and one-hot labels, summed over classes: 0 … 2. Brier 1950."""
    probs = logits.softmax(-1)
    of_label = probs[..., torch.arange(len(labels)), labels]
    return (probs.square().sum(-1) - 2 * of_label + 1).mean(-1)


def ece(logits: Tensor, labels: Tensor, bins: int = ECE_BINS) -> Tensor:
    """Expected calibration error: how far confidence and accuracy are apart, averaged over bins by their size.

    logits: (..., n, classes). labels: (n,). bins of equal width: bin k holds confidences in (k / bins, (k + 1) / bins].
    Returns (...), 0 … 1. Naeini et al. 2015; Guo et al. 2017, eq. 3.
    """
    confidence, answer = logits.softmax(-1).max(-1)
    bin_of = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    gap = confidence - (answer == labels).to(confidence.dtype)
    gap_sums = torch.zeros(*gap.shape[:-1], bins, dtype=gap.dtype).scatter_add(-1, bin_of, gap)
    return gap_sums.abs().sum(-1) / gap.shape[-1]


def entropy(logits: Tensor) -> Tensor:
    """Mean entropy of the answers: 0 … log(classes). logits: (..., n, classes). Returns (...)."""
    log_probs = logits.log_softmax(-1)
    return -(log_probs.exp() * log_probs).sum(-1).mean(-1)
