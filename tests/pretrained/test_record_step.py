"""The recorded update: it belongs to the recorded run, comes out again, and what is damaged is left out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.experiments.recordings import steps as recorded_steps
from app.experiments.recordings.runs import recorded_runs
from app.experiments.recordings.steps import ROLES, read, recorded_step, written
from app.experiments.worker.engine import TorchEngine
from pretrained.record_step import IMAGES, RUN, SEED, UPDATE, record


def test_it_begins_with_the_answers_of_the_recorded_run() -> None:
    step, run = recorded_step(RUN, UPDATE), recorded_runs()[RUN]
    assert step is not None and step.seed == run.spec.seeds[SEED]
    said = run.answers()
    moment = said.moments.index(UPDATE)
    for role in ROLES:
        arm = next(at for at, one in enumerate(run.spec.arms) if one.role == role)
        kept = said.students[moment, arm, SEED, list(step.images)].astype(float)
        np.testing.assert_allclose(step.before[role], kept, atol=6e-3)  # kept in float16
        assert np.abs(np.array(step.after[role]) - step.before[role]).max() > 0.05


def test_made_again_it_is_the_same() -> None:
    kept = recorded_step(RUN, UPDATE)
    again = record(RUN, UPDATE, IMAGES, TorchEngine())
    assert kept is not None and (again.run, again.update, again.images) == (RUN, UPDATE, kept.images)
    for role in ROLES:
        np.testing.assert_allclose(again.after[role], kept.after[role], atol=2e-3)
    assert read(written(again)) == again


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', '{"format": 1}'])
def test_what_is_damaged_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    monkeypatch.setattr(recorded_steps, "folder", lambda: tmp_path)
    assert recorded_step(RUN, UPDATE) is None
    recorded_steps.file_of(RUN, UPDATE).write_text(text, encoding="utf-8")
    assert recorded_step(RUN, UPDATE) is None
    with pytest.raises(ValueError, match=r"."):
        read(text)


def test_rows_that_do_not_fit_the_images_are_damage() -> None:
    kept = recorded_step(RUN, UPDATE)
    assert kept is not None
    stored = json.loads(written(kept))
    stored["after"]["labels"].pop()
    with pytest.raises(ValueError, match="one row of logits"):
        read(json.dumps(stored))
