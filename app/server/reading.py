"""The lessons' text as plain pages: to read where the app itself cannot come, which needs scripts and a WebSocket."""

import re
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from app.server.api.asking import missing
from app.server.base_path import BASE_PATH
from app.server.plain_page import plain_page
from app.server.site import PUBLIC
from app.teaching.figures import figures
from app.teaching.lessons import Block, Lesson, lessons

READING = "/reading"
NO_SOCKET = (
    "Something between your browser and this server refuses WebSockets, so Distillery cannot work here. "
    "Ask whoever runs the network or the server to let WebSocket connections through to this address: a proxy has to "
    "pass on the headers “Upgrade” and “Connection”. Or try another network. Meanwhile you can read the lessons."
)
NO_ORIGIN = (
    "This server does not know the address in your browser as its own, so Distillery cannot work here. Ask whoever "
    f"runs it to start it with {PUBLIC} set to that address. Meanwhile you can read the lessons."
)
WHY = {"socket": NO_SOCKET, "origin": NO_ORIGIN}
NEEDED = "To turn, draw, predict and train you need the page itself."
_TO = re.compile(r"[a-z]{0,20}(?:\?[\w=&.%+~-]{0,2000})?", re.ASCII)
_TAGS = re.compile(r"</?button[^>]*>| tabindex=\"0\"")  # what does nothing without the page's scripts
_LESSON = re.compile(r'href="lesson\?lesson=([a-z0-9-]+)[^"]*"')


def index(request: Request) -> Response:
    """All lessons. blocked: why the reader is here, a key of `WHY`; to: where they were, below the base path."""
    items = "".join(
        f'<li><a href="{_address(lesson.id, request)}">{escape(lesson.title)}</a><br>{escape(lesson.question)}</li>'
        for lesson in lessons().values()
    )
    return plain_page("The lessons to read", f"{_before(request)}<h1>The lessons to read</h1><ul>{items}</ul>")


def lesson(request: Request) -> Response:
    """One lesson."""
    known = lessons().get(request.path_params["lesson"])
    if known is None:
        raise missing("There is no such lesson.")
    head = f"<p>{escape(known.label)}</p><h1>{escape(known.title)}</h1><p><em>{escape(known.question)}</em></p>"
    steps = "".join(
        f"<h2>{escape(section.title)}</h2>{''.join(_html(block, known, request) for block in section.blocks)}"
        for section in known.sections
        if any(block.kind == "prose" for block in section.blocks)
    )
    sources = "".join(f'<li id="source-{key}">{escape(one.text)}</li>' for key, one in known.sources.items())
    listed = f"<h2>Sources</h2><ol>{sources}</ol>" if sources else ""
    back = f'<p><a href="{_address("", request)}">All lessons to read</a></p>'
    return plain_page(known.title, f"{_before(request)}{head}{steps}{listed}{back}")


def _html(block: Block, known: Lesson, request: Request) -> str:
    if block.kind == "prose":
        return _LESSON.sub(lambda link: f'href="{_address(link[1], request)}"', _TAGS.sub("", block.html))
    if block.kind == "predict":
        return f"<p><strong>Your guess first:</strong> {escape(known.predictions[block.name].ask)}</p>"
    if block.kind in ("figure", "formula"):
        return f"<p><em>On the page stands a figure here: {escape(figures()[block.name].words)}</em></p>"
    return ""


def _before(request: Request) -> str:
    """What stands above the text: why it is all that there is, and the way back."""
    why = WHY.get(request.query_params.get("blocked", ""), NEEDED)
    to = request.query_params.get("to", "")
    back = escape(f"{BASE_PATH}/{to if _TO.fullmatch(to) else ''}")
    return f'<p role="alert"><strong>{escape(why)}</strong></p><p><a class="button" href="{back}">Try again</a></p>'


def _address(name: str, request: Request) -> str:
    """Of a lesson to read, "": of their list; it keeps why the reader is here."""
    path = f"{BASE_PATH}{READING}{f'/{name}' if name else ''}"
    return escape(f"{path}?{request.url.query}" if request.url.query else path)
