"""The list of challenges: what each asks, how far the learner is, and the way into the lab with it."""

from collections.abc import Sequence

import streamlit as st

from app.experiments.outcome import Outcome
from app.experiments.spec import default_settings, query_from
from app.teaching.challenges import (
    CHALLENGES,
    KEY,
    SEEDS,
    Challenge,
    ChallengeProgress,
    challenge_progress,
    value_words,
)
from app.views import routes
from app.views.your_runs import named

RULE = (
    f"Each is checked by the app when a run of yours has finished: the mean over at least {SEEDS} seeds counts, on the "
    "test images. Recorded runs do not count."
)


def challenges(outcomes: Sequence[Outcome]) -> None:
    """Draw the list. outcomes: of the learner's own runs and recorded ones."""
    st.subheader("Challenges", anchor="challenges")
    st.markdown(RULE)
    with st.container(key="challenges"):
        for challenge in CHALLENGES.values():
            with st.container(key=f"challenge-{challenge.id}", gap="xxsmall"):
                st.markdown(f"**{challenge.title}**")
                st.markdown(challenge.words)
                progress = challenge_progress(challenge, outcomes)
                st.markdown(how_far(challenge, progress))
                st.page_link(
                    routes.to("lab"),
                    label="Try it again" if progress.met else "Try it",
                    query_params=query_from(default_settings() | dict(challenge.start), None, None)
                    | {KEY: challenge.id},
                )


def how_far(challenge: Challenge, standing: ChallengeProgress) -> str:
    """Markdown: met by which run, or the best so far."""
    if standing.run is None or standing.value is None:
        return ":violet[Not tried yet.]"
    value, target = value_words(challenge.target, standing.value), value_words(challenge.target, challenge.target.least)
    by = named(standing.run.title)
    return f":green[**✓ Met**] by {by}: {value}." if standing.met else f"Best so far {value} of {target}, by {by}."
