"""What a learner’s answers cost in time of a core: reading them, and folding them into schedule, sitting and mastery.

500 answers are a learner who has done every lesson and came back for months; 5,000 are more than anybody gives.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from sqlalchemy import insert

from app.store import Answer, Store, presence, shared
from app.store.tables import answers
from app.teaching.learner_progress import bank, learner_progress, versions
from app.teaching.lessons import lessons
from app.teaching.spaced_repetition import DAY, Key, _card, cards
from tests.benchmarks.machine import words

SIZES, TIMES = (500, 5000), 15


def measure() -> Iterator[tuple[str, object]]:
    """Yield (figure, value) pairs."""
    yield "machine", words()
    store, known = shared(), list(lessons().values())
    present = versions(bank(known))
    for size in SIZES:
        learner = f"{size:024d}"
        _fill(store, learner, size)
        given = store.answers.of(learner)
        assert len(given) == size
        yield f"read_{size}_answers_cpu_ms", _median(lambda me=learner: store.answers.of(me))  # type: ignore[misc]
        yield f"first_schedule_of_{size}_cpu_ms", _median(lambda log=given: _afresh(log, present))  # type: ignore[misc]
        yield f"schedule_of_{size}_cpu_ms", _median(lambda log=given: cards(log, present))  # type: ignore[misc]
        yield f"overview_of_{size}_cpu_ms", _median(lambda log=given: learner_progress(known, log, time.time()))  # type: ignore[misc]


def _fill(store: Store, learner: str, size: int) -> None:
    asked, now = list(bank(lessons().values()).items()), time.time()
    rows = []
    for number in range(size):
        (lesson, id_), question = asked[number % len(asked)]
        at = now - (size - number) * 180 * DAY / size
        fields = {"press": f"p{number}", "learner": learner, "lesson": lesson, "question": id_, "v": question.v}
        how = {"score": float(number % 4 != 0), "sure": ("sure", "think", "guess")[number % 3]}
        rows.append(fields | how | {"variant": 0, "given": '"x"', "at": at})
    with store.database.write() as db:
        presence.note_learner(db, learner)
        db.execute(insert(answers), rows)


def _afresh(log: list[Answer], present: dict[Key, int]) -> None:
    _card.cache_clear()
    cards(log, present)


def _median(act: Callable[[], object]) -> float:
    took = []
    for _ in range(TIMES):
        began = time.process_time()
        act()
        took.append(1000 * (time.process_time() - began))
    return statistics.median(took)
