"""The end of a lesson's quiz: how it went, partial credit included, and another try at what was not right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app.teaching.plain import ClaimError
from app.views import places
from app.views.quiz import Seat

COMES_BACK = "These questions come back before you forget them, with other numbers where there are some."


@dataclass(frozen=True)
class Result:
    """How a lesson's quiz went, by the latest answers as they are shown. right, partly, wrong: ids of questions; open:
    how many are still asked; score: what all answers are worth together.
    """

    right: tuple[str, ...]
    partly: tuple[str, ...]
    wrong: tuple[str, ...]
    open: int
    score: float

    @property
    def again(self) -> tuple[str, ...]:
        """What is worth another try."""
        return (*self.partly, *self.wrong)

    @property
    def of(self) -> int:
        """How many questions there are."""
        return len(self.right) + len(self.again) + self.open


def result(seat: Seat) -> Result:
    """How the quiz went so far."""
    scores = {id_: _shown_score(seat, id_) for id_ in seat.known()}
    given = {id_: score for id_, score in scores.items() if score is not None}
    right, wrong = (tuple(id_ for id_, score in given.items() if score == end) for end in (1, 0))
    partly = tuple(id_ for id_, score in given.items() if 0 < score < 1)
    return Result(right, partly, wrong, len(scores) - len(given), sum(given.values()))


def _shown_score(seat: Seat, id_: str) -> float | None:
    try:
        _, last = seat.asked(id_)
    except ClaimError:  # its numbers cannot be had; the question says so itself
        return None
    return last.score if last else None


def summary(seat: Seat, *, on_retry: Callable[[], None]) -> None:
    """Draw how the quiz went once everything is answered, and offer to ask what was not right anew."""
    found = result(seat)
    if found.open or not found.of:
        return
    with st.container(key="quiz-end", gap="small"):
        st.subheader("How it went", anchor=False)
        st.markdown(in_words(found))
        if seat.learner:
            st.markdown(COMES_BACK)
        if found.again:
            count = len(found.again)
            label = "Ask the one that was not right anew" if count == 1 else f"Ask the {count} that were not right anew"
            st.button(label, key="retry", on_click=on_retry)
        if seat.learner:
            with st.container(key="quiz-ways", horizontal=True, gap="small"):
                for title, said in (("review", "To the review"), ("progress", "Your progress")):
                    st.page_link(places.to(title), label=said)


def in_words(found: Result) -> str:
    """As in “6 of 8 right, 1 partly. Together that is 6.5 of 8.”"""
    if not found.again:
        return f"All {found.of} right."
    said = f"{len(found.right)} of {found.of} right"
    if not found.partly:
        return f"{said}."
    part = "Partly right counts in part: together that is"
    return f"{said}, {len(found.partly)} partly. {part} {found.score:.3g} of {found.of}."
