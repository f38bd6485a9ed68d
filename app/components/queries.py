"""What a number of questions a day comes to with teacher and student: hours, energy and money, from measured times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_queries = declare("queries")


def queries(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount the figure. base: address of the scripts. data: see queries.js."""
    _queries(key=key, data={"module": module_of(base, "queries"), **data})
