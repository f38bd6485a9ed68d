"""The figure of what each costs: what it needs to ask the server itself. Knows no page."""

from __future__ import annotations

from dataclasses import asdict

from app.catalog.bugs import arm_words
from app.components.costs import costs
from app.figures.soft_labels import Asked
from app.server.api import API
from app.server.api.assets import js_base


def what_each_costs(asked: Asked) -> None:
    """Mount the table for the run whose students `asked` names."""
    data = {
        "api": API,
        "run": asked.run_id,
        "arms": [asdict(arm) for arm in asked.arms],
        "methods": arm_words(),
    }
    costs(js_base(), data)
