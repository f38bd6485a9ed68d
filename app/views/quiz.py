"""The questions of a lesson on its page: what is asked, how an answer is graded and kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.components.question import Pressed, again, on, pressed, question
from app.store import Answer, Store
from app.store.answers import SURE
from app.teaching.bug_questions import hunted
from app.teaching.checks.teacher_says import image_label, teacher_says
from app.teaching.claims import Claim, in_words
from app.teaching.grading import Grade, NoAnswer, answer_to, choices, grade
from app.teaching.lessons import Lesson
from app.teaching.pick_charts import chart_of
from app.teaching.plain import ClaimError
from app.teaching.prose import phrase
from app.teaching.questions import Asked, BugHunt, Choosing, Curve, Drawn, Numeric, Order, Pick, Slider, questions_of
from app.teaching.variants import Variant, filled, fresh, in_order_of, variant, variants

MISSING = "This question could not be read. A fresh copy of the app has it."
UNASKED = "This question cannot be asked: {why} A fresh copy of the app can."
MOVED_ON = "This question was answered or asked anew meanwhile, in another tab perhaps. Here it is as it stands now."
CHANGED = "What you chose then is no longer among what can be chosen here: what is shown was recorded anew since."
AGAIN, ANEW = "Try once more", "Once more, with {other}"
OTHERS = {
    "image": "another image",
    "run": "another run",
    "bug": "another mistake",
    "of": "another class",
}  # by what a question varies


@dataclass(frozen=True)
class Posed:
    """How a question stands outside its lesson's quiz. after: how many answers it had when it was posed, so that the
    next one is the answer to it; number, of: its place, 0 where there is no row of them; on: what the way on is called.
    """

    after: int
    number: int
    of: int
    on: str


@dataclass(frozen=True)
class Seat:
    """Where a learner sits. answers: theirs in this lesson, the latest last; aside: marks of those that were set aside,
    so that their questions are asked again. posed: where one question is asked by itself; leads_to: the question that
    the learner is led to.
    """

    lesson: Lesson
    learner: str | None
    answers: Sequence[Answer]
    aside: frozenset[str] = frozenset()
    posed: Posed | None = None
    leads_to: str = ""

    def mine(self, id_: str) -> list[Answer]:
        """Their answers to a question."""
        return [answer for answer in self.answers if answer.question == id_]

    def known(self) -> Mapping[str, Asked]:
        """The questions of the lesson."""
        return questions_of(self.lesson.path.parent)

    def asked(self, id_: str) -> tuple[Variant, Answer | None]:
        """(how a question is asked now, the answer that it has already). Raises KeyError, ClaimError."""
        known, mine = self.known()[id_], self.mine(id_)
        given = mine[self.posed.after :] if self.posed else [one for one in mine[-1:] if one.mark not in self.aside]
        last = next((one for one in given if one.v == known.v), None)
        return variant(
            known, last.variant if last else fresh(known, [one.variant for one in mine if one.v == known.v])
        ), last

    def key(self, id_: str) -> str:
        """Of a question's component: questions that are posed one after the other share one."""
        return "question-posed" if self.posed else f"question-{self.lesson.id}-{id_}"


def ask(
    seat: Seat,
    id_: str,
    *,
    on_answer: Callable[[], None],
    on_again: Callable[[], None] | None = None,
    on_next: Callable[[], None] | None = None,
) -> None:
    """Draw one question."""
    if id_ not in seat.known():
        st.markdown(MISSING)
        return
    try:
        data = shown(seat, id_)
    except ClaimError as error:
        st.markdown(UNASKED.format(why=error))
        return
    question(data, key=seat.key(id_), on_answer=on_answer, on_again=on_again, on_next=on_next)


def shown(seat: Seat, id_: str) -> dict[str, Any]:
    """What the browser gets of a question. Raises ClaimError."""
    asked, last = seat.asked(id_)
    known, ids = asked.question, list(seat.known())
    section = seat.lesson.section(known.tests)
    data = {
        "id": id_,
        "asked": asking(seat, id_),
        "number": seat.posed.number if seat.posed else ids.index(id_) + 1,
        "of": seat.posed.of if seat.posed else len(ids),
        "kind": getattr(known, "kind", ""),
        "stem": _html(asked, known.stem),
        "hints": [_html(asked, hint) for hint in known.hints],
        "confidence": known.confidence,
        "field": _field(asked, seat.learner or ""),
        "grade": None,
        "leads": id_ == seat.leads_to,
    }
    if last is None:
        return data
    found = _graded(asked, last)
    data["grade"] = _told(found, last)
    data["explain"] = _html(asked, known.explain)
    address = {"lesson": seat.lesson.id, "step": known.tests}
    data["back"] = {"href": f"lesson?{urlencode(address)}", "title": section.title if section else seat.lesson.title}
    data["next"] = seat.posed.on if seat.posed else ""
    data["again"] = "" if seat.posed else anew_words(known) or ("" if found.right else AGAIN)
    return data


def anew_words(known: Asked) -> str:
    """What leads to another variant of a question; "" where there is none."""
    if variants(known) < 2:
        return ""
    if isinstance(known, BugHunt):
        return ANEW.format(other=OTHERS["run"])
    return ANEW.format(other=next((words for name, words in OTHERS.items() if name in known.vary), "other numbers"))


def asking(seat: Seat, id_: str) -> str:
    """Names one asking of a question, so that an answer to an earlier one is not taken for this one's."""
    asked, last = seat.asked(id_)
    mine = seat.mine(id_)
    return f"{seat.lesson.id}.{id_}.{asked.question.v}.{asked.number}.{mine.index(last) if last else len(mine)}"


def _graded(asked: Variant, last: Answer) -> Grade:
    """What was said of an answer. Raises ClaimError."""
    try:
        return grade(asked, json.loads(last.given_json))
    except NoAnswer:  # what is shown of a recorded run has changed since, and with it what can be chosen
        return replace(grade(asked, answer_to(asked)), score=last.score, said=CHANGED)


def _told(found: Grade, last: Answer) -> dict[str, Any]:
    return {
        "score": found.score,
        "said": phrase(found.said).html,
        "of_options": {id_: phrase(words).html for id_, words in found.of_options.items()},
        "key": found.key,
        "given": json.loads(last.given_json),
        "sure": last.sure,
        "lit": found.lit,
    }


def _html(asked: Variant, words: str) -> str:
    return phrase(asked.text(words)).html


def _field(asked: Variant, learner: str) -> dict[str, Any]:
    """How the question is answered, without what would be right. Raises ClaimError."""
    known = asked.question
    match known:
        case Choosing():
            words = {option.id: _html(asked, option.text) for option in known.options}
            return {"options": [{"id": id_, "html": words[id_]} for id_ in in_order_of(learner, known, list(words))]}
        case Numeric():
            return {"unit": known.unit}
        case Order():
            said = {item.id: phrase(asked.text(item.text)) for item in known.items}
            ids = in_order_of(learner, known, list(said))
            ids = ids if ids != list(said) else ids[::-1]  # never right from the start
            items = [{"id": id_, "html": said[id_].html} for id_ in ids]
            return {"items": items, "plain": {id_: said[id_].text for id_ in ids}}
        case Slider():
            logits = filled(known.gives, {**asked.drawn, "x": known.start}).args.get("logits")
            numbers = {name: getattr(known, name) for name in ("dial", "low", "high", "step", "start", "unit")}
            return numbers | {"logits": logits, "reads": _reads(known, asked)}
        case Curve():
            return {name: getattr(known, name) for name in ("at", "axis", "low", "high", "step", "unit")}
        case Pick():
            return _pictured(known, asked)
        case BugHunt():
            found = hunted(asked)
            ids = in_order_of(learner, known, found.options)
            return {"rows": found.rows, "options": [{"id": id_, "html": phrase(found.title(id_)).html} for id_ in ids]}
    raise TypeError(f"no field for a {type(known).__name__}")


def _reads(known: Slider, asked: Variant) -> list[dict[str, Any]]:
    """What can be read at each stop of a dial."""
    stops, drawn = tuple(known.stop(at) for at in range(known.stops)), tuple(asked.drawn.items())
    return [
        {"words": words, "at": _at_stops(read.model_dump_json(), drawn, stops)} for words, read in known.reads.items()
    ]


@lru_cache(maxsize=32)  # a quiz is drawn anew with every answer, and this takes longer than all the rest of it
def _at_stops(read: str, drawn: tuple[tuple[str, Drawn], ...], stops: tuple[float, ...]) -> tuple[str, ...]:
    claim = Claim.model_validate_json(read)
    return tuple(in_words(filled(claim, {**dict(drawn), "x": stop})) for stop in stops)


def _pictured(known: Pick, asked: Variant) -> dict[str, Any]:
    if known.chart is not None:
        return {"chart": chart_of(asked, known.chart).told()}
    offered = choices(known, asked)
    sheet = f"api/data/{known.data}/test"
    if known.images:
        seen = [f"Test image {image}, labelled {image_label(known.data, int(image))}" for image in offered]
        return {"choices": offered, "images": [f"{sheet}/{image}.png" for image in offered], "seen": seen}
    image = int(asked.of(known.image))
    shares = [share / 100 for share in teacher_says(known.data, image, float(asked.of(known.temperature)))]
    return {"choices": offered, "image": f"{sheet}/{image}.png", "shares": shares}


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def answered(seat: Seat, id_: str, session: Mapping[str, Any]) -> Answer | str | None:
    """The answer that was given, graded; a sentence where it is none; None where nothing was pressed."""
    said: Pressed | None = pressed(session, seat.key(id_))
    if said is None or id_ not in seat.known() or any(one.press == said.press for one in seat.answers):
        return None
    try:
        asked, last = seat.asked(id_)
        if last is not None or said.asked != asking(seat, id_):
            return MOVED_ON
        found = grade(asked, said.given)
    except (NoAnswer, ClaimError) as error:
        return str(error)
    sure = said.sure if said.sure in SURE else ""
    where = (said.press[:60], seat.lesson.id, id_, asked.question.v, asked.number)
    return Answer(*where, json.dumps(said.given), found.score, sure, 0)


def asked_again(seat: Seat, id_: str, session: Mapping[str, Any]) -> bool:
    """Whether the learner wants a question, answered as it is shown, once more."""
    return again(session, seat.key(id_)) == asking(seat, id_)


def wants_next(seat: Seat, id_: str, session: Mapping[str, Any]) -> bool:
    """Whether the learner has read what was said of an answer, and wants the next question."""
    return on(session, seat.key(id_)) == asking(seat, id_)


def keep(store: Store, learner: str | None, answer: Answer, without: list[Answer]) -> None:
    """Keep an answer; without: the answers of a visitor whose browser sends no cookie."""
    if learner is None:
        without.append(replace(answer, at=time.time()))
    else:
        store.answers.add(learner, answer)


def all_answered(seat: Seat) -> bool:
    """Whether every question of the lesson has an answer to its present version."""
    known = seat.known().values()
    return all(any(one.v == asked.v for one in seat.mine(asked.id)) for asked in known)
