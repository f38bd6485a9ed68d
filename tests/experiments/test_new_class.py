"""The kind `new_class`: who sees and hears what, from which weights, and the run around it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.experiments import kinds
from app.experiments.kinds import new_class as kind
from app.experiments.kinds.new_class import WAYS, NewClass
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds.new_class import NewClassTraining, new_digit
from app.experiments.worker.stretch import Stretch
from app.store import Store

ANNE = "a" * 24


def test_it_is_read_back_and_knows_its_arms() -> None:
    made = NewClass((1, 2), 0.1)
    assert kinds.read(made.to_json()) == made
    assert NewClass((1,), 1).to_json() == NewClass((1,)).to_json(), "the same experiment gives the same text"
    assert [made.place(way.id) for way in WAYS] == list(range(len(WAYS))) and made.place("before") == len(WAYS)
    assert len({arm.words for arm in made.arm_words()}) == len(WAYS) + 1
    assert "rate × 0.1" in made.in_short() and "rate" not in NewClass((1,)).in_short()
    with pytest.raises(ValueError, match="no way “old”: say one of new-labels"):
        made.place("old")


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"rate": 2.0}, "0.01 to 1"), ({"rate": True}, "0.01 to 1"), ({"seeds": []}, "seeds"),
     ({"seeds": 1}, "is not an experiment"), ({"more": 1}, "is not an experiment")],
)  # fmt: skip
def test_what_is_none_is_a_sentence(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        kinds.read(json.dumps(json.loads(NewClass((1, 2)).to_json()) | changed))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few updates of few images."""
    for name, value in {"PER_CLASS": 12, "OLD_UPDATES": 6, "UPDATES": 5, "MOMENTS": (0, 2, 5)}.items():
        monkeypatch.setattr(kind, name, value)


def begun(spec: NewClass) -> NewClassTraining:
    training = TorchEngine().begin(spec).training
    assert isinstance(training, NewClassTraining)
    return training


def stepped(training: NewClassTraining, updates: int) -> NewClassTraining:
    for _ in range(updates):
        training.step()
    return training


@pytest.mark.usefixtures("brief")
def test_at_first_no_student_sees_the_new_digit_and_then_each_way_sees_its_images() -> None:
    training = begun(NewClass((3, 4, 5)))
    new = training.new.unsqueeze(1)
    assert new.flatten().tolist() == [new_digit(seed) for seed in (3, 4, 5)]
    old = training.before.lessons.labels
    assert old.shape[1] == 9 * kind.PER_CLASS and not (old == new).any()
    stepped(training, kind.OLD_UPDATES + 1)
    alone, every = (cohort.lessons.labels for cohort in training.students)
    assert (alone == new).all() and alone.shape[1] == kind.PER_CLASS
    assert torch.equal(every[:, kind.PER_CLASS :], old) and (every[:, : kind.PER_CLASS] == new).all()


@pytest.mark.usefixtures("brief")
def test_all_ways_go_on_from_the_same_weights_and_hear_what_they_say_they_hear() -> None:
    training = stepped(begun(NewClass((3, 4))), kind.OLD_UPDATES)
    first = [training.before.cohort.weights(seed, 0) for seed in range(2)]
    alone, every = training._going_on()
    for cohort in (alone, every):
        for seed in range(2):
            for arm in range(cohort.cohort.arms):
                assert all(torch.equal(cohort.cohort.weights(seed, arm)[name], first[seed][name]) for name in first[0])
    assert list(alone.lessons.alphas) == [0.0, 1.0] and list(every.lessons.alphas) == [0.0, 1.0, 1.0]
    teacher, itself = every.lessons.marks[:, 1], every.lessons.marks[:, 2]
    rows = training._rows["all"]
    assert torch.equal(teacher, training.material.pool_logits[rows])
    is_new = every.lessons.labels == training.new.unsqueeze(1)
    own = training.before.logits(every.lessons.images)[:, 0]
    assert torch.equal(itself[~is_new], own[~is_new])
    sure = (itself[is_new] / kind.TEMPERATURE).softmax(-1)
    assert torch.equal(sure.argmax(-1), every.lessons.labels[is_new]) and sure.amax(-1).min() > 0.999


@pytest.mark.usefixtures("brief")
def test_measures_tell_old_digits_from_the_new_one_and_what_has_changed() -> None:
    training = stepped(begun(NewClass((3, 4))), kind.OLD_UPDATES)
    assert training.due()
    start = training.evaluate().measures
    for name in ("old", "new", "accuracy"):
        assert (start[name] == start[name][:1]).all(), "before anybody goes on all are as they were"
    assert (start["kept"] == 1).all() and (start["moved"] == 0).all()
    stepped(training, kind.UPDATES)
    point = training.evaluate()
    measures, final = point.measures, point.final
    said = training.students[0].logits(training.material.test_images.unsqueeze(0))[:, 0].argmax(-1)
    labels = training.material.test_labels
    for seed, new in enumerate(training.new):
        right = (said[seed] == labels).double()
        assert measures["old"][0, seed] == pytest.approx(float(right[labels != new].mean()))
        assert measures["new"][0, seed] == pytest.approx(float(right[labels == new].mean()))
    assert (measures["kept"][-1] == 1).all() and (measures["moved"][:-1] > 0).all()
    assert final["images"] == 10_000 and tuple(final["moved"].shape) == (len(WAYS) + 1, 2)


@pytest.mark.usefixtures("brief")
def test_a_gentler_rate_moves_students_less() -> None:
    moved = [
        stepped(begun(NewClass((3, 4), rate)), kind.OLD_UPDATES + kind.UPDATES).evaluate().measures["moved"]
        for rate in (1.0, 0.1)
    ]
    assert (moved[1][:-1] < moved[0][:-1]).all()


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("at", [3, 6, 8])
def test_after_a_break_it_goes_on_as_if_there_had_been_none(at: int) -> None:
    spec = NewClass((3, 4))
    whole, parts = stepped(begun(spec), at), begun(spec)
    parts.restore(whole.state())
    ends = [stepped(one, whole.updates - at).evaluate().measures for one in (whole, parts)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


@pytest.mark.usefixtures("brief")
def test_a_run_of_it(store: Store) -> None:
    made = NewClass((3, 4))
    run_id = store.runs.submit(made, ANNE)
    run = store.runs.take("w")
    assert run is not None and Stretch([run], store, TorchEngine()).train().state == "finished"
    events = store.runs.events(run_id, 0)
    for measure in made.measures:
        assert np.shape(events[-1][measure.key]) == (len(WAYS) + 1, 2) == np.shape(events[-1]["final"][measure.key])
    assert kinds.verdict_of(made, events[-1], 1000).test_images == 10_000
