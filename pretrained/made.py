"""How a recording was made: with what command, when, with which versions; and how its files are written."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("torch", "numpy", "safetensors")


def making(command: str) -> dict[str, object]:
    """What every recording says of itself. command: the arguments of `python -m` that make it again."""
    return {
        "date": datetime.date.today().isoformat(),
        "command": f"python -m {command}",
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def write(path: Path, body: bytes) -> None:
    """Write a file in one move."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_bytes(body)
    os.replace(beside, path)
