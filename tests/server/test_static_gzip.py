from __future__ import annotations

import gzip
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.server.static_gzip import StaticGzip
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


def test_each_is_compressed_once(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = get(app, script(), GZIP).body
    monkeypatch.setattr("app.server.static_gzip.gzip.compress", lambda *_args, **_more: pytest.fail("again"))
    assert get(app, script(), GZIP).body == first


@pytest.mark.parametrize(
    "path", ["/", "/static/media/x.woff2", "/static/js/nosuch.js", "/static/js/../../etc.js", "/lab"]
)
def test_everything_else_is_passed_on(app: Any, path: str) -> None:
    assert get(app, path, GZIP).body.decode() == path


def test_a_browser_that_cannot_unpack_gets_it_from_streamlit(app: Any) -> None:
    assert get(app, script()).body.decode() == script()
