"""The lab on a projector: what is on it, how its address comes and goes, and what a wrong address says."""

from __future__ import annotations

import pytest

from app.store import Store
from app.views.lab_state import SHOWS
from tests.views.conftest import ME, Opened, address, press, run_of, sent, words

PARTS = {"run": {"bench"}, "image": {"bench", "answers", "dials"}, "who": {"bench", "gallery"}}
PARTS["all"] = PARTS["run"] | PARTS["image"] | PARTS["who"]


def parts(page: object) -> set[str]:
    """Names of the components on the page that a projector can show."""
    mounted = {element.proto.component_name for element in page.get("bidi_component")}  # type: ignore[attr-defined]
    return {name.removeprefix("distillery_") for name in mounted} & PARTS["all"]


def test_every_view_has_its_parts() -> None:
    assert list(PARTS) == list(SHOWS)


@pytest.mark.parametrize("show", SHOWS)
def test_a_view_has_its_part_a_way_to_train_and_a_way_out(opened: Opened, show: str) -> None:
    page = opened(show=show, labels="200")
    assert parts(page) == PARTS[show] and sent(page, "bench")["projected"]
    assert [button.key for button in page.button] == ["train", "leave-projector"]
    assert address(page)["show"] == show and address(page)["labels"] == "200"
    press(page, "leave-projector")
    assert "show" not in address(page) and address(page)["labels"] == "200"
    assert {button.key for button in page.button} >= {"train", "step", "project"}


def test_training_stays_on_the_projector_and_the_link_shows_the_same(opened: Opened, store: Store) -> None:
    page = press(opened(show="image"), "train")
    there = address(page)
    assert there["show"] == "image" and there["run"] == sent(page, "bench")["run"]
    friend = opened(**there)
    assert parts(friend) == PARTS["image"] and sent(friend, "bench")["run"] == there["run"]


def test_the_lab_leads_to_the_projector_with_the_run_that_it_shows(opened: Opened, store: Store) -> None:
    run_id = run_of(store, ME)
    page = press(opened(run=run_id), "project")
    assert parts(page) == PARTS["run"]
    assert address(page) | {"run": run_id, "show": "run"} == address(page)
    page.pills(key="projected").set_value("who").run()
    assert not page.exception and address(page)["show"] == "who" and parts(page) == PARTS["who"]


@pytest.mark.parametrize("show", ["wall", "RUN", "run ", "<b>", "run,image", "☃" * 400])
def test_a_view_that_does_not_exist_is_a_sentence(opened: Opened, show: str) -> None:
    page = opened(show=show)
    assert "There is no view" in words(page) and "only run, image, who, all: here is the page." in words(page)
    assert parts(page) == PARTS["all"] and not sent(page, "bench")["projected"]
    assert "show" not in address(page)
