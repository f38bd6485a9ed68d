from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from app.catalog import declared
from app.experiments.sweep import work_of
from app.store import QueueFull, Store, scheduling
from app.store.scheduling import Waiting, fair_order, time_of_all, waiting_time
from app.store.tables import runs
from tests.experiments.examples import Text, json_of, parcels, spec
from tests.store.stored import ANNE, BEN, SPEC, point


def test_too_many_waiting_runs_of_one_learner(store: Store) -> None:
    for _ in range(declared.QUEUED_PER_LEARNER):
        store.runs.submit(SPEC, ANNE)
    with pytest.raises(QueueFull, match="already have 5 runs waiting"):
        store.runs.submit(SPEC, ANNE)
    store.runs.submit(SPEC, BEN)
    assert len(store.runs.of(ANNE)) == 5


def test_when_everybody_has_too_many_waiting_who_has_none_still_gets_in(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "QUEUED_IN_ALL", 6)
    for learner in (ANNE, BEN):
        for _ in range(3):
            store.runs.submit(SPEC, learner)
    for learner in (ANNE, BEN):
        with pytest.raises(QueueFull, match="Try again in a few minutes"):
            store.runs.submit(SPEC, learner)
    store.runs.submit(SPEC, "c" * 24)
    with pytest.raises(QueueFull, match="Try again in a few minutes"):
        store.runs.submit(SPEC, "c" * 24)
    with pytest.raises(QueueFull, match="Try again in a few minutes"):
        store.sweeps.submit("{}", parcels([[SPEC]]), "d" * 24)
    monkeypatch.setattr(scheduling, "QUEUED_AT_MOST", 7)
    with pytest.raises(QueueFull, match="7 runs are waiting already"):
        store.runs.submit(SPEC, "d" * 24)


def test_many_identities_at_one_address_neither_fill_the_queue_nor_come_first(store: Store) -> None:
    """A class at one address all gets in; who takes as many identities as they like keeps nobody else waiting."""
    for n in range(scheduling.LEARNERS_PER_ADDRESS):
        store.runs.submit(SPEC, f"{n:024x}", origin="crowd")
    with pytest.raises(QueueFull, match="150 people at your address"):
        store.runs.submit(SPEC, ANNE, origin="crowd")
    first = store.runs.take("w")
    mine = store.runs.submit(SPEC, ANNE, origin="elsewhere")
    assert first and first.learner == f"{0:024x}"
    assert (store.runs.place(mine) or (0, 0))[0] == 1
    taken = [run for _ in range(3) if (run := store.runs.take("w"))]
    assert [run.learner for run in taken] == [ANNE, f"{1:024x}", f"{2:024x}"]


def test_an_address_is_forgotten_when_its_run_ends(store: Store) -> None:
    ids = [store.runs.submit(SPEC, ANNE, origin="here") for _ in range(4)]
    taken = store.runs.take("w")
    assert taken and taken.id == ids[0] and store.runs.end(ids[0], "finished")
    store.runs.request(ids[1], ANNE, "stop")
    store.runs.request(ids[2], ANNE, "pause")
    kept = {row.id: row.origin for row in store.database.rows(select(runs.c.id, runs.c.origin))}
    assert kept == {ids[0]: None, ids[1]: None, ids[2]: "here", ids[3]: "here"}


def test_a_run_instead_of_others_ends_them_in_the_same_moment(store: Store) -> None:
    waiting = [store.runs.submit(SPEC, ANNE) for _ in range(declared.QUEUED_PER_LEARNER)]
    of_ben = store.runs.submit(SPEC, BEN)
    new = store.runs.submit(SPEC, ANNE, instead_of=[*waiting[:2], of_ben, "no-such-run"])
    states = [run.state for run_id in (*waiting[:3], of_ben, new) if (run := store.runs.get(run_id))]
    assert states == ["stopped", "stopped", "queued", "queued", "queued"]


def test_where_there_is_no_room_nothing_is_ended_either(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [store.runs.submit(SPEC, ANNE) for _ in range(2)]
    monkeypatch.setattr(declared, "QUEUED_PER_LEARNER", 1)
    with pytest.raises(QueueFull):
        store.runs.submit(SPEC, ANNE, instead_of=taken[:1])
    assert [run.state for run_id in taken if (run := store.runs.get(run_id))] == ["queued", "queued"]


def test_one_learner_cannot_starve_another(store: Store) -> None:
    annes = [store.runs.submit(SPEC, ANNE) for _ in range(5)]
    bens = store.runs.submit(SPEC, BEN)
    order = [run.id for _ in range(6) if (run := store.runs.take("w"))]
    assert order == [annes[0], bens, *annes[1:]]


def test_the_place_and_the_order_of_taking_agree(store: Store) -> None:
    ids = [store.runs.submit(SPEC, learner) for learner in (ANNE, ANNE, BEN, ANNE, BEN)]
    places = {run_id: store.runs.place(run_id) for run_id in ids}
    taken = [run.id for _ in ids if (run := store.runs.take("w"))]
    assert sorted(ids, key=lambda run_id: places[run_id] or (0, 0.0)) == taken


def seconds(store: Store, run_id: str) -> tuple[int, int | None]:
    found = store.runs.place(run_id)
    assert found is not None
    return found[0], None if found[1] is None else round(found[1])


def test_waiting_times_follow_measured_speed(store: Store) -> None:
    store.machines.renew("here", 1)
    store.runs.note_pace(1.0)
    first, second = store.runs.submit(SPEC, ANNE), store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    guess = store.runs.place(second)
    assert guess is not None and guess[0] == 1 and guess[1] and guess[1] > 0
    store.runs.append(first, point(5, 50.0), None)  # half of ten updates took 50 s
    assert seconds(store, second) == (1, 50)
    third = store.runs.submit(SPEC, BEN)
    assert seconds(store, third) == (1, 50), "Ben has none running"
    assert seconds(store, second) == (2, 150)
    store.machines.renew("here", 2)
    assert seconds(store, third) == (1, 0)
    assert store.runs.place(first) is None


def test_who_looks_at_the_queue_reads_no_specs_and_no_records(store: Store) -> None:
    first, second = store.runs.submit(json_of(), ANNE), store.runs.submit(json_of(), ANNE)
    statements: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *words: statements.append(words[2]))
    assert store.runs.place(second)
    assert (run := store.runs.take("worker")) and run.id == first
    assert store.runs.place(second)
    looks = [words for words in statements if words.startswith("SELECT") and "runs" in words]
    assert len(looks) > 6 and not [words for words in looks if "runs.spec" in words or "runs.record" in words]


def test_a_fresh_machine_names_no_seconds_before_it_knows_its_pace(store: Store) -> None:
    store.machines.renew("here", 1)
    first, second = store.runs.submit(SPEC, ANNE), store.runs.submit(SPEC, ANNE)
    assert store.runs.pace() is None and store.runs.time_of_all([SPEC.work()]) is None
    assert seconds(store, first) == (1, 0), "nobody is before it"
    assert seconds(store, second) == (2, None)
    store.runs.note_pace(1000.0)
    assert seconds(store, second) == (2, round(1000 * SPEC.work().cost))
    assert store.runs.time_of_all([SPEC.work()] * 3) == pytest.approx(3000 * SPEC.work().cost)
    store.machines.renew("here", 2)
    assert store.runs.time_of_all([SPEC.work()] * 3) == pytest.approx(2000 * SPEC.work().cost)


def test_the_pace_of_another_machine_is_not_ours(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.runs.note_pace(5.0)
    assert store.runs.pace() == 5.0
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    assert store.runs.pace() is None


def test_what_nobody_can_estimate_is_not_a_second(store: Store) -> None:
    store.machines.renew("here", 1)
    store.runs.note_pace(1.0)
    strange, next_one = store.runs.submit(SPEC, ANNE), store.runs.submit(SPEC, ANNE)
    with store.database.write() as db:
        db.execute(update(runs).where(runs.c.id == strange).values(cost=None))
    assert seconds(store, next_one) == (2, None)


def test_costs_of_runs_of_an_earlier_version_are_filled_in_once(store: Store) -> None:
    alone = store.runs.submit(SPEC, ANNE)
    odd = store.runs.submit(Text("no experiment"), ANNE)
    cells = [json_of(temperature=2.0), json_of(temperature=4.0)]
    sweep = store.sweeps.submit("{}", parcels([cells]), ANNE)
    before = {run.id: run.cost for run in [*store.runs.of(ANNE), *(run for run, _ in store.sweeps.runs(sweep))]}
    with store.database.write() as db:
        db.execute(update(runs).values(cost=None))
    store.runs.fill_costs(work_of)
    after = {run.id: run.cost for run in [*store.runs.of(ANNE), *(run for run, _ in store.sweeps.runs(sweep))]}
    assert after == before | {odd: None} and after[alone] == SPEC.work().cost
    assert len({after[run.id] for run, _ in store.sweeps.runs(sweep)}) == 1
    with store.database.write() as db:
        db.execute(update(runs).where(runs.c.id == alone).values(cost=7.0))
    store.runs.fill_costs(work_of)
    found = store.runs.get(alone)
    assert found is not None and found.cost == 7.0


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


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["", "x", "y"])), min_size=1, max_size=30), st.data())
def test_fair_over_addresses_whatever_waits(lines: list[tuple[int, str]], data: Any) -> None:
    """It is the order of choosing one by one: fewest of the learner, then of the address, then who was served first."""
    queued = [
        Waiting(f"r{n}", f"l{learner}{origin}", float(n), 1.0, origin=origin or None)
        for n, (learner, origin) in enumerate(lines)
    ]
    few = st.integers(0, 2)
    running = {w.learner: data.draw(few) for w in queued}
    busy = {origin: data.draw(few) for origin in ("x", "y")}
    served = {w.learner: float(data.draw(few)) for w in queued}
    counts, at, last = Counter(running), Counter(busy), dict(served)
    order, left = [], list(queued)
    while left:
        ranked = [(counts[w.learner], at[w.origin or w.learner], last[w.learner], w.queued, w) for w in left]
        chosen = min(ranked)[-1]
        order.append(chosen)
        left.remove(chosen)
        counts[chosen.learner] += 1
        at[chosen.origin or chosen.learner] += 1
        last[chosen.learner] = 10.0 + len(order)
    assert list(fair_order(queued, running, served, busy)) == order


@given(st.lists(st.floats(0, 100), max_size=8), st.lists(st.floats(0, 100), max_size=3), st.integers(1, 4))
def test_waiting_times_are_possible(before: list[float], remaining: list[float], slots: int) -> None:
    wait = waiting_time(before, remaining[:slots], slots)
    assert 0 <= wait <= sum(before) + max([0.0, *remaining]) + 1e-6
    assert waiting_time([*before, 1.0], remaining[:slots], slots) >= wait


def test_a_bigger_experiment_is_expected_to_take_longer() -> None:
    costs = [spec(student=one).work().cost for one in declared.STUDENTS if one not in ("mlp-30", "cnn-400")]
    assert costs == sorted(costs)
    assert spec(epochs=10).work().updates == 2 * SPEC.work().updates
    long: dict[str, Any] = {"student": "cnn-35k", "labels": 500, "epochs": 16}
    assert spec(**long, unlabelled=500).work().cost > 1.3 * spec(**long).work().cost
    assert json_of(temperature=2.0).work() == SPEC.work()


@given(st.lists(st.floats(0.1, 100), max_size=12), st.integers(1, 4))
def test_all_of_some_runs_take_no_less_than_their_share(times: list[float], slots: int) -> None:
    whole = time_of_all(times, slots)
    assert max([0.0, *times, sum(times) / slots]) - 1e-6 <= whole <= sum(times) + 1e-6
