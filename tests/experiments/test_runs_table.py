from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from app.experiments.final import Reached
from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import Outcome, of_recorded, of_run
from app.experiments.recordings import runs as recorded
from app.experiments.runs_table import COLUMNS, records, table, to_csv
from app.experiments.spec import default_settings
from app.store import Run, Store
from tests.store.stored import ANNE, ended_run

SPEC = RunSpec.two_arms(default_settings(), (12, 33, 904))


def outcome(**changed: Any) -> Outcome:
    end = Reached(((0.88, 0.89, 0.9), (0.92, 0.935, 0.94)), 1000)
    made = Outcome("r2", "", "finished", SPEC, 1.7e9, 256, 256, 1.9, end, end)
    return replace(made, **changed)


def row(**changed: Any) -> dict[str, Any]:
    found = records(table([outcome(**changed)]))
    return dict(zip(found["keys"], found["rows"][0], strict=True))


def test_a_row_says_what_was_trained_and_what_came_of_it() -> None:
    found = row()
    assert (found["images"], found["labels"], found["student"], found["parameters"]) == ("MNIST", 500, "9 k", 9098)
    assert (found["method"], found["temperature"], found["alpha"], found["epochs"]) == ("Soft labels", 8.0, 0.9, 16)
    assert (found["seeds"], found["seed_numbers"]) == (3, "12.33.904")
    assert found["labels_only_accuracy"] == pytest.approx(0.89) and found["gain_points"] == pytest.approx(
        4.1667, abs=1e-3
    )
    assert found["verdict"] == "better" and found["name"] == SPEC.in_short() == "MNIST 500, 9 k, soft labels T 8"


def test_a_run_with_a_bug_is_called_so_and_its_gain_is_that_of_its_healthy_students() -> None:
    broken = replace(SPEC, arms=(*SPEC.arms, replace(SPEC.arms[1], bug="cut")))
    found = row(experiment=broken, final=Reached((*(outcome().accuracy or ()), (0.8, 0.81, 0.79)), 1000))
    assert found["gain_points"] == row()["gain_points"] and found["verdict"] == "better"
    assert found["distilled_accuracy"] == row()["distilled_accuracy"]
    assert found["name"] == "MNIST 500, 9 k, soft labels T 8, bug: graph cut"


def test_what_the_verdict_is_taken_on_is_what_the_row_says() -> None:
    """Not what the curve ended with; of a run that was stopped, or is older, that is all there is."""
    event = {"update": 256, "accuracy": [[0.9] * 3, [0.95] * 3]}
    final = {"accuracy": [[0.88, 0.89, 0.9], [0.92, 0.935, 0.94]], "images": 10_000, "teacher": 0.9965}
    record = {"test_images": 1000, "teacher_accuracy": 0.997}
    when = {"created": 1.7e9, "started": None, "finished": None, "seconds": 1.9, "update": 256, "updates": 256}
    run = Run("r2", ANNE, "finished", SPEC.to_json(), "", **when, record=record)  # type: ignore[arg-type]
    one, other = of_run(run, event | {"final": final}), of_run(run, event)
    assert one.final == Reached(((0.88, 0.89, 0.9), (0.92, 0.935, 0.94)), 10_000, 0.9965)
    assert one.curve == other.final == Reached(((0.9,) * 3, (0.95,) * 3), 1000, 0.997)
    assert one.verdict and "on 10,000 test images" in one.verdict.sentence
    found = records(table([one, other]))
    rows = [dict(zip(found["keys"], values, strict=True)) for values in found["rows"]]
    assert [row["test_images"] for row in rows] == [10_000, 1000]
    assert rows[0]["labels_only_accuracy"] == pytest.approx(0.89) and rows[1]["labels_only_accuracy"] == 0.9


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"final": Reached(((0.88, 0.89, 0.9), (0.87, 0.9, 0.9)), 1000)}, "not measurable, better in 1 of 3 seeds"),
        ({"final": Reached(((0.92, 0.935, 0.94), (0.88, 0.89, 0.9)), 1000)}, "worse"),
        ({"final": Reached(((0.5, 0.5, 0.5), (0.6, 0.6, 0.6)), 1000)}, "no spread: no verdict"),
        ({"state": "running"}, "so far"),
        ({"state": "stopped"}, "so far"),
        ({"final": None}, None),
    ],
)
def test_the_verdict_in_a_word(changed: dict[str, Any], word: str | None) -> None:
    assert row(**changed)["verdict"] == word


def test_a_method_without_a_temperature_has_none() -> None:
    assert row(experiment=RunSpec.two_arms(default_settings() | {"method": "hints"}, (1, 2, 3)))["temperature"] is None


def test_what_is_not_known_is_missing_and_the_table_is_json() -> None:
    frame = table([outcome(experiment=None, final=None, created=None), outcome()])
    assert isinstance(frame, pd.DataFrame) and len(frame) == 2
    assert frame["gain_points"].isna().tolist() == [True, False] and str(frame["labels"].dtype) == "Int64"
    assert json.loads(json.dumps(records(frame)))["rows"][0][frame.columns.get_loc("images")] is None
    assert records(table([])) == {"keys": list(frame.columns), "rows": []}


def test_every_column_that_is_shown_is_in_the_table() -> None:
    assert {column.key for column in COLUMNS} <= set(table([]).columns)


def test_the_engine_is_told_as_it_was_recorded() -> None:
    assert [row(engine=engine)["engine"] for engine in (3, "3, kd 1", None)] == ["3", "3, kd 1", None]


def test_recorded_and_stored_runs_have_the_same_form(store: Store) -> None:
    kept = of_recorded(next(iter(recorded.recorded_runs().values())))
    assert kept.recorded and kept.verdict is not None and kept.created is None
    run_id = ended_run(store, ANNE, SPEC, name="named")
    [(run, last)] = store.runs.listed(ANNE)
    found = of_run(run, last)
    assert (found.id, found.title, found.engine) == (run_id, "named", run.record["engine"])
    assert found.accuracy is not None and len(found.accuracy[1]) == 3 and found.teacher_accuracy == 0.997
    assert of_run(run, None).accuracy is None and of_run(run, {"update": 8, "accuracy": [["x"]]}).accuracy is None


def test_the_file_has_a_line_for_each_run_and_no_formula() -> None:
    text = to_csv(table([outcome(name='=HYPERLINK("x")'), outcome(name='a,b"c'), outcome(created=None)]))
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["name"] for line in lines] == ['\'=HYPERLINK("x")', 'a,b"c', SPEC.in_short()]
    assert lines[0]["created"] == "2023-11-14T22:13:20+00:00" and lines[2]["created"] == ""
    assert float(lines[0]["distilled_accuracy"]) == pytest.approx(0.9316667) and lines[0]["verdict"] == "better"
