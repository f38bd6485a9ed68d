"""Wait for something that another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 120.0  # seconds for what takes one on an idle machine: a test that passes never waits for them


def wait_for(look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """The first true value that `look` returns. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"nothing after {seconds} s"
        time.sleep(0.01)
    return found
