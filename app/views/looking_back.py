"""Looking back: what the learner predicted and what came out, their best run, and where to go from here. To be kept."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from html import escape
from pathlib import Path

import streamlit as st

from app.catalog.available import drawable, lab_sets
from app.components.mount import mount
from app.components.prose import prose
from app.experiments.outcome import Outcome, of_run
from app.experiments.spec import RUN_KEY
from app.figures.answers.figure import draw_a_digit
from app.figures.pages import Subject
from app.server import identity
from app.store import Progress, Store, shared
from app.teaching.lessons import Lesson, folder, lessons
from app.teaching.looking_back import Guess, guesses, hope_words
from app.teaching.prose import prose as read_prose
from app.views import errors, next_step, routes
from app.views.progress import NO_COOKIE
from app.views.your_runs import named

STYLE = Path(__file__).with_suffix(".css")
TITLE, THROUGH = "So far", "You are through"
THANKS = (
    "You began with a professor who fills a lecture hall. You know now what her student owes her, and what it would "
    "have learned without her: you have measured both. Next time somebody shows you a student, you will ask for its "
    "twin.\n\nOne thing is left to do. Photograph two or three things of your own, have a teacher learn them, and find "
    "out whether its student needed it. This page is yours to keep."
)
LEFT = "This page fills as you go."
NOTHING = "You have predicted nothing yet. Each lesson asks before it shows."
NO_RUN = "You have not trained a student of your own yet. It takes a few seconds."
NO_GAIN = (
    "None of your own runs has shown that a teacher helps, so here is none. In lesson six it helps most by marking "
    "images that nobody has labelled."
)
LUCK = (
    "It is the largest gain of {count} runs that you made, so part of it is luck. Train it once more with other seeds."
)


@errors.page
def page() -> None:
    """Draw the page: one section below the other."""
    store, known = shared(), list(lessons().values())
    learner = identity.learner_from(st.context.cookies)
    st.html(STYLE)
    with st.container(key="looking-back"):
        if learner is None:
            st.title(TITLE, anchor=False)
            errors.notice([NO_COOKIE])
        else:
            _of(store, learner, known)
        with st.container(key="further"):
            st.header("Where to go from here", anchor="further")
            _further()


def _of(store: Store, learner: str, known: Sequence[Lesson]) -> None:
    progress = store.lessons.progress(learner)
    left = next_step.left(known, progress)
    st.title(TITLE if left else THROUGH, anchor=False)
    st.markdown(left_words(left) if left else THANKS)
    with st.container(key="keep", horizontal=True, vertical_alignment="center", gap="small"):
        if left:
            label, address = next_step.way_in(known, progress)
            st.page_link(routes.to("lesson"), label=f":yellow[**{label}**]", query_params=address)
        else:
            st.page_link(routes.to("your images"), label=":yellow[**Bring your own images**]")
        mount("print", {}, "print")
    with st.container(key="guesses", gap="small"):
        st.header("What you predicted", anchor="predicted")
        told = guesses(known, store.lessons.all_predictions(learner))
        st.markdown(hope_words(told) if told else NOTHING)
        if told:
            prose(table(told), {}, key="guesses-table")
    with st.container(key="best", gap="small"):
        st.header("Your best run", anchor="best")
        _best(store, learner)
    today = date.today()
    st.markdown(f":violet[Distillery, {today.day} {today:%B %Y}. {_done_words(known, progress)}]")


def left_words(left: Sequence[Lesson]) -> str:
    """What is left to do."""
    count = "One lesson is" if len(left) == 1 else f"{len(left)} lessons are"
    return f"{count} left: {' · '.join(lesson.title for lesson in left)}. {LEFT}"


def _done_words(known: Iterable[Lesson], progress: Sequence[Progress]) -> str:
    course = [lesson for lesson in known if not lesson.is_deep]
    return f"{len(course) - len(next_step.left(course, progress))} of {len(course)} lessons finished."


def table(told: Iterable[Guess]) -> str:
    """HTML: every prediction, what came out, and the gap with its sign."""
    rows = "".join(
        f'<tr><th scope="row"><span>{escape(one.lesson.title)}</span>{escape(one.ask)}</th><td>{escape(one.said)}</td>'
        f"<td>{escape(one.outcome)}</td><td>{escape(one.gap)}</td></tr>"
        for one in told
    )
    heads = "".join(f'<th scope="col">{words}</th>' for words in ("you said", "it came to", "the gap"))
    return f'<table class="guesses"><thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table>'


def best(outcomes: Iterable[Outcome]) -> Outcome | None:
    """The run in which a teacher helped most, among those that say “beats”."""
    won = [one for one in outcomes if one.gain and one.gain.kind == "better" and one.gain.stage == "finished"]
    return max(won, key=lambda one: (one.gain.mean or 0) if one.gain else 0, default=None)


def _best(store: Store, learner: str) -> None:
    outcomes = [of_run(run, last) for run, last in store.runs.listed(learner)]
    chosen = best(outcomes)
    if chosen and chosen.gain:
        st.markdown(f"**{named(chosen.title)}**")
        compared = sum(one.gain is not None for one in outcomes)
        st.markdown(chosen.gain.sentence + (f" {LUCK.format(count=compared)}" if compared > 1 else ""))
        st.page_link(routes.to("lab"), label="Open it in the lab", query_params={RUN_KEY: chosen.id})
        _drawing(store, chosen)
        return
    st.markdown(NO_GAIN if outcomes else NO_RUN)
    st.page_link(routes.to("lab"), label="To the lab")


def _drawing(store: Store, chosen: Outcome) -> None:
    """A pad on which the learner's own student reads, if it reads digits that can be drawn here."""
    spec = chosen.spec
    known = lab_sets().get(spec.data) if spec else None
    if spec and known and known.here and drawable(spec.data):
        with st.container(key="best-drawing"):
            subject = Subject(spec.data, spec.teacher, chosen.id, True, spec.arms, 1.0)
            draw_a_digit(store, key="best-drawing-pad", of=subject)


def _further() -> None:
    """What the lessons' folder says of papers and libraries; nothing if it says nothing, which the log does."""
    try:
        text = (folder() / "further.md").read_text(encoding="utf-8")
    except OSError as error:
        logging.getLogger(__name__).warning("nothing is said of where to go: %s", error)
        return
    prose(read_prose(text).html, {}, key="further-prose")
