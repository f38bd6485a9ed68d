"""By which address others reach this server, or why nobody can: for links that are meant for other devices."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from app.server import lan, site
from app.server.base_path import BASE_PATH

ALONE = (
    "**No other device can open this address**: Distillery listens on this machine alone. Stop it, and start it with "
    "`make run HOST=0.0.0.0` (without make, add `--server.address 0.0.0.0`). Everybody in the same network can then "
    "open the link that stands here."
)
NO_NETWORK = (
    "**No other device can open this address**: this machine is in no network. Connect it to the one that your class "
    "is in, then reload this page."
)
BOXED = (
    "**No other device can open this address**: it means the machine that the browser runs on. Distillery runs in a "
    "container here and cannot know what others call that machine. Open this page by the address that they have for "
    "it, and the link for them stands here."
)


@dataclass(frozen=True)
class Reach:
    """bases: addresses of this app without a slash at the end, the likeliest first; the first one works for this
    visitor at least. why: in Markdown, why no other device can open it; "" if others can.
    """

    bases: tuple[str, ...]
    why: str = ""


def reach(visited: str, found: Callable[[], tuple[str, ...]] = lan.addresses) -> Reach:
    """visited: the address of the page as the visitor's browser has it, "" if nobody knows.

    Whoever runs the server may have said under which address people reach it. Otherwise a visitor who came by a name or
    a number that others can have, too, hands on the same; whoever sits at the machine itself hands on its addresses in
    the network, if the server listens there.
    """
    here, server = visited.partition("?")[0].rpartition("/")[0], site.here()
    if server.public:
        public = [f"{origin}{BASE_PATH}" for origin in server.public]
        return Reach(tuple(sorted(public, key=lambda base: base != here)))
    if not site.is_loopback(urlsplit(visited).hostname or ""):
        return Reach((here,))
    if not server.is_open:
        return Reach((here,), ALONE)
    if lan.boxed():
        return Reach((here,), BOXED)
    hosts = found() if server.address in ("", "0.0.0.0", "::") else (server.address,)
    if not hosts:
        return Reach((here,), NO_NETWORK)
    scheme, port = urlsplit(visited).scheme, st.get_option("server.port")
    return Reach(tuple(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}{BASE_PATH}" for host in hosts))
