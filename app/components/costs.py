"""What teacher and students cost, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_costs = declare("costs")
KEY = "costs"


def costs(base: str, data: Mapping[str, Any]) -> None:
    """Mount the table. base: address of the scripts. data: see costs.js."""
    _costs(key=KEY, data={"module": module_of(base, "costs"), **data})
