from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server import site
from app.server.site import EMBEDDED_IN, PUBLIC, SettingError, Site

ALONE = Site("127.0.0.1", "lectern")
IN_CLASS = Site("0.0.0.0", "Lectern.school.example")
BEHIND = Site("127.0.0.1", "lectern", ("https://learn.example.edu",))


@pytest.mark.parametrize(
    "host", ["localhost:8501", "127.0.0.1:8501", "127.0.0.1", "[::1]:8501", "app.localhost", "LOCALHOST", "localhost."]
)
@pytest.mark.parametrize("known", [ALONE, IN_CLASS, BEHIND, Site("")])
def test_loopback_names_are_always_ours(known: Site, host: str) -> None:
    assert known.is_host(host)


@pytest.mark.parametrize(
    "host",
    ["192.168.1.20:8501", "10.0.0.7", "[fe80::1]:8501", "lectern:8501", "LECTERN", "lectern.local", "lectern.local:80"],
)
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "", "192.168.1.20"])
def test_in_a_class_every_name_and_address_of_the_machine_is_ours(address: str, host: str) -> None:
    assert Site(address, "lectern.school.example").is_host(host)
    assert not ALONE.is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "lectern.evil.example",
        "localhost.evil.example",
        "127.0.0.1:8501.evil.example",
        "me@localhost",
        "localhost/",
        "localhost?",
        "localhost:99999",
        "localhost:x",
        "",
        ":8501",
        "[::1",
        "a; script-src 'unsafe-inline' * ;x.localhost",
        "a;x.localhost",
        "a,b.localhost",
        "a'.localhost",
        "*.localhost",
        "ä.localhost",
        "a b.localhost",
        "a\t.localhost",
        "a\n.localhost",
        "[::1%;x]",
        "localhost:８０",
    ],
)
@pytest.mark.parametrize("known", [ALONE, IN_CLASS, BEHIND])
def test_no_other_host_is_ours(known: Site, host: str) -> None:
    assert not known.is_host(host)


def test_an_origin_is_the_same_host_and_the_same_port() -> None:
    assert ALONE.is_origin("http://127.0.0.1:8501", "127.0.0.1:8501", secure=False)
    for strange in (
        "http://127.0.0.1:9797",
        "http://localhost:8501",
        "http://127.0.0.1",
        "http://evil.example",
        "http://127.0.0.1:8501.evil.example",
        "http://me@127.0.0.1:8501",
        "http://127.0.0.1:8501/",
        "ftp://127.0.0.1:8501",
        "null",
        "",
        "file://",
    ):
        assert not ALONE.is_origin(strange, "127.0.0.1:8501", secure=False), strange


def test_a_page_that_came_by_http_is_another_site_than_one_by_https() -> None:
    assert ALONE.is_origin("https://localhost", "localhost", secure=True)
    assert not ALONE.is_origin("http://localhost", "localhost", secure=True)
    assert ALONE.is_origin("https://localhost", "localhost", secure=False)  # a proxy that does not say how it was asked


def test_a_proxy_s_public_address_is_ours_whatever_host_it_sends_on() -> None:
    assert BEHIND.is_host("learn.example.edu") and BEHIND.is_host("learn.example.edu:443")
    assert BEHIND.is_origin("https://learn.example.edu", "127.0.0.1:8501", secure=False)
    assert not BEHIND.is_origin("https://learn.example.edu:8443", "127.0.0.1:8501", secure=False)


@given(st.text(max_size=40), st.sampled_from(["", ".localhost", "]", ":80"]))
def test_no_host_that_is_ours_holds_what_a_header_would_read(written: str, end: str) -> None:
    if IN_CLASS.is_host(written + end):
        assert re.fullmatch(r"[\w.-]+(:\d+)?|\[[\da-f:.]+\](:\d+)?", written + end, re.ASCII | re.IGNORECASE)


@given(st.text(max_size=40), st.text(max_size=40), st.booleans())
def test_whatever_a_browser_sends_is_judged(host: str, origin: str, secure: bool) -> None:
    IN_CLASS.is_host(host)
    IN_CLASS.is_origin(origin, host, secure=secure)


def test_the_settings_hold_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PUBLIC, "https://Learn.example.edu:443/distillery/  http://10.0.0.7:8501")
    monkeypatch.setenv(EMBEDDED_IN, "https://moodle.example.edu,https://ilias.example.edu")
    known = site.here()
    assert known.public == ("https://learn.example.edu", "http://10.0.0.7:8501")
    assert known.embedded_in == ("https://moodle.example.edu", "https://ilias.example.edu")


@pytest.mark.parametrize(
    "written",
    ["learn.example.edu", "https://", "*", "ftp://learn.example.edu", "http://x:port", "https://a;b", "https://me@a"],
)
@pytest.mark.parametrize("setting", [PUBLIC, EMBEDDED_IN])
def test_a_setting_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch, setting: str, written: str) -> None:
    monkeypatch.setenv(setting, written)
    with pytest.raises(SettingError, match=f"{setting} must hold addresses like https://"):
        site.here()
