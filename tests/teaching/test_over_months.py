"""What review is like for somebody over months: who comes daily, weekly, rarely, who crams, and who forgets a lot."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import pytest

from app.store import Answer
from app.teaching.mastery import LEVELS, mastery
from app.teaching.review_session import MOST, review_session
from app.teaching.spaced_repetition import DAY, Key, cards
from tests.teaching.answered import START

LESSONS, EACH = 7, 8
ASKED: Mapping[Key, int] = {(f"l{lesson}", f"q{at}"): 1 for lesson in range(LESSONS) for at in range(EACH)}
MINUTE = 60.0


@dataclass
class Story:
    """What happened. asked: questions of each sitting; waiting: how many more were due at its end; late: days that
    each question had been due.
    """

    log: list[Answer] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    def answer(self, key: Key, now: float, right: bool) -> None:
        self.log.append(Answer(f"p{len(self.log):05}", *key, 1, 0, "1", float(right), "think", now))


def lived(learns: Mapping[int, Sequence[int]], comes: Callable[[int], bool], days: int, right: float = 0.85) -> Story:
    """learns: lessons whose quiz is answered, by day; comes: whether somebody reviews on a day; right: how often they
    are, in review. They come a little sooner or later each day.
    """
    chance, story = random.Random(1), Story()
    for day in range(days):
        now = START + day * DAY + chance.uniform(-2, 2) * 60 * MINUTE
        if comes(day):
            before = len(story.log)
            while left := (found := review_session(cards(story.log, ASKED).values(), now)).left:
                story.late.append((now - left[0].due) / DAY)
                story.answer(left[0].key, now, chance.random() < right)
                now += MINUTE
            story.asked.append(len(story.log) - before)
            story.waiting.append(found.waiting)
        for lesson in learns.get(day, ()):
            for at in range(EACH):
                story.answer((f"l{lesson}", f"q{at}"), now, chance.random() < 0.6)
                now += MINUTE
    return story


ONE_A_DAY = {lesson: (lesson,) for lesson in range(LESSONS)}
ONE_A_WEEK = {7 * lesson: (lesson,) for lesson in range(LESSONS)}
ALL_AT_ONCE = {0: tuple(range(LESSONS))}


@pytest.mark.parametrize(
    ("learns", "comes", "days", "most_late", "few_at_the_end"),
    [
        pytest.param(ONE_A_DAY, lambda day: True, 60, 10, 6, id="every day"),
        pytest.param(ONE_A_WEEK, lambda day: day % 7 == 0, 7 * 26, 60, 10, id="once a week"),
        pytest.param(ALL_AT_ONCE, lambda day: True, 40, 10, 7, id="crammed, then every day"),
        pytest.param(ALL_AT_ONCE, lambda day: day >= 30, 70, 45, 7, id="crammed, then a month away"),
    ],
)
def test_a_sitting_stays_a_few_questions_and_all_of_them_come_back(
    learns: Mapping[int, Sequence[int]], comes: Callable[[int], bool], days: int, most_late: float, few_at_the_end: int
) -> None:
    story = lived(learns, comes, days)
    assert max(story.asked) <= MOST
    assert all(asked == MOST for asked, waiting in zip(story.asked, story.waiting, strict=True) if waiting)
    assert max(story.late) <= most_late, "nothing is put off for ever, however much is due"
    times = Counter((one.lesson, one.question) for one in story.log)
    assert times.keys() == ASKED.keys() and min(times.values()) >= 2
    quarter = len(story.asked) // 4
    assert max(story.waiting[-quarter:]) <= 3, "what had piled up is done"
    assert fmean(story.asked[-quarter:]) <= few_at_the_end, "and what is known is asked seldom"
    assert mastery(story.log, ASKED).level is LEVELS["secure"]


def test_who_forgets_a_lot_is_asked_that_more_often_and_the_rest_still_comes_back() -> None:
    hard = {key for key in ASKED if key[1] in ("q0", "q1")}
    story = Story()
    for key in ASKED:
        story.answer(key, START, key not in hard)
    for day in range(1, 61):
        now = START + day * DAY
        while left := review_session(cards(story.log, ASKED).values(), now).left:
            story.late.append((now - left[0].due) / DAY)
            story.answer(left[0].key, now, left[0].key not in hard)
            now += MINUTE
    times = Counter((one.lesson, one.question) for one in story.log)
    assert min(times[key] for key in hard) > max(times[key] for key in ASKED if key not in hard)
    assert min(times.values()) >= 3 and max(story.late) <= 14


def test_who_comes_once_a_month_meets_every_question_within_a_year() -> None:
    story = lived(ONE_A_WEEK, lambda day: day % 30 == 0, 390)
    assert max(story.asked) == MOST
    times = Counter((one.lesson, one.question) for one in story.log)
    assert times.keys() == ASKED.keys() and min(times.values()) >= 2
