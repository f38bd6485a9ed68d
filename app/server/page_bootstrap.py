"""Streamlit's page says where its server is, so that its script may connect at once."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.streamlit_internals import BOOTSTRAP

_HEAD = b"<head>"


class PageBootstrap:
    """An ASGI middleware that writes the bootstrap into every HTML page that a browser opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        unpacked = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": unpacked}, receive, _PageWriter(send))


class _PageWriter:
    """Passes an answer on, and a page of HTML with the bootstrap in its head."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.start: Message | None = None  # of a page, held back until its length is known
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Like `send`."""
        if message["type"] == "http.response.start" and _is_html(message):
            self.start = message
        elif self.start is None:
            await self.send(message)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._page(self.start)

    async def _page(self, start: Message) -> None:
        body = self.body.replace(_HEAD, _HEAD + BOOTSTRAP, 1)
        headers = MutableHeaders(raw=start["headers"])
        if "content-length" in headers:
            headers["content-length"] = str(len(body))
        await self.send(start)
        await self.send({"type": "http.response.body", "body": body})


def _is_html(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
