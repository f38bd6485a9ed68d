"""Students as they were at a run's evaluations: a small file each, so that they can be asked again later.

The past is kept in half precision, and only while it is cheap; the newest students are always kept.
The worker passes in the function that writes a file, so that no torch is needed here.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath

from app.store import files

KEPT_BYTES = 4_000_000  # of one run; its answers to the test images take about as much


def keep(run_id: str, update: int, write: Callable[[Path], None]) -> None:
    """Write the students as they are after `update` updates, and thin out the past if it takes too much.

    A full disk costs the snapshot, not the run: what the run itself must keep will say so.
    """
    with suppress(OSError):
        files.put(f"{files.snapshots(run_id)}/{update}.safetensors", write)
    while len(kept := _names(run_id)) > 1 and sum(map(files.size, kept.values())) > KEPT_BYTES:
        for earlier in sorted(kept)[-2::-2]:  # every second one; the newest stays
            files.delete(kept[earlier])


def at(run_id: str, update: int | None = None) -> tuple[Path, int] | None:
    """The latest students that were kept by `update` (None: of all) and their update; None if there are none."""
    kept = _names(run_id)
    latest = max((one for one in kept if update is None or one <= update), default=None)
    file = None if latest is None else files.find(kept[latest])
    return None if file is None or latest is None else (file, latest)


def _names(run_id: str) -> dict[int, str]:
    """Update → name of the file."""
    stems = {PurePosixPath(name).stem: name for name in files.names(files.snapshots(run_id))}
    return {int(stem): name for stem, name in stems.items() if stem.isdigit()}
