from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import of_recorded
from app.experiments.recordings import recording
from app.experiments.recordings import runs as recorded
from app.figures import lesson_run
from app.figures.run_source import GONE, NO_COOKIE
from app.figures.twins import figure as twins
from app.store import Store
from app.teaching.checks.runs import sweep_gain
from tests.figures.staged import KNOWN, opened, stage
from tests.views.conftest import ME, SOMEBODY, press, run_of, sent, words

RUN = "recorded-mnist-kd"
TRAIN = "train-here"


def spec_of(store: Store, run_id: str) -> RunSpec:
    run = store.runs.get(run_id)
    assert run is not None
    return RunSpec.read(run.spec_json)


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_recorded_run_is_shown_with_what_was_predicted_and_a_way_into_the_lab(store: Store) -> None:
    bench = sent(opened("twins", {"run": RUN, "locked": "gain"}, saved={"gain": 3.8}), "bench")
    assert (bench["run"], bench["recorded"], bench["fresh"], bench["predicted"]) == (RUN, True, False, 3.8)
    assert (bench["link"], bench["linkWords"]) == (f"lab?run={RUN}", "open this run in the lab")
    assert "Distilled beats labels only" in bench["answer"]["verdict"]["sentence"] and bench["note"] == ""


def test_the_four_steps_are_those_of_the_run_on_the_bench(store: Store) -> None:
    page = opened("twins", {"run": RUN})
    steps = sent(page, "four_steps")
    assert (steps["live"], steps["run"], steps["parameters"]) == (True, RUN, {"cnn-9k": 9098})
    press(page, TRAIN)
    assert sent(page, "four_steps")["run"] == sent(page, "bench")["run"] == page.session_state["run_id"]
    with pytest.raises(AssertionError):
        sent(opened("twins", {"run": RUN, "steps": False}), "four_steps")


def test_without_a_prediction_in_numbers_nothing_is_laid_over_the_curves(store: Store) -> None:
    assert sent(opened("twins", {"run": RUN}), "bench")["predicted"] is None
    page = opened("twins", {"run": RUN, "locked": "gain"}, saved={"gain": "the taught ones"})
    assert sent(page, "bench")["predicted"] is None


def test_dials_that_stand_elsewhere_are_named_beside_the_verdict(store: Store) -> None:
    page = opened("twins", {"run": RUN}, settings={"temperature": 1.0, "alpha": 0.5})
    had = "This run had temperature 8, weight on the teacher 0.9."
    gain = sweep_gain("recorded-sweep-mnist-temperature-alpha", [1.0, 0.5])
    there = f" Recorded at T = 1, α = 0.5: {gain.mean:+.1f} ± {gain.half_width:.1f} points.".replace("-", "−")
    assert sent(page, "bench")["note"] == had + there
    elsewhere = opened("twins", {"run": RUN}, settings={"temperature": 3.5})
    assert sent(elsewhere, "bench")["note"] == "This run had temperature 8. Train to see your settings."
    assert {dial["key"]: dial["value"] for dial in sent(page, "dials")["dials"]} == {"temperature": 1.0, "alpha": 0.5}


def test_a_dial_that_the_link_fixes_counts(store: Store) -> None:
    page = opened("twins", {"run": RUN}, settings={"temperature": 2.0}, fixed=("temperature",))
    assert {dial["key"]: dial["value"] for dial in sent(page, "dials")["dials"]}["temperature"] == 2.0
    press(page, TRAIN)
    assert spec_of(store, page.session_state["run_id"]).arms[1].temperature == 2.0


def test_where_the_link_takes_training_away_the_recorded_run_is_all(store: Store) -> None:
    page = opened("twins", {"run": RUN}, fixed=("train",))
    assert not [button for button in page.button if button.key == TRAIN]
    assert sent(page, "bench")["disabled"] == twins.NOT_HERE and sent(page, "bench")["run"] == RUN


@pytest.mark.parametrize(
    ("run_id", "note"),
    [
        ("abcd2345efgh", GONE),
        ("recorded-nothing", GONE),
        ("recorded-fashion-kd", twins.ANOTHER),
        ("other", twins.ANOTHER),
    ],
)
def test_a_run_in_the_address_that_cannot_be_shown_is_a_sentence(store: Store, run_id: str, note: str) -> None:
    wanted = run_of(store, ME, labels=100) if run_id == "other" else run_id
    bench = sent(opened("twins", {"run": RUN}, run_id=wanted), "bench")
    assert (bench["run"], bench["note"]) == (RUN, note)


def test_a_prediction_is_compared_with_the_setting_that_it_was_made_for_and_no_other(store: Store) -> None:
    options, kept = {"run": RUN, "locked": "gain"}, recorded.recorded_runs()[RUN].spec
    for change, predicted in (({}, 3.8), ({"temperature": 1.0}, None), ({"alpha": 0.0}, None)):
        experiment = RunSpec.two_arms(kept.settings() | change, (7, 8, 9))
        own = store.runs.submit(experiment, ME)
        bench = sent(opened("twins", options, saved={"gain": 3.8}, run_id=own, started=(own,)), "bench")
        assert (bench["run"], bench["predicted"]) == (own, predicted), change


def test_ones_own_run_lies_beside_the_recorded_one_and_can_be_put_away(store: Store) -> None:
    own = run_of(store, ME, temperature=4.0)
    page = opened("twins", {"run": RUN}, run_id=own, started=(own,))
    bench, kept = sent(page, "bench"), recorded.recorded_runs()[RUN]
    assert bench["run"] == own and len(bench["beside"]["events"]) == len(kept.events)
    assert of_recorded(kept).verdict.sentence in bench["beside"]["words"]  # type: ignore[union-attr]
    assert "Your own run" in words(page) and "T = 4" in words(page)
    bench = sent(press(page, "put-away"), "bench")
    assert (bench["run"], bench["beside"], page.session_state["run_id"]) == (RUN, None, None)


def test_a_phrase_is_about_the_recorded_run(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    own = run_of(store, ME, temperature=4.0)
    page = opened("twins", {"run": RUN}, settings={"temperature": 4.0}, run_id=own, started=(own,))
    assert sent(page, "dials")["own"] == {"temperature": 8.0, "alpha": 0.9}, "where the next phrase finds them"
    heard: list[Any] = []
    state: Any = KNOWN | {"said": "", "run_id": own}
    turn = {"temperature": 1.0, "alpha": 0.9, "at": "later", "phrase": True}
    monkeypatch.setattr(twins, "dials", lambda *given, **_more: heard.append(given[4]))
    monkeypatch.setattr(twins, "bench", lambda *_given, **_more: None)
    session: dict[str, Any] = {}
    monkeypatch.setattr(twins, "session", lambda: session)
    twins.show(twins.TwinsOptions(run=RUN).model_dump(mode="json"), stage(state), "here")
    session["dials-here"] = {"turned": turn}
    heard[0]()
    assert state["run_id"] is None and state["settings"]["temperature"] == 1.0


def test_somebody_elses_twins_are_shown_and_cannot_be_stopped(store: Store) -> None:
    theirs = run_of(store, SOMEBODY, "running", temperature=4.0)
    state = KNOWN | {"said": "", "run_id": theirs}
    assert sent(opened("twins", {"run": RUN}, **state), "bench")["run"] == theirs
    lesson_run.ask(stage(state), theirs, "stop")
    assert "another learner" in state["said"] or "yours" in state["said"].lower(), state["said"]
    assert store.runs.requests() == {}


def test_without_its_recording_the_lesson_still_trains(store: Store, no_recordings: None) -> None:
    page = opened("twins", {"run": RUN})
    assert (sent(page, "bench")["run"], sent(page, "bench")["note"]) == (None, twins.MISSING)
    press(page, TRAIN)
    assert sent(page, "bench")["run"] == page.session_state["run_id"]


# ── training ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_train_trains_with_the_dials_and_new_seeds(store: Store) -> None:
    page = press(opened("twins", {"run": RUN}, settings={"temperature": 4.0, "alpha": 0.0}), TRAIN)
    spec = spec_of(store, page.session_state["run_id"])
    kept = recorded.recorded_runs()[RUN].spec
    assert (spec.arms[1].temperature, spec.arms[1].alpha, len(spec.seeds)) == (4.0, 0.0, 3)
    assert (spec.data, spec.student, spec.labels, spec.epochs) == (kept.data, kept.student, kept.labels, kept.epochs)
    bench = sent(page, "bench")
    assert (bench["run"], bench["fresh"], bench["recorded"]) == (page.session_state["run_id"], True, False)


def test_a_second_press_stops_the_first_and_no_other(store: Store) -> None:
    before = store.runs.submit(recorded.recorded_runs()[RUN].spec, ME)
    page = press(opened("twins", {"run": RUN}), TRAIN)
    first = page.session_state["run_id"]
    press(page, TRAIN)
    states = {run.id: run.state for run in store.runs.of(ME)}
    assert states == {before: "queued", first: "stopped", page.session_state["run_id"]: "queued"}


def test_without_a_cookie_or_with_a_full_queue_it_says_why(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = press(opened("twins", {"run": RUN}, learner=None), TRAIN)
    assert page.session_state["said"] == NO_COOKIE and page.session_state["run_id"] is None
    for _ in range(5):
        store.runs.submit(recorded.recorded_runs()[RUN].spec, ME)
    page = press(opened("twins", {"run": RUN}), TRAIN)
    assert "5 runs waiting" in page.session_state["said"] and page.session_state["run_id"] is None


def test_a_turn_that_arrives_with_the_press_counts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened("twins", {"run": RUN})
    session: dict[str, Any] = {"dials-here": {"turned": {"temperature": 2.5, "alpha": 0.25, "at": "later"}}}
    monkeypatch.setattr(twins, "session", lambda: session if page.session_state["pressed"] else {})
    page.session_state["pressed"] = False
    page.run()
    page.session_state["pressed"] = True
    press(page, TRAIN)
    arm = spec_of(store, page.session_state["run_id"]).arms[1]
    assert (arm.temperature, arm.alpha) == (2.5, 0.25)
    assert {key: page.session_state["settings"][key] for key in ("temperature", "alpha")} == {
        "temperature": 2.5,
        "alpha": 0.25,
    }


@pytest.mark.parametrize(("action", "count"), [("again", 3), ("more", 10)])
def test_what_the_bench_asks_for_is_started(
    store: Store, monkeypatch: pytest.MonkeyPatch, action: str, count: int
) -> None:
    old = run_of(store, ME, "interrupted")
    state: dict[str, Any] = KNOWN | {"said": "", "run_id": old}
    monkeypatch.setattr(lesson_run, "session", lambda: {"bench": {"action": {"action": action, "run": old}}})
    lesson_run.on_transport(stage(state))
    new, first = spec_of(store, state["run_id"]), spec_of(store, old)
    assert state["run_id"] != old and len(new.seeds) == count
    assert (new.seeds == first.seeds) == (action == "again") and new.arms == first.arms


def test_what_the_bench_asks_of_a_run_that_is_gone_is_a_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for action in ("again", "stop"):
        state: dict[str, Any] = KNOWN | {"said": ""}
        asked = {"bench": {"action": {"action": action, "run": "nobody"}}}
        monkeypatch.setattr(lesson_run, "session", lambda asked=asked: asked)
        lesson_run.on_transport(stage(state))
        assert state["said"].endswith(".") and state["run_id"] is None
    monkeypatch.setattr(lesson_run, "session", lambda: {"bench": {"action": "nonsense"}})
    lesson_run.on_transport(stage(state))


# ── slow motion ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_slow_motion_gets_the_logits_of_the_recorded_run(store: Store) -> None:
    data = sent(opened("slow-motion", {"images": (119, 5, 5000), "update": 30, "temperature": 4}), "slow_motion")
    kept = recorded.recorded_runs()[RUN]
    said = kept.answers()
    assert data["update"] == 32 and [one["image"] for one in data["images"]] == [119, 5]
    first = data["images"][0]
    assert first["label"] == kept.labels[119] == 4
    assert first["teacher"] == said.teacher[119].astype(float).tolist()
    assert first["student"] == said.students[said.moments.index(32), 1, 0, 119].astype(float).tolist()
    assert (data["temperature"], data["alpha"], data["updates"]) == (4, 0.9, kept.updates)


def test_slow_motion_comes_with_the_real_update_that_was_recorded(store: Store) -> None:
    data = sent(opened("slow-motion"), "slow_motion")
    assert data["real"] == {"temperature": 8.0, "alpha": 0.9, "update": 32, "batch": 32}
    for image in data["images"]:
        np.testing.assert_allclose(image["real"]["distilled"]["before"], image["student"], atol=6e-3)
    assert sent(opened("slow-motion", {"images": (8,)}), "slow_motion")["images"][0]["real"] is None


def test_slow_motion_keeps_to_what_a_link_fixes(store: Store) -> None:
    data = sent(opened("slow-motion", settings={"temperature": 2.0}, fixed=("temperature", "labels")), "slow_motion")
    assert data["temperature"] == 2.0


def test_slow_motion_without_its_answers_says_what_to_do(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copy(recording.folder() / f"{RUN}.json", tmp_path)
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    page = opened("slow-motion")
    assert [one.value for one in page.markdown] == [recording.DAMAGED] and not page.get("bidi_component")


# ── ten steps ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_step_is_made_before_both_predictions_are_saved(store: Store) -> None:
    options = {"images": (119,), "until": ("key", "taught")}
    given = sent(opened("ten-steps", options, saved={"key": 40.0}), "ten_steps")
    assert not given["open"] and not given["plays"] and given["steps"] == 0
    given = sent(opened("ten-steps", options, saved={"key": 40.0, "taught": 40.0}), "ten_steps")
    assert given["open"] and not given["plays"], "what was saved before is not played"
    slow = sent(opened("slow-motion"), "slow_motion")
    assert given["images"][0] == slow["images"][0] and slow["stages"] == list(range(1, 9))
    assert sent(opened("slow-motion", {"stages": (6, 5, 7)}), "slow_motion")["stages"] == [6, 5, 7]
