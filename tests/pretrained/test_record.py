"""The recordings: each as its plan says, of this engine and these teachers, and made again with the same numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.available import drawable, teachers
from app.catalog.bugs import BUGS
from app.catalog.declared import DATA, METHODS, POINTS
from app.catalog.pack import PackError, read_pack
from app.experiments.kinds.chain import control_of
from app.experiments.kinds.cohort import VERSION, RunSpec
from app.experiments.paired import paired
from app.experiments.recordings import Recording, recording, recordings, write
from app.experiments.recordings.bugs import RecordedBugs
from app.experiments.recordings.labels import LabelCurve
from app.experiments.recordings.left_out import recorded_left_out, scores
from app.experiments.recordings.runs import RecordedRun, recorded_runs
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.spec import default_settings
from app.experiments.sweep import read_out
from app.experiments.worker.engine import TorchEngine
from app.experiments.worker.stretch import machine_record
from pretrained import record as command
from pretrained.plan import Plan
from pretrained.plans import CONTROLLED, MOMENTS, PLANS, PRIOR, some, students, with_control
from pretrained.record import _comes_out, main, mismatch, record
from tests.experiments.examples import spec
from tests.experiments.tiny_engine import SHOWN, TEACHER, TinyEngine

TINY = Plan("tiny", "run", "A tiny run", ((spec(epochs=20),),), students)


# ── what is shipped ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_plan_is_shipped_and_nothing_else() -> None:
    files = {file.stem for file in recording.folder().iterdir()}
    assert set(recordings(Recording)) == {f"recorded-{name}" for name in PLANS} == files


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_each_is_what_its_plan_would_make_of_these_images_and_this_teacher(plan: Plan) -> None:
    shipped = recordings(Recording)[f"recorded-{plan.name}"]
    first = plan.cohorts[0][0]
    assert [run.experiment for run in shipped.runs] == [spec for cohort in plan.cohorts for spec in cohort]
    assert (shipped.kind, shipped.title) == (plan.kind, plan.title)
    engines = list(dict.fromkeys(run.experiment.engine for run in shipped.runs))
    made = {
        "engine": engines if len(engines) > 1 else first.engine,
        "command": f"python -m pretrained.record {plan.name}",
        "seeds": list(first.seeds),
    }
    made |= plan.about
    if first.data in DATA:
        made["teacher_digest"] = teachers()[DATA[first.data].family].sha256
    if first.data in DATA and DATA[first.data].embedded:
        made["data_digest"] = read_pack(DATA[first.data].path).digest()
    assert {name: shipped.record[name] for name in made} == made
    assert {"date", "processor", "threads", "torch", "versions"} <= set(shipped.record) and shipped.arrays is not None
    for run in shipped.runs:
        assert run.moments[-1] == run.experiment.work().updates and list(run.moments) == sorted(set(run.moments))
        for share in np.ravel([run.end[name] for name in ("accuracy", "validation") if run.end.get(name)]):
            assert share is None or 0 <= share <= 1
        if "accuracy" in run.end:  # counts over the test images
            counts = np.array(run.reached) * shipped.reached(run).images
            np.testing.assert_allclose(counts, counts.round(), atol=0.01)


@pytest.mark.parametrize("run", recorded_runs().values(), ids=lambda run: run.id)
def test_the_answers_and_weights_of_a_run_belong_to_it(run: RecordedRun) -> None:
    answers, moments = run.answers(), run.runs[0].moments
    assert len(run.events) <= POINTS and len(run.spec.seeds) >= 3
    assert set(answers.moments) <= set(moments) and answers.moments[0] == 0 and answers.moments[-1] == run.updates
    for update in moments if drawable(run.spec.data) else (run.updates,):
        assert run.weights(update).update == update and run.weights(update).tensors()
    right = answers.students[-1].argmax(-1) == np.array(run.labels)  # (arms, seeds, shown)
    if len(run.labels) == run.test_images:
        np.testing.assert_allclose(right.mean(-1), run.runs[0].accuracy[-1], atol=2e-3)  # float16 may make a tie


def test_the_looked_at_update_begins_with_the_answers_of_its_run() -> None:
    run = recorded_runs()["recorded-mnist-kd"]
    step, answers = run.step(32), run.answers()
    assert step is not None and run.step(31) is None and step.batch == 32 and len(step.images) == 4
    moment = answers.moments.index(32)
    for place, arm in enumerate(run.spec.arms):
        said = answers.students[moment, place, 0, list(step.images)].astype(float)
        np.testing.assert_allclose(step.before[arm.role], said, atol=6e-3)  # kept in float16
        assert np.abs(step.after[arm.role] - step.before[arm.role]).max() > 0.05


def test_every_cell_of_a_sweep_has_its_gain() -> None:
    for sweep in recordings(RecordedSweep).values():
        said = read_out(sweep.plan, sweep.cells)
        assert all(cell["gain"] for cell in said["cells"]) and bool(said["chosen"]) == sweep.plan.declared.tunes


def test_every_bug_is_recorded_beside_the_same_twins_as_in_the_lab() -> None:
    """The same experiment in another cohort, so equal but for rounding."""
    assert {bug for run in recordings(RecordedBugs).values() for bug in run.bugs} == set(BUGS)
    lab, alone = recordings(RecordedBugs)["recorded-bugs-t8"], recorded_runs()["recorded-mnist-kd"]
    for run in lab.runs:
        both = len(alone.spec.seeds)
        assert alone.spec.arms == run.spec.arms[:2] and alone.spec.seeds == run.spec.seeds[:both]
        np.testing.assert_allclose(np.array(run.accuracy[-1])[:2, :both], alone.runs[0].accuracy[-1], atol=0.01)


def test_labels_only_hardly_gains_from_more_epochs_nor_from_what_the_teacher_marks() -> None:
    """The baseline is not badly trained, and it is the same student beside unlabelled images, but for rounding."""
    curve, cut_short = recordings(LabelCurve)["recorded-labels-mnist"], 0
    for labels in curve.stops:
        alone, beside, half = curve.run(labels), curve.run(labels, rest=True), curve.half(labels)
        if half and alone and half.validation and alone.validation:
            assert paired(alone.validation[0], half.validation[0]).mean < 0.8, labels
            cut_short += 1
        if alone and beside:
            np.testing.assert_allclose(alone.reached[0], beside.reached[0], atol=0.012)
    assert cut_short == 7


def test_scores_of_a_left_out_class_are_those_of_its_answers() -> None:
    shipped = recorded_left_out("mnist")
    lesson = [run for run in shipped.runs if replace(run.spec, left_out=None) == CONTROLLED]
    assert shipped.arrays["margins"].shape == (10, 3, 10, 1000) and len(lesson) == 10
    for run in lesson:
        assert run.end["scores"] == scores(shipped.of(run.spec.left_out or 0), PRIOR)
        rounded = run.end["scores"]["plain"]["all"]  # of logits as they are kept: one image may come out otherwise
        np.testing.assert_allclose(run.end["accuracy"], rounded, atol=1.1 / shipped.test_images)
        assert run.end["told"]["in_front"] < 10 < run.end["told"]["images"]


# ── made again ───────────────────────────────────────────────────────────────────────────────────────────────────


def again(name: str, *cohorts: int) -> str:
    """Trains these cohorts of a plan for real, and says in what they differ from what is shipped; "" if in nothing."""
    plan = PLANS[name]
    some_of_it = replace(plan, cohorts=tuple(plan.cohorts[place] for place in cohorts))
    return mismatch(recordings(Recording)[f"recorded-{name}"], record(some_of_it, TorchEngine(), quiet=True))


KINDS = ("mnist-kd", 0), ("fashion-kd", 0), ("sweep-mnist-method", 0), ("bugs-t20", 0), ("labels-mnist", 2)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "cohort"), [*KINDS, ("unseen-mnist", 3)])
@pytest.mark.filterwarnings("ignore:reduction. .mean. divides:UserWarning")
def test_one_of_every_kind_comes_out_again(name: str, cohort: int) -> None:
    assert again(name, cohort) == ""


def brief(plan: Plan) -> Plan:
    """The same in seconds: few images, one epoch, two seeds, the smallest student, at most two cohorts."""
    few: dict[str, Any] = {"labels": 50, "epochs": 1, "seeds": (11, 12), "student": "cnn-2k"}
    cohorts = tuple(
        tuple(dict.fromkeys(replace(one, **few) if isinstance(one, RunSpec) else one for one in cohort))
        for cohort in plan.cohorts[:2]
    )
    return replace(plan, cohorts=cohorts)


SLOW = ("mnist-kd", "bugs-t20", "labels-mnist", "unseen-mnist")


@pytest.mark.parametrize("name", ["sweep-mnist-method", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
@pytest.mark.filterwarnings("ignore:reduction. .mean. divides:UserWarning")
def test_trained_twice_every_kind_comes_out_bit_for_bit(name: str) -> None:
    first, second = (record(brief(PLANS[name]), TorchEngine(), quiet=True) for _ in range(2))
    assert first.record["processor"] == second.record["processor"] and mismatch(first, second) == ""


def shifted(made: Recording, by: float, **record: Any) -> Recording:
    """The same with one student's last accuracy changed."""
    (run,) = made.runs
    accuracy = [list(seeds) for seeds in run.reached]
    accuracy[1][0] += by
    events = (*run.events[:-1], run.end | {"accuracy": accuracy, "seconds": 0})
    return replace(made, runs=(replace(run, events=events),), record=made.record | record)


def test_on_the_same_processor_every_number_counts_elsewhere_points_do() -> None:
    made = record(TINY, TinyEngine(), quiet=True)
    assert mismatch(made, record(TINY, TinyEngine(), quiet=True)) == "" == mismatch(made, shifted(made, 0))
    assert "not the same numbers, on the same processor" in mismatch(made, shifted(made, 1e-6))
    other = {name: array + 1 if name == "labels" else array for name, array in made.arrays.items()}
    assert "not the same numbers" in mismatch(made, replace(made, arrays=other))
    assert "not the same numbers" in mismatch(made, replace(made, arrays={}))
    for machine in ({"processor": "another"}, {"processor": None}, {"threads": 7}, {"torch": "1"}):
        assert mismatch(made, shifted(made, 0.024, **machine)) == ""
        assert "differ by up to 2.60 points (mean over the seeds: 0.87)" in mismatch(
            made, shifted(made, 0.026, **machine)
        )
    others = [[share + 0.011 for share in seeds] for seeds in made.runs[0].reached]
    better = replace(made.runs[0], events=(made.runs[0].end | {"accuracy": others},))
    elsewhere = replace(made, runs=(better,), record=made.record | {"processor": "another"})
    assert "1.10 points (mean over the seeds: 1.10), more than 2.5 (1)" in mismatch(made, elsewhere)
    assert "engine is 99" in mismatch(made, shifted(made, 0, engine=99))
    (run,) = made.runs
    unknown = replace(made, runs=(replace(run, experiment=replace(run.spec, epochs=21)),))
    assert "1 of its experiments are not in what is shipped" in mismatch(made, unknown)


def test_the_record_names_this_machine() -> None:
    known = machine_record()
    assert (
        known["processor"]
        and known["threads"] == 1
        and known.items() <= record(TINY, TinyEngine(), quiet=True).record.items()
    )


# ── the recorder, with a tiny engine ─────────────────────────────────────────────────────────────────────────────


def test_a_run_is_recorded_with_answers_weights_and_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    write(record(TINY, TinyEngine(), quiet=True), tmp_path)
    run = recorded_runs()["recorded-tiny"]
    assert (run.spec, run.title, run.updates) == (spec(epochs=20), "A tiny run", 40)
    assert [event["seq"] for event in run.events] == list(range(1, len(run.events) + 1)) and run.events[1]["losses"]
    answers = run.answers()
    assert (answers.teacher == TEACHER).all() and len(run.labels) == SHOWN
    assert answers.students.shape == (len(answers.moments), 2, 3, SHOWN, 10) and len(answers.moments) <= MOMENTS
    assert run.weights(5).update == 4 and run.weights().tensors().keys() == run.weights(4).tensors().keys()
    assert (run.record["command"], run.record["seeds"]) == ("python -m pretrained.record tiny", list(run.spec.seeds))


def test_cells_that_are_trained_together_get_their_own_arms_back() -> None:
    one = spec()
    cells = tuple(replace(one, arms=(one.arms[0], replace(one.arms[1], alpha=alpha))) for alpha in (0.2, 0.7))
    fields = ("update", "accuracy", "validation")
    made = record(Plan("tiny", "sweep", "", (cells,), fields=fields, at_end=True), TinyEngine(), quiet=True)
    assert [run.spec for run in made.runs] == list(cells) and not made.arrays
    for run, cell in zip(made.runs, cells, strict=True):
        (alone,) = record(Plan("tiny", "run", "", ((cell,),), fields=fields), TinyEngine(), quiet=True).runs
        assert set(run.end) == set(fields) and run.events == (alone.end,)

    def keep(recorder: Any) -> dict[str, np.ndarray]:
        for point in recorder:
            recorder.note(diagnostics={"grown": point.measures["nll"].tolist()})
        return {}

    whole = record(Plan("tiny", "sweep", "", (cells,), keep), TinyEngine(), quiet=True)
    for run, cell in zip(whole.runs, cells, strict=True):
        (alone,) = record(Plan("tiny", "run", "", ((cell,),), keep), TinyEngine(), quiet=True).runs
        assert run.end["losses"]["updates"] and _comes_out(run, alone), "of everything that is kept"


def test_a_control_stands_behind_the_students_whose_first_choice_it_hears() -> None:
    plain = RunSpec.two_arms(
        default_settings() | {"student": "cnn-2k", "labels": 50, "unlabelled": 100, "epochs": 2}, (1, 2)
    )
    fields = ("update", "accuracy", "final")
    spoken = Plan("control", "arms", "", ((control_of(plain, "recorded-control"),),), with_control, fields, at_end=True)
    silent = Plan("plain", "arms", "", ((plain,),), fields=fields, at_end=True)
    (made,), (alone,) = (record(plan, TorchEngine(), quiet=True).runs for plan in (spoken, silent))
    for one, other in ((made.end, alone.end), (made.end["final"], alone.end["final"])):
        assert np.shape(one["accuracy"]) == (3, 2) and one["accuracy"][:2] == other["accuracy"]
    assert made.reached[2] not in made.reached[:2]


def test_the_record_is_that_of_every_cohort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(METHODS, "kd", replace(METHODS["kd"], version=1))
    one = spec()
    plan = Plan("tiny", "sweep", "", ((one,), (replace(one, arms=one.arms[:1]),)))
    made, part = (
        record(plan, TinyEngine(), quiet=True),
        record(replace(plan, cohorts=plan.cohorts[1:]), TinyEngine(), quiet=True),
    )
    assert (made.record["engine"], part.record["engine"]) == ([f"{VERSION}, kd 1", VERSION], VERSION)
    assert mismatch(made, part) == "" and "engine is" in mismatch(part, made)

    class Other(TinyEngine):
        def begin(self, experiment: Any) -> Any:
            prepared = super().begin(experiment)
            prepared.record["test_images"] += len(experiment.arms)
            return prepared

    with pytest.raises(ValueError, match="the cohorts of tiny differ in test_images"):
        record(plan, Other(), quiet=True)


def test_arrays_of_several_cohorts_are_stacked_where_they_are_kept() -> None:
    def keep(recorder: Any) -> dict[str, np.ndarray]:
        assert list(recorder)
        recorder.note(noted=recorder.spec.epochs)
        return {"epochs": np.array([recorder.spec.epochs])} if recorder.spec.epochs < 7 else {}

    cohorts = tuple((spec(epochs=epochs),) for epochs in (5, 6, 7))
    made = record(Plan("tiny", "run", "", cohorts, keep), TinyEngine(), quiet=True)
    assert made.arrays["epochs"].tolist() == [[5], [6]] and [run.end["noted"] for run in made.runs] == [5, 6, 7]


def test_moments_are_few_and_keep_the_ends() -> None:
    assert some([0, 3, 9], 10) == (0, 3, 9)
    assert some(list(range(0, 330, 10)), 4) == (0, 110, 210, 320)


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_command_records_lists_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "TorchEngine", TinyEngine)
    monkeypatch.setattr(command, "PLANS", {"tiny": TINY, "other": replace(TINY, name="other")})
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    assert main(["--check", "tiny"]) == 1 and "not shipped" in capsys.readouterr().err
    assert main(["tiny", "--out", str(tmp_path)]) == 0 and "tiny: 1 runs in" in capsys.readouterr().out
    assert {file.name for file in tmp_path.iterdir()} == {"recorded-tiny.json", "recorded-tiny.npz"}
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in listed] == [["tiny", "shipped"], ["other", "-"]]
    assert main(["--check", "tiny"]) == 0 and "as it was recorded" in capsys.readouterr().out
    write(shifted(recordings(Recording)["recorded-tiny"], 0.5), tmp_path)
    assert main(["--check", "tiny"]) == 1 and "not the same numbers" in capsys.readouterr().err
    for wrong in (["nobody"], []):
        with pytest.raises(SystemExit):
            main(wrong)


def test_images_that_are_not_here_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Without(TinyEngine):
        def begin(self, experiment: Any) -> Any:
            raise PackError("The image pack cifar10.npz is not on this machine.")

    monkeypatch.setattr(command, "TorchEngine", Without)
    assert main(["cifar10-kd", "--out", str(tmp_path)]) == 1
    assert "not on this machine" in capsys.readouterr().err and not list(tmp_path.iterdir())
