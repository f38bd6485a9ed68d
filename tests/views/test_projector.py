"""Pages on a projector: what is on them, how their addresses come and go, and what a wrong address says."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.store import Store
from app.views import routes
from app.views.address import LARGE
from app.views.lab_state import SHOWS
from tests.views.conftest import ME, Opened, address, press, run_of, sent, words
from tests.views.test_runs import to_runs
from tests.views.test_sweeps import to_sweeps

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


def to_lesson(page: AppTest, **params: str) -> AppTest:
    page._page_hash = routes.to("lesson")._script_hash
    for key in list(page.query_params):
        del page.query_params[key]
    page.query_params.update(params)
    page.run()
    assert not page.exception
    return page


def buttons(page: AppTest) -> set[str | None]:
    return {button.key for button in page.button}


def test_a_lesson_goes_on_and_back_on_the_projector_and_its_address_opens_it(opened: Opened) -> None:
    page = press(to_lesson(opened(), lesson="temperature"), "project")
    first = address(page)
    assert first["show"] in LARGE and buttons(page) == {"step-next", "leave-projector"}
    page = press(page, "step-next")
    assert address(page)["show"] == first["show"] and address(page)["step"] != first["step"]
    assert {"step-back", "step-next", "leave-projector"} <= buttons(page) and "2 of" in words(page)
    there = to_lesson(opened(), **address(page))
    assert "leave-projector" in buttons(there)
    page = press(page, "leave-projector")
    assert "show" not in address(page) and "project" in buttons(page)


def test_the_quiz_is_large_like_every_other_step(opened: Opened) -> None:
    page = to_lesson(opened(), lesson="temperature", step="quiz", show="large")
    assert sent(page, "question")["number"] == 1 and "leave-projector" in buttons(page)
    assert sent(page, "projector")["of"] == "temperature quiz "


def test_a_sweep_says_on_the_projector_what_its_runs_share(opened: Opened) -> None:
    page = press(to_sweeps(opened()), "project")
    assert address(page)["show"] == "large" and buttons(page) == {"sweep-run", "leave-projector"}
    assert "Temperature × alpha · images MNIST" in words(page) and "seeds" in words(page)
    assert "temperature 8" in words(to_sweeps(opened(), kind="labels", show="large"))
    page = press(page, "leave-projector")
    assert "show" not in address(page) and sent(page, "sweep")["answer"]["recorded"]


def test_a_comparison_is_large_and_one_run_alone_says_what_it_takes(opened: Opened, store: Store) -> None:
    a, b = run_of(store, ME), run_of(store, ME, temperature=2.0)
    page = press(to_runs(opened(), a=a, b=b), "project")
    assert address(page) == {"a": a, "b": b, "show": "large"} and buttons(page) == {"leave-projector"}
    alone = to_runs(opened(), a=a, show="large")
    assert "needs two runs" in words(alone) and "show" not in address(alone) and "project" not in buttons(alone)
