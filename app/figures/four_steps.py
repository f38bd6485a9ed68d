"""The four steps from input data to a small model: of a run beside its bench, or as a picture by themselves."""

from app.catalog.available import lab_sets
from app.catalog.declared import STUDENTS
from app.components.mount import mount
from app.figures.run_source import RunSource


def four_steps(shown: RunSource | None = None, *, key: str) -> None:
    """Mount the steps of the run that the bench beside them shows and tells them of; without one, what each is."""
    spec = shown.spec if shown else None
    data = lab_sets().get(spec.data) if spec else None
    student = STUDENTS.get(spec.student) if spec else None
    parameters = {student.id: student.parameters(data)} if student and data else {}
    mount("four_steps", {"live": shown is not None, "run": shown and shown.id, "parameters": parameters}, key)
