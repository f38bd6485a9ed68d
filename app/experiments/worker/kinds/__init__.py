"""How each kind of experiments is run: `prepare(experiment, engine)`, found by the name of the kind."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from app.catalog import available, declared
from app.distillation.datasets import Material
from app.distillation.models import Network, build_student
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings.runs import recorded_runs
from app.experiments.spec import NotTrainable
from app.store import files

if TYPE_CHECKING:
    from app.experiments.worker.engine import Engine

BATCH, OFFICIAL_BATCH = 250, 500  # images at once


def trained_weights(run: str, arm: int, seeds: int, engine: "Engine") -> list[dict[str, Any]]:
    """The weights of the first students of an arm of a run that has ended, by name, for each of so many seeds.

    Raises NotTrainable if the run has not so many, OSError and ValueError if its file is gone or damaged.
    """
    recorded = recorded_runs().get(run)
    weights: Mapping[str, Any] = (
        recorded.weights().tensors() if recorded else engine.load(files.get(files.weights(run)))
    )
    starts = [f"arm{arm}.seed{seed}." for seed in range(seeds)]
    states = [{n.removeprefix(start): weights[n] for n in weights if n.startswith(start)} for start in starts]
    if not all(states):
        raise NotTrainable("run", run, f"The run {run} has no arm {arm} with {seeds} seeds: choose another one.")
    return states


def trained_students(run: str, arm: int, spec: RunSpec, engine: "Engine") -> list[Network]:
    """The students of an arm of a run that has ended, a network for each seed. Raises as `trained_weights`."""
    entry, data = declared.STUDENTS[spec.student], available.lab_sets()[spec.data]
    students = []
    for state in trained_weights(run, arm, len(spec.seeds), engine):
        student = build_student(entry, data, torch.Generator())
        student.load_state_dict({name: torch.as_tensor(value) for name, value in state.items()})
        students.append(student.eval())
    return students


def on_official(known: Material, measured: Callable[[list[Tensor], Tensor], dict[str, Tensor]]) -> dict[str, Any]:
    """What comes of the official test images, if there are any. measured: of parts (n, c, h, w), and their labels."""
    if known.official is None:
        return {}
    measures = measured(list(known.official.parts(OFFICIAL_BATCH)), known.official.labels)
    return {**measures, "images": len(known.official.labels), "teacher": None}


def asked(student: Network, images: Tensor) -> Tensor:
    """Logits (images, classes)."""
    return torch.cat([student(part) for part in torch.split(images, BATCH)])
