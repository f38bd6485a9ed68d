"""A thousand links that nobody would make on purpose: each opens a page with sentences, never a traceback."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode

import pytest
from streamlit.testing.v1 import AppTest

from app.catalog.declared import CONTROLS, DATA, METHODS, STUDENTS
from app.experiments.recordings import recordings
from app.experiments.recordings import runs as recorded
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.sweep import KIND_KEY, SWEEP_KEY, SWEEPS, Sweep
from app.figures.run_source import run_source
from app.store import Store
from app.teaching.challenges import CHALLENGES, KEY
from app.views import pins, routes, sweep_state
from app.views.address import SHOW_KEY
from app.views.lab import why_disabled
from app.views.lab_state import SHOWS, open_address
from tests.experiments.examples import Text
from tests.views.conftest import ME, SOMEBODY, Opened, address, run_of

LINKS, OPENED = 1000, 24
KNOWN_KEYS = (*CONTROLS, "run", SHOW_KEY, KEY, *pins.PLACES)
HOSTILE = (
    "", " ", "0", "-1", "3", "8.0", "8,5", "1e9", "1e-400", "NaN", "inf", "-inf", "٣", "½", "0x10", "1_000", "+8", "08",
    "9" * 400, "." * 400, "12.904.33", "12.12", "12.", ".12", "1.2.3.4.5.6.7.8.9.10.11.12", "999999999.1", "true",
    "None", "null", "[]", "{}", "banana", "mnist", "MNIST", "mnist ", "cnn-9k\n", "../../etc/passwd", "..\\..\\", "/",
    "own-", "own-x", "own-" + "a" * 300, "recorded-", "recorded-nosuch", "recorded-../x", "nosuchrun234",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[a](javascript:1)", "**bold**", "$\\frac{1}{0}$",
    ":red[x]", "`code`", "'; drop table runs; --", "%00", "\x00", "\x1b[31m", "\u202eabc", "\ud83d", "☃", "日本語" * 50,
    "🧪" * 300, "a" * 5000, "a&b=c", "a=b", "#", "?", "\r\nSet-Cookie: x", "{{7*7}}", "${7*7}", "%s%s%n",
)  # fmt: skip


def links(count: int, runs: list[str], seed: int = 20261122) -> Iterator[dict[str, str]]:
    """Parameters of `count` links, always the same ones. runs: ids of runs that there are."""
    chance = random.Random(seed)
    good = (*DATA, *STUDENTS, *METHODS, *SHOWS, *CHALLENGES, *recorded.recorded_runs(), *runs)
    strange = (
        "",
        " ",
        "Run",
        "RUN",
        "embed",
        "embed_options",
        "__proto__",
        "data[]",
        "é",
        "☃",
        "a" * 3000,
        "<b>",
        "\x00",
    )
    for _ in range(count):
        keys = [chance.choice(strange if chance.random() < 0.15 else KNOWN_KEYS) for _ in range(chance.randint(1, 9))]
        yield {key: value(chance, good) for key in keys}


def value(chance: random.Random, good: tuple[str, ...]) -> str:
    """One value: right for some key, hostile, or noise."""
    kind = chance.random()
    if kind < 0.3:
        return chance.choice(good)
    if kind < 0.7:
        return chance.choice(HOSTILE)
    if kind < 0.85:
        return f"{chance.uniform(-30, 5000):.{chance.randint(0, 3)}f}"
    return "".join(chr(chance.choice((chance.randint(0, 127), chance.randint(128, 0x2FFF)))) for _ in range(12))


@pytest.fixture
def runs(store: Store) -> list[str]:
    """Runs of oneself and of somebody else in every state, and one that another version made."""
    states = ("running", "paused", "stopped", "failed", "interrupted", "finished", "queued")
    found = [run_of(store, ME, "finished"), run_of(store, SOMEBODY, "finished", data="fashion", teacher="fashion")]
    found += [run_of(store, f"{number:024d}", state) for number, state in enumerate(states)]
    return [*found, store.runs.submit(Text('{"made": "by another version"}'), "c" * 24)]


def test_a_thousand_links_are_read_and_written_again(store: Store, runs: list[str]) -> None:
    for params in links(LINKS, runs):
        tab = open_address(params, store)
        assert all(sentence.endswith((".", ":")) and "\n" not in sentence for sentence in tab.problems), params
        assert all("<" not in sentence and len(sentence) < 400 for sentence in tab.problems), params
        run_source(tab.run_id, tab.settings["data"], store)
        assert why_disabled(tab).endswith(".") or not why_disabled(tab), params
        written = dict(parse_qsl(urlencode(tab.query()), strict_parsing=True))
        again = open_address(written, store)
        assert again.query() == tab.query(), params
        assert again.problems == [], (params, again.problems)


def test_a_thousand_links_to_the_page_of_runs_are_read(store: Store, runs: list[str]) -> None:
    for params in links(LINKS, runs, seed=7):
        found = pins.from_address(params)
        pins.look_up(found, store)
        assert set(found.query()) <= set(pins.PLACES), params
        assert all(sentence.endswith(".") and "<" not in sentence for sentence in found.problems), params


def test_a_thousand_links_to_the_page_of_sweeps_are_read(store: Store, runs: list[str]) -> None:
    chance = random.Random(9)
    good = (*SWEEPS, *recordings(RecordedSweep), *runs)
    for params in links(LINKS, runs, seed=8):
        params |= {key: value(chance, good) for key in (KIND_KEY, SWEEP_KEY) if chance.random() < 0.7}
        tab = sweep_state.open_address(params, store)
        assert isinstance(tab.plan(), Sweep), params
        assert all("<" not in sentence and len(sentence) < 400 for sentence in tab.sentences), params
        again = sweep_state.open_address(tab.query(), store)
        assert (again.query(), again.problems) == (tab.query(), []), params


def test_links_open_the_lab(opened: Opened, runs: list[str]) -> None:
    for params in links(OPENED, runs, seed=1):
        page = opened(**params)  # fails on an exception
        assert page.title and not page.exception, params
        assert set(address(page)) <= {*CONTROLS, "run", SHOW_KEY, KEY, "embed", "embed_options"}, params


def test_links_open_every_other_page(opened: Opened, runs: list[str]) -> None:
    page = opened()
    for name in ("runs", "your images", "about"):
        for params in links(OPENED // 3, runs, seed=2):
            turned = _to(page, name, params)
            assert not turned.exception, (name, params)


def _to(page: AppTest, name: str, params: dict[str, str]) -> AppTest:
    page.query_params.clear()
    page.query_params.update({key: text.encode("utf-8", "replace").decode() for key, text in params.items()})
    page._page_hash = routes.to(name)._script_hash
    return page.run()
