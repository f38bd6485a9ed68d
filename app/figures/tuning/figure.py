"""The figure of a recorded sweep over temperature and alpha in a lesson; a press on a cell opens the lab there."""

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from app.components.mount import mount
from app.experiments.recordings.sweeps import recorded_sweep_for
from app.experiments.spec import query_from
from app.figures.settings import ALPHA, temperature
from app.figures.stage import Stage
from app.server.api.sweeps import recorded_state
from app.teaching.figures import Figure, Options

KIND = "temperature-alpha"
MISSING = "The recorded sweep of this lesson is missing or damaged. The page “Sweeps” runs it anew in a minute."


class TuningOptions(Options):
    """Which images the recorded sweep was on."""

    data: Literal["mnist", "fashion"] = "mnist"


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    kept = recorded_sweep_for(KIND, options["data"])
    if kept is None:
        st.markdown(MISSING)
        return
    settings = kept.plan.settings | {"seeds": len(kept.plan.seeds)}
    links = [
        stage.lab(query_from(settings | dict(zip(kept.plan.axes(), cell.at, strict=True)), None, None))
        for cell in kept.plan.cells()
    ]
    data = {"answer": recorded_state(kept), "note": "", "disabled": "", "links": links}
    mount("sweep", data, f"tuning-{key}")


FIGURE = Figure(
    "what distilling gains at each temperature and alpha, over several seeds",
    TuningOptions,
    show,
    settings=(temperature(), ALPHA),
)
