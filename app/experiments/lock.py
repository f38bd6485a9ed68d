"""One runner per home: a lock on a file that the system gives back when its holder ends, however it ends."""

import os
import sys
from pathlib import Path

from app.catalog import paths


def lock_path() -> Path:
    """The file whose lock the runner holds."""
    return paths.home() / "runner.lock"


class FileLock:
    """An exclusive lock between processes, never waited for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """True if the lock is now ours. Raises OSError if the file cannot be made."""
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(file)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def give_back(self) -> None:
        """Let others take it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_free(path: Path) -> bool:
    """True if nobody holds the lock at this moment."""
    lock = FileLock(path)
    free = lock.take()
    lock.give_back()
    return free


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
