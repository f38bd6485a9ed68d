"""Record students that never saw a class, and what a bias on its logit brings out. Trains with the product's engine.

    python -m pretrained.record_unseen                 # every class left out in turn, minutes on two cores
    python -m pretrained.record_unseen --full          # adds students of all of MNIST, where that was fetched
    python -m pretrained.record_unseen --dry-run       # seconds, written nowhere

The recording is reproducible: its file names spec, seeds, date, versions, digests and machine. No student reads a label
(alpha is 1), but those that read nothing else. The label-free correction is told how often a class occurs: one in ten.
"""

from __future__ import annotations

import argparse
import datetime
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from app.catalog.declared import CLASSES, DATA, SHOWN, Arm
from app.catalog.pack import read_pack
from app.experiments.left_out import Unseen, unseen
from app.experiments.recordings.left_out import (
    PREFIX,
    Measured,
    RecordedUnseen,
    folder,
    measured_of,
    recorded_unseen,
    written,
)
from app.experiments.spec import RunSpec
from app.experiments.worker.engine import Engine, TorchEngine
from app.experiments.worker.one_run import machine_record
from pretrained.made import making, write
from pretrained.record_runs import recording

DATA_ID = "mnist"
PRIOR = 1 / CLASSES
TELLING = 3  # the class of the lesson: other students and temperatures are recorded for it alone
TEMPERATURES = (1.0, 2.0, 4.0, 8.0, 20.0)
STUDENTS = ("mlp-30", "cnn-9k", "cnn-35k")
FULL = "mnist-full"


def spec_of(left_out: int | None) -> RunSpec:
    """The experiment of the lesson: labels only, and soft labels alone."""
    return replace(recording("", "", **LESSON).spec, left_out=left_out)


LESSON: dict[str, Any] = {"data": DATA_ID, "labels": 3000, "temperature": 4.0, "alpha": 1.0}


def others() -> Iterator[RunSpec]:
    """The same with other students, at several temperatures."""
    for student in STUDENTS:
        taught = tuple(Arm("distilled", "kd", temperature, 1.0) for temperature in TEMPERATURES)
        plain = spec_of(TELLING)
        yield replace(plain, student=student, arms=(plain.arms[0], *taught))


def full() -> RunSpec:
    """All of MNIST: one large distilled student, as near to the teacher as it gets in minutes."""
    plain = spec_of(TELLING)
    return replace(
        plain, data=FULL, student="cnn-140k", labels=50_000, epochs=6, seeds=plain.seeds[:1], arms=plain.arms[1:]
    )


def answered(spec: RunSpec, engine: Engine, *, quick: bool = False) -> tuple[Unseen, dict[str, Any]]:
    """Train to the end. Returns what the students say of all test images, and the record. quick: one update alone."""
    prepared = engine.begin(spec)
    training: Any = prepared.training
    while training.update < (1 if quick else training.updates):
        training.step()
    with torch.no_grad():
        logits = training.test_logits()
    if spec.data == DATA_ID:
        logits = logits[:, :, :SHOWN].half()  # as the product keeps them
    return unseen(logits.float().numpy(), training.material.test_labels.numpy(), spec.left_out or 0), prepared.record


def record(engine: Engine, *, quick: bool = False) -> RecordedUnseen:
    """Train all but the students of all of MNIST. Raises the engine's errors."""
    start, pack = time.perf_counter(), read_pack(DATA[DATA_ID].path)
    kept, about, measured = list[Unseen](), dict[str, Any](), list[Measured]()
    for left_out in tqdm(range(CLASSES), desc=DATA_ID, unit="class", disable=None):
        answers, about = answered(spec_of(left_out), engine, quick=quick)
        kept.append(answers)
        measured += [measured_of(answers, spec_of(left_out), arm, PRIOR) for arm in range(2)]
    for spec in others():
        answers, _ = answered(spec, engine, quick=quick)
        measured += [measured_of(answers, spec, arm, PRIOR) for arm in range(len(spec.arms))]
    made = {
        **making("pretrained.record_unseen"),
        "prior": PRIOR,
    }
    return RecordedUnseen(
        id=f"{PREFIX}{DATA_ID}",
        spec=spec_of(None),
        classes=tuple(pack.classes),
        labels=kept[0].labels,
        margins=np.stack([one.margins for one in kept]),
        others=np.stack([one.others for one in kept]),
        measured=tuple(measured),
        seconds=round(time.perf_counter() - start, 1),
        record={**machine_record(), **about, **made},
    )


def with_full(kept: RecordedUnseen, engine: Engine, *, quick: bool = False) -> RecordedUnseen:
    """A recording with students of all of MNIST, in place of those that it had. Raises the engine's errors."""
    spec, start = full(), time.perf_counter()
    answers, about = answered(spec, engine, quick=quick)
    measured = [measured_of(answers, spec, arm, PRIOR) for arm in range(len(spec.arms))]
    made = {
        **machine_record(),
        **about,
        "date": datetime.date.today().isoformat(),
        "command": "python -m pretrained.record_unseen --full",
        "seconds": round(time.perf_counter() - start, 1),
    }
    before = tuple(one for one in kept.measured if one.spec.data != FULL)
    return replace(kept, measured=(*before, *measured), record={**kept.record, "full": made})


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what the command line asks for. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pretrained.record_unseen", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="train on all of MNIST, which must have been fetched")
    parser.add_argument("--out", type=Path, default=folder(), help="folder to write to (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="make one update of each and write nothing")
    chosen = parser.parse_args(arguments)
    if chosen.full and not DATA[FULL].here:
        print(f"All of MNIST is not on this machine: python -m app.experiments.prepare {FULL}", file=sys.stderr)
        return 1
    if chosen.full:
        found = with_full(recorded_unseen(DATA_ID), TorchEngine(), quick=chosen.dry_run)
    else:
        found = record(TorchEngine(), quick=chosen.dry_run)
    files = written(found)
    for name, body in {} if chosen.dry_run else files.items():
        write(chosen.out / name, body)
    size = sum(map(len, files.values()))
    print(f"{found.id}: {len(found.measured)} kinds of students in {found.seconds:.0f} s ({size / 1e3:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
