"""Ask an ASGI application without a server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """Status, headers by lower-case name (a repeated one: the last), body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; numbers that JSON does not have are refused, as a browser does."""

        def refuse(word: str) -> Any:
            raise ValueError(f"not JSON: {word}")

        return json.loads(self.body, parse_constant=refuse)


Ask = Callable[..., Answer]  # an address, and what `get` knows


def get(
    app: Any,
    address: str,
    headers: dict[str, str] | None = None,
    method: str = "GET",
    body: bytes = b"",
    client: str = "127.0.0.1",
    receive: Callable[[], Awaitable[dict[str, Any]]] | None = None,
) -> Answer:
    """One request, its answer. client: who asks. receive: what the body comes from, if not from `body`."""
    parts = urlsplit(address)
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": parts.scheme or "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": raw,
        "server": ("127.0.0.1", 80),
        "client": (client, 1),
    }
    sent: list[dict[str, Any]] = []

    async def receive_body() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive or receive_body, send))
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Answer(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body)
