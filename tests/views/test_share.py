"""Links for other devices: an address that they can reach, its code, or why there is none."""

from __future__ import annotations

import json
import socket
from typing import Any, ClassVar

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.server import lan
from app.server.base_path import BASE_PATH
from app.server.reach import ALONE, BOXED, NO_NETWORK, reach
from app.store import Store
from app.views import devices, share
from tests.views.conftest import lab_page, press, words

AT_HOME = "http://127.0.0.1:9000/lesson?lesson=twins"
NETWORKS = ("192.168.1.20", "10.42.0.1")


@pytest.fixture
def in_the_open(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A server that listens to everybody, on a machine in two networks."""
    monkeypatch.setattr(lan, "boxed", lambda: False)
    _listen(monkeypatch, "0.0.0.0")
    return monkeypatch


def _listen(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    options = {"server.address": address, "server.port": 8501}
    monkeypatch.setattr(st, "get_option", options.__getitem__)


@pytest.mark.parametrize("listens", ["127.0.0.1", "localhost", "::1"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.1.2.3", "lab.localhost"])
def test_a_server_for_itself_alone_says_so(monkeypatch: pytest.MonkeyPatch, listens: str, host: str) -> None:
    _listen(monkeypatch, listens)
    told = reach(f"http://{host}:9000/lesson?x=1", lambda: NETWORKS)
    assert (told.bases, told.why) == ((f"http://{host}:9000",), ALONE)


@pytest.mark.parametrize("base", ["http://192.168.1.9:8501", "https://learn.example.org/distillery", "http://lab:80"])
def test_who_came_by_an_address_that_others_have_hands_on_the_same(base: str) -> None:
    assert reach(f"{base}/lesson?lesson=twins", lambda: NETWORKS) == reach(f"{base}/", lambda: NETWORKS)
    told = reach(f"{base}/lesson?lesson=twins", lambda: NETWORKS)
    assert (told.bases, told.why) == ((base,), "")


@pytest.mark.parametrize("listens", ["", "0.0.0.0", "::"])
def test_at_the_machine_itself_its_addresses_in_the_network_are_handed_on(
    in_the_open: pytest.MonkeyPatch, listens: str
) -> None:
    _listen(in_the_open, listens)
    told = reach(AT_HOME, lambda: NETWORKS)
    assert (told.bases, told.why) == (tuple(f"http://{host}:8501{BASE_PATH}" for host in NETWORKS), "")
    _listen(in_the_open, "192.168.1.20")
    assert reach(AT_HOME, lambda: NETWORKS).bases == (f"http://192.168.1.20:8501{BASE_PATH}",)


def test_the_address_that_people_have_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_PUBLIC_URL", "https://learn.example.org http://lab.lan:8501")
    _listen(monkeypatch, "127.0.0.1")  # behind a proxy
    told = reach(AT_HOME, lambda: NETWORKS)
    assert (told.bases, told.why) == ((f"https://learn.example.org{BASE_PATH}", f"http://lab.lan:8501{BASE_PATH}"), "")
    assert reach(f"http://lab.lan:8501{BASE_PATH}/lesson").bases[0] == f"http://lab.lan:8501{BASE_PATH}"


def test_where_no_address_is_known_it_says_why(in_the_open: pytest.MonkeyPatch) -> None:
    assert reach(AT_HOME, tuple).why == NO_NETWORK
    in_the_open.setattr(lan, "boxed", lambda: True)
    assert reach(AT_HOME, lambda: NETWORKS).why == BOXED


class Route:
    """A socket that knows from where its machine would send, and that can send nothing."""

    FROM: ClassVar = {"192.0.2.1": NETWORKS[0], "10.42.0.2": NETWORKS[1], "10.0.0.1": "127.0.0.1"}

    def __init__(self, family: int, kind: int) -> None:
        assert (family, kind) == (socket.AF_INET, socket.SOCK_DGRAM), "to connect it sends no packet"

    def __enter__(self) -> Route:
        return self

    def __exit__(self, *_: object) -> None: ...

    def connect(self, address: tuple[str, int]) -> None:
        if address[0] == "172.16.0.1":
            raise OSError("Network is unreachable")
        self.to = address[0]

    def getsockname(self) -> tuple[str, int]:
        return self.FROM.get(self.to, NETWORKS[0]), 40000


def test_addresses_in_the_network_are_read_from_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", Route)
    assert lan.addresses() == NETWORKS


# ── on the page ──────────────────────────────────────────────────────────────────────────────────────────────────


def _proses(page: AppTest) -> list[dict[str, Any]]:
    """What every piece of prose on the page was mounted with."""
    mounted = [element.proto for element in page.get("bidi_component")]
    return [json.loads(proto.json) for proto in mounted if proto.component_name == "distillery_prose"]


def _at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(share, "current_reach", lambda: reach(url, lambda: NETWORKS))


def test_a_class_gets_an_address_a_code_and_both_large(
    store: Store, learner: str, in_the_open: pytest.MonkeyPatch
) -> None:
    _at(in_the_open, AT_HOME)
    page = lab_page()
    page._page_hash = calc_hash("lesson")
    page.query_params.update({"lesson": "temperature", "step": "soften"})
    page.run()
    link = f"http://192.168.1.20:8501{BASE_PATH}/lesson?lesson=temperature&step=soften"
    assert page.code[0].value == link
    page.pills(key="class-share-network").set_value(f"http://10.42.0.1:8501{BASE_PATH}").run()
    assert page.code[0].value == link.replace("192.168.1.20", "10.42.0.1")
    html = [data["html"] for data in _proses(page) if "popover" in data["html"]]
    assert len(html) == 1 and html[0].count("<svg") == 2 and "10.42.0.1" in html[0]


@pytest.mark.parametrize(("listens", "dead"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_a_link_that_leads_nowhere_has_no_code(
    store: Store, learner: str, in_the_open: pytest.MonkeyPatch, listens: str, dead: bool
) -> None:
    _listen(in_the_open, listens)
    _at(in_the_open, AT_HOME)
    page = lab_page()
    page._page_hash = calc_hash("progress")
    page.run()
    press(page, "way-show")
    assert ("listens on this machine alone" in words(page)) is dead
    assert any("<svg" in data["html"] for data in _proses(page)) is not dead
    assert (devices.PHRASE_SERVES in words(page)) is dead


def test_the_large_view_is_of_that_link_and_takes_no_markup_from_it() -> None:
    html = share.large('http://here/lesson?lesson=<i>&step="b"', "k")
    assert "<i>" not in html and html.count('popovertarget="wall-k"') == 2 and 'id="wall-k"' in html


def test_a_code_is_drawn_in_the_pages_own_ink() -> None:
    html = share.code_of("https://example.org/move#" + "A" * 22)
    assert (
        html.count("<svg") == 1
        and "fill=" not in html
        and "#" not in html
        and 'stroke="currentColor"' in html
        and 'role="img"' in html
    )
