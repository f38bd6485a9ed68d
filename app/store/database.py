"""The connection to the database: SQLite in `home()`, or Postgres by DATABASE_URL, safe for many processes.

Both keep the same promise: what is read is one moment, and who writes is alone.
"""

import errno
import logging
import math
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, Row, Select, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.catalog import paths
from app.store.migrations import VERSION, migrate

PATIENCE_SECONDS = 180.0  # that a training, or a job, waits for a store that is busy or away
PATIENCE_PAUSE = 0.5  # between two tries
BUSY_SECONDS = 15  # how long a writer waits for another
# How long a Postgres is waited for whose machine does not answer: for a connection, and on one; in seconds.
PATIENCE = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4}
_WRITERS = 0x64697374  # the number of the lock that a writer takes on Postgres: any, always the same
_WAL_BYTES = 16_000_000  # the write-ahead log is cut to this after each checkpoint
POSTGRES_GLANCE = 0.1  # seconds between two looks at whether somebody has written
_FOLD = "PRAGMA wal_checkpoint(TRUNCATE)"
_PORTION_PAGES = 1000  # that are given back to the disk in one go: 4 MB
_PORTION_PAUSE = 0.005  # seconds between two portions
_waits = threading.local()  # until: to when this thread waits for a database that is away
P = ParamSpec("P")
T = TypeVar("T")
_EXAMPLE = "postgresql://name:password@host/database"


class StoreError(Exception):
    """The store cannot do what was asked. The message is a sentence for the page."""


class StoreUnavailable(StoreError):
    """The database cannot be used now; the same may work a moment later."""


class StoreBusy(StoreUnavailable):
    """Somebody else writes for longer than BUSY_SECONDS."""

    def __init__(self) -> None:
        super().__init__("The store is busy. Try again in a moment.")


class DiskFull(StoreError):
    """No space left for the store."""

    def __init__(self) -> None:
        super().__init__(
            "The disk of the server is full. What was kept is still there, but nothing new can be. Make room on it, or "
            "tell whoever runs this server; then try again."
        )


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
                schema = migrate(connection)
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
        with errors(), self._begin(self._reader) as connection:
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

        Inside it no other connection may be taken: with all of them waiting for the lock, none would ever come.
        """
        with errors(), self._begin(self._writer) as connection:
            self._writing.now = True
            try:
                yield connection
            finally:
                self._writing.now = False

    def _begin(self, engine: Engine) -> AbstractContextManager[Connection]:
        """Begin a transaction, in a thread that waits for the database as soon as it answers."""
        return self._when_it_answers(engine) if getattr(_waits, "until", None) else engine.begin()

    @contextmanager
    def _when_it_answers(self, engine: Engine) -> Iterator[Connection]:
        with ExitStack() as stack:
            yield _tried(partial(self._enter, stack, engine), _waits.until, (StoreBusy,))

    def _enter(self, stack: ExitStack, engine: Engine) -> Connection:
        with errors():
            return stack.enter_context(engine.begin())

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


@contextmanager
def errors() -> Iterator[None]:
    """Turn the database's errors into sentences."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise _told(error) from error
    except PoolTimeout as error:  # all connections are with others
        raise StoreBusy from error
    except SQLAlchemyError as error:
        raise StoreError(f"The store does not answer ({type(error).__name__}). Try again in a moment.") from error
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull from error
        raise StoreError(f"The store cannot be opened ({error.strerror or error}). Check DISTILLERY_HOME.") from error


def patiently(write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `write` returns, tried again while the store cannot be used; after PATIENCE_SECONDS that is the error."""
    return _tried(partial(write, *args, **kwargs), time.monotonic() + PATIENCE_SECONDS, ())


@contextmanager
def waiting(seconds: float) -> Iterator[None]:
    """Within this, what the thread asks waits for a database that is away, so long in all. Nothing is done twice: only
    the beginning of a transaction is tried again. A store that is busy has been waited for already.
    """
    _waits.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _waits.until = None


def _tried(ask: Callable[[], T], until: float, final: tuple[type[StoreError], ...]) -> T:
    """What `ask` returns, tried again until then while the store cannot be used. final: the errors that end it."""
    while True:
        try:
            return ask()
        except final:
            raise
        except StoreUnavailable:
            if time.monotonic() > until:
                raise
        time.sleep(PATIENCE_PAUSE)


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


def _told(raised: DBAPIError | sqlite3.Error) -> StoreError:
    error = raised.orig or raised if isinstance(raised, DBAPIError) else raised
    if is_disk_full(error):
        return DiskFull()
    words = str(error).lower()
    if "locked" in words or "busy" in words or "lock timeout" in words:
        return StoreBusy()
    if "malformed" in words or "not a database" in words:
        return StoreError(
            "The store is damaged: distillery.db cannot be read. Move it out of DISTILLERY_HOME; a new one is made."
        )
    if "unable to open" in words:
        return StoreError("The store cannot be opened: no access to distillery.db. Check DISTILLERY_HOME.")
    server = isinstance(raised, InterfaceError | OperationalError) and not isinstance(error, sqlite3.Error)
    kind = StoreUnavailable if server else StoreError
    logging.getLogger(__name__).warning("%s", error)  # which may name hosts and users: nothing for strangers
    return kind("The store does not answer. Try again in a moment. The server’s log says more.")
