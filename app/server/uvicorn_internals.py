"""Whatever leans on uvicorn's inside, which an upgrade may change: see tests/server/test_slow_requests.py."""

import signal
import socket
import sys
from contextlib import suppress
from typing import Any

_ACKNOWLEDGED = slice(120, 128)  # where Linux keeps the count of acknowledged bytes in what TCP_INFO tells


def quiet_connections() -> list[tuple[Any, Any, int]]:
    """The connections of this process's server that wait for the other side: for the rest of a head, or to take what
    has been answered. Each with the request that was asked last, None if there was none, and the bytes not yet taken.
    """
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)  # it ends at a signal: nothing else names it
    connections = getattr(getattr(server, "server_state", None), "connections", ())
    requests = [(one, one.cycle) for one in connections if hasattr(one, "cycle")]  # a WebSocket has none
    quiet = [(one, last, one.transport.get_write_buffer_size()) for one, last in requests]
    return [(one, last, left) for one, last, left in quiet if left or last is None or last.response_complete]


def taken(connection: Any) -> int:
    """A number that grows with each byte that the other side takes. Linux counts them; elsewhere it is what is left,
    below zero, and falls when more is answered.
    """
    with suppress(AttributeError, OSError):
        told = connection.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 128)
        if len(told[_ACKNOWLEDGED]) == 8:
            return int.from_bytes(told[_ACKNOWLEDGED], sys.byteorder)
    return -int(connection.transport.get_write_buffer_size())


def end(connection: Any) -> None:
    """Close a connection."""
    connection.transport.abort()
