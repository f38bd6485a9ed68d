"""The kind `teachers`: who is told what, and the run around it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from app.distillation.datasets import labelled_subset
from app.experiments import kinds
from app.experiments.kinds import teachers as kind
from app.experiments.kinds.teachers import TEACHERS, Teachers
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds import teachers as runner
from app.experiments.worker.kinds.teachers import TeachersTraining, misled


def test_it_is_read_back_and_knows_its_arms() -> None:
    made = Teachers((1, 2))
    assert kinds.read(made.to_json()) == made
    assert made.arm_words()[made.place("early")].words == "taught by a teacher stopped early"
    assert made.compared()[0].second == made.place("full") and len(made.compared()) == len(TEACHERS)
    with pytest.raises(ValueError, match="no teacher “old”: say one of labels, untrained"):
        made.place("old")
    with pytest.raises(SpecError, match="is not an experiment"):
        kinds.read('{"kind": "teachers", "seeds": [1], "labels": 3}')


def test_who_is_misled_is_as_sure_of_something_else() -> None:
    logits = torch.randn(200, 10, generator=torch.Generator().manual_seed(1))
    said = misled(logits, 0.4, torch.Generator().manual_seed(2))
    assert (said.argmax(1) != logits.argmax(1)).double().mean() == pytest.approx(0.4)
    assert torch.equal(said.sort(1).values, logits.sort(1).values), "the same numbers, at other classes"


def test_each_arm_hears_its_own_teacher_about_the_same_images(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "UPDATES", runner.POINTS)
    material = TorchEngine().material("mnist", "mnist")
    shipped = {teacher.shipped for teacher in TEACHERS if teacher.shipped}
    others = {name: replace(material, pool_logits=material.pool_logits + len(name)) for name in shipped}
    others["mnist"] = material
    training = TeachersTraining(Teachers((3, 4)), material, others)
    assert training._students is not None
    heard = training._students.lessons
    rows = labelled_subset(material.pool_labels, kind.LABELS, 4)
    assert torch.equal(heard.images[1], material.pool_images[rows])
    for teacher in TEACHERS:
        said = heard.marks[1, Teachers((3, 4)).place(teacher.id)]
        if teacher.shipped and not teacher.wrong:
            assert torch.equal(said, others[teacher.shipped].pool_logits[rows])
    truth, wrong = material.pool_logits[rows], heard.marks[1, 2]
    assert (wrong.argmax(1) != truth.argmax(1)).double().mean() == pytest.approx(kind.WRONG)
    point = training.evaluate()
    right = point.measures["teacher_right"]
    assert right[0].isnan().all() and (right[1] < 0.3).all() and tuple(right.shape) == (1 + len(TEACHERS), 2)
    loss = training.step()["total"]
    assert loss.shape == right.shape and training.due() and not point.final


def test_grown_teachers_see_no_image_of_their_students_and_are_heard_as_they_were_at_their_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"UPDATES": runner.POINTS, "GROWN_UPDATES": 20, "GROWN_IMAGES": 400}.items():
        monkeypatch.setattr(kind, name, value)
    made = Teachers((3, 4), (1.0, 8.0), grown=True)
    assert kinds.read(made.to_json()) == made and len(made.arm_words()) == 1 + 2 * len(TEACHERS)
    material = TorchEngine().material("mnist", "mnist")
    whole, parts = (TeachersTraining(made, material, {"mnist": material}) for _ in range(2))
    growing = whole._growing
    assert growing is not None
    for seed in range(2):
        images = {row.numpy().tobytes() for row in growing.cohort.lessons.images[seed]}
        assert not images & {row.numpy().tobytes() for row in material.pool_images[whole._rows[seed]]}
    for update in range(whole.updates):
        if update in (10, 25):  # while the teachers learn, and while the students do
            parts.restore(whole.state())
        whole.step()
        if update >= 10:
            parts.step()
        if whole.update == round(kind.STAGES["early"] * kind.GROWN_UPDATES):
            early = growing.cohort.logits(material.pool_images[whole._rows])[:, 0].clone()
    assert whole._students is not None and whole._students.update == kind.UPDATES
    heard = whole._students.lessons.marks
    for at in made.temperatures:
        assert torch.equal(heard[:, made.place("early", at)], early)
    assert not torch.equal(heard[:, made.place("full")], heard[:, made.place("smoothed")])
    ends = [one.evaluate().measures for one in (whole, parts)]
    assert torch.equal(ends[0]["accuracy"], ends[1]["accuracy"])
    right = ends[0]["teacher_right"]
    assert right[made.place("full")].mean() > right[made.place("untrained")].mean()
    with pytest.raises(SpecError, match="temperatures must be 1 to 4"):
        Teachers((1,), (0.5,))
    with pytest.raises(ValueError, match=r"no temperature 4: say one of 1, 8"):
        made.place("full", 4.0)
