"""The glossary: every term with its sentence, and the steps of lessons that use it."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from app.components.prose import prose
from app.teaching.glossary import Term, glossary, uses
from app.teaching.lessons import Lesson, Section, lessons
from app.teaching.plain import LessonError
from app.views import errors
from app.views.lesson_state import LESSON_KEY, STEP_KEY

STYLE = Path(__file__).with_name("lesson.css")
DAMAGED = "The glossary cannot be read: {why}. The lessons work without it."
LINES = "Every word of the field that the lessons use, in a sentence each, and where it is used first."


@errors.page
def page() -> None:
    """Draw the page."""
    st.html(STYLE)
    with st.container(key="glossary"):
        st.title("Glossary", anchor=False)
        try:
            known = glossary()
        except LessonError as error:
            errors.notice([DAMAGED.format(why=error)])
            return
        st.markdown(LINES)
        prose(entries(list(known.values()), list(lessons().values())), {}, key="glossary-entries")


def entries(terms: Sequence[Term], known: Sequence[Lesson]) -> str:
    """HTML: every term by the alphabet, with an anchor of its id."""
    used = uses(known)
    items = "".join(
        f'<div class="entry" id="{escape(term.id)}" tabindex="-1">'
        f"<dt>{escape(term.words)}</dt><dd>{escape(term.says)}</dd>"
        f"{_where(used.get(term.id, []))}</div>"
        for term in sorted(terms, key=lambda term: term.words.casefold())
    )
    return f'<dl class="glossary">{items}</dl>'


def _where(steps: Sequence[tuple[Lesson, Section]]) -> str:
    if not steps:
        return ""
    links = ", ".join(
        f'<a href="lesson?{escape(urlencode({LESSON_KEY: lesson.id, STEP_KEY: section.id}))}">'
        f"{lesson.label.lower()}, {escape(section.title)}</a>"
        for lesson, section in steps
    )
    return f'<dd class="where">{links}</dd>'
