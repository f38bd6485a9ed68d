from __future__ import annotations

import errno
from pathlib import Path

import pytest

from app.experiments import snapshots
from app.store import Store
from app.store.models import ENDED
from tests.experiments.one_run import now, taken
from tests.experiments.tiny_engine import TinyEngine
from tests.files import snapshots_path, weights_path


def writes(size: int) -> object:
    return lambda path: path.write_bytes(b"x" * size)


def updates(run_id: str) -> list[int]:
    return sorted(int(file.stem) for file in snapshots_path(run_id).glob("*"))


def test_the_past_is_kept_while_it_is_cheap(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "KEPT_BYTES", 800)
    for update in range(0, 80, 10):
        snapshots.keep("run", update, writes(100))  # type: ignore[arg-type]
    assert updates("run") == list(range(0, 80, 10))
    snapshots.keep("run", 80, writes(100))  # type: ignore[arg-type]
    assert updates("run") == [0, 20, 40, 60, 80]
    snapshots.keep("run", 90, writes(5000))  # type: ignore[arg-type]
    assert updates("run") == [90], "the newest in any case"


def test_the_latest_by_a_moment(home: Path) -> None:
    assert snapshots.at("run") is None
    for update in (0, 8, 30):
        snapshots.keep("run", update, writes(10))  # type: ignore[arg-type]
    (snapshots_path("run") / ".9.safetensors.1.part").write_bytes(b"half")
    found = [snapshots.at("run", update) for update in (0, 7, 8, 29, 500)]
    assert [one and one[1] for one in found] == [0, 0, 8, 8, 30]
    newest = snapshots.at("run")
    assert newest == (snapshots_path("run") / "30.safetensors", 30)


def test_a_full_disk_costs_the_snapshot_not_the_run(home: Path) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    snapshots.keep("run", 5, full)
    assert snapshots.at("run") is None


def test_a_run_leaves_its_students_at_every_point_and_they_go_with_it(store: Store) -> None:
    from app.experiments.worker.stretch import Stretch

    run = taken(store)
    Stretch([run], store, TinyEngine()).train()
    assert now(store, run).state in ENDED and weights_path(run.id).exists()
    assert updates(run.id) == [event["update"] for event in store.runs.events(run.id, 0)]
    (snapshots_path("gone")).mkdir()
    store.quota.prune()
    assert updates(run.id) and not snapshots_path("gone").exists()
    assert store.runs.remove(run.id, run.learner)
    assert not snapshots_path(run.id).exists()


def test_of_images_that_nobody_can_draw_none_are_kept(store: Store) -> None:
    from app.experiments.worker.stretch import Stretch

    run = taken(store, data="fashion", teacher="fashion")
    Stretch([run], store, TinyEngine()).train()
    assert now(store, run).state == "finished" and updates(run.id) == []
