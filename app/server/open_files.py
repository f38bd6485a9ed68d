"""Open files, of which a process may have only so many: the limit is raised, and newcomers wait before it is reached.

Each session takes three, also while Streamlit keeps it after its end.
"""

import asyncio
import logging
import math
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server import streamlit_internals
from app.server.beside import beside
from app.server.streamlit_internals import FILES_OF_A_SESSION, HEALTH
from app.server.uploads import uploads

if sys.platform != "win32":  # which has no such limit
    import resource

ENOUGH = 10_240  # the most that every macOS grants; about 2,000 learners at once
RESERVE = 64  # that stay free for those who are here already: their requests, the store, files
EXPIRY_SECONDS = 5.0  # between two looks at kept sessions
CROWDED = (
    "Too many people are here at once for this server. Nothing is lost: try again in a minute. "
    "Whoever runs it can let more in: start it with a higher limit of open files, as with “ulimit -n 4096”."
)
_log = logging.getLogger(__name__)


def raise_limit() -> None:
    """Let this process open as many files as the system allows it, up to `ENOUGH`."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = ENOUGH if hard == unlimited else min(ENOUGH, hard)
    if soft != unlimited and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as error:
            _log.warning("The limit of open files stays at %d: %s.", soft, error)


def free() -> float:
    """How many more files this process may open."""
    if sys.platform == "win32":
        return float("inf")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit == resource.RLIM_INFINITY:
        return float("inf")
    try:
        return limit - len(os.listdir("/dev/fd"))
    except OSError:  # not even this folder can be opened
        return 0


class AdmissionControl:
    """An ASGI middleware that turns newcomers away, with a sentence, before open files run out.

    Who is here already has the reserve. The health check fails as long as nobody is let in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        needed = _needed(scope)
        if not needed or make_room(needed):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1013})  # refused with 403; the page asks again by itself
        else:
            await _refusal(scope)(scope, receive, send)


def _needed(scope: Scope) -> int:
    """The open files that must be free: most for a page, fewer for what an admitted page asks next, else none."""
    if scope["type"] == "websocket":
        return RESERVE // 2
    if scope["type"] != "http":
        return 0
    return RESERVE if _is_health(scope) or "text/html" in Headers(scope=scope).get("accept", "") else 0


def _is_health(scope: Scope) -> bool:
    return bool(scope["path"].endswith(HEALTH))


def _refusal(scope: Scope) -> Response:
    headers = {"Retry-After": "60", "Connection": "close", "Cache-Control": "no-store"}
    if _is_health(scope):
        return PlainTextResponse("too many open files", 503, headers)
    page = f"<!doctype html><meta charset=utf-8><title>Distillery</title><p>{escape(CROWDED)}"
    return HTMLResponse(page, 503, headers)


# ── kept sessions ────────────────────────────────────────────────────────────────────────────────────────────────


def make_room(wanted: int) -> bool:
    """Whether so many files can be opened; kept sessions go for it, the oldest first. On the event loop's thread."""
    kept = streamlit_internals.kept_sessions() if free() < wanted else []
    while (missing := wanted - free()) > 0 and kept:
        going = math.ceil(missing / FILES_OF_A_SESSION)
        for session_id in kept[:going]:
            streamlit_internals.close_session(session_id)
        kept = kept[going:]
    return missing <= 0


@asynccontextmanager
async def expiring_sessions() -> AsyncIterator[None]:
    """Let kept sessions go when their time is over, or earlier if open files run out."""

    async def expire() -> None:
        while True:
            await asyncio.sleep(EXPIRY_SECONDS)
            try:
                streamlit_internals.expire_sessions()
                uploads.let_go()
                make_room(RESERVE)
            except Exception:  # whatever Streamlit's inside raises: it must not end this
                _log.exception("Kept sessions could not be let go.")

    async with beside(expire()):
        yield
