"""Requests that are sent too slowly are ended: each holds an open file, and uvicorn waits for them for ever.

A head has HEAD_SECONDS to arrive; a body has BODY_SECONDS, and a second more for as many bytes as a slow line sends.
An answer may be read as slowly as a line is, but not left: it ends after UNREAD_SECONDS in which no byte was taken.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server import uvicorn_internals

HEAD_SECONDS, BODY_SECONDS, UNREAD_SECONDS = 15.0, 20.0, 60.0
SLOWEST = 8_000  # bytes a second
GLANCE_SECONDS = 3.0
TOO_SLOW = "This was sent too slowly, so it was not read. Try again on a better connection."


class SlowBodies:
    """An ASGI middleware that ends a request whose body does not arrive in time, or is broken off."""

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self.app, self.seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began: float | None = None  # when the body was first waited for
        arrived, whole, slow, answered = 0, False, False, False

        async def receive_in_time() -> Message:
            nonlocal began, arrived, whole, slow
            if whole:  # what comes now is that the browser leaves
                return await receive()
            began = time.monotonic() if began is None else began
            left = began + self.seconds + arrived / SLOWEST - time.monotonic()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, left))
            except TimeoutError:
                slow = whole = True
                return {"type": "http.disconnect"}
            arrived += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            return message

        async def send_once(message: Message) -> None:
            nonlocal answered
            if slow and not answered:
                return  # what the app says of a browser that left
            answered = True
            await send(message)

        with suppress(ClientDisconnect):  # whoever left needs no answer, and no traceback tells of it
            await self.app(scope, receive_in_time, send_once)
        if slow and not answered:
            await JSONResponse({"message": TOO_SLOW}, 408, {"Connection": "close"})(scope, receive, send)


@asynccontextmanager
async def ending_quiet_connections(
    head: float = HEAD_SECONDS, unread: float = UNREAD_SECONDS, glance: float = GLANCE_SECONDS
) -> AsyncIterator[None]:
    """End connections on which no whole head of a request arrives in time, and those whose answer nobody reads. The
    time for a head begins when the answer before it has been taken. All in seconds.
    """
    since: dict[tuple[Any, Any, int], float] = {}  # any byte that is taken begins anew

    async def end() -> None:
        nonlocal since
        while True:
            await asyncio.sleep(glance)
            now = time.monotonic()
            since = {one: since.get(one, now) for one in uvicorn_internals.quiet_connections()}
            for (connection, _, left), began in since.items():
                if now - began >= (unread if left else head):
                    uvicorn_internals.end(connection)

    task = asyncio.create_task(end())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
