"""The whole app below a path, in a browser: pages, scripts, a run, a reload and the link to another device."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import PATIENCE, ready, train, wait_for_state
from tests.serving import START_SECONDS, serving
from tests.waiting import wait_for

BASE = "/distillery"


def test_a_visit_below_a_path(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "home", "--server.baseUrlPath", BASE.strip("/")) as served:
        teacher = f"{BASE}/api/teachers/mnist/answers?data=mnist&image=0"
        wait_for(lambda: served.get(teacher)[0] == 200, START_SECONDS)  # a worker is warm
        context = browser.new_context()
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        wrong: list[str] = []
        outside = re.compile(f"http.?://[^/]*/(?!{BASE[1:]}/)")
        page.on("request", lambda request: wrong.extend([request.url] if outside.match(request.url) else []))
        page.on("response", lambda answer: wrong.extend([answer.url] if answer.status >= 400 else []))
        page.goto(f"{served.url}{BASE}/lab")
        ready(page)
        train(page)
        wait_for_state(page, "running", "finished")
        page.reload()
        ready(page)
        wait_for_state(page, "running", "finished")
        page.get_by_role("link", name="Progress").click()
        page.get_by_role("button", name="Show my phrase and link").click()
        link = page.locator("[data-testid=stCode]").nth(1).inner_text().strip()
        assert link.startswith(f"{served.url}{BASE}/move#")
        other = browser.new_context()
        other.set_default_timeout(PATIENCE)
        there = other.new_page()
        there.goto(link)
        assert urlsplit(there.url).path == f"{BASE}/progress"
        there.get_by_role("button", name="Yes, go on as that learner").click()
        expect(there.get_by_text("This browser goes on with what is kept of you: 1 run.")).to_be_visible()
        assert wrong == []
        other.close()
        context.close()
