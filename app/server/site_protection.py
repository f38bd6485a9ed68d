"""What browsers are told and asked, so that no page of another site acts or looks on as the learner.

It stands before everything else: Streamlit would look up the machine's outside address to judge a strange Origin.
"""

import logging
import re
from functools import lru_cache
from html import escape
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server import plain_page
from app.server.site import PUBLIC, Site
from app.server.streamlit_internals import inline_script_hashes

STRANGE_HOST = (
    "This server does not answer under that name. Open it under its own, or ask whoever runs it to start it with "
    f"{PUBLIC} set to the address in your browser."
)
STRANGE_ORIGIN = (
    "This was asked from a page of another site, so it was not done. If it was Distillery’s own page, the server does "
    f"not know its public address: ask whoever runs it to start it with {PUBLIC} set to the address in your browser."
)
FRAMED = (
    "Distillery is shown inside a page of another site here, where your browser keeps nothing of what you do. "
    "It works in a tab of its own."
)
OPEN = "Open Distillery in a tab"
_FRAMES = {"iframe", "frame", "embed", "object"}
_SAME_SITE = re.compile(r";\s*(?:SameSite=\w+|Secure|Partitioned)(?=;|$)", re.IGNORECASE)
_log = logging.getLogger(__name__)


def policy(site: Site, host: str) -> str:
    """The Content-Security-Policy of an answer that `host` was asked for.

    script-src has no unsafe-inline and no unsafe-eval. Streamlit needs three exceptions: it makes a module of each
    component's script from a blob; its messages' 64-bit numbers are reckoned in WebAssembly; and its page has an inline
    script, as ours has (see `page_bootstrap`): both are known, and named by their hashes. style-src cannot do without
    unsafe-inline: Streamlit writes its styles, the theme's and ours (`st.html`) into <style> elements while it runs.
    """
    hosts = [host, *(urlsplit(origin).netloc for origin in site.public)]
    sockets = " ".join(f"{scheme}://{one}" for one in dict.fromkeys(hosts) if one for scheme in ("ws", "wss"))
    parts = {
        "default-src": "'none'",
        "script-src": " ".join(["'self'", "blob:", "'wasm-unsafe-eval'", *inline_script_hashes()]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "media-src": "'self' data: blob:",
        "connect-src": f"'self' {sockets}".strip(),  # older browsers do not take 'self' for a WebSocket's address
        "manifest-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": " ".join(["'self'", *site.embedded_in]),
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class SiteProtection:
    """An ASGI middleware that refuses strange hosts and origins, and writes the headers of every answer."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app, self.site = app, site
        self._policy = lru_cache(maxsize=100)(lambda host: policy(site, host))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers, secure = Headers(scope=scope), scope.get("scheme") in ("https", "wss")
        host = headers.get("host", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.setdefault("Content-Security-Policy", self._policy(host if self.site.is_host(host) else ""))
                answer.setdefault("X-Content-Type-Options", "nosniff")
                answer.setdefault("Referrer-Policy", "same-origin")
                answer.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                if secure and self.site.embedded_in:
                    _let_frames_keep_cookies(message)
            await send(message)

        refusal = self._refusal(headers, host, secure=secure)
        if refusal and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: the browser hears 403
        elif refusal:
            html = "text/html" in headers.get("accept", "")
            answer = plain_page.said(refusal, 403) if html else JSONResponse({"message": refusal}, 403)
            await answer(scope, receive, send_with_headers)
        elif scope["type"] == "http" and self._is_framed_by_strangers(headers, secure=secure):
            await _framed(scope)(scope, receive, send_with_headers)
        else:
            await self.app(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, host: str, *, secure: bool) -> str:
        """Why a request is refused, "" if it is not. Programs that are no browser need not send either header."""
        if not all(map(self.site.is_host, headers.getlist("host"))):
            _tell("host", host)
            return STRANGE_HOST
        if not all(self.site.is_origin(origin, host, secure=secure) for origin in headers.getlist("origin")):
            _tell("origin", headers["origin"])
            return STRANGE_ORIGIN
        return ""

    def _is_framed_by_strangers(self, headers: Headers, *, secure: bool) -> bool:
        """Whether the page would stand in a frame of a site that may not frame it, or where no cookie is kept. What
        the browser does not say here it asks frame-ancestors.
        """
        if headers.get("sec-fetch-dest") not in _FRAMES or headers.get("sec-fetch-site") in ("same-origin", "none"):
            return False
        by = urlsplit(headers.get("referer", ""))
        known = not by.netloc or f"{by.scheme}://{by.netloc}" in self.site.embedded_in
        return not (secure and self.site.embedded_in and known)


def _framed(scope: Scope) -> Response:
    """A page that any site may frame, since it holds nothing but the way out."""
    query = scope["query_string"].decode("latin-1")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith(("embed=", "embed_options=")))
    address = f"./{scope['path'].rpartition('/')[2]}{f'?{kept}' if kept else ''}"
    link = f'<a class="button" href="{escape(address)}" target="_blank" rel="noopener">{escape(OPEN)}</a>'
    headers = {"Content-Security-Policy": plain_page.ANYWHERE, "Cache-Control": "no-store"}
    return plain_page.plain_page("Distillery", f"<p>{escape(FRAMED)}</p><p>{link}</p>", 200, headers)


def _let_frames_keep_cookies(message: Message) -> None:
    """Every cookie is for frames of another site, too, and apart for each such site."""
    message["headers"] = [
        (name, _SAME_SITE.sub("", value.decode("latin-1")).encode("latin-1") + b"; SameSite=None; Secure; Partitioned")
        if name.lower() == b"set-cookie"
        else (name, value)
        for name, value in message["headers"]
    ]


@lru_cache(maxsize=100)  # each once: whoever sends thousands fills no log
def _tell(kind: str, value: str) -> None:
    setting = f"If that is right, set {PUBLIC}; docs/operating.md says how."
    _log.warning("Refused a request with the %s %r. %s", kind, value[:200], setting)
