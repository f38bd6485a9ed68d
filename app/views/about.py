"""About: what this is, which images and teachers there are, and what the numbers mean."""

from __future__ import annotations

import streamlit as st


def page() -> None:
    """Draw the page."""
    st.title("About", anchor=False)
