"""The way to start a lesson over: says what is forgotten, and waits for a second press."""

from collections.abc import Callable

import streamlit as st

from app.views import errors


def offer(
    steps: int, predictions: int, *, asked: bool, ask: Callable[[bool], Callable[[], None]], forget: Callable[[], None]
) -> None:
    """Draw it if there is something to forget. steps, predictions: how many are kept; asked: the first press was
    made. ask(True | False): makes the callback of the first press, or of thinking better of it.
    """
    if not steps and not predictions:
        return
    with st.container(key="anew", gap="small"):
        if not asked:
            st.button("Start this lesson over", key="anew-ask", type="tertiary", on_click=ask(True))
            return
        errors.notice([sentence(steps, predictions)], "notice-anew")
        with st.container(key="anew-ways", horizontal=True, gap="small"):
            st.button("Forget them and start over", key="anew-forget", on_click=forget)
            st.button("Keep everything", key="anew-keep", type="tertiary", on_click=ask(False))


def sentence(steps: int, predictions: int) -> str:
    """What is forgotten, and what is not."""
    kept = [
        f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((steps, "step"), (predictions, "prediction"))
    ]
    lost = " and ".join(text for count, text in zip((steps, predictions), kept, strict=True) if count)
    return (
        f"This forgets what you did in this lesson: {lost}. Predictions and questions are asked "
        "once more. Other lessons, your runs and the answers that you gave to questions stay. It cannot be undone."
    )
