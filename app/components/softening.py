"""One image, the teacher's probabilities of it, and a temperature that they follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_softening = declare("softening")


def softening(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount the figure. base: address of the scripts. data: see softening.js."""
    _softening(key=key, data={"module": module_of(base, "softening"), **data})
