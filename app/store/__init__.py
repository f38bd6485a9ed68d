"""What is kept: learners, runs and their progress, lessons, downloads."""

from functools import cache

from app.store.answers import Answer
from app.store.database import default_url, is_made
from app.store.errors import DiskFull, StoreBusy, StoreError, StoreUnavailable
from app.store.lessons import Progress, Saved
from app.store.models import ENDED, LIVE, ImageSet, Job, NotYours, QueueFull, Run, RunLost, TeacherAnswers, UnknownRun
from app.store.runs import NAME_LENGTH, Listed
from app.store.scheduling import Parcel, Submitted, Work
from app.store.store import Store


def shared() -> Store:
    """This process's store, opened once."""
    return _opened(default_url())


def knows_anybody() -> bool:
    """Whether learners are kept here, or were. A store that was never opened is not made for the answer."""
    return is_made() and shared().learners.any()


@cache
def _opened(url: str) -> Store:
    return Store(url)
