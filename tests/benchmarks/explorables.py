"""How fast the lessons' figures follow a hand, in a real headless browser: pointer moves and keys on each slider.

Times are taken in the page (explorables.js): from the event to the end of the frame that shows its effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.browser import PATIENCE, p95
from tests.benchmarks.machine import words
from tests.benchmarks.runs import server
from tests.browser import ARGUMENTS, find
from tests.predicting import save_prediction

WATCH = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
TURNS = 200


@dataclass(frozen=True)
class Explorable:
    """A slider on a page. root: of the figure; asks: steps of which a prediction is saved before, each."""

    name: str
    at: str
    root: str
    slider: str
    asks: tuple[str, ...] = ()

    @property
    def lesson(self) -> str:
        """The address of the lesson, without its step."""
        return self.at.partition("&")[0]


EXPLORABLES = (
    Explorable("fits", "/lesson?lesson=why&step=fits", ".fits", ".slider"),
    Explorable("formula", "/lesson?lesson=temperature&step=soften", ".softening", ".slider"),
    Explorable("microscope", "/lesson?lesson=t-squared&step=squared", ".microscope", ".slider", ("price",)),
    Explorable("similarity", "/lesson?lesson=soft-labels&step=alike", ".similarity", ".slider", ("tree",)),
    Explorable(
        "slow_motion", "/lesson?lesson=training-step&step=step", ".slow", "#slow-temperature", ("pulls", "pulls")
    ),
    Explorable("queries", "/lesson?lesson=heavy-professor&step=queries", ".queries", ".slider", ("predict",)),
    Explorable("never_shown", "/lesson?lesson=never-shown&step=bias", ".never", ".slider", ("predict",)),
    Explorable("label_dial", "/lesson?lesson=how-much&step=read", ".labels-dial", ".slider", ("predict",)),
)


def measure() -> Iterator[tuple[str, object]]:
    """Yield p95 of picture and handler for every figure, and the worst of all."""
    path = find()
    if path is None:
        raise SystemExit("No Chromium was found: make browser")
    pictures, handlers = [], []
    with server() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        for one in EXPLORABLES:
            turns = followed(chromium, address, one)
            pictures.append(p95([turn["drawn"] for turn in turns]))
            handlers.append(p95([turn["handler"] for turn in turns]))
            yield f"{one.name}_picture_p95_ms", pictures[-1]
            yield f"{one.name}_handler_p95_ms", handlers[-1]
            yield f"{one.name}_picture_ms", in_words([turn["drawn"] for turn in turns])
            yield f"{one.name}_turns", len(turns)
        chromium.close()
    yield "explorables_picture_p95_ms", max(pictures)
    yield "explorables_handler_p95_ms", max(handlers)
    yield "machine", words()


def in_words(times: Sequence[float]) -> str:
    """Median, 95th percentile and the longest."""
    return f"median {median(times):.1f}, p95 {p95(list(times)):.1f}, longest {max(times):.1f}"


def followed(chromium: Browser, address: str, one: Explorable) -> list[dict[str, Any]]:
    """Turn one slider by hand and by keys. Raises RuntimeError where the figure does not change with it."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH)
    page = context.new_page()
    for at, step in enumerate(one.asks):
        page.goto(f"{address}{one.lesson}&step={step}")
        save_prediction(page)
        page.locator('.predict[data-saved="true"]').nth(one.asks[:at].count(step)).wait_for()
    page.goto(f"{address}{one.at}")
    page.locator(f"{one.root}[data-ready]").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    slider = page.locator(f"{one.root} {one.slider}").first
    slider.scroll_into_view_if_needed()
    page.evaluate("root => measured.watch(root)", one.root)
    dragged, typed = drag(page, slider), press(page, slider)
    context.close()
    if len({turn["text"] for turn in dragged + typed}) < 5:
        raise RuntimeError(f"{one.name} says the same wherever its slider is")
    return dragged + typed


def drag(page: Page, slider: Any) -> list[dict[str, Any]]:
    """Move the pointer with the button held, each time to another value."""
    place = slider.bounding_box()
    middle, at, step = place["y"] + place["height"] / 2, 0.5, 0.029
    page.mouse.move(place["x"] + at * place["width"], middle)
    page.mouse.down()
    while turns(page) < TURNS:
        step = step if 0.05 < at + step < 0.95 else -step
        at += step
        page.mouse.move(place["x"] + at * place["width"], middle)
    page.mouse.up()
    return taken(page)


def press(page: Page, slider: Any) -> list[dict[str, Any]]:
    """Press the arrow keys, up and down the whole range."""
    slider.focus()
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    key = "ArrowRight"
    while turns(page) < TURNS:
        value = float(slider.input_value())
        key = "ArrowLeft" if value >= high - 1e-6 else "ArrowRight" if value <= low + 1e-6 else key
        page.keyboard.press(key)
    return taken(page)


def turns(page: Page) -> int:
    """How many turns of the slider were drawn."""
    return int(page.evaluate("measured.turns.length"))


def taken(page: Page) -> list[dict[str, Any]]:
    """The turns so far; the page begins to count anew."""
    page.wait_for_timeout(600)
    found: list[dict[str, Any]] = page.evaluate("measured.turns.splice(0)")
    return found
