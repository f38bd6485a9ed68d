"""A lesson for paper: every lesson has all its steps and figures, and its questions with or without their answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.teaching.lessons import lessons
from app.teaching.question import FigureQuestion
from app.teaching.questions import questions_of
from tests.views.conftest import Opened, address, press, words
from tests.views.test_projector import buttons, to_lesson


def texts(page: AppTest, key: str = "") -> str:
    """The HTML of the sheet's prose, of what has `key` in its place."""
    mounted = [element.proto for element in page.get("bidi_component")]
    return "\n".join(
        json.loads(one.json)["html"] for one in mounted if one.component_name == "distillery_prose" and key in one.id
    )


def pictured(page: AppTest) -> list[dict[str, Any]]:
    """What the browser gets of the sheet's questions that are answered in a picture."""
    mounted = [element.proto for element in page.get("bidi_component")]
    return [json.loads(one.json) for one in mounted if one.component_name == "distillery_question"]


@pytest.mark.parametrize("id_", lessons())
def test_a_lesson_is_on_paper_with_all_its_steps_figures_and_questions(opened: Opened, id_: str) -> None:
    lesson = lessons()[id_]
    page = to_lesson(opened(), lesson=id_, show="handout")
    assert [head.value for head in page.header] == [section.title for section in lesson.sections]
    count = sum(len(section.figures) for section in lesson.sections)
    assert words(page).count("Figure ") == count
    asked = texts(page, "asked-")
    known = questions_of(lesson.path.parent)
    drawn = {id_ for id_, question in known.items() if isinstance(question, FigureQuestion)}
    assert asked.count('class="asked"') == len(known) - len(drawn), "every question is there"
    assert {one["id"] for one in pictured(page)} == drawn, "also those that are answered in a picture"
    ids, said = list(known), asked + "".join(one["stem"] for one in pictured(page))
    assert [number for number in range(1, len(ids) + 1) if f"<b>{number}.</b>" not in said] == [], "each has its number"
    assert all(one["field"] and not one["grade"] and not one["explain"] for one in pictured(page))
    assert asked.count('class="line"') == asked.count('class="asked"'), "with room for an answer"
    assert texts(page, "predict-").count("Your prediction") == len(lesson.predictions)
    assert "It came to" not in texts(page)


def test_the_answers_are_on_it_if_one_wants_them(opened: Opened) -> None:
    page = press(to_lesson(opened(), lesson="temperature"), "to-handout")
    assert address(page)["show"] == "handout"
    page = press(page, "handout-other")
    assert address(page)["show"] == "key" and 'class="line"' not in texts(page)
    lesson = lessons()["temperature"]
    assert texts(page).count("It came to") == len(lesson.predictions)
    assert "\\(" not in texts(page), "formulas are MathML"
    assert all(one["grade"]["key"] is not None and one["explain"] for one in pictured(page)) and pictured(page)
    page = press(page, "leave-handout")
    assert "show" not in address(page) and "to-handout" in buttons(page)
