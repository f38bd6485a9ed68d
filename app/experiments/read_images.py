"""Read a zip that a learner uploaded, in a process of its own: whatever is in it, the web server stays well.

    python -m app.experiments.read_images own-…

Writes the set's pack, notes in the store what was understood, and removes the zip.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.catalog import declared, paths
from app.catalog.own_sets import LEAST_IMAGES, LEAST_OF_A_CLASS, MOST_IMAGES
from app.catalog.pack import Pack, write_pack
from app.experiments.job_process import Refused, Report, be_nice, do
from app.images.import_images import described
from app.images.layouts import Contents, opened
from app.images.pixels import Pictures
from app.images.preview import Choices, Settled, counted, preview_of, settled
from app.images.sources import ImportRefused
from app.store.image_sets import UPLOAD

MEMORY = 3 << 30  # bytes that the process may take: a picture that unpacks to more is left out
UNPACKED = 2 << 30  # bytes of all files in the zip
LISTED = 20  # files that were left out, with the reason


def read(set_id: str, report: Report) -> tuple[str, dict[str, Any]]:
    """Read the upload of a set and write its pack. Returns what was understood, in words and as a record.

    Raises Refused with a sentence; the upload goes in any case, except where somebody ends this.
    """
    folder = paths.own_folder(set_id)
    limits = {"most_images": MOST_IMAGES, "most_bytes": UNPACKED}
    try:
        with opened(folder / UPLOAD, called=report.name, **limits) as contents:
            count = len(contents.entries)
            preview, pictures = preview_of(
                contents, True, lambda done: report.told(done / count, f"{done:,} of {count:,} images read")
            )
        for name, why in preview.unusable(LEAST_OF_A_CLASS).items():
            if name not in preview.empty:
                raise ImportRefused(f"The class {name} {why}; add some, or leave the class out.")
        result = settled(preview, Choices())
        check_enough(result.pack)
    except ImportRefused as refusal:
        (folder / UPLOAD).unlink(missing_ok=True)
        raise Refused(str(refusal)) from refusal
    said = {"source": "uploaded in the browser", "licence": "whatever their owner says"}
    pack = described(result.pack, report.name, "own", origin="upload", **said)
    write_pack(folder / "images.npz", pack)
    (folder / UPLOAD).unlink(missing_ok=True)
    words = f"{len(pack.pool):,} images to learn from and {len(pack.test):,} to test on."
    return words, understood(replace(result, pack=pack), contents, pictures)


def check_enough(pack: Pack) -> None:
    """Raise ImportRefused if there are too few images for an experiment."""
    pool = min(declared.CONTROLS["labels"].choices)
    if len(pack.labels) < LEAST_IMAGES or len(pack.pool) < pool:
        raise ImportRefused(
            f"There are {len(pack.pool):,} different images to learn from and {len(pack.test):,} to test on; an "
            f"experiment needs {LEAST_IMAGES} in all, and {pool} of them to learn from."
        )


def understood(result: Settled, contents: Contents, pictures: Pictures) -> dict[str, Any]:
    """What the page shows of a set before a teacher is trained: JSON-ready."""
    pack = result.pack
    damaged = [{"file": file, "why": why} for file, why in (contents.lost | pictures.damaged).items()]
    return {
        "classes": counted(pack),
        "channels": int(pack.images.shape[1]),
        "size": int(pack.images.shape[2]),
        "read": result.read,
        "repeated": result.repeated,
        "damaged": damaged[:LISTED],
        "damaged_count": len(damaged),
        "aside": contents.aside[:LISTED],
        "aside_count": len(contents.aside),
        "notes": [*contents.notes, *pictures.notes],
        "digest": pack.digest(),
    }


def limit_memory() -> None:
    """Where the system can: let a picture that would fill the memory fail in here."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the process. Returns its exit status, as `do`."""
    return do("read", read, arguments, about="Read what was uploaded of a set own-….")


if __name__ == "__main__":
    be_nice()
    limit_memory()
    sys.exit(main())
