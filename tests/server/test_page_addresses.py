from __future__ import annotations

from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from app.server.page_addresses import NOTHING, PageAddresses
from app.server.streamlit_internals import STATIC
from app.views import routes
from tests.asgi import Answer, get

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def ask() -> Any:
    app = PageAddresses(PlainTextResponse("Streamlit's"), routes.PAGES.values(), routes.FIRST)

    def asked(path: str, method: str = "GET", headers: dict[str, str] = BROWSER) -> Answer:
        return get(app, path, headers, method)

    return asked


PAGES = sorted(set(routes.PAGES.values()) - {routes.FIRST})
FILES = [f"/{file.name}" for file in STATIC.iterdir() if file.is_file()]


@pytest.mark.parametrize("path", ["/", *[f"/{page}" for page in PAGES], "/lab/", *FILES, "/static/js/x.js"])
def test_pages_and_files_are_streamlit_s(ask: Any, path: str) -> None:
    assert ask(path).body == b"Streamlit's"


@pytest.mark.parametrize("path", ["/laboratory", "/lab/lab", "/wp-login.php", "/<b>", "/..%2f", "/a b", "//lab//x"])
def test_an_address_of_nothing_is_said_to_be_one_on_our_own_page(ask: Any, path: str) -> None:
    answer = ask(path)
    page = answer.body.decode()
    assert answer.status == 404 and NOTHING in page and 'href="/lab"' in page and "<b>" not in page
    assert ask(path, headers={"Accept": "application/json"}).json() == {"message": NOTHING}
    assert ask(path, "POST").status == 404


@pytest.mark.parametrize(("path", "to"), [("/course?x=1", "./?x=1"), ("/course", "./"), ("/course/", "../")])
def test_the_first_page_stands_at_the_app_s_own_address(ask: Any, path: str, to: str) -> None:
    answer = ask(path)
    assert (answer.status, answer.headers["location"]) == (307, to)


def test_a_page_is_only_read(ask: Any) -> None:
    for path in ("/", "/lab", "/course"):
        answer = ask(path, "POST")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD") and "only be read" in answer.json()[
            "message"
        ]


def test_what_streamlit_counts_is_not_for_everybody(ask: Any) -> None:
    assert ask("/_stcore/metrics").status == ask("/_stcore/metrics/").status == 404
    assert ask("/_stcore/health").body == b"Streamlit's"
