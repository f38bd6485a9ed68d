"""Files that are sent: only where a page asks for one, from its learner, few at a time, and never kept for long."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.catalog import own_sets
from app.server import identity, uploads
from app.server.uploads import HELD_SECONDS, IN_ALL_BYTES, UploadGuard, Uploads
from tests.asgi import Answer, get
from tests.store.stored import ANNE, BEN

FILE = b"a zip"


class Memory:
    """Where files go in place of Streamlit's memory, and a clock."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.over: set[str] = set()
        self.now = 0.0
        self.status = 204
        self.kept = Uploads(
            self.forget,
            lambda session_id: session_id not in self.over,
            lambda: self.now,
        )
        self.guard = UploadGuard(self.take, self.kept)

    def forget(self, session_id: str) -> None:
        self.files.pop(session_id, None)

    async def take(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        if self.status == 204:
            self.files[scope["path"].split("/")[-2]] = body
        await Response(status_code=self.status)(scope, receive, send)

    def put(self, session_id: str, learner: str | None = ANNE, size: int | None = len(FILE)) -> Answer:
        headers = {} if learner is None else {"cookie": f"{identity.COOKIE}={identity.signed(learner)}"}
        headers |= {} if size is None else {"content-length": str(size)}
        return get(self.guard, f"/_stcore/upload_file/{session_id}/f", headers, "PUT", FILE)


@pytest.fixture
def memory(home: Path) -> Memory:
    return Memory()


def test_only_the_learner_whose_page_asks_may_send_a_file(memory: Memory) -> None:
    assert memory.put("s").status == 403
    memory.kept.ask("s", ANNE)
    for learner in (None, BEN):
        assert memory.put("s", learner).status == 403
    assert memory.put("other").status == 403 and not memory.files
    assert memory.put("s").status == 204 and memory.files == {"s": FILE}
    memory.kept.free("s")
    assert not memory.files and memory.put("s").status == 403


def test_what_else_is_asked_of_the_server_passes(memory: Memory) -> None:
    assert get(memory.guard, "/_stcore/upload_file/s/f", method="DELETE").status == 204
    assert get(memory.guard, "/lab").status == 204


def test_there_is_one_file_of_a_session_and_a_limit_for_each_and_for_all(memory: Memory) -> None:
    memory.kept.ask("s", ANNE)
    assert memory.put("s", size=None).status == 411
    assert memory.put("s", size=own_sets.MOST_BYTES * 2).status == 413
    for _ in range(3):
        assert memory.put("s").status == 204 and list(memory.files) == ["s"]
    memory.kept.free("s")
    most = IN_ALL_BYTES // own_sets.MOST_BYTES
    for number in range(most):
        memory.kept.ask(f"s{number}", ANNE)
        assert memory.put(f"s{number}", size=own_sets.MOST_BYTES).status == 204
    memory.kept.ask("one more", BEN)
    crowded = memory.put("one more", BEN)
    assert crowded.status == 503 and crowded.body.decode() == uploads.CROWDED
    memory.now = HELD_SECONDS + 1
    assert memory.put("one more", BEN).status == 204 and list(memory.files) == ["one more"]


def test_a_file_goes_with_its_session_and_when_it_did_not_arrive(memory: Memory) -> None:
    for session_id in ("s", "t"):
        memory.kept.ask(session_id, ANNE)
        memory.put(session_id)
    memory.over.add("s")
    memory.kept.let_go()
    assert list(memory.files) == ["t"]
    memory.status = 400
    memory.put("t")
    memory.status = 204
    assert not memory.files and memory.put("t").status == 204, "it no longer counts"


def test_a_file_that_comes_too_slowly_is_given_up(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(uploads, "START_SECONDS", 0.0)
    memory.guard.app = never
    memory.kept.ask("s", ANNE)
    assert memory.put("s").status == 408
    monkeypatch.setattr(uploads, "START_SECONDS", 30.0)
    memory.guard.app = memory.take
    assert memory.put("s").status == 204
