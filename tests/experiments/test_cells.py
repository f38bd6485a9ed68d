"""The runs of a cohort in a worker, with the tiny engine: each gets what it would get alone."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.experiments.worker.stretch import Stretch
from app.store import Run, Store
from tests.experiments.examples import METRICS, Text, json_of, parcels
from tests.experiments.one_run import now
from tests.experiments.tiny_engine import SHOWN, TinyEngine
from tests.files import weights_path

ANNE = "a" * 24
TEMPERATURES = (2.0, 4.0, 8.0)


def specs(**settings: Any) -> list[str]:
    return [json_of(**settings, temperature=t, alpha=0.1 * t) for t in TEMPERATURES]


def taken(store: Store, **settings: Any) -> list[Run]:
    """The runs of one cohort, handed to us."""
    store.sweeps.submit("{}", parcels([specs(**settings)]), ANNE)
    lead = store.runs.take("w")
    assert lead is not None
    return store.runs.together(lead)


def at_update(update: int, act: Callable[[], object]) -> TinyEngine:
    """An engine in whose training something happens after so many updates."""
    engine = TinyEngine()
    begin = engine.begin

    def acting(experiment: Any) -> Any:
        prepared = begin(experiment)
        step = prepared.training.step

        def stepping() -> Any:
            if prepared.training.update == update:
                act()
            return step()

        prepared.training.step = stepping  # type: ignore[method-assign]
        return prepared

    engine.begin = acting  # type: ignore[method-assign]
    return engine


def test_each_gets_what_it_would_get_alone(store: Store) -> None:
    together = taken(store)
    assert Stretch(together, store, TinyEngine()).train().state == "finished"
    for run, spec in zip(together, specs(), strict=True):
        store.runs.submit(Text(spec), "b" * 24)
        alone = store.runs.take("w")
        assert alone is not None
        Stretch([alone], store, TinyEngine()).train()
        ours, theirs = store.runs.events(run.id, 0), store.runs.events(alone.id, 0)
        for name in ("update", "losses", *METRICS):
            assert [event[name] for event in ours] == [event[name] for event in theirs], name
        found, same = store.runs.logits(run.id), store.runs.logits(alone.id)
        assert found is not None and same is not None and found[1] == same[1]
        assert np.array_equal(found[0], same[0]) and found[0].shape == (2, 3, SHOWN, 10)
        assert weights_path(run.id).read_bytes() == weights_path(alone.id).read_bytes()
        assert (now(store, run).state, now(store, run).update) == ("finished", 10)


def test_answers_are_kept_at_three_moments_and_validation_at_the_end(store: Store) -> None:
    together = taken(store)
    Stretch(together, store, TinyEngine()).train()
    for run in together:
        events = store.runs.events(run.id, 0)
        kept = {event["seq"]: event["update"] for event in events}
        assert [kept[seq] for seq, _ in store.runs.all_logits(run.id)] == [0, 5, 10]
        assert [event["update"] for event in events if "validation" in event] == [10]
        assert np.shape(events[-1]["validation"]) == (2, 3)


def test_one_that_is_stopped_keeps_its_numbers_and_the_others_go_on(store: Store) -> None:
    together = taken(store)
    cells = Stretch(together, store, at_update(4, lambda: cells.ask("stop", together[1].id)))
    assert cells.train().state == "finished"
    assert [now(store, run).state for run in together] == ["finished", "stopped", "finished"]
    assert now(store, together[1]).update == 5 and weights_path(together[1].id).exists()


def test_all_stopped_ends_the_training(store: Store) -> None:
    together = taken(store, student="cnn-2k", epochs=100)
    cells = Stretch(together, store, TinyEngine())
    for run in together:
        cells.ask("stop", run.id)
    cells.train()
    assert {now(store, run).state for run in together} == {"stopped"}


def test_the_time_limit_is_for_all(store: Store) -> None:
    together = taken(store, student="cnn-2k", epochs=100)
    assert Stretch(together, store, TinyEngine(), limit_seconds=2.0).train().state == "stopped"
    for run in together:
        assert "longest that a run may take" in now(store, run).message and now(store, run).update > 0


def test_a_failure_is_every_runs(store: Store) -> None:
    together = taken(store, student="cnn-35k")
    Stretch(together, store, TinyEngine()).train()
    for run in together:
        assert (now(store, run).state, now(store, run).message) == ("failed", "The training failed (RuntimeError).")


def test_one_that_was_ended_elsewhere_is_let_go(store: Store) -> None:
    together = taken(store)
    cells = Stretch(
        together, store, at_update(4, lambda: store.runs.end(together[0].id, "interrupted", "gone", worker="w"))
    )
    assert cells.train().state == "finished"
    assert [now(store, run).state for run in together] == ["interrupted", "finished", "finished"]


def test_weights_that_cannot_be_saved(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(tensors: dict[str, Any], path: Path, *, half: bool = False) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    engine = TinyEngine()
    monkeypatch.setattr(engine, "save", full)
    together = taken(store)
    Stretch(together, store, engine).train()
    for run in together:
        assert now(store, run).state == "stopped" and "full" in now(store, run).message
        assert store.runs.events(run.id, 0)[-1]["update"] == 10, "the numbers are kept"
