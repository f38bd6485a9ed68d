"""What the networks of a recorded run cost, in a lesson: the lab's table, and what that comes to in a day. No page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.components.queries import queries as component
from app.experiments.recordings import runs as recorded
from app.figures.soft_labels import Asked
from app.figures.what_each_costs import what_each_costs
from app.server.api import API
from app.server.api.assets import js_base

if TYPE_CHECKING:
    from app.figures.on_stage import Stage


def costs(options: Mapping[str, Any], _stage: Stage, _key: str) -> None:
    """Mount the table of parameters, sizes and speeds, timed on this machine when it is looked at."""
    run = recorded.recorded_runs().get(str(options["run"]))
    if run:
        spec = run.spec
        what_each_costs(Asked(spec.data, spec.teacher, run.id, True, spec.arms, 1.0))


def queries(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    """Mount the dial over questions a day."""
    data = {"api": API, **{name: options[name] for name in ("run", "watts", "price", "currency", "per_day")}}
    component(js_base(), data, key=key)
