from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from app.catalog import paths
from app.store import DiskFull, Store, StoreError, migrations, shared, tables
from app.store.errors import errors
from tests.store.stored import ANNE, BEN, SPEC
from tests.waiting import PATIENCE

FIXTURES = Path(__file__).parent.parent / "fixtures"

WRITER = """
import sys
import numpy as np
from app.store import Store
store, run_id = Store(), sys.argv[1]
for n in range(40):
    event = {"kind": "point", "update": n, "writer": sys.argv[2], "accuracy": [[0.5]]}
    store.runs.append(run_id, event, np.zeros((1, 1, 100, 10), "<f2"))
    store.learners.seen(f"{n:024x}")
"""


def test_several_processes_write_at_once(store: Store) -> None:
    run_id, other = store.runs.submit(SPEC, ANNE), store.runs.submit(SPEC, BEN)
    assert store.runs.take("w") and store.runs.take("w")
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, run_id if n < 3 else other, str(n)], env=environment)
        for n in range(4)
    ]
    while any(writer.poll() is None for writer in writers):
        store.learners.seen(ANNE)
        seqs = [event["seq"] for event in store.runs.events(run_id, 0)]
        assert seqs == list(range(1, len(seqs) + 1)), "no gap is ever seen"
    assert [writer.returncode for writer in writers] == [0] * 4
    assert len(store.runs.events(run_id, 0)) == 120 and len(store.runs.events(other, 0)) == 40
    per_writer = [[e["update"] for e in store.runs.events(run_id, 0) if e["writer"] == str(n)] for n in range(3)]
    assert per_writer == [list(range(40))] * 3


OPENER = "from app.store import Store; Store().learners.seen('0' * 24)"


def test_several_processes_open_a_new_store_at_once(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT)}
    openers = [subprocess.Popen([sys.executable, "-c", OPENER], env=environment) for _ in range(4)]
    assert [opener.wait(PATIENCE) for opener in openers] == [0] * 4


def test_a_watch_sees_what_others_write(store: Store) -> None:
    watch = store.watch()
    assert watch.changed() and not watch.changed()
    store.runs.get("nobody")
    assert not watch.changed(), "reading changes nothing"
    store.runs.submit(SPEC, ANNE)
    assert watch.changed() and not watch.changed()
    watch.close()


def test_nothing_takes_a_second_connection_inside_a_write(store: Store) -> None:
    for take in (store.database.read, store.database.write, store.database.engine.connect):
        with store.database.write(), pytest.raises(AssertionError, match="second connection"), take():
            pass
    assert store.learners.seen(ANNE) == ANNE, "what was refused left nothing behind"


def test_one_store_per_process(home: Path) -> None:
    assert shared() is shared()


def schema(store: Store) -> dict[str, Any]:
    found = inspect(store.database.engine)
    return {
        table: (
            [(c["name"], str(c["type"]).replace("DOUBLE", "REAL"), c["nullable"]) for c in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"] or "", tuple(i["column_names"])) for i in found.get_indexes(table)),
        )
        for table in found.get_table_names()
    }


def test_migrations_make_the_tables_that_the_program_uses(store: Store, tmp_path: Path) -> None:
    declared = Store(f"sqlite:///{tmp_path / 'declared.db'}")
    tables.metadata.drop_all(declared.database.engine)
    tables.metadata.create_all(declared.database.engine)
    assert schema(store) == schema(declared)
    declared.close()


@pytest.mark.parametrize("version", range(1, migrations.VERSION))
def test_a_store_of_every_earlier_version_opens_with_what_it_held(home: Path, store: Store, version: int) -> None:
    old = home / "old.db"
    connection = sqlite3.connect(old)
    connection.executescript((FIXTURES / f"store_v{version}.sql").read_text(encoding="utf-8"))
    connection.close()
    migrated = Store(f"sqlite:///{old}")
    assert schema(migrated) == schema(store)
    runs = migrated.runs.of("0123456789abcdef01234567")
    assert [run.state for run in runs] == ["queued", "finished"]
    assert [event["seq"] for event in migrated.runs.events(runs[1].id, 0)] == [1, 2]
    found = migrated.runs.logits(runs[1].id)
    assert found is not None and found[0].shape == (2, 2, 2, 10)
    taken = migrated.runs.take("w")
    assert taken is not None and taken.id == runs[0].id
    assert migrated.jobs.request("cifar10", "fetch").state == "queued"
    if version >= 3:
        assert [runs[1].name, migrated.images.of(runs[1].learner)[0].name] == ["with soft labels", "flowers"]
    assert [done.step for done in migrated.lessons.progress(runs[1].learner)] == (
        ["question", "blur"] if version >= 4 else []
    )
    kept = migrated.lessons.save_prediction(runs[1].learner, "twins", "gain", 1, "3")
    assert kept.value_json == ("2.5" if version >= 4 else "3")
    assert [answer.press for answer in migrated.answers.of(runs[1].learner)] == (["press-1"] if version >= 5 else [])
    assert migrated.learners.who_became(runs[1].learner) == runs[1].learner
    migrated.close()
    Store(f"sqlite:///{old}").close()  # a second time, nothing is left to do


def test_every_earlier_version_has_its_fixture() -> None:
    kept = {path.name for path in FIXTURES.glob("store_v*.sql")}
    assert kept == {f"store_v{version}.sql" for version in range(1, migrations.VERSION)}


def test_a_store_of_a_newer_version_is_left_alone(store: Store, home: Path) -> None:
    with sqlite3.connect(home / "distillery.db") as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(StoreError, match="newer Distillery"):
        Store()


def test_a_folded_store_is_one_whole_file(store: Store, home: Path, tmp_path: Path) -> None:
    store.learners.seen(ANNE)
    run_id = store.runs.submit(SPEC, ANNE)
    store.database.fold()
    assert (home / "distillery.db-wal").stat().st_size == 0
    copy = tmp_path / "copy.db"
    copy.write_bytes((home / "distillery.db").read_bytes())
    assert Store(f"sqlite:///{copy}").runs.get(run_id) is not None


def test_a_damaged_store_says_what_to_do(home: Path) -> None:
    (home / "distillery.db").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match="Move it out of DISTILLERY_HOME"):
        Store()


def test_the_words_of_a_driver_are_for_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    words = 'connection to server at "10.0.0.7" failed: no password for user "dist"'
    with pytest.raises(StoreError, match="does not answer") as told, errors():
        raise OperationalError("SELECT 1", None, Exception(words))
    assert "10.0.0.7" not in str(told.value) and words in caplog.text


@pytest.mark.parametrize("words", ["disk I/O error", "unable to open database file"])
@pytest.mark.parametrize(
    ("refusal", "is_full"), [(getattr(errno, "EDQUOT", errno.ENOSPC), True), (errno.ENOSPC, True), (errno.EIO, False)]
)
def test_a_quota_that_sqlite_calls_an_error_is_a_full_disk(
    home: Path, monkeypatch: pytest.MonkeyPatch, words: str, refusal: int, is_full: bool
) -> None:
    """So SQLite names it on a btrfs with a quota of 12 MB."""

    def refuse(_file: int) -> None:
        raise OSError(refusal, "no")

    with pytest.raises(StoreError) as told, errors():
        raise sqlite3.OperationalError(words)
    assert not isinstance(told.value, DiskFull) and not list(home.iterdir())
    monkeypatch.setattr("app.store.errors.os.fsync", refuse)
    with pytest.raises(StoreError) as told, errors():
        raise sqlite3.OperationalError(words)
    assert isinstance(told.value, DiskFull) is is_full and not list(home.iterdir())


def test_a_home_that_cannot_be_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("DISTILLERY_HOME", str(home / "file" / "below"))
    with pytest.raises(StoreError, match="Check DISTILLERY_HOME"):
        Store()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("no address", "no address of a database"),
        ("mysql://me@127.0.0.1/x", "names mysql; the store can be SQLite or Postgres"),
        ("nosuch+driver://x", "names nosuch"),
        ("postgres://me@127.0.0.1:9/x", "does not answer"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_sentence(home: Path, address: str, said: str) -> None:
    if address.startswith("postgres"):
        pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=said):
        Store(address)


def test_postgres_without_its_driver_says_what_to_install(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install \"psycopg\[binary\]\""):
        Store("postgresql://me@127.0.0.1:9/x")
