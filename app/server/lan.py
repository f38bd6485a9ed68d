"""This machine's addresses in its networks, read from its routes: nothing is sent, and no name is looked up.

`python -m app.server.lan 8501` prints what to tell a class.
"""

import platform
import socket
import sys
from ipaddress import ip_address
from pathlib import Path

# Where the default route and those of a laptop's own hotspots (Linux, Windows) and of usual home networks lead.
_PROBES = ("192.0.2.1", "10.42.0.2", "192.168.137.2", "10.0.0.1", "172.16.0.1", "192.168.0.1")
_PORT = 9  # "discard"; it is only named
_CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def addresses() -> tuple[str, ...]:
    """IPv4 addresses by which others in the same network reach this machine, the likeliest first; maybe none."""
    return tuple(dict.fromkeys(filter(_useful, map(_source_for, _PROBES))))


def boxed() -> bool:
    """Whether this is a container or WSL: its own addresses are not those of the machine around it."""
    return any(mark.exists() for mark in _CONTAINER_MARKS) or "microsoft" in platform.release().lower()


def _source_for(probe: str) -> str:
    """The address that this machine would send from; "" if no route leads there. Connecting UDP sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probing:
        try:
            probing.connect((probe, _PORT))
        except OSError:
            return ""
        return str(probing.getsockname()[0])


def _useful(address: str) -> bool:
    if not address:
        return False
    known = ip_address(address)
    return not (known.is_loopback or known.is_unspecified or known.is_link_local)


if __name__ == "__main__":
    for found in () if boxed() else addresses():
        print(f"  In the network: http://{found}:{sys.argv[1]}")
