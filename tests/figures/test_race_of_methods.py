"""The figure of the race: every method has its row and its tries, and a damaged recording is a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from app.experiments.paired import paired
from app.experiments.recordings import recording, recordings
from app.experiments.recordings.race import RecordedRace, RecordedTries, together
from app.figures.race_of_methods import figure
from tests.figures.staged import opened, sent


@pytest.mark.parametrize("place", figure.PLACES)
def test_every_method_has_its_gain_over_both_and_all_that_was_tried(place: str) -> None:
    race, tries = recordings(RecordedRace)[figure.RACE + place], recordings(RecordedTries)[figure.TRIES + place]
    shown = figure.contents(race, tries)
    rows = {row["method"]: row for row in shown["rows"]}
    others = ["labels"] if place == "few" else ["labels", "usual"]
    assert list(rows) == [*figure.RACERS, *others] and (shown["seeds"], shown["tests"]) == (20, 10_000)
    for method, row in rows.items():
        itself = {method} if place != "few" or method != "labels" else {"labels", "usual"}
        assert set(row["gains"]) == set(figure.OVERS) - itself
        for over, gain in row["gains"].items():
            rival = "labels" if place == "few" and over == "usual" else over
            difference = paired(race.accuracy(method), race.accuracy(rival))
            assert (gain["mean"], gain["half"]) == (difference.mean, difference.half_width)
            assert gain["wide"] == together(difference) > gain["half"]
        shares = {one["setting"]: one["share"] for one in row["tries"]}
        assert len(shares) == 5 and (shares[row["setting"]] == max(shares.values())) == (method != "usual")
    assert rows["even"]["teacher"] is False and rows["hints"]["setting"].startswith("α = ")
    assert rows["labels"]["setting"].startswith("rate × ")


@pytest.mark.usefixtures("store")
def test_the_lesson_says_where_the_figure_opens() -> None:
    shown = sent(opened("race-of-methods", {"place": "many", "over": "even", "method": "hints"}))
    assert (shown["place"], shown["over"], shown["method"]) == ("many", "even", "hints") and not shown["trouble"]
    assert set(shown["places"]) == {"few", "many"}, "where it opens is there, too"
    assert shown["choices"] == ["few"] and not shown["overs"] and not shown["tries"]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("name", [figure.RACE, figure.TRIES])
def test_a_missing_or_damaged_recording_is_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (figure.RACE, figure.TRIES):
        shutil.copy(recording.folder() / f"{one}few.json", tmp_path)
    stored = json.loads((tmp_path / f"{name}few.json").read_text(encoding="utf-8"))
    stored["runs"].pop()
    (tmp_path / f"{name}few.json").write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    assert sent(opened("race-of-methods", {}))["trouble"] == figure.GONE
