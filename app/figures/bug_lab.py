"""The figure of the bug lab: nine mistakes with their lines, what recorded runs found, and a run of one's own.

Knows no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.bugs import BUGS, arm_words
from app.catalog import CONTROLS
from app.components.bug_lab import asked
from app.components.bug_lab import bug_lab as mount_bug_lab
from app.experiments import spec
from app.experiments.api.assets import js_base
from app.experiments.recorded_bugs import PREFIX, RecordedBugs, recorded_bugs
from app.experiments.spec import RUN_KEY, RunSpec
from app.figures.own_run import on_transport, session, train
from app.figures.run_bench import Situation, run_bench
from app.figures.shown import GONE, NO_COOKIE, Shown, shown_run
from app.teaching.bug_code import code_of
from app.teaching.bug_found import MEASURES, MISSING, finding, gives_away, shown

if TYPE_CHECKING:
    from app.figures.on_stage import Stage

LINK_WORDS = "open this run in the lab"


def bug_lab(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount the figure. options: see `app.teaching.stage.BugLab`."""
    known = {id_.removeprefix(PREFIX): run for id_, run in recorded_bugs().items()}
    try:
        data = _recorded(tuple(known.values()))
    except ValueError as error:  # the program of the bug lab cannot be read
        st.markdown(str(error))
        return
    if options["cohort"] not in known:
        st.markdown(MISSING)
        return
    place = f"bug-lab-{key}"
    own = _own(stage, known)
    live = None
    if own and own.run and own.spec:
        bug, cohort = _which(own.spec, known) or ("", "")
        live = {"run": own.run.id, "bug": bug, "cohort": cohort}

    def make_live() -> None:
        chosen = asked(session(), place)
        experiment = _experiment(known, *chosen) if chosen else None
        if experiment is not None:
            train(stage, experiment)

    chosen = {"bug": options["bug"], "cohort": options["cohort"], "live": live}
    disabled = "" if stage.learner else NO_COOKIE
    with st.container(key="bug-lab", gap="small"):
        mount_bug_lab(js_base(), {**data, **chosen, "disabled": disabled}, stage.press(make_live), key=place)
        if own is not None:
            _bench(own, known[options["cohort"]].spec, stage)


def _bench(own: Shown, base: RunSpec, stage: Stage) -> None:
    situation = Situation(
        learner=stage.learner,
        fresh=own.run is not None and own.run.id in stage.started,
        note=own.lost,
        link=stage.lab({RUN_KEY: own.id}) if own.id else "",
        disabled="" if own.run else own.lost,
        data=base.data,
        teacher=base.teacher,
        updates=base.updates,
        projected=False,
        link_words=LINK_WORDS,
    )
    run_bench(own, situation, stage.store, on_action=stage.press(lambda: on_transport(stage)))


# ── the learner's own run ────────────────────────────────────────────────────────────────────────────────────────


def _own(stage: Stage, known: Mapping[str, RecordedBugs]) -> Shown | None:
    """The run in the address, where it is one of the bug lab; what is said of it, where it is gone."""
    if not stage.run_id or stage.run_id.startswith("recorded-"):
        return None
    found = shown_run(stage.run_id, "", stage.store)
    if found.run is None or found.spec is None:
        return Shown(lost=found.lost or GONE) if stage.run_id in stage.started else None
    return found if _which(found.spec, known) else None


def _which(experiment: RunSpec, known: Mapping[str, RecordedBugs]) -> tuple[str, str] | None:
    """(bug, cohort) of which a run is a repetition with other seeds; None where it is none."""
    for name, run in known.items():
        for bug in run.bugs:
            if replace(run.of(bug)[0], seeds=experiment.seeds) == experiment:
                return bug, name
    return None


def _experiment(known: Mapping[str, RecordedBugs], bug: str, cohort: str) -> RunSpec | None:
    """Labels only, healthy and buggy as they were recorded, with fresh seeds; None where they were not."""
    run = known.get(cohort)
    if run is None or bug not in run.bugs:
        return None
    return replace(run.of(bug)[0], seeds=spec.fresh_seeds(CONTROLS["seeds"].default, avoid=run.spec.seeds))


# ── what was recorded ────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=2)
def _recorded(runs: tuple[RecordedBugs, ...]) -> dict[str, Any]:
    """What the browser gets of every bug and of all recorded cohorts. Raises ValueError where the code is gone."""
    bugs = [
        {
            **{name: getattr(bug, name) for name in ("id", "title", "words", "caught", "asks")},
            "code": [asdict(line) for line in code_of(bug.id)],
        }
        for bug in BUGS.values()
    ]
    wanted = ("words", "help", "unit", "digits", "mark")
    measures = {key: {name: getattr(measure, name) for name in wanted} for key, measure in MEASURES.items()}
    recorded = {bug for run in runs for bug in run.bugs}
    return {
        "bugs": [bug for bug in bugs if bug["id"] in recorded],
        "measures": measures,
        "methods": arm_words(),
        "cohorts": {run.id.removeprefix(PREFIX): _cohort(run) for run in runs},
    }


def _cohort(run: RecordedBugs) -> dict[str, Any]:
    healthy = run.healthy
    return {
        "words": f"T = {healthy.temperature:g}, α = {healthy.alpha:g}",
        "title": run.title,
        "arms": run.spec.as_dict()["arms"],
        "updates": run.spec.updates,
        "teacher": run.teacher_accuracy,
        "tested": run.test_images,
        "points": [{"update": event["update"], "accuracy": event["accuracy"]} for event in run.events],
        "found": {bug: _found(run, bug) for bug in run.bugs},
    }


def _found(run: RecordedBugs, bug: str) -> dict[str, Any]:
    return {
        "finding": finding(run, bug),
        "key": gives_away(run, bug),
        "rows": {measure: [shown(run, measure, ""), shown(run, measure, bug)] for measure in MEASURES},
    }
