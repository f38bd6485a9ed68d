"""The machine in words, for measurements that mean nothing without it."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version


def words() -> str:
    """Processor, number of cores, how busy they are, Python and torch."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    cores = f"{platform.machine()} with {os.cpu_count()} cores{load}"
    return f"{cores}, Python {platform.python_version()}, torch {version('torch')}"
