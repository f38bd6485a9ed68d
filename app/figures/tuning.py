"""The figure of a recorded sweep over temperature and alpha in a lesson; a press on a cell opens the lab there.

Knows no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.sweep import sweep
from app.experiments.recordings.sweeps import recorded_sweep_for
from app.experiments.spec import query_from
from app.server.api import API
from app.server.api.assets import js_base
from app.server.api.sweeps import recorded_state

if TYPE_CHECKING:
    from app.figures.on_stage import Stage

KIND = "temperature-alpha"
MISSING = "The recorded sweep of this lesson is missing or damaged. The page “Sweeps” runs it anew in a minute."


def tuning(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount the figure. options: see `app.teaching.stage.Tuning`."""
    kept = recorded_sweep_for(KIND, options["data"])
    if kept is None:
        st.markdown(MISSING)
        return
    settings = kept.plan.settings | {"seeds": len(kept.plan.seeds)}
    links = [
        stage.lab(query_from(settings | dict(zip(kept.plan.axes(), cell.at, strict=True)), None, None))
        for cell in kept.plan.cells()
    ]
    data = {"api": API, "answer": recorded_state(kept), "note": "", "disabled": "", "links": links}
    sweep(js_base(), data, lambda: None, key=f"tuning-{key}")
