"""One test image and what teacher and students say about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.components.mount import declare, module_of

_answers = declare("answers")
KEY = "answers"


def answers(base: str, data: Mapping[str, Any], *, key: str = KEY) -> None:
    """Mount the picture and its bars. base: address of the scripts. data: see answers.js. key: of this place."""
    _answers(key=key, data={"module": module_of(base, "answers"), **data})
