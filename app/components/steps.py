"""The steps of a lesson: where the learner is, what is done, and the way to any of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.components.mount import mount, sent

KEY = "steps"


def steps(
    shown: Sequence[dict[str, Any]],
    current: str,
    held: Mapping[str, Any],
    anew: int,
    on_step: Callable[[], None],
    on_acted: Callable[[], None],
) -> None:
    """Mount the row. shown: id, title, told and done of each; a title that is not told is its number. held: what the
    lesson's link sets in its figures ("given", as a query), fixes there and hides, by the keys of controls; anew: how
    often the lesson was begun anew here; on_step: hears that another is chosen; on_acted: that the learner did
    something in a figure of this one, once.
    """
    data = {"steps": list(shown), "current": current, "anew": anew, "held": held}
    mount("steps", data, KEY, {"step": on_step, "acted": on_acted})


def told(state: Any, name: str) -> str | None:
    """The step that the browser named under "step" or "acted", None if it is no text. state: the session."""
    step = sent(state, KEY, name)
    return step if isinstance(step, str) and len(step) <= 64 else None
