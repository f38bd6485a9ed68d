from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app.server import slow_requests, uvicorn_internals
from app.server.slow_requests import TOO_SLOW, SlowBodies
from tests.waiting import PATIENCE, wait_for


async def counted(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def forgiving(request: Request) -> Response:
    try:
        return await counted(request)
    except ClientDisconnect:
        return Response(status_code=400)


APP = SlowBodies(
    Starlette(routes=[Route("/", counted, methods=["POST"]), Route("/f", forgiving, methods=["POST"])]), 0.1
)


def ask(parts: list[bytes | None], path: str = "/") -> tuple[int, bytes]:
    """The answer to a body that comes in parts, and then no more; b"" at the end is its end. With None its sender has
    left; 0 if nothing was answered.
    """
    sent: list[Any] = []
    left = list(parts)

    async def receive() -> dict[str, Any]:
        if not left:
            await asyncio.Event().wait()
        if (part := left.pop(0)) is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(part)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(APP(scope, receive, send))
    return sent[0]["status"] if sent else 0, b"".join(message.get("body", b"") for message in sent)


def test_a_body_that_arrives_is_read() -> None:
    assert ask([b"abc", b"de", b""]) == (200, b"5")


@pytest.mark.parametrize("path", ["/", "/f"])
@pytest.mark.parametrize("parts", [[], [b"abc"]])
def test_a_body_that_does_not_arrive_ends_with_a_sentence(parts: list[bytes | None], path: str) -> None:
    status, said = ask(parts, path)
    assert status == 408 and TOO_SLOW.encode() in said


@pytest.mark.parametrize("parts", [[None], [b"abc", None]])
def test_who_leaves_amid_a_body_leaves_no_traceback(parts: list[bytes | None]) -> None:
    ask(parts)


# ── half-sent heads and unread answers, with the real server ─────────────────────────────────────────────────────────


MUCH = bytes(20_000_000)  # more than lies between a server and a browser


async def much(_request: Request) -> Response:
    return Response(MUCH)


async def much_in_pieces(_request: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(MUCH), 100_000):
            yield MUCH[at : at + 100_000]

    return StreamingResponse(pieces(), headers={"Content-Length": str(len(MUCH))})


@pytest.fixture
def unread() -> float:
    return 600


@pytest.fixture
def slowest() -> float:
    return 1.0


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, unread: float, slowest: float) -> Any:
    """Where a server of uvicorn's listens that ends heads after a moment."""

    @asynccontextmanager
    async def lifespan(_app: Any) -> Any:
        async with slow_requests.ending_quiet_connections(0.2, unread, 0.05, slowest):
            yield

    routes = [Route("/", counted, methods=["POST"]), Route("/much", much), Route("/pieces", much_in_pieces)]
    app = Starlette(routes=routes, lifespan=lifespan)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_keep_alive=600))
    # in this thread it takes no signals; on its own it is who ends at one
    monkeypatch.setattr(signal, "getsignal", lambda _signal: server.handle_exit)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        wait_for(lambda: server.started)
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE)


REQUEST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1"


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow:", REQUEST + b"GET / HTT"])
def test_a_half_sent_head_is_ended(port: int, sent: bytes) -> None:
    wait_until_ended(port, sent)


def wait_until_ended(port: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(sent)
        read_all(client)


def read_all(client: socket.socket) -> int:
    """Read until the server hangs up. Returns the number of bytes."""
    read = 0
    try:
        while piece := client.recv(1_000_000):
            read += len(piece)
    except ConnectionResetError:
        pass
    return read


@pytest.mark.parametrize("path", [b"/much", b"/pieces"])
def test_an_answer_that_is_read_slowly_arrives_whole_and_its_connection_ends_then(port: int, path: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(100)
        for _ in range(3):
            wait_until_ended(port, b"GET")  # as long as a head has
            client.recv(1_000_000)
        assert read_all(client) > len(MUCH) - 3_100_000


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that are ended."""
    noted, end = list[Any](), uvicorn_internals.end

    def note(connection: Any) -> None:
        noted.append(connection)
        end(connection)

    monkeypatch.setattr(uvicorn_internals, "end", note)
    return noted


@pytest.mark.parametrize("unread", [0.4])
@pytest.mark.parametrize("path", [b"/much", b"/pieces"])
def test_an_answer_that_nobody_reads_is_ended(port: int, path: bytes, ended: list[Any]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: bool(ended))
        assert read_all(client) < len(MUCH)


@pytest.mark.parametrize(("unread", "slowest"), [(0.5, 1_000_000)])
@pytest.mark.parametrize("path", [b"/much", b"/pieces"])
def test_an_answer_that_is_read_by_the_spoonful_is_ended(port: int, path: bytes, ended: list[Any]) -> None:
    """Though some of it is taken at every glance."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: bool(client.recv(4096) and ended))


@pytest.mark.parametrize("counted", [True, False], ids=["bytes are counted", "only what is left is known"])
@pytest.mark.parametrize(("pace", "ends"), [(1, True), (150, True), (250, False), (2_000, False)])
def test_an_answer_may_be_read_as_slowly_as_a_line_is(
    monkeypatch: pytest.MonkeyPatch, pace: int, ends: bool, counted: bool
) -> None:
    """It comes in gusts: half a minute nothing, then what was missed. The app writes on meanwhile.

    pace: bytes a second.
    """
    connection, now, ended = object(), 0.0, list[float]()
    done = asyncio.Event()

    def taken_by(at: float) -> int:
        return int(at // 30 * 30 * pace)

    def quiet() -> list[tuple[Any, Any, int]]:
        nonlocal now
        now += 3
        if now > 600 or ended:
            done.set()
            return []
        written = 64_000 * (1 + taken_by(now) // 64_000)  # a piece more whenever one was taken
        return [(connection, "request", written - taken_by(now) + 1)]

    def taken(_connection: Any) -> int:
        written = 64_000 * (1 + taken_by(now) // 64_000)
        return taken_by(now) if counted else taken_by(now) - written

    monkeypatch.setattr(slow_requests, "monotonic", lambda: now)
    monkeypatch.setattr(uvicorn_internals, "quiet_connections", quiet)
    monkeypatch.setattr(uvicorn_internals, "taken", taken)
    monkeypatch.setattr(uvicorn_internals, "end", lambda _connection: ended.append(now))

    async def watch() -> None:
        async with slow_requests.ending_quiet_connections(glance=0):
            await done.wait()

    asyncio.run(watch())
    assert bool(ended) == ends


def test_who_keeps_asking_stays(port: int) -> None:
    """A page that polls is between two requests at nearly every glance."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        for _ in range(10):
            client.sendall(REQUEST)
            answer = b""
            while not answer.endswith(b"\r\n\r\n1"):
                piece = client.recv(4096)
                assert piece, "the server hung up"
                answer += piece
            client.settimeout(0.05)
            with pytest.raises(TimeoutError):
                client.recv(1)
            client.settimeout(30)


def test_the_server_that_streamlit_starts_is_found_by_its_signals() -> None:
    """`capture_signals` is what makes it the one that ends at a signal."""
    import inspect

    assert "signal.signal(sig, self.handle_exit)" in inspect.getsource(uvicorn.Server.capture_signals)
