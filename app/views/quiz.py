"""The questions of a lesson on its page: what is asked, how an answer is graded and kept."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.components.question import PressedAnswer, again, on, pressed, question, read
from app.store import Answer, Store
from app.store.answers import SURE
from app.teaching.grading import Grade, NoAnswer
from app.teaching.lessons import Lesson
from app.teaching.plain import ClaimError
from app.teaching.prose import phrase
from app.teaching.question import Question
from app.teaching.questions import questions_of
from app.teaching.tries import askings, is_late, is_settled
from app.teaching.variants import Variant, fresh, variant, variants

MISSING = "This question could not be read. A fresh copy of the app has it."
UNASKED = "This question cannot be asked: {why} A fresh copy of the app can."
MOVED_ON = "This question was answered or asked anew meanwhile, in another tab perhaps. Here it is as it stands now."
CHANGED = "What you chose then is no longer among what can be chosen here: what is shown was recorded anew since."
AGAIN, ANEW = "Try it once more", "Try another one, with {other}"
NEXT, LAST = "Next question", "How it went"
OTHERS = {
    "image": "another image",
    "run": "another run",
    "bug": "another mistake",
    "of": "another class",
}  # by what a question varies


@dataclass(frozen=True)
class Standalone:
    """How a question stands outside its lesson's quiz. after: how many answers it had when it was posed, so that the
    next ones are tries of it; number, of: its place, 0 if there is no row of them; on: what the way on is called.
    """

    after: int
    number: int
    of: int
    on: str


class Mark(StrEnum):
    """How a question of a quiz went."""

    OPEN = "still open"
    RIGHT = "right"
    LATE = "right at the second try"
    PART = "partly right"
    MISSED = "not right"


@dataclass(frozen=True)
class Seat:
    """Where a learner sits. answers: theirs in this lesson, the latest last; aside: marks of those that were set aside,
    so that their questions are asked again. posed: if one question is asked by itself; leads_to: the question that
    the learner is led to.
    """

    lesson: Lesson
    learner: str | None
    answers: Sequence[Answer]
    aside: frozenset[str] = frozenset()
    posed: Standalone | None = None
    leads_to: str = ""

    def mine(self, id_: str) -> list[Answer]:
        """Their answers to a question."""
        return [answer for answer in self.answers if answer.question == id_]

    def known(self) -> Mapping[str, Question]:
        """The questions of the lesson."""
        return questions_of(self.lesson.path.parent)

    def asked(self, id_: str) -> tuple[Variant, list[Answer]]:
        """(how a question is asked now, the tries that were made of it already). Raises KeyError."""
        known, mine = self.known()[id_], self.mine(id_)
        since = self.posed.after if self.posed else 0
        before, now = (askings([one for one in part if one.v == known.v]) for part in (mine[:since], mine[since:]))
        tries = now[-1] if now and now[-1][-1].mark not in self.aside else []
        number = tries[-1].variant if tries else fresh(known, [one.variant for one in mine if one.v == known.v])
        return variant(known, number, len(before) + len(now) - bool(tries)), tries

    def mark(self, id_: str) -> Mark:
        """How a question went. Raises KeyError."""
        _, tries = self.asked(id_)
        if not is_settled(tries):
            return Mark.OPEN
        if tries[-1].score == 1:
            return Mark.LATE if is_late(tries) else Mark.RIGHT
        return Mark.PART if tries[-1].score else Mark.MISSED

    def marks(self) -> dict[str, Mark]:
        """How each question of the lesson went, in their order."""
        return {id_: self.mark(id_) for id_ in self.known()}

    def open_after(self, id_: str) -> str:
        """The next question that is still open, after this one or else from the first on; "" if none is."""
        ids, marks = list(self.known()), self.marks()
        first = ids.index(id_) + 1 if id_ in ids else 0
        return next((one for one in ids[first:] + ids[:first] if marks[one] is Mark.OPEN and one != id_), "")

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
    on_read: Callable[[], None] | None = None,
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
    question(data, key=seat.key(id_), on_answer=on_answer, on_again=on_again, on_next=on_next, on_read=on_read)


def shown(seat: Seat, id_: str) -> dict[str, Any]:
    """What the browser gets of a question. Raises ClaimError."""
    asked, tries = seat.asked(id_)
    known, ids = asked.question, list(seat.known())
    section = seat.lesson.section(known.tests)
    data = {
        "id": id_,
        "asked": asking(seat, id_),
        "number": seat.posed.number if seat.posed else ids.index(id_) + 1,
        "of": seat.posed.of if seat.posed else len(ids),
        "kind": known.kind,
        "stem": _html(asked, known.stem),
        "hints": [_html(asked, hint) for hint in known.hints],
        "confidence": known.confidence,
        "field": known.field(asked, seat.learner or ""),
        "grade": None,
        "missed": None,
        "leads": id_ == seat.leads_to,
    }
    if not tries:
        return data
    grade = _graded(asked, tries[-1])
    if not is_settled(tries):
        data["missed"] = _miss_json(grade, tries[-1])
        return data
    data["grade"] = _grade_json(grade, tries)
    data["explain"] = _html(asked, known.explain)
    address = {"lesson": seat.lesson.id, "step": known.tests}
    data["back"] = {"href": f"lesson?{urlencode(address)}", "title": section.title if section else seat.lesson.title}
    data["next"] = seat.posed.on if seat.posed else NEXT if seat.open_after(id_) else LAST
    data["again"] = "" if seat.posed else anew_words(known) or ("" if grade.right else AGAIN)
    return data


def anew_words(known: Question) -> str:
    """What leads to another variant of a question; "" if there is none."""
    if variants(known) < 2:
        return ""
    other = known.another or next((words for name, words in OTHERS.items() if name in known.vary), "other numbers")
    return ANEW.format(other=other)


def asking(seat: Seat, id_: str) -> str:
    """Names one asking of a question, so that an answer to an earlier one is not taken for this one's."""
    asked, tries = seat.asked(id_)
    mine = seat.mine(id_)
    place = mine.index(tries[-1]) if is_settled(tries) else len(mine)
    return f"{seat.lesson.id}.{id_}.{asked.question.v}.{asked.number}.{place}"


def _graded(asked: Variant, last: Answer) -> Grade:
    """What was said of an answer. Raises ClaimError."""
    try:
        return asked.grade(json.loads(last.given_json))
    except NoAnswer:  # what is shown of a recorded run has changed since, and with it what can be chosen
        return replace(asked.grade(asked.key()), score=last.score, said=CHANGED, nudge=CHANGED)


def _miss_json(grade: Grade, last: Answer) -> dict[str, Any]:
    """What is said of a first miss: nothing of what was not chosen."""
    given = json.loads(last.given_json)
    right = grade.key if isinstance(grade.key, list) else [grade.key]
    chosen = given if isinstance(given, list) else [given]
    wrong = {id_: words for id_, words in grade.of_options.items() if id_ in chosen and id_ not in right}
    return {
        "score": last.score,
        "said": phrase(grade.nudge).html,
        "of_options": {id_: phrase(words).html for id_, words in wrong.items()},
        "given": given,
        "sure": last.sure,
    }


def _grade_json(grade: Grade, tries: Sequence[Answer]) -> dict[str, Any]:
    last = tries[-1]
    return {
        "score": grade.score,
        "tries": len(tries),
        "said": phrase(grade.said).html,
        "of_options": {id_: phrase(words).html for id_, words in grade.of_options.items()},
        "key": grade.key,
        "given": json.loads(last.given_json),
        "sure": last.sure,
        "lit": grade.lit,
    }


def _html(asked: Variant, words: str) -> str:
    return phrase(asked.text(words)).html


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def answered(seat: Seat, id_: str, session: Mapping[str, Any]) -> Answer | str | None:
    """The answer that was given, graded; a sentence if it is none; None if nothing was pressed."""
    press: PressedAnswer | None = pressed(session, seat.key(id_))
    if press is None or id_ not in seat.known() or any(one.press == press.press for one in seat.answers):
        return None
    try:
        asked, tries = seat.asked(id_)
        if is_settled(tries) or press.asked != asking(seat, id_):
            return MOVED_ON
        score = asked.grade(press.given).score
    except (NoAnswer, ClaimError) as error:
        return str(error)
    sure = press.sure if press.sure in SURE else ""
    where = (press.press[:60], seat.lesson.id, id_, asked.question.v, asked.number)
    return Answer(*where, json.dumps(press.given), score, sure, 0)


def asked_again(seat: Seat, id_: str, session: Mapping[str, Any]) -> bool:
    """Whether the learner wants a question, answered as it is shown, once more."""
    return again(session, seat.key(id_)) == asking(seat, id_)


def wants_to_read(seat: Seat, id_: str, session: Mapping[str, Any]) -> bool:
    """Whether the learner wants to read the step once more that a question is about."""
    return read(session, seat.key(id_)) == asking(seat, id_)


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
