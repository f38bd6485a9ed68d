"""Numbers of trainings of several lengths: as one would compute them by hand from the file."""

from __future__ import annotations

from statistics import fmean

import pytest

from app.experiments.recordings import recordings
from app.experiments.recordings.labels import LengthCurve
from app.teaching.checks import lengths as found

CURVE = "recorded-lengths-mnist"


def test_of_the_shipped_curve_every_number_is_that_of_its_file() -> None:
    kept = recordings(LengthCurve)[CURVE]
    assert list(kept.stops) == sorted(kept.stops) and len(kept.stops) > 4
    for updates in kept.stops:
        for rest in (False, True):
            run = kept.run(updates, rest=rest)
            assert run is not None and run.spec.updates == updates and bool(run.spec.unlabelled) == rest
            plain, taught = run.reached
            assert found.lengths_gain(CURVE, updates, rest).mean == pytest.approx(100 * (fmean(taught) - fmean(plain)))
            assert found.lengths_accuracy(CURVE, updates, "distilled", rest) == pytest.approx(100 * fmean(taught))
    assert found.lengths_gains(CURVE, [kept.stops[0]]) == [found.lengths_gain(CURVE, kept.stops[0]).mean]
    assert found.lengths_number(CURVE, kept.stops[0], "seeds") == len(kept.spec.seeds)


def test_a_length_that_was_not_recorded_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="has no run of 65 updates"):
        found.lengths_gain(CURVE, 65)
