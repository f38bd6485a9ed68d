from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send

from app.server import identity
from app.server.page_bootstrap import PageBootstrap
from app.server.site import Site
from app.server.site_protection import FRAMED, SiteProtection
from app.server.streamlit_internals import STATIC, inline_script_hashes
from tests.asgi import Answer, get

HERE = "127.0.0.1:8501"
COURSE = "https://moodle.example.edu"
ALONE = Site()
EMBEDDED = Site("0.0.0.0", "lectern", ("https://learn.example.edu",), (COURSE,))
PAGE = {"Accept": "text/html", "Host": HERE}
FRAME = PAGE | {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"}


class Pages:
    """Serves a page and a cookie at every address, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            return
        answer: Response = HTMLResponse("<!doctype html><head></head>")
        answer.headers["set-cookie"] = str(identity.cookie_for("a" * 24, {}, secure=scope["scheme"] == "https"))
        await answer(scope, receive, send)


@pytest.fixture
def pages(own_home: object) -> Pages:
    return Pages()


def asked(pages: Pages, headers: dict[str, str], site: Site = ALONE, method: str = "GET", at: str = "/lab") -> Answer:
    return get(SiteProtection(pages, site), at, headers, method)


def opened(pages: Pages, headers: dict[str, str], site: Site = ALONE) -> str:
    """What a WebSocket is answered first."""
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "websocket", "scheme": "ws", "path": "/_stcore/stream", "headers": raw}
    asyncio.run(SiteProtection(pages, site)(scope, receive, send))
    return sent[0]


def test_every_answer_says_what_may_run_and_who_may_look(pages: Pages) -> None:
    for headers in (PAGE, {"Host": HERE}, {"Host": "evil.example"}, PAGE | {"Origin": "http://evil.example"}):
        said = asked(pages, headers).headers
        assert said["x-content-type-options"] == "nosniff"
        assert said["referrer-policy"] == "same-origin"
        assert said["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'self'" in said["content-security-policy"]


def test_no_script_runs_but_those_that_are_ours() -> None:
    policy = asked(Pages(), PAGE).headers["content-security-policy"]
    allowed = dict(part.split(" ", 1) for part in policy.split("; "))
    assert set(allowed["script-src"].split()) == {"'self'", "blob:", "'wasm-unsafe-eval'", *inline_script_hashes()}
    assert allowed["default-src"] == "'none'"
    assert f"ws://{HERE}" in allowed["connect-src"].split()


def test_every_inline_script_of_the_page_is_known_by_its_hash() -> None:
    page = get(PageBootstrap(HTMLResponse((STATIC / "index.html").read_text("utf-8"))), "/", PAGE).body.decode()
    inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", page)
    assert len(inline) == len(inline_script_hashes()) == 2
    assert not re.search(r"<[^>]*\son\w+=", page)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8501", "a; script-src * ;x.localhost"])
def test_a_name_that_is_not_ours_is_refused_with_a_sentence(pages: Pages, host: str) -> None:
    answer = asked(pages, {"Host": host})
    assert host not in answer.headers["content-security-policy"]
    assert answer.status == 403 and "does not answer under that name" in answer.json()["message"]
    assert "<p>" in asked(pages, PAGE | {"Host": host}).body.decode()
    assert opened(pages, {"Host": host}) == "websocket.close"
    assert pages.asked == 0


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9797", "null", "http://localhost:8501"])
def test_a_page_of_another_site_is_refused_before_streamlit_looks(pages: Pages, origin: str) -> None:
    assert opened(pages, {"Host": HERE, "Origin": origin}) == "websocket.close"
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        answer = asked(pages, {"Host": HERE, "Origin": origin}, method=method)
        assert answer.status == 403 and "page of another site" in answer.json()["message"]
    assert pages.asked == 0


def test_our_own_pages_and_programs_are_let_in(pages: Pages) -> None:
    for headers in ({"Host": HERE}, {"Host": HERE, "Origin": f"http://{HERE}"}, {}):
        assert opened(pages, headers) == "websocket.accept"
        assert asked(pages, headers, method="POST").status == 200


def test_behind_a_proxy_the_public_address_is_let_in(pages: Pages) -> None:
    public = {"Host": HERE, "Origin": "https://learn.example.edu"}
    assert opened(pages, public, EMBEDDED) == "websocket.accept"
    assert opened(pages, public) == "websocket.close"
    assert "wss://learn.example.edu" in asked(pages, PAGE, EMBEDDED).headers["content-security-policy"]


# ── frames ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_configured_site_may_frame_it_and_its_cookie_is_kept_apart(pages: Pages) -> None:
    for headers in (FRAME, FRAME | {"Referer": f"{COURSE}/week/6"}):
        answer = asked(pages, headers, EMBEDDED, at="https://learn.example.edu/lab")
        assert f"frame-ancestors 'self' {COURSE}" in answer.headers["content-security-policy"]
        name, *attributes = answer.headers["set-cookie"].split("; ")
        assert name.startswith(identity.COOKIE)
        assert {"SameSite=None", "Secure", "Partitioned", "HttpOnly", "Path=/"} <= set(attributes)
        assert len([one for one in attributes if one.startswith(("SameSite", "Secure", "Partitioned"))]) == 3


@pytest.mark.parametrize(
    ("address", "headers", "site"),
    [
        ("http://learn.example.edu/lab", {}, EMBEDDED),  # without https a frame keeps no cookie
        ("https://learn.example.edu/lab", {"Referer": "https://evil.example/"}, EMBEDDED),
        ("https://learn.example.edu/lab", {}, ALONE),
        ("http://learn.example.edu/lab", {"Sec-Fetch-Dest": "object", "Sec-Fetch-Site": "same-site"}, ALONE),
    ],
)
def test_elsewhere_a_frame_gets_a_sentence_and_the_way_out(
    pages: Pages, address: str, headers: dict[str, str], site: Site
) -> None:
    answer = asked(pages, FRAME | headers, site, at=f"{address}?embed=true&tau=4&embed_options=x")
    page = answer.body.decode()
    assert FRAMED in page and 'href="./lab?tau=4" target="_blank"' in page
    assert pages.asked == 0 and "set-cookie" not in answer.headers
    assert "frame-ancestors" not in answer.headers["content-security-policy"]


def test_a_page_of_our_own_may_frame_it(pages: Pages) -> None:
    """As JupyterLab and code-server do, which serve it below their own address."""
    assert asked(pages, FRAME | {"Sec-Fetch-Site": "same-origin"}).status == 200
    assert pages.asked == 1


def test_without_frames_the_cookie_stays_as_it_is(pages: Pages) -> None:
    for site, address in ((ALONE, "https://127.0.0.1:8501/"), (EMBEDDED, "http://127.0.0.1:8501/")):
        cookie = asked(pages, PAGE, site, at=address).headers["set-cookie"]
        assert "SameSite=Lax" in cookie and "Partitioned" not in cookie
