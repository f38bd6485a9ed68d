"""Whatever leans on uvicorn's inside, which an upgrade may change: see tests/server/test_slow_requests.py."""

import signal
from typing import Any


def quiet_connections() -> list[tuple[Any, Any, int]]:
    """The connections of this process's server that wait for the other side: for the rest of a head, or to take what
    has been answered. Each with the request that was asked last, None if there was none, and the bytes not yet taken.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)  # it ends at a signal: nothing else names it
    connections = getattr(getattr(server, "server_state", None), "connections", ())
    requests = [(one, one.cycle) for one in connections if hasattr(one, "cycle")]  # a WebSocket has none
    quiet = [(one, last, one.transport.get_write_buffer_size()) for one, last in requests]
    return [(one, last, left) for one, last, left in quiet if left or last is None or last.response_complete]


def end(connection: Any) -> None:
    """Close a connection."""
    connection.transport.abort()
