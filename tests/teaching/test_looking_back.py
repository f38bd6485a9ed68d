from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.store import Saved
from app.teaching import claims
from app.teaching.claims import Claim
from app.teaching.lessons import Lesson, lessons
from app.teaching.looking_back import guesses, hope_words

KNOWN = lessons()


def saved(lesson: str, id_: str, value: object, version: int | None = None) -> tuple[str, Saved]:
    return lesson, Saved(id_, version or KNOWN[lesson].version, json.dumps(value), 1.0)


def outcome(lesson: str, id_: str) -> float:
    answer = claims.value(KNOWN[lesson].predictions[id_].outcome)
    assert isinstance(answer, float | int)
    return float(answer)


def test_a_guess_is_laid_beside_what_came_out_with_its_sign() -> None:
    out = outcome("why", "kept")
    (high,) = guesses(KNOWN.values(), [saved("why", "kept", 100)])
    assert (high.said, high.outcome, high.gap) == ("100%", f"{out:g}%", f"+{100 - out:g} points")
    assert high.off == pytest.approx((100 - out) / 100) and high.too_hopeful == 0, "three of a hundred is near"
    (low,) = guesses(KNOWN.values(), [saved("why", "kept", 50)])
    assert low.gap == f"−{out - 50:g} points" and low.too_hopeful == low.off == pytest.approx((50 - out) / 100)


def test_hope_may_lie_below() -> None:
    (few,) = guesses(KNOWN.values(), [saved("bugs", "worse", 0)])
    assert few.off is not None and few.too_hopeful is not None and few.off < 0 < few.too_hopeful


def test_a_choice_and_a_curve_are_told_too() -> None:
    tree, curve = guesses(
        KNOWN.values(),
        [saved("how-much", "gain", [20, 20, 20, 20, 20]), saved("soft-labels", "ship-fork", "airplane")],
    )
    assert (tree.said, tree.gap, tree.off, tree.too_hopeful) == ("“airplane”", "another", None, None)
    assert curve.gap.endswith(" points on average, mostly too high") and curve.said.count("20") == 5


def test_what_was_asked_by_another_version_or_cannot_be_told_is_left_out() -> None:
    assert guesses(KNOWN.values(), [saved("why", "kept", 90, version=99), saved("why", "gone", 90)]) == []
    assert guesses(KNOWN.values(), [saved("why", "kept", "many")]) == []
    lesson = KNOWN["why"]
    broken = lesson.predictions["kept"].model_copy(update={"outcome": Claim(check="nothing")})
    other: Lesson = replace(lesson, predictions={"kept": broken})
    assert guesses([other], [saved("why", "kept", 90)]) == []


def test_hope_in_a_sentence() -> None:
    def said(*values: tuple[str, str, object]) -> str:
        return hope_words(guesses(KNOWN.values(), [saved(*one) for one in values]))

    assert said() == said(("soft-labels", "unsure", 400)) == ""
    assert said(("why", "kept", 97)) == "You made one guess about what a small network can do: near."
    both = said(("twins", "gain", 10), ("why", "kept", 20))
    assert both.startswith("You made 2 guesses") and ": 1 too hopeful, 1 too modest." in both
    assert f"too much most of all in “{KNOWN['twins'].title}”: you said 10 points" in both
    assert f"too little most of all in “{KNOWN['why'].title}”: you said 20%" in both
