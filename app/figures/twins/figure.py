"""The figure of twin students in a lesson: a recorded run with its verdict, and a button that trains the learner's own.

The page mounts it once the prediction is saved that locks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from app.catalog.available import choice_name
from app.catalog.declared import CONTROLS
from app.catalog.rounding import rounded
from app.components.dials import by_phrase, dials, turned
from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.paired import paired
from app.experiments.recordings import runs as recorded
from app.experiments.recordings.sweeps import recorded_sweep_for
from app.experiments.spec import Settings, default_settings
from app.experiments.verdict import signed
from app.figures.lesson_run import bench, lab_link, own_run, session, start
from app.figures.pictures import pictures
from app.figures.run_source import RunSource
from app.figures.settings import ALPHA, temperature
from app.figures.stage import Stage
from app.teaching.figures import TRAINING, Figure, Options

SWEEP = "temperature-alpha"  # over the same dials
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
    plain = RunSource(kept=kept, spec=kept.spec if kept else None)
    own, why = own_run(stage, partial(_is_of_lesson, base), ANOTHER, plain.id or "")
    shown = own if own.run else plain
    settings = base | {control.key: stage.settings.get(control.key, base[control.key]) for control in DIALS}
    first = base | {control.key: stage.held(control.key, base[control.key]) for control in DIALS}
    note = why or ("" if kept or own.run else MISSING) or _note(shown, settings)
    beside = {"note": note, "link": lab_link(stage, shown)}
    dials_key = f"dials-{key}"
    offered = [control for control in DIALS if control.key not in stage.fixed]
    at, _ = turned(session(), DIALS, dials_key)

    def latest() -> Settings:
        """As the dials stand now: a press on Train may reach the server together with the turn before it."""
        now, values = turned(session(), offered, dials_key)
        return settings | (values if now != at else {})

    def take_over() -> None:
        stage.change(**{control.key: latest()[control.key] for control in DIALS})
        if by_phrase(session(), dials_key):
            stage.change(run_id=None)  # the sentence is about the recorded run

    def train() -> None:
        take_over()
        start(stage, latest(), spec.fresh_seeds(CONTROLS["seeds"].default))

    with st.container(key=f"twins{stage.place}", gap="small"):
        if base["data"] != CONTROLS["data"].default:  # digits are known by now
            pictures(base["data"], key=f"pictures-{key}")
        dials(DIALS, settings, {}, beside, stage.press(take_over), key=dials_key, own=first)
        if TRAINING.key not in stage.fixed:
            st.button(
                ":yellow[**Train your own twins**]",  # yellow: what is written on ink
                key=f"train-{key}",
                type="primary",
                help="Six students, three pairs of twins, here and now, with new seeds.",
                on_click=stage.press(train),
            )
        said = stage.saved.get(options.get("locked") or "")
        predicted = float(said) if isinstance(said, int | float) and _is_the_same(plain, shown) else None
        bench(
            stage,
            shown,
            base,
            note=beside["note"],
            disabled=NOT_HERE if TRAINING.key in stage.fixed else "",
            predicted=predicted,
            beside=plain if own.run else None,
            races=stage.just_saved != "" and stage.just_saved == options.get("locked"),
            steps=f"steps-{key}" if options.get("steps") else None,
        )


def _is_the_same(asked: RunSource, shown: RunSource) -> bool:
    """Whether a prediction about one run says something about another: they differ in their seeds at most."""
    return bool(asked.spec and shown.spec and replace(asked.spec, seeds=shown.spec.seeds) == shown.spec)


def _is_of_lesson(base: Settings, own: RunSpec) -> bool:
    """Whether a run differs from the recorded one in what the lesson lets one set, and in its seeds."""
    free = {"seeds", *(control.key for control in DIALS)}
    had = own.settings()
    return len(own.arms) == 2 and all(had[key] == value for key, value in base.items() if key not in free)


def _note(shown: RunSource, settings: Settings) -> str:
    """Beside the verdict: that the dials stand elsewhere than this run had them, and what was recorded there."""
    if shown.spec is None:
        return ""
    had = shown.spec.settings()
    other = [control for control in DIALS if had[control.key] != settings[control.key]]
    if not other:
        return ""
    words = (f"{one.words[0].lower()}{one.words[1:]} {choice_name(one.key, had[one.key])}" for one in other)
    return f"This run had {', '.join(words)}. {_recorded_there(settings) or 'Train to see your settings.'}"


def _recorded_there(settings: Settings) -> str:
    """What the recorded sweep found at these settings, "" if they are not among its cells."""
    sweep = recorded_sweep_for(SWEEP, settings["data"])
    wanted = RunSpec.two_arms(settings, sweep.plan.seeds) if sweep else None
    reached = next((run.reached for run in sweep.runs if run.spec == wanted), None) if sweep else None
    if reached is None:
        return ""
    gain = paired(reached[1], reached[0])
    at = ", ".join(f"{sign} = {settings[key]:g}" for key, sign in (("temperature", "T"), ("alpha", "α")))
    return f"Recorded at {at}: {signed(gain.mean)} ± {rounded(gain.half_width, 1)} points."


FIGURE = Figure(
    "twin students, with and without a teacher, over several seeds",
    TwinsOptions,
    show,
    settings=(temperature(), ALPHA),
    lights=frozenset({"T", "alpha"}),
    trains=True,
    races=True,
)
