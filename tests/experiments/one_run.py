"""A run that a test has taken as a worker does, and what is asked of it meanwhile."""

from __future__ import annotations

from typing import Any

from app.experiments.worker.stretch import Stretch
from app.store import Run, Store
from tests.experiments.examples import json_of
from tests.experiments.tiny_engine import TinyEngine

LEARNER = "a" * 24


def taken(store: Store, mode: Any = "train", **settings: Any) -> Run:
    """A new run, handed to us."""
    store.runs.submit(json_of(**{"labels": 50} | settings), LEARNER, start=mode)  # two batches an epoch
    run = store.runs.take("w")
    assert run is not None
    return run


def now(store: Store, run: Run) -> Run:
    found = store.runs.get(run.id)
    assert found is not None
    return found


def again(store: Store, run: Run, action: Any) -> Run:
    """The same run, taken again after a request."""
    assert store.runs.request(run.id, LEARNER, action)
    found = store.runs.take("w")
    assert found is not None and found.id == run.id
    return found


def again_by(worker: str, store: Store, run: Run) -> Run:
    """The same paused run, taken by another worker."""
    assert store.runs.request(run.id, LEARNER, "resume")
    found = store.runs.take(worker)
    assert found is not None and found.id == run.id
    return found


class Asking(TinyEngine):
    """Asks for something of the run when it makes a certain update (0: before the first)."""

    def __init__(self, at: int, action: str) -> None:
        self.at, self.action, self.one = at, action, None

    def begin(self, spec: Any) -> Any:
        prepared = super().begin(spec)
        training, step = prepared.training, prepared.training.step
        if self.at == 0:
            self.one.ask(self.action)  # type: ignore[attr-defined]

        def asking() -> Any:
            losses = step()
            if training.update == self.at:
                self.one.ask(self.action)  # type: ignore[attr-defined]
            return losses

        training.step = asking  # type: ignore[method-assign]
        return prepared


def asked(store: Store, run: Run, at: int, action: str) -> str:
    engine = Asking(at, action)
    engine.one = Stretch([run], store, engine)  # type: ignore[assignment]
    return engine.one.train().state  # type: ignore[attr-defined, no-any-return]
