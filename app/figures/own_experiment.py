"""A learner's own run of a kind that one figure alone draws: its button, and what the figure's script is told of it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from app.experiments.kinds import Experiment, read
from app.experiments.spec import SpecError
from app.figures.lesson_run import train
from app.figures.run_source import GONE
from app.figures.stage import Stage
from app.store import ENDED, Run
from app.teaching.figures import TRAINING

ANOTHER = "The run in the address is of another experiment: here is the recorded one of this lesson."


def own_experiment(stage: Stage, fits: Callable[[Experiment], bool]) -> tuple[Run | None, str]:
    """(the run in the address if its experiment `fits` the figure, else None; why it is not shown)."""
    if not stage.run_id:
        return None, ""
    run = stage.store.runs.get(stage.run_id)
    try:
        return (run, "") if run and fits(read(run.spec_json)) else (None, ANOTHER if run else GONE)
    except SpecError:
        return None, ANOTHER


def told(run: Run | None) -> dict[str, Any] | None:
    """What the script needs to follow a run, None if there is none."""
    return None if run is None else {"run": run.id, "ended": run.state in ENDED}


def train_button(stage: Stage, words: str, about: str, make: Callable[[], Experiment], key: str) -> None:
    """A button that trains what `make` gives, with seeds of its own; nothing if the link allows no training."""
    if TRAINING.key in stage.fixed:
        return
    with st.container(key=f"own-{key}{stage.place}"):
        st.button(
            f":yellow[**{words}**]",  # yellow: what is written on ink
            key=f"train-{key}",
            type="primary",
            help=about,
            on_click=stage.press(lambda: train(stage, make())),
        )
