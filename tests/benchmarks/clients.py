"""Learners without a browser: they fetch what a browser fetches, and speak Streamlit's protocol over the websocket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.asyncio.client import ClientConnection, connect

CONNECTIONS = 6  # that a browser opens to one server
LARGEST = 2**26


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Connection:
    """One kept-open HTTP/1.1 connection that asks for one thing after the other."""

    def __init__(self, address: str) -> None:
        self._host, self._port = address.removeprefix("http://").split(":")
        self._reader: asyncio.StreamReader | None = None

    async def get(self, path: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body as it came over the wire)."""
        if self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, int(self._port))
        kept = f"Cookie: {cookie}\r\n" if cookie else ""
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAccept: */*\r\nAccept-Encoding: gzip\r\n{kept}"
        )
        self._writer.write(f"{head}\r\n".encode())
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        return int(lines[0].split()[1]), headers, await self._body(headers)

    async def _body(self, headers: dict[str, str]) -> bytes:
        assert self._reader is not None
        if headers.get("transfer-encoding") != "chunked":
            return await self._reader.readexactly(int(headers.get("content-length", 0)))
        parts = []
        while size := int((await self._reader.readline()).strip(), 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(parts)

    def close(self) -> None:
        """Hang up."""
        if self._reader is not None:
            self._writer.close()


async def fetch_all(address: str, paths: Sequence[str]) -> None:
    """Fetch paths over as many connections as a browser opens. Raises AssertionError where one is refused."""
    left = list(reversed(paths))

    async def fetch() -> None:
        connection = Connection(address)
        while left:
            path = left.pop()
            status, _, _ = await connection.get(path)
            assert status in (200, 304), f"{path} was answered {status}"
        connection.close()

    await asyncio.gather(*(fetch() for _ in range(CONNECTIONS)))


# ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Session:
    """One browser tab's websocket: runs the page's script, and sends what a component of it would."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._states: dict[str, str] = {}  # widget id → its state, as JSON
        self._places: dict[str, tuple[str, str]] = {}  # name of a component → (its widget id, fragment)
        self.query = ""

    async def open(self) -> None:
        """Get a cookie, connect, and run the script for the first time."""
        connection = Connection(self._address)
        _, headers, _ = await connection.get("/")
        connection.close()
        cookie = headers.get("set-cookie", "").partition(";")[0]
        self._socket: ClientConnection = await connect(
            f"ws://{urlsplit(self._address).netloc}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            additional_headers={"Cookie": cookie},
            max_size=LARGEST,
            compression=None,
        )
        self._page = calc_hash("lab")
        await self.rerun()

    async def close(self) -> None:
        """Close the tab."""
        await self._socket.close()

    async def turn(self, component: str, state: dict[str, Any]) -> float:
        """Set a component's state, as releasing a dial does; returns the seconds until the page has been drawn."""
        widget, fragment = self._places[component]
        self._states[widget] = json.dumps(state)
        start = time.perf_counter()
        await self.rerun(fragment)
        return time.perf_counter() - start

    async def rerun(self, fragment: str = "") -> None:
        """Run the script, or a fragment of it, and read what it draws to its end."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.fragment_id = fragment
        for widget, state in self._states.items():
            message.rerun_script.widget_states.widgets.add(id=widget, json_value=state)
        await self._socket.send(message.SerializeToString())
        while True:
            heard = ForwardMsg.FromString(await self._socket.recv(decode=False))
            kind = heard.WhichOneof("type")
            if kind == "delta" and heard.delta.WhichOneof("type") == "new_element":
                element = heard.delta.new_element
                if element.WhichOneof("type") == "bidi_component":
                    drawn = element.bidi_component
                    self._places[drawn.component_name] = drawn.id, heard.delta.fragment_id
                assert element.WhichOneof("type") != "exception", element.exception.message
            elif kind == "new_session":
                self._page = heard.new_session.page_script_hash
            elif kind == "page_info_changed":
                self.query = heard.page_info_changed.query_string
            elif kind == "script_finished":
                return
