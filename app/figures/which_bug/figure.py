"""The figure that asks which bug a recorded run has."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.components.mount import mount
from app.experiments.recordings.bugs import Cohort
from app.figures.stage import Stage
from app.teaching.bug_rounds import left_out, rounds
from app.teaching.checks.bugs import known
from app.teaching.figures import Figure, Options


class WhichBugOptions(Options):
    """Which recorded runs are asked about."""

    cohort: Cohort = "t8"


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    try:
        run = known(options["cohort"])
    except ValueError as error:
        st.markdown(str(error))
        return
    mount("which_bug", {"rounds": rounds(run), "leftOut": left_out(run)}, key)


FIGURE = Figure("the diagnosis of a run without its name: which bug is this?", WhichBugOptions, show, asks=True)
