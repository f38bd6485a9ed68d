"""The bench: verdict, curves, transport and status of one run, followed in the browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from app.components.mount import declare, module_of

_bench = declare("bench")
KEY = "bench"
Action = Literal["pause", "resume", "step", "stop", "again", "more"]
ACTIONS: tuple[Action, ...] = get_args(Action)


def bench(base: str, data: Mapping[str, Any], on_action: Callable[[], None]) -> None:
    """Mount the bench. base: address of the scripts. data: see bench.js; on_action: hears a press on the transport."""
    _bench(key=KEY, data={"module": module_of(base, "bench"), **data}, on_action_change=on_action)


def pressed(state: Any) -> tuple[Action, str] | None:
    """(action, run id) that the browser sent, None where it is neither. state: Streamlit's session state."""
    sent = (state.get(KEY) or {}).get("action")
    if not isinstance(sent, Mapping):
        return None
    run_id = sent.get("run")
    action = next((known for known in ACTIONS if known == sent.get("action")), None)
    return (action, run_id) if action and isinstance(run_id, str) else None
