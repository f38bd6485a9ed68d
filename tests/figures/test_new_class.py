"""The figure of the new digit: each way has its row at every moment, and a damaged recording is a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

import pytest

from app.experiments.kinds.new_class import MOMENTS, WAYS, NewClass
from app.experiments.recordings import recording, recordings
from app.experiments.recordings.new_class import RecordedNewClass
from app.figures.new_class import figure
from app.teaching.checks.new_class import (
    new_class,
    new_class_course,
    new_class_finding,
    new_class_gain,
    new_class_guess,
    new_class_number,
)
from tests.figures.staged import opened, sent


def test_every_moment_has_every_way_and_the_last_is_that_of_all_test_images() -> None:
    known = recordings(RecordedNewClass)[figure.RECORDED]
    shown = figure.contents(known)
    assert [way["id"] for way in shown["ways"]] == [way.id for way in WAYS] and shown["moments"] == list(MOMENTS)
    assert (shown["seeds"], shown["tests"], shown["curve"]) == (20, 10_000, 1000)
    for run, (rate, moments) in zip(known.runs, shown["rates"].items(), strict=True):
        assert isinstance(run.experiment, NewClass) and run.experiment.rate == (1.0 if rate == "usual" else 0.1)
        assert len(moments) == len(MOMENTS)
        for place, way in enumerate(WAYS):
            old = [moment["old"][place]["mean"] for moment in moments]
            assert old[0] == pytest.approx(fmean(moments[0]["old"][-1]["seeds"]), abs=1e-4), "all begin as it was"
            assert old[-1] == pytest.approx(fmean(run.end["final"]["old"][run.experiment.place(way.id)]))


def test_the_lessons_numbers_are_those_of_the_recording() -> None:
    run = recordings(RecordedNewClass)[figure.RECORDED].runs[0]
    place = NewClass((1,)).place("all-self")
    assert new_class("all-self", "kept") == pytest.approx(100 * fmean(run.end["final"]["kept"][place]))
    at_twenty = next(event for event in run.events if event["update"] == new_class_number("old_updates") + 20)
    assert new_class("all-self", "kept", update=20) == pytest.approx(100 * fmean(at_twenty["kept"][place]))
    assert new_class_course("all-self", "kept", [20]) == [new_class("all-self", "kept", update=20)]
    gain = new_class_gain("all-self", "kept", "all-labels")
    assert gain.mean == pytest.approx(new_class("all-self", "kept") - new_class("all-labels", "kept"), abs=1e-3)
    assert (new_class_finding("all-self", "kept"), new_class_finding("new-labels", "new")) == ("worse", "better")
    assert (new_class_guess(), new_class_guess("half")) == (10, 50)
    for wrong in ({"rate": 0.5}, {"update": 3}, {"way": "nobody"}, {"measure": "luck"}):
        with pytest.raises(ValueError, match=r"must be one of|there is no"):
            new_class(**{"way": "all-self", "measure": "kept", **wrong})  # type: ignore[arg-type]


@pytest.mark.usefixtures("store")
def test_the_lesson_says_where_the_figure_opens() -> None:
    shown = sent(opened("new-class", {"update": 20, "way": "new-teacher", "sees": ("new",), "rate": "gentle"}))
    assert (shown["update"], shown["way"], shown["sees"], shown["rate"]) == (20, "new-teacher", ["new"], "gentle")
    assert shown["own"]["offers"] == [] and not shown["trouble"]
    assert sent(opened("new-class", {"train": True}))["own"]["offers"] == list(figure.RATES)


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("what", ["final", "moved"])
def test_a_damaged_recording_is_a_sentence(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"{figure.RECORDED}.json"
    stored = json.loads((recording.folder() / name).read_text(encoding="utf-8"))
    last = stored["runs"][-1]["events"][-1]
    (last["final"] if what in last["final"] else last).pop(what)
    (tmp_path / name).write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    assert sent(opened("new-class", {}))["trouble"] == figure.GONE
