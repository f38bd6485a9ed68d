"""Temperature and alpha: sliders that the page follows while they are dragged."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.catalog.declared import Control
from app.components.mount import mount, sent

KEY = "dials"


def dials(
    controls: Sequence[Control],
    values: Mapping[str, float],
    notes: Mapping[str, str],
    beside: Mapping[str, str],
    on_turn: Callable[[], object],
    key: str = KEY,
    own: Mapping[str, float] | None = None,
) -> None:
    """Mount the dials. key: of their state in the session; own: where a phrase of a lesson finds them.

    values, notes (in place of the help): by key of the controls. beside: told to the rest of the page.

    on_turn: hears a release.
    """
    shown = [
        {
            "key": control.key,
            "words": control.words,
            "help": notes.get(control.key) or control.help,
            "low": control.low,
            "high": control.high,
            "step": control.step,
            "value": values[control.key],
        }
        for control in controls
    ]
    begins = {control.key: own[control.key] for control in controls} if own else {}
    mount("dials", {"dials": shown, "beside": beside, "own": begins}, key, {"turned": on_turn})


def by_phrase(state: Any, key: str = KEY) -> bool:
    """Whether a phrase of a lesson turned the dials last."""
    turn = sent(state, key, "turned")
    return isinstance(turn, Mapping) and turn.get("phrase") is True


def turned(state: Any, controls: Sequence[Control], key: str = KEY) -> tuple[str, dict[str, float]]:
    """When the dials were turned last, as the browser counts, and their values by key; ("", {}) if they were not.

    state: Streamlit's session state. What is no number in range is left out.
    """
    turn = sent(state, key, "turned")
    if not isinstance(turn, Mapping):
        return "", {}
    values = {}
    for control in controls:
        value = turn.get(control.key)
        if isinstance(value, int | float) and math.isfinite(value) and control.low <= value <= control.high:
            steps = round((value - control.low) / control.step)
            values[control.key] = round(control.low + steps * control.step, 6)
    return str(turn.get("at", "")), values
