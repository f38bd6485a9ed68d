"""The figure that asks which bug a recorded run has. Knows no page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.which_bug import which_bug as mount_which_bug
from app.server.api.assets import js_base
from app.teaching.bug_rounds import left_out, rounds
from app.teaching.checks.bugs import known

if TYPE_CHECKING:
    from app.figures.on_stage import Stage


def which_bug(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount the figure. options: see `app.teaching.stage.WhichBug`."""
    try:
        run = known(options["cohort"])
    except ValueError as error:
        st.markdown(str(error))
        return
    mount_which_bug(js_base(), {"rounds": rounds(run), "leftOut": left_out(run)}, key=key)
