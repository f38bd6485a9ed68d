"""A learner's identity: a random id in a signed cookie, nothing else.

The browser keeps the cookie for a year, and a visit renews it after a month. Its signature alone says whom it belongs
to: its time decides only whether it is renewed, so a clock that was wrong costs nobody their work. The key lies in
`home()`. A key that cannot be read is never replaced, and without it no cookie is made or overwritten.
"""

import hashlib
import logging
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from itsdangerous import BadData, TimestampSigner
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalog import paths
from app.server.base_path import COOKIE_PATH

COOKIE = "distillery_learner"
YEAR = 365 * 24 * 3600
RENEWED_AFTER = 30 * 24 * 3600
CLOCK_TOLERANCE = 300  # seconds that another server's clock, or this one before it was corrected, may be ahead
_KEY_LENGTH = 64  # hexadecimal digits
_LEARNER = re.compile(r"[0-9a-f]{24}")
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
_log = logging.getLogger(__name__)


class KeyDamaged(OSError):
    """The key file holds something else than a key; the message says what to do."""


@dataclass(frozen=True)
class Identity:
    """What a valid cookie says. age: seconds since it was signed, negative if that clock was ahead of this one."""

    learner: str
    age: float

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
        try:
            identity = _read(cookie_parser(";".join(headers.getlist("cookie"))))
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
                    if cookie := cookie_for(learner, secure=scope.get("scheme") == "https"):
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


def cookie_for(learner: str, *, secure: bool) -> str | None:
    """The value of a Set-Cookie header; None if the key can be neither read nor made."""
    try:
        value = signed(learner)
    except OSError as error:
        _log.error("%s", error)
        return None
    kept = f"{COOKIE}={value}; Max-Age={YEAR}; Path={COOKIE_PATH}; HttpOnly; SameSite=Lax"
    return f"{kept}; Secure" if secure else kept


def _read(cookies: Mapping[str, str]) -> Identity | None:
    """What the cookie says, however old it is; None if there is none or it is forged. Raises OSError without a key."""
    value = cookies.get(COOKIE)
    if not value or len(value) > 200:
        return None
    signer = _signer()
    try:
        learner, signed_at = signer.unsign(value, return_timestamp=True)
        name = learner.decode("ascii")
    except (BadData, UnicodeError):
        return None
    return Identity(name, time.time() - signed_at.timestamp()) if _LEARNER.fullmatch(name) else None


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _signer() -> TimestampSigner:
    return _signer_with(key(paths.home() / "key"))


@lru_cache(maxsize=4)
def _signer_with(secret: str) -> TimestampSigner:
    return TimestampSigner(secret, salt="distillery-learner", digest_method=hashlib.sha256)


@lru_cache(maxsize=4)
def key(path: Path) -> str:
    """The key in `path`, made if there is none.

    Raises OSError if it can be neither read nor made, and KeyDamaged if the file holds no key: the file stays as it is,
    since a new key would make a stranger of everybody, also of those who come back when the old one has been restored.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        paths.write_first(path, secrets.token_hex(_KEY_LENGTH // 2))
        content = path.read_bytes()
    text = content.decode("ascii", "replace").strip()
    if len(text) != _KEY_LENGTH or not text.isascii():
        raise KeyDamaged(DAMAGED.format(path=path))
    return text
