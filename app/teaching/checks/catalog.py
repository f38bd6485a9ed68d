"""What is declared of images, students, teachers and controls, and what networks cost."""

from app.catalog.available import data_sets, teachers
from app.catalog.declared import BATCH, STUDENTS
from app.experiments import costs
from app.experiments.recordings import named
from app.experiments.recordings.runs import RecordedRun
from app.teaching.checks.registry import check, number


@check(source="catalog")
def student_parameters(student: str, data: str = "mnist") -> float:
    """How many parameters a rung of the ladder has."""
    return float(STUDENTS[student].parameters(data_sets()[data]))


@check(source="model")
def teacher_accuracy(teacher: str) -> float:
    """Of a shipped teacher on the official test images, in percent."""
    return 100 * teachers()[teacher].accuracy


@check(source="catalog")
def teacher_images(teacher: str) -> float:
    """From how many labelled images a shipped teacher learned."""
    return float(teachers()[teacher].record["trained_images"])


@check(source="model")
def training_seconds(run: str, who: str) -> float:
    """How many seconds of a core the training of a recorded run's network took. who: teacher or student."""
    spent = costs.invested(named(RecordedRun, run))
    return number({"teacher": spent.teacher_seconds, "student": spent.student_seconds}, who)


@check(source="catalog")
def batch_size() -> float:
    """Labelled images of an update."""
    return float(BATCH)


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


@check(source="catalog")
def kilobytes(run: str, who: str, each: float) -> float:
    """What a network of a recorded run takes if each parameter takes so many bytes."""
    return cost_number(run, who, "parameters") * each / 1000


@check(source="catalog")
def fits(run: str, kilobytes: float, each: float) -> str:
    """Which networks of a recorded run so much memory has room for: both, student (alone), or neither."""
    sizes = [cost_number(run, who, "parameters") * each / 1000 for who in ("teacher", "student")]
    return ("neither", "student", "both")[sum(size <= kilobytes for size in sizes)]


@check(source="formula")
def bits_for(billions: float, gigabytes: float) -> float:
    """How many bits each of so many billion parameters may have to fit into so many GB."""
    return 8 * gigabytes / billions


@check(source="formula")
def hours_saved(slow: float, fast: float, millions: float) -> float:
    """How many hours so many million answers save a day. slow, fast: milliseconds of an answer."""
    return millions * (slow - fast) / 3.6


@check(source="formula")
def seconds_saved(slow: float, fast: float, thousands: float) -> float:
    """How many seconds so many thousand answers save. slow, fast: milliseconds of an answer."""
    return thousands * (slow - fast)


@check(source="formula")
def millions_for(slow: float, fast: float, hours: float) -> float:
    """How many million answers save so many hours."""
    return hours / hours_saved(slow, fast, 1)
