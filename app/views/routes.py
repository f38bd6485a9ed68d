"""Where the pages are: the script names them, and every page may lead to another without importing it."""

from collections.abc import Iterable

from app.server.streamlit_internals import StreamlitPage

_pages: dict[str, StreamlitPage] = {}


def name(pages: Iterable[StreamlitPage]) -> None:
    """Note the pages of this app."""
    _pages.update({page.title.lower(): page for page in pages})


def to(title: str) -> StreamlitPage:
    """The page of that title, in small letters. Raises KeyError."""
    return _pages[title]
