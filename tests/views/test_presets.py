"""What the lab opens on, the choice beside it, and what an address means that leaves settings unsaid."""

import json
from dataclasses import replace

import pytest

from app.catalog import presets
from app.catalog.declared import CONTROLS, DATA
from app.catalog.presets import PRESETS, opening_settings, preset_of, presets_of, settings_of
from app.experiments import spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings, updates_of
from app.experiments.sweep import Sweep
from app.figures.run_source import run_source
from app.store import Store
from app.teaching.checks.arms import arms_gain
from app.views.controls import SEEN_BEFORE
from tests.views.conftest import ME, Opened, address, press, sent, words
from tests.views.test_lab import settings_on, shown_by_widgets

MARKED, SAME = PRESETS["mnist"]
# What a setting means that an old link, plan or text leaves unsaid: written down here, so that nobody changes it.
UNSAID = {
    "data": "mnist",
    "teacher": "mnist",
    "student": "cnn-9k",
    "labels": 500,
    "unlabelled": 0,
    "left_out": None,
    "shift": 0,
    "method": "kd",
    "temperature": 8.0,
    "alpha": 0.9,
    "epochs": 16,
    "seeds": 3,
}


@pytest.mark.parametrize("data", PRESETS)
def test_every_preset_can_be_trained_and_is_told_by_its_settings(data: str) -> None:
    for preset in PRESETS[data]:
        settings = settings_of(data, preset)
        made = RunSpec.two_arms(settings, tuple(range(settings["seeds"])))
        assert made.settings() == settings and preset.settings.keys() <= CONTROLS.keys()
        assert preset_of(settings) == preset == preset_of(settings | {"seeds": 9})
        assert preset_of(settings | {"alpha": 0.15}) is None
    assert len({preset.id for preset in PRESETS[data]}) == len(PRESETS[data])


# ── old links ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_old_link_means_what_it_meant(opened: Opened, store: Store) -> None:
    assert default_settings() == UNSAID
    for link in ({"temperature": "4"}, {"seeds": "3"}, {"labels": "500", "epochs": "16"}, {"data": "mnist"}):
        page = opened(**link)
        wanted = UNSAID | ({"temperature": 4.0} if "temperature" in link else {})
        assert settings_on(page) == wanted, link
    press(opened(alpha="0.5"), "train")
    [run] = store.runs.of(ME)
    assert RunSpec.read(run.spec_json) == RunSpec.two_arms(UNSAID | {"alpha": 0.5}, RunSpec.read(run.spec_json).seeds)


def test_an_old_plan_of_a_sweep_means_what_it_meant() -> None:
    settings = {key: UNSAID[key] for key in UNSAID if key not in ("seeds", "unlabelled", "left_out", "shift")}
    plan = Sweep.read(json.dumps({"kind": "student", "settings": settings, "seeds": [1, 2]}))
    assert {(cell.spec.labels, cell.spec.unlabelled, cell.spec.epochs) for cell in plan.cells()} == {(500, 0, 16)}


def test_a_lost_run_alone_leaves_what_the_lab_opens_on(opened: Opened) -> None:
    assert settings_on(opened(run="nosuchrun234")) == opening_settings()


# ── the choice ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_press_on_a_preset_sets_everything(opened: Opened) -> None:
    page = opened()
    assert page.pills(key="preset").value == MARKED.id and MARKED.words in words(page)
    page.pills(key="preset").set_value(SAME.id).run()
    assert settings_on(page) == settings_of("mnist", SAME) and SAME.words in words(page)
    assert shown_by_widgets(page)["labels"] == 500
    page.select_slider(key="control-labels").set_value(1000).run()
    assert page.pills(key="preset").value is None and settings_on(page)["labels"] == 1000
    page.pills(key="preset").set_value(MARKED.id).run()
    assert settings_on(page) == opening_settings()
    assert address(page) == spec.query_from(opening_settings(), None, None)


def test_a_preset_that_arrives_together_with_train_counts(opened: Opened, store: Store) -> None:
    page = opened(labels="1000")
    page.button(key="train").click()
    page.pills(key="preset").set_value(MARKED.id)
    page.run()
    [run] = store.runs.of(ME)
    trained = RunSpec.read(run.spec_json)
    assert trained == RunSpec.two_arms(opening_settings(), trained.seeds)
    assert settings_on(page) == opening_settings() and shown_by_widgets(page)["labels"] == 100


def test_other_images_bring_their_own_preset(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    clothes = (replace(MARKED, settings={"labels": 200, "epochs": 30}), replace(SAME, settings={"labels": 1000}))
    monkeypatch.setitem(presets.PRESETS, "fashion", clothes)
    page = opened()
    page.pills(key="control-data").set_value("fashion").run()
    assert settings_on(page) == settings_of("fashion", clothes[0])
    page.pills(key="preset").set_value(SAME.id).run()
    page.number_input(key="control-seeds").set_value(4).run()
    page.pills(key="control-data").set_value("mnist").run()
    assert settings_on(page) == settings_of("mnist", SAME) | {"seeds": 4}, "the same choice, with the learner's seeds"
    page.select_slider(key="control-labels").set_value(700).run()
    page.pills(key="control-data").set_value("fashion").run()
    assert settings_on(page)["labels"] == 700, "whoever has set something keeps it"


def test_the_recorded_run_is_that_of_the_settings(opened: Opened, store: Store) -> None:
    for settings, run in ((opening_settings(), "recorded-mnist-marked"), (UNSAID, "recorded-mnist-kd")):
        assert run_source(None, "mnist", store, settings).id == run
        assert run_source(None, "mnist", store, settings | {"temperature": 2.0}).id == run, "still the nearest"
    bench = sent(opened(), "bench")
    seeds = opening_settings()["seeds"]
    assert (bench["run"], bench["note"]) == ("recorded-mnist-marked", f"Recorded with 5 seeds; Train takes {seeds}.")


def test_that_the_teacher_has_seen_the_images_is_said_with_what_others_came_to(opened: Opened) -> None:
    gain = arms_gain("recorded-mnist-unseen", "kd")
    assert gain.interval[0] > 10
    said = words(opened())
    assert f"With images that it never saw, the gain is {gain.mean:.1f} ± {gain.half_width:.1f} points." in said
    assert "that it never saw" not in words(opened(labels="500")), "where there are none, nothing is said"


def test_without_that_recording_no_number_is_said(opened: Opened, no_recordings: None) -> None:
    assert SEEN_BEFORE in words(opened())


# ── images of one's own ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("pool", [50, 64, 144, 160, 300, 500, 900, 1600])
@pytest.mark.parametrize("channels", [1, 3])
def test_students_of_own_images_get_updates_enough_and_shifts(
    monkeypatch: pytest.MonkeyPatch, pool: int, channels: int
) -> None:
    own = replace(DATA["mnist"], id="own-aaaa", family="own-aaaa", name="Shapes", pool=pool, channels=channels)
    monkeypatch.setattr(presets, "lab_sets", lambda: {**DATA, own.id: own})
    offered = presets_of(own.id)
    for one in offered:
        settings = settings_of(own.id, one)
        assert settings["teacher"] == own.id and settings["shift"] > 0 and settings["seeds"] == 5
        assert settings["labels"] + settings["unlabelled"] <= pool
        assert settings["epochs"] in range(16, 101)
        assert updates_of(settings["labels"], settings["epochs"]) >= min(presets.UPDATES, 2 * 100) * 0.95
    assert opening_settings(own.id)["labels"] == max(c for c in CONTROLS["labels"].choices if c <= min(pool, 500))
    assert ("marked" in {one.id for one in offered}) == (pool >= 150)
