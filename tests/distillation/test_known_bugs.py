"""Bugs of losses that were seen in public distillation code, each with the property that a correct one has.

Every test holds the property against our code and against the bug itself, written out: the property must accept the
one and reject the other. `test_known_bugs_in_training` holds the others of the eighteen; numbers are the table's.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.distillation import losses
from tests.distillation.small import rejects

Loss = Callable[[Tensor, Tensor, float], Tensor]  # student's logits, teacher's logits, temperature

temperatures = st.floats(0.5, 50)
seeds = st.integers(0, 2**31)


def pair(seed: int = 0, batch: int = 6, classes: int = 10, spread: float = 3.5) -> tuple[Tensor, Tensor]:
    """Student's and teacher's logits, (batch, classes), float64."""
    draw = torch.Generator().manual_seed(seed)
    z, v = spread * torch.randn(2, batch, classes, generator=draw, dtype=torch.float64)
    return z, v


def some_labels(seed: int = 0, batch: int = 6, classes: int = 10) -> Tensor:
    return torch.randint(classes, (batch,), generator=torch.Generator().manual_seed(seed))


def gradient(loss: Callable[[Tensor], Tensor], z: Tensor) -> Tensor:
    z = z.clone().requires_grad_()
    (found,) = torch.autograd.grad(loss(z), z, allow_unused=True)
    return torch.zeros_like(z) if found is None else found


# ── the size of the soft loss ────────────────────────────────────────────────────────────────────────────────────


def is_the_batch_mean_of_kl(loss: Loss, z: Tensor, v: Tensor, temperature: float) -> None:
    log_q, p = (z / temperature).log_softmax(-1), (v / temperature).softmax(-1)
    torch.testing.assert_close(
        loss(z, v, temperature), F.kl_div(log_q, p, reduction="batchmean") * temperature**2, rtol=1e-9, atol=1e-12
    )


def averaged_over_classes_too(z: Tensor, v: Tensor, temperature: float) -> Tensor:
    log_q, p = (z / temperature).log_softmax(-1), (v / temperature).softmax(-1)
    return temperature**2 * (p * (p.log() - log_q)).mean()  # F.kl_div's default reduction


@given(seeds, temperatures)
def test_01_kl_is_averaged_over_the_batch_and_summed_over_classes(seed: int, temperature: float) -> None:
    z, v = pair(seed)
    is_the_batch_mean_of_kl(losses.soft_loss, z, v, temperature)
    rejects(is_the_batch_mean_of_kl, averaged_over_classes_too, z, v, temperature)
    exactly = losses.soft_loss(z, v, temperature) / averaged_over_classes_too(z, v, temperature)
    assert float(exactly) == pytest.approx(z.shape[-1])  # "exactly C times smaller"


def has_the_logit_matching_limit(loss: Loss, z: Tensor, v: Tensor) -> None:
    difference = (z - z.mean(-1, keepdim=True)) - (v - v.mean(-1, keepdim=True))
    batch, classes = z.shape
    limit = difference.square().sum(-1).mean() / (2 * classes)
    assert float(loss(z, v, 1000.0)) == pytest.approx(float(limit), rel=0.01)
    found = gradient(lambda z: loss(z, v, 1000.0), z)
    torch.testing.assert_close(found, difference / classes / batch, rtol=0.01, atol=0.01 * float(found.abs().max()))


def without_t_squared(z: Tensor, v: Tensor, temperature: float) -> Tensor:
    return losses.soft_loss(z, v, temperature) / temperature**2


@pytest.mark.parametrize("spread", [3.0, 4.0])
def test_02_t_squared_gives_logit_matching_at_high_temperature(spread: float) -> None:
    z, v = pair(spread=spread)
    has_the_logit_matching_limit(losses.soft_loss, z, v)
    rejects(has_the_logit_matching_limit, without_t_squared, z, v)


def hard_loss_ignores_temperature(total: Callable[[Tensor, float], Tensor], z: Tensor) -> None:
    assert torch.equal(total(z, 1.0), total(z, 20.0))
    assert torch.equal(gradient(lambda z: total(z, 1.0), z), gradient(lambda z: total(z, 20.0), z))


def test_03_at_alpha_0_nothing_depends_on_temperature() -> None:
    (z, v), y = pair(), some_labels()

    def ours(z: Tensor, temperature: float) -> Tensor:
        return losses.mixed(losses.hard_loss(z, y), losses.soft_loss(z, v, temperature), 0.0)["total"]

    def t_squared_on_everything(z: Tensor, temperature: float) -> Tensor:
        return temperature**2 * F.cross_entropy(z, y)

    def softened_hard_loss(z: Tensor, temperature: float) -> Tensor:
        return F.cross_entropy(z / temperature, y)

    hard_loss_ignores_temperature(ours, z)
    rejects(hard_loss_ignores_temperature, t_squared_on_everything, z)
    rejects(hard_loss_ignores_temperature, softened_hard_loss, z)


# ── the distance itself ──────────────────────────────────────────────────────────────────────────────────────────


def is_a_divergence(loss: Loss, z: Tensor, v: Tensor, temperature: float) -> None:
    assert abs(float(loss(z, z, temperature))) < 1e-9
    assert float(loss(z, v, temperature)) / temperature**2 >= -1e-6


def softmax_for_log_softmax(z: Tensor, v: Tensor, temperature: float) -> Tensor:
    q, p = (z / temperature).softmax(-1), (v / temperature).softmax(-1)
    return F.kl_div(q, p, reduction="batchmean") * temperature**2


def one_sided_temperature(z: Tensor, v: Tensor, temperature: float) -> Tensor:
    return F.kl_div(z.log_softmax(-1), (v / temperature).softmax(-1), reduction="batchmean") * temperature**2


@given(seeds, temperatures)
def test_04_a_distribution_has_no_divergence_from_itself(seed: int, temperature: float) -> None:
    z, v = pair(seed)
    is_a_divergence(losses.soft_loss, z, v, temperature)
    rejects(is_a_divergence, softmax_for_log_softmax, z, v, temperature)


@given(seeds, st.floats(1.5, 50))
def test_14_temperature_acts_on_both_sides(seed: int, temperature: float) -> None:
    z, v = pair(seed)
    is_a_divergence(losses.soft_loss, z, v, temperature)
    rejects(is_a_divergence, one_sided_temperature, z, v, temperature)


def can_be_sure(hard_loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    labels = torch.arange(10)
    assert float(hard_loss(30 * torch.eye(10), labels)) < 0.01


@given(seeds, st.floats(0.1, 100))
def test_05_softmax_once(seed: int, spread: float) -> None:
    def softmax_twice(z: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(z.softmax(-1), labels)

    can_be_sure(losses.hard_loss)
    rejects(can_be_sure, softmax_twice)
    z, _ = pair(seed, spread=spread)
    twice = z.softmax(-1).softmax(-1)
    assert float(twice.max()) <= 0.232  # e / (e + 9)
    assert float(softmax_twice(z, z.argmax(-1))) >= 1.461


def mse_of_probabilities(z: Tensor, v: Tensor, temperature: float) -> Tensor:
    return F.mse_loss((z / temperature).softmax(-1), (v / temperature).softmax(-1)) * temperature**2


def test_06_kl_not_squared_error_of_probabilities() -> None:
    z, v = pair()
    has_the_logit_matching_limit(losses.soft_loss, z, v)
    rejects(has_the_logit_matching_limit, mse_of_probabilities, z, v)
    weaker = losses.soft_loss(z, v, 1000.0) / mse_of_probabilities(z, v, 1000.0)
    assert float(weaker) == pytest.approx(10**2 / 2, rel=0.02)  # C²/2


def depends_on_the_student(loss: Loss, z: Tensor, v: Tensor) -> None:
    assert float(gradient(lambda z: loss(z, v, 4.0) + 0 * z.sum(), z).abs().max()) > 1e-6


def test_08_the_loss_depends_on_the_student() -> None:
    def teacher_with_itself(z: Tensor, v: Tensor, temperature: float) -> Tensor:
        return losses.soft_loss(v, v, temperature)

    z, v = pair()
    depends_on_the_student(losses.soft_loss, z, v)
    rejects(depends_on_the_student, teacher_with_itself, z, v)


# ── alpha ────────────────────────────────────────────────────────────────────────────────────────────────────────


def alpha_weighs_the_teacher(total: Callable[[Tensor, Tensor, Tensor, float], Tensor], seed: int) -> None:
    z, v = pair(seed)
    y = some_labels(seed)
    torch.testing.assert_close(total(z, v, y, 0.0), F.cross_entropy(z, y), rtol=1e-12, atol=0)
    assert torch.equal(total(z, v, y, 1.0), total(z, v, y.roll(1) + 1 - (y.roll(1) == 9).long() * 10, 1.0))


@given(seeds)
def test_13_alpha_is_the_weight_of_the_soft_loss(seed: int) -> None:
    def ours(z: Tensor, v: Tensor, y: Tensor, alpha: float) -> Tensor:
        return losses.mixed(losses.hard_loss(z, y), losses.soft_loss(z, v, 4.0), alpha)["total"]

    alpha_weighs_the_teacher(ours, seed)
    rejects(alpha_weighs_the_teacher, lambda z, v, y, alpha: ours(z, v, y, 1 - alpha), seed)


# ── relatives of the soft loss ───────────────────────────────────────────────────────────────────────────────────


def splits_kl(decouple: Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]], seed: int, classes: int) -> None:
    z, v = (logits.log_softmax(-1) for logits in pair(seed, classes=classes))
    y = some_labels(seed, classes=classes)
    target, non_target = decouple(z, v, y)
    p = v.exp().gather(-1, y.unsqueeze(-1)).squeeze(-1)
    assert bool(non_target.isfinite().all())
    torch.testing.assert_close(target + (1 - p) * non_target, losses.kl_divergence(v, z), rtol=1e-9, atol=1e-12)
    if classes == 2:
        assert float(non_target.abs().max()) < 1e-12


@given(seeds, st.sampled_from([2, 3, 10]))
def test_15_decoupled_parts_add_up_and_two_classes_have_no_others(seed: int, classes: int) -> None:
    def others_with_infinities(z: Tensor, v: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        target, _ = losses.decoupled(z, v, y)
        masked = F.one_hot(y, classes).bool()
        log_q, log_p = (x.masked_fill(masked, -torch.inf).log_softmax(-1) for x in (z, v))
        return target, (log_p.exp() * (log_p - log_q)).sum(-1)  # 0 · (−∞ − −∞)

    def others_not_renormalised(z: Tensor, v: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        target, _ = losses.decoupled(z, v, y)
        return target, (v.exp() * (v - z)).masked_fill(F.one_hot(y, classes).bool(), 0).sum(-1)

    splits_kl(losses.decoupled, seed, classes)
    rejects(splits_kl, others_with_infinities, seed, classes)
    rejects(splits_kl, others_not_renormalised, seed, classes)
    z, v = pair(seed, classes=classes)
    y = some_labels(seed, classes=classes)
    assert bool(gradient(lambda z: losses.decoupled_loss(z, v, y, 4.0)["soft"], z).isfinite().all())


def is_a_jensen_shannon_divergence(jsd: Callable[[Tensor, Tensor], Tensor], log_p: Tensor, log_q: Tensor) -> None:
    assert float(jsd(log_p, log_p).abs().max()) < 1e-12
    assert float(jsd(log_p, log_q).min()) >= -1e-12
    assert float(jsd(log_p, log_q).max()) <= math.log(2) + 1e-12
    torch.testing.assert_close(jsd(log_p, log_q), jsd(log_q, log_p))


@given(seeds)
def test_16_jensen_shannon_mixes_probabilities(seed: int) -> None:
    def mixed_as_probabilities(log_p: Tensor, log_q: Tensor) -> Tensor:
        log_m = torch.logaddexp(log_p, log_q) - math.log(2)
        return (losses.kl_divergence(log_p, log_m) + losses.kl_divergence(log_q, log_m)) / 2

    def mixed_in_log_space(log_p: Tensor, log_q: Tensor) -> Tensor:
        log_m = (log_p + log_q) / 2
        return (losses.kl_divergence(log_p, log_m) + losses.kl_divergence(log_q, log_m)) / 2

    log_p, log_q = (logits.log_softmax(-1) for logits in pair(seed))
    is_a_jensen_shannon_divergence(mixed_as_probabilities, log_p, log_q)
    rejects(is_a_jensen_shannon_divergence, mixed_in_log_space, log_p, log_q)


@given(seeds, temperatures, st.floats(-50, 50), st.floats(0.1, 10))
def test_17_what_each_loss_is_blind_to(seed: int, temperature: float, offset: float, scale: float) -> None:
    z, v = pair(seed)
    same = losses.soft_loss(z + offset, v - offset, temperature)
    torch.testing.assert_close(same, losses.soft_loss(z, v, temperature), rtol=1e-6, atol=1e-8)
    moved = losses.logit_loss(z + offset, v)
    assert abs(offset) < 1e-3 or not torch.allclose(moved, losses.logit_loss(z, v), rtol=1e-6, atol=1e-8)

    def standardised(logits: Tensor) -> Tensor:  # Sun et al. 2024, "Logit standardization", eq. 10
        centred = logits - logits.mean(-1, keepdim=True)
        return centred / centred.square().mean(-1, keepdim=True).sqrt()

    def by_shape(z: Tensor) -> Tensor:
        return losses.soft_loss(standardised(z), standardised(v), temperature)

    torch.testing.assert_close(by_shape(scale * z + offset), by_shape(z), rtol=1e-5, atol=1e-8)


@given(seeds)
def test_17_cross_entropy_is_kl_and_entropy(seed: int) -> None:
    z, v = pair(seed)
    p, log_p = v.softmax(-1), v.log_softmax(-1)
    entropy = -(p * log_p).sum(-1).mean()
    torch.testing.assert_close(F.cross_entropy(z, p) - losses.soft_loss(z, v, 1.0), entropy)
    torch.testing.assert_close(
        gradient(lambda z: F.cross_entropy(z, p), z), gradient(lambda z: losses.soft_loss(z, v, 1.0), z)
    )


@given(seeds, st.floats(0, 1))
def test_17_a_uniform_teacher_smooths_labels(seed: int, alpha: float) -> None:
    z, _ = pair(seed)
    y = some_labels(seed)

    def uniform_teacher(z: Tensor) -> Tensor:
        return losses.mixed(losses.hard_loss(z, y), losses.soft_loss(z, torch.zeros_like(z), 1.0), alpha)["total"]

    def smoothing(z: Tensor) -> Tensor:
        return losses.mixed(losses.hard_loss(z, y), losses.smoothing_loss(z), alpha)["total"]

    def reference(z: Tensor) -> Tensor:
        return F.cross_entropy(z, y, label_smoothing=alpha)

    torch.testing.assert_close(smoothing(z), reference(z))
    torch.testing.assert_close(reference(z) - uniform_teacher(z), torch.tensor(alpha * math.log(10)).double())
    torch.testing.assert_close(gradient(uniform_teacher, z), gradient(reference, z), rtol=1e-7, atol=1e-12)


# ── the gradient ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0, 20.0])
def test_gradient_is_temperature_times_the_difference_of_probabilities(temperature: float) -> None:
    z, v = pair()
    q, p = (z / temperature).softmax(-1), (v / temperature).softmax(-1)
    exact = temperature * (q - p) / len(z)
    torch.testing.assert_close(gradient(lambda z: losses.soft_loss(z, v, temperature), z), exact, rtol=0, atol=1e-12)
    step = 1e-4
    numeric = torch.zeros_like(z)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            shift = torch.zeros_like(z)
            shift[i, j] = step
            up, down = losses.soft_loss(z + shift, v, temperature), losses.soft_loss(z - shift, v, temperature)
            numeric[i, j] = (up - down) / (2 * step)
    torch.testing.assert_close(numeric, exact, rtol=0, atol=1e-8)
