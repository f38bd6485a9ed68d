"""A kind of question is one Python file and one JavaScript file: all have both, and one that is dropped in works."""

from __future__ import annotations

import inspect
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from app.components import scripts
from app.store import Answer, Store
from app.teaching import lessons, lint_questions, question_kinds, question_lock
from app.teaching.export import anki, gift
from app.teaching.export.elsewhere import questions_by_lesson
from app.teaching.learner_progress import learner_progress
from app.teaching.questions import json_schema, kinds, read_questions
from app.teaching.variants import variants
from app.views import quiz
from tests.views.conftest import ME

PARTS = ("texts", "key", "grade", "field", "to_gift", "to_anki")
LESSON = "03_temperature"

MADE_UP = '''
"""Say yes or no."""

from __future__ import annotations

from typing import Any, Literal

from app.teaching.claims import Claim
from app.teaching.grading import Grade, given_one, one_number
from app.teaching.question import Flashcard, Gift, VerdictQuestion
from app.teaching.variants import Variant


class YesOrNo(VerdictQuestion):
    """Whether a number is above a half."""

    kind: Literal["yes_or_no"]
    number: Claim

    def key(self, asked: Variant) -> str:
        return "yes" if one_number(asked.value(self.number)) > 0.5 else "no"

    def grade(self, asked: Variant, given: object) -> Grade:
        key = self.key(asked)
        return self.judged(asked, float(given_one(given, ("yes", "no")) == key), key)

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        return {"words": ["yes", "no"]}

    def to_gift(self, asked: Variant) -> Gift | None:
        return Gift(("=" + self.key(asked), "~maybe"), self.explain)

    def to_anki(self, asked: Variant) -> Flashcard | None:
        return Flashcard("", self.key(asked))
'''
QUESTION = {
    "id": "above",
    "kind": "yes_or_no",
    "v": 1,
    "tests": "soften",
    "objective": "soften",
    "stem": "Is the first share above a half at T = {T}?",
    "hints": ["Compute it."],
    "explain": "It falls with the temperature.",
    "right": "Yes.",
    "wrong": "No.",
    "vary": {"T": [1, 50]},
    "number": {"check": "softmax_top", "logits": [4, 2, 0], "temperature": "$T"},
}


def test_every_kind_has_both_files_and_all_parts() -> None:
    folder = Path(question_kinds.__path__[0])
    python = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert set(kinds()) == python == {file.stem for file in (scripts.ROOMS["components/js"] / "questions").glob("*.js")}
    for name, kind in kinds().items():
        assert not inspect.isabstract(kind) and all(callable(getattr(kind, part)) for part in PARTS), name


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which kinds are found, too."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    monkeypatch.setattr(question_kinds, "__path__", [*question_kinds.__path__, str(folder)])
    kinds.cache_clear()
    yield folder
    kinds.cache_clear()
    for file in folder.glob("*.py"):
        sys.modules.pop(f"{question_kinds.__name__}.{file.stem}", None)


@pytest.mark.parametrize(
    ("taken", "put", "fault"),
    [
        ("def grade(", "def graded(", "half.py lacks grade"),
        ('Literal["yes_or_no"]', 'Literal["yes"]', "half.py declares no kind of its name"),
    ],
)
def test_half_a_kind_is_refused(dropped: Path, taken: str, put: str, fault: str) -> None:
    half = MADE_UP.replace('Literal["yes_or_no"]', 'Literal["half"]') if "grade" in taken else MADE_UP
    (dropped / "half.py").write_text(half.replace(taken, put), encoding="utf-8")
    with pytest.raises(TypeError, match=fault):
        kinds()


@pytest.fixture
def shelf(dropped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the lessons with a question of a kind that was dropped in."""
    copy = tmp_path / "lessons"
    (dropped / "yes_or_no.py").write_text(MADE_UP, encoding="utf-8")
    shutil.copytree(lessons.folder(), copy)
    monkeypatch.setattr(lessons, "folder", lambda: copy)
    monkeypatch.setattr(question_lock, "folder", lambda: copy)
    file, yaml = copy / LESSON / "questions.yaml", YAML(typ="safe", pure=True)
    bank = yaml.load(file.read_text(encoding="utf-8"))
    bank["questions"].append(QUESTION)
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(bank, out)
    return copy


def test_a_kind_that_is_dropped_in_is_read_linted_locked_and_in_the_schema(shelf: Path) -> None:
    question = read_questions(shelf / LESSON)["above"]
    assert variants(question) == 2 and question.texts()["stem"] == QUESTION["stem"]
    (fault,) = lint_questions.faults(shelf / LESSON)
    assert "above" in fault and "it is not in questions.lock.json" in fault
    assert question_lock.main() == 0
    assert lint_questions.faults(shelf / LESSON) == []
    assert "YesOrNo" in json_schema()["$defs"]


def test_it_is_asked_answered_graded_and_comes_back_for_review(shelf: Path, store: Store, learner: str) -> None:
    lesson = lessons.read_lesson(shelf / LESSON)
    sent = quiz.shown(quiz.Seat(lesson, ME, []), "above")
    assert (sent["kind"], sent["field"], sent["grade"]) == ("yes_or_no", {"words": ["yes", "no"]}, None)
    press = {"given": "no", "sure": "sure", "asked": sent["asked"], "press": "p1"}
    seat = quiz.Seat(lesson, ME, [])
    answer = quiz.answered(seat, "above", {seat.key("above"): {"answered": press}})
    assert isinstance(answer, Answer) and answer.score == 0
    store.answers.add(ME, answer)
    missed = quiz.shown(quiz.Seat(lesson, ME, store.answers.of(ME)), "above")
    assert missed["grade"] is None and missed["missed"]["given"] == "no" and "key" not in missed["missed"]
    seat = quiz.Seat(lesson, ME, store.answers.of(ME))
    press |= {"asked": missed["asked"], "press": "p2"}
    again = quiz.answered(seat, "above", {seat.key("above"): {"answered": press}})
    assert isinstance(again, Answer)
    store.answers.add(ME, again)
    told = quiz.shown(quiz.Seat(lesson, ME, store.answers.of(ME)), "above")
    assert told["grade"]["key"] == "yes" and told["grade"]["said"] == "No." and told["again"]
    assert isinstance(
        quiz.answered(seat, "above", {seat.key("above"): {"answered": press | {"given": "perhaps"}}}), str
    )
    known = learner_progress([lesson], store.answers.of(ME), now=1e12)
    assert ("temperature", "above") in [card.key for card in known.session.left]


def test_it_is_exported(shelf: Path) -> None:
    by_lesson = questions_by_lesson("temperature")
    assert "::temperature/above::" in gift.gift(by_lesson) and "=yes" in gift.gift(by_lesson)
    assert "distillery/temperature/above" in anki.deck(by_lesson)
    assert (
        json.loads(json.dumps(read_questions(shelf / LESSON)["above"].model_dump(mode="json")))["kind"] == "yes_or_no"
    )
