"""Whatever leans on uvicorn's inside, which an upgrade may change: see tests/server/test_slow_requests.py."""

import signal
from typing import Any


def awaiting_a_head() -> list[tuple[Any, Any]]:
    """The connections of this process's server on which no whole head of a request has arrived since the last answer,
    each with the request that was answered last, None if there was none.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)  # it ends at a signal: nothing else names it
    connections = getattr(getattr(server, "server_state", None), "connections", ())
    requests = [(one, one.cycle) for one in connections if hasattr(one, "cycle")]  # a WebSocket has none
    return [(one, last) for one, last in requests if last is None or last.response_complete]


def end(connection: Any) -> None:
    """Close a connection."""
    connection.transport.abort()
