"""Record one real update of a recorded run: what its students answer before and after it. Seconds.

    python -m pretrained.record_step             # what lesson four shows
    python -m pretrained.record_step --dry-run   # the same, written nowhere

The run is trained again up to that update, which gives the same numbers on the same machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from app.catalog.declared import BATCH
from app.experiments.recordings.runs import recorded_runs
from app.experiments.recordings.steps import ROLES, Logits, RecordedStep, file_of, read, written
from app.experiments.worker.engine import Engine, TorchEngine
from app.experiments.worker.one_run import machine_record
from pretrained.made import making, write

RUN, UPDATE = "recorded-mnist-kd", 32
IMAGES = (119, 514, 956, 387)
SEED = 0  # the first of the run


def record(run: str, update: int, images: Sequence[int], engine: Engine) -> RecordedStep:
    """Train a run up to an update, and make that one. Raises KeyError where there is no such run."""
    spec = recorded_runs()[run].spec
    prepared = engine.begin(spec)
    training: Any = prepared.training
    while training.update < update:
        training.step()
    before = _said(training, images)
    training.step()
    made = making("pretrained.record_step")
    return RecordedStep(
        run=run,
        update=update,
        seed=spec.seeds[SEED],
        batch=min(BATCH, spec.labels),
        images=tuple(images),
        before=before,
        after=_said(training, images),
        record={**machine_record(), **prepared.record, **made},
    )


def _said(training: Any, images: Sequence[int]) -> dict[str, Logits]:
    """By role: logits of the students of one seed on test images."""
    logits, arms = training.test_logits(), training.plan.arms  # (arms, seeds, n, classes)
    at = {role: next(at for at, arm in enumerate(arms) if arm.role == role) for role in ROLES}
    return {
        role: tuple(tuple(round(float(one), 5) for one in logits[arm, SEED, image]) for image in images)
        for role, arm in at.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what the command line asks for. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pretrained.record_step", description=__doc__.splitlines()[0])
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    chosen = parser.parse_args(arguments)
    text = written(record(RUN, UPDATE, IMAGES, TorchEngine()))
    read(text)
    if not chosen.dry_run:
        write(file_of(RUN, UPDATE), text.encode())
    print(f"{RUN}, update {UPDATE + 1}: {len(text) / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
