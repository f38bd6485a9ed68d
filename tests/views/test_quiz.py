"""The quiz of a lesson on its page: asked one by one, tried twice, explained, asked again; nothing is told before."""

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
from app.views import lesson_quiz, quiz, quiz_end
from app.views.lesson_state import LESSON_STATE
from tests.views.conftest import MAIN, ME, SOMEBODY, words
from tests.waiting import PATIENCE

LESSON = shelf.lessons()["temperature"]
KNOWN = questions_of(LESSON.path.parent)


def opened(**query: str) -> AppTest:
    """The quiz in a browser tab that has just been opened."""
    at = AppTest.from_file(MAIN, default_timeout=PATIENCE)
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


def drawn(page: AppTest, name: str) -> dict[str, Any]:
    """What the browser gets of a component."""
    found = [part.proto for part in page.get("bidi_component") if part.proto.component_name == f"distillery_{name}"]
    assert len(found) == 1, [one.component_name for one in found]
    data: dict[str, Any] = json.loads(found[0].json)
    return data


def asked_now(page: AppTest) -> dict[str, bool]:
    """Which questions the quiz has, and whether they wait for an answer."""
    return {one["id"]: one["words"] == quiz.Mark.OPEN for one in drawn(page, "quiz_row")["questions"]}


def seat(store: Store, *again: str, learner: str | None = ME) -> quiz.Seat:
    """Of which questions the latest answer is set aside: again."""
    answers = store.answers.of(ME, "temperature")
    latest = {answer.question: answer.mark for answer in answers}
    return quiz.Seat(LESSON, learner, answers, frozenset(latest[id_] for id_ in again))


def give(page: AppTest, store: Store, id_: str, given: object, press: str, asked: str = "", **more: Any) -> None:
    """Press Check in the browser's way, and draw the page again."""
    tab = page.session_state[LESSON_STATE]
    asked = asked or quiz.asking(lesson_quiz.seat_of(tab, store, LESSON), id_)
    said = {"answered": {"given": given, "sure": "sure", "asked": asked, "press": press, **more}}
    lesson_quiz._answer(tab, {seat(store).key(id_): said}, store, id_)
    page.run()
    assert not page.exception


def go_on(page: AppTest, store: Store) -> None:
    """Press the way on in the question that is shown."""
    data, tab = drawn(page, "question"), page.session_state[LESSON_STATE]
    pressed = {seat(store).key(data["id"]): {"next": data["asked"]}}
    lesson_quiz._next_question(tab, pressed, store, data["id"])
    page.run()
    assert not page.exception


def miss(page: AppTest, store: Store, id_: str, given: object, press: str) -> None:
    """Miss it at both tries."""
    for attempt in "ab":
        give(page, store, id_, given, press + attempt)


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
    assert sent["back"] == {"href": "lesson?lesson=temperature&step=soften", "title": "Divide, then decide"}
    assert sent["again"] == quiz.ANEW.format(other="other numbers")
    assert drawn(page, "question")["id"] == "top-share", "it stays until the learner goes on"
    assert drawn(page, "question")["next"] == quiz.NEXT


def test_what_is_asked_anew_is_called_by_what_differs() -> None:
    said = {key: quiz.anew_words(asked) for key, asked in bank(shelf.lessons().values()).items()}
    assert said["temperature", "who-leads"] == ""
    assert said["soft-labels", "half-seen"] == "Try another one, with another image"
    assert said["bugs", "turned-down"] == said["twins", "what-may-be-said"] == "Try another one, with another run"
    assert said["bugs", "shown-or-not"] == "Try another one, with another mistake"
    assert said["tuning", "by-chance"] == "Try another one, with other numbers"


def test_a_first_miss_is_told_why_without_the_key_and_may_be_tried_once_more(page: AppTest, store: Store) -> None:
    order = [one["id"] for one in quiz.shown(seat(store), "who-leads")["field"]["options"]]
    give(page, store, "who-leads", "other", "p1")
    sent = quiz.shown(seat(store), "who-leads")
    assert sent["grade"] is None and "explain" not in sent and "again" not in sent
    assert list(sent["missed"]["of_options"]) == ["other"] and "key" not in json.dumps(sent["missed"])
    assert [one["id"] for one in sent["field"]["options"]] == order, "nothing moves under the learner's hand"
    assert asked_now(page)["who-leads"]
    give(page, store, "who-leads", "same", "p2")
    sent = quiz.shown(seat(store), "who-leads")
    assert sent["grade"]["score"] == 1 and sent["grade"]["tries"] == 2 and sent["again"] == ""
    assert seat(store).mark("who-leads") is quiz.Mark.LATE


def test_a_wrong_number_that_a_trap_knows_is_answered_at_once(page: AppTest, store: Store) -> None:
    asked = variant(KNOWN["top-share"])
    trap = asked.value(KNOWN["top-share"].traps[0].value)  # type: ignore[attr-defined]
    give(page, store, "top-share", trap, "p1")
    sent = quiz.shown(seat(store), "top-share")
    assert "Divide every logit" in sent["missed"]["said"] and sent["grade"] is None
    give(page, store, "top-share", trap, "p2")
    said = quiz.shown(seat(store), "top-share")["grade"]["said"]
    assert "Divide every logit" in said and "It gets" in said, "and in the end the answer, too"


def test_what_was_missed_comes_again_with_its_options_in_another_order(page: AppTest, store: Store) -> None:
    first = [one["id"] for one in quiz.shown(seat(store), "who-leads")["field"]["options"]]
    miss(page, store, "who-leads", "other", "p")
    again = quiz.shown(seat(store, "who-leads"), "who-leads")
    assert again["grade"] is None and again["missed"] is None
    orders = [one["id"] for one in again["field"]["options"]]
    assert sorted(orders) == sorted(first) and orders != first


def test_a_wrong_choice_gets_feedback_on_every_option_in_the_end(page: AppTest, store: Store) -> None:
    miss(page, store, "who-leads", "other", "p")
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
    miss(page, store, "top-share", 1, "p")
    tab, first = page.session_state[LESSON_STATE], quiz.shown(seat(store), "top-share")
    pressed = {seat(store).key("top-share"): {"again": first["asked"]}}
    lesson_quiz._ask_again(tab, pressed, store, "top-share")
    assert tab.aside == {"temperature": {store.answers.of(ME)[-1].mark}}
    second = quiz.shown(seat(store, "top-share"), "top-share")
    assert second["grade"] is None and second["asked"] != first["asked"] and second["stem"] != first["stem"]
    lesson_quiz._ask_again(tab, pressed, store, "top-share")  # the same press, late
    give(page, store, "top-share", key("top-share", 1), "p2")
    assert [one.score for one in store.answers.of(ME)] == [0, 0, 1] and not tab.aside["temperature"]
    assert [one.variant for one in store.answers.of(ME)] == [0, 0, 1]


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
    for press in ("p1", "p2"):
        store.answers.add(ME, Answer(press, LESSON.id, asked.id, asked.v, 0, '"of-an-older-chart"', 0.0, "", 0))
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
        assert "How it went" not in [it.value for it in page.subheader]
        give(page, store, id_, key(id_), f"p{number}")
    assert drawn(page, "question")["next"] == quiz.LAST
    go_on(page, store)
    assert f"All {len(KNOWN)} right." in words(page) and "retry" not in [it.key for it in page.button]
    for id_, score in ((first, 0.0), (second, 0.6)):
        for attempt in "ab":
            given = (f"w{attempt}-{id_}", LESSON.id, id_, KNOWN[id_].v, 0, json.dumps(key(id_)), score, "", 0)
            store.answers.add(ME, Answer(*given))
    page.run()
    count = len(KNOWN)
    assert f"{count - 2} of {count} right, 1 partly" in words(page) and f"{count - 1.4:.3g} of {count}" in words(page)
    page.button(key="retry").click().run()
    assert [id_ for id_, waits in asked_now(page).items() if waits] == [first, second]
    assert "How it went" not in [it.value for it in page.subheader], "while something is asked anew"
    again = seat(store, first, second)
    assert quiz.shown(again, first)["grade"] is None and quiz.shown(again, list(KNOWN)[2])["grade"]
    assert [id_ for id_, score in quiz_end.result(again).scores.items() if score is None] == [first, second]
    assert drawn(page, "question")["id"] == first and drawn(page, "question")["leads"], "to the first of them"


def test_a_reload_in_the_middle_of_a_retry_is_no_step_back(page: AppTest, store: Store) -> None:
    for id_ in KNOWN:
        for attempt in "ab":
            given = (f"{attempt}-{id_}", LESSON.id, id_, KNOWN[id_].v, 0, json.dumps(key(id_)), 0.0, "", 0)
            store.answers.add(ME, Answer(*given))
    page.run()
    page.button(key="retry").click().run()
    second = list(KNOWN)[1]
    give(page, store, second, key(second, variant(KNOWN[second], 1).number), "again")
    waiting = asked_now(page)
    assert [id_ for id_, waits in waiting.items() if not waits] == [second]
    page = reloaded(page)
    assert asked_now(page) == waiting and "How it went" not in [it.value for it in page.subheader]
    for number, id_ in enumerate(id_ for id_ in KNOWN if waiting[id_]):
        asked, _ = lesson_quiz.seat_of(page.session_state[LESSON_STATE], store, LESSON).asked(id_)
        give(page, store, id_, asked.key(), f"q{number}")
    assert "again" not in page.query_params and not any(asked_now(page).values())
    go_on(page, store)
    assert "How it went" in [it.value for it in reloaded(page).subheader]


def test_a_retry_belongs_to_the_answers_that_it_set_aside(
    page: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next(iter(KNOWN))
    for who in (ME, SOMEBODY):
        for attempt in "ab":
            given = (f"of-{who}{attempt}", LESSON.id, first, KNOWN[first].v, 0, json.dumps(key(first)), 0.0, "", 0)
            store.answers.add(who, Answer(*given))
    page.run()
    tab = page.session_state[LESSON_STATE]
    lesson_quiz.set_aside(tab, lesson_quiz.seat_of(tab, store, LESSON), [first])
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


def test_a_second_try_is_said_to_be_one(page: AppTest, store: Store) -> None:
    first = next(iter(KNOWN))
    give(page, store, first, 1, "miss")
    for number, id_ in enumerate(KNOWN):
        give(page, store, id_, key(id_), f"p{number}")
    go_on(page, store)
    assert f"All {len(KNOWN)} right, 1 of them at the second try." in words(page)


def test_one_question_is_shown_at_a_time_and_the_row_leads_to_any_of_them(page: AppTest, store: Store) -> None:
    first, *_, last = KNOWN
    assert drawn(page, "question")["id"] == first == drawn(page, "quiz_row")["current"]
    lesson_quiz._to_question(page.session_state[LESSON_STATE], {"quiz-row": {"go": last}}, store)
    page.run()
    assert drawn(page, "question")["id"] == last and page.query_params["question"] == last
    assert drawn(reloaded(page), "question")["id"] == last
    give(page, store, last, key(last), "p1")
    go_on(page, store)
    assert drawn(page, "question")["id"] == first, "on to what is still open"
    lesson_quiz._to_question(page.session_state[LESSON_STATE], {"quiz-row": {"go": "nobody"}}, store)
    page.run()
    assert drawn(page, "question")["id"] == first


def test_the_step_is_read_again_and_there_is_a_way_back_to_the_question(page: AppTest, store: Store) -> None:
    first = next(iter(KNOWN))
    give(page, store, first, key(first), "p1")
    tab = page.session_state[LESSON_STATE]
    lesson_quiz._read_again(tab, {seat(store).key(first): {"read": drawn(page, "question")["asked"]}}, store, first)
    page.run()
    assert page.query_params["step"] == KNOWN[first].tests and not page.exception
    page.button(key="back-to-question").click().run()
    assert page.query_params["step"] == "quiz" and drawn(page, "question")["id"] == first
    page.button(key="step-back").click().run()
    assert "back-to-question" not in [one.key for one in page.button], "who goes on did not come from a question"


def test_a_question_that_the_lesson_has_no_longer_is_a_sentence(store: Store, learner: str) -> None:
    at = opened(question="dark-knowledge")
    assert "The lesson has no question “dark-knowledge”." in words(at)
    assert drawn(at, "question")["id"] == next(iter(KNOWN))


def test_answers_to_questions_that_are_gone_stay_and_do_no_harm(page: AppTest, store: Store) -> None:
    store.answers.add(ME, Answer("p1", LESSON.id, "dark-knowledge", 1, 0, '"8"', 1.0, "sure", 0))
    page.run()
    assert not page.exception and asked_now(page) == dict.fromkeys(KNOWN, True)
    assert [one.question for one in store.answers.of(ME)] == ["dark-knowledge"]


def test_a_step_without_questions_reads_no_answers(store: Store, learner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answers, "of", lambda *_: pytest.fail("the answers were read"))
    at = AppTest.from_file(MAIN, default_timeout=PATIENCE)
    at._page_hash = calc_hash("lesson")
    at.query_params.update({"lesson": "temperature", "step": "soften"})
    at.run()
    assert not at.exception and [header.value for header in at.header] == ["Divide, then decide"]


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
