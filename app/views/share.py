"""A link for other devices: its address, its QR code, both large for a wall; or why no other device can open it."""

from html import escape

import segno
import streamlit as st

from app.components.prose import prose
from app.server.reach import Reach, reach


def current_reach() -> Reach:
    """By which address others reach this server, as far as this visitor's own address tells."""
    return reach(str(st.context.url or ""))


def draw(path: str, key: str, reached: Reach | None = None) -> None:
    """A link with a code to point a camera at. path: below the app's own address, with what follows "?". key: of this
    place. reached: otherwise `current_reach()`.
    """
    reached = reached or current_reach()
    base = _chosen(reached, key)
    link = f"{base}/{path}"
    st.code(link, None, wrap_lines=True)
    if reached.why:
        st.markdown(reached.why)
    else:
        prose(code_of(link) + large(link, key), {}, key=f"{key}-code")


def _chosen(reached: Reach, key: str) -> str:
    """A machine may be in several networks, and only the people in the room know which one is theirs."""
    if len(reached.bases) == 1:
        return reached.bases[0]
    words = "This app has several addresses. If the link does not open on a phone, take another one."
    return str(st.pills(words, reached.bases, default=reached.bases[0], required=True, key=f"{key}-network"))


def code_of(link: str) -> str:
    """HTML: the link as a QR code, in the page's own ink."""
    svg = segno.make(link, micro=False, error="m").svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    inked = svg.replace('stroke="#000"', 'stroke="currentColor"')
    return f'<div class="qr" role="img" aria-label="The link as a QR code">{inked}</div>'


def large(link: str, key: str) -> str:
    """HTML: a button, and what it shows on the whole screen: the link to type and to point a camera at."""
    called = f"wall-{escape(key)}"
    typed = escape(link).replace("?", "<wbr>?").replace("&amp;", "<wbr>&amp;")
    return (
        f'<button type="button" class="plain" popovertarget="{called}">Show large</button>'
        f'<div class="wall" id="{called}" popover role="dialog" aria-label="The link, large">'
        f'<p translate="no"{" data-long" if len(link) > 60 else ""}>{typed}</p>{code_of(link)}'
        f'<button type="button" class="plain" popovertarget="{called}" autofocus>Close</button></div>'
    )
