"""The figure of the bug lab: nine mistakes with their lines, what recorded runs found, and a run of one's own."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any, Literal

import streamlit as st

from app.catalog.bugs import BUGS
from app.catalog.rounding import rounded
from app.components.mount import mount, sent
from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import recordings
from app.experiments.recordings.bugs import COHORTS, PREFIX, Cohort, RecordedBugs
from app.figures.lesson_run import bench, own_run, session, train
from app.figures.own_run import seeds_in_time
from app.figures.run_source import NO_COOKIE
from app.figures.stage import Stage
from app.teaching.bug_code import code_of
from app.teaching.checks.bugs import (
    MEASURES,
    MISSING,
    cost_share,
    cost_words,
    finding,
    gives_away,
    shown,
    teacher_brings,
)
from app.teaching.figures import Figure, Options, Setting

ANOTHER = "The run in the address is of another experiment: the lab shows it. Here is the bug lab."


class BugLabOptions(Options):
    """What is looked at first: a mistake, and the recorded cohort in which it was made. costs: choose both from a table
    of what each mistake costs in each cohort.
    """

    cohort: Cohort = "t8"
    bug: Literal[*BUGS] = "no-t2"  # type: ignore[valid-type]
    costs: bool = False


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = _known()
    try:
        data = _recorded(tuple(known.values()))
    except ValueError as error:  # the program of the bug lab cannot be read
        st.markdown(str(error))
        return
    if options["cohort"] not in known:
        st.markdown(MISSING)
        return
    place = f"bug-lab-{key}"
    own, lost = own_run(stage, lambda experiment: _which(experiment, known) is not None, ANOTHER)
    live = None
    if own.run and own.spec:
        bug, cohort = _which(own.spec, known) or ("", "")
        live = {"run": own.run.id, "bug": bug, "cohort": cohort}
    chosen = {"bug": options["bug"], "cohort": options["cohort"], "table": options["costs"], "live": live}
    disabled = "" if stage.learner else NO_COOKIE
    with st.container(key=f"bug-lab{stage.place}", gap="small"):
        heard = {"train": stage.press(lambda: _make_live(stage, place))}
        mount("bug_lab", {**data, **chosen, "disabled": disabled}, place, heard)
        if lost:
            st.markdown(lost)
        if own.run:
            bench(stage, own, known[options["cohort"]].spec.settings())


def _known() -> dict[str, RecordedBugs]:
    """The recorded cohorts by name, in the order in which they are offered."""
    recorded = recordings(RecordedBugs)
    return {name: recorded[PREFIX + name] for name in COHORTS if PREFIX + name in recorded}


def _make_live(stage: Stage, place: str) -> None:
    """Train labels only, healthy and buggy as they were recorded, with fresh seeds."""
    chosen = sent(session(), place, "train")
    experiment = _experiment(_known(), chosen.get("bug"), chosen.get("cohort")) if isinstance(chosen, dict) else None
    if experiment is not None:
        train(stage, experiment)


# ── the learner's own run ────────────────────────────────────────────────────────────────────────────────────────


def _which(experiment: RunSpec, known: Mapping[str, RecordedBugs]) -> tuple[str, str] | None:
    """(bug, cohort) of which a run is a repetition with other seeds; None if it is none."""
    for name, run in known.items():
        for bug in run.bugs:
            if replace(run.spec_of(bug), seeds=experiment.seeds) == experiment:
                return bug, name
    return None


def _experiment(known: Mapping[str, RecordedBugs], bug: object, cohort: object) -> RunSpec | None:
    """Labels only, healthy and buggy as they were recorded, with fresh seeds; None if they were not."""
    run = known.get(cohort) if isinstance(cohort, str) else None
    if run is None or not isinstance(bug, str) or bug not in run.bugs:
        return None
    again = run.spec_of(bug)
    return replace(again, seeds=spec.fresh_seeds(seeds_in_time(again), avoid=run.spec.seeds))


# ── what was recorded ────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=2)
def _recorded(runs: tuple[RecordedBugs, ...]) -> dict[str, Any]:
    """What the browser gets of every bug and of all recorded cohorts. Raises ValueError if the code is gone."""
    bugs = [
        {
            **{name: getattr(bug, name) for name in ("id", "name", "title", "words", "caught", "asks")},
            "code": [asdict(line) for line in code_of(bug.id)],
        }
        for bug in BUGS.values()
    ]
    wanted = ("words", "help", "unit", "digits", "mark")
    measures = {key: {name: getattr(measure, name) for name in wanted} for key, measure in MEASURES.items()}
    kept = {bug for run in runs for bug in run.bugs}
    return {
        "bugs": [bug for bug in bugs if bug["id"] in kept],
        "measures": measures,
        "cohorts": {run.id.removeprefix(PREFIX): _cohort(run) for run in runs},
    }


def _cohort(run: RecordedBugs) -> dict[str, Any]:
    healthy = run.healthy
    return {
        "words": f"T = {healthy.temperature:g}, α = {healthy.alpha:g}",
        "title": run.title,
        "brings": rounded(teacher_brings(run).mean, 1),
        "updates": run.spec.updates,
        "teacher": run.teacher_accuracy,
        "tested": run.test_images,
        "runs": [
            {
                "arms": one.spec.as_dict()["arms"],
                "points": [
                    {name: event[name] for name in ("update", "accuracy", "final") if name in event}
                    for event in one.events
                ],
            }
            for one in run.runs
        ],
        "found": {bug: _found(run.cohort(bug), bug) for bug in run.bugs},
    }


def _found(run: RecordedBugs, bug: str) -> dict[str, Any]:
    return {
        "cost": cost_words(run, bug),
        "share": cost_share(run, bug),
        "seeds": len(run.spec.seeds),
        "live_seeds": seeds_in_time(run.spec_of(bug)),
        "finding": finding(run, bug),
        "key": gives_away(run, bug),
        "rows": {measure: [shown(run, measure, ""), shown(run, measure, bug)] for measure in MEASURES},
    }


FIGURE = Figure(
    "nine mistakes, made in the real training, and what gives each away",
    BugLabOptions,
    show,
    settings=(
        Setting("bug", "which mistake", choices=tuple(BUGS)),
        Setting("setting", "where it was recorded", choices=COHORTS, option="cohort"),
    ),
    trains=True,
)
