"""The course: what it is about, in a picture that moves, and the map of its lessons. Where the app opens."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import streamlit as st

from app.components.prose import prose
from app.figures.four_steps import four_steps
from app.figures.softening.figure import softening
from app.server import identity
from app.store import Progress, shared
from app.teaching.learner_progress import LearnerProgress, learner_progress
from app.teaching.lessons import Lesson, lessons, picture, shared_pictures
from app.views import errors, mastery, next_step, routes

STYLE = Path(__file__).with_name("lesson.css")
LINES = (
    "A large network reads digits, and says how much each looks like every other. A small network can learn from that. "
    "Watch it learn here, for real, on this machine."
)
LAB = "Everything adjustable, with no rails: train, compare, sweep, and try the challenges."
NO_LESSONS = "This copy of the app has no readable lesson. Get a fresh copy; the lab works without."
FIRST_PICTURE = {"data": "mnist", "temperature": 1, "plays": True}
TRANSFER = (
    "A teacher, drawn as a large grid of nodes, passes what it knows to a student, a small grid. "
    "The student’s answers are made to match the teacher’s."
)


@errors.page
def page() -> None:
    """Draw the page. An address of the lab's, from before the course was here, leads there."""
    if st.query_params:
        st.switch_page(routes.to("lab"), query_params=dict(st.query_params))
    store, known = shared(), list(lessons().values())
    learner = identity.learner_from(st.context.cookies)
    progress = store.lessons.progress(learner) if learner else []
    stands = learner_progress(known, store.answers.of(learner), time.time()) if learner else LearnerProgress()
    st.html(STYLE)
    with st.container(key="course"):
        with st.container(key="course-words", gap="small"):
            st.title("A big network teaches a small one", anchor=False)
            st.markdown(LINES)
            with st.container(key="course-ways", horizontal=True, vertical_alignment="center", gap="small"):
                if known:
                    _way_in(known, progress)
                with st.container(key="to-lab", width="content"):
                    st.page_link(routes.to("lab"), label="Train two students now")
        with st.container(key="course-picture"):
            softening(FIRST_PICTURE, key="first-picture")
        with st.container(key="course-diagram"):
            _transfer()
        with st.container(key="course-map"):
            st.header("The lessons", anchor=False)
            if stands.today:
                with st.container(key="to-review", width="content"):
                    st.page_link(routes.to("review"), label=mastery.today_words(stands.today))
            if not known:
                st.markdown(NO_LESSONS)
            with st.container(key="lessons"):
                for lesson in known:
                    here, now = stands.of(lesson.id), lesson == next_step.following(known, progress)
                    _card(lesson, next_step.done(lesson, progress), due=bool(here and here.due), now=now)
                with st.container(key="card-lab", gap="xxsmall"):
                    st.markdown(":violet[Any time]")
                    st.subheader("The lab", anchor=False)
                    st.markdown(LAB)
                    st.page_link(routes.to("lab"), label="Open the lab")
        with st.container(key="course-steps"):
            st.header("How a small model is made", anchor=False)
            four_steps(key="four-steps")


def _transfer() -> None:
    """The picture of teacher and student; nothing if it is missing, which the log says."""
    try:
        drawing = picture(shared_pictures() / "transfer.svg", TRANSFER)
    except OSError as error:
        logging.getLogger(__name__).warning("a picture is left out: %s", error)
        return
    prose(drawing, {}, key="transfer")


def _way_in(known: list[Lesson], progress: list[Progress]) -> None:
    label, address = next_step.way_in(known, progress)
    st.page_link(routes.to("lesson"), label=f":yellow[**{label}**]", query_params=address)


def _card(lesson: Lesson, done: set[str], *, due: bool, now: bool) -> None:
    """One lesson of the map. due: there is something to review; now: it is the next."""
    count = len(lesson.sections)
    state = "finished" if len(done) == count else f"{len(done)} of {count} steps done" if done else "not begun"
    with st.container(key=f"card-{'now-' if now else ''}{lesson.id}", gap="xxsmall"):
        st.markdown(
            f":violet[Lesson {lesson.number} · {lesson.minutes} minutes · {state}{' · to review' if due else ''}]"
        )
        st.subheader(lesson.title, anchor=False)
        st.markdown(f"*{lesson.question}*")
        st.markdown(lesson.shows)
        if done:
            marks = "<i data-done></i>" * len(done) + "<i></i>" * (count - len(done))
            st.html(f'<div class="steps-done" aria-hidden="true">{marks}</div>')
        label = "Read it again" if len(done) == count else "Continue" if done else "Begin"
        st.page_link(routes.to("lesson"), label=label, query_params=next_step.place(lesson, done))
