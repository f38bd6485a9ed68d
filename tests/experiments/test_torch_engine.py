"""Runs with the product's engine: the same numbers again, also after a pause, and sentences where something fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from app import catalog
from app.catalog import METRICS
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.one_run import OneRun
from app.store import Run, Store, weights_path
from tests.experiments.examples import json_of

LEARNER = "a" * 24
SMALL = {"student": "cnn-2k", "labels": 100, "epochs": 4}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TorchEngine]:
    """Warm, in a home of its own: the teacher answers once for all tests."""
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISTILLERY_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("DATABASE_URL", raising=False)
        made = TorchEngine()
        answers = made.warm()
        assert answers.logits.shape == (catalog.SHOWN, catalog.CLASSES) and answers.accuracy > 0.99
        yield made
    torch.set_num_threads(threads)


@pytest.fixture
def store(engine: TorchEngine) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.close()


def trained(store: Store, engine: TorchEngine, **settings: Any) -> Run:
    """A run that was trained as far as it goes."""
    run_id = store.submit(json_of(**SMALL | settings), LEARNER)
    run = store.take("w")
    assert run is not None and run.id == run_id
    OneRun(run, store, engine).train()
    ended = store.run(run_id)
    assert ended is not None
    return ended


def numbers(store: Store, run: Run) -> list[dict[str, Any]]:
    return [{name: event[name] for name in ("update", *METRICS)} for event in store.events(run.id, 0)]


def test_the_same_spec_gives_the_same_numbers_also_after_a_pause(store: Store, engine: TorchEngine) -> None:
    first, second = trained(store, engine), trained(store, engine)
    assert first.state == "finished" and numbers(store, first) == numbers(store, second)
    run_id = store.submit(json_of(**SMALL), LEARNER, start="step")
    for _ in range(3):  # three updates by hand, the others at once
        run = store.take("w")
        assert run is not None
        OneRun(run, store, engine).train()
        store.request(run_id, LEARNER, "step")
    run = store.take("w")
    assert run is not None and run.update == 3
    OneRun(replace(run, mode="train"), store, engine).train()
    third = store.run(run_id)
    assert third is not None and third.state == "finished"
    at = {point["update"] for point in numbers(store, first)}
    assert [point for point in numbers(store, third) if point["update"] in at] == numbers(store, first)
    files = {weights_path(run.id).read_bytes() for run in (first, second, third)}
    assert len(files) == 1, "the weights, bit for bit"


def test_a_run_records_what_its_numbers_depend_on(store: Store, engine: TorchEngine) -> None:
    run = trained(store, engine)
    record = run.record
    assert record["engine"] == catalog.ENGINE and record["torch"] == torch.__version__
    assert record["threads"] == catalog.THREADS_PER_RUN == torch.get_num_threads()
    assert record["teacher_digest"] == catalog.teachers()["mnist"].sha256 and len(record["data_digest"]) == 64
    assert record["test_images"] == 1000 and record["teacher_accuracy"] > 0.99
    assert {"cores", "platform", "python"} <= set(record)
    losses = store.events(run.id, 1)[0]["losses"]
    assert {"hard", "soft", "total"} <= set(losses) and len(losses["hard"]) == 2 and len(losses["hard"][0]) == 3


@pytest.mark.parametrize("method", [name for name in catalog.METHODS if name not in ("labels", "kd")])
def test_every_method_trains(store: Store, engine: TorchEngine, method: str) -> None:
    run = trained(store, engine, method=method, epochs=1)
    assert run.state == "finished", run.message


def test_the_material_stays_in_memory_until_it_changes(store: Store, engine: TorchEngine) -> None:
    material = engine._material("mnist", "mnist")
    assert engine._material("mnist", "mnist") is material


def test_images_that_are_not_here(store: Store, engine: TorchEngine) -> None:
    run = trained(store, engine, data="mnist-full")
    assert run.state == "failed"
    assert run.message == "The image pack mnist-full.npz is not on this machine."


def test_damaged_teacher_weights(
    store: Store, engine: TorchEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = catalog.teachers()["mnist"]
    cut = tmp_path / "mnist.safetensors"
    cut.write_bytes(shipped.path.read_bytes()[:5000])
    changed = dict(catalog.teachers()) | {"mnist": replace(shipped, file=str(cut))}
    monkeypatch.setattr(catalog, "teachers", lambda: changed)
    run = trained(store, engine)
    assert run.state == "failed" and "was changed or cut short" in run.message


def test_a_teacher_that_is_not_shipped(store: Store, engine: TorchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "teachers", dict)
    assert "teacher must be a shipped one" in trained(store, engine).message


def test_a_damaged_checkpoint(engine: TorchEngine, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    engine.save({"a": torch.ones(3)}, path)
    assert torch.equal(engine.load(path)["a"], torch.ones(3))
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="damaged"):
        engine.load(path)
