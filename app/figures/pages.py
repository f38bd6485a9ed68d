"""Figures of pages: a challenge's line and who is right, in the lab; two runs side by side."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import streamlit as st

from app.catalog.available import lab_sets
from app.catalog.bugs import arm_words
from app.catalog.declared import Arm
from app.components.mount import mount
from app.experiments.comparison import compared
from app.experiments.outcome import Outcome
from app.experiments.recordings import runs as recorded
from app.figures.run_bench import first_answer, words
from app.figures.run_source import RunSource
from app.server.api.table import checked
from app.store import Store
from app.teaching.challenges import CHALLENGES


@dataclass(frozen=True)
class Subject:
    """run_id: the run whose students answer, if any; answered: whether they have done so; arms: their training."""

    data: str
    teacher: str
    run_id: str | None
    answered: bool
    arms: Sequence[Arm]
    temperature: float


NO_RUN = "Press Train: it is checked when the run has finished."


def challenge_line(id_: str, shown: RunSource, learner: str | None, store: Store, on_leave: Callable[[], None]) -> None:
    """Mount the line of a challenge that there is."""
    challenge = CHALLENGES[id_]
    said = checked(challenge, shown.id, learner, store) if shown.id else None
    data = {
        "id": challenge.id,
        "title": challenge.title,
        "words": challenge.words,
        "run": shown.id,
        "met": bool(said and said.met),
        "sentence": said.sentence if said else NO_RUN,
    }
    mount("challenge", data, "challenge", {"leave": on_leave})


def who_is_right(subject: Subject) -> None:
    """Mount the gallery for the run whose students `subject` names."""
    known = lab_sets().get(subject.data)
    data = {
        "run": subject.run_id,
        "answered": subject.answered,
        "data": subject.data,
        "arms": [asdict(arm) for arm in subject.arms],
        "methods": arm_words(),
        "here": bool(known and known.here),
    }
    mount("gallery", data, "gallery")


def two_runs(
    a: Outcome, b: Outcome, link: str, learner: str | None, store: Store, on_close: Callable[[], None]
) -> None:
    """Mount the comparison of two runs that this version can read. link: the address of this comparison."""
    data = {
        "titles": [one.told_apart(st.context.timezone) for one in (a, b)],
        "answers": [first_answer(_shown(outcome, store), store, learner) for outcome in (a, b)],
        "comparison": asdict(compared(a, b)),
        "link": link,
        "words": words(),
    }
    mount("compare", data, "compare", {"action": on_close})


def _shown(outcome: Outcome, store: Store) -> RunSource:
    if outcome.recorded:
        return RunSource(kept=recorded.recorded_runs().get(outcome.id), spec=outcome.spec)
    return RunSource(run=store.runs.get(outcome.id), spec=outcome.spec)
