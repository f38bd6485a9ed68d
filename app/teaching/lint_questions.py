"""The faults of a lesson's questions, in sentences that name the file, the question and what to do.

Reading refuses what could not be asked; here is the rest: keys that no option has, traps that are right, numbers that
nothing computes, sections that nothing asks about, answers that their place, length or wording gives away.
"""

from __future__ import annotations

import inspect
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.catalog.rounding import rounded
from app.teaching import question_lock
from app.teaching.claims import CHECKS, Claim, measured
from app.teaching.copies import copies_of
from app.teaching.lessons import CORE, QUIZ, Lesson, read_lesson
from app.teaching.options import OptionQuestion
from app.teaching.plain import ClaimError, LessonError
from app.teaching.prose import ROLES, phrase, prose
from app.teaching.question import Question
from app.teaching.question_kinds.numeric import Numeric
from app.teaching.question_kinds.single import Single
from app.teaching.questions import FILE, read_questions
from app.teaching.variants import PLACE, Variant, filled, names, variant, variants

LONG = 5  # steps of a lesson, without core ideas and quiz: one that has fewer needs one question for each
FEWEST = 6  # questions of a long lesson
FEWEST_WITH_FIGURE = 2
SMALL = 10  # a number below this may be said by chance
LOOKED_AT = 60  # variants of a question, at most
FINDING = "_finding"  # ends the name of a check that says what an interval finds: better, worse, none
FEWEST_REPEATED = 4  # words in a row that are no longer anybody's: fewer are said by chance
_WORD = re.compile(r"[^\W_]+")
_NEGATED = re.compile(r"\b(which|what)\b[^?.]*\b(not|never|isn’t|aren’t|doesn’t|except)\b", re.I)


def all_faults() -> list[str]:
    """All faults of the questions of all lessons; [] if all is well."""
    return [fault for folder in question_lock.folders_with_questions() for fault in faults(folder)]


def faults(folder: Path) -> list[str]:
    """All faults of the questions of the lesson in a folder; [] if all is well."""
    try:
        lesson, asked = read_lesson(folder), read_questions(folder)
        noted = question_lock.locked()
    except LessonError as error:
        return [str(error)]
    place = f"{folder.name}/{FILE}"
    listed = list(_of_all(lesson, list(asked.values()), place))
    for question in asked.values():
        here = f"{place}, question {question.id}"
        listed += [f"{here}: {fault}" for fault in _of_one(question, lesson)]
        if wrong := question_lock.fault(f"{lesson.id}/{question.id}", question, noted):
            listed.append(f"{here}: {wrong}")
    return listed


def _of_one(question: Question, lesson: Lesson) -> Iterator[str]:
    if lesson.section(question.tests) is None:
        known = ", ".join(section.id for section in lesson.sections)
        yield f"it tests the section “{question.tests}”, which there is not: use one of {known}"
    if question.objective not in lesson.objectives:
        yield f"there is no objective “{question.objective}”: use one of {', '.join(lesson.objectives)}"
    yield from _words(question)
    for number in range(min(variants(question), LOOKED_AT)):
        try:
            fault = next(iter(_variant(variant(question, number))), "")
        except ClaimError as error:
            fault = str(error)
        if fault:
            yield fault if number == 0 else f"in its variant {number}: {fault}"
            return


def _words(question: Question) -> Iterator[str]:
    known = names(question)
    for name, words in question.texts().items():
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
    said_here = {place for words in question.texts().values() for place in PLACE.findall(words)}
    for name in sorted(set(question.values) - said_here):
        yield f"values: no text uses “{name}”: take it out, or write {{{name}}}"
    if _NEGATED.search(question.stem):
        yield "stem: it asks for what is not so, which reads over too easily: ask for what is"


def _variant(asked: Variant) -> Iterator[str]:
    """The faults of one way to ask."""
    question = asked.question
    said = " ".join(asked.text(words) for words in question.texts().values())
    for copy in sorted(copies_of([claim.args for claim in _claims(question) if measured(claim)], asked.drawn)):
        if copy not in said:
            yield f"it asks about what was measured on a {copy}, and no text says so: write “{copy}”"
    key = asked.key()
    yield from question.faults(asked)
    yield from _cannot_tell(asked)
    if not asked.grade(key).right:
        yield f"its own key, {key}, is graded as wrong: mend the key"


def _cannot_tell(asked: Variant) -> Iterator[str]:
    """Of a question whose key says what an interval finds: a stem from whose rounded numbers nobody can tell that."""
    claim = asked.question.key_check if isinstance(asked.question, OptionQuestion) else None
    if claim is None or not claim.check.endswith(FINDING):
        return
    judged, known = _bound(filled(claim, asked.drawn)), asked.question.values
    shown = [known[name] for name in PLACE.findall(asked.question.stem) if name in known]
    said = {
        (one.check, one.pick): float(asked.in_words(one).replace(",", "").replace("−", "-"))
        for one in shown
        if _bound(filled(one, asked.drawn)) == judged and isinstance(asked.value(one), float)
    }
    ends = [said[end] for end in said if end[1] is not None]
    for (check, _), half in said.items():
        if (mean := said.get((check.removesuffix("_half"), None))) is not None and check.endswith("_half"):
            ends = [float(rounded(mean - half, 6)), float(rounded(mean + half, 6))]
    if len(ends) != 2:
        yield "its key is what an interval finds, and its stem does not show it: write its mean and half, or its ends"
        return
    low, high = sorted(ends)
    found = "better" if low > 0 else "worse" if high < 0 else "none"
    if 0 in ends or asked.value(claim) != found:
        yield f"nobody can tell its key from an interval of {low:g} to {high:g}: give more digits, or ask of another"


def _bound(claim: Claim) -> dict[str, Any]:
    """What a check is asked, with what it takes for granted."""
    bound = inspect.signature(CHECKS[claim.check].answer).bind(**claim.args)
    bound.apply_defaults()
    return dict(bound.arguments)


def _claims(part: Any) -> Iterator[Claim]:
    """All claims in a question, or in a part of one."""
    if isinstance(part, Claim):
        yield part
    elif isinstance(part, BaseModel):
        yield from _claims([value for _name, value in part])
    elif isinstance(part, Mapping):
        yield from _claims(list(part.values()))
    elif isinstance(part, list | tuple):
        for one in part:
            yield from _claims(one)


def _of_all(lesson: Lesson, asked: list[Question], place: str) -> Iterator[str]:
    is_long = sum(section.id not in (CORE, QUIZ) for section in lesson.sections) >= LONG
    if is_long and len(asked) < FEWEST:
        yield f"{place}: {len(asked)} questions are too few: write {FEWEST} or more"
    looking = [question for question in asked if question.has_figure]
    if is_long and len(looking) < FEWEST_WITH_FIGURE:
        yield f"{place}: {len(looking)} questions need a figure: write {FEWEST_WITH_FIGURE} or more that do"
    if is_long and not any(_from_a_model(question) for question in asked):
        yield f"{place}: no key is computed from a model or a run: ask one about what the lesson shows"
    tested = {question.tests for question in asked}
    for section in lesson.sections:
        if section.id not in (CORE, QUIZ, *tested):
            yield f"{place}: nothing asks about the section “{section.id}”: write a question that tests it"
    for objective in lesson.objectives.keys() - {question.objective for question in asked}:
        yield f"{place}: nothing tests the objective “{objective}”: write a question that does"
    yield from _repeated(lesson, asked, place)
    yield from _told_beside(asked, place)
    yield from _given_away([question for question in asked if isinstance(question, Single)], place)


def _from_a_model(question: Question) -> bool:
    sources = {CHECKS[name].source for name in question.checks() if name in CHECKS}
    return question.is_recorded or "model" in sources


def _repeated(lesson: Lesson, asked: list[Question], place: str) -> Iterator[str]:
    """Options and choices that the lesson has word for word: whoever remembers the sentence need not understand it."""
    blocks = (block for section in lesson.sections for block in section.blocks if block.kind == "prose")
    told = _plain_words("\n".join(prose(block.markdown, sources=tuple(lesson.sources)).text for block in blocks))
    for question in asked:
        try:
            labels = question.labels(variant(question)) if isinstance(question, OptionQuestion) else {}
        except ClaimError:
            continue  # the question's own fault says why
        for id_, words in labels.items():
            if _stands_in(words, told):
                yield f"{place}, question {question.id}, option {id_}: the lesson says just that: say it in other words"
    for name, prediction in lesson.predictions.items():
        for choice in prediction.choices:
            if _stands_in(choice, told):
                yield f"{place}, prediction {name}: the lesson says “{choice}”, word for word: let it be found out"


def _stands_in(words: str, told: str) -> bool:
    said = _plain_words(words)
    return len(said.split()) >= FEWEST_REPEATED and said in told


def _plain_words(text: str) -> str:
    """The words of a text, without signs, with a space before and after each."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


def _told_beside(asked: list[Question], place: str) -> Iterator[str]:
    """Numbers asked for that another question of the same quiz states before it is answered."""
    for question in asked:
        if not isinstance(question, Numeric):
            continue
        try:
            key = question.key(variant(question))
            stated = {other.id: set(_stated(other)) for other in asked if other is not question}
        except ClaimError:
            continue  # the question's own fault says why
        for id_, numbers in stated.items():
            if abs(key) >= SMALL and any(abs(number - key) <= question.within for number in numbers):
                yield f"{place}, question {id_}: it states what {question.id} asks for: say it without the number"


def _stated(question: Question) -> Iterator[float]:
    """The numbers of a question's stem and options, but for those of its maths, as it is asked first."""
    asked = variant(question)
    options = question.labels(asked).values() if isinstance(question, OptionQuestion) else ()
    for words in (asked.text(question.stem), *options):
        plain = re.sub(r"\$[^$]*\$", "", words)
        yield from (float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", plain))


def _given_away(singles: list[Single], place: str) -> Iterator[str]:
    """Answers that their place in the file, or their length, gives away."""
    where, longest = Counter[int](), 0
    for question in singles:
        try:
            right = question.correct(variant(question))
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
