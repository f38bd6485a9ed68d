"""The course: why anybody cares, in a picture that moves, and the map of its lessons. Where the app opens."""

import logging
import time
from functools import partial
from pathlib import Path

import streamlit as st

from app.catalog.available import lab_sets
from app.components.prose import prose
from app.figures.answers.figure import draw_a_digit
from app.figures.cases.figure import cases
from app.figures.four_steps import four_steps
from app.figures.to_scale.figure import to_scale
from app.server import identity
from app.store import Progress, Store, shared
from app.teaching.learner_progress import LearnerProgress, learner_progress
from app.teaching.lessons import Lesson, lessons, picture, shared_pictures
from app.teaching.minutes import minutes
from app.views import actions, errors, lab, mastery, next_step, routes
from app.views.lab_state import LabState

STYLE = Path(__file__).with_name("lesson.css")
LINES = (
    "Models that run inside a phone, that know at once what you said, that read a doctor’s notes: many a small one was "
    "taught by a large one. That is called distillation. Here you can do the whole of it, for real, in a few seconds, "
    "and then find out step by step what the small one gained."
)
CASES = (  # without the one of which lesson zero asks for a prediction
    "gemini-nano",
    "voice",
    "distil-whisper",
    "deepseek",
    "clinics",
    "bioacoustics",
    "mobilebert",
    "gemma",
)
TRAINED = "trained-from-course"  # in the session: a press has done so
DRAWS = "draws-on-course"  # in the session: the pad lies where the picture was
NO_BREAK = "\u00a0"
OPTIONAL = ", not needed for the rest"
LAB = "Everything adjustable, with no rails: train, compare, sweep."
CHALLENGES = (
    "Targets to reach in the lab, each checked by the app: 93% from 500 labels, say, or a teacher that does harm."
)
NO_LESSONS = "This copy of the app has no readable lesson. Get a fresh copy; the lab works without."
TRANSFER = (
    "A teacher, drawn as a large grid of nodes, passes what it knows to a student, a small grid. "
    "The student’s answers are made to match the teacher’s."
)


@errors.page
def page() -> None:
    """Draw the page. An address of the lab's, from before the course was here, leads there."""
    if st.query_params:
        st.switch_page(routes.to("lab"), query_params=dict(st.query_params))
    if st.session_state.pop(TRAINED, False):
        st.switch_page(routes.to("lab"), query_params=st.session_state[lab.TAB].query())
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
                    st.button("Train a small one now", key="train-now", on_click=errors.press(partial(_train, store)))
                draws = _way_to_draw()
        with st.container(key="course-picture"):
            if draws:
                draw_a_digit(store, key="first-drawing")
            else:
                to_scale(others=True, key="first-picture")
        with st.container(key="course-steps"):
            st.header("How a small model is made", anchor=False)
            with st.container(key="course-diagram"):
                _transfer()
            four_steps(key="four-steps")
        with st.container(key="course-cases"):
            st.header("Who else does it, and what for", anchor=False)
            cases(CASES, key="cases")
        with st.container(key="course-map"):
            st.header("The lessons", anchor=False)
            if stands.today:
                with st.container(key="to-review", width="content"):
                    st.page_link(routes.to("review"), label=mastery.today_words(stands.today))
            if not known:
                st.markdown(NO_LESSONS)
            if progress and not next_step.left(known, progress):
                with st.container(key="to-back", width="content"):
                    st.page_link(routes.to("looking back"), label=f"You are through. {mastery.LOOK_BACK}")
            with st.container(key="lessons"):
                for lesson in known:
                    here, now = stands.of(lesson.id), lesson == next_step.following(known, progress)
                    _card(lesson, next_step.done(lesson, progress), due=bool(here and here.due), now=now)
                with st.container(key="card-lab", gap="xxsmall"):
                    st.markdown(":violet[Any time]")
                    st.subheader("The lab", anchor=False)
                    st.markdown(LAB)
                    st.page_link(routes.to("lab"), label="Open the lab")
                with st.container(key="card-challenges", gap="xxsmall"):
                    st.markdown(":violet[After a lesson or two]")
                    st.subheader("The challenges", anchor=False)
                    st.markdown(CHALLENGES)
                    st.page_link(routes.to("challenges"), label="Take one on")


def _train(store: Store) -> None:
    """Train the lab’s first experiment, which the lab then shows; so it does if that cannot be done, and why."""
    before: LabState | None = st.session_state.get(lab.TAB)
    tab = LabState(started=before.started if before else set(), acted=True)
    actions.train(tab, store, identity.learner_from(st.context.cookies))
    st.session_state[lab.TAB], st.session_state[TRAINED] = tab, True


def _way_to_draw() -> bool:
    """The button that opens the pad, or closes it; returns whether it is open."""
    digits = lab_sets().get("mnist")
    if not digits or not digits.here:
        return False
    draws = bool(st.session_state.get(DRAWS))
    with st.container(key="to-draw", width="content"):
        label = "Back to the picture" if draws else "Draw a digit for both"
        st.button(label, key="draw-now", on_click=errors.press(partial(_draw, not draws)))
    return draws


def _draw(wanted: bool) -> None:
    st.session_state[DRAWS] = wanted


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
    kind = "now-" if now else "deep-" if lesson.is_deep else ""
    with st.container(key=f"card-{kind}{lesson.id}", gap="xxsmall"):
        facts = [f"{lesson.label}{OPTIONAL if lesson.is_deep else ''}", minutes(lesson).words]
        facts += [next_step.state_words(lesson, done)] if done else []  # else “Begin” says it
        facts += ["to review"] if due else []
        st.markdown(f":violet[{' · '.join(facts).replace(' ', NO_BREAK).replace('·' + NO_BREAK, '· ')}]")
        st.subheader(lesson.title, anchor=False)
        st.markdown(f"*{lesson.question}*")
        st.markdown(lesson.shows)
        if done:
            marks = "<i data-done></i>" * len(done) + "<i></i>" * (count - len(done))
            st.html(f'<div class="steps-done" aria-hidden="true">{marks}</div>')
        label = "Read it again" if len(done) == count else "Continue" if done else "Begin"
        st.page_link(routes.to("lesson"), label=label, query_params=next_step.place(lesson, done))
