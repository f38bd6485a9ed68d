"""The bench: verdict, curves, transport and status of one run, followed in the browser."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from app.components.mount import sent

KEY = "bench"
Action = Literal["pause", "resume", "step", "stop", "again", "more", "control-of"]
ACTIONS: tuple[Action, ...] = get_args(Action)


def pressed(state: Mapping[str, Any]) -> tuple[Action, str] | None:
    """(action, run id) that the browser sent, None if it is neither. state: Streamlit's session state."""
    press = sent(state, KEY, "action")
    if not isinstance(press, Mapping):
        return None
    run_id = press.get("run")
    action = next((known for known in ACTIONS if known == press.get("action")), None)
    return (action, run_id) if action and isinstance(run_id, str) else None
