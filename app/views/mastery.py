"""How far a learner is: every objective of every lesson, in words and a shape, and what is due."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from app.store import Store
from app.teaching.lessons import Lesson, lessons
from app.teaching.mastery import LEVELS, STEPS, Level
from app.teaching.standing import Aim, Standing, overview
from app.views import places
from app.views.lesson_tab import LESSON_KEY, STEP_KEY

STYLE = Path(__file__).with_name("review.css")
NOTHING = "No question was answered yet. Each lesson ends in a quiz, and what you answer there is shown here."


def section(store: Store, learner: str) -> None:
    """Draw it."""
    found = overview(lessons().values(), store.answers(learner), time.time())
    st.html(STYLE)
    with st.container(key="mastery", gap="small"):
        st.header("How far you are", anchor="how-far")
        st.markdown(in_words(found.lessons))
        if found.today:
            st.page_link(places.to("review"), label=today_words(found.today))
        st.html("".join(map(lesson_html, found.lessons)) + LEGEND)


def today_words(count: int) -> str:
    """What a link to the review says."""
    return f"Review: {'one question' if count == 1 else f'{count} questions'} today"


def in_words(found: Sequence[Standing]) -> str:
    """In a sentence."""
    aims = [aim for one in found for aim in one.aims]
    if not any(aim.mastery.answered for aim in aims):
        return NOTHING
    secure = sum(aim.mastery.level is LEVELS["secure"] for aim in aims)
    return f"{secure or 'None'} of {len(aims)} objectives {'is' if secure == 1 else 'are'} secure."


def lesson_html(found: Standing) -> str:
    """One lesson and its objectives."""
    lesson = found.lesson
    rows = "".join(_row(lesson, aim) for aim in found.aims)
    href = _href(lesson, lesson.sections[0].id)
    return (
        f'<section class="standing"><h3><a href="{href}">{lesson.number} · {escape(lesson.title)}</a></h3>'
        f"<ul>{rows}</ul></section>"
    )


def _row(lesson: Lesson, aim: Aim) -> str:
    step = next((one.id for one in lesson.sections if one.objective == aim.id), lesson.sections[0].id)
    due = f'<span class="due">{aim.due} due</span>' if aim.due else ""
    return (
        f'<li><a href="{_href(lesson, step)}">{escape(aim.words)}</a>'
        f'<span class="level">{_shape(aim.mastery.level)}{aim.mastery.level.words}</span>{due}</li>'
    )


def _shape(level: Level) -> str:
    full = "<i data-full></i>" * level.steps + "<i></i>" * (STEPS - level.steps)
    return f'<span class="shape" aria-hidden="true">{full}</span>'


def _href(lesson: Lesson, step: str) -> str:
    return f"lesson?{escape(urlencode({LESSON_KEY: lesson.id, STEP_KEY: step}))}"


LEGEND = (
    '<dl class="levels">'
    + "".join(f"<div><dt>{_shape(one)}{one.words}</dt><dd>{one.says}</dd></div>" for one in LEVELS.values())
    + "</dl>"
)
