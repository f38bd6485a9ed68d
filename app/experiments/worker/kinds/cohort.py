"""Runs the kind `cohort`: students trained as one network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.catalog.available import drawable
from app.distillation.training import Training
from app.experiments.kinds.cohort import RunSpec
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import Prepared
from app.experiments.worker.kinds import trained_weights

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine


def prepare(spec: RunSpec, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises SpecError, and the errors of `load_material` and `Training`."""
    material = engine.material(spec.data, spec.teacher)
    answers, first = teacher_answers(spec.data, spec.teacher, material), spec.first_weights
    weights = trained_weights(first.run, first.arm, len(spec.seeds), engine) if first else None
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(Training(spec, material, first=weights), answers, record, drawable=drawable(spec.data))
