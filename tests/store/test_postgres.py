"""The store on Postgres: what it promises on SQLite, it promises there. Skipped where no Postgres is installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text

from app.catalog import paths
from app.experiments.runner import Runner
from app.experiments.worker.stretch import Stretch
from app.store import Store, StoreError, migrations, tables
from app.store import database as store_database
from app.store.database import Watch
from app.store.errors import GaveUp, StoreBusy, StoreUnavailable, Unsure
from app.store.patience import waiting
from tests.experiments import one_run
from tests.experiments.tiny_engine import TinyEngine
from tests.store import (
    postgres,
    test_answers,
    test_database,
    test_forgotten,
    test_image_sets,
    test_learners,
    test_leases,
    test_scheduling,
)
from tests.store.stored import ANNE, BEN, SPEC, logits, point
from tests.waiting import PATIENCE

FOUND = postgres.programs()
pytestmark = pytest.mark.skipif(FOUND is None, reason="no Postgres is installed")
psycopg = pytest.importorskip("psycopg")

SAME: list[Callable[[Store], None]] = [
    test_answers.test_answers_are_added_and_never_changed,
    test_answers.test_the_same_press_twice_is_one_answer,
    test_answers.test_thirty_learners_at_the_same_instant_lose_no_answer,
    test_learners.test_what_comes_late_is_the_others,
    test_learners.test_over_several_steps_it_is_still_the_same,
    test_forgotten.test_every_table_with_a_learner_is_emptied_of_them_and_of_nobody_else,
    test_forgotten.test_a_running_run_is_stopped_first,
    test_learners.test_answers_that_meet_a_merge_are_all_there,
    test_learners.test_answers_that_meet_a_deletion_are_gone_or_refused_and_others_stay,
    test_learners.test_two_who_become_each_other_at_once_are_one,
    test_database.test_a_watch_sees_what_others_write,
    test_database.test_nothing_takes_a_second_connection_inside_a_write,
    test_leases.test_a_lease_that_ran_out_frees_the_runs_of_its_machine,
    test_leases.test_runs_of_other_machines_go_on_when_a_runner_starts_or_stops,
    test_leases.test_what_a_machine_has_in_hand_it_keeps_and_what_it_does_not_know_of_is_free,
    test_scheduling.test_one_learner_cannot_starve_another,
    test_image_sets.test_addresses_take_turns_whoever_is_behind_them,
    test_learners.test_a_page_from_before_a_move_deletes_nothing_though_the_phrase_was_changed_first,
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    assert FOUND is not None
    with postgres.running(FOUND) as address:
        yield address


@pytest.fixture
def database(server: str, home: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty database, which DATABASE_URL names."""
    name = f"d{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = f"{server.rpartition('/')[0]}/{name}"
    monkeypatch.setenv("DATABASE_URL", url)
    return url


_NUMBERS = iter(range(10_000))


@pytest.fixture
def store(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr("app.store.database.POSTGRES_GLANCE", 0.0)
    opened = Store()
    assert opened.database.url.get_backend_name() == "postgresql"
    yield opened
    opened.close()


@pytest.mark.parametrize("same", SAME, ids=lambda one: one.__name__.removeprefix("test_"))
def test_it_holds_there_too(store: Store, same: Callable[[Store], None]) -> None:
    same(store)


def test_migrations_make_the_tables_that_the_program_uses(store: Store) -> None:
    made = test_database.schema(store)
    del made["schema_version"]
    with store.database.engine.begin() as db:
        db.execute(text("DROP SCHEMA public CASCADE"))
        db.execute(text("CREATE SCHEMA public"))
    tables.metadata.create_all(store.database.engine)
    assert made == test_database.schema(store)


@pytest.mark.parametrize("version", range(1, migrations.VERSION))
def test_a_store_of_every_earlier_version_opens(database: str, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(migrations, "STEPS", migrations.STEPS[:version])
        engine = create_engine(database)
        with engine.begin() as db:
            migrations.migrate(db)
            db.execute(text(f"INSERT INTO learners VALUES ('{ANNE}', 1, 2, 3)"))
        engine.dispose()
    opened = Store()
    assert opened.learners.get(ANNE) == {"created": 1.0, "seen": 2.0}
    assert opened.learners.seen(ANNE) == ANNE and opened.answers.of(ANNE) == []
    opened.close()


def test_several_processes_open_a_new_store_at_once(database: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT)}
    command = [sys.executable, "-c", test_database.OPENER]
    assert [one.wait(PATIENCE) for one in [subprocess.Popen(command, env=environment) for _ in range(3)]] == [0] * 3


def test_what_is_read_is_one_moment(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    assert store.runs.take("w")
    with store.database.read() as db:
        before = db.execute(text("SELECT count(*) FROM events")).scalar_one()
        store.runs.append(run_id, point(0), logits(0))
        assert db.execute(text("SELECT count(*) FROM events")).scalar_one() == before == 0
    assert len(store.runs.events(run_id, 0)) == 1


def test_who_waits_too_long_for_another_writer_hears_it(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.database.BUSY_SECONDS", 1)
    store, told = Store(), list[Exception]()

    def write() -> None:
        try:
            store.learners.seen(ANNE)
        except StoreError as error:
            told.append(error)

    with store.database.write():
        other = threading.Thread(target=write)
        other.start()
        other.join()
    assert [type(error) for error in told] == [StoreBusy]
    assert store.learners.seen(ANNE) == ANNE
    store.close()


def test_a_server_that_was_started_anew_is_found_again(store: Store, server: str) -> None:
    store.learners.seen(ANNE)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert store.learners.get(ANNE) and store.learners.seen(ANNE) == ANNE


def test_a_runner_with_nothing_to_do_holds_nobody_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, locks, enough = [], [], threading.Event()
    real = Watch.changed

    def changed(watch: Watch) -> bool:
        looks.append(real(watch))
        if len(looks) > 100:
            enough.set()
        return looks[-1]

    monkeypatch.setattr(Watch, "changed", changed)
    event.listen(
        store.database.engine,
        "before_cursor_execute",
        lambda *call: locks.append(call[2]) if "advisory" in call[2] else None,
    )
    runner = Runner(store, slots=1, worker=(sys.executable, "-c", "print('{\"ready\": 1}', flush=True); input()"))
    thread = threading.Thread(target=runner.run)
    thread.start()
    assert enough.wait(PATIENCE)
    idle = len(locks)
    runner.stop()
    thread.join(PATIENCE)
    assert idle <= 15, "it starts, hears of its worker, makes room, and renews its lease; 100 looks take none"


def let_in(database: str, server: str, yes: bool) -> None:
    """Whether the database lets anybody in; if not, it puts out who is there."""
    name = database.rpartition("/")[2]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(yes).lower()}")
        if not yes:
            end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(end, (name,))


def test_a_training_outlives_some_seconds_without_its_database(
    store: Store, database: str, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.patience.PATIENCE_PAUSE", 0.02)
    refused, real = threading.Event(), store.runs.append

    def append(run_id: str, shown: dict[str, Any], *values: Any, **more: Any) -> int:
        if shown["update"] == 3 and not refused.is_set():
            let_in(database, server, False)
        try:
            return real(run_id, shown, *values, **more)
        except StoreError:
            if refused.is_set():
                let_in(database, server, True)  # the second try in vain: then it is back
            refused.set()
            raise

    run = one_run.taken(store)
    monkeypatch.setattr(store.runs, "append", append)
    assert Stretch([run], store, TinyEngine()).train().state == "finished"
    assert refused.is_set() and one_run.now(store, run).state == "finished"
    assert [shown["update"] for shown in store.runs.events(run.id, 0)] == list(range(11))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.patience.PATIENCE_PAUSE", 0.02)


def test_what_waits_for_its_database_is_done_once_when_it_is_back(
    store: Store, database: str, server: str, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.learners.seen(ANNE)
    tries, begun = list[object](), store_database._begun

    def tried(*asked: Any) -> Any:
        tries.append(asked)
        if len(tries) == 3:
            let_in(database, server, True)
        return begun(*asked)

    let_in(database, server, False)
    with pytest.raises(StoreUnavailable):
        store.answers.add(ANNE, test_answers.ONE)
    with pytest.raises(GaveUp, match="Nothing of what you pressed was done"), waiting(0.0):
        store.answers.add(ANNE, test_answers.ONE)
    monkeypatch.setattr(store_database, "_begun", tried)
    with waiting():
        store.answers.add(ANNE, test_answers.ONE)
    assert len(tries) >= 3 and [one.press for one in store.answers.of(ANNE)] == [test_answers.ONE.press]


def test_a_press_that_was_half_done_says_so(store: Store, database: str, server: str, impatient: None) -> None:
    with waiting(1.0):
        store.learners.seen(ANNE)
        let_in(database, server, False)
        with pytest.raises(GaveUp, match="A part of what you pressed was done"):
            store.answers.add(ANNE, test_answers.ONE)
    let_in(database, server, True)


def pid_of(connection: Any) -> int:
    """The process of the server that serves a connection."""
    return int(connection.connection.dbapi_connection.info.backend_pid)


def put_out(connection: Any) -> None:
    """End the server's side of a connection, from another."""
    with psycopg.connect(connection.engine.url.render_as_string(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid_of(connection),))


def freeze(connection: Any) -> None:
    """Freeze the server's side until the connection is given up: its machine acknowledges what comes meanwhile."""
    pid = pid_of(connection)
    os.kill(pid, signal.SIGSTOP)
    event.listen(connection.engine, "invalidate", lambda *_told: os.kill(pid, signal.SIGCONT), once=True)


def test_a_connection_that_rests_on_a_frozen_server_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.postgres.SILENT_SECONDS", 0.3)
    given_up = list[object]()
    event.listen(store.database.engine, "invalidate", lambda *told: given_up.append(told))
    with store.database.engine.connect() as connection:
        freeze(connection)
    assert store.learners.seen(ANNE) == ANNE and len(given_up) == 1


def renewed(store: Store) -> None:
    store.learners.seen(ANNE)
    store.answers.add(ANNE, test_answers.ONE)
    store.learners.renew(ANNE, BEN, others_stay=True)


PRESSES: dict[str, tuple[Callable[[Store], object], Callable[[Store], object]]] = {
    "answer": (lambda store: store.answers.add(ANNE, test_answers.ONE), lambda store: len(store.answers.of(ANNE))),
    "train": (lambda store: store.runs.submit(SPEC, ANNE), lambda store: len(store.runs.of(ANNE))),
    "phrase": (renewed, lambda store: (store.learners.who_became(ANNE) == BEN) * len(store.answers.of(BEN))),
}


@pytest.mark.parametrize("end", [put_out, freeze])
@pytest.mark.parametrize("name", PRESSES)
def test_a_press_whose_connection_dies_within_is_done_once(
    store: Store, impatient: None, monkeypatch: pytest.MonkeyPatch, name: str, end: Callable[[Any], None]
) -> None:
    """At its last statements, and as the change is made final."""
    monkeypatch.setattr("app.store.postgres.SILENT_SECONDS", 0.3)
    press, counted = PRESSES[name]
    ends, said = set[int](), list[int]()  # at which of what the database is told the connection dies

    def tell(connection: Any, *_call: object) -> None:
        said.append(len(said))
        if said[-1] in ends:
            ends.clear()
            end(connection)

    def pressed() -> None:
        said.clear()
        for moment in ("before_cursor_execute", "commit"):
            event.listen(store.database.engine, moment, tell)
        with waiting():
            press(store)
        for moment in ("before_cursor_execute", "commit"):
            event.remove(store.database.engine, moment, tell)
        assert counted(store) == 1
        with store.database.engine.begin() as db:
            for table in reversed(tables.metadata.sorted_tables):
                db.execute(table.delete())

    pressed()
    final = len(said) - 1
    for moment in (final - 2, final - 1, final):
        ends.add(moment)
        pressed()
        assert not ends and len(said) > final + 1, "it was begun again"


def test_a_change_that_was_final_when_its_connection_died_is_not_made_again(
    store: Store, database: str, server: str, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit, died = store.database.engine.dialect.do_commit, list[object]()

    def dies(connection: Any) -> None:
        commit(connection)
        if not died:
            died.append(connection)
            connection.dbapi_connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(store.database.engine.dialect, "do_commit", dies)
    store.runs.submit(SPEC, ANNE)
    assert died and len(store.runs.of(ANNE)) == 1, "and nobody who does not wait hears of it"


def test_marks_of_servers_that_are_gone_do_not_pile_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def marks() -> int:
        with store.database.read() as db:
            return int(db.execute(text("SELECT count(*) FROM facts WHERE key LIKE 'change %'")).scalar_one())

    for _ in range(3):
        store.learners.seen(ANNE)
    assert marks() == 1, "one for each that writes at once"
    Store().close()
    assert marks() == 1
    monkeypatch.setattr(store_database, "MARK_SECONDS", 0.0)
    Store().close()
    assert marks() == 0 and store.learners.seen(ANNE) == ANNE


def test_who_cannot_know_whether_it_was_done_is_told_so(
    store: Store, database: str, server: str, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.database.BUSY_SECONDS", 0.1)

    def dies(_connection: Any) -> None:
        let_in(database, server, False)

    event.listen(store.database.engine, "commit", dies, once=True)
    with pytest.raises(Unsure, match="Perhaps what you pressed was done"), waiting(0.1):
        store.runs.submit(SPEC, ANNE)
    let_in(database, server, True)
    assert len(store.runs.of(ANNE)) == 0
