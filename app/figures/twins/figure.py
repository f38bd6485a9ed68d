"""The figure of twin students in a lesson: a recorded run with its verdict, and a button that trains the learner's own.

The page mounts it once the prediction is saved that locks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from app.catalog.available import choice_name
from app.catalog.declared import CONTROLS
from app.components.dials import dials, turned
from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import runs as recorded
from app.experiments.spec import Settings, default_settings
from app.figures.lesson_run import bench, lab_link, own_run, session, start
from app.figures.run_source import RunSource
from app.figures.settings import ALPHA, temperature
from app.figures.stage import Stage
from app.teaching.figures import TRAINING, Figure, Options

DIALS = tuple(CONTROLS[key] for key in ("temperature", "alpha"))
ANOTHER = "The run in the address is of another experiment: the lab shows it. Here is the one of this lesson."
NOT_HERE = "The link to this step shows the recorded run only."
MISSING = "The recorded run of this lesson is missing or damaged. Train the twins yourself: it takes a few seconds."


class TwinsOptions(Options):
    """run: the recorded one; steps: with the four steps from input data to a small model, which light up with the run.

    A prediction that locks it is one in points.
    """

    run: str
    steps: bool = True


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    kept = recorded.recorded_runs().get(options["run"])
    base = kept.spec.settings() if kept else default_settings()
    shown, why = _shown(kept, base, stage)
    settings = base | {control.key: stage.settings[control.key] for control in DIALS}
    beside = {"note": why or _note(shown, settings), "link": lab_link(stage, shown)}
    dials_key = f"dials-{key}"
    offered = [control for control in DIALS if control.key not in stage.fixed]
    at, _ = turned(session(), DIALS, dials_key)

    def latest() -> Settings:
        """As the dials stand now: a press on Train may reach the server together with the turn before it."""
        now, values = turned(session(), offered, dials_key)
        return settings | (values if now != at else {})

    def take_over() -> None:
        stage.change(**{control.key: latest()[control.key] for control in DIALS})

    def train() -> None:
        take_over()
        start(stage, latest(), spec.fresh_seeds(CONTROLS["seeds"].default))

    with st.container(key="twins", gap="small"):
        dials(DIALS, settings, {}, beside, stage.press(take_over), key=dials_key)
        if TRAINING.key not in stage.fixed:
            st.button(
                ":yellow[**Train your own twins**]",  # yellow: what is written on ink
                key=f"train-{key}",
                type="primary",
                help="Six students, three pairs of twins, here and now, with new seeds.",
                on_click=stage.press(train),
            )
        said = stage.saved.get(options.get("locked") or "")
        bench(
            stage,
            shown,
            base,
            note=beside["note"],
            disabled=NOT_HERE if TRAINING.key in stage.fixed else "",
            predicted=float(said) if isinstance(said, int | float) else None,
            steps=f"steps-{key}" if options.get("steps") else None,
        )


def _shown(kept: recorded.RecordedRun | None, base: Settings, stage: Stage) -> tuple[RunSource, str]:
    """(the learner's own run, else the recorded one; why it is not the one in the address)."""
    plain = RunSource(kept=kept, spec=kept.spec if kept else None)
    fits = partial(_is_of_lesson, base)
    return own_run(stage, base["data"], fits, ANOTHER, plain, "" if kept else MISSING)


def _is_of_lesson(base: Settings, own: RunSpec) -> bool:
    """Whether a run differs from the recorded one in what the lesson lets one set, and in its seeds."""
    free = {"seeds", *(control.key for control in DIALS)}
    had = own.settings()
    return len(own.arms) == 2 and all(had[key] == value for key, value in base.items() if key not in free)


def _note(shown: RunSource, settings: Settings) -> str:
    """Beside the verdict: that the dials stand elsewhere than this run had them."""
    if shown.spec is None:
        return ""
    had = shown.spec.settings()
    other = [control for control in DIALS if had[control.key] != settings[control.key]]
    if not other:
        return ""
    words = (f"{one.words[0].lower()}{one.words[1:]} {choice_name(one.key, had[one.key])}" for one in other)
    return f"This run had {', '.join(words)}. Train to see your settings."


FIGURE = Figure(
    "twin students, with and without a teacher, over several seeds",
    TwinsOptions,
    show,
    settings=(temperature(), ALPHA),
    lights=frozenset({"T", "alpha"}),
    trains=True,
)
