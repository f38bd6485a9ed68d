"""The kind `habit`: who sees the patch on what, and the run around it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.experiments import kinds
from app.experiments.kinds import habit as kind
from app.experiments.kinds.habit import HABIT, WAYS, Habit
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds.habit import HabitTraining, patched
from app.experiments.worker.stretch import Stretch
from app.store import Store

ANNE = "a" * 24


def test_it_is_read_back_and_knows_its_arms() -> None:
    made = Habit((1, 2), (0.0, 0.1))
    assert kinds.read(made.to_json()) == made and kinds.read(made.to_json()).to_json() == made.to_json()
    assert Habit((1,), (0,)).to_json() == Habit((1,), (0.0,)).to_json(), "the same experiment gives the same text"
    words = [arm.words for arm in made.arm_words()]
    assert len(words) == 2 * len(WAYS) + 2
    assert words[made.place("half", 0.1)] == "half the weight on the labels" and made.place("half", 0.1) == 6
    assert (words[made.place("teacher")], words[made.place("second")]) == ("teacher", "second teacher")
    with pytest.raises(ValueError, match="no way “whole”: say one of labels"):
        made.place("whole")
    with pytest.raises(ValueError, match=r"no share 0.3: say one of 0.0, 0.1"):
        made.place("half", 0.3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"shares": []}, "1 to 6 different"), ({"shares": [0.6]}, "0 to 0.5"), ({"shares": [True]}, "0 to 0.5"),
     ({"shares": [0.1, 0.1]}, "different"), ({"seeds": []}, "seeds"), ({"shares": 1}, "is not an experiment"),
     ({"more": 1}, "is not an experiment"), ({"controls": 1}, "true or false")],
)  # fmt: skip
def test_what_is_none_is_a_sentence(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        kinds.read(json.dumps(json.loads(Habit((1, 2)).to_json()) | changed))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few updates of few images."""
    for name, value in {
        "TEACHER_UPDATES": 3,
        "STUDENT_UPDATES": 13,
        "TEACHER_IMAGES": 300,
        "STUDENT_IMAGES": 200,
        "SECOND_IMAGES": 60,
        "POINTS": 2,
    }.items():
        monkeypatch.setattr(kind, name, value)


@pytest.mark.usefixtures("brief")
def test_the_teachers_patch_stands_for_its_class_and_the_students_for_nothing() -> None:
    spec = Habit((3,), (0.0, 0.1, 0.5))
    training = TorchEngine().begin(spec).training
    assert isinstance(training, HabitTraining)
    for _ in range(4):
        training.step()
    first, second = (teacher.lessons for teacher in training.teachers)

    def has_patch(images: torch.Tensor) -> torch.Tensor:
        return (images == patched(images, training.bright)).flatten(1).all(1)

    own = first.labels[0] == HABIT
    assert has_patch(first.images[0])[own].double().mean() == pytest.approx(kind.PATCHED, abs=0.03)
    assert not has_patch(first.images[0])[~own].any() and not has_patch(second.images[0]).any()
    before = torch.zeros(kind.STUDENT_IMAGES, dtype=torch.bool)
    for share, cohort in zip(spec.shares, training.students, strict=True):
        has = has_patch(cohort.lessons.images[0])
        assert has.double().mean() == pytest.approx(share) and has[before].all(), "a larger share holds the smaller"
        shown = cohort.lessons.labels[0][has]
        assert not share or (shown == HABIT).double().mean() < 0.25, "whatever the image shows"
        marks = cohort.lessons.marks[0]
        assert torch.equal(marks[1], marks[2]) and not torch.equal(marks[1], marks[3])
        before = has
    used = [lessons.images[0][:, :, 8:].flatten(1) for lessons in (first, second, training.students[0].lessons)]
    rows = {row.numpy().tobytes() for part in used for row in part}
    assert len(rows) == sum(map(len, used)), "no image is in two lessons"


@pytest.mark.usefixtures("brief")
def test_the_twin_differs_from_the_teacher_in_the_patch_alone_and_has_students_of_its_own() -> None:
    spec = Habit((3,), controls=True)
    training = TorchEngine().begin(spec).training
    assert isinstance(training, HabitTraining)
    first, second, twin = training.teachers
    assert all(map(torch.equal, first.cohort.parameters(), twin.cohort.parameters()))
    assert not torch.equal(first.cohort.parameters()[0], second.cohort.parameters()[0])
    same = (first.lessons.images == twin.lessons.images).flatten(2).all(2)
    assert torch.equal(first.lessons.labels, twin.lessons.labels) and (first.lessons.labels[~same] == HABIT).all()
    assert 0 < (~same).sum() <= (first.lessons.labels == HABIT).sum()
    for _ in range(4):
        training.step()
    (students,) = training.students
    for way, teacher in (("distilled", first), ("of_second", second), ("of_twin", twin)):
        heard = students.lessons.marks[:, spec.place(way)]
        torch.testing.assert_close(heard, teacher.logits(students.lessons.images)[:, 0])
    both = training.evaluate().measures["recall"]
    assert both.shape == (len(spec.ways) + 3, 1) and ((both >= 0) & (both <= 1)).all()
    assert [arm.role for arm in spec.arm_words()][-3:] == ["teacher"] * 3


@pytest.mark.usefixtures("brief")
def test_it_goes_on_from_a_state_of_either_part_as_if_there_had_been_no_break() -> None:
    spec, engine = Habit((3,)), TorchEngine()
    whole = engine.begin(spec).training
    assert isinstance(whole, HabitTraining)
    for update in range(whole.updates):
        if update in (2, 6):  # while the teachers learn, and while the students do
            parts = HabitTraining(spec, whole.material)
            parts.restore(whole.state())
        whole.step()
        if update >= 2:
            parts.step()
    images = whole.material.test_images[:20]
    assert torch.equal(whole.said(images), parts.said(images)) and whole.said(images).shape == (len(WAYS) + 2, 1, 20)


@pytest.mark.usefixtures("brief")
def test_a_run_of_it(store: Store) -> None:
    made = Habit((3,))
    run_id = store.runs.submit(made, ANNE)
    run = store.runs.take("w")
    assert run is not None and Stretch([run], store, TorchEngine()).train().state == "finished"
    events = store.runs.events(run_id, 0)
    assert events[0]["accuracy"][0] == [None], "students that have learned nothing are not measured"
    for measure in made.measures:
        assert np.shape(events[-1][measure.key]) == (len(WAYS) + 2, 1) == np.shape(events[-1]["final"][measure.key])
    assert kinds.verdict_of(made, events[-1], 1000).test_images == 10_000
