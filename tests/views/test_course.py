"""The front page and the page of lessons: the map, the steps, predictions that stay, addresses that make no sense."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.catalog.presets import opening_settings
from app.figures.run_source import NO_COOKIE, spec_of
from app.server import identity
from app.server.moved_lessons import bring_along
from app.store import Answer, Store, StoreError
from app.teaching import claims
from app.teaching.lessons import Lesson, lessons
from app.teaching.minutes import minutes
from app.teaching.published import published
from app.teaching.questions import questions_of
from app.views import course, next_step
from app.views import lesson as lesson_page
from app.views.lesson import EARLIER, TELLS
from app.views.lesson_state import LESSON_STATE, LessonState, open_address
from tests.views.conftest import MAIN, ME, address, sent, words
from tests.waiting import PATIENCE

Visit = Callable[..., AppTest]
TEMPERATURE = lessons()["temperature"]


@pytest.fixture
def visit(store: Store, learner: str) -> Visit:
    """Opens a page by its name."""

    def at(name: str, **params: str) -> AppTest:
        page = AppTest.from_file(MAIN, default_timeout=PATIENCE)
        page._page_hash = calc_hash(name)
        page.query_params.update(params)
        page.run()
        assert not page.exception
        return page

    return at


def prose_of(page: AppTest) -> str:
    """All prose of the page."""
    prose = [one.proto for one in page.get("bidi_component") if one.proto.component_name == "distillery_prose"]
    return "".join(json.loads(one.json)["html"] for one in prose)


def pressed(page: AppTest, action: Callable[..., None], session: dict[str, Any], *args: Any) -> LessonState:
    """What a press does to the tab of a page, told of a component as the browser tells it."""
    tab: LessonState = page.session_state[LESSON_STATE]
    action(tab, session, *args)
    return tab


def predicted() -> tuple[str, str]:
    """(step, prediction) of the first one in the lesson."""
    for section in TEMPERATURE.sections:
        for block in section.blocks:
            if block.kind == "predict":
                return section.id, block.name
    raise AssertionError("the lesson asks for no prediction")


def test_the_front_page_moves_and_maps_every_lesson(visit: Visit) -> None:
    page = visit("")
    ours, *others = sent(page, "to_scale")["pairs"]
    assert (ours["teacher"]["numbers"], ours["student"]["numbers"]) == (293_236, 9_098)
    assert {one["id"] for one in others} == {id_ for id_, one in published().items() if one.sizes}
    assert all(one["url"] and one["teacher"]["numbers"] > one["student"]["numbers"] for one in others)
    prose = unescape(prose_of(page))
    assert "97%" not in prose, "lesson zero asks for it"
    assert all(published()[id_].in_words() in prose for id_ in course.CASES)
    assert not re.search(r"entropy|\bbits\b|logarithm", words(page) + prose, re.IGNORECASE)
    for lesson in lessons().values():
        kind = "Deep dive, not needed for the rest" if lesson.is_deep else f"Lesson {lesson.number}"
        assert f"{kind} · {minutes(lesson).words}]" in words(page)


def test_the_front_page_shows_both_diagrams(visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = visit("")
    assert "student, a small grid" in prose_of(page) and "<svg" in prose_of(page)
    assert sent(page, "four_steps")["live"] is False
    monkeypatch.setattr("app.views.course.shared_pictures", lambda: tmp_path)
    assert sent(visit(""), "to_scale")["pairs"], "a picture that is missing takes nothing else along"


def test_a_digit_may_be_drawn_for_both_in_place_of_the_picture(visit: Visit) -> None:
    page = visit("")
    page.button(key="draw-now").click().run()
    assert not page.exception
    drawn = sent(page, "answers")
    assert drawn["source"] == "drawn" and drawn["samples"] and {arm["role"] for arm in drawn["arms"]} >= {"distilled"}
    page.button(key="draw-now").click().run()
    assert sent(page, "to_scale")["pairs"]


def test_one_press_on_the_front_page_trains(visit: Visit, store: Store) -> None:
    page = visit("")
    page.button(key="train-now").click().run()
    assert not page.exception and sent(page, "bench")["run"] == address(page)["run"]
    run = store.runs.get(address(page)["run"])
    trained = spec_of(run) if run else None
    assert run and run.state == "queued" and trained and trained.settings() == opening_settings()
    assert sent(page, "bench")["fresh"], "it is no replay"


def test_a_press_that_trains_nothing_leads_to_the_lab_which_says_why(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: None)
    page = visit("")
    page.button(key="train-now").click().run()
    assert NO_COOKIE in words(page) and "run" not in address(page)


def test_the_map_says_quietly_what_is_due(visit: Visit, store: Store) -> None:
    links = [link.proto.label for link in visit("").get("page_link")]
    assert not any(label.startswith("Review:") for label in links)
    asked = next(iter(questions_of(TEMPERATURE.path.parent).values()))
    at = time.time() - 9 * 24 * 3600
    store.answers.add(ME, Answer("p", TEMPERATURE.id, asked.id, asked.v, 0, "1", 0.0, "sure", at))
    page = visit("")
    assert "Review: one question today" in [link.proto.label for link in page.get("page_link")]
    said = [line for line in words(page).split("\n") if "to review" in line]
    assert len(said) == 1 and TEMPERATURE.label in said[0]


def test_an_old_address_of_the_lab_leads_there(visit: Visit) -> None:
    page = visit("", run="recorded-mnist-kd", temperature="4")
    assert sent(page, "bench")["run"] == "recorded-mnist-kd"
    assert address(page)["temperature"] == "4"


def test_the_map_knows_how_far_the_learner_is(visit: Visit, store: Store) -> None:
    steps = [section.id for section in TEMPERATURE.sections]
    store.lessons.note_step(ME, TEMPERATURE.id, steps[0])
    store.lessons.note_step(ME, TEMPERATURE.id, "a-step-of-an-earlier-version")
    assert f"1 of {len(steps)} steps done" in words(visit(""))
    for step in steps:
        store.lessons.note_step(ME, TEMPERATURE.id, step)
    assert "finished" in words(visit(""))


def test_a_step_that_tells_an_outcome_waits_for_the_prediction(visit: Visit, store: Store) -> None:
    page = visit("lesson", lesson="twins", step="read")
    assert TELLS in words(page) and "2.6" not in str([one.proto.json for one in page.get("bidi_component")])
    page.button(key="step-asked").click().run()
    assert not page.exception and address(page)["step"] == "predict"
    explains = "Each line is the mean"  # what is seen in the figure below
    assert explains not in str([one.proto.json for one in page.get("bidi_component")])
    store.lessons.save_prediction(ME, "twins", "gain", lessons()["twins"].version, "3.8")
    page.run()
    assert explains in str([one.proto.json for one in page.get("bidi_component")])
    page = visit("lesson", lesson="twins", step="read")
    assert TELLS not in words(page) and sent(page, "bench")["predicted"] == 3.8


def test_a_step_that_also_tells_an_earlier_outcome_waits_for_both_predictions(visit: Visit, store: Store) -> None:
    version = lessons()["how-much"].version
    store.lessons.save_prediction(ME, "how-much", "rest", version, "9")
    page = visit("lesson", lesson="how-much", step="rest")
    assert TELLS in words(page) and '"gains"' not in str([one.proto.json for one in page.get("bidi_component")])
    page.button(key="step-asked").click().run()
    assert not page.exception and address(page)["step"] == "predict"
    store.lessons.save_prediction(ME, "how-much", "gain", version, "[0, 1, 2, 1, 0]")
    page = visit("lesson", lesson="how-much", step="rest")
    assert TELLS not in words(page) and '"gains"' in str([one.proto.json for one in page.get("bidi_component")])


def told(page: AppTest) -> dict[str, str]:
    """The titles in the bar of steps, by step."""
    return {step["id"]: step["title"] for step in sent(page, "steps")["steps"]}


def test_no_title_gives_away_what_is_yet_to_be_predicted(visit: Visit, store: Store) -> None:
    lesson = lessons()["twins"]
    sections = {section.id: section for section in lesson.sections}
    titles = {id_: section.title for id_, section in sections.items()}
    asks = next(at for at, section in enumerate(lesson.sections) if section.predictions)
    (name,), behind = lesson.sections[asks].predictions, lesson.sections[asks + 1]

    page = visit("lesson", lesson="twins")
    hidden = {id_ for id_, title in told(page).items() if title != titles[id_]}
    assert behind.id in hidden and told(page)[behind.id] == f"Step {asks + 2}"
    assert hidden == {one.id for one in lesson.sections[asks + 1 :]} - {"core", "quiz"}
    page = visit("lesson", lesson="twins", step=lesson.sections[asks].id)
    assert page.button(key="step-next").label == f":yellow[**Next: Step {asks + 2}**]"
    page.button(key="step-next").click().run()  # it opens all the same, and waits
    assert page.header[0].value == f"Step {asks + 2}" and TELLS in words(page)
    page = visit("lesson", lesson="twins", step="limits")  # whoever goes past has skipped what is not locked
    assert {id_ for id_, title in told(page).items() if title != titles[id_]} == {behind.id, "softness"}

    store.lessons.save_prediction(ME, "twins", name, lesson.version, "3.8")
    page = visit("lesson", lesson="twins", step=lesson.sections[asks].id)
    assert told(page)[behind.id] == behind.title
    assert page.button(key="step-next").label == f":yellow[**Next: {behind.title}**]"


@pytest.mark.parametrize("lesson", lessons().values(), ids=lambda lesson: lesson.id)
def test_a_lesson_tells_all_titles_once_everything_is_predicted_or_passed(lesson: Lesson) -> None:
    sections = lesson.sections
    assert next_step.untold(lesson, 0, (), lesson.predictions) == set()
    for at, section in enumerate(sections):
        hidden = next_step.untold(lesson, at, (), ())
        asked = next((place for place, one in enumerate(sections) if place >= at and one.predictions), len(sections))
        assert {one.id for one in sections[asked + 1 :]} - {"core", "quiz"} <= hidden
        before = {one.id for one in sections[: at + 1] if not next_step.asked_elsewhere(lesson, one, ())}
        if section.id in before:
            assert not hidden & before


def test_a_step_is_linked_to_and_left(visit: Visit) -> None:
    first, second = TEMPERATURE.sections[:2]
    page = visit("lesson", lesson="temperature", step=second.id)
    assert address(page) == {"lesson": "temperature", "step": second.id}
    assert sent(page, "steps")["current"] == second.id
    page.button(key="step-back").click().run()
    assert not page.exception and address(page)["step"] == first.id
    page.button(key="step-next").click().run()
    assert address(page)["step"] == second.id


def test_the_outcome_is_not_sent_before_the_prediction_is_saved(visit: Visit, store: Store) -> None:
    step, name = predicted()
    page = visit("lesson", lesson="temperature", step=step)
    data = sent(page, "predict")
    assert data["saved"] is None and data["outcome"] is None
    store.lessons.save_prediction(ME, "temperature", name, TEMPERATURE.version, "40")
    page.run()
    data = sent(page, "predict")
    assert data["saved"] == 40 and data["outcome"] == claims.value(TEMPERATURE.predictions[name].outcome)


def test_who_predicts_in_two_tabs_hears_that_the_first_stays(visit: Visit, store: Store) -> None:
    step, name = predicted()
    page = visit("lesson", lesson="temperature", step=step)
    tab: LessonState = page.session_state[LESSON_STATE]
    for value, said in ((40, ""), (40, ""), (50, EARLIER)):  # the same twice is one press that arrived twice
        lesson_page._save(tab, {"it": {"saved": value}}, store, name, "it")
        page.run()
        assert sent(page, "predict")["saved"] == 40
        assert (EARLIER in words(page)) == bool(said)


@pytest.mark.usefixtures("no_recordings")
def test_without_recorded_answers_the_prediction_is_kept_and_a_sentence_says_why(visit: Visit, store: Store) -> None:
    step, name = predicted()
    store.lessons.save_prediction(ME, "temperature", name, TEMPERATURE.version, "40")
    page = visit("lesson", lesson="temperature", step=step)
    said = "\n".join(one.value for one in page.markdown)
    assert "Your prediction is kept, but what came out cannot be told: teacher_top cannot answer that" in said


def test_without_a_glossary_the_words_stay(visit: Visit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.teaching.glossary.file", lambda: tmp_path / "glossary.yaml")
    page = visit("lesson", lesson="temperature", step="soften")
    assert "logit" in str(sent(page, "prose"))


def test_a_prediction_for_an_earlier_version_is_asked_anew(visit: Visit, store: Store) -> None:
    step, name = predicted()
    store.lessons.save_prediction(ME, "temperature", name, TEMPERATURE.version - 1, "40")
    assert sent(visit("lesson", lesson="temperature", step=step), "predict")["saved"] is None


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "names no lesson"),
        ({"lesson": "<b>nothing</b>"}, "There is no lesson"),
        ({"lesson": "temperature", "step": "nowhere"}, "has no step “nowhere”"),
        ({"lesson": "temperature", "foo": "1"}, "“foo”"),
        ({"lesson": "temperature", "run": "%%"}, "names no run"),
        ({"lesson": "temperature", "temperature": "banana"}, "“banana” is not a number"),
        ({"lesson": "temperature", "fix": "alpha,taste"}, "no control “taste”"),
    ],
)
def test_an_address_that_makes_no_sense_is_a_sentence(visit: Visit, params: dict[str, str], said: str) -> None:
    page = visit("lesson", **params)
    assert said in words(page) and "<b>" not in words(page)
    assert sent(page, "steps")["steps"]


def test_what_was_done_before_a_step_moved_to_another_lesson_goes_along(visit: Visit, store: Store) -> None:
    asked = questions_of(lessons()["t-squared"].path.parent)["fading"]
    answer = Answer("p", "temperature", asked.id, asked.v, 0, '"quarter"', 1.0, "sure", time.time())
    store.answers.add(ME, answer)
    store.lessons.note_step(ME, "temperature", "squared")
    store.lessons.note_step(ME, "twins", "step")
    store.lessons.save_prediction(ME, "temperature", "shorter-8", 2, "20")
    bring_along()
    page = visit("lesson", lesson="temperature", step="squared", temperature="4")
    assert address(page) == {"lesson": "t-squared", "step": "squared", "temperature": "4"}
    done = {step["id"] for step in sent(page, "steps")["steps"] if step["done"]}
    assert done == {"squared"} and "microscope" in str([one.proto.json for one in page.get("bidi_component")])
    steps = sent(visit("lesson", lesson="twins", step="step"), "steps")["steps"]
    assert [step["id"] for step in steps if step["done"]] == ["step"]
    page = visit("review", lesson="temperature", question="fading", after="0")
    assert address(page) == {"lesson": "t-squared", "question": "fading", "after": "0"}
    assert sent(page, "question")["grade"]["score"] == 1


def test_what_was_done_while_tuning_and_the_wrong_lines_were_one_lesson_goes_along(visit: Visit, store: Store) -> None:
    moved = lessons()["bugs"]
    for step in ("plain", *(section.id for section in moved.sections if f"tuning/{section.id}" in moved.formerly)):
        store.lessons.note_step(ME, "tuning", step)
    store.lessons.save_prediction(ME, "tuning", "worse", 1, "4")
    store.lessons.save_prediction(ME, "tuning", "shift", 1, "2")
    for asked in questions_of(moved.path.parent).values():
        store.answers.add(ME, Answer(asked.id, "tuning", asked.id, asked.v, 0, "1", 0.0, "sure", time.time()))
    bring_along()
    done = [(one.lesson, one.step) for one in store.lessons.progress(ME)]
    assert sorted(done) == [("bugs", "bugs"), ("bugs", "loud"), ("bugs", "which"), ("tuning", "plain")]
    assert {answer.lesson for answer in store.answers.of(ME)} == {"bugs"}
    assert [(lesson, one.prediction) for lesson, one in store.lessons.all_predictions(ME)] == [
        ("bugs", "worse"),
        ("tuning", "shift"),
    ]
    page = visit("lesson", lesson="tuning", step="loud", bug="alpha", setting="a1")
    assert address(page) == {"lesson": "bugs", "step": "loud", "bug": "alpha", "setting": "a1"}
    assert sent(page, "bug_lab")["table"] and TELLS not in words(page)
    page = visit("review", lesson="tuning", question="turned-down", after="0")
    assert address(page) == {"lesson": "bugs", "question": "turned-down", "after": "0"}


def test_without_a_store_the_server_starts_and_the_log_says_what_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(_moved: object) -> None:
        raise StoreError("The store is busy.")

    monkeypatch.setattr(store.lessons, "move", busy)
    with caplog.at_level(logging.WARNING):
        bring_along()
    assert "earlier versions of the lessons waits: The store is busy." in caplog.text


def test_a_quiz_whose_questions_were_answered_elsewhere_is_done_when_it_is_seen(visit: Visit, store: Store) -> None:
    lesson = lessons()["training-step"]
    for asked in questions_of(lesson.path.parent).values():
        stood_in = "twins" if f"twins/{asked.id}" in lesson.formerly else lesson.id
        store.answers.add(ME, Answer(asked.id, stood_in, asked.id, asked.v, 0, "1", 0.0, "sure", time.time()))
    bring_along()
    visit("lesson", lesson=lesson.id, step="quiz")
    assert [(one.lesson, one.step) for one in store.lessons.progress(ME)] == [(lesson.id, "quiz")]


def test_a_step_that_asks_for_nothing_is_done_when_it_is_seen_and_another_one_is_not(
    visit: Visit, store: Store
) -> None:
    for lesson in lessons().values():
        for section in lesson.sections[:-1]:
            page = visit("lesson", lesson=lesson.id, step=section.id)
            done = {step["id"] for step in sent(page, "steps")["steps"] if step["done"]}
            waits = section.has_task or TELLS in words(page)
            assert (section.id in done) != waits, (lesson.id, section.id)
            store.lessons.forget(ME, lesson.id)


def test_steps_that_were_only_read_count_for_whoever_came_past_them_in_an_earlier_version(
    visit: Visit, store: Store
) -> None:
    lesson = next(one for one in lessons().values() if not one.sections[0].has_task and len(one.sections) > 2)
    for section in lesson.sections:
        if section.has_task:
            store.lessons.note_step(ME, lesson.id, section.id)
    assert lesson.sections[-1].has_task, "the quiz"
    said = f"{lesson.label} · {minutes(lesson).words} · finished"
    assert said in words(visit(""))
    assert next_step.state_words(lesson, next_step.done(lesson, store.lessons.progress(ME))) == "finished"


def test_the_map_and_the_page_of_progress_say_the_same(visit: Visit, store: Store) -> None:
    store.lessons.note_step(ME, "temperature", TEMPERATURE.sections[0].id)
    state = next_step.state_words(TEMPERATURE, {TEMPERATURE.sections[0].id})
    assert state in words(visit(""))
    body = "".join(part.proto.body for part in visit("progress").get("html"))
    assert f'<span class="count">{state}</span>'.lower() in body.lower()


def test_a_deep_dive_is_offered_and_never_needed(visit: Visit, store: Store) -> None:
    page = visit("lesson", lesson="training-step", step="quiz")
    assert page.button(key="step-next").label == f":yellow[**Next lesson: {lessons()['how-much'].title}**]"
    page.button(key="step-deeper").click().run()
    assert not page.exception and address(page) == {"lesson": "t-squared", "step": "price"}
    assert "Deep dive · " in words(page) and "step-deeper" not in {button.key for button in page.button}
    course = [one for one in lessons().values() if not one.is_deep]
    for lesson in course:
        for section in lesson.sections:
            store.lessons.note_step(ME, lesson.id, section.id)
    assert next_step.following(list(lessons().values()), store.lessons.progress(ME)) is None
    store.lessons.note_step(ME, "t-squared", "price")
    assert next_step.following(list(lessons().values()), store.lessons.progress(ME)) == lessons()["t-squared"]
    store.lessons.note_step(ME, "twins", "read")
    assert next_step.following(list(lessons().values()), store.lessons.progress(ME)) is None


def test_a_link_may_set_and_fix_controls() -> None:
    tab = open_address({"lesson": "temperature", "step": "core", "temperature": "4", "fix": "temperature"})
    assert tab.settings["temperature"] == 4 and tab.fixed == {"temperature"} and not tab.problems
    assert tab.query() == {"lesson": "temperature", "step": "core", "temperature": "4", "fix": "temperature"}


def test_without_a_cookie_the_page_remembers_as_long_as_it_is_open(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: None)
    step, name = predicted()
    page = visit("lesson", lesson="temperature", step=step)
    assert "sends no cookie" in words(page)
    page.session_state[LESSON_STATE].saved[("temperature", name)] = 40.0
    page.run()
    assert sent(page, "predict")["saved"] == 40


def test_without_lessons_the_pages_say_so(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("course", "lesson", "lesson_state"):
        monkeypatch.setattr(f"app.views.{module}.lessons", dict)
    for name in ("", "lesson"):
        assert "no readable lesson" in words(visit(name))


def test_what_may_be_predicted() -> None:
    number = TEMPERATURE.predictions[predicted()[1]]
    assert number.accepted(40) == 40.0
    for wrong in (-1, 101, float("nan"), True, "40", None, [40]):
        assert number.accepted(wrong) is None
    choice = number.model_copy(update={"kind": "choice", "choices": ("more", "less")})
    assert choice.accepted("more") == "more" and choice.accepted("most") is None and choice.accepted(1) is None
    curve = number.model_copy(update={"kind": "curve", "at": (1, 2, 4, 8, 16)})
    assert curve.accepted([1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]
    for ragged in ([1, 2, 3, 4], [1, 2, 3, 4, 500], [1, 2, 3, 4, "5"], "12345", 7):
        assert curve.accepted(ragged) is None
