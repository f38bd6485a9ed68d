"""The table of runs: sorted, followed while they train, and pressed upon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from app.components.mount import mount, sent

KEY = "overview"
Action = Literal["open", "pin", "unpin", "rename", "delete"]
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True)
class TableAction:
    """What was pressed, on which runs. name: the new one if a run is renamed."""

    action: Action
    runs: tuple[str, ...]
    name: str = ""


def overview(data: Mapping[str, Any], on_action: Callable[[], None]) -> None:
    """Mount the table. data: see overview.js; on_action: hears a press."""
    mount("overview", data, KEY, {"action": on_action})


def pressed(state: Any) -> TableAction | None:
    """What the browser sent, None if it is nothing that can be pressed. state: Streamlit's session state."""
    press = sent(state, KEY, "action")
    if not isinstance(press, Mapping):
        return None
    action = next((known for known in ACTIONS if known == press.get("action")), None)
    runs, name = press.get("runs"), press.get("name", "")
    if action is None or not isinstance(runs, list) or not runs or not isinstance(name, str):
        return None
    return TableAction(action, tuple(runs), name) if all(isinstance(run, str) for run in runs) else None
