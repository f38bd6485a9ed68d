"""Read class-named folders of images, or a zip of them. Trusts nothing that it reads, writes nothing, knows no pack.

Nothing is unpacked to the disk: files are read one by one, each up to a limit. Accepted layouts, below any number of
folders that hold everything: ``CLASS/*`` or ``train/CLASS/*`` with ``test/CLASS/*``.
"""

import io
import itertools
import os
import stat
import struct
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from app.catalog.declared import CLASSES

Uint8 = npt.NDArray[np.uint8]
Parts = tuple[str, ...]  # a path inside the folder or zip, split at its slashes

ENTRIES = 80_000  # files and folders; CIFAR-10 has 60,000 images
DIRECTORY_BYTES = 32 << 20  # of a zip's table of contents
FILE_BYTES = 32 << 20  # of one image file
TOTAL_BYTES = 8 << 30  # of all image files
PIXELS = 40_000_000  # of one image
NAME_LENGTH = 40  # characters of a class name
SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"))
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM")  # none that starts another program to be read
ARCHIVES = frozenset((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"))
PARTS = {"train": 0, "training": 0, "test": 1, "testing": 1}
LITTER = frozenset(("__macosx", ".ds_store", "thumbs.db", "desktop.ini"))
GREY_SIDE, COLOUR_SIDE = 28, 32  # pixels


class ImportRefused(Exception):
    """A folder or zip cannot be imported. The message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Entry:
    """One image file: where it is said to be, and how to get its bytes."""

    parts: Parts
    size: int  # bytes, as the folder or zip says
    read: Callable[[], bytes]  # at most FILE_BYTES + 1 bytes; may raise anything that damage raises

    @property
    def shown(self) -> str:
        """Its path, safe to print."""
        return shown("/".join(self.parts))


class UnreadableImage(ImportRefused):
    """One image cannot be read. what: why, as the end of a sentence that begins with its path."""

    def __init__(self, entry: Entry, what: str) -> None:
        super().__init__(f"{entry.shown} {what}; replace or remove it, or add --skip-damaged to leave such files out.")
        self.what = what


@dataclass(frozen=True)
class Contents:
    """The image files of a folder or zip, sorted by part, class and name, and what their folders say about them."""

    entries: list[Entry]
    classes: list[str]
    labels: Uint8  # (n,) class numbers
    test: npt.NDArray[np.bool_] | None  # (n,) True: below test/. None if there is no train/ and test/
    aside: list[str]  # paths of files that are no images, safe to print


def shown(text: str, length: int = 80) -> str:
    """Text from a stranger, safe to print on one line of a terminal: no control or direction characters."""
    kept = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in _UNSEEN).strip()
    return kept if len(kept) <= length else kept[: length - 1] + "…"


_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"))


def class_name(folder: str) -> str:
    """A folder's name as a class name: text as it is, in NFC, without invisible characters, NAME_LENGTH at most."""
    return shown(folder, NAME_LENGTH) or "?"


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def opened(
    path: Path, *, called: str | None = None, most_images: int = ENTRIES, most_bytes: int = TOTAL_BYTES
) -> Iterator[Contents]:
    """List the images of a folder or zip; its entries can be read inside the ``with``.

    called: what its owner calls the file. most_images: files in class folders; most_bytes: of a zip's files, unpacked;
    both below what always holds. Raises ImportRefused if the path is neither, or if anything about it is not as it
    should be.
    """
    called = shown(called or path.name)
    if path.is_dir():
        yield _within(_contents(_folder_entries(path)), most_images)
    elif path.is_file():
        _check_directory(path, called)
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ImportRefused(
                f"{called} is no complete zip ({shown(str(error))}); download or make it again."
            ) from error
        with archive:
            yield _within(_contents(_zip_entries(archive, most_bytes)), most_images)
    else:
        raise ImportRefused(f"There is no folder or zip at {shown(str(path))}; check the path.")


def _within(contents: Contents, most_images: int) -> Contents:
    if len(contents.entries) > most_images:
        raise ImportRefused(
            f"There are {len(contents.entries):,} images in it, and {most_images:,} can be taken at most; "
            "leave some out and try again."
        )
    return contents


def _check_directory(path: Path, called: str) -> None:
    """Refuse a zip by the size of its table of contents, before any of that is read into memory."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        tail_size = min(size, 56 + 20 + 22 + 0xFFFF)  # 64-bit end record and its locator, end record, longest comment
        file.seek(size - tail_size)
        tail = file.read(tail_size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise ImportRefused(f"{called} is neither a folder nor a complete zip; download or make it again.")
    count, table = struct.unpack_from("<HI", tail, at + 10)
    if at >= 76 and tail[at - 76 : at - 72] == b"PK\x06\x06" and tail[at - 20 : at - 16] == b"PK\x06\x07":
        count, table = struct.unpack_from("<QQ", tail, at - 76 + 32)
    if count > ENTRIES:
        raise ImportRefused(_too_many(count))
    if table > DIRECTORY_BYTES:
        raise ImportRefused(f"The zip's table of contents takes {table:,} bytes, which no set of images needs.")


def _too_many(count: int | str) -> str:
    number = f"{count:,}" if isinstance(count, int) else count
    return f"It holds {number} files, more than the {ENTRIES:,} that can be imported; leave some out and try again."


def _folder_entries(root: Path) -> Iterator[Entry]:
    count = 0
    for folder, folders, files in os.walk(root, onerror=_unlistable, followlinks=False):
        folders.sort()
        for name in (*folders, *sorted(files)):
            count += 1
            if count > ENTRIES:
                raise ImportRefused(_too_many(f"more than {ENTRIES:,}"))
            path = Path(folder, name)
            parts = path.relative_to(root).parts
            if _is_link(path, root):
                raise ImportRefused(
                    f"{shown('/'.join(parts))} is a link to somewhere else; put the file itself in its place."
                )
            if name in folders and path.is_dir():
                continue
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe or device would block or never end
                raise ImportRefused(f"{shown('/'.join(parts))} is not an ordinary file; take it out of the folder.")
            yield Entry(_checked(parts), status.st_size, partial(_read_file, path))


def _unlistable(error: OSError) -> None:
    raise ImportRefused(f"The folder {shown(str(error.filename))} may not be read by you; change that or leave it out.")


def _is_link(path: Path, root: Path) -> bool:
    if path.is_symlink():
        return True
    return path.is_dir() and not path.resolve().is_relative_to(root.resolve())  # a junction on Windows


def _zip_entries(archive: zipfile.ZipFile, most_bytes: int) -> Iterator[Entry]:
    infos = archive.infolist()
    if len(infos) > ENTRIES:  # whatever its end record said
        raise ImportRefused(_too_many(len(infos)))
    total = sum(info.file_size for info in infos)
    if total > min(most_bytes, TOTAL_BYTES):
        raise ImportRefused(
            f"The zip says that it unpacks to {total / 1e9:,.1f} GB, more than the "
            f"{min(most_bytes, TOTAL_BYTES) / 1e9:.2g} GB that are read; make the images smaller or leave some out."
        )
    for info in infos:
        parts = _checked(tuple(info.orig_filename.replace("\\", "/").split("/")))
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ImportRefused(f"{shown(info.filename)} is a link to somewhere else; zip the file itself.")
        if not parts or info.orig_filename.endswith(("/", "\\")):  # a folder
            continue
        if info.flag_bits & 0x1:
            raise ImportRefused(f"{shown(info.filename)} is encrypted; make the zip again without a password.")
        yield Entry(parts, info.file_size, partial(_read_member, archive, info))


def _checked(parts: Parts) -> Parts:
    """The path as it came, or a refusal if it leads out of its folder."""
    text = "/".join(parts)
    absolute = PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive or PureWindowsPath(text).root
    if absolute or ".." in parts or "\0" in text:
        raise ImportRefused(
            f"The path {shown(text)!r} leads out of the archive, so nothing was imported; make it again from a folder."
        )
    return tuple(unicodedata.normalize("NFC", part) for part in parts if part not in ("", "."))


def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_BYTES + 1)


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        return file.read(FILE_BYTES + 1)


# ── what the folders say ─────────────────────────────────────────────────────────────────────────────────────────


def _contents(entries: Iterable[Entry]) -> Contents:
    images: list[Entry] = []
    aside: list[str] = []
    seen: set[Parts] = set()
    for entry in entries:
        suffix = PurePosixPath(entry.parts[-1]).suffix.lower()
        if any(part.lower() in LITTER or part.startswith("._") for part in entry.parts):
            continue
        if suffix in ARCHIVES:
            raise ImportRefused(f"{entry.shown} is an archive inside; unpack it first, then import the result.")
        if suffix not in SUFFIXES:
            aside.append(entry.shown)
            continue
        if entry.parts in seen:
            raise ImportRefused(f"{entry.shown} is there twice; give every image a name of its own.")
        seen.add(entry.parts)
        images.append(entry)
    if not images:
        raise ImportRefused(
            "There is no image in it; put JPEG, PNG, GIF, BMP, WebP, TIFF or PPM files into one folder per class."
        )
    return _by_class(images, aside)


def _by_class(images: list[Entry], aside: list[str]) -> Contents:
    above = _common([entry.parts[:-1] for entry in images])
    places = [entry.parts[above:-1] for entry in images]  # (class,) or (part, class)
    lost = next((entry for entry, place in zip(images, places, strict=True) if len(place) not in (1, 2)), None)
    if lost is not None and above and all(not place for place in places):
        raise ImportRefused(
            f"All images are in one folder, so there is one class only ({class_name(images[0].parts[above - 1])}); "
            "put them into one folder per class, at least two."
        )
    if lost is not None:
        raise ImportRefused(
            f"{lost.shown} is not in CLASS/, train/CLASS/ or test/CLASS/; move it into its class's folder."
        )
    split = _split(images, places)
    names = _class_names([place[-1] for place in places])
    classes = sorted(set(names), key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0, name))
    if len(classes) < 2:
        raise ImportRefused(f"There is one class only ({classes[0]}); put the images into at least two class folders.")
    if len(classes) > CLASSES:
        raise ImportRefused(
            f"There are {len(classes):,} class folders, and the students tell {CLASSES} classes apart at most; "
            f"keep {CLASSES} or fewer."
        )
    number = {name: i for i, name in enumerate(classes)}
    labels = [number[name] for name in names]
    order = sorted(range(len(images)), key=lambda i: (split is not None and split[i], labels[i], images[i].parts))
    contents = Contents(
        [images[i] for i in order],
        classes,
        np.array([labels[i] for i in order], np.uint8),
        None if split is None else np.array([split[i] for i in order]),
        aside,
    )
    _check_every_class(contents)
    return contents


def _class_names(folders: list[str]) -> list[str]:
    """Each image's class. Raises ImportRefused if two folders' names would look the same."""
    named = {folder: class_name(folder) for folder in folders}
    taken: dict[str, str] = {}
    for name in named.values():
        other = taken.setdefault(name.casefold(), name)
        if other is not name and other == name:
            raise ImportRefused(f"Two class folders would both be called {name!r}; give them shorter or plainer names.")
        if other != name:
            raise ImportRefused(
                f"The class folders {other!r} and {name!r} differ in capitals only; put them together or rename one."
            )
    return [named[folder] for folder in folders]


def _common(folders: list[Parts]) -> int:
    """How many leading folders all images share."""
    first, last = min(folders), max(folders)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def _split(images: list[Entry], places: list[Parts]) -> list[bool] | None:
    if all(len(place) == 1 for place in places):
        return None
    for entry, place in zip(images, places, strict=True):
        if len(place) != 2 or place[0].lower() not in PARTS:
            raise ImportRefused(
                f"{entry.shown} is neither in train/CLASS/ nor in test/CLASS/ as others are; use one layout for all."
            )
    return [PARTS[place[0].lower()] == 1 for place in places]


def _check_every_class(contents: Contents) -> None:
    """Every class needs an image to learn from and one to test on."""
    for number, name in enumerate(contents.classes):
        of_class = contents.labels == number
        if contents.test is None and of_class.sum() < 2:
            raise ImportRefused(f"The class {name} has a single image; every class needs at least two.")
        if contents.test is not None and len(set(contents.test[of_class].tolist())) < 2:
            missing = "train/" if contents.test[of_class].all() else "test/"
            raise ImportRefused(f"The class {name} has no image below {missing}; every class needs one there.")


# ── pixels ───────────────────────────────────────────────────────────────────────────────────────────────────────


class _Coloured(Exception):
    """A set that was taken for grey has a coloured image."""


def read_images(
    contents: Contents, *, skip_damaged: bool = False, seen: Callable[[int], None] = lambda done: None
) -> tuple[Uint8, npt.NDArray[np.int64], dict[str, str]]:
    """Read all images: as 28×28 grey if every one is grey, else as 32×32 RGB.

    seen: called with the number of images read so far. skip_damaged: leave out images that cannot be read.
    Returns (images (m, c, h, w) uint8, their positions (m,) in `contents`, path → why of the damaged ones). Raises
    ImportRefused if an image cannot be read and is not to be skipped, or if none is left.
    """
    try:
        return _read_images(contents, "L", GREY_SIDE, skip_damaged, seen)
    except _Coloured:
        return _read_images(contents, "RGB", COLOUR_SIDE, skip_damaged, seen)


def _read_images(
    contents: Contents, mode: str, side: int, skip_damaged: bool, seen: Callable[[int], None]
) -> tuple[Uint8, npt.NDArray[np.int64], dict[str, str]]:
    images = np.empty((len(contents.entries), len(mode), side, side), np.uint8)
    kept: list[int] = []
    damaged: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's remarks on odd files; what cannot be read raises
        for i, entry in enumerate(contents.entries):
            try:
                images[len(kept)] = pixels(entry, mode, side)
                kept.append(i)
            except UnreadableImage as error:
                if not skip_damaged:
                    raise
                damaged[entry.shown] = error.what
            seen(i + 1)
    if not kept:
        raise ImportRefused("None of its images can be read; save them as PNG or JPEG and try again.")
    return images[: len(kept)], np.array(kept, np.int64), damaged


def pixels(entry: Entry, mode: str, side: int) -> Uint8:
    """One image, its first frame, cut to a square and resized: (len(mode), side, side) uint8.

    mode: "L" (grey) or "RGB". Raises ImportRefused if it cannot be read or is too large.
    """
    if entry.size > FILE_BYTES:
        raise UnreadableImage(entry, _too_large(f"{entry.size:,} bytes", f"{FILE_BYTES:,} bytes"))
    try:
        raw = entry.read()
        if len(raw) > FILE_BYTES:  # whatever it was said to be
            raise UnreadableImage(entry, _too_large(f"more than {FILE_BYTES:,} bytes", "that"))
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            width, height = image.size
            if width * height > PIXELS:
                raise UnreadableImage(entry, _too_large(f"{width:,} × {height:,} pixels", f"{PIXELS:,} pixels"))
            return _pixels(image, mode, side)
    except Image.DecompressionBombError as error:
        raise UnreadableImage(entry, _too_large("far too many pixels", f"{PIXELS:,} pixels")) from error
    except (ImportRefused, _Coloured):
        raise
    except UnidentifiedImageError as error:
        what = "is empty (0 bytes)" if not raw else "is not an image, whatever its name says"
        raise UnreadableImage(entry, what) from error
    except PermissionError as error:
        raise UnreadableImage(entry, "may not be read by you") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UnreadableImage(entry, "is damaged inside the zip") from error
    except Exception as error:  # decoders raise whatever a damaged file makes them stumble over
        raise UnreadableImage(entry, f"cannot be read ({shown(str(error), 100)})") from error


def _pixels(image: Image.Image, mode: str, side: int) -> Uint8:
    image.draft(None, (2 * side, 2 * side))  # large JPEGs are decoded at a fraction  # type: ignore[arg-type]
    upright = _eight_bit(ImageOps.exif_transpose(image))
    if mode == "L" and upright.mode != "L":
        rgb = np.asarray(_squared(upright, side))
        if (rgb != rgb[..., :1]).any():
            raise _Coloured
        return np.ascontiguousarray(rgb[None, ..., 0])
    square = np.asarray(_squared(upright.convert(mode), side))
    return square[None] if square.ndim == 2 else np.ascontiguousarray(square.transpose(2, 0, 1))


def _eight_bit(image: Image.Image) -> Image.Image:
    """As grey or RGB with 8 bits a channel; what is transparent becomes white."""
    if image.mode.startswith("I"):  # 16 bits, or 32 that hold no more than 16
        return Image.fromarray((np.asarray(image).clip(0, 0xFFFF) >> 8).astype(np.uint8))
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers")
    if image.mode in ("1", "L"):
        return image.convert("L")
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return image.convert("RGB")


def _squared(image: Image.Image, side: int) -> Image.Image:
    """The middle square, resized; an image of the right size stays as it is."""
    return image if image.size == (side, side) else ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)


def _too_large(size: str, limit: str) -> str:
    return f"has {size}, and no more than {limit} are read"
