from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from app.server.page_bootstrap import PageBootstrap
from tests.asgi import get

PAGE = "<!DOCTYPE html><html><head><title>A page</title></head><body>" + "words " * 400 + "</body></html>"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Encoding": "gzip, br"}


@pytest.fixture
def app() -> Any:
    """The middleware around a server that packs its pages, as Streamlit does."""
    routes = [
        Route("/words", lambda _request: PlainTextResponse("<head> is a word here")),
        Route("/{path:path}", lambda _request: HTMLResponse(PAGE)),
    ]
    inner = Starlette(routes=routes)
    inner.add_middleware(GZipMiddleware)
    return PageBootstrap(inner)


@pytest.mark.parametrize("path", ["/", "/lab", "/lesson"])
def test_a_page_says_where_its_server_is_before_any_script(app: Any, path: str) -> None:
    answer = get(app, path, BROWSER)
    said = answer.body.decode()
    assert said.startswith("<!DOCTYPE html><html><head><script>window.__streamlit = {BACKEND_BASE_URL: location.origin")
    assert said.partition("</script>")[2] == PAGE.partition("<head>")[2]
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_other_answers_pass_as_they_are(app: Any) -> None:
    assert get(app, "/words", BROWSER).body.decode() == "<head> is a word here"
    assert get(app, "/", {"Accept": "*/*"}).body.decode() == PAGE  # a script's fetch
