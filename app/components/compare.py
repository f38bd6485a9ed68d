"""Two runs side by side: settings that differ, curves in one chart, and a sentence on the difference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.components.mount import declare, module_of

_compare = declare("compare")
KEY = "compare"


def compare(base: str, data: Mapping[str, Any], on_action: Callable[[], None]) -> None:
    """Mount the comparison. base: address of the scripts. data: see compare.js; on_action: hears "close"."""
    _compare(key=KEY, data={"module": module_of(base, "compare"), **data}, on_action_change=on_action)
