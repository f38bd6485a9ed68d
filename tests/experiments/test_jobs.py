"""Jobs with real processes: one at a time for each kind, cancelled, killed, overdue, of images that are removed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from app.catalog import paths
from app.experiments import jobs
from app.experiments.jobs import OVERDUE, JobRunner
from app.experiments.runner import start_process
from app.store import Store
from app.store.models import JOB_ENDED
from tests.own_images import brought, found
from tests.waiting import PATIENCE, wait_for

ANNE, BEN = "a" * 24, "b" * 24
TINY = (sys.executable, "-m", "tests.experiments.tiny_job")


class Desk:
    """Jobs, and the processes that they started."""

    def __init__(self, store: Store) -> None:
        self.store, self.started = store, list[subprocess.Popen[str]]()
        self.jobs = JobRunner(store, self._start, "here", {"read": TINY, "teach": TINY})

    def _start(self, command: Any) -> subprocess.Popen[str]:
        self.started.append(start_process(command))
        return self.started[-1]

    def until(self, look: Callable[[], object]) -> None:
        """Go round until something is so."""

        def round_and_look() -> object:
            self.jobs.round(True)
            return look()

        wait_for(round_and_look)

    def state(self, set_id: str) -> tuple[str, str]:
        one = found(self.store, set_id)
        return one.state, one.message


@pytest.fixture
def desk(store: Store) -> Iterator[Desk]:
    made = Desk(store)
    yield made
    for process in made.started:
        process.kill()
        process.wait()
        assert process.stdin is not None
        process.stdin.close()


def asked(store: Store, learner: str, name: str) -> str:
    return brought(store, learner, b"zip", name)


def test_one_after_the_other_fair_over_learners(desk: Desk, store: Store) -> None:
    first, second = asked(store, ANNE, "ends"), asked(store, ANNE, "ends")
    other = asked(store, BEN, "ends")
    order: list[str] = []

    def all_done() -> bool:
        going = [one for one in (first, second, other) if desk.state(one)[0] == "running"]
        assert len(going) <= 1
        order.extend(one for one in going if one not in order)
        return all(desk.state(one)[0] == "finished" for one in (first, second, other))

    desk.until(all_done)
    assert sorted(order, key=order.index) == [first, other, second] or len(order) < 3  # a quick one may not be seen
    served = [found(store, one) for one in (first, other, second)]
    assert [one.state for one in served] == ["finished"] * 3


def test_two_machines_never_do_the_same_job(store: Store) -> None:
    images, tried = asked(store, ANNE, "ends"), list[str]()

    def start(command: Sequence[str]) -> None:
        tried.append("here")
        another.round(True)

    another = JobRunner(store, lambda command: tried.append("another"), "another", {"read": TINY})
    JobRunner(store, start, "here", {"read": TINY}).round(True)
    assert tried == ["here"]
    assert found(store, images).state == "queued", "its process could not be started: it waits again"


def test_reading_does_not_wait_for_a_teacher(desk: Desk, store: Store) -> None:
    taught = asked(store, ANNE, "waits")
    store.jobs.set(taught, state="finished", record={"classes": [1]})
    assert store.images.ask_for_teacher(taught, ANNE)
    desk.until(lambda: desk.state(taught)[0] == "running")
    quick = asked(store, BEN, "ends")
    desk.until(lambda: desk.state(quick)[0] == "finished")
    assert desk.state(taught)[0] == "running"


def test_one_that_dies_is_told(desk: Desk, store: Store) -> None:
    dead = asked(store, ANNE, "dies")
    desk.until(lambda: desk.state(dead) == ("failed", JOB_ENDED["read"]))


def test_one_that_is_killed_is_told_and_may_be_asked_for_again(desk: Desk, store: Store) -> None:
    killed = asked(store, ANNE, "waits")
    store.jobs.set(killed, state="finished", record={"classes": [1]})
    store.images.ask_for_teacher(killed, ANNE)
    desk.until(lambda: desk.state(killed) == ("running", "half"))
    desk.started[-1].kill()
    desk.until(lambda: desk.state(killed) == ("failed", JOB_ENDED["read"]))
    assert store.images.ask_for_teacher(killed, ANNE)
    desk.until(lambda: len(desk.started) == 2 and desk.state(killed) == ("running", "half"))


@pytest.mark.parametrize("name", ["waits", "deaf"])
def test_one_that_is_cancelled_ends(desk: Desk, store: Store, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CANCEL_GRACE", 0.2 if name == "deaf" else 60.0)
    taught = asked(store, ANNE, name)
    store.jobs.set(taught, state="finished", record={"classes": [1]})
    store.images.ask_for_teacher(taught, ANNE)
    desk.until(lambda: desk.state(taught) == ("running", "half"))
    assert store.images.cancel(taught, ANNE)
    desk.until(lambda: desk.started[-1].poll() is not None)
    desk.until(lambda: not desk.jobs._going)
    assert desk.state(taught) == ("cancelled", "")
    assert bool(store.facts.get("cleared")) == (name == "waits")


def test_of_removed_images_nothing_stays(desk: Desk, store: Store) -> None:
    removed = asked(store, ANNE, "waits")
    desk.until(lambda: desk.state(removed) == ("running", "half"))
    store.images.remove(removed, ANNE)
    paths.own_folder(removed).mkdir(parents=True)  # what the process wrote meanwhile
    desk.until(lambda: not desk.jobs._going and not paths.own_folder(removed).exists())


def test_one_that_takes_too_long_is_ended(desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.LIMIT_SECONDS, "read", 0.6)
    slow = asked(store, ANNE, "deaf")
    desk.until(lambda: desk.state(slow)[0] == "failed")
    assert desk.state(slow)[1] == OVERDUE.format(minutes=0.01)


def test_the_desk_ends_with_the_runner(desk: Desk, store: Store) -> None:
    going = asked(store, ANNE, "waits")
    desk.until(lambda: desk.state(going) == ("running", "half"))
    (process,) = desk.jobs.dismiss()
    process.wait(PATIENCE)
    store.machines.release("here")
    assert desk.state(going) == ("failed", JOB_ENDED["read"])


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_for_the_shell_works_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "somebody’s home"
    monkeypatch.setenv("DISTILLERY_HOME", str(home))
    line = jobs.by_hand("app.images.import_images", "--list")
    (tmp_path / "app.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    plain = {name: value for name, value in os.environ.items() if name not in ("DISTILLERY_HOME", "PYTHONPATH")}
    said = subprocess.run(line, shell=True, cwd=tmp_path, env=plain, capture_output=True, text=True, check=True)
    assert said.stderr == ""
    assert f"DISTILLERY_HOME='{home}'" in line
    monkeypatch.delenv("DISTILLERY_HOME")
    assert "DISTILLERY_HOME" not in jobs.by_hand("app.images.import_images")


def test_a_line_for_powershell_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISTILLERY_HOME", raising=False)
    monkeypatch.setattr("sys.executable", r"C:\Program Files\python.exe")
    line = jobs.by_hand("app.experiments.prepare", "cifar10", "--from", "a 'b'.tgz", windows=True)
    command = r"& 'C:\Program Files\python.exe' '-P' '-m' 'app.experiments.prepare' 'cifar10' '--from' 'a ''b''.tgz'"
    assert line == f"$env:PYTHONPATH = '{paths.PROJECT}'; {command}"
