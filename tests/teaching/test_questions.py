"""The questions of the lessons hold, and the linter catches what would not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from app.teaching import lessons, lint_questions, question_lock
from app.teaching.grading import NoAnswer
from app.teaching.plain import read_yaml
from app.teaching.question_kinds.bug import BugHunt
from app.teaching.question_kinds.slider import Slider
from app.teaching.questions import json_schema, kinds, read_questions
from app.teaching.variants import Variant, in_order_of, variant, variants

LESSON = "03_temperature"
DEEP = "05b_t_squared"
FOLDERS = question_lock.folders_with_questions()  # not their questions: every process of a test run collects


def test_nothing_is_wrong_with_the_questions() -> None:
    assert lint_questions.all_faults() == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_variant_computes_its_key_and_its_words(folder: Path) -> None:
    for question in read_questions(folder).values():
        for number in range(min(variants(question), 12)):
            asked = variant(question, number)
            assert asked.grade(asked.key()).right, (question.id, number)
            assert not any("{" in asked.text(words) for words in question.texts().values()), (question.id, number)


def test_variants_differ_and_begin_with_the_file_s_own() -> None:
    question = read_questions(lessons.folder() / LESSON)["top-share"]
    first = variant(question, 0)
    assert first.drawn == {name: values[0] for name, values in question.vary.items()}
    every = {tuple(variant(question, number).drawn.values()) for number in range(variants(question))}
    assert len(every) == variants(question) == 4
    assert variant(question, 4) == first


def test_a_dial_asks_its_check_once_at_each_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    question = read_questions(lessons.folder() / LESSON)["twice-as-much"]
    assert isinstance(question, Slider)
    turned: list[float] = []
    off = Slider._off

    def noted(self: Slider, asked: Variant, x: float) -> float:
        turned.append(x)
        return off(self, asked, x)

    monkeypatch.setattr(Slider, "_off", noted)
    asked = variant(question)
    assert asked.grade(asked.key()).right and not asked.grade(question.high).right
    assert turned == [*question._stops(), asked.key(), question.high]


def test_options_stand_in_an_order_of_the_learner_s_that_stays() -> None:
    question = read_questions(lessons.folder() / LESSON)["who-leads"]
    ids = ["a", "b", "c"]
    orders = {learner: in_order_of(learner, question, ids) for learner in ("one", "two", "three", "four", "five")}
    assert all(sorted(order) == ids for order in orders.values())
    assert len({tuple(order) for order in orders.values()}) > 1
    assert in_order_of("one", question, ids) == orders["one"]
    turns = [in_order_of("one", question, ids, turn) for turn in range(3)]
    assert len({tuple(order) for order in turns}) == 3, "and another one each time that it comes again"


def test_the_schema_for_editors_knows_every_kind() -> None:
    schema = json.dumps(json_schema())
    assert all(f'"{kind}"' in schema for kind in kinds())


def test_the_schema_that_editors_read_is_the_present_one() -> None:
    kept = (lessons.folder() / question_lock.SCHEMA).read_text(encoding="utf-8")
    assert kept == question_lock.schema_text(), "run python -m app.teaching.question_lock"


def test_an_independent_validator_agrees_with_the_files_and_with_a_misspelt_one() -> None:
    validator = Draft202012Validator(json_schema())
    for folder in question_lock.folders_with_questions():
        bank = YAML(typ="safe", pure=True).load((folder / "questions.yaml").read_text(encoding="utf-8"))
        assert [error.message for error in validator.iter_errors(bank)] == [], folder.name
    bank["questions"][0]["hint"] = "One."
    assert list(validator.iter_errors(bank))


# ── planted faults ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the lessons to spoil."""
    copy = tmp_path / "lessons"
    shutil.copytree(lessons.folder(), copy)
    monkeypatch.setattr(lessons, "folder", lambda: copy)
    monkeypatch.setattr(question_lock, "folder", lambda: copy)
    return copy


def spoil(shelf: Path, id_: str, lesson: str = LESSON, **changes: Any) -> list[str]:
    """The faults of the lesson once a question has these fields; a path into it is written with double underscores."""
    file = shelf / lesson / "questions.yaml"
    bank = read_yaml(file.read_text(encoding="utf-8"), file.name)
    question = next(one for one in bank["questions"] if one["id"] == id_)
    for path, value in changes.items():
        *way, last = path.split("__")
        place = question
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        key = int(last) if last.isdigit() else last
        if value is None:
            del place[key]
        else:
            place[key] = value
    file.write_text(json.dumps(bank), encoding="utf-8")  # which is YAML, too
    return lint_questions.faults(shelf / lesson)


TOP_SHARE = {"check": "softmax_top", "logits": [4, 2, 0], "temperature": 2, "percent": True, "digits": 1}


@pytest.mark.parametrize(
    ("id_", "changes", "said"),
    [
        ("top-share", {"answer__logits": [9, 2, 0]}, "raise v to 4"),
        ("top-share", {"v": 4}, "version 4 is not in"),
        ("top-share", {"v": 4, "traps__0__value__temperature": "$T"}, "which is right or nearly"),
        ("top-share", {"v": 4, "right": "It gets 42%."}, "the number “42%.” is computed by nothing"),
        ("top-share", {"v": 4, "right": "It gets {nothing}%."}, "there is no value “nothing”"),
        ("top-share", {"v": 4, "answer__temperature": "$U"}, "nothing is drawn that is called “$U”"),
        ("top-share", {"v": 4, "tests": "nowhere"}, "the section “nowhere”, which there is not"),
        ("top-share", {"v": 4, "objective": "dance"}, "there is no objective “dance”"),
        ("top-share", {"hints": None}, "the field “hints” is missing"),
        ("top-share", {"hint": "One."}, "there is no field “hint”"),
        ("who-leads", {"options__0__feedback": None}, "the field “options.0.feedback” is missing"),
        ("who-leads", {"options__0__feedback": " "}, "feedback of other: it is empty"),
        ("who-leads", {"options__0__correct": True}, "exactly one option must be correct"),
        ("who-leads", {"v": 4, "options__2__text": "All of the above"}, "tests reading, no idea"),
        ("who-leads", {"v": 4, "stem": "Which class can not lead?"}, "it asks for what is not so"),
        ("who-leads", {"v": 4, "options__0__text": "Still the three"}, "two of its options read the same"),
        ("fading", {"lesson": DEEP, "v": 5, "options__1__stands_for": 1.0}, "0 options are what the key says"),
        ("fading", {"lesson": DEEP, "v": 5, "within": 2.0}, "3 options are what the key says"),
        ("twice-as-much", {"v": 2, "target": 500.0}, "no stop of its dial reaches the target"),
        ("twice-as-much", {"v": 2, "low": 5.77}, "its answer lies at the end from which the keyboard turns it"),
        ("twice-as-much", {"start": 5}, "there is no field “start”"),
        ("twice-as-much", {"low": 30}, "low < high"),
        ("entropy-curve", {"v": 4, "high": 2.0}, "lies outside of 0 to 2"),
        ("entropy-curve", {"at": [1, 1.01, 4, 8, 20]}, "too close to be drawn apart"),
        ("entropy-curve", {"at": [0, 2, 4, 8, 20]}, "above zero on a logarithmic scale"),
        (
            "who-leads",
            {"v": 4, "options__1__text": "All logits are divided by the same number, so their order stays"},
            "option same: the lesson says just that",
        ),
        (
            "who-leads",
            {"v": 4, "stem": "The first share was {top}%. Who leads?", "values": {"top": TOP_SHARE}},
            "question who-leads: it states what top-share asks for",
        ),
        ("top-share", {"answer__check": "softmax_bottom"}, "there is no check “softmax_bottom”"),
        ("louder-and-closer", {"kind": "guess"}, "its kind “guess” is none of"),
        ("without-end", {"lesson": DEEP, "v": 3, "objective": "scale"}, "nothing tests the objective “limit”"),
        ("without-end", {"lesson": DEEP, "v": 3, "tests": "squared"}, "nothing asks about the section “limit”"),
        (
            "who-leads",
            {"v": 4, "explain": "See [it](https://example.com)."},
            "may be named by role, and this is “https:",
        ),
    ],
)
def test_a_planted_fault_is_caught(shelf: Path, id_: str, changes: dict[str, Any], said: str) -> None:
    found = spoil(shelf, id_, **changes)
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize(
    ("id_", "changes", "said"),
    [
        (
            "turned-down",
            {"shows": ["accuracy", "confidence"]},
            "what is shown does not tell “mean instead of batchmean”",
        ),
        ("turned-down", {"cohort": "t20", "bug": "mean", "among": ["alpha", "none", "mean"]}, "from “no bug at all”"),
        ("turned-down", {"cohort": "t20"}, "is what a healthy run shows"),
        ("turned-down", {"cohort": "t5"}, "missing or damaged"),
        ("turned-down", {"among": ["mean", "alpha"]}, "“no-t2” is right, but is not among its options"),
        ("turned-down", {"vary__bug": ["lazy"]}, "no bug “lazy” was recorded there"),
        ("turned-down", {"shows": ["mood"]}, "there is no row “mood”"),
        ("turned-down", {"among": ["mean"]}, "among"),
        ("worth-the-search", {"v": 3, "values__half__digits": 0}, "nobody can tell its key from"),
        (
            "worth-the-search",
            {"v": 3, "stem": "The best of {all} settings is {over} points ahead. What did the search bring?"},
            "its stem does not show it",
        ),
        ("borrowed", {"key__sweep": "recorded-sweep-mnist-labels"}, "cannot answer that"),
        ("borrowed", {"chart__sweep": "recorded-sweep-mnist-labels"}, "there is no such chart"),
        ("borrowed", {"chart__kind": "pie"}, "chart"),
        ("borrowed", {"images": [1, 2]}, "give one of “image”"),
        ("which-alpha", {"key__temperature": 20, "key__by": "taste"}, "cannot answer that"),
        ("which-alpha", {"chart__temperature": 5}, "has nothing at T = 5"),
        ("which-alpha", {"vary__T": [20, 3]}, "in its variant 1: sweep_best_alpha cannot answer that"),
    ],
)
def test_a_fault_in_what_was_recorded_is_caught(shelf: Path, id_: str, changes: dict[str, Any], said: str) -> None:
    lesson = "09_bugs" if id_ == "turned-down" else "08_tuning"
    found = spoil(shelf, id_, lesson, **({"v": 2} | changes))
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize(
    ("lesson", "id_", "changes"),
    [
        ("02_what_the_teacher_says", "most-confused", {"stem": "Which other class gets most?"}),
        ("01_heavy_professor", "the-law", {"explain": "It has to be measured."}),
    ],
)
def test_a_copy_that_no_text_names_is_caught(shelf: Path, lesson: str, id_: str, changes: dict[str, Any]) -> None:
    found = spoil(shelf, id_, lesson, v=9, **changes)
    assert any(f"{id_}" in fault and "no text says so: write “JPEG copy”" in fault for fault in found), found


def test_a_dial_that_shows_numbers_has_numbers_at_every_stop(shelf: Path) -> None:
    lesson = "07_never_shown"
    assert any("choose a larger step" in one for one in spoil(shelf, "find-the-bias", lesson, v=4, step=0.01))
    found = spoil(shelf, "find-the-bias", lesson, step=0.1, reads={"luck": {"check": "never_shown_with", "of": "luck"}})
    assert any("bias" in one for one in found), found


def test_what_is_said_of_a_bug_is_in_the_rows_that_are_shown() -> None:
    for question in read_questions(lessons.folder() / "09_bugs").values():
        if not isinstance(question, BugHunt):
            continue
        for number in range(variants(question)):
            asked = variant(question, number)
            rows = {words: this for words, _healthy, this in question.rows(asked)}
            assert len(rows) == len(question.shows)
            for choice in question.choices(asked):
                assert rows[asked.grade(choice.id).lit] in choice.feedback, (question.id, choice.id)
                assert choice.feedback.startswith("Yes." if choice.id == asked.key() else "No.")


def test_every_place_of_a_chart_can_be_pressed_and_is_said_in_words() -> None:
    banks = [read_questions(folder).values() for folder in FOLDERS]
    charts = [question for bank in banks for question in bank if getattr(question, "chart", None)]
    assert charts
    for asked in (variant(question, number) for question in charts for number in range(variants(question))):
        question: Any = asked.question
        chart = question.chart.drawn(asked)
        assert len(set(chart.ids)) == len(chart.ids) >= 3 and asked.key() in chart.ids
        assert all(place.said for row in chart.rows for place in row) and len(chart.names) == len(chart.rows)
        assert json.loads(json.dumps(chart.to_json()))["heads"]
        wrong = next(id_ for id_ in chart.ids if id_ != asked.key())
        assert asked.grade(wrong).score == 0
        with pytest.raises(NoAnswer):
            asked.grade("nowhere")


def test_a_seeded_wrong_key_is_caught(shelf: Path) -> None:
    """Where no check says what is right, a changed key is a changed question."""
    found = spoil(shelf, "who-leads", options__1__correct=None, options__0__correct=True)
    assert any("raise v to 4" in fault for fault in found), found


def test_an_unbalanced_key_is_caught(shelf: Path) -> None:
    lesson = shelf / "01_heavy_professor"
    file = lesson / "questions.yaml"
    bank = read_yaml(file.read_text(encoding="utf-8"), file.name)
    for question in bank["questions"]:
        if question["kind"] == "single":
            right = ("student", "some")  # where a check says so
            question["options"].sort(key=lambda one: not (one.get("correct") or one.get("stands_for") in right))
    file.write_text(json.dumps(bank), encoding="utf-8")
    assert any("stands at the same place in 5 of 5" in fault for fault in lint_questions.faults(lesson))


def test_the_lock_notes_new_versions_and_refuses_silent_changes(shelf: Path) -> None:
    assert question_lock.main() == 0
    spoil(shelf, "who-leads", stem="Which class leads now?")
    assert question_lock.main() == 1
    assert any("raise v to 4" in fault for fault in lint_questions.faults(shelf / LESSON))
    spoil(shelf, "who-leads", v=4)
    assert question_lock.main() == 0
    assert lint_questions.faults(shelf / LESSON) == []
    (shelf / question_lock.LOCK).write_text("{", encoding="utf-8")
    assert "take it from version control again" in lint_questions.faults(shelf / LESSON)[0]


def test_the_lock_is_written_without_a_figure_at_hand(tmp_path: Path) -> None:
    """As the command does it, in a process that has imported no figures."""
    shutil.copy(question_lock.lock_file(), tmp_path)
    script = (
        "import pathlib, sys\nfrom app.teaching import question_lock\n"
        "question_lock.folder = lambda: pathlib.Path(sys.argv[1])\nsys.exit(question_lock.main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    for name in (question_lock.LOCK, question_lock.SCHEMA):
        assert (tmp_path / name).read_bytes() == (lessons.folder() / name).read_bytes(), name
