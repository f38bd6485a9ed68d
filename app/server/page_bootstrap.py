"""Streamlit's page says where its server is, so that its script may connect at once."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.streamlit_internals import BOOTSTRAP

_HEAD = b"<head>"


class PageBootstrap:
    """An ASGI middleware that writes the bootstrap into every HTML page that a browser opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        unpacked = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message | None = None  # of a page, held back until its length is known
        body = b""

        async def write(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_html(message):
                start = message
            elif start is None:
                await send(message)
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    body = body.replace(_HEAD, _HEAD + BOOTSTRAP, 1)
                    headers = MutableHeaders(raw=start["headers"])
                    if "content-length" in headers:
                        headers["content-length"] = str(len(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self.app({**scope, "headers": unpacked}, receive, write)


def _is_html(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
