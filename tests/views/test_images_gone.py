"""Runs on images that were imported and deleted since: their numbers stay, and the page says what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.catalog import available
from app.catalog.families import FAMILIES
from app.catalog.pack import POOL, TEST, Pack, write_pack
from app.catalog.presets import opening_settings
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.figures.run_source import WITHOUT_IMAGES
from app.store import Store
from app.views import actions
from app.views.lab_state import LabState
from tests.experiments.examples import Text
from tests.views.conftest import ME, Opened, address, point, press, sent, words

PETS = "own-pets"


@pytest.fixture
def pets(own_home: Path) -> Path:
    """Imported images of which a teacher is shipped."""
    path = own_home / "data" / f"{PETS}.npz"
    path.parent.mkdir(parents=True)
    about = {
        "name": "Pets",
        "classes": list(FAMILIES["cifar10"].classes),
        "family": "cifar10",
        "channels": 3,
        "size": 32,
    }
    about |= {"mean": [0.5] * 3, "spread": [0.25] * 3, "pool": 200, "test": 20}
    images = np.random.default_rng(0).integers(0, 256, (220, 3, 32, 32), np.uint8)
    split = np.repeat([POOL, TEST], [200, 20]).astype(np.uint8)
    write_pack(path, Pack(images, np.arange(220, dtype=np.uint8) % 10, split, about))
    assert PETS in available.lab_sets()
    return path


@pytest.fixture
def run_id(pets: Path, store: Store) -> str:
    """A finished run on them."""
    settings = default_settings() | {"data": PETS, "teacher": "cifar10", "labels": 100}
    spec = RunSpec.two_arms(settings, (12, 33, 904))
    run_id = store.runs.submit(spec, ME)
    assert store.runs.take("worker")
    store.runs.begin(run_id, spec.updates, {"teacher_accuracy": 0.9, "test_images": 20})
    for seq, update in enumerate((0, spec.updates), start=1):
        event = {key: value for key, value in point(seq, update).items() if key != "seq"}
        store.runs.append(run_id, {**event, "seconds": 0.1 * seq}, np.zeros((2, 3, 20, 10), np.float16))
    store.runs.end(run_id, "finished")
    return run_id


def test_a_link_shows_the_numbers_and_says_that_the_images_are_gone(pets: Path, opened: Opened, run_id: str) -> None:
    assert sent(opened(run=run_id), "answers")["here"]
    pets.unlink()
    for params in ({}, {"data": PETS, "teacher": "cifar10"}, {"data": "mnist", "teacher": "mnist"}):
        page = opened(run=run_id, **params)
        bench = sent(page, "bench")
        assert bench["run"] == run_id and len(bench["answer"]["events"]) == 2
        assert bench["answer"]["verdict"]["sentence"].startswith("Distilled")
        assert "This run had images own-pets" in bench["note"]
        said = words(page)
        assert WITHOUT_IMAGES in said and "There is no run" not in said and "not on offer" not in said
        assert not sent(page, "answers")["here"] and not page.button(key="train").disabled
        assert (address(page)["data"], address(page)["run"]) == ("mnist", run_id)


def test_the_list_opens_it(pets: Path, opened: Opened, run_id: str) -> None:
    pets.unlink()
    page = press(opened(), f"open-{run_id}")
    assert sent(page, "bench")["run"] == run_id and WITHOUT_IMAGES in words(page)
    assert "own-pets, 100 labelled" in page.button(key=f"open-{run_id}").label


def test_images_that_go_while_the_page_is_open(pets: Path, opened: Opened, run_id: str) -> None:
    page = opened(run=run_id)
    pets.unlink()
    page.run()
    assert not page.exception
    assert sent(page, "bench")["run"] == run_id and "no longer on this machine" in words(page)
    press(page, "train")
    assert address(page)["data"] == "mnist" and address(page)["run"] != run_id


def test_it_is_not_started_again(pets: Path, run_id: str, store: Store) -> None:
    pets.unlink()
    tab = LabState()
    actions.again(tab, store, ME, run_id)
    assert "import the images again" in tab.notice and tab.settings == opening_settings()
    assert len(store.runs.of(ME)) == 1


def test_it_is_one_thing_that_images_are_gone_and_another_that_there_is_no_run(opened: Opened, store: Store) -> None:
    strange = store.runs.submit(Text('{"data": "hologram"}'), ME)
    for run_id, said in ((strange, "made by another version"), ("nosuchrun234", "There is no run “nosuchrun234” here")):
        page = opened(run=run_id)
        assert said in words(page) and WITHOUT_IMAGES not in words(page)
