"""Import a folder or zip of class-named folders of images as a data set of one's own.

    python -m app.images.import_images flowers.zip                 becomes the set own-flowers
    python -m app.images.import_images photos --name "My garden"   becomes the set own-my-garden
    python -m app.images.import_images flowers.zip --list          says what is in it, and imports nothing
    python -m app.images.import_images --list                      says what has been imported

Layout: CLASS/*; or train/CLASS/* with test/CLASS/* or val/CLASS/*; or images and a table labels.csv with a line
FILE,CLASS for each. Without a part to test on, one image in five, chosen by content, is kept for that. Images become
28×28 grey if every one is grey, else 32×32 RGB. Folders called like CIFAR-10's ten classes, with enough images, become
the set cifar10.
"""

import argparse
import datetime
import errno
import hashlib
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from app.catalog import console, paths
from app.catalog.available import imported
from app.catalog.declared import DATA
from app.catalog.families import FAMILIES
from app.catalog.pack import Pack, PackError, read_about, write_pack
from app.catalog.paths import home
from app.images.layouts import Contents, opened
from app.images.preview import Choices, look_alikes, preview_of, settled
from app.images.sources import ImportRefused, shown

CIFAR10 = DATA["cifar10"]
CIFAR10_NOTE = "imported from a folder or zip, e.g. a JPEG copy; not checked against the original files"


@dataclass(frozen=True)
class ImportResult:
    """What an import made of its source."""

    id: str
    pack: Pack
    read: int  # images read
    repeated: int  # of these left out because another image is the same
    several: int  # left out because another class has the same one
    damaged: dict[str, str]  # path → why it was left out
    aside: list[str]
    notes: list[str]  # sentences: how the source was understood


def import_images(
    path: Path, *, name: str | None = None, replace_it: bool = False, skip_damaged: bool = False
) -> ImportResult:
    """Read a folder or zip of class folders and write it as a pack of `home()/data`.

    name: what the set is called; default: the folder's or zip's name. Raises ImportRefused with a sentence if the
    source is not as it should be or a set of that name is here already; OSError if the pack cannot be written.
    """
    with opened(path) as contents, tqdm(total=len(contents.entries), unit="image", disable=None) as bar:
        preview, pictures = preview_of(contents, skip_damaged, lambda done: bar.update(done - bar.n) and None)
    for class_, why in preview.unusable(2).items():
        if class_ not in preview.empty:
            raise ImportRefused(f"The class {class_} {why}; add some, or leave the class out.")
    read = settled(preview, Choices())
    pack, classes = read.pack, read.pack.classes
    called = shown(name or (path.stem if path.is_file() else path.resolve().name), 40)
    family = "cifar10" if set(classes) == set(FAMILIES[CIFAR10.id].classes) and pack.images.shape[1] == 3 else "own"
    as_cifar10 = (
        name is None and family == "cifar10" and (len(pack.pool), len(pack.test)) == (CIFAR10.pool, CIFAR10.test)
    )
    said = {"source": f"imported from {shown(path.resolve().name)}", "licence": "whatever its source says"}
    name = CIFAR10.name if as_cifar10 else called
    pack = described(pack, name, family, origin="import", note=CIFAR10_NOTE, **said)
    id_ = CIFAR10.id if as_cifar10 else f"own-{slug(called)}"
    target = home() / "data" / f"{id_}.npz"
    if target.exists() and not replace_it:
        raise ImportRefused(_taken(id_, target))
    write_pack(target, pack)
    shutil.rmtree(paths.own_folder(id_), ignore_errors=True)  # a teacher of images that were replaced
    notes = [f"The folder {one} has no images, so it is no class." for one in preview.empty]
    notes = [*contents.notes, *pictures.notes, *notes]
    damaged = contents.lost | pictures.damaged
    return ImportResult(id_, pack, read.read, read.repeated, read.several, damaged, contents.aside, notes)


def slug(name: str) -> str:
    """A name as part of an id: as of a file's name; if nothing of it is left, part of its hash."""
    return paths.for_file_name(name) or hashlib.sha256(name.encode()).hexdigest()[:8]


def described(pack: Pack, name: str, family: str, **said: str) -> Pack:
    """The pack with all that it says about itself. said: source, licence and origin, perhaps a note."""
    about = {"classes": pack.classes, "name": name, "family": family, "imported": datetime.date.today().isoformat()}
    return replace(pack, about=about | said | numbers(pack, family))


def numbers(pack: Pack, family: str) -> dict[str, Any]:
    """Sizes, and each channel's mean and spread: those that the family's teacher was trained with, else the pool's."""
    channels, size = pack.images.shape[1:3]
    mean, spread = CIFAR10.mean, CIFAR10.spread
    if family == "own":
        pool = pack.images[pack.pool] / np.float32(255)
        mean = tuple(round(float(value), 4) for value in pool.mean(axis=(0, 2, 3), dtype=np.float64))
        spread = tuple(max(0.01, round(float(value), 4)) for value in pool.std(axis=(0, 2, 3), dtype=np.float64))
    sizes = {"channels": channels, "size": size, "pool": len(pack.pool), "test": len(pack.test)}
    return sizes | {"mean": list(mean), "spread": list(spread)}


def _taken(id_: str, target: Path) -> str:
    try:
        source = str(read_about(target).get("source", "an unknown source"))
    except PackError:
        source = "a damaged file"
    return f"There is a set {id_} already ({shown(source)}); choose another --name, or add --replace to replace it."


# ── command line ─────────────────────────────────────────────────────────────────────────────────────────────────


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit status: 0, or 1 after a refusal that it printed as one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m app.images.import_images",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", type=Path, nargs="?", metavar="PATH", help="a folder or a zip")
    parser.add_argument("--name", help="what to call the set (default: the folder's or zip's name)")
    parser.add_argument("--list", action="store_true", help="say what is there, and import nothing")
    parser.add_argument("--replace", action="store_true", help="replace a set of the same name")
    parser.add_argument("--skip-damaged", action="store_true", help="leave out images that cannot be read")
    asked = parser.parse_args(arguments)
    console.take_any_letter()
    if asked.path is None and not asked.list:
        parser.error("name a folder or a zip, or add --list to see what has been imported")
    try:
        print(_done(asked))
        return 0
    except ImportRefused as refusal:
        why = str(refusal)
    except OSError as error:
        why = _could_not_write(error)
    except KeyboardInterrupt:
        why = "Stopped; nothing was imported."
    print(why, file=sys.stderr)
    return 1


def _done(asked: argparse.Namespace) -> str:
    if asked.path is None:
        return _all_imported()
    if asked.list:
        with opened(asked.path) as contents:
            return _listing(contents)
    options = {"name": asked.name, "replace_it": asked.replace, "skip_damaged": asked.skip_damaged}
    return _summary(import_images(asked.path, **options))


def _could_not_write(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return f"The disk is full, so nothing was imported; free some space below {home()} and try again."
    return f"Nothing was imported: {shown(str(error))}."


def _summary(result: ImportResult) -> str:
    pack = result.pack
    side, kind = pack.images.shape[2], "RGB" if pack.images.shape[1] == 3 else "grey"
    lines = [
        f"Imported as {result.id}: {len(pack.pool):,} images to learn from and {len(pack.test):,} to test on, "
        f"{side}×{side} {kind}, of {result.read:,} read.",
        f"Classes: {', '.join(pack.classes)}.",
    ]
    if result.repeated:
        lines.append(f"{result.repeated:,} are the same as another image; each was taken once.")
    if result.several:
        lines.append(f"{result.several:,} are in two classes or more; they were left out.")
    if alike := len(look_alikes(pack)):
        lines.append(f"{alike:,} of those to test on look almost like one to learn from: they say little of new ones.")
    lines += result.notes
    for what, files in (
        ("images were left out", list(result.damaged)),
        ("other files were left aside", result.aside),
    ):
        if files:
            lines.append(f"{len(files):,} {what}, for example {files[0]}.")
    if pack.about["family"] == "cifar10":
        lines.append("The CIFAR-10 teacher fits these classes. Reload the lab and choose it under Images.")
    else:
        lines.append(f"No teacher knows these classes yet; python -m app.experiments.teach {result.id} trains one.")
    return "\n".join(lines)


def _listing(contents: Contents) -> str:
    lines = [f"{len(contents.entries):,} images in {len(contents.classes)} classes; nothing was imported."]
    for number, name in enumerate(contents.classes):
        of_class = contents.labels == number
        split = "" if contents.test is None else f", {int(contents.test[of_class].sum()):,} of them to test on"
        lines.append(f"  {name}: {int(of_class.sum()):,}{split}")
    lines += contents.notes
    return "\n".join(lines)


def _all_imported() -> str:
    lines = [
        f"{data.id}: {data.name} — {data.words}; {data.pool:,} images to learn from, {data.test:,} to test on"
        for data in imported().values()
    ]
    try:
        if CIFAR10.here and read_about(CIFAR10.path).get("origin") == "import":
            lines.insert(0, f"{CIFAR10.id}: {CIFAR10.name} — {CIFAR10_NOTE}")
    except PackError as error:
        lines.insert(0, f"{CIFAR10.id}: {error}")
    return "\n".join(lines) or "Nothing has been imported on this machine."


if __name__ == "__main__":
    sys.exit(main())
