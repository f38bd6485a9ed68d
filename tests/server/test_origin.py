"""Where a page is used from: one hash for each address, of which nothing can be read; none for this machine."""

from __future__ import annotations

from pathlib import Path

from app.server.origin import of


def test_an_address_has_one_hash_and_a_household_too(home: Path) -> None:
    assert of("192.0.2.7") == of("::ffff:192.0.2.7") != of("192.0.2.8")
    assert of("2001:db8:1:2::7") == of("2001:db8:1:2:ffff::1") != of("2001:db8:1:3::7")
    assert len(of("192.0.2.7") or "") == 12 and "192" not in (of("192.0.2.7") or "")


def test_what_is_no_address_of_others_has_none(home: Path) -> None:
    assert [of(address) for address in (None, "", "127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1", "unix:")] == [
        None
    ] * 7
