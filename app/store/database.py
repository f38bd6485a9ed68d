"""The connection to the database: SQLite in `home()`, or Postgres by DATABASE_URL, safe for many processes.

Both keep the same promise: what is read is one moment, and who writes is alone. Knows no tables.
"""

from __future__ import annotations

import errno
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from app.catalog import paths
from app.store.migrations import VERSION, migrate

BUSY_SECONDS = 15  # how long a writer waits for another
_WRITERS = 0x64697374  # the number of the lock that a writer takes on Postgres: any, always the same
_WAL_BYTES = 16_000_000  # the write-ahead log is cut to this after each checkpoint
_PORTION_PAGES = 1000  # that are given back to the disk in one go: 4 MB
_PORTION_PAUSE = 0.005  # seconds between two portions
_EXAMPLE = "postgresql://name:password@host/database"


class StoreError(Exception):
    """The store cannot do what was asked. The message is a sentence for the page."""


class StoreBusy(StoreError):
    """Somebody else writes for longer than BUSY_SECONDS; the same may work later."""

    def __init__(self) -> None:
        super().__init__("The store is busy. Try again in a moment.")


class DiskFull(StoreError):
    """No space left for the store."""

    def __init__(self) -> None:
        super().__init__("The disk of the server is full. Free some space, then start the run again.")


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
            with self._writer.begin() as connection:
                found = migrate(connection)
        if found > VERSION:
            raise StoreError(
                f"The store was written by a newer Distillery (schema {found}; this one knows {VERSION}). "
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
            engine = create_engine(self.url, pool_pre_ping=True)  # the server may have been started anew meanwhile
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
        with errors(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One change, alone: the lock is taken at the start. Raises StoreError, DiskFull.

        Inside it no other connection may be taken: with all of them waiting for the lock, none would ever come.
        """
        with errors(), self._writer.begin() as connection:
            self._writing.now = True
            try:
                yield connection
            finally:
                self._writing.now = False

    def _check_not_writing(self, *_connection: object) -> None:
        assert not getattr(self._writing, "now", False), "a second connection inside a write: use the one that it has"

    def watch(self) -> Watch:
        """A cheap way to see that somebody else has written."""
        return Watch(self)

    def used_bytes(self) -> int | None:
        """Bytes of the pages in use, None where the database is not a file. Deleted rows do not count."""
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
                cursor.executescript("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


class Watch:
    """Tells whether another connection has changed the store since it was last asked. Used from one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = database.engine.raw_connection() if database.file else None
        self._seen: object = None

    def changed(self) -> bool:
        """True at first and after every change; a store that is not SQLite always says True. Raises StoreError."""
        if self._connection is None:
            return True
        with errors():
            now = self._connection.cursor().execute("PRAGMA data_version").fetchone()  # no read of any table
        changed = bool(now != self._seen)
        self._seen = now
        return changed

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()


def default_url() -> str:
    """DATABASE_URL, else SQLite in `home()`."""
    return os.environ.get("DATABASE_URL") or f"sqlite:///{(paths.home() / 'distillery.db').resolve()}"


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


def _configure_postgres(connection: Any, _record: object) -> None:
    connection.cursor().execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.commit()


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get("writes"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")


def _free_pages(cursor: Any) -> int:
    return int(cursor.execute("PRAGMA freelist_count").fetchone()[0])


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    sqlite = connection.connection.dbapi_connection
    assert sqlite is not None
    sqlite.cursor().execute("BEGIN IMMEDIATE" if writes else "BEGIN")  # straight: this is most of a short read


@contextmanager
def errors() -> Iterator[None]:
    """Turn the database's errors into sentences."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _told(error.orig if isinstance(error, DBAPIError) else error) from error
    except SQLAlchemyError as error:
        raise StoreError(f"The store does not answer ({type(error).__name__}). Try again in a moment.") from error
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull from error
        raise StoreError(f"The store cannot be opened ({error.strerror or error}). Check DISTILLERY_HOME.") from error


def is_disk_full(error: BaseException) -> bool:
    """True for the ways in which a full disk (or quota) shows itself, from files as from SQLite."""
    if isinstance(error, OSError):
        full = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
        return error.errno in full or getattr(error, "winerror", None) == 112  # ERROR_DISK_FULL
    text_of = str(error).lower()
    return isinstance(error, DiskFull) or "disk is full" in text_of or "no space left" in text_of


def is_out_of_memory(error: BaseException) -> bool:
    """True for Python's error and for torch's, which has no type of its own on a CPU."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))


def _told(error: BaseException | None) -> StoreError:
    if error is None or not is_disk_full(error):
        words = str(error).lower()
        if "locked" in words or "busy" in words or "lock timeout" in words:
            return StoreBusy()
        if "malformed" in words or "not a database" in words:
            return StoreError(
                "The store is damaged: distillery.db cannot be read. Move it out of DISTILLERY_HOME; a new one is made."
            )
        if "unable to open" in words:
            return StoreError("The store cannot be opened: no access to distillery.db. Check DISTILLERY_HOME.")
        return StoreError(f"The store does not answer ({error}). Try again in a moment.")
    return DiskFull()


__all__ = [
    "Database",
    "DiskFull",
    "StoreBusy",
    "StoreError",
    "Watch",
    "default_url",
    "errors",
    "is_disk_full",
    "is_out_of_memory",
]
