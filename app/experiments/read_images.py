"""Read a zip that a learner uploaded, in a process of its own: whatever is in it, the web server stays well.

    python -m app.experiments.read_images own-…

Keeps what it read as a preview, notes in the store what was understood, and removes the zip. The learner then decides
what becomes of it (`own_images.use`).
"""

import sys
from collections.abc import Sequence
from typing import Any

from app.catalog import paths
from app.catalog.own_sets import MOST_IMAGES
from app.catalog.pack import write_pack
from app.experiments.job_process import Refused, Report, be_nice, do
from app.experiments.own_images import previewed
from app.images.layouts import opened
from app.images.preview import preview_of
from app.images.sources import ImportRefused
from app.store.image_sets import PREVIEW, UPLOAD

MEMORY = 2 << 30  # bytes that the process may take; a picture of 40 million pixels needs a quarter of them
UNPACKED = 2 << 30  # bytes of all files in the zip
PIXELS = 1_500_000_000  # of all images, as of 100 MB of photographs that were saved small; a JPEG's count an eighth


def read(set_id: str, report: Report) -> tuple[str, dict[str, Any]]:
    """Read the upload of a set and keep what it holds. Returns what was understood, in words and as a record.

    Raises Refused with a sentence; the upload goes in any case, except where somebody ends this.
    """
    folder = paths.own_folder(set_id)
    limits = {"most_images": MOST_IMAGES, "most_bytes": UNPACKED}
    try:
        with opened(folder / UPLOAD, called=report.name, **limits) as contents:
            count = len(contents.entries)
            preview, pictures = preview_of(
                contents, True, lambda done: report.told(done / count, f"{done:,} of {count:,} images read"), PIXELS
            )
    except ImportRefused as refusal:
        (folder / UPLOAD).unlink(missing_ok=True)
        raise Refused(str(refusal)) from refusal
    write_pack(folder / PREVIEW, preview.kept())
    (folder / UPLOAD).unlink(missing_ok=True)
    return f"{len(preview.labels):,} images were read.", previewed(preview, contents, pictures)


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
