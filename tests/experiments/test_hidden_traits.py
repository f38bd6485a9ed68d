"""The kind `hidden_traits`: the rule that judges it, its networks against plain ones, and the run around it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import nn

from app.experiments import kinds
from app.experiments.kinds import hidden_traits as kind
from app.experiments.kinds.hidden_traits import (
    BODY,
    BOTH,
    HEAD,
    NEITHER,
    SHARES,
    Explanation,
    HiddenTraits,
    explanation,
    probed,
    taught,
)
from app.experiments.spec import SpecError
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.kinds.hidden_traits import HiddenTraitsTraining, said_of
from app.experiments.worker.stretch import Stretch
from app.store import Store

ANNE = "a" * 24
SPREAD = (-0.02, 0.0, 0.01, 0.01)


def reached(**means: float) -> list[list[float]]:
    """Accuracies (arms, seeds): each arm near its mean, by its own amount for each seed."""
    by_place = {BOTH: means["both"], HEAD: means["head"], BODY: means["body"], NEITHER: 0.1}
    return [[by_place[arm] + (arm + 1) * apart / 2 for apart in SPREAD] for arm in range(len(SHARES))]


@pytest.mark.parametrize(
    ("means", "answers", "supports"),
    [
        ({"both": 0.86, "head": 0.11, "body": 0.1}, ("none", "none"), "start"),
        ({"both": 0.86, "head": 0.3, "body": 0.1}, ("part", "none"), "start"),
        ({"both": 0.86, "head": 0.85, "body": 0.1}, ("all", "none"), "head"),
        ({"both": 0.86, "head": 0.7, "body": 0.2}, ("most", "part"), "head"),
        ({"both": 0.86, "head": 0.1, "body": 0.8}, ("none", "most"), "body"),
        ({"both": 0.86, "head": 0.86, "body": 0.85}, ("all", "all"), "either"),
        ({"both": 0.86, "head": 0.48, "body": 0.1}, ("open", "none"), "unclear"),
        ({"both": 0.1, "head": 0.5, "body": 0.1}, (None, None), "nothing"),
    ],
)
def test_what_the_numbers_support(means: dict[str, float], answers: Sequence[str | None], supports: str) -> None:
    found = explanation(reached(**means))
    assert (found.head, found.body) == tuple(answers) and found.supports == supports
    assert explanation([*reached(**means), [0.9] * len(SPREAD)]) == found, "the teacher's row changes nothing"


def test_an_answer_needs_an_interval() -> None:
    with pytest.raises(ValueError, match="an interval needs"):
        explanation([[0.8], [0.1], [0.1], [0.1]])
    assert Explanation("open", "most").supports == "unclear"


def test_it_is_read_back() -> None:
    made = HiddenTraits((1, 2), outputs=10)
    assert kinds.read(made.to_json()) == made and kinds.read(made.to_json()).to_json() == made.to_json()
    assert len(made.arm_words()) == len(SHARES) + 1 and "10 meaningless outputs" in made.in_short()


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"outputs": 0}, "1 to 100"), ({"outputs": 2.0}, "whole number"), ({"seeds": []}, "seeds"),
     ({"seeds": 3}, "is not an experiment"), ({"more": 1}, "is not an experiment"), ({"controls": 0}, "true or false")],
)  # fmt: skip
def test_what_is_none_is_a_sentence(changed: dict[str, object], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        kinds.read(json.dumps(json.loads(HiddenTraits((1, 2)).to_json()) | changed))


def test_all_networks_of_a_seed_in_one_product_say_what_each_says_alone() -> None:
    draw = torch.Generator().manual_seed(0)
    images, hidden = torch.randn(2, 30, 7, generator=draw), 5
    bodies, heads = torch.randn(2, 3 * hidden, 31, generator=draw), torch.randn(2, 3, 4, hidden + 1, generator=draw)
    together = said_of(images, bodies, heads)
    for seed in range(2):
        for arm in range(3):
            first, last = nn.Linear(30, hidden), nn.Linear(hidden, 4)
            own = bodies[seed, arm * hidden : (arm + 1) * hidden]
            for layer, weights in ((first, own), (last, heads[seed, arm])):
                layer.weight.data, layer.bias.data = weights[:, :-1], weights[:, -1]
            alone = nn.Sequential(first, nn.ReLU(), last)(images[seed].T)
            torch.testing.assert_close(together[seed, arm], alone.T)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "TEACHER_UPDATES", 4)
    monkeypatch.setattr(kind, "STUDENT_UPDATES", 36)
    monkeypatch.setattr(kind, "POINTS", 4)


@pytest.mark.usefixtures("brief")
def test_arms_share_what_they_are_said_to_share_and_no_head_is_ever_trained() -> None:
    training = TorchEngine().begin(HiddenTraits((3, 4), outputs=2)).training
    assert isinstance(training, HiddenTraitsTraining)
    bodies, heads = training.bodies.detach().clone().view(2, len(SHARES), kind.HIDDEN, -1), training.heads.clone()
    for arm, (body, head) in enumerate(SHARES):
        assert torch.equal(bodies[:, arm], training.teachers.detach()) == body
        assert torch.equal(heads[:, arm], training.teacher_heads[:, 0]) == head
    for _ in range(6):
        training.step()
    assert torch.equal(training.heads, heads)
    assert not torch.equal(training.bodies.detach().view_as(bodies), bodies)


@pytest.mark.usefixtures("brief")
def test_a_body_is_read_through_heads_that_never_change_it_and_by_a_probe_with_its_zeros() -> None:
    made = HiddenTraits((3, 4), outputs=2, controls=True)
    training = TorchEngine().begin(made).training
    assert isinstance(training, HiddenTraitsTraining)
    while training.update < training.updates:
        training.step()
    final = training.evaluate().final
    shape = (made.teacher + 1, 2)
    assert {final[name].shape for name in ("accuracy", "through", "other", "probe", "untrained")} == {shape}
    for arm, (place, _trained) in enumerate(made.students):
        own = "through" if SHARES[place][1] else "other"
        assert torch.equal(final["accuracy"][arm], final[own][arm]), "its own head is the teacher's, or the other one"
        drawn = made.teacher if SHARES[place][0] else NEITHER
        assert torch.equal(final["untrained"][arm], final["untrained"][drawn]), "bodies as they were drawn"
    assert (final["probe"] > 0.5).all() and (final["untrained"] > 0.5).all(), (
        "even an untrained body tells digits apart"
    )
    told = training._told(torch.zeros(2, 784, 3))
    for arm, (_place, trained) in enumerate(made.students):
        assert torch.equal(told[:, arm], told[:, 0]) == trained, "the controls hear the teacher as it was drawn"
    probe, untrained = final["probe"].tolist(), final["untrained"].tolist()
    assert taught(probe, untrained, HEAD).mean == pytest.approx(
        100 * np.mean(np.subtract(probe[HEAD], probe[len(SHARES)])), abs=1e-3
    )
    assert probed(probe, untrained).supports in ("start", "head", "body", "either", "unclear", "nothing")


@pytest.mark.usefixtures("brief")
def test_a_run_of_it_paused_on_the_way_ends_as_one_without_a_pause(store: Store) -> None:
    made, ends = HiddenTraits((3, 4)), []
    for start in ("step", "train"):
        run_id = store.runs.submit(made, ANNE, start=start)
        engine, run = TorchEngine(), store.runs.take("w")
        assert run is not None and run.updates == made.work().updates == 40
        if start == "step":
            assert Stretch([run], store, engine).train().state == "paused"
            assert store.runs.request(run_id, ANNE, "resume")
            run = store.runs.take("w")
            assert run is not None
        assert Stretch([run], store, engine).train().state == "finished"
        ends.append(store.runs.events(run_id, 0)[-1])
    assert ends[0]["final"] == ends[1]["final"] and ends[0]["copied"] == ends[1]["copied"]
    assert np.shape(ends[0]["final"]["accuracy"]) == (len(SHARES) + 1, 2) and ends[0]["final"]["images"] == 10_000
    assert ends[0]["copied"][-1] == [1, 1], "the teacher copies itself"
    assert kinds.verdict_of(made, ends[0], 1000).test_images == 10_000
