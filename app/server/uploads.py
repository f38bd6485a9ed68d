"""Uploads, which Streamlit keeps in the server's memory: taken only where a page asks, from its learner, within limits,
and let go as soon as the page has them.
"""

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.catalog import own_sets
from app.server import identity, origin, slow_requests, streamlit_internals
from app.server.base_path import BASE_PATH

T = TypeVar("T")
_ADDRESS = re.compile(rf"{re.escape(BASE_PATH + streamlit_internals.UPLOAD)}/([^/]+)/[^/]+")
_FRAME_BYTES = 1_000_000  # around the file in what a browser sends
AHEAD_BYTES = 20_000_000 + _FRAME_BYTES  # that are set aside for one before they arrive: most files are no larger
IN_ALL_BYTES = 600_000_000  # of all uploads together: those that arrive, and those that no page has taken yet
ADDRESS_BYTES = 500_000_000  # of these, from one address: a class has one
HELD_SECONDS = 60.0  # that an upload may wait for its page, which takes it within seconds
WAIT_SECONDS = 45.0  # that it may wait for room, unread
GLANCE_SECONDS = 0.5
SLOWEST = 200_000  # bytes in a second that an upload has to come with, and START_SECONDS more
START_SECONDS = 10.0
NOT_ASKED = "Nothing is asked for here. Reload the page “Your images”, and bring the file there."
NO_LENGTH = "The size of the file was not said, so it is not taken."
TOO_LARGE = f"At most {own_sets.MOST_BYTES // 1_000_000} MB can be taken. Make the images smaller."
CROWDED = "Too many others are bringing images at this moment. Try again in a minute."
SECOND = "You are bringing another file at this moment. Wait until it is there, and try again."
TOO_SLOW = "The file came too slowly, so it was not taken. Try again on a better connection, or with fewer images."


@dataclass(eq=False)
class Upload:
    """One that arrives, or is there and waits for its page. origin: a hash of its address, None for the machine's own.
    since: when it began, or was there, on the monotonic clock. size, arrived: bytes.
    """

    learner: str
    origin: str | None
    size: int
    since: float
    arrived: int = 0
    is_there: bool = False

    @property
    def set_aside(self) -> int:
        """The bytes that are kept free for it, or taken."""
        return self.size if self.is_there else min(self.size, self.arrived + AHEAD_BYTES)


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
        self._held: dict[str, Upload] = {}  # by session

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

    def admit(self, session_id: str, learner: str | None, size: int | None, origin: str | None) -> Upload | Response:
        """Count an upload that begins; else the answer that refuses it, 503 if it may be asked again. size: in bytes,
        with what is around it.
        """
        if learner is None or self._asked.get(session_id) != learner:
            return PlainTextResponse(NOT_ASKED, 403)
        if size is None:
            return PlainTextResponse(NO_LENGTH, 411)
        if size > own_sets.MOST_BYTES + _FRAME_BYTES:
            return PlainTextResponse(TOO_LARGE, 413)
        self.let_go(session_id)
        upload = Upload(learner, origin, size, self._clock())
        with self._lock:
            if any(held.learner == learner for held in self._held.values()):
                return _later(SECOND)
            if not self._has_room(upload.set_aside, origin):
                return _later(CROWDED)
            self._held[session_id] = upload
        return upload

    def grow(self, session_id: str, upload: Upload, more: int) -> Response | None:
        """Count bytes that have arrived; else the answer that ends the upload, 503 if it may be asked again."""
        with self._lock:
            if self._held.get(session_id) is not upload:
                return PlainTextResponse(NOT_ASKED, 403)
            before = upload.set_aside
            upload.arrived += more
            added = upload.set_aside - before
            if added and not self._has_room(0, upload.origin):
                upload.arrived -= more
                return _later(CROWDED)
        return None

    def _has_room(self, more: int, origin: str | None) -> bool:
        """Whether there are so many bytes left, of all and of this address."""
        everybody = sum(held.set_aside for held in self._held.values())
        here = sum(held.set_aside for held in self._held.values() if held.origin == origin)
        return everybody + more <= IN_ALL_BYTES and (origin is None or here + more <= ADDRESS_BYTES)

    def let_go(self, again: str = "") -> None:
        """Let go of what no page has taken, and of sessions that are over. again: a session that sends another file."""
        latest = self._clock() - HELD_SECONDS
        with self._lock:
            self._asked = {one: learner for one, learner in self._asked.items() if self._is_active(one)}
            for one, held in list(self._held.items()):
                if held.is_there and (one == again or one not in self._asked or held.since < latest):
                    del self._held[one]
                    self._forget(one)

    def arrived(self, session_id: str, upload: Upload, *, whole: bool) -> None:
        """An upload has ended. whole: it is in memory now, and waits for its page."""
        with self._lock:
            held = self._held.get(session_id)
            if held is upload and whole and session_id in self._asked:
                held.since, held.is_there = self._clock(), True
                return
            if held is upload:
                del self._held[session_id]
            elif held:
                return  # the session has begun another
        self._forget(session_id)


def _later(sentence: str) -> Response:
    return PlainTextResponse(sentence, 503, {"Retry-After": "60"})


uploads = Uploads()


class UploadGuard:
    """An ASGI middleware before Streamlit's route for files."""

    def __init__(
        self, app: ASGIApp, kept: Uploads = uploads, wait: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.app, self.kept, self.wait = app, kept, wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "PUT" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        headers, session_id = Headers(scope=scope), found[1]
        learner = identity.learner_from(cookie_parser(";".join(headers.getlist("cookie"))))
        length = headers.get("content-length", "")
        size = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        here = origin.of((scope.get("client") or ("",))[0])
        upload = await self._in_turn(lambda: self.kept.admit(session_id, learner, size, here))
        if isinstance(upload, Response):
            await upload(scope, receive, send)
            return
        too_slow = PlainTextResponse(TOO_SLOW, 408, {"Connection": "close"})
        receive_in_time = slow_requests.in_time(receive, START_SECONDS, SLOWEST, too_slow)
        status = 0

        async def receive_with_room() -> Message:
            message = await receive_in_time()
            more = len(message.get("body", b""))
            if refusal := await self._in_turn(lambda: self.kept.grow(session_id, upload, more)):
                refusal.headers["Connection"] = "close"
                raise slow_requests.BodyEnded(refusal)
            return message

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await slow_requests.ending_bodies(self.app, scope, receive_with_room, watch)
        finally:
            self.kept.arrived(session_id, upload, whole=status == 204)

    async def _in_turn(self, ask: Callable[[], T]) -> T:
        """What is answered as soon as there is room, or after WAIT_SECONDS."""
        for _ in range(int(WAIT_SECONDS / GLANCE_SECONDS)):
            said = ask()
            if not (isinstance(said, Response) and said.status_code == 503):
                return said
            await self.wait(GLANCE_SECONDS)
        return ask()
