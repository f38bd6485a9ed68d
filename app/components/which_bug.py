"""The diagnosis of a recorded run without its name: which bug is this?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_which_bug = declare("which_bug")


def which_bug(base: str, data: Mapping[str, Any], *, key: str) -> None:
    """Mount it. base: address of the scripts. data: see which_bug.js. key: of this place."""
    _which_bug(key=key, data={"module": module_of(base, "which_bug"), **data})
