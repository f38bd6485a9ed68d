"""A Postgres of the tests' own: started on this machine, on loopback, in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import PATIENCE

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
PLAIN_USERS = ("postgres", "nobody")  # as whom it runs where we are root, which it refuses to be


def programs() -> Path | None:
    """The folder of its programs, the newest where there are several; None where there is none."""
    found = [folder for place in PLACES for folder in Path("/").glob(place[1:]) if (folder / "initdb").exists()]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).parent)
    return max(found, default=None)


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """The address of a fresh server, without a password; nothing of it is left behind."""
    with tempfile.TemporaryDirectory(prefix="distillery-pg-") as place:
        folder, port, run = Path(place), _free_port(), _somebody()
        if run:
            os.chown(folder, run["user"], run["group"])

        def call(name: str, *arguments: str) -> None:
            command = [str(programs / name), "-D", str(folder / "data"), *arguments]
            subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=PATIENCE, **run)  # type: ignore[call-overload]

        call("initdb", "-A", "trust", "-U", "distillery", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        call("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://distillery@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _somebody() -> dict[str, int]:
    """user and group of somebody who is not root, where we are."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    known = {one.pw_name: one for one in pwd.getpwall()}
    found = next(known[name] for name in PLAIN_USERS if name in known)
    return {"user": found.pw_uid, "group": found.pw_gid}
