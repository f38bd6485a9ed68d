"""The connection to the database: SQLite in `home()`, or Postgres by DATABASE_URL, safe for many processes.

Both keep the same promise: what is read is one moment, and who writes is alone.
"""

import math
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from inspect import isfunction
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Row, Select, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from app.catalog import paths
from app.store.errors import StoreError, StoreUnavailable, Unsure, errors
from app.store.migrations import VERSION, migrate
from app.store.patience import begun_again, in_sight, latest, note_kept, tried
from app.store.postgres import connection_of

BUSY_SECONDS = 15  # how long a writer waits for another
# How long a Postgres is waited for whose machine does not answer: for a connection, on one that rests, and on one to
# which something was sent; in seconds, the last in thousandths.
PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
_WRITERS = 0x64697374  # the number of the lock that a writer takes on Postgres: any, always the same
_WAL_BYTES = 16_000_000  # the write-ahead log is cut to this after each checkpoint
POSTGRES_GLANCE = 0.1  # seconds between two looks at whether somebody has written
_FOLD = "PRAGMA wal_checkpoint(TRUNCATE)"
_PORTION_PAGES = 1000  # that are given back to the disk in one go: 4 MB
_PORTION_PAUSE = 0.005  # seconds between two portions
# Each change leaves a mark in place of its writer's last one: it tells whether the change was kept if the connection
# died as it was made final. Postgres's own number of a transaction does not: after a crash another may have the same.
_MARK = "INSERT INTO facts VALUES (:name, :mark) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_MARKED = "SELECT value FROM facts WHERE key = :name"
_DROP_MARKS = "DELETE FROM facts WHERE key LIKE 'change %' AND value < :before"
MARK_SECONDS = 86_400.0  # that a mark stays at least
_EXAMPLE = "postgresql://name:password@host/database"


class Database:
    """An engine, brought to the present schema, with separate ways to read and to write."""

    def __init__(self, url: str | None = None) -> None:
        self.url = _url(url or default_url())
        self._writing = threading.local()
        self.file = Path(self.url.database) if self.url.get_backend_name() == "sqlite" and self.url.database else None
        with errors():
            if self.file:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            self.engine = self._engine()
            event.listen(self.engine, "checkout", self._check_not_writing)
            self._writer = self.engine.execution_options(writes=True)
            self._reader = self.engine
            if self.url.get_backend_name() == "postgresql":
                self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")
            if self.file:
                self._use_wal()
            self._marks = Marks()
            with self._writer.begin() as connection:
                schema = migrate(connection)
                if schema <= VERSION and self._marks_changes:
                    connection.execute(text(_DROP_MARKS), {"before": _time_mark(time.time() - MARK_SECONDS)})
        if schema > VERSION:
            raise StoreError(
                f"The store was written by a newer Distillery (schema {schema}; this one knows {VERSION}). "
                "Install that version, or set DISTILLERY_HOME to another folder."
            )

    def _engine(self) -> Engine:
        if self.url.get_backend_name() == "postgresql":
            return self._postgres()
        if not self.file:
            return create_engine(self.url)
        engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgres(self) -> Engine:
        """Readers see one moment; a writer sees all that was there when its turn came."""
        try:
            patience = {name: value for name, value in PATIENCE.items() if name not in self.url.query}
            # pre_ping: the server may have been started anew meanwhile
            engine = create_engine(self.url, pool_pre_ping=True, connect_args=patience)
            if engine.driver == "psycopg":
                event.listen(engine, "do_connect", _connect_postgres)
        except ImportError as error:
            raise StoreError(
                f"DATABASE_URL names Postgres, whose driver is missing ({error.name}). "
                'Install it: pip install "psycopg[binary]"'
            ) from error
        event.listen(engine, "connect", _configure_postgres)
        event.listen(engine, "begin", _begin_postgres)
        return engine

    def _use_wal(self) -> None:
        """Write-ahead log: readers never wait. Another process that opens the store now can refuse it for a moment."""
        connection = self.engine.raw_connection()
        try:
            patience = time.monotonic() + BUSY_SECONDS
            while True:
                try:
                    connection.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError:
                    if time.monotonic() > patience:
                        raise
                    time.sleep(0.02)
        finally:
            connection.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view. Raises StoreError."""
        with errors(), _begun(self._reader) as connection:
            yield connection

    def rows(self, chosen: Select[Any], **values: Any) -> Sequence[Row[Any]]:
        """The rows that are chosen, with these values for its parameters. Raises StoreError."""
        with self.read() as db:
            return db.execute(chosen, values).all()

    def first(self, chosen: Select[Any], **values: Any) -> Row[Any] | None:
        """The first of them, None if there is none. Raises StoreError."""
        with self.read() as db:
            return db.execute(chosen, values).first()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One change, alone: the lock is taken at the start. Raises StoreError, DiskFull.

        StoreUnavailable but Unsure means that nothing was changed. Inside it no other connection may be taken: with all
        of them waiting for the lock, none would ever come.
        """
        with errors(), self._marks.one() as name, _begun(self._writer) as connection:
            mark = f"{_time_mark(time.time())} {secrets.token_hex(8)}"
            if self._marks_changes:
                connection.execute(text(_MARK), {"name": name, "mark": mark})
            self._writing.now = True
            try:
                yield connection
            finally:
                self._writing.now = False
            try:
                connection.commit()
            except DBAPIError as error:
                if not (self._marks_changes and error.connection_invalidated and self._was_kept(name, mark)):
                    raise
            note_kept()

    @property
    def _marks_changes(self) -> bool:
        """Whether the connection may die as a change is made final: a file has none."""
        return self.url.get_backend_name() == "postgresql"

    def _was_kept(self, name: str, mark: str) -> bool:
        """What became of a change whose connection broke while it was being made final. Raises Unsure."""
        until = max(time.monotonic() + BUSY_SECONDS, latest())
        try:
            return tried(partial(self._stands, name, mark), until)
        except StoreUnavailable as error:
            raise Unsure from error

    def _stands(self, name: str, mark: str) -> bool:
        with errors(), _begun(self._writer) as connection:  # as a writer: when its turn comes, the other has ended
            return connection.execute(text(_MARKED), {"name": name}).scalar() == mark

    def _check_not_writing(self, *_connection: object) -> None:
        assert not getattr(self._writing, "now", False), "a second connection inside a write: use the one that it has"

    def used_bytes(self) -> int | None:
        """Bytes of the pages in use, None if the database is not a file. Deleted rows do not count."""
        if not self.file:
            return None
        with self.read() as connection:
            pages, free, size = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("page_count", "freelist_count", "page_size")
            )
        return (pages - free) * size

    def give_back(self) -> None:
        """Return the space of deleted rows to the disk, in small portions: other writers get between them."""
        if not self.file:
            return
        with errors():
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                free, before = _free_pages(cursor), math.inf
                while 0 < free < before:  # as a script: `execute` would free a single page
                    cursor.executescript(f"PRAGMA incremental_vacuum({_PORTION_PAGES})")
                    time.sleep(_PORTION_PAUSE)
                    free, before = _free_pages(cursor), free
                cursor.executescript(_FOLD)
            finally:
                connection.close()

    def fold(self) -> None:
        """Put all that was written into the one file, which is then a whole copy. Raises StoreError."""
        if self.file:
            with errors():
                connection = self.engine.raw_connection()
                try:
                    connection.cursor().execute(_FOLD)
                finally:
                    connection.close()


class Marks:
    """The names under which the writers of this process leave their marks: as many as write at once."""

    def __init__(self) -> None:
        self._process, self._free, self._made = secrets.token_hex(8), list[int](), count()

    @contextmanager
    def one(self) -> Iterator[str]:
        """A name for one writer."""
        try:
            number = self._free.pop()
        except IndexError:
            number = next(self._made)
        try:
            yield f"change {self._process} {number}"
        finally:
            self._free.append(number)


class Watch:
    """Tells whether another connection has changed the store since it was last asked. Used from one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._seen: object = None
        # neither reads a table, nor in a transaction; a Postgres's snapshot is another one after each that has written
        self._version = "PRAGMA data_version" if database.file else "SELECT txid_current_snapshot()::text"
        self._options = {"watches": True} if database.file else {"isolation_level": "AUTOCOMMIT"}
        self._asked = -math.inf

    def changed(self) -> bool:
        """True at first and after every change. Raises StoreError, after which it is True again.

        A Postgres is asked every POSTGRES_GLANCE seconds at most, since other machines ask as well.
        """
        if not self._database.file and time.monotonic() - self._asked < POSTGRES_GLANCE:
            return False
        try:
            with errors():
                if self._connection is None:
                    self._connection = self._database.engine.connect().execution_options(**self._options)
                now = self._connection.exec_driver_sql(self._version).scalar_one()
        except StoreError:
            self.close()
            raise
        self._asked = time.monotonic()
        changed = bool(now != self._seen)
        self._seen = now
        return changed

    def close(self) -> None:
        """Give the connection back."""
        self._seen = None
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None


def _time_mark(seconds: float) -> str:
    return f"{seconds:020.6f}"


def default_url() -> str:
    """DATABASE_URL, else SQLite in `home()`."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{_own_file().resolve()}"


def is_made() -> bool:
    """Whether there may be a store already: the file in `home()`, or a database elsewhere."""
    return bool(os.environ.get("DATABASE_URL")) or _own_file().exists()


def _own_file() -> Path:
    return paths.home() / "distillery.db"


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin_sqlite` says, not where sqlite3 guesses
    cursor = connection.cursor()
    if cursor.execute("PRAGMA page_count").fetchone()[0] == 0:
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")  # counts only before the first table
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten, not only taken off the lists
    cursor.execute("PRAGMA synchronous = NORMAL")  # with WAL: a power cut may lose the last moment, never the store
    cursor.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    cursor.close()


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise StoreError("DATABASE_URL is no address of a database. Take it out, or mend it: " + _EXAMPLE) from error
    if url.drivername == "postgres":  # as some hosts hand it out
        url = url.set(drivername="postgresql")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(
            f"DATABASE_URL names {url.get_backend_name()}; the store can be SQLite or Postgres: {_EXAMPLE}"
        )
    return url


def _connect_postgres(dialect: Any, _record: object, arguments: list[Any], named: dict[str, Any]) -> Any:
    return connection_of(dialect.loaded_dbapi).connect(*arguments, **named)


def _configure_postgres(connection: Any, _record: object) -> None:
    connection.cursor().execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.commit()


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def _free_pages(cursor: Any) -> int:
    return int(cursor.execute("PRAGMA freelist_count").fetchone()[0])


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("watches"):
        return
    sqlite = connection.connection.dbapi_connection  # straight: this is most of a short read
    assert sqlite is not None
    sqlite.cursor().execute("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")


@dataclass(eq=False)
class Part:
    """A part of the store.

    While its caller waits for a database that is away (`waiting`), every method is called again if the connection died
    before its change was kept. It must therefore bear to be called again after any of its transactions but the last.
    """

    database: Database

    def __init_subclass__(cls) -> None:
        for name, method in list(vars(cls).items()):
            if isfunction(method):
                setattr(cls, name, begun_again(method))


def _begun(engine: Engine) -> Connection:
    """A connection whose transaction has begun."""
    with in_sight():
        connection = engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
    return connection
