"""Kinds of experiments: found by their names, declared and run, and what was stored before there were kinds."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules

import pytest

from app.catalog.declared import METHODS
from app.catalog.variants import DataVariant
from app.experiments import kinds
from app.experiments.kinds import cohort
from app.experiments.kinds.cohort import VERSION, RunSpec
from app.experiments.spec import NotTrainable, SpecError
from app.experiments.worker import kinds as runners
from app.experiments.worker.stretch import OLDER_ENGINE, why_not_on
from tests.experiments.examples import spec

FIXTURES = Path(__file__).parent.parent / "fixtures"


def test_each_kind_is_declared_and_run() -> None:
    assert set(kinds.kinds()) == {module.name for module in iter_modules(runners.__path__)}
    for name in kinds.kinds():
        declared = kinds.class_of(name)
        assert declared.kind == name
        assert len({measure.key for measure in declared.measures}) == len(declared.measures) > 0
        prepare = import_module(f"{runners.__name__}.{name}").prepare
        assert list(signature(prepare).parameters)[1] == "engine"


def test_a_text_without_a_kind_is_a_cohort() -> None:
    experiment = spec()
    assert "kind" not in json.loads(experiment.to_json())
    assert kinds.read(experiment.to_json()) == experiment == RunSpec.read(experiment.to_json())
    named = json.dumps({**experiment.as_dict(), "kind": "cohort"})
    assert kinds.read(named) == experiment


@pytest.mark.parametrize("kind", ["hologram", "", "__init__", "os", "../cohort", 3, None, ["cohort"]])
def test_an_unknown_kind_is_a_sentence(kind: object) -> None:
    text = json.dumps({**spec().as_dict(), "kind": kind})
    with pytest.raises(SpecError, match=r"kind must be one of .*cohort"):
        kinds.read(text)


@pytest.mark.parametrize("text", ["", "[]", "3", "null", '{"kind": "cohort"}', "[" * 100_000])
def test_what_is_no_experiment_is_a_sentence(text: str) -> None:
    with pytest.raises(SpecError):
        kinds.read(text)


def test_whether_it_is_one_and_whether_it_can_be_trained_are_two_questions(home: Path) -> None:
    gone = {**spec().as_dict(), "data": "own-abcdefgh", "teacher": "own-abcdefgh"}
    assert kinds.read(json.dumps(gone)).in_short().startswith("own-abcdefgh 50")
    with pytest.raises(NotTrainable, match="import the images again"):
        kinds.read_trainable(json.dumps(gone))


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("store_v*.sql")), ids=lambda file: file.stem)
def test_runs_of_earlier_stores_are_read_and_write_the_same_text(file: Path) -> None:
    connection = sqlite3.connect(":memory:")
    connection.executescript(file.read_text(encoding="utf-8"))
    texts = [text for (text,) in connection.execute("SELECT spec FROM runs")]
    connection.close()
    assert texts and [kinds.read(text).to_json() for text in texts] == texts


def test_the_engine_tells_every_change_of_the_kind_and_of_a_method(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [spec().engine]
    assert seen == [VERSION], "as the runs of long ago say it"
    for method, version in (("kd", 1), ("labels", 2), ("kd", 2)):
        monkeypatch.setitem(METHODS, method, replace(METHODS[method], version=version))
        seen.append(spec().engine)
    assert seen[-1] == f"{VERSION}, kd 2, labels 2"
    assert spec(method="logits").engine == f"{VERSION}, labels 2", "soft labels are not in it"
    monkeypatch.setattr(cohort, "VERSION", VERSION + 1)
    assert len({*seen, spec().engine}) == 5
    assert why_not_on({"engine": seen[-1]}, {"engine": spec().engine}) == OLDER_ENGINE
    assert why_not_on({"engine": VERSION}, {"engine": seen[0]}) == ""


def test_a_verdict_on_the_pair_of_any_experiment() -> None:
    experiment = spec()
    (pair,) = experiment.compared()
    event = {"update": 1, pair.measure: [[0.90, 0.902, 0.898], [0.945, 0.95, 0.94]]}
    found = kinds.verdict_of(experiment, event, 1000)
    assert found.kind == "better" and found.sentence.startswith("Distilled beats labels only by 4.5")
    with pytest.raises(KeyError):
        kinds.verdict_of(experiment, {"update": 1}, 1000)


def test_changes_of_the_images_are_part_of_the_text_only_if_there_are_some() -> None:
    plain = spec(left_out=3)
    changed = replace(plain, variants=(DataVariant("long_tail", 20.0), DataVariant("noise", 0.2)))
    assert "variants" not in json.loads(plain.to_json()) and kinds.read(changed.to_json()) == changed
    assert [one.name for one in changed.changes] == ["left_out", "long_tail", "noise"]
    assert "a long tail (20), wrong labels (0.2)" in changed.in_short()
    assert replace(changed, labels=994).labels == 994, "changed images may be any number"
    with pytest.raises(SpecError, match="labels must be one of"):
        replace(plain, labels=994)
    with pytest.raises(SpecError, match="labels must be a whole number from 1 to 50,000"):
        replace(changed, labels=0)


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        ([{"name": "fog", "amount": 1}], "variant must be one of long_tail"),
        ([{"name": "left_out", "amount": 3}], "variant must be one of long_tail"),
        ([{"name": "noise", "amount": 2}], "noise must be 0 to 0.9"),
        ([{"name": "noise", "amount": True}], "noise must be 0 to 0.9"),
        ([{"name": "noise"}], "is not an experiment"),
        ([{"name": "noise", "amount": 0.1}] * 2, "must differ from each other"),
        ("noise", "is not an experiment"),
    ],
)
def test_changes_that_no_experiment_can_have(variants: object, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        kinds.read(json.dumps({**spec().as_dict(), "variants": variants}))


@pytest.mark.parametrize(
    ("text", "arms"),
    [
        ('{"kind":"habit","seeds":[1,2],"shares":[0.0,0.1]}', 10),
        ('{"kind":"hidden_traits","outputs":3,"seeds":[1,2]}', 5),
        ('{"kind":"teachers","seeds":[1,2]}', 7),
    ],
)
def test_what_was_stored_before_there_were_controls_is_the_same_experiment(text: str, arms: int) -> None:
    experiment = kinds.read(text)
    assert experiment.to_json() == text and len(experiment.arm_words()) == arms and experiment.engine == 1
