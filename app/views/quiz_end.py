"""The end of a lesson's quiz: how it went, partial credit included, and another try at what was not right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from app.teaching.plain import ClaimError
from app.views import routes
from app.views.quiz import Seat

COMES_BACK = "These questions come back before you forget them, some with other numbers or images."


@dataclass(frozen=True)
class Result:
    """How a lesson's quiz went, by the latest answers as they are shown. scores: 0 … 1 by question, in their order;
    None if it is still asked.
    """

    scores: Mapping[str, float | None]

    @property
    def open(self) -> bool:
        """Whether something is still asked."""
        return None in self.scores.values()

    @property
    def right(self) -> int:
        """How many are wholly right."""
        return sum(score == 1 for score in self.scores.values())

    @property
    def partly(self) -> int:
        """How many are right in part."""
        return sum(0 < score < 1 for score in self.scores.values() if score is not None)

    @property
    def again(self) -> list[str]:
        """What is worth another try."""
        return [id_ for id_, score in self.scores.items() if score is not None and score < 1]

    @property
    def together(self) -> float:
        """What all answers are worth."""
        return sum(score for score in self.scores.values() if score is not None)


def result(seat: Seat) -> Result:
    """How the quiz went so far."""
    return Result({id_: _shown_score(seat, id_) for id_ in seat.known()})


def _shown_score(seat: Seat, id_: str) -> float | None:
    try:
        _, last = seat.asked(id_)
    except ClaimError:  # its numbers cannot be had; the question says so itself
        return None
    return last.score if last else None


def summary(seat: Seat, *, on_retry: Callable[[], None]) -> None:
    """Draw how the quiz went once everything is answered, and offer to ask what was not right anew."""
    outcome = result(seat)
    if outcome.open or not outcome.scores:
        return
    with st.container(key="quiz-end", gap="small"):
        st.subheader("How it went", anchor=False)
        st.markdown(in_words(outcome))
        if seat.learner:
            st.markdown(COMES_BACK)
        if outcome.again:
            count = len(outcome.again)
            label = "Ask the one that was not right anew" if count == 1 else f"Ask the {count} that were not right anew"
            st.button(label, key="retry", on_click=on_retry)
        if seat.learner:
            with st.container(key="quiz-ways", horizontal=True, gap="small"):
                for title, said in (("review", "To the review"), ("progress", "Your progress")):
                    st.page_link(routes.to(title), label=said)


def in_words(outcome: Result) -> str:
    """As in “6 of 8 right, 1 partly. Partly right counts in part: together that is 6.5 of 8.”"""
    of = len(outcome.scores)
    if outcome.right == of:
        return f"All {of} right."
    if not outcome.partly:
        return f"{outcome.right} of {of} right."
    part = f"Partly right counts in part: together that is {outcome.together:.3g} of {of}."
    return f"{outcome.right} of {of} right, {outcome.partly} partly. {part}"
