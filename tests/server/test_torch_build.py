"""Which build of PyTorch is installed where; no network is asked."""

from __future__ import annotations

import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from app.server import torch_build
from app.server.torch_build import CPU, USUAL, build


def no() -> bool:
    return False


def yes() -> bool:
    return True


def never() -> bool:
    raise AssertionError("nobody need be asked")


@pytest.mark.parametrize(
    ("system", "driver", "index", "chosen"),
    [
        ("Linux", no, yes, CPU),
        ("Linux", no, no, USUAL),
        ("Linux", yes, never, USUAL),
        ("Darwin", never, never, USUAL),
        ("Windows", never, never, USUAL),
    ],
)
def test_the_small_build_is_for_linux_without_a_driver(
    system: str, driver: Callable[[], bool], index: Callable[[], bool], chosen: str
) -> None:
    found, why = build(system, driver, index)
    assert found == chosen and (torch_build.PROJECT / found).is_file() and "PyTorch" in why


@pytest.mark.skipif(sys.platform == "win32", reason="makes a command of a shell script")
@pytest.mark.parametrize(
    ("script", "found"), [("echo 'GPU 0: NVIDIA H200'", True), ("echo 'no devices'; exit 9", False)]
)
def test_a_driver_is_one_that_answers(tmp_path: Path, script: str, found: bool) -> None:
    fake = tmp_path / "nvidia-smi"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    assert torch_build.has_driver(str(fake)) is found
    assert not torch_build.has_driver(str(tmp_path / "none"))


class Index(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/torch/" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def index() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_index_is_taken_if_it_answers_in_time(index: str) -> None:
    assert torch_build.answers(f"{index}/torch/") and not torch_build.answers(f"{index}/gone/")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not torch_build.answers(f"http://127.0.0.1:{silent.getsockname()[1]}/torch/", 0.2)
    assert not torch_build.answers("nonsense")


def test_the_list_of_the_small_build_is_the_usual_list_and_where_to_look() -> None:
    said = (torch_build.PROJECT / CPU).read_text(encoding="utf-8")
    lines = [line for line in said.splitlines() if not line.startswith("#")]
    places = [line.removeprefix("--find-links ") for line in lines[:-1]]
    assert lines[-1] == f"-r {USUAL}" and torch_build.index() == places[0]
    assert all(re.fullmatch(r"https://download\.pytorch\.org/whl/cpu/(torch|torchvision)/", place) for place in places)


def test_the_container_is_made_of_the_same_commands() -> None:
    said = (torch_build.PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert f"-r {CPU}" in said and '"streamlit", "run", "streamlit_app.py", "--server.address", "0.0.0.0"' in said
    assert "USER learner" in said and len(said.splitlines()) < 15
