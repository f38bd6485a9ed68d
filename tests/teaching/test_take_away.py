"""What is taken away, read by programs that are not ours: a learner's results, flashcards, questions for Moodle."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.store import Answer, Progress, Run, Saved
from app.teaching.export import anki, gift
from app.teaching.export.elsewhere import QuestionsByLesson, questions_by_lesson
from app.teaching.lessons import lessons
from app.teaching.markup import escaped, html_of
from app.teaching.options import ChoiceQuestion, OptionQuestion
from app.teaching.own_results import COLUMNS, records, to_csv, to_json
from app.teaching.question import Question
from app.teaching.question_kinds.bug import BugHunt
from app.teaching.question_kinds.multiple import Multiple
from app.teaching.question_kinds.numeric import Numeric
from app.teaching.question_kinds.order import Order
from app.teaching.question_kinds.single import Single
from app.teaching.variants import variant

ASKABLE = (ChoiceQuestion, Numeric, Order)
LEFT_OUT = re.compile(r"[Ll]eft out, since .*: ([\w-]+/[\w-]+)")


@pytest.fixture(scope="module")
def asking() -> QuestionsByLesson:
    """Every question."""
    return questions_by_lesson()


def by_name(asking: QuestionsByLesson) -> dict[str, Question]:
    return {f"{lesson.id}/{id_}": one for lesson, known in asking for id_, one in known.items()}


# ── results ──────────────────────────────────────────────────────────────────────────────────────────────────────


def results(name: str = "soft labels", given: object = "same") -> list[dict[str, Any]]:
    run = {"id": "abc", "learner": "a" * 24, "state": "finished", "spec_json": "{}", "message": "", "created": 40.0}
    numbers = {"started": 1.0, "finished": 2.0, "seconds": 1.0, "update": 1, "updates": 1}
    return records(
        [Answer("p1", "temperature", "top-share", 2, 3, json.dumps(given), 0.25, "guess", 10.5)],
        [Progress("twins", "question", 20)],
        [("twins", Saved("gain", 1, "[1, 2.5]", 30))],
        [Run(**run, **numbers, name=name)],  # type: ignore[arg-type]
    )


def test_results_are_a_table_and_json_of_the_same() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(results()), newline="")))
    assert tuple(rows[0]) == COLUMNS and [row["what"] for row in rows] == ["answer", "step", "prediction", "run"]
    answer = {"version": "2", "variant": "3", "given": "same", "score": "0.25", "confidence": "guess"}
    assert answer.items() <= rows[0].items() and rows[0]["at"] == "1970-01-01T00:00:10.500+00:00"
    assert rows[2]["given"] == "[1, 2.5]" and rows[3]["name"] == "soft labels"
    found = json.loads(to_json(results()))["records"]
    assert [one["id"] for one in found] == ["top-share", "question", "gain", "abc"] and found[2]["given"] == [1, 2.5]


@given(st.sampled_from(["", " ", "\t", "\r", "\n"]), st.sampled_from("=+-@＝＋－＠"), st.text())
def test_no_cell_is_a_formula(blank: str, sign: str, text: str) -> None:
    for cell in list(csv.DictReader(io.StringIO(to_csv(results(blank + sign + text, sign + text)), newline=""))):
        for value in cell.values():
            assert not re.match(r"\s*[=+@＝＋－＠-]|[\t\r\n]", value), value


def test_a_negative_number_stays_one() -> None:
    (row, *_) = csv.DictReader(io.StringIO(to_csv(results(given=-3.5)), newline=""))
    assert row["given"] == "-3.5"


def test_who_did_nothing_gets_a_head_and_nothing_more() -> None:
    assert to_csv([]).strip() == ",".join(COLUMNS)
    assert json.loads(to_json([]))["records"] == []


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("at $T = 4$", r"at \(T = 4\)"),
        ("$a < b$", r"\(a &lt; b\)"),
        ("a [teacher](role:teacher) with [logits](term:logits)", "a <b>teacher</b> with logits"),
        ("[T = 4](set:temperature=4) and [there](lesson:twins)", "T = 4 and there"),
        ("[paper](https://example.org/a?b=c&d)", '<a href="https://example.org/a?b=c&amp;d">paper</a>'),
        ("<script>x</script>\n\n*so*", "&lt;script&gt;x&lt;/script&gt; <em>so</em>"),
    ],
)
def test_words_are_plain_html_with_maths_as_tex(words: str, html: str) -> None:
    assert html_of(words) == html


# ── flashcards ───────────────────────────────────────────────────────────────────────────────────────────────────


def imported(text: str) -> tuple[dict[str, str], list[list[str]]]:
    """(headers, rows) as Anki's documentation says that it reads a file: headers first, then CSV; # is a comment."""
    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    headers = dict(line[1:].rstrip("\n").split(":", 1) for line in head if ":" in line)
    assert lines[: len(head)] == head, "headers and comments stand before the first card"
    delimiter = {"tab": "\t"}[headers["separator"]]
    return headers, list(csv.reader(io.StringIO("".join(lines[len(head) :]), newline=""), delimiter=delimiter))


def guid_of(asking: QuestionsByLesson, name: str) -> str:
    """Of a question's card, which stays as it was when the question moves to another lesson."""
    lesson, id_ = name.split("/")
    return f"distillery/{next(one for one, _ in asking if one.id == lesson).first_place(id_)}"


def test_a_question_that_moved_is_the_same_card(asking: QuestionsByLesson) -> None:
    _, rows = imported(anki.deck(asking))
    tags = {row[0]: row[3] for row in rows}
    assert "distillery::t-squared" in tags["distillery/temperature/fading"].split()


def test_the_deck_is_what_anki_reads(asking: QuestionsByLesson) -> None:
    text = anki.deck(asking)
    headers, rows = imported(text)
    assert headers["html"] == "true" and headers["guid column"] == "1" and headers["tags column"] == "4"
    assert headers["columns"].split("\t") == ["guid", "Front", "Back", "Tags"]
    guids = [row[0] for row in rows]
    places = {name: guid_of(asking, name) for name in by_name(asking)}
    asked = {places[name]: one for name, one in by_name(asking).items()}
    assert {len(row) for row in rows} == {4} and len(guids) == len(set(guids))
    assert set(guids) == {name for name, one in asked.items() if isinstance(one, ASKABLE)} and len(guids) > 25
    assert set(LEFT_OUT.findall(text)) == {name for name, guid in places.items() if guid not in guids}
    for guid, front, back, tags in rows:
        assert front and back and "$" not in front + back and "<math" not in front + back, guid
        assert all(re.fullmatch(r"[\w:-]+", tag) for tag in tags.split())
        assert (front + back).count(r"\(") == (front + back).count(r"\)")


def test_a_card_has_the_right_answer_on_its_back(asking: QuestionsByLesson) -> None:
    _, rows = imported(anki.deck(asking))
    backs = {row[0]: row[2] for row in rows}
    checked = 0
    for name, known in by_name(asking).items():
        asked = variant(known)
        if isinstance(known, OptionQuestion):
            right = known.correct(asked)
            for option in known.options:
                shown = f"<b>{html_of(asked.text(option.text))}</b>" in backs[guid_of(asking, name)]
                assert shown == (option.id in right), (name, option.id)
                checked += 1
    assert checked > 50


def test_cards_keep_their_ids_over_a_changed_text(asking: QuestionsByLesson) -> None:
    lesson, known = asking[0]
    one = next(iter(known.values()))
    changed = {one.id: one.model_copy(update={"stem": "Something else?", "v": one.v + 1})}
    (before, after) = (imported(anki.deck([(lesson, bank)]))[1][0] for bank in ({one.id: one}, changed))
    assert before[0] == after[0] and before[1] != after[1]


# ── Moodle ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def parser() -> Iterator[Any]:
    """An independent parser of GIFT. It renders with a Markdown that needs what Python no longer brings; reading
    does not. Unlike Moodle it knows no number below zero.
    """
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it was written before Python minded its escapes
        patch.setitem(sys.modules, "markdown", ModuleType("markdown"))
        parser, utils = (importlib.import_module(f"pygiftparser.{name}") for name in ("parser", "utils"))
        signed = utils.reAnswerNumericValue.pattern.replace("(?P<value>", "(?P<value>-?")
        patch.setattr(utils, "reAnswerNumericValue", re.compile(signed))
        yield parser


def plain(text: str) -> str:
    """Without the escapes, as Moodle reads it."""
    return re.sub(r"\\([\\~=#{}:])", r"\1", text).strip()


def read_back(parser: Any, text: str) -> dict[str, Any]:
    """Questions by name."""
    found = parser.parseFile(io.StringIO(text))
    assert all(one.valid for one in found), [one.source for one in found if not one.valid]
    return {plain(one.title): one for one in found if one.source.strip()}


def test_moodles_questions_are_all_there_or_named_as_left_out(parser: Any, asking: QuestionsByLesson) -> None:
    text = gift.gift(asking)
    found, known = read_back(parser, text), by_name(asking)
    assert set(found) == {name for name, one in known.items() if isinstance(one, ASKABLE)} and len(found) > 25
    assert set(LEFT_OUT.findall(text)) == set(known) - set(found)
    kinds = {
        Single: "SelectSet",
        BugHunt: "SelectSet",
        Multiple: "MultipleChoicesSet",
        Numeric: "NumericAnswerSet",
        Order: "MatchingSet",
    }
    for name, one in found.items():
        asked = variant(known[name])
        assert type(one.answers).__name__ == kinds[type(known[name])], name
        assert one.markup == "html" and plain(one.text).partition("<table>")[0] == html_of(
            asked.text(known[name].stem)
        ), name
        assert html_of(asked.text(known[name].explain)) in plain(one.generalFeedback), name
        assert not one.tail, name


def test_moodle_grades_every_choice_as_we_do(parser: Any, asking: QuestionsByLesson) -> None:
    found, checked = read_back(parser, gift.gift(asking)), 0
    for name, known in by_name(asking).items():
        if not isinstance(known, OptionQuestion):
            continue
        asked, answers = variant(known), found[name].answers.answers
        for option, answer in zip(known.options, answers, strict=True):
            assert plain(answer.answer) == html_of(asked.text(option.text)), name
            assert plain(answer.feedback) == html_of(asked.text(option.feedback)), name
            holds = option.id in known.correct(asked)
            if isinstance(known, Multiple):  # Moodle adds up what is chosen, and gives nothing for what is rightly left
                assert (answer.fraction > 0) == holds, (name, option.id)
            else:
                assert max(0, answer.fraction / 100) == asked.grade(option.id).score == float(holds), name
            checked += 1
        if isinstance(known, Multiple):
            right = known.correct(asked)
            assert sum(answer.fraction for answer in answers if answer.fraction > 0) == pytest.approx(100, abs=1e-4)
            assert asked.grade(right).score == 1 and all(one.fraction < 0 for one in answers if one.fraction <= 0)
    assert checked > 50


def test_moodle_shows_what_a_run_says_about_itself_and_knows_its_bug(parser: Any, asking: QuestionsByLesson) -> None:
    found = read_back(parser, gift.gift(asking))
    bugs = {name: known for name, known in by_name(asking).items() if isinstance(known, BugHunt)}
    for name, known in bugs.items():
        asked, one = variant(known), found[name]
        assert all(f"<td>{cell}</td>" in plain(one.text) for row in known.rows(asked) for cell in row), name
        right = [plain(answer.answer) for answer in one.answers.answers if answer.fraction == 100]
        assert right == [html_of(known.labels(asked)[str(asked.key())])] and len(one.answers.answers) == len(
            known.among
        )
    assert len(bugs) >= 2


def test_moodle_takes_the_numbers_that_we_take(parser: Any, asking: QuestionsByLesson) -> None:
    found, checked = read_back(parser, gift.gift(asking)), 0
    for name, known in by_name(asking).items():
        if isinstance(known, Numeric):
            asked, (key, *traps) = variant(known), found[name].answers.answers
            assert key.value == pytest.approx(float(asked.key()), rel=1e-5) and key.tolerance == known.within  # type: ignore[arg-type]
            assert key.fraction == 100 and plain(key.feedback) == html_of(asked.text(known.right))
            for trap, answer in zip(known.traps, traps, strict=True):
                assert answer.fraction == 0 and plain(answer.feedback) == html_of(asked.text(trap.feedback)), name
                assert asked.grade(answer.value).score == 0
                checked += 1
        if isinstance(known, Order):
            asked = variant(known)
            pairs = [(plain(one.question), plain(one.answer)) for one in found[name].answers.answers]
            assert pairs == [(html_of(asked.text(item.text)), str(place)) for place, item in enumerate(known.items, 1)]
    assert checked > 4


HOSTILE = st.text(st.sampled_from("~=#{}:\\%[]<>&\"'/ -n1a\u2013$"), min_size=1, max_size=30).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_sign_means_anything_to_gift(stem: str, right: str, feedback: str) -> None:
    stem, right, feedback = (escaped(html_of(words)) for words in (stem, right, feedback))
    text = f"::x::[html]{stem} {{\n={right}#{feedback}\n~b\n}}"
    bare = text
    for sign in (r"\\", r"\~", r"\=", r"\#", r"\{", r"\}", r"\:"):
        bare = bare.replace(sign, "")
    assert [bare.count(sign) for sign in "{}#~"] == [1, 1, 1, 1] and bare.count("=") == 1 and bare.count("::") == 2
    stated = re.match(r"::x::\[html\](.*) \{\n=(.*?)(?<!\\)(?:\\\\)*#(.*)\n~b\n\}$", text)
    assert stated, "on lines of their own"


def test_a_lesson_alone_and_one_that_is_not_there() -> None:
    some = next(iter(lessons()))
    assert [lesson.id for lesson, _ in questions_by_lesson(some)] == [some] and questions_by_lesson("nowhere") == []
