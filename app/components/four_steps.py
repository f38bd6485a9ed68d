"""The four steps from input data to a small model: they light up with the run on the bench, or say what each is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_four_steps = declare("four_steps")


def four_steps(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount the steps. base: address of the scripts. data: see four_steps.js."""
    _four_steps(key=key, data={"module": module_of(base, "four_steps"), **data})
