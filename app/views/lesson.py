"""A lesson, one step at a time: words, a prediction, a figure that answers it, and the way on."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.catalog.rounding import rounded
from app.components import steps as step_row
from app.components.mount import mount, sent
from app.components.prose import prose
from app.figures.stage import Stage, show
from app.server import identity
from app.store import Store, shared
from app.teaching import claims
from app.teaching.figures import TRAINING, figures
from app.teaching.glossary import glossary, terms_in
from app.teaching.lessons import CORE, QUIZ, Block, Lesson, Section, lessons
from app.teaching.minutes import minutes
from app.teaching.plain import LessonError, Source
from app.views import address, class_link, errors, handout, lesson_quiz, next_step, projector, quiz, restart, routes
from app.views.lesson_state import LESSON_STATE, PAPER, LessonState, controls, open_address
from app.views.review_state import REVIEW_STATE

STYLE = Path(__file__).with_suffix(".css")
NO_LESSONS = "This copy of the app has no readable lesson. Get a fresh copy; the lab works without."
NOT_KEPT = f"Your browser sends no cookie, so what you do here is forgotten when you leave. {identity.ALLOW}"
LOCKED = "This opens when your prediction is saved."
TELLS = "This step tells what came out. Say first what you expect; it opens when your prediction is saved."
UNREADABLE = "This prediction could not be read. Set it once more, and save it."
EARLIER = (
    "You had predicted this before, in another tab perhaps. That prediction stays, since its outcome has been seen."
)
UNTOLD = "Your prediction is kept, but what came out cannot be told: {why} A fresh copy of the app can."
STAGED = ("figure", "formula")

_CITED = re.compile(r'href="#source-([a-z0-9-]+)"')


@dataclass(frozen=True)
class LessonVisit:
    """What is drawn. done: ids of the lesson's steps; saved: what was predicted in it, by the prediction's id."""

    tab: LessonState
    store: Store
    learner: str | None
    lesson: Lesson
    at: int
    done: set[str]
    saved: Mapping[str, Any]

    @cached_property
    def seat(self) -> quiz.Seat:
        """Read from the store only by a step that asks questions."""
        return lesson_quiz.seat_of(self.tab, self.store, self.lesson)

    @property
    def section(self) -> Section:
        """The step that is shown."""
        return self.lesson.sections[self.at]

    @cached_property
    def untold(self) -> set[str]:
        """The steps whose title would give away what is yet to be predicted."""
        return next_step.untold(self.lesson, self.at, self.done, self.saved.keys())

    @property
    def row(self) -> list[dict[str, Any]]:
        """The steps as their bar has them."""
        untold, done = self.untold, self.done
        return [
            {"id": one.id, "title": self.title(one), "told": one.id not in untold, "done": one.id in done}
            for one in self.lesson.sections
        ]

    def title(self, section: Section) -> str:
        """A step's title, or its number alone."""
        number = self.lesson.sections.index(section) + 1
        return f"Step {number}" if section.id in self.untold else section.title


@errors.page
def page() -> None:
    """Draw the step and keep the address in step."""
    store = shared()
    tab = address.current(LESSON_STATE, _opened)
    if address.leave(LESSON_STATE) is not None:
        st.switch_page(routes.to("looking back"))
    st.html(STYLE)
    if tab.lesson not in lessons():
        errors.notice([NO_LESSONS])
        return
    visit = _seen(_visit(tab, store))
    lesson = visit.lesson
    st.set_page_config(page_title=routes.titled(lesson.title))
    if tab.show in PAPER:
        handout.sheet(tab, lesson, handout.stage_of(_stage(visit), lesson))
        address.write(LESSON_STATE)
        return
    if tab.show:
        projector.enlarge()
    with st.container(key="lesson"):
        with st.container(key="lesson-head", gap="xsmall"):
            if not tab.show:
                st.markdown(f":violet[{lesson.label} · {minutes(lesson).words}]")
            st.title(lesson.title, anchor=False)
            if visit.at == 0 and not tab.show:
                st.markdown(f"*{lesson.question}*")
            _notices(visit)
            row = visit.row
            held = {"given": urlencode(tab.given), "fixed": sorted(tab.fixed), "hidden": sorted(tab.hidden)}
            step_row.steps(row, visit.section.id, held, tab.anew, _press(_chosen), _press(_acted, store))
        _way_back(visit)
        _step(visit)
        if tab.show:
            _bar(visit)
            address.write(LESSON_STATE)
            return
        _ways_on(visit)
        _sources(visit)
        with st.container(key="lesson-foot", gap="small"):
            with st.container(key="lesson-elsewhere", horizontal=True, gap="medium"):
                projector.offer(LESSON_STATE)
                handout.offer()
            class_link.offer(lesson, visit.section.id)
            restart.offer(
                len(visit.done & {section.id for section in lesson.sections}),
                len(visit.saved),
                asked=tab.asks_anew,
                ask=lambda asked: _press(_ask_anew, asked),
                forget=_press(_forget, store),
            )
    address.write(LESSON_STATE)


def _opened(params: dict[str, str], before: LessonState | None) -> LessonState:
    tab = open_address(params)
    if before:
        tab.done, tab.saved, tab.started, tab.anew = before.done, before.saved, before.started, before.anew
        tab.answers, tab.aside, tab.runs = before.answers, before.aside | tab.aside, before.runs
    return tab


def _visit(tab: LessonState, store: Store) -> LessonVisit:
    learner = identity.learner_from(st.context.cookies)
    lesson, at, _ = tab.section()
    if learner is None:
        noted = {step for id_, step in tab.done if id_ == lesson.id}
        kept = {name: value for (id_, name), value in tab.saved.items() if id_ == lesson.id}
        return LessonVisit(tab, store, learner, lesson, at, next_step.with_read(lesson, noted), kept)
    done = next_step.done(lesson, store.lessons.progress(learner))
    kept = {}
    for name, prediction in store.lessons.predictions(learner, lesson.id).items():
        asked = lesson.predictions.get(name)
        if asked and prediction.version == lesson.version:  # what an earlier version asked may have been something else
            kept[name] = asked.accepted(json.loads(prediction.value_json))
    kept = {name: it for name, it in kept.items() if it is not None}
    return LessonVisit(tab, store, learner, lesson, at, done, kept)


def _seen(visit: LessonVisit) -> LessonVisit:
    """A step that asks for nothing is done when it is seen; so are questions that were all answered when they stood in
    another lesson.
    """
    section = visit.section
    asks = not quiz.all_answered(visit.seat) if section.id == QUIZ else section.has_task
    if section.id in visit.done or asks or next_step.asked_elsewhere(visit.lesson, section, visit.saved):
        return visit
    lesson_quiz.note(visit.tab, visit.store)
    return replace(visit, done=visit.done | {visit.section.id})


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────


def _step(visit: LessonVisit) -> None:
    """Words before the figures, the figures, words after them: side by side if there is room."""
    if asked := next_step.asked_elsewhere(visit.lesson, visit.section, visit.saved):
        with st.container(key="step-plain"):
            st.header(visit.title(visit.section), anchor=False)
            with st.container(key="locked-step", gap="small"):
                st.markdown(TELLS)
                st.button("To the prediction", key="step-asked", on_click=_press(_go, asked))
        return
    if visit.section.id == QUIZ:
        with st.container(key="quiz", gap="medium"):
            st.header(visit.section.title, anchor=False)
            lesson_quiz.step(visit.tab, visit.store, visit.seat)
        return
    blocks = list(enumerate(visit.section.blocks))
    staged = [at for at, block in blocks if block.kind in STAGED]
    first = staged[0] if staged else len(blocks)
    parts = {
        "before": [(at, block) for at, block in blocks if at < first],
        "stage": [(at, block) for at, block in blocks if block.kind in STAGED],
        "after": [(at, block) for at, block in blocks if at > first and block.kind not in STAGED],
    }
    with st.container(key="step-staged" if staged else "step-core" if visit.section.id == CORE else "step-plain"):
        for name, part in parts.items():
            if not part and name != "before":
                continue
            with st.container(key=f"step-{name}", gap="medium"):
                if name == "before":
                    st.header(visit.section.title, anchor=False)
                for at, block in part:
                    if block.kind == "prose" and not visit.section.asked_before(at) <= visit.saved.keys():
                        continue
                    _block(block, f"{visit.lesson.id}-{visit.section.id}-{at}", visit)


def _block(block: Block, key: str, visit: LessonVisit) -> None:
    if block.kind == "prose":
        prose(block.html, _terms(block.html), key=f"prose-{key}")
    elif block.kind == "predict":
        _prediction(block.name, visit)
    elif block.kind == "question":
        lesson_quiz.question(block.name, visit.store, visit.seat)
    elif block.kind in STAGED:
        if not set(block.locks) <= visit.saved.keys() and not figures()[block.name].waits:
            with st.container(key=f"locked-{key}"):
                st.markdown(LOCKED)
        else:
            show(block.name, block.options, _stage(visit), key=f"{block.name}-{key}")


def _terms(html: str) -> dict[str, str]:
    try:
        known = glossary()
    except LessonError as error:  # the words stay, without their meanings
        logging.getLogger(__name__).warning("%s", error)
        return {}
    return {id_: known[id_].says for id_ in terms_in(html) if id_ in known}


def _prediction(name: str, visit: LessonVisit) -> None:
    asked, value = visit.lesson.predictions[name], visit.saved.get(name)
    key = f"predict-{visit.lesson.id}-{name}{f'-{visit.tab.anew}' if visit.tab.anew else ''}"
    try:
        outcome = None if value is None else claims.value(asked.outcome)
    except claims.ClaimError as error:
        with st.container(key="untold"):
            st.markdown(UNTOLD.format(why=error))
        return
    if isinstance(outcome, float) and asked.outcome.digits:
        outcome = float(rounded(outcome, asked.outcome.digits))  # as the text has it
    data = {
        "id": key,
        "saved": value,
        "outcome": outcome,
        "missed": "" if value is None else asked.lesson_of(value, outcome),
        **{field: getattr(asked, field) for field in ("kind", "ask", "unit", "low", "high", "step", "axis", "scale")},
        "choices": list(asked.choices),
        "at": list(asked.at),
        "races": name == visit.tab.just_saved and _is_raced_for(visit.section, name),
    }
    mount("predict", data, key, {"saved": _press(_save, visit.store, name, key)})


def _is_raced_for(section: Section, name: str) -> bool:
    """Whether a figure of the step shows what came out of a prediction as a race, which tells it at its end."""
    return any(
        figures()[block.name].races and name in block.locks for block in section.blocks if block.kind == "figure"
    )


def _stage(visit: LessonVisit) -> Stage:
    return Stage(
        store=visit.store,
        learner=visit.learner,
        lesson=visit.lesson.id,
        saved=visit.saved,
        settings=visit.tab.values,
        run_id=visit.tab.run_id,
        change=_change,
        say=_say,
        press=lambda act: _press(lambda _tab, _session: act()),
        lab=lambda query: f"{routes.to('lab').url_path}?{urlencode(query)}",
        fixed=visit.tab.held_values | (visit.tab.held & {TRAINING.key}),
        started=visit.tab.started,
        just_saved=visit.tab.just_saved,
    )


def _notices(visit: LessonVisit) -> None:
    if held := _held_words(visit.tab, visit.lesson):
        st.markdown(f":violet[{held}]")
    errors.notice([*visit.tab.sentences, *([] if visit.learner else [NOT_KEPT])])


def _held_words(tab: LessonState, lesson: Lesson) -> str:
    """What the link holds, in a sentence; "" if it holds nothing."""
    parts = ((tab.fixed - tab.hidden, "fixed"), (tab.hidden, "not shown"))
    words = {key: setting.words for key, setting in controls(lesson).items()}
    said = [f"{done}: {', '.join(words.get(key, key) for key in sorted(keys))}" for keys, done in parts if keys]
    return f"By the link that you opened, {'; '.join(said)}." if said else ""


def _bar(visit: LessonVisit) -> None:
    """On a projector: back, on, where one is, and the way out."""
    with st.container(key=f"show-{visit.tab.show}", horizontal=True, vertical_alignment="center", gap="small"):
        _back_and_on(visit)
        place = f"{visit.at + 1} of {len(visit.lesson.sections)}"
        st.markdown(f":violet[{visit.lesson.label}, {place}]", width="content")
        # a saved prediction opens a figure, which is fitted anew
        of = (visit.lesson.id, visit.section.id, visit.tab.question, *sorted(visit.saved))
        projector.way_out(LESSON_STATE, " ".join(map(str, of)))


def _back_and_on(visit: LessonVisit) -> None:
    sections, at = visit.lesson.sections, visit.at
    if at:
        before = sections[at - 1]
        st.button("Back", key="step-back", help=visit.title(before), on_click=_press(_go, before.id))
    if at + 1 < len(sections):
        label, on = f"Next: {visit.title(sections[at + 1])}", _press(_go, sections[at + 1].id)
    else:
        following = _after(visit.lesson)
        label, on = f"Next lesson: {following.title}" if following else "Look back", _press(_finish)
    st.button(f":yellow[**{label}**]", key="step-next", type="primary", on_click=on)


def _ways_on(visit: LessonVisit) -> None:
    sections, at = visit.lesson.sections, visit.at
    with st.container(key="ways-on", horizontal=True, vertical_alignment="center", gap="small"):
        _back_and_on(visit)
        if at + 1 == len(sections) and (deeper := _deeper(visit.lesson)):
            st.button(f"{deeper.label}: {deeper.title}", key="step-deeper", on_click=_press(_finish, deeper.id))
        if at + 1 == len(sections) and (following := _after(visit.lesson)):
            st.markdown(f"*{following.question}*", width="content")


def _way_back(visit: LessonVisit) -> None:
    """To the question whose step is read once more."""
    tab = visit.tab
    with st.container(key="way-back"):
        if tab.from_review:
            there = address.written(REVIEW_STATE)
            st.page_link(routes.to("review"), label="Back to the question", query_params=there)
        elif tab.question and visit.section.id != QUIZ:
            lesson_quiz.way_back(tab)


def _sources(visit: LessonVisit) -> None:
    """Those that the step cites, with the numbers that the words have."""
    cited = {name for block in visit.section.blocks for name in _CITED.findall(block.html)}
    items = [
        f'<li id="source-{name}" value="{at}">{_linked(source)}</li>'
        for at, (name, source) in enumerate(visit.lesson.sources.items(), start=1)
        if name in cited
    ]
    if items:
        key = f"sources-{visit.lesson.id}-{visit.section.id}"
        prose(f'<ol class="sources">{"".join(items)}</ol>', {}, key=key)


def _linked(source: Source) -> str:
    text, url = escape(source.text), escape(source.url)
    return f'<a href="{url}" target="_blank" rel="noopener">{text}</a>' if url else text


def _after(lesson: Lesson) -> Lesson | None:
    """The next lesson of the course; deep dives are no part of it."""
    return next((one for one in lessons().values() if one.number > lesson.number and not one.is_deep), None)


def _deeper(lesson: Lesson) -> Lesson | None:
    """The deep dive that follows a lesson; None if there is none."""
    return next((one for one in lessons().values() if one.number == lesson.number and one.place > lesson.place), None)


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


_press = partial(errors.pressing, LESSON_STATE)


def _go(tab: LessonState, _session: Mapping[str, Any], step: str) -> None:
    """On, or back."""
    tab.go(tab.lesson, step)


def _finish(tab: LessonState, _session: Mapping[str, Any], to: str = "") -> None:
    """To another lesson, the next one if none is named; from the last one to what was done in all of them."""
    following = lessons()[to] if to else _after(tab.section()[0])
    if following:
        tab.go(following.id, following.sections[0].id)
    else:
        tab.leave_for = {}


def _chosen(tab: LessonState, session: Mapping[str, Any]) -> None:
    step = step_row.told(session, "step")
    if step is not None and tab.section()[0].section(step):
        tab.go(tab.lesson, step)


def _acted(tab: LessonState, session: Mapping[str, Any], store: Store) -> None:
    """The learner did something in a figure: the step is done, unless it asks for a prediction, too."""
    _, _, section = tab.section()
    if step_row.told(session, "acted") == section.id and not any(block.kind == "predict" for block in section.blocks):
        lesson_quiz.note(tab, store)


def _save(tab: LessonState, session: Mapping[str, Any], store: Store, name: str, key: str) -> None:
    """Keep a prediction; the first one stays."""
    lesson, _, _ = tab.section()
    value = lesson.predictions[name].accepted(sent(session, key, "saved"))
    learner = identity.learner_from(st.context.cookies)
    if value is None:
        tab.notice = UNREADABLE
        return
    if learner is None:
        kept = tab.saved.setdefault((lesson.id, name), value)
    else:
        kept = json.loads(
            store.lessons.save_prediction(learner, lesson.id, name, lesson.version, json.dumps(value)).value_json
        )
    if kept != value:
        tab.notice = EARLIER
    tab.just_saved = name
    lesson_quiz.note(tab, store)


def _ask_anew(tab: LessonState, _session: Mapping[str, Any], asked: bool) -> None:
    tab.asks_anew = asked


def _forget(tab: LessonState, _session: Mapping[str, Any], store: Store) -> None:
    """Begin the lesson anew: its steps and predictions are forgotten."""
    lesson, _, _ = tab.section()
    learner = identity.learner_from(st.context.cookies)
    if learner is None:
        tab.done = {(id_, step) for id_, step in tab.done if id_ != lesson.id}
        tab.saved = {(id_, name): value for (id_, name), value in tab.saved.items() if id_ != lesson.id}
    else:
        store.lessons.forget(learner, lesson.id)
    seat = lesson_quiz.seat_of(tab, store, lesson)
    lesson_quiz.set_aside(tab, seat, seat.known())
    tab.anew += 1
    tab.go(lesson.id, lesson.sections[0].id)


def _change(**values: object) -> None:
    """What a figure was set to; `run_id` is the learner's own run."""
    tab: LessonState
    tab, _ = address.noted(LESSON_STATE)
    if "run_id" in values:
        run_id = values.pop("run_id")
        tab.run_id = None if run_id is None else str(run_id)
        tab.started |= {tab.run_id} if tab.run_id else set()
    values = {key: value for key, value in values.items() if key not in tab.held}
    tab.settings = tab.settings | values
    tab.given = {key: text for key, text in tab.given.items() if key not in values}


def _say(sentence: str) -> None:
    tab, _ = address.noted(LESSON_STATE)
    tab.notice = sentence
