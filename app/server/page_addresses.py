"""Addresses at which nothing stands: Streamlit would answer each with its page, and with its own words on it."""

import re
from collections.abc import Collection
from html import escape

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app.server.api.asking import TAKES
from app.server.base_path import BASE_PATH
from app.server.plain_page import plain_page
from app.server.streamlit_internals import CLOSED, FOLDERS, STATIC

NOTHING = "There is no page at this address. Perhaps a letter of it was lost on the way."
_FILE = re.compile(r"[\w-]+\.[\w.-]+", re.ASCII)


class PageAddresses:
    """An ASGI middleware that answers for every address but those of pages, of files, and of Streamlit's own routes.

    pages: the names of pages in addresses. first: the one that stands at the app's own address, too.
    """

    def __init__(self, app: ASGIApp, pages: Collection[str], first: str) -> None:
        self.app, self.pages, self.first = app, frozenset(pages), first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        """None if Streamlit is to answer."""
        path = scope["path"].removeprefix(BASE_PATH)
        name, reads = path.strip("/"), scope["method"] in ("GET", "HEAD")
        if name.startswith(CLOSED):
            return JSONResponse({"message": "This is not for everybody."}, 404)
        if name.partition("/")[0] in FOLDERS or (_FILE.fullmatch(name) and (STATIC / name).is_file()):
            return None
        if name and name not in self.pages:
            return self._nothing(scope)
        if not reads:
            return JSONResponse({"message": TAKES[True, False]}, 405, {"Allow": "GET, HEAD"})
        if name == self.first:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse(f"{'../' if path.endswith('/') else './'}{f'?{query}' if query else ''}", 307)
        return None

    def _nothing(self, scope: Scope) -> Response:
        if not {"text/html", "*/*"} & set(re.split(r"[,;\s]+", Headers(scope=scope).get("accept", "*/*"))):
            return JSONResponse({"message": NOTHING}, 404)
        links = [(self.first, ""), *((name, name) for name in ("lab", "progress") if name in self.pages)]
        ways = " · ".join(f'<a href="{BASE_PATH}/{to}">{escape(name.capitalize())}</a>' for name, to in links)
        body = f"<h1>Nothing stands here</h1><p>{escape(NOTHING)}</p><p>From here you can go to: {ways}</p>"
        return plain_page("No such page", body, 404, {"Cache-Control": "no-store"})
