from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import Outcome
from app.experiments.spec import default_settings, query_from
from app.store import Store
from app.teaching.challenges import CHALLENGES
from app.views import routes
from app.views.challenges import RULE
from tests.store.stored import ended_run
from tests.views.conftest import ME, SOMEBODY, Opened, address, press, sent, words

GOOD = [[0.90, 0.90, 0.90], [0.94, 0.941, 0.942]]
SPEC = RunSpec.two_arms(default_settings(), (12, 33, 904))


def started(challenge: str) -> dict[str, str]:
    """The address with which “Try it” leads to the lab."""
    settings = default_settings() | dict(CHALLENGES[challenge].start)
    return query_from(settings, None, None) | {"challenge": challenge}


# ── on their page ────────────────────────────────────────────────────────────────────────────────────────────────


def to_challenges(page: AppTest) -> AppTest:
    """Go to the page of challenges."""
    page._page_hash = routes.to("challenges")._script_hash
    page.query_params.clear()
    page.run()
    assert not page.exception
    return page


def test_every_challenge_is_listed_with_its_rule_and_not_tried_yet(opened: Opened) -> None:
    said = words(to_challenges(opened()))
    assert RULE in said and said.count("Not tried yet") == len(CHALLENGES)
    assert all(challenge.words in said for challenge in CHALLENGES.values())


def test_the_best_so_far_and_the_run_that_met_it_are_named_as_text(opened: Opened, store: Store) -> None:
    ended_run(store, ME, SPEC, name="*first*", age=9)
    said = words(to_challenges(opened()))
    assert r"Best so far: 92.4% accuracy, 0.6 points short of 93.0% accuracy, by “\*first\*”." in said
    assert "Best so far: a gain of 4.1 points, 7.1 points short of a loss of 3.0 points" in said, "the other way round"
    ended_run(store, ME, SPEC, GOOD, name="better", age=5)
    ended_run(store, SOMEBODY, SPEC, GOOD, name="not mine", age=8)
    said = words(to_challenges(opened()))
    assert "✓ Met**] with 94.1% accuracy, by “better”." in said and "not mine" not in said


def test_runs_of_the_same_words_are_told_apart_by_when_they_were_started(store: Store) -> None:
    run = Outcome("r", "", "finished", SPEC, 1_764_500_000.0, 1, 1, 1.0)
    assert run.told_apart("Europe/Berlin") == f"{SPEC.in_short()}, of 30 Nov, 11:53"
    assert run.told_apart(None) == run.told_apart("Nowhere/Else") == f"{SPEC.in_short()}, of 30 Nov, 10:53 UTC"
    assert replace(run, name="mine").told_apart(None) == "mine"


# ── in the lab ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("challenge", CHALLENGES)
def test_try_it_opens_the_lab_with_a_start_and_the_challenge_in_the_address(opened: Opened, challenge: str) -> None:
    page = opened(**started(challenge))
    line = sent(page, "challenge")
    assert (line["title"], line["met"]) == (CHALLENGES[challenge].title, False)
    assert line["sentence"].startswith(("A recorded run does not count", "Press Train"))
    assert address(page) == started(challenge)
    assert "notice" not in words(page) and page.session_state["lab"].problems == []
    settings = page.session_state["lab"].settings
    assert all(settings[key] == value for key, value in CHALLENGES[challenge].start.items())


def test_a_finished_run_is_checked_and_somebody_elses_is_not(opened: Opened, store: Store) -> None:
    mine, theirs = ended_run(store, ME, SPEC, GOOD), ended_run(store, SOMEBODY, SPEC, GOOD)
    line = sent(opened(run=mine, challenge="five-hundred"), "challenge")
    assert line["met"] and line["run"] == mine and line["sentence"].startswith("Met: 94.1% accuracy (mean over 3 seeds")
    assert "Somebody else’s" in sent(opened(run=theirs, challenge="five-hundred"), "challenge")["sentence"]


def test_a_training_run_is_checked_when_it_has_finished(opened: Opened) -> None:
    page = press(opened(**started("five-hundred")), "train")
    assert sent(page, "challenge")["sentence"] == "It is checked when it has finished."
    assert address(page)["challenge"] == "five-hundred" and "run" in address(page)


def test_a_challenge_that_does_not_exist_is_a_sentence(opened: Opened) -> None:
    page = opened(challenge="<script>", labels="200")
    assert "There is no challenge “?script?”" in words(page)
    assert page.session_state["lab"].settings["labels"] == 200 and "challenge" not in address(page)


def test_a_challenge_can_be_left_and_survives_what_is_changed(opened: Opened) -> None:
    page = opened(**started("five-hundred"))
    page.select_slider(key="control-labels").set_value(300).run()
    assert address(page)["challenge"] == "five-hundred"
    page.session_state["lab"].challenge = None  # what a press on “Leave the challenge” does
    page.session_state["lab"].acted = True
    page.run()
    assert "challenge" not in address(page)
    with pytest.raises(AssertionError, match="no component"):
        sent(page, "challenge")
