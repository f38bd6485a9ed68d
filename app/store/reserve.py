"""Room for last words: a file whose space is given up when the disk is full, so that how something ended can be kept.

Nothing new begins while it is missing.
"""

import os
import shutil
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import make_url

from app.catalog import paths
from app.store import files
from app.store.database import default_url
from app.store.errors import DiskFull, is_disk_full

NAME = "reserve"  # in the home
SIZE = 2_000_000  # bytes: the ends of all that may go on at once
ENOUGH = 4 * SIZE  # free bytes from which it is written anew
T = TypeVar("T")


def keep() -> bool:
    """Whether the room is there, taken anew if the disk has enough. False on a full disk only."""
    if files.find(NAME):
        return True
    try:
        paths.home().mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(paths.home()).free < ENOUGH:
            return False
        files.put(NAME, os.urandom(SIZE))  # zeros would take no room on a disk that packs them
    except OSError as error:  # what else is wrong with the home says so itself
        return not is_disk_full(error)
    return True


def give_up() -> bool:
    """Leave the room to what has to be said now. False if that helps nobody: the store is on the disk of a server."""
    here = make_url(default_url()).get_backend_name() == "sqlite"
    if here:
        files.delete(NAME)
    return here


def last_words(write: Callable[[], T]) -> T:
    """What `write` returns; on a full disk it is called once more, with the room that was kept. Raises StoreError."""
    try:
        return write()
    except DiskFull:
        give_up()
        return write()
