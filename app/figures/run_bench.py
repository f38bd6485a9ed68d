"""The figure of one run: what the bench needs to draw at once, before its first question to the server."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.catalog import available
from app.catalog.available import lab_sets
from app.catalog.bugs import arm_words
from app.catalog.declared import STUDENTS
from app.components.bench import KEY
from app.components.mount import mount
from app.experiments.recordings.runs import RecordedRun
from app.figures.run_source import RunSource, like
from app.server.api.assets import plotly_url
from app.server.api.runs import recorded_state, run_state
from app.store import ENDED, LIVE, Store


@dataclass(frozen=True)
class Situation:
    """What the page knows beside the run.

    fresh: the run was started in this tab. link: the address of this state. note: a sentence beside the verdict.
    disabled: why nothing can be trained now. data, teacher, updates: for the line and the axis before any run.
    projected: the page is on a projector, where the space bar and Enter train. link_words: what `link` is called.
    predicted: by how many points the learner said that the distilled students of this very experiment would be better,
    None if they did not. beside: a recorded run that is drawn faintly behind it. races: it is to be seen for the first
    time. close: the axis closes in on where the curves end.
    control: the page can train the control of a run.
    """

    learner: str | None
    fresh: bool
    link: str
    note: str
    disabled: str
    data: str
    teacher: str
    updates: int
    projected: bool
    predicted: float | None = None
    control: bool = False
    beside: RunSource | None = None
    races: bool = False
    close: bool = False
    link_words: str = "link to this run"


def run_bench(
    shown: RunSource, situation: Situation, store: Store, on_action: Callable[[], None], key: str = KEY
) -> None:
    """Mount the bench with a run of the store, a recorded run, or neither."""
    answer = first_answer(shown, store, situation.learner)
    told = answer is not None and answer.get("teacher_accuracy") is not None  # else the line of before any run is drawn
    known = None if told else store.teachers.answers(situation.data, situation.teacher)
    data = {
        "plotly": plotly_url(),
        "run": shown.id,
        "recorded": shown.kept is not None,
        "answer": answer,
        "fresh": situation.fresh,
        "link": situation.link,
        "linkWords": situation.link_words,
        "predicted": situation.predicted,
        "control": situation.control,
        "beside": _beside(situation.beside) if situation.beside else None,
        "meanwhile": None if situation.beside else _meanwhile(shown),
        "races": situation.races,
        "close": situation.close,
        "note": situation.note,
        "disabled": situation.disabled,
        "updates": situation.updates,
        "projected": situation.projected,
        "engine": shown.spec.engine if shown.spec else None,
        "teacher": {"accuracy": known.accuracy, "tested": known.test_images} if known else None,
        "methods": words()["method"],
        "words": words(situation.data, *((shown.spec.data, shown.spec.teacher) if shown.spec else ())),
    }
    mount("bench", data, key, {"action": on_action})


def _beside(source: RunSource) -> dict[str, Any] | None:
    """A recorded run's curves, and what it found."""
    if source.kept is None:
        return None
    made = source.kept.spec.settings()
    at = f"T = {made['temperature']:g}, α = {made['alpha']:g}, {len(source.kept.spec.seeds)} seeds"
    curves = _recorded_curves(source.kept)
    return {**curves, "words": f"Faint: the recorded run ({at}). {curves['verdict']['sentence']}"}


def _meanwhile(shown: RunSource) -> dict[str, Any] | None:
    """What the chart of a run shows that waits: a recorded run's curves, of the settings that are most like its own."""
    if shown.run is None or shown.spec is None or shown.run.seq or shown.run.state not in LIVE:
        return None
    kept = like(shown.spec.data, shown.spec.settings())
    if kept is None:
        return None
    made = f"{kept.spec.in_short()}, {len(kept.spec.seeds)} seeds"
    return {**_recorded_curves(kept), "words": f"Faint, while yours waits: a recorded run ({made})."}


def _recorded_curves(kept: RecordedRun) -> dict[str, Any]:
    answer = recorded_state(kept)
    told = ("kind", "update", "accuracy", "final")
    points = [{key: event[key] for key in told if key in event} for event in answer["events"]]
    return {"spec": answer["spec"], "events": points, "verdict": answer["verdict"]}


def first_answer(shown: RunSource, store: Store, learner: str | None) -> dict[str, Any] | None:
    """What /events would say now, without the loss of every update.

    The events themselves only of a run that is over: those of another still change, and the browser asks for them.
    """
    if shown.run:
        events = _events_of_ended(shown.run.id, shown.run.seq, store) if shown.run.state in ENDED else []
        state = run_state(shown.run, store, learner)
        return {**state, "events": events, "next": events[-1]["seq"] if events else 0}
    if shown.kept:
        answer = recorded_state(shown.kept)
        return {**answer, "events": [_without_losses(event) for event in answer["events"]]}
    return None


@lru_cache(maxsize=64)
def _events_of_ended(run_id: str, _seq: int, store: Store) -> list[dict[str, Any]]:
    return [_without_losses(event) for event in store.runs.events(run_id, 0)]


def _without_losses(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "losses"}


def words(*also: str) -> dict[str, dict[str, str]]:
    """Names of everything that a spec names by its id. also: ids of images and teachers that are not listed."""
    sets, teachers = lab_sets(), available.teachers_if_readable()
    return {
        "data": {id_: sets[id_].name for id_ in (*sets, *also) if id_ in sets},
        "student": {student.id: student.name for student in STUDENTS.values()},
        "teacher": {id_: teachers[id_].name for id_ in (*teachers, *also) if id_ in teachers},
        "method": arm_words(),
    }
