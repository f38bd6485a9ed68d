"""What the hard and the soft loss ask of each logit of a student, for one image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_microscope = declare("microscope")


def microscope(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount the gradients. base: address of the scripts. data: see microscope.js. key: of this place."""
    _microscope(key=key, data={"module": module_of(base, "microscope"), **data})
