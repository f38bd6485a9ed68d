"""Uploads, which Streamlit keeps in the server's memory: taken only where a page asks, from its learner, within limits,
and let go as soon as the page has them.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalog import own_sets
from app.server import identity, streamlit_internals
from app.server.base_path import BASE_PATH

_ADDRESS = re.compile(rf"{re.escape(BASE_PATH + streamlit_internals.UPLOAD)}/([^/]+)/[^/]+")
_FRAME_BYTES = 1_000_000  # around the file in what a browser sends
IN_ALL_BYTES = 600_000_000  # of all uploads together: those that arrive, and those that no page has taken yet
HELD_SECONDS = 60.0  # that an upload may wait for its page, which takes it within seconds
SLOWEST = 200_000  # bytes in a second that an upload has to come with, and START_SECONDS more
START_SECONDS = 30.0
NOT_ASKED = "Nothing is asked for here. Reload the page “Your images”, and bring the file there."
NO_LENGTH = "The size of the file was not said, so it is not taken."
TOO_LARGE = f"At most {own_sets.MOST_BYTES // 1_000_000} MB can be taken. Make the images smaller."
CROWDED = "Too many others are bringing images at this moment. Try again in a minute."
TOO_SLOW = "The file took too long to arrive. Try again."


@dataclass
class _Upload:
    """One that arrives, or is there and waits for its page. since: of the last of these, on the monotonic clock."""

    size: int
    since: float
    is_there: bool = False


class Uploads:
    """Which sessions may send a file now, and what they have sent."""

    def __init__(
        self,
        forget: Callable[[str], None] = streamlit_internals.forget_uploads,
        is_active: Callable[[str], bool] = streamlit_internals.is_active,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._forget, self._is_active, self._clock, self._lock = forget, is_active, clock, threading.Lock()
        self._asked: dict[str, str] = {}  # learner by session
        self._held: dict[str, _Upload] = {}  # by session

    def ask(self, session_id: str, learner: str) -> None:
        """A page of this session draws a field for a file."""
        with self._lock:
            self._asked[session_id] = learner

    def free(self, session_id: str) -> None:
        """The page has its file, or draws no field any more: what is in memory goes, and nothing more is taken."""
        with self._lock:
            self._asked.pop(session_id, None)
            held = self._held.pop(session_id, None)
        if held:
            self._forget(session_id)

    def admit(self, session_id: str, learner: str | None, size: int | None) -> Response | None:
        """Count an upload that begins; else the answer that refuses it. size: in bytes, with what is around it."""
        if learner is None or self._asked.get(session_id) != learner:
            return PlainTextResponse(NOT_ASKED, 403)
        if size is None:
            return PlainTextResponse(NO_LENGTH, 411)
        if size > own_sets.MOST_BYTES + _FRAME_BYTES:
            return PlainTextResponse(TOO_LARGE, 413)
        self.let_go(session_id)
        with self._lock:
            full = sum(held.size for held in self._held.values()) + size > IN_ALL_BYTES
            if session_id in self._held or full:
                return PlainTextResponse(CROWDED, 503, {"Retry-After": "60"})
            self._held[session_id] = _Upload(size, self._clock())
        return None

    def let_go(self, again: str = "") -> None:
        """Let go of what no page has taken, and of sessions that are over. again: a session that sends another file."""
        latest = self._clock() - HELD_SECONDS
        with self._lock:
            self._asked = {one: learner for one, learner in self._asked.items() if self._is_active(one)}
            for one, held in list(self._held.items()):
                if held.is_there and (one == again or one not in self._asked or held.since < latest):
                    del self._held[one]
                    self._forget(one)

    def arrived(self, session_id: str, *, whole: bool) -> None:
        """An upload has ended. whole: it is in memory now, and waits for its page."""
        with self._lock:
            held = self._held.get(session_id)
            if held and whole and session_id in self._asked:
                held.since, held.is_there = self._clock(), True
                return
            self._held.pop(session_id, None)
        self._forget(session_id)


uploads = Uploads()


class UploadGuard:
    """An ASGI middleware before Streamlit's route for files."""

    def __init__(self, app: ASGIApp, kept: Uploads = uploads) -> None:
        self.app = app
        self.kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        headers, session_id = Headers(scope=scope), found[1]
        learner = identity.learner_from(cookie_parser(";".join(headers.getlist("cookie"))))
        length = headers.get("content-length", "")
        size = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        if refusal := self.kept.admit(session_id, learner, size):
            await refusal(scope, receive, send)
            return
        status = 0

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            async with asyncio.timeout(START_SECONDS + (size or 0) / SLOWEST):
                await self.app(scope, receive, watch)
        except TimeoutError:
            if not status:
                await PlainTextResponse(TOO_SLOW, 408, {"Connection": "close"})(scope, receive, send)
        finally:
            self.kept.arrived(session_id, whole=status == 204)
