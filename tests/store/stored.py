"""What a store holds in these tests: two learners, points, a finished run."""

from __future__ import annotations

import json
import random
import secrets
import time
from typing import Any

import numpy as np
from sqlalchemy import Float, Integer, Table, insert, select

from app.catalog import declared
from app.experiments.kinds.cohort import VERSION, RunSpec
from app.store import Answer, Store
from app.store.learners import OWNED
from app.store.models import Float16
from app.store.tables import events, metadata, runs
from app.store.tables import logits as logit_rows
from tests.experiments.examples import json_of

SPEC = json_of()
ANNE, BEN = "a" * 24, "b" * 24
ONE = Answer("press-1", "temperature", "top-share", 1, 0, "50.6", 1.0, "sure", 100.0)


def point(update: int, seconds: float = 0.0) -> dict[str, Any]:
    return {"kind": "point", "update": update, "seconds": seconds, "accuracy": [[0.5, 0.6], [0.7, 0.8]]}


def logits(value: float, shown: int = 5) -> Float16:
    return np.full((2, 2, shown, declared.CLASSES), value, "<f2")


def finished(store: Store, learner: str = ANNE, shown: int = 5) -> str:
    run_id = store.runs.submit(SPEC, learner)
    taken = store.runs.take("w")
    assert taken is not None and taken.id == run_id
    store.runs.append(run_id, point(0), logits(0, shown))
    assert store.runs.end(run_id, "finished")
    return run_id


def ended_run(
    store: Store,
    learner: str,
    experiment: RunSpec,
    accuracy: list[list[float]] | None = None,
    *,
    state: str = "finished",
    points: int = 2,
    shown: int = 0,
    age: float = 0.0,
    **row: Any,
) -> str:
    """A run that no runner ever sees, written at once: no worker can come first.

    accuracy: (arms, seeds) at the end. points: at the beginning, and at the end. shown: images with logits, all zero,
    at each of them. age: seconds.
    """
    run_id = "".join(secrets.choice("abcdefgh23456789") for _ in range(12))
    last = accuracy or [
        [0.88 + 0.001 * (40 * arm + 3 * at + arm * at) for at in range(len(experiment.seeds))]
        for arm in range(len(experiment.arms))
    ]
    first = [[0.1] * len(experiment.seeds) for _ in experiment.arms]
    record = {"teacher_accuracy": 0.997, "test_images": 1000, "engine": VERSION, "torch": "2.13.0"}
    now = time.time() - age
    times = {"created": now, "queued": now, "started": now, "finished": now + 2, "seconds": 1.9, "cost": 1.0}
    size = {"done": experiment.updates if points > 1 else 0, "updates": experiment.updates, "seq": points, "bytes": 100}
    fields = {"id": run_id, "learner": learner, "state": state, "spec": experiment.to_json(), "mode": "train"}
    fields |= {"message": "", "record": json.dumps(record)} | times | size | row
    shape = (len(experiment.arms), len(experiment.seeds), shown, declared.CLASSES)
    with store.database.write() as db:
        db.execute(insert(runs).values(**fields))
        for seq, update, reached in [(1, 0, first), (2, experiment.updates, last)][:points]:
            body = {"seq": seq, "kind": "point", "update": update, "seconds": 0.9 * seq, "accuracy": reached}
            db.execute(insert(events).values(run=run_id, seq=seq, body=json.dumps(body)))
            if shown:
                zeros = np.zeros(shape, "<f2").tobytes()
                db.execute(insert(logit_rows).values(run=run_id, seq=seq, shape=json.dumps(shape), body=zeros))
    return run_id


def planted(table: Table, learner: str, number: int) -> dict[str, Any]:
    """A row of any table that belongs to a learner: keys by `number`, the rest by chance."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "learner":
            values[column.name] = learner
        elif isinstance(column.type, Integer):
            values[column.name] = random.randrange(9)
        elif isinstance(column.type, Float):
            values[column.name] = float(random.randrange(1000))
        else:
            alone = column.primary_key and "learner" not in table.primary_key.columns
            values[column.name] = f"{learner[:1] if alone else 'x'}{number}" if column.primary_key else "{}"
    return values


def plant(store: Store, learner: str, numbers: range) -> None:
    """Rows in every table that has a column `learner`, whatever it is; some of `numbers` may be another's, too."""
    store.learners.seen(learner)
    with store.database.write() as db:
        for table in OWNED:
            for number in numbers:
                db.execute(insert(table).values(**planted(table, learner, number)))


def everything(store: Store) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with store.database.read() as db:
        return {table.name: sorted(map(repr, db.execute(select(table)).all())) for table in metadata.sorted_tables}
