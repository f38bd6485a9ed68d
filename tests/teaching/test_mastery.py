"""How well an objective is known: properties of mastery, and how a learner stands in the lessons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store import Answer
from app.teaching.learner_progress import LearnerProgress, bank, learner_progress, versions
from app.teaching.lessons import lessons
from app.teaching.mastery import LEVELS, STEPS, mastery, shown_by
from app.teaching.spaced_repetition import DAY
from tests.teaching.answered import LESSONS, QUESTIONS, START, answer, logs

ASKED = {("one", id_): 2 for id_ in QUESTIONS}  # one objective's questions, and their present version
YEAR = START + 365 * DAY


def level(*answers: Answer, questions: int = 1) -> str:
    found = mastery(answers, {("one", id_): 1 for id_ in QUESTIONS[:questions]}).level
    return next(name for name, one in LEVELS.items() if one is found)


@given(logs())
def test_it_lies_between_none_and_all_and_has_words(log: list[Answer]) -> None:
    found = mastery(log, ASKED)
    assert 0 <= found.value < 1 and 0 <= found.answered <= found.questions == len(ASKED)
    assert found.level in LEVELS.values() and 0 <= found.level.steps <= STEPS
    assert (found.level is LEVELS["new"]) == (found.answered == 0)


@given(logs(), st.sampled_from(QUESTIONS), st.sampled_from(["", "think", "sure", "guess"]), st.floats(0, 400))
def test_a_further_right_answer_takes_nothing_away(log: list[Answer], id_: str, sure: str, days: float) -> None:
    latest = max((one.at for one in log), default=START)
    further = Answer("q", "one", id_, 2, 0, '"x"', 1.0, sure, latest + days * DAY)
    assert mastery([*log, further], ASKED).value >= mastery(log, ASKED).value


@given(logs(), st.sampled_from(QUESTIONS), st.floats(0, 400))
def test_a_further_wrong_answer_adds_nothing(log: list[Answer], id_: str, days: float) -> None:
    latest = max((one.at for one in log), default=START)
    further = Answer("q", "one", id_, 2, 0, '"x"', 0.0, "sure", latest + days * DAY)
    assert mastery([*log, further], ASKED).value <= mastery(log, ASKED).value


@given(logs(), st.randoms())
def test_only_the_present_versions_of_its_own_questions_count_in_any_order(log: list[Answer], chance: object) -> None:
    own = [one for one in log if (one.lesson, one.question) in ASKED and one.v == 2]
    chance.shuffle(own)  # type: ignore[attr-defined]
    assert mastery(own, ASKED) == mastery(log, ASKED)


@given(logs(), st.sampled_from(QUESTIONS))
def test_answers_at_the_same_moment_have_no_order(log: list[Answer], id_: str) -> None:
    pair = [Answer(press, "one", id_, 2, 0, '"x"', score, "", YEAR) for press, score in (("x", 0.0), ("y", 1.0))]
    assert mastery([*log, *pair], ASKED) == mastery([*log, *pair[::-1]], ASKED)


@given(st.lists(st.floats(0.0, 0.4), min_size=1, max_size=9))
def test_one_good_hour_secures_nothing(days: list[float]) -> None:
    assert level(*(answer(f"p{at}", day, 1.0, "sure") for at, day in enumerate(sorted(days)))) == "nearly"


def test_right_on_two_days_is_secure_and_a_lucky_guess_is_not() -> None:
    assert level() == "new"
    assert level(answer("p0", 0, 0.0)) == "begun"
    assert level(answer("p0", 0), answer("p1", 1)) == "secure"
    guesses = [answer(f"p{day}", day, 1.0, "guess") for day in range(20)]
    assert level(*guesses) == "nearly" and shown_by(guesses) < 0.5 + 1e-9
    assert level(*guesses, answer("p20", 20), answer("p21", 21)) == "secure"


def test_an_objective_that_was_answered_rightly_at_the_second_try_is_seen_to_be() -> None:
    tries = ((0, 0.0), (1, 1.0))
    late = [answer(f"{id_}{at}", at / 1000, score, question=id_) for id_ in QUESTIONS for at, score in tries]
    assert level(*late[:-1], questions=len(QUESTIONS)) == "begun"
    assert level(*late, questions=len(QUESTIONS)) == "found"


def test_one_question_of_several_is_not_the_objective() -> None:
    log = [answer(f"p{day}", day) for day in range(9)]
    assert level(*log, questions=4) == "begun"


def test_one_slip_among_many_takes_nothing_that_was_secure() -> None:
    log = [answer(f"p{day}{id_}", day, question=id_) for day in range(4) for id_ in QUESTIONS]
    assert level(*log, questions=4) == "secure"
    assert level(*log, answer("slip", 9, 0.0), questions=4) == "secure"
    assert level(*log, answer("slip", 9, 0.0)) == "nearly", "where it is the only question, it does"


# ── in the lessons ───────────────────────────────────────────────────────────────────────────────────────────────


def test_how_somebody_stands_names_every_objective_of_lessons_with_questions() -> None:
    found = learner_progress(lessons().values(), [], START).lessons
    asked = bank(lessons().values())
    assert {one.lesson.id for one in found} == {lesson for lesson, _ in asked}
    for one in found:
        assert [aim.id for aim in one.aims] == list(one.lesson.objectives)
        assert all(aim.mastery.questions >= 1 and aim.due == 0 for aim in one.aims)
    assert sum(aim.mastery.questions for one in found for aim in one.aims) == len(asked)


def test_what_is_due_is_counted_where_it_belongs() -> None:
    asked = bank(lessons().values())
    (lesson, id_), question = next(iter(asked.items()))
    mine = [Answer("p", lesson, id_, question.v, 0, "1", 0.0, "sure", START)]
    found = learner_progress(lessons().values(), mine, START + 2 * DAY)
    its = found.of(lesson)
    assert its and its.due == 1 and sum(one.due for one in found.lessons) == 1 == found.today
    aims = {aim.id: aim for aim in its.aims}
    assert aims[question.objective].due == 1 and aims[question.objective].mastery.answered == 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_that_are_gone_do_no_harm(lesson: str) -> None:
    assert learner_progress([], [answer("p", 0, lesson=lesson)], START) == LearnerProgress()
    assert versions({}) == {}
