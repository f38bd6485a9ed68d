"""A run as files: what is in them is what the run's events say."""

from __future__ import annotations

import csv
import io
import json
from statistics import mean
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load

from app.catalog.declared import LOSS_PARTS
from app.experiments.files import curves_csv, settings_json, weights_file
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.habit import Habit
from app.experiments.kinds.rules import Rules
from app.experiments.worker.stretch import Stretch
from app.store import Store
from tests.experiments.examples import METRICS, json_of, spec
from tests.experiments.tiny_engine import TinyEngine


@pytest.fixture
def events(store: Store) -> list[dict[str, Any]]:
    store.runs.submit(json_of(), "a" * 24)
    run = store.runs.take("w")
    assert run is not None
    Stretch([run], store, TinyEngine()).train()
    return store.runs.events(run.id, 0)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_for_every_student_at_every_point(events: list[dict[str, Any]]) -> None:
    told = spec().as_dict()
    found = rows(curves_csv("abc", told, events))
    assert len(found) == len(events) * len(told["arms"]) * len(told["seeds"])
    place = iter(found)
    for event in events:
        for a, arm in enumerate(told["arms"]):
            for s, seed in enumerate(told["seeds"]):
                row = next(place)
                assert (row["run"], row["seed"], row["update"]) == ("abc", str(seed), str(event["update"]))
                assert (row["role"], row["method"]) == (arm["role"], arm["method"])
                for name in METRICS:
                    assert float(row[name]) == event[name][a][s]
                for part in LOSS_PARTS:
                    known = [one for one in event["losses"].get(part, [[[]] * 9] * 9)[a][s] if one is not None]
                    assert (
                        row[f"{part}_loss"] == ""
                        if not known
                        else float(row[f"{part}_loss"]) == pytest.approx(mean(known))
                    )


def test_arms_of_another_kind_are_told_apart_by_their_words() -> None:
    for experiment, key in ((Habit((7,)), "follows"), (Rules(2, 500, (7,), ("labels", "even")), "fact")):
        values = [[at / 10] for at in range(len(experiment.arm_words()))]
        event = {"kind": "point", "update": 3, key: values}
        found = rows(curves_csv("abc", json.loads(experiment.to_json()), [event]))
        assert [row["method"] for row in found] == [arm.words for arm in experiment.arm_words()]
        assert [float(row[key]) for row in found] == [one for (one,) in values]


def test_what_is_not_there_stays_empty() -> None:
    told = {"arms": [{"role": "labels", "method": "labels"}], "seeds": [7, 8]}
    point = {"kind": "point", "update": 3, "accuracy": [[0.5, None]], "losses": {"hard": [[[1.0, None, 2.0], []]]}}
    one, other = rows(curves_csv("r", told, [{"kind": "note"}, point]))
    assert (one["accuracy"], one["hard_loss"], one["temperature"], one["kl"]) == ("0.5", "1.5", "", "")
    assert (other["accuracy"], other["hard_loss"], other["seed"]) == ("", "", "8")


def test_settings_make_the_same_run_again() -> None:
    told = json.loads(
        settings_json({"run": "abc", "name": "", "verdict": "So it is."}, spec().as_dict(), {"engine": 3})
    )
    assert RunSpec.read(json.dumps(told.pop("spec"))) == spec()
    assert told == {"run": "abc", "verdict": "So it is.", "record": {"engine": 3}}


def test_weights_say_whose_they_are_and_what_made_them() -> None:
    told = spec().as_dict()
    tensors = {
        f"arm{a}.seed{s}.head.bias": np.full(3, 10 * a + s, np.float32)
        for a in range(len(told["arms"]))
        for s in range(len(told["seeds"]))
    }
    content = weights_file({"run": "abc", "name": "Müller’s", "verdict": "Better."}, told, tensors, {"mean": [0.5]})
    found = load(content)
    for a, arm in enumerate(told["arms"]):
        for s, seed in enumerate(told["seeds"]):
            assert (found.pop(f"{arm['role']}.seed{seed}.head.bias") == 10 * a + s).all()
    assert not found
    length = int.from_bytes(content[:8], "little")
    about = json.loads(content[8 : 8 + length])["__metadata__"]
    assert (about["run"], about["name"], about["verdict"]) == ("abc", "Müller’s", "Better.")
    assert RunSpec.read(about["spec"]) == spec() and json.loads(about["seeds"]) == told["seeds"]
    assert list(json.loads(about["arms"])) == [arm["role"] for arm in told["arms"]]


def test_arms_of_one_role_are_numbered() -> None:
    told = {"arms": [{"role": "labels"}, {"role": "distilled"}, {"role": "distilled"}], "seeds": [7]}
    tensors = {f"arm{a}.seed0.w": np.zeros(1, np.float32) for a in range(3)}
    assert set(load(weights_file({}, told, tensors, {}))) == {
        "labels.seed7.w",
        "distilled1.seed7.w",
        "distilled2.seed7.w",
    }


def test_of_a_run_with_a_bug_a_row_says_whether_it_has_it(events: list[dict[str, Any]]) -> None:
    told = spec().as_dict()
    assert "bug" not in rows(curves_csv("abc", told, events))[0]
    told["arms"][-1]["bug"] = "cut"
    found = rows(curves_csv("abc", told, events))
    assert [row["bug"] for row in found[: len(told["seeds"]) * len(told["arms"])]][:: len(told["seeds"])] == ["", "cut"]
