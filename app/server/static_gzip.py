"""Streamlit's own scripts and styles, compressed: each once, then kept. Knows no page and no run.

Streamlit serves them as they are, since compressing them anew for every visitor costs more than it saves. They are
named by their content and never change while the server runs, so that once is enough: a first visit takes 1.6 MB
instead of 3.7.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

STATIC = Path(streamlit.__file__).parent / "static"
_NAMED_BY_CONTENT = re.compile(r"/(static/(?:js|css)/[\w.-]+\.(?P<kind>js|css))", re.ASCII)
_LEVEL = 6  # 9 takes three times as long for one percent
_KINDS = {"js": "text/javascript", "css": "text/css"}


class PackedAssets:
    """An ASGI middleware that answers for these files, and passes everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a script or style by a browser that can unpack it."""
        named = _NAMED_BY_CONTENT.fullmatch(scope["path"]) if scope["type"] == "http" else None
        accepts = named and "gzip" in Headers(scope=scope).get("accept-encoding", "")
        body = await _kept(named[1]) if named and accepts and scope["method"] == "GET" else None
        if named is None or body is None:
            await self.app(scope, receive, send)
            return
        headers = {
            "Cache-Control": "public, immutable, max-age=31536000",
            "Content-Encoding": "gzip",
            "Vary": "Accept-Encoding",
        }
        await Response(body, headers=headers, media_type=_KINDS[named["kind"]])(scope, receive, send)


_packed: dict[str, bytes] = {}  # what was asked for, by name


async def _kept(name: str) -> bytes | None:
    """`packed`, in a thread the first time, and at once from then on."""
    if name not in _packed:
        body = await run_in_threadpool(packed, name)
        if body is None:
            return None
        _packed[name] = body
    return _packed[name]


def packed(name: str) -> bytes | None:
    """A file below Streamlit's static folder, compressed; None where there is none."""
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        return None
    return gzip.compress(path.read_bytes(), _LEVEL, mtime=0)
