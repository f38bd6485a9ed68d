"""The questions of a lesson: the plain file lessons/NN_slug/questions.yaml, read strictly, one kind a file.

A kind is a file of `question_kinds`, found by its name. Which option is right is computed wherever a check can say it:
`key` is that check, and an option's `stands_for` what it stands for.
"""

import importlib
import logging
import pkgutil
from collections.abc import Mapping
from functools import cache, lru_cache, reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import Field, TypeAdapter, create_model

from app.teaching import question_kinds
from app.teaching.plain import LessonError, Plain, read_yaml, validated
from app.teaching.question import Question

FILE = "questions.yaml"


@cache
def kinds() -> dict[str, type[Question]]:
    """Every kind by its name, which is that of its file."""
    names = [module.name for module in pkgutil.iter_modules(question_kinds.__path__)]
    return {name: _kind(name) for name in sorted(names)}


def _kind(name: str) -> type[Question]:
    """The class of a module that declares this kind. Raises TypeError if there is none, or if it lacks a part."""
    module = importlib.import_module(f"{question_kinds.__name__}.{name}")
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Question):
            if value.__abstractmethods__ and value.__module__ == module.__name__:
                raise TypeError(f"{name}.py lacks {', '.join(sorted(value.__abstractmethods__))}")
            if get_args(value.model_fields["kind"].annotation) == (name,):
                return value
    raise TypeError(f"{name}.py declares no kind of its name")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a file of questions, as an editor may check it."""
    question: Any = Annotated[reduce(or_, kinds().values()), Field(discriminator="kind")]
    bank: Any = create_model("Bank", __base__=Plain, questions=(tuple[question, ...], Field(min_length=1)))
    schema = TypeAdapter(bank).json_schema()
    schema["$defs"]["Claim"]["additionalProperties"] = True  # the arguments of its check, which it gathers itself
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def read_questions(folder: Path) -> dict[str, Question]:
    """The questions of the lesson in a folder, by id, in their order; none if it has no file. Raises LessonError."""
    path, place = folder / FILE, f"{folder.name}/{FILE}"
    if not path.exists():
        return {}
    try:
        fields = read_yaml(path.read_text(encoding="utf-8"), place)
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{place}: it cannot be read ({error}): save it as UTF-8 text") from error
    listed = fields.get("questions")
    if set(fields) != {"questions"} or not isinstance(listed, list) or not listed:
        raise LessonError(f"{place}: write one field, “questions”, with a list of them")
    questions: dict[str, Question] = {}
    for number, one in enumerate(listed, 1):
        question = _question(one, f"{place}, question {number}")
        if question.id in questions:
            raise LessonError(f"{place}, question {number}: the id “{question.id}” is taken: choose another")
        questions[question.id] = question
    return questions


def _question(fields: Any, place: str) -> Question:
    if not isinstance(fields, dict):
        raise LessonError(f"{place}: write its fields as “name: value” pairs")
    kind = fields.get("kind")
    if kind not in kinds():
        raise LessonError(f"{place}: its kind “{kind}” is none of {', '.join(kinds())}: choose one of them")
    return validated(kinds()[kind], fields, f"{place} ({fields.get('id', 'without an id')})")


def questions_of(folder: Path) -> Mapping[str, Question]:
    """The questions of a lesson by id; none if its file is damaged, which the log says."""
    try:
        modified = (folder / FILE).stat().st_mtime_ns
    except OSError:
        return {}
    return _cached(folder, modified)


@lru_cache(maxsize=32)
def _cached(folder: Path, _modified: int) -> Mapping[str, Question]:
    try:
        return read_questions(folder)
    except LessonError as error:
        logging.getLogger(__name__).warning("questions are left out: %s", error)
        return {}
