"""Words of a lesson whose phrases move the figures and whose terms open where they stand."""

from collections.abc import Mapping

from app.components.mount import mount


def prose(html: str, glossary: Mapping[str, str], *, key: str) -> None:
    """Mount some prose. html: as `app.teaching.lessons` makes it; glossary: what each term in it means, by its id."""
    mount("prose", {"html": html, "glossary": dict(glossary)}, key)
