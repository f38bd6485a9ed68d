"""What a visitor waits for, in a real headless browser: the first load, the dial, another page, the first gain.

Times are taken in the page (browser.js): from the event to the end of the frame that shows its effect.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.clients import Session, fetch_all
from tests.benchmarks.machine import words
from tests.benchmarks.runs import server
from tests.browser import ARGUMENTS, find

WATCH = (Path(__file__).parent / "browser.js").read_text(encoding="utf-8")
TURNS, LOADS, CROWD, SWITCHES, VISITS = 200, 5, 30, 8, 10
PATIENCE = 120_000  # milliseconds that anything may take
TRAIN = ".st-key-train button:visible"
MORE_SEEDS = ".bench .more:visible"


def measure() -> Iterator[tuple[str, object]]:
    """Yield the figures of the first load, the dial, the pages and the way to a first gain."""
    path = find()
    if path is None:
        raise SystemExit("No Chromium was found: make browser")
    with server() as address:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
            page, _ = loaded(chromium, address)  # once, to warm the server and the disk
            page.context.close()
            yield from first_loads(chromium, address)
            yield from dial(chromium, address)
            yield from pages(chromium, address)
            yield from gains(chromium, address)
            paths = until_the_picture(chromium, address)
            chromium.close()
        crowds = [asyncio.run(crowd(address, paths)) for _ in range(LOADS)]  # Playwright has a loop of its own
        yield "cold_loads_30_s", median(max(seconds) for seconds in crowds)
        yield "cold_loads_30_s_each", spread([max(seconds) for seconds in crowds])
        yield "cold_loads_30_files", len(paths)
    yield "machine", words()


def visited(chromium: Browser) -> Page:
    """A page of a new visitor, with an empty cache, that measures itself."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH)
    return context.new_page()


def loaded(chromium: Browser, address: str) -> tuple[Page, float]:
    """The lab with its picture, at a new visitor's; and the milliseconds that it took."""
    page = visited(chromium)
    page.goto(f"{address}/lab", wait_until="commit")
    return page, pictured(page)


def pictured(page: Page) -> float:
    """Milliseconds from the navigation to the picture."""
    page.wait_for_function("() => window.measured?.picture", timeout=PATIENCE)
    return float(page.evaluate("measured.picture"))


def at_rest(page: Page) -> None:
    """Wait until everything has arrived that comes without being asked for."""
    page.locator('.bench[data-chart="plotly"]').wait_for()
    page.wait_for_load_state("networkidle")


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return quantiles(values, n=20)[-1]


def spread(values: list[float], digits: int = 2) -> str:
    """Every value, to show how much they vary."""
    return " ".join(f"{value:.{digits}f}" for value in sorted(values))


# ── the first load ───────────────────────────────────────────────────────────────────────────────────────────────


def first_loads(chromium: Browser, address: str) -> Iterator[tuple[str, object]]:
    """Time to the picture, and what came over the wire before anything was pressed."""
    seconds = []
    for _ in range(LOADS):
        page, milliseconds = loaded(chromium, address)
        seconds.append(milliseconds / 1000)
        page.context.close()
    moved = [front(chromium, address) for _ in range(LOADS)]
    yield "front_moves_s", median(moved)
    yield "front_moves_s_each", spread(moved)
    yield "cold_load_s", median(seconds)
    yield "cold_load_s_each", spread(seconds)
    page = visited(chromium)
    wire = Wire(page)
    page.goto(f"{address}/lab", wait_until="commit")
    at_rest(page)
    yield "first_load_mb", sum(wire.bytes.values()) / 1e6
    yield "first_load_requests", len(wire.bytes)
    yield "first_load_kb_each", wire.in_words()
    page.context.close()


def front(chromium: Browser, address: str) -> float:
    """Seconds from the navigation to the front page until its picture has moved, at a new visitor's."""
    page = visited(chromium)
    page.goto(address, wait_until="commit")
    moved = page.wait_for_function(
        """() => {
            const moving = document.getAnimations().filter(({ effect }) => effect.target.closest(".to-scale"))
            return moving.some(({ currentTime }) => currentTime > 0) && performance.now()
        }"""
    ).json_value()
    page.context.close()
    return float(moved) / 1000


def until_the_picture(chromium: Browser, address: str) -> list[str]:
    """Paths of what a first visit fetches until its picture is there."""
    page = visited(chromium)
    wire = Wire(page)
    page.goto(f"{address}/lab", wait_until="commit")
    pictured(page)
    paths = [url.removeprefix(address) for url in wire.bytes if url.startswith(address)]
    page.context.close()
    return paths


class Wire:
    """Bytes that a page receives, as they came over the wire: headers and compressed bodies, and the websocket."""

    def __init__(self, page: Page) -> None:
        self.bytes: dict[str, int] = {}
        self._urls: dict[str, str] = {}
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", lambda it: self._urls.update({it["requestId"]: it["request"]["url"]}))
        network.on(
            "Network.loadingFinished", lambda it: self._add(self._urls[it["requestId"]], it["encodedDataLength"])
        )
        network.on("Network.webSocketFrameReceived", lambda it: self._add("websocket", self._frame(it["response"])))

    def _add(self, url: str, count: float) -> None:
        self.bytes[url] = self.bytes.get(url, 0) + int(count)

    @staticmethod
    def _frame(response: dict[str, Any]) -> int:
        binary = response["opcode"] == 2  # then the payload is told in base64
        return len(response["payloadData"]) * 3 // 4 if binary else len(response["payloadData"])

    def in_words(self) -> str:
        """What is large, in kB: "plotly.min.js 1412, index.Dx3.js 801, …, 41 others 204"."""
        ordered = sorted(self.bytes.items(), key=lambda item: -item[1])
        large, others = ordered[:6], ordered[6:]
        named = [f"{url.partition('?')[0].rpartition('/')[2]} {count / 1000:.0f}" for url, count in large]
        return ", ".join([*named, f"{len(others)} others {sum(count for _, count in others) / 1000:.0f}"])


async def crowd(address: str, paths: Sequence[str]) -> list[float]:
    """Seconds of thirty first visits at once: all that a browser fetched before its picture, and the page's script."""

    async def visit() -> float:
        start, session = time.perf_counter(), Session(address)
        await asyncio.gather(fetch_all(address, paths), session.open())
        seconds = time.perf_counter() - start
        await session.close()
        return seconds

    return await asyncio.gather(*(visit() for _ in range(CROWD)))


# ── the dial ─────────────────────────────────────────────────────────────────────────────────────────────────────


def dial(chromium: Browser, address: str) -> Iterator[tuple[str, object]]:
    """From the temperature dial to the bars, with a finished run and everything else on the page."""
    page, _ = loaded(chromium, address)
    at_rest(page)
    train(page)
    page.locator(".gallery").scroll_into_view_if_needed()
    page.locator(".gallery .groups").wait_for()
    page.locator("#dial-temperature").scroll_into_view_if_needed()
    page.wait_for_timeout(2000)
    page.evaluate("measured.watch()")
    dragged, typed = drag(page), press(page)
    yield "slider_p95_ms", p95([turn["drawn"] for turn in dragged + typed])
    yield "handler_p95_ms", p95([turn["handler"] for turn in dragged + typed])
    for name, turns in (("drag", dragged), ("keys", typed)):
        times = [turn["drawn"] for turn in turns]
        yield f"slider_{name}_ms", f"median {median(times):.1f}, p95 {p95(times):.1f}, longest {max(times):.1f}"
        times = [turn["handler"] for turn in turns]
        yield f"handler_{name}_ms", f"median {median(times):.1f}, p95 {p95(times):.1f}, longest {max(times):.1f}"
        yield f"turns_{name}", len(turns)
    page.context.close()


def drag(page: Page) -> list[dict[str, float]]:
    """Move the pointer with the button held, each time to another value."""
    place = page.locator("#dial-temperature").bounding_box()
    assert place is not None
    middle, at = place["y"] + place["height"] / 2, 0.5
    page.mouse.move(place["x"] + at * place["width"], middle)
    page.mouse.down()
    step = 0.029
    while turns(page) < TURNS:
        if not 0.05 < at + step < 0.95:
            step = -step
        at += step
        page.mouse.move(place["x"] + at * place["width"], middle)
    page.mouse.up()
    page.wait_for_timeout(1500)
    return taken(page)


def press(page: Page) -> list[dict[str, float]]:
    """Press the arrow keys, up and down the whole range."""
    page.locator("#dial-temperature").focus()
    low, high = (float(page.locator("#dial-temperature").get_attribute(end) or 0) for end in ("min", "max"))
    key = "ArrowRight"
    while turns(page) < TURNS:
        value = float(page.locator("#dial-temperature").input_value())
        key = "ArrowLeft" if value >= high else "ArrowRight" if value <= low else key
        page.keyboard.press(key)
    page.wait_for_timeout(1500)
    return taken(page)


def turns(page: Page) -> int:
    """How many turns of the dial were drawn."""
    return int(page.evaluate("measured.turns.length"))


def taken(page: Page) -> list[dict[str, float]]:
    """The turns so far; the page begins to count anew."""
    found: list[dict[str, float]] = page.evaluate("measured.turns.splice(0)")
    return found


# ── other pages ──────────────────────────────────────────────────────────────────────────────────────────────────


def pages(chromium: Browser, address: str) -> Iterator[tuple[str, object]]:
    """From a press in the masthead to the other page, and back to the lab's picture."""
    page, _ = loaded(chromium, address)
    at_rest(page)
    names = page.locator(".st-key-masthead [data-testid=stPageLink-NavLink]").all_inner_texts()
    seconds: dict[str, list[float]] = {name: [] for name in names}
    lab = names.index("Lab")  # where this begins
    for _ in range(SWITCHES + 1):
        for name in [*names[lab + 1 :], *names[: lab + 1]]:
            seconds[name].append(switched(page, name) / 1000)
    page.context.close()
    yield "page_switch_s", max(median(times[1:]) for times in seconds.values())  # the first fetches what it needs
    for name, times in seconds.items():
        yield f"page_switch_to_{name.lower().replace(' ', '_')}_s", spread(times)


def switched(page: Page, name: str) -> float:
    """Milliseconds from a press on a link of the masthead to the page that it leads to."""
    page.evaluate(
        """name => {
            const before = document.querySelector("h1")
            const there = () => {
                const title = document.querySelector("h1")
                return title && title.textContent !== window.left && (name !== "Lab" || measured.curves())
            }
            window.left = before?.textContent
            document.addEventListener("click", () => {
                const from = performance.now()
                window.arrived = measured.whenDrawn(there).then((t) => t - from)
            }, { capture: true, once: true })
        }""",
        name,
    )
    page.locator(".st-key-masthead").get_by_role("link", name=name, exact=True).click()
    page.wait_for_function("title => document.querySelector('h1')?.textContent !== title", arg=page.evaluate("left"))
    found = float(page.evaluate("window.arrived"))
    page.wait_for_timeout(700)
    return found


# ── a first gain ─────────────────────────────────────────────────────────────────────────────────────────────────


def gains(chromium: Browser, address: str) -> Iterator[tuple[str, object]]:
    """From opening the front page to a gain that was computed on a run of one's own."""
    visits = [first_gain(chromium, address) for _ in range(VISITS)]
    reached = [visit for visit in visits if visit[2]]
    yield "aha_clicks", max(clicks for clicks, _, _ in reached)
    yield "aha_s", max(seconds for _, seconds, _ in reached)
    yield "aha_reached", f"{len(reached)} of {len(visits)} visits"
    yield "aha_clicks_each", " ".join(str(clicks) for clicks, _, _ in visits)
    yield "aha_s_each", " ".join(f"{seconds:.1f}" for _, seconds, _ in visits)


def first_gain(chromium: Browser, address: str) -> tuple[int, float, bool]:
    """(clicks, seconds, whether a gain is shown): to the lab, Train, then what the page offers where there is none."""
    start, page, clicks, gained = time.monotonic(), visited(chromium), 1, False
    page.goto(address)
    page.get_by_role("link", name="Train two students now").click()
    page.locator(".bench[data-ready]").wait_for()
    while not gained and clicks < 3:
        train(page, MORE_SEEDS if clicks > 1 else TRAIN)
        clicks += 1
        gained = page.locator(".bench .verdict").get_attribute("data-kind") == "better"
        if not gained and not page.locator(MORE_SEEDS).count():
            break
    seconds = time.monotonic() - start
    page.context.close()
    return clicks, seconds, gained


def train(page: Page, button: str = TRAIN) -> None:
    """Press a button that trains, and wait for the verdict on the new run."""
    before = page.locator(".bench").get_attribute("data-run")
    page.locator(button).click()
    page.wait_for_function(
        """before => {
            const { run, state } = document.querySelector(".bench").dataset
            return run !== before && state === "finished"
        }""",
        arg=before,
        timeout=PATIENCE,
    )
