"""One question of a quiz: asked, answered once, explained; then, if there is another variant, asked again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.components.mount import mount, sent


@dataclass(frozen=True)
class PressedAnswer:
    """An answer as the browser gives it. asked: which asking of the question it answers; press: which press it was."""

    given: object
    sure: str
    asked: str
    press: str


def question(
    data: Mapping[str, Any],
    *,
    key: str,
    on_answer: Callable[[], None],
    on_again: Callable[[], None] | None = None,
    on_next: Callable[[], None] | None = None,
    on_read: Callable[[], None] | None = None,
) -> None:
    """Mount a question. data: see question.js; the right answer is in it only once the question was answered.

    on_again: it is to be asked once more; on_next: another one is to be asked in its place; on_read: the step that it
    is about is to be read once more.
    """
    others = {"again": on_again, "next": on_next, "read": on_read}
    heard = {"answered": on_answer} | {name: call or _nothing for name, call in others.items()}
    mount("question", data, key, heard)


def _nothing() -> None:
    """A press that this place does not offer."""


def pressed(state: Any, key: str) -> PressedAnswer | None:
    """The answer that the browser gives, None if there is none. state: the session."""
    said = sent(state, key, "answered")
    if not isinstance(said, Mapping):
        return None
    sure, asked, press = (str(said.get(name, "")) for name in ("sure", "asked", "press"))
    return PressedAnswer(said.get("given"), sure, asked, press)


def again(state: Any, key: str) -> str:
    """Which asking of the question is to be followed by another one."""
    return str(sent(state, key, "again") or "")


def on(state: Any, key: str) -> str:
    """Which asking of the question is to be followed by another question."""
    return str(sent(state, key, "next") or "")


def read(state: Any, key: str) -> str:
    """At which asking of the question its step is to be read once more."""
    return str(sent(state, key, "read") or "")
