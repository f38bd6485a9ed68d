"""The kind `repair`: rounded weights that learn, and the run around them."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.packing import Rounded, pack, unpack
from app.distillation.straight_through import RoundedCohort, on_grid, rounded, scales_of
from app.experiments import kinds
from app.experiments.kinds import repair as kind
from app.experiments.kinds.repair import EVEN, FLOATS, LABELS, OWN, REPAIRED, ROUNDED, TEACHER, Repair
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds.repair import RepairTraining


def test_it_is_read_back() -> None:
    made = Repair((1, 2), images=500, bits=3)
    assert kinds.read(made.to_json()) == made and len(made.arm_words()) == len(REPAIRED) + 2
    assert (
        "3 bits" in made.in_short() and "500 images" in made.in_short() and "1 bit " in Repair((1,), 64, 1).in_short()
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"images": 10}, "32 to 4000"), ({"images": 100.0}, "whole number"), ({"bits": 9}, "1 to 8"),
     ({"bits": True}, "1 to 8"), ({"seeds": []}, "seeds"), ({"seeds": 1}, "is not an experiment"),
     ({"more": 1}, "is not an experiment")],
)  # fmt: skip
def test_what_is_none_is_a_sentence(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        kinds.read(json.dumps(json.loads(Repair((1, 2)).to_json()) | changed))


def trained(updates: int = 3) -> MarkedCohort:
    """Students of two seeds that have learned a little from random images."""
    draw = torch.Generator().manual_seed(0)
    images, labels = torch.randn(2, 70, 1, 28, 28, generator=draw), torch.randint(10, (2, 70), generator=draw)
    students = MarkedCohort(kind.STUDENT, "mnist", (1, 2), Lessons.of_labels(images, labels), updates=updates)
    for _ in range(updates):
        students.step()
    return students


def repairing(students: MarkedCohort, bits: int) -> RoundedCohort:
    """Two repairs of each, by labels and by what they say."""
    own = students.logits(students.lessons.images)
    lessons = Lessons(students.lessons.images, students.lessons.labels, own.expand(-1, 2, -1, -1), (0.0, 1.0))
    starts = students.cohort.parameters()
    return RoundedCohort(
        kind.STUDENT, "mnist", (1, 2), lessons, starts, Rounded(bits), rate=0.5, updates=4, purpose="repair"
    )


def test_what_is_tested_is_what_its_two_bits_say_and_it_can_be_packed() -> None:
    students, code = trained(), Rounded(2)
    repairs, images = repairing(students, 2), students.lessons.images[:1, :9]
    repairs.step()
    said = repairs.logits(images)
    layers = repairs.cohort.parameters()
    scales = [scales_of(start, code).repeat_interleave(2, 0) for start in students.cohort.parameters()]
    with rounded(layers, scales, code):
        weights = repairs.cohort.weights(1, 0)
        assert torch.equal(repairs.cohort.answer(images).logits, said)
    read = unpack(pack(weights, code), weights, code)
    for name, value in weights.items():
        assert torch.allclose(read[name], value, rtol=1e-6, atol=0), name
        if value.ndim > 1:
            assert all(len(set(np.round(row / np.abs(row).max(), 3))) <= 4 for row in value.flatten(1).numpy())


def test_the_gradient_at_the_rounded_weights_moves_the_floats_behind_them() -> None:
    students = trained()
    repairs, code = repairing(students, 1), Rounded(1)
    before = [layer.detach().clone() for layer in repairs.cohort.parameters()]
    for one, start in zip(before, students.cohort.parameters(), strict=True):
        assert torch.equal(one[0], one[1]) and torch.equal(one[::2], start.detach()), "arms begin alike, at the floats"
    repairs._optimizer.zero_grad()
    repairs.gradients()
    layers = repairs.cohort.parameters()
    assert all(torch.equal(layer.detach(), one) for layer, one in zip(layers, before, strict=True))
    own = [layer.grad.clone() for layer in layers if layer.grad is not None]
    with rounded(layers, [scales_of(one, code) for one in before], code):
        repairs._optimizer.zero_grad()
        MarkedCohort.gradients(repairs)
        again = [layer.grad for layer in layers if layer.grad is not None]
        assert len(again) == len(layers) and all(torch.allclose(*pair) for pair in zip(own, again, strict=True))
    repairs.step()
    assert all(not torch.equal(layer.detach(), one) for layer, one in zip(layers, before, strict=True))


def test_a_weight_goes_to_the_nearest_value_of_its_grid_and_a_bias_stays() -> None:
    layer = torch.tensor([[[0.9, -0.1, 3.0, 0.7]]])
    assert on_grid(layer, torch.tensor([[1.0]]), torch.from_numpy(Rounded(2).levels)).tolist() == [
        [[0.5, -0.5, 1.5, pytest.approx(0.7)]]
    ]


def test_a_run_goes_on_where_it_was_interrupted_and_ends_with_every_arm(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"UPDATES": 6, "REPAIRS": 4, "POINTS": 2}.items():
        monkeypatch.setattr(kind, name, value)
    spec = Repair((3, 4))
    prepared = TorchEngine().begin(spec)
    training = prepared.training
    assert isinstance(training, RepairTraining) and training.updates == spec.work().updates == 10
    states = []
    while training.update < training.updates:
        states.append(training.state())
        training.step()
        if training.update == kind.UPDATES:
            first = training.evaluate().measures["accuracy"]
            assert all(torch.equal(first[arm], first[ROUNDED]) for arm in range(len(REPAIRED))), "nobody is repaired"
    point = training.evaluate()
    for at in (4, 8):  # in either part
        again = RepairTraining(spec, training.material)
        again.restore(states[at])
        while again.update < again.updates:
            again.step()
        assert torch.equal(again.evaluate().measures["accuracy"], point.measures["accuracy"])
    right, same = point.measures["accuracy"], point.measures["agreement"]
    assert right.shape == (len(spec.arm_words()), 2) and bool((same[FLOATS] == 1).all())
    assert not torch.equal(right[LABELS], right[ROUNDED])
    assert point.final["images"] == 10_000 and point.final["accuracy"].shape == right.shape
    repairs = training.repairs
    assert repairs is not None
    marks, known = repairs.lessons.marks, training.material
    assert marks[:, EVEN].argmax(-1).equal(repairs.lessons.labels), "softness that knows the label alone"
    assert marks[:, OWN].equal(training.floats.logits(repairs.lessons.images)[:, 0])
    assert all(bool((known.pool_logits == one).all(-1).any()) for one in marks[0, TEACHER, :5])
    assert list(repairs.lessons.alphas) == [0, 1, 1, 1], "whoever is marked hears no label"
