from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import declared
from app.store import QueueFull, Store
from app.store import queue as waiting_line
from app.store.queue import Waiting, fair_order, waiting_time
from app.store.turns import QUEUED_IN_ALL
from tests.experiments.examples import json_of
from tests.store.stored import ANNE, BEN, SPEC, point


def test_too_many_waiting_runs_of_one_learner(store: Store) -> None:
    for _ in range(declared.QUEUED_PER_LEARNER):
        store.submit(SPEC, ANNE)
    with pytest.raises(QueueFull, match="already have 5 runs waiting"):
        store.submit(SPEC, ANNE)
    store.submit(SPEC, BEN)
    assert len(store.runs_of(ANNE)) == 5


def test_too_many_waiting_runs_of_everybody(store: Store) -> None:
    for n in range(QUEUED_IN_ALL):
        store.submit(SPEC, f"{n:024x}")
    with pytest.raises(QueueFull, match="Try again in a few minutes"):
        store.submit(SPEC, ANNE)


def test_a_run_instead_of_others_ends_them_in_the_same_moment(store: Store) -> None:
    waiting = [store.submit(SPEC, ANNE) for _ in range(declared.QUEUED_PER_LEARNER)]
    of_ben = store.submit(SPEC, BEN)
    new = store.submit(SPEC, ANNE, instead_of=[*waiting[:2], of_ben, "no-such-run"])
    states = [run.state for run_id in (*waiting[:3], of_ben, new) if (run := store.run(run_id))]
    assert states == ["stopped", "stopped", "queued", "queued", "queued"]


def test_where_there_is_no_room_nothing_is_ended_either(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [store.submit(SPEC, ANNE) for _ in range(2)]
    monkeypatch.setattr(declared, "QUEUED_PER_LEARNER", 1)
    with pytest.raises(QueueFull):
        store.submit(SPEC, ANNE, instead_of=taken[:1])
    assert [run.state for run_id in taken if (run := store.run(run_id))] == ["queued", "queued"]


def test_one_learner_cannot_starve_another(store: Store) -> None:
    annes = [store.submit(SPEC, ANNE) for _ in range(5)]
    bens = store.submit(SPEC, BEN)
    order = [run.id for _ in range(6) if (run := store.take("w"))]
    assert order == [annes[0], bens, *annes[1:]]


def test_the_place_and_the_order_of_taking_agree(store: Store) -> None:
    ids = [store.submit(SPEC, learner) for learner in (ANNE, ANNE, BEN, ANNE, BEN)]
    places = {run_id: store.place(run_id) for run_id in ids}
    taken = [run.id for _ in ids if (run := store.take("w"))]
    assert sorted(ids, key=lambda run_id: places[run_id] or (0, 0.0)) == taken


def test_waiting_times_follow_measured_speed(store: Store) -> None:
    def place(run_id: str) -> tuple[int, int]:
        found = store.place(run_id)
        assert found is not None
        return found[0], round(found[1])

    store.note("slots", 1)
    first, second = store.submit(SPEC, ANNE), store.submit(SPEC, ANNE)
    store.take("w")
    guess = store.place(second)
    assert guess is not None and guess[0] == 1 and guess[1] > 0
    store.append(first, point(5, 50.0), None)  # half of ten updates took 50 s
    assert place(second) == (1, 50)
    third = store.submit(SPEC, BEN)
    assert place(third) == (1, 50), "Ben has none running"
    assert place(second) == (2, 150)
    store.note("slots", 2)
    assert place(third) == (1, 0)
    assert store.place(first) is None


@given(
    lines=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    slots=st.integers(1, 4),
    ends=st.randoms(use_true_random=False),
)
def test_fair_over_learners_whatever_happens(lines: list[int], slots: int, ends: Any) -> None:
    """Nobody who waits is overtaken by a learner who has more runs running."""
    queued = [Waiting(f"r{n}", f"l{learner}", float(n), 1.0) for n, learner in enumerate(lines)]
    running: list[Waiting] = []
    served: dict[str, float] = {}
    clock = 0.0
    while queued:
        if len(running) == slots:
            running.remove(ends.choice(running))
        counts = {w.learner: sum(r.learner == w.learner for r in running) for w in queued}
        chosen = next(iter(fair_order(queued, counts, served)))
        fewest = [w for w in queued if counts[w.learner] == min(counts.values())]
        assert served.get(chosen.learner, 0.0) == min(served.get(w.learner, 0.0) for w in fewest)
        assert chosen == min((w for w in queued if w.learner == chosen.learner), key=lambda w: w.queued)
        clock += 1
        served[chosen.learner] = clock
        queued.remove(chosen)
        running.append(chosen)


@given(st.lists(st.floats(0, 100), max_size=8), st.lists(st.floats(0, 100), max_size=3), st.integers(1, 4))
def test_waiting_times_are_possible(before: list[float], remaining: list[float], slots: int) -> None:
    wait = waiting_time(before, remaining[:slots], slots)
    assert 0 <= wait <= sum(before) + max([0.0, *remaining]) + 1e-6
    assert waiting_time([*before, 1.0], remaining[:slots], slots) >= wait


def test_a_bigger_experiment_is_expected_to_take_longer() -> None:
    seconds = [waiting_line.size(json_of(student=student))[1] for student in declared.STUDENTS]
    assert seconds[1:] == sorted(seconds[1:])
    assert waiting_line.size(json_of(epochs=10))[1] == pytest.approx(2 * waiting_line.size(SPEC)[1])
    assert waiting_line.size("no spec") == (0, 1.0)
