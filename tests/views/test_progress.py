"""The page of progress: empty, filled, without a cookie; a phrase mistyped, a link opened; asked to delete."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.server import identity, recovery
from app.server.api.learners import DELETED, MOVED, TOLD, WRONG
from app.server.recovery import Guesses, handle_of, phrase_of, token_of
from app.store import Answer, Store
from app.store.tables import learners
from app.views import devices, progress, your_data
from tests.views.conftest import ME, SOMEBODY, lab_page, press, run_of, sent, words

ONE = Answer("p1", "temperature", "top-share", 1, 0, "50.6", 1.0, "sure", 0)


@pytest.fixture(autouse=True)
def no_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.server.recovery.guesses", Guesses())


def page(name: str = "progress", **query: str) -> AppTest:
    """A page, run once."""
    at = lab_page()
    at._page_hash = calc_hash(name)
    at.query_params.update(query)
    at.run()
    assert not at.exception
    return at


def handovers(at: AppTest) -> list[dict[str, object]]:
    """What the buttons ask of the server that change the cookie."""
    found = [element.proto for element in at.get("bidi_component")]
    return [json.loads(proto.json) for proto in found if proto.component_name == "distillery_handover"]


def typed(at: AppTest, phrase: str) -> AppTest:
    """Type a phrase, and look it up."""
    at.text_input(key=devices.TYPED).set_value(phrase)
    return press(at, "way-look")


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_did_nothing_yet_reads_what_will_be_kept_and_has_nothing_to_delete(store: Store, learner: str) -> None:
    at = page()
    assert your_data.NOTHING in words(at)
    assert not [button for button in at.button if button.key == "delete-ask"]


def test_what_is_kept_is_counted(store: Store, learner: str) -> None:
    for name in ("p1", "p2"):
        store.answers.add(ME, replace(ONE, press=name))
    store.lessons.save_prediction(ME, "temperature", "entropy-8", 1, "40")
    run_of(store, ME)
    assert "2 answers, 1 prediction and 1 run" in words(page())


def test_without_a_cookie_it_says_so(store: Store) -> None:
    assert progress.NO_COOKIE in words(page())


def test_who_was_somebody_here_reads_that_the_cookie_was_refused_until_it_is_understood(
    store: Store, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert devices.STRANGE not in words(page("lab"))
    monkeypatch.setattr(identity, "refused", lambda _cookies: ("another key's",))
    at = page("lab")
    assert devices.STRANGE in words(at)
    assert devices.STRANGE not in words(press(at, "strange-understood"))
    store.answers.add(ME, ONE)
    assert devices.STRANGE in words(page("lab"))
    with store.database.write() as db:
        db.execute(learners.update().values(created=time.time() - devices.STRANGE_SECONDS - 1))
    assert devices.STRANGE not in words(page("lab")), "who has been somebody new for a while knows it"


# ── another device ───────────────────────────────────────────────────────────────────────────────────────────────


def test_phrase_link_and_code_are_shown_on_a_press_and_hidden_again(store: Store, learner: str) -> None:
    at = page()
    assert not at.code and store.learners.get(ME) is None
    press(at, "way-show")
    assert at.code[0].value == phrase_of(ME) and at.code[1].value.endswith(f"/move#{token_of(ME)}")
    assert store.learners.get(ME), "a phrase leads to somebody who is known"
    press(at, "way-show")
    assert not at.code


def test_a_phrase_that_was_seen_can_be_changed_after_a_second_press(store: Store, learner: str) -> None:
    at = press(page(), "way-show")
    assert devices.SEEN not in words(at) and not handovers(at)
    press(at, "renew-ask")
    assert devices.SEEN in words(at)
    assert [(one["address"], one["said"]) for one in handovers(at)] == [
        ("/api/learner/renew", {"handle": handle_of(ME)}),
        ("/api/learner/renew", {"handle": handle_of(ME), "others": "stay"}),
    ]
    press(at, "renew-ask")
    assert devices.SEEN not in words(at) and not handovers(at)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda phrase: phrase + " lamp", "this has 13."),
        (lambda phrase: "", "this has 0."),
        (lambda phrase: "lamq" + phrase, "is none of the words"),
        (lambda phrase: phrase_of(ME), "This is your own phrase"),
        (lambda phrase: phrase_of("e" * 24), "Nothing is kept here"),
    ],
)
def test_a_phrase_that_does_not_fit_is_a_sentence(
    store: Store, learner: str, change: Callable[[str], str], sentence: str
) -> None:
    store.answers.add(SOMEBODY, ONE)
    at = typed(page(), change(phrase_of(SOMEBODY)))
    assert sentence in words(at) and not handovers(at)
    assert typed(at, phrase_of(SOMEBODY)) and sentence not in words(at) and handovers(at)


def test_after_many_misses_the_advice_is_another_and_what_fits_still_does(store: Store, learner: str) -> None:
    store.answers.add(SOMEBODY, ONE)
    at = page()
    for _ in range(recovery.GUESSES + 1):
        typed(at, "zoo")
    assert recovery.TOO_MANY in words(at) and not handovers(at)
    typed(at, phrase_of(SOMEBODY))
    assert recovery.TOO_MANY not in words(at) and handovers(at)


@pytest.mark.parametrize("way", ["link", "phrase"])
def test_it_is_said_what_will_happen_before_it_does(
    store: Store, learner: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    store.answers.add(SOMEBODY, ONE)
    store.answers.add(ME, ONE)
    if way == "link":
        monkeypatch.setattr("app.server.recovery.offered", lambda _cookies: token_of(SOMEBODY))
    at = page() if way == "link" else typed(page(), phrase_of(SOMEBODY))
    assert f"This {way} belongs to a learner of whom is kept: 1 answer." in words(at)
    assert "(1 answer) is added to theirs" in words(at) and f"only if the {way} is your own" in words(at)
    go, stay = handovers(at)
    assert go["address"] == "/api/learner/move" and stay["address"] == "/api/learner/decline"
    handle = {"handle": handle_of(ME)}
    assert go["said"] == (handle if way == "link" else {**handle, "token": token_of(SOMEBODY)})
    assert len(store.answers.of(ME)) == len(store.answers.of(SOMEBODY)) == 1


def test_a_link_of_ones_own_or_a_broken_one_asks_nothing(
    store: Store, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.answers.add(ME, ONE)
    for token in (token_of(ME), token_of("e" * 24), "A" * 22):
        monkeypatch.setattr("app.server.recovery.offered", lambda _cookies, token=token: token)
        assert not handovers(page())


# ── what has happened ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_has_happened_is_said_once_and_leaves_the_address(store: Store, learner: str) -> None:
    at = page(**{TOLD: DELETED})
    assert devices.SENTENCES[DELETED] in words(at) and not at.query_params
    assert devices.SENTENCES[WRONG] in words(page(**{TOLD: WRONG}))
    store.answers.add(ME, ONE)
    assert "goes on with what is kept of you: 1 answer." in words(page(**{TOLD: MOVED}))
    assert devices.SENTENCES[DELETED] not in words(page(**{TOLD: DELETED})), "an address cannot say what is not so"
    assert "notice-happened" not in str(page(**{TOLD: "<b>anything</b>"}).main)


def test_deletion_is_asked_once_more(store: Store, learner: str) -> None:
    store.answers.add(ME, ONE)
    at = page()
    assert not handovers(at)
    press(at, "delete-ask")
    assert "This deletes 1 answer" in words(at) and "cannot be undone" in words(at)
    assert [(one["address"], one["said"]) for one in handovers(at)] == [
        ("/api/learner/forget", {"handle": handle_of(ME)})
    ]
    press(at, "delete-ask")
    assert not handovers(at) and store.learners.kept(ME)["answers"] == 1


@pytest.mark.parametrize("name", ["progress", "course", "runs", "lesson"])
def test_a_page_of_somebody_who_is_no_more_goes_over_by_itself(
    store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: ME)
    store.answers.add(ME, ONE)
    store.answers.add(SOMEBODY, replace(ONE, press="p2"))
    store.learners.merge(ME, SOMEBODY)
    at = page(name)
    assert sent(at, "handover")["address"] == "/api/learner/follow" and sent(at, "handover")["kind"] == "alone"
    assert not at.title, "nothing is drawn that another's answers would be kept from"
