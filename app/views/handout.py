"""A whole lesson on paper: all its steps, each figure as it opens, and its questions with or without their answers."""

import re
from dataclasses import replace
from html import escape, unescape
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.mount import mount
from app.components.prose import prose
from app.figures.stage import Stage, show
from app.teaching import claims
from app.teaching.export.elsewhere import converted
from app.teaching.figures import TRAINING, figures
from app.teaching.lessons import QUIZ, Block, Lesson, Prediction, Section
from app.teaching.looking_back import in_words
from app.teaching.minutes import minutes
from app.teaching.prose import mathml, phrase
from app.teaching.question import FigureQuestion
from app.teaching.questions import questions_of
from app.teaching.variants import Variant
from app.views import errors, projector
from app.views.lesson_state import HANDOUT, KEY, LESSON_STATE, LessonState

STYLE = Path(__file__).with_suffix(".css")
LINE = '<p class="line"></p>'  # to write on
STILL = (
    "On paper nothing moves: a figure stands as its page opens it, with what its dials are at. If you are asked to "
    "press, to turn or to draw, do it with a pen, or at the address below."
)

_TEX = re.compile(r"\\\((.*?)\\\)")


def offer() -> None:
    """The way to it."""
    st.button(
        "Print the whole lesson",
        key="to-handout",
        type="tertiary",
        on_click=errors.pressing(LESSON_STATE, projector.show, HANDOUT),
    )


def sheet(tab: LessonState, lesson: Lesson, stage: Stage) -> None:
    """Draw the lesson. stage: of the page, without what the learner did."""
    st.html(STYLE)
    keyed = tab.show == KEY
    with st.container(key="handout", gap="medium"):
        with st.container(key="handout-ways", horizontal=True, vertical_alignment="center", gap="small"):
            mount("print", {}, "print")
            other, words = (HANDOUT, "Without answers") if keyed else (KEY, "With answers")
            st.button(words, key="handout-other", on_click=errors.pressing(LESSON_STATE, projector.show, other))
            st.button(
                "Back to the lesson", key="leave-handout", on_click=errors.pressing(LESSON_STATE, projector.leave)
            )
        st.markdown(f":violet[{lesson.label} · {minutes(lesson).words}]")
        st.title(lesson.title, anchor=False)
        st.markdown(f"*{lesson.question}*")
        with st.container(key="handout-still"):
            st.markdown(f":violet[{STILL}]")
        number = 0
        for section in lesson.sections:
            with st.container(key=f"sheet-{section.id}", gap="small"):
                st.header(section.title, anchor=False)
                if section.id == QUIZ:
                    within = {block.name for one in lesson.sections for block in one.blocks if block.kind == "question"}
                    _questions(lesson, [id_ for id_ in questions_of(lesson.path.parent) if id_ not in within], keyed)
                for at, block in enumerate(section.blocks):
                    number += block.kind == "figure"
                    _block(block, lesson, section, replace(stage, place=f"-{section.id}-{at}"), number, keyed)
        if lesson.sources:
            prose(_sources(lesson), {}, key="handout-sources")


def stage_of(stage: Stage, lesson: Lesson) -> Stage:
    """A page's stage for its handout: what a step would wait for is there, and nothing that a learner did or may do."""
    nothing = dict.fromkeys(lesson.predictions)
    return replace(stage, saved=nothing, settings={}, run_id=None, started=(), fixed=frozenset({TRAINING.key}))


def _block(block: Block, lesson: Lesson, section: Section, stage: Stage, number: int, keyed: bool) -> None:
    key = f"sheet{stage.place}"
    if block.kind == "prose":
        prose(block.html, {}, key=f"prose-{key}")
    elif block.kind == "predict":
        prose(_prediction(lesson.predictions[block.name], keyed), {}, key=f"predict-{key}")
    elif block.kind == "question":
        _questions(lesson, [block.name], keyed)
    else:
        with st.container(key=f"figure-{key}", gap="xxsmall"):
            show(block.name, block.options, stage, key=f"{block.name}-{key}")
            if block.kind == "figure":
                words = figures()[block.name].words
                dot = "" if words.endswith("?") else "."
                st.markdown(f":violet[Figure {number}. {words[0].upper()}{words[1:]}{dot}]")


def _prediction(asked: Prediction, keyed: bool) -> str:
    """What is asked before it is seen, and where to write it; or what came out."""
    if asked.kind == "choice":
        field = _list(escape(choice) for choice in asked.choices)
    else:
        unit = f" {asked.unit}" if asked.unit not in ("", "%") else asked.unit
        at = f", at {asked.axis} {', '.join(f'{place:g}' for place in asked.at)}" if asked.at else ""
        low, high = (f"{end:g}".replace("-", "−") for end in (asked.low, asked.high))
        field = f"<p>Between {low} and {high}{escape(unit)}{escape(at)}.</p>"
    answer = LINE
    if keyed:
        try:
            answer = f"<p><b>It came to: {escape(in_words(claims.value(asked.outcome), asked))}</b></p>"
        except claims.ClaimError as error:
            answer = f"<p>{escape(str(error))}</p>"
    return f'<div class="asked"><p><b>Your prediction.</b> {escape(asked.ask)}</p>{field}{answer}</div>'


def _questions(lesson: Lesson, ids: list[str], keyed: bool) -> None:
    known = questions_of(lesson.path.parent)
    chosen = {id_: known[id_] for id_ in ids if id_ in known}
    asked = converted(lesson, chosen, lambda one: (_pictured(one, keyed), _question(one, keyed)))
    for id_, (pictured, html) in asked.items():
        counted = f"<b>{list(known).index(id_) + 1}.</b> "  # as on the lesson's page
        if pictured:
            mount("question", pictured | {"stem": counted + pictured["stem"]}, f"asked-{id_}")
        else:
            prose(f'<div class="asked"><p>{counted}{html}</div>', {}, key=f"asked-{id_}")


def _question(asked: Variant, keyed: bool) -> str:
    """A question as HTML that begins within a paragraph, with a line to write on or its answer. Raises ClaimError."""
    question, card = asked.question, asked.question.to_anki(asked)
    answer = f"<p>{_with_maths(card.back)}</p>" if card and keyed else ""
    explained = f"<p>{phrase(asked.text(question.explain)).html}</p>" if keyed else LINE
    return f"{phrase(asked.text(question.stem)).html}</p>{_with_maths(card.front) if card else ''}{answer}{explained}"


def _pictured(asked: Variant, keyed: bool) -> dict[str, Any] | None:
    """A question that is answered in a picture, for question.js, with what is right in it if `keyed`; None for another.
    Raises ClaimError.
    """
    question = asked.question
    if not isinstance(question, FigureQuestion):
        return None
    told = {"score": 1, "tries": 1, "said": "", "of_options": {}, "given": None, "key": asked.key(), "sure": ""}
    return {
        "id": question.id,
        "asked": question.id,
        "number": 0,
        "kind": question.kind,
        "stem": phrase(asked.text(question.stem)).html,
        "hints": [],
        "field": question.field(asked, ""),
        "grade": told if keyed else None,
        "explain": phrase(f"{asked.text(question.right)} {asked.text(question.explain)}").html if keyed else "",
        "back": {"href": "", "title": ""},
        "paper": True,
    }


def _with_maths(html: str) -> str:
    """A flashcard's side, whose formulas are TeX, as a page shows it."""
    return _TEX.sub(lambda found: mathml(unescape(found[1]), "inline") or found[1], html)


def _list(items: Any) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def _sources(lesson: Lesson) -> str:
    said = (f"{escape(one.text)} <span>{escape(one.url or '')}</span>" for one in lesson.sources.values())
    return f'<ol class="sources">{"".join(f"<li>{one}</li>" for one in said)}</ol>'
