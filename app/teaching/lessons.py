"""Lessons: plain files in lessons/NN_slug/lesson.md, read strictly.

A lesson is YAML front matter, then sections: `## Title {#id objective=name}`, markdown, and directives, one to a line:
`:::figure softening {image: 8}`, `:::formula softmax`, `:::predict entropy-8`, `:::question flatten`. A picture is
an SVG beside lesson.md, or one of lessons/pictures/, which belong to all.

A deep dive, which nobody needs, has a letter behind its number: lessons/05b_words.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator

from app.catalog import paths
from app.experiments.kinds import Experiment
from app.teaching.claims import Claim
from app.teaching.figures import Options, figures
from app.teaching.grading import NoAnswer, given_number, given_numbers, given_one
from app.teaching.plain import LessonError, Plain, Scale, Source, knots_fault, read_yaml, validated
from app.teaching.prose import CITED, phrase, prose
from app.teaching.questions import questions_of

Written = tuple[tuple[str, int], ...]  # files of a folder, and when each was written
Kind = Literal["prose", "figure", "formula", "predict", "question"]

QUIZ = "quiz"  # id of the last step, if there are questions
NEAR = 2  # steps of a prediction that are no miss
CORE = "core"  # id of the step before it: the core ideas, which repeat the others

_FOLDER = re.compile(r"(\d\d)([a-z]?)_[a-z0-9_]+")
_FRONT = re.compile(r"---\n(.*?\n)---\n(.*)", re.DOTALL)
_HEADING = re.compile(r"## (?P<title>.*\S) +\{#(?P<id>[a-z0-9-]+)(?: +objective=(?P<objective>[a-z0-9-]+))?\}")
_DIRECTIVE = re.compile(r":::(?P<kind>[a-z]+) +(?P<name>[a-z0-9-]+)(?: +(?P<options>\{.*\}))? *")
_FENCE = re.compile(r"(```|~~~)")


@dataclass(frozen=True)
class Block:
    """A part of a section. html: of prose; name, options: of the others, the options of figures with their defaults.
    line: where it begins in the file, from 1; markdown: of prose, as it is written.
    """

    kind: Kind
    name: str = ""
    html: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    line: int = 0
    markdown: str = ""

    @property
    def locks(self) -> tuple[str, ...]:
        """The predictions that must be saved before it is shown."""
        return (*filter(None, [self.options.get("locked")]), *self.options.get("after", ()))


@dataclass(frozen=True)
class Section:
    """A step of a lesson. objective: the key of the one it serves; line: of its heading."""

    id: str
    title: str
    objective: str | None
    blocks: tuple[Block, ...]
    line: int = 0

    @property
    def figures(self) -> tuple[str, ...]:
        """The ids of its figures, without formulas."""
        return tuple(block.name for block in self.blocks if block.kind == "figure")

    @property
    def predictions(self) -> tuple[str, ...]:
        """The names of those that it asks for."""
        return tuple(block.name for block in self.blocks if block.kind == "predict")

    def asked_before(self, at: int) -> set[str]:
        """The predictions above a block: words below them speak of what opens only when they are saved."""
        return {block.name for block in self.blocks[:at] if block.kind == "predict"}

    @property
    def has_task(self) -> bool:
        """Whether it asks for something: a prediction, an answer, a phrase to press. If not, it is there to be read."""
        asks = any(block.kind in ("predict", "question") or 'data-set="' in block.html for block in self.blocks)
        return asks or any(figures()[name].asks for name in self.figures)


class Prediction(Plain):
    """A prediction that a learner is asked for. written: its words as they stand in the
    lesson, where claims are marked; the others as they are read.

    number: from `low` to `high` by `step`, in `unit`. choice: one of `choices`. curve: a number at each of the five
    positions `at` of `axis`, as far apart as on `scale`. hopeful: on which side of the outcome whoever hopes too much
    of the small network lies, "" if it says nothing of that. outcome: what came out, of the same form. too_high,
    too_low: what there is to learn for whoever missed on that side; wrong: for whoever chose another; "": nothing.
    """

    kind: Literal["number", "choice", "curve"]
    ask: str
    written: tuple[str, ...] = ()
    unit: str = ""
    low: float = 0
    high: float = 0
    step: float = 0
    choices: tuple[str, ...] = ()
    at: tuple[float, ...] = ()
    axis: str = ""
    scale: Scale = "linear"
    hopeful: Literal["high", "low", ""] = ""
    outcome: Claim
    too_high: str = ""
    too_low: str = ""
    wrong: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Prediction:
        if self.kind == "choice" and len(set(self.choices)) < 2:
            raise ValueError("a choice needs two different choices or more")
        if self.kind != "choice" and not (self.low < self.high and 0 < self.step <= self.high - self.low):
            raise ValueError("low must be < high, and step > 0 and no more than lies between them")
        if self.kind == "curve" and (fault := knots_fault(self.at, self.scale)):
            raise ValueError(fault)
        if self.kind == "curve" and not self.axis:
            raise ValueError("a curve needs words for its “axis”")
        if (self.wrong and self.kind != "choice") or ((self.too_high or self.too_low) and self.kind == "choice"):
            raise ValueError("“wrong” is for a choice, “too_high” and “too_low” are for numbers")
        return self

    def lesson_of(self, saved: Any, outcome: Any) -> str:
        """What there is to learn from how it was missed: "" if it was not, by two steps or less, or nothing is said."""
        if self.kind == "choice":
            return "" if saved == outcome else self.wrong
        gap = saved - outcome if self.kind == "number" else fmean(a - b for a, b in zip(saved, outcome, strict=True))
        return "" if abs(gap) <= NEAR * self.step else self.too_high if gap > 0 else self.too_low

    def accepted(self, value: object) -> float | str | list[float] | None:
        """The value as it is kept; None if it is none for this prediction: out of range, no choice, not all knots."""
        try:
            if self.kind == "choice":
                return given_one(value, self.choices)
            if self.kind == "number":
                return given_number(value, self.low, self.high)
            return given_numbers(value, len(self.at), self.low, self.high)
        except NoAnswer:
            return None


Place = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*/[a-z][a-z0-9-]*$")]


class _Front(Plain):
    """The front matter. formerly: places of earlier versions of the course, as "lesson/id", whose step, prediction or
    question of that id stands here now.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int = Field(ge=1)
    title: str
    question: str
    shows: str
    formerly: tuple[Place, ...] = ()
    objectives: dict[str, str] = Field(min_length=1)
    claims: dict[str, Claim] = Field(default_factory=dict)
    predictions: dict[str, Prediction] = Field(default_factory=dict)
    sources: dict[str, Source] = Field(default_factory=dict)


@dataclass(frozen=True)
class Lesson:
    """One lesson. number, letter: from its folder, the letter of a deep dive; question: the one it answers; shows:
    what its map entry says; sources: in the order in which the text first cites them; path: of its file.
    """

    id: str
    number: int
    letter: str
    version: int
    title: str
    question: str
    shows: str
    formerly: tuple[Place, ...]
    objectives: Mapping[str, str]
    claims: Mapping[str, Claim]
    predictions: Mapping[str, Prediction]
    sources: Mapping[str, Source]
    sections: tuple[Section, ...]
    path: Path

    @property
    def is_deep(self) -> bool:
        """Whether nobody needs it for the course."""
        return bool(self.letter)

    @property
    def place(self) -> str:
        """Its place among the lessons: "5", "5b"."""
        return f"{self.number}{self.letter}"

    @property
    def label(self) -> str:
        """Its kind and place, as they are read above its title."""
        return "Deep dive" if self.is_deep else f"Lesson {self.number}"

    def first_place(self, id_: str) -> str:
        """The place in which a step, a prediction or a question of this lesson first stood, as "lesson/id"."""
        return next((place for place in self.formerly if place.endswith(f"/{id_}")), f"{self.id}/{id_}")

    def section(self, id_: str) -> Section | None:
        """The section of this id, None if there is none."""
        return next((section for section in self.sections if section.id == id_), None)


def folder() -> Path:
    """The folder of the lessons."""
    return paths.PROJECT / "lessons"


def shared_pictures() -> Path:
    """The folder of the pictures that belong to no lesson alone."""
    return folder() / "pictures"


def picture_files(path: Path) -> dict[str, Path]:
    """The pictures that the lesson in a folder may show, by file name: its own, and those that belong to all."""
    return {file.name: file for place in (path.parent / shared_pictures().name, path) for file in place.glob("*.svg")}


def picture(file: Path, says: str) -> str:
    """A picture as HTML that wears the page's colours. says: what it shows. Raises OSError."""
    svg = _svg(file.read_text(encoding="utf-8"))
    return f'<span class="picture" role="img" aria-label="{escape(says)}">{svg}</span>'


def lesson_folders() -> list[Path]:
    """The folders that hold a lesson, in their order."""
    return sorted(path.parent for path in folder().glob("*/lesson.md"))


def lessons() -> dict[str, Lesson]:
    """Every lesson by its id, in the order of the folders. One that is damaged is left out, and the log says so."""
    shared = _written(shared_pictures())
    return dict(_read_all(tuple((path, _written(path) + shared) for path in lesson_folders())))


def step_of(experiment: Experiment) -> tuple[str, str] | None:
    """(lesson, step) of the first figure in which a learner trains such experiments; None if there is none."""
    places = (
        (lesson.id, section.id)
        for lesson in lessons().values()
        for section in lesson.sections
        for block in section.blocks
        if block.kind == "figure" and figures()[block.name].owns(block.options, experiment)
    )
    return next(places, None)


def moved(known: Iterable[Lesson]) -> dict[tuple[str, str], str]:
    """The lesson of each step, prediction and question that stood in another one before, by (former lesson, id)."""
    places = ((place.split("/"), lesson.id) for lesson in known for place in lesson.formerly)
    return {(former, id_): lesson for (former, id_), lesson in places}


def _written(path: Path) -> Written:
    """When the files of a folder were written."""
    try:
        with os.scandir(path) as files:
            return tuple(sorted((file.name, file.stat().st_mtime_ns) for file in files))
    except OSError:
        return ()


@lru_cache(maxsize=4)
def _read_all(folders: tuple[tuple[Path, Written], ...]) -> dict[str, Lesson]:
    by_id: dict[str, Lesson] = {}
    for path, written in folders:
        try:
            lesson = _read_cached(path, written)
            if lesson.id in by_id:
                raise LessonError(f"{where(path)}: its id “{lesson.id}” is taken by another lesson: choose another")
        except LessonError as error:
            logging.getLogger(__name__).warning("a lesson is left out: %s", error)
        else:
            by_id[lesson.id] = lesson
    return by_id


@lru_cache(maxsize=32)
def _read_cached(path: Path, _when: Written) -> Lesson:
    return read_lesson(path)


def where(path: Path) -> str:
    """The name of a lesson's file in a sentence."""
    return f"{path.parent.name}/{path.name}/lesson.md"


def lesson_id(path: Path) -> str:
    """The id of the lesson in a folder, for which nobody needs to know the figures. Raises LessonError."""
    return _read_parts(path)[0].id


def _read_parts(path: Path) -> tuple[_Front, str, int]:
    """The front matter, the text after it, and the line at which that begins. Raises LessonError."""
    place = where(path)
    try:
        text = (path / "lesson.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{place}: it cannot be read ({error}): save it as UTF-8 text") from error
    split = _FRONT.fullmatch(text)
    if not split:
        raise LessonError(f"{place}, line 1: begin with “---”, the front matter, and “---” again")
    front = validated(_Front, read_yaml(split[1], f"{place}, front matter"), f"{place}, front matter")
    return front, split[2], split[1].count("\n") + 3


def read_lesson(path: Path) -> Lesson:
    """The lesson in a folder. Raises LessonError if a page could not show it; the linter finds more."""
    place = where(path)
    number = _FOLDER.fullmatch(path.name)
    if not number:
        raise LessonError(f"{place}: name the folder NN_words, or NNb_words if it is a deep dive, in small letters")
    front, text, first = _read_parts(path)
    try:
        pictures = {name: _svg(file.read_text(encoding="utf-8")) for name, file in picture_files(path).items()}
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{place}: a picture cannot be read ({error}): save it as UTF-8 text") from error
    met = {key: front.sources[key] for key in CITED.findall(text) if key in front.sources}
    front = front.model_copy(update={"sources": met | front.sources})  # numbered as they are met
    sections = _sections(text.split("\n"), first, front, pictures, place)
    fields = {name: getattr(front, name) for name in _Front.model_fields}
    fields["predictions"] = {id_: _spoken(prediction) for id_, prediction in front.predictions.items()}
    fields |= {"number": int(number[1]), "letter": number[2]}
    return Lesson(sections=sections + _quiz(path), path=path / "lesson.md", **fields)


def _quiz(path: Path) -> tuple[Section, ...]:
    """The last step: all questions that stand beside the lesson; none if they cannot be read."""
    blocks = tuple(Block("question", name=id_) for id_ in questions_of(path))
    return (Section(QUIZ, "Quiz", None, blocks),) if blocks else ()


def _spoken(prediction: Prediction) -> Prediction:
    read = {name: phrase(getattr(prediction, name)).text for name in ("ask", "too_high", "too_low", "wrong")}
    written = [prediction.ask, prediction.too_high, prediction.too_low, prediction.wrong]
    return prediction.model_copy(update=read | {"written": tuple(filter(None, written))})


def _svg(text: str) -> str:
    """A picture's SVG element, without what stands before it."""
    return text[max(text.find("<svg"), 0) :].strip()


def _sections(
    lines: Sequence[str], first: int, front: _Front, pictures: Mapping[str, str], place: str
) -> tuple[Section, ...]:
    sections: list[Section] = []
    title: re.Match[str] | None = None
    began, body, fenced = first, list[tuple[int, str]](), False

    def close() -> None:
        if title:
            blocks = _blocks(body, front, pictures, f"{place}, section {title['id']}")
            sections.append(Section(title["id"], title["title"], title["objective"], blocks, began))

    for number, line in enumerate(lines, first):
        fenced ^= bool(_FENCE.match(line))
        if line.startswith("## ") and not fenced:
            close()
            title, began, body = _HEADING.fullmatch(line.rstrip()), number, []
            if not title:
                raise LessonError(f"{place}, line {number}: end the heading with an id, as in “## Title {{#id}}”")
            if any(section.id == title["id"] for section in sections):
                raise LessonError(f"{place}, line {number}: the section id “{title['id']}” is taken: choose another")
        elif title:
            body.append((number, line))
        elif line.strip():
            raise LessonError(f"{place}, line {number}: begin with a heading, as in “## Title {{#id}}”")
    close()
    if not sections:
        raise LessonError(f"{place}: it has no section: write “## Title {{#id}}” and what belongs to it")
    return tuple(sections)


def _blocks(
    lines: Sequence[tuple[int, str]], front: _Front, pictures: Mapping[str, str], place: str
) -> tuple[Block, ...]:
    blocks: list[Block] = []
    written: list[tuple[int, str]] = []

    def close() -> None:
        while written and not written[0][1].strip():
            written.pop(0)
        if written:
            markdown = "\n".join(line for _number, line in written).rstrip()
            html = prose(markdown, sources=tuple(front.sources), pictures=pictures).html
            blocks.append(Block("prose", html=html, line=written[0][0], markdown=markdown))
            written.clear()

    fenced = False
    for number, line in lines:
        fenced ^= bool(_FENCE.match(line))
        if line.startswith(":::") and not fenced:
            close()
            blocks.append(_directive(line, number, front, f"{place}, line {number}"))
        else:
            written.append((number, line))
    close()
    return tuple(blocks)


def _directive(line: str, number: int, front: _Front, place: str) -> Block:
    match = _DIRECTIVE.fullmatch(line)
    kinds = [kind for kind in get_args(Kind) if kind != "prose"]
    if not match or match["kind"] not in kinds:
        example = "“:::figure name {option: value}”"
        raise LessonError(f"{place}: {line[:40]!r} is no directive: write {example}, with one of {', '.join(kinds)}")
    kind, name = match["kind"], match["name"]
    given = read_yaml(match["options"] or "{}", place)
    if kind in ("figure", "formula"):
        known = {id_: one for id_, one in figures().items() if one.formula == (kind == "formula")}
        if name not in known:
            raise LessonError(f"{place}: there is no {kind} “{name}”: use one of {', '.join(known)}")
        options: Options = validated(known[name].options, given, f"{place}, {kind} {name}")
        block = Block(kind, name, options=options.model_dump(mode="json"), line=number)  # type: ignore[arg-type]  # checked above
        for lock in block.locks:
            if lock not in front.predictions:
                raise LessonError(f"{place}: it is locked by “{lock}”, which is no prediction: write it there")
        return block
    if given:
        raise LessonError(f"{place}: a {kind} has no options: take them out")
    if kind == "predict" and name not in front.predictions:
        raise LessonError(f"{place}: there is no prediction “{name}”: write it into the front matter")
    return Block(kind, name, line=number)  # type: ignore[arg-type]  # checked above
