"""The bug lab: its plain loop is the core's, each mistake is one, and a healthy student never notices."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.catalog.bugs import BUGS
from app.catalog.declared import Arm
from app.distillation import bug_lab, losses
from app.distillation.bug_lab import LOOPS, PlainLoop
from app.distillation.datasets import Material, teacher_logits
from app.distillation.progress import Update, train
from app.distillation.training import Point, Training
from tests.distillation import small
from tests.distillation.small import rejects
from tests.distillation.test_known_bugs import (
    can_be_sure,
    depends_on_the_student,
    has_the_logit_matching_limit,
    is_a_divergence,
    is_the_batch_mean_of_kl,
    pair,
    some_labels,
)

# PyTorch itself warns of "mean"; the mistake is made on purpose
pytestmark = pytest.mark.filterwarnings("ignore:reduction. .mean. divides:UserWarning")
METHODS = ("order_of_cache", "roles", "answer", "ask", "soft_loss", "total")
ONE_OF_EACH = tuple(dataclasses.replace(small.KD, bug=bug) for bug in BUGS)


def trained(training: Training) -> Training:
    while training.update < training.updates:
        training.step()
    return training


# ── what is shown is what runs ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0])
def test_the_plain_loop_computes_what_the_core_computes(temperature: float) -> None:
    (z, v), y, loop = pair(), some_labels(), PlainLoop()
    torch.testing.assert_close(loop.soft_loss(z, v, temperature), losses.soft_loss(z, v, temperature))
    hard, soft = F.cross_entropy(z, y), loop.soft_loss(z, v, temperature)
    torch.testing.assert_close(hard, losses.hard_loss(z, y))
    torch.testing.assert_close(loop.total(hard, soft, 0.7), losses.mixed(hard, soft, 0.7)["total"])


def test_every_bug_has_a_loop_that_differs_in_one_method() -> None:
    assert list(LOOPS) == list(BUGS)
    for bug, loop in LOOPS.items():
        assert sum(method in vars(loop) for method in METHODS) == 1, bug
        assert loop.asks_in_the_loop == BUGS[bug].asks
        assert issubclass(loop, PlainLoop) and loop.__bases__ == (PlainLoop,)


class AskingLoop(PlainLoop):
    """A healthy loop that asks the teacher itself."""

    asks_in_the_loop = True


@pytest.mark.parametrize("loop", [PlainLoop, AskingLoop])
def test_a_healthy_loop_trains_as_the_core_does(
    material: Material, monkeypatch: pytest.MonkeyPatch, loop: type[PlainLoop]
) -> None:
    """So that whatever a bug changes comes from its one line."""
    monkeypatch.setitem(LOOPS, "mean", loop)
    plan = small.SmallPlan(arms=(small.LABELS, small.KD, dataclasses.replace(small.KD, bug="mean")))
    training = trained(Training(plan, material, dtype=torch.float64))
    weights = training.weights()
    for name in [name for name in weights if name.startswith("arm1.")]:
        torch.testing.assert_close(weights[name.replace("arm1", "arm2")], weights[name], rtol=1e-3, atol=1e-5)


# ── a healthy student never notices ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stacked", [True, False])
def test_healthy_arms_beside_a_bug_are_what_they_would_be_beside_a_healthy_one(
    material: Material, stacked: bool
) -> None:
    healthy = Arm("distilled", "kd", 10.0, 0.5)
    for bug in BUGS:
        plans = [
            small.SmallPlan(arms=(small.LABELS, small.KD, third))
            for third in (healthy, dataclasses.replace(healthy, bug=bug))
        ]
        beside_healthy, beside_bug = (Training(plan, material, stacked=stacked) for plan in plans)
        for _ in range(beside_healthy.updates):
            one, other = beside_healthy.step(), beside_bug.step()
            assert all(torch.equal(one[name][:2], other[name][:2]) for name in one)
        weights, others = beside_healthy.weights(), beside_bug.weights()
        twins = [name for name in weights if not name.startswith("arm2.")]
        assert all(torch.equal(weights[name], others[name]) for name in twins)
        thirds = [name for name in weights if name.startswith("arm2.")]
        assert not all(torch.equal(weights[name], others[name]) for name in thirds), f"{bug} does nothing"


def test_without_a_bug_nothing_is_diagnosed_and_the_state_is_as_ever(material: Material) -> None:
    training = Training(small.SmallPlan(), material)
    assert not training._bug_lab and training.evaluate().diagnostics == {}
    assert not any("teacher" in name for name in training.state())


def test_the_shipped_teacher_stays_as_it_is(material: Material) -> None:
    assert material.teacher is not None
    said = teacher_logits(material.teacher, material.test_images)
    for point in train(Training(small.SmallPlan(arms=(small.KD, *ONE_OF_EACH)), material)):
        assert point is not None
    assert small.digest(material.teacher.state_dict()) == material.teacher_digest
    assert torch.equal(teacher_logits(material.teacher, material.test_images), said)
    assert all(parameter.grad is None for parameter in material.teacher.parameters())


@pytest.mark.parametrize("pause_at", [0, 2, 5])
def test_a_pause_changes_nothing(material: Material, pause_at: int) -> None:
    plan = small.SmallPlan(arms=(small.LABELS, small.KD, *ONE_OF_EACH))
    straight, paused, resumed = (Training(plan, material) for _ in range(3))
    trained(straight)
    for _ in range(pause_at):
        paused.step()
    resumed.step()
    resumed.restore(paused.state())
    trained(resumed)
    assert {n: v.tolist() for n, v in resumed.state().items()} == {n: v.tolist() for n, v in straight.state().items()}
    one, other = resumed.diagnose(), straight.diagnose()
    assert all(torch.equal(one[name].nan_to_num(-9), other[name].nan_to_num(-9)) for name in one)


def test_looking_changes_nothing(material: Material) -> None:
    plan = small.SmallPlan(arms=(small.LABELS, small.KD, *ONE_OF_EACH))
    looked_at, left_alone = Training(plan, material), trained(Training(plan, material))
    while looked_at.update < looked_at.updates:
        looked_at.diagnose()
        looked_at.step()
    assert small.digest(looked_at.weights()) == small.digest(left_alone.weights())
    assert small.digest(looked_at.state()) == small.digest(left_alone.state())


@pytest.mark.parametrize("arm", [Arm("distilled", "kd", 4.0, 0.5, "typo"), Arm("distilled", "logits", 1.0, 0.5, "cut")])
def test_an_unknown_bug_and_a_method_without_bugs_are_refused(material: Material, arm: Arm) -> None:
    with pytest.raises(ValueError, match=f"bug must be one of mean, .* got {arm.bug}"):
        Training(small.SmallPlan(arms=(small.LABELS, arm)), material)
    without, plan = dataclasses.replace(material, teacher=None), small.SmallPlan(arms=ONE_OF_EACH)
    with pytest.raises(ValueError, match=r"material\.teacher"):
        Training(plan, without)


# ── the property that catches it ─────────────────────────────────────────────────────────────────────────────────


def loss_is_the_formula(loop: PlainLoop) -> None:
    z, v = pair()
    is_the_batch_mean_of_kl(loop.soft_loss, z, v, 4.0)


def loss_has_its_limit(loop: PlainLoop) -> None:
    z, v = pair()
    has_the_logit_matching_limit(loop.soft_loss, z, v)


def loss_is_a_divergence(loop: PlainLoop) -> None:
    z, v = pair()
    is_a_divergence(loop.soft_loss, z, v, 4.0)


def sure_and_right_costs_nothing(loop: PlainLoop) -> None:
    can_be_sure(lambda z, y: F.cross_entropy(loop.answer(nn.Identity(), z), y))


def gradient_reaches_the_student(loop: PlainLoop) -> None:
    z, v = pair()
    depends_on_the_student(loop.soft_loss, z, v)


def the_student_learns(loop: PlainLoop) -> None:
    student, teacher = nn.Linear(2, 2), nn.Linear(2, 2)
    assert loop.roles(student, teacher) == (student, teacher)


def kept_answers_are_in_step(loop: PlainLoop) -> None:
    v = pair(batch=20)[1]
    assert torch.equal(v[loop.order_of_cache(20, torch.Generator().manual_seed(0))], v)


def the_same_in_other_company(loop: PlainLoop) -> None:
    teacher = small.random_teacher()
    images = small.small_material().pool_images[:16]
    before = small.digest(teacher.state_dict())
    torch.testing.assert_close(loop.ask(teacher, images)[:8], loop.ask(teacher, images[:8]), rtol=0, atol=1e-4)
    assert small.digest(teacher.state_dict()) == before


def alpha_weighs_the_teacher(loop: PlainLoop) -> None:
    hard, soft = torch.tensor(3.0), torch.tensor(5.0)
    assert float(loop.total(hard, soft, 0.0)) == 3 and float(loop.total(hard, soft, 1.0)) == 5


CAUGHT_BY: dict[str, Callable[[PlainLoop], None]] = {
    "mean": loss_is_the_formula,
    "no-t2": loss_has_its_limit,
    "no-log": loss_is_a_divergence,
    "twice": sure_and_right_costs_nothing,
    "cut": gradient_reaches_the_student,
    "swapped": the_student_learns,
    "shuffled": kept_answers_are_in_step,
    "train-mode": the_same_in_other_company,
    "alpha": alpha_weighs_the_teacher,
}


@pytest.mark.parametrize("bug", BUGS)
def test_each_is_caught_by_the_property_that_a_healthy_loop_has(bug: str) -> None:
    CAUGHT_BY[bug](PlainLoop())
    rejects(CAUGHT_BY[bug], LOOPS[bug]())


# ── what tells it apart while it trains ──────────────────────────────────────────────────────────────────────────


def last_point(training: Training) -> Point:
    return [progress for progress in train(training) if not isinstance(progress, Update)][-1]


def test_diagnostics_of_every_arm(material: Material) -> None:
    arms = (small.LABELS, small.KD, *ONE_OF_EACH)
    found = last_point(Training(small.SmallPlan(arms=arms, epochs=8), material)).diagnostics
    assert all(values.shape == (len(arms), 3) for values in found.values())
    of = {name: dict(zip(("labels", "", *BUGS), values, strict=True)) for name, values in found.items()}
    assert bool((of["share"]["labels"] == 0).all()) and bool((of["share"]["cut"] == 0).all())
    assert bool((of["share"]["mean"] < of["share"][""]).all()) and bool((of["share"]["no-t2"] < of["share"][""]).all())
    assert bool(of["share"]["swapped"].isnan().all()), "nothing pulls at a student that does not learn"
    assert bool(of["soft"]["labels"].isnan().all()) and bool(of["right_targets"]["labels"].isnan().all())
    assert bool((of["soft"]["no-log"] < 0).all()), "no divergence is negative"
    assert bool((of["confidence"]["twice"] <= 0.232).all()) and bool((of["hard"]["twice"] >= 1.461).all())
    assert bool((of["drift"]["swapped"] > 0).all()) and bool((of["drift"]["train-mode"] > 0).all())
    untouched = [bug for bug in of["drift"] if bug not in ("swapped", "train-mode")]
    assert all(bool((of["drift"][bug] == 0).all()) for bug in untouched)


def test_the_share_is_that_of_the_gradients(material: Material) -> None:
    """By hand, for the healthy arm, on the images that are looked at."""
    training = Training(small.SmallPlan(arms=(small.LABELS, small.KD, ONE_OF_EACH[0]), labels=8), material)
    share = training.diagnose()["share"][1, 0]
    rows = training.subsets[0]
    z = training.cohort.answer(training._images[rows].unsqueeze(0).expand(3, -1, -1, -1, -1)).logits[0, 1].detach()
    z.requires_grad_()

    def pull(loss: Tensor) -> float:
        return float(torch.autograd.grad(loss, z)[0].norm())

    hard = 0.1 * pull(F.cross_entropy(z, material.pool_labels[rows]))
    soft = 0.9 * pull(losses.soft_loss(z, material.pool_logits[rows], small.KD.temperature))
    assert float(share) == pytest.approx(soft / (hard + soft), rel=1e-4)


def test_targets_that_are_used_are_those_that_are_judged(material: Material) -> None:
    right = dataclasses.replace(material, pool_logits=10 * F.one_hot(material.pool_labels, 10).float())
    arms = (small.LABELS, small.KD, dataclasses.replace(small.KD, bug="shuffled"))
    found = Training(small.SmallPlan(arms=arms), right).diagnose()["right_targets"]
    assert bool((found[1] == 1).all()) and bool((found[2] < 0.6).all())


def test_a_bug_is_the_seeds_own(material: Material) -> None:
    """Another seed shuffles otherwise, and the same one alike."""
    lab = [bug_lab.BugLab((dataclasses.replace(small.KD, bug="shuffled"),), (1, 2), material, torch.float32)]
    lab.append(bug_lab.BugLab((dataclasses.replace(small.KD, bug="shuffled"),), (1, 2), material, torch.float32))
    assert torch.equal(lab[0].kept[0, 0], lab[1].kept[0, 0])
    assert all(not torch.equal(one, other) for one, other in pairwise(lab[0].kept.values()))


def test_unlabelled_images_are_for_the_soft_loss_of_a_loop_too(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LOOPS, "mean", PlainLoop)
    plan = small.SmallPlan(arms=(small.LABELS, small.KD, dataclasses.replace(small.KD, bug="mean")), unlabelled=16)
    parts = Training(plan, material, dtype=torch.float64).step()
    for part in parts.values():
        torch.testing.assert_close(part[1], part[2])
