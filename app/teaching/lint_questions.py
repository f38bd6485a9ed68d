"""What is wrong with a lesson's questions, in sentences that name the file, the question and what to do.

Reading refuses what could not be asked; here is the rest: keys that no option has, traps that are right, numbers that
nothing computes, sections that nothing asks about, answers that their place or length gives away. Knows no page.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from app.teaching import question_lock
from app.teaching.claims import CHECKS, ClaimError, Value
from app.teaching.grading import answer_to, choices, correct_options, grade, nearest
from app.teaching.lessons import QUIZ, Lesson, read_lesson
from app.teaching.plain import LessonError
from app.teaching.prose import ROLES, phrase
from app.teaching.questions import (
    FILE,
    WITH_FIGURE,
    Asked,
    BugHunt,
    Choosing,
    Curve,
    Multiple,
    Numeric,
    Order,
    Pick,
    Single,
    Slider,
    read_questions,
)
from app.teaching.variants import PLACE, Variant, names, variant, variants

CORE = "core"  # the section of core ideas, which repeats the others
FEWEST = 6  # questions of a lesson
FEWEST_WITH_FIGURE = 2
MOST_PLAUSIBLE = 3  # options of a single choice
SMALL = 10  # a number below this may be said by chance
LOOKED_AT = 60  # variants of a question, at most
_EVASIVE = re.compile(r"\b(all|none|both|neither) of (the|these) above\b|\ball of these\b|\bnone of these\b", re.I)
_NEGATED = re.compile(r"\b(which|what)\b[^?.]*\b(not|never|isn’t|aren’t|doesn’t|except)\b", re.I)


def all_faults() -> list[str]:
    """Everything that is wrong with the questions of all lessons; [] where all is well."""
    return [fault for folder in question_lock.folders_with_questions() for fault in faults(folder)]


def faults(folder: Path) -> list[str]:
    """Everything that is wrong with the questions of the lesson in a folder; [] where all is well."""
    try:
        lesson, asked = read_lesson(folder), read_questions(folder).by_id
        noted = question_lock.locked()
    except LessonError as error:
        return [str(error)]
    place = f"{folder.name}/{FILE}"
    found = list(_of_all(lesson, list(asked.values()), place))
    for question in asked.values():
        here = f"{place}, question {question.id}"
        found += [f"{here}: {fault}" for fault in _of_one(question, lesson)]
        if wrong := question_lock.fault(f"{lesson.id}/{question.id}", question, noted):
            found.append(f"{here}: {wrong}")
    return found


# ── one question ─────────────────────────────────────────────────────────────────────────────────────────────────


def _of_one(question: Asked, lesson: Lesson) -> Iterator[str]:
    if lesson.section(question.tests) is None:
        known = ", ".join(section.id for section in lesson.sections)
        yield f"it tests the section “{question.tests}”, which there is not: use one of {known}"
    if question.objective not in lesson.objectives:
        yield f"there is no objective “{question.objective}”: use one of {', '.join(lesson.objectives)}"
    yield from _words(question)
    if isinstance(question, Choosing):
        yield from _options(question)
    for number in range(min(variants(question), LOOKED_AT)):
        try:
            fault = next(iter(_variant(variant(question, number))), "")
        except ClaimError as error:
            fault = str(error)
        if fault:
            yield fault if number == 0 else f"in its variant {number}: {fault}"
            return


def texts(question: Asked) -> dict[str, str]:
    """Every text of a question that is read, by where it stands."""
    found = {"stem": question.stem, "explain": question.explain}
    found |= {f"hint {number}": hint for number, hint in enumerate(question.hints, 1)}
    for name in ("right", "wrong"):
        if words := getattr(question, name, ""):
            found[name] = words
    if isinstance(question, Choosing):
        for option in question.options:
            found |= {f"option {option.id}": option.text, f"feedback of {option.id}": option.feedback}
    if isinstance(question, Numeric):
        found |= {f"trap {number}": trap.feedback for number, trap in enumerate(question.traps, 1)}
    if isinstance(question, Slider):
        found |= {"dial": question.dial} | {f"reads {number}": words for number, words in enumerate(question.reads, 1)}
    if isinstance(question, Order):
        found |= {f"item {item.id}": item.text for item in question.items}
    return found


def _words(question: Asked) -> Iterator[str]:
    known = names(question)
    for name, words in texts(question).items():
        if not words.strip():
            yield f"{name}: it is empty: write it"
        for place in PLACE.findall(words):
            if place not in known:
                yield f"{name}: there is no value “{place}”: write it into vary or values"
        said = phrase(PLACE.sub("", words))
        for _line, number in said.bare:
            yield f"{name}: the number “{number}” is computed by nothing: write {{name}} and give its check in values"
        for _line, trouble in said.troubles:
            yield f"{name}: {trouble}"
        for reference in said.references:
            if reference.scheme != "role" or reference.target not in ROLES:
                link = f"{reference.scheme}:{reference.target}"
                yield f"{name}: only {', '.join(ROLES)} may be named by role, and this is “{link}”: write words"
    said_here = {place for words in texts(question).values() for place in PLACE.findall(words)}
    for name in sorted(set(question.values) - said_here):
        yield f"values: no text uses “{name}”: take it out, or write {{{name}}}"
    if _NEGATED.search(question.stem):
        yield "stem: it asks for what is not so, which reads over too easily: ask for what is"


def _options(question: Choosing) -> Iterator[str]:
    for option in question.options:
        if _EVASIVE.search(option.text):
            yield f"option {option.id}: “{option.text}” tests reading, no idea: write an answer of its own"
    if isinstance(question, Single) and len(question.options) > MOST_PLAUSIBLE:
        yield f"{len(question.options)} options are more than anyone finds plausible: keep {MOST_PLAUSIBLE}"


def _variant(asked: Variant) -> Iterator[str]:
    """What is wrong with one way to ask."""
    question = asked.question
    for words in texts(question).values():
        asked.text(words)
    key = answer_to(asked)
    if isinstance(question, Choosing):
        written = [asked.text(option.text) for option in question.options]
        if len(set(written)) < len(written):
            yield "two of its options read the same: make them differ"
        if isinstance(question, Multiple) and len(correct_options(question, asked)) == len(question.options):
            yield "all of its options are right: add one that is not"
    if isinstance(question, Numeric):
        for number, trap in enumerate(question.traps, 1):
            value = asked.value(trap.value)
            if abs(_number(value) - _number(key)) <= 2 * question.within:
                yield f"trap {number} leads to {value}, which is right or nearly: change the trap or “within”"
    if isinstance(question, Slider):
        if grade(asked, question.start).right:
            yield "its dial begins at the answer: begin elsewhere"
        if not grade(asked, nearest(question, asked)).right:
            yield "no stop of its dial reaches the target: change target, range or step"
        for read in question.reads.values():
            asked.in_words(read, x=question.start)
    if isinstance(question, Curve) and not all(question.low <= knot <= question.high for knot in _list(key)):
        yield f"the outcome {key} lies outside of {question.low:g} to {question.high:g}: widen the range"
    if isinstance(question, Pick) and key not in choices(question, asked):
        yield f"“{key}” is right, but cannot be pressed: add it, or change the key"
    if not grade(asked, key).right:
        yield f"its own key, {key}, is graded as wrong: mend the key"


def _number(value: Value | object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _list(value: object) -> list[float]:
    return [float(one) for one in value] if isinstance(value, list) else []


# ── all of a lesson's ────────────────────────────────────────────────────────────────────────────────────────────


def _of_all(lesson: Lesson, asked: list[Asked], place: str) -> Iterator[str]:
    if len(asked) < FEWEST:
        yield f"{place}: {len(asked)} questions are too few: write {FEWEST} or more"
    looking = [question for question in asked if getattr(question, "kind", "") in WITH_FIGURE]
    if len(looking) < FEWEST_WITH_FIGURE:
        yield f"{place}: {len(looking)} questions need a figure: write {FEWEST_WITH_FIGURE} or more that do"
    if not any(_from_a_model(question) for question in asked):
        yield f"{place}: no key is computed from a model or a run: ask one about what the lesson shows"
    tested = {question.tests for question in asked}
    for section in lesson.sections:
        if section.id not in (CORE, QUIZ, *tested):
            yield f"{place}: nothing asks about the section “{section.id}”: write a question that tests it"
    for objective in lesson.objectives.keys() - {question.objective for question in asked}:
        yield f"{place}: nothing tests the objective “{objective}”: write a question that does"
    yield from _told_beside(asked, place)
    yield from _given_away([question for question in asked if isinstance(question, Single)], place)


def _from_a_model(question: Asked) -> bool:
    sources = {CHECKS[name].source for name in checks(question) if name in CHECKS}
    return isinstance(question, BugHunt) or "model" in sources


def checks(question: Asked) -> set[str]:
    """The checks that say what is right."""
    keys = [getattr(question, name, None) for name in ("key", "answer", "gives", "outcome")]
    return {key.check for key in keys if key is not None}


def _told_beside(asked: list[Asked], place: str) -> Iterator[str]:
    """Numbers asked for that another question of the same quiz states before it is answered."""
    for question in asked:
        if not isinstance(question, Numeric):
            continue
        try:
            key = _number(answer_to(variant(question)))
            stated = {other.id: set(_stated(other)) for other in asked if other is not question}
        except ClaimError:
            continue  # the question's own fault says why
        for id_, numbers in stated.items():
            if abs(key) >= SMALL and any(abs(number - key) <= question.within for number in numbers):
                yield f"{place}, question {id_}: it states what {question.id} asks for: say it without the number"


def _stated(question: Asked) -> Iterator[float]:
    """The numbers of a question's stem and options, but for those of its maths, as it is asked first."""
    options = question.options if isinstance(question, Choosing) else ()
    for words in (question.stem, *(option.text for option in options)):
        plain = re.sub(r"\$[^$]*\$", "", variant(question).text(words))
        yield from (float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", plain))


def _given_away(singles: list[Single], place: str) -> Iterator[str]:
    """Answers that their place in the file, or their length, gives away."""
    where, longest = Counter[int](), 0
    for question in singles:
        try:
            right = correct_options(question, variant(question))
        except ClaimError:
            continue  # the question's own fault says why
        ids = [option.id for option in question.options]
        where[ids.index(right[0]) if right else -1] += 1
        lengths = {option.id: len(option.text) for option in question.options}
        longest += bool(right) and all(lengths[right[0]] > lengths[id_] for id_ in ids if id_ != right[0])
    most = max(where.values(), default=0)
    if len(singles) >= 3 and most > math.ceil(len(singles) / 2):
        yield f"{place}: the right option stands at the same place in {most} of {len(singles)} questions: move some"
    if len(singles) >= 3 and longest > math.ceil(len(singles) / 2):
        yield f"{place}: the right option is the longest in {longest} of {len(singles)} questions: shorten some"
