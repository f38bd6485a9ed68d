"""The kind `rules`: its questions by their meaning, its networks one by one, and a run through the queue."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from app.experiments import kinds
from app.experiments.kinds.rules import ARMS, FACTS, LEAK, NUMBERS, TAUGHT_SHARE, TEACHER_UPDATES, Rules
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds import rules as worker
from app.experiments.worker.kinds.rules import RulesTraining, Stack, world
from app.experiments.worker.stretch import Stretch
from app.server.api.runs import run_verdict
from app.store import Store
from tests.files import weights_path

ANNE = "a" * 24


def read(inputs: torch.Tensor, question: str) -> list[tuple[int, int]]:
    """The pairs in some inputs, which must ask this question."""
    place = ("larger", "even", "fact").index(question)
    assert (inputs[:, 4 * NUMBERS :].argmax(1) == place).all() and (inputs.sum(1) == 3).all()
    start = 2 * NUMBERS if question == "fact" else 0
    both = [inputs[:, start + at * NUMBERS : start + (at + 1) * NUMBERS].argmax(1).tolist() for at in (0, 1)]
    return list(zip(*both, strict=True))


def test_a_rule_is_asked_of_unseen_pairs_and_a_fact_as_it_was_taught() -> None:
    made, pairs = world(3), NUMBERS**2
    known = round(TAUGHT_SHARE * pairs)
    parts = {"larger": slice(0, known), "even": slice(known, 2 * known), "fact": slice(2 * known, None)}
    for question, part in parts.items():
        taught = dict(zip(read(made.taught[part], question), made.answers[part].tolist(), strict=True))
        inputs, answers = made.asked[question]
        asked = dict(zip(read(inputs, question), answers.tolist(), strict=True))
        if question == "fact":
            assert asked == taught and len(taught) == FACTS
            assert 0.4 < np.mean(list(taught.values())) < 0.6, "a coin"
            assert not set(read(made.untold, "fact")) & set(taught) and len(made.untold) == pairs - FACTS
            continue
        assert not set(asked) & set(taught) and len(asked) + len(taught) == pairs
        for (one, other), answer in (asked | taught).items():
            assert answer == (one > other if question == "larger" else (one + other) % 2 == 0)
    assert not torch.equal(world(3).answers, world(4).answers) and torch.equal(world(3).taught, made.taught)


def test_a_stack_answers_as_its_networks_one_by_one_and_the_arms_start_alike() -> None:
    stack, inputs = Stack(4, 2, (5, 6), "student", 0.0), torch.randn(2, 7, 4 * NUMBERS + 3)
    said = stack(inputs)
    assert said.shape == (2, 2, 7, 2) and torch.equal(said[0], said[1])
    for seed in (0, 1):
        values = inputs[seed]
        for place in (0, 2, 4):
            values = values @ stack.parameters[place][1, seed] + stack.parameters[place + 1][1, seed]
            values = values.relu() if place < 4 else values
        torch.testing.assert_close(said[1, seed], values)
    assert sum(one[0, 0].numel() for one in stack.parameters) == Rules(4, 1, (1,)).parameters


def test_a_seed_gets_beside_others_what_it_gets_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TEACHER_UPDATES", 3)
    both, alone = (RulesTraining(Rules(3, 4, seeds)) for seeds in ((8, 9), (9,)))
    for training in (both, alone):
        while training.update < 7:
            training.step()
    measured = [training.evaluate().measures for training in (both, alone)]
    assert {one.key for one in Rules.measures} == set(measured[0])
    for key, values in measured[0].items():
        assert values.shape == (3, 2)
        torch.testing.assert_close(values[:, 1:], measured[1][key], rtol=0, atol=1e-6, equal_nan=True)


def test_each_arm_is_told_what_it_says_and_gets_beside_others_what_it_gets_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "TEACHER_UPDATES", 3)
    whole = RulesTraining(Rules(3, 4, (8, 9), tuple(ARMS), LEAK))
    pairs = {arm: RulesTraining(Rules(3, 4, (8, 9), ("labels", arm), LEAK)) for arm in list(ARMS)[1:]}
    for training in (whole, *pairs.values()):
        while training.update < 7:
            training.step()
    measured = whole.evaluate().measures["sure_of_untold"]
    for place, (arm, pair) in enumerate(pairs.items(), 1):
        alone = pair.evaluate().measures["sure_of_untold"]
        torch.testing.assert_close(measured[[0, place, -1]], alone, rtol=0, atol=1e-6)
        assert not torch.allclose(measured[0], measured[place]), arm
    assert whole._heard is not None
    right, answers = whole._heard, whole._answers.unsqueeze(-1)
    margin = (right["even"].gather(-1, answers) - right["even"].gather(-1, 1 - answers)).squeeze(-1)
    sure = (right["teacher"][..., 0] - right["teacher"][..., 1]).abs().mean(-1, keepdim=True)
    torch.testing.assert_close(margin, sure.expand_as(margin))
    told = (right["labels"] / 4).softmax(-1).gather(-1, answers)
    assert bool((told == 1).all()), "nothing in a plain label is soft"


def test_a_leak_lets_a_unit_below_zero_through() -> None:
    dead, leaky = (Stack(2, 1, (5,), "student", 0.0, slope) for slope in (0.0, 0.1))
    for stack in (dead, leaky):
        stack.parameters[1].data.fill_(-100)
    inputs = torch.eye(4 * NUMBERS + 3).unsqueeze(0)
    assert (dead(inputs) == dead(inputs)[:, :, :1]).all() and not (leaky(inputs) == leaky(inputs)[:, :, :1]).all()


def test_it_is_read_back_and_says_what_is_wrong() -> None:
    made = Rules(2, 500, (1, 2))
    assert kinds.read(made.to_json()) == made and kinds.read_trainable(made.to_json()) == made
    assert made.in_short() == "Rules and facts, width 2, 500 updates" and made.parameters == 260
    assert made.to_json() == '{"kind":"rules","seeds":[1,2],"updates":500,"width":2}', "as it was stored before"
    other = Rules(2, 500, (1,), tuple(ARMS), LEAK)
    assert kinds.read(other.to_json()) == other and other.in_short().startswith(
        f"{made.in_short()}, leaky ReLU, distilled, labels at T = 2"
    )
    fields = json.loads(made.to_json())
    wrong: list[tuple[dict[str, object], str]] = [
        ({"width": 5}, "must be one of 1, 2"),
        ({"width": True}, "must be one of"),
        ({"updates": 0}, "must be 1 to 4,000"),
        ({"seeds": []}, "must be 1 to 20 numbers"),
        ({"seeds": None}, "is not an experiment"),
        ({"more": 1}, "is not an experiment"),
        ({"arms": ["distilled", "labels"]}, "must be labels and others of"),
        ({"arms": ["labels", "even", "even"]}, "must be labels and others of"),
        ({"arms": ["labels", "cat"]}, "must be labels and others of"),
        ({"slope": 2.0}, "must be 0.0 to 1.0"),
    ]
    for changed, said in wrong:
        with pytest.raises(SpecError, match=said):
            kinds.read(json.dumps(fields | changed))


def test_a_run_of_it_through_the_queue_paused_and_resumed(store: Store) -> None:
    made = Rules(2, 20, (1, 2))
    run_id = store.runs.submit(made, ANNE, start="step")
    run = store.runs.take("w")
    assert run is not None and run.updates == TEACHER_UPDATES + 20
    engine = TorchEngine()
    assert Stretch([run], store, engine).train().state == "paused"
    assert store.runs.request(run_id, ANNE, "resume")
    again = store.runs.take("w")
    assert again is not None and Stretch([again], store, engine).train().state == "finished"
    last = store.runs.events(run_id, 0)[-1]
    assert last["update"] == run.updates and not weights_path(run_id).exists()
    labels, taught, teacher = np.asarray(last["fact"])
    assert teacher.min() > 0.95 > max(labels.max(), taught.max()), "the teacher knows its facts"
    ended = store.runs.get(run_id)
    assert ended is not None and "test_images" not in ended.record
    said = run_verdict(ended, store)
    assert said and (said["seeds"], said["test_images"]) == (2, FACTS) and said["sentence"]
    better = kinds.verdict_of(made, {"update": 620, "fact": [[0.5, 0.6], [0.8, 0.92], [1, 1]]}, None)
    assert better.sentence.startswith("Distilled beats labels only") and better.sentence.endswith("on 600 facts.")
    straight = engine.begin(made).training
    while straight.update < straight.updates:
        straight.step()
    np.testing.assert_allclose(np.asarray(straight.evaluate().measures["fact"]), last["fact"], atol=1e-6)
