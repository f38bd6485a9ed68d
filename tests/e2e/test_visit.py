"""One visit, from the first look to the end: a learner who trains, turns, reloads and passes the link on."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from app.experiments.spec import RunSpec, default_settings
from app.store import LIVE, Run, Store
from tests.e2e.conftest import OpenPage, Server, bench_state, box, press_for_a_run, ready, train, wait_for_state
from tests.e2e.test_quiz import card, check
from tests.waiting import wait_for

LONG = "?labels=4000&epochs=100"  # 6,300 updates: time enough to press things
VERDICT = re.compile(
    r"beats .* by \d+\.\d+ ± \d+\.\d+ points over 3 seeds, on 1,000 test images\."
    r"|No measurable difference here: [+−]?\d+\.\d … [+−]?\d+\.\d points"
)


def params(page: Page) -> dict[str, str]:
    """The parameters in the address bar. Asked of the page itself: `page.url` stands still while a test waits."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.evaluate("location.href")).query).items()}


def known(store: Store, run_id: str) -> Run:
    """How a run stands in the store."""
    run = store.run(run_id)
    assert run is not None
    return run


def bars(page: Page) -> list[str]:
    shares: list[str] = page.locator(".answers .bar").evaluate_all("bars => bars.map(bar => bar.dataset.share)")
    return shares


# ── the first look ───────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_for_the_main_act_is_on_one_screen(opened: OpenPage) -> None:
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
    assert page.title() == "Distillery"
    expect(page.get_by_text("Deploy")).to_have_count(0)


def test_the_first_picture_is_svg_and_nothing_jumps_when_plotly_takes_over(opened: OpenPage) -> None:
    page = opened()
    page.route("**/plotly.min.js*", lambda route: route.abort())
    page.reload()
    ready(page)
    assert page.locator(".bench svg.chart").count() == 1
    where = """selector => [...document.querySelectorAll(selector)]
        .filter(node => node.textContent.trim())
        .map(node => { const box = node.getBoundingClientRect(); return [node.textContent, box.x, box.y] })
        .sort((a, b) => (a[0] + a[1]).localeCompare(b[0] + b[1]))"""
    quick = page.evaluate(where, ".bench svg.chart text")
    page.unroute("**/plotly.min.js*")
    page.reload()
    page.locator('.bench[data-chart="plotly"]').wait_for()
    drawn = page.evaluate(where, ".bench .plotly text")
    assert [text for text, *_ in quick] == [text for text, *_ in drawn]
    for (text, x, y), (_, new_x, new_y) in zip(quick, drawn, strict=True):
        assert abs(x - new_x) <= 3 and abs(y - new_y) <= 3, f"{text} jumps from {x, y} to {new_x, new_y}"


def test_the_picture_follows_a_narrower_window_at_once(opened: OpenPage) -> None:
    page = opened()
    page.locator('.bench[data-chart="plotly"]').wait_for()
    page.set_viewport_size({"width": 1000, "height": 900})
    narrow = box(page, ".bench .picture")["width"]
    page.wait_for_timeout(500)
    assert box(page, ".bench .picture")["width"] == narrow
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


# ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_looking_back_in_time_moves_curves_and_soft_labels(opened: OpenPage) -> None:
    page = opened()
    train(page)
    wait_for_state(page, "finished")
    page.wait_for_function(
        "() => document.querySelector('.answers').dataset.seq === document.querySelector('.bench').dataset.points"
    )
    at_the_end = bars(page)
    slider = page.get_by_role("slider", name="Look back in time")
    slider.focus()
    page.keyboard.press("Home")
    page.locator('.answers[data-update="0"]').wait_for()
    expect(page.locator(".answers .how")).to_contain_text("after 0 updates")
    wait_for(lambda: bars(page) != at_the_end, 10)
    assert str(slider.get_attribute("aria-valuetext")).startswith("Update 0 of 256: ")
    assert page.locator(".bench .plotly .shapelayer path").count() == 1
    page.keyboard.press("End")
    page.locator('.answers[data-update=""]').wait_for()
    wait_for(lambda: bars(page) == at_the_end, 10)
    assert page.locator(".bench .plotly .shapelayer path").count() == 0
    place = box(page, ".moments input")
    page.mouse.click(place["x"] + 0.3 * place["width"], place["y"] + place["height"] / 2)
    page.locator('.answers:not([data-update=""])').wait_for()
    earlier = bars(page)
    train(page)
    page.locator('.answers[data-update=""]').wait_for()
    wait_for(lambda: bars(page) != earlier, 30)


def test_a_recorded_run_can_be_looked_back_into_too(opened: OpenPage) -> None:
    page = opened("?data=cifar10")
    at_the_end = bars(page)
    page.get_by_role("slider", name="Look back in time").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    wait_for(lambda: bars(page) != at_the_end, 10)
    shares = [float(share) for share in bars(page)]
    assert abs(sum(shares) - 3) < 0.01, "teacher, distilled and labels only"


def test_the_curves_show_what_is_chosen(opened: OpenPage) -> None:
    page = opened()
    page.locator('.bench[data-chart="plotly"]').wait_for()
    chooser = page.get_by_label("What the curves show")
    expect(chooser.locator("option:checked")).to_have_text("accuracy on 1,000 test images, %")
    chooser.select_option("kl")
    expect(page.locator(".bench figcaption")).to_contain_text("KL divergence from the teacher")
    assert page.get_by_text("teacher 99", exact=False).count() == 0, "its accuracy is no divergence"
    chooser.select_option("soft")  # not part of what the page brings along
    expect(page.locator(".bench figcaption")).to_contain_text(re.compile(r"Distilled has a soft loss of \d"))
    chooser.select_option("accuracy")
    expect(page.locator(".bench figcaption")).to_contain_text("The teacher is right on")


def test_a_run_can_be_taken_away(opened: OpenPage, tmp_path: Path) -> None:
    page = opened("?labels=100&epochs=5")
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
        assert (
            kept.name.startswith(f"distillery-{run_id}-")
            and kept.read_bytes().startswith(start)
            and kept.stat().st_size
        )


def test_a_logarithmic_scale_shows_what_is_small(opened: OpenPage) -> None:
    page = opened()
    lengths = "bars => bars.map(bar => bar.getBoundingClientRect().width)"
    linear, shares = page.locator(".answers .bar").evaluate_all(lengths), bars(page)
    page.get_by_role("button", name="log", exact=True).click()
    assert bars(page) == shares, "the probabilities are the same"
    longer = page.locator(".answers .bar").evaluate_all(lengths)
    small = [at for at, share in enumerate(shares) if 0.001 < float(share) < 0.5]
    assert small and all(longer[at] > linear[at] for at in small)
    expect(page.locator(".answers .entropy")).to_contain_text(re.compile(r"teacher \d\.\d\d bits"))


def test_who_is_right_leads_to_the_image(opened: OpenPage) -> None:
    page = opened()
    train(page)
    wait_for_state(page, "finished")
    updates = page.locator(".bench .track").get_attribute("aria-valuemax")
    page.locator(".gallery").scroll_into_view_if_needed()
    page.locator(f'.gallery[data-update="{updates}"]').wait_for()
    counts = [int(count) for count in page.locator(".gallery h3 b").all_inner_texts()]
    assert len(counts) == 4 and counts[2] > 0 and 0 < counts[3] < 20
    image = page.locator(".gallery .images button").first
    wanted = image.get_attribute("data-image")
    image.click()
    page.wait_for_function(
        f"() => document.querySelector('.answers .caption').textContent.startsWith('Test image {wanted},')"
    )
    page.get_by_role("slider", name="Look back in time").focus()
    page.keyboard.press("Home")
    page.locator(".gallery").scroll_into_view_if_needed()
    page.locator('.gallery[data-update="0"]').wait_for()
    assert page.locator(".gallery h3 b").all_inner_texts() != [str(count) for count in counts]
    page.get_by_role("button", name="Confusion").click()
    page.get_by_role("button", name="teacher", exact=True).click()
    wrong = page.locator(".matrix button:not(.right):not(:disabled)").first
    wrong.focus()
    page.keyboard.press("Enter")
    assert page.locator('.matrix button[aria-pressed="true"]').count() == 1
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true", "the focus stays"
    assert page.locator(".gallery .images button").count() >= 1
    page.get_by_role("button", name="Class by class").click()
    assert page.locator(".gallery .classes .bar").count() == 20


def test_train_draws_curves_while_it_trains_and_ends_with_a_verdict(opened: OpenPage) -> None:
    page = opened()
    places = [box(page, selector)["y"] for selector in (".bench .picture", ".bench .transport", ".answers .said")]
    run_id = train(page)
    page.wait_for_function("() => Number(document.querySelector('.bench').dataset.points) > 0")
    assert [box(page, at)["y"] for at in (".bench .picture", ".bench .transport")] == places[:2], "the picture moves"
    wait_for_state(page, "finished")
    assert abs(box(page, ".answers .said")["y"] - places[2]) < 30, "the bars move"
    assert VERDICT.search(page.locator(".bench .sentence").inner_text())
    status = page.locator(".bench .transport .status").inner_text()
    assert re.search(r"Trained just now in [\d.]+ s on this machine · 6 students at once · link to this run", status)
    found = params(page)
    assert found["run"] == run_id and len(found["seeds"].split(".")) == 3
    updates = RunSpec.two_arms(default_settings(), (1, 2, 3)).updates
    assert f"after {updates} updates" in (page.locator(".bench figcaption").text_content() or "")
    assert page.locator(".bench table tbody tr").count() >= 5
    expect(page.locator(".answers .key span")).to_have_count(3)
    page.locator('.bench[data-chart="plotly"]').wait_for()
    right = box(page, ".bench .picture")
    for label in page.locator(".bench .plotly .annotation-text").all():
        place = label.bounding_box()
        assert place and place["x"] + place["width"] <= right["x"] + right["width"] + 1, "a label is clipped"
    expect(page.locator(".bench .announced")).to_contain_text("Finished.")


def test_train_trains_anew_and_repeat_gives_the_same_numbers(opened: OpenPage) -> None:
    page = opened("?epochs=5&labels=100")
    train(page)
    wait_for_state(page, "finished")
    seeds, said = params(page)["seeds"], page.locator(".bench figcaption").text_content()
    again = press_for_a_run(page, ".st-key-repeat button:visible")
    wait_for_state(page, "finished")
    assert params(page)["seeds"] == seeds
    page.wait_for_function("said => document.querySelector('.bench figcaption').textContent === said", arg=said)
    assert train(page) != again
    assert params(page)["seeds"] != seeds


# ── the dials ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_bars_follow_the_temperature_while_it_is_dragged(opened: OpenPage) -> None:
    page = opened()
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
    page.wait_for_function("() => new URL(location).searchParams.get('temperature') !== null")
    assert float(params(page)["temperature"]) == turned
    assert seen[-1] == bars(page)
    page.reload()
    ready(page)
    assert float(page.locator("#dial-temperature").input_value()) == turned
    assert float(page.locator(".answers").get_attribute("data-temperature") or 0) == turned


def test_a_dial_turned_just_before_train_counts(opened: OpenPage, server: Server) -> None:
    page = opened()
    page.locator("#dial-alpha").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    run_id = train(page)
    store = server.store()
    run = store.run(run_id)
    store.close()
    assert run is not None and '"alpha":0.75' in run.spec_json
    assert params(page)["alpha"] == "0.75"


# ── the link ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reload_keeps_run_and_settings_and_says_that_it_is_a_replay(opened: OpenPage) -> None:
    page = opened("?labels=200&epochs=10")
    train(page)
    wait_for_state(page, "finished")
    said, address = page.locator(".bench .sentence").inner_text(), page.url
    page.reload()
    ready(page)
    wait_for_state(page, "finished")
    assert page.url == address and page.locator(".bench .sentence").inner_text() == said
    assert "Replay: trained on" in page.locator(".bench .transport .status").inner_text()


def test_a_link_shows_the_run_to_somebody_else_who_cannot_stop_it(opened: OpenPage) -> None:
    page = opened(LONG)
    train(page)
    wait_for_state(page, "running")
    friend = opened("?" + urlsplit(page.url).query)
    wait_for_state(friend, "running")
    assert friend.locator(".bench .buttons button:visible").count() == 0
    assert "somebody else’s run" in friend.locator(".bench .transport .status").inner_text()
    assert friend.locator("#control-labels, .st-key-control-labels").first.inner_text().count("4,000")
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(page, "stopped")
    wait_for_state(friend, "stopped")


# ── the transport ────────────────────────────────────────────────────────────────────────────────────────────────


def update(page: Page) -> int:
    return int(page.locator(".bench .track").get_attribute("aria-valuenow") or 0)


def test_pause_step_resume_and_stop(opened: OpenPage) -> None:
    page = opened(LONG)
    train(page)
    wait_for_state(page, "running")
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
    assert "the numbers so far are kept" in page.locator(".bench .transport .status").inner_text()
    assert page.locator(".bench .buttons button:visible").count() == 0


def test_one_step_from_nothing(opened: OpenPage) -> None:
    page = opened()
    page.locator(".st-key-step button:visible").click()
    wait_for_state(page, "paused")
    assert update(page) == 1


def test_five_presses_leave_one_run(opened: OpenPage, server: Server) -> None:
    page = opened(LONG)
    for _ in range(5):
        page.locator(".st-key-train button:visible").click()
    store = server.store()
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    wait_for_state(page, "running")

    def only_one() -> bool:
        run = store.run(params(page).get("run", ""))
        return run is not None and [r.id for r in store.runs_of(run.learner) if r.state in LIVE] == [run.id]

    wait_for(only_one)
    store.close()


def test_two_tabs_of_one_learner_and_a_question_while_both_train(opened: OpenPage, server: Server) -> None:
    here, store = opened(LONG), server.store()
    long = train(here)
    there = opened("?epochs=3&labels=50", context=here.context)
    train(there)
    wait_for_state(there, "finished")
    assert bench_state(here) in ("queued", "running")

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
    there.locator(".steps").get_by_role("button", name="When it does not help").click()
    there.locator(f'.bench[data-run="{own}"]').wait_for()
    wait_for_state(there, "running", "finished")
    store.close()

    here.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(here, "stopped")
