"""How the store is waited for, and who is seen to wait."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from app.store.errors import GaveUp, StoreError, StoreUnavailable, Unsure

PATIENCE_SECONDS = 180.0  # that a training, or a job, waits for a store that is busy or away
PRESS_SECONDS = 60.0  # that a press waits for a database that is away
WAIT_SECONDS = 1.0  # from which somebody is said to wait
PATIENCE_PAUSE = 0.5  # between two tries
# until: to when this thread waits for a database that is away; again: whether what died is begun again; kept: the
# changes that were kept meanwhile; gave_up: whether all of the time went by.
_waits = threading.local()
_waiting: dict[int, float] = {}  # since when threads of this process wait for the database
P = ParamSpec("P")
T = TypeVar("T")


def patiently(write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `write` returns, tried again while the store cannot be used; after PATIENCE_SECONDS that is the error."""
    before, until = getattr(_waits, "until", None), time.monotonic() + PATIENCE_SECONDS
    _waits.until = until
    try:
        return tried(partial(write, *args, **kwargs), until)
    finally:
        _waits.until = before


@contextmanager
def waiting(seconds: float = PRESS_SECONDS) -> Iterator[None]:
    """Within this, what the thread asks of the store's parts waits for a database that is busy or away, so long in all,
    and is begun again if the connection died before it was kept (see `Part`).
    """
    _waits.until, _waits.again, _waits.kept, _waits.gave_up = time.monotonic() + seconds, True, 0, False
    try:
        yield
    finally:
        _waits.until, _waits.again = None, False


def is_waited_for() -> bool:
    """Whether somebody in this process has been waiting for the database for a while."""
    now = time.monotonic()
    return any(now - since >= WAIT_SECONDS for since in list(_waiting.values()))


def has_given_up() -> bool:
    """Whether this thread waited in vain when it did last."""
    return getattr(_waits, "gave_up", False)


def latest() -> float:
    """To when this thread waits, on the monotonic clock; 0.0 if it does not."""
    return getattr(_waits, "until", None) or 0.0


def note_kept() -> None:
    """A change was kept in this thread."""
    _waits.kept = getattr(_waits, "kept", 0) + 1


def begun_again(ask: Callable[P, T]) -> Callable[P, T]:
    """The same, called again within `waiting` as long as it was not done. Raises GaveUp, Unsure."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        if not getattr(_waits, "again", False):
            return ask(*args, **kwargs)
        try:
            return tried(partial(ask, *args, **kwargs), _waits.until, (Unsure, GaveUp))
        except (Unsure, GaveUp):
            raise
        except StoreUnavailable as error:
            _waits.gave_up = True
            raise GaveUp(_waits.kept) from error

    return asked


def tried(ask: Callable[[], T], until: float, final: tuple[type[StoreError], ...] = ()) -> T:
    """What `ask` returns, tried again until then while the store cannot be used. final: the errors that end it."""
    with ExitStack() as stack:
        while True:
            try:
                return ask()
            except final:
                raise
            except StoreUnavailable:
                if time.monotonic() > until:
                    raise
            stack.enter_context(in_sight())
            time.sleep(PATIENCE_PAUSE)


@contextmanager
def in_sight() -> Iterator[None]:
    """Let others see that this thread waits for the database."""
    me = threading.get_ident()
    if me in _waiting:
        yield
        return
    _waiting[me] = time.monotonic()
    try:
        yield
    finally:
        del _waiting[me]
