"""What the networks of recorded runs cost and keep, as numbers of lessons."""

from __future__ import annotations

from statistics import fmean

from app.catalog.available import data_sets, teachers
from app.catalog.declared import STUDENTS
from app.experiments import costs
from app.experiments.recordings import named
from app.experiments.recordings.runs import RecordedRun
from app.teaching.checks.registry import check
from app.teaching.checks.runs import accuracies


@check(source="model")
def run_kept(run: str, arm: str) -> float:
    """What share of the teacher's accuracy students of a recorded run keep, in percent. arm: labels or distilled."""
    return 100 * fmean(accuracies(run, arm)) / named(RecordedRun, run).teacher_accuracy


@check(source="model")
def run_teacher(run: str) -> float:
    """How many of a recorded run's test images its teacher gets right, in percent."""
    return 100 * named(RecordedRun, run).teacher_accuracy


@check(source="formula")
def energy_a_day(milliseconds: float, millions: float, watts: float) -> float:
    """What so many million questions a day need on busy cores, in kWh."""
    hours = millions * milliseconds / 3.6
    return hours * watts / 1000


@check(source="formula")
def millions_for(milliseconds: float, kwh: float, watts: float) -> float:
    """How many million questions need so much energy: `energy_a_day` the other way round."""
    return kwh / energy_a_day(milliseconds, 1, watts)


@check(source="catalog")
def cost_number(run: str, who: str, of: str) -> float:
    """What a network of a recorded run has. who: teacher or student; of: parameters, multiply_adds, weight_bytes."""
    spec = named(RecordedRun, run).spec
    data = data_sets()[spec.data]
    size = {
        "teacher": lambda: costs.of_teacher(teachers()[spec.teacher], data),
        "student": lambda: costs.of_student(STUDENTS[spec.student], data),
    }
    return float(getattr(size[who](), of))


@check(source="catalog")
def cost_ratio(run: str, of: str) -> float:
    """How many times as much the teacher has of it as the student."""
    return cost_number(run, "teacher", of) / cost_number(run, "student", of)
