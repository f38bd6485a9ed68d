"""The figure of repaired students, and the numbers of its lesson: as one would compute them from the file."""

from __future__ import annotations

import json
from statistics import fmean

import pytest

from app.experiments.kinds.repair import LABELS, OWN, REPAIRED, Repair
from app.experiments.recordings import folder
from app.figures.repair import figure as repair
from app.teaching.checks import repair as found
from tests.figures.staged import opened, sent


def test_rows_and_checks_are_those_of_the_file() -> None:
    stored = json.loads((folder() / f"{repair.RECORDED}.json").read_text(encoding="utf-8"))
    page = opened("repair", {"images": "500"})
    shown = {run["images"]: run for run in sent(page)["runs"]}
    assert tuple(shown) == repair.IMAGES and sent(page)["images"] == "500"
    for written in stored["runs"]:
        images = written["spec"]["images"]
        right, rows = written["events"][-1]["final"]["accuracy"], shown[str(images)]["rows"]
        for row, values, name in zip(rows, right, found.ARMS, strict=True):
            assert row["mean"] == pytest.approx(fmean(values)) and len(row["values"]) == 20
            assert found.repair(name, images) == pytest.approx(100 * fmean(values))
            assert found.repair_spread(name, images) == pytest.approx(100 * row["half"])
        gain = found.repair_gain("own", "labels", images)
        assert gain.mean == pytest.approx(100 * (fmean(right[OWN]) - fmean(right[LABELS])), abs=1e-3)
        assert (rows[OWN]["gain"], rows[OWN]["gain_half"]) == (gain.mean, gain.half_width)
        assert ["gain" in row for row in rows] == [0 < place < len(REPAIRED) for place in range(len(rows))]
        finding = "better" if gain.mean > gain.half_width else "worse" if -gain.mean > gain.half_width else "none"
        assert found.repair_finding("own", images=images) == finding
    assert found.repair_number("seeds") == 20 and found.repair_number("tests") == 10_000


def test_what_was_not_recorded_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="say one of 100, 500, 4000"):
        found.repair("own", 200)
    with pytest.raises(ValueError, match="say one of labels, even"):
        found.repair("nobody")
    monkeypatch.setattr(repair, "RECORDED", "recorded-nowhere")
    assert sent(opened("repair"))["trouble"] == repair.GONE


def test_a_learner_may_train_it_where_the_lesson_says_so() -> None:
    page = opened("repair", {"train": True}, settings={"images": "4000"}, fixed=("images",))
    assert sent(page)["own"]["offers"] == ["4000"], "where a link holds the dial"
    assert sent(opened("repair"))["own"]["offers"] == []
    assert repair.FIGURE.owns({"train": True}, Repair((1,))) and not repair.FIGURE.owns({"train": False}, Repair((1,)))
