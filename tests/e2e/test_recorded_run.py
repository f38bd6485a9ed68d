"""The lab as it opens, at a recorded run: what is seen at once, and everything that asks for no training."""

from __future__ import annotations

import re
from statistics import quantiles

from playwright.sync_api import Page, expect

from app.experiments.recordings import runs as recorded
from tests.e2e.conftest import DESK, OpenPage, bars, box, params, ready
from tests.e2e.test_axe import drawn
from tests.waiting import wait_for

KEPT = "recorded-mnist-marked"
PLACES = """selector => [...document.querySelectorAll(selector)]
    .filter(node => node.textContent.trim())
    .map(node => { const box = node.getBoundingClientRect(); return [node.textContent, box.x, box.y] })
    .sort((a, b) => (a[0] + a[1]).localeCompare(b[0] + b[1]))"""
FOCUSED = """() => { const e = document.activeElement; const k = e.closest('[class*="st-key-"]')
    return [e.id, e.dataset.walk, e.tagName, k && [...k.classList].find(c => c.startsWith('st-key-')),
        getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none'].join(' ') }"""


def plotly(page: Page) -> None:
    """Wait until the chart that can be zoomed has taken over."""
    page.locator('.bench[data-chart="plotly"]').wait_for()


def offered(page: Page) -> list[int]:
    """The images in the grid, in their order."""
    return [int(str(button.get_attribute("data-image"))) for button in page.locator(".answers .grid button").all()]


def other_first(page: Page, image: int) -> None:
    """Wait until another image is the first of the grid."""
    wanted = "before => document.querySelector('.answers .grid button').dataset.image !== before"
    page.wait_for_function(wanted, arg=str(image))


def test_the_first_look_fits_every_screen(opened: OpenPage) -> None:
    page = opened()
    for selector in (
        ".st-key-train button:visible",
        ".bench .verdict",
        ".bench .picture",
        ".answers .bars",
        ".dials input",
    ):
        place = box(page, selector)
        assert place["x"] >= 0 and place["x"] + place["width"] <= 1440, selector
        assert place["y"] >= 0 and place["y"] + place["height"] <= 900, selector
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440
    assert page.title() == "Lab · Distillery"
    expect(page.get_by_text("Deploy")).to_have_count(0)
    expect(page.locator(".bench")).to_have_attribute("data-run", KEPT)
    expect(page.locator(".bench .sentence")).to_contain_text("Distilled beats labels only by")
    expect(page.locator(".bench .transport .status")).to_contain_text("Recorded run, shipped with the app")
    assert page.url.endswith("/lab"), "nothing in the address yet"

    # a narrower window is followed at once
    plotly(page)
    page.set_viewport_size({"width": 1000, "height": 900})
    narrow = box(page, ".bench .picture")["width"]
    page.wait_for_function(
        "wide => document.querySelector('.bench .plotly .main-svg').clientWidth < wide + 1", arg=narrow
    )
    drawn(page)
    assert box(page, ".bench .picture")["width"] == narrow
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000

    # on a projector everything grows
    page.set_viewport_size({"width": 2560, "height": 1440})
    assert float(page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")) > 18
    assert page.evaluate("document.documentElement.scrollWidth") <= 2560

    # dark and light swap while the page is open
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.bench .plotly .annotation-text')]"
        ".some(text => getComputedStyle(text).fill === 'rgb(92, 192, 189)')"
    )


def test_the_first_picture_is_svg_and_nothing_jumps_when_plotly_takes_over(opened: OpenPage) -> None:
    page = opened("/", wait=False)
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.goto(page.url + "lab")
    ready(page)
    assert page.locator(".bench svg.chart").count() == 1
    quick = page.evaluate(PLACES, ".bench svg.chart text")
    page.unroute("**/plotly.min.js*")
    page.reload()
    plotly(page)
    drawn_texts = page.evaluate(PLACES, ".bench .plotly text")
    assert [text for text, *_ in quick] == [text for text, *_ in drawn_texts]
    for (text, x, y), (_, new_x, new_y) in zip(quick, drawn_texts, strict=True):
        assert abs(x - new_x) <= 3 and abs(y - new_y) <= 3, f"{text} jumps from {x, y} to {new_x, new_y}"


def test_everything_can_be_reached_and_done_with_the_keyboard(opened: OpenPage) -> None:
    page = opened()
    keys, reached = page.keyboard, list[str]()
    for _ in range(70):
        keys.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        if "st-key-yours" in reached[-1]:
            break
    whole = "\n".join(reached)
    for wanted in (
        "dial-temperature",
        "dial-alpha",
        "st-key-train",
        "st-key-control-student",
        "st-key-reset",
        " 1 BUTTON",
    ):
        assert wanted in whole, f"{wanted} cannot be reached:\n{whole}"
    assert whole.index("dial-temperature") < whole.index("st-key-train") < whole.index("-1 BUTTON")

    # the grid is one tab stop
    grid = page.locator(".answers .grid button")
    assert page.locator('.answers .grid button[tabindex="0"]').count() == 1
    chosen = page.locator('.answers .grid button[aria-pressed="true"]')
    expect(chosen).to_have_count(1)
    assert "labelled" in str(chosen.get_attribute("aria-label"))
    chosen.focus()
    keys.press("End")
    keys.press("ArrowDown")
    expect(grid.nth(17)).to_be_focused()
    keys.press("Enter")
    expect(grid.nth(17)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".answers .caption")).to_contain_text(f"Test image {grid.nth(17).get_attribute('data-image')}")
    keys.press("PageDown")
    page.wait_for_function("() => document.querySelector('.which').textContent.startsWith('19')")

    # so is the confusion matrix
    page.locator(".gallery").scroll_into_view_if_needed()
    page.locator('[data-view="confusion"]').click()
    page.locator(".matrix").wait_for()
    assert page.locator('.matrix button[tabindex="0"]').count() == 1
    page.locator('.matrix button[tabindex="0"]').focus()
    before = page.evaluate("document.activeElement.dataset.cell")
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    assert page.evaluate("document.activeElement.dataset.cell") != before
    keys.press("Enter")
    cell = page.evaluate("document.activeElement.dataset.cell")
    expect(page.locator(f'.matrix [data-cell="{cell}"]')).to_have_attribute("aria-pressed", "true")
    keys.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('.matrix') !== null")

    # a dial, and back in the history is back in the settings
    dial = page.locator("#dial-temperature")
    dial.focus()
    softened = page.locator(".answers").get_attribute("data-temperature")
    keys.press("ArrowRight")
    page.wait_for_function("t => document.querySelector('.answers').dataset.temperature !== t", arg=softened)
    page.wait_for_function("() => new URL(location).searchParams.get('temperature') === '4.5'")
    dial.press("ArrowRight")
    page.wait_for_function("() => new URL(location).searchParams.get('temperature') === '5'")
    page.go_back()
    expect(dial).to_have_value("4.5")


def test_images_are_chosen_and_offered_in_three_orders(opened: OpenPage) -> None:
    page = opened()
    page.locator(".answers .grid button").nth(2).click()
    expect(page.locator(".answers .grid button").nth(2)).to_have_attribute("aria-pressed", "true")
    chosen = page.locator(".answers .caption").inner_text()
    page.get_by_role("button", name="Next image").click()
    expect(page.locator(".answers .caption")).not_to_have_text(chosen)
    expect(page.locator(".answers .spoken")).to_contain_text("Teacher:")
    assert "?" not in page.url, "without a rerun"
    pixels = page.locator(".answers .shown img").evaluate("image => getComputedStyle(image).imageRendering")
    assert pixels == "pixelated"

    page.goto(f"{page.url}?run={KEPT}")
    ready(page)
    ambiguous = offered(page)
    assert len(ambiguous) == 18
    page.locator('[data-turn="1"]').click()
    other_first(page, ambiguous[0])
    assert not set(offered(page)) & set(ambiguous)
    order = page.locator(".answers select")
    order.select_option("differ")
    page.wait_for_function("() => document.querySelector('.images .about').textContent.includes('farthest')")
    differ = offered(page)
    run = recorded.recorded_runs()[KEPT]
    answers = run.answers()
    apart = (answers.students[-1][1].argmax(-1) != answers.teacher.argmax(-1)).mean(0)
    assert apart[differ].mean() > 0.8, "there most students give another answer"
    scrubber = page.locator(".moments input")
    scrubber.focus()
    scrubber.press("Home")
    other_first(page, differ[0])
    order.select_option("random")
    page.locator("[data-handful]").wait_for()
    handful = offered(page)
    page.locator("[data-handful]").click()
    assert offered(page) != handful and len(offered(page)) == 18


def test_curves_scale_and_bars_show_what_is_chosen_and_follow_the_hand(opened: OpenPage) -> None:
    page = opened()
    plotly(page)
    chooser = page.get_by_label("What the curves show")
    expect(chooser.locator("option:checked")).to_have_text("accuracy on 1,000 test images, %")
    chooser.select_option("kl")
    expect(page.locator(".bench figcaption")).to_contain_text("KL divergence from the teacher")
    assert page.get_by_text("teacher 99", exact=False).count() == 0, "its accuracy is no divergence"
    chooser.select_option("soft")  # not part of what the page brings along
    expect(page.locator(".bench figcaption")).to_contain_text(re.compile(r"Distilled has a soft loss of \d"))
    chooser.select_option("accuracy")
    expect(page.locator(".bench figcaption")).to_contain_text("The teacher is right on")

    # a logarithmic scale shows what is small
    lengths = "bars => bars.map(bar => bar.getBoundingClientRect().width)"
    linear, shares = page.locator(".answers .bar").evaluate_all(lengths), bars(page)
    page.get_by_role("button", name="log", exact=True).click()
    assert bars(page) == shares, "the probabilities are the same"
    longer = page.locator(".answers .bar").evaluate_all(lengths)
    small = [at for at, share in enumerate(shares) if 0.001 < float(share) < 0.5]
    assert small and all(longer[at] > linear[at] for at in small)
    expect(page.locator(".answers .entropy")).to_contain_text(re.compile(r"teacher \d\.\d\d bits"))
    assert page.locator(".answers .bars").evaluate("bars => bars.scrollWidth <= bars.clientWidth"), (
        "numbers are cut off"
    )

    # the bars follow the mouse, without a rerun until it lets go
    before, address = bars(page), page.url
    dial = box(page, "#dial-temperature")
    middle = dial["y"] + dial["height"] / 2
    page.mouse.move(dial["x"] + dial["width"] * 0.37, middle)
    page.mouse.down()
    seen = [before]
    for share in (0.5, 0.7, 0.9):
        page.mouse.move(dial["x"] + dial["width"] * share, middle, steps=3)
        page.wait_for_function(
            "old => [...document.querySelectorAll('.answers .bar')].some((bar, i) => bar.dataset.share !== old[i])",
            arg=seen[-1],
        )
        seen.append(bars(page))
    assert page.url == address, "while dragging the page must not rerun"
    turned = float(page.locator("#dial-temperature").input_value())
    page.mouse.up()
    wait_for(lambda: float(params(page).get("temperature", 0)) == turned)
    assert seen[-1] == bars(page)
    page.reload()
    ready(page)
    assert float(page.locator("#dial-temperature").input_value()) == turned
    assert float(page.locator(".answers").get_attribute("data-temperature") or 0) == turned

    # a dial redraws in the next frame
    measured = page.evaluate(
        """async () => {
            const dial = document.querySelector('#dial-temperature'), bar = document.querySelector('.answers .bar')
            const handler = [], drawn = []
            for (let turn = 0; turn < 200; turn++) {
                const before = bar.dataset.share, start = performance.now()
                dial.value = 2 + (turn % 30) / 2
                dial.dispatchEvent(new Event('input', { bubbles: true }))
                handler.push(performance.now() - start)
                await new Promise(requestAnimationFrame)
                if (bar.dataset.share === before) await new Promise(requestAnimationFrame)
                drawn.push(bar.dataset.share === before ? 1e6 : performance.now() - start)
            }
            return { handler, drawn }
        }"""
    )
    assert quantiles(measured["handler"], n=20)[-1] < 20, "the handler holds up the page"
    assert max(measured["drawn"]) < 1e6, "a turn was not drawn within two frames"


def test_of_images_that_are_not_here_the_recorded_run_is_seen_and_they_are_offered(opened: OpenPage) -> None:
    page = opened("?data=cifar10")
    expect(page.get_by_text("The images of CIFAR-10 are not on this machine.").first).to_be_visible()
    expect(page.locator(".st-key-train button:visible")).to_be_disabled()
    expect(page.get_by_role("button", name=re.compile("Download .*170 MB"))).to_be_enabled()
    at_the_end = bars(page)
    page.get_by_role("slider", name="Look back in time").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    wait_for(lambda: bars(page) != at_the_end)
    shares = [float(share) for share in bars(page)]
    assert abs(sum(shares) - 3) < 0.01, "teacher, distilled and labels only"
    page.get_by_role("button", name="MNIST", exact=True).or_(
        page.get_by_role("radio", name="MNIST", exact=True)
    ).click()
    expect(page.locator(".st-key-train button:visible")).to_be_enabled()
