"""What a store holds in these tests: two learners, points, a finished run."""

from __future__ import annotations

from typing import Any

import numpy as np

from app import catalog
from app.store import Store
from tests.experiments.examples import json_of

SPEC = json_of()
ANNE, BEN = "a" * 24, "b" * 24


def point(update: int, seconds: float = 0.0) -> dict[str, Any]:
    return {"kind": "point", "update": update, "seconds": seconds, "accuracy": [[0.5, 0.6], [0.7, 0.8]]}


def logits(value: float, shown: int = 5) -> bytes:
    return np.full((2, 2, shown, catalog.CLASSES), value, "<f2").tobytes()


def finished(store: Store, learner: str = ANNE, shown: int = 5) -> str:
    run_id = store.submit(SPEC, learner)
    taken = store.take("w")
    assert taken is not None and taken.id == run_id
    store.append(run_id, point(0), logits(0, shown))
    assert store.end(run_id, "finished")
    return run_id
