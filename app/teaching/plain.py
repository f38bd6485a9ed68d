"""Plain files, read strictly: YAML to frozen models, and sentences if that fails."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

KNOTS = 5  # of a curve that a learner draws
CLOSEST = 0.04  # of a picture's width: two knots that are nearer cannot be drawn apart

Scale = Literal["linear", "log"]


class LessonError(ValueError):
    """A plain file that cannot be used: a sentence that names the file, the place and what to do."""


class ClaimError(ValueError):
    """A number of a lesson that cannot be computed: a sentence that says why."""


class Plain(BaseModel):
    """A part of a plain file: frozen, of exact types, without fields that it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", serialize_by_alias=True)


class Source(Plain):
    """A citation. url: https, "" if it is on paper only."""

    text: str
    url: str = Field(default="", pattern=r"^(https://\S+)?$")


AnyPlain = TypeVar("AnyPlain", bound=Plain)


def knots_fault(at: Sequence[float], scale: Scale) -> str:
    """The fault of the positions of a curve's knots, "" if there is none."""
    if len(at) != KNOTS or list(at) != sorted(set(at)) or (scale == "log" and at[0] <= 0):
        return f"a curve needs {KNOTS} ascending positions “at”, above zero on a logarithmic scale"
    places = [math.log(one) for one in at] if scale == "log" else list(at)
    nearest = min(after - before for before, after in pairwise(places)) / (places[-1] - places[0])
    return "" if nearest >= CLOSEST else "two of its positions lie too close to be drawn apart: try “scale: log”"


def read_yaml(text: str, where: str) -> dict[str, Any]:
    """A YAML mapping with text as keys. where: names the file. Raises LessonError."""
    try:
        fields = deepcopy(_loaded(text))
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1} of it" if error.problem_mark else ""
        raise LessonError(f"{where}{line}: this is not YAML ({error.problem}): mend it there") from error
    except (YAMLError, ValueError) as error:
        raise LessonError(f"{where}: this is not YAML ({error}): mend it") from error
    if fields is None:
        return {}
    if not isinstance(fields, dict) or not all(isinstance(key, str) for key in fields):
        raise LessonError(f"{where}: write “name: value” pairs whose names are words, got {str(fields)[:60]!r}")
    return fields


@lru_cache(maxsize=128)  # a text is read many times between two changes of it, and takes a twentieth of a second
def _loaded(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def validated(model: type[AnyPlain], fields: Any, where: str) -> AnyPlain:
    """The model with these fields. Raises LessonError, which names the first field that is wrong."""
    try:
        # in JSON a list may stand for a tuple, also in strict mode
        return model.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        raise LessonError(f"{where}: {_sentence(model, error)}") from error
    except (TypeError, ValueError) as error:
        raise LessonError(f"{where}: write text, numbers, lists and names only ({error})") from error


def entries(model: type[AnyPlain], file: Path) -> dict[str, AnyPlain]:
    """A file's entries by id, in its order; a model with a field `id` is told it. Raises LessonError."""
    try:
        read: dict[str, AnyPlain] = _entries(model, file, file.stat().st_mtime_ns)
    except OSError as error:
        raise LessonError(f"{file.name}: it cannot be read ({error.strerror}): put it back into lessons/") from error
    return read


@lru_cache(maxsize=4)
def _entries(model: type[AnyPlain], file: Path, _written: int) -> dict[str, AnyPlain]:
    read = {}
    for id_, fields in read_yaml(file.read_text(encoding="utf-8"), file.name).items():
        named = {**fields, "id": id_} if isinstance(fields, dict) and "id" in model.model_fields else fields
        read[id_] = validated(model, named, f"{file.name}, {id_}")
    return read


def _sentence(model: type[Plain], error: ValidationError) -> str:
    """Say pydantic's first complaint and what to do; a misspelt field comes before the one that is missing for it."""
    first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = ", ".join(of.alias or name for name, of in model.model_fields.items())
        return f"there is no field “{field}”: take it out, or use one of {known}"
    if first["type"] == "missing":
        return f"the field “{field}” is missing: write it"
    message = first["msg"].removeprefix("Value error, ")
    got = f", got {str(first['input'])[:60]!r}" if field else ""
    return f"{field or 'it'} – {message}{got}: change it"
