"""Runs the kind `chain`: trains the new arm, which students of the run before teach, beside that run."""

from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from app.distillation.marks import evenly
from app.distillation.training import Training
from app.experiments.kinds.chain import Chain
from app.experiments.worker.engine import ARMS, Beside, Prepared
from app.experiments.worker.kinds import asked, cohort, trained_students

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine


def prepare(spec: Chain, engine: "TorchEngine") -> Prepared:
    """A training of the new arm. Raises as for a cohort, and NotTrainable if its teachers are gone."""
    teachers = trained_students(spec.taught_by.run, spec.taught_by.arm, spec, engine)
    prepared = cohort.prepare(spec.trained, engine)
    training = prepared.training
    assert isinstance(training, Training)
    images, logits = training.material.pool_images, training.material.pool_logits
    marks = torch.zeros(len(spec.seeds), *logits.shape)
    with torch.no_grad():
        for place, (teacher, rows) in enumerate(zip(teachers, training.taught, strict=True)):
            said = asked(teacher, images[rows])
            marks[place, rows] = evenly(said.argmax(-1), logits) if spec.taught_by.choice else said
    training.hear(marks)
    return replace(prepared, beside=Beside(spec.taught_by.run, ARMS))
