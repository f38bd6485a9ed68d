"""Screens of every kind: a projector of three sizes, a reader's own few colours, a large zoom, paper."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

import app.figures  # noqa: F401  # lessons know their figures only then
from app.server.identity import COOKIE
from app.teaching.lessons import lessons
from tests.benchmarks.projector import answer
from tests.e2e.conftest import LONG, OpenPage, Server, params, train, wait_for_state

SIZES = ((1024, 768), (1280, 720), (1920, 1080))
LARGE = {
    "lab?show=run": ".bench[data-ready] .made",
    "lab?show=image": ".answers[data-ready] .bar",
    "lab?show=all": ".gallery .images",
    "sweeps?show=large": ".sweep[data-ready] .cells button",
    "runs?a=recorded-mnist-kd&b=recorded-fashion-kd&show=large": ".compare[data-ready] .made",
    "lesson?lesson=temperature&show=large": ".softening[data-ready]",
    "lesson?lesson=twins&step=quiz&show=large": ".question[data-ready]",
}
LONGER = "With few seeds the interval is wide. More seeds narrow it, whichever way it falls. " * 3
SEEN_AT_ONCE = """() => {
  const page = document.querySelector(".stMain")
  return page.scrollHeight <= page.clientHeight + 2 && page.scrollWidth <= page.clientWidth
}"""
PARTS = """() => {  // what a part looks like beside the paper, by the reader's own colours
  const probe = document.body.appendChild(document.createElement("i"))
  const named = (colour) => ((probe.style.color = colour), getComputedStyle(probe).color)
  const ground = (selector) => getComputedStyle(document.querySelector(selector)).backgroundColor
  const found = {
    paper: named("Canvas"),
    chosen: ground('button[data-variant="pills"][data-selected="true"]'),
    track: ground('[data-testid="stSlider"] [role="group"] > [data-rac] > div'),
    thumb: ground('[data-testid="stSlider"] [role="group"] > [data-rac] > [data-rac]'),
    bar: ground(".answers .bar.teacher"),
    swatch: ground(".answers .soft-key i"),
    dial: getComputedStyle(document.querySelector(".dials .slider")).forcedColorAdjust,
    pressed: getComputedStyle(document.querySelector('.soft-scales [aria-pressed="true"]')).boxShadow,
  }
  probe.remove()
  return found
}"""
PRESSED = "button.plain:not([aria-pressed=true])"  # what is chosen is read on paper
CONTROLS = f".stMain :is({PRESSED}, .slider, input), [data-testid=stButton] button, .st-key-masthead a"
AS_WIDE_AS_PAPER = """() => [...document.querySelectorAll(".distillery svg.chart")].filter((one) =>
  one.checkVisibility() && Math.abs(one.viewBox.baseVal.width - one.parentElement.clientWidth) > 2
).map((one) => one.outerHTML.slice(0, 120))"""
PAST_THE_EDGE = """() => {
  const page = document.querySelector("[data-testid=stMainBlockContainer]")
  const edge = page.getBoundingClientRect().right + 1
  const drawn = [...page.querySelectorAll(".distillery *")].filter((one) => one.checkVisibility())
  const cut = (one) => getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1
  return drawn.filter((one) => !one.closest("svg *, .visually-hidden"))
    .filter((one) => one.getBoundingClientRect().right > edge || cut(one)).map((one) => one.outerHTML.slice(0, 120))
}"""
BLANK = """() => [...document.querySelectorAll(".distillery canvas")].filter((one) => one.checkVisibility() &&
  !one.getContext("2d").getImageData(0, 0, one.width, one.height).data.some(Boolean)).map((one) => one.className)"""
LIES_ON = """(selector) => {
  const said = document.querySelector(".away:not(.waits)").getBoundingClientRect()
  return [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility()).filter((one) => {
    const { left, right, top, bottom } = one.getBoundingClientRect()
    return left < said.right && right > said.left && top < said.bottom && bottom > said.top
  }).map((one) => one.textContent)
}"""
SHEET: ViewportSize = {"width": 680, "height": 1012}  # pixels of A4 within its margins
CLEAN = ["temperature", "never-shown"]
OTHERS = sorted({*lessons()} - {*CLEAN, "twins"})
BELOW = """(last) => document.querySelector(".stApp").getBoundingClientRect().bottom -
  document.querySelector(last).getBoundingClientRect().bottom"""
SHOWN = "(selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility()).length"


@pytest.mark.parametrize("address", LARGE)
def test_all_of_it_is_seen_at_once_on_a_projector_and_escape_leaves(opened: OpenPage, address: str) -> None:
    page = opened(address, wait=False)
    page.locator(LARGE[address]).first.wait_for()
    page.locator(".bench .aside").evaluate_all("(all, words) => all.forEach((one) => one.append(words))", LONGER)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(SEEN_AT_ONCE)
    expect(page.get_by_role("button", name="Leave the projector")).to_be_in_viewport()
    page.keyboard.press("Escape")
    page.locator(".st-key-project:visible").wait_for()
    assert "show" not in params(page)
    assert page.evaluate("document.documentElement.style.fontSize") == ""


def seen(page: Page) -> list[str]:
    """The words of a step that are on the screen."""
    script = """() => [...document.querySelectorAll(".st-key-step-before .text > *, .st-key-step-after .text > *")]
      .filter((one) => one.checkVisibility()).map((one) => one.textContent)"""
    return list(page.evaluate(script))


def test_the_tallest_steps_are_seen_with_their_figure_and_a_key_turns_their_text(
    opened: OpenPage, server: Server
) -> None:
    page = opened("lesson?lesson=bugs&show=large", wait=False)
    page.locator(".predict[data-ready]").wait_for(state="attached")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == COOKIE]
    store = server.store()
    for lesson, name, value in (("bugs", "worse", 4), ("how-small", "gain", 2)):
        store.lessons.save_prediction(cookie["value"].split(".")[0], lesson, name, 1, json.dumps(value))
    store.close()
    for step, figure in (("how-small&step=sizes", ".how-small"), ("bugs&step=bugs", ".bug-lab")):
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(f"{server.url}/lesson?lesson={step}&show=large")
        page.locator(f"{figure}[data-ready]").wait_for()
        for width, height in SIZES[:2]:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_function(SEEN_AT_ONCE)
    place = page.locator(".projector .place")
    expect(place).to_have_text(re.compile("^Text 1 of [2-5]$"))
    told, count = seen(page), int(str(place.text_content())[-1])
    asked = page.locator(".predict").is_visible()
    for part in range(2, count + 1):
        page.keyboard.press("PageDown")
        expect(place).to_have_text(f"Text {part} of {count}")
        assert page.evaluate(SEEN_AT_ONCE)
        expect(page.locator(".bug-lab"), "the figure stays beside each part").to_be_in_viewport()
        told += seen(page)
        asked |= page.locator(".predict").is_visible()
    assert told == page.locator(":is(.st-key-step-before, .st-key-step-after) .text > *").all_text_contents()
    assert asked and page.locator(".stMain").get_attribute("data-fits") == "true"
    page.locator(".bug-lab").evaluate(
        "(figure) => figure.insertAdjacentHTML('afterbegin', `<i class='stamp' style='position: absolute'>On it</i>`)"
    )
    page.set_viewport_size({"width": SIZES[0][0] - 2, "height": SIZES[0][1]})
    page.locator('.stMain[data-fits="false"][data-over^="On it / "]').wait_for()  # a text lies on another
    page.locator(".stamp").evaluate("(stamp) => stamp.remove()")
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    page.locator('.stMain[data-fits="true"]').wait_for()
    page.locator(".st-key-step-before .prose .text").last.evaluate(
        "(text) => text.insertAdjacentHTML('beforeend', `<math display='block'>${'<mi>answer</mi>'.repeat(12)}</math>`)"
    )
    page.set_viewport_size({"width": SIZES[0][0] - 1, "height": SIZES[0][1]})
    page.locator('.stMain[data-fits="false"]').wait_for()  # a formula lies on what is beside it


def test_on_a_projector_a_run_is_paused_and_a_closed_figure_leaves_its_room_to_the_words(opened: OpenPage) -> None:
    page = opened(f"lab{LONG}&show=run", wait=False, viewport={"width": 1280, "height": 720})
    page.locator(".bench[data-ready]").wait_for()
    train(page)
    pause = page.locator(".bench [data-action=pause]")
    expect(pause).to_be_in_viewport()
    pause.click()
    wait_for_state(page, "paused")
    page.wait_for_function(SEEN_AT_ONCE)
    page.locator(".bench [data-action=stop]").click()
    wait_for_state(page, "stopped")
    page.goto(f"{page.url.split('/lab')[0]}/lesson?lesson=twins&step=predict&show=large")
    page.locator(".predict[data-ready]").wait_for()
    words, closed = (page.locator(f'[class*="{one}"]') for one in ("st-key-step-before", "st-key-locked-"))
    (wide, narrow) = ((box.bounding_box() or {"width": 0})["width"] for box in (words, closed))
    assert wide > 3 * narrow > 0


def test_on_a_projector_a_server_that_is_away_is_said_where_nothing_can_be_pressed(opened: OpenPage) -> None:
    page = opened("lesson?lesson=temperature&step=soften&show=large", wait=False)
    page.locator(".softening[data-ready]").wait_for()
    for width, height in SIZES[:2]:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(SEEN_AT_ONCE)
        place = page.locator(".projector .place")
        expect(place).to_have_text("Text 1 of 2")
        connection = "(state) => document.querySelector('.stApp').setAttribute('data-test-connection-state', state)"
        page.evaluate(connection, "PINGING_SERVER")
        expect(page.locator(".away:not(.waits)")).to_contain_text("The server does not answer.")
        assert page.evaluate(LIES_ON, '[class*="st-key-show-"] button') == []
        page.get_by_role("button", name="More text").click()
        expect(place).to_have_text("Text 2 of 2")
        page.keyboard.press("PageUp")
        expect(place).to_have_text("Text 1 of 2")
        page.evaluate(connection, "CONNECTED")
        expect(page.locator(".away:not(.waits)")).to_have_count(0)


def test_a_menu_for_teachers_says_that_there_is_more_below_until_that_is_seen(opened: OpenPage) -> None:
    page = opened("lesson?lesson=how-small&step=sizes", wait=False, viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="For teachers").click()
    menu = page.locator('[data-testid="stPopoverBody"]:has(.st-key-class-link-made code)')
    menu.wait_for()
    sign = "(menu) => getComputedStyle(menu, '::after').opacity"
    assert menu.evaluate(sign) == "1"
    menu.evaluate("(menu) => menu.scrollTo(0, menu.scrollHeight)")
    page.wait_for_function(f"() => ({sign})(document.querySelector('[data-testid=stPopoverBody]')) === '0'")
    page.set_viewport_size({"width": 1440, "height": 2000})
    page.wait_for_function(f"() => ({sign})(document.querySelector('[data-testid=stPopoverBody]')) === '0'")


def test_what_is_chosen_and_how_far_a_slider_is_are_seen_in_a_readers_own_colours(opened: OpenPage) -> None:
    page = opened()
    page.emulate_media(forced_colors="active")
    found = page.evaluate(PARTS)
    paper = found.pop("paper")
    assert found.pop("dial") == "none" and found.pop("pressed") != "none"
    assert {part for part, colour in found.items() if colour in (paper, "rgba(0, 0, 0, 0)")} == set()


@pytest.mark.parametrize(
    "address", ["lab", "sweeps", "lesson?lesson=temperature", "lesson?lesson=temperature&show=large"]
)
def test_at_a_zoom_of_400_percent_nothing_scrolls_sideways_or_sticks(opened: OpenPage, address: str) -> None:
    page = opened(address, wait=False, viewport={"width": 320, "height": 256})
    page.locator(".stMain :is(.bench, .softening, .sweep)[data-ready]").first.wait_for()
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") == 320
    sticks = "[...document.querySelectorAll('.stMain *')].filter((one) => getComputedStyle(one).position === 'sticky')"
    assert page.evaluate(f"{sticks}.map((one) => one.className)") == []


def on_paper(page: Page) -> None:
    """As it is printed: also what only the event of printing does."""
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")


@pytest.mark.parametrize("lesson", [*CLEAN, *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)])
def test_a_lesson_fits_its_sheets(opened: OpenPage, lesson: str) -> None:
    page = opened(f"lesson?lesson={lesson}&show=handout", wait=False)
    page.locator(".st-key-sheet-quiz .prose[data-ready]").first.wait_for()
    figures = page.locator('[class*="st-key-figure-"]')
    ready = page.locator('[class*="st-key-figure-"]:has(.distillery[data-ready])')
    expect(ready).to_have_count(figures.count())
    page.set_viewport_size(SHEET)
    on_paper(page)
    assert page.evaluate(SHOWN, CONTROLS) == 0
    assert page.evaluate(PAST_THE_EDGE) == []
    assert page.evaluate(BLANK) == []
    captions = [
        int(text.split()[1].rstrip("."))
        for text in figures.all_inner_texts()
        for text in text.splitlines()
        if re.match(r"Figure \d+\.", text)
    ]
    assert captions == list(range(1, len(captions) + 1)) and not page.get_by_text("?.").count()
    if lesson == "temperature":
        expect(page.locator(".st-key-sheet-soften .formula")).to_contain_text("of “5”")


def test_a_lesson_and_a_run_are_clean_on_paper(opened: OpenPage) -> None:
    page = opened("lesson?lesson=twins&show=key", wait=False)
    page.locator(".st-key-sheet-quiz .prose[data-ready]").first.wait_for()
    page.locator(".bench[data-ready]").first.wait_for()
    page.locator(".question[data-answered=true]").first.wait_for()
    on_paper(page)
    assert page.evaluate(SHOWN, CONTROLS) == 0
    page.locator(".bench .picture :is(svg.chart, .main-svg):visible").first.wait_for()
    assert page.evaluate(AS_WIDE_AS_PAPER) == []
    assert page.evaluate(SHOWN, ".question .drawn svg .real") > 0, "a curve to draw has its picture"
    assert page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor") == "rgb(255, 255, 255)"
    page.goto(f"{page.url.split('/lesson')[0]}/runs")
    page.locator(".overview[data-ready] tbody tr").first.wait_for()
    expect(page.locator(".overview [data-key=created]"), "recorded runs have no moment").to_be_hidden()
    expect(page.locator(".overview [data-key=labels]")).to_be_visible()
    on_paper(page)
    assert page.evaluate("getComputedStyle(document.body).page") == "wide"
    page.set_viewport_size({"width": 1000, "height": 680})  # a sheet of A4 or Letter lying, within its margins
    assert page.evaluate(PAST_THE_EDGE) == [] and page.evaluate(SHOWN, CONTROLS) == 0
    expect(page.locator(".overview thead th").last).to_be_visible()
    page.goto(f"{page.url.split('/runs')[0]}/lab?run=recorded-mnist-kd")
    page.locator('.bench[data-run="recorded-mnist-kd"][data-ready]').wait_for()
    page.locator('.st-key-masthead[role="navigation"]').wait_for(state="attached")  # its script hears of printing
    on_paper(page)
    assert page.evaluate(SHOWN, f"{CONTROLS}, .st-key-side *") == 0
    expect(page.locator(".bench .made")).to_contain_text("T = 8, α = 0.9")
    assert page.evaluate(BELOW, ".bench") < 1, "or a sheet follows that is blank"
    styles = page.evaluate("[...document.head.querySelectorAll('style')].map((style) => style.textContent)")
    assert any("lab?run=recorded-mnist-kd" in style for style in styles), "its address is at the foot"


def test_how_well_something_is_known_is_seen_on_paper(opened: OpenPage, server: Server) -> None:
    page = opened("progress", wait=False)
    page.get_by_role("heading", name="How far you are").wait_for()
    (cookie,) = [one for one in page.context.cookies() if one["name"] == COOKIE]
    store = server.store()
    answer(store, cookie["value"].split(".")[0], lessons()["why"])
    store.close()
    page.reload()
    page.locator(".shape i[data-full]").first.wait_for(state="attached")
    on_paper(page)
    for mark, colour in (("[data-full]", "rgb(0, 0, 0)"), (":not([data-full])", "rgb(255, 255, 255)")):
        expect(page.locator(f".shape i{mark}").first).to_have_css("background-color", colour)
    expect(page.locator(".shape i[data-full]").first).to_have_css("print-color-adjust", "exact")
