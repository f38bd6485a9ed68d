"""The kind `cascade`: its curve against slow counting, its threshold, and the run around it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.catalog import available, declared
from app.experiments import costs, kinds
from app.experiments.kinds.cascade import GIVEN_UP, THRESHOLDS, Cascade
from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec
from app.experiments.recordings.runs import recorded_runs
from app.experiments.spec import NotTrainable, SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds.cascade import chosen, curve
from app.experiments.worker.stretch import Stretch
from app.store import Store
from tests.experiments.examples import spec
from tests.files import weights_path

ANNE = "a" * 24
RUN = "recorded-mnist-kd"


def cascade(**more: object) -> Cascade:
    return Cascade(**{"run": RUN, "base": recorded_runs()[RUN].spec, "arm": 1} | more)  # type: ignore[arg-type]


def test_the_curve_is_what_counting_image_by_image_gives() -> None:
    draw = torch.Generator().manual_seed(0)
    student, teacher = (3 * torch.randn(200, 10, generator=draw) for _ in range(2))
    labels = torch.randint(10, (200,), generator=draw)
    accuracy, escalated = curve(student, teacher, labels)
    for place, threshold in enumerate(THRESHOLDS):
        right = handed_on = 0
        for own, other, label in zip(student.double().numpy(), teacher.numpy(), labels.tolist(), strict=True):
            shares = np.exp(own) / np.exp(own).sum()
            goes = shares.max() <= threshold
            handed_on += goes
            right += int((other if goes else own).argmax() == label)
        assert accuracy[place] == pytest.approx(right / 200) and escalated[place] == pytest.approx(handed_on / 200)
    assert (float(escalated[0]), float(escalated[-1])) == (0.0, 1.0)


def test_the_cheapest_threshold_that_gives_up_little_is_chosen() -> None:
    accuracy = torch.tensor([0.9, 0.95, 0.99 - GIVEN_UP, 0.985, 0.99])
    assert chosen(accuracy, torch.tensor([0.0, 0.1, 0.2, 0.3, 1.0])) == 2
    assert chosen(torch.tensor([0.99, 0.99, 0.9]), torch.tensor([0.0, 0.5, 1.0])) == 0, (
        "a student that needs no teacher"
    )


def test_it_is_read_back_and_never_looks_at_the_disk(home: object) -> None:
    made = cascade(run="abcd-gone")
    assert kinds.read(made.to_json()) == made and kinds.read(made.to_json()).to_json() == made.to_json()
    with pytest.raises(NotTrainable, match="not on this machine any more"):
        kinds.read_trainable(made.to_json())
    assert made.in_short().startswith("Cascade: MNIST 500") and made.seeds == made.base.seeds


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"arm": 2}, "place of an arm, 0 to 1"), ({"arm": True}, "place of an arm"), ({"run": "../x"}, "a run's id"),
     ({"base": {"data": "mnist"}}, "is not an experiment"), ({"more": 1}, "is not a cascade")],
)  # fmt: skip
def test_what_is_none_is_a_sentence(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        kinds.read(json.dumps(json.loads(cascade().to_json()) | changed))


def test_a_run_of_it_through_the_queue_paused_between_two_seeds(store: Store) -> None:
    made = cascade()
    run_id = store.runs.submit(made, ANNE, start="step")
    run = store.runs.take("w")
    assert run is not None and run.updates == len(made.seeds)
    engine = TorchEngine()
    assert Stretch([run], store, engine).train().state == "paused"
    assert store.runs.request(run_id, ANNE, "resume")
    again = store.runs.take("w")
    assert again is not None and Stretch([again], store, engine).train().state == "finished"
    last = store.runs.events(run_id, 0)[-1]
    alone, both, teacher = np.asarray(last["accuracy"])
    shipped = recorded_runs()[RUN].runs[0].events[-1]["accuracy"][1]
    assert alone == pytest.approx(shipped), "as the recording says of these students"
    assert (both > alone).all() and (teacher == teacher[0]).all()
    share = np.asarray(last["escalated"])[1]
    student = costs.of_student(declared.STUDENTS[made.base.student], declared.DATA["mnist"]).multiply_adds
    above = costs.of_teacher(available.teachers()["mnist"], declared.DATA["mnist"]).multiply_adds
    assert np.asarray(last["multiply_adds"])[1] == pytest.approx(student + above * share, rel=1e-5)
    assert len(last["arrays"]["accuracy"]) == len(made.seeds) and not weights_path(run_id).exists()
    said = kinds.verdict_of(made, last, 1000)
    assert said.kind == "better" and said.sentence.startswith("Cascade beats distilled alone by")


def test_without_validation_images_nothing_is_chosen(store: Store) -> None:
    base = RunSpec.two_arms(spec().settings() | {"labels": 4000}, (1, 2))
    made = Cascade(RUN, base, base.arms.index(LABELS_ONLY))
    with pytest.raises(NotTrainable, match="choose a run with fewer labels"):
        TorchEngine().begin(made)
