"""Fetch a full image set in a process of its own, with its progress in the store.

    python -m app.experiments.prepare cifar10
    python -m app.experiments.prepare cifar10 --from cifar-10-python.tar.gz

The runner starts this when a learner asks for a set, and closes its input when they change their mind; anybody may run
it by hand, and give it a file or folder from elsewhere, in place of the network. A set, a note or a cache appears in
one move or not at all. What has arrived of a download stays, and the next attempt goes on from there. Other things that
are half-written go when this ends; where it is killed, the next attempt or the store's sweep removes them. An archive
goes once its set is written, unless somebody else had put it there.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.catalog import available, declared, downloads, paths
from app.catalog.available import TeacherEntry
from app.catalog.declared import DATA, DataSet
from app.catalog.families import DOWNLOADS, FAMILIES
from app.catalog.pack import Pack, PackError, image_hashes, read_pack, small_pack, write_pack
from app.catalog.rounding import rounded
from app.distillation.checkpoints import CheckpointError, load_teacher
from app.distillation.datasets import load_material, standardised, teacher_logits
from app.distillation.fullsets import FetchFailed, ReportProgress, fetch, read_official
from app.distillation.given import given
from app.distillation.metrics import answers
from app.experiments.job_process import Refused, Report, be_nice, do
from app.store.errors import is_disk_full, is_out_of_memory

BATCH = 500  # images that the teacher looks at together


# ── the work ─────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare(data: str, told: ReportProgress, source: Path | None = None) -> str:
    """Fetch `data` (a key of DOWNLOADS), write its pack, ask its teacher; returns what is here now, in words.

    source: a file or folder that somebody gives instead.

    The family's first teacher answers now, so that its first run need not wait; others when they are first used.
    told: hears the phase in words, bytes arrived and bytes in all. Raises FetchFailed, PackError or OSError.
    """
    total = sum(part.size for part in DOWNLOADS[data].parts)
    for left in DATA[data].path.parent.glob(f".{data}.npz.*.part"):  # of a process that was ended while it wrote
        left.unlink(missing_ok=True)
    others = set(downloads.folder().rglob("*"))
    files = fetch(data, told) if source is None else given(data, source)
    told("unpacking", total, total)
    try:
        official = read_official(files)
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
        words += f" {teacher.name} gets {rounded(100 * accuracy, 1)}% of the {tests} right."
    for file in set(files) - others:
        if downloads.folder() in file.parents:
            file.unlink(missing_ok=True)
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process. Returns its exit status, as `do`."""
    options = argparse.ArgumentParser(add_help=False)
    words = "a file or folder with the official files, in place of the network"
    options.add_argument("--from", dest="source", type=Path, metavar="FILE", help=words)
    source = options.parse_known_args(arguments)[0].source
    work = partial(_fetch, source=source)
    about = "Fetch a full image set."
    return do("fetch", work, arguments, about=about, choices=sorted(DOWNLOADS), options=options, sentence=_sentence)


def _fetch(data: str, report: Report, source: Path | None) -> tuple[str, None]:
    def told(phase: str, done: int, total: int) -> None:
        report.told(done, phase, total=total, now=True)

    try:
        return prepare(data, told, source), None
    except (FetchFailed, PackError, CheckpointError) as error:
        raise Refused(str(error)) from error


def _sentence(error: Exception, data: str) -> str:
    name = DOWNLOADS[data].name
    if is_disk_full(error):
        return f"The disk became full while {name} was prepared. Free some space and try again."
    if is_out_of_memory(error):
        return f"There is not enough memory to prepare {name}. Close other programs and try again."
    return f"{name} could not be prepared ({type(error).__name__}: {error}). Try again."


if __name__ == "__main__":
    be_nice()
    torch.set_num_threads(declared.THREADS_PER_RUN)  # as in a run, so that the teacher's answers are the same numbers
    sys.exit(main())
