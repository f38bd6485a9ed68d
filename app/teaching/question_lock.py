"""The content of each version of a question: lessons/questions.lock.json. Old answers are kept with their version.

    python -m app.teaching.question_lock     # note new questions and new versions; write the schema for editors

A question whose content changed under the same version is refused: raise its `v` first.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from app.teaching.lessons import folder, lesson_folders, lesson_id
from app.teaching.plain import LessonError
from app.teaching.question import Question
from app.teaching.questions import FILE, json_schema, read_questions

LOCK = "questions.lock.json"
SCHEMA = "questions.schema.json"  # for editors that check YAML against a JSON Schema
_UNASKED = {"v", "hints", "confidence"}  # what may change without asking something else

Locked = Mapping[str, tuple[int, str]]  # "lesson/question" → (version, digest)


def digest(question: Question) -> str:
    """Sixteen letters that change with what a question asks, offers or answers."""
    content = question.model_dump(mode="json", exclude=_UNASKED, exclude_defaults=True)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def folders_with_questions() -> list[Path]:
    """The folders of lessons that have a file of questions, in their order."""
    return [place for place in lesson_folders() if (place / FILE).exists()]


def lock_file() -> Path:
    """The file in which the versions are noted."""
    return folder() / LOCK


def locked() -> Locked:
    """The noted versions. Raises LessonError if the file is damaged; none if it is missing."""
    try:
        noted = json.loads(lock_file().read_text(encoding="utf-8"))
        return {id_: (int(entry["v"]), str(entry["digest"])) for id_, entry in noted.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise LessonError(f"{LOCK}: it cannot be read ({error}): take it from version control again") from error


def fault(id_: str, question: Question, noted: Locked) -> str:
    """The fault of a question's version, "" if nothing is. id_: "lesson/question"."""
    if id_ not in noted:
        return f"it is not in {LOCK}: run python -m app.teaching.question_lock"
    version, kept = noted[id_]
    if question.v < version:
        return f"version {question.v} comes after version {version} in {LOCK}: raise v to {version + 1}"
    if question.v == version:
        return "" if digest(question) == kept else f"it has changed since version {version}: raise v to {version + 1}"
    return f"version {question.v} is not in {LOCK}: run python -m app.teaching.question_lock"


def main() -> int:
    """Note what is new. Returns the exit code."""
    noted, now, refused = locked(), dict[str, tuple[int, str]](), 0
    for place in folders_with_questions():
        for question in read_questions(place).values():
            id_ = f"{lesson_id(place)}/{question.id}"
            wrong = fault(id_, question, noted)
            if "raise v" in wrong:
                print(f"{place.name}, {question.id}: {wrong}", file=sys.stderr)
                refused += 1
            now[id_] = (question.v, digest(question)) if "raise v" not in wrong else noted[id_]
    written = {id_: {"v": version, "digest": kept} for id_, (version, kept) in sorted(now.items())}
    lock_file().write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    (folder() / SCHEMA).write_text(schema_text(), encoding="utf-8")
    return 1 if refused else 0


def schema_text() -> str:
    """The file of the schema."""
    return json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LessonError as error:
        sys.exit(str(error))
