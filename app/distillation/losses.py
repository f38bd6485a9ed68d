"""What a student is asked to minimise: the hard loss, the soft losses, and their mixture.

Logits are (..., batch, classes), where the leading dimensions are students trained side by side. A loss sums over
classes, averages over the batch and returns one number per student, (...), in nats unless it says otherwise. What
differs between students (temperature, alpha) is a number, or a tensor that broadcasts with (...).

**Alpha is the weight of the soft (teacher's) loss, everywhere**: ``total = (1 - alpha) · hard + alpha · soft``.
Published code uses the letter both ways. Temperature acts on the soft loss only, and only if a formula below has
a T.

========= ====================================================== =========================
method    soft loss, for student logits z and teacher logits v   source
========= ====================================================== =========================
labels    none: alpha counts as 0
kd        T² · KL(softmax(v/T) ‖ softmax(z/T))                   Hinton et al. 2015
logits    ‖z − v‖² / (2 · classes), not centred                  Ba & Caruana 2014
dkd       T² · (1 · TCKD + 8 · NCKD)                             Zhao et al. 2022
hints     ½ · mean (regressor(student's maps) − teacher's maps)² Romero et al. 2015
attention ‖a(student) − a(teacher)‖², a: normalised attention    Zagoruyko & Komodakis 2017
smoothing cross-entropy with the uniform distribution            Szegedy et al. 2016
named     cross-entropy with the teacher's top class             Lee 2013
========= ====================================================== =========================

`marks` has those whose loss is that of kd, with something else in the place of v.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

DECOUPLED_TARGET, DECOUPLED_NON_TARGET = 1.0, 8.0  # α and β of Zhao et al. 2022, for most of their pairs
DOUBLE_FROM = 100.0  # temperature, far beyond those that anyone trains with: limits are looked at there


# ── the two terms of Hinton et al. ───────────────────────────────────────────────────────────────────────────────


def hard_loss(student_logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy with the labels: ``-log softmax(z)[y]``.

    student_logits: (..., batch, classes). labels: (..., batch) int64. Returns (...), ≥ 0.
    """
    log_probs = student_logits.log_softmax(-1)
    labels = labels.expand(log_probs.shape[:-1]).unsqueeze(-1)
    return -log_probs.gather(-1, labels).squeeze(-1).mean(-1)


def soft_loss(student_logits: Tensor, teacher_logits: Tensor, temperature: float | Tensor) -> Tensor:
    """Soft targets: ``T² · KL(softmax(v/T) ‖ softmax(z/T))``.

    The factor T² keeps the gradient, ``T · (softmax(z/T) − softmax(v/T)) / batch``, on one scale for every T. From
    `DOUBLE_FROM` on it is computed in float64: T² makes too much of the rounding of nearly equal answers.

    student_logits z, teacher_logits v: (..., batch, classes). temperature T: > 0, without unit. Returns (...), ≥ 0 up
    to rounding. Raises ValueError if a temperature is not positive. Hinton et al. 2015, eq. 1, section 2.
    """
    teacher_log_probs = softened(teacher_logits, temperature)
    student_log_probs = softened(student_logits, temperature)
    divergence = kl_divergence(teacher_log_probs, student_log_probs).mean(-1)
    return (per_student(temperature, student_logits) ** 2 * divergence).to(student_logits.dtype)


def softened(logits: Tensor, temperature: float | Tensor) -> Tensor:
    """``log softmax(logits / T)``: (..., batch, classes) → the same shape, in float64 from T = `DOUBLE_FROM` on.

    temperature T: > 0. Raises ValueError if it is not. Hinton et al. 2015, eq. 1.
    """
    of_student = per_student(temperature, logits)
    if not bool((of_student > 0).all()):
        raise ValueError(f"temperature must be > 0, got {float(of_student.min())}")
    if bool((of_student >= DOUBLE_FROM).any()):
        logits = logits.double()
    return (logits / of_student[..., None, None]).log_softmax(-1)


def kl_divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    """``KL(p ‖ q) = Σ p · (log p − log q)`` over the last dimension.

    log_p, log_q: (..., classes) log-probabilities; log_p may be −inf. Returns (...), in nats, ≥ 0 up to rounding; NaN
    if there is one in log_p or log_q.
    """
    return torch.where(log_p == -torch.inf, 0.0, log_p.exp() * (log_p - log_q)).sum(-1)


def mixed(hard: Tensor, soft: Tensor, alpha: float | Tensor) -> dict[str, Tensor]:
    """The parts of a loss: hard, soft, and total = (1 − alpha) · hard + alpha · soft.

    hard, soft: (...). alpha: 0 … 1, the weight of the soft loss. Raises ValueError if alpha is outside.
    """
    weight = per_student(alpha, hard)
    if not bool(((weight >= 0) & (weight <= 1)).all()):
        raise ValueError(f"alpha must be between 0 and 1, got {alpha}")
    return {"hard": hard, "soft": soft, "total": (1 - weight) * hard + weight * soft}


def per_student(number: float | Tensor, like: Tensor) -> Tensor:
    """A number, or one number per student, as a tensor in the precision of `like`."""
    return torch.as_tensor(number, dtype=like.dtype)


# ── other soft losses on logits ──────────────────────────────────────────────────────────────────────────────────


def logit_loss(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Logit matching: ``‖z − v‖² / (2 · classes)``, not centred; in squared logits.

    With logits centred per image this is the limit of `soft_loss` for T → ∞ (Hinton et al. 2015, eq. 4). It is not
    centred here: unlike a softmax it also asks for the teacher's mean logit. Temperature plays no part.

    student_logits z, teacher_logits v: (..., batch, classes). Returns (...), ≥ 0. Ba & Caruana 2014, eq. 1.
    """
    return 0.5 * (student_logits - teacher_logits).square().mean(-1).mean(-1)


def smoothing_loss(student_logits: Tensor) -> Tensor:
    """Cross-entropy with the uniform distribution: ``−Σ log softmax(z) / classes``.

    Mixed with weight alpha it is ``F.cross_entropy(z, y, label_smoothing=alpha)``: a teacher that finds all classes
    equally likely, at T = 1, plus the constant alpha · log(classes). The control without a teacher.

    student_logits z: (..., batch, classes). Returns (...), ≥ log(classes). Szegedy et al. 2016, section 7.
    """
    return -student_logits.log_softmax(-1).mean(-1).mean(-1)


def decoupled_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    labels: Tensor,
    temperature: float | Tensor,
    target_weight: float = DECOUPLED_TARGET,
    non_target_weight: float = DECOUPLED_NON_TARGET,
) -> dict[str, Tensor]:
    """Decoupled distillation: ``T² · (target_weight · TCKD + non_target_weight · NCKD)``.

    TCKD compares the two-way split "the label's class or another"; NCKD compares the other classes among themselves.
    With p the teacher's probability of the label's class, ``KL = TCKD + (1 − p) · NCKD``: plain distillation mutes
    NCKD on images of which the teacher is sure, and the weights here do not. With 2 classes NCKD is 0.

    student_logits, teacher_logits: (..., batch, classes). labels: (..., batch). temperature T: > 0. weights: ≥ 0.
    Returns parts, each (...): "target" T²·TCKD, "non_target" T²·NCKD, "soft" their weighted sum. Raises ValueError
    if a temperature is not positive. Zhao et al. 2022, eq. 7.
    """
    labels = labels.expand(student_logits.shape[:-1])
    target, non_target = decoupled(softened(student_logits, temperature), softened(teacher_logits, temperature), labels)
    scale = per_student(temperature, student_logits) ** 2
    target, non_target = ((scale * part.mean(-1)).to(student_logits.dtype) for part in (target, non_target))
    return {
        "target": target,
        "non_target": non_target,
        "soft": target_weight * target + non_target_weight * non_target,
    }


def decoupled(student_log_probs: Tensor, teacher_log_probs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """TCKD and NCKD of each image: log-probs (..., batch, classes) and labels (..., batch) → two (..., batch)."""
    is_label = torch.zeros_like(student_log_probs, dtype=torch.bool).scatter_(-1, labels.unsqueeze(-1), True)

    def split(log_probs: Tensor) -> tuple[Tensor, Tensor]:
        of_label = log_probs.masked_fill(~is_label, -torch.inf).logsumexp(-1)
        others = log_probs.masked_fill(is_label, -torch.inf)
        return torch.stack((of_label, others.logsumexp(-1)), -1), others.log_softmax(-1).masked_fill(is_label, 0)

    teacher_split, teacher_others = split(teacher_log_probs)
    student_split, student_others = split(student_log_probs)
    differences = teacher_others.exp() * (teacher_others - student_others)  # 0 at the label: log-probs are 0 there
    return kl_divergence(teacher_split, student_split), differences.sum(-1)


# ── soft losses on features ──────────────────────────────────────────────────────────────────────────────────────
# Maps are (..., channels, height, width, batch): a cohort keeps the batch innermost.


def hint_loss(regressed_maps: Tensor, teacher_maps: Tensor) -> Tensor:
    """FitNet hints: ``½ · mean (r(h) − t)²`` over channels, positions and batch.

    regressed_maps r(h): the student's middle maps, brought to the teacher's channels by a regressor that learns along
    and belongs to neither network. teacher_maps t: the teacher's, standardised, so that 0.5 is what a constant
    scores. Both (..., channels, height, width, batch). Returns (...), ≥ 0. Romero et al. 2015, eq. 3, which sums
    where this averages.
    """
    return 0.5 * (regressed_maps - teacher_maps).square().mean((-4, -3, -2, -1))


def attention_map(maps: Tensor) -> Tensor:
    """Where a network looks: the mean square over channels, of length 1.

    maps: (..., channels, height, width, batch). Returns (..., height · width, batch), ≥ 0, with norm 1 over positions
    (0 if a map is all 0). Zagoruyko & Komodakis 2017, F² of section 3.1.
    """
    energy = maps.square().mean(-4).flatten(-3, -2)
    return F.normalize(energy, dim=-2)


def attention_loss(student_maps: list[Tensor], teacher_attention: list[Tensor]) -> Tensor:
    """Attention transfer: ``‖a(student) − a(teacher)‖²`` of every layer's `attention_map`, averaged over layers.

    student_maps: per layer (..., channels, height, width, batch). teacher_attention: per layer
    (..., height · width, batch), norm 1. Returns (...), 0 … 2, without unit. Raises ValueError without layers.
    Zagoruyko & Komodakis 2017, eq. 2, squared as in their code.
    """
    if not student_maps:
        raise ValueError("attention needs a student with feature maps: choose a convolutional one")
    layers = zip(student_maps, teacher_attention, strict=True)
    distances = [(attention_map(maps) - attention).square().sum(-2).mean(-1) for maps, attention in layers]
    return torch.stack(distances).mean(0)
