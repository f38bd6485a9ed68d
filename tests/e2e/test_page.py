"""How the page looks and behaves: small and large, light and dark, by keyboard, and when something is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import quantiles

import pytest
from playwright.sync_api import Page, expect

from app.experiments.spec import RunSpec, default_settings
from tests.e2e.conftest import OpenPage, Server, box, ready, train, wait_for_state
from tests.store.stored import ended_run

CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
SOMEBODY = "b" * 24
SMALL_TARGETS = """() => {
    const targets = '[data-variant=pills], .plain, .grid button, .samples button, summary, .st-key-act button,'
        + '.st-key-lesser button, [data-testid=stNumberInputContainer] button'
    return [...document.querySelectorAll(targets)]
        .filter((target) => target.checkVisibility({ visibilityProperty: true }))
        .filter((target) => target.getBoundingClientRect().height < 44
            || (target.closest('[data-testid=stNumberInputContainer]') && target.getBoundingClientRect().width < 44))
        .map((target) => target.outerHTML.slice(0, 200))
}"""  # what a finger can hardly hit


def stored(server: Server, state: str, message: str = "", learner: str = SOMEBODY) -> str:
    """A run in the server's store that ended badly, without a worker having touched it."""
    store = server.store()
    spec = RunSpec.two_arms(default_settings(), (12, 33, 904))
    run_id = ended_run(store, learner, spec, state=state, message=message, shown=1000, done=96)
    store.close()
    return run_id


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_order_is_natural_and_train_is_at_hand(opened: OpenPage, width: int) -> None:
    page = opened(viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    order = ["h1", ".bench .verdict", ".bench .picture", ".answers .bars", ".dials", ".st-key-control-student"]
    tops = [box(page, selector)["y"] for selector in order]
    assert tops == sorted(tops)
    button = box(page, ".st-key-train button:visible")
    assert button["y"] + button["height"] <= 844 and button["height"] >= 44 and button["width"] >= 150
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    assert page.locator(".dials input").first.evaluate("dial => dial.getBoundingClientRect().height") >= 44
    page.get_by_role("link", name="Settings").click()
    page.wait_for_function("() => document.querySelector('.st-key-control-labels').getBoundingClientRect().top < 844")
    button = box(page, ".st-key-train button:visible")
    assert button["y"] + button["height"] <= 844
    assert page.evaluate(SMALL_TARGETS) == []
    train(page)  # from down here: the curves come into view
    page.wait_for_function(
        """() => { const { top, bottom } = document.querySelector('.bench .verdict').getBoundingClientRect()
        return top >= 0 && bottom < innerHeight }"""
    )


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_further_pages_unfold_below_more(opened: OpenPage, width: int) -> None:
    page = opened("about", wait=False, viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    masthead, more = page.locator(".st-key-masthead"), page.get_by_role("button", name="More")
    link = masthead.get_by_role("link", name="Glossary")
    expect(masthead.locator('a[aria-current="page"]')).to_have_text("About")  # the page has drawn itself
    shown = [*masthead.locator("a:visible").all(), more]
    assert all(abs(one.bounding_box()["y"] - shown[-1].bounding_box()["y"]) < 5 for one in shown), "one line"  # type: ignore[index]
    expect(link).to_be_hidden()
    more.press("Enter")
    assert link.bounding_box()["height"] >= 44  # type: ignore[index]
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(more).to_be_focused()
    more.click()
    link.click()
    page.get_by_role("heading", name="Glossary", level=1).wait_for()
    expect(link).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_the_place_of_the_buttons_is_kept_when_they_go(opened: OpenPage, width: int) -> None:
    page = opened("?labels=4000&epochs=100", viewport={"width": width, "height": 844}, has_touch=True, is_mobile=True)
    where = """() => document.querySelector('.bench .numbers').getBoundingClientRect().top
        - document.querySelector('.bench .transport').getBoundingClientRect().top"""
    train(page)
    wait_for_state(page, "running")
    running = page.evaluate(where)
    page.locator(".bench .buttons [data-action=pause]").click()
    wait_for_state(page, "paused")
    assert page.evaluate(where) == running
    page.locator(".bench .buttons [data-action=stop]").click()
    wait_for_state(page, "stopped")
    assert page.locator(".bench .buttons button:visible").count() == 0
    assert page.evaluate(where) == running


def test_on_a_projector_everything_grows(opened: OpenPage) -> None:
    page = opened(viewport={"width": 2560, "height": 1440})
    assert float(page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")) > 18
    assert page.evaluate("document.documentElement.scrollWidth") <= 2560


# ── colours ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(opened: OpenPage, scheme: str) -> None:
    page = opened("?epochs=3&labels=100&foo=1", color_scheme=scheme, reduced_motion="reduce")
    paper = page.locator(".stApp").evaluate("page => getComputedStyle(page).backgroundColor")
    assert paper == {"light": "rgb(251, 247, 240)", "dark": "rgb(29, 26, 23)"}[scheme]
    train(page)
    wait_for_state(page, "finished")
    page.locator('.bench[data-chart="plotly"]').wait_for()
    page.locator(".bench summary").click()
    assert page.evaluate(CONTRAST) == []
    assert page.locator(".bench .done").evaluate("done => getComputedStyle(done).transitionDuration") in ("0s", "")


def test_dark_and_light_swap_while_the_page_is_open(opened: OpenPage) -> None:
    page = opened()
    page.locator('.bench[data-chart="plotly"]').wait_for()
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.bench .plotly .annotation-text')]"
        ".some(text => getComputedStyle(text).fill === 'rgb(92, 192, 189)')"
    )


# ── keyboard ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_can_be_reached_and_done_with_the_keyboard(opened: OpenPage) -> None:
    page = opened()
    reached = []
    for _ in range(70):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                """() => { const e = document.activeElement; const k = e.closest('[class*="st-key-"]')
                return [e.id, e.dataset.walk, e.tagName, k && [...k.classList].find(c => c.startsWith('st-key-')),
                    getComputedStyle(e).outlineStyle !== 'none'
                        || getComputedStyle(e).boxShadow !== 'none'].join(' ') }"""
            )
        )
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
    page.locator("#dial-temperature").focus()
    before = page.locator(".answers").get_attribute("data-temperature")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("t => document.querySelector('.answers').dataset.temperature !== t", arg=before)
    page.wait_for_function("() => new URL(location).searchParams.get('temperature') === '8.5'")


def test_an_image_is_chosen_without_a_rerun(opened: OpenPage) -> None:
    page = opened()
    wait_for_state(page, "finished", "none")
    page.locator(".answers .grid button").nth(2).click()
    expect(page.locator(".answers .grid button").nth(2)).to_have_attribute("aria-pressed", "true")
    chosen = page.locator(".answers .caption").inner_text()
    page.get_by_role("button", name="Next image").click()
    expect(page.locator(".answers .caption")).not_to_have_text(chosen)
    expect(page.locator(".answers .spoken")).to_contain_text("Teacher:")
    assert "?" not in page.url
    pixels = page.locator(".answers .shown img").evaluate("image => getComputedStyle(image).imageRendering")
    assert pixels == "pixelated"


def test_an_image_is_chosen_by_its_number(opened: OpenPage) -> None:
    page = opened("?epochs=1&labels=50")
    train(page)
    wait_for_state(page, "finished")
    field = page.get_by_role("spinbutton", name="Number of the test image")
    for typed, shown in (("7", "7"), ("5000", "999"), ("-3", "0")):
        field.fill(typed)
        field.press("Enter")
        expect(page.locator(".answers .caption")).to_have_text(re.compile(rf"Test image {shown}, labelled\s\d"))


# ── the chart ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_zoom_is_kept_over_new_points_and_reruns(opened: OpenPage) -> None:
    page = opened("?labels=4000&epochs=100")
    train(page)
    wait_for_state(page, "running")
    page.locator('.bench[data-chart="plotly"]').wait_for()
    plot = box(page, ".bench .plotly .nsewdrag")
    page.mouse.move(plot["x"] + 40, plot["y"] + 60)
    page.mouse.down()
    page.mouse.move(plot["x"] + 260, plot["y"] + 260, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Whole picture").wait_for()
    zoom = "() => document.querySelector('.bench .plotly').layout.xaxis.range.map(end => Math.round(10 * end)).join()"
    zoomed, points = page.evaluate(zoom), page.locator(".bench").get_attribute("data-points")
    page.wait_for_function("n => document.querySelector('.bench').dataset.points > Number(n)", arg=points)
    page.locator("#dial-alpha").press("ArrowLeft")
    page.wait_for_function("() => new URL(location).searchParams.get('alpha') === '0.85'")
    assert page.evaluate(zoom) == zoomed
    page.get_by_role("button", name="Whole picture").click()
    page.wait_for_function("() => document.querySelector('.bench .plotly').layout.xaxis.range[0] === 0")
    expect(page.locator(".bench .aside")).to_contain_text("This run had weight on the teacher 0.9")


def test_dragging_a_dial_redraws_in_the_next_frame(opened: OpenPage) -> None:
    page = opened()
    wait_for_state(page, "finished", "none")
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


# ── when something is wrong ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "said"), [("failed", "This run failed."), ("interrupted", "This run was interrupted.")]
)
def test_a_run_that_ended_badly_can_be_started_again(opened: OpenPage, server: Server, state: str, said: str) -> None:
    run_id = stored(server, state, "The worker ended.")
    page = opened(f"?run={run_id}")
    expect(page.locator(".bench .sentence")).to_have_text(said)
    expect(page.locator(".bench .aside")).to_contain_text("The worker ended.")
    page.get_by_role("button", name="Start it again").click()
    page.wait_for_function("old => new URL(location).searchParams.get('run') !== old", arg=run_id)
    assert "seeds=12.33.904" in page.url
    wait_for_state(page, "finished")


def test_an_unknown_run_is_a_sentence_and_the_page_still_works(opened: OpenPage) -> None:
    page = opened("?run=nosuchrun234&labels=50&epochs=1&temperature=banana")
    expect(page.locator(".st-key-notice")).to_contain_text("There is no run “nosuchrun234” here")
    expect(page.locator(".st-key-notice")).to_contain_text("Temperature: “banana” is not a number, so 8 is taken.")
    train(page)
    wait_for_state(page, "finished")
    expect(page.locator(".st-key-notice")).to_have_count(0)


def test_a_server_that_is_gone_is_said_and_waited_for(opened: OpenPage) -> None:
    page = opened("?labels=4000&epochs=100")
    train(page)
    wait_for_state(page, "running")
    page.route("**/api/runs/**", lambda route: route.abort())
    expect(page.locator(".bench .connection")).to_contain_text("If the server was stopped, the run has ended")
    page.unroute("**/api/runs/**")
    expect(page.locator(".bench .connection")).to_be_hidden()


def test_images_that_are_not_here_are_offered_and_the_way_back_is_open(opened: OpenPage) -> None:
    page = opened("?data=cifar10", wait=False)
    expect(page.get_by_text("The images of CIFAR-10 are not on this machine.").first).to_be_visible()
    expect(page.locator(".st-key-train button:visible")).to_be_disabled()
    expect(page.get_by_role("button", name=re.compile("Download .*170 MB"))).to_be_enabled()
    page.get_by_role("button", name="MNIST", exact=True).or_(
        page.get_by_role("radio", name="MNIST", exact=True)
    ).click()
    expect(page.locator(".st-key-train button:visible")).to_be_enabled()


def test_back_in_the_history_is_back_in_the_settings(opened: OpenPage) -> None:
    page = opened("?labels=200")
    page.locator("#dial-temperature").press("ArrowRight")
    page.wait_for_function("() => new URL(location).searchParams.get('temperature') === '8.5'")
    page.locator("#dial-temperature").press("ArrowRight")
    page.wait_for_function("() => new URL(location).searchParams.get('temperature') === '9'")
    page.go_back()
    expect(page.locator("#dial-temperature")).to_have_value("8.5")


def test_another_page_and_back_loses_nothing(opened: OpenPage) -> None:
    page = opened("?labels=200&epochs=5")
    train(page)
    wait_for_state(page, "finished")
    address = page.url
    page.get_by_role("link", name="About").click()
    page.get_by_role("heading", name="What is here, and what the numbers mean").wait_for()
    page.get_by_role("link", name="Lab").click()
    ready(page)
    page.wait_for_function("address => location.href.split('?')[1] === address.split('?')[1]", arg=address)
    wait_for_state(page, "finished")
    assert_no_traceback(page)


def assert_no_traceback(page: Page) -> None:
    assert page.locator("[data-testid=stException]").count() == 0
