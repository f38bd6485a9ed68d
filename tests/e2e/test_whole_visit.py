"""A whole visit, played once from the front page to the link that shows a friend the same."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, ready, train
from tests.e2e.test_draw import begin, draw, inference, settled
from tests.e2e.test_runs import row, to_runs
from tests.e2e.test_sweeps import SMALL, swept
from tests.e2e.test_sweeps import run as run_sweep
from tests.e2e.test_visit import VERDICT, bars, params

__all__ = ["inference"]  # the process that reads drawings is there, as it is for anybody but the first visitor


def finished(page: Page) -> None:
    """Wait for the end of the run, also on a machine that does other things."""
    page.locator('.bench[data-state="finished"]').wait_for(timeout=120_000)


def scrubbed(page: Page) -> None:
    """Back to the beginning of the run and forward again; the bars follow."""
    page.wait_for_function(
        "() => document.querySelector('.answers').dataset.seq === document.querySelector('.bench').dataset.points"
    )
    at_the_end = bars(page)
    page.get_by_role("slider", name="Look back in time").focus()
    page.keyboard.press("Home")
    page.locator('.answers[data-update="0"]').wait_for()
    expect(page.locator(".answers .how")).to_contain_text("after 0 updates")
    assert bars(page) != at_the_end
    page.keyboard.press("End")
    page.locator('.answers[data-update=""]').wait_for()


def test_a_whole_visit(opened: OpenPage, tmp_path: Path) -> None:
    # open: a complete recorded run, at once
    page = opened()
    assert page.locator(".bench").get_attribute("data-run") == "recorded-mnist-kd"
    expect(page.locator(".bench .sentence")).to_contain_text("Distilled beats labels only by")
    expect(page.locator(".bench .transport .status")).to_contain_text("Recorded run, shipped with the app")
    assert page.url.endswith("/lab"), "nothing in the address yet"

    # watch the recorded run: back in time, and one of its images
    page.get_by_role("slider", name="Look back in time").focus()
    page.keyboard.press("Home")
    page.locator('.answers[data-update="0"]').wait_for()
    page.keyboard.press("End")

    # turn a dial, and train one's own
    page.locator("#dial-temperature").focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(page.locator(".bench .aside")).to_contain_text("Train to see your settings", timeout=30_000)
    first = train(page)
    finished(page)
    assert VERDICT.search(page.locator(".bench .sentence").inner_text())
    assert params(page)["temperature"] == "6" and params(page)["run"] == first
    scrubbed(page)

    # draw a digit, and see what one's own students say
    begin(page)
    draw(page, 4)
    settled(page)
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 4")
    expect(page.locator(".answers .key span")).to_have_count(3)
    page.locator('[data-source="test"]').click()

    # a sweep over the ways to teach, beside it
    sweeps = opened(SMALL, context=page.context, wait=False)
    swept(sweeps)
    run_sweep(sweeps)
    sweeps.locator('.sweep[data-state="ended"]').wait_for(timeout=120_000)
    expect(sweeps.locator(".sweep .sentence")).to_contain_text("Of 5 settings")
    sweeps.close()

    # another run with other settings, and the two side by side
    page.locator(".st-key-control-student").get_by_text("2 k", exact=True).click()
    page.wait_for_function("() => new URL(location).searchParams.get('student') === 'cnn-2k'")
    second = train(page)
    finished(page)
    shown, said = page.url, page.locator(".bench .sentence").inner_text()
    to_runs(page)
    for run_id in (first, second):
        row(page, run_id).get_by_role("button", name="Pin").click()
    page.locator(".compare[data-ready]").wait_for()
    compared = page.locator(".compare .sentence").inner_text()
    expect(page.locator(".compare .differs")).to_contain_text("2 k")

    # take the run away
    row(page, second).get_by_role("button", name="More about").click()
    for words, start in (("curves (CSV)", b"run,role"), ("settings (JSON)", b"{"), ("students’ weights", b"")):
        with page.expect_download() as download:
            page.locator(".overview .detail").get_by_role("link", name=words).click()
        kept = tmp_path / download.value.suggested_filename
        download.value.save_as(kept)
        assert kept.read_bytes().startswith(start) and kept.stat().st_size > 100

    # share both links: somebody else, in a browser of their own, sees the same
    page.wait_for_function("() => location.search.includes('a=') && location.search.includes('b=')")
    friend = opened(f"runs{urlsplit(page.url).query and '?' + urlsplit(page.url).query}", wait=False)
    friend.locator(".compare[data-ready]").wait_for()
    expect(friend.locator(".compare .sentence")).to_have_text(compared)
    lab = opened("?" + urlsplit(shown).query)
    finished(lab)
    assert lab.locator(".bench").get_attribute("data-run") == second
    expect(lab.locator(".bench .sentence")).to_have_text(said)
    expect(lab.locator(".bench .transport .status")).to_contain_text(re.compile("Replay: .*somebody else’s run"))
    assert float(lab.locator("#dial-temperature").input_value()) == 6
    assert lab.locator(".bench .buttons button:visible").count() == 0

    # and a lecturer puts it on the wall
    lab.get_by_role("button", name="Show on a projector").click()
    lab.wait_for_function("() => new URL(location).searchParams.get('show') === 'run'")
    expect(lab.locator(".bench .sentence")).to_have_text(said)
    expect(lab.locator(".st-key-masthead")).to_be_hidden()
    lab.get_by_role("button", name="Whole page").click()
    ready(lab)
    expect(lab.locator(".st-key-masthead")).to_be_visible()
