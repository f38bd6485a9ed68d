"""What folders, and tables of labels, say about images: which class each shows, and what it is for.

Accepted, below any number of folders that hold everything: ``CLASS/*``; ``train/CLASS/*`` with ``test/CLASS/*`` or
``val/CLASS/*`` or both; images anywhere beside a table such as labels.csv that names file and class in each line.
Folders inside a class folder belong to it.
"""

import csv
import io
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from app.catalog.declared import CLASSES
from app.images.code_pages import code_page
from app.images.sources import ENTRIES, TOTAL_BYTES, Entry, ImportRefused, Listing, Parts, class_name, listed, shown

READ = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
FORMATS = "JPEG, PNG, GIF, WebP, BMP, TIFF, PPM, AVIF"  # that are read, in words
NAMED = (".avif", ".heic", ".heif", ".jxl", ".jp2", ".svg", ".psd")
RAW = frozenset((".cr2", ".cr3", ".nef", ".arw", ".dng", ".raf", ".orf", ".rw2"))  # of cameras
PICTURES = frozenset((*READ, *NAMED, *RAW))
MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*")  # how files of pictures begin, whatever their name
TABLES = frozenset((".csv", ".tsv"))
TABLE_BYTES = 8 << 20  # of one table that are read
TABLES_BYTES, TABLES_LINES = 24 << 20, 500_000  # of all tables
ROLES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    **dict.fromkeys(("test", "testing"), "test"),
}
FILE_COLUMNS = (
    *("file", "filename", "file_name", "image", "image_name", "image_id", "img", "path", "filepath", "image_path"),
    *("name", "id"),
)
CLASS_COLUMNS = ("label", "labels", "class", "class_name", "classname", "category", "target", "species")
PART_COLUMNS = ("split", "set", "part", "subset")
LAYOUTS = (
    "put them into one folder for each class, at least two, or add a table labels.csv that names a file and its class "
    "in each line"
)

Uint8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Contents:
    """The image files of a source, sorted by part, class and name, and what is said about them.

    Sentences and paths in it are safe to print.
    """

    entries: list[Entry]
    classes: list[str]
    labels: Uint8  # (n,) class numbers
    test: npt.NDArray[np.bool_] | None  # (n,) True: to test on. None if the source does not say
    aside: list[str]  # paths of files that are no images
    lost: dict[str, str] = field(default_factory=dict)  # path → why, of images of which nobody says what they show
    empty: list[str] = field(default_factory=list)  # class folders without images
    notes: list[str] = field(default_factory=list)  # sentences: how all this was understood


@dataclass(frozen=True)
class Place:
    """What is said of one image. role: what it is for; "" if nobody says."""

    folder: str  # its class, as it is written
    role: str = ""


@contextmanager
def opened(
    path: Path, *, called: str | None = None, most_images: int = ENTRIES, most_bytes: int = TOTAL_BYTES
) -> Iterator[Contents]:
    """Open a folder or zip of images; its entries can be read inside the ``with``.

    called: what its owner calls the file. most_images: that it may hold; most_bytes: of a zip's files, unpacked; both
    below what always holds. Raises ImportRefused if it is not as it should be.
    """
    with listed(path, called=called, most_bytes=most_bytes) as listing:
        contents = _contents(listing)
        if len(contents.entries) > most_images:
            raise ImportRefused(
                f"There are {len(contents.entries):,} images in it, and {most_images:,} can be taken at most; "
                "leave some out and try again."
            )
        yield contents


def _contents(listing: Listing) -> Contents:
    images, tables, aside = _sorted_out(listing)
    if not images:
        raise ImportRefused(f"There is no image in it; put files ({FORMATS}) into one folder for each class.")
    above = _root([entry.parts[:-1] for entry in images])
    root = len(above)
    lost: dict[str, str] = {}
    notes = list(listing.notes)
    said, by_folder = _by_tables(tables, images, root, notes), False
    if said is None:
        said, by_folder = _by_folders(images, root, lost, notes), True
    elif len(said) < len(images):
        table = tables[0].shown
        lost |= {entry.shown: f"is not in {table}" for i, entry in enumerate(images) if i not in said}
    aside += [] if not by_folder else [table.shown for table in tables]
    folders = sorted({place.folder for place in said.values()})
    names = _class_names(folders)
    classes = sorted(set(names.values()), key=_in_order)
    if len(classes) < 2:
        where = "" if by_folder else f" in {tables[0].shown}"
        raise ImportRefused(f"There is one class only{where} ({classes[0]}); {LAYOUTS}.")
    if len(classes) > CLASSES:
        raise ImportRefused(
            f"There are {len(classes):,} class{' folders' if by_folder else 'es'}, and the students tell {CLASSES} "
            f"classes apart at most; keep {CLASSES} or fewer."
        )
    number = {name: i for i, name in enumerate(classes)}
    labels = {i: number[names[place.folder]] for i, place in said.items()}
    test = _tested(said, notes)
    order = sorted(said, key=lambda i: (test is not None and test[i], labels[i], images[i].parts))
    return Contents(
        [images[i] for i in order],
        classes,
        np.array([labels[i] for i in order], np.uint8),
        None if test is None else np.array([test[i] for i in order]),
        aside,
        lost,
        _empty(listing, above, classes) if by_folder else [],
        notes,
    )


def _sorted_out(listing: Listing) -> tuple[list[Entry], list[Entry], list[str]]:
    """The images, the tables, and the paths of all else."""
    images: list[Entry] = []
    tables: list[Entry] = []
    aside: list[str] = []
    seen: set[Parts] = set()
    for entry in listing.entries:
        if entry.suffix in TABLES:
            tables.append(entry)
        elif entry.suffix not in PICTURES and not _begins_as_picture(entry):
            if entry.size or not entry.parts[-1].startswith("."):  # .gitkeep holds a folder open
                aside.append(entry.shown)
        elif entry.parts in seen:
            raise ImportRefused(f"{entry.shown} is there twice; give every image a name of its own.")
        else:
            seen.add(entry.parts)
            images.append(entry)
    return images, tables, aside


def _begins_as_picture(entry: Entry) -> bool:
    try:
        head = entry.read(16)
    except Exception:  # damaged: then nothing says that it is a picture
        return False
    return head.startswith(MAGIC) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


# ── folders ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _root(folders: Sequence[Parts]) -> Parts:
    """The folders that hold everything that is in class folders; images beside them do not count."""
    depth, below = 0, [folder for folder in folders if folder]
    while len({folder[depth] for folder in below}) == 1 and any(len(folder) > depth + 1 for folder in below):
        depth += 1
        below = [folder for folder in below if len(folder) > depth]
    return below[0][:depth] if below else ()


def _by_folders(images: list[Entry], root: int, lost: dict[str, str], notes: list[str]) -> dict[int, Place]:
    """What the folders say of each image, by its place in the list. Raises ImportRefused."""
    folders = {i: entry.parts[root:-1] for i, entry in enumerate(images)}
    tops = {folder[0] for folder in folders.values() if folder}
    if not tops:
        raise ImportRefused(f"All images are in one folder, so nobody says what they show; {LAYOUTS}.")
    roles = {top: ROLES[top.lower()] for top in tops if top.lower() in ROLES}
    deep = {top for top in roles if any(len(folder) > 1 and folder[0] == top for folder in folders.values())}
    parted = len(roles) > 1 and bool(deep)
    if not parted and len(roles) == len(tops) > 1:
        raise ImportRefused(
            f"There are no class folders in {' and '.join(f'{shown(top)}/' for top in sorted(tops))}, so nobody says "
            f"what the images show; {LAYOUTS}."
        )
    if not parted and deep and len(tops) > 1 and "train" in roles.values():
        other = shown(min(tops - set(roles)))
        raise ImportRefused(f"{other}/ is neither valid/ nor test/, beside train/; use one layout for all.")
    said: dict[int, Place] = {}
    inner: set[str] = set()
    for i, folder in folders.items():
        at = 1 if parted else 0
        if parted and folder and folder[0] not in roles:
            lost[images[i].shown] = "is neither below train/ nor below valid/ or test/"
        elif len(folder) <= at:
            lost[images[i].shown] = "is in no class folder, so nobody says what it shows"
        else:
            said[i] = Place(folder[at], roles[folder[0]] if parted else "")
            inner |= {shown("/".join(folder))} if len(folder) > at + 1 else set()
    if inner:
        notes.append(f"Folders inside a class folder belong to that class, for example {min(inner)}.")
    return said


def _tested(said: dict[int, Place], notes: list[str]) -> dict[int, bool] | None:
    """Which images are to test on, None if nobody says; adds a sentence on what was joined."""
    count = Counter(place.role for place in said.values())
    held = "test" if count["test"] else "val"
    if count[held] in (0, len(said)):
        if count[""] < len(said):
            notes.append(
                "There are not both a part to learn from and one to test on: one image in five is kept for that."
            )
        return None
    if held == "val":
        notes.append(f"There is no test part: the {count['val']:,} images of the validation part are tested on.")
    elif count["val"]:
        notes.append(f"The {count['val']:,} images of the validation part join those to learn from.")
    return {i: place.role == held for i, place in said.items()}


def _class_names(folders: Sequence[str]) -> dict[str, str]:
    """Each folder's class. Raises ImportRefused if two folders' names would look the same."""
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
    return named


def _in_order(name: str) -> tuple[bool, int, str]:
    """Numbers by their size, before all other names."""
    return not name.isdecimal(), int(name) if name.isdecimal() else 0, name


def _empty(listing: Listing, above: Parts, classes: list[str]) -> list[str]:
    """Names of folders beside the class folders that hold no image, and nothing else that was listed."""
    places = {entry.parts[:-1] for entry in listing.entries if entry.size}
    kept = {place[:depth] for place in places for depth in (len(above) + 1, len(above) + 2)}
    folders = listing.folders | {entry.parts[:-1] for entry in listing.entries}
    found = set()
    for folder in folders:
        inside = folder[len(above) :]
        at = 1 if len(inside) == 2 and inside[0].lower() in ROLES else 0
        if folder[: len(above)] == above and len(inside) == at + 1 and folder not in kept:
            found.add(class_name(inside[at]))
    return sorted(found - set(classes), key=_in_order)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Row:
    file: str
    folder: str  # the class
    role: str


def _by_tables(tables: list[Entry], images: list[Entry], root: int, notes: list[str]) -> dict[int, Place] | None:
    """What tables say of each image, by its place in the list; None if they say less than the folders do."""
    if not tables:
        return None
    ends = _Ends(images)
    said: dict[int, Place] = {}
    twice: set[int] = set()
    missing, used, columns = 0, [], ""
    for table, content in _all_lines(tables, notes):
        rows, names = _rows(table, content, ends)
        found = 0
        for row in rows:
            at = _image_of(row.file, table.parts[:-1], ends)
            if at is None:
                missing += 1
                continue
            top = images[at].parts[root] if len(images[at].parts) > root + 1 else ""
            place = Place(row.folder, row.role or ROLES.get(top.lower(), ""))
            if said.setdefault(at, place).folder != place.folder:
                twice.add(at)
            found += 1
        if found:
            used.append(table.shown)
            columns = names
    by_folder = {entry.parts[root] for entry in images if len(entry.parts) > root + 1}
    if 2 * len(said) < len(images) or {place.folder for place in said.values()} <= by_folder:
        return None
    notes.append(f"What each image shows is read from {' and '.join(used)} ({columns}).")
    if missing:
        lines = "lines names a file that is" if missing == 1 else "lines name files that are"
        notes.append(f"{missing:,} of its {lines} not here.")
    if twice:
        notes.append(f"{len(twice):,} images have two classes in it; the first was taken.")
    return said


class _Ends:
    """Finds images by how their paths end: in capitals or not, with the file's ending or without."""

    def __init__(self, images: Sequence[Entry]) -> None:
        keys: list[tuple[str, int]] = []
        for i, entry in enumerate(images):
            *folders, name = entry.parts
            keys += [(_backwards((*folders, one)), i) for one in {name, PurePosixPath(name).stem}]
        keys.sort()
        self._keys, self._places = [key for key, _ in keys], [i for _, i in keys]

    def only(self, path: Sequence[str]) -> int | None:
        """The place of the only image whose path ends so; None if there is none, or several."""
        key = _backwards(path)
        first = bisect_left(self._keys, key)
        several = self._keys[first : first + 2]
        return self._places[first] if [one.startswith(key) for one in several] in ([True], [True, False]) else None


def _backwards(path: Sequence[str]) -> str:
    """A path from its end: all that end alike begin alike, and lie side by side when they are sorted."""
    return "".join(f"{part}/" for part in reversed(path)).casefold()


def _all_lines(tables: list[Entry], notes: list[str]) -> Iterator[tuple[Entry, list[list[str]]]]:
    """Each table with its lines, as far as all of them together stay within the limits; else that is noted."""
    most_bytes, most_lines = TABLES_BYTES, TABLES_LINES
    for table in tables:
        if not (most_bytes > 0 and most_lines > 0):
            notes.append(f"Of its tables only {TABLES_LINES:,} lines or {TABLES_BYTES / 1e6:.0f} MB were read.")
            return
        lines, size = _lines(table, min(TABLE_BYTES, most_bytes), most_lines)
        most_bytes, most_lines = most_bytes - size, most_lines - len(lines)
        yield table, lines


def _lines(table: Entry, most_bytes: int, most_lines: int) -> tuple[list[list[str]], int]:
    """(the lines of a table, none if it cannot be read; how many bytes were read)."""
    try:
        raw = table.read(most_bytes)
    except Exception:  # damaged: it is left aside
        return [], most_bytes
    text = _text(raw)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        read = islice(csv.reader(io.StringIO(text), delimiter=delimiter), most_lines)
        return [[cell.strip() for cell in line] for line in read if line], len(raw)
    except csv.Error:
        return [], len(raw)


def _rows(table: Entry, lines: list[list[str]], ends: _Ends) -> tuple[list[_Row], str]:
    """The lines of a table that name a file and a class, and which of its columns these were; none if it has none."""
    if not lines or len(lines[0]) < 2:
        return [], ""
    head = [cell.casefold().replace(" ", "_") for cell in lines[0]]
    file, folder, role = (_column(head, names) for names in (FILE_COLUMNS, CLASS_COLUMNS, PART_COLUMNS))
    if file is None and _image_of(lines[0][0], table.parts[:-1], ends) is not None:
        lines.insert(0, [])  # no headings
        file, folder, head = 0, 1, ["first column", "second column"]
    if file is None:
        return [], ""
    width, _ = Counter(map(len, lines[1:])).most_common(1)[0] if lines[1:] else (0, 0)
    if width <= max(file, folder or 0, role or 0) or (folder is None and width < len(head)):
        return [], ""
    rows = [line for line in lines[1:] if len(line) == width]
    if folder is None:
        return _one_hot(rows, file, lines[0]), f"column {shown(lines[0][file])} and a column for each class"
    part = [ROLES.get(line[role].casefold(), "") if role is not None else "" for line in rows]
    named = [_Row(line[file], line[folder], part[i]) for i, line in enumerate(rows) if line[folder]]
    return named, f"columns {shown(head[file])} and {shown(head[folder])}"


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8").lstrip("\ufeff")
    except UnicodeDecodeError:
        return raw.decode(code_page([raw[:20_000].rpartition(b"\n")[0]]), "replace")


def _column(head: list[str], names: Sequence[str]) -> int | None:
    return next((head.index(name) for name in names if name in head), None)


def _one_hot(rows: list[list[str]], file: int, head: list[str]) -> list[_Row]:
    """Rows of a table with a column for each class, of which a 1 tells the image's."""
    columns = [at for at in range(len(head)) if at != file and {row[at] for row in rows} <= {"0", "1"}]
    ones = [[at for at in columns if row[at] == "1"] for row in rows]
    return [_Row(row[file], head[of[0]], "") for row, of in zip(rows, ones, strict=True) if len(of) == 1]


def _image_of(file: str, folder: Parts, ends: _Ends) -> int | None:
    """The place of the image that a table in `folder` names: by its path from there, else by the end of its path."""
    written = [part for part in file.replace("\\", "/").split("/") if part not in ("", ".")]
    if not written:
        return None
    tried = (ends.only(path) for path in ((*folder, *written), written, written[-1:]))
    return next((at for at in tried if at is not None), None)
