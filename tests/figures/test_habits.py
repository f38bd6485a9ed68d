"""The figures of what students inherit: their recordings, and a run of one's own in them."""

from __future__ import annotations

from statistics import fmean

import pytest

from app.experiments.kinds import read
from app.experiments.kinds.hidden_traits import BODY, BOTH, HEAD, NEITHER, HiddenTraits
from app.experiments.recordings.recording import Recording, recordings
from app.figures.hidden_traits import figure as traits
from app.figures.own_experiment import ANOTHER
from app.figures.teachers import figure as teachers
from app.store import shared
from app.teaching.figures import TRAINING
from tests.experiments.examples import spec
from tests.figures.staged import opened, sent
from tests.views.conftest import ME


def test_each_arm_of_the_hidden_traits_has_its_row() -> None:
    runs = traits.contents(recordings(Recording)[traits.RECORDED])["runs"]
    assert tuple(run["outputs"] for run in runs) == traits.OUTPUTS
    for run in runs:
        shared_parts = {place: (row["body"], row["head"]) for place, row in enumerate(run["rows"])}
        wanted = {BOTH: (True, True), HEAD: (False, True), BODY: (True, False), NEITHER: (False, False)}
        assert shared_parts == wanted
        assert all(row["mean"] == pytest.approx(fmean(row["values"]), abs=1e-4) for row in run["rows"])
        assert (run["seeds"], run["tests"]) == (20, 10_000) and run["teacher"] > 0.8 and run["found"].endswith(".")


def test_each_teacher_has_its_row() -> None:
    shown = teachers.contents(recordings(Recording)[teachers.RECORDED])
    assert tuple(row["id"] for row in shown["rows"]) == teachers.KINDS
    assert (shown["seeds"], shown["tests"]) == (20, 10_000)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("figure", "kind"), [("hidden-traits", HiddenTraits)])
def test_a_run_of_ones_own_is_followed_where_it_was_started(figure: str, kind: type) -> None:
    page = opened(figure, {"train": True})
    assert sent(page)["own"] is None
    (button,) = page.button
    button.click().run()
    run_id = page.session_state["run_id"]
    run = shared().runs.get(run_id)
    assert run is not None and run.learner == ME and isinstance(read(run.spec_json), kind)
    assert sent(opened(figure, {"train": True}, run_id=run_id))["own"] == {"run": run_id, "ended": False}
    held = opened(figure, {"train": True}, fixed=(TRAINING.key,))
    assert not held.button
    other = shared().runs.submit(spec(), ME)
    shown = sent(opened(figure, {"train": True}, run_id=other))
    assert shown["own"] is None and shown["why"] == ANOTHER
    assert sent(opened(figure, {"train": False}, run_id=run_id))["own"] is None


@pytest.mark.usefixtures("store")
def test_a_phrase_or_a_link_says_where_a_figure_opens() -> None:
    assert sent(opened("hidden-traits", {}, settings={"outputs": "100"}))["outputs"] == "100"
    assert sent(opened("teachers", {"teacher": "wrong"}))["teacher"] == "wrong"
