"""What the tests of pages share: a store with runs, a learner, a recorded run, and the page as a test sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.catalog import paths
from app.catalog.families import FAMILIES
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import FinishedRun, Recording, recording, write
from app.experiments.recordings.runs import RecordedRun, recorded_runs
from app.experiments.spec import default_settings
from app.server import identity
from app.store import Store, shared
from tests.waiting import PATIENCE

MAIN = str(paths.PROJECT / "app" / "main.py")
ME, SOMEBODY = "a" * 24, "b" * 24

Opened = Callable[..., AppTest]


def lab_page() -> AppTest:
    """The app at its lab, not run yet. AppTest switches to files only, and the pages are functions."""
    page = AppTest.from_file(MAIN, default_timeout=PATIENCE)
    page._page_hash = calc_hash("lab")
    return page


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> str:
    """The page's visitor: AppTest sends no cookies."""
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: ME)
    return ME


@pytest.fixture
def store(own_home: Path) -> Store:
    """The page's own store, empty, and the key without which nobody would be recognised in it."""
    identity.make_key(own_home / "key")
    return shared()


@pytest.fixture
def no_recordings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A copy of the app that ships no recorded run."""
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)


@pytest.fixture
def cifar_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RecordedRun:
    """A recorded CIFAR-10 run, the only one that is shipped."""
    settings = default_settings() | {"data": "cifar10", "teacher": "cifar10"}
    spec = RunSpec.two_arms(settings, (11, 12, 13))
    chance = np.random.default_rng(3)
    arrays = {
        "moments": np.array([0, 240]),
        "teacher": np.array([[1, 2, 9] + [0] * 7, [3, 3, 3] + [0] * 7, [9] + [0] * 9], np.float16),
        "students": chance.normal(size=(2, 2, 3, 3, 10)).astype(np.float16),
        "labels": np.array([1, 2, 3]),
    }
    record = {
        "title": "Small photographs",
        "date": "2026-11-22",
        "seconds": 3.2,
        "teacher_accuracy": 0.93,
        "test_images": 2000,
        "classes": list(FAMILIES["cifar10"].classes),
    }
    run = FinishedRun(spec, tuple(point(seq, 80 * (seq - 1)) for seq in range(1, 5)))
    write(Recording("recorded-cifar10", "run", (run,), arrays, record), tmp_path)
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    return recorded_runs()["recorded-cifar10"]


@pytest.fixture
def opened(store: Store, learner: str) -> Opened:
    """Opens the lab at an address."""

    def at_address(**params: str) -> AppTest:
        page = lab_page()
        page.query_params.update(params)
        page.run()
        assert not page.exception
        return page

    return at_address


def point(seq: int, update: int, better: float = 0.04) -> dict[str, Any]:
    """An event of three seeds, in which the distilled students are better."""
    labels = [min(0.9, 0.1 + update / 200 + spread) for spread in (0.0, 0.004, 0.01)]
    return {"seq": seq, "kind": "point", "update": update, "accuracy": [labels, [a + better for a in labels]]}


def run_of(store: Store, learner: str, state: str = "finished", **settings: Any) -> str:
    """A run in the store in a state, with two points unless it waits."""
    spec = RunSpec.two_arms(default_settings() | settings, (12, 33, 904))
    run_id = store.runs.submit(spec, learner)
    if state == "queued":
        return run_id
    assert store.runs.take("worker")
    store.runs.begin(run_id, spec.updates, {"teacher_accuracy": 0.996, "test_images": 1000, "torch": "2.13.0"})
    for seq, update in enumerate((0, spec.updates), start=1):
        event = {key: value for key, value in point(seq, update).items() if key != "seq"}
        store.runs.append(run_id, {**event, "seconds": 0.1 * seq}, np.zeros((2, 3, 50, 10), np.float16))
    if state == "paused":
        store.runs.pause(run_id, 8, 0.1)
    elif state != "running":
        store.runs.end(run_id, state, "The worker ended." if state == "interrupted" else "", seconds=1.9)
    return run_id


def sent(page: AppTest, name: str) -> dict[str, Any]:
    """The data that a component of the page was mounted with."""
    for element in page.get("bidi_component"):
        if element.proto.component_name == f"distillery_{name}":
            return dict(json.loads(element.proto.json))
    raise AssertionError(f"the page has no component {name}")


def words(page: AppTest) -> str:
    """All text of the page, with plain spaces."""
    return "\n".join(str(element.value) for element in page.markdown).replace("\u00a0", " ")


def press(page: AppTest, key: str) -> AppTest:
    """Press a button, and let the page run."""
    page.button(key=key).click().run()
    assert not page.exception
    return page


def address(page: AppTest) -> dict[str, str]:
    """The page's query parameters; AppTest gives each as a list."""
    return {key: value[0] if isinstance(value, list) else value for key, value in page.query_params.items()}
