"""The quiz of a lesson on its page: asked, answered once, explained, asked again; nothing is told before."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.server import identity
from app.store import Answer, Store
from app.store.answers import Answers
from app.teaching import lessons as shelf
from app.teaching.learner_progress import bank
from app.teaching.questions import questions_of
from app.teaching.variants import variant
from app.views import lesson as lesson_page
from app.views import quiz, quiz_end
from app.views.lesson_state import LESSON_STATE
from tests.views.conftest import MAIN, ME, SOMEBODY, words

LESSON = shelf.lessons()["temperature"]
KNOWN = questions_of(LESSON.path.parent)


def opened(**query: str) -> AppTest:
    """The quiz in a browser tab that has just been opened."""
    at = AppTest.from_file(MAIN, default_timeout=60)
    at._page_hash = calc_hash("lesson")
    at.query_params.update({"lesson": "temperature", "step": "quiz"} | query)
    at.run()
    assert not at.exception
    return at


@pytest.fixture
def page(store: Store, learner: str) -> AppTest:
    return opened()


def reloaded(page: AppTest) -> AppTest:
    """The same address, in a session of its own."""
    return opened(**{name: value if isinstance(value, str) else value[0] for name, value in page.query_params.items()})


def asked_now(page: AppTest) -> dict[str, bool]:
    """Which questions the page shows, and whether they wait for an answer."""
    drawn = [json.loads(part.proto.json) for part in page.get("bidi_component")]
    return {data["id"]: data["grade"] is None for data in drawn if "stem" in data}


def seat(store: Store, *again: str, learner: str | None = ME) -> quiz.Seat:
    """Of which questions the latest answer is set aside: again."""
    answers = store.answers.of(ME, "temperature")
    latest = {answer.question: answer.mark for answer in answers}
    return quiz.Seat(LESSON, learner, answers, frozenset(latest[id_] for id_ in again))


def give(page: AppTest, store: Store, id_: str, given: object, press: str, asked: str = "", **more: Any) -> None:
    """Press Check in the browser's way, and draw the page again."""
    tab = page.session_state[LESSON_STATE]
    asked = asked or quiz.asking(lesson_page._seat(tab, store, LESSON), id_)
    said = {"answered": {"given": given, "sure": "sure", "asked": asked, "press": press, **more}}
    lesson_page._answer(tab, {seat(store).key(id_): said}, store, id_)
    page.run()
    assert not page.exception


def key(id_: str, number: int = 0) -> Any:
    return variant(KNOWN[id_], number).key()


def test_every_question_is_asked_and_no_answer_is_sent_before_it_is_given(store: Store, learner: str) -> None:
    for id_ in KNOWN:
        sent = quiz.shown(seat(store), id_)
        assert sent["grade"] is None and "explain" not in sent and sent["stem"] and sent["hints"]
        text = json.dumps({name: value for name, value in sent.items() if name != "stem"}, ensure_ascii=False)
        for secret in ("feedback", "correct", "stands_for", "traps", "outcome", "target"):
            assert f'"{secret}"' not in text, (id_, secret)


def test_before_it_is_answered_nothing_is_computed_but_what_it_says(
    store: Store, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.teaching.claims.value", lambda claim: pytest.fail(f"{claim.check} was asked"))
    assert "$(4, 2, 0)$" not in quiz.shown(seat(store), "top-share")["stem"], "maths is shown as maths"
    assert [option["id"] for option in quiz.shown(seat(store), "who-leads")["field"]["options"]]


def test_the_quiz_is_the_last_step_of_a_lesson(page: AppTest) -> None:
    assert LESSON.sections[-1].id == "quiz"
    assert [header.value for header in page.header] == ["Quiz"]


def test_an_answer_is_kept_and_explained(page: AppTest, store: Store) -> None:
    give(page, store, "top-share", key("top-share"), "p1")
    (kept,) = store.answers.of(ME)
    assert (kept.question, kept.score, kept.sure, kept.variant) == ("top-share", 1.0, "sure", 0)
    sent = quiz.shown(seat(store), "top-share")
    assert sent["grade"]["score"] == 1 and "%" in sent["grade"]["said"]
    assert sent["back"] == {"href": "lesson?lesson=temperature&step=soften", "title": LESSON.sections[0].title}
    assert sent["again"] == quiz.ANEW.format(other="other numbers")


def test_what_is_asked_anew_is_called_by_what_differs() -> None:
    said = {key: quiz.anew_words(asked) for key, asked in bank(shelf.lessons().values()).items()}
    assert said["temperature", "who-leads"] == ""
    assert said["temperature", "dark-knowledge"] == "Once more, with another image"
    assert said["tuning", "turned-down"] == said["twins", "what-may-be-said"] == "Once more, with another run"
    assert said["tuning", "what-it-costs"] == "Once more, with another mistake"
    assert said["tuning", "by-chance"] == "Once more, with other numbers"


def test_a_wrong_choice_gets_feedback_on_every_option(page: AppTest, store: Store) -> None:
    give(page, store, "who-leads", "other", "p1")
    grade = quiz.shown(seat(store), "who-leads")["grade"]
    assert grade["score"] == 0 and grade["key"] == "same" and set(grade["of_options"]) == {"other", "same", "even"}
    assert quiz.shown(seat(store), "who-leads")["again"] == quiz.AGAIN


def test_the_same_press_twice_is_one_answer(page: AppTest, store: Store) -> None:
    asked = quiz.asking(seat(store), "who-leads")
    for _ in range(2):
        give(page, store, "who-leads", "same", "p1", asked=asked)
    assert len(store.answers.of(ME)) == 1


def test_an_answer_to_an_earlier_asking_counts_for_nothing_and_says_so(page: AppTest, store: Store) -> None:
    asked = quiz.asking(seat(store), "who-leads")
    give(page, store, "who-leads", "same", "p1", asked=asked)
    give(page, store, "who-leads", "other", "p2", asked=asked)
    assert len(store.answers.of(ME)) == 1
    assert quiz.MOVED_ON in words(page)


def test_asked_again_it_has_other_numbers_and_the_first_answer_stays(page: AppTest, store: Store) -> None:
    give(page, store, "top-share", 1, "p1")
    tab, first = page.session_state[LESSON_STATE], quiz.shown(seat(store), "top-share")
    pressed = {seat(store).key("top-share"): {"again": first["asked"]}}
    lesson_page._ask_again(tab, pressed, store, "top-share")
    assert tab.aside == {"temperature": {store.answers.of(ME)[0].mark}}
    second = quiz.shown(seat(store, "top-share"), "top-share")
    assert second["grade"] is None and second["asked"] != first["asked"] and second["stem"] != first["stem"]
    lesson_page._ask_again(tab, pressed, store, "top-share")  # the same press, late
    give(page, store, "top-share", key("top-share", 1), "p2")
    assert [one.score for one in store.answers.of(ME)] == [0, 1] and not tab.aside["temperature"]
    assert [one.variant for one in store.answers.of(ME)] == [0, 1]


@pytest.mark.parametrize("junk", [None, "nonsense", [], {"x": 1}, float("nan"), "<b>x</b>"])
def test_what_is_no_answer_is_a_sentence_and_is_not_kept(page: AppTest, store: Store, junk: object) -> None:
    give(page, store, "who-leads", junk, "p1")
    assert store.answers.of(ME) == []
    assert "This is no answer to this question" in words(page)


def test_a_new_version_of_a_question_is_asked_anew_and_the_old_answer_stays(page: AppTest, store: Store) -> None:
    store.answers.add(ME, Answer("p1", "temperature", "who-leads", 99, 0, '"same"', 1.0, "", 0))
    page.run()
    assert quiz.shown(seat(store), "who-leads")["grade"] is None
    assert [one.v for one in store.answers.of(ME)] == [99]


def test_an_answer_that_can_no_longer_be_chosen_is_told_and_the_question_may_be_asked_again(store: Store) -> None:
    asked = KNOWN["who-leads"]
    store.answers.add(ME, Answer("p1", LESSON.id, asked.id, asked.v, 0, '"of-an-older-chart"', 0.0, "", 0))
    sent = quiz.shown(seat(store), asked.id)
    assert sent["grade"]["said"] == quiz.CHANGED and sent["grade"]["key"] == key(asked.id)
    assert sent["grade"]["score"] == 0 and sent["again"]


def test_the_step_is_done_when_every_question_has_an_answer(page: AppTest, store: Store) -> None:
    for number, id_ in enumerate(KNOWN):
        assert not store.lessons.progress(ME)
        give(page, store, id_, key(id_), f"p{number}")
    assert [done.step for done in store.lessons.progress(ME)] == ["quiz"]


def test_the_end_says_how_it_went_and_asks_only_what_was_not_right_anew(page: AppTest, store: Store) -> None:
    first, second = list(KNOWN)[:2]
    for number, id_ in enumerate(KNOWN):
        assert not page.get("button_group") and "How it went" not in [it.value for it in page.subheader]
        give(page, store, id_, key(id_), f"p{number}")
    assert f"All {len(KNOWN)} right." in words(page) and "retry" not in [it.key for it in page.button]
    for number, (id_, score) in enumerate(((first, 0.0), (second, 0.6))):
        asked = KNOWN[id_]
        store.answers.add(ME, Answer(f"w{number}", LESSON.id, id_, asked.v, 0, json.dumps(key(id_)), score, "", 0))
    page.run()
    count = len(KNOWN)
    assert f"{count - 2} of {count} right, 1 partly" in words(page) and f"{count - 1.4:.3g} of {count}" in words(page)
    page.button(key="retry").click().run()
    assert [id_ for id_, waits in asked_now(page).items() if waits] == [first, second]
    assert "How it went" not in [it.value for it in page.subheader], "while something is asked anew"
    again = seat(store, first, second)
    assert quiz.shown(again, first)["grade"] is None and quiz.shown(again, list(KNOWN)[2])["grade"]
    assert [id_ for id_, score in quiz_end.result(again).scores.items() if score is None] == [first, second]
    led = [json.loads(part.proto.json) for part in page.get("bidi_component")]
    assert [data["id"] for data in led if data.get("leads")] == [first], "the press leads to the first of them"


def test_a_reload_in_the_middle_of_a_retry_is_no_step_back(page: AppTest, store: Store) -> None:
    for number, id_ in enumerate(KNOWN):
        store.answers.add(ME, Answer(f"p{number}", LESSON.id, id_, KNOWN[id_].v, 0, json.dumps(key(id_)), 0.0, "", 0))
    page.run()
    page.button(key="retry").click().run()
    second = list(KNOWN)[1]
    give(page, store, second, key(second, variant(KNOWN[second], 1).number), "again")
    waiting = asked_now(page)
    assert [id_ for id_, waits in waiting.items() if not waits] == [second]
    page = reloaded(page)
    assert asked_now(page) == waiting and "How it went" not in [it.value for it in page.subheader]
    for number, id_ in enumerate(id_ for id_ in KNOWN if waiting[id_]):
        give(page, store, id_, key(id_), f"q{number}")
    assert "again" not in page.query_params and not any(asked_now(page).values())
    assert "How it went" in [it.value for it in reloaded(page).subheader]


def test_a_retry_belongs_to_the_answers_that_it_set_aside(
    page: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next(iter(KNOWN))
    for who in (ME, SOMEBODY):
        answer = Answer(f"of-{who}", LESSON.id, first, KNOWN[first].v, 0, json.dumps(key(first)), 0.0, "", 0)
        store.answers.add(who, answer)
    page.run()
    tab = page.session_state[LESSON_STATE]
    lesson_page._set_aside(tab, lesson_page._seat(tab, store, LESSON), [first])
    page.run()
    assert asked_now(page)[first] and asked_now(reloaded(page))[first]
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: SOMEBODY)
    assert not asked_now(reloaded(page))[first], "a link leaves another learner's answers as they are"
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: None)
    assert all(asked_now(reloaded(page)).values())


@pytest.mark.parametrize("text", ["x", "12345", "abcdef-", "a" * 700, "<b>123456</b>", "ABCDEF"])
def test_an_address_that_names_no_answers_to_set_aside_says_so(store: Store, learner: str, text: str) -> None:
    page = opened(again=text)
    assert "does not say which questions are asked again" in words(page) and "again" not in page.query_params


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ((1.0, 1.0, 1.0), "All 3 right."),
        ((1.0, 0.0, 1.0), "2 of 3 right."),
        ((1.0, 0.5, 0.0), "1 of 3 right, 1 partly. Partly right counts in part: together that is 1.5 of 3."),
        ((0.0, 0.0, 0.0), "0 of 3 right."),
    ],
)
def test_how_it_went_is_said_in_words(scores: tuple[float, ...], said: str) -> None:
    assert quiz_end.in_words(quiz_end.Result(dict(zip("abc", scores, strict=True)))) == said


def test_a_step_without_questions_reads_no_answers(store: Store, learner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "of", lambda *_: pytest.fail("the answers were read"))
    at = AppTest.from_file(MAIN, default_timeout=60)
    at._page_hash = calc_hash("lesson")
    at.query_params.update({"lesson": "temperature", "step": "soften"})
    at.run()
    assert not at.exception and [header.value for header in at.header] == [LESSON.sections[0].title]


def test_without_a_cookie_answers_last_as_long_as_the_page(store: Store) -> None:
    kept: list[Answer] = []
    quiz.keep(store, None, Answer("p1", "temperature", "who-leads", 1, 0, '"same"', 1.0, "", 0), kept)
    assert len(kept) == 1 and store.answers.of(ME) == []


def test_questions_that_cannot_be_read_leave_the_lesson_without_a_quiz(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "03_temperature"
    shutil.copytree(LESSON.path.parent, copy)
    (copy / "questions.yaml").write_text("questions: [{id: x}]", encoding="utf-8")
    assert [section.id for section in shelf.read_lesson(copy).sections][-1] == "core"
