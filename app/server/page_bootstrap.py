"""What Streamlit's page says before its script comes: where the server is, so that it may connect at once, and what
helps if the server does not know it; our scripts that belong to no component. Without scripts it says where there is
something to read.
"""

import re
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.components import scripts
from app.server.base_path import BASE_PATH
from app.server.reading import READING
from app.server.streamlit_internals import ASKED, BOOTSTRAP

SCRIPTS = ("translation", "connection", "away", "waits")
WITHOUT = (
    "<noscript><p>Distillery needs JavaScript. Switch it on for this page, or "
    f'<a href="{BASE_PATH}{READING}">read the lessons</a> without what moves in them.</p></noscript>'
).encode()
# The places of what loads are kept, without grey boxes; a page’s own styles come later than the first of them.
STYLE = b'<style>[data-testid="stSkeleton"] { visibility: hidden }</style>'
_HEAD = b"<head>"
_WITHOUT = re.compile(rb"<noscript>.*?</noscript>", re.DOTALL)
_CONDITIONS = (
    b"accept-encoding",
    b"if-none-match",
    b"if-modified-since",
)  # what is sent is not the file that they mean


class PageBootstrap:
    """An ASGI middleware that writes this into every HTML page that a browser opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        unpacked = [(name, value) for name, value in scope["headers"] if name not in _CONDITIONS]
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
                    body = _WITHOUT.sub(
                        WITHOUT,
                        body.replace(_HEAD, _HEAD + _asked(scope["path"]) + BOOTSTRAP + STYLE + _script_tags(), 1),
                    )
                    headers = MutableHeaders(raw=start["headers"])
                    for condition in ("etag", "last-modified"):
                        del headers[condition]
                    if "content-length" in headers:
                        headers["content-length"] = str(len(body))
                    await send(start)
                    await send({"type": "http.response.body", "body": body})

        await self.app({**scope, "headers": unpacked}, receive, write)


def _asked(path: str) -> bytes:
    """What the bootstrap compares with the path that the browser has."""
    return f'<meta name="{ASKED}" content="{escape(path.removeprefix(BASE_PATH))}">'.encode()


def _script_tags() -> bytes:
    addresses = (scripts.address(f"components/js/page/{name}.js") for name in SCRIPTS)
    return "".join(f'<script type="module" async src="{address}"></script>' for address in addresses).encode()


def _is_html(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
