"""A learner's identity: a random id in a signed cookie, nothing else.

The browser keeps the cookie for a year, and a visit renews it after a month. Its signature alone says whom it belongs
to: its time decides only whether it is renewed, so a clock that was wrong costs nobody their work. The key lies in
`home()`. A key that cannot be read is never replaced, and without it no cookie is made or overwritten.

A cookie that another key has signed makes nobody a stranger for good: it is kept beside the new one, in the same
cookie, and counts again as soon as its key is back.
"""

import hashlib
import logging
import math
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from itsdangerous import BadData, TimestampSigner
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalog import paths
from app.server.base_path import COOKIE_PATH
from app.store import StoreError, knows_anybody

COOKIE = "distillery_learner"
YEAR = 365 * 24 * 3600
RENEWED_AFTER = 30 * 24 * 3600
CLOCK_TOLERANCE = 300  # seconds that another server's clock, or this one before it was corrected, may be ahead
_KEY_LENGTH = 64  # hexadecimal digits
_LEARNER = re.compile(r"[0-9a-f]{24}")
_BESIDE = "|"  # between what this server signed and what it refused
_SIGNED = re.compile(r"[0-9a-f]{24}\.[\w-]{1,16}\.[\w-]{43}", re.ASCII)  # whatever the key
_KEPT_BESIDE = 3  # refused ones that are kept, the latest first
_REFUSALS_SAID = 60.0  # seconds between two lines of the log about refused cookies
NOT_RECOGNISED = (
    "This server cannot tell who you are at the moment, because it cannot read its key. What you did is kept and comes "
    "back with the key. Until then nothing that you do here is kept. Please tell whoever runs this server."
)
ALLOW = "Allow cookies for this page, and reload it. If it stands inside another page, open it in a tab of its own."
DAMAGED = (
    "The key {path} is damaged: it does not hold 64 letters and digits. It is left as it is, and nobody is recognised "
    "until it is restored. Put back a copy from a backup. If there is none, move the file away and start again: then "
    "everybody begins anew, and old phrases and links no longer fit."
)
MISSING = (
    "The key {path} is missing, but learners are kept who were recognised by it. Put it back from a backup of this "
    "folder, or, if several servers share the database, copy it from another. If it is lost, make a new one: "
    "“python -m app.server.new_key”. Then everybody begins anew, and old phrases and links no longer fit."
)
_log = logging.getLogger(__name__)
_said_refused = -math.inf  # when it last was, on the monotonic clock


class KeyDamaged(OSError):
    """The key file holds something else than a key; the message says what to do."""


class KeyMissing(OSError):
    """There is no key though learners are kept; the message says what to do."""


@dataclass(frozen=True)
class Identity:
    """What a valid cookie says. age: seconds since it was signed, negative if that clock was ahead of this one.

    beside: what other keys have signed, and is kept.
    """

    learner: str
    age: float
    beside: tuple[str, ...] = ()

    @property
    def is_due(self) -> bool:
        """Whether it is time to sign the cookie anew."""
        return not -CLOCK_TOLERANCE <= self.age < RENEWED_AFTER


class IdentityMiddleware:
    """Gives every visitor of a page the cookie. Websockets and everything else pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = cookie_parser(";".join(headers.getlist("cookie")))
        try:
            identity = _read(cookies)
        except OSError as error:  # whose cookie it is cannot be known now, so it must not be overwritten
            _log.error("%s", error)
            await self.app(scope, receive, send)
            return
        if identity and not identity.is_due:
            await self.app(scope, receive, send)
            return
        if identity and not -CLOCK_TOLERANCE <= identity.age <= YEAR:
            _log.warning("A cookie was signed %.0f s ago. Is a clock wrong? It is renewed.", identity.age)
        wants_page = "text/html" in headers.get("accept", "")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                # Only with a page, new or unchanged: caches may serve scripts and pictures to several people.
                unchanged = message["status"] == 304 and wants_page
                if unchanged or answer.get("content-type", "").startswith("text/html"):
                    learner = identity.learner if identity else new_learner()
                    if identity is None and refused(cookies):
                        _say_refused()
                    if cookie := cookie_for(learner, cookies, secure=scope.get("scheme") == "https"):
                        answer.append("set-cookie", cookie)
                        answer["cache-control"] = "no-cache, private"
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def learner_from(cookies: Mapping[str, str]) -> str | None:
    """The learner whose cookie this is; None if there is none, its signature is wrong or the key cannot be read."""
    try:
        identity = _read(cookies)
    except OSError:
        return None
    return identity.learner if identity else None


def refused(cookies: Mapping[str, str]) -> tuple[str, ...]:
    """What other keys have signed, kept beside the valid cookie or in its place, the latest first. Raises OSError."""
    identity = _read(cookies)
    return identity.beside if identity else _beside(_parts(cookies))


def trouble() -> str:
    """A sentence for learners while nobody can be recognised, "" as long as the key can be read."""
    try:
        _signer()
    except OSError as error:
        _log.error("%s", error)
        return NOT_RECOGNISED
    return ""


def new_learner() -> str:
    """A new learner's id."""
    return secrets.token_hex(12)


def signed(learner: str) -> str:
    """The cookie's value."""
    return _signer().sign(learner).decode()


def cookie_for(learner: str, before: Mapping[str, str], *, secure: bool) -> str | None:
    """The value of a Set-Cookie header; None if the key can be neither read nor made.

    before: the browser's cookies. What another key has signed there stays.
    """
    try:
        value = _BESIDE.join((signed(learner), *refused(before)))
    except OSError as error:
        _log.error("%s", error)
        return None
    kept = f"{COOKIE}={value}; Max-Age={YEAR}; Path={COOKIE_PATH}; HttpOnly; SameSite=Lax"
    return f"{kept}; Secure" if secure else kept


def _read(cookies: Mapping[str, str]) -> Identity | None:
    """What the cookie says, however old it is; None if there is none or it is forged. Raises OSError without a key."""
    parts = _parts(cookies)
    if not parts:
        return None
    signer = _signer()
    for at, part in enumerate(parts):
        try:
            learner, signed_at = signer.unsign(part, return_timestamp=True)
            name = learner.decode("ascii")
        except (BadData, UnicodeError):
            continue
        if _LEARNER.fullmatch(name):
            return Identity(name, time.time() - signed_at.timestamp(), _beside(parts[:at] + parts[at + 1 :]))
    return None


def _parts(cookies: Mapping[str, str]) -> list[str]:
    value = cookies.get(COOKIE) or ""
    return value.split(_BESIDE) if len(value) <= 200 * (1 + _KEPT_BESIDE) else []


def _beside(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if _SIGNED.fullmatch(part))[:_KEPT_BESIDE]


def _say_refused() -> None:
    """Say it in the log, but not for each of many."""
    global _said_refused
    if time.monotonic() - _said_refused > _REFUSALS_SAID:
        _said_refused = time.monotonic()
        _log.warning("A browser's cookie was refused: another key has signed it, or it was changed. It is kept beside.")


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _signer() -> TimestampSigner:
    return _signer_with(key(paths.home() / "key"))


@lru_cache(maxsize=4)
def _signer_with(secret: str) -> TimestampSigner:
    return TimestampSigner(secret, salt="distillery-learner", digest_method=hashlib.sha256)


@lru_cache(maxsize=4)
def key(path: Path) -> str:
    """The key in `path`, made if there is none and nobody would be a stranger by it.

    Raises OSError if it can be neither read nor made, KeyDamaged if the file holds no key, and KeyMissing if there is
    none though learners are kept. What is there stays as it is: a new key would make a stranger of everybody, also of
    those who come back when the old one has been restored.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        if _anybody_is_kept(path) and not path.exists():  # else another server has made it meanwhile
            raise KeyMissing(MISSING.format(path=path)) from None
        make_key(path)
        content = path.read_bytes()
    text = content.decode("ascii", "replace").strip()
    if len(text) != _KEY_LENGTH or not text.isascii():
        raise KeyDamaged(DAMAGED.format(path=path))
    return text


def make_key(path: Path) -> None:
    """Make a key; one that is there stays. Raises OSError."""
    paths.write_first(path, secrets.token_hex(_KEY_LENGTH // 2))


def _anybody_is_kept(path: Path) -> bool:
    try:
        return knows_anybody()
    except StoreError as error:
        raise OSError(f"The key {path} is missing, and nobody knows whether learners are kept. {error}") from error


def require_key() -> None:
    """Have the key before anybody comes. Raises SystemExit if it is missing though learners are kept; other trouble is
    in the log, and on every page.
    """
    try:
        key(paths.home() / "key")
    except KeyMissing as error:
        raise SystemExit(f"Distillery does not start. {error}") from None
    except OSError as error:
        _log.error("%s", error)
