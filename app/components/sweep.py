"""A sweep: a map that fills in cell by cell, or lines with bands, followed in the browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.components.mount import sent

KEY = "sweep"


@dataclass(frozen=True)
class SweepAction:
    """What was pressed. run: of the cell, None if it has none here; cell: its place among the plan's."""

    action: Literal["open", "stop"]
    sweep: str | None
    run: str | None = None
    cell: int = 0


def pressed(state: Any) -> SweepAction | None:
    """What the browser sent, None if it is nothing that can be pressed. state: Streamlit's session state."""
    press = sent(state, KEY, "action")
    if not isinstance(press, Mapping) or press.get("action") not in ("open", "stop"):
        return None
    sweep_id, run, cell = press.get("sweep"), press.get("run"), press.get("cell", 0)
    texts = all(text is None or isinstance(text, str) for text in (sweep_id, run))
    if not texts or not isinstance(cell, int | float) or not 0 <= cell < 1000:
        return None
    return SweepAction(press["action"], sweep_id, run, int(cell))
