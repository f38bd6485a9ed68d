"""The real server, as `streamlit run` starts it, for a test that asks it over the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from app.catalog import paths
from tests.waiting import PATIENCE, wait_for

START_SECONDS = 180.0  # for a machine that does other things, too


@dataclass(frozen=True)
class Served:
    """A running server. url: without a slash at its end."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Status, headers by lower-case name, body of an answer, no redirect followed; 0 if nobody answers."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=PATIENCE)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
        except (OSError, HTTPException):
            return 0, {}, ""
        finally:
            connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@contextmanager
def serving(home: Path, *options: str, open_files: int | None = None) -> Iterator[Served]:
    """Distillery with a home of its own on a free port, until the block ends. open_files: the hard limit."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port), *options]
    if open_files is not None:
        command = ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *command]
    begins_with = str(Path(__file__).parent / "served")  # its sitecustomize
    environment = {**os.environ, "DISTILLERY_HOME": str(home), "PYTHONPATH": begins_with}
    environment.pop("DATABASE_URL", None)
    home.mkdir(exist_ok=True)
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=paths.PROJECT, env=environment, stdout=log, stderr=log)
        served = Served(f"http://127.0.0.1:{port}", home, process)

        def up() -> bool:
            assert process.poll() is None, (home / "log").read_text()
            return served.get("/_stcore/health")[0] != 0

        try:
            wait_for(up, START_SECONDS)
            yield served
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(20)
