"""A class that students never saw: what a bias brings out, and what the browser is told of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from app.experiments.left_out import LeftOutAnswers, left_out_answers
from app.experiments.recordings.left_out import PREFIX, recorded_left_out
from app.experiments.worker.stretch import Stretch
from app.server.api import routes
from app.store import Store
from tests.asgi import get
from tests.experiments.examples import json_of
from tests.experiments.tiny_engine import SHOWN, TinyEngine

ANNE = "a" * 24


def some(seed: int, classes: int = 10, images: int = 60) -> tuple[LeftOutAnswers, np.ndarray, np.ndarray]:
    """(answers, logits (2, 3, images, classes), labels)."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 3, (2, 3, images, classes)).astype(np.float32)
    labels = chance.integers(0, classes, images)
    return left_out_answers(logits, labels, classes // 2), logits, labels


@given(st.integers(0, 99), st.floats(-12, 12), st.sampled_from([2, 3, 10]))
def test_a_bias_does_what_adding_it_to_the_logit_does(seed: int, bias: float, classes: int) -> None:
    answers, logits, labels = some(seed, classes)
    pushed = logits.astype(np.float64)
    pushed[..., answers.left_out] += bias
    right = pushed.argmax(-1) == labels
    own = labels == answers.left_out
    np.testing.assert_allclose(answers.share("all", bias), right.mean(-1))
    if own.any() and not own.all():
        np.testing.assert_allclose(answers.share("own", bias), right[..., own].mean(-1))
        np.testing.assert_allclose(answers.share("others", bias), right[..., ~own].mean(-1))
    assert (answers.taken(bias) == (pushed.argmax(-1) == answers.left_out)).all()


@given(st.integers(0, 99), st.floats(0.02, 0.98))
def test_the_label_free_correction_reads_no_label(seed: int, prior: float) -> None:
    answers, logits, labels = some(seed)
    bias = answers.label_free(prior)
    counts = answers.taken(bias).sum(-1)
    assert (np.abs(counts - prior * 60) <= 1).all()
    assert (bias == left_out_answers(logits, (labels + 1) % 10, answers.left_out).label_free(prior)).all()


@given(st.integers(0, 99))
def test_no_other_bias_is_better_than_the_best(seed: int) -> None:
    answers, _, _ = some(seed)
    best = answers.share("all", answers.best())
    for bias in np.linspace(-25, 25, 201):
        assert (answers.share("all", bias) <= best + 1e-9).all()


def test_where_no_bias_helps_the_best_is_none_and_equal_margins_are_not_parted() -> None:
    labels = np.array([0, 1, 1, 1])
    logits = np.array([[[[0.0, 9.0], [0.0, 2.0], [0.0, 3.0], [0.0, 2.0]]]], np.float16)
    assert left_out_answers(logits, labels, 0).best().item() == 0
    even = np.array([[[[0.0, 2.0], [0.0, 2.0], [0.0, 2.0], [0.0, 5.0]]]], np.float16)
    answers = left_out_answers(even, np.array([0, 0, 1, 1]), 0)
    assert 2 < answers.best().item() < 5 and answers.share("all", answers.best()).item() == 0.75


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, 2.0])
def test_a_class_that_occurs_never_or_always_cannot_be_matched(prior: float) -> None:
    with pytest.raises(ValueError, match="prior must be between 0 and 1"):
        some(1)[0].label_free(prior)


# ── what the browser is told ─────────────────────────────────────────────────────────────────────────────────────


def asked(store: Store, run_id: str) -> tuple[int, dict[str, object]]:
    answer = get(Starlette(routes=routes(lambda: store)), f"/api/runs/{run_id}/unseen")
    return answer.status, answer.json()


def test_the_browser_gets_what_was_recorded_of_every_class(store: Store) -> None:
    for number in (0, 3, 9):
        status, said = asked(store, f"{PREFIX}mnist-{number}")
        answers = recorded_left_out("mnist").of(number)
        assert status == 200 and said["leftOut"] == number
        np.testing.assert_allclose(np.array(said["margins"]), answers.margins, atol=6e-4)
        assert said["roles"] == ["labels", "distilled", "even"] and len(str(said["labels"])) == 1000


@pytest.mark.parametrize(
    "name", ["mnist-10", "mnist--1", "mnist-x", "mnist", "fashion-3", "mnist-99999999999", "mnist-full-3", "..-3"]
)
def test_what_was_not_recorded_is_a_sentence(store: Store, name: str) -> None:
    status, said = asked(store, f"{PREFIX}{name}")
    assert status == 404 and str(said["message"]).endswith(".")


def test_a_run_of_ones_own_says_the_same_things(store: Store) -> None:
    run_id = store.runs.submit(json_of(left_out=3), ANNE)
    status, said = asked(store, run_id)
    assert status == 404 and said["message"] == "The students have not answered yet."
    run = store.runs.take("w")
    assert run is not None
    Stretch([run], store, TinyEngine()).train()
    status, said = asked(store, run_id)
    assert status == 200 and (said["leftOut"], said["seeds"]) == (3, 3)
    assert len(str(said["labels"])) == SHOWN and np.array(said["margins"]).shape[-1] == SHOWN


def test_a_run_in_which_every_class_was_shown_says_so(store: Store) -> None:
    run_id = store.runs.submit(json_of(), ANNE)
    run = store.runs.take("w")
    assert run is not None
    Stretch([run], store, TinyEngine()).train()
    for one in (run_id, "recorded-mnist-kd"):
        status, said = asked(store, one)
        assert status == 404 and said["message"] == (
            "Every class was shown in this run: train one in which a class is left out."
        )
    assert asked(store, "nosuchrun234")[0] == 404
