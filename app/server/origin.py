"""Where a page is used from: a hash of its address, by which one address gets no more of the queue than others."""

import hashlib
import hmac
from ipaddress import ip_address, ip_network

import streamlit as st

from app.catalog import paths
from app.server import identity

_HOME_BITS = 64  # of an IPv6 address: what a provider gives one household


def here() -> str | None:
    """The hash for the session that runs; None for this machine, and if the address or the key is not known."""
    return of(st.context.ip_address)


def of(address: str | None) -> str | None:
    """A hash with the server's key, so that nobody finds the address by trying all; None for the machine's own."""
    try:
        known = ip_address(address or "")
        known = getattr(known, "ipv4_mapped", None) or known
        if known.is_loopback:
            return None
        where = ip_network((known, _HOME_BITS), strict=False) if known.version == 6 else known
        secret = identity.key(paths.home() / "key")
    except (ValueError, OSError):
        return None
    return hmac.new(secret.encode(), f"distillery-origin/{where}".encode(), hashlib.sha256).hexdigest()[:12]
