"""The gradient microscope of a lesson: one image, the teacher, and a student before its first update. Knows no page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components.microscope import microscope as mount_microscope
from app.server.api import API
from app.server.api.assets import js_base
from app.teaching.gradients import Untrained, untrained

if TYPE_CHECKING:
    from app.figures.on_stage import Stage

MISSING = "The answers that this figure is computed from are missing or damaged. Get a fresh copy of the app."


def microscope(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount the figure. options: see `app.teaching.stage.Microscope`."""
    try:
        found = untrained(options["data"])
    except ValueError:
        st.markdown(MISSING)
        return
    image = min(options["image"], len(found.labels) - 1)
    data = {
        "api": API,
        "data": options["data"],
        "run": found.run,
        "student": _words(found),
        "classes": list(found.classes),
        "count": len(found.labels),
        "first": {
            "image": image,
            "label": found.labels[image],
            "teacher": found.teacher[image].tolist(),
            "student": found.student[image].tolist(),
        },
        "temperature": stage.settings.get("temperature", 1) if "temperature" in stage.fixed else options["temperature"],
        "squared": options["squared"],
        "fixed": sorted(stage.fixed),
    }
    mount_microscope(js_base(), data, key=key)


def _words(found: Untrained) -> str:
    return (
        f"The student has {found.parameters:,} parameters and has learned nothing yet: it is the first one of the "
        f"recorded run “{found.title}” (seed {found.seed}) before its first update."
    )
