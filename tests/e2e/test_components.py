"""Components alone in a real browser: their scripts and HTML from the folder, and answers that the test makes up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.components.mount import files
from app.components.scripts import address, contents
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from tests.e2e.conftest import PATIENCE

HOME = "http://component.test"
BROKEN = "could not be drawn"
EVENTS = "**/events?*"
SPEC = RunSpec.two_arms(default_settings(), (1, 2)).as_dict()
RUN: dict[str, Any] = {
    "id": "aaaaaaaaaaaa",
    "name": "",
    "state": "running",
    "message": "",
    "update": 10,
    "updates": 100,
    "seconds": 1.0,
    "created": 1_700_000_000,
    "mine": True,
    "spec": SPEC,
    "record": {},
    "verdict": None,
    "teacher_accuracy": 0.99,
    "test_images": 1000,
    "events": [],
    "next": 0,
}
WORDS: dict[str, dict[str, str]] = {"data": {}, "student": {}, "teacher": {}, "method": {}}
BENCH = {"api": "/api", "run": RUN["id"], "answer": RUN, "updates": 100, "methods": {}, "words": WORDS, "fresh": False}
SWEEP_CELL = {"at": [1, 0.5], "state": "running", "share": 0.1, "gain": None, "accuracy": None, "run": None}


@pytest.fixture
def errors() -> list[str]:
    """What the page's scripts threw; a test that expects some takes them out."""
    return []


@pytest.fixture
def page(browser: Browser, errors: list[str]) -> Iterator[Page]:
    """A page of a server that is not there: the scripts come from their folder."""

    def served(route: Route) -> None:
        path = route.request.url.removeprefix(HOME)
        if path == "/":
            route.fulfill(body="<!doctype html><title>One component</title><body></body>", content_type="text/html")
        elif script := contents().get(path.removeprefix(address(""))):
            route.fulfill(body=script, content_type="text/javascript")
        else:
            route.fulfill(status=503, body="{}")

    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/*", served)
    page.goto(f"{HOME}/")
    yield page
    context.close()
    assert errors == []


def mounted(page: Page, name: str, data: object) -> None:
    """Mount a component as Streamlit does; what it sends is in `window.sent`."""
    script, html, _styles = files(name)
    page.evaluate(
        """async ([script, html, data]) => {
          document.body.innerHTML = `<div id="place">${html}</div>`
          window.sent = []
          const send = (key, value) => window.sent.push([key, value])
          const { default: mount } = await import(script)
          window.mount = (data) =>
            mount({ parentElement: document.querySelector("#place"), data, setTriggerValue: send, setStateValue: send })
          window.leave = window.mount(data)
        }""",
        [address(script), html.read_text(encoding="utf-8"), data],
    )


def events(route: Route, **change: Any) -> None:
    """Answer what /events asks."""
    seq = 1 + int(route.request.url.partition("after=")[2])
    point = {"seq": seq, "update": 10, "accuracy": [[0.5, 0.5], [0.6, 0.6]], "agreement": None, "losses": None}
    route.fulfill(body=json.dumps({**RUN, "events": [point], "next": seq, **change}), content_type="application/json")


@pytest.mark.parametrize("action", ["stop", "pause"])
def test_a_refused_press_leaves_its_button_alive(page: Page, action: str) -> None:
    page.clock.install()
    page.route(EVENTS, events)
    mounted(page, "bench", BENCH)
    button = page.locator(f'.bench [data-action="{action}"]')
    button.click()
    expect(button).to_be_disabled()
    assert page.evaluate("sent[0][1].action") == action
    page.evaluate("data => { window.mount(data) }", BENCH)  # the page was drawn again, with a notice that says why
    for _ in range(6):  # the run goes on, and its answers come
        with page.expect_response(EVENTS):
            page.clock.run_for(400)
    expect(button).to_be_enabled()


def test_a_press_on_train_is_said_at_once_and_so_is_a_server_that_does_not_answer(page: Page) -> None:
    page.clock.install()
    page.route(EVENTS, events)
    mounted(page, "bench", {**BENCH, "answer": {**RUN, "state": "finished"}, "run": RUN["id"]})
    page.evaluate(
        """data => {
          document.body.classList.add("stApp")
          document.body.insertAdjacentHTML("beforeend", '<div class="st-key-train"><button>Train</button></div>')
          window.leave()
          window.leave = window.mount(data)
        }""",
        {**BENCH, "answer": {**RUN, "state": "finished"}},
    )
    sentence, connection = page.locator(".bench .sentence"), page.locator(".bench .connection")
    before = sentence.inner_text()
    for drawn in ("page", "run"):
        page.get_by_role("button", name="Train").click()
        assert sentence.inner_text() == "Starting…" and not connection.is_visible()
        page.clock.run_for(3100)
        assert sentence.inner_text() == "Starting…" and "No answer yet" in connection.inner_text()
        if drawn == "page":  # which says why nothing was started: the bench has nothing new
            page.evaluate("() => { document.body.dataset.testScriptState = 'notRunning' }")
        else:
            page.evaluate(
                "data => { window.mount(data) }", {**BENCH, "run": "b" * 12, "answer": {**RUN, "id": "b" * 12}}
            )
        expect(connection).to_be_hidden()
        expect(sentence).not_to_have_text("Starting…")
    assert before != "Starting…"
    page.locator('.bench [data-action="pause"]').click()
    assert sentence.inner_text() != "Starting…" and not connection.is_visible()
    page.clock.run_for(3100)
    assert "No answer yet" in connection.inner_text()


def test_what_is_pressed_while_the_server_is_away_is_sent_once_when_it_is_back(page: Page) -> None:
    page.route(EVENTS, events)
    mounted(page, "bench", BENCH)
    connect = "state => { document.body.className = 'stApp'; document.body.dataset.testConnectionState = state }"
    page.evaluate(connect, "PINGING_SERVER")
    page.locator('.bench [data-action="pause"]').click()
    assert page.evaluate("sent") == []
    page.evaluate(connect, "CONNECTING")
    page.evaluate(connect, "CONNECTED")
    page.wait_for_function("() => sent.length")
    page.evaluate(connect, "PINGING_SERVER")
    page.evaluate(connect, "CONNECTED")
    assert page.evaluate("sent.map(([, { action }]) => action)") == ["pause"]


def test_while_the_server_is_away_the_page_says_so_and_nothing_lies_over_it(page: Page) -> None:
    page.clock.install()
    page.evaluate(
        """async (script) => {
          document.body.innerHTML = '<div class="stApp" data-test-connection-state="CONNECTED"><p>To read.</p></div>'
          window.app = document.querySelector(".stApp")
          window.connect = (state) => app.setAttribute("data-test-connection-state", state)
          window.shut = 0
          window.openDialog = () => {  // as Streamlit does
            const dialog = document.body.appendChild(document.createElement("div"))
            dialog.dataset.testid = "stDialog"
            const close = dialog.appendChild(document.createElement("button"))
            close.ariaLabel = "Close"
            close.addEventListener("click", () => { shut += 1; dialog.remove() })
          }
          await import(script)
        }""",
        address("components/js/page/away.js"),
    )
    said, dialogs = page.locator(".away"), page.locator('[data-testid="stDialog"]')
    for _ in range(2):  # it is said each time
        page.evaluate("connect('PINGING_SERVER')")
        page.evaluate("openDialog()")
        expect(dialogs).to_have_count(0)
        expect(said).to_have_text("")
        page.clock.run_for(3100)
        expect(said).to_contain_text("The server does not answer. You can read on here")
        page.evaluate("connect('CONNECTING')")
        expect(said).to_contain_text("The server does not answer.")
        page.evaluate("connect('CONNECTED')")
        expect(said).to_have_count(0)
    assert page.evaluate("shut") == 2
    page.evaluate("openDialog()")  # one that a learner opens stays
    expect(dialogs).to_have_count(1)
    page.evaluate("connect('DISCONNECTED_FOREVER')")
    expect(said).to_contain_text("Reload the page")


def test_a_press_that_waits_for_the_store_is_said_to_wait_until_it_is_done(page: Page) -> None:
    """A press of Streamlit's, and one that goes past it."""
    waits = {"waits": False}
    page.route("**/api/waits", lambda route: route.fulfill(json=waits))
    page.clock.install()
    page.evaluate(
        """async ([script, events]) => {
          document.body.innerHTML = '<div class="stApp" data-test-script-state="notRunning"><p>To read.</p></div>'
          const app = document.querySelector(".stApp")
          window.runs = (on) => app.setAttribute("data-test-script-state", on ? "running" : "notRunning")
          await import(script)
          const { ASKS, tell } = await import(events)
          window.asks = (on) => tell(ASKS, { on })
        }""",
        [address("components/js/page/waits.js"), address("components/js/events.js")],
    )
    said = page.get_by_role("status")
    for press in ("runs", "asks"):
        waits["waits"] = False
        page.evaluate(f"{press}(true)")
        with page.expect_response("**/api/waits"):
            page.clock.run_for(1600)
        expect(said).to_have_text("")  # it only takes long
        waits["waits"] = True  # it is asked again every second
        expect(said).to_contain_text("What you pressed waits for it, for a minute at most, and is done once.")
        page.evaluate(f"{press}(false)")
        expect(said).to_have_text("")


def test_a_press_on_a_new_phrase_is_asked_again_once_and_a_lost_answer_promises_nothing(page: Page) -> None:
    asked, answers = list[Any](), [{"again": "yes"}, None]

    def answered(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or ""))
        answer = answers.pop(0)
        route.abort() if answer is None else route.fulfill(json=answer)

    page.route("**/api/learner/renew", answered)
    data = {"address": f"{HOME}/api/learner/renew", "label": "New phrase", "busy": "Changing…", "said": {"handle": "h"}}
    mounted(page, "handover", data)
    page.get_by_role("button", name="New phrase").click()
    expect(page.locator(".said")).to_have_text(
        "No answer came from the server. Reload the page to see whether it was done."
    )
    assert asked == [{"handle": "h"}, {"handle": "h", "again": "yes"}]


def test_a_run_that_waits_shows_a_recorded_one_until_its_first_point(page: Page) -> None:
    waiting = {**RUN, "state": "queued", "place": 3, "wait_s": 20, "update": 0, "updates": 6300, "events": []}
    first = {"on": False}

    def asked(route: Route) -> None:
        point = {"seq": 1, "kind": "point", "update": 0, "accuracy": [[0.1, 0.1], [0.1, 0.1]], "losses": None}
        begun = {**waiting, "state": "running", "place": None, "events": [point], "next": 1}
        answer = begun if first["on"] else {**waiting, "next": 0}
        route.fulfill(body=json.dumps(answer), content_type="application/json")

    page.route(EVENTS, asked)
    shown = [{"kind": "point", "update": at, "accuracy": [[0.1 + at / 500], [0.2 + at / 500]]} for at in (0, 200)]
    meanwhile = {"words": "Faint, while yours waits: a recorded run.", "spec": RUN["spec"], "events": shown}
    page.add_style_tag(content=".bench .picture { height: 300px }")
    mounted(page, "bench", {**BENCH, "answer": {**waiting, "next": 0}, "meanwhile": meanwhile})
    recorded, ghosts = page.locator(".bench .beside"), page.locator(".bench .quick .ghost")
    expect(recorded).to_have_text(meanwhile["words"])
    expect(ghosts).to_have_count(2)
    assert page.locator(".bench .quick").inner_text().find("6,000") < 0, "the axis is the recorded run's"
    first["on"] = True
    expect(recorded).to_have_text("")
    expect(ghosts).to_have_count(0)


def test_a_refused_stop_of_a_sweep_leaves_its_button_alive(page: Page) -> None:
    page.clock.install()
    axes = [
        {"key": key, "words": key, "values": [value], "names": [str(value)]}
        for key, value in (("T", 1), ("alpha", 0.5))
    ]
    numbers = {"seconds": 1.0, "left": 5.0, "teacher_accuracy": 0.99, "test_images": 1000, "date": None}
    told = {"id": "s", "state": "live", "message": "", "mine": True, "recorded": False, "cells": [SWEEP_CELL]}
    answer = {**told, **numbers, "axes": axes, "left_out": [], "kind": "temperature-alpha", "chosen": None, "done": 0}
    answer |= {"seeds": [1], "updates": 100, "place": None, "wait_s": None, "settings": {}, "counts": {"finished": 0}}
    mounted(page, "sweep", {"api": "/api", "answer": answer, "note": "", "disabled": ""})
    stop = page.locator(".sweep .stop")
    stop.click()
    expect(stop).to_be_disabled()
    page.clock.run_for(2000)
    expect(stop).to_be_enabled()


def test_a_drawing_that_fails_is_said_and_reported_and_the_run_is_followed_on(page: Page, errors: list[str]) -> None:
    asked: list[str] = []

    def answered(route: Route) -> None:
        asked.append(route.request.url)
        events(
            route, **({"spec": None} if len(asked) == 1 else {"state": "finished"})
        )  # no drawing can be made of the first answer

    page.route(EVENTS, answered)
    mounted(page, "bench", BENCH)
    expect(page.locator(".bench > .broken")).to_contain_text(BROKEN)
    expect(page.locator(".bench > .broken")).to_have_attribute("role", "alert")
    expect(page.locator(".bench")).to_have_attribute("data-points", "2")
    assert errors and len(asked) >= 2
    errors.clear()
    expect(page.locator(".bench .connection")).to_be_hidden()


def test_a_component_that_has_left_asks_and_hears_nothing(page: Page) -> None:
    page.clock.install()
    asked: list[str] = []

    def answered(route: Route) -> None:
        asked.append(route.request.url)
        events(route)

    page.route(EVENTS, answered)
    mounted(page, "bench", BENCH)
    with page.expect_response(EVENTS):
        page.clock.run_for(400)
    page.evaluate("leave()")
    before = len(asked)
    page.clock.run_for(20_000)
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('distillery:beside', { detail: { note: 'late', link: '' } }))"
    )
    assert len(asked) == before and "late" not in page.locator(".bench").inner_text()
