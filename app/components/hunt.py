"""The hunt for the test image that the teacher is least sure of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_hunt = declare("hunt")


def hunt(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount the hunt. base: address of the scripts. data: see hunt.js. key: of this place."""
    _hunt(key=key, data={"module": module_of(base, "hunt"), **data})
