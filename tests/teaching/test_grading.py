"""How answers are graded: properties of every kind."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.teaching.grading import NoAnswer
from app.teaching.question import Question
from app.teaching.questions import kinds
from app.teaching.variants import Variant, variant

COMMON: dict[str, Any] = {
    "id": "one",
    "v": 1,
    "tests": "part",
    "objective": "aim",
    "stem": "Say it.",
    "hints": ["Think."],
    "explain": "So it is.",
}
JUDGED = {"right": "Yes.", "wrong": "No."}
IDS = list("abcd")
TOP = {"check": "softmax_top", "args": {"logits": [4, 2, 0]}}


def asked(kind: str, **fields: Any) -> Variant:
    question: Question = kinds()[kind].model_validate(COMMON | {"kind": kind} | fields, strict=False)
    return variant(question)


def options(*correct: str) -> list[dict[str, Any]]:
    return [{"id": id_, "text": id_, "feedback": f"about {id_}", "correct": id_ in correct} for id_ in IDS]


MULTIPLE = asked("multiple", options=options("a", "c"))
ORDER = asked("order", items=[{"id": id_, "text": id_} for id_ in IDS], **JUDGED)
NUMERIC = asked(
    "numeric",
    answer=TOP,
    within=0.01,
    traps=[{"value": {"check": "softmax_top", "args": {"logits": [4, 2, 0], "temperature": 4}}, "feedback": "T = 4."}],
    **JUDGED,
)
SLIDER = asked(
    "slider",
    dial="T",
    low=1,
    high=20,
    step=0.5,
    gives={"check": "softmax_entropy", "args": {"logits": [4, 2, 0], "temperature": "$x"}},
    target=1.4,
    within=0.05,
    **JUDGED,
)
CURVE = asked(
    "curve",
    at=[1, 2, 3, 4, 5],
    axis="class",
    low=0,
    high=1,
    step=0.01,
    outcome={"check": "softmax", "args": {"logits": [4, 3, 2, 1, 0]}},
    within=0.05,
    **JUDGED,
)


@given(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
def test_several_options_get_partial_credit_and_no_reward_for_all(chosen: list[str]) -> None:
    found = MULTIPLE.grade(chosen)
    assert found.right == (set(chosen) == {"a", "c"})
    rightly = sum((id_ in chosen) == (id_ in ("a", "c")) for id_ in IDS)
    assert found.score == (rightly / len(IDS) if len(chosen) < len(IDS) else 0)
    assert set(found.of_options) == set(IDS), "feedback for every option, chosen or not"


def test_all_options_at_once_are_worth_nothing_and_one_right_with_one_wrong_a_part() -> None:
    assert MULTIPLE.grade(IDS).score == 0
    assert MULTIPLE.grade(["a", "b"]).score == 0.5


@pytest.mark.parametrize("items", [3, 4, 5, 6])
@given(st.text(max_size=8), st.integers(0, 9))
def test_an_order_never_begins_one_move_from_its_solution(items: int, learner: str, turn: int) -> None:
    question = asked("order", items=[{"id": id_, "text": id_} for id_ in "abcdef"[:items]], **JUDGED).question
    field = variant(question, 0, turn).question.field(variant(question, 0, turn), learner)
    begins = [item["id"] for item in field["items"]]
    key = list("abcdef"[:items])
    for id_ in key:  # carried to any place
        rest = [one for one in begins if one != id_]
        assert all([*rest[:place], id_, *rest[place:]] != key for place in range(items))


@given(st.permutations(IDS))
def test_an_order_is_worth_its_pairs(order: list[str]) -> None:
    found = ORDER.grade(order)
    assert found.right == (order == IDS)
    assert 0 <= found.score <= 1
    assert found.score + ORDER.grade(order[::-1]).score in (0, found.score, ORDER.grade(order[::-1]).score)


@given(st.floats(-2, 2))
def test_a_number_is_right_within_its_tolerance(number: float) -> None:
    key = NUMERIC.key()
    assert isinstance(key, float)
    found = NUMERIC.grade(number)
    assert found.right == (abs(number - key) <= 0.01)
    assert (found.said == "Yes.") == found.right


def test_a_trap_says_what_was_mistaken_and_in_the_end_what_is_right() -> None:
    caught, missed = NUMERIC.grade(0.506), NUMERIC.grade(0.1)
    assert (caught.said, caught.nudge) == ("T = 4. No.", "T = 4.")
    assert (missed.said, missed.nudge) == ("No.", "")


def test_a_dial_says_what_was_chosen_and_in_the_end_what_is_right() -> None:
    missed, key = SLIDER.grade(1), SLIDER.key()
    assert missed.said == f"You chose 1. Anything near {key:g} is right. No."
    assert missed.nudge.startswith("You chose 1, and that gives ") and "is right" not in missed.nudge
    assert SLIDER.grade(key).said == "Yes."


def test_a_curve_says_how_many_places_are_near_and_not_which() -> None:
    key = CURVE.key()
    assert isinstance(key, list)
    assert CURVE.grade([0, *key[1:]]).nudge == "4 of 5 places are near."


@given(st.integers(0, 38))
def test_a_dial_is_right_where_what_it_gives_is(stop: int) -> None:
    place = 1 + stop / 2
    entropy = float(SLIDER.value(SLIDER.question.gives, x=place))  # type: ignore[attr-defined, arg-type]
    assert SLIDER.grade(place).right == (abs(entropy - 1.4) <= 0.05)


@given(st.lists(st.floats(0, 1), min_size=5, max_size=5))
def test_a_curve_is_worth_its_near_knots(knots: list[float]) -> None:
    key = CURVE.key()
    assert isinstance(key, list)
    near = sum(isinstance(true, float) and abs(knot - true) <= 0.05 for knot, true in zip(knots, key, strict=True))
    assert CURVE.grade(knots).score == near / 5


@given(
    st.one_of(
        st.none(),
        st.booleans(),
        st.just(math.nan),
        st.just(math.inf),
        st.just(10**400),
        st.text(max_size=3).filter(lambda text: text not in IDS),
        st.lists(st.text(max_size=2).filter(lambda text: text not in IDS), min_size=1),
        st.dictionaries(st.text(), st.integers()),
        st.lists(st.floats(2, 9), min_size=5, max_size=5),
    )
)
@pytest.mark.parametrize(
    "question", [MULTIPLE, ORDER, NUMERIC, SLIDER, CURVE], ids=lambda one: type(one.question).__name__
)
def test_what_cannot_be_an_answer_is_refused(question: Variant, junk: object) -> None:
    with pytest.raises(NoAnswer, match="no answer to this question"):
        question.grade(junk)


def test_twice_the_same_option_or_not_all_items_is_no_answer() -> None:
    for question, given_ in ((MULTIPLE, ["a", "a"]), (ORDER, ["a", "b", "c"]), (MULTIPLE, [])):
        with pytest.raises(NoAnswer):
            question.grade(given_)
