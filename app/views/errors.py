"""Where the store's errors become sentences on the page: around what draws, and around what a press does.

Nothing else is caught: a fault of ours stays one.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import wraps
from itertools import count
from typing import Any, ParamSpec

import streamlit as st

from app.components.handover import handover
from app.server import identity
from app.server.api import API
from app.store import StoreError, shared
from app.store.errors import StoreUnavailable
from app.store.patience import has_given_up, waiting
from app.views.address import in_turn, noted

UNDONE = "undone"  # in the session: why the last press did nothing
DRAWN = "drawn"  # … and whether the browser shows a page of it
RETRY_SECONDS = 3.0  # between two looks whether it is back

P = ParamSpec("P")


def page(draw: Callable[[], None]) -> Callable[[], None]:
    """A page that says what the last press could not do, and why it ends if the store does not answer.

    It waits for a database that is away if the browser shows a page already, which can be read meanwhile.
    """

    @wraps(draw)
    def told() -> None:
        if sentence := st.session_state.pop(UNDONE, ""):
            notice([sentence], "notice-undone")
        try:
            with waiting() if st.session_state.get(DRAWN) else nullcontext():
                if not _has_gone():
                    draw()
            st.session_state[DRAWN] = True
        except StoreError as error:
            st.session_state[DRAWN] = False
            is_away = isinstance(error, StoreUnavailable)
            known = bool(sentence) and (is_away or str(error) == sentence)
            _say(error.__cause__ if isinstance(error.__cause__, StoreError) else error, known=known)
            if is_away:
                st.session_state[UNDONE] = sentence  # to be read when the page is back
                st.fragment(run_every=RETRY_SECONDS)(_come_back)(count())

    return told


def _come_back(looks: Iterator[int]) -> None:
    """Draw the page as soon as the store answers again. looks: counts; at the first the page has just been tried."""
    if next(looks) == 0:
        return
    try:
        shared().learners.any()
    except StoreError:
        return
    st.rerun(scope="app")


def _has_gone() -> bool:
    """Whether this browser's learner is no more: then the browser is told who it is now, and loads the page anew."""
    learner = identity.learner_from(st.context.cookies)
    if learner is None or shared().learners.who_became(learner) == learner:
        return False
    words = "One moment: this browser goes over to who you are now."
    handover(f"{API}/learner/follow", label="Go on", busy=words, said={}, key="follow", kind="alone")
    return True


@contextmanager
def sentences() -> Iterator[None]:
    """Say on the page what the store says, in place of what could not be drawn."""
    try:
        yield
    except StoreError as error:
        _say(error)


def _say(error: StoreError, *, known: bool = False) -> None:
    """Say what the store says. known: it is said already."""
    with st.container(key="trouble"):
        notice([] if known else [str(error)], "notice-trouble")
        st.button("Try again", key="try-again")


def press(act: Callable[P, None]) -> Callable[P, None]:
    """A callback whose failure the page tells, and beside which no other of this session acts. It waits for a database
    that is away: nothing that was pressed is lost.

    It looks into the session only after it has failed (see `in_turn`).
    """

    @wraps(act)
    def told(*args: P.args, **more: P.kwargs) -> None:
        with in_turn():
            try:
                with waiting():
                    act(*args, **more)
            except StoreError as error:
                st.session_state[UNDONE] = str(error)
            if has_given_up():  # the page does not wait as long again
                st.session_state[DRAWN] = False

    return told


def pressing(key: str, action: Callable[..., None], *args: Any) -> Callable[[], None]:
    """A callback that lets `action` change the state of a page: it is given that, the session, and args."""

    def act() -> None:
        state, session = noted(key)
        state.begin_press()
        action(state, session, *args)

    return press(act)


def notice(sentences: Sequence[str], key: str = "notice") -> None:
    """Draw one calm notice of what could not be read or done, each said once; nothing if there is nothing."""
    said = list(dict.fromkeys(sentences))
    if said:
        with st.container(key=key):
            st.markdown("\n".join(f"- {text}" for text in said) if len(said) > 1 else said[0])
