"""The inference process as a web server sees it: many threads, a death, a hang, an end. Real processes, no torch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from app.catalog import paths
from app.server import inference_client
from app.server.inference_client import (
    AWAY,
    BUSY,
    CANNOT,
    STARTING,
    InferenceClient,
    InferenceRefused,
    InferenceUnavailable,
)
from tests.server.test_supervisor import gone
from tests.waiting import wait_for

COMMAND = (sys.executable, "-m", "tests.experiments.tiny_inference")
Made = Callable[..., InferenceClient]


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference_client, "GLANCE_SECONDS", 0.02)
    monkeypatch.setattr(inference_client, "END_SECONDS", 0.3)  # for those that would not end by themselves


@pytest.fixture
def made() -> Iterator[Made]:
    kept: list[InferenceClient] = []

    def make(how: str = "well", **settings: float) -> InferenceClient:
        kept.append(InferenceClient((*COMMAND, how), **settings))
        kept[-1].start()
        return kept[-1]

    yield make
    for one in kept:
        one.stop()


def answers(asked: InferenceClient) -> bool:
    """Whether it answers now."""
    try:
        return bool(asked.ask(do="read")["teacher"])
    except InferenceUnavailable:
        return False


@contextmanager
def stopped(asked: InferenceClient) -> Iterator[None]:
    """Meanwhile its process does nothing, however fast this machine is."""
    assert asked.pid is not None
    os.kill(asked.pid, signal.SIGSTOP)
    yield
    os.kill(asked.pid, signal.SIGCONT)


def ready(made: Made, **settings: float) -> InferenceClient:
    asked = made(**settings)
    wait_for(lambda: asked.pid)
    return asked


def test_answers_find_their_way_to_those_who_asked(made: Made) -> None:
    asked = ready(made)
    answers: dict[int, int] = {}

    def ask(number: int) -> None:
        for again in range(10):
            answers[10 * number + again] = asked.ask(do="read", mine=10 * number + again)["asked"]["mine"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {mine: mine for mine in range(300)}


def test_a_refusal_is_a_sentence_and_noise_is_no_answer(made: Made) -> None:
    asked = ready(made)
    with pytest.raises(InferenceRefused, match="weights are damaged"):
        asked.ask(do="refuse")
    assert asked.ask(do="noise")["teacher"]


def test_before_it_is_ready_nobody_waits(made: Made) -> None:
    with pytest.raises(InferenceUnavailable, match="is starting"):
        InferenceClient(COMMAND).ask(do="read")
    with pytest.raises(InferenceUnavailable) as refused:
        made("never").ask(do="read")
    assert str(refused.value) == STARTING


def test_one_that_dies_is_replaced_and_open_questions_hear_of_it(made: Made) -> None:
    asked = ready(made)
    first = asked.pid
    with pytest.raises(InferenceUnavailable) as lost:
        asked.ask(do="die", seconds=20)
    assert str(lost.value) == AWAY
    wait_for(lambda: asked.pid not in (None, first))
    assert asked.ask(do="read")["teacher"]


@pytest.mark.parametrize("how", ["hang", "stopped"])
def test_one_that_hangs_is_killed_and_replaced(made: Made, how: str) -> None:
    asked = ready(made, hang_seconds=0.5)
    first = asked.pid
    assert first is not None
    if how == "stopped":
        os.kill(first, signal.SIGSTOP)
    with pytest.raises(InferenceUnavailable):
        asked.ask(do="hang" if how == "hang" else "read", seconds=20)
    wait_for(lambda: gone(first))
    wait_for(lambda: asked.pid not in (None, first))
    wait_for(lambda: answers(asked))


def test_idle_for_long_is_not_hanging(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ready(made)
    first, later, looks = asked.pid, time.monotonic() + 10 * inference_client.HANG_SECONDS, list[float]()

    def clock() -> float:
        looks.append(later)
        return later

    with monkeypatch.context() as patch:
        patch.setattr(inference_client, "time", SimpleNamespace(monotonic=clock))
        wait_for(lambda: len(looks) > 3)  # at the process, by this clock
    assert asked.ask(do="read")["teacher"] and asked.pid == first


def test_a_slow_answer_ends_the_waiting_not_the_process(made: Made) -> None:
    asked = ready(made)
    first = asked.pid
    with stopped(asked), pytest.raises(InferenceUnavailable, match="slow to answer"):
        asked.ask(do="read", seconds=0.05)
    assert asked.ask(do="read")["teacher"] and asked.pid == first


def test_too_many_open_questions_are_refused_at_once(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference_client, "OPEN_AT_MOST", 3)
    asked = ready(made)
    with stopped(asked):
        futures = [asked.send(do="measure") for _ in range(3)]
        with pytest.raises(InferenceUnavailable) as refused:
            asked.ask(do="read")
        assert str(refused.value) == BUSY
    assert all(future.result(20)["ms"] for future in futures)
    assert asked.ask(do="read")["teacher"]


def test_one_that_cannot_start_is_told_and_not_started_in_a_loop(made: Made, capfd: pytest.CaptureFixture[str]) -> None:
    asked = made("dies")

    def told() -> bool:
        with pytest.raises(InferenceUnavailable) as refused:
            asked.ask(do="read")
        return str(refused.value) == CANNOT

    wait_for(told)
    missing = InferenceClient(("/nowhere/python",))
    missing.start()
    wait_for(lambda: missing._away == CANNOT)
    missing.stop()
    assert "cannot start" in capfd.readouterr().err


SERVER = """
import sys
from app.server.inference_client import InferenceClient
asked = InferenceClient((sys.executable, "-m", "tests.experiments.tiny_inference"))
asked.start()
while asked.pid is None:
    pass
print(asked.pid, flush=True)
sys.stdin.read()
"""


def test_a_killed_server_takes_it_along() -> None:
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT)}
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
    wait_for(lambda: gone(pid))


def test_it_ends_with_its_server_and_can_begin_again(made: Made) -> None:
    asked = ready(made)
    first = asked.pid
    assert first is not None
    left = asked.send(do="hang")
    asked.stop()
    assert gone(first) and asked.pid is None
    with pytest.raises(InferenceUnavailable):
        left.result(1)
    asked.start()
    wait_for(lambda: asked.pid)
    assert asked.ask(do="read")["teacher"]
