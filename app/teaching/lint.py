"""The faults of a lesson's files, in sentences that name the file, the place and what to do.

Reading refuses what a page could not show; here is the rest: numbers that no longer hold or stand in no claim, names
that lead nowhere, predictions that come after what they lock, lessons that take too long.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from app.experiments.recordings.runs import recorded_runs
from app.teaching.checks import teacher_says
from app.teaching.claims import CHECKS, Claim, ClaimError, in_words, measured, value
from app.teaching.copies import copies_of
from app.teaching.figures import Figure, figures
from app.teaching.glossary import glossary
from app.teaching.lessons import (
    CORE,
    Block,
    Lesson,
    Prediction,
    Section,
    lesson_folders,
    picture_files,
    read_lesson,
    where,
)
from app.teaching.minutes import minutes
from app.teaching.plain import KNOTS, LessonError
from app.teaching.prose import DIGITS, NAMES, ROLES, Prose, Reference, phrase, prose, settings_of
from app.teaching.questions import questions_of

LONGEST = 15  # minutes, without the questions
CORE_LINES = range(3, 6)
ASKING = re.compile(r"\bmake (?:a|your) guess|\bguess first|\bdraw what\b", re.IGNORECASE)

_NUMBER = re.compile(r"[+−-]?\d[\d,]*(?:\.\d+)?")
_ACTIVE = re.compile(r"<script|<foreignObject|\son\w+\s*=|https?://(?!www\.w3\.org/)", re.IGNORECASE)


def all_faults() -> list[str]:
    """All faults of the lessons and the glossary, in their order; [] if all is well."""
    folders = lesson_folders()
    listed = [fault for path in folders for fault in faults(path)]
    read = [lesson for path in folders if (lesson := _readable(path))]
    listed += _taken("id", read, lambda lesson: lesson.id)
    listed += _taken("place", read, lambda lesson: lesson.place)
    return listed + list(_given_away(read)) + list(glossary_faults())


def _taken(what: str, read: Iterable[Lesson], of: Callable[[Lesson], str]) -> Iterator[str]:
    first: dict[str, Lesson] = {}
    for lesson in read:
        other = first.setdefault(of(lesson), lesson)
        if other is not lesson:
            place, taken = where(lesson.path.parent), other.path.parent.name
            yield f"{place}: its {what} {of(lesson)} is that of {taken}, too: give it another"


def _given_away(read: Sequence[Lesson]) -> Iterator[str]:
    """Predictions whose outcome an earlier lesson tells: in a claim, a question, or a figure of the same image."""
    for at, lesson in enumerate(read):
        for id_, prediction in lesson.predictions.items():
            asked = prediction.outcome
            for earlier in read[:at]:
                for what in _tells(earlier, asked):
                    place = f"{where(lesson.path.parent)}, front matter, prediction {id_}"
                    yield f"{place}: {where(earlier.path.parent)} gives it away in {what}: take it out there"


def _tells(lesson: Lesson, asked: Claim) -> Iterator[str]:
    """What in a lesson tells what a claim says."""
    yield from (f"claim {key}" for key, claim in lesson.claims.items() if _asks_the_same(claim, asked))
    for question in questions_of(lesson.path.parent).values():
        claims = [*question.values.values(), *(value for _, value in question if isinstance(value, Claim))]
        drawn = {f"${name}": values for name, values in question.vary.items()}
        if any(one.check == asked.check and _may_be(one.args, asked.args, drawn) for one in claims):
            yield f"question {question.id}"
    shown = {name: asked.args[name] for name in ("data", "image") if name in asked.args}
    if "image" in shown and CHECKS[asked.check].answer.__module__ == teacher_says.__name__:
        for section in lesson.sections:
            for block in section.blocks:
                if shown.items() <= block.options.items():
                    yield f"section {section.id}, by a figure of that image"


def _may_be(args: Mapping[str, Any], asked: Mapping[str, Any], drawn: Mapping[str, Sequence[Any]]) -> bool:
    """Whether arguments, some of which are drawn anew, may be those that are asked."""
    return args.keys() == asked.keys() and all(
        asked[name] in drawn[given] if isinstance(given, str) and given in drawn else given == asked[name]
        for name, given in args.items()
    )


def _readable(path: Path) -> Lesson | None:
    try:
        return read_lesson(path)
    except LessonError:
        return None


def glossary_faults() -> Iterator[str]:
    """The faults of the glossary."""
    try:
        terms = glossary()
    except LessonError as error:
        yield str(error)
        return
    for term in terms.values():
        place = f"glossary.yaml, term {term.id}"
        if not term.says.endswith(".") or ". " in term.says:
            yield f"{place}: say it in one sentence that ends with a full stop"
        if DIGITS.search(NAMES.sub("", term.says)):
            yield f"{place}: it has a number, which no claim holds: say it in words"


def faults(path: Path) -> list[str]:
    """All faults of the lesson in a folder; [] if all is well."""
    try:
        lesson = read_lesson(path)
    except LessonError as error:
        return [str(error)]
    return list(_Linter(lesson).faults())


class _Linter:
    """The faults of one lesson, part by part."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.place = where(lesson.path.parent)
        self.claimed: set[str] = set()
        self.cited: set[str] = set()
        try:
            self.terms = set(glossary())
        except LessonError:
            self.terms = set()  # `glossary_faults` says why

    def faults(self) -> Iterator[str]:
        """Every fault, from the first line to the last."""
        yield from self.front()
        for section in self.lesson.sections:
            yield from self.section(section)
        yield from self.predictions()
        yield from self.unused()
        yield from self.length()

    def at(self, line: int, section: Section) -> str:
        """A place, as a sentence begins with it."""
        return f"{self.place}, line {line} (section {section.id})"

    def front(self) -> Iterator[str]:
        """Titles, objectives, claims on their own."""
        lesson, place = self.lesson, f"{self.place}, front matter"
        plain = {"title": lesson.title, "question": lesson.question, "shows": lesson.shows}
        for name, text in (plain | {f"objective {key}": words for key, words in lesson.objectives.items()}).items():
            if hit := DIGITS.search(NAMES.sub("", text)):
                yield f"{place}, {name}: the number “{hit[0]}” stands in no claim: say it in words"
            if not text.strip():
                yield f"{place}, {name}: it is empty: write it"
        yield from self.formerly()
        for key in lesson.objectives:
            if not any(section.objective == key for section in lesson.sections):
                yield f"{place}, objective {key}: no section serves it: write objective={key} into a heading"
        for key, claim in lesson.claims.items():
            try:
                in_words(claim)
            except ClaimError as error:
                yield f"{place}, claim {key}: {error}"
        if lesson.section(CORE) is None:
            yield f"{self.place}: it has no core ideas: end it with “## Core ideas {{#{CORE}}}” and three to five lines"

    def formerly(self) -> Iterator[str]:
        """Places of earlier versions that lead nowhere here, or that still stand where they did."""
        siblings = [_readable(path.parent) for path in self.lesson.path.parent.parent.glob("*/lesson.md")]
        others = {lesson.id: _ids(lesson) for lesson in siblings if lesson}
        for place in self.lesson.formerly:
            former, id_ = place.split("/")
            here = f"{self.place}, front matter, formerly {place}"
            if id_ not in _ids(self.lesson):
                yield f"{here}: no step, prediction or question here is called “{id_}”: take it out"
            if id_ in others.get(former, ()):
                yield f"{here}: it still stands there: take it out here, or there"

    def section(self, section: Section) -> Iterator[str]:
        """One section and its blocks."""
        heading = self.at(section.line, section)
        if section.objective is not None and section.objective not in self.lesson.objectives:
            known = ", ".join(self.lesson.objectives)
            yield f"{heading}: there is no objective “{section.objective}”: use one of {known}"
        if hit := DIGITS.search(NAMES.sub("", section.title)):
            yield f"{heading}: the number “{hit[0]}” stands in the heading, where no claim can hold it: say it in words"
        if not section.blocks:
            yield f"{heading}: it is empty: write what belongs to it"
        for block in section.blocks:
            place = self.at(block.line, section)
            if block.kind == "prose":
                yield from self.prose(block, section)
            elif block.kind == "question":
                yield from self.question(block, place)
            elif "run" in block.options and block.options["run"] not in recorded_runs():
                known = ", ".join(recorded_runs())
                yield f"{place}: there is no recorded run “{block.options['run']}”: use one of {known}"
        for copy in sorted(self.copies(section)):
            if copy not in _read(section):
                yield f"{heading}: it shows what was measured on a {copy}, and does not say so: write “{copy}”"
        if section.id == CORE:
            lines = sum(block.markdown.count("\n- ") + block.markdown.startswith("- ") for block in section.blocks)
            if lines not in CORE_LINES:
                yield f"{heading}: the core ideas have {lines} lines: write three to five, each beginning with “- ”"

    def copies(self, section: Section) -> set[str]:
        """The copies of images on which numbers and figures of a section were measured."""
        named = [
            reference.target
            for block in section.blocks
            for reference in (prose(block.markdown).references if block.kind == "prose" else ())
            if reference.scheme == "claim"
        ]
        claims = [self.lesson.claims[name] for name in named if name in self.lesson.claims]
        options = [block.options for block in section.blocks if block.kind in ("figure", "formula")]
        return copies_of([*(claim.args for claim in claims if measured(claim)), *options])

    def prose(self, block: Block, section: Section) -> Iterator[str]:
        """The faults of one piece of prose."""
        said = prose(block.markdown, sources=tuple(self.lesson.sources))
        for line, trouble in said.troubles:
            yield f"{self.at(block.line + line, section)}: {trouble}"
        for line, number in said.bare:
            yield f"{self.at(block.line + line, section)}: {_in_no_claim(number)}"
        for hit in ASKING.finditer(block.markdown):
            line = block.line + block.markdown[: hit.start()].count("\n")
            yield f"{self.at(line, section)}: “{hit[0]}” is also read after the guess: the prediction itself says it"
        for reference in said.references:
            if fault := self.reference(reference, section):
                yield f"{self.at(block.line + reference.line, section)}: {fault}"

    def reference(self, reference: Reference, section: Section) -> str:
        """The fault of something that prose names, "" if nothing is."""
        target = reference.target
        match reference.scheme:
            case "role" if target not in ROLES:
                return f"there is no role “{target}”: use one of {', '.join(ROLES)}"
            case "term" if target not in self.terms:
                return f"there is no term “{target}” in glossary.yaml: write it there"
            case "cite":
                self.cited.add(target)
                if target not in self.lesson.sources:
                    return f"there is no source “{target}”: write it into the front matter’s sources"
            case "claim":
                return self.claim(reference)
            case "set":
                return self.setting(reference, section)
            case "light" if not any(target in figure.lights for figure in self.figures(section)):
                known = sorted({term for figure in self.figures(section) for term in figure.lights})
                return f"no figure here can light “{target}”: use one of {', '.join(known) or 'none'}, or add a figure"
            case "image":
                return self.image(reference)
            case "lesson":
                return self.other_lesson(target)
        return ""

    def claim(self, reference: Reference) -> str:
        """Whether the text has what the claim says now."""
        self.claimed.add(reference.target)
        claim = self.lesson.claims.get(reference.target)
        if claim is None:
            return f"there is no claim “{reference.target}”: write it into the front matter’s claims"
        return _unequal(reference, claim)

    def figures(self, section: Section) -> list[Figure]:
        """Figures and formulas that hear what a section's prose says: its own, else the lesson's."""
        return _figures(section.blocks) or _figures(block for other in self.lesson.sections for block in other.blocks)

    def setting(self, reference: Reference, section: Section) -> str:
        """Whether some figure knows what a phrase sets, and the phrase says the value that it sets."""
        settings = settings_of(reference.target)
        offered = [setting for figure in self.figures(section) for setting in figure.settings]
        for key, given in settings.items():
            knowing = [setting for setting in offered if setting.key == key]
            if not knowing:
                known = sorted({setting.key for setting in offered})
                return f"no figure here knows “{key}”: set one of {', '.join(known) or 'none'}, or add a figure"
            wrong = [fault for setting in knowing if (fault := setting.fault(given))]
            if len(wrong) == len(knowing):
                return f"the phrase sets {key} to “{given}”: {wrong[0]}"
        for number in _NUMBER.findall(reference.words):
            if number.replace(",", "").replace("−", "-") not in settings.values():
                return f"the phrase says “{number}”, which it does not set: make words and value the same"
        return ""

    def image(self, reference: Reference) -> str:
        """Whether a picture is there, has an alternative, and carries nothing but a picture."""
        file = picture_files(self.lesson.path.parent).get(reference.target)
        if not reference.words.strip():
            return f"the image {reference.target} has no alternative text: say between the brackets what it shows"
        if file is None:
            return f"there is no image “{reference.target}”: put an SVG of that name beside lesson.md"
        if hit := _ACTIVE.search(file.read_text(encoding="utf-8")):
            return f"the image {reference.target} has “{hit[0].strip()}”: take out what is no picture"
        return ""

    def other_lesson(self, target: str) -> str:
        """Whether a link to a lesson, or to a step of one, leads there."""
        id_, _hash, step = target.partition("#")
        for path in self.lesson.path.parent.parent.glob("*/lesson.md"):
            lesson = _readable(path.parent)
            if lesson and lesson.id == id_:
                missing = step and lesson.section(step) is None
                return f"the lesson “{id_}” has no section “{step}”: link to one that it has" if missing else ""
        return f"there is no lesson “{id_}”: link to one that there is"

    def question(self, block: Block, place: str) -> Iterator[str]:
        """Whether a question is in questions.yaml."""
        if block.name not in questions_of(self.lesson.path.parent):
            yield f"{place}: there is no question “{block.name}” in questions.yaml: write it there"

    def predictions(self) -> Iterator[str]:
        """Each is asked for once, before what it locks, and its outcome is one of the answers that can be given."""
        blocks = [(block, section) for section in self.lesson.sections for block in section.blocks]
        for id_, prediction in self.lesson.predictions.items():
            place = f"{self.place}, front matter, prediction {id_}"
            asked = [at for at, (block, _section) in enumerate(blocks) if (block.kind, block.name) == ("predict", id_)]
            if len(asked) != 1:
                yield f"{place}: it is asked for {len(asked)} times: write “:::predict {id_}” once"
            for at, (block, section) in enumerate(blocks):
                if id_ in block.locks and asked and at < asked[0]:
                    here = self.at(block.line, section)
                    yield f"{here}: it is locked by “{id_}”, which is asked for only later: move “:::predict {id_}” up"
            yield from self.asked(prediction, place)
            if fault := _outcome_fault(prediction):
                yield f"{place}, outcome: {fault}"
            yield from self.told(id_, prediction)

    def told(self, id_: str, prediction: Prediction) -> Iterator[str]:
        """The outcome stands in no step that may be read before it was predicted: such a step is locked by a figure."""
        same = {key for key, claim in self.lesson.claims.items() if _asks_the_same(claim, prediction.outcome)}
        for section in self.lesson.sections:
            if any(id_ in block.locks for block in section.blocks) and not _asks(section, id_):
                continue
            for block in section.blocks:
                for reference in prose(block.markdown).references if block.kind == "prose" else ():
                    if reference.scheme == "claim" and reference.target in same:
                        here = self.at(block.line + reference.line, section)
                        way = f"move it to a step with a figure that is “locked: {id_}”"
                        yield f"{here}: it tells what prediction “{id_}” asks for: {way}"

    def asked(self, prediction: Prediction, place: str) -> Iterator[str]:
        """The words of a prediction: plain text, whose numbers are claims."""
        for text in prediction.written:
            said: Prose = phrase(text)
            here = f"{place}, “{text[:30]}…”"
            if "\\" in text:
                yield f"{here}: a formula is not drawn here: write α, T = 8"
            for _line, number in said.bare:
                yield f"{here}: {_in_no_claim(number)}"
            for reference in said.references:
                fault = (
                    self.claim(reference) if reference.scheme == "claim" else "only claims may be linked: write words"
                )
                if fault and reference.scheme != "set":
                    yield f"{here}: {fault}"

    def unused(self) -> Iterator[str]:
        """Claims and sources that nothing names."""
        for key in self.lesson.claims.keys() - self.claimed:
            yield f"{self.place}, front matter, claim {key}: no text uses it: take it out, or write [n](claim:{key})"
        for key in self.lesson.sources.keys() - self.cited:
            yield f"{self.place}, front matter, source {key}: nothing cites it: take it out, or write [@{key}]"

    def length(self) -> Iterator[str]:
        """The time that the lesson takes."""
        takes = minutes(self.lesson).steps
        if takes > LONGEST:
            yield f"{self.place}: it takes {takes} minutes without its questions, more than {LONGEST}: split it"


def _ids(lesson: Lesson) -> set[str]:
    """The ids of a lesson's steps, predictions and questions."""
    return {section.id for section in lesson.sections} | set(lesson.predictions) | set(questions_of(lesson.path.parent))


def _read(section: Section) -> str:
    """The prose of a section."""
    return " ".join(prose(block.markdown).text for block in section.blocks if block.kind == "prose")


def _figures(blocks: Iterable[Block]) -> list[Figure]:
    return [figures()[block.name] for block in blocks if block.kind in ("figure", "formula")]


def _asks(section: Section, id_: str) -> bool:
    return any((block.kind, block.name) == ("predict", id_) for block in section.blocks)


def _asks_the_same(claim: Claim, outcome: Claim) -> bool:
    return (claim.check, claim.args) == (outcome.check, outcome.args)


def _in_no_claim(number: str) -> str:
    return f"the number “{number}” stands in no claim: write [{number}](claim:name), or say it in words"


def _unequal(reference: Reference, claim: Claim) -> str:
    """The fault of a number in the text, "" if it is what the claim says."""
    try:
        now = in_words(claim)
    except ClaimError:
        return ""  # the front matter's fault says why
    if isinstance(value(claim), str):
        return "" if reference.words == now else f"the text says “{reference.words}”, but it is “{now}”: write that"
    numbers = [number.lstrip("+") for number in _NUMBER.findall(reference.words)]
    if numbers == [now]:
        return ""
    return f"the text says “{reference.words}”, but claim {reference.target} is {now}: write that, or mend the claim"


def _outcome_fault(prediction: Prediction) -> str:
    """The fault of an outcome, "" if a learner could have predicted it."""
    try:
        outcome = value(prediction.outcome)
    except ClaimError as error:
        return str(error)
    low, high = prediction.low, prediction.high
    if prediction.kind == "choice":
        missing = f"it is “{outcome}”, which is none of the choices {', '.join(prediction.choices)}: add it"
        return "" if outcome in prediction.choices else missing
    if prediction.kind == "curve":
        if not isinstance(outcome, list) or len(outcome) != KNOTS:
            return f"a curve needs {KNOTS} values, one for each “at”: choose another check"
        inside = all(low <= one <= high for one in outcome)
    elif isinstance(outcome, float | int):
        inside = low <= outcome <= high
    else:
        return "a number is needed: choose another check, or “pick” one of its values"
    return "" if inside else f"{outcome} lies outside of {low:g} to {high:g}: widen the range"
