"""The figures of the bug lab: recorded, live, gone, another's, and without what they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.catalog.bugs import BUGS
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import recording
from app.figures.bug_lab import figure as bug_lab
from app.figures.run_source import GONE, NO_COOKIE
from app.figures.tuning import figure as tuning
from app.store import Store
from app.teaching import bug_code
from app.teaching.checks import bugs as bug_found
from app.teaching.checks.runs import sweep_gain
from tests.figures.staged import KNOWN, opened, stage
from tests.views.conftest import ME, run_of, sent

LAB = {"cohort": "t20", "bug": "mean"}
PLACE = "bug-lab-here"


def pressed(state: dict[str, Any], monkeypatch: pytest.MonkeyPatch, bug: Any = "no-t2", cohort: Any = "t20") -> None:
    """“Make this mistake, live”, with what the browser says was chosen."""
    chosen = {PLACE: {"train": {"bug": bug, "cohort": cohort, "sent": 1}}}
    monkeypatch.setattr(bug_lab, "session", lambda: chosen)
    bug_lab._make_live(stage(state), PLACE)


def made_live(store: Store, monkeypatch: pytest.MonkeyPatch) -> str:
    state: dict[str, Any] = KNOWN | {"said": ""}
    pressed(state, monkeypatch)
    return str(state["run_id"])


def said(page: Any) -> list[str]:
    return [element.value for element in page.markdown]


# ── the bug lab ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_bug_is_offered_with_its_line_and_where_it_was_recorded(store: Store) -> None:
    data = sent(opened("bug-lab", LAB), "bug_lab")
    assert [bug["id"] for bug in data["bugs"]] == list(BUGS)
    assert [bug["id"] for bug in data["bugs"] if bug["asks"]] == ["swapped", "train-mode"]
    assert all({line["kind"] for line in bug["code"]} == {"same", "healthy", "buggy"} for bug in data["bugs"])
    assert list(data["cohorts"]) == ["t8", "t20", "a1"]
    assert [cohort["words"] for cohort in data["cohorts"].values()] == [
        "T = 8, α = 0.9",
        "T = 20, α = 0.5",
        "T = 8, α = 1",
    ]
    assert (data["bug"], data["cohort"], data["live"], data["disabled"]) == ("mean", "t20", None, "")
    assert not data["table"] and sent(opened("bug-lab", LAB | {"costs": True}), "bug_lab")["table"]
    found = data["cohorts"]["t20"]["found"]["no-t2"]
    assert (found["cost"], found["share"]) == ("2.7 ± 0.3", pytest.approx(0.861, abs=0.001))
    everywhere = [data["cohorts"][name]["found"]["mean"] for name in ("t8", "t20", "a1")]
    assert [one["cost"] for one in everywhere] == ["0.15 ± 0.12", "1.0 ± 0.2", "0.00 ± 0.05"]
    assert [one["share"] > 0 for one in everywhere] == [True, True, False]
    assert data["cohorts"]["t8"]["found"]["train-mode"]["cost"] == "−0.1 ± 0.4"
    recorded = bug_found.known("t20")
    assert found["finding"] == bug_found.finding(recorded, "no-t2")
    assert found["key"] == bug_found.gives_away(recorded, "no-t2")
    assert list(found["rows"]) == list(data["measures"])
    assert found["rows"]["share"] == [bug_found.shown(recorded, "share", arm) for arm in ("", "no-t2")]
    runs = data["cohorts"]["t8"]["runs"]
    assert all(len(run["points"][0]["accuracy"]) == len(run["arms"]) for run in runs)
    assert sorted(arm["bug"] for run in runs for arm in run["arms"] if "bug" in arm) == sorted(BUGS)


def test_a_press_trains_three_arms_as_they_were_recorded_with_fresh_seeds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.runs.get(made_live(store, monkeypatch))
    assert run is not None
    spec, kept = RunSpec.read(run.spec_json), bug_found.known("t20")
    assert [arm.bug for arm in spec.arms] == ["", "", "no-t2"] and spec.arms[1] == kept.healthy
    assert len(spec.seeds) == 3 and not set(spec.seeds) & set(kept.spec.seeds)
    assert (spec.data, spec.labels, spec.epochs) == (kept.spec.data, kept.spec.labels, kept.spec.epochs)


def test_a_mistake_that_takes_long_is_made_with_fewer_seeds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run fits into the lesson all the same, and the button says how many students there will be."""
    seeds = {
        bug: one["live_seeds"] for bug, one in sent(opened("bug-lab", LAB), "bug_lab")["cohorts"]["t8"]["found"].items()
    }
    assert (seeds["mean"], seeds["train-mode"], seeds["swapped"]) == (3, 2, 1)
    state: dict[str, Any] = KNOWN | {"said": ""}
    pressed(state, monkeypatch, "swapped", "t8")
    run = store.runs.get(state["run_id"])
    assert run is not None and len(RunSpec.read(run.spec_json).seeds) == 1


def test_ones_own_run_is_on_the_bench_and_in_the_table(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = made_live(store, monkeypatch)
    page = opened("bug-lab", LAB, run_id=run_id, started=(run_id,))
    assert sent(page, "bug_lab")["live"] == {"run": run_id, "bug": "no-t2", "cohort": "t20"}
    bench = sent(page, "bench")
    assert (bench["run"], bench["fresh"], bench["link"]) == (run_id, True, f"lab?run={run_id}")
    assert bench["methods"]["no-t2"] == "no T²"


@pytest.mark.parametrize("chosen", [("nothing", "t20"), ("swapped", "t20"), ("mean", "t99"), (3, "t20"), (None, None)])
def test_what_was_not_recorded_is_not_trained(store: Store, monkeypatch: pytest.MonkeyPatch, chosen: Any) -> None:
    state: dict[str, Any] = KNOWN | {"said": ""}
    pressed(state, monkeypatch, *chosen)
    assert state["run_id"] is None and store.runs.of(ME) == []


def test_without_a_cookie_it_says_why(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = KNOWN | {"said": "", "learner": None}
    pressed(state, monkeypatch)
    assert state["said"] == NO_COOKIE
    assert sent(opened("bug-lab", LAB, learner=None), "bug_lab")["disabled"] == NO_COOKIE


def test_a_run_that_cannot_be_shown_is_a_sentence(store: Store) -> None:
    other = run_of(store, ME)
    for run_id, started, sentence in (
        ("gone-1234", (), GONE),
        (other, (), bug_lab.ANOTHER),
        ("recorded-mnist-kd", (), bug_lab.ANOTHER),
    ):
        page = opened("bug-lab", LAB, run_id=run_id, started=started)
        assert said(page) == [sentence] and sent(page, "bug_lab")["live"] is None


def test_without_recordings_or_its_program_it_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as without:
        without.setattr(recording, "folder", lambda: tmp_path)
        for figure in ("bug-lab", "which-bug"):
            assert said(opened(figure)) == [bug_found.MISSING]
    monkeypatch.setattr(bug_code, "SOURCE", tmp_path / "gone.py")
    bug_lab._recorded.cache_clear()
    assert "Get a fresh copy" in said(opened("bug-lab", LAB))[0]
    bug_lab._recorded.cache_clear()


# ── the others ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_which_bug_gets_its_rounds(store: Store) -> None:
    data = sent(opened("which-bug", {"cohort": "t20"}), "which_bug")
    assert len(data["rounds"]) == 7 and "“alpha means the opposite”" in data["leftOut"]
    assert sent(opened("which-bug", {"cohort": "t8"}), "which_bug")["leftOut"] == ""


@pytest.mark.parametrize("data", ["mnist", "fashion"])
def test_the_map_leads_to_the_lab(store: Store, data: str) -> None:
    figure = sent(opened("tuning", {"data": data}), "sweep")
    assert figure["answer"]["settings"]["data"] == data and figure["answer"]["chosen"]
    assert len(figure["links"]) == len(figure["answer"]["cells"]) == 36
    assert "temperature=20" in figure["links"][-1] and "alpha=1" in figure["links"][-1]


def test_shifts_and_epochs_are_a_map_as_well(store: Store) -> None:
    figure = sent(opened("tuning", {"sweep": "shift"}), "sweep")
    axes = {axis["key"]: axis["values"] for axis in figure["answer"]["axes"]}
    assert axes == {"shift": [0, 2], "epochs": [16, 32, 100]} and len(figure["links"]) == 6
    assert "shift=2" in figure["links"][-1] and "shift" not in figure["links"][0]
    assert {setting.key for setting in tuning.FIGURE.settings} >= axes.keys()
    for setting in tuning.FIGURE.settings:
        assert all(not setting.fault(str(value)) for value in axes.get(setting.key, []))
    cell = figure["answer"]["cells"][-1]["gain"]
    known = sweep_gain("recorded-sweep-mnist-shift", [2, 100])
    assert (cell["mean"], cell["half"]) == (pytest.approx(known.mean), pytest.approx(known.half_width))


def test_without_its_sweep_the_map_says_so(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    assert said(opened("tuning")) == [tuning.MISSING]
