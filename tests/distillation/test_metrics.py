"""Metrics against references: closed forms, PyTorch's own functions, and loops that anyone can check."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.distillation import metrics

seeds = st.integers(0, 2**31)


def answers(seed: int = 0, n: int = 60, classes: int = 10) -> tuple[Tensor, Tensor, Tensor]:
    """Logits of 2 × 3 students (2, 3, n, classes) and of a teacher (n, classes), and labels (n,)."""
    draw = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(2, 3, n, classes, generator=draw, dtype=torch.float64)
    teacher = 2 * torch.randn(n, classes, generator=draw, dtype=torch.float64)
    return logits, teacher, torch.randint(classes, (n,), generator=draw)


def one_by_one(measure: Callable[[Tensor], object], logits: Tensor) -> Tensor:
    return torch.tensor([[float(measure(student)) for student in row] for row in logits], dtype=torch.float64)  # type: ignore[arg-type]


@given(seeds)
def test_accuracy_and_agreement_count_images(seed: int) -> None:
    logits, teacher, labels = answers(seed)

    def share(student: Tensor, target: list[int], among: list[int]) -> float:
        right = sum(int(student[i].argmax()) == target[i] for i in among)
        return right / len(among)

    truth, said, everything = labels.tolist(), teacher.argmax(-1).tolist(), list(range(60))
    wrong = [i for i in everything if said[i] != truth[i]]
    found = metrics.accuracy(logits, labels)
    torch.testing.assert_close(found, one_by_one(lambda s: share(s, truth, everything), logits))
    found = metrics.agreement(logits, teacher)
    torch.testing.assert_close(found, one_by_one(lambda s: share(s, said, everything), logits))
    found = metrics.agreement_where_wrong(logits, teacher, labels)
    torch.testing.assert_close(found, one_by_one(lambda s: share(s, said, wrong), logits))


def test_agreement_where_a_perfect_teacher_is_wrong_is_undefined() -> None:
    logits, _, labels = answers()
    assert bool(metrics.agreement_where_wrong(logits, F.one_hot(labels, 10).double(), labels).isnan().all())


def test_class_accuracies() -> None:
    labels = torch.tensor([0, 0, 0, 0, 1, 1, 3])
    logits = F.one_hot(torch.tensor([0, 0, 0, 1, 1, 3, 3]), 4).double()
    per_class = metrics.class_accuracy(logits, labels)
    assert per_class[[0, 1, 3]].tolist() == [0.75, 0.5, 1.0]
    assert bool(per_class[2].isnan())
    assert float(metrics.worst_class_accuracy(logits, labels)) == 0.5
    learnt_from = torch.tensor([100, 5, 50, 20])
    head, tail = metrics.head_tail_accuracy(logits, labels, learnt_from, share=0.25)
    assert (float(head), float(tail)) == (0.75, 0.5)
    head, tail = metrics.head_tail_accuracy(logits, labels, learnt_from, share=0.5)
    assert float(head) == 0.75
    assert float(tail) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match=r"share must be > 0 and <= 0\.5, got 0\.6"):
        metrics.head_tail_accuracy(logits, labels, learnt_from, share=0.6)


@pytest.mark.parametrize("said", [math.nan, math.inf, -math.inf])
def test_logits_that_are_not_finite_are_no_answer(said: float) -> None:
    labels, sure = torch.arange(10).repeat(2), 10 * torch.eye(10).repeat(2, 1).double()
    student = sure.clone()
    student[:10, 0] = said
    assert float(metrics.accuracy(student, labels)) == float(metrics.agreement(student, sure)) == 0.5
    assert float(metrics.agreement(student, student)) == 0.5, "two that say nothing do not agree"
    assert metrics.class_accuracy(student, labels).tolist() == [0.5] * 10


@given(seeds)
def test_class_accuracies_average_to_accuracy(seed: int) -> None:
    logits, _, labels = answers(seed)
    per_class = metrics.class_accuracy(logits, labels)
    assert per_class.shape == (2, 3, 10)
    weights = torch.bincount(labels, minlength=10).double() / len(labels)
    torch.testing.assert_close((per_class.nan_to_num() * weights).sum(-1), metrics.accuracy(logits, labels))
    assert bool((metrics.worst_class_accuracy(logits, labels) <= metrics.accuracy(logits, labels)).all())


@given(seeds)
def test_probabilistic_metrics_match_pytorch(seed: int) -> None:
    logits, teacher, labels = answers(seed)
    close = torch.testing.assert_close
    close(metrics.nll(logits, labels), one_by_one(lambda s: F.cross_entropy(s, labels), logits))

    def kl(student: Tensor) -> Tensor:
        return F.kl_div(student.log_softmax(-1), teacher.softmax(-1), reduction="batchmean")

    close(metrics.kl_to_teacher(logits, teacher), one_by_one(kl, logits))
    one_hot = F.one_hot(labels, 10).double()
    brier = one_by_one(lambda s: F.mse_loss(s.softmax(-1), one_hot, reduction="sum") / len(labels), logits)
    close(metrics.brier(logits, labels), brier)
    entropy = one_by_one(lambda s: torch.special.entr(s.softmax(-1)).sum(-1).mean(), logits)
    close(metrics.entropy(logits), entropy)


def test_probabilistic_metrics_of_the_clueless_and_the_sure() -> None:
    labels = torch.tensor([0, 1, 2, 3])
    clueless, sure = torch.zeros(4, 4).double(), 1000 * torch.eye(4).double()
    assert float(metrics.nll(clueless, labels)) == pytest.approx(math.log(4))
    assert float(metrics.entropy(clueless)) == pytest.approx(math.log(4))
    assert float(metrics.brier(clueless, labels)) == pytest.approx(0.75)
    assert float(metrics.brier(sure, labels)) == float(metrics.nll(sure, labels)) == float(metrics.entropy(sure)) == 0
    assert float(metrics.brier(sure.roll(1, 0), labels)) == 2
    assert float(metrics.kl_to_teacher(clueless, clueless)) == pytest.approx(0)


def brute_force_ece(logits: Tensor, labels: Tensor, bins: int) -> float:
    confidences, said = logits.softmax(-1).max(-1)
    total = 0.0
    for k in range(bins):
        inside = [i for i, c in enumerate(confidences.tolist()) if k / bins < c <= (k + 1) / bins]
        if inside:
            right = sum(said[i] == labels[i] for i in inside) / len(inside)
            total += (
                len(inside) / len(labels) * abs(float(right) - sum(confidences[i].item() for i in inside) / len(inside))
            )
    return total


@given(seeds, st.sampled_from([1, 5, 15]))
def test_ece_matches_a_loop_over_bins(seed: int, bins: int) -> None:
    logits, _, labels = answers(seed)
    torch.testing.assert_close(
        metrics.ece(logits, labels, bins), one_by_one(lambda s: brute_force_ece(s, labels, bins), logits)
    )


def test_ece_of_the_sure() -> None:
    labels, sure = torch.tensor([0, 1, 2, 3]), 1000 * torch.eye(4).double()
    assert float(metrics.ece(sure, labels)) == 0
    assert float(metrics.ece(sure.roll(1, 0), labels)) == 1
    assert metrics.ECE_BINS == 15


def test_the_recovered_gap_is_neither_clipped_nor_made_up() -> None:
    assert metrics.recovered_gap(0.92, 0.88, 0.98) == pytest.approx(0.4)
    assert metrics.recovered_gap(0.99, 0.88, 0.98) == pytest.approx(1.1)  # better than the teacher
    assert metrics.recovered_gap(0.86, 0.88, 0.98) == pytest.approx(-0.2)  # worse than alone
    assert metrics.recovered_gap(0.92, 0.88, 0.88) is None
    assert metrics.recovered_gap(0.92, 0.88, 0.80) is None


def test_linear_cka_matches_hsic_of_gram_matrices() -> None:
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(40, 7, generator=draw).double(), torch.randn(40, 5, generator=draw).double()
    centring = torch.eye(40).double() - 1 / 40

    def hsic(a: Tensor, b: Tensor) -> Tensor:
        return torch.trace(a @ a.T @ centring @ b @ b.T @ centring)

    torch.testing.assert_close(metrics.linear_cka(x, y), hsic(x, y) / (hsic(x, x) * hsic(y, y)).sqrt())
    rotation = torch.linalg.qr(torch.randn(7, 7, generator=draw).double()).Q
    assert float(metrics.linear_cka(x, 3 * x @ rotation + 5)) == pytest.approx(1)
    assert 0 <= float(metrics.linear_cka(x, y)) < 0.6
