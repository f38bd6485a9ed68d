"""The worker's loop in this process: what it hears, takes and says."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.catalog.pack import PackError
from app.experiments.worker.process import Worker
from app.experiments.worker.stretch import Ending
from app.store import Store
from tests.experiments.one_run import now, taken
from tests.experiments.tiny_engine import TinyEngine


def orders(*lines: dict[str, str]) -> io.StringIO:
    return io.StringIO("".join(json.dumps(line) + "\n" for line in lines))


class Ended(BaseException):
    """In place of the end of the process."""


def hearing(monkeypatch: pytest.MonkeyPatch, *lines: dict[str, str]) -> Worker:
    """A worker that has heard these orders; its input has ended."""

    def end(_status: int) -> None:
        raise Ended

    monkeypatch.setattr("app.experiments.worker.process.os._exit", end)
    worker = Worker(orders(*lines), io.StringIO())
    with pytest.raises(Ended):
        worker._listen()
    return worker


@pytest.mark.parametrize(("meant", "state"), [("w", "paused"), ("an earlier stretch", "finished")])
def test_a_signal_is_for_one_stretch(store: Store, monkeypatch: pytest.MonkeyPatch, meant: str, state: str) -> None:
    run = taken(store, epochs=20)
    worker = hearing(monkeypatch, {"signal": "pause", "run": run.id, "stretch": meant}, {"job": run.id, "stretch": "w"})
    assert worker._train(run.id, "w", store, TinyEngine()).state == state
    assert now(store, run).state == state


def test_a_job_that_is_in_another_hand_is_left_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = taken(store)
    assert hearing(monkeypatch)._train(run.id, "another", store, TinyEngine()) == Ending("lost")
    assert now(store, run).state == "running" and not store.runs.events(run.id, 0)


class Cold(TinyEngine):
    """Cannot get warm."""

    def warm(self) -> Any:
        raise PackError("The image pack mnist.npz is damaged.")


def test_why_a_worker_is_not_warm_reaches_the_log(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ready(_self: Worker, **answer: Any) -> None:
        raise Ended(answer)

    monkeypatch.setattr(Worker, "_say", ready)
    monkeypatch.setattr(Worker, "_listen", lambda _self: None)
    with pytest.raises(Ended):
        Worker(orders(), io.StringIO()).serve(Cold)
    assert "A worker is not warm: The image pack mnist.npz is damaged." in capsys.readouterr().err
