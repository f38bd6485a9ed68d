"""Where the pages are: the script names them, and every page may lead to another without importing it."""

from collections.abc import Iterable

from app.server.streamlit_internals import StreamlitPage

PAGES = {  # title → the name in its address
    "Course": "course",
    "Lesson": "lesson",
    "Review": "review",
    "Lab": "lab",
    "Sweeps": "sweeps",
    "Runs": "runs",
    "Challenges": "challenges",
    "Your images": "images",
    "Progress": "progress",
    "Looking back": "back",
    "Glossary": "glossary",
    "About": "about",
}
FIRST = "course"  # stands at the app's own address
_pages: dict[str, StreamlitPage] = {}


def name(pages: Iterable[StreamlitPage]) -> None:
    """Note the pages of this app."""
    _pages.update({page.title.lower(): page for page in pages})


def titled(title: str) -> str:
    """What the browser's tab, its history and its bookmarks call a page; "": the first of all."""
    return f"{title} · Distillery" if title else "Distillery: a big network teaches a small one"


def to(title: str) -> StreamlitPage:
    """The page of that title, in small letters. Raises KeyError."""
    return _pages[title]
