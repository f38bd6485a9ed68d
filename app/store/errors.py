"""What the store cannot do, in sentences for the page."""

import errno
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.catalog import paths

_FULL = ("disk is full", "no space left", "quota exceeded")
_PROBE = 1_000_000  # bytes for which a disk has room that is not full: more than what one change writes


class StoreError(Exception):
    """The store cannot do what was asked. The message is a sentence for the page."""


class StoreUnavailable(StoreError):
    """The database cannot be used now; the same may work a moment later."""


class StoreBusy(StoreUnavailable):
    """Somebody else writes for longer than BUSY_SECONDS."""

    def __init__(self) -> None:
        super().__init__("The store is busy. Try again in a moment.")


class GaveUp(StoreUnavailable):
    """A press has waited for the database as long as it may. kept: the changes that it had made before."""

    def __init__(self, kept: int) -> None:
        done = (
            "A part of what you pressed was done before that: reload the page and look before you press again."
            if kept
            else "Nothing of what you pressed was done. Try again in a moment."
        )
        super().__init__(f"The store did not answer for a minute. {done} The server’s log says more.")


class Unsure(StoreUnavailable):
    """The connection broke while a change was being made final, and the database cannot be asked what became of it."""

    def __init__(self) -> None:
        super().__init__(
            "The connection to the store broke at the last moment. Perhaps what you pressed was done, perhaps it was "
            "not: reload the page and look before you press again."
        )


class DiskFull(StoreError):
    """No space left for the store."""

    def __init__(self) -> None:
        super().__init__(
            "The disk of the server is full. What was kept is still there, but nothing new can be. Make room on it, or "
            "tell whoever runs this server; then try again."
        )


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


def is_disk_full(error: BaseException) -> bool:
    """True for the ways in which a full disk (or quota) shows itself, from files as from SQLite."""
    if isinstance(error, OSError):
        full = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
        return error.errno in full or getattr(error, "winerror", None) == 112  # ERROR_DISK_FULL
    text_of = str(error).lower()
    return isinstance(error, DiskFull) or any(words in text_of for words in _FULL)


def _has_room() -> bool:
    """False if nothing can be written beside the store: SQLite calls a quota that is used up an I/O error."""
    try:
        with TemporaryFile(dir=_folder()) as file:
            file.write(os.urandom(_PROBE))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return not is_disk_full(error)
    return True


def _folder() -> Path:
    """Where a store of SQLite lies."""
    url = os.environ.get("DATABASE_URL")
    file = make_url(url).database if url else None
    return Path(file).parent if file else paths.home()


def is_out_of_memory(error: BaseException) -> bool:
    """True for Python's error and for torch's, which has no type of its own on a CPU."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))


def _told(raised: DBAPIError | sqlite3.Error) -> StoreError:
    error = raised.orig or raised if isinstance(raised, DBAPIError) else raised
    if is_disk_full(error):
        return DiskFull()
    words = str(error).lower()
    is_unclear = isinstance(error, sqlite3.Error) and ("disk i/o error" in words or "unable to open" in words)
    if is_unclear and not _has_room():
        return DiskFull()
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
