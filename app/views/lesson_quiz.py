"""The quiz of a lesson: one question at a time, the row of all of them, and how it went."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from app.components.quiz_row import chosen, quiz_row
from app.server import identity
from app.store import Store
from app.teaching.lessons import QUIZ, Lesson
from app.views import errors, quiz, quiz_end
from app.views.lesson_state import LESSON_STATE, LessonState


def seat_of(tab: LessonState, store: Store, lesson: Lesson) -> quiz.Seat:
    """Where the learner answers the questions of a lesson."""
    learner = identity.learner_from(st.context.cookies)
    given = [one for one in tab.answers if one.lesson == lesson.id] if learner is None else []
    aside = frozenset(tab.aside.get(lesson.id, ()))
    answers = store.answers.of(learner, lesson.id) if learner else given
    return quiz.Seat(lesson, learner, answers, aside, leads_to=tab.leads_to)


def step(tab: LessonState, store: Store, seat: quiz.Seat) -> None:
    """Draw the question that the learner is at, else the first that is open; else how it went."""
    asked = tab.question if tab.question in seat.known() else seat.open_after("")
    quiz_row(seat.marks(), asked, _press(_to_question, store))
    if asked:
        question(asked, store, seat)
    else:
        quiz_end.summary(seat, on_retry=_press(_retry, store))


def question(id_: str, store: Store, seat: quiz.Seat) -> None:
    """Draw one question."""
    presses = (_press(act, store, id_) for act in (_answer, _ask_again, _next_question, _read_again))
    on_answer, on_again, on_next, on_read = presses
    quiz.ask(seat, id_, on_answer=on_answer, on_again=on_again, on_next=on_next, on_read=on_read)


def way_back(tab: LessonState) -> None:
    """Draw the way back to the question whose step is read once more."""
    st.button("Back to the question", key="back-to-question", on_click=_press(_back_to, tab.question))


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


_press = partial(errors.pressing, LESSON_STATE)


def _answer(tab: LessonState, session: Mapping[str, Any], store: Store, id_: str) -> None:
    """Keep the answer to a question; the quiz is done when all are answered."""
    lesson, _, _ = tab.section()
    given = quiz.answered(seat_of(tab, store, lesson), id_, session)
    if isinstance(given, str):
        tab.notice = given
    elif given is not None:
        quiz.keep(store, identity.learner_from(st.context.cookies), given, tab.answers)
        tab.question = id_ if tab.step == QUIZ else ""
        seat = seat_of(tab, store, lesson)
        set_aside(tab, seat, [])
        if quiz.all_answered(seat):
            note(tab, store)


def _ask_again(tab: LessonState, session: Mapping[str, Any], store: Store, id_: str) -> None:
    """Ask a question once more, with other numbers if it has some."""
    lesson, _, _ = tab.section()
    seat = seat_of(tab, store, lesson)
    if quiz.asked_again(seat, id_, session):
        set_aside(tab, seat, [id_])


def _next_question(tab: LessonState, session: Mapping[str, Any], store: Store, id_: str) -> None:
    """To the next question that is still open, or to the end."""
    seat = seat_of(tab, store, tab.section()[0])
    if quiz.wants_next(seat, id_, session):
        tab.question = tab.leads_to = seat.open_after(id_)


def _to_question(tab: LessonState, session: Mapping[str, Any], store: Store) -> None:
    """To a question of the row."""
    id_ = chosen(session)
    if id_ in seat_of(tab, store, tab.section()[0]).known():
        tab.question = tab.leads_to = id_


def _retry(tab: LessonState, _session: Mapping[str, Any], store: Store) -> None:
    """Ask anew what was not right; what was stays as it is."""
    lesson, _, _ = tab.section()
    seat = seat_of(tab, store, lesson)
    again = quiz_end.result(seat).again
    set_aside(tab, seat, again)
    tab.question = tab.leads_to = again[0] if again else ""


def _read_again(tab: LessonState, session: Mapping[str, Any], store: Store, id_: str) -> None:
    """To the step that a question is about, and from there back to the question."""
    lesson, _, _ = tab.section()
    seat = seat_of(tab, store, lesson)
    if quiz.wants_to_read(seat, id_, session):
        tab.go(lesson.id, seat.known()[id_].tests, id_)


def _back_to(tab: LessonState, _session: Mapping[str, Any], id_: str) -> None:
    tab.go(tab.lesson, QUIZ, id_)
    tab.leads_to = id_


def set_aside(tab: LessonState, seat: quiz.Seat, ids: Iterable[str]) -> None:
    """These questions are asked again; what was set aside and has been answered since is forgotten."""
    latest = {id_: mine[-1].mark for id_ in seat.known() if (mine := seat.mine(id_))}
    before = tab.aside.get(seat.lesson.id, set()) & set(latest.values())
    tab.aside[seat.lesson.id] = before | {latest[id_] for id_ in ids if id_ in latest}


def note(tab: LessonState, store: Store) -> None:
    """The step that is shown is done."""
    learner = identity.learner_from(st.context.cookies)
    if learner is None:
        tab.done.add((tab.lesson, tab.step))
    else:
        store.lessons.note_step(learner, tab.lesson, tab.step)
