from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from app.components.scripts import address
from app.server.page_bootstrap import SCRIPTS, PageBootstrap
from app.server.streamlit_internals import STATIC
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
    asked = f'<meta name="distillery-asked" content="{path}">'
    assert said.startswith(
        f"<!DOCTYPE html><html><head>{asked}<script>window.__streamlit = {{BACKEND_BASE_URL: location."
    )
    ours = re.match(r"<meta[^>]*>(?:<script[^<]*</script>|<style>[^<]*</style>)+", said.partition("<head>")[2])
    assert ours and said.partition("<head>")[2][ours.end() :] == PAGE.partition("<head>")[2]
    assert '<style>[data-testid="stSkeleton"] { visibility: hidden }</style>' in ours[0], "no grey box before page.css"
    assert re.findall(r'async src="(/api/js/\w+/components/js/page/\w+\.js)"', ours[0]) == [
        address(f"components/js/page/{name}.js") for name in SCRIPTS
    ]
    assert int(answer.headers["content-length"]) == len(answer.body)


def test_other_answers_pass_as_they_are(app: Any) -> None:
    assert get(app, "/words", BROWSER).body.decode() == "<head> is a word here"
    assert get(app, "/", {"Accept": "*/*"}).body.decode() == PAGE  # a script's fetch


def test_without_scripts_it_says_what_there_is_to_read() -> None:
    page = get(PageBootstrap(HTMLResponse((STATIC / "index.html").read_text("utf-8"))), "/", BROWSER).body.decode()
    assert page.count("<noscript>") == 1 and '<a href="/reading">read the lessons</a>' in page


def test_a_page_that_a_browser_kept_is_asked_for_anew() -> None:
    """What it names changes with our scripts, and not with the file that Streamlit compares."""
    heard: list[bytes] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        heard.extend(name for name, _ in scope["headers"])
        await HTMLResponse(PAGE, headers={"ETag": '"1"', "Last-Modified": "x"})(scope, receive, send)

    answer = get(PageBootstrap(inner), "/", BROWSER | {"If-None-Match": '"1"', "If-Modified-Since": "x"})
    assert heard == [b"accept"] and not {"etag", "last-modified"} & set(answer.headers)
