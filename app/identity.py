"""Who a learner is: a random id in a signed cookie, nothing else. Knows no store, no name and no address.

The cookie is HttpOnly and SameSite=Lax, lasts a year and is renewed after a month. Its key lies in `home()`, so that
it holds over restarts; without the key no cookie can be made.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from itsdangerous import BadData, TimestampSigner
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import catalog

COOKIE = "distillery_learner"
YEAR = 365 * 24 * 3600
RENEWED_AFTER = 30 * 24 * 3600
_KEY_LENGTH = 64  # hexadecimal digits
_LEARNER = re.compile(r"[0-9a-f]{24}")


class IdentityMiddleware:
    """Gives every visitor of a page the cookie. Websockets and everything else pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application around another."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        found = _read(_cookies(headers.getlist("cookie")))
        if found and time.time() - found[1] < RENEWED_AFTER:
            await self.app(scope, receive, send)
            return
        wants_page = "text/html" in headers.get("accept", "")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                # Only with a page, new or unchanged: caches may serve scripts and pictures to several people.
                unchanged = message["status"] == 304 and wants_page
                if unchanged or answer.get("content-type", "").startswith("text/html"):
                    cookie = cookie_for(found[0] if found else new_learner(), secure=scope.get("scheme") == "https")
                    if cookie:
                        answer.append("set-cookie", cookie)
                        answer["cache-control"] = "no-cache, private"
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def learner_from(cookies: Mapping[str, str]) -> str | None:
    """The learner whose valid, unexpired cookie this is, else None."""
    found = _read(cookies)
    return found[0] if found else None


def new_learner() -> str:
    """A new learner's id."""
    return secrets.token_hex(12)


def signed(learner: str) -> str:
    """The cookie's value."""
    return _signer().sign(learner).decode()


def cookie_for(learner: str, *, secure: bool) -> str | None:
    """The value of a Set-Cookie header; None where no key can be had, and so no identity."""
    try:
        value = signed(learner)
    except OSError as error:
        logging.getLogger(__name__).error("no cookie: %s", error)
        return None
    kept = f"{COOKIE}={value}; Max-Age={YEAR}; Path=/; HttpOnly; SameSite=Lax"
    return f"{kept}; Secure" if secure else kept


def _read(cookies: Mapping[str, str]) -> tuple[str, float] | None:
    """(learner, when it was signed) of a valid cookie."""
    value = cookies.get(COOKIE)
    if not value or len(value) > 200:
        return None
    try:
        learner, when = _signer().unsign(value, max_age=YEAR, return_timestamp=True)
        name = learner.decode("ascii")
    except (BadData, UnicodeError, OSError):
        return None
    return (name, when.timestamp()) if _LEARNER.fullmatch(name) else None


def _cookies(headers: list[str]) -> dict[str, str]:
    """Cookies of a request; one that cannot be read does not hide the others."""
    found: dict[str, str] = {}
    for part in ";".join(headers).split(";"):
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(part.strip())
        except CookieError:
            continue
        found |= {name: morsel.value for name, morsel in jar.items()}
    return found


# ── the key ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _signer() -> TimestampSigner:
    return _signer_with(key(catalog.home() / "key"))


@lru_cache(maxsize=4)
def _signer_with(secret: str) -> TimestampSigner:
    return TimestampSigner(secret, salt="distillery-learner", digest_method=hashlib.sha256)


@lru_cache(maxsize=4)
def key(path: Path) -> str:
    """The key in `path`, made where there is none. Raises OSError where it can be neither read nor written."""
    for _ in range(3):
        try:
            text = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            _make(path)
            continue
        except UnicodeError:
            text = ""
        if len(text) == _KEY_LENGTH:
            return text
        path.unlink(missing_ok=True)  # damaged: everybody becomes a new learner, which beats nobody getting in
    raise OSError(f"the key {path} can neither be read nor made")


def _make(path: Path) -> None:
    """Write a fresh key that only its owner may read; where two processes do it at once, the first one's stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".key.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(_KEY_LENGTH // 2))
        _place(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _place(beside: Path, path: Path) -> None:
    try:
        if os.name == "nt":
            beside.rename(path)  # on Windows it fails where `path` exists
        else:
            os.link(beside, path)  # so does this elsewhere, where rename would replace
    except FileExistsError:
        pass
    except OSError:  # a disk without hard links, as exFAT and some network drives
        if not path.exists():
            os.replace(beside, path)
