"""Losses: many students in one call, each with its own numbers; other soft losses; errors."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.distillation import losses

seeds = st.integers(0, 2**31)


def drawn(seed: int, *shape: int) -> Tensor:
    return 3 * torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(seeds)
def test_many_students_in_one_call_are_each_as_if_alone(seed: int) -> None:
    """(seeds, arms, batch, classes), with a temperature and an alpha for each arm."""
    z, v = drawn(seed, 2, 3, 5, 10), drawn(seed + 1, 2, 1, 5, 10)
    y = torch.randint(10, (2, 1, 5), generator=torch.Generator().manual_seed(seed))
    temperature, alpha = torch.tensor([1.0, 4.0, 20.0]), torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    hard, soft = losses.hard_loss(z, y), losses.soft_loss(z, v, temperature)
    parts = losses.mixed(hard, soft, alpha)
    decoupled = losses.decoupled_loss(z, v, y, temperature)["soft"]
    for s in range(2):
        for a in range(3):
            alone, teacher, labels, t = z[s, a], v[s, 0], y[s, 0], float(temperature[a])
            torch.testing.assert_close(hard[s, a], F.cross_entropy(alone, labels))
            log_q, p = (alone / t).log_softmax(-1), (teacher / t).softmax(-1)
            torch.testing.assert_close(soft[s, a], t**2 * F.kl_div(log_q, p, reduction="batchmean"))
            total = (1 - alpha[a]) * hard[s, a] + alpha[a] * soft[s, a]
            torch.testing.assert_close(parts["total"][s, a], total)
            torch.testing.assert_close(decoupled[s, a], losses.decoupled_loss(alone, teacher, labels, t)["soft"])
            torch.testing.assert_close(losses.logit_loss(z, v)[s, a], losses.logit_loss(alone, teacher))
            torch.testing.assert_close(losses.smoothing_loss(z)[s, a], losses.smoothing_loss(alone))


@given(seeds, st.floats(0.3, 50))
def test_softened_is_the_softmax_at_a_temperature(seed: int, temperature: float) -> None:
    z = drawn(seed, 4, 10)
    weights = (z / temperature).exp()
    torch.testing.assert_close(losses.softened(z, temperature).exp(), weights / weights.sum(-1, keepdim=True))
    sharper, softer = losses.softened(z, temperature).exp(), losses.softened(z, 2 * temperature).exp()
    assert bool((softer.max(-1).values <= sharper.max(-1).values).all())
    assert torch.equal(softer.argmax(-1), sharper.argmax(-1))


def test_kl_is_a_loop_over_classes() -> None:
    log_p, log_q = (drawn(seed, 3, 4).log_softmax(-1) for seed in (0, 1))
    by_hand = [
        sum(math.exp(p) * (p - q) for p, q in zip(*rows, strict=True))
        for rows in zip(log_p.tolist(), log_q.tolist(), strict=True)
    ]
    assert losses.kl_divergence(log_p, log_q).tolist() == pytest.approx(by_hand)
    certain = torch.tensor([0.0, -torch.inf])
    assert float(losses.kl_divergence(certain, torch.tensor([0.5, 0.5]).log())) == pytest.approx(math.log(2))


def test_logit_loss_is_the_limit_of_the_soft_loss_for_centred_logits() -> None:
    z, v = drawn(0, 6, 10), drawn(1, 6, 10)
    centred = (z - z.mean(-1, keepdim=True), v - v.mean(-1, keepdim=True))
    limit = losses.soft_loss(z, v, 2000.0)
    assert float(losses.logit_loss(*centred)) == pytest.approx(float(limit), rel=0.01)
    assert float(losses.logit_loss(z, v)) == pytest.approx(float(0.5 * F.mse_loss(z, v)))
    assert float(losses.logit_loss(z, v)) > float(losses.logit_loss(*centred))  # it asks for the mean too


def test_decoupled_parts_and_weights() -> None:
    z, v, y = drawn(0, 6, 10), drawn(1, 6, 10), torch.arange(6)
    parts = losses.decoupled_loss(z, v, y, 4.0)
    assert float(parts["soft"]) == pytest.approx(float(parts["target"] + 8 * parts["non_target"]))
    only_target = losses.decoupled_loss(z, v, y, 4.0, target_weight=2.0, non_target_weight=0.0)
    assert float(only_target["soft"]) == pytest.approx(2 * float(parts["target"]))
    # the definition, without logarithms: a two-way split, and the others renormalised
    p, q = (v / 4).softmax(-1), (z / 4).softmax(-1)
    rows = torch.arange(6)
    p_y, q_y = p[rows, y], q[rows, y]
    split = p_y * (p_y / q_y).log() + (1 - p_y) * ((1 - p_y) / (1 - q_y)).log()
    assert float(parts["target"]) == pytest.approx(float(16 * split.mean()))
    others = torch.ones(6, 10, dtype=torch.bool).scatter_(1, y[:, None], False)
    p_o, q_o = p[others].view(6, 9) / (1 - p_y)[:, None], q[others].view(6, 9) / (1 - q_y)[:, None]
    assert float(parts["non_target"]) == pytest.approx(float(16 * (p_o * (p_o / q_o).log()).sum(-1).mean()))


def test_a_very_sure_teacher_gives_finite_gradients() -> None:
    z, v, y = drawn(0, 4, 10).requires_grad_(), 200 * F.one_hot(torch.arange(4), 10).double(), torch.arange(4)
    for found in (
        losses.soft_loss(z, v, 1.0),
        losses.decoupled_loss(z, v, y, 1.0)["soft"],
        losses.soft_loss(50 * z, v, 1.0),
    ):
        assert bool(found.isfinite())
        assert bool(torch.autograd.grad(found, z)[0].isfinite().all())


def test_hint_loss_is_half_the_mean_square() -> None:
    student, teacher = drawn(0, 2, 3, 4, 5, 5, 6), drawn(1, 2, 1, 4, 5, 5, 6)
    found = losses.hint_loss(student, teacher)
    assert found.shape == (2, 3)
    assert float(found[1, 2]) == pytest.approx(float(0.5 * F.mse_loss(student[1, 2], teacher[1, 0])))
    assert float(losses.hint_loss(teacher, teacher).abs().max()) == 0


def test_attention_maps_are_unit_vectors_blind_to_scale_and_order_of_channels() -> None:
    maps = drawn(0, 2, 3, 4, 5, 5, 6)
    found = losses.attention_map(maps)
    assert found.shape == (2, 3, 25, 6)
    torch.testing.assert_close(found.norm(dim=-2), torch.ones(2, 3, 6, dtype=torch.float64))
    torch.testing.assert_close(losses.attention_map(7 * maps.flip(2)), found)
    assert not bool(losses.attention_map(torch.zeros_like(maps)).isnan().any())  # a student that is dead


def test_attention_loss_averages_layers_and_vanishes_for_equals() -> None:
    layers = [drawn(0, 2, 3, 4, 5, 5, 6).abs(), drawn(1, 2, 3, 8, 3, 3, 6).abs()]
    targets = [losses.attention_map(maps) for maps in layers]
    assert float(losses.attention_loss(layers, targets).abs().max()) < 1e-12
    others = [losses.attention_map(drawn(2, 2, 1, 4, 5, 5, 6)), losses.attention_map(drawn(3, 2, 1, 8, 3, 3, 6))]
    found = losses.attention_loss(layers, others)
    assert found.shape == (2, 3) and bool(((found >= 0) & (found <= 2)).all())
    parts = [losses.attention_loss([m], [o]) for m, o in zip(layers, others, strict=True)]
    torch.testing.assert_close(found, (parts[0] + parts[1]) / 2)
    dead = [torch.zeros_like(maps).requires_grad_() for maps in layers]
    gradients = torch.autograd.grad(losses.attention_loss(dead, others).sum(), dead)
    assert all(bool(g.isfinite().all()) for g in gradients)
    with pytest.raises(ValueError, match="choose a convolutional one"):
        losses.attention_loss([], [])


def test_relational_loss_is_that_of_its_paper() -> None:
    student, teacher = drawn(0, 2, 3, 5, 4), drawn(1, 2, 1, 5, 7)
    found = losses.relational_loss(student, teacher)
    assert found.shape == (2, 3)

    def distances(of: Tensor) -> list[Tensor]:
        pairs = [(of[i] - of[j]).norm() for i, j in itertools.permutations(range(5), 2)]
        return [one / (sum(pairs) / len(pairs)) for one in pairs]

    def cosines(of: Tensor) -> list[Tensor]:
        return [
            F.cosine_similarity(of[i] - of[j], of[k] - of[j], dim=0) for i, j, k in itertools.permutations(range(5), 3)
        ]

    both = [
        F.smooth_l1_loss(torch.stack(how(student[1, 2])), torch.stack(how(teacher[1, 0])))
        for how in (distances, cosines)
    ]
    assert float(found[1, 2]) == pytest.approx(float(both[0] + 2 * both[1]))


def test_relational_loss_is_blind_to_where_and_how_large_all_features_are_together() -> None:
    features, other = drawn(0, 2, 6, 4), drawn(1, 2, 6, 4)
    turned = torch.linalg.qr(drawn(2, 4, 4)).Q
    assert float(losses.relational_loss(features, 3 * features @ turned + 5).abs().max()) < 1e-12
    assert float(losses.relational_loss(features, other).min()) > 0.01
    moved = features + drawn(3, 6, 1)  # each image by itself: that is a relation
    assert float(losses.relational_loss(features, moved).min()) > 1e-3
    one = losses.relational_loss(features[:, :1], other[:, :1])
    assert one.tolist() == [0, 0]


@pytest.mark.parametrize("kind", ["dead", "equal in pairs"])
def test_relational_loss_of_features_in_one_place_has_finite_gradients(kind: str) -> None:
    start = torch.zeros(1, 6, 4) if kind == "dead" else drawn(0, 1, 3, 4).repeat(1, 2, 1)
    features = start.float().requires_grad_()
    loss = losses.relational_loss(features, drawn(1, 1, 6, 4).float())
    gradient = torch.autograd.grad(loss.sum(), features)[0]
    assert bool(loss.isfinite().all()) and float(gradient.abs().max()) < 10


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_must_be_positive(temperature: float) -> None:
    z = drawn(0, 4, 10)
    with pytest.raises(ValueError, match=f"temperature must be > 0, got {temperature}"):
        losses.soft_loss(z, z, temperature)
    with pytest.raises(ValueError, match="temperature must be > 0"):
        losses.soft_loss(z.expand(2, 4, 10), z, torch.tensor([1.0, temperature]))


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_must_be_a_share(alpha: float) -> None:
    with pytest.raises(ValueError, match=f"alpha must be between 0 and 1, got {alpha}"):
        losses.mixed(torch.zeros(1), torch.zeros(1), alpha)


@pytest.mark.parametrize("teacher_says", [math.nan, math.inf])
def test_a_teacher_that_gives_no_number_has_no_finite_loss(teacher_says: float) -> None:
    z, v, y = drawn(0, 4, 10).requires_grad_(), drawn(1, 4, 10), torch.arange(4)
    v[2, 3] = teacher_says
    for found in (losses.soft_loss(z, v, 4.0), losses.decoupled_loss(z, v, y, 4.0)["soft"]):
        assert not bool(found.isfinite()) and not bool(torch.autograd.grad(found, z)[0].isfinite().all())


@pytest.mark.parametrize("temperature", [100.0, 1000.0])
def test_rounding_makes_no_negative_divergence_at_high_temperatures(temperature: float) -> None:
    z = drawn(0, 64, 10).float()
    v, y = z + 1e-2 * drawn(1, 64, 10).float(), torch.arange(64) % 10
    parts = losses.decoupled_loss(z, v, y, temperature) | {"kd": losses.soft_loss(z, v, temperature)}
    exact = losses.decoupled_loss(z.double(), v.double(), y, temperature)
    exact |= {"kd": losses.soft_loss(z.double(), v.double(), temperature)}
    for name, part in parts.items():
        assert part.dtype == torch.float32 and float(part) >= 0
        assert float(part) == pytest.approx(float(exact[name]), rel=1e-5)
    assert float(losses.soft_loss(z, z, temperature)) == 0
