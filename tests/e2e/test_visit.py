"""Visits in which somebody trains: the whole way to the link that shows a friend the same, and the transport."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from app.catalog.presets import opening_settings
from app.experiments.kinds.cohort import RunSpec
from app.store import LIVE, Run, Store
from tests.e2e.conftest import LONG, OpenPage, Server, bars, box, params, press_for_a_run, ready, train, wait_for_state
from tests.e2e.test_quiz import card, check
from tests.e2e.test_runs import row, to_runs
from tests.waiting import wait_for

VERDICT = re.compile(
    r"beats .* by \d+\.\d+ ± \d+\.\d+ points over 3 seeds, on 10,000 test images[.,]"
    r"|No measurable difference here: [+−]?\d+\.\d … [+−]?\d+\.\d points"
)
SMALL = "?labels=100&epochs=5"


def known(store: Store, run_id: str) -> Run:
    """How a run stands in the store."""
    run = store.runs.get(run_id)
    assert run is not None
    return run


def update(page: Page) -> int:
    """The update that the transport shows."""
    return int(page.locator(".bench .track").get_attribute("aria-valuenow") or 0)


# ── a whole visit ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_whole_visit(opened: OpenPage, server: Server) -> None:
    page = opened()
    places = [box(page, selector)["y"] for selector in (".bench .picture", ".bench .transport", ".answers .said")]

    # turn a dial, and train at once: it counts
    page.locator("#dial-temperature").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".bench .aside")).to_contain_text("Train to see your settings")
    page.locator("#dial-alpha").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    first = train(page)
    store = server.store()
    assert '"alpha":0.75' in known(store, first).spec_json
    store.close()

    # curves are drawn while it trains, and nothing moves; it ends with a verdict
    page.wait_for_function("() => Number(document.querySelector('.bench').dataset.points) > 0")
    assert [box(page, at)["y"] for at in (".bench .picture", ".bench .transport")] == places[:2], "the picture moves"
    wait_for_state(page, "finished")
    assert abs(box(page, ".answers .said")["y"] - places[2]) < 30, "the bars move"
    assert VERDICT.search(page.locator(".bench .sentence").inner_text())
    status = page.locator(".bench .transport .status").inner_text()
    assert re.search(r"Trained just now in [\d.]+ s on this machine · 6 students at once · link to this run", status)
    address = params(page)
    assert address["run"] == first and len(address["seeds"].split(".")) == 3
    assert address["temperature"] == "2" and address["alpha"] == "0.75"
    updates = RunSpec.two_arms(opening_settings(), (1, 2, 3)).updates
    assert f"after {updates} updates" in (page.locator(".bench figcaption").text_content() or "")
    assert page.locator(".bench table tbody tr").count() >= 5
    expect(page.locator(".answers .key span")).to_have_count(3)
    page.locator('.bench[data-chart="plotly"]').wait_for()
    right = box(page, ".bench .picture")
    for label in page.locator(".bench .plotly .annotation-text").all():
        place = label.bounding_box()
        assert place and place["x"] + place["width"] <= right["x"] + right["width"] + 1, "a label is clipped"
    expect(page.locator(".bench .announced")).to_contain_text("Finished.")

    looked_back(page, updates)
    who_is_right(page, updates)

    # another run with other settings follows at once, and the two side by side
    track = box(page, ".moments input")
    page.mouse.click(track["x"] + 0.3 * track["width"], track["y"] + track["height"] / 2)
    page.locator('.answers:not([data-update=""])').wait_for()
    earlier = bars(page)
    page.locator(".st-key-control-student").get_by_text("2 k", exact=True).click()
    page.wait_for_function("() => new URL(location).searchParams.get('student') === 'cnn-2k'")
    second = train(page)
    page.locator('.answers[data-update=""]').wait_for()
    wait_for(lambda: bars(page) != earlier)
    wait_for_state(page, "finished")
    shown, sentence = page.evaluate("location.search"), page.locator(".bench .sentence").inner_text()
    to_runs(page)
    for run_id in (first, second):
        row(page, run_id).get_by_role("button", name="Pin").click()
    page.locator(".compare[data-ready]").wait_for()
    compared = page.locator(".compare .sentence").inner_text()
    expect(page.locator(".compare .differs")).to_contain_text("2 k")

    # share both links: somebody else, in a browser of their own, sees the same
    page.wait_for_function("() => location.search.includes('a=') && location.search.includes('b=')")
    friend = opened(f"runs{page.evaluate('location.search')}", wait=False)
    friend.locator(".compare[data-ready]").wait_for()
    expect(friend.locator(".compare .sentence")).to_have_text(compared)
    friend.goto(f"{server.url}/lab{shown}")
    ready(friend)
    wait_for_state(friend, "finished")
    expect(friend.locator(".bench")).to_have_attribute("data-run", second)
    expect(friend.locator(".bench .sentence")).to_have_text(sentence)
    expect(friend.locator(".bench .transport .status")).to_contain_text(re.compile("Replay: .*somebody else’s run"))
    assert float(friend.locator("#dial-temperature").input_value()) == 2
    assert friend.locator(".bench .buttons button:visible").count() == 0

    # and a lecturer puts it on the wall
    friend.get_by_role("button", name="Projector").click()
    friend.wait_for_function("() => new URL(location).searchParams.get('show') === 'run'")
    expect(friend.locator(".bench .sentence")).to_have_text(sentence)
    expect(friend.locator(".st-key-masthead")).to_be_hidden()
    friend.get_by_role("button", name="Leave the projector").click()
    ready(friend)
    expect(friend.locator(".st-key-masthead")).to_be_visible()


def looked_back(page: Page, updates: int) -> None:
    """Back to the beginning of the run and forward again: curves and soft labels follow."""
    page.wait_for_function(
        "() => document.querySelector('.answers').dataset.seq === document.querySelector('.bench').dataset.points"
    )
    at_the_end = bars(page)
    slider = page.get_by_role("slider", name="Look back in time")
    slider.focus()
    page.keyboard.press("Home")
    page.locator('.answers[data-update="0"]').wait_for()
    expect(page.locator(".answers .how")).to_contain_text("after 0 updates")
    wait_for(lambda: bars(page) != at_the_end)
    assert str(slider.get_attribute("aria-valuetext")).startswith(f"Update 0 of {updates}: ")
    expect(page.locator(".bench .plotly .shapelayer path")).to_have_count(1)
    page.keyboard.press("End")
    page.locator('.answers[data-update=""]').wait_for()
    wait_for(lambda: bars(page) == at_the_end)
    expect(page.locator(".bench .plotly .shapelayer path")).to_have_count(0)


def who_is_right(page: Page, updates: int) -> None:
    """The four groups lead to an image, follow back in time, and so do confusion and classes."""
    page.locator(".gallery").scroll_into_view_if_needed()
    page.locator(f'.gallery[data-update="{updates}"]').wait_for()
    counts = page.locator(".gallery h3 b").all_inner_texts()
    assert len(counts) == 4 and int(counts[2]) > 0 and 0 < int(counts[3]) < 20
    image = page.locator(".gallery .images button").first
    wanted = image.get_attribute("data-image")
    image.click()
    page.wait_for_function(
        f"() => document.querySelector('.answers .caption').textContent.startsWith('Test image {wanted},')"
    )
    slider = page.get_by_role("slider", name="Look back in time")
    slider.focus()
    page.keyboard.press("Home")
    page.locator(".gallery").scroll_into_view_if_needed()
    page.locator('.gallery[data-update="0"]').wait_for()
    assert page.locator(".gallery h3 b").all_inner_texts() != counts
    page.get_by_role("button", name="Confusion").click()
    page.get_by_role("button", name="teacher", exact=True).click()
    wrong = page.locator(".matrix button:not(.right):not(:disabled)").first
    wrong.focus()
    page.keyboard.press("Enter")
    assert page.locator('.matrix button[aria-pressed="true"]').count() == 1
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true", "the focus stays"
    assert page.locator(".gallery .images button").count() >= 1
    page.get_by_role("button", name="Class by class").click()
    assert page.locator(".gallery .classes .bar").count() == 30
    slider.focus()
    page.keyboard.press("End")


def test_a_run_is_taken_away_replayed_found_again_and_repeated(opened: OpenPage, tmp_path: Path) -> None:
    page = opened(SMALL)
    run_id = train(page)
    wait_for_state(page, "finished")
    page.get_by_text("The numbers, and what made them").click()
    starts = {
        "curves (CSV)": b"run,role,method",
        "settings (JSON)": b"{",
        "students’ weights (safetensors)": b"",
        "picture (PNG)": b"\x89PNG",
        "picture (SVG)": b"<svg",
    }
    for words, start in starts.items():
        with page.expect_download() as waiting:
            page.locator(".bench .take").get_by_text(words).click()
        kept = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(kept)
        assert kept.name.startswith(f"distillery-{run_id}-"), words
        assert kept.read_bytes().startswith(start) and kept.stat().st_size > 100, words
    picture = " ".join(re.sub("<[^>]+>", " ", kept.read_text(encoding="utf-8")).split())
    assert "Accuracy on 1,000 test images, %" in picture and f"run {run_id}" in picture and " seeds: " in picture

    # an image is chosen by its number
    field = page.get_by_role("spinbutton", name="Number of the test image")
    for typed, shown in (("7", "7"), ("5000", "999"), ("-3", "0")):
        field.fill(typed)
        field.press("Enter")
        expect(page.locator(".answers .caption")).to_have_text(re.compile(rf"Test image {shown}, labelled\s\d"))

    # a reload keeps run and settings, and says that it is a replay
    said, address = page.locator(".bench .sentence").inner_text(), page.evaluate("location.search")
    page.reload()
    ready(page)
    wait_for_state(page, "finished")
    expect(page.locator(".bench .sentence")).to_have_text(said)
    assert page.evaluate("location.search") == address
    expect(page.locator(".bench .transport .status")).to_contain_text("Replay: trained on")

    # so do another page and back
    page.get_by_role("link", name="About").click()
    page.get_by_role("heading", name="What is here, and what the numbers mean").wait_for()
    page.get_by_role("link", name="Lab").click()
    ready(page)
    page.wait_for_function("address => location.search === address", arg=address)
    wait_for_state(page, "finished")
    assert page.locator("[data-testid=stException]").count() == 0

    # the same seeds give the same numbers; Train takes others
    seeds, said = params(page)["seeds"], str(page.locator(".bench figcaption").text_content())
    again = press_for_a_run(page, ".st-key-repeat button:visible")
    wait_for_state(page, "finished")
    assert params(page)["seeds"] == seeds
    page.wait_for_function("said => document.querySelector('.bench figcaption').textContent === said", arg=said)
    assert train(page) != again
    assert params(page)["seeds"] != seeds


# ── a run that goes on ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_run_is_zoomed_lost_and_found_shared_paused_resumed_and_stopped(opened: OpenPage) -> None:
    page = opened(LONG)
    train(page)
    wait_for_state(page, "running")

    # a zoom is kept over new points and reruns
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

    # a server that is gone is said and waited for
    page.route("**/api/runs/**", lambda route: route.abort())
    expect(page.locator(".bench .connection")).to_contain_text("If the server was stopped, the run has ended")
    page.unroute("**/api/runs/**")
    expect(page.locator(".bench .connection")).to_be_hidden()

    # a link shows it to somebody else, who cannot stop it
    friend = opened("?" + urlsplit(page.evaluate("location.href")).query)
    wait_for_state(friend, "running")
    assert friend.locator(".bench .buttons button:visible").count() == 0
    expect(friend.locator(".bench .transport .status")).to_contain_text("somebody else’s run")
    assert friend.locator("#control-labels, .st-key-control-labels").first.inner_text().count("4,000")

    page.get_by_role("button", name="Pause", exact=True).click()
    wait_for_state(page, "paused")
    at = update(page)
    page.locator(".bench .buttons [data-action=step]").click()
    page.wait_for_function("at => Number(document.querySelector('.bench .track').ariaValueNow) === at + 1", arg=at)
    wait_for_state(page, "paused")
    page.get_by_role("button", name="Resume", exact=True).click()
    page.wait_for_function("at => Number(document.querySelector('.bench .track').ariaValueNow) > at + 1", arg=at)
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(page, "stopped")
    wait_for_state(friend, "stopped")
    expect(page.locator(".bench .transport .status")).to_contain_text("the numbers so far are kept")
    assert page.locator(".bench .buttons button:visible").count() == 0


def test_five_presses_leave_one_run(opened: OpenPage, server: Server) -> None:
    page = opened(LONG)
    for _ in range(5):
        page.locator(".st-key-train button:visible").click()
    store = server.store()
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    wait_for_state(page, "running")

    def only_one() -> bool:
        run = store.runs.get(params(page).get("run", ""))
        return run is not None and [r.id for r in store.runs.of(run.learner) if r.state in LIVE] == [run.id]

    wait_for(only_one)
    store.close()


def test_two_tabs_of_one_learner_and_a_question_while_one_trains(opened: OpenPage, server: Server) -> None:
    here, store = opened(LONG), server.store()
    long = train(here)
    wait_for_state(here, "running")
    there = opened("?epochs=3&labels=50", context=here.context)
    train(there)
    expect(there.locator(".bench")).to_have_attribute("data-state", re.compile("queued|running"))
    here.get_by_role("button", name="Pause", exact=True).click()  # the server has one core: the other run's turn
    wait_for_state(here, "paused")
    wait_for_state(there, "finished")
    here.get_by_role("button", name="Resume", exact=True).click()
    wait_for_state(here, "running")

    there.goto(f"{server.url}/lesson?lesson=twins&step=limits")
    bench = there.locator('.bench[data-run="recorded-fashion-kd"]')
    bench.wait_for()
    there.get_by_role("button", name="Train your own twins").click()
    bench.wait_for(state="detached")
    own = str(there.locator(".bench[data-ready]").get_attribute("data-run"))
    before = known(store, long).seq
    there.locator(".steps").get_by_role("button", name="Quiz").click()
    question = card(there, 1)
    question.locator(".options input").first.press("Space")
    check(question)
    assert known(store, long).state == "running"
    wait_for(lambda: known(store, long).seq > before)
    there.locator(".steps").get_by_role("button", name="When no help can be shown").click()
    there.locator(f'.bench[data-run="{own}"]').wait_for()

    here.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(here, "stopped")
    wait_for_state(there, "running", "finished")
    store.close()
