"""The four steps from input data to a small model: of a run beside its bench, or as a picture by themselves."""

from __future__ import annotations

from app.catalog.available import lab_sets
from app.catalog.declared import STUDENTS
from app.components.mount import mount
from app.figures.run_source import RunSource


def four_steps(shown: RunSource, *, key: str) -> None:
    """Mount the steps of the run that the bench beside them shows; the bench tells them how it stands."""
    mount("four_steps", {"live": True, "run": shown.id, "parameters": _parameters(shown)}, key)


def four_steps_picture(*, key: str) -> None:
    """Mount the steps without a run: what each is."""
    mount("four_steps", {"live": False, "run": None, "parameters": {}}, key)


def _parameters(shown: RunSource) -> dict[str, int]:
    """How many numbers the run's student has, by its id; {} if it or its images are unknown here."""
    spec = shown.spec
    data = lab_sets().get(spec.data) if spec else None
    student = STUDENTS.get(spec.student) if spec else None
    return {student.id: student.parameters(data)} if student and data else {}
