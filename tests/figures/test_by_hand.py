"""The figure of a whole student: what the browser gets is the student that was recorded, and answers as it does."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest
import torch

from app.catalog.available import lab_sets
from app.catalog.declared import STUDENTS
from app.distillation.models import build_student
from app.experiments.kinds.repair import STUDENT
from app.experiments.recordings.recording import Recording, recordings
from app.experiments.worker.kinds.repair import SHARES, SHOWN, SURE
from app.figures.by_hand import figure as by_hand
from app.teaching.checks import repair as found
from tests.figures.staged import opened, sent


def test_the_student_is_sent_whole_and_is_right_and_nearly_sure() -> None:
    shown = by_hand.contents(recordings(Recording)[by_hand.RECORDED])
    numbers = torch.from_numpy(np.frombuffer(base64.b64decode(shown["weights"]), "<f4").copy())
    data, state, start = lab_sets()["mnist"], dict[str, torch.Tensor](), 0
    for part in shown["parts"]:
        count = int(np.prod(part["shape"]))
        state[part["name"]], start = numbers[start : start + count].reshape(part["shape"]), start + count
    assert start == len(numbers)
    student = build_student(STUDENTS[STUDENT], data, torch.Generator()).eval()
    student.load_state_dict(state)
    assert len(shown["images"]) == len(shown["pixels"]) == SHOWN
    for pixels in shown["pixels"]:
        image = torch.from_numpy(np.frombuffer(base64.b64decode(pixels), "u1").copy()).float().reshape(1, 1, 28, 28)
        with torch.no_grad():
            sure = student((image / 255 - data.mean[0]) / data.spread[0]).softmax(1).max()
        assert float(sure) == pytest.approx(SURE, abs=0.02)


def test_every_stop_of_the_dial_has_an_accuracy_and_the_checks_tell_it() -> None:
    shown = by_hand.contents(recordings(Recording)[by_hand.RECORDED])
    assert [f"{step['share']}" for step in shown["steps"]] == list(by_hand.SHARES)
    assert [round(100 * share) for share in SHARES] == [step["share"] for step in shown["steps"]]
    for step in shown["steps"]:
        assert found.pruned_student(step["share"]) == pytest.approx(100 * step["accuracy"])
    assert found.pruned_student(0) == pytest.approx(found.repair("floats"), abs=1e-6), "the same students"
    assert found.pruned_students([0, 50]) == [found.pruned_student(0), found.pruned_student(50)]
    with pytest.raises(ValueError, match="nothing was recorded with 7% left out"):
        found.pruned_student(7)


def test_it_opens_where_the_lesson_says_and_a_link_holds_it() -> None:
    page = opened("by-hand", {"share": "50"}, settings={"bit": "sign"}, fixed=("bit",))
    assert sent(page)["opens"] == {"share": "50", "bit": "sign", "stored": "32"} and sent(page)["hand"] == "prune"


def test_a_recording_that_is_not_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = recordings(Recording)[by_hand.RECORDED]
    with pytest.raises(ValueError, match="damaged"):
        by_hand.contents(replace(kept, arrays={}))
    monkeypatch.setattr(by_hand, "RECORDED", "recorded-nowhere")
    assert sent(opened("by-hand"))["trouble"] == by_hand.GONE
