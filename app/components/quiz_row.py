"""The row of a quiz's questions: how each of them went, and the way to any of them."""

from collections.abc import Callable, Mapping
from typing import Any

from app.components.mount import mount, sent

KEY = "quiz-row"


def quiz_row(marks: Mapping[str, str], current: str, on_go: Callable[[], None]) -> None:
    """Mount the row. marks: how each question went, by its id and in words; current: the one that is shown, "" if none
    is; on_go: hears that another one is chosen.
    """
    shown = [{"id": id_, "mark": mark.replace(" ", "-"), "words": mark} for id_, mark in marks.items()]
    mount("quiz_row", {"questions": shown, "current": current}, KEY, {"go": on_go})


def chosen(state: Any) -> str:
    """The question that the learner chose, "" if it is none. state: the session."""
    return str(sent(state, KEY, "go") or "")
