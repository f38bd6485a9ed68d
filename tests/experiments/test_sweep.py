"""Plans of sweeps: every kind, what is trained together, to JSON and back, and what is read out of the runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiments.final import Reached
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import NotTrainable, SpecError, default_settings
from app.experiments.sweep import COHORT_CELLS, SHARED, SMOOTHING_ALPHA, SWEEPS, CellResult, Sweep, merged, read_out

SEEDS = (11, 12, 13)


def sweep(kind: str = "temperature-alpha", **settings: Any) -> Sweep:
    shared = default_settings() | settings
    return Sweep(kind, {key: shared[key] for key in SHARED}, SEEDS)


@pytest.mark.parametrize("kind", SWEEPS)
def test_every_cell_is_the_experiment_that_the_lab_would_train(kind: str) -> None:
    plan = sweep(kind)
    for cell in plan.cells():
        settings = plan.settings | dict(zip(plan.axes(), cell.at, strict=True))
        if settings["method"] == "smoothing":
            settings["alpha"] = SMOOTHING_ALPHA
        assert cell.spec == RunSpec.two_arms(settings, SEEDS)
    assert len({cell.at for cell in plan.cells()}) == len(plan.cells())


@pytest.mark.parametrize("kind", SWEEPS)
def test_cohorts_hold_every_cell_once_and_can_be_trained_as_one(kind: str) -> None:
    plan = sweep(kind)
    cohorts = plan.cohorts()
    assert sorted(str(cell) for cohort in cohorts for cell in cohort) == sorted(map(str, plan.cells()))
    for cohort in cohorts:
        whole = merged([cell.spec for cell in cohort])
        assert isinstance(whole, RunSpec)
        assert len(cohort) <= COHORT_CELLS and len(whole.arms) == len(cohort) + 1, "labels only is trained once"


def test_a_sweep_of_thirty_six_cells() -> None:
    assert len(sweep().cells()) == 36 and {len(cohort) for cohort in sweep().cohorts()} == {COHORT_CELLS}


def test_settings_of_a_teacher_share_the_labels_only_students() -> None:
    shared = {kind: sweep(kind).one_baseline for kind in SWEEPS}
    assert shared == dict.fromkeys(SWEEPS, False) | {"temperature-alpha": True, "method": True, "unlabelled": True}
    assert read_out(sweep(), {})["one_baseline"] and not read_out(sweep("labels"), {})["one_baseline"]


def test_what_differs_in_more_than_arms_is_not_merged() -> None:
    few, many = (RunSpec.two_arms(default_settings() | {"labels": n}, SEEDS) for n in (100, 200))
    with pytest.raises(ValueError, match="taught arms alone"):
        merged([few, many])


def test_cells_that_cannot_be_trained_are_left_out() -> None:
    sizes = [cell.at[0] for cell in sweep("student", method="attention").cells()]
    assert "mlp-30" not in sizes and len(sizes) == len(SWEEPS["student"].axes["student"]) - 1


def test_methods_that_need_labels_are_left_out_where_images_have_none() -> None:
    plan = sweep("method", unlabelled=1000)
    plan.check_trainable()
    assert [cell.at[0] for cell in plan.cells()] == ["kd", "logits", "hints", "attention", "relational"]
    with pytest.raises(NotTrainable, match="Decoupled needs the label of every image"):
        sweep("labels", method="dkd", unlabelled=1000).check_trainable()
    with pytest.raises(NotTrainable, match="Decoupled needs the label of every image"):
        sweep("unlabelled", method="dkd").check_trainable()


def test_labelled_and_unlabelled_images_share_the_pool() -> None:
    assert sweep("labels", unlabelled=2500).axes()["labels"] == (50, 100, 200, 500, 1000)
    assert sweep("unlabelled").axes()["unlabelled"] == (0, 200, 500, 1000, 2000, 3500)
    assert sweep("unlabelled", labels=4000).axes()["unlabelled"] == (0,)
    assert "unlabelled" not in sweep().to_json() and '"unlabelled":500' in sweep(unlabelled=500).to_json()
    assert Sweep.read(sweep(unlabelled=500).to_json()) == sweep(unlabelled=500)


def test_a_temperature_that_has_no_effect_is_not_swept() -> None:
    with pytest.raises(NotTrainable, match=r"Hints trains without a temperature: choose “Soft labels”"):
        sweep(method="hints").check_trainable()
    sweep().check_trainable()


@given(
    st.sampled_from(sorted(SWEEPS)),
    st.sampled_from(["mnist", "fashion"]),
    st.lists(st.integers(0, 999_999), min_size=1, max_size=10, unique=True),
)
def test_to_json_and_back(kind: str, data: str, seeds: list[int]) -> None:
    shared = default_settings() | {"data": data, "teacher": data}
    plan = Sweep(kind, {key: shared[key] for key in SHARED}, tuple(seeds))
    assert Sweep.read(plan.to_json()) == plan


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"kind":"labels"}',
        '{"kind":"nothing","settings":{},"seeds":[1]}',
        sweep().to_json().replace("cnn-9k", "cnn-1t"),
        sweep().to_json().replace("[11,12,13]", "[1,1]"),
        sweep().to_json().replace('"kind":"temperature-alpha"', '"kind":["labels"]'),
        "[" * 5000,
    ],
)
def test_what_is_no_sweep_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        Sweep.read(text)


def found(distilled: float, validation: float | None = None, state: str = "finished") -> CellResult:
    rows = ((0.80, 0.81, 0.82), (distilled, distilled + 0.01, distilled + 0.03))
    scores = None if validation is None else [[0.5] * 3, [validation] * 3]
    return CellResult("run", state, 10, 10, Reached(rows, 1000), scores)


def test_the_best_setting_is_chosen_on_validation_images() -> None:
    plan = sweep("method")
    places = [cell.at for cell in plan.cells()]
    known = {at: found(0.80 + 0.01 * n, validation=0.9 - 0.01 * n) for n, at in enumerate(places)}
    said = read_out(plan, known)
    assert said["chosen"] == {"cell": 0, "validation": 0.9}, "not the last, which does best on the test images"
    gains = [cell["gain"]["mean"] for cell in said["cells"]]
    assert gains == sorted(gains)


def test_nothing_is_chosen_before_all_are_finished_or_without_validation_images() -> None:
    plan = sweep("method")
    places = [cell.at for cell in plan.cells()]
    known = {at: found(0.8, 0.9) for at in places}
    assert read_out(plan, known | {places[1]: found(0.8, 0.9, "running")})["chosen"] is None
    assert read_out(plan, known | {places[1]: found(0.8, None)})["chosen"] is None
    assert read_out(plan, {})["chosen"] is None


def test_a_cell_that_goes_on_says_on_how_many_images_it_was_tested() -> None:
    plan = sweep("method")
    done, going_on = (cell.at for cell in plan.cells()[:2])
    most = replace(found(0.85), reached=Reached(((0.80, 0.81, 0.82), (0.84, 0.85, 0.87)), 10_000, 0.9965))
    said = read_out(plan, {done: most, going_on: found(0.85, state="running")})
    assert (said["test_images"], said["teacher_accuracy"]) == (10_000, 0.9965)
    one, other = (cell["gain"]["sentence"] for cell in said["cells"][:2])
    assert "on 10,000 test images" in one and "on 1,000 test images" in other
    assert read_out(plan, {})["test_images"] is None


def test_a_cell_without_numbers_has_no_gain() -> None:
    plan = sweep("labels")
    at = plan.cells()[0].at
    said = read_out(plan, {at: CellResult("run", "queued", 0, 10, None)})["cells"]
    assert said[0]["state"] == "queued" and said[0]["gain"] is None and said[1]["state"] == "missing"
    at_start = CellResult("run", "running", 0, 10, Reached(((0.1,) * 3, (0.1,) * 3), 1000))
    assert read_out(plan, {at: at_start})["cells"][0]["gain"] is None, "before the first update nothing differs"
