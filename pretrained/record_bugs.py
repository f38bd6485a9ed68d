"""Record the bug lab: nine mistakes beside healthy students. Trains with the product's own engine.

    python -m pretrained.record_bugs                   # all of them, ten minutes of a core
    python -m pretrained.record_bugs t20               # one of them
    python -m pretrained.record_bugs --dry-run         # seconds, written nowhere

A recording is reproducible: its file names spec, seeds, date, versions, digests and machine. Each is one cohort, so
that healthy and buggy students are twins. Mistakes that ask the teacher in the loop take most of the time and are
recorded once.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from app.catalog.bugs import BUGS
from app.distillation.progress import Update, train
from app.experiments.recordings.bugs import PREFIX, RecordedBugs, folder, read, written
from app.experiments.spec import RunSpec, default_settings
from app.experiments.worker.engine import Engine, TorchEngine
from app.experiments.worker.one_run import machine_record, point_event
from pretrained.made import making, write
from pretrained.record_runs import SEEDS


@dataclass(frozen=True)
class Recording:
    """What to record under which name."""

    name: str
    title: str
    spec: RunSpec


def recording(name: str, title: str, bugs: Sequence[str], **settings: Any) -> Recording:
    """The lab's defaults with some settings changed, over SEEDS, and a twin of the distilled arm for each bug."""
    plain = RunSpec.two_arms(default_settings() | settings, SEEDS)
    twins = tuple(replace(plain.arms[1], bug=bug) for bug in bugs)
    return Recording(name, title, replace(plain, arms=(*plain.arms, *twins)))


def recordings() -> list[Recording]:
    """All of them."""
    quick = [bug.id for bug in BUGS.values() if not bug.asks]
    return [
        recording("t8", "the lab’s own setting", list(BUGS), temperature=8.0, alpha=0.9),
        recording("t20", "a high temperature and half the weight", quick, temperature=20.0, alpha=0.5),
        recording("a1", "all the weight on the teacher", quick, temperature=8.0, alpha=1.0),
    ]


def record(chosen: Recording, engine: Engine) -> RecordedBugs:
    """Train a recording's spec to its end. Raises the engine's errors."""
    prepared, start = engine.begin(chosen.spec), time.perf_counter()
    training, events = prepared.training, list[dict[str, Any]]()
    bar = tqdm(total=training.updates, desc=chosen.name, unit="update", disable=None)
    for progress in train(training):
        if isinstance(progress, Update):
            bar.update()
            continue
        event = point_event(chosen.spec, training.update, time.perf_counter() - start, progress, {})
        del event["losses"]  # those of the diagnostics are of the same images at every point
        events.append({"seq": len(events) + 1, **event})
    bar.close()
    made = making(f"pretrained.record_bugs {chosen.name}")
    return RecordedBugs(
        id=f"{PREFIX}{chosen.name}",
        title=chosen.title,
        spec=chosen.spec,
        events=tuple(events),
        seconds=round(time.perf_counter() - start, 1),
        teacher_accuracy=prepared.record["teacher_accuracy"],
        test_images=prepared.record["test_images"],
        record={**machine_record(), **prepared.record, **made},
    )


def dry(chosen: Recording) -> Recording:
    """The same, in seconds: 50 images, one epoch, two seeds, the smallest student."""
    return replace(chosen, spec=replace(chosen.spec, labels=50, epochs=1, student="cnn-2k", seeds=SEEDS[:2]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what the command line asks for. Returns the exit code."""
    known = {entry.name: entry for entry in recordings()}
    parser = argparse.ArgumentParser(prog="python -m pretrained.record_bugs", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(known)} (default: all)")
    parser.add_argument("--out", type=Path, default=folder(), help="folder to write to (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="train for a moment and write nothing")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(known)):
        parser.error(f"there is no recording {', '.join(unknown)}; there are {', '.join(known)}")
    engine = TorchEngine()
    for name in chosen.names or known:
        run = record(dry(known[name]) if chosen.dry_run else known[name], engine)
        text = written(run)
        read(text)
        if not chosen.dry_run:
            write(chosen.out / f"{run.id}.json", text.encode())
        print(
            f"{name}: {len(run.bugs)} bugs, {len(run.spec.seeds)} seeds, {run.seconds:.0f} s ({len(text) / 1e3:.0f} kB)"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
