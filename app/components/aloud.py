"""Reads out what the page's notices say, and ties those that are about a field to it."""

from __future__ import annotations

from app.components.mount import mount

KEY = "heard"  # of the container that holds it
AT = "notice-at-"  # begins the key of a notice about a field; the field's own key follows, and a number


def aloud() -> None:
    """Mount it, once for all pages."""
    mount("aloud", {}, "aloud")


def about(field: str, number: int) -> str:
    """Key of the container of a notice about a field. number: another one for each press, so that the same sentence is
    heard once more.
    """
    return f"{AT}{field}-{number}"
