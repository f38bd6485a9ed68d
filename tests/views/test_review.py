"""The page of reviews: due, answered, put off, practised; nothing due; addresses that make no sense; no cookie."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.store import Answer, Store
from app.teaching import lessons as shelf
from app.teaching.learner_progress import bank
from app.teaching.question import Question
from app.teaching.spaced_repetition import DAY
from app.teaching.variants import Variant, variant
from app.views import quiz, review
from app.views.review_state import REVIEW_STATE, ReviewState, open_address
from tests.views.conftest import MAIN, ME, SOMEBODY, address, press, sent, words
from tests.waiting import PATIENCE

BANK: dict[tuple[str, str], Question] = bank(shelf.lessons().values())
VARIED, PLAIN = ("temperature", "top-share"), ("heavy-professor", "the-law")


def opened(**params: str) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=PATIENCE)
    page._page_hash = calc_hash("review")
    page.query_params.update(params)
    page.run()
    assert not page.exception
    return page


def earlier(
    store: Store, key: tuple[str, str], days: float, score: float = 1.0, sure: str = "think", **more: Any
) -> None:
    """Let the learner have answered a question some days ago."""
    at = time.time() - days * DAY
    made = {"v": BANK[key].v, "variant": 0} | more
    store.answers.add(ME, Answer(f"{key[1]}-{days}", *key, made["v"], made["variant"], '"x"', score, sure, at))


def asked(page: AppTest) -> tuple[str, str]:
    tab: ReviewState = page.session_state[REVIEW_STATE]
    return tab.key


def asks(page: AppTest) -> bool:
    """Whether a question is on the page."""
    return any(part.proto.component_name == "distillery_question" for part in page.get("bidi_component"))


def wrong_answer(known: Variant) -> object:
    """An answer to a question that is wholly wrong."""
    key = known.key()
    if isinstance(key, str):
        choices: Any = known.question.choices(known)  # type: ignore[attr-defined]
        return next(id_ for one in choices if (id_ := getattr(one, "id", one)) != key)
    return -1e6 if isinstance(key, float) else [one for one in "x" if one not in key]


def give(page: AppTest, store: Store, right: bool = True, name: str = "p") -> AppTest:
    """Answer the question that is shown, in the browser's way: wrongly at both tries, or rightly at the first."""
    for attempt in (1,) if right else (1, 2):
        data, tab = sent(page, "question"), page.session_state[REVIEW_STATE]
        number = int(data["asked"].split(".")[-2])
        known = variant(BANK[tab.key], number)
        given = known.key() if right else wrong_answer(known)
        said = {"given": given, "sure": "think", "asked": data["asked"], "press": f"{name}-{attempt}"}
        review._answer(tab, {"question-posed": {"answered": said}}, store)
        page.run()
    return page


def go_on(page: AppTest, store: Store) -> AppTest:
    data, tab = sent(page, "question"), page.session_state[REVIEW_STATE]
    review._next(tab, {"question-posed": {"next": data["asked"]}}, store)
    return page.run()


def test_nobody_who_is_new_has_anything_to_review(store: Store, learner: str) -> None:
    page = opened()
    assert review.NONE_YET in words(page)
    assert not asks(page) and address(page) == {}


def test_without_a_cookie_questions_can_be_practised_and_nothing_is_kept(store: Store) -> None:
    page = opened()
    assert review.NO_COOKIE in words(page) and review.TRY in words(page) and not asks(page)
    press(page, "practise")
    seen = []
    for number in range(4):
        assert asks(page) and review.UNKEPT in words(page) and review.PRACTISED not in words(page)
        seen.append(asked(page))
        give(page, store, right=number != 1, name=f"p{number}")
        data = sent(page, "question")
        assert (data["grade"]["score"] == 1) == (number != 1) and data["explain"] and data["next"] == "Next question"
        go_on(page, store)
    assert len(set(seen)) == 4 and all(one[0] != other[0] for one, other in pairwise(seen)), "mixed across lessons"
    press(page, "enough")
    assert "Right so far: 3 of 4." in words(page) and not asks(page)
    assert store.answers.of(ME) == [] and store.learners.get(ME) is None


def test_without_a_cookie_one_lesson_can_be_practised_to_its_end_and_begins_anew(store: Store) -> None:
    page = opened()
    page.selectbox(key=review.OF).set_value("temperature")
    press(page, "practise")
    mine = [key for key in BANK if key[0] == "temperature"]
    press(page, "put-off")
    first, seen = asked(page), []
    for number in range(len(mine)):
        seen.append(asked(page))
        give(page, store, name=f"p{number}")
        go_on(page, store)
    assert set(seen) == set(mine) and asked(page) == first, "then what was asked longest ago"
    assert sent(page, "question")["grade"] is None


def test_without_a_cookie_an_address_leads_to_its_question(store: Store) -> None:
    page = opened(lesson="temperature", question="who-leads", after="3")
    assert asks(page) and asked(page) == ("temperature", "who-leads") and review.UNKEPT in words(page)
    page = opened(lesson="temperature", question="nobody")
    assert review.NO_QUESTION.format(name="“nobody”") in words(page) and not asks(page)


def test_what_is_due_is_asked_with_other_numbers_and_its_lesson_and_objective(store: Store, learner: str) -> None:
    earlier(store, VARIED, 9)
    page = opened()
    data, lesson = sent(page, "question"), shelf.lessons()["temperature"]
    assert asked(page) == VARIED and (data["number"], data["of"]) == (1, 1) and data["grade"] is None
    assert f"Lesson {lesson.number} · {lesson.title}" in words(page)
    assert lesson.objectives[BANK[VARIED].objective] in words(page)
    assert data["asked"].split(".")[-2] == "1", "the second variant: the first was asked before"
    assert address(page) == {"lesson": VARIED[0], "question": VARIED[1], "after": "1"}


def test_an_answer_is_explained_links_to_its_section_and_leads_on(store: Store, learner: str) -> None:
    earlier(store, VARIED, 9)
    earlier(store, PLAIN, 30)
    page = opened()
    assert asked(page) == PLAIN, "due for longest"
    give(page, store)
    data = sent(page, "question")
    assert data["grade"]["score"] == 1 and data["next"] == "Next question" and data["again"] == ""
    assert data["back"]["href"] == "lesson?lesson=heavy-professor&step=claims"
    assert (data["number"], data["of"]) == (1, 2)
    go_on(page, store)
    assert asked(page) == VARIED
    data = sent(give(page, store, right=False, name="q"), "question")
    assert (data["number"], data["of"], data["next"]) == (2, 2, "Finish")
    go_on(page, store)
    assert "You were asked 2 questions: 1 right, and the others come back soon." in words(page)
    assert "The next one comes back tomorrow." in words(page)
    assert address(page) == {}


def test_a_first_miss_may_be_tried_once_more_and_tells_no_key(store: Store, learner: str) -> None:
    earlier(store, PLAIN, 9)
    page = opened()
    first = sent(page, "question")
    known = variant(BANK[PLAIN])
    wrong = next(one.id for one in known.question.options if one.id != known.key())  # type: ignore[attr-defined]
    said = {"given": wrong, "sure": "sure", "asked": first["asked"], "press": "p1"}
    review._answer(page.session_state[REVIEW_STATE], {"question-posed": {"answered": said}}, store)
    page.run()
    data = sent(page, "question")
    assert data["grade"] is None and "explain" not in data and list(data["missed"]["of_options"]) == [wrong]
    assert [one["id"] for one in data["field"]["options"]] == [one["id"] for one in first["field"]["options"]]
    assert asked(page) == PLAIN, "it stays until it is settled"
    give(page, store, name="p2")
    assert sent(page, "question")["grade"]["tries"] == 2 and sent(page, "question")["grade"]["score"] == 1


def test_the_step_is_read_again_and_its_page_leads_back(store: Store, learner: str) -> None:
    earlier(store, PLAIN, 9)
    page = give(opened(), store)
    tab = page.session_state[REVIEW_STATE]
    review._read(tab, {"question-posed": {"read": sent(page, "question")["asked"]}}, store)
    page.run()
    assert not page.exception and address(page) == {"lesson": "heavy-professor", "step": "claims", "back": "review"}
    back = [link.proto for link in page.get("page_link") if link.proto.label == "Back to the question"]
    assert len(back) == 1 and "question=the-law" in back[0].query_string


def test_a_reload_keeps_place_and_answer(store: Store, learner: str) -> None:
    earlier(store, VARIED, 9)
    first = opened()
    link = address(first)
    assert sent(opened(**link), "question")["stem"] == sent(first, "question")["stem"]
    give(first, store)
    again = opened(**link)
    assert sent(again, "question")["grade"] == sent(first, "question")["grade"] != None  # noqa: E711
    assert len(store.answers.of(ME)) == 2


def test_an_answer_that_comes_late_or_twice_counts_once(store: Store, learner: str) -> None:
    earlier(store, VARIED, 9)
    page = opened()
    old = sent(page, "question")["asked"]
    give(page, store)
    tab = page.session_state[REVIEW_STATE]
    for name in ("p-1", "late"):
        said = {"given": 1, "sure": "", "asked": old, "press": name}
        review._answer(tab, {"question-posed": {"answered": said}}, store)
    assert len(store.answers.of(ME)) == 2 and tab.notice == quiz.MOVED_ON
    review._next(tab, {"question-posed": {"next": "something else"}}, store)
    assert tab.key == VARIED, "a press that belongs to another question changes nothing"


def test_who_was_sure_and_wrong_hears_of_it_first(store: Store, learner: str) -> None:
    earlier(store, PLAIN, 60)
    earlier(store, VARIED, 2, score=0.0, sure="sure")
    page = opened()
    assert asked(page) == VARIED and review.MISLED in words(page)


def test_a_changed_question_is_asked_anew_and_says_so(store: Store, learner: str) -> None:
    earlier(store, PLAIN, 3, v=BANK[PLAIN].v + 1)
    page = opened()
    assert asked(page) == PLAIN and review.CHANGED in words(page) and sent(page, "question")["grade"] is None


def test_a_sitting_is_ten_and_the_rest_may_wait(store: Store, learner: str) -> None:
    for key in list(BANK)[:13]:
        earlier(store, key, 40)
    page = opened()
    lessons_asked = []
    for number in range(10):
        assert sent(page, "question")["of"] == 10
        lessons_asked.append(asked(page)[0])
        give(page, store, name=f"p{number}")
        go_on(page, store)
    assert "All 10 of your answers were right." in words(page) and review.WAITING in words(page)
    press(page, "few-more")
    assert (sent(page, "question")["number"], sent(page, "question")["of"]) == (11, 13)
    assert address(page)["sitting"] == "20"


def test_what_is_put_off_makes_way_and_is_not_lost(store: Store, learner: str) -> None:
    earlier(store, PLAIN, 60)
    page = press(opened(), "put-off")
    assert review.WAITING in words(page)
    press(page, "few-more")
    assert asked(page) == PLAIN


def test_how_a_sitting_went_is_said_without_a_score(store: Store) -> None:
    assert review.done_words(1, 1) == "You were asked one question, and were right."
    assert review.done_words(1, 0) == "You were asked one question; it comes back soon."
    assert review.done_words(9, 9) == "All 9 of your answers were right."
    assert review.done_words(9, 0) == "You were asked 9 questions; they come back soon."


def test_nothing_due_says_when_and_offers_practice(store: Store, learner: str) -> None:
    earlier(store, VARIED, 0.1)
    earlier(store, PLAIN, 0.2)
    page = opened()
    assert "Nothing is due." in words(page) and "The next one comes back" in words(page)
    press(page, "practise")
    assert asked(page) == PLAIN and review.PRACTISED in words(page)
    assert sent(page, "question")["of"] == 0
    give(page, store)
    go_on(page, store)
    assert asked(page) == VARIED
    press(page, "enough")
    assert "Nothing is due." in words(page) and address(page) == {}


def test_practising_on_the_same_day_moves_nothing(store: Store, learner: str) -> None:
    earlier(store, PLAIN, 0.2)
    before = review._visit(ReviewState(), store, ME).cards[PLAIN].due
    page = press(opened(), "practise")
    give(page, store)
    assert len(store.answers.of(ME)) == 2
    assert review._visit(ReviewState(), store, ME).cards[PLAIN].due == before


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"lesson": "nowhere", "question": "<b>x</b>"}, "which you have not answered yet"),
        ({"lesson": "temperature", "question": "who-leads"}, "which you have not answered yet"),
        ({"sitting": "7"}, "The address asks for a sitting of “7” questions"),
        ({"sitting": "-10"}, "The address asks for a sitting"),
        ({"foo": "1"}, "The address has a setting that does not exist"),
    ],
)
def test_an_address_that_makes_no_sense_is_a_sentence(
    store: Store, learner: str, params: dict[str, str], said: str
) -> None:
    earlier(store, PLAIN, 60)
    page = opened(**params)
    assert said in words(page) and "<b>" not in words(page)
    assert asked(page) == PLAIN, "and what is due is asked all the same"


@pytest.mark.parametrize("after", ["", "x", "-1", "99999", "²", "7"])
def test_a_place_in_the_answers_that_cannot_be_is_the_last_one(store: Store, learner: str, after: str) -> None:
    earlier(store, PLAIN, 60)
    page = opened(lesson=PLAIN[0], question=PLAIN[1], after=after)
    assert sent(page, "question")["grade"] is None


def test_what_was_answered_on_another_day_is_not_shown_again(store: Store, learner: str) -> None:
    earlier(store, PLAIN, 60)
    earlier(store, PLAIN, 1)
    page = opened(lesson=PLAIN[0], question=PLAIN[1], after="1")
    assert "Nothing is due." in words(page)


def test_somebody_elses_answers_are_not_mine(store: Store, learner: str) -> None:
    store.answers.add(SOMEBODY, Answer("p", *PLAIN, 1, 0, '"x"', 0.0, "sure", time.time() - 9 * DAY))
    assert review.NONE_YET in words(opened())


@given(
    st.dictionaries(st.sampled_from(["lesson", "question", "after", "sitting", "practice", "x"]), st.text(max_size=9))
)
def test_no_address_is_too_strange(params: dict[str, str]) -> None:
    tab = open_address(params, None)
    again = open_address(tab.query(), None)
    assert again.query() == tab.query() and again.problems == []
    assert tab.most % 10 == 0 and 10 <= tab.most <= 1000 and (tab.after is None or 0 <= tab.after <= 1000)


def test_the_address_is_the_state() -> None:
    tab = ReviewState(lesson="a", question="b", after=3, most=30, practice=True)
    assert open_address(tab.query(), None).query() == tab.query()
    assert json.dumps(open_address({}, tab).query()) == "{}"
