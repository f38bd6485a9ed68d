"""The bug lab's lines are those that run, and its findings and rounds are decided by the numbers."""

from __future__ import annotations

import copy
import inspect
import textwrap
from dataclasses import replace
from typing import Any

import pytest

from app.catalog.bugs import BUGS
from app.distillation.bug_lab import LOOPS, PlainLoop
from app.experiments.recordings import FinishedRun
from app.experiments.recordings.bugs import RecordedBugs
from app.teaching import bug_code
from app.teaching.bug_rounds import NO_BUG, diagnosis, left_out, rounds, title
from app.teaching.checks.bugs import (
    MEASURES,
    accuracy_verdict,
    apart,
    bug_cost,
    bug_measure,
    bug_seeds,
    bug_teacher,
    bugs_counted,
    distinct,
    finding,
    gives_away,
    known,
    looks_like,
    numbers,
    telling,
)

COHORTS = ("t8", "t20", "a1")


def changed(run: RecordedBugs, change: Any) -> RecordedBugs:
    """The same with other numbers at its end."""
    event = copy.deepcopy(run.events[-1])
    change(event)
    return replace(run, runs=(replace(run.runs[0], events=(*run.events[:-1], event)), *run.runs[1:]))


# ── the lines ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("bug", BUGS)
def test_what_is_shown_is_what_runs(bug: str) -> None:
    """Healthy and buggy lines, put together again, are the methods of the classes that train."""
    lines = bug_code.code_of(bug)
    (method,) = [name for name in vars(LOOPS[bug]) if inspect.isfunction(vars(LOOPS[bug])[name])]
    for kind, owner in (("healthy", PlainLoop), ("buggy", LOOPS[bug])):
        source = textwrap.dedent(inspect.getsource(getattr(owner, method)))
        spoken = [line.split("  # type:")[0] for line in source.splitlines() if '"""' not in line]
        assert [line.text for line in lines if line.kind in ("same", kind)] == spoken
    assert [line.kind for line in lines].count("healthy") == [line.kind for line in lines].count("buggy") == 1


def test_a_program_that_cannot_be_read_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for text in (None, "def (", "class PlainLoop: pass"):
        if text is not None:
            (tmp_path / "bug_lab.py").write_text(text, encoding="utf-8")
        monkeypatch.setattr(bug_code, "SOURCE", tmp_path / "bug_lab.py")
        with pytest.raises(ValueError, match="Get a fresh copy"):
            bug_code.code_of("mean")


# ── what gives a bug away ────────────────────────────────────────────────────────────────────────────────────────


def test_every_bug_is_recorded_where_some_number_gives_it_away() -> None:
    """The issue's condition: a recorded setting where a diagnostic tells it from the healthy run."""
    for bug in BUGS:
        found = [known(cohort) for cohort in COHORTS if bug in known(cohort).bugs]
        assert any(gives_away(run, bug) for run in found), bug
        assert len(found[0].cohort(bug).spec.seeds) >= 5


@pytest.mark.parametrize("cohort", COHORTS)
def test_a_measure_tells_two_apart_only_where_all_their_seeds_do(cohort: str) -> None:
    run = known(cohort)
    for bug in run.bugs:
        for measure in telling(run, bug):
            healthy, buggy = numbers(run, measure, ""), numbers(run, measure, bug)
            assert not buggy or max(buggy) < min(healthy) or min(buggy) > max(healthy)
        key = gives_away(run, bug)
        assert (key is None) == (not telling(run, bug)) and (key is None or key in telling(run, bug))


def test_overlapping_seeds_tell_nothing() -> None:
    run = known("t8")

    def overlap(event: dict[str, Any]) -> None:
        place, healthy = run.place("mean"), run.place("")
        for rows in (*event["diagnostics"].values(), event["accuracy"], event["kl"]):
            rows[place] = [rows[healthy][0], *rows[healthy][1:]]

    same = changed(run, overlap)
    assert telling(same, "mean") == [] and gives_away(same, "mean") is None
    assert "No number of this table tells it" in finding(same, "mean")
    assert "mean" not in distinct(same) and looks_like(same, "mean") == ("",)
    assert f"“{title('mean')}”, which looks like “{NO_BUG}”" in left_out(same)


def test_a_value_that_is_missing_on_one_side_tells_them_apart() -> None:
    run = known("t8")
    assert numbers(run, "share", "swapped") == [] and apart(run, "share", "swapped", "")
    assert not apart(run, "right_targets", "swapped", "swapped")


# ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cohort", COHORTS)
def test_a_finding_says_what_the_verdict_says(cohort: str) -> None:
    run = known(cohort)
    for bug in run.bugs:
        said, verdict = finding(run, bug), accuracy_verdict(run, bug)
        assert said.startswith("It costs" if verdict.kind == "worse" else "No measurable effect"), bug
        assert ("What fits: " in said) == (verdict.kind == "none")
        assert f"(over {verdict.seeds} seeds; the teacher brings +{bug_teacher(cohort, bug).mean:.1f})" in said
        assert said.endswith(".") and "  " not in said
        if key := gives_away(run, bug):
            assert MEASURES[key].words in said


def test_a_gain_is_told_as_a_gain() -> None:
    run = known("t8")

    def better(event: dict[str, Any]) -> None:
        shares = (event.get("final") or event)["accuracy"]
        shares[run.place("mean")] = [value + 0.02 for value in shares[run.place("")]]
        shares[run.place("mean")][0] += 0.002

    assert finding(changed(run, better), "mean").startswith("It even gains 2.0 ± 0.")


def test_numbers_of_the_lesson() -> None:
    assert bug_cost("t20", "no-t2").mean == pytest.approx(2.0, abs=0.7)
    assert bug_seeds("t8") == len(known("t8").spec.seeds) == len(bug_cost("t8", "cut").points)
    assert 2 < bug_teacher("t8").mean < 4, "what the lab’s default experiment gains"
    assert bug_measure("t8", "twice", "confidence") < 23.3
    effects = [bugs_counted("t8", of) for of in ("worse", "none", "all")]
    assert effects[0] + effects[1] == effects[2] == 9
    with pytest.raises(ValueError, match="has no share"):
        bug_measure("t8", "swapped", "share")
    with pytest.raises(ValueError, match="fresh copy"):
        known("t99")


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("cohort", COHORTS)
def test_asked_is_only_what_the_numbers_tell_apart(cohort: str) -> None:
    run = known(cohort)
    asked = distinct(run)
    assert "" in asked and len(asked) >= 5
    assert all(telling(run, one, other) for one in asked for other in asked if one != other)
    for bug in set(run.bugs) - set(asked):
        assert any(other in asked for other in looks_like(run, bug)) and title(bug) in left_out(run)


@pytest.mark.parametrize("cohort", COHORTS)
def test_a_round_has_one_right_answer_and_every_answer_a_reason(cohort: str) -> None:
    run = known(cohort)
    made = rounds(run)
    assert made == rounds(run), "always the same"
    assert {one["title"] for each in made for one in each["options"] if one["right"]} == {
        title(a) for a in distinct(run)
    }
    words = {measure.words for measure in MEASURES.values()}
    for each in made:
        titles = [one["title"] for one in each["options"]]
        assert len(set(titles)) == len(titles) == 4 and sum(one["right"] for one in each["options"]) == 1
        rows = {row[0]: row[1:] for row in each["rows"]}
        for option in each["options"]:
            assert option["said"].startswith("Yes." if option["right"] else f"No. With “{option['title']}”")
            assert option["lit"] in words or (option["right"] and option["title"] == NO_BUG)
            if not option["right"]:
                assert rows[option["lit"]][1] in option["said"]


def test_bugs_of_two_cohorts_are_held_against_their_own_twins() -> None:
    """As if two of them had been recorded with other seeds, in which every student is two points worse."""
    run = known("t20")
    places = [0, run.place(""), run.place("cut"), run.place("alpha")]

    def part(bugs: list[int], points: float) -> FinishedRun:
        rows, event = [*places[:2], *bugs], copy.deepcopy(run.events[-1])
        tested = event.get("final") or event
        for measures in (event, event["diagnostics"], event.get("final", {})):
            measures |= {key: [value[at] for at in rows] for key, value in measures.items() if isinstance(value, list)}
        tested["accuracy"] = [[share - points / 100 for share in arm] for arm in tested["accuracy"]]
        spec = replace(run.spec, arms=tuple(run.spec.arms[at] for at in rows), seeds=run.spec.seeds[::-1])
        return FinishedRun(spec if points else replace(spec, seeds=run.spec.seeds), (event,))

    two = replace(run, runs=(part(places[2:3], 0.0), part(places[3:], 2.0)))
    two._check()
    assert two.bugs == ("cut", "alpha") and two.cohort("alpha").spec.seeds == run.spec.seeds[::-1]
    assert two.spec_of("alpha").arms[2].bug == "alpha" and two.cohort("").bugs == ("cut",)
    for bug in two.bugs:
        assert finding(two, bug) == finding(run, bug), "as beside its twin, wherever that is"
        assert telling(two, bug) == telling(run, bug)
        assert diagnosis(two, bug)[:-1] == diagnosis(run, bug)[:-1]
    assert diagnosis(two, "alpha")[-1] != diagnosis(run, "alpha")[-1], "the accuracy of its own twin"
    with pytest.raises(KeyError):
        two.cohort("mean")


def test_one_bug_of_a_cohort_is_a_run_of_three_arms() -> None:
    spec = known("t8").spec_of("cut")
    assert [arm.bug for arm in spec.arms] == ["", "", "cut"] and spec.arms[0].role == "labels"
    assert (spec.seeds, spec.labels) == (known("t8").spec.seeds, known("t8").spec.labels)
    with pytest.raises(KeyError):
        known("t20").place("swapped")
