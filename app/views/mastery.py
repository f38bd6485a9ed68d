"""How far a learner is: what to do now, then every lesson, folded to a line if nothing is open in it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from app.store import Progress, Store
from app.teaching.learner_progress import LearnerProgress, LessonProgress, ObjectiveProgress, learner_progress
from app.teaching.lessons import Lesson, lessons
from app.teaching.mastery import LEVELS, STEPS, Level
from app.teaching.review_session import when
from app.views import next_step, routes
from app.views.lesson_state import LESSON_KEY, STEP_KEY

STYLE = Path(__file__).with_name("review.css")
NOTHING = (
    "Each lesson ends in a few questions. What you answer there is shown here, and comes back before you forget it."
)
LOOK_BACK = "Look back, and ahead"
ENOUGH = "**That is enough for today.**"
NO_MORE = "**Nothing comes back today.**"


@dataclass(frozen=True)
class Standings:
    """What is drawn: the lessons, what the learner knows of them and has read, and when this was."""

    known: Sequence[Lesson]
    overview: LearnerProgress
    progress: Sequence[Progress]
    now: float


def standings_of(store: Store, learner: str) -> Standings:
    """How the learner stands now."""
    known, now = list(lessons().values()), time.time()
    return Standings(
        known, learner_progress(known, store.answers.of(learner), now), store.lessons.progress(learner), now
    )


def to_do(stands: Standings) -> None:
    """Draw what there is to do now."""
    st.html(STYLE)
    with st.container(key="now", gap="small"):
        st.markdown(now_words(stands.overview, stands.now))
        with st.container(key="now-ways", horizontal=True, vertical_alignment="center", gap="small"):
            _ways(stands.overview, stands.known, stands.progress)


def section(stands: Standings) -> None:
    """Draw how far the learner is."""
    overview = stands.overview
    with st.container(key="mastery", gap=None):
        st.header("How far you are", anchor="how-far")
        st.markdown(in_words(overview.lessons))
        for one in overview.lessons:  # each by itself: what the learner has unfolded stays so when another one changes
            st.html(lesson_html(one, next_step.done(one.lesson, stands.progress)))
        if _begun(overview):
            st.html(LEGEND)


def _ways(overview: LearnerProgress, known: Sequence[Lesson], progress: Sequence[Progress]) -> None:
    """What is due first, then the next lesson; the first way is the one that stands out."""
    if overview.today:
        st.page_link(routes.to("review"), label=f":yellow[**Review {'it' if overview.today == 1 else 'them'} now**]")
    if known and (next_step.following(known, progress) or not _begun(overview)):
        label, address = next_step.way_in(known, progress)
        shown = label if overview.today else f":yellow[**{label}**]"
        st.page_link(routes.to("lesson"), label=shown, query_params=address)
    elif not overview.today:
        st.page_link(routes.to("review"), label=":yellow[**Practise freely**]")
    if progress and not next_step.left(known, progress):
        st.page_link(routes.to("looking back"), label=LOOK_BACK)


def today_words(count: int) -> str:
    """What a link to the review says."""
    return f"Review: {'one question' if count == 1 else f'{count} questions'} today"


def now_words(overview: LearnerProgress, now: float) -> str:
    """What there is to do, before anything is pressed."""
    if not _begun(overview):
        return NOTHING
    if overview.today:
        comes = "One question comes" if overview.today == 1 else f"{overview.today} questions come"
        return f"**{comes} back today**, before you forget {'it' if overview.today == 1 else 'them'}."
    said = ENOUGH if overview.session.done else NO_MORE
    if overview.session.next_due is None:
        return said
    return f"{said} The next question comes back {when(overview.session.next_due, now)}."


def in_words(standings: Sequence[LessonProgress]) -> str:
    """In a sentence."""
    aims, secure = sum(len(one.aims) for one in standings), sum(one.secure for one in standings)
    if not any(one.answered for one in standings):
        asked = sum(one.questions for one in standings)
        return f"{len(standings)} lessons with {aims} objectives and {asked} questions, none of them answered yet."
    right = sum(one.right for one in standings)
    said = f"You have met {right} of {aims} objectives, {secure or 'none'} of them securely."
    return said if secure else f"{said} That takes right answers on two days."


def _begun(overview: LearnerProgress) -> bool:
    return any(one.answered for one in overview.lessons)


# ── one lesson ───────────────────────────────────────────────────────────────────────────────────────────────────


def lesson_html(standing: LessonProgress, done: set[str]) -> str:
    """One lesson and its objectives: open if they are begun, else folded. done: ids of the steps that were read."""
    lesson = standing.lesson
    secure = standing.secure == len(standing.aims)
    rows = "".join(_row(lesson, aim, told=bool(standing.answered)) for aim in standing.aims)
    href = _href(next_step.place(lesson, done))
    return (
        f'<section class="standing"{" data-secure" if secure else ""}>'
        f'<h3><a href="{href}"><span>{lesson.place}</span> <span>{escape(lesson.title)}</span></a></h3>'
        f"<details{' open' if standing.answered and not secure else ''}>"
        f"<summary>{_summary(standing, done)}</summary><ul>{rows}</ul></details></section>"
    )


def _summary(standing: LessonProgress, done: set[str]) -> str:
    count, state = len(standing.aims), next_step.state_words(standing.lesson, done)
    state = state[0].upper() + state[1:]
    due = f'<span class="due">{standing.due} due</span>' if standing.due else ""
    if standing.secure == count:
        return f"<span>{_shape(LEVELS['secure'])}{state} · all {count} objectives secure</span>{due}"
    if standing.secure:
        return f"<span>{state} · {standing.secure} of {count} objectives secure</span>{due}"
    if standing.answered:
        return f"<span>{state} · {standing.answered} of {standing.questions} questions answered</span>{due}"
    asked = f"{standing.questions} question{'' if standing.questions == 1 else 's'}"
    return f'<span>{escape(standing.lesson.question)}</span><span class="count">{state if done else asked}</span>'


def _row(lesson: Lesson, aim: ObjectiveProgress, *, told: bool) -> str:
    """An objective. told: its level, too."""
    step = next((one.id for one in lesson.sections if one.objective == aim.id), lesson.sections[0].id)
    link = f'<a href="{_href({LESSON_KEY: lesson.id, STEP_KEY: step})}">{escape(aim.words)}</a>'
    if not told:
        return f"<li>{link}</li>"
    due = f'<span class="due">{aim.due} due</span>' if aim.due else ""
    level = aim.mastery.level
    return f'<li>{link}<span class="level">{_shape(level)}{level.words}</span>{due}</li>'


def _shape(level: Level) -> str:
    full = "<i data-full></i>" * level.steps + "<i></i>" * (STEPS - level.steps)
    return f'<span class="shape" aria-hidden="true">{full}</span>'


def _href(address: dict[str, str]) -> str:
    return f"lesson?{escape(urlencode(address))}"


LEGEND = (
    '<dl class="levels">'
    + "".join(f"<div><dt>{_shape(one)}{one.words}</dt><dd>{one.says}</dd></div>" for one in LEVELS.values())
    + "</dl>"
)
