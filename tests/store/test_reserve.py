"""The room that is kept for last words, on a disk that has more room, less, or none."""

import errno
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.store import DiskFull, reserve


class Usage(NamedTuple):
    free: int


def free(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """The disk has so many bytes free."""
    monkeypatch.setattr("app.store.reserve.shutil.disk_usage", lambda _path: Usage(size))


def test_room_is_taken_once_and_has_its_size(own_home: Path) -> None:
    assert reserve.keep()
    file = own_home / reserve.NAME
    assert file.stat().st_size == reserve.SIZE
    before = file.stat().st_mtime_ns
    assert reserve.keep() and file.stat().st_mtime_ns == before


def test_on_a_full_disk_nothing_is_taken_until_there_is_room(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, reserve.ENOUGH - 1)
    assert not reserve.keep() and not list(own_home.iterdir())
    free(monkeypatch, reserve.ENOUGH)
    assert reserve.keep()
    free(monkeypatch, 0)
    assert reserve.keep(), "what is there stays"


@pytest.mark.parametrize(
    ("number", "kept"), [(errno.ENOSPC, False), (getattr(errno, "EDQUOT", errno.ENOSPC), False), (errno.EACCES, True)]
)
def test_a_quota_is_a_full_disk_and_no_access_is_another_thing(
    monkeypatch: pytest.MonkeyPatch, number: int, kept: bool
) -> None:
    def refuse(*_args: Any) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr("app.store.reserve.files.put", refuse)
    assert reserve.keep() is kept


def test_last_words_have_the_room_that_was_kept(own_home: Path) -> None:
    def write() -> str:
        if (own_home / reserve.NAME).exists():
            raise DiskFull
        return "said"

    assert reserve.keep()
    assert reserve.last_words(write) == "said"


def test_without_room_for_last_words_their_error_comes_through() -> None:
    def write() -> None:
        raise DiskFull

    with pytest.raises(DiskFull):
        reserve.last_words(write)
