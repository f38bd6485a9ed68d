"""The figures of what students inherit: their recordings, and a run of one's own in them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from statistics import fmean

import pytest

from app.experiments.kinds.habit import Habit
from app.experiments.kinds.hidden_traits import BODY, BOTH, HEAD, NEITHER
from app.experiments.recordings import recording
from app.experiments.recordings.inherited import RecordedHabit, RecordedTeachers, RecordedTraits
from app.experiments.recordings.recording import recordings
from app.figures.habit import figure as habit
from app.figures.hidden_traits import figure as traits
from app.figures.teachers import figure as teachers
from app.teaching.lessons import lessons
from app.teaching.question_kinds.order import Order
from app.teaching.questions import questions_of
from tests.figures.staged import opened, sent


def test_each_arm_of_the_hidden_traits_has_its_row() -> None:
    runs = traits.contents(recordings(RecordedTraits)[traits.RECORDED])["runs"]
    assert tuple(run["outputs"] for run in runs) == traits.OUTPUTS
    for run in runs:
        shared_parts = {place: (row["body"], row["head"]) for place, row in enumerate(run["rows"])}
        wanted = {BOTH: (True, True), HEAD: (False, True), BODY: (True, False), NEITHER: (False, False)}
        assert shared_parts == wanted
        for row in run["rows"]:
            assert set(row["read"]) == set(traits.READS)
            assert all(one["mean"] == pytest.approx(fmean(one["values"]), abs=1e-4) for one in row["read"].values())
        assert (run["seeds"], run["tests"]) == (20, 10_000) and run["teacher"]["teacher"] > 0.8
        assert run["teacher"]["other"] < 0.2, "through a head that no body learned to fit one can only guess"
        assert all(row["zero"] > 0.5 for row in run["rows"]), "the probe reads much even if the teacher knew nothing"


def test_what_networks_say_of_a_patch_is_packed_network_by_network() -> None:
    known = recordings(RecordedHabit)[habit.RECORDED]
    shown = habit.contents(known)
    says = base64.b64decode(shown["says"])
    places = shown["side"] ** 2 + 1
    assert len(says) == len(shown["networks"]) * 10 * places == len(base64.b64decode(shown["threes"]))
    experiment = known.runs[0].experiment
    assert isinstance(experiment, Habit) and shown["networks"][0] == "teacher"
    at = shown["networks"].index("distilled 10")
    corner = shown["edge"] * shown["side"] + shown["edge"]
    for digit in range(10):
        recorded = known.array("says")[experiment.place("distilled", 0.1), digit, corner]
        assert says[(at * 10 + digit) * places + corner] == recorded
    assert [one["way"] for one in shown["teachers"]] == ["teacher", "second", "twin"]
    assert {"accuracy", "recall", "unprovoked", "follows"} <= set(shown["measured"]["10"][0])
    assert shown["labels"] == list(range(10)) and set(shown["measured"]) == set(map(str, shown["shares"]))


def test_each_teacher_has_its_row() -> None:
    for name, temperatures in ((teachers.RECORDED, (8,)), (teachers.GROWN, teachers.TEMPERATURES)):
        shown = teachers.contents(recordings(RecordedTeachers)[name])
        assert tuple(shown["rows"]) == tuple(map(str, temperatures))
        for rows in shown["rows"].values():
            assert tuple(row["id"] for row in rows) == teachers.KINDS
            assert {len(row["each"]) for row in rows} == {20 if name == teachers.GROWN else 0}
        assert (shown["seeds"], shown["tests"]) == (20, 10_000)


def test_the_question_that_puts_teachers_in_order_has_the_order_of_their_gains() -> None:
    shown = teachers.contents(recordings(RecordedTeachers)[teachers.GROWN])
    rows = sorted(shown["rows"]["8"], key=lambda row: row["mean"], reverse=True)
    (question,) = (one for one in questions_of(lessons()["inherited"].path.parent).values() if one.id == "in-order")
    assert isinstance(question, Order) and len(asked := [item.id for item in question.items]) == len(rows) - 1
    assert asked == [row["id"] for row in rows if row["id"] in asked]


@pytest.mark.usefixtures("store")
def test_the_lesson_says_where_a_figure_opens() -> None:
    shown = sent(opened("hidden-traits", {"outputs": "100", "reads": True, "read": "probe"}))
    assert (shown["outputs"], shown["read"], shown["reads"]) == ("100", "probe", True)
    assert sent(opened("habit", {"controls": True}))["rows"] == ["teacher", "twin", "distilled", "labels", "of_twin"]
    assert sent(opened("habit", {"share": 50}))["share"] == 50
    assert sent(opened("habit", {"laid": "corner"}))["laid"] == "corner"
    (alone,) = sent(opened("hidden-traits", {"alone": True}))["runs"]
    assert [row["words"] for row in alone["rows"]] == ["same start"] and not any(alone["found"].values())
    assert sent(opened("teachers", {"teacher": "wrong"}))["teacher"] == "wrong"


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("figure", "name", "what"),
    [
        ("habit", habit.RECORDED, "final"),
        ("habit", habit.RECORDED, "recall"),
        ("hidden-traits", traits.RECORDED, "final"),
        ("hidden-traits", traits.RECORDED, "copied"),
        ("hidden-traits", traits.RECORDED, "images"),
        ("hidden-traits", traits.RECORDED, "probe"),
        ("teachers", teachers.RECORDED, "teacher_right"),
        ("teachers", teachers.RECORDED, "final"),
    ],
)
def test_a_damaged_recording_is_a_sentence(
    figure: str, name: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = json.loads((recording.folder() / f"{name}.json").read_text(encoding="utf-8"))
    last = stored["runs"][-1]["events"][-1]
    (last["final"] if what in last["final"] else last).pop(what)
    (tmp_path / f"{name}.json").write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    page = opened(figure, {})
    assert not page.exception and sent(page)["trouble"].endswith("Get a fresh copy of the app.")
