"""A class that students never saw: what a bias brings out, and the recording of it as it is shipped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette

from app.catalog.available import teachers
from app.catalog.declared import ENGINE
from app.experiments.left_out import Unseen, unseen
from app.experiments.recordings import left_out as kept
from app.experiments.worker.one_run import OneRun
from app.server.api import routes
from app.store import Store
from pretrained import record_unseen
from tests.asgi import get
from tests.experiments.examples import json_of
from tests.experiments.tiny_engine import SHOWN, TinyEngine

ANNE = "a" * 24


def some(seed: int, classes: int = 10, images: int = 60) -> tuple[Unseen, np.ndarray, np.ndarray]:
    """(answers, logits (2, 3, images, classes), labels)."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 3, (2, 3, images, classes)).astype(np.float32)
    labels = chance.integers(0, classes, images)
    return unseen(logits, labels, classes // 2), logits, labels


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
    assert (bias == unseen(logits, (labels + 1) % 10, answers.left_out).label_free(prior)).all()


@given(st.integers(0, 99))
def test_no_other_bias_is_better_than_the_best(seed: int) -> None:
    answers, _, _ = some(seed)
    best = answers.share("all", answers.best())
    for bias in np.linspace(-25, 25, 201):
        assert (answers.share("all", bias) <= best + 1e-9).all()


def test_where_no_bias_helps_the_best_is_none_and_equal_margins_are_not_parted() -> None:
    labels = np.array([0, 1, 1, 1])
    logits = np.array([[[[0.0, 9.0], [0.0, 2.0], [0.0, 3.0], [0.0, 2.0]]]], np.float16)
    assert unseen(logits, labels, 0).best().item() == 0
    even = np.array([[[[0.0, 2.0], [0.0, 2.0], [0.0, 2.0], [0.0, 5.0]]]], np.float16)
    answers = unseen(even, np.array([0, 0, 1, 1]), 0)
    assert 2 < answers.best().item() < 5 and answers.share("all", answers.best()).item() == 0.75


@pytest.mark.parametrize("prior", [0.0, 1.0, -0.1, 2.0])
def test_a_class_that_occurs_never_or_always_cannot_be_matched(prior: float) -> None:
    with pytest.raises(ValueError, match="prior must be between 0 and 1"):
        some(1)[0].label_free(prior)


# ── the recording ────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_shipped_as_the_script_plans_it() -> None:
    found = kept.recorded_unseen("mnist")
    assert found.record["engine"] == ENGINE and found.record["teacher_digest"] == teachers()["mnist"].sha256
    assert found.spec == record_unseen.spec_of(None) and found.margins.shape == (10, 2, 5, 1000)
    planned = [record_unseen.spec_of(one) for one in range(10) for _ in range(2)]
    planned += [spec for spec in record_unseen.others() for _ in spec.arms] + [record_unseen.full()]
    assert [one.spec for one in found.measured] == planned


def test_its_numbers_are_those_of_its_answers() -> None:
    found = kept.recorded_unseen("mnist")
    for one in found.measured[:20]:
        assert one == kept.measured_of(found.of(one.spec.left_out or 0), one.spec, one.arm, record_unseen.PRIOR)


def test_it_can_be_written_and_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = kept.recorded_unseen("mnist")
    for name, body in kept.written(found).items():
        (tmp_path / name).write_bytes(body)
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)
    again = kept.recorded_unseen("mnist")
    assert again.measured == found.measured and again.spec == found.spec
    np.testing.assert_array_equal(again.margins, found.margins)


@pytest.mark.parametrize("damage", ["gone", "text", "arrays", "format"])
def test_a_damaged_recording_is_a_sentence(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in kept.folder().iterdir():
        shutil.copy(file, tmp_path)
    text, arrays = (tmp_path / f"{kept.PREFIX}mnist{ending}" for ending in (".json", ".npz"))
    if damage == "gone":
        arrays.unlink()
    if damage == "text":
        text.write_text("{", encoding="utf-8")
    if damage == "arrays":
        arrays.write_bytes(arrays.read_bytes()[:-9] + b"123456789")
    if damage == "format":
        text.write_text(json.dumps(json.loads(text.read_text(encoding="utf-8")) | {"format": 0}), encoding="utf-8")
    monkeypatch.setattr(kept, "folder", lambda: tmp_path)
    with pytest.raises(ValueError, match="Get a fresh copy of the app"):
        kept.recorded_unseen("mnist")


# ── what the browser is told ─────────────────────────────────────────────────────────────────────────────────────


def asked(store: Store, run_id: str) -> tuple[int, dict[str, object]]:
    answer = get(Starlette(routes=routes(lambda: store)), f"/api/runs/{run_id}/unseen")
    return answer.status, answer.json()


def test_the_browser_gets_what_was_recorded_of_every_class(store: Store) -> None:
    for number in (0, 3, 9):
        status, said = asked(store, f"{kept.PREFIX}mnist-{number}")
        answers = kept.recorded_unseen("mnist").of(number)
        assert status == 200 and said["leftOut"] == number and said["final"] is True
        np.testing.assert_allclose(np.array(said["margins"]), answers.margins, atol=6e-4)
        assert said["roles"] == ["labels", "distilled"] and len(str(said["labels"])) == 1000


@pytest.mark.parametrize("name", ["mnist-10", "mnist--1", "mnist-x", "mnist", "fashion-3", "mnist-99999999999", "..-3"])
def test_what_was_not_recorded_is_a_sentence(store: Store, name: str) -> None:
    status, said = asked(store, f"{kept.PREFIX}{name}")
    assert status == 404 and str(said["message"]).endswith(".")


def test_a_run_of_ones_own_says_the_same_things(store: Store) -> None:
    run_id = store.submit(json_of(left_out=3), ANNE)
    status, said = asked(store, run_id)
    assert status == 404 and said["message"] == "The students have not answered yet."
    run = store.take("w")
    assert run is not None
    OneRun(run, store, TinyEngine()).train()
    status, said = asked(store, run_id)
    assert status == 200 and (said["leftOut"], said["final"], said["seeds"]) == (3, True, 3)
    assert len(str(said["labels"])) == SHOWN and np.array(said["margins"]).shape[-1] == SHOWN


def test_a_run_in_which_every_class_was_shown_says_so(store: Store) -> None:
    run_id = store.submit(json_of(), ANNE)
    run = store.take("w")
    assert run is not None
    OneRun(run, store, TinyEngine()).train()
    for one in (run_id, "recorded-mnist-kd"):
        status, said = asked(store, one)
        assert status == 404 and said["message"] == (
            "Every class was shown in this run: train one in which a class is left out."
        )
    assert asked(store, "nosuchrun234")[0] == 404
