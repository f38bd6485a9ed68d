"""When questions come back: properties of the schedule, and what it does for some learners."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fsrs import Rating
from hypothesis import given
from hypothesis import strategies as st

from app.store import Answer
from app.teaching.spaced_repetition import DAY, LONGEST, SESSION, Card, cards, counted, rating
from tests.teaching.answered import LESSONS, QUESTIONS, START, answer, logs

NOW = {(lesson, id_): 2 for lesson in LESSONS for id_ in QUESTIONS}  # the present versions
ONE = {("one", "a"): 1}
HOUR = 3600.0


def card(*answers: Answer) -> Card:
    return cards(answers, ONE)["one", "a"]


def days(found: Card) -> float:
    """When it comes back, in days after START."""
    return (found.due + SESSION - START) / DAY


@pytest.mark.parametrize(
    ("score", "sure", "said"),
    [
        (0.0, "sure", Rating.Again),
        (0.4, "guess", Rating.Again),
        (0.5, "sure", Rating.Hard),
        (0.8, "think", Rating.Hard),
        (1.0, "guess", Rating.Hard),
        (1.0, "think", Rating.Good),
        (1.0, "", Rating.Good),
        (1.0, "sure", Rating.Easy),
    ],
)
def test_what_an_answer_says_about_memory(score: float, sure: str, said: Rating) -> None:
    assert rating(score, sure) == said


@given(logs(), st.randoms())
def test_the_schedule_follows_from_the_answers_and_not_from_their_order(log: list[Answer], chance: object) -> None:
    shuffled = log.copy()
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert cards(shuffled, NOW) == cards(log, NOW)


@given(logs())
def test_every_answered_question_has_one_card_that_comes_back_within_half_a_year(log: list[Answer]) -> None:
    found = cards(log, NOW)
    assert found.keys() == {(one.lesson, one.question) for one in log}
    for one in found.values():
        mine = [given for given in log if (given.lesson, given.question) == one.key]
        assert one.last == max(given.at for given in mine)
        assert one.changed == all(given.v != 2 for given in mine)
        when = max(given.at for given in mine if one.changed or given.v == 2)
        assert when - LONGEST * DAY < one.due <= when + LONGEST * DAY, (
            "not in the past of its answer, nor for ever away"
        )


@given(logs(), st.sampled_from(sorted(NOW)))
def test_what_is_answered_elsewhere_changes_nothing(log: list[Answer], key: tuple[str, str]) -> None:
    alone = [one for one in log if (one.lesson, one.question) == key]
    assert cards(log, NOW).get(key) == cards(alone, NOW).get(key)


@given(logs())
def test_earlier_versions_change_only_whether_it_is_a_review(log: list[Answer]) -> None:
    present, all_ = cards([one for one in log if one.v == 2], NOW), cards(log, NOW)
    for key, one in present.items():
        now = all_[key]
        assert (now.due, now.score, now.misled, now.changed) == (one.due, one.score, one.misled, False)


def test_questions_that_are_gone_are_left_out() -> None:
    assert cards([answer("p", 0)], {}) == {}


def test_the_surer_the_later() -> None:
    wrong, guess, think, sure = (
        days(card(answer("p", 0, score, how)))
        for score, how in ((0.0, "sure"), (1.0, "guess"), (1.0, "think"), (1.0, "sure"))
    )
    assert 1 == wrong <= guess < think < sure


@given(st.lists(st.tuples(st.floats(0.001, SESSION / HOUR - 0.01), st.sampled_from([0.0, 1.0])), max_size=6))
def test_of_a_sitting_only_the_first_answer_counts(after: list[tuple[float, float]]) -> None:
    first = answer("first", 0, 0.0, "sure")
    more = [answer(f"p{at}", hours / 24, score, "sure") for at, (hours, score) in enumerate(after)]
    found = card(first, *more)
    assert counted([first, *sorted(more, key=lambda one: one.at)]) == [first]
    assert replace(found, last=first.at) == card(first), "trying again neither hides what was wrong nor puts it off"


def test_whoever_comes_every_morning_is_a_day_older_each_time() -> None:
    early = [answer(f"p{day}", day - 0.05 * (day % 2), 0.0 if day == 0 else 1.0) for day in range(3)]
    exact = [answer(f"p{day}", day, 0.0 if day == 0 else 1.0) for day in range(3)]
    assert days(card(*early)) == pytest.approx(days(card(*exact)), abs=0.06)
    assert card(*early[:2]).reviewed == early[1].at, "a little sooner than a day is a day, too"


def test_whoever_comes_once_a_week_moves_on_and_loses_nothing_by_being_late() -> None:
    log, gaps = [answer("p0", 0)], []
    for week in range(1, 9):
        assert card(*log).due > log[-1].at
        log.append(answer(f"p{week}", 7 * week))
        gaps.append(days(card(*log)) - 7 * week)
    assert gaps == sorted(gaps) and gaps[0] > 7 and gaps[-1] > 30
    on_time = answer("p1", days(card(answer("p0", 0))))
    late = answer("p1", 30)
    assert days(card(answer("p0", 0), late)) - 30 > days(card(answer("p0", 0), on_time)) - (on_time.at - START) / DAY


def test_sure_and_wrong_stays_so_until_it_is_answered_at_another_sitting() -> None:
    wrong = answer("p0", 0, 0.0, "sure")
    assert card(wrong).misled and card(wrong, answer("p1", 0.1)).misled
    assert not card(wrong, answer("p1", 1)).misled
    assert not card(answer("p0", 0, 0.0, "guess")).misled and not card(answer("p0", 0, 0.5, "sure")).misled


def test_a_changed_question_is_asked_anew() -> None:
    found = cards([answer("p0", 0, v=1)], {("one", "a"): 2})["one", "a"]
    assert found.changed and found.reviewed is None and days(found) == 1
    again = cards([answer("p0", 0, v=1), answer("p1", 5, v=2)], {("one", "a"): 2})["one", "a"]
    assert not again.changed and again.reviewed == START + 5 * DAY


def test_what_was_answered_before_it_was_due_is_no_review() -> None:
    sure = answer("p0", 0, 1.0, "sure")
    assert card(sure, answer("p1", 2)).reviewed is None
    assert card(sure, answer("p1", 20)).reviewed == START + 20 * DAY
