"""Links for a class: what they set, fix and hide, and the tool that builds them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.store import Store, StoreError
from app.teaching.figures import TRAINING, controls_of, figures
from app.teaching.lessons import lessons
from app.views.class_link import FIXED, FREE, HIDDEN, SET, link
from app.views.lesson import _change
from app.views.lesson_state import LESSON_STATE, open_address
from tests.views.conftest import address, lab_page, press, sent, words

STEP = {"lesson": "temperature", "step": "soften"}


def opened(**params: str) -> AppTest:
    page = lab_page()
    page._page_hash = calc_hash("lesson")
    page.query_params.update(params)
    page.run()
    assert not page.exception
    return page


def test_a_link_is_read_as_it_was_built() -> None:
    held = {"temperature": (FIXED, "6"), "scale": (HIDDEN, "log"), "image": (SET, "119"), "class": (FREE, "3")}
    built = link("temperature", "soften", held)
    query = dict(parse_qsl(urlsplit(built).query))
    assert query == {**STEP, "temperature": "6", "scale": "log", "image": "119", "fix": "temperature", "hide": "scale"}
    tab = open_address(query)
    assert tab.problems == [] and tab.query() == query
    assert tab.given == {"temperature": "6", "scale": "log", "image": "119"}
    assert tab.fixed == {"temperature"} and tab.hidden == {"scale"}


def test_a_value_that_is_the_usual_one_stays_in_the_address() -> None:
    assert open_address({**STEP, "temperature": "8", "fix": "temperature"}).query()["temperature"] == "8"


def test_what_is_not_held_was_meant_for_that_step() -> None:
    tab = open_address({**STEP, "scale": "log", "image": "119", "fix": "scale"})
    tab.go("temperature", "light")
    assert tab.given == {"scale": "log"} and tab.held == {"scale"}


def test_every_step_opens_with_its_own_state_and_its_own_run() -> None:
    read, predict = {"lesson": "how-much", "step": "read"}, {"lesson": "how-much", "step": "predict"}
    tab = open_address({**predict, "labels": "2000", "alpha": "0.5", "fix": "alpha"})
    tab.run_id = "abcd2345efgh"
    tab.go("how-much", "read")
    assert tab.query() == read | {"alpha": "0.5", "fix": "alpha"}, "only what the link fixes goes along"
    tab.settings = tab.settings | {"labels": 500}
    assert tab.query() == read | {"labels": "500", "alpha": "0.5", "fix": "alpha"}, "the usual value is said, too"
    assert open_address(tab.query()).query() == tab.query()
    tab.go("how-much", "predict")
    assert tab.run_id == "abcd2345efgh" and "labels" not in tab.query(), "what was trained there lies there"


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"scale": "<i>cubic</i>"}, "it must be one of linear, log"),
        ({"image": "1000"}, "it must be a number from 0 to 999"),
        ({"image": "nan"}, "it must be a number from 0 to 999"),
        ({"hide": "scale,taste"}, "no control “taste” that could be hidden"),
        ({"fix": "<b>"}, "no control “"),
        ({"temperature": "0"}, "outside"),
        ({"questions": "7"}, "“questions”"),
    ],
)
def test_a_link_that_makes_no_sense_is_a_sentence(
    store: Store, learner: str, params: dict[str, str], said: str
) -> None:
    page = opened(**STEP, **params)
    assert said in words(page) and "<b>" not in words(page) and "<i>" not in words(page)
    assert sent(page, "softening")["images"]


def test_training_cannot_be_set() -> None:
    tab = open_address({"lesson": "twins", "train": "yes", "hide": "train"})
    assert any("fixed or hidden, not set" in said for said in tab.problems) and tab.hidden == {TRAINING.key}


def test_the_figures_get_what_the_link_holds(store: Store, learner: str) -> None:
    page = opened(**STEP, temperature="6", scale="log", fix="temperature", hide="scale")
    assert sent(page, "softening")["temperature"] == 6
    held = sent(page, "steps")["held"]
    assert held == {"given": "temperature=6&scale=log", "fixed": ["temperature"], "hidden": ["scale"]}
    assert "fixed: temperature; not shown: scale of the bars" in words(page)
    assert sent(opened(**STEP, fix="temperature"), "softening")["temperature"] == 1, "the lesson's own"


@pytest.mark.parametrize("key", ["left_out", "left-out"])
def test_a_class_that_a_link_fixes_is_held_also_if_an_earlier_version_wrote_the_link(
    store: Store, learner: str, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    step, asked = {"lesson": "never-shown", "step": "predict"}, lessons()["never-shown"]
    store.lessons.save_prediction(learner, asked.id, "unseen", asked.version, "40")
    page = opened(**step, **{key: "5", "fix": key})
    data = sent(page, "never_shown")
    assert (data["leftOut"], data["fixed"]) == (5, True)
    assert sent(page, "steps")["held"] == {"given": "left_out=5", "fixed": ["left_out"], "hidden": []}
    assert address(page) == {**step, "left_out": "5", "fix": "left_out"}
    tab = page.session_state[LESSON_STATE]
    monkeypatch.setattr("app.views.lesson.address.noted", lambda _key: (tab, {}))
    _change(left_out=7, alpha=0.5)
    assert (tab.settings["left_out"], tab.settings["alpha"]) == (5, 0.5), "whatever a browser sends"


def test_the_tool_builds_a_link(store: Store, learner: str) -> None:
    page = opened(**STEP)
    assert page.code[0].value.endswith("?lesson=temperature&step=soften")
    page.pills(key="class-way-temperature-temperature-soften").set_value(FIXED).run()
    page.number_input(key="class-value-temperature-temperature-soften").set_value(6.5).run()
    page.pills(key="class-way-scale-temperature-soften").set_value(HIDDEN).run()
    assert page.code[0].value.endswith("temperature=6.5&scale=linear&fix=temperature&hide=scale")
    page.selectbox(key="class-step-temperature-soften").set_value("core").run()
    assert "no controls that a link could hold" in words(page)


@pytest.mark.parametrize("lesson", list(lessons()))
def test_every_control_of_every_step_has_a_name_and_a_way_to_hold_it(store: Store, learner: str, lesson: str) -> None:
    for section in lessons()[lesson].sections:
        settings = controls_of(section.figures)
        page = opened(lesson=lesson, step=section.id)
        for key in settings:
            page.pills(key=f"class-way-{key}-{lesson}-{section.id}").set_value(HIDDEN)
        page.run()
        assert not page.exception
        tab = open_address(dict(parse_qsl(urlsplit(page.code[0].value).query)))
        assert tab.problems == [] and tab.hidden == set(settings)


def test_one_control_has_one_name_in_all_figures() -> None:
    names = {(setting.key, setting.words) for figure in figures().values() for setting in figure.controls}
    assert len(names) == len(dict(names)) > 10 and all(words for _key, words in names)


# ── begin anew ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_lesson_is_begun_anew_by_two_presses(store: Store, learner: str) -> None:
    assert "anew-ask" not in [button.key for button in opened(**STEP).button], "there is nothing to forget"
    store.lessons.note_step(learner, "temperature", "soften")
    store.lessons.note_step(learner, "twins", "predict")
    store.lessons.save_prediction(learner, "temperature", "top-8", lessons()["temperature"].version, "40")
    page = press(opened(lesson="temperature", step="blur"), "anew-ask")
    assert "1 step and 1 prediction" in words(page) and len(store.lessons.progress(learner)) == 2
    page = press(press(page, "anew-keep"), "anew-ask")
    page = press(page, "anew-forget")
    assert [note.lesson for note in store.lessons.progress(learner)] == ["twins"]
    assert store.lessons.predictions(learner, "temperature") == {} and address(page)["step"] == "blur"
    assert sent(page, "steps")["anew"] == 1 and "anew-ask" not in [button.key for button in page.button]


def test_the_question_is_forgotten_on_the_way_to_another_step(store: Store, learner: str) -> None:
    store.lessons.note_step(learner, "temperature", "soften")
    page = press(press(opened(**STEP), "anew-ask"), "step-next")
    assert "anew-ask" in [button.key for button in page.button]


def test_a_store_that_is_busy_forgets_nothing_and_says_so(
    store: Store, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.lessons.note_step(learner, "temperature", "soften")
    page = press(opened(**STEP), "anew-ask")

    def busy(*_: str) -> None:
        raise StoreError("The store is busy. Try again in a moment.")

    monkeypatch.setattr(type(store.lessons), "forget", busy)
    page = press(page, "anew-forget")
    assert "The store is busy." in words(page) and len(store.lessons.progress(learner)) == 1
