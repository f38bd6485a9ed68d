"""Files that are sent: only where a page asks for one, from its learner, few at a time, and never kept for long."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.catalog import own_sets
from app.server import identity, slow_requests, uploads
from app.server.uploads import HELD_SECONDS, IN_ALL_BYTES, Upload, UploadGuard, Uploads
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
        self.guard = UploadGuard(self.take, self.kept, self.wait)
        self.pages_take = False  # while somebody waits for room

    def forget(self, session_id: str) -> None:
        self.files.pop(session_id, None)

    async def wait(self, seconds: float) -> None:
        self.now += seconds
        for session_id in list(self.files) if self.pages_take else ():
            self.kept.free(session_id)

    async def take(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        if self.status == 204:
            self.files[scope["path"].split("/")[-2]] = body
        await Response(status_code=self.status)(scope, receive, send)

    def put(
        self,
        session_id: str,
        learner: str | None = ANNE,
        size: int | None = len(FILE),
        client: str = "127.0.0.1",
        receive: Callable[[], Awaitable[dict[str, Any]]] | None = None,
    ) -> Answer:
        headers = {} if learner is None else {"cookie": f"{identity.COOKIE}={identity.signed(learner)}"}
        headers |= {} if size is None else {"content-length": str(size)}
        return get(self.guard, f"/_stcore/upload_file/{session_id}/f", headers, "PUT", FILE, client, receive)

    def of_a_stranger(self, size: int, client: str = "127.0.0.1") -> int:
        """The status of an upload from a learner who has sent nothing yet."""
        learner = identity.new_learner()
        self.kept.ask(learner, learner)
        return self.put(learner, learner, size, client).status


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
    for _ in range(IN_ALL_BYTES // own_sets.MOST_BYTES):
        assert memory.of_a_stranger(own_sets.MOST_BYTES) == 204
    memory.kept.ask("one more", BEN)
    crowded = memory.put("one more", BEN)
    assert crowded.status == 503 and crowded.body.decode() == uploads.CROWDED
    memory.now = HELD_SECONDS + 1
    assert memory.put("one more", BEN).status == 204 and list(memory.files) == ["one more"]


def test_a_learner_brings_one_file_at_a_time(memory: Memory) -> None:
    for session_id in ("s", "t"):
        memory.kept.ask(session_id, ANNE)
    assert memory.put("s").status == 204
    second = memory.put("t")
    assert second.status == 503 and second.body.decode() == uploads.SECOND
    memory.pages_take = True
    assert memory.put("t").status == 204


def test_an_address_leaves_room_for_others(memory: Memory) -> None:
    most = own_sets.MOST_BYTES
    assert [memory.of_a_stranger(most, "10.0.0.5") for _ in range(6)] == [204] * 5 + [503]
    assert memory.of_a_stranger(most, "10.0.0.6") == 204


def test_a_class_behind_one_address_gets_in(memory: Memory) -> None:
    memory.pages_take = True
    assert {memory.of_a_stranger(20_000_000, "10.0.0.5") for _ in range(30)} == {204}


def test_room_is_kept_for_what_arrives_rather_than_for_what_is_promised(memory: Memory) -> None:
    begun = []
    for _ in range(12):
        learner = identity.new_learner()
        memory.kept.ask(learner, learner)
        upload = memory.kept.admit(learner, learner, own_sets.MOST_BYTES, None)
        assert isinstance(upload, Upload)
        begun.append((learner, upload))
    answers = [memory.kept.grow(*one, own_sets.MOST_BYTES) for one in begun]
    refused = [answer for answer in answers if answer]
    assert 0 < len(refused) < 12 and {answer.body for answer in refused} == {uploads.CROWDED.encode()}
    assert sum(upload.set_aside for _, upload in begun) <= IN_ALL_BYTES


def test_who_finds_no_room_for_the_rest_hears_it(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "AHEAD_BYTES", 0)
    monkeypatch.setattr(uploads, "IN_ALL_BYTES", 1)
    memory.kept.ask("s", ANNE)
    answer = memory.put("s")
    assert (answer.status, answer.body.decode(), memory.files) == (503, uploads.CROWDED, {})
    monkeypatch.setattr(uploads, "IN_ALL_BYTES", IN_ALL_BYTES)
    assert memory.put("s").status == 204


def test_a_file_goes_with_its_session_and_when_it_did_not_arrive(memory: Memory) -> None:
    for session_id, learner in (("s", ANNE), ("t", BEN)):
        memory.kept.ask(session_id, learner)
        memory.put(session_id, learner)
    memory.over.add("s")
    memory.kept.let_go()
    assert list(memory.files) == ["t"]
    memory.status = 400
    memory.put("t", BEN)
    memory.status = 204
    assert not memory.files and memory.put("t", BEN).status == 204, "it no longer counts"


@pytest.mark.parametrize(("pace", "status"), [(9_000, 408), (190_000, 408), (210_000, 204)])
def test_a_file_that_drips_is_given_up(memory: Memory, monkeypatch: pytest.MonkeyPatch, pace: int, status: int) -> None:
    """pace: bytes a second; the file would have arrived after 400 s."""
    monkeypatch.setattr(slow_requests, "monotonic", lambda: memory.now)
    memory.kept.ask("s", ANNE)

    async def drip() -> dict[str, Any]:
        memory.now += 1
        return {"type": "http.request", "body": bytes(pace), "more_body": memory.now < 400}

    answer = memory.put("s", size=400 * pace, receive=drip)
    assert answer.status == status and (status == 204 or answer.body.decode() == uploads.TOO_SLOW)
    assert memory.now < (20 if pace < 10_000 else 401)
    memory.now = 1000
    assert memory.put("s").status == 204, "it no longer counts"


def test_a_file_that_is_broken_off_leaves_no_traceback(memory: Memory) -> None:
    async def leave() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    memory.kept.ask("s", ANNE)
    with pytest.raises(StopIteration):  # nothing was answered
        memory.put("s", receive=leave)
    assert memory.put("s").status == 204
