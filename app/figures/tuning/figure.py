"""The figure of a recorded sweep over two settings in a lesson; a press on a cell opens the lab there."""

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from app.catalog.declared import CONTROLS
from app.components.mount import mount
from app.experiments.recordings.sweeps import recorded_sweep_for
from app.experiments.spec import query_from
from app.experiments.sweep import SWEEPS
from app.figures.pictures import pictures
from app.figures.settings import ALPHA, temperature
from app.figures.stage import Stage
from app.server.api.sweeps import recorded_state
from app.teaching.figures import Figure, Options, Setting

MISSING = "The recorded sweep of this lesson is missing or damaged. The page “Sweeps” runs it anew in a minute."


class TuningOptions(Options):
    """Which images the recorded sweep was on, and what it varied."""

    data: Literal["mnist", "fashion"] = "mnist"
    sweep: Literal["temperature-alpha", "shift"] = "temperature-alpha"


def _ends(key: str) -> tuple[float, float]:
    """The lowest and the highest value of an axis of the sweep over shifts."""
    values = SWEEPS["shift"].axes[key]
    return min(values), max(values)


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    kept = recorded_sweep_for(options["sweep"], options["data"])
    if kept is None:
        st.markdown(MISSING)
        return
    settings = kept.plan.settings | {"seeds": len(kept.plan.seeds)}
    links = [
        stage.lab(query_from(settings | dict(zip(kept.plan.axes(), cell.at, strict=True)), None, None))
        for cell in kept.plan.cells()
    ]
    data = {"answer": recorded_state(kept), "note": "", "disabled": "", "links": links}
    if options["data"] != CONTROLS["data"].default:  # digits are known by now
        pictures(options["data"], key=f"pictures-{key}")
    mount("sweep", data, f"tuning-{key}")


FIGURE = Figure(
    "what distilling gains at each temperature and alpha, or each shift and number of epochs, over several seeds",
    TuningOptions,
    show,
    settings=(
        temperature(),
        ALPHA,
        Setting("shift", "shift of the images", *_ends("shift"), step=2),
        Setting("epochs", "epochs", *_ends("epochs")),
    ),
)
