"""A state and its address: one of a session's scripts at a time, and a press that the browser has not heard of."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pytest
import streamlit as st

from app.views import address, errors
from tests.waiting import wait_for


class Session(dict[str, Any]):
    """What a callback sees of Streamlit's session."""

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


@dataclass
class Chosen(address.PageState):
    """A state with one thing in it."""

    what: str = ""

    def query(self) -> dict[str, str]:
        return {"what": self.what} if self.what else {}

    @property
    def plain(self) -> bool:
        return not self.what


class Bar(dict[str, str]):
    """An address bar as Streamlit gives it to a script."""

    def from_dict(self, query: dict[str, str]) -> None:
        self.clear()
        self.update(query)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Session:
    made = Session()
    monkeypatch.setattr(st, "session_state", made)
    monkeypatch.setattr(st, "query_params", Bar())
    return made


def test_presses_of_one_session_do_not_overlap(session: Session) -> None:
    with address.in_turn():
        pass
    inside: list[int] = []
    overlaps: list[bool] = []

    @errors.press
    def act() -> None:
        overlaps.append(bool(inside))
        inside.append(1)
        wait_for(lambda: len(begun) == 8)  # all the others are about to press, too
        inside.pop()

    begun: list[int] = []

    def press() -> None:
        begun.append(1)
        act()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == [False] * 8


def test_an_address_of_the_learners_own_opens_a_new_state(session: Session) -> None:
    st.query_params.from_dict({"what": "a"})
    seen: list[Chosen | None] = []

    def opened(params: dict[str, str], before: Chosen | None) -> Chosen:
        seen.append(before)
        return Chosen(what=params.get("what", ""))

    first = address.current("page", opened)
    assert (first.what, first.written, seen) == ("a", {"what": "a"}, [None])
    assert address.current("page", opened) is first, "nothing has changed"
    st.query_params.from_dict({"what": "b"})
    assert address.current("page", opened).what == "b"
    assert seen == [None, first]


def test_an_address_that_is_older_than_a_press_is_not_heard(session: Session) -> None:
    st.query_params.from_dict({"what": "a"})
    state = address.current("page", lambda params, _: Chosen(what=params["what"]))
    noted, _ = address.noted("page")
    noted.what = "pressed"
    st.query_params.from_dict({"what": "older"})
    assert address.current("page", lambda params, _: Chosen(what=params["what"])) is state
    address.write("page")
    assert (dict(st.query_params), state.acted) == ({"what": "pressed"}, False)
    assert address.written("page") == {"what": "pressed"}


def test_a_plain_page_needs_no_address(session: Session) -> None:
    address.current("page", lambda params, _: Chosen())
    address.write("page")
    assert dict(st.query_params) == {}
    assert address.written("another") == {}


def test_a_press_leads_to_another_page_once(session: Session) -> None:
    state = address.current("page", lambda params, _: Chosen())
    address.noted("page")
    state.leave_for = {"run": "abcd2345"}
    assert address.leave("page") == {"run": "abcd2345"}
    assert not state.acted, "on the way back the address counts again"
    st.query_params.from_dict({"run": "abcd2345"})  # what Streamlit leaves behind, one step back
    assert address.current("page", lambda params, _: Chosen()) is state
    assert address.leave("page") is None
    assert address.current("page", lambda params, _: Chosen(what="new")) is not state, "this time it is the learner's"
