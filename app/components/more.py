"""The button that unfolds the masthead's further pages, where a narrow screen holds only the first ones.

It also says which page is open to those who cannot see it, which Streamlit's links do not.
"""

from __future__ import annotations

from app.components.mount import mount

FOLD = "masthead-more"  # the key of the container that it unfolds


def more(here: str) -> None:
    """Mount it before that container, inside the masthead. here: the path of the page that is open."""
    mount("more", {"fold": f"st-key-{FOLD}", "here": here}, "more")
