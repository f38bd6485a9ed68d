"""The kind `shrink`: what is stored is what is tested, and the run around it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.experiments import kinds
from app.experiments.kinds import shrink as kind
from app.experiments.kinds.shrink import Shrink, Way
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds import shrink as runner
from app.experiments.worker.kinds.shrink import ShrinkTraining, pruned, repaired


def test_it_is_read_back_and_knows_its_networks() -> None:
    made = Shrink("mnist", (1, 2))
    assert kinds.read(made.to_json()) == made and len(made.arm_words()) == len(made.ways)
    assert made.ways[made.place("channel", 4)] == Way("channel", 4) and made.place("float", 32) == 0
    assert made.ways[made.place("student", 8, "cnn-9k")].real and not made.ways[made.place("channel", 8)].real
    assert len(Shrink("fashion", (1,)).ways) < len(made.ways), "large teachers are asked less"
    with pytest.raises(ValueError, match="no channel 7 : say one of float 32"):
        made.place("channel", 7)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"data": "mnist-full"}, "one of mnist, fashion, cifar10"), ({"data": []}, "data"), ({"seeds": []}, "seeds"),
     ({"seeds": 1}, "is not an experiment"), ({"more": 1}, "is not an experiment")],
)  # fmt: skip
def test_what_is_none_is_a_sentence(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        kinds.read(json.dumps(json.loads(Shrink("mnist", (1, 2)).to_json()) | changed))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few updates, few networks, few test images."""
    families = ("float", "channel", "repaired", "kernel")
    monkeypatch.setattr(kind, "TEACHER", tuple(one for one in kind.TEACHER if one.id in families))
    for name, value in {"UPDATES": 2, "REPAIRS": 2, "SIZES": ("cnn-2k",)}.items():
        monkeypatch.setattr(kind, name, value)
    monkeypatch.setattr(runner, "PASSES", {1: 1, 256: 1})


@pytest.mark.usefixtures("brief")
def test_a_run_goes_on_where_it_was_interrupted_and_measures_every_network(monkeypatch: pytest.MonkeyPatch) -> None:
    spec, engine = Shrink("mnist", (3, 4)), TorchEngine()
    prepared = engine.begin(spec)
    training = prepared.training
    assert isinstance(training, ShrinkTraining) and prepared.record["test_images"] == 10_000
    assert training.updates == spec.work().updates
    few = training.images[:120], training.labels[:120]
    training.images, training.labels = few
    while training.update < training.updates - 2:  # in the middle of the students
        training.step()
    again = ShrinkTraining(spec, training.material)
    again.images, again.labels = few
    again.restore(training.state())
    for one in (training, again):
        one.step()
    assert torch.equal(training.values, again.values) or torch.allclose(training.values, again.values, equal_nan=True)
    training.step()
    assert training.due()
    measures = training.evaluate().measures
    accuracy, size = measures["accuracy"], measures["bytes"]
    assert bool(torch.isfinite(accuracy).all() & torch.isfinite(size).all())
    whole, int8 = spec.place("float", 32), spec.place("kernel", 8)
    assert bool((measures["agreement"][whole] == 1).all()) and bool((measures["agreement"][int8] > 0.97).all())
    assert bool((size[whole] > 3.5 * size[int8]).all())
    timed = [bool(torch.isfinite(row).all()) for row in measures["single"]]
    assert timed == [way.real for way in spec.ways], "no time is said of what does not compute as it is stored"
    seen = runner.of_filter(training)
    rounded = seen["weights"][[way.level for way in spec.ways if way.family in ("float", "channel")].index(2)]
    assert len({*rounded.tolist()}) == 4 and len({*seen["weights"][0].tolist()}) > 100
    assert seen["says"].shape[1:] == (3, 10)


def test_what_is_left_out_of_a_teacher_stays_out_while_it_is_repaired() -> None:
    material = TorchEngine().material("mnist", "mnist")
    small, masks = pruned(material.teacher, 0.9)
    kept = sum(int(mask.sum()) for mask in masks.values()) / sum(mask.numel() for mask in masks.values())
    assert kept == pytest.approx(0.1, abs=0.001)
    mended = repaired(small, masks, material.pool_images[:64], material.pool_labels[:64], 1)
    for name, mask in masks.items():
        assert not bool(mended.get_parameter(name)[~mask].any())
    changed = [name for name, value in mended.state_dict().items() if not torch.equal(value, small.state_dict()[name])]
    assert changed and not any("running" in name for name in changed)
    assert np.isfinite(runner.milliseconds(mended, material.pool_images[:2]))
