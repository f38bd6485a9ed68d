"""The figure of one run: what the bench needs to draw at once, before its first question to the server."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from app import catalog
from app.catalog import DATA, METHODS, STUDENTS
from app.components.bench import bench
from app.experiments import api as routes
from app.experiments import recorded
from app.store import ENDED, Run, Store


def run_bench(
    run: Run | None,
    kept: recorded.Recorded | None,
    store: Store,
    learner: str | None,
    *,
    api: str,
    fresh: bool,
    link: str,
    note: str,
    disabled: str,
    teacher: tuple[str, str],
    on_action: Callable[[], None],
) -> None:
    """Mount the bench with a run of the store, a recorded run, or neither.

    fresh: the run was started in this tab. link: the address of this state. note: a sentence beside the verdict.
    disabled: why nothing can be trained now. teacher: (data, teacher), for the line that is there before any run.
    """
    answer = first_answer(run, store, learner) if run else routes.recorded_state(kept) if kept else None
    known = store.teacher_answers(*teacher)
    data = {
        "api": api,
        "plotly": routes.plotly_url(),
        "run": run.id if run else kept.id if kept else None,
        "recorded": kept is not None and run is None,
        "answer": without_losses(answer) if answer else None,
        "fresh": fresh,
        "link": link,
        "note": note,
        "disabled": disabled,
        "teacher": {"accuracy": known.accuracy, "tested": known.test_images} if known else None,
        "methods": {method.id: method.name for method in METHODS.values()},
        "words": words(),
    }
    bench(routes.js_base(), data, on_action)


def first_answer(run: Run, store: Store, learner: str | None) -> dict[str, Any]:
    """What /events would say now; the events themselves only of a run that is over, as the others still change."""
    state = routes.run_state(run, store, 0, learner)
    events = _events_of_ended(run.id, run.seq, store) if run.state in ENDED else ()
    return {**state, "events": list(events), "next": events[-1]["seq"] if events else 0}


@lru_cache(maxsize=64)
def _events_of_ended(run_id: str, _seq: int, store: Store) -> tuple[dict[str, Any], ...]:
    return tuple(_without(event) for event in store.events(run_id, 0))


def without_losses(answer: dict[str, Any]) -> dict[str, Any]:
    """The same without the loss of every update, which the first picture does not show."""
    return {**answer, "events": [_without(event) for event in answer["events"]]}


def _without(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "losses"}


@lru_cache(maxsize=1)
def words() -> dict[str, dict[str, str]]:
    """Names of everything that a spec names by its id."""
    return {
        "data": {data.id: data.name for data in DATA.values()},
        "student": {student.id: student.name for student in STUDENTS.values()},
        "teacher": {entry.id: entry.name for entry in catalog.teachers().values()},
        "method": {method.id: method.name for method in METHODS.values()},
    }
