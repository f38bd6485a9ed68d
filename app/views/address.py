"""One state per page and browser tab, and the address that says it, kept in step.

Streamlit may begin a session's next script while the last one is still at its press, or at its last lines. Whoever
reads or writes a state therefore does it `in_turn`, and looks into the session there: a script that was followed by
another ends at that look.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

import streamlit as st

from app.experiments.spec import shown
from app.server.streamlit_internals import session_id

SHOW_KEY = "show"  # the URL key of what a page shows in place of itself: large on a projector, or for paper
LARGE = {"large": "On a projector"}  # its values on a page that can be large as a whole, in words
NO_VIEW = "This page cannot be shown on a projector"


@dataclass(kw_only=True)
class PageState:
    """What a page knows in one browser tab."""

    shows: ClassVar[Mapping[str, str]] = {}  # what can be shown in place of the page: values of SHOW_KEY, in words

    problems: list[str] = field(default_factory=list)  # what the address had wrong, in sentences
    notice: str = ""  # what the last press could not do, in a sentence
    written: dict[str, str] = field(default_factory=dict)  # the address as it was written last
    acted: bool = False  # the learner has done something that the address does not show yet
    # Another page's address, where a press leads there: as that page writes it, else it would write it anew, and the
    # browser's history would have a step that leads nowhere.
    leave_for: dict[str, str] | None = None
    show: str = ""  # one of `shows`; "": the page itself
    left_for: dict[str, str] | None = None  # where it led: Streamlit leaves it in this page's history, too

    def query(self) -> dict[str, str]:
        """The address of this state."""
        raise NotImplementedError

    def begin_press(self) -> None:
        """Forget what concerned the last press alone."""
        self.notice = ""

    @property
    def sentences(self) -> list[str]:
        """Everything that could not be read or done."""
        return [*self.problems, *([self.notice] if self.notice else [])]

    @property
    def address(self) -> dict[str, str]:
        """The address of this state as it is shown now."""
        return self.query() | ({SHOW_KEY: self.show} if self.show else {})

    @property
    def plain(self) -> bool:
        """Whether the page without any address shows this."""
        return self.address == type(self)().query()

    def show_in_place(self, show: str) -> None:
        """Take the view that an address names; "": the page itself. One that there is not becomes a sentence."""
        self.show = show if show in self.shows else ""
        if show and not self.show:
            choices = f"There is no view {shown(show)}, only {', '.join(self.shows)}" if self.shows else NO_VIEW
            self.problems.append(f"{choices}: here is the page.")


State = TypeVar("State", bound=PageState)


@contextmanager
def in_turn() -> Iterator[None]:
    """One of a session's scripts at a time."""
    with _lock(session_id()):
        yield


@lru_cache(maxsize=4096)  # more sessions than are open at once
def _lock(_session: str) -> threading.RLock:
    # Not kept in the session: a look into that may end a callback half-way, and reading it whole is slow.
    return threading.RLock()


def current(key: str, opened: Callable[[dict[str, str], State | None], State]) -> State:
    """A page's state, kept in the session under `key`.

    opened: makes it of an address, on a first visit or after a step in the history; it is given the state before. What
    is shown in place of the page is read here.
    """
    with in_turn():
        state: State | None = st.session_state.get(key)
        params = dict(st.query_params)
        # An address that is not the one written last is the learner's (back, forward), unless they just pressed
        # something: then the browser had not yet heard of the newest address.
        known = state is not None and (state.acted or params in ({}, state.written, state.left_for))
        if state is None or not known:
            state = opened({name: text for name, text in params.items() if name != SHOW_KEY}, state)
            state.show_in_place(params.get(SHOW_KEY, ""))
            state.written = params
            st.session_state[key] = state
        state.left_for = None
        return state


def write(key: str) -> None:
    """Let the address bar say what the page shows."""
    with in_turn():
        state: PageState = st.session_state[key]
        query = state.address
        if dict(st.query_params) != query and (st.query_params or not state.plain):
            st.query_params.from_dict(query)
        state.written, state.acted = dict(st.query_params), False


def written(key: str) -> dict[str, str]:
    """A page's address as it was written last, for links to it from other pages."""
    state: PageState | None = st.session_state.get(key)
    return dict(state.written) if state else {}


def leave(key: str) -> dict[str, str] | None:
    """The other page's address, once, where a press leads there."""
    with in_turn():
        state: PageState = st.session_state[key]
        if state.leave_for is not None:
            state.left_for, state.leave_for, state.acted = state.leave_for, None, False
        return state.left_for


def acted(key: str, gather: Callable[[Any, dict[str, Any]], None]) -> Any:
    """The state of a page on which the learner has just done something: every callback begins here.

    Old notices are read, and the address follows the page. gather: takes over what the controls show now.
    """
    with in_turn():
        state, session = noted(key)
        state.begin_press()
        gather(state, session)
    return state


def noted(key: str) -> tuple[Any, dict[str, Any]]:
    """For a callback: the state, which is now ahead of the address and whose problems were read, and the session."""
    with in_turn():
        # Read as a whole: any other look lets Streamlit drop a callback half-way when the next press has arrived.
        session = st.session_state.to_dict()
        state: PageState = session[key]
        state.acted, state.problems = True, []
        return state, session
