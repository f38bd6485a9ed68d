"""A real server with a warm worker, and a real browser, for each process of browser tests."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, expect, sync_playwright
from sqlalchemy import select

from app.server.streamlit_internals import HEALTH
from app.store import LIVE, Store
from app.store.tables import runs
from tests import waiting
from tests.browser import ARGUMENTS, find
from tests.serving import START_SECONDS, Served, serving
from tests.waiting import wait_for

PATIENCE = 1000 * waiting.PATIENCE  # milliseconds that a page may take for anything
LONG = "?labels=4000&epochs=100"  # 6,300 updates: it goes on until it is stopped
DESK: ViewportSize = {"width": 1440, "height": 900}

expect.set_options(timeout=PATIENCE)  # its own five seconds are short on a busy machine

OpenPage = Callable[..., Page]


class Server(Served):
    """The server of the browser tests, and what lies behind it."""

    def store(self) -> Store:
        """The store that it uses, opened from here."""
        return Store(f"sqlite:///{(self.home / 'distillery.db').as_posix()}")

    def processes(self, module: str) -> list[int]:
        """Process ids of what runs that module for this server."""
        found = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
        pids = [int(line.split()[0]) for line in found.splitlines() if f"-m {module}" in line]
        return [pid for pid in pids if _home_of(pid) == str(self.home)]

    def stop_everything(self) -> None:
        """Stop what a test left going: the next one needs the cores."""
        store = self.store()
        with store.database.read() as db:
            left = db.execute(select(runs.c.id, runs.c.learner).where(runs.c.state.in_(LIVE))).all()
        for run_id, learner in left:
            store.runs.request(run_id, learner, "stop")
        store.close()


def _home_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            variables = dict(part.split(b"=", 1) for part in file.read().split(b"\0") if b"=" in part)
    except OSError:
        return ""
    return variables.get(b"DISTILLERY_HOME", b"").decode()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as served:
        # Answered once a worker has looked at the images, and so is warm.
        wait_for(lambda: served.get("/api/teachers/mnist/answers?data=mnist&image=0")[0] == 200, START_SECONDS)
        yield Server(served.url, served.home, served.process)


@pytest.fixture(scope="package")  # while it is there, no other test of this process can run a loop of its own
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium() -> str:
    path = find()
    if path is None:
        pytest.fail("no Chromium was found: python -m tests.browser gets one")
    return path


@pytest.fixture(scope="package")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
    yield started
    started.close()


SEEN = {"media": "null", "color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none"}


class Kept:
    """One visitor at a time, in a tab that has Distillery's files and their compiled scripts already: a page costs a
    third. Between two visitors all that the first one left is forgotten.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.blank = context.pages[0]  # a browser whose last page is closed ends
        self.tab = context.new_page()
        self.free = True

    def page(self, viewport: ViewportSize = DESK, **media: Any) -> Page:
        """The tab on such a screen; media: color_scheme, reduced_motion."""
        self.free = False
        self.tab.set_viewport_size(viewport)
        self.tab.emulate_media(**SEEN | media)
        return self.tab

    def leave(self, url: str) -> None:
        """The visitor goes, and leaves nothing but files that everybody gets. url: of a small answer of the server."""
        for page in self.context.pages:
            if page not in (self.blank, self.tab):
                page.goto("about:blank")  # ends the visit as a closed tab does, once its beacons are sent
                page.close()
        if self.tab.is_closed():
            self.tab = self.context.new_page()
        elif not self.free:
            self.tab.unroute_all()
            self.tab.goto(url)  # of the same origin: the tab keeps its process, and what is stored for it is at hand
            self.tab.evaluate("sessionStorage.clear()")
            self.tab.mouse.move(0, 0)
        self.context.clear_cookies()
        self.free = True


class Doors:
    """A browser with one visitor, and one more for a test that has two of them."""

    def __init__(self, start: Callable[[], BrowserContext]) -> None:
        self._start = start
        self.kept: list[Kept] = []

    def free(self) -> Kept | None:
        """One that nobody uses; None: both are in use."""
        if all(not one.free for one in self.kept) and len(self.kept) < 2:
            self.kept.append(Kept(self._start()))
        return next((one for one in self.kept if one.free), None)


@pytest.fixture(scope="package")
def doors(playwright: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    def start() -> BrowserContext:
        profile = tmp_path_factory.mktemp("profile")
        launch = playwright.chromium.launch_persistent_context
        context = launch(profile, executable_path=chromium, args=list(ARGUMENTS), viewport=DESK)
        context.set_default_timeout(PATIENCE)
        return context

    started = Doors(start)
    yield started
    for one in started.kept:
        one.context.close()


@pytest.fixture
def visitor(request: pytest.FixtureRequest) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a new visitor: a browser context with cookies of its own, in a browser that has seen nothing yet."""
    made: list[BrowserContext] = []

    def make(**settings: Any) -> BrowserContext:
        browser: Browser = request.getfixturevalue("browser")
        context = browser.new_context(**{"viewport": DESK, **settings})
        context.set_default_timeout(PATIENCE)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def opened(server: Server, doors: Doors, visitor: Callable[..., BrowserContext]) -> Iterator[OpenPage]:
    """Opens the lab, a page by its name, or "/"; waits for it; at the end looks for what went wrong in silence.

    Each call is a visitor of its own, unless it names the context of another.
    """
    troubles: list[str] = []
    heard: dict[Any, Callable[[Any], None]] = {
        "pageerror": lambda error: troubles.append(f"script: {error}"),
        "console": lambda message: troubles.extend(forbidden(message.text)),
        "request": lambda request: troubles.extend(_elsewhere(request.url, server.url)),
        "response": lambda answer: troubles.extend(_broken(answer.status, answer.url)),
    }

    def open_page(query: str = "", context: BrowserContext | None = None, wait: bool = True, **settings: Any) -> Page:
        simple = settings.keys() <= {"viewport", "color_scheme", "reduced_motion"}
        if context is not None:
            page = context.new_page()
        elif simple and (kept := doors.free()):
            page = kept.page(**settings)
        else:
            page = visitor(**settings).new_page()
        for event, hear in heard.items():
            page.on(event, hear)
        page.goto(f"{server.url}{'' if query == '/' else '/' if query[:1].isalpha() else '/lab'}{query}")
        if wait:
            ready(page)
        return page

    yield open_page
    for kept in doors.kept:
        used = [] if kept.free else [kept.tab]
        kept.leave(f"{server.url}{HEALTH}")
        for page, (event, hear) in product(used, heard.items()):
            page.remove_listener(event, hear)
    server.stop_everything()
    assert troubles == []


def _elsewhere(url: str, home: str) -> list[str]:
    return [] if url.startswith((home, "data:", "blob:")) else [f"asked another server: {url}"]


def forbidden(said: str) -> list[str]:
    """What the browser says of something that the Content-Security-Policy forbids."""
    return [said] if "Content Security Policy" in said else []


def _broken(status: int, url: str) -> list[str]:
    return [f"{status}: {url}"] if status >= 500 else []


def ready(page: Page) -> None:
    """Wait until controls, bench and bars are there."""
    page.locator(".bench[data-ready]").wait_for()
    page.locator(".answers[data-ready] .bar").first.wait_for()
    page.locator(".dials input").first.wait_for()
    page.locator(".st-key-train button:visible").wait_for()


def wait_for_state(page: Page, *states: str) -> None:
    """Wait until the bench shows one of these states."""
    expect(page.locator(".bench")).to_have_attribute("data-state", re.compile(f"^({'|'.join(states)})$"))


def params(page: Page) -> dict[str, str]:
    """The parameters in the address bar. Asked of the page itself: `page.url` stands still while a test waits."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.evaluate("location.href")).query).items()}


def bars(page: Page) -> list[str]:
    """The probability behind each bar, as the page has it."""
    shares: list[str] = page.locator(".answers .bar").evaluate_all("bars => bars.map(bar => bar.dataset.share)")
    return shares


RUN_IN_ADDRESS = "() => new URL(location).searchParams.get('run')"


def train(page: Page) -> str:
    """Press Train, wait until the bench shows the new run, and return its id."""
    return press_for_a_run(page, ".st-key-train button:visible")


def press_for_a_run(page: Page, button: str) -> str:
    """Press what starts a run, wait until the bench shows it, and return its id."""
    before = page.evaluate(RUN_IN_ADDRESS)
    page.locator(button).click()
    page.wait_for_function(f"before => ({RUN_IN_ADDRESS})() !== before", arg=before)
    run_id = str(page.evaluate(RUN_IN_ADDRESS))
    page.locator(f'.bench[data-run="{run_id}"]').wait_for()
    return run_id


def box(page: Page, selector: str) -> dict[str, float]:
    """Where an element is on the screen."""
    found = page.locator(selector).first.bounding_box()
    assert found is not None, f"{selector} is not visible"
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}
