from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from app.figures.hunt.figure import NOT_HERE
from tests.figures.staged import opened, sent


def words(page: AppTest) -> list[str]:
    return [one.value for one in page.markdown]


def test_the_map_begins_as_the_lesson_says() -> None:
    data = sent(opened("similarity", {"data": "cifar10", "temperature": 20, "chosen": 3}))
    assert (data["name"], data["temperature"], data["chosen"]) == ("CIFAR-10 (JPEG copy)", 20, 3)
    assert data["classes"][3] == "cat" and data["images"] == 1000


@pytest.mark.parametrize("figure", ["similarity", "answers"])
def test_a_temperature_that_the_link_fixes_is_the_one_of_the_link(figure: str) -> None:
    options = {"image": 8} if figure == "answers" else {}
    data = sent(opened(figure, options, settings={"temperature": 3.0}, fixed=("temperature",)))
    assert data["temperature"] == 3


def test_the_teacher_is_asked_alone_and_about_the_image_of_the_lesson() -> None:
    data = sent(opened("answers", {"image": 119, "choose": False}))
    assert data["alone"] and data["arms"] == [] and data["run"] == "recorded-mnist-kd"
    assert data["first"] == {"image": 119} and data["choose"] is False
    assert len(sent(opened("answers", {"image": 119}))["samples"]) == 10, "a drawing may begin with a test image"


def test_the_hunt_gets_its_sheets_and_without_images_says_where_they_are() -> None:
    data = sent(opened("hunt"))
    assert [len(sheet) for sheet in data["sheets"]] == [18, 18, 18] and data["count"] == 1000
    page = opened("hunt", {"data": "cifar10"})
    assert words(page) == [NOT_HERE] and not page.get("bidi_component")


def test_before_a_prediction_is_saved_nothing_is_given_away() -> None:
    data = sent(opened("hunt", {"locked": "unsure"}))
    assert data["first"] == list(range(18)) and "sheets" not in data
    assert "sheets" in sent(opened("hunt", {"locked": "unsure"}, saved={"unsure": 3}))
    waits = [sent(opened("similarity", {"locked": "a"}, saved=saved))["waits"] for saved in ({}, {"a": "ship"})]
    assert waits == [True, False]


@pytest.mark.usefixtures("no_recordings")
@pytest.mark.parametrize("figure", ["similarity", "hunt"])
def test_without_recorded_answers_it_says_so(figure: str) -> None:
    page = opened(figure)
    (said,) = words(page)
    assert "Get a fresh copy of the app." in said and not page.get("bidi_component")
