"""Formulas of a lesson, whose numbers come from the figures beside them. Knows no page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.components.formula import formula
from app.server.api.assets import js_base

if TYPE_CHECKING:
    from app.figures.on_stage import Stage


def softmax(_options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    """Mount the softmax with temperature; it shows what `softening` tells."""
    formula(js_base(), key=key)
