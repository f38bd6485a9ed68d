"""How a training is made, saved and loaded: what a worker needs of the distillation core."""

import dataclasses
import time
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from app.catalog import available, declared
from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS
from app.catalog.presets import opening_settings
from app.distillation.progress import Evaluation, Stepwise
from app.experiments.costs import of_cohort
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import SpecError, default_settings, fresh_seeds
from app.store import TeacherAnswers

MATERIALS_KEPT = 2  # a full data set takes 200 MB
PACE_STRETCHES, PACE_UPDATES = 6, 8  # in all a fifth of a second on the reference core


class Point(Protocol):
    """What was measured at one moment."""

    @property
    def measures(self) -> Mapping[str, Any]:
        """(arms, seeds) for each of the kind's measures."""

    @property
    def arrays(self) -> Mapping[str, Any]:
        """What is kept beside them: "logits", float16 (arms, seeds, shown, classes), or small arrays of any shape."""

    @property
    def diagnostics(self) -> Mapping[str, Any]:
        """(arms, seeds) each; nothing if there is nothing to diagnose."""

    @property
    def final(self) -> Mapping[str, Any]:
        """What the kind calls final: "accuracy" (arms, seeds), "images", "teacher"; nothing but at the end."""


@dataclasses.dataclass(frozen=True)
class PlainPoint:
    """A `Point` that has nothing but what every kind has."""

    measures: Mapping[str, Any]
    arrays: Mapping[str, Any]
    diagnostics: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    final: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Training(Stepwise[Evaluation], Protocol):
    """What the worker needs of a run; `distillation.training.Training` is one."""

    @property
    def epoch(self) -> float | None:
        """How often the students have seen every image; None if that means nothing."""

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on as if there had been no break."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""

    def weights(self) -> dict[str, Any]:
        """Of every student, as tensors by name: "arm{a}.seed{s}.<name>"."""

    def validate(self) -> Any:
        """Accuracy on images that no student learns from and no test uses, (arms, seeds); None if none are left."""


ARMS, SEEDS = 0, 1  # axes of everything that is measured


@dataclasses.dataclass(frozen=True)
class Beside:
    """A finished run whose students are kept: its arms stand before what is trained, or its seeds do."""

    run: str
    axis: int


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A training that can begin.

    answers: the teacher's, for the page; None if there are no images. record: what the numbers depend on. drawable: its
    students can be asked about what a learner draws. beside: the run that it only adds to.
    """

    training: Training[Point]
    answers: TeacherAnswers | None
    record: dict[str, Any] = dataclasses.field(default_factory=dict)
    drawable: bool = False
    beside: Beside | None = None


class Engine(Protocol):
    """How to make a training. The product's is `TorchEngine`; the tests bring a small one."""

    def warm(self) -> TeacherAnswers:
        """Load everything that the lab's first experiment needs."""

    def pace(self) -> float:
        """Seconds that a second of `Work.cost` takes here; to be asked while nothing else trains."""

    def begin(self, experiment: Experiment) -> Prepared:
        """Prepare a training; its error is a sentence where something is missing."""

    def save(self, tensors: dict[str, Any], path: Path, *, half: bool = False) -> None:
        """Write tensors in one move; half: with half as many digits. Raises OSError."""

    def load(self, path: Path) -> dict[str, Any]:
        """Read them back. Raises OSError, ValueError if the file is gone or damaged."""


# ── torch ────────────────────────────────────────────────────────────────────────────────────────────────────────


class TorchEngine:
    """The product's engine: `app.distillation`."""

    def __init__(self) -> None:
        import torch

        from app.distillation.datasets import load_material

        torch.set_num_threads(declared.THREADS_PER_RUN)
        self._version = str(torch.__version__)
        self._material = lru_cache(MATERIALS_KEPT)(lambda data, teacher, _written: load_material(data, teacher))

    def warm(self) -> TeacherAnswers:
        """Import the core, load the default material and make one update: the first of a process is slow."""
        settings = opening_settings()
        prepared = self.begin(RunSpec.two_arms(settings, fresh_seeds(settings["seeds"])))
        prepared.training.step()
        prepared.training.evaluate()
        assert prepared.answers is not None  # the lab's experiments have images
        return prepared.answers

    def pace(self) -> float:
        """Time updates of the default experiment; of some stretches, the one that was disturbed least."""
        spec = RunSpec.two_arms(default_settings(), fresh_seeds(CONTROLS["seeds"].default))
        step, stretches = self.begin(spec).training.step, []
        for _ in range(PACE_STRETCHES):
            since = time.perf_counter()
            for _ in range(PACE_UPDATES):
                step()
            stretches.append((time.perf_counter() - since) / PACE_UPDATES)
        return min(stretches) / of_cohort(spec, 1)

    def begin(self, experiment: Experiment) -> Prepared:
        """A training of `experiment`, as its kind prepares it. Raises SpecError and what the kind raises."""
        prepare = import_module(f"app.experiments.worker.kinds.{experiment.kind}").prepare
        prepared: Prepared = prepare(experiment, self)
        record: dict[str, Any] = {"torch": self._version}
        if answers := prepared.answers:
            record |= {
                "data_digest": answers.data_digest,
                "teacher_digest": answers.teacher_digest,
                "teacher_accuracy": answers.accuracy,
                "test_images": answers.test_images,
            }
        return dataclasses.replace(prepared, record=record | prepared.record)

    def material(self, data: str, teacher: str) -> Any:
        """`Material`, from memory if neither images nor teacher have changed on the disk since.

        Raises SpecError, and the errors of `load_material`.
        """
        if teacher not in available.teachers():
            raise SpecError("teacher", teacher, f"must be one that is here ({', '.join(available.teachers())})")
        files = (lab_sets()[data].path, available.teachers()[teacher].path)
        return self._material(data, teacher, tuple(file.stat().st_mtime_ns for file in files if file.exists()))

    def save(self, tensors: dict[str, Any], path: Path, *, half: bool = False) -> None:
        """Write tensors as safetensors, in one move; half: as float16. Raises OSError."""
        from app.distillation.checkpoints import write_tensors

        write_tensors(path, {name: value.half() for name, value in tensors.items()} if half else tensors, {})

    def load(self, path: Path) -> dict[str, Any]:
        """Read what `save` wrote. Raises OSError, ValueError if the file is gone or damaged."""
        from app.distillation.checkpoints import read_tensors

        return read_tensors(path)[0]
