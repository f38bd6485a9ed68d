"""The figure of who is right: what the gallery needs to ask the server itself. Knows no page."""

from __future__ import annotations

from dataclasses import asdict

from app.catalog.available import lab_sets
from app.catalog.bugs import arm_words
from app.components.gallery import gallery
from app.figures.soft_labels import Asked
from app.server.api import API
from app.server.api.assets import js_base


def who_is_right(asked: Asked) -> None:
    """Mount the gallery for the run whose students `asked` names."""
    known = lab_sets().get(asked.data)
    data = {
        "api": API,
        "run": asked.run_id,
        "answered": asked.answered,
        "data": asked.data,
        "arms": [asdict(arm) for arm in asked.arms],
        "methods": arm_words(),
        "here": bool(known and known.here),
    }
    gallery(js_base(), data)
