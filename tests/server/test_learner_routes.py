"""A learner's way to another device, and out, as routes: what is said, which cookie comes, what nobody else can do."""

from __future__ import annotations

import csv
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette

from app.server import identity, recovery
from app.server.api import routes
from app.server.api.asking import BYTES, TAKES
from app.server.api.learners import (
    ALONE,
    DELETED,
    ELSEWHERE,
    GONE,
    MOVED,
    NEXT,
    NO_COOKIE,
    OFTEN,
    OUT,
    OWN,
    RENEWED,
    STAY,
    TOO_LATE,
    WRONG,
)
from app.server.recovery import OFFER, Guesses, handle_of, token_of
from app.store import Answer, Store
from app.store.errors import StoreUnavailable
from app.store.learners import ADDED, UNKNOWN
from tests.asgi import Answer as Reply
from tests.asgi import get
from tests.server.test_identity import restart
from tests.store.stored import ANNE, BEN
from tests.waiting import wait_for

ONE = Answer("press-1", "temperature", "top-share", 1, 0, '"=1+1"', 1.0, "sure", 100.0)


@pytest.fixture
def app(store: Store, monkeypatch: pytest.MonkeyPatch) -> Starlette:
    """The routes, with nobody's guesses counted yet."""
    monkeypatch.setattr("app.server.api.learners.guesses", Guesses())
    return Starlette(routes=routes(lambda: store))


def cookies(learner: str | None, token: str = "") -> dict[str, str]:
    """The header that a browser sends."""
    parts = [f"{identity.COOKIE}={identity.signed(learner)}"] if learner else []
    return {"cookie": "; ".join([*parts, *([f"{OFFER}={token}"] if token else [])])}


def post(app: Starlette, act: str, learner: str | None, offer: str = "", beside: str = "", **said: str) -> Reply:
    """A press on a page that was drawn for the learner. offer: the token of an opened link. beside: another cookie."""
    body = {"handle": handle_of(learner or ANNE), **said}
    headers = {"content-type": BYTES, **cookies(learner, offer)}
    if beside:
        headers["cookie"] += f"; {beside}"
    return get(app, f"/api/learner/{act}", headers, "POST", json.dumps(body).encode())


def renew(app: Starlette, stay: bool) -> Reply:
    """Anne's press on a new phrase, as her browser makes it: asked again with the cookie that it was given."""
    if stay:
        return post(app, "renew", ANNE, others=STAY)
    return post(app, "renew", ANNE, beside=given(post(app, "renew", ANNE)), again="yes")


def given(reply: Reply) -> str:
    """The cookie that a browser gets to be asked again with."""
    assert reply.json() == {"again": "yes"} and "HttpOnly" in reply.headers["set-cookie"]
    return reply.headers["set-cookie"].partition(";")[0]


def becomes(reply: Reply) -> str | None:
    """Whose cookie an answer brings; a repeated header's last is the learner's."""
    jar: SimpleCookie = SimpleCookie(reply.headers.get("set-cookie", ""))
    return identity.learner_from({name: morsel.value for name, morsel in jar.items()})


# ── a link ───────────────────────────────────────────────────────────────────────────────────────────────────────


def opens(app: Starlette, token: str, learner: str | None, at: str = "") -> Reply:
    """What a link's own page sends, and hears."""
    headers = {"content-type": BYTES, **cookies(learner)}
    return get(app, f"{at}/api/learner/open", headers, "POST", json.dumps({"token": token}).encode())


def test_a_link_leads_on_at_once_and_nothing_has_happened_yet(app: Starlette, store: Store) -> None:
    store.answers.add(ANNE, ONE)
    reply = opens(app, token_of(ANNE), BEN)
    assert reply.json() == {"go": "progress"} and reply.headers["cache-control"] == "no-store"
    offer = reply.headers["set-cookie"]
    assert offer.startswith(f"{OFFER}={token_of(ANNE)};") and "HttpOnly" in offer and "Max-Age=600" in offer
    assert "samesite=lax" in offer.lower() and "Secure" not in offer and becomes(reply) is None
    assert store.learners.who_became(BEN) == BEN
    assert "Secure" in opens(app, token_of(ANNE), BEN, "https://testserver").headers["set-cookie"]


def test_a_link_s_page_needs_no_token_in_its_address(app: Starlette) -> None:
    page = get(app, "/move")
    assert page.status == 200 and page.headers["referrer-policy"] == "no-referrer"
    assert 'data-address="/api/learner/open"' in page.body.decode()


def test_a_link_of_an_earlier_version_leads_to_the_same(app: Starlette, store: Store) -> None:
    store.answers.add(ANNE, ONE)
    reply = get(app, f"/move/{token_of(ANNE)}", cookies(BEN))
    assert (reply.status, reply.headers["location"]) == (303, "../progress")
    assert reply.headers["referrer-policy"] == "no-referrer" and reply.headers["cache-control"] == "no-store"
    assert reply.headers["set-cookie"].startswith(f"{OFFER}={token_of(ANNE)};")
    assert get(app, f"/move/{token_of(ANNE)}", cookies(ANNE)).headers["location"].endswith(OWN)


@pytest.mark.parametrize("address", ["/move", "/move/" + "A" * 22, "/move/a/b"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_a_link_is_only_read(app: Starlette, address: str, method: str) -> None:
    reply = get(app, address, {}, method)
    assert reply.json() == {"message": "There is nothing at this address." if "a/b" in address else TAKES[True, False]}
    assert reply.status == 404 or (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("token", ["x", "A" * 22, "https:%2F%2Felsewhere.example", "%0d%0aset-cookie:x"])
def test_what_is_no_link_leads_to_a_sentence_on_our_own_page(app: Starlette, token: str) -> None:
    reply = get(app, f"/move/{token}", cookies(BEN))
    assert (reply.status, reply.headers["location"]) == (303, f"../progress?told={WRONG}")
    assert opens(app, token, BEN).json() == {"go": f"progress?told={WRONG}"}
    assert "set-cookie" not in reply.headers


def test_a_link_of_ones_own_and_one_to_nobody(app: Starlette, store: Store) -> None:
    store.answers.add(ANNE, ONE)
    assert opens(app, token_of(ANNE), ANNE).json()["go"].endswith(OWN)
    assert opens(app, token_of("e" * 24), BEN).json()["go"].endswith(GONE)
    store.learners.forget(ANNE)
    assert opens(app, token_of(ANNE), BEN).json()["go"].endswith(GONE)


@pytest.mark.parametrize("visitor", [BEN, None], ids=["a browser", "all new ones behind one address"])
def test_after_many_misses_the_advice_is_another_and_what_fits_still_does(
    app: Starlette, store: Store, visitor: str | None
) -> None:
    store.answers.add(ANNE, ONE)
    for _ in range(recovery.GUESSES):
        assert opens(app, "nonsense", visitor).json()["go"].endswith(WRONG)
    assert opens(app, "nonsense", visitor).json()["go"].endswith(OFTEN)
    assert opens(app, token_of(ANNE), visitor).json()["go"] == "progress"
    if visitor:
        assert post(app, "move", visitor, token="nonsense").json() == {"message": recovery.TOO_MANY}
        assert becomes(post(app, "move", visitor, token=token_of(ANNE))) == ANNE


# ── going over ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", ["link", "phrase"])
def test_a_press_makes_the_browser_that_learners_and_takes_along_what_was_done(
    app: Starlette, store: Store, way: str
) -> None:
    store.answers.add(ANNE, ONE)
    store.answers.add(BEN, replace(ONE, press="press-2"))
    token = token_of(ANNE)
    reply = post(app, "move", BEN, token) if way == "link" else post(app, "move", BEN, token=token)
    assert reply.status == 200 and reply.json() == {"go": f"progress?told={MOVED}"}
    assert becomes(reply) == ANNE and "HttpOnly" in reply.headers["set-cookie"]
    assert {one.press for one in store.answers.of(ANNE)} == {"press-1", "press-2"} and not store.learners.kept(BEN)
    assert becomes(post(app, "follow", BEN)) == ANNE, "another browser of the same learner goes along"


def test_an_old_link_leads_to_whom_its_learner_became(app: Starlette, store: Store) -> None:
    for learner in (ANNE, BEN):
        store.answers.add(learner, replace(ONE, press=learner))
    store.learners.merge(ANNE, BEN)
    stranger = "d" * 24
    assert (
        get(app, f"/move/{token_of(ANNE)}", cookies(stranger))
        .headers["set-cookie"]
        .startswith(f"{OFFER}={token_of(BEN)};")
    )
    assert becomes(post(app, "move", stranger, token=token_of(ANNE))) == BEN


def test_a_press_counts_only_for_whom_the_page_was_drawn(app: Starlette, store: Store) -> None:
    for learner in (ANNE, BEN):
        store.answers.add(learner, ONE)
    for act in ("move", "forget"):
        for said in ({"handle": handle_of(ANNE)}, {"handle": ""}):
            reply = post(app, act, BEN, token_of(ANNE), **said)
            assert reply.status == 400 and reply.json() == {"message": ELSEWHERE} and becomes(reply) is None
    assert len(store.answers.of(ANNE)) == len(store.answers.of(BEN)) == 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_another_site_cannot_press(app: Starlette, store: Store, kind: str) -> None:
    store.answers.add(ANNE, ONE)
    for act in ("move", "forget", "follow", "decline", "renew"):
        headers = {"content-type": kind, **cookies(BEN, token_of(ANNE))}
        reply = get(app, f"/api/learner/{act}", headers, "POST", json.dumps({"handle": handle_of(BEN)}).encode())
        assert reply.status == 415 and "set-cookie" not in reply.headers
        assert get(app, f"/api/learner/{act}", cookies(BEN, token_of(ANNE))).status == 405
    assert "SameSite=Lax" in (identity.cookie_for(ANNE, {}, secure=False) or "")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"handle": 1}', b'"x"', b"\xff", b"[" * 100])
def test_what_cannot_be_read_is_a_sentence(app: Starlette, store: Store, body: bytes) -> None:
    for act in ("move", "forget"):
        reply = get(app, f"/api/learner/{act}", {"content-type": BYTES, **cookies(BEN)}, "POST", body)
        assert reply.status == 400 and reply.json()["message"].endswith(".")


def test_a_press_that_comes_too_late_or_without_a_cookie(app: Starlette, store: Store) -> None:
    assert post(app, "move", BEN).json() == {"message": TOO_LATE}
    for act in ("move", "forget", "follow"):
        assert post(app, act, None, token_of(ANNE)).json() == {"message": NO_COOKIE}
    assert post(app, "move", BEN, token_of("e" * 24)).json()["message"].startswith("Nothing is kept here")


def test_staying_lets_the_link_go(app: Starlette) -> None:
    reply = post(app, "decline", BEN, token_of(ANNE))
    assert reply.json() == {"go": "progress"} and f'{OFFER}=""' in reply.headers["set-cookie"]
    assert "Max-Age=0" in reply.headers["set-cookie"]


# ── a new phrase ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("stay", [True, False])
def test_a_phrase_that_was_seen_is_changed_and_a_spy_is_out(app: Starlette, store: Store, stay: bool) -> None:
    store.answers.add(ANNE, ONE)
    reply = renew(app, stay)
    new = becomes(reply)
    assert reply.json() == {"go": f"progress?told={RENEWED if stay else ALONE}"} and new not in (None, ANNE)
    assert new and [one.press for one in store.answers.of(new)] == ["press-1"]
    assert get(app, f"/move/{token_of(ANNE)}", cookies(BEN)).headers["location"].endswith(GONE)
    by_phrase, by_link = post(app, "move", BEN, token=token_of(ANNE)), post(app, "move", BEN, token_of(ANNE))
    assert by_phrase.json() == by_link.json() == {"message": UNKNOWN}, "also by a link that was opened before"
    other = post(app, "follow", ANNE)  # another browser that was the same learner
    assert (becomes(other) == new) == stay and other.json() == {"go": "" if stay else f"progress?told={OUT}"}
    assert becomes(post(app, "move", BEN, token=token_of(new))) == new
    assert post(app, "renew", BEN, handle=handle_of(ANNE)).json() == {"message": ELSEWHERE}


def test_whose_answer_is_lost_on_its_way_is_not_signed_out_with_the_others(app: Starlette, store: Store) -> None:
    store.answers.add(ANNE, ONE)
    first = post(app, "renew", ANNE)
    assert store.learners.led_to(ANNE) == ANNE and "Max-Age=31536000" in first.headers["set-cookie"]
    mine, spy = given(first), given(post(app, "renew", ANNE))
    lost = post(app, "renew", ANNE, beside=mine, again="yes")
    again = post(app, "follow", ANNE, beside=mine)  # of the browser that never heard of it
    new = becomes(again)
    assert again.json() == {"go": ""} and new == becomes(lost) and new and len(store.answers.of(new)) == 1
    for other in ("", spy, f"{NEXT}=forged"):
        out = post(app, "follow", ANNE, beside=other)
        assert out.json() == {"go": f"progress?told={OUT}"} and becomes(out) not in (new, ANNE)
    assert post(app, "renew", BEN, again="yes").json() == {"message": NO_COOKIE}, "whose browser keeps no cookie"
    store.answers.add(BEN, ONE)
    planted = post(app, "renew", BEN, beside=mine, again="yes")  # by whoever had that browser before
    assert planted.json() == {"message": NO_COOKIE} and store.learners.who_became(BEN) == BEN


# ── out ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_press_waits_for_a_database_that_is_away_and_counts_once(
    app: Starlette, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.patience.PATIENCE_PAUSE", 0.01)
    monkeypatch.setattr("app.store.patience.WAIT_SECONDS", 0.0)
    connect, is_back = Engine.connect, threading.Event()

    def away(engine: Engine) -> Any:
        if not is_back.is_set():
            raise StoreUnavailable("The store does not answer. Try again in a moment.")
        return connect(engine)

    store.answers.add(ANNE, ONE)
    assert get(app, "/api/waits").json() == {"waits": False}
    monkeypatch.setattr(Engine, "connect", away)
    with ThreadPoolExecutor(1) as other:
        reply = other.submit(post, app, "renew", ANNE, others=STAY)
        wait_for(lambda: get(app, "/api/waits").json()["waits"])
        assert not reply.done()
        is_back.set()
        new = becomes(reply.result())
    assert new is not None and store.learners.led_to(ANNE) is None and len(store.answers.of(new)) == 1
    assert get(app, "/api/waits").json() == {"waits": False}


def test_deletion_makes_somebody_new(app: Starlette, store: Store) -> None:
    for learner in (ANNE, BEN):
        store.answers.add(learner, ONE)
    reply = post(app, "forget", ANNE)
    assert reply.json() == {"go": f"progress?told={DELETED}"}
    new = becomes(reply)
    assert new not in (None, ANNE, BEN) and not store.learners.kept(ANNE) and store.learners.kept(BEN)["answers"] == 1
    followed = becomes(post(app, "follow", ANNE))
    assert followed not in (None, ANNE, BEN, new), "another browser that was them is somebody else now"
    assert "set-cookie" not in post(app, "follow", BEN).headers


@pytest.mark.parametrize("stay", [True, False])
def test_an_older_page_deletes_what_is_kept_under_a_new_phrase_or_says_nothing_of_deletion(
    app: Starlette, store: Store, stay: bool
) -> None:
    store.answers.add(ANNE, ONE)
    new = becomes(renew(app, stay))
    assert new
    reply = post(app, "forget", ANNE)  # from another browser, whose page was drawn before
    assert reply.json() == {"go": f"progress?told={DELETED if stay else OUT}"}
    assert (store.learners.kept(new) == {}) == stay and becomes(reply) not in (None, ANNE, new)
    assert store.learners.who_became(new) == (None if stay else new)


def test_an_older_page_does_not_delete_more_than_it_shows_nor_say_that_it_did(app: Starlette, store: Store) -> None:
    for learner in (ANNE, BEN):
        store.answers.add(learner, replace(ONE, press=learner))
    store.learners.merge(ANNE, BEN)
    reply = post(app, "forget", ANNE)
    assert reply.status == 400 and reply.json() == {"message": ADDED} and becomes(reply) is None
    assert store.learners.kept(BEN)["answers"] == 2 and becomes(post(app, "follow", ANNE)) == BEN
    assert post(app, "forget", BEN).json()["go"].endswith(DELETED) and not store.learners.kept(BEN)


def test_whoever_deletes_is_not_known_again_by_an_old_key(app: Starlette, store: Store, home: Path) -> None:
    old, before = identity.signed(BEN), (home / "key").read_bytes()
    (home / "key").unlink()
    identity.make_key(home / "key")
    restart()
    store.answers.add(ANNE, ONE)
    both = {identity.COOKIE: f"{identity.signed(ANNE)}|{old}"}
    assert identity.refused(both) == (old,)
    headers = {"content-type": BYTES, "cookie": f"{identity.COOKIE}={both[identity.COOKIE]}"}
    reply = get(app, "/api/learner/forget", headers, "POST", json.dumps({"handle": handle_of(ANNE)}).encode())
    assert becomes(reply) not in (None, ANNE, BEN) and old not in reply.headers["set-cookie"]
    (home / "key").write_bytes(before)
    restart()
    assert becomes(reply) is None


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_results_are_the_visitors_own(app: Starlette, store: Store) -> None:
    store.answers.add(ANNE, ONE)
    store.answers.add(BEN, replace(ONE, given_json='"ben"'))
    store.lessons.save_prediction(ANNE, "twins", "gain", 1, "3")
    reply = get(app, "/api/learner/results.csv", cookies(ANNE))
    assert reply.headers["content-disposition"] == 'attachment; filename="distillery-results.csv"'
    assert reply.headers["cache-control"] == "no-store" and reply.headers["content-type"].startswith("text/csv")
    assert reply.body.startswith("\ufeff".encode()), "Excel reads no umlaut without it"
    rows = list(csv.DictReader(io.StringIO(reply.body.decode("utf-8-sig"), newline="")))
    assert [row["given"] for row in rows] == ["'=1+1", "3"]
    found = get(app, "/api/learner/results.json", cookies(ANNE)).json()["records"]
    assert [one["given"] for one in found] == ["=1+1", 3]
    store.learners.merge(ANNE, BEN)
    moved = get(app, "/api/learner/results.json", cookies(ANNE)).json()["records"]
    assert [one["given"] for one in moved] == ["=1+1", "ben", 3], "also by a page that is older than the move"
    assert get(app, "/api/learner/results.csv").json() == {"message": NO_COOKIE}
    assert get(app, "/api/learner/results.exe", cookies(ANNE)).status == 404


def test_questions_come_as_files_for_other_programs(app: Starlette) -> None:
    deck = get(app, "/api/questions/anki.txt?lesson=temperature").body.decode()
    bank = get(app, "/api/questions/moodle.txt?lesson=temperature").body.decode()
    assert deck.startswith("#separator:tab") and "distillery/temperature/top-share" in deck and "twins" not in deck
    assert bank.startswith("// Questions") and "::temperature/top-share::" in bank and "::twins" not in bank
    assert get(app, "/api/questions/moodle.txt?lesson=<b>").json()["message"].startswith("There is no lesson")
