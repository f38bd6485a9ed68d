"""Plain files, read strictly: YAML to frozen models, and sentences where that fails. Knows no lesson."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

KNOTS = 5  # of a curve that a learner draws


class LessonError(ValueError):
    """A plain file that cannot be used: a sentence that names the file, the place and what to do."""


class ClaimError(ValueError):
    """A number of a lesson that cannot be computed: a sentence that says why."""


class Plain(BaseModel):
    """A part of a plain file: frozen, of exact types, without fields that it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


AnyPlain = TypeVar("AnyPlain", bound=Plain)


def read_yaml(text: str, where: str) -> dict[str, Any]:
    """A YAML mapping with text as keys. where: for the sentence, where it is not one."""
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1} of it" if error.problem_mark else ""
        raise LessonError(f"{where}{line}: this is not YAML ({error.problem}): mend it there") from error
    except (YAMLError, ValueError) as error:
        raise LessonError(f"{where}: this is not YAML ({error}): mend it") from error
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise LessonError(f"{where}: write “name: value” pairs whose names are words, got {str(found)[:60]!r}")
    return found


def validated(model: type[AnyPlain], fields: Any, where: str) -> AnyPlain:
    """The model with these fields. Raises LessonError, which names the first field that is wrong."""
    try:
        return model.model_validate_json(
            json.dumps(fields)
        )  # in JSON a list may stand for a tuple, also in strict mode
    except ValidationError as error:
        raise LessonError(f"{where}: {_said(model, error)}") from error
    except (TypeError, ValueError) as error:
        raise LessonError(f"{where}: write text, numbers, lists and names only ({error})") from error


def _said(model: type[Plain], error: ValidationError) -> str:
    """The first of pydantic's complaints, with what to do; a misspelt field before the one that is missing for it."""
    first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"there is no field “{field}”: take it out, or use one of {', '.join(model.model_fields)}"
    if first["type"] == "missing":
        return f"the field “{field}” is missing: write it"
    message = first["msg"].removeprefix("Value error, ")
    got = f", got {str(first['input'])[:60]!r}" if field else ""
    return f"{field or 'it'} – {message}{got}: change it"
