"""Numbers of runs at the stops of a dial: as one would compute them by hand from the file."""

from __future__ import annotations

import json
from statistics import fmean

import pytest
import torch

from app.distillation.variants.long_tail import kept as kept_by_tail
from app.distillation.variants.long_tail import ranks
from app.experiments.recordings import folder, recordings
from app.experiments.recordings.dials import LEARNED, RecordedDial, arm_ids, settings_of
from app.teaching.checks import dials as found


@pytest.mark.parametrize("id_", list(recordings(RecordedDial)))
def test_every_number_is_that_of_its_file(id_: str) -> None:
    kept = recordings(RecordedDial)[id_]
    stored = json.loads((folder() / f"{id_}.json").read_text(encoding="utf-8"))
    for run, written in zip(kept.runs, stored["runs"], strict=True):
        at = settings_of(run.experiment)
        end = written["events"][-1]
        for measure in kept.measures:
            if measure.key == "fires":
                continue
            labels, taught = end.get("scores", end)[measure.key][:2]
            if None in labels or None in taught:
                with pytest.raises(ValueError, match="seeds only"):
                    found.dial_gain(id_, measure.key, **at)
                continue
            points = [100 * (a - b) for a, b in zip(taught, labels, strict=True)]
            gain = found.dial_gain(id_, measure.key, **at)
            assert gain.mean == pytest.approx(fmean(points), abs=1e-3)
            assert found.dial_mean(id_, measure.key, "distilled", **at) == pytest.approx(100 * fmean(taught))
            ends = [found.dial_end(id_, measure.key, "labels", end_, **at) for end_ in ("low", "high")]
            assert ends == pytest.approx([100 * min(labels), 100 * max(labels)])
        assert found.dial_number(id_, "seeds", **at) == len(run.experiment.seeds)
        first = kept.measures[0].key
        for arm, row in zip(arm_ids(run.experiment), end.get("scores", end)[first], strict=True):
            assert found.dial_mean(id_, first, arm, **at) == pytest.approx(100 * fmean(row))


def test_shares_on_the_official_images_are_those_of_the_verdict() -> None:
    for id_ in ("recorded-ladder-mnist", "recorded-tail-mnist"):
        kept = recordings(RecordedDial)[id_]
        assert kept.reached().images == 10_000
        for run in kept.runs:
            for one, other in zip(kept.score(run, "accuracy"), run.reached, strict=True):
                assert one == pytest.approx(other, abs=1e-6)


def test_what_is_found_is_what_the_intervals_say() -> None:
    kept = recordings(RecordedDial)["recorded-ladder-mnist"]
    for run in kept.runs:
        at = settings_of(run.experiment)
        gain = found.dial_gain(kept.id, "accuracy", **at)
        said = found.dial_finding(kept.id, "accuracy", **at)
        low, high = gain.interval
        assert said == ("better" if low > 0 else "worse" if high < 0 else "none")
    updates = settings_of(kept.runs[0].experiment)["updates"]
    sizes = [settings_of(run.experiment)["size"] for run in kept.runs]
    means = found.dial_means(kept.id, "worst", "labels", "size", sizes, updates)
    assert means[0] == found.dial_mean(kept.id, "worst", "labels", size=sizes[0], updates=updates)
    gains = found.dial_gains(kept.id, "accuracy", "size", sizes, updates)
    taught, alone = (
        found.dial_means(kept.id, "accuracy", arm, "size", sizes, updates) for arm in ("distilled", "labels")
    )
    assert gains == pytest.approx([one - other for one, other in zip(taught, alone, strict=True)], abs=1e-3)


def test_what_was_not_recorded_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="has 0 runs with size 7, updates 376"):
        found.dial_mean("recorded-ladder-mnist", "accuracy", "labels", size=7, updates=376)
    with pytest.raises(ValueError, match="runs with updates 376"):
        found.dial_gain("recorded-ladder-mnist", "accuracy", updates=376)
    with pytest.raises(ValueError, match="no measure “speed”"):
        found.dial_gain("recorded-ladder-mnist", "speed", size=398, updates=376)
    with pytest.raises(ValueError, match="no arm “cat”"):
        found.dial_gain("recorded-ladder-mnist", "accuracy", arm="cat", size=398, updates=376)


def test_seeds_that_learned_are_those_far_above_guessing_in_both() -> None:
    for kept in recordings(RecordedDial).values():
        (decides,) = (measure.key for measure in kept.measures if measure.key in LEARNED)
        for run in kept.runs:
            at = settings_of(run.experiment)
            rows = kept.score(run, decides)[:2]
            above = [[share is not None and share > LEARNED[decides] for share in row] for row in rows]
            both = [all(each) for each in zip(*above, strict=True)]
            learned = ("learned_labels", "learned_distilled", "learned")
            assert [found.dial_number(kept.id, what, **at) for what in learned] == [*map(sum, above), sum(both)]
            points = [100 * (b - a) for a, b, one in zip(*rows, both, strict=True) if one]
            gain = found.dial_gain(kept.id, decides, **at, learned=True)
            assert gain.mean == pytest.approx(fmean(points), abs=1e-3) and len(gain.points) == sum(both)
            low = found.dial_end(kept.id, decides, "labels", "low", **at, learned=True)
            assert low > 100 * LEARNED[decides]


def test_what_a_long_tail_leaves_is_what_its_variant_leaves() -> None:
    kept_out = ~kept_by_tail(torch.arange(10).repeat(400), 11, 100)
    left = torch.bincount(torch.arange(10).repeat(400)[kept_out], minlength=10)[ranks(10, 11)].tolist()
    for first, last in ((1, 1), (1, 3), (8, 10), (1, 10)):
        share = 100 * sum(left[first - 1 : last]) / sum(left)
        assert found.tail_left("recorded-tail-mnist", first, last) == pytest.approx(share)


def test_small_students_that_learned_nothing_are_those_in_which_no_unit_fires() -> None:
    kept = recordings(RecordedDial)["recorded-ladder-mnist-small"]
    run = kept.at(size=398, updates=376, network="relu")
    learned = [share > LEARNED["accuracy"] for share in kept.score(run, "accuracy")[0] if share is not None]
    assert learned == [share != 0 for share in kept.score(run, "fires")[0]]
