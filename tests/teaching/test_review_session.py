"""What is asked today: a few, the most needed first, mixed across lessons."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.teaching.review_session import MOST, WEEK, mixed, review_session, to_practise, to_try, when
from app.teaching.spaced_repetition import DAY, SESSION, Card, Key

NOW = 1_800_000_000.0
LESSONS = ("one", "two", "three")

piles = st.lists(
    st.tuples(
        st.sampled_from(LESSONS),
        st.integers(-60, 60),  # days until it is due
        st.booleans(),
        st.one_of(st.none(), st.floats(0.01, 60)),  # days since it was reviewed
    ),
    max_size=40,
).map(
    lambda drawn: [
        Card(
            lesson,
            f"q{at:02}",
            due=NOW + due * DAY,
            last=NOW - (reviewed or 1) * DAY,
            misled=misled,
            reviewed=reviewed and NOW - reviewed * DAY,
        )
        for at, (lesson, due, misled, reviewed) in enumerate(drawn)
    ]
)


def at(lesson: str, days: float = -1, name: str = "q", **more: object) -> Card:
    return Card(lesson, name, due=NOW + days * DAY, last=NOW - DAY, **more)  # type: ignore[arg-type]


@given(piles)
def test_a_sitting_is_a_few_of_those_that_are_due(pile: list[Card]) -> None:
    found = review_session(pile, NOW)
    due = [card for card in pile if card.due <= NOW]
    assert set(found.left) <= set(due) and len(found.left) == len(set(found.left))
    assert len(found.left) + found.waiting == len(due)
    assert len(found.left) <= max(0, MOST - len(found.done))
    assert not found.waiting or len(found.left) + len(found.done) >= MOST, "nothing waits while there is room"
    assert all(NOW - SESSION < (card.reviewed or 0) <= NOW for card in found.done)
    later = [card.due for card in pile if card.due > NOW]
    assert found.next_due == (min(later) if later else None)


@given(piles)
def test_sure_and_wrong_comes_first_then_what_has_been_due_for_longest(pile: list[Card]) -> None:
    found = review_session(pile, NOW)
    assert [card.misled for card in found.left] == sorted((card.misled for card in found.left), reverse=True)
    waiting = [card for card in pile if card.due <= NOW and card not in found.left]
    for card in found.left:
        need = not card.misled, card.due // WEEK
        assert all(need <= (not other.misled, other.due // WEEK) for other in waiting)


@given(piles, st.integers(1, 3))
def test_it_goes_on_as_it_was_announced(pile: list[Card], answered: int) -> None:
    """Reloading the page, or answering, never changes what comes next: each answer takes its question off the front."""
    pile = [card for card in pile if card.reviewed is None]
    announced = review_session(pile, NOW).left
    for seconds, card in enumerate(announced[:answered], 1):
        moved = Card(card.lesson, card.question, due=NOW + 9 * DAY, last=NOW, reviewed=NOW + seconds)
        pile[pile.index(card)] = moved
        found = review_session(pile, NOW + seconds)
        assert len(found.done) == seconds and found.left == announced[seconds:]


@given(st.lists(st.sampled_from(LESSONS), max_size=14), st.one_of(st.none(), st.sampled_from(LESSONS)))
def test_neighbours_are_of_two_lessons_where_that_can_be(lessons: list[str], before: str | None) -> None:
    cards = [at(lesson, name=f"q{number}") for number, lesson in enumerate(lessons)]
    found = mixed(cards, before)
    assert Counter(found) == Counter(cards)
    count, rest = Counter(lessons), len(lessons)
    possible = all(number <= (rest if lesson == before else rest + 1) // 2 for lesson, number in count.items())
    row = [before, *(card.lesson for card in found)] if before else [card.lesson for card in found]
    assert not possible or all(one != other for one, other in pairwise(row))


def test_the_order_is_kept_as_far_as_that() -> None:
    cards = [at("one", name="a"), at("one", name="b"), at("two", name="c"), at("three", name="d")]
    assert [card.question for card in mixed(cards)] == ["a", "c", "b", "d"]


def test_a_month_away_is_one_sitting_and_no_debt() -> None:
    pile = [at("one", -30, name=f"q{number}") for number in range(60)]
    found = review_session(pile, NOW)
    assert len(found.left) == MOST and found.waiting == 50
    assert len(review_session(pile, NOW, most=2 * MOST).left) == 2 * MOST


def test_quizzes_that_were_answered_one_after_the_other_come_back_mixed() -> None:
    names = [(lesson, f"q{number}") for lesson in LESSONS for number in range(8)]
    start = NOW // WEEK * WEEK - DAY
    pile = [Card(*key, due=start + seconds, last=start) for seconds, key in enumerate(names)]
    found = review_session(pile, NOW).left
    assert {card.lesson for card in found} == set(LESSONS)
    assert all(one.lesson != other.lesson for one, other in pairwise(found))


def test_what_was_put_off_makes_room_for_another() -> None:
    pile = [at("one", -30 + number, name=f"q{number:02}") for number in range(12)]
    found = review_session(pile, NOW, without={("one", "q00")})
    assert ("one", "q00") not in {card.key for card in found.left}
    assert len(found.left) == MOST and found.waiting == 2


@given(piles)
def test_practice_takes_what_was_asked_longest_ago_of_another_lesson(pile: list[Card]) -> None:
    found = to_practise(pile)
    assert (found is None) == (not pile)
    if found:
        latest = max(pile, key=lambda card: (card.last, card.key))
        assert found.lesson != latest.lesson or len({card.lesson for card in pile}) == 1
        assert all(card.last >= found.last for card in pile if card.lesson == found.lesson)
        assert to_practise(pile, without={card.key for card in pile}) == found, "put off all, and it begins anew"


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (0.01, "within the hour"),
        (0.05, "in about 1 hour"),
        (0.3, "in about 7 hours"),
        (0.5, "tomorrow"),
        (1.5, "in 2 days"),
        (2.6, "in 3 days"),
    ],
)
def test_when_it_comes_is_said_in_words(ahead: float, said: str) -> None:
    assert when(NOW + ahead * DAY, NOW) == said


def test_what_is_tried_is_new_first_then_what_was_put_off_then_what_was_asked_longest_ago() -> None:
    keys = [("a", str(at)) for at in range(3)] + [("b", "0")]
    asked: list[Key] = []
    for _ in keys:
        following = to_try(keys, asked)
        assert following is not None and following not in asked
        asked.append(following)
    assert asked == [keys[0], ("b", "0"), keys[1], keys[2]], "the first of each lesson, then the second"
    assert to_try(keys, asked) == asked[0] and to_try(keys, asked, {asked[0]}) == asked[1]
    late = ("a", "1")
    assert to_try(keys, [key for key in asked if key != late], {late}) == late
    assert to_try(keys, asked, set(keys)) == asked[0] and to_try([], []) is None
