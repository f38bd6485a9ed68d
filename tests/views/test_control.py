"""What a finished run is followed by: more seeds beside its own, and the control of its comparison."""

import json
from typing import Any

from sqlalchemy import update

from app.experiments.kinds.chain import Chain
from app.experiments.kinds.cohort import VERSION, KeptSeeds, RunSpec
from app.store import Store, files
from app.store.tables import runs
from app.views import actions
from tests.views.conftest import ME, Opened, press, run_of, sent
from tests.views.test_lab import settings_on


def ready(store: Store, **settings: Any) -> str:
    """A finished run of one's own that this version has made, with its students' weights."""
    run_id = run_of(store, ME, **settings)
    with store.database.write() as db:
        made = {"teacher_accuracy": 0.996, "test_images": 1000, "engine": VERSION}
        db.execute(update(runs).where(runs.c.id == run_id).values(record=json.dumps(made)))
    files.put(files.weights(run_id), b"weights")
    return run_id


def test_more_seeds_keep_those_of_a_run_of_this_version(opened: Opened, store: Store) -> None:
    run_id = ready(store)
    tab = opened(run=run_id).session_state["lab"]
    actions.more(tab, store, ME, run_id)
    made = RunSpec.read(getattr(store.runs.get(tab.run_id or ""), "spec_json", ""))
    assert made.seeds[:3] == (12, 33, 904) and len(set(made.seeds)) == 10 and made.kept == KeptSeeds(run_id, 3)
    assert tab.settings["seeds"] == 10 and tab.seeds == made.seeds and made.looked and made.extended
    press(opened(run=tab.run_id or ""), "repeat")
    again = RunSpec.read(store.runs.of(ME)[0].spec_json)
    assert again.kept is None and again.looked, "repeated, all of them are trained, and judged as strictly"
    page = opened(run=tab.run_id or "", labels="1000")
    press(page, "repeat")
    other = RunSpec.read(store.runs.of(ME)[0].spec_json)
    assert other.seeds == made.seeds and other.labels == 1000 and not other.looked, "another question, a first look"


def test_the_control_of_a_run_is_one_press(opened: Opened, store: Store) -> None:
    run_id = ready(store, labels=100, unlabelled=3500)
    page = opened(run=run_id)
    assert sent(page, "bench")["control"] and sent(page, "bench")["answer"]["control"]
    tab = page.session_state["lab"]
    actions.control(tab, store, ME, run_id)
    run = store.runs.get(tab.run_id or "")
    assert run is not None and not tab.notice
    made = Chain.read(run.spec_json)
    assert isinstance(made, Chain) and made.taught_by.run == run_id and made.taught_by.choice
    assert [arm.role for arm in made.arms][-1] == "control"
    page.run()
    assert sent(page, "bench")["run"] == run.id and settings_on(page)["unlabelled"] == 3500
    again = opened(run=run.id)  # a reload, or another tab
    bench = sent(again, "bench")
    assert [arm["role"] for arm in bench["answer"]["spec"]["arms"]] == ["labels", "distilled", "control"]
    assert not bench["answer"]["control"] and bench["note"] == ""
    assert "with a control" in again.button(key=f"open-{run.id}").label


def test_a_control_that_cannot_be_trained_says_why(opened: Opened, store: Store) -> None:
    without, gone = ready(store), ready(store, labels=100, unlabelled=3500)
    files.delete(files.weights(gone))
    tab = opened().session_state["lab"]
    for run_id, sentence in (
        (without, actions.NO_CONTROL),
        (gone, "are not on this machine any more: train them again."),
        ("nosuchrun", "no longer here"),
    ):
        actions.control(tab, store, ME, run_id)
        assert sentence in tab.notice and len(store.runs.of(ME)) == 2
