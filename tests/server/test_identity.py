from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from starlette.types import Receive, Scope, Send

from app.catalog import paths
from app.server import identity, new_key
from app.server.identity import (
    CLOCK_TOLERANCE,
    COOKIE,
    RENEWED_AFTER,
    YEAR,
    IdentityMiddleware,
    learner_from,
    new_learner,
    signed,
)
from app.store import shared
from tests.asgi import Answer, get
from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))
    return tmp_path


def visit(
    cookie: str | None = None, *, kind: str = "text/html; charset=utf-8", status: int = 200, scheme: str = "http"
) -> Answer:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", kind.encode())] if kind else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"hello"})

    headers = {"accept": "text/html,*/*"} | ({"cookie": cookie} if cookie else {})
    return get(IdentityMiddleware(page), f"{scheme}://testserver/", headers)


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].split(";")[0]


def learner_of(answer: Answer) -> str | None:
    name, _, value = cookie_of(answer).partition("=")
    return learner_from({name: value})


def at(seconds_ago: float, monkeypatch: pytest.MonkeyPatch) -> str:
    """A cookie that was signed a while ago."""
    now = TimestampSigner("x").get_timestamp()
    with monkeypatch.context() as patch:
        patch.setattr(TimestampSigner, "get_timestamp", lambda _self: int(now - seconds_ago))
        return signed("a" * 24)


def test_a_visitor_gets_a_cookie_and_stays_who_they_are() -> None:
    first = visit()
    attributes = first.headers["set-cookie"].split("; ")[1:]
    assert attributes == [f"Max-Age={YEAR}", "Path=/", "HttpOnly", "SameSite=Lax"]
    assert first.body == b"hello" and first.headers["cache-control"] == "no-cache, private"
    learner = learner_of(first)
    assert learner is not None and len(learner) == 24
    again = visit(cookie_of(first))
    assert "set-cookie" not in again.headers
    assert learner_of(visit()) != learner


def test_over_https_it_is_secure() -> None:
    assert "; Secure" in visit(scheme="https").headers["set-cookie"]
    assert "Secure" not in visit().headers["set-cookie"]


def test_an_unchanged_page_brings_it_too() -> None:
    assert "set-cookie" in visit(kind="", status=304).headers


@pytest.mark.parametrize("kind", ["text/javascript", "image/png", "application/json", ""])
def test_scripts_and_pictures_do_not_bring_it(kind: str) -> None:
    answer = visit(kind=kind)
    assert "set-cookie" not in answer.headers and "cache-control" not in answer.headers


FORGED = [
    "",
    "a" * 24,
    "a" * 24 + ".abc.def",
    "a" * 5000,
    "é.é.é",
    '"; DROP TABLE runs',
    TimestampSigner("another key", salt="distillery-learner").sign("a" * 24).decode(),
]


@pytest.mark.parametrize("value", FORGED, ids=range(len(FORGED)))
def test_a_forged_cookie_makes_a_new_learner(value: str) -> None:
    assert learner_from({COOKIE: value}) is None
    answer = visit(f"{COOKIE}={value}".encode().decode("latin-1"))
    assert learner_of(answer) is not None


@pytest.mark.parametrize("value", FORGED[:-1], ids=range(len(FORGED) - 1))
def test_what_no_key_has_signed_is_not_kept(value: str) -> None:
    assert identity._BESIDE not in cookie_of(visit(f"{COOKIE}={value}".encode().decode("latin-1")))


def test_a_refused_cookie_is_kept_beside_and_counts_again_when_its_key_is_back(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def use(number: int) -> None:
        (home / "key").write_text(f"{number}" * 64)
        restart()

    use(0)
    cookie, before = cookie_of(visit()), {}
    jar = dict([cookie.split("=", 1)])
    before[0] = learner_from(jar)
    for number in (1, 2, 3):  # each time somebody new, who stays that
        use(number)
        assert learner_from(jar) is None and len(identity.refused(jar)) == number
        cookie = cookie_of(visit(cookie))
        jar = dict([cookie.split("=", 1)])
        before[number] = learner_from(jar)
        assert before[number] and len(identity.refused(jar)) == number and "set-cookie" not in visit(cookie).headers
    assert "another key has signed it" in caplog.text and len(set(before.values())) == 4
    for number in (2, 0, 3, 1):
        use(number)
        assert learner_from(jar) == before[number] and "set-cookie" not in visit(cookie).headers
        renewed = identity.cookie_for("f" * 24, jar, secure=False) or ""
        assert all(part in renewed for part in identity.refused(jar)), "a new identity keeps them, too"
    for number in (4, 5):  # the oldest goes at last
        use(number)
        cookie = cookie_of(visit(cookie))
    assert len(identity.refused(dict([cookie.split("=", 1)]))) == 3


def test_a_changed_cookie_is_refused() -> None:
    value = signed("a" * 24)
    assert learner_from({COOKIE: value}) == "a" * 24
    assert learner_from({COOKIE: "b" + value[1:]}) is None
    assert learner_from({COOKIE: value[:-1]}) is None
    assert learner_from({}) is None


def test_a_signed_value_that_is_no_learner() -> None:
    assert learner_from({COOKIE: signed("../../etc/passwd")}) is None


def test_after_a_month_it_is_renewed_for_the_same_learner(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, old = at(RENEWED_AFTER - 60, monkeypatch), at(RENEWED_AFTER + 60, monkeypatch)
    assert "set-cookie" not in visit(f"{COOKIE}={fresh}").headers
    answer = visit(f"{COOKIE}={old}")
    assert learner_of(answer) == "a" * 24 and old not in answer.headers["set-cookie"]


@pytest.mark.parametrize("ahead", [1, 3, 60, CLOCK_TOLERANCE - 5])
def test_a_clock_a_little_ahead_changes_nothing(ahead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    early = at(-ahead, monkeypatch)
    assert learner_from({COOKIE: early}) == "a" * 24
    assert "set-cookie" not in visit(f"{COOKIE}={early}").headers


@pytest.mark.parametrize("seconds_ago", [-CLOCK_TOLERANCE - 60, -24 * 3600, YEAR + 60, 10 * YEAR])
def test_a_clock_far_off_costs_nobody_their_work(
    seconds_ago: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    odd = at(seconds_ago, monkeypatch)
    assert learner_from({COOKIE: odd}) == "a" * 24
    answer = visit(f"{COOKIE}={odd}")
    assert learner_of(answer) == "a" * 24 and odd not in answer.headers["set-cookie"]
    assert "Is a clock wrong?" in caplog.text


def test_other_cookies_do_not_hide_it() -> None:
    cookie = cookie_of(visit())
    for around in (f"_xsrf=1; {cookie}", f"{cookie}; theme=dark", f"bad[name]=1; {cookie}; =; ;;"):
        assert "set-cookie" not in visit(around).headers


def test_websockets_pass_untouched() -> None:
    seen: list[Any] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))

    async def nothing(*_: Any) -> Any:
        return {}

    for kind in ("websocket", "lifespan"):
        scope: dict[str, Any] = {"type": kind, "headers": []}
        asyncio.run(IdentityMiddleware(application)(scope, nothing, nothing))
        assert seen[-1] == (scope, nothing, nothing)


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_key_is_made_once_and_is_its_owners_alone(home: Path) -> None:
    value = signed(new_learner())
    key = home / "key"
    if os.name == "posix":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    text = key.read_text()
    assert len(text) == 64
    restart()
    assert learner_from({COOKIE: value}) is not None and key.read_text() == text
    assert list(home.iterdir()) == [key], "nothing is left beside it"


def restart() -> None:
    """Forget what this process knows of the key."""
    identity.key.cache_clear()
    identity._signer_with.cache_clear()


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 32, b"0" * 63, b"0" * 65])
def test_a_damaged_key_is_left_alone_and_nobody_becomes_somebody_else(
    home: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    cookie = cookie_of(visit())
    good = (home / "key").read_bytes()
    restart()
    (home / "key").write_bytes(content)
    for visitor in (cookie, None):
        answer = visit(visitor)
        assert answer.status == 200 and "set-cookie" not in answer.headers
    assert (home / "key").read_bytes() == content and [file.name for file in home.iterdir()] == ["key"]
    assert str(home / "key") in caplog.text and "Put back a copy" in caplog.text
    assert "cannot read its key" in identity.trouble()
    (home / "key").write_bytes(good)
    assert identity.trouble() == "" and "set-cookie" not in visit(cookie).headers


def test_a_missing_key_is_not_made_anew_where_learners_are_kept(
    home: Path,
) -> None:
    identity.require_key()
    cookie = cookie_of(visit())
    key = (home / "key").read_text()
    shared().learners.seen("a" * 24)
    identity.require_key()
    (home / "key").unlink()
    identity.require_key()  # as long as the server lives, it knows it
    restart()
    with pytest.raises(SystemExit, match=r"python -m app\.server\.new_key"):
        identity.require_key()
    assert "set-cookie" not in visit(cookie).headers and not (home / "key").exists() and identity.trouble()
    (home / "key").write_text(key)
    identity.require_key()
    assert "set-cookie" not in visit(cookie).headers and learner_from(dict([cookie.split("=", 1)]))
    with pytest.raises(SystemExit, match="It stays"):
        new_key.main()
    (home / "key").unlink()
    restart()
    new_key.main()
    identity.require_key()
    assert learner_from(dict([cookie.split("=", 1)])) is None and (home / "key").read_text() != key


def test_while_the_store_does_not_answer_no_key_is_made(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{home}/file/distillery.db")
    identity.require_key()
    assert "set-cookie" not in visit().headers and not (home / "key").exists()
    assert "nobody knows whether learners are kept" in caplog.text
    monkeypatch.delenv("DATABASE_URL")
    assert "set-cookie" in visit().headers


def test_a_read_that_fails_once_makes_no_stranger(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = cookie_of(visit())
    restart()
    failed: list[Path] = []
    read = Path.read_bytes

    def fails_once(path: Path) -> bytes:
        if not failed:
            failed.append(path)
            raise OSError(24, "Too many open files")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fails_once)
    assert "set-cookie" not in visit(cookie).headers and failed
    assert learner_from(dict([cookie.split("=", 1)])) is not None


def test_without_a_key_the_page_still_comes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("DISTILLERY_HOME", str(home / "file"))
    answer = visit(f"{COOKIE}=whatever")
    assert answer.status == 200 and "set-cookie" not in answer.headers


SIGN = "from app.server.identity import signed; print(signed('a' * 24))"


def test_a_disk_without_hard_links_keeps_a_key_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert learner_from({COOKIE: signed(new_learner())}) is not None
    kept = (home / "key").read_text(encoding="ascii")
    paths.write_first(home / "key", "another")
    assert (home / "key").read_text(encoding="ascii") == kept
    assert [file.name for file in home.iterdir()] == ["key"]


def test_servers_that_start_at_once_agree_on_a_key(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT)}
    command = [sys.executable, "-c", SIGN]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    values = [process.communicate(timeout=PATIENCE)[0].strip() for process in started]
    assert all(learner_from({COOKIE: value}) == "a" * 24 for value in values)
