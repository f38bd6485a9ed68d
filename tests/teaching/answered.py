"""Answers for tests of what is folded from them: made by hand, and drawn by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from app.store import Answer
from app.teaching.spaced_repetition import DAY

START = 1_800_000_000.0
LESSONS, QUESTIONS = ("one", "two", "three"), ("a", "b", "c", "d")


def answer(
    press: str,
    days: float,
    score: float = 1.0,
    sure: str = "think",
    question: str = "a",
    lesson: str = "one",
    v: int = 1,
) -> Answer:
    """An answer some days after START."""
    return Answer(press, lesson, question, v, 0, '"x"', score, sure, START + days * DAY)


def logs(most: int = 25, questions: tuple[str, ...] = QUESTIONS) -> st.SearchStrategy[list[Answer]]:
    """What somebody may have answered in half a year."""
    one = st.builds(
        answer,
        press=st.just(""),
        days=st.floats(0, 180, allow_nan=False),
        score=st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0]),
        sure=st.sampled_from(["", "sure", "think", "guess"]),
        question=st.sampled_from(questions),
        lesson=st.sampled_from(LESSONS),
        v=st.sampled_from([1, 2]),
    )
    return st.lists(one, max_size=most).map(
        lambda found: [Answer(**{**vars(it), "press": f"p{at}"}) for at, it in enumerate(found)]
    )
