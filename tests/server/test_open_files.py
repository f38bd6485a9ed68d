"""Too few open files: visitors one after another are let in for ever, too many at once hear why not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.server import open_files
from tests.benchmarks.clients import Session
from tests.serving import Served, serving
from tests.waiting import PATIENCE, wait_for

if sys.platform == "win32":
    pytest.skip("Windows has no such limit", allow_module_level=True)
import resource

LIMIT = 256  # a usual default of macOS terminals
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("few") / "home", open_files=LIMIT) as server:
        yield server


def session(served: Served) -> connect:
    """A tab's connection, as Streamlit's script opens it."""
    address = f"{served.url.replace('http', 'ws')}/_stcore/stream"
    return connect(address, subprotocols=["streamlit"])  # type: ignore[list-item]


async def open_until_refused(served: Served, tabs: AsyncExitStack) -> int:
    """How many tabs were let in; they stay open."""
    for admitted in range(LIMIT):
        try:
            await tabs.enter_async_context(session(served))
        except InvalidStatus:
            return admitted
    pytest.fail("nobody was turned away")


def test_more_visitors_than_files_would_do_for_one_after_another(served: Served) -> None:
    async def visit_all() -> None:
        for _ in range(LIMIT // 2):  # each leaves three open files behind; the 82nd found none left
            async with session(served):
                pass
        last = Session(served.url)
        await last.open()  # with a cookie, and until the page has been drawn
        await last.close()

    asyncio.run(asyncio.wait_for(visit_all(), PATIENCE))
    assert served.get("/_stcore/health")[0] == 200


def test_too_many_at_once_hear_why_and_are_let_in_later(served: Served) -> None:
    async def crowd() -> None:
        async with AsyncExitStack() as tabs:
            assert await open_until_refused(served, tabs) > LIMIT // 8
            status, headers, page = await asyncio.to_thread(served.get, "/", **PAGE)
            assert status == 503 and headers["retry-after"] == "60" and "ulimit -n 4096" in page
            assert (await asyncio.to_thread(served.get, "/_stcore/health"))[0] == 503
            assert (await asyncio.to_thread(served.get, "/api/assets/plotly.min.js"))[0] == 200, (
                "who is here already is served"
            )

    asyncio.run(crowd())
    wait_for(lambda: served.get("/_stcore/health")[0] == 200)
    assert served.get("/", **PAGE)[0] == 200


def test_the_limit_is_raised_as_far_as_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _kind, limit: limits.append(limit))
    for given in [(256, 4096), (256, resource.RLIM_INFINITY), (256, 256), (20_000, 20_000)]:
        monkeypatch.setattr(resource, "getrlimit", lambda _kind, given=given: given)
        open_files.raise_limit()
    assert limits == [(4096, 4096), (open_files.ENOUGH, resource.RLIM_INFINITY)]


def test_a_refused_limit_is_no_end(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("not allowed to raise maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuse)
    open_files.raise_limit()
    assert "stays at 256" in caplog.text
