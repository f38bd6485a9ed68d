from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import recordings
from app.experiments.recordings.arms import RecordedArms
from app.experiments.recordings.labels import LabelCurve, LengthCurve
from app.figures import lesson_run
from app.figures.label_dial import figure as label_dial
from app.figures.run_source import GONE, NO_COOKIE
from app.store import Store
from tests.figures.staged import opened, pressed, stage
from tests.views.conftest import ME, run_of, sent, words

CURVE = "recorded-labels-mnist"


def dial(page: Any) -> Any:
    return sent(page, "label_dial")


def benches(page: Any) -> int:
    return sum('"plotly"' in one.proto.json for one in page.get("bidi_component"))


def test_the_browser_is_told_every_point_with_its_gain(store: Store) -> None:
    said, curve = dial(opened("label-dial", {"rest": True})), recordings(LabelCurve)[CURVE]
    assert [point["stop"] for point in said["points"]] == list(curve.stops)
    for point in said["points"]:
        run = curve.run(point["stop"])
        assert run and point["ends"]["labels"] == list(run.reached[0])
        assert ("rest" in point["ends"]) == ("rest" in point["gains"]) == bool(point["unlabelled"])
        assert "test images" in point["gains"]["same"]["sentence"] and point["beside"] == []
    assert (said["temperature"], said["alpha"]) == (curve.spec.arms[1].temperature, curve.spec.arms[1].alpha)
    assert said["stop"] == 100 and said["rest"] and not said["fixed"]
    assert "100/rest" in said["own"]["offers"] and "4000/rest" not in said["own"]["offers"], "all have labels"
    assert said["own"]["about"] == "6 students, with 3 new seeds."


def test_the_controls_stand_where_the_dial_is_at_their_labels(store: Store) -> None:
    names = ("recorded-mnist-twin-named", "recorded-mnist-self-taught")
    points = dial(opened("label-dial", {"rest": True, "beside": names}))["points"]
    rows = {point["stop"]: point["beside"] for point in points}
    assert [row["role"] for row in rows[100]] == ["distilled", "control", "control"] and not any(
        row for stop, row in rows.items() if stop != 100
    )
    for row in rows[100]:
        gain = 100 * (fmean(row["ends"]) - fmean(recordings(RecordedArms)[names[0]].accuracy("labels")))
        assert row["gain"]["mean"] == pytest.approx(gain) and "(20 pairs)" in row["words"]


def test_it_shows_short_trainings_and_long_ones(store: Store) -> None:
    curve = recordings(LengthCurve)["recorded-lengths-mnist"]
    said = dial(opened("label-dial", {"curve": curve.id, "updates": 64}, settings={"updates": 96}))
    assert [point["stop"] for point in said["points"]] == list(curve.stops)
    assert (said["stop"], said["first"], said["words"]["key"]) == (96, 64, "updates")
    assert {point["labels"] for point in said["points"]} == {500}


def test_the_dial_begins_where_the_address_has_it_and_a_link_can_fix_it(store: Store) -> None:
    linked = dial(opened("label-dial", settings={"labels": 2000}))
    assert (linked["stop"], linked["first"]) == (2000, 100), "a phrase is about the lesson's own"
    fixed = dial(opened("label-dial", settings={"labels": 500}, fixed=("labels",)))
    assert fixed["stop"] == fixed["first"] == 500 and fixed["fixed"]
    assert fixed["own"]["offers"] == ["500/"]
    nowhere = dial(opened("label-dial", settings={"labels": 700}, fixed=("labels",)))
    assert nowhere["stop"] == 100 and not nowhere["fixed"], "a number that was not recorded fixes nothing"


def test_the_button_trains_the_same_with_new_seeds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    state = pressed(monkeypatch, "label-dial", {"rest": True}, {"place": "1000/rest", "at": 1})
    run = store.runs.get(state["run_id"])
    assert run and run.learner == ME
    trained, recorded = RunSpec.read(run.spec_json), recordings(LabelCurve)[CURVE].run(1000, rest=True)
    assert recorded and (trained.labels, trained.unlabelled, trained.epochs) == (1000, 2500, recorded.spec.epochs)
    assert trained.arms == recorded.spec.arms and len(trained.seeds) == 3 and set(trained.seeds) & {11, 12} == set()
    page = opened("label-dial", {"rest": True}, run_id=run.id, started=(run.id,))
    bench = sent(page, "bench")
    assert sent(page, "four_steps")["run"] == run.id == bench["run"]
    assert bench["run"] == run.id and bench["fresh"] and bench["link"] == f"lab?run={run.id}"
    assert (dial(page)["stop"], dial(page)["first"]) == (100, 100), "the step opens as the lesson has it"
    assert "Your own run" in words(page) and "1,000 labelled images, 2,500 that only the teacher marks" in words(page)


def test_without_a_cookie_it_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    state = pressed(monkeypatch, "label-dial", {}, {"place": "100/"}, learner=None)
    assert state["said"] == NO_COOKIE


def test_before_a_run_there_is_no_bench_and_another_run_is_not_shown(store: Store) -> None:
    assert benches(opened("label-dial")) == 0
    other = opened("label-dial", run_id=run_of(store, ME, labels=100))
    assert benches(other) == 0 and label_dial.ANOTHER in words(other)
    assert GONE in words(opened("label-dial", run_id="abcd2345efgh"))
    assert label_dial.ANOTHER in words(opened("label-dial", run_id="recorded-mnist-kd"))


def test_without_its_curves_the_figure_says_so(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    monkeypatch.setattr("app.experiments.recordings.recording.folder", lambda: tmp_path)
    page = opened("label-dial")
    assert label_dial.MISSING in words(page) and not page.exception


def test_the_transport_is_heard(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    state = pressed(monkeypatch, "label-dial", {}, {"place": "100/"})
    started = state["run_id"]
    monkeypatch.setattr(lesson_run, "session", lambda: {"bench": {"action": {"action": "stop", "run": started}}})
    lesson_run.on_transport(stage(state))
    assert store.runs.get(started).state == "stopped"  # type: ignore[union-attr]
