"""Which test images each student gets right, as groups, confusion and classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_gallery = declare("gallery")
KEY = "gallery"


def gallery(base: str, data: Mapping[str, Any]) -> None:
    """Mount the gallery. base: address of the scripts. data: see gallery.js."""
    _gallery(key=KEY, data={"module": module_of(base, "gallery"), **data})
