"""A prediction: a number, a choice or a curve of five knots, saved before the outcome is shown; then the gap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.components.mount import declare, module_of

_predict = declare("predict")


def predict(base: str, data: Mapping[str, Any], *, key: str, on_save: Callable[[], None]) -> None:
    """Mount a prediction. data: see predict.js; the outcome is in it only once something was saved."""
    _predict(key=key, data={"module": module_of(base, "predict"), **data}, on_saved_change=on_save)


def saved(state: Any, key: str) -> object:
    """What the browser asks to save, None where it is nothing. state: the session."""
    return (state.get(key) or {}).get("saved")
