"""What a student is asked to minimise: the hard loss, the soft losses, and their mixture.

Logits are (..., batch, classes), where the leading dimensions are students trained side by side. A loss sums over
classes, averages over the batch and returns one number per student, (...), in nats unless it says otherwise. What
differs between students (temperature, alpha) is a number, or a tensor that broadcasts with (...).

**Alpha is the weight of the soft (teacher's) loss, everywhere**: ``total = (1 - alpha) · hard + alpha · soft``.
Published code uses the letter both ways. Temperature acts on the soft loss only, and only if a formula below has
a T.

========== ====================================================== =========================
method     soft loss, for student logits z and teacher logits v   source
========== ====================================================== =========================
labels     none: alpha counts as 0
kd         T² · KL(softmax(v/T) ‖ softmax(z/T))                   Hinton et al. 2015
logits     ‖z − v‖² / (2 · classes), not centred                  Ba & Caruana 2014
dkd        T² · (1 · TCKD + 8 · NCKD)                             Zhao et al. 2022
hints      ½ · mean (regressor(student's maps) − teacher's maps)² Romero et al. 2015
attention  ‖a(student) − a(teacher)‖², a: normalised attention    Zagoruyko & Komodakis 2017
relational Huber of distances + 2 · Huber of cosines              Park et al. 2019
smoothing  cross-entropy with the uniform distribution            Szegedy et al. 2016
named      cross-entropy with the teacher's top class             Lee 2013
========== ====================================================== =========================

`marks` has those whose loss is that of kd, with something else in the place of v.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

DECOUPLED_TARGET, DECOUPLED_NON_TARGET = 1.0, 8.0  # α and β of Zhao et al. 2022, for most of their pairs
ANGLES = 2.0  # weight of angles beside distances, as in Park et al. 2019
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


# ── a soft loss on relations between images ──────────────────────────────────────────────────────────────────────

SAME = 1e-6  # of the mean squared distance: what is nearer counts as the same place, from which nothing has a direction


def relations(features: Tensor) -> tuple[Tensor, Tensor]:
    """How the images of a batch lie to each other: distances of pairs, and cosines of the angles of triplets.

    features: (..., batch, values). Returns distances (..., batch, batch), of mean 1 over pairs of different images, and
    cosines (..., batch, batch, batch): [j, i, k] is that of the angle at image j, between the directions to i and k; 0
    where an image has no direction to another. Neither changes if all features are moved, turned, or scaled.
    Park et al. 2019, eq. 4 and 6.
    """
    centred = features - features.mean(-2, keepdim=True)  # against cancellation
    products = centred @ centred.mT
    lengths = products.diagonal(dim1=-2, dim2=-1)
    squares = lengths.unsqueeze(-1) + lengths.unsqueeze(-2) - 2 * products
    apart = (squares > SAME * squares.mean((-2, -1), keepdim=True)) & different(features.shape[-2], 2)
    distances = torch.where(apart, squares, 1.0).sqrt() * apart  # a root of 0 has no gradient
    both = apart.unsqueeze(-1) & apart.unsqueeze(-2)
    inner = products.unsqueeze(-3) - products.unsqueeze(-1) - products.unsqueeze(-2) + lengths[..., None, None]
    norms = torch.where(both, distances.unsqueeze(-1) * distances.unsqueeze(-2), 1.0)
    mean = over_different(distances, 2).clamp_min(torch.finfo(distances.dtype).tiny)
    return distances / mean[..., None, None], inner / norms * both


def relational_loss(student_features: Tensor, teacher_features: Tensor) -> Tensor:
    """Relational distillation: Huber of the distances of pairs, plus `ANGLES` times Huber of the cosines of triplets.

    Nothing about a single image is compared, so the two may have features of different number and scale. Both are means
    over pairs and triplets of different images; a batch of one image has none, and costs 0.

    student_features, teacher_features: (..., batch, values); the teacher's leading dimensions broadcast.
    Returns (...), ≥ 0, without unit. Park et al. 2019, RKD-DA, eq. 3 to 6.
    """
    of_student, of_teacher = relations(student_features), relations(teacher_features)
    pairs, triplets = (
        over_different(F.smooth_l1_loss(student, teacher.expand_as(student), reduction="none"), images)
        for images, student, teacher in zip((2, 3), of_student, of_teacher, strict=True)
    )
    return pairs + ANGLES * triplets


def different(batch: int, images: int) -> Tensor:
    """True where the images of a pair or a triplet are all different: (batch,) · images, bool."""
    places = torch.meshgrid(*[torch.arange(batch)] * images, indexing="ij")
    return torch.stack([one != other for at, one in enumerate(places) for other in places[:at]]).all(0)


def over_different(values: Tensor, images: int) -> Tensor:
    """The mean of values (..., batch, …) over pairs or triplets of different images: (...), 0 if there are none."""
    mask = different(values.shape[-1], images)
    return (values * mask).flatten(-images).sum(-1) / mask.sum().clamp_min(1)
