"""Which classes the teacher thinks alike: a map and a tree that follow the temperature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_similarity = declare("similarity")


def similarity(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount the map and the tree. base: address of the scripts. data: see similarity.js. key: of this place."""
    _similarity(key=key, data={"module": module_of(base, "similarity"), **data})
