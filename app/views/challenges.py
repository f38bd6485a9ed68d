"""Challenges: what each asks, how far the learner is, and the way into the lab with it."""

import streamlit as st

from app.experiments.spec import default_settings, query_from
from app.server import identity
from app.server.api.table import outcomes_for
from app.store import shared
from app.teaching.challenges import (
    CHALLENGES,
    KEY,
    SEEDS,
    Challenge,
    ChallengeProgress,
    challenge_progress,
    short_words,
    value_words,
)
from app.views import errors, routes
from app.views.your_runs import named

LINES = "Targets to reach in the lab. Each takes an idea of what a teacher is good for, and a few runs."
RULE = (
    f"Each is checked by the app when a run of yours has finished: the mean over at least {SEEDS} seeds counts, on the "
    "test images. Recorded runs do not count."
)


@errors.page
def page() -> None:
    """Draw the page."""
    learner = identity.learner_from(st.context.cookies)
    outcomes = outcomes_for(learner, shared())
    with st.container(key="challenges"):
        st.title("Challenges", anchor=False)
        st.markdown(f"{LINES} {RULE}")
        with st.container(key="challenge-list"):
            for challenge in CHALLENGES.values():
                _card(challenge, challenge_progress(challenge, outcomes))


def _card(challenge: Challenge, progress: ChallengeProgress) -> None:
    with st.container(key=f"challenge-{challenge.id}", gap="xxsmall"):
        st.header(challenge.title, anchor=False)
        st.markdown(challenge.words)
        st.markdown(how_far(challenge, progress, st.context.timezone))
        st.page_link(
            routes.to("lab"),
            label=f"{'Try it again' if progress.met else 'Try it'}: {challenge.title}",
            query_params=query_from(default_settings() | dict(challenge.start), None, None) | {KEY: challenge.id},
        )


def how_far(challenge: Challenge, standing: ChallengeProgress, zone: str | None = None) -> str:
    """Markdown: met by which run, or the best so far. zone: of the reader's clock."""
    if standing.run is None or standing.value is None:
        return ":violet[Not tried yet.]"
    value = value_words(challenge.target, standing.value)
    by = named(standing.run.told_apart(zone))
    if standing.met:
        return f":green[**✓ Met**] with {value}, by {by}."
    lacks = short_words(challenge.target, standing.value) or "but its interval includes 0, so that is not shown"
    return f"Best so far: {value}, {lacks}, by {by}."
