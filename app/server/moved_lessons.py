"""What learners did in parts of lessons that stand in another lesson now: brought there when the server starts."""

import logging

from app.store import StoreError, shared
from app.teaching.lessons import lessons, moved


def bring_along() -> None:
    """Bring it to the lessons where it stands now. Without a store the pages say what is wrong, and the log does."""
    try:
        shared().lessons.move(moved(lessons().values()))
    except StoreError as error:
        logging.getLogger(__name__).warning("what was done in earlier versions of the lessons waits: %s", error)
