"""The whole app behind a real nginx, in a browser: below a path that is kept or stripped, in a course page's frame, and
where no WebSocket gets through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.server import streamlit_internals
from app.server.identity import COOKIE
from app.server.reading import NO_SOCKET
from app.server.site import EMBEDDED_IN
from app.server.site_protection import FRAMED, OPEN
from tests import nginx
from tests.e2e.conftest import PATIENCE, forbidden, ready, train, wait_for_state
from tests.nginx import NGINX, Proxy, free_ports, proxying
from tests.serving import START_SECONDS, serving
from tests.waiting import wait_for

BASE = "/distillery"
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    folder, (course,) = tmp_path_factory.mktemp("below"), free_ports(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(EMBEDDED_IN, f"https://localhost:{course}")
        with serving(folder / "home", "--server.baseUrlPath", BASE.strip("/")) as served:
            teacher = f"{BASE}/api/teachers/mnist/answers?data=mnist&image=0"
            wait_for(lambda: served.get(teacher)[0] == 200, START_SECONDS)  # a worker is warm
            with proxying(folder / "nginx", served.url, BASE, course) as proxy:
                yield proxy


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.extend(forbidden(message.text)))
    yield page
    assert wrong == []


def test_a_visit_below_a_path(proxy: Proxy, page: Page, browser: Browser) -> None:
    wrong: list[str] = []
    outside = re.compile(f"http.?://[^/]*/(?!{BASE[1:]}/)")
    page.on("request", lambda request: wrong.extend([request.url] if outside.match(request.url) else []))
    page.on("response", lambda answer: wrong.extend([answer.url] if answer.status >= 400 else []))
    page.goto(f"{proxy.keeps}{BASE}/lab")
    ready(page)
    train(page)
    wait_for_state(page, "running", "finished")
    page.reload()
    ready(page)
    wait_for_state(page, "running", "finished")
    page.get_by_role("link", name="Progress").click()
    page.get_by_role("button", name="Show my phrase and link").click()
    link = page.locator("[data-testid=stCode]").nth(1).inner_text().strip()
    assert link.startswith(f"{proxy.keeps}{BASE}/move#")
    other = browser.new_context()
    other.set_default_timeout(PATIENCE)
    there = other.new_page()
    there.goto(link.replace(proxy.keeps, proxy.strips))
    there.get_by_role("button", name="Yes, go on as that learner").click()
    expect(there.get_by_text("This browser goes on with what is kept of you: 1 run.")).to_be_visible()
    assert urlsplit(there.url).path == f"{BASE}/progress"
    assert wrong == []
    assert link.partition("#")[2] not in proxy.log.read_text()
    other.close()


def test_where_no_websocket_gets_through_there_is_a_sentence_and_the_lesson_to_read(proxy: Proxy, page: Page) -> None:
    page.goto(f"{proxy.deaf}{BASE}/lesson?lesson=temperature&step=softmax")
    expect(page.get_by_role("alert")).to_have_text(NO_SOCKET)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    back = page.get_by_role("link", name="Try again").get_attribute("href")
    assert back == f"{BASE}/lesson?lesson=temperature&step=softmax"


@pytest.mark.parametrize("to", ["", "lab", "lesson?lesson=temperature"])
def test_below_a_path_that_the_server_does_not_know_the_page_says_what_helps(proxy: Proxy, page: Page, to: str) -> None:
    page.goto(f"{proxy.strips}/{nginx.ELSEWHERE}/{to}")
    said = streamlit_internals.ELSEWHERE.format(path=f"/{nginx.ELSEWHERE}", name=nginx.ELSEWHERE)
    expect(page.get_by_role("alert")).to_have_text(said)


def test_a_course_page_that_is_named_shows_the_app_and_its_cookie_is_kept(
    proxy: Proxy, page: Page, context: BrowserContext
) -> None:
    page.goto(proxy.course)
    expect(page.frame_locator("iframe").get_by_role("button", name="Show my phrase and link")).to_be_visible()
    (cookie,) = [one for one in context.cookies() if one["name"] == COOKIE]
    assert (cookie["sameSite"], cookie["secure"], cookie["path"]) == ("None", True, BASE)
    assert "localhost" in str(cookie["partitionKey"])


def test_any_other_frame_gets_a_sentence_and_a_way_out(proxy: Proxy, page: Page, context: BrowserContext) -> None:
    page.set_content(f'<iframe src="{proxy.keeps}{BASE}/glossary?embed=true" width="900" height="400"></iframe>')
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text(FRAMED)).to_be_visible()
    with context.expect_page() as opened:
        frame.get_by_role("link", name=OPEN).click()
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Glossary")
    assert urlsplit(opened.value.url).path == f"{BASE}/glossary" and "embed" not in opened.value.url
