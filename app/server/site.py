"""The site that this server is: the names it has, the pages that may ask it, and the sites that may frame it.

Two settings say what the server cannot know itself, each an address or several with spaces between:
DISTILLERY_PUBLIC_URL, under which people reach it through a proxy, and DISTILLERY_EMBEDDED_IN, whose pages show it in a
frame. Nothing here asks the network.
"""

import ipaddress
import os
import re
import socket
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import SplitResult, urlsplit

import streamlit as st

PUBLIC, EMBEDDED_IN = "DISTILLERY_PUBLIC_URL", "DISTILLERY_EMBEDDED_IN"
# A name, or an address in numbers, and maybe a port: nothing that means anything in a header where it is written again.
_WELL_FORMED = re.compile(r"([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
_AT_HOME = ("local", "lan", "internal", "home.arpa")  # endings that nobody outside can have a name under


class SettingError(ValueError):
    """A setting that cannot be read; the message says which, and how it is written."""


@dataclass(frozen=True)
class Site:
    """address: what the server listens at; "" is everywhere. machine: this machine's name. public, embedded_in: the
    origins (scheme://host[:port]) of the two settings.
    """

    address: str = "127.0.0.1"
    machine: str = ""
    public: tuple[str, ...] = ()
    embedded_in: tuple[str, ...] = ()

    @cached_property
    def is_open(self) -> bool:
        """Whether other machines can reach it."""
        return not is_loopback(self.address)

    @cached_property
    def names(self) -> frozenset[str]:
        """Its names beside those of loopback, and beside addresses, which are numbers."""
        own = {urlsplit(origin).hostname or "" for origin in self.public} | {self.address.lower()}
        if self.is_open and self.machine:
            short = self.machine.lower().partition(".")[0]
            own |= {self.machine.lower(), short, *(f"{short}.{ending}" for ending in _AT_HOME)}
        return frozenset(own)

    def is_host(self, host: str) -> bool:
        """Whether a Host header names this server. A page of another site that had its own name lead here says that
        name; with an address in numbers it cannot.
        """
        name = _name_in(host)
        return name is not None and (
            name in self.names or is_loopback(name) or (self.is_open and _address(name) is not None)
        )

    def is_origin(self, origin: str, host: str, *, secure: bool) -> bool:
        """Whether a page of that origin is one of ours: it has the host and the port that it asked (host), or it is
        public. Another port is another site. secure: it was asked by https, and so must the page have been.
        """
        parts = _split(origin)
        if parts is None or origin != f"{parts.scheme}://{parts.netloc}":
            return False
        same = parts.scheme in (("https",) if secure else ("http", "https")) and parts.netloc.lower() == host.lower()
        return same or _origin(parts) in self.public


def here() -> Site:
    """The site as this process is set up. Raises SettingError."""
    address = str(st.get_option("server.address") or "").strip("[]")
    return Site(address, socket.gethostname(), _origins(PUBLIC), _origins(EMBEDDED_IN))


def _origins(setting: str) -> tuple[str, ...]:
    found = []
    for written in os.environ.get(setting, "").replace(",", " ").split():
        parts = _split(written)
        if parts is None or parts.scheme not in ("http", "https"):
            raise SettingError(f"{setting} must hold addresses like https://distillery.example.edu, got {written!r}.")
        found.append(_origin(parts))
    return tuple(found)


def _origin(parts: SplitResult) -> str:
    """As a browser writes it: in small letters, without the port that the scheme has anyway."""
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(usual)}"


def _split(address: str) -> SplitResult | None:
    """The parts of an address, None if it is none, or if its host is not well-formed."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if _WELL_FORMED.fullmatch(parts.netloc) else None


def _name_in(host: str) -> str | None:
    """The name in a Host header, None if it holds anything else than a name and a port."""
    parts = _split(f"//{host}")
    if parts is None or host != parts.netloc:
        return None
    return (parts.hostname or "").rstrip(".")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """Whether a name, or an address in numbers, means the machine on which it is used."""
    address = _address(name)
    return address.is_loopback if address else name.lower() == "localhost" or name.lower().endswith(".localhost")
