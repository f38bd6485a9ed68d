"""Write what shipped teachers answer to the embedded images, so that no home has to ask them about all of these first.

    python -m pretrained.ask_teachers

One file for each teacher and each embedded set of its family, as a home's cache has it: named by the digests of images
and teacher, and believed only if the teacher gives the answers of a sample again. To be made again after a teacher or a
sample has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from app.catalog.available import TeacherEntry, shipped_teachers
from app.catalog.declared import DATA, THREADS_PER_RUN, DataSet
from app.catalog.pack import read_pack
from app.distillation.checkpoints import load_teacher
from app.distillation.datasets import SHIPPED, all_images, cached_logits, logit_cache


def pairs() -> Iterator[tuple[DataSet, TeacherEntry]]:
    """Every embedded set with each shipped teacher that knows it."""
    for data in DATA.values():
        if data.embedded:
            yield from ((data, entry) for entry in shipped_teachers().values() if entry.family == data.family)


def file_of(data: DataSet, entry: TeacherEntry) -> Path:
    """Where the answers of one teacher to one set are."""
    return SHIPPED / logit_cache(read_pack(data.path).digest(), entry.sha256).name


def main() -> None:
    """Write what is missing, and remove what belongs to no pair."""
    torch.set_num_threads(THREADS_PER_RUN)
    files = {file_of(*pair): pair for pair in pairs()}
    for file, (data, entry) in files.items():
        cached_logits(file, load_teacher(entry), all_images(data, read_pack(data.path)))
        print(f"{entry.id} on {data.id}: {file.name}, {file.stat().st_size:,} bytes")
    for other in set(SHIPPED.iterdir()) - set(files):
        other.unlink()


if __name__ == "__main__":
    main()
