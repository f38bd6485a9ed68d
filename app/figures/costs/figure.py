"""What the networks of a run cost, counted, and timed on this machine when it is looked at."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from app.catalog.available import data_sets
from app.catalog.bugs import arm_words
from app.components.mount import mount
from app.experiments.recordings import runs as recorded
from app.figures.pages import Subject
from app.figures.pictures import pictures
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options


class CostsOptions(Options):
    """run: the recorded one whose teacher and students are shown; roles: of the students, all if empty."""

    run: str
    roles: tuple[str, ...] = ()


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    run = recorded.recorded_runs().get(str(options["run"]))
    if run:
        pictures(run.spec.data, key=f"pictures-{key}")
        what_each_costs(Subject(run.spec.data, run.spec.teacher, run.id, True, run.spec.arms, 1.0), options["roles"])


def what_each_costs(subject: Subject, roles: Collection[str] = ()) -> None:
    """Mount the table of a run's networks, in a lesson or in the lab. roles: of the students, all if it is empty."""
    arms = [asdict(arm) for arm in subject.arms]
    shows = [at for at, arm in enumerate(subject.arms) if not roles or arm.role in roles]
    known = data_sets().get(subject.data)
    data = {"run": subject.run_id, "arms": arms, "shows": shows, "methods": arm_words()}
    mount("costs", data | {"images": known.words if known else ""}, "costs")


FIGURE = Figure("what teacher and students cost, measured on this machine", CostsOptions, show)
