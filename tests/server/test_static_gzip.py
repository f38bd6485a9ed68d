from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.server import static_gzip
from app.server.static_gzip import StaticGzip, packed
from app.server.streamlit_internals import STATIC
from tests.asgi import get

GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def app() -> Any:
    """The middleware around a server that says what it was asked for."""
    return StaticGzip(Starlette(routes=[Route("/{path:path}", lambda request: PlainTextResponse(request.url.path))]))


def script() -> str:
    return f"/static/js/{min((STATIC / 'static' / 'js').glob('*.js')).name}"


def test_a_script_arrives_compressed_and_unchanged(app: Any) -> None:
    answer = get(app, script(), GZIP)
    assert gzip.decompress(answer.body) == (STATIC / script()[1:]).read_bytes()
    assert answer.headers["content-encoding"] == "gzip" and "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")


def test_each_is_compressed_once_for_all_who_ask_and_a_failure_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static_gzip, "_tasks", {})
    calls = []

    def counted(name: str) -> bytes | None:
        calls.append(name)
        return packed(name)

    monkeypatch.setattr(static_gzip, "packed", counted)

    async def thirty() -> list[bytes | None]:
        asking = [asyncio.ensure_future(static_gzip._kept(script()[1:])) for _ in range(31)]
        await asyncio.wait(asking, timeout=0)  # all have begun
        asking.pop(0).cancel()  # who was first leaves
        return await asyncio.gather(*asking)

    bodies = asyncio.run(thirty()) + asyncio.run(thirty())
    assert calls == [script()[1:]] and len(set(bodies)) == 1 and bodies[0]
    assert asyncio.run(static_gzip._kept("static/js/nosuch.js")) is None
    assert list(static_gzip._tasks) == [script()[1:]]


@pytest.mark.parametrize(
    "path", ["/", "/static/media/x.woff2", "/static/js/nosuch.js", "/static/js/../../etc.js", "/lab"]
)
def test_everything_else_is_passed_on(app: Any, path: str) -> None:
    assert get(app, path, GZIP).body.decode() == path


def test_a_browser_that_cannot_unpack_gets_it_from_streamlit(app: Any) -> None:
    assert get(app, script()).body.decode() == script()
