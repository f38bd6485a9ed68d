"""Fetch a full image set in a process of its own, with its progress in the store.

    python -m app.experiments.prepare cifar10

The runner starts this when a learner asks for a set, and closes its input when they change their mind; anybody may run
it by hand. A set, a note or a cache appears in one move or not at all. What is half-written goes when this ends; where
it is killed, the next attempt or the store's sweep removes it. An archive goes once its set is written, unless somebody
else had put it there.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import torch

from app.catalog import available, declared, paths
from app.catalog.available import TeacherEntry
from app.catalog.declared import DATA, DataSet
from app.catalog.families import DOWNLOADS, FAMILIES
from app.catalog.pack import Pack, PackError, image_hashes, read_pack, small_pack, write_pack
from app.catalog.paths import home
from app.distillation.checkpoints import CheckpointError, load_teacher
from app.distillation.datasets import load_material, standardised, teacher_logits
from app.distillation.fullsets import FetchFailed, ReportProgress, fetch, is_full, read_official
from app.distillation.metrics import answers
from app.experiments.parent_watch import INPUT_ENDED, end_with_input
from app.store import Store, StoreError
from app.store.database import is_out_of_memory

NICENESS = 10
BATCH = 500  # images that the teacher looks at together
CLEAR_SECONDS = 1.0  # after its input ended, to remove what is half-written
SAY_SECONDS = 1.0  # between two lines on the terminal


class Cancelled(Exception):
    """The learner no longer wants the set."""


# ── the work ─────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare(data: str, told: ReportProgress) -> str:
    """Fetch `data` (a key of DOWNLOADS), write its pack, ask its teacher; returns what is here now, in words.

    The family's first teacher answers now, so that its first run need not wait; others when they are first used.
    told: hears the phase in words, bytes arrived and bytes in all. Raises FetchFailed, PackError or OSError.
    """
    total = sum(part.size for part in DOWNLOADS[data].parts)
    for left in DATA[data].path.parent.glob(f".{data}.npz.*.part"):  # of a process that was ended while it wrote
        left.unlink(missing_ok=True)
    downloads = home() / "downloads"
    others = set(downloads.rglob("*"))
    paths = fetch(data, downloads, told)
    told("unpacking", total, total)
    try:
        official = read_official(paths)
    except ValueError as error:
        raise FetchFailed(
            f"{DOWNLOADS[data].name} cannot be read: {error}. Delete it below downloads and try again."
        ) from error
    pack = learners_pack(DATA[data], official)
    write_pack(DATA[data].path, pack)
    words = f"{DATA[data].name} is here: {len(pack.pool):,} images to learn from and {len(pack.test):,} to test on."
    teacher = next((entry for entry in available.teachers().values() if entry.family == DATA[data].family), None)
    if teacher and "accuracy_on_originals" in teacher.record:  # it has learnt from a copy
        accuracy = measure(DATA[data], teacher, official, lambda phase: told(phase, total, total))
        write_measured(teacher, accuracy, len(official.test))
        tests = f"{len(official.test):,} official test images"
        words += f" {teacher.name} gets {100 * accuracy:.1f}% of the {tests} right."
    for archive in set(paths) - others:
        archive.unlink(missing_ok=True)
    del official  # before all of the pack's images become floats
    if teacher:
        told(f"{teacher.name} is looking at the images", total, total)
        load_material(data, teacher.id)  # leaves the teacher's logits in the cache
    return words


def learners_pack(data: DataSet, official: Pack) -> Pack:
    """What learners get of an official set: a part if it is all there is, else all but the sample's test images."""
    family = FAMILIES[data.family]
    about: dict[str, Any] = {"name": data.name, "origin": "official", "licence": "see NOTICE"}
    if data.id == family.id:
        part = small_pack(official, data.pool, data.test)
        whole = "the original images: a fixed, class-balanced part of the official training and test images"
        about |= {"source": f"{family.source}, {whole}", "classes": official.classes}
        return Pack(part.images, part.labels, part.split, about)
    about["source"] = f"{family.source}, all official images except the embedded sample's test images"
    sample = read_pack(DATA[data.family].path)
    hashes = image_hashes(official.images)
    tested = np.concatenate((image_hashes(sample.images[sample.test]), hashes[official.test]))
    rows = np.concatenate((official.pool[~np.isin(hashes[official.pool], tested)], official.test))
    about |= {"classes": sample.classes, "licence": sample.about["licence"]}
    return Pack(official.images[rows], official.labels[rows], official.split[rows], about)


def measure(data: DataSet, teacher: TeacherEntry, official: Pack, told: Callable[[str], None]) -> float:
    """Share of the official test images, the originals, that a shipped teacher gets right. told: hears progress."""
    network, right, seen = load_teacher(teacher), 0, 0
    for rows in np.array_split(official.test, max(1, len(official.test) // BATCH)):  # never all of them as floats
        told(f"{teacher.name} is tested on the originals, {seen:,} of {len(official.test):,}")
        said = answers(teacher_logits(network, standardised(official.images[rows], data.mean, data.spread)))
        right += int((said.numpy() == official.labels[rows]).sum())
        seen += len(rows)
    return right / len(official.test)


def write_measured(teacher: TeacherEntry, accuracy: float, images: int) -> None:
    """Note a teacher's accuracy on the originals where `available.accuracy_on_originals` looks for it, in one move."""
    path = available.measured_path(teacher)
    record = {
        "teacher": teacher.id,
        "sha256": teacher.sha256,
        "accuracy": accuracy,
        "images": images,
        "date": datetime.date.today().isoformat(),
    }
    with paths.replacing(path) as beside:
        beside.write_text(json.dumps(record, indent=1), encoding="utf-8")


# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────


class Report:
    """Where progress goes: to the store, if a learner asked for the set there, and to the terminal."""

    def __init__(self, data: str) -> None:
        self._data, self._phase, self._said = data, "", 0.0
        try:
            self._store: Store | None = Store()
            asked = self._store.jobs.get(data)
            if asked is None or asked.state not in ("queued", "running"):
                self._store = None  # run by hand
            else:
                self._requested = asked.requested
        except StoreError as error:
            self._store = None
            print(error, file=sys.stderr)

    def told(self, phase: str, done: int, total: int) -> None:
        """Note a phase. Raises Cancelled if the learner has changed their mind."""
        now = time.monotonic()
        if phase != self._phase or now - self._said > SAY_SECONDS:
            print(f"{phase}: {done / 1e6:,.1f} of {total / 1e6:,.1f} MB", flush=True)
            self._phase, self._said = phase, now
        if self._store:
            try:
                wanted = self._store.jobs.set(
                    self._data,
                    requested=self._requested,
                    state="running",
                    done=done,
                    total=total,
                    message=phase,
                )
            except StoreError as error:  # a busy store must not end a download
                print(error, file=sys.stderr)
                return
            if not wanted:
                raise Cancelled

    def ended(self, state: Literal["finished", "failed"], message: str) -> None:
        """Note how it ended; a sentence for the page."""
        print(message, file=sys.stderr if state == "failed" else sys.stdout, flush=True)
        if self._store:
            try:
                self._store.jobs.set(self._data, requested=self._requested, state=state, message=message)
            except StoreError as error:
                print(error, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process. Returns its exit status: 0, 1 after a failure that it noted as a sentence, or INPUT_ENDED."""
    parser = argparse.ArgumentParser(
        prog="python -m app.experiments.prepare", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("data", choices=sorted(DOWNLOADS), help="the set to fetch")
    parser.add_argument(
        "--while-input", action="store_true", help="end when standard input ends: so it never outlives the runner"
    )
    asked = parser.parse_args(arguments)
    data = asked.data
    report = Report(data)
    input_ended = threading.Event()
    try:
        if asked.while_input:
            threading.Thread(target=end_with_input, args=(input_ended, CLEAR_SECONDS), daemon=True).start()
        report.ended("finished", prepare(data, report.told))
        return 0
    except (Cancelled, KeyboardInterrupt):
        print("Stopped. What had arrived only in part was deleted.", file=sys.stderr)
        return INPUT_ENDED if input_ended.is_set() else 1
    except (FetchFailed, PackError, CheckpointError) as error:
        report.ended("failed", str(error))
    except Exception as error:  # the boundary: whatever happens, the page gets a sentence
        report.ended("failed", _sentence(DOWNLOADS[data].name, error))
    return 1


def _sentence(name: str, error: Exception) -> str:
    if is_full(error):
        return f"The disk became full while {name} was prepared. Free some space and try again."
    if is_out_of_memory(error):
        return f"There is not enough memory to prepare {name}. Close other programs and try again."
    return f"{name} could not be prepared ({type(error).__name__}: {error}). Try again."


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(NICENESS)  # the page comes first
    torch.set_num_threads(declared.THREADS_PER_RUN)  # as in a run, so that the teacher's answers are the same numbers
    sys.exit(main())
