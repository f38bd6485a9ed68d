"""The end of a lesson's quiz: how it went, second tries and partial credit included, and another go at the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from app.teaching.tries import is_late, is_settled
from app.views import routes
from app.views.quiz import Seat

COMES_BACK = "These questions come back before you forget them, some with other numbers or images."


@dataclass(frozen=True)
class Result:
    """How a lesson's quiz went, by the latest answers as they are shown. scores: 0 … 1 by question, in their order;
    None if it is still asked; late: how many were right at the second try.
    """

    scores: Mapping[str, float | None]
    late: int = 0

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
    tries = {id_: seat.asked(id_)[1] for id_ in seat.known()}
    scores = {id_: these[-1].score if is_settled(these) else None for id_, these in tries.items()}
    return Result(scores, sum(map(is_late, tries.values())))


def summary(seat: Seat, *, on_retry: Callable[[], None]) -> None:
    """Draw how the quiz went once everything is answered, and offer what was missed once more."""
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
            label = "Retry the one that you missed" if count == 1 else f"Retry the {count} that you missed"
            st.button(label, key="retry", on_click=on_retry)
        if seat.learner:
            with st.container(key="quiz-ways", horizontal=True, gap="small"):
                for title, said in (("review", "To the review"), ("progress", "Your progress")):
                    st.page_link(routes.to(title), label=said)


def in_words(outcome: Result) -> str:
    """As in “6 of 8 right, 2 of them at the second try, 1 partly. Partly right counts in part: …”"""
    of = len(outcome.scores)
    late = f", {outcome.late} of them at the second try" if outcome.late else ""
    if outcome.right == of:
        return f"All {of} right{late}."
    if not outcome.partly:
        return f"{outcome.right} of {of} right{late}."
    part = f"Partly right counts in part: together that is {outcome.together:.3g} of {of}."
    return f"{outcome.right} of {of} right{late}, {outcome.partly} partly. {part}"
