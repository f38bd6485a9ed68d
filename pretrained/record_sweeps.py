"""Record sweeps: what the page of sweeps shows before anybody has run one. Trains with the product's own engine.

    python -m pretrained.record_sweeps                             # all of them, minutes on two cores
    python -m pretrained.record_sweeps mnist-labels                # one of them
    python -m pretrained.record_sweeps --dry-run                   # seconds, written nowhere

A recording is reproducible: its file names plan, seeds, date, versions, digests and machine.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.catalog.declared import DATA
from app.experiments.recordings.sweeps import PREFIX, RecordedSweep, folder, read, written
from app.experiments.spec import default_settings
from app.experiments.sweep import SHARED, SWEEPS, Sweep, merged
from app.experiments.worker.engine import Engine, TorchEngine
from app.experiments.worker.one_run import machine_record, plain
from pretrained.made import making, write
from pretrained.record_runs import SEEDS


def plans() -> dict[str, Sweep]:
    """Every sweep to record, by name: the lab's default experiment, varied."""
    kinds = [("mnist", kind) for kind in SWEEPS] + [("fashion", "temperature-alpha")]
    return {f"{data}-{kind}": plan(kind, data) for data, kind in kinds}


def plan(kind: str, data: str) -> Sweep:
    """A sweep of the lab's defaults on images of `data`, over SEEDS."""
    settings = default_settings() | {"data": data, "teacher": DATA[data].family}
    return Sweep(kind, {key: settings[key] for key in SHARED}, SEEDS)


def record(name: str, sweep: Sweep, engine: Engine, *, only: int | None = None) -> RecordedSweep:
    """Train every cell of a sweep. only: so many cohorts, for a dry run. Raises the engine's errors."""
    start, reached = time.perf_counter(), dict[Any, Any]()
    about: dict[str, Any] = {}
    for cohort in tqdm(sweep.cohorts()[:only], desc=name, unit="cohort"):
        whole = merged([cell.spec for cell in cohort])
        prepared = engine.begin(whole)
        training, about = prepared.training, prepared.record
        while training.update < training.updates:
            training.step()
        point: Any = training.evaluate()
        accuracy, validation = plain(point.accuracy), plain(training.validate())
        for cell in cohort:
            arms = [whole.arms.index(arm) for arm in cell.spec.arms]
            scores = None if validation is None else [validation[arm] for arm in arms]
            reached[cell.at] = [accuracy[arm] for arm in arms], scores
    made = making(f"pretrained.record_sweeps {name}")
    cells = [reached.get(cell.at, (None, None)) for cell in sweep.cells()]
    return RecordedSweep(
        id=f"{PREFIX}{name}",
        plan=sweep,
        accuracy=tuple(accuracy for accuracy, _ in cells),
        validation=tuple(validation for _, validation in cells),
        seconds=round(time.perf_counter() - start, 1),
        teacher_accuracy=about["teacher_accuracy"],
        test_images=about["test_images"],
        record={**machine_record(), **about, **made},
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what the command line asks for. Returns the exit code."""
    known = plans()
    parser = argparse.ArgumentParser(prog="python -m pretrained.record_sweeps", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(known)} (default: all)")
    parser.add_argument("--out", type=Path, default=folder(), help="folder to write to (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="train one cohort of each and write nothing")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(known)):
        parser.error(f"there is no sweep {', '.join(unknown)}; there are {', '.join(known)}")
    engine = TorchEngine()
    for name in chosen.names or known:
        sweep = record(name, known[name], engine, only=1 if chosen.dry_run else None)
        text = written(sweep)
        read(text)
        if not chosen.dry_run:
            write(chosen.out / f"{sweep.id}.json", text.encode())
        print(f"{name}: {len(sweep.accuracy)} cells in {sweep.seconds:.0f} s ({len(text) / 1e3:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
