from __future__ import annotations

from itertools import pairwise

from app.figures.cascade.figure import GONE, contents


def test_more_images_go_to_the_teacher_the_higher_the_threshold() -> None:
    shown = contents("recorded-cascade-mnist")
    steps = shown["steps"]
    assert (steps[0]["escalated"], steps[-1]["escalated"]) == (0, 1) and steps[-1]["half"] == 0
    assert all(one["escalated"] <= next_one["escalated"] for one, next_one in pairwise(steps))
    chosen = steps[shown["chosen"]]
    assert chosen["accuracy"] > steps[0]["accuracy"] and chosen["cost"] < 0.5
    assert shown["verdict"].startswith("Cascade beats distilled alone by") and "1,000 test images" in shown["verdict"]


def test_a_recording_that_is_not_there_is_a_sentence() -> None:
    assert contents("recorded-cascade-nowhere")["trouble"] == GONE
    assert contents("recorded-mnist-kd")["trouble"] == GONE
