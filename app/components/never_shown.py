"""Students that never saw one class, and a bias on its logit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.components.mount import declare, module_of

_never_shown = declare("never_shown")


def never_shown(base: str, data: Mapping[str, Any], *, key: str, on_chosen: Callable[[], None]) -> None:
    """Mount the figure. data: see never_shown.js. on_chosen: hears that another class is left out."""
    _never_shown(key=key, data={"module": module_of(base, "never_shown"), **data}, on_chosen_change=on_chosen)


def chosen(state: Any, key: str) -> int | None:
    """The class that the browser chose, None where it is none. state: the session."""
    sent = (state.get(key) or {}).get("chosen")
    found = sent.get("leftOut") if isinstance(sent, Mapping) else None
    return found if type(found) is int and 0 <= found < 10 else None
