"""The softmax with temperature as a formula with live numbers."""

from __future__ import annotations

from app.components.mount import declare, module_of

_formula = declare("formula")


def formula(base: str, *, key: str) -> None:
    """Mount the formula. base: address of the scripts. key: of this place."""
    _formula(key=key, data={"module": module_of(base, "formula")})
