"""The page of runs: sorted by keyboard, renamed, compared, shared, deleted, taken away; and a challenge in the lab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import BrowserContext, Page, expect
from safetensors.numpy import save

from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.server import identity
from app.store import Store
from tests.e2e.conftest import OpenPage, Server, box, train, wait_for_state
from tests.e2e.test_axe import LOOKS, bears_every_look, drawn, look
from tests.files import weights_path
from tests.store.stored import ended_run
from tests.waiting import wait_for

SEEDS = (12, 33, 904)


def learner_of(context: BrowserContext) -> str:
    """Who the server takes this visitor for: read from the cookie, whose signature the browser need not check."""
    value = next(str(cookie.get("value")) for cookie in context.cookies() if cookie.get("name") == identity.COOKIE)
    return value.split(".")[0]


def run(store: Store, learner: str, better: float, **settings: Any) -> str:
    """A finished run whose distilled students are better by so many points."""
    spec = RunSpec.two_arms(default_settings() | settings, SEEDS)
    labels = [0.88, 0.885, 0.89]
    taught = [value + better * (1 + 0.05 * at) / 100 for at, value in enumerate(labels)]
    return ended_run(store, learner, spec, [labels, taught])


def to_runs(page: Page) -> None:
    """Go to the page of runs by its link, and wait until it can be used."""
    masthead = page.locator(".st-key-masthead")
    link = masthead.get_by_role("link", name="Runs")
    if not link.is_visible():  # on a phone it lies in the fold
        masthead.get_by_role("button", name="More").click()
    link.click()
    page.locator(".overview[data-ready]").wait_for()


def row(page: Page, run_id: str) -> Any:
    """The line of a run."""
    return page.locator(f'.overview tr[data-run="{run_id}"]:not(.detail)')


def order(page: Page) -> list[str]:
    """The runs from top to bottom."""
    found: list[str] = page.locator(".overview tbody tr:not(.detail, .rest)").evaluate_all(
        "rows => rows.map(row => row.dataset.run)"
    )
    return found


def test_runs_are_sorted_named_compared_shared_taken_away_and_deleted(
    opened: OpenPage, server: Server, tmp_path: Path
) -> None:
    page = opened()
    store, me = server.store(), learner_of(page.context)
    low, high = run(store, me, 1.0), run(store, me, 4.0, temperature=4.0)
    weights_path_of(server, high).write_bytes(save({"arm0.seed0.w": np.zeros(1, np.float32)}))
    to_runs(page)
    assert order(page)[:2] == [high, low], "the newest first"

    # sorted by keyboard
    head = page.get_by_role("button", name="Gain, points")
    head.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th", has=head)).to_have_attribute("aria-sort", "descending")
    assert order(page).index(high) < order(page).index(low)
    page.keyboard.press("Space")
    expect(page.locator("th", has=head)).to_have_attribute("aria-sort", "ascending")
    assert order(page).index(high) > order(page).index(low)
    expect(head).to_be_focused()

    # renamed; markup stays text
    row(page, high).get_by_role("button", name="More about").click()
    page.locator(".overview .detail input").fill("my <b>best</b>")
    page.keyboard.press("Enter")
    expect(row(page, high).locator(".open")).to_have_text("my <b>best</b>")
    wait_for(lambda: store.runs.listed(me)[0][0].name == "my <b>best</b>")

    # every file is taken away, under the run's name
    row(page, high).get_by_role("button", name="More about").click()
    for words, begin in (("curves (CSV)", b"run,role"), ("settings (JSON)", b"{"), ("students’ weights", b"")):
        with page.expect_download() as download:
            page.locator(".overview .detail").get_by_role("link", name=words).click()
        kept = tmp_path / download.value.suggested_filename
        download.value.save_as(kept)
        assert kept.name.startswith("distillery-my-b-best-b-") and kept.read_bytes().startswith(begin)
    with page.expect_download() as download:
        page.get_by_role("link", name="whole table (CSV)").click()
    assert high in Path(download.value.path()).read_text(encoding="utf-8")

    # two pinned and compared
    row(page, low).get_by_role("button", name="Pin").click()
    expect(row(page, low).locator("[data-act=pin]")).to_have_text("A")
    row(page, high).get_by_role("button", name="Pin").click()
    page.locator(".compare[data-ready]").wait_for()
    expect(page.locator(".compare .sentence")).to_contain_text("B’s distilled students")
    expect(page.locator(".compare .differs tbody tr")).to_have_count(1)
    assert page.locator(".compare svg .line.second").count() == 2
    page.get_by_label("What the curves show").select_option("kl")
    expect(page.locator(".compare")).to_have_attribute("data-measure", "kl")

    # the link shows the same to somebody else, and nothing of the table
    said = page.locator(".compare .sentence").inner_text()
    wait_for(lambda: f"a={low}&b={high}" in page.evaluate("location.search"))
    other = opened(f"runs{page.evaluate('location.search')}", wait=False)
    other.locator(".compare[data-ready]").wait_for()
    expect(other.locator(".compare .sentence")).to_have_text(said)
    assert row(other, high).count() == 0
    other.close()

    # deleted, after being asked
    row(page, low).get_by_role("checkbox").check()
    page.get_by_role("button", name="Delete…").click()
    expect(page.locator(".asked p")).to_contain_text("for good")
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, low)).to_have_count(1)
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(row(page, low)).to_have_count(0)
    page.locator(".compare").wait_for(state="detached")
    assert store.runs.get(low) is None and store.runs.get(high) is not None
    store.close()


def weights_path_of(server: Server, run_id: str) -> Path:
    """Where the served home keeps a run's weights."""
    path = server.home / weights_path(run_id).parent.name / weights_path(run_id).name
    path.parent.mkdir(exist_ok=True)
    return path


def test_a_live_run_is_followed_in_the_table_and_opens_in_the_lab(opened: OpenPage) -> None:
    page = opened("?labels=1000&epochs=8")
    run_id = train(page)
    to_runs(page)
    assert row(page, run_id).get_attribute("data-state") in ("queued", "running", "finished")
    page.locator(f'.overview tr[data-run="{run_id}"][data-state="finished"]').wait_for()
    expect(row(page, run_id)).to_contain_text("±")
    row(page, run_id).locator(".open").click()
    page.locator(f'.bench[data-run="{run_id}"]').wait_for()
    assert page.evaluate("new URL(location).searchParams.get('labels')") == "1000"
    page.get_by_role("link", name="Compare this run with another").click()
    page.locator(".overview[data-ready]").wait_for()
    expect(row(page, run_id).locator("[data-act=pin]")).to_have_text("A")


def test_a_challenge_is_taken_on_checked_and_left(opened: OpenPage) -> None:
    page = opened()
    to_runs(page)
    page.get_by_role("link", name="Challenges to train for").click()
    page.locator(".st-key-challenge-five-hundred").get_by_role("link", name="Try it").click()
    page.locator('.challenge[data-challenge="five-hundred"][data-ready]').wait_for()
    assert "challenge=five-hundred" in page.evaluate("location.search")
    page = opened("?challenge=five-hundred&labels=100&epochs=3", context=page.context)  # of a moment
    train(page)
    wait_for_state(page, "finished")
    expect(page.locator(".challenge .said")).to_contain_text("mean over 3 seeds, on 10,000 test images")
    page.get_by_role("button", name="Leave the challenge").click()
    page.locator(".challenge").wait_for(state="detached")
    wait_for(lambda: "challenge" not in page.evaluate("location.search"))


def test_three_hundred_runs_stay_quick_and_fit_a_phone(opened: OpenPage, server: Server) -> None:
    page = opened()
    store, me = server.store(), learner_of(page.context)
    for at in range(300):
        run(store, me, 1 + at / 100, labels=(100, 500, 2000)[at % 3])
    store.close()
    to_runs(page)
    assert len(order(page)) == 60, "the first ones; the others are a press away"
    took = page.evaluate(
        """() => {
          const head = document.querySelector('.overview [data-sort="gain_points"]'), start = performance.now()
          head.click()
          document.querySelector(".overview").getBoundingClientRect()
          return performance.now() - start
        }"""
    )
    page.get_by_role("button", name="Show all 30").click()
    assert len(order(page)) >= 300
    assert took < 1000, f"sorting 300 runs took {took:.0f} ms"
    page.set_viewport_size({"width": 390, "height": 844})
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    first = box(page, ".overview tbody .run")
    page.locator(".overview .wide").evaluate("node => node.scrollTo(600, 0)")
    page.wait_for_function("() => document.querySelector('.overview .wide').scrollLeft > 0")
    assert abs(box(page, ".overview tbody .run")["x"] - first["x"]) < 1, "the run's name stays in sight"


def test_axe_finds_nothing_serious(opened: OpenPage, server: Server) -> None:
    page = opened(**look(*LOOKS[0]))
    to_runs(page)
    bears_every_look(page, "no run yet")
    store, me = server.store(), learner_of(page.context)
    low, high = run(store, me, 1.0), run(store, me, 4.0, temperature=4.0)
    store.close()
    page.goto(f"{server.url}/runs?a={low}&b={high}")
    page.locator(".compare[data-ready]").wait_for()
    row(page, low).get_by_role("button", name="More about").click()
    row(page, high).get_by_role("checkbox").check()
    bears_every_look(page, "two side by side, one open, one chosen")
    page.get_by_role("button", name="Delete…", exact=True).click()
    bears_every_look(page, "asked")
    page.goto(f"{server.url}/challenges")
    page.locator(".st-key-challenge-keep").wait_for()
    bears_every_look(page, "challenges")
    page.locator(".st-key-challenge-keep").get_by_role("link", name="Try it").click()
    page.locator(".challenge[data-ready]").wait_for()
    bears_every_look(page, "a challenge in the lab")


def test_bad_addresses_get_sentences(opened: OpenPage) -> None:
    page = opened("runs?a=%3Cb%3E&b=abcd2345efgh&x=1", wait=False)
    page.locator(".overview[data-ready]").wait_for()
    expect(page.get_by_role("listitem").filter(has_text="There is no run “abcd2345efgh” here")).to_be_visible()
    assert json.loads(page.evaluate("JSON.stringify([...new URL(location).searchParams.keys()])")) == []
