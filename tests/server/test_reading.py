from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import Any

import pytest
from starlette.applications import Starlette

import app.figures  # noqa: F401  # lessons name them
from app.server.api import API, SOCKET, routes
from app.server.reading import NO_ORIGIN, NO_SOCKET, WHY
from app.store import Store
from app.teaching.lessons import lessons
from tests.asgi import Ask


def text_of(page: bytes) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page.decode()))


def test_every_lesson_can_be_read_whole_without_scripts(ask: Ask) -> None:
    listed = ask("/reading").body.decode()
    for id_, lesson in lessons().items():
        assert f'href="/reading/{id_}"' in listed
        answer = ask(f"/reading/{id_}")
        page, read = answer.body.decode(), text_of(answer.body)
        assert answer.status == 200 and "<button" not in page and "<script" not in page
        for section in lesson.sections:
            for block in section.blocks:
                if block.kind == "prose":
                    words = " ".join(unescape(re.sub(r"<[^>]+>", "", block.html)).split())
                    assert words in " ".join(read.split()), f"{id_}: {section.id}"
        for to in re.findall(r'href="(/[^"#]*)"', page):
            assert to == "/" or ask(unescape(to)).status == 200, to


@pytest.mark.parametrize(("why", "sentence"), WHY.items())
def test_whoever_is_blocked_reads_why_and_keeps_it_from_page_to_page(ask: Ask, why: str, sentence: str) -> None:
    page = ask(f"/reading/temperature?blocked={why}&to=lab%3Frun%3Dabc%26image%3D8").body
    assert sentence in text_of(page)
    assert 'href="/lab?run=abc&amp;image=8"' in page.decode()
    assert f'href="/reading?blocked={why}&amp;to=' in page.decode()


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "javascript:x", '"><script>', "lab?x=<b>"])
def test_the_way_back_leads_to_our_own_pages(ask: Ask, to: str) -> None:
    page = ask(f"/reading?blocked=socket&to={to}").body.decode()
    assert '<a class="button" href="/">' in page and NO_SOCKET in unescape(page) and NO_ORIGIN not in page


def test_a_lesson_that_is_none(ask: Ask) -> None:
    assert ask("/reading/nothing").status == 404


def test_a_socket_opens_to_say_that_it_can(store: Store) -> None:
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": f"{API}{SOCKET}", "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(Starlette(routes=routes(lambda: store))(scope, receive, send))
    assert sent == ["websocket.accept", "websocket.close"]
