"""The figures of a teacher that is made smaller: what they show is what was recorded."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from app.experiments.kinds.shrink import Shrink
from app.experiments.recordings.recording import Recording, recordings
from app.figures.one_bit import figure as one_bit
from app.figures.shrink import figure as shrink
from app.teaching.checks import shrink as found
from tests.figures.staged import opened, sent


@pytest.mark.parametrize("id_", [id_ for id_ in shrink.RECORDED.values() if id_ in recordings(Recording)])
def test_every_network_stands_on_the_planes_with_what_was_measured(id_: str) -> None:
    kept = recordings(Recording)[id_]
    (run,) = kept.runs
    experiment = run.experiment
    assert isinstance(experiment, Shrink)
    shown = shrink.contents(kept)
    groups = {group["id"]: group for group in shown["groups"]}
    assert set(groups) <= set(shrink.GROUPS)
    assert sum(len(group["points"]) for group in groups.values()) == len(experiment.ways)
    for group in groups.values():
        assert all(one["low"] <= one["accuracy"] <= one["high"] for one in group["points"])
        assert all(one["bytes"] >= next_one["bytes"] for one, next_one in pairwise(group["points"])), (
            "smaller and smaller"
        )
        timed = {one["single"] is not None for one in group["points"]} | {
            one["batch"] is not None for one in group["points"]
        }
        assert timed == {True} or group["id"] not in ("kernel", "student-32", "student-8")
    (whole, *_), eight = groups["float"]["points"], groups["channel"]["points"][0]
    assert whole["agreement"] == 1 and whole["single"] and eight["single"] is None
    assert 3.8 < whole["bytes"] / eight["bytes"] < 4
    assert groups["student-8"]["points"][0]["words"] == groups["student-32"]["points"][0]["words"]
    assert found.shrunk("bytes", "channel", 8, data=experiment.data) == pytest.approx(eight["bytes"] / 1000, abs=1e-3)
    assert found.shrunk_end("low", "channel", 8, data=experiment.data) == pytest.approx(100 * eight["low"])
    assert found.shrunk_lost("float", 32, data=experiment.data) == 0
    with pytest.raises(ValueError, match="was not measured"):
        found.shrunk("single", "channel", 8, data=experiment.data)


def test_numbers_of_the_lessons_are_those_of_the_file() -> None:
    kept = recordings(Recording)["recorded-shrink-mnist"]
    (run,) = kept.runs
    experiment = run.experiment
    assert isinstance(experiment, Shrink)
    right = {way: values[0] for way, values in zip(experiment.ways, run.end["accuracy"], strict=True)}
    rounded = {way.level: 100 * share for way, share in right.items() if way.family == "channel"}
    fewest = int(found.shrunk_fewest(99))
    assert rounded[fewest] > 99 >= rounded[fewest - 1]
    assert found.shrunk_fewest(min(rounded.values()) - 1) == min(rounded)
    for room in (200, 60):
        best = {words: network for network, words in found.FITTING.items()}[found.shrunk_best(room)]
        assert found.shrunk("bytes", *best) <= room
        for other in found.FITTING:
            fits = found.shrunk("bytes", *other) <= room
            assert not fits or found.shrunk("accuracy", *other) <= found.shrunk("accuracy", *best)
    with pytest.raises(ValueError, match="fits into 1 kB"):
        found.shrunk_best(1)
    assert found.shrunk_slower("single") == pytest.approx(1 / found.shrunk_times("single", "kernel", 8))
    assert found.sparse_bits(0) == 17 and found.sparse_bits(100) == 1
    assert found.shrunk_number("repaired") == 90 and found.shrunk_number("images") == 4000


def test_the_dial_of_bits_has_grids_with_as_many_values_as_bits_allow() -> None:
    shown = one_bit.contents(recordings(Recording)[one_bit.RECORDED])
    steps = {step["bits"]: step for step in shown["steps"]}
    assert tuple(steps) == one_bit.BITS
    for bits, most in {"1": 2, "1.6": 3, "2": 4, "3": 8, "4": 16}.items():
        assert 2 <= len(set(steps[bits]["weights"])) <= most
    assert steps["32"]["weights"] == steps["16"]["weights"], "the shipped teacher is of short floats"
    assert all(sum(answer) == pytest.approx(1, abs=2e-3) for step in steps.values() for answer in step["says"])
    assert len(shown["images"]) == len(steps["2"]["says"]) == 3


def test_both_open_where_the_lesson_says_and_a_link_holds_them() -> None:
    page = opened("shrink", {"family": "pruned", "level": 2, "time": True})
    assert sent(page)["opens"] == {"data": "mnist", "family": "pruned", "level": 2, "at": "1"}
    page = opened("one-bit", {}, settings={"bits": "2"}, fixed=("bits",))
    assert sent(page)["opens"] == "2"


def test_recordings_that_are_not_there_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrink, "RECORDED", {})
    assert sent(opened("shrink"))["trouble"] == shrink.GONE
    monkeypatch.setattr(one_bit, "RECORDED", "recorded-nowhere")
    assert sent(opened("one-bit"))["trouble"] == one_bit.GONE
    kept = recordings(Recording)["recorded-shrink-mnist"]
    with pytest.raises(ValueError, match="damaged"):
        one_bit.contents(replace(kept, arrays={}))
