"""The worker is killed while a run of it is looked at: in a challenge, between two steps, side by side with another."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.store import Run, Store
from tests.e2e.conftest import LONG, OpenPage, Server, press_for_a_run, train, wait_for_state
from tests.predicting import save_prediction
from tests.waiting import wait_for

ENDED = "The process that trained this run ended"


@pytest.fixture
def store(server: Server) -> Iterator[Store]:
    made = server.store()
    yield made
    made.close()


def in_the_middle(store: Store, run_id: str) -> Run:
    """The run, once it trains and has a first point."""

    def found() -> Run | None:
        run = store.runs.get(run_id)
        return run if run and run.state == "running" and run.seq > 1 else None

    return wait_for(found)


def kill(run: Run) -> None:
    os.kill(int(str(run.worker).split("-")[1]), signal.SIGKILL)


def told(page: Page) -> None:
    wait_for_state(page, "interrupted")
    expect(page.locator(".bench .sentence")).to_have_text("This run was interrupted.")
    expect(page.locator(".bench .aside")).to_contain_text(ENDED)


@pytest.mark.slow
def test_in_a_challenge(opened: OpenPage, store: Store) -> None:
    page = opened(f"{LONG}&challenge=five-hundred")
    kill(in_the_middle(store, train(page)))
    told(page)
    assert page.locator(".challenge").get_attribute("data-met") != "true", "half a run does not count"
    train(page)
    wait_for_state(page, "running")


def test_between_two_steps_nothing_is_lost(opened: OpenPage, server: Server) -> None:
    page = opened(LONG)
    run_id = press_for_a_run(page, ".st-key-step button:visible")
    wait_for_state(page, "paused")
    assert page.locator(".bench .track").get_attribute("aria-valuenow") == "1", "one step from nothing"
    workers = server.processes("app.experiments.worker")
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    page.locator(".bench").get_by_role("button", name="One step", exact=True).click()
    expect(page.locator(".bench")).to_have_attribute("data-points", "2")
    wait_for_state(page, "paused")
    expect(page.locator(".bench")).to_have_attribute("data-run", run_id)


@pytest.mark.slow
def test_side_by_side_with_another(opened: OpenPage, store: Store) -> None:
    page = opened(LONG)
    run_id = train(page)
    run = in_the_middle(store, run_id)
    other = opened(f"runs?a={run_id}&b=recorded-mnist-kd", context=page.context, wait=False)
    other.locator('.compare[data-states^="running"]').wait_for()
    kill(run)
    other.locator('.compare[data-states^="interrupted"]').wait_for()
    expect(other.locator(".compare")).to_contain_text(re.compile("interrupted"))
    told(page)


def test_in_a_run_of_a_lesson(opened: OpenPage, server: Server, store: Store) -> None:
    page = opened("lesson?lesson=twins&step=predict", wait=False)
    save_prediction(page)
    again = page.get_by_role("button", name="Train your own twins")
    workers = server.processes("app.experiments.worker")
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)  # else so short a run may have ended before the page shows it
    again.click()
    bench = page.locator(".bench")
    expect(bench).not_to_have_attribute("data-run", "recorded-mnist-kd")
    run_id = str(bench.get_attribute("data-run"))
    for pid in workers:
        os.kill(pid, signal.SIGCONT)
    kill(in_the_middle(store, run_id))
    told(page)
    again.click()
    expect(bench).not_to_have_attribute("data-run", run_id)
    wait_for_state(page, "running", "finished")
