"""Record runs: numbers for pages whose images are not on the machine. Trains with the product's own engine.

    python -m pretrained.record_runs                   # every recording whose images are here
    python -m pretrained.record_runs cifar10-kd        # one of them
    python -m pretrained.record_runs --dry-run         # a run of seconds, written nowhere

A recording is reproducible: its file names spec, seeds, date, versions, digests and machine. CIFAR-10 needs its images
first: `python -m app.experiments.prepare cifar10`, or `python -m app.images.import_images`.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tqdm import tqdm

from app.catalog.available import drawable
from app.catalog.declared import DATA
from app.catalog.pack import PackError, read_pack
from app.distillation.progress import Update, train
from app.experiments.recordings.runs import PREFIX, Answers, Float16, Recorded, folder, packed, read, written
from app.experiments.spec import RunSpec, default_settings
from app.experiments.verdict import verdict
from app.experiments.worker.engine import Engine, Prepared, TorchEngine
from app.experiments.worker.one_run import Losses, machine_record, point_event
from pretrained.made import making, write

SEEDS = (11, 12, 13, 14, 15)
MOMENTS = 10  # of a run whose answers are kept, at most: an array of each is 200 kB


@dataclass(frozen=True)
class Recording:
    """What to record under which name."""

    name: str
    title: str
    spec: RunSpec


def recording(name: str, title: str, **settings: Any) -> Recording:
    """A recording of the lab's comparison with some settings changed, over SEEDS."""
    teacher = {"teacher": DATA[settings["data"]].family}
    return Recording(name, title, RunSpec.two_arms(default_settings() | teacher | settings, SEEDS))


def recordings() -> list[Recording]:
    """All of them."""
    cifar: dict[str, Any] = {"data": "cifar10", "student": "cnn-35k", "temperature": 4.0}
    return [
        recording("mnist-kd", "MNIST, 500 labelled images", data="mnist"),
        recording("fashion-kd", "Fashion, 500 labelled images", data="fashion"),
        recording("cifar10-kd", "CIFAR-10, 4,000 labelled images", **cifar, labels=4000),
        recording("cifar10-few-labels", "CIFAR-10, 500 labelled images", **cifar, labels=500),
        recording(
            "cifar10-smoothing", "CIFAR-10, label smoothing", **cifar, labels=4000, method="smoothing", alpha=0.1
        ),
    ]


def record(chosen: Recording, engine: Engine, *, quiet: bool = False) -> tuple[Recorded, dict[str, bytes]]:
    """Train a recording's spec to its end. Returns it with its files beside the JSON: answers and weights, by name.

    Raises PackError where the images are not here, and the engine's errors.
    """
    spec, prepared, start = chosen.spec, engine.begin(chosen.spec), time.perf_counter()
    training, events = prepared.training, list[dict[str, Any]]()
    said: dict[int, Float16] = {}
    drawn = drawable(spec.data)  # there the students of every moment may be asked
    then: dict[str, bytes] = {}
    latest: Update | None = None
    bar = tqdm(total=training.updates, desc=chosen.name, unit="update", disable=quiet or None)
    for progress in train(training):
        if isinstance(progress, Update):
            latest = progress
            bar.update()
            continue
        point, losses = progress, Losses()
        if latest:
            losses.add(latest.update, latest.losses)  # of a recording, the losses are kept at its points alone
        event = point_event(spec, training.update, time.perf_counter() - start, point, losses.take())
        events.append({"seq": len(events) + 1, **event})
        said[training.update] = np.asarray(point.logits).astype("<f2")
        if drawn and training.update < training.updates:
            then[str(training.update)] = weights_bytes(prepared, engine, half=True)
    bar.close()
    moments = some(list(said), MOMENTS)
    answers = Answers(moments, prepared.answers.logits, np.stack([said[update] for update in moments]))
    name, weights = f"{PREFIX}{chosen.name}", weights_bytes(prepared, engine)
    files = {f"{name}.npz": packed(answers), f"{name}.safetensors": weights}
    files |= {f"{name}/{update}.safetensors": body for update, body in then.items()}
    return _recorded(chosen, events, files, prepared, time.perf_counter() - start), files


def weights_bytes(prepared: Prepared, engine: Engine, *, half: bool = False) -> bytes:
    """The file of the students' weights as they are now."""
    with TemporaryDirectory() as here:
        path = Path(here) / "weights"
        engine.save(prepared.training.weights(), path, half=half)
        return path.read_bytes()


def some(updates: list[int], most: int) -> tuple[int, ...]:
    """At most `most` of these, evenly spread, the first and the last among them."""
    places = np.linspace(0, len(updates) - 1, min(most, len(updates))).round().astype(int)
    return tuple(updates[place] for place in places)


def _recorded(
    chosen: Recording, events: list[dict[str, Any]], files: dict[str, bytes], prepared: Prepared, took: float
) -> Recorded:
    pack, about = read_pack(DATA[chosen.spec.data].path), prepared.record
    made = {
        **making(f"pretrained.record_runs {chosen.name}"),
        "images": {key: pack.about.get(key) for key in ("source", "origin") if key in pack.about},
    }
    shown, name = len(prepared.answers.logits), f"{PREFIX}{chosen.name}"
    digest = {file: hashlib.sha256(body).hexdigest() for file, body in files.items()}
    return Recorded(
        id=name,
        title=chosen.title,
        spec=chosen.spec,
        events=tuple(events),
        seconds=round(took, 1),
        teacher_accuracy=about["teacher_accuracy"],
        test_images=about["test_images"],
        classes=tuple(pack.classes),
        labels=tuple(int(label) for label in pack.labels[pack.test[:shown]]),
        answers_sha256=digest[f"{name}.npz"],
        weights_sha256=digest[f"{name}.safetensors"],
        snapshots={Path(file).stem: sha256 for file, sha256 in digest.items() if file.startswith(f"{name}/")},
        record={**machine_record(), **about, **made},
    )


def dry(chosen: Recording) -> Recording:
    """The same, in seconds: MNIST, 50 images, one epoch, two seeds."""
    brief = replace(chosen.spec, data="mnist", teacher="mnist", labels=50, epochs=1, student="cnn-2k", seeds=SEEDS[:2])
    return replace(chosen, spec=brief)


def main(arguments: Sequence[str] | None = None) -> int:
    """Record what the command line asks for. Returns the exit code."""
    known = {entry.name: entry for entry in recordings()}
    parser = argparse.ArgumentParser(prog="python -m pretrained.record_runs", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(known)} (default: all)")
    parser.add_argument("--out", type=Path, default=folder(), help="folder to write to (default: %(default)s)")
    parser.add_argument("--dry-run", action="store_true", help="train for a moment and write nothing")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(known)):
        parser.error(f"there is no recording {', '.join(unknown)}; there are {', '.join(known)}")
    engine = TorchEngine()
    wanted = [known[name] for name in chosen.names or known]
    for entry in [dry(wanted[0])] if chosen.dry_run else wanted:
        try:
            run, files = record(entry, engine)
        except PackError as error:
            print(f"{entry.name}: {error}", file=sys.stderr)
            if chosen.names:
                return 1
            continue
        text = written(run)
        read(text)
        if not chosen.dry_run:
            for name, body in files.items():
                write(chosen.out / name, body)
            write(chosen.out / f"{run.id}.json", text.encode())
        accuracy = run.events[-1]["accuracy"]
        said = verdict(accuracy, run.test_images, run.spec.arms).sentence
        print(f"{entry.name}: {said} ({(len(text) + sum(map(len, files.values()))) / 1e3:.0f} kB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
