"""Record label curves: how good twins get with few labelled images and with many. Trains with the product's engine.

    python -m pretrained.record_labels                 # minutes on two cores
    python -m pretrained.record_labels --dry-run       # seconds, written nowhere

Every student makes at least about 400 updates, and sees its labelled images 16 times or more. Half of that leaves
students with labels only at most 0.7 points worse on validation images (the file keeps both), and twice as much makes
them no better: by −0.4 ± 0.9 points with 500 labels, by −0.3 ± 0.6 with 3,000. The file names spec, seeds, date,
versions, digests and machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.catalog.declared import DATA
from app.distillation.progress import Update, train
from app.experiments.recordings.labels import PREFIX, Course, RecordedLabels, folder, read, written
from app.experiments.spec import LABELS_ONLY, RunSpec, default_settings
from app.experiments.worker.engine import Engine, TorchEngine
from app.experiments.worker.one_run import machine_record, plain
from pretrained.made import making, write
from pretrained.record_runs import SEEDS

# labelled images → (epochs, unlabelled images beside them: the rest, but for at least 400 to validate on)
POINTS = {
    100: (100, 3500),
    200: (60, 3500),
    300: (40, 3500),
    500: (26, 3000),
    1000: (16, 2500),
    2000: (16, 1500),
    3000: (16, 500),
    4000: (16, 0),
}


def specs(data: str) -> list[RunSpec]:
    """The runs of a curve: at each number of labels without unlabelled images, then with them where there are any."""
    base = default_settings() | {"data": data, "teacher": DATA[data].family}
    return [
        RunSpec.two_arms(base | {"labels": labels, "epochs": epochs, "unlabelled": unlabelled}, SEEDS)
        for labels, (epochs, rest) in POINTS.items()
        for unlabelled in dict.fromkeys((0, rest))
    ]


def course(spec: RunSpec, engine: Engine) -> tuple[Course, dict[str, Any]]:
    """Train a run to its end. Returns it, and what the engine says of images and teacher."""
    prepared, updates, accuracy = engine.begin(spec), list[int](), list[Any]()
    for progress in train(prepared.training):
        if isinstance(progress, Update):
            continue
        point: Any = progress
        updates.append(prepared.training.update)
        accuracy.append(tuple(tuple(round(one, 6) for one in seeds) for seeds in plain(point.accuracy)))
    validation = plain(prepared.training.validate())
    half = None if spec.unlabelled or validation is None else _half(spec, engine)
    kept = None if validation is None else tuple(validation[0])
    return Course(spec, tuple(updates), tuple(accuracy), kept, half), prepared.record


def _half(spec: RunSpec, engine: Engine) -> tuple[float, ...] | None:
    """Accuracy of labels only on validation images after half the epochs, (seeds)."""
    training = engine.begin(replace(spec, epochs=max(1, spec.epochs // 2), arms=(LABELS_ONLY,))).training
    while training.update < training.updates:
        training.step()
    validation = plain(training.validate())
    return None if validation is None else tuple(validation[0])


def record(data: str, chosen: Sequence[RunSpec], engine: Engine) -> RecordedLabels:
    """Train the runs of a curve. Raises the engine's errors."""
    start, courses, about = time.perf_counter(), list[Course](), dict[str, Any]()
    for spec in tqdm(chosen, desc=data, unit="run"):
        found, about = course(spec, engine)
        courses.append(found)
    made = making(f"pretrained.record_labels {data}")
    return RecordedLabels(
        id=f"{PREFIX}{data}",
        courses=tuple(courses),
        seconds=round(time.perf_counter() - start, 1),
        teacher_accuracy=about["teacher_accuracy"],
        test_images=about["test_images"],
        record={**machine_record(), **about, **made},
    )


def dry(spec: RunSpec) -> RunSpec:
    """The same, in seconds."""
    return replace(spec, epochs=1, student="cnn-2k", seeds=SEEDS[:2])


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what the command line asks for. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pretrained.record_labels", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="which images: mnist (default)")
    parser.add_argument("--out", type=Path, default=folder(), help="folder to write to (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="train two of the runs for a moment and write nothing")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - {"mnist"}):
        parser.error(f"there is no curve of {', '.join(unknown)}; there is mnist")
    engine = TorchEngine()
    wanted = specs("mnist")
    curve = record("mnist", [dry(spec) for spec in wanted[:2]] if chosen.dry_run else wanted, engine)
    text = written(curve)
    read(text)
    if not chosen.dry_run:
        write(chosen.out / f"{curve.id}.json", text.encode())
    print(f"mnist: {len(curve.courses)} runs in {curve.seconds:.0f} s ({len(text) / 1e3:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
