"""List the files of a folder or zip. Trusts nothing that it lists, writes nothing, knows no pack.

Nothing is unpacked to the disk: files are read one by one, each up to a limit. A zip in a folder or zip is read as a
folder of its name.
"""

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath

from app.images.code_pages import WRITTEN, code_page

Parts = tuple[str, ...]  # a path inside the folder or zip, split at its slashes

ENTRIES = 80_000  # files and folders; CIFAR-10 has 60,000 images
DIRECTORY_BYTES = 32 << 20  # of a zip's table of contents
TOTAL_BYTES = 8 << 30  # of all files
INNER_BYTES = 256 << 20  # of all zips in a zip, which are held in memory
NAME_LENGTH = 40  # characters of a class name
DEPTH, PATH_LENGTH = 30, 1000  # parts and characters of a path, with which layouts are worked out
ARCHIVES = frozenset((".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"))  # beside .zip, which is read
LITTER = frozenset(
    ("__macosx", ".ds_store", "thumbs.db", "desktop.ini", ".ipynb_checkpoints", ".git", "@eadir", "$recycle.bin")
)
UTF8, ENCRYPTED = 0x800, 0x1  # flags of an entry in a zip


class ImportRefused(Exception):
    """A folder or zip cannot be imported. The message is one sentence that says why and what to do."""


@dataclass(frozen=True)
class Entry:
    """One file: where it is said to be, and how to get its bytes."""

    parts: Parts
    size: int  # bytes, as the folder or zip says
    read: Callable[[int], bytes]  # at most so many bytes, from the first; may raise anything that damage raises

    @property
    def shown(self) -> str:
        """Its path, safe to print."""
        return shown("/".join(self.parts))

    @property
    def suffix(self) -> str:
        """The ending of its name, in small letters, with the dot."""
        return PurePosixPath(self.parts[-1]).suffix.lower()


@dataclass
class Listing:
    """The files and folders of a source, without what systems leave behind. notes: sentences on how they were read."""

    entries: list[Entry] = field(default_factory=list)
    folders: set[Parts] = field(default_factory=set)  # those that are said to be there
    notes: list[str] = field(default_factory=list)


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
def listed(path: Path, *, called: str | None = None, most_bytes: int = TOTAL_BYTES) -> Iterator[Listing]:
    """List a folder or zip; its entries can be read inside the ``with``.

    called: what its owner calls the file. most_bytes: of a zip's files, unpacked; below what always holds. Raises
    ImportRefused if the path is neither, or if anything about it is not as it should be.
    """
    called = shown(called or path.name)
    with ExitStack() as stack:
        listing = Listing()
        if path.is_dir():
            found: Iterator[Entry | Parts] = _folder_entries(path)
        elif path.is_file():
            with path.open("rb") as file:
                _check_directory(file, called)
            archive = stack.enter_context(_zip(path, called))
            found = _zip_entries(archive, most_bytes, listing)
        else:
            raise ImportRefused(f"There is no folder or zip at {shown(str(path))}; check the path.")
        for one in _unfolded(found, stack, most_bytes, listing):
            if isinstance(one, Entry):
                listing.entries.append(one)
            else:
                listing.folders.add(one)
            if len(listing.entries) + len(listing.folders) > ENTRIES:
                raise ImportRefused(_too_many(f"more than {ENTRIES:,}"))
        yield listing


def _zip(file: Path | io.BytesIO, called: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ImportRefused(f"{called} is no complete zip ({shown(str(error))}); download or make it again.") from error


def _unfolded(
    found: Iterator[Entry | Parts], stack: ExitStack, most_bytes: int, listing: Listing
) -> Iterator[Entry | Parts]:
    """What was found without litter; in place of each zip its content, below a folder of its name."""
    inner_bytes = 0
    for one in found:
        parts = one.parts if isinstance(one, Entry) else one
        if any(part.lower() in LITTER or part.startswith("._") for part in parts):
            continue
        if not isinstance(one, Entry) or one.suffix not in ARCHIVES | {".zip"}:
            yield one
            continue
        if one.suffix != ".zip":
            raise ImportRefused(f"{one.shown} is an archive that is not read; unpack it first, or make it a zip.")
        inner_bytes += one.size
        if inner_bytes > min(INNER_BYTES, most_bytes):
            raise ImportRefused(
                f"The zips inside have more than {min(INNER_BYTES, most_bytes) / 1e6:,.0f} MB together; unpack them, "
                "and make one zip of their folders."
            )
        yield from _inner(one, stack, most_bytes, listing)


def _inner(entry: Entry, stack: ExitStack, most_bytes: int, listing: Listing) -> Iterator[Entry | Parts]:
    try:
        body = io.BytesIO(entry.read(entry.size + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ImportRefused(f"{entry.shown} is damaged inside the zip; make it again.") from error
    _check_directory(body, entry.shown)
    archive = stack.enter_context(_zip(body, entry.shown))
    below = (*entry.parts[:-1], PurePosixPath(entry.parts[-1]).stem)
    yield below
    for one in _zip_entries(archive, most_bytes, listing):
        if not isinstance(one, Entry):
            yield (*below, *one)
            continue
        if one.suffix == ".zip":
            raise ImportRefused(f"{entry.shown} holds a zip again ({one.shown}); unpack it first, then make the zip.")
        yield Entry((*below, *one.parts), one.size, one.read)


def _check_directory(file: io.BufferedIOBase, called: str) -> None:
    """Refuse a zip by the size of its table of contents, before any of that is read into memory."""
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


def _folder_entries(root: Path) -> Iterator[Entry | Parts]:
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
                yield _checked(parts)
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


def _zip_entries(archive: zipfile.ZipFile, most_bytes: int, listing: Listing) -> Iterator[Entry | Parts]:
    infos = archive.infolist()
    if len(infos) > ENTRIES:  # whatever its end record said
        raise ImportRefused(_too_many(len(infos)))
    total = sum(info.file_size for info in infos)
    if total > min(most_bytes, TOTAL_BYTES):
        raise ImportRefused(
            f"The zip says that it unpacks to {total / 1e9:,.1f} GB, more than the "
            f"{min(most_bytes, TOTAL_BYTES) / 1e9:.2g} GB that are read; make the images smaller or leave some out."
        )
    for info, name in zip(infos, _names(infos, listing), strict=True):
        name = name.replace("\\", "/")
        parts = _checked(tuple(name.split("/")))
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ImportRefused(f"{shown(name)} is a link to somewhere else; zip the file itself.")
        if not parts:
            continue
        if name.endswith("/"):
            yield parts
            continue
        if info.flag_bits & ENCRYPTED:
            raise ImportRefused(f"{shown(name)} is encrypted; make the zip again without a password.")
        yield Entry(parts, info.file_size, partial(_read_member, archive, info))


def _names(infos: list[zipfile.ZipInfo], listing: Listing) -> list[str]:
    """The names in a zip as they were meant; those that do not say how they are written are guessed together."""
    raw = [None if info.flag_bits & UTF8 else info.orig_filename.encode("cp437") for info in infos]
    page = code_page([name for name in raw if name is not None])
    if page in WRITTEN:
        note = f"The zip does not say how its names are written; they were read as {WRITTEN[page]} ({page})."
        if note not in listing.notes:
            listing.notes.append(note)
    return [info.orig_filename if name is None else name.decode(page) for info, name in zip(infos, raw, strict=True)]


def _checked(parts: Parts) -> Parts:
    """The path as it came, or a refusal if it leads out of its folder."""
    text = "/".join(parts)
    if "\0" in text:
        raise ImportRefused(f"The name {shown(text)!r} has a character in it that no name may have; give it another.")
    if PurePosixPath(text).is_absolute() or PureWindowsPath(text).drive or PureWindowsPath(text).root or ".." in parts:
        raise ImportRefused(
            f"The path {shown(text)!r} leads out of the archive, so nothing was imported; make it again from a folder."
        )
    named = tuple(unicodedata.normalize("NFC", part) for part in parts if part not in ("", "."))
    if len(named) > DEPTH or len(text) > PATH_LENGTH:
        raise ImportRefused(
            f"The path {shown(text)!r} goes through more than {DEPTH} folders, or has more than {PATH_LENGTH:,} "
            "characters; put the class folders at the top and make it again."
        )
    return named


def _read_file(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    with archive.open(info) as file:
        return file.read(most)
