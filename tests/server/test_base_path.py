"""The app below a path, `server.baseUrlPath`: served for real, and asked as a browser asks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.asyncio.client import connect

from app.catalog.paths import PROJECT
from app.components.scripts import address
from app.server.api.assets import plotly_url
from app.server.identity import COOKIE
from tests.serving import Served, serving
from tests.waiting import PATIENCE

PAGE = {"Accept": "text/html"}
BASE = "/distillery"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("below") / "home"
    with serving(home, "--server.baseUrlPath", BASE.strip("/")) as server:
        yield server


@pytest.mark.parametrize("path", [f"{BASE}/", f"{BASE}/lab", "/", "/lab"])  # the last two: a proxy stripped the prefix
def test_a_page_leads_below_the_path(served: Served, path: str) -> None:
    status, headers, page = served.get(path, **PAGE)
    assert status == 200
    assert f'BACKEND_BASE_URL: location.origin + "{BASE}"' in page
    name, *attributes = headers["set-cookie"].split("; ")
    assert name.startswith(f"{COOKIE}=") and f"Path={BASE}" in attributes
    files = re.findall(r'(?:src|href)="\./(static/[^"]+\.(?:js|css))"', page)
    assert files
    for file in files:
        status, headers, _ = served.get(f"{BASE}/{file}", Accept_Encoding="gzip")
        assert status == 200 and headers["content-encoding"] == "gzip", file


@pytest.mark.parametrize("prefix", [BASE, ""])
def test_every_kind_of_address_is_answered(served: Served, prefix: str) -> None:
    assert served.get(f"{prefix}/_stcore/health")[0] == 200
    assert served.get(f"{prefix}/app/static/distillery-serif.woff2")[0] == 200
    assert served.get(f"{prefix}{plotly_url()}")[0] == 200
    assert served.get(f"{prefix}{address('components/js/poll.js')}")[0] == 200
    assert served.get(f"{prefix}/api/runs/none/events")[1]["content-type"] == "application/json"
    status, headers, _ = served.get(f"{prefix}/move/{'x' * 22}")  # the link of a phrase
    assert (status, headers["location"]) == (303, "../progress?told=wrong")


@pytest.mark.parametrize("page", ["course", "lesson", "lab", "sweeps", "runs", "progress"])
def test_what_a_page_sends_names_no_address_outside(served: Served, page: str) -> None:
    said = asyncio.run(asyncio.wait_for(all_messages(served, page), PATIENCE))
    api = [said[max(0, at.start() - len(BASE)) : at.start()] for at in re.finditer(rb"/api/|/api\"", said)]
    assert api and set(api) == {BASE.encode()}


async def all_messages(served: Served, page: str) -> bytes:
    """Everything that the server says of a page, as bytes."""
    cookie = served.get(f"{BASE}/", **PAGE)[1]["set-cookie"].partition(";")[0]
    address = f"{served.url.replace('http', 'ws')}{BASE}/_stcore/stream"
    said = b""
    async with connect(
        address,
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"Cookie": cookie},
        max_size=2**26,
    ) as socket:
        message = BackMsg()
        message.rerun_script.page_script_hash = calc_hash(page)
        await socket.send(message.SerializeToString())
        while True:
            raw = await socket.recv(decode=False)
            said += raw
            if ForwardMsg.FromString(raw).WhichOneof("type") == "script_finished":
                return said


ABSOLUTE = re.compile(r"""["'`(]/(api|lab|lesson|review|progress|images)\b""")


def test_no_file_writes_an_address_from_the_root() -> None:
    files = [file for kind in ("py", "js", "html", "css") for file in (PROJECT / "app").rglob(f"*.{kind}")]
    lines = [
        f"{file.name}: {line.strip()}"
        for file in files
        for line in file.read_text("utf-8").splitlines()
        if ABSOLUTE.search(line)
    ]
    assert lines == []
