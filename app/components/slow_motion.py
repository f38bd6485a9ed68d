"""One training step in slow motion, computed in the browser from the logits that it gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_slow_motion = declare("slow_motion")


def slow_motion(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount the stages of a step. base: address of the scripts. data: see slow_motion.js."""
    _slow_motion(key=key, data={"module": module_of(base, "slow_motion"), **data})
