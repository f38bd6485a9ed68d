"""Hostile and broken folders and zips: each is refused with one sentence that says what to do, and leaves nothing."""

from __future__ import annotations

import errno
import os
import struct
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from app.images import pixels, sources
from app.images.layouts import opened
from app.images.pixels import read_images
from tests.own_images import zip_bytes
from tests.pictures import class_files, encoded, folder, imported, picture, png, refused, zipped

TWO = ("cats", "dogs")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


# ── paths that lie ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.png",
        "cats/../../evil.png",
        "/etc/evil.png",
        "C:/evil.png",
        "C:evil.png",
        "cats\\..\\..\\evil.png",
        "\\\\server\\share\\evil.png",
        "//server/share/evil.png",
        "..\\evil.png",
        "notes/../../readme.txt",
    ],
)
def test_paths_that_climb_out_are_refused(tmp_path: Path, home: Path, name: str) -> None:
    path = zipped(tmp_path / "z.zip", [*class_files(TWO).items(), (name, png(999))])
    assert "leads out of the archive" in refused(path, home)
    assert not list(tmp_path.rglob("*evil*"))


def test_a_name_with_a_nul_is_refused_for_what_it_is(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO) | {"cats/aXb.png": png(9)})
    path.write_bytes(path.read_bytes().replace(b"cats/aXb.png", b"cats/a\0b.png"))
    assert "'cats/ab.png' has a character in it that no name may have" in refused(path, home)


def test_links_in_a_zip_are_refused(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO))
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("cats/link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "is a link" in refused(path, home)


def test_links_in_a_folder_are_refused(tmp_path: Path, home: Path) -> None:
    secret = folder(tmp_path / "secret", {"s.png": png(1)})
    for target, link in ((secret / "s.png", "cats/link.png"), (secret, "owls"), (tmp_path / "gone", "cats/gone.png")):
        source = folder(tmp_path / link.replace("/", "-"), class_files(TWO))
        try:
            (source / link).symlink_to(target, target_is_directory=target.is_dir())
        except OSError:
            pytest.skip("links need a right on this Windows")
        assert "is a link" in refused(source, home)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_does_not_block(tmp_path: Path, home: Path) -> None:
    source = folder(tmp_path / "pets", class_files(TWO))
    os.mkfifo(source / "cats" / "pipe.png")
    assert "not an ordinary file" in refused(source, home)


def test_unreadable_files_and_folders_are_refused(tmp_path: Path, home: Path) -> None:
    source = folder(tmp_path / "pets", class_files(TWO))
    locked = source / "cats" / "0.png"
    locked.chmod(0)
    try:
        if os.access(locked, os.R_OK):
            pytest.skip("this user may read everything")
        assert "may not be read by you" in refused(source, home)
    finally:
        locked.chmod(0o600)


def test_what_the_system_forbids_is_told(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = folder(tmp_path / "pets", class_files(TWO))

    def forbidden(path: Path, most: int) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(sources, "_read_file", forbidden)
    assert "may not be read by you" in refused(source, home)

    def unlistable(*arguments: object, onerror: Callable[[OSError], None], **options: object) -> list[object]:
        onerror(PermissionError(errno.EACCES, "Permission denied", "cats"))
        return []

    monkeypatch.setattr(os, "walk", unlistable)
    assert "The folder cats may not be read" in refused(source, home)


@pytest.mark.parametrize("under", ["d/" * 29, "d/" * 8000, "d" * 995 + "/"], ids=["deep", "very deep", "long"])
def test_paths_that_are_too_deep_or_long_to_work_out_are_refused(tmp_path: Path, home: Path, under: str) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO, 100, under=under))
    assert "goes through more than 30 folders, or has more than 1,000 characters" in refused(path, home)
    fine = zipped(tmp_path / "fine.zip", class_files(TWO, 4, under="d/" * 28))
    with opened(fine) as contents:
        assert contents.classes == list(TWO)


# ── bombs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_zip_of_100000_files_is_refused_at_once(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(100_000):
            archive.filelist.append(_directory_entry(f"c{i % 2}/{i}.png"))
        archive._didModify = True  # type: ignore[attr-defined]  # so that its table of contents is written
    start = time.process_time()
    assert "It holds 100,000 files, more than the 80,000" in refused(path, home)
    assert time.process_time() - start < 1


def _directory_entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.file_size = info.compress_size = info.header_offset = info.CRC = 0
    return info


def test_a_lying_count_does_not_help(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ENTRIES", 9)
    path = zipped(tmp_path / "z.zip", class_files(TWO))
    assert "It holds 10 files" in refused(path, home)
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x05\x06")
    raw[at + 8 : at + 12] = struct.pack("<HH", 2, 2)
    path.write_bytes(raw)
    assert "It holds 10 files" in refused(path, home)
    source = folder(tmp_path / "pets", class_files(TWO))
    assert "more than" in refused(source, home)
    monkeypatch.setattr(sources, "DIRECTORY_BYTES", 10)
    assert "table of contents" in refused(path, home)


def test_60000_entries_pass_the_limit() -> None:
    assert sources.ENTRIES > 60_022


def test_a_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "FILE_BYTES", 100_000)
    bomb = png(1) + bytes(1_000_000)  # deflates a thousandfold
    path = zipped(tmp_path / "bomb.zip", class_files(TWO) | {"cats/bomb.png": bomb}, level=9)
    assert path.stat().st_size < 100_000
    assert "are read" in refused(path, home)
    assert "are read" in refused(folder(tmp_path / "b", class_files(TWO) | {"cats/bomb.png": bomb}), home)


def test_a_file_that_lies_about_its_size_is_read_no_further_than_the_limit(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", class_files(TWO) | {"cats/zz.png": png(1) + bytes(1_000_000)}, level=9)
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):  # uncompressed size in both headers
        at = raw.rfind(b"cats/zz.png") if signature == b"PK\x01\x02" else raw.find(b"cats/zz.png")
        header = raw.rfind(signature, 0, at)
        raw[header + offset : header + offset + 4] = struct.pack("<I", 5000)
    path.write_bytes(raw)
    assert "damaged inside the zip" in refused(path, home)


def test_a_zip_that_says_it_unpacks_to_terabytes_is_refused(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", class_files(TWO, each=9))
    raw = path.read_bytes()
    pieces = raw.split(b"PK\x01\x02")
    huge = [piece[:20] + struct.pack("<I", 0xF0000000) + piece[24:] for piece in pieces[1:]]
    path.write_bytes(b"PK\x01\x02".join([pieces[0], *huge]))
    assert "unpacks to" in refused(path, home)


def huge_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [7_000, 12_000, 60_000])
def test_images_of_huge_dimensions_are_refused(tmp_path: Path, home: Path, side: int) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO) | {"cats/huge.png": huge_png(side, side)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "are read" in refused(path, home)


# ── damage ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_truncated_zips_are_refused(tmp_path: Path, home: Path) -> None:
    whole = zipped(tmp_path / "whole.zip", class_files(TWO)).read_bytes()
    path = tmp_path / "cut.zip"
    for length in (0, 4, 1000, len(whole) // 2, len(whole) - 30, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert "download or make it again" in refused(path, home), length
    middle = len(whole) // 3
    path.write_bytes(whole[:middle] + whole[middle + 500 :])  # a piece is missing, its ends are there
    assert refused(path, home)
    path.write_bytes(whole[:middle] + bytes(200) + whole[middle + 200 :])
    assert refused(path, home)


def test_encrypted_zips_are_refused(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO))
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = raw.find(signature)
        while at >= 0:
            raw[at + offset] |= 1
            at = raw.find(signature, at + 4)
    path.write_bytes(raw)
    assert "without a password" in refused(path, home)


def test_an_unknown_compression_is_refused(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO))
    raw = bytearray(path.read_bytes())
    raw[raw.find(b"PK\x01\x02") + 10] = 99
    path.write_bytes(raw)
    assert refused(path, home)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"hello, I am no image", "is not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is not an image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is not an image"),
        (png(3)[:200], "cannot be read"),
        (encoded(picture(3), "JPEG")[:300], "cannot be read"),
    ],
)
def test_what_is_no_image_is_refused_or_skipped(tmp_path: Path, home: Path, content: bytes, why: str) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO) | {"cats/odd.png": content})
    sentence = refused(path, home)
    assert f"cats/odd.png {why}" in sentence
    assert "--skip-damaged" in sentence
    result = imported(path, skip_damaged=True)
    assert list(result.damaged) == ["cats/odd.png"]
    assert len(result.pack.images) == 10


def test_when_skipping_leaves_too_little(tmp_path: Path, home: Path) -> None:
    bad = {f"{name}/{i}.png": b"no" for name in TWO for i in range(3)}
    assert "None of its images can be read" in refused(zipped(tmp_path / "z.zip", bad), home, skip_damaged=True)
    path = zipped(tmp_path / "y.zip", bad | class_files(("dogs",)))
    assert "The class cats has no images that can be read" in refused(path, home, skip_damaged=True)
    same = class_files(("dogs",)) | {f"cats/{i}.png": png(1) for i in range(4)}
    assert "The class cats has a single image" in refused(zipped(tmp_path / "x.zip", same), home)


# ── folders that make no sense ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"readme.txt": b"hi", "cats/notes.md": b"hi"}, "no image in it"),
        ({"cats/": b"", "dogs/": b""}, "no image in it"),
        (class_files(["cats"]), "one class only (cats)"),
        (class_files(["cats"], under="train/") | class_files(["cats"], under="test/"), "one class only"),
        ({f"{i}.png": png(i) for i in range(5)}, "All images are in one folder"),
        ({f"{part}/{i}.png": png(i) for part in ("train", "test") for i in range(5)}, "no class folders in test/ and"),
        (class_files([f"class{i}" for i in range(11)], each=2), "There are 11 class folders"),
        (class_files(TWO) | {"cats/inner.zip": b"PK\x03\x04"}, "cats/inner.zip is neither a folder nor a complete zip"),
        (class_files(TWO) | {"cats/in.zip": zip_bytes({"more.zip": zip_bytes({})})}, "holds a zip again (more.zip)"),
        (class_files(TWO) | {"cats/inner.rar": b"Rar!"}, "unpack it first"),
        (class_files(TWO) | {"more.TAR.GZ": b""}, "unpack it first"),
        (class_files(TWO) | {"owls/1.png": png(900)}, "The class owls has a single image"),
        (class_files(TWO, under="train/") | class_files(["cats"], under="test/"), "dogs has no images to test on"),
        (class_files(["cats"], under="train/") | class_files(TWO, under="test/"), "dogs has no images to learn from"),
        (class_files(TWO, under="train/") | class_files(TWO, under="spare/"), "use one layout"),
        (class_files(TWO) | {"a/b/c/d.png": png(900)}, "The class a has a single image"),
    ],
)
def test_layouts_that_make_no_sense_are_refused(tmp_path: Path, home: Path, files: dict[str, bytes], why: str) -> None:
    assert why in refused(zipped(tmp_path / "z.zip", files), home)
    made = {name: raw for name, raw in files.items() if not name.endswith("/")}
    source = folder(tmp_path / "z", made)
    source.mkdir(exist_ok=True)
    assert why in refused(source, home)


def test_duplicate_names_are_refused(tmp_path: Path, home: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = zipped(tmp_path / "z.zip", [*class_files(TWO).items(), ("cats/0.png", png(900))])
    assert "cats/0.png is there twice" in refused(path, home)
    composed = {"cats/\u00e9.png": png(901), "cats/e\u0301.png": png(902)}
    assert "is there twice" in refused(zipped(tmp_path / "y.zip", class_files(TWO) | composed), home)


def test_litter_and_other_files_are_left_aside(tmp_path: Path) -> None:
    extra = {"__MACOSX/cats/._0.png": b"x", "cats/.DS_Store": b"x", "cats/Thumbs.db": b"x", "LICENSE": b"x"}
    extra |= {"cats/._1.png": b"x", "cats/list.csv": b"x"}
    result = imported(zipped(tmp_path / "z.zip", class_files(TWO) | extra))
    assert sorted(result.aside) == ["LICENSE", "cats/list.csv"]


def test_what_is_neither_folder_nor_zip(tmp_path: Path, home: Path) -> None:
    assert "check the path" in refused(tmp_path / "gone", home)
    (tmp_path / "x.zip").write_bytes(b"\x1f\x8b" + bytes(500))
    assert "neither a folder nor a complete zip" in refused(tmp_path / "x.zip", home)
    (tmp_path / "empty").mkdir()
    assert "no image in it" in refused(tmp_path / "empty", home)
    assert "no image in it" in refused(zipped(tmp_path / "none.zip", {}), home)


def test_nothing_is_read_before_the_whole_table_is_checked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO))
    with opened(path) as contents:
        read = read_images(contents)
        assert (len(read.images), read.kept.tolist(), read.damaged, read.notes) == (10, list(range(10)), {}, [])
        progress: list[int] = []
        read_images(contents, seen=progress.append)
        assert progress[-1] == 10
