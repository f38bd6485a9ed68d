from __future__ import annotations

import json
import logging
import math
import os
import re
from pathlib import Path

import pytest

from app.experiments.outcome import of_recorded
from app.experiments.recordings.runs import recorded_runs
from app.teaching import lessons as reading
from app.teaching.checks.runs import run_curve_gain, run_gain
from app.teaching.claims import CHECKS, Claim, ClaimError, in_words, value
from app.teaching.glossary import glossary
from app.teaching.lessons import Lesson, Prediction, lesson_folders, lessons, read_lesson
from app.teaching.lint import all_faults, faults
from app.teaching.minutes import FIGURE, PHRASE, PREDICTION, WORDS_A_MINUTE, Minutes, minutes
from app.teaching.plain import LessonError
from app.teaching.prose import prose

GOOD = """---
id: example
version: 1
title: An example
question: Does the linter see it?
shows: A lesson in which nothing is wrong.
formerly: []
objectives: {soften: Predict how T reshapes a softmax}
claims:
  p4: {check: softmax_top, logits: [4, 2, 0], temperature: 4, digits: 3}
  images: {check: images_shown, data: mnist}
predictions:
  top: {kind: number, ask: "How sure is it at $T = 8$?", unit: "%", low: 0, high: 100, step: 1,
        outcome: {check: teacher_top, data: mnist, image: 8, temperature: 8}}
sources:
  hinton: {text: "Hinton, Vinyals, Dean 2015", url: "https://arxiv.org/abs/1503.02531"}
---
## What it does {#soften objective=soften}

A [teacher](role:teacher) answers with [logits](term:logits) [@hinton].
At [$T = 4$](set:temperature=4) the largest of $(4, 2, 0)$ gets [0.506](claim:p4).
[T](light:T) divides every logit, on all [1,000](claim:images) images of CIFAR-10.

![A curve that falls](curve.svg)

:::predict top
:::figure softening {image: 8, temperature: 1, locked: top}

## Core ideas {#core}

- One.
- Two, as [the first step](lesson:example#soften) says.
- Three.
"""

# what is planted: (old, new), where the sentence must point, what it must say
PLANTED = {
    "a number that does not hold": ("[0.506]", "[0.507]", "line 21 (section soften)", "is 0.506: write that"),
    "a guess asked for in the text": (
        "answers with",
        "answers (guess first) with",
        "line 20",
        "“guess first” is also read",
    ),
    "a number in no claim": ("answers with", "answers 10 times with", "line 20 (section soften)", "“10” stands in no"),
    "a number in the title": ("An example", "Example 1", "front matter, title", "say it in words"),
    "a claim that nothing uses": ("[1,000](claim:images) ", "", "front matter, claim images", "no text uses it"),
    "a claim that is not there": ("claim:p4", "claim:p5", "line 21", "no claim “p5”"),
    "a check that is not there": (
        "softmax_top",
        "softmax_tip",
        "front matter, claim p4",
        "no check “softmax_tip”: use one of",
    ),
    "a check asked for the wrong thing": ("logits: [4", "logit: [4", "front matter, claim p4", "is asked for logits"),
    "a figure that is not there": ("figure softening", "figure softing", "line 27", "use one of answers"),
    "an option misspelt": ("{image: 8", "{imag: 8", "line 27, figure softening", "take it out, or use one of"),
    "an option out of range": ("temperature: 1, locked", "temperature: 0, locked", "line 27", "change it"),
    "a directive misspelt": (":::predict top", ":::predikt top", "line 26", "no directive: write"),
    "a term that is not there": ("term:logits", "term:logit", "line 20", "“logit” in glossary.yaml: write it there"),
    "a role that is not there": ("role:teacher", "role:student", "line 20", "use one of teacher"),
    "a source that is not there": ("[@hinton]", "[@hinton] [@ba]", "line 20", "no source “ba”"),
    "a source that nothing cites": (" [@hinton]", "", "front matter, source hinton", "nothing cites it"),
    "a key that no figure knows": ("set:temperature=4", "set:temprature=4", "line 21", "no figure here knows “tempr"),
    "a value out of range": (
        "[$T = 4$](set:temperature=4)",
        "[hot](set:temperature=4000)",
        "line 21",
        "from 0.5 to 1000",
    ),
    "a phrase that sets something else": ("set:temperature=4", "set:temperature=8", "line 21", "words and value the"),
    "a term that nothing lights": ("light:T", "light:tau", "line 22", "can light “tau”"),
    "a link of an unknown kind": ("role:teacher", "rôle:teacher", "line 20", "must begin with one of"),
    "a former place that leads nowhere": (
        "formerly: []",
        "formerly: [old/soft]",
        "formerly old/soft",
        "no step",
    ),
    "an image without words": ("![A curve that falls]", "![]", "line 24", "has no alternative text"),
    "an image that is not there": ("(curve.svg)", "(curves.svg)", "line 24", "put an SVG of that name"),
    "a lesson that is not there": ("lesson:example#soften", "lesson:examples", "line 32", "link to one that there is"),
    "a section that is not there": ("lesson:example#soften", "lesson:example#firm", "line 32", "no section “firm”"),
    "a question that is not there": (":::predict top", ":::question q\n:::predict top", "line 26", "in questions.yaml"),
    "a prediction after what it locks": (
        ":::predict top\n:::figure softening {image: 8, temperature: 1, locked: top}\n",
        ":::figure softening {image: 8, temperature: 1, locked: top}\n:::predict top\n",
        "line 26",
        "move “:::predict top” up",
    ),
    "an outcome told before it is predicted": (
        "outcome: {check: teacher_top, data: mnist, image: 8, temperature: 8}",
        "outcome: {check: softmax_top, logits: [4, 2, 0], temperature: 4}",
        "line 21 (section soften)",
        "tells what prediction “top” asks for: move it",
    ),
    "a prediction that is never asked": (":::predict top\n", "", "prediction top", "write “:::predict top” once"),
    "a lock without a prediction": ("locked: top", "locked: tip", "line 27", "no prediction: write it there"),
    "a second lock without a prediction": (
        "locked: top",
        "locked: top, after: [tip]",
        "line 27",
        "by “tip”, which is no prediction",
    ),
    "a formula in a prediction": ("$T = 8$?", "$\\\\alpha = 8$?", "prediction top", "write α"),
    "a number in what is learned from a miss": (
        "step: 1,",
        "step: 1, too_low: Add 10.,",
        "top, “Add 10",
        "“10.” stands in",
    ),
    "a miss that a number cannot have": (
        "step: 1,",
        "step: 1, wrong: No.,",
        "predictions.top",
        "“wrong” is for a choice",
    ),
    "an outcome out of reach": ("high: 100", "high: 10", "prediction top, outcome", "widen the range"),
    "a prediction without a range": ("high: 100", "high: 0", "predictions.top", "low must be < high"),
    "a copy that is not said": (
        "{check: images_shown, data: mnist}",
        "{check: images_shown, data: cifar10}",
        "line 18 (section soften)",
        "measured on a JPEG copy, and does not say so",
    ),
    "a picture of a copy that is not said": (
        "softening {image: 8,",
        "softening {data: cifar10, image: 8,",
        "line 18 (section soften)",
        "write “JPEG copy”",
    ),
    "no core ideas": ("{#core}", "{#end}", "lesson.md: it has no core ideas", "end it with"),
    "too few core ideas": ("- Three.\n", "", "line 29 (section core)", "write three to five"),
    "an objective that nothing serves": (" objective=soften}", "}", "objective soften", "no section serves it"),
    "an objective that is not there": ("objective=soften}", "objective=soft}", "line 18", "no objective “soft”"),
    "minutes by hand": ("version: 1", "version: 1\nminutes: 9", "front matter", "there is no field “minutes”"),
    "too many words": ("Three.", "Three " * 3000, "minutes without its questions", "split it"),
    "a field misspelt": ("version:", "versoin:", "front matter", "take it out, or use one of"),
    "a field missing": ("question: Does the linter see it?\n", "", "front matter", "“question” is missing: write it"),
    "a field of another type": ("version: 1", "version: one", "front matter", "change it"),
    "a heading without an id": (" {#core}", "", "line 29", "end the heading with an id"),
    "an id taken twice": ("{#core}", "{#soften}", "line 29", "is taken: choose another"),
    "YAML that is none": ("claims:", "claims: [", "front matter, line", "mend it there"),
    "maths that is none": ("$(4, 2, 0)$", "$x^$", "line 21", "write it in LaTeX"),
    "no front matter": ("---\nid: example", "id: example", "line 1", "begin with “---”"),
}
TWICE = {"an objective that is not there", "a claim that is not there", "no core ideas"}  # also something is unused


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A folder for a lesson in which nothing is wrong."""
    path = tmp_path / "09_example"
    path.mkdir()
    (path / "curve.svg").write_text('<svg viewBox="0 0 1 1"><path d="M0 0L1 1"/></svg>', encoding="utf-8")
    (path / "lesson.md").write_text(GOOD, encoding="utf-8")
    return path


# ── what is shipped ──────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_wrong_with_any_lesson() -> None:
    assert all_faults() == []


def test_every_lesson_is_read_and_in_order() -> None:
    places = [(lesson.number, lesson.letter) for lesson in lessons().values()]
    assert len(places) == len(lesson_folders()) and places == sorted(places)


# ── planted faults ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_example_has_no_fault(planted: Path) -> None:
    assert faults(planted) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_caught_and_the_sentence_says_where_and_what_to_do(planted: Path, name: str) -> None:
    old, new, place, words = PLANTED[name]
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    (planted / "lesson.md").write_text(text, encoding="utf-8")
    found = faults(planted)
    assert len(found) == 1 or (name in TWICE and len(found) == 2), found
    said = next(fault for fault in found if words in fault)
    assert said.startswith("lessons/09_example/lesson.md".replace("lessons/", f"{planted.parent.name}/"))
    assert place in said


def test_a_former_place_that_is_still_taken_is_caught(planted: Path) -> None:
    other = planted.parent / "10_other"
    other.mkdir()
    (other / "curve.svg").write_bytes((planted / "curve.svg").read_bytes())
    text = GOOD.replace("id: example", "id: other").replace("formerly: []", "formerly: [example/soften]")
    (other / "lesson.md").write_text(text.replace("lesson:example", "lesson:other"), encoding="utf-8")
    (said,) = faults(other)
    assert "formerly example/soften: it still stands there" in said


@pytest.mark.parametrize("by", ["claim", "question", "figure"])
def test_a_prediction_that_an_earlier_lesson_gives_away_is_caught(
    planted: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    first = planted.parent / "08_first"
    first.mkdir()
    (first / "curve.svg").write_bytes((planted / "curve.svg").read_bytes())
    text = (
        GOOD.replace("id: example", "id: first")
        .replace("lesson:example", "lesson:first")
        .replace("image: 8", "image: 9")
    )
    told = {"check": "teacher_top", "data": "mnist", "image": "$at", "temperature": 8}
    asked = {"id": "q", "v": 1, "kind": "numeric", "tests": "soften", "objective": "soften", "stem": "How sure?"}
    asked |= {"vary": {"at": [7, 8]}, "answer": told, "within": 1, "hints": ["Look."], "explain": "So."}
    asked |= {"traps": [{"value": {"check": "softmax_top", "logits": [1, 2]}, "feedback": "No."}]}
    if by == "claim":
        text = text.replace(
            "check: softmax_top, logits: [4, 2, 0], temperature: 4, digits: 3",
            "check: teacher_top, data: mnist, image: 8, temperature: 8, digits: 1",
        )
    elif by == "question":
        bank = {"questions": [asked | {"right": "Yes.", "wrong": "No."}]}
        (first / "questions.yaml").write_text(json.dumps(bank), encoding="utf-8")
    else:
        text = text.replace(":::figure softening {image: 9,", ":::figure softening {image: 8,")
    (first / "lesson.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(reading, "folder", lambda: planted.parent)
    said = [fault for fault in all_faults() if "gives it away" in fault]
    assert len(said) == 1 and f"08_first/lesson.md gives it away in {'section' if by == 'figure' else by}" in said[0]


def test_a_letter_makes_a_deep_dive(planted: Path) -> None:
    deep = read_lesson(planted.rename(planted.parent / "09b_example"))
    assert (deep.number, deep.place, deep.label, deep.is_deep) == (9, "9b", "Deep dive", True)


def test_a_picture_that_would_run_something_is_caught(planted: Path) -> None:
    (planted / "curve.svg").write_text("<svg><script>alert(1)</script></svg>", encoding="utf-8")
    (said,) = faults(planted)
    assert "curve.svg has “<script”" in said


def test_a_picture_may_belong_to_all_lessons(planted: Path) -> None:
    shared = planted.parent / "pictures" / "curve.svg"
    shared.parent.mkdir()
    (planted / "curve.svg").rename(shared)
    assert faults(planted) == [] and "<path" in read_lesson(planted).sections[0].blocks[0].html
    shared.write_text("<svg onload='alert(1)'></svg>", encoding="utf-8")
    assert len(faults(planted)) == 1


def test_a_run_that_is_not_shipped_is_caught(planted: Path) -> None:
    (planted / "lesson.md").write_text(
        GOOD.replace("## Core", ":::figure twins {run: recorded-nothing}\n\n## Core"), encoding="utf-8"
    )
    (said,) = faults(planted)
    assert "no recorded run “recorded-nothing”: use one of recorded-" in said


def test_a_question_in_its_file_is_found(planted: Path) -> None:
    (planted / "lesson.md").write_text(GOOD.replace(":::predict", ":::question q\n:::predict"), encoding="utf-8")
    (planted / "questions.yaml").write_text("questions:\n- {id: q}\n", encoding="utf-8")
    assert any("no question “q” in questions.yaml" in fault for fault in faults(planted)), "it cannot be asked"
    asked = {"id": "q", "v": 1, "kind": "order", "tests": "s", "objective": "o", "stem": "Order.", "explain": "So."}
    items = [{"id": id_, "text": id_} for id_ in ("a", "b", "c")]
    bank = {"questions": [{**asked, "items": items, "hints": ["Think."], "right": "Yes.", "wrong": "No."}]}
    (planted / "questions.yaml").write_text(json.dumps(bank), encoding="utf-8")
    assert faults(planted) == []


def test_a_missing_folder_name_or_unreadable_text_is_a_sentence(planted: Path, tmp_path: Path) -> None:
    other = planted.rename(tmp_path / "example")
    assert "name the folder NN_words" in faults(other)[0]
    broken = other.rename(tmp_path / "09_example")
    (broken / "lesson.md").write_bytes(b"\xff\xfe")
    assert "save it as UTF-8" in faults(broken)[0]


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_lesson_is_read_into_sections_and_blocks(planted: Path) -> None:
    lesson = read_lesson(planted)
    assert (lesson.id, lesson.number) == ("example", 9)
    soften, core = lesson.sections
    assert (soften.title, soften.objective, core.objective) == ("What it does", "soften", None)
    assert [block.kind for block in soften.blocks] == ["prose", "predict", "figure"]
    figure = soften.blocks[2]
    assert figure.options["locked"] == "top" and figure.options["data"] == "mnist", "defaults are filled in"
    assert lesson.predictions["top"].ask == "How sure is it at T = 8?"
    assert GOOD.split("\n")[figure.line - 1].startswith(":::figure")
    seconds = 60 * 54 / WORDS_A_MINUTE + PHRASE + PREDICTION + FIGURE
    assert minutes(lesson) == Minutes(math.ceil(seconds / 60), 0)


def test_headings_and_directives_inside_code_are_code(planted: Path) -> None:
    fenced = GOOD.replace("## Core", "```\n## not a heading\n:::figure nothing\n```\n\n## Core")
    (planted / "lesson.md").write_text(fenced, encoding="utf-8")
    assert [section.id for section in read_lesson(planted).sections] == ["soften", "core"]


def test_a_damaged_lesson_is_left_out_and_the_others_stay(
    planted: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = planted.parent / "10_broken"
    broken.mkdir()
    (broken / "lesson.md").write_text("nothing", encoding="utf-8")
    monkeypatch.setattr(reading, "folder", lambda: planted.parent)
    with caplog.at_level(logging.WARNING):
        assert list(lessons()) == ["example"]
    assert "10_broken/lesson.md" in caplog.text


def test_a_lesson_is_read_anew_when_its_file_changes(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "folder", lambda: planted.parent)
    assert lessons()["example"].title == "An example"
    file = planted / "lesson.md"
    file.write_text(GOOD.replace("An example", "Another one"), encoding="utf-8")
    os.utime(file, ns=(1, 1))
    assert lessons()["example"].title == "Another one"


def test_two_lessons_of_one_id_are_told_apart(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = planted.parent / "10_copy"
    copy.mkdir()
    for name in ("lesson.md", "curve.svg"):
        (copy / name).write_bytes((planted / name).read_bytes())
    monkeypatch.setattr(reading, "folder", lambda: planted.parent)
    assert any("its id example is that of 09_example, too" in fault for fault in all_faults())
    assert list(lessons()) == ["example"]


# ── prose ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("[teacher](role:teacher)", '<b class="teacher">teacher</b>'),
        ("[logits](term:logits)", '<button type="button" class="term" data-term="logits">logits</button>'),
        (r"[at $\alpha = 1$](set:alpha=1)", 'data-set="alpha=1" aria-label="at alpha = 1">at <math'),
        (r"at $T$, or", "</math>,</span> or"),  # no line begins with the comma
        (r"at $T$ or ($x$)", '</math> or <span class="joined">(<math'),
        (
            "a [logit](term:t). So",
            '<span class="joined"><button type="button" class="term" data-term="t">logit</button>.<',
        ),
        ("and [$x$](light:x), so", "</math></span>,</span> so"),
        ("a [logit](term:t)[@a].", "</sup>.</span>"),
        ("[hot](set:temperature=9&image=8)", 'class="phrase" data-set="temperature=9&amp;image=8">hot</button>'),
        ("[T](light:T)", '<span class="light" tabindex="0" data-light="T">T</span>'),
        ("[0.5](claim:p)", '<span class="claim">0.5</span>'),
        ("so [@a]", 'so<sup><a class="cite" href="#source-a" aria-label="Source 1">1</a></sup>'),
        ("[two](lesson:two#step)", '<a class="lesson" href="lesson?lesson=two&amp;step=step">two</a>'),
        ("$T^2$", "<mrow><mi>T</mi><mtext>²</mtext></mrow>"),  # in any font
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ('[x](role:a"onclick="b)', "a&quot;onclick=&quot;b"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
    ],
)
def test_links_act_and_html_is_text(markdown: str, html: str) -> None:
    assert html in prose(markdown, sources=["a"]).html


@pytest.mark.parametrize("lesson", lessons().values(), ids=lambda lesson: lesson.id)
def test_sources_are_numbered_as_they_are_met(lesson: Lesson) -> None:
    html = "".join(block.html for section in lesson.sections for block in section.blocks)
    met = list(dict.fromkeys(map(int, re.findall(r'aria-label="Source (\d+)"', html))))
    assert met == list(range(1, len(lesson.sources) + 1))


def test_numbers_outside_of_claims_are_found_with_their_lines() -> None:
    said = prose("CIFAR-10 has\n[10](claim:c) classes, $3$ of [4](set:a=4), and 7.\n\n- `5` of [6](term:x)")
    assert said.bare == ((1, "7."), (3, "5"), (3, "6"))


def test_what_there_is_to_learn_from_a_miss_depends_on_its_side() -> None:
    outcome = Claim(check="softmax_top", args={"logits": [0, 0]})
    number = Prediction(
        kind="number", ask="?", low=0, high=100, step=1, too_high="Less.", too_low="More.", outcome=outcome
    )
    assert [number.lesson_of(saved, 50) for saved in (52, 53, 48, 47)] == ["", "Less.", "", "More."]
    curve = number.model_copy(update={"kind": "curve"})
    assert [curve.lesson_of(saved, [5.0, 50.0]) for saved in ([9.0, 60.0], [9.0, 44.0])] == ["Less.", ""]
    choice = Prediction(kind="choice", ask="?", choices=("a", "b"), wrong="Look again.", outcome=outcome)
    assert [choice.lesson_of(saved, "a") for saved in ("a", "b")] == ["", "Look again."]


# ── claims ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_softmax_claims_agree_with_arithmetic() -> None:
    assert in_words(Claim(check="softmax_top", args={"logits": [4, 2, 0], "temperature": 4}, digits=3)) == "0.506"
    assert value(Claim(check="softmax_entropy", args={"logits": [0, 0, 0, 0]})) == pytest.approx(2)
    assert in_words(Claim(check="softmax_top", args={"logits": [0, 0]}, percent=True)) == "50"


def test_claims_about_recorded_runs_are_what_their_verdict_says() -> None:
    verdict = of_recorded(recorded_runs()["recorded-mnist-kd"]).verdict
    run = {"run": "recorded-mnist-kd"}
    gain, half = (in_words(Claim(check=check, args=run, digits=1)) for check in ("run_gain", "run_gain_half"))
    assert verdict and f"{gain} ± {half} points" in verdict.sentence


def test_the_same_students_of_clothes_win_on_all_official_images_alone() -> None:
    few, many = run_curve_gain("recorded-fashion-kd"), run_gain("recorded-fashion-kd")
    assert few.interval[0] < 0 < few.interval[1] and many.interval[0] > 0


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (Claim(check="softmax_top", args={"logits": [1, 2], "temperature": 0}), "temperature must be > 0"),
        (Claim(check="run_gain", args={"run": "recorded-none"}), "there is no recorded run “recorded-none”"),
        (Claim(check="teacher_top", args={"data": "mnist", "image": 5000}), "cannot answer"),
        (Claim(check="softmax", args={"logits": [1, 2]}), "choose one of them with “pick”"),
        (Claim(check="softmax_top", args={"logits": [1, 2]}, pick=0), "take “pick” out"),
    ],
)
def test_a_claim_that_cannot_be_computed_says_why(claim: Claim, words: str) -> None:
    with pytest.raises(ClaimError, match=re.escape(words)):
        in_words(claim)


def test_every_check_says_what_it_answers() -> None:
    assert CHECKS and all(check.answer.__doc__ for check in CHECKS.values())


def test_the_glossary_is_read_and_a_missing_one_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert glossary()["logits"].words == "logits"
    monkeypatch.setattr("app.teaching.glossary.file", lambda: tmp_path / "glossary.yaml")
    with pytest.raises(LessonError, match="put it back"):
        glossary()
