"""Pages that need neither Streamlit nor a script: what is said to somebody who gets no other page."""

from html import escape

from starlette.responses import HTMLResponse

ANYWHERE = "default-src 'none'; style-src 'unsafe-inline'"  # the policy of a page that any site may frame
_STYLE = """
:root { color-scheme: light dark; --paper: #FBF7F0; --ink: #2B2622; --line: #DDD2C2 }
@media (prefers-color-scheme: dark) { :root { --paper: #1D1A17; --ink: #F2EADF; --line: #3D372F } }
body { background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif;
  max-width: 42rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; overflow-wrap: break-word }
h1, h2 { font-family: Georgia, serif; line-height: 1.25; margin: 2rem 0 .5rem }
a { color: inherit }
a.button { display: inline-block; background: var(--ink); color: var(--paper); text-decoration: none;
  padding: .55rem 1.1rem; border-radius: 8px }
a:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
table { border-collapse: collapse } th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left }
pre, table { display: block; overflow-x: auto } img, svg { max-width: 100%; height: auto }
"""


def plain_page(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    """A page of its own. title: plain text. body: HTML."""
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · Distillery</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )
    return HTMLResponse(page, status, headers)


def said(sentence: str, status: int, headers: dict[str, str] | None = None) -> HTMLResponse:
    """A page that holds one sentence."""
    return plain_page("Distillery", f"<p>{escape(sentence)}</p>", status, headers)
