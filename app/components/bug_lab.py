"""The bug lab: a mistake, the line it is in, what it did, and a button that makes it live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.components.mount import declare, module_of

_bug_lab = declare("bug_lab")


def bug_lab(base: str, data: Mapping[str, Any], on_train: Callable[[], None], *, key: str) -> None:
    """Mount it. base: address of the scripts. data: see bug_lab.js; on_train: hears a press. key: of this place."""
    _bug_lab(key=key, data={"module": module_of(base, "bug_lab"), **data}, on_train_change=on_train)


def asked(state: Any, key: str) -> tuple[str, str] | None:
    """(bug, cohort) that were chosen when the button was pressed, as the browser sent them; None where it did not."""
    sent = (state.get(key) or {}).get("train")
    if not isinstance(sent, Mapping):
        return None
    bug, cohort = sent.get("bug"), sent.get("cohort")
    return (bug, cohort) if isinstance(bug, str) and isinstance(cohort, str) else None
