"""A dial over the number of labelled images, along recorded curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.components.mount import declare, module_of

_labels_dial = declare("labels_dial")


def labels_dial(base: str, data: Mapping[str, Any], *, key: str, on_train: Callable[[], None]) -> None:
    """Mount the dial. base: address of the scripts. data: see labels_dial.js; on_train: hears its button."""
    _labels_dial(key=key, data={"module": module_of(base, "labels_dial"), **data}, on_train_change=on_train)


def wanted(state: Any, key: str) -> tuple[int, bool] | None:
    """(labelled images, whether the rest is marked too) that the button asked for, None where it is neither.

    state: Streamlit's session state.
    """
    sent = (state.get(key) or {}).get("train")
    if not isinstance(sent, Mapping) or type(sent.get("labels")) is not int:
        return None
    return sent["labels"], sent.get("rest") is True
