"""The gradient microscope of a lesson: one image, the teacher, and a student before its first update."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from pydantic import Field

from app.catalog.available import data_sets
from app.catalog.declared import STUDENTS
from app.components.mount import mount
from app.figures.settings import IMAGE, Data, Image, temperature
from app.figures.stage import Stage
from app.teaching.checks.gradients import Untrained, untrained
from app.teaching.figures import Figure, Options, Setting

MISSING = "The answers that this figure is computed from are missing or damaged. Get a fresh copy of the app."


class MicroscopeOptions(Options):
    """Which image, and how the soft loss is weighed at first. squared: with the factor T²; limit: with the limit of
    logit matching, and how far it is.
    """

    data: Data = "mnist"
    image: int = Image
    temperature: float = Field(default=1, ge=1, le=1000)
    squared: bool = True
    limit: bool = False


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    try:
        student = untrained(options["data"])
    except ValueError:
        st.markdown(MISSING)
        return
    image = min(options["image"], len(student.labels) - 1)
    data = {
        "data": options["data"],
        "run": student.run.id,
        "student": _words(student),
        "classes": list(student.run.classes),
        "count": len(student.labels),
        "first": {
            "image": image,
            "label": student.labels[image],
            "teacher": student.teacher[image].tolist(),
            "student": student.student[image].tolist(),
        },
        "temperature": stage.held("temperature", options["temperature"]),
        "squared": options["squared"],
        "limit": options["limit"],
    }
    mount("microscope", data, key)


def _words(student: Untrained) -> str:
    spec = student.run.spec
    parameters = STUDENTS[spec.student].parameters(data_sets()[spec.data])
    return (
        f"The student has {parameters:,} parameters and has learned nothing yet: it is the first one of the "
        f"recorded run “{student.run.title}” (seed {spec.seeds[0]}) before its first update."
    )


FIGURE = Figure(
    "hard and soft gradient of one image, class by class",
    MicroscopeOptions,
    show,
    settings=(
        temperature(1, 1000),
        IMAGE,
        Setting("squared", "factor T²", choices=("off", "on")),
    ),
    lights=frozenset({"T", "hard", "soft", "limit"}),
)
