"""Students as they were at a run's evaluations: a small file each, so that they can be asked again later.

The past is kept in half precision, and only while it is cheap; the newest students are always kept. Knows no torch:
who trains brings the way to write.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.store import snapshots_path
from app.store.models import file_bytes, remove_file

KEPT_BYTES = 4_000_000  # of one run; its answers to the test images take about as much


def keep(run_id: str, update: int, write: Callable[[Path], None]) -> None:
    """Write the students as they are after `update` updates, and thin out the past where it takes too much.

    A full disk costs the snapshot, not the run: what the run itself must keep will say so.
    """
    folder = snapshots_path(run_id)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / f"{update}.safetensors")
    while len(files := _files(folder)) > 1 and sum(map(file_bytes, files.values())) > KEPT_BYTES:
        for earlier in sorted(files)[-2::-2]:  # every second one; the newest stays
            remove_file(files[earlier])


def at(run_id: str, update: int | None = None) -> tuple[Path, int] | None:
    """The latest students that were kept by `update` (None: of all) and their update; None where there are none."""
    files = _files(snapshots_path(run_id))
    known = [one for one in files if update is None or one <= update]
    return (files[max(known)], max(known)) if known else None


def _files(folder: Path) -> dict[int, Path]:
    """Update → file."""
    return {int(file.stem): file for file in folder.glob("*.safetensors") if file.stem.isdigit()}
