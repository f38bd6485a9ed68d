"""The line of a challenge in the lab: what it asks, and whether the run below meets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.components.mount import declare, module_of

_challenge = declare("challenge")
KEY = "challenge"


def challenge(base: str, data: Mapping[str, Any], on_leave: Callable[[], None]) -> None:
    """Mount the line. base: address of the scripts. data: see challenge.js; on_leave: hears that it is left."""
    _challenge(key=KEY, data={"module": module_of(base, "challenge"), **data}, on_leave_change=on_leave)
