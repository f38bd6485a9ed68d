"""The folders: the project's own, and the one that this installation writes to."""

import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PRETRAINED = PROJECT / "pretrained"
_READ_SECONDS = 5.0 if os.name == "nt" else 0.0  # that a file waits for who reads the one in its place
_READ_PAUSE = 0.02


def home() -> Path:
    """The folder of store, key, checkpoints and downloads: DISTILLERY_HOME, else ~/.distillery."""
    return Path(os.environ.get("DISTILLERY_HOME") or Path.home() / ".distillery")


def keep_private() -> None:
    """Let nobody else on this machine read what is kept: not what is there, and not what this process, or one that it
    starts, will write. On Windows the folder of a user is private as it is.
    """
    if os.name == "nt":
        return
    os.umask(0o077)
    kept = home()
    if kept.is_dir() and kept.stat().st_mode & 0o077:
        for path in (*kept.rglob("*"), kept):  # the folder last: it says that all of it is done
            with suppress(OSError):  # somebody else's, who has to see to it
                if not path.is_symlink():
                    path.chmod(0o700 if path.is_dir() else 0o600)


def own_folder(set_id: str) -> Path:
    """Where all is kept that belongs to images of one's own: what was uploaded, and a teacher that was trained here."""
    return home() / "images" / set_id


def for_file_name(name: str) -> str:
    """A name as part of a file's: small letters, digits and hyphens, 40 at most; "" if nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of `path` at the end: readers see the old file or the new one, never half.

    Raises OSError (for example when the disk is full); then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        _replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _replace(beside: Path, path: Path) -> None:
    """Put a file in the place of another. Windows refuses it while somebody reads that one, which takes a moment."""
    until = time.monotonic() + _READ_SECONDS
    while True:
        try:
            os.replace(beside, path)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
        time.sleep(_READ_PAUSE)


def write_first(path: Path, text: str) -> None:
    """Write a file that only its owner may read; if two processes do it at once, the first one's stays.

    text: ASCII. Raises OSError; then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())  # else the file may be empty after a power cut
        _place(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _place(beside: Path, path: Path) -> None:
    try:
        if os.name == "nt":
            beside.rename(path)  # on Windows it fails if `path` exists
        else:
            os.link(beside, path)  # so does this elsewhere, where rename would replace
    except FileExistsError:
        pass
    except OSError:  # a disk without hard links, as exFAT and some network drives
        if not path.exists():
            os.replace(beside, path)
