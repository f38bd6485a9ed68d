"""The machine in words, for measurements that mean nothing without it."""

from __future__ import annotations

import os
import platform

import torch


def words() -> str:
    """Processor, number of cores, Python and torch."""
    return f"{platform.machine()} with {os.cpu_count()} cores, Python {platform.python_version()}, torch {torch.__version__}"
