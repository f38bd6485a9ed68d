"""Requests that are sent too slowly are ended: each holds an open file, and uvicorn waits for them for ever.

A head has HEAD_SECONDS to arrive; a body has BODY_SECONDS, and a second more for as many bytes as a slow line sends.
An answer may be read as slowly as a line is, but neither left nor counted out: it ends after UNREAD_SECONDS in which
fewer than SLOWEST_READ bytes a second were taken.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server import uvicorn_internals
from app.server.beside import beside

HEAD_SECONDS, BODY_SECONDS, UNREAD_SECONDS = 15.0, 20.0, 60.0
SLOWEST = 8_000  # bytes a second
SLOWEST_READ = 200  # bytes a second: a tenth of what a phone on the edge of its net has, which asks for six at once
GLANCE_SECONDS = 3.0
TOO_SLOW = "This was sent too slowly, so it was not read. Try again on a better connection."


class BodyEnded(Exception):
    """A body is not read on. answer: what its sender hears."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


class SlowBodies:
    """An ASGI middleware that ends a request whose body does not arrive in time, or is broken off."""

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self.app, self.seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = JSONResponse({"message": TOO_SLOW}, 408, {"Connection": "close"})
        await ending_bodies(self.app, scope, in_time(receive, self.seconds, SLOWEST, answer), send)


def in_time(receive: Receive, seconds: float, slowest: float, answer: Response) -> Receive:
    """Receive a body for which there are `seconds` to wait, and one more for every `slowest` bytes of it that arrived;
    after that it is ended with the answer. Raises BodyEnded.
    """
    waited, arrived, whole = 0.0, 0, False

    async def receive_in_time() -> Message:
        nonlocal waited, arrived, whole
        if whole:  # what comes now is that the browser leaves
            return await receive()
        began = monotonic()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, seconds + arrived / slowest - waited))
        except TimeoutError:
            raise BodyEnded(answer) from None
        waited += monotonic() - began
        arrived += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        return message

    return receive_in_time


async def ending_bodies(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Ask the app. If `receive` raises BodyEnded, the app hears that the sender has left, and the sender the answer."""
    ended: Response | None = None
    answered = False

    async def receive_or_end() -> Message:
        nonlocal ended
        if ended is None:
            try:
                return await receive()
            except BodyEnded as error:
                ended = error.answer
        return {"type": "http.disconnect"}

    async def send_once(message: Message) -> None:
        nonlocal answered
        if ended and not answered:
            return  # what the app says of a browser that left
        answered = True
        await send(message)

    with suppress(ClientDisconnect):  # whoever left needs no answer, and no traceback tells of it
        await app(scope, receive_or_end, send_once)
    if ended and not answered:
        await ended(scope, receive, send)


@asynccontextmanager
async def ending_quiet_connections(
    head: float = HEAD_SECONDS,
    unread: float = UNREAD_SECONDS,
    glance: float = GLANCE_SECONDS,
    slowest: float = SLOWEST_READ,
) -> AsyncIterator[None]:
    """End connections on which no whole head of a request arrives in time, and those whose answer is hardly read. The
    time for a head begins when the answer before it has been taken. All in seconds. slowest: bytes a second.
    """
    since: dict[tuple[Any, Any, bool], tuple[float, int]] = {}  # when a wait began, and what was taken by then

    async def end() -> None:
        nonlocal since
        while True:
            await asyncio.sleep(glance)
            now = monotonic()
            before, since = since, {}
            for connection, last, left in uvicorn_internals.quiet_connections():
                wait, taken = (connection, last, bool(left)), uvicorn_internals.taken(connection)
                began, then = before.get(wait, (now, taken))
                if left and not 0 <= taken - then < unread * slowest:
                    began, then = now, taken
                since[wait] = began, then
                if now - began >= (unread if left else head):
                    uvicorn_internals.end(connection)

    async with beside(end()):
        yield
