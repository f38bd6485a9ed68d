"""A sweep: a map that fills in cell by cell, or lines with bands, followed in the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.components.mount import declare, module_of

_sweep = declare("sweep")
KEY = "sweep"


@dataclass(frozen=True)
class Pressed:
    """What was pressed. run: of the cell, None where it has none here; cell: its place among the plan's."""

    action: Literal["open", "stop"]
    sweep: str | None
    run: str | None = None
    cell: int = 0


def sweep(base: str, data: Mapping[str, Any], on_action: Callable[[], None], *, key: str = KEY) -> None:
    """Mount the figure. base: address of the scripts. data: see sweep.js; on_action: hears a press; key: of it."""
    _sweep(key=key, data={"module": module_of(base, "sweep"), **data}, on_action_change=on_action)


def pressed(state: Any) -> Pressed | None:
    """What the browser sent, None where it is nothing that can be pressed. state: Streamlit's session state."""
    sent = (state.get(KEY) or {}).get("action")
    if not isinstance(sent, Mapping) or sent.get("action") not in ("open", "stop"):
        return None
    sweep_id, run, cell = sent.get("sweep"), sent.get("run"), sent.get("cell", 0)
    texts = all(text is None or isinstance(text, str) for text in (sweep_id, run))
    if not texts or not isinstance(cell, int | float) or not 0 <= cell < 1000:
        return None
    return Pressed(sent["action"], sweep_id, run, int(cell))
