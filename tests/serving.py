"""The real server, as `streamlit run` starts it, for a test that asks it over the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.catalog import paths
from tests.waiting import wait_for

START_SECONDS = 180.0  # for a machine that does other things, too


@dataclass(frozen=True)
class Served:
    """A running server. url: without a slash at its end."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """Status, headers by lower-case name, body of an answer; 0 if nobody answers."""
        request = urllib.request.Request(
            f"{self.url}{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return (
                    answer.status,
                    {k.lower(): v for k, v in answer.headers.items()},
                    answer.read().decode(errors="replace"),
                )
        except urllib.error.HTTPError as error:
            return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read().decode()
        except OSError:
            return 0, {}, ""


@contextmanager
def serving(home: Path, *options: str, open_files: int | None = None) -> Iterator[Served]:
    """Distillery with a home of its own on a free port, until the block ends. open_files: the hard limit."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port), *options]
    if open_files is not None:
        command = ["sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *command]
    environment = {**os.environ, "DISTILLERY_HOME": str(home)}
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
