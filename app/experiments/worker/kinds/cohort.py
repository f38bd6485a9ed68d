"""Runs the kind `cohort`: students trained as one network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.catalog.available import drawable
from app.distillation.training import Training
from app.experiments.kinds.cohort import RunSpec
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import SEEDS, Beside, Prepared
from app.experiments.worker.kinds import trained_weights
from app.store import files

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine


def prepare(spec: RunSpec, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises SpecError, and the errors of `load_material` and `Training`.

    If the students that were to be kept are gone, all are trained.
    """
    if spec.kept:
        there = files.find(files.weights(spec.kept.run)) is not None
        rest = prepare(spec.trained if there else replace(spec, kept=None), engine)
        return replace(rest, beside=Beside(spec.kept.run, SEEDS) if there else None)
    material = engine.material(spec.data, spec.teacher)
    answers, first = teacher_answers(spec.data, spec.teacher, material), spec.first_weights
    weights = trained_weights(first.run, first.arm, len(spec.seeds), engine) if first else None
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(Training(spec, material, first=weights), answers, record, drawable=drawable(spec.data))
