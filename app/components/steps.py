"""The steps of a lesson: where the learner is, what is done, and the way to any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from app.components.mount import mount, sent

KEY = "steps"


@dataclass(frozen=True)
class Held:
    """What the lesson's link sets in its figures, fixes there, and does not show, by the keys of controls."""

    given: Mapping[str, str] = field(default_factory=dict)
    fixed: Iterable[str] = ()
    hidden: Iterable[str] = ()


def steps(
    shown: Sequence[dict[str, Any]],
    current: str,
    held: Held,
    anew: int,
    on_step: Callable[[], None],
    on_acted: Callable[[], None],
) -> None:
    """Mount the row. shown: id, title and done of each; anew: how often the lesson was begun anew here; on_step: hears
    that another is chosen; on_acted: that the learner did something in a figure of this one, once.
    """
    said = {"given": urlencode(held.given), "fixed": sorted(held.fixed), "hidden": sorted(held.hidden)}
    data = {"steps": list(shown), "current": current, "anew": anew, "held": said}
    mount("steps", data, KEY, {"step": on_step, "acted": on_acted})


def told(state: Any, name: str) -> str | None:
    """The step that the browser named under "step" or "acted", None if it is no text. state: the session."""
    step = sent(state, KEY, name)
    return step if isinstance(step, str) and len(step) <= 64 else None
