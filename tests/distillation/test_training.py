"""Training: deterministic, resumable bit for bit, fair, and silent."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import safetensors.torch
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import declared
from app.catalog.declared import Arm
from app.catalog.families import FAMILIES
from app.distillation import metrics
from app.distillation.checkpoints import write_tensors
from app.distillation.datasets import Material, OfficialTests, generator, labelled_subset
from app.distillation.models import build_student
from app.distillation.progress import Update, train
from app.distillation.training import Point, Training, assistant_marks, decay, first_rate, passed
from tests.distillation import small


def finished(plan: small.SmallPlan, material: Material) -> Training:
    training = Training(plan, material)
    for _ in train(training):
        pass
    return training


@pytest.mark.parametrize("stacked", [True, False])
def test_the_same_plan_gives_the_same_bits(material: Material, stacked: bool) -> None:
    first, second = (Training(small.SmallPlan(arms=small.EVERY_METHOD), material, stacked=stacked) for _ in range(2))
    torch.manual_seed(123)  # global random state plays no part
    for one, other in zip(train(first), train(second), strict=True):
        assert type(one) is type(other)
        if isinstance(one, Update) and isinstance(other, Update):
            assert all(torch.equal(part, other.losses[name]) for name, part in one.losses.items())
        if isinstance(one, Point) and isinstance(other, Point):
            assert torch.equal(one.logits, other.logits) and torch.equal(one.accuracy, other.accuracy)
    assert small.digest(first.weights()) == small.digest(second.weights())


@pytest.mark.parametrize("stacked", [True, False])
@pytest.mark.parametrize("pause_at", [0, 1, 3, 5])
def test_a_pause_changes_nothing(
    material: Material, stacked: bool, pause_at: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also through a file, into a training that has already gone elsewhere, and in the middle of an epoch."""
    plan = small.SmallPlan(arms=small.EVERY_METHOD)
    straight, paused, resumed = (Training(plan, material, stacked=stacked) for _ in range(3))
    for _ in range(straight.updates):
        straight.step()
    for _ in range(pause_at):
        paused.step()
    file = tmp_path_factory.mktemp("state") / "state.safetensors"
    write_tensors(file, paused.state(), {})
    resumed.step()
    resumed.restore(safetensors.torch.load_file(file))
    assert resumed.update == pause_at
    while resumed.update < resumed.updates:
        resumed.step()
    assert small.digest(resumed.weights()) == small.digest(straight.weights())
    assert {n: v.tolist() for n, v in resumed.state().items()} == {n: v.tolist() for n, v in straight.state().items()}


def test_a_state_is_a_copy(material: Material) -> None:
    training = Training(small.SmallPlan(), material)
    training.step()
    state = training.state()
    kept = {name: value.clone() for name, value in state.items()}
    training.step()
    assert all(torch.equal(value, kept[name]) for name, value in state.items())
    training.restore(state)
    training.step()
    assert all(torch.equal(value, kept[name]) for name, value in state.items())


@pytest.mark.parametrize(
    "other",
    [{"seeds": (1, 2, 4)}, {"student": "cnn-9k"}, {"arms": (small.LABELS,)}, {"student": "mlp-30"}],
)
def test_another_plans_state_is_refused(material: Material, other: dict[str, object]) -> None:
    training = Training(small.SmallPlan(), material)
    elsewhere = Training(dataclasses.replace(small.SmallPlan(), **other), material)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="same plan"):
        training.restore(elsewhere.state())


def test_alpha_0_is_labels_only_whatever_the_method(material: Material) -> None:
    arms = (small.LABELS, *(dataclasses.replace(arm, alpha=0.0) for arm in small.EVERY_METHOD[1:]))
    training = finished(small.SmallPlan(arms=arms), material)
    weights = training.weights()
    for name in (name for name in weights if name.startswith("arm0.")):
        for a in range(1, len(arms)):
            torch.testing.assert_close(weights[name.replace("arm0", f"arm{a}")], weights[name], rtol=1e-4, atol=1e-5)


def test_labels_only_is_cross_entropy_with_adamw(material: Material) -> None:
    """The labels arm, written out as anyone would write it."""
    plan = small.SmallPlan(seeds=(7,), arms=(Arm("labels", "labels", 9.0, 0.9),))  # its alpha counts as 0
    training = finished(plan, material)
    student = build_student(declared.STUDENTS[plan.student], small.GREY, generator(7, "weights"))
    optimizer = torch.optim.AdamW(
        student.parameters(), lr=first_rate(plan.student, plan.data), weight_decay=declared.WEIGHT_DECAY
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, training.updates)
    subset = labelled_subset(material.pool_labels, plan.labels, 7)
    for epoch in range(plan.epochs):
        order = subset[torch.randperm(plan.labels, generator=generator(7, "order", epoch))]
        for rows in torch.split(order, declared.BATCH):
            optimizer.zero_grad()
            F.cross_entropy(student(material.pool_images[rows]), material.pool_labels[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    for name, value in student.state_dict().items():
        torch.testing.assert_close(training.weights()[f"arm0.seed0.{name}"], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("arm", small.EVERY_METHOD, ids=lambda arm: f"{arm.method}-{arm.temperature:g}")
def test_every_method_lowers_what_it_minimises(material: Material, arm: Arm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared, "BATCH", 20)
    training = Training(small.SmallPlan(labels=20, epochs=20, arms=(arm,)), material)
    steps = [training.step() for _ in range(training.updates)]
    first, last = steps[0], steps[-1]
    assert bool((last["total"] < first["total"]).all())
    assert arm.alpha < 0.4 or bool((last["soft"] < first["soft"]).all())
    alpha = 0 if arm.method == "labels" else arm.alpha
    torch.testing.assert_close(last["total"], (1 - alpha) * last["hard"] + alpha * last["soft"])
    assert all(part.shape == (1, 3) for part in last.values())


def test_a_first_choice_is_a_plain_label(material: Material) -> None:
    training = Training(small.SmallPlan(seeds=(7,), arms=(Arm("distilled", "named", 8.0, 0.9),)), material)
    rows = training.rows()
    logits = training.cohort.answer(material.pool_images[rows]).logits[0, 0]
    named = torch.nn.functional.cross_entropy(logits, material.pool_logits[rows[0]].argmax(-1))
    torch.testing.assert_close(training.losses(rows)["soft"][0, 0], named)


def test_an_assistant_stands_between_teacher_and_student(material: Material) -> None:
    """Each seed's own, taught as the arm is: with it there, the teacher's logits are not heard."""
    between = dataclasses.replace(small.KD, by="cnn-2k")
    plan = small.SmallPlan("mlp-30", arms=(small.KD, between))
    marks = assistant_marks(plan, between, material)
    taught = Training(plan, material)
    assert marks.shape == (3, *material.pool_logits.shape) and not torch.equal(marks[0], marks[1])
    alone = Training(dataclasses.replace(plan, arms=(small.KD,)), material)
    alone.hear(marks)
    plain = Training(dataclasses.replace(plan, arms=(small.KD,)), material)
    for _ in range(5):
        both, told, usual = (training.step()["soft"] for training in (taught, alone, plain))
        torch.testing.assert_close(both, torch.cat((usual, told)))


def test_temperature_changes_kd_and_leaves_logit_matching_alone(material: Material) -> None:
    def after(method: str, temperature: float) -> str:
        plan = small.SmallPlan(arms=(Arm("distilled", method, temperature, 0.5),), seeds=(1,))
        return small.digest(finished(plan, material).weights())

    assert after("kd", 2.0) != after("kd", 8.0)
    assert after("dkd", 2.0) != after("dkd", 8.0)
    assert after("logits", 2.0) == after("logits", 8.0)
    assert after("hints", 2.0) == after("hints", 8.0)


def test_a_seed_sees_its_whole_subset_once_an_epoch_in_ever_new_order(material: Material) -> None:
    training = Training(small.SmallPlan(labels=20, epochs=2), material)
    orders = []
    for _ in range(2):
        batches = []
        for _ in range(training.per_epoch):
            batches.append(training.rows())
            training.step()
        assert [batch.shape[1] for batch in batches] == [8, 8, 4]
        orders.append(torch.cat(batches, 1))
        for row, subset in zip(orders[-1], training.subsets, strict=True):
            assert torch.equal(row.sort().values, subset)
    assert not torch.equal(*orders)
    assert len({tuple(subset.tolist()) for subset in training.subsets}) == 3


def test_the_learning_rate_falls_along_half_a_cosine_to_nearly_nothing() -> None:
    shares = [decay(update, 320) for update in range(320)]
    assert shares[0] == 1 and shares[160] == pytest.approx(0.5)
    assert 0 < shares[-1] < 1e-4
    assert shares == sorted(shares, reverse=True)


def test_wider_students_start_with_smaller_steps() -> None:
    assert first_rate("cnn-9k", "mnist") == pytest.approx(FAMILIES["mnist"].rate / 8**0.5)
    assert first_rate("cnn-9k", "cifar10") == pytest.approx(FAMILIES["cifar10"].rate / 10**0.5)
    ladder = [first_rate(student.id, "mnist") for student in declared.STUDENTS.values() if student.has_feature_maps]
    assert ladder == sorted(ladder, reverse=True)


def test_progress_is_an_update_each_and_points_between(material: Material) -> None:
    training = Training(small.SmallPlan(epochs=4), material)
    progress = list(train(training))
    updates = [p for p in progress if isinstance(p, Update)]
    points = [p for p in progress if isinstance(p, Point)]
    assert [p.update for p in updates] == list(range(1, 13))
    assert isinstance(progress[0], Point) and isinstance(progress[-1], Point)
    assert points[0].update == 0 and points[-1].update == 12
    assert all(set(p.losses) == {"hard", "soft", "total"} for p in updates)
    assert all(part.shape == (2, 3) and not part.requires_grad for p in updates for part in p.losses.values())
    last, labels = points[-1], material.test_labels
    logits = training.test_logits()
    assert last.logits.shape == (2, 3, 30, 10) and last.logits.dtype == torch.float16
    expected: dict[str, Callable[[], torch.Tensor]] = {
        "accuracy": lambda: metrics.accuracy(logits, labels),
        "agreement": lambda: metrics.agreement(logits, material.test_logits),
        "agreement_where_wrong": lambda: metrics.agreement_where_wrong(logits, material.test_logits, labels),
        "kl": lambda: metrics.kl_to_teacher(logits, material.test_logits),
        "nll": lambda: metrics.nll(logits, labels),
        "brier": lambda: metrics.brier(logits, labels),
        "ece": lambda: metrics.ece(logits, labels),
        "entropy": lambda: metrics.entropy(logits),
    }
    for name, measure in expected.items():
        found = getattr(last, name)
        assert found.shape == (2, 3), name
        torch.testing.assert_close(found, measure())


def official(images: int = 150) -> OfficialTests:
    draw = torch.Generator().manual_seed(3)
    pixels = torch.randint(256, (images, 1, 12, 12), generator=draw, dtype=torch.uint8)
    labels = torch.randint(10, (images,), generator=draw)
    return OfficialTests(pixels, labels, (0.4,), (0.2,), "o" * 64, teacher_accuracy=0.5)


@pytest.mark.parametrize("stacked", [True, False])
def test_the_last_evaluation_alone_looks_at_the_official_test_images(material: Material, stacked: bool) -> None:
    tests = official()
    training = Training(small.SmallPlan(), dataclasses.replace(material, official=tests), stacked=stacked)
    points = [p for p in train(training) if isinstance(p, Point)]
    assert len(points) > 2 and all(not point.final for point in points[:-1])
    final = points[-1].final
    assert (final["images"], final["teacher"], final["accuracy"].shape) == (150, 0.5, (2, 3))
    scaled = (tests.images.double() / 255 - 0.4) / 0.2
    for (arm, seed), right in np.ndenumerate(final["accuracy"].numpy()):
        student = build_student(declared.STUDENTS["cnn-2k"], small.GREY, torch.Generator())
        start = f"arm{arm}.seed{seed}."
        weights = {name: value for name, value in training.weights().items() if name.startswith(start)}
        student.load_state_dict({name.removeprefix(start): value for name, value in weights.items()})
        with torch.no_grad():
            said = student.double()(scaled).argmax(-1)
        assert right == pytest.approx(float((said == tests.labels).double().mean()), abs=1 / 150 + 1e-9), (arm, seed)


def test_the_curve_is_the_same_with_and_without_them(material: Material) -> None:
    runs = [
        [p for p in train(Training(small.SmallPlan(), one)) if isinstance(p, Point)]
        for one in (material, dataclasses.replace(material, official=official()))
    ]
    for plain, with_them in zip(*runs, strict=True):
        assert all(torch.equal(value, with_them.measures[name]) for name, value in plain.measures.items())
    assert not runs[0][-1].final, "its own test images are all there are"


def test_a_training_that_ends_early_was_not_tested_on_them(material: Material) -> None:
    training = Training(small.SmallPlan(), dataclasses.replace(material, official=official()))
    *_, last = train(training, lambda: training.update == 3)
    assert isinstance(last, Point) and last.update == 3 and not last.final


def test_only_the_first_test_images_are_kept(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declared, "SHOWN", 11)
    assert Training(small.SmallPlan(), material).evaluate().logits.shape == (2, 3, 11, 10)


@given(st.integers(1, 6400), st.sampled_from([1, 30, 1000, 10_000]))
def test_evaluations_are_few_and_closer_at_the_start(updates: int, test_images: int) -> None:
    count = declared.evaluations(updates, test_images)
    assert 1 <= count <= min(updates, declared.POINTS - 1)
    due = [u for u in range(1, updates + 1) if passed(u, updates, count) > passed(u - 1, updates, count)]
    assert due[-1] == updates
    assert count / 2 < len(due) <= count, "a short run has fewer"
    gaps = [b - a for a, b in pairwise([0, *due])]
    assert all(later >= earlier - 1 for earlier, later in pairwise(gaps))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"student": "cnn-9000"}, "student must be one of"),
        ({"data": "nowhere"}, "data must be one of"),
        ({"labels": 0}, "labels must be between 1 and the 80 images"),
        ({"labels": 81}, "labels must be between 1 and the 80 images"),
        ({"epochs": 0}, "epochs must be >= 1"),
        ({"seeds": ()}, "seeds must be different"),
        ({"seeds": (1, 1)}, "seeds must be different"),
        ({"arms": ()}, "at least one arm"),
        ({"arms": (Arm("distilled", "magic", 1.0, 0.5),)}, "method must be one of"),
        ({"arms": (Arm("distilled", "kd", 0.0, 0.5),)}, "temperature must be > 0, got 0.0"),
        ({"arms": (Arm("distilled", "kd", float("nan"), 0.5),)}, "temperature must be > 0, got nan"),
        ({"arms": (Arm("distilled", "kd", 4.0, 1.5),)}, "alpha must be between 0 and 1, got 1.5"),
        ({"arms": (Arm("distilled", "attention", 1.0, 0.5),), "student": "mlp-30"}, "choose a cnn student"),
    ],
)
def test_a_bad_plan_is_refused_with_the_way_out(material: Material, change: dict[str, object], words: str) -> None:
    plan = dataclasses.replace(small.SmallPlan(), **change)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=words):
        Training(plan, material)


@pytest.mark.parametrize("method", ["hints", "attention", "relational"])
def test_features_without_a_teacher_are_refused(material: Material, method: str) -> None:
    plan = small.SmallPlan(arms=(Arm("distilled", method, 1.0, 0.5),))
    with pytest.raises(ValueError, match=r"material\.teacher must be a teacher"):
        Training(plan, dataclasses.replace(material, teacher=None))
    finished(small.SmallPlan(), dataclasses.replace(material, teacher=None))  # cached logits are enough for the rest


def test_the_real_shape_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    """28×28 images, 9 k parameters, ragged batches, as the lab's default experiment has them."""
    small.declare(monkeypatch, batch=declared.BATCH)
    mnist = declared.DATA["mnist"]
    data = dataclasses.replace(mnist, pool=150, test=20)
    training = finished(
        small.SmallPlan("cnn-9k", labels=100, epochs=2, data="mnist"),
        small.small_material(data, small.random_teacher()),
    )
    assert training.updates == 2 * math.ceil(100 / declared.BATCH)
    assert sum(v.numel() for v in training.weights().values()) == 6 * 9098
