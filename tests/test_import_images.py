"""Importing folders and zips: what comes out, and every hostile input refused with a sentence that says what to do."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import time
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import catalog, image_folders, import_images, packs
from app.catalog import CIFAR10_CLASSES, DATA
from app.image_folders import ImportRefused, class_name, opened, read_images, shown
from app.packs import image_hashes, read_about, read_pack
from tests.pictures import class_files, encoded, folder, picture, png, zipped

TWO = ("cats", "dogs")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "home"))
    with_teachers(monkeypatch, "mnist")
    return tmp_path / "home"


def imported(path: Path, **options: object) -> import_images.Imported:
    return import_images.import_images(path, **options)  # type: ignore[arg-type]


def refused(path: Path, home: Path, **options: object) -> str:
    """The sentence with which an import is refused; it must leave nothing behind."""
    with pytest.raises(ImportRefused) as caught:
        imported(path, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert len(sentence) < 400
    assert not list(home.rglob("*.npz")) or "already" in sentence
    assert not list(home.rglob("*.part"))
    return sentence


# ── what comes out ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_zip_of_class_folders_becomes_a_set(tmp_path: Path) -> None:
    files = class_files(TWO, each=10)
    result = imported(zipped(tmp_path / "Haustiere & Co.zip", files))
    assert result.id == "own-haustiere-co"
    pack = read_pack(catalog.home() / "data" / "own-haustiere-co.npz")
    assert pack.classes == list(TWO)
    assert pack.images.shape == (20, 3, 32, 32)
    assert np.bincount(pack.labels[pack.test]).tolist() == [2, 2]
    assert np.bincount(pack.labels[pack.pool]).tolist() == [8, 8]
    expected = {image.tobytes(): name for name, image in ((n, np.asarray(_opened(raw))) for n, raw in files.items())}
    for image, label in zip(pack.images, pack.labels, strict=True):
        assert expected[image.transpose(1, 2, 0).tobytes()].startswith(TWO[label])


def _opened(raw: bytes) -> Image.Image:
    import io

    return Image.open(io.BytesIO(raw))


def test_folder_zip_and_any_order_give_the_same_pack(tmp_path: Path) -> None:
    files = class_files(TWO, each=8)
    backwards = dict(reversed(files.items()))
    one = imported(folder(tmp_path / "pets", files), name="one").pack
    two = imported(zipped(tmp_path / "pets.zip", backwards), name="two").pack
    wrapped = imported(zipped(tmp_path / "w.zip", {f"a/b/{n}": raw for n, raw in files.items()}, level=6)).pack
    assert one.digest() == two.digest() == wrapped.digest()


def test_train_and_test_folders_are_kept_and_overlaps_left_out(tmp_path: Path) -> None:
    train, test = class_files(TWO, 6, under="train/"), class_files(TWO, 3, under="test/")
    train["train/cats/copy.png"] = test["test/cats/0.png"]
    pack = imported(zipped(tmp_path / "pets.zip", train | test)).pack
    assert (len(pack.pool), len(pack.test)) == (12, 6)
    hashes = image_hashes(pack.images)
    assert not set(hashes[pack.pool].tolist()) & set(hashes[pack.test].tolist())


def test_grey_sets_become_28_pixels_of_grey_and_one_colour_makes_all_rgb(tmp_path: Path) -> None:
    grey = class_files(TWO, mode="L")
    grey["cats/as-rgb.png"] = encoded(picture(77, "L").convert("RGB"))
    pack = imported(zipped(tmp_path / "grey.zip", grey)).pack
    assert pack.images.shape[1:] == (1, 28, 28)
    assert (pack.about["channels"], pack.about["size"]) == (1, 28)
    assert imported(zipped(tmp_path / "mixed.zip", grey | {"dogs/x.png": png(5)})).pack.images.shape[1:] == (3, 32, 32)
    jpegs = {f"{name}.jpg": encoded(picture(i), "JPEG") for i, name in enumerate(grey)}
    assert imported(zipped(tmp_path / "jpeg.zip", jpegs)).pack.images.shape[1:] == (3, 32, 32)


def one_image(tmp_path: Path, content: bytes, mode: str = "RGB", side: int = 32) -> np.ndarray:
    path = tmp_path / "x.png"
    path.write_bytes(content)
    entry = image_folders.Entry(("a", "x.png"), len(content), path.read_bytes)
    return image_folders.pixels(entry, mode, side)


def test_unusual_pixels(tmp_path: Path) -> None:
    exact = picture(1)
    for kind in ("PNG", "BMP", "PPM", "TIFF"):
        assert np.array_equal(one_image(tmp_path, encoded(exact, kind)), np.asarray(exact).transpose(2, 0, 1)), kind
    for kind in ("JPEG", "WEBP", "GIF"):
        assert one_image(tmp_path, encoded(exact, kind)).shape == (3, 32, 32)

    see_through = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    assert (one_image(tmp_path, encoded(see_through)) == 255).all()
    grey_see_through = Image.new("LA", (32, 32), (0, 0))
    assert (one_image(tmp_path, encoded(grey_see_through), "L", 28) == 255).all()
    palette = picture(2).quantize(8)
    palette.info["transparency"] = 0
    assert one_image(tmp_path, encoded(palette, transparency=0)).shape == (3, 32, 32)

    deep = Image.fromarray(np.full((32, 32), 0x80FF, np.uint16))
    assert (one_image(tmp_path, encoded(deep), "L", 28) == 0x80).all()
    cmyk = one_image(tmp_path, encoded(Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "JPEG", quality=95))
    assert cmyk[0].min() > 200
    assert cmyk[1:].max() < 60
    bits = Image.new("1", (28, 28), 1)
    assert (one_image(tmp_path, encoded(bits), "L", 28) == 255).all()

    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    animated = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert one_image(tmp_path, animated)[:, 0, 0].tolist() == [255, 0, 0]

    wide = Image.new("RGB", (300, 100), "blue")
    wide.paste((255, 255, 255), (80, 0, 220, 100))
    assert (one_image(tmp_path, encoded(wide)) == 255).all()  # the middle square
    upright = Image.new("RGB", (32, 32), "black")
    upright.paste((255, 255, 255), (0, 0, 32, 16))  # white above
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by 180 degrees
    turned = one_image(tmp_path, encoded(upright, "JPEG", exif=exif))
    assert turned[:, :10].max() < 60
    assert turned[:, 22:].min() > 200
    big = one_image(tmp_path, encoded(Image.new("RGB", (1600, 1200), (10, 200, 30)), "JPEG"))
    assert abs(big.astype(int) - np.array([10, 200, 30])[:, None, None]).max() < 6
    with pytest.raises(ImportRefused, match="floating-point"):
        one_image(tmp_path, encoded(Image.new("F", (32, 32)), "TIFF"))


def test_at_most_4000_and_2000_are_kept_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = catalog.DataSet(**{**DATA["cifar10"].__dict__, "pool": 9, "test": 6})
    monkeypatch.setattr(import_images, "CIFAR10", small)
    pack = imported(zipped(tmp_path / "pets.zip", class_files(("a", "b", "c"), each=20))).pack
    assert np.bincount(pack.labels[pack.pool]).tolist() == [3, 3, 3]
    assert np.bincount(pack.labels[pack.test]).tolist() == [2, 2, 2]


def test_repeated_images_are_taken_once(tmp_path: Path) -> None:
    files = class_files(TWO, each=6)
    files |= {f"cats/copy{i}.png": files["cats/0.png"] for i in range(5)}
    result = imported(zipped(tmp_path / "pets.zip", files))
    assert result.repeated == 5
    assert len(result.pack.images) == 12


# ── CIFAR-10 ─────────────────────────────────────────────────────────────────────────────────────────────────────


def cifar_copy(tmp_path: Path, each: int = 6, test: int = 3) -> Path:
    files = class_files(CIFAR10_CLASSES, each, under="train/") | class_files(CIFAR10_CLASSES, test, under="test/")
    return zipped(tmp_path / "copy.zip", files)


def test_a_copy_of_cifar10_is_offered_as_cifar10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = catalog.DataSet(**{**DATA["cifar10"].__dict__, "pool": 40, "test": 20})
    monkeypatch.setattr(import_images, "CIFAR10", small)
    result = imported(cifar_copy(tmp_path))
    assert result.id == "cifar10"
    about = read_about(DATA["cifar10"].path)
    assert about["note"] == "imported from a folder or zip, e.g. a JPEG copy; not checked against the original files"
    assert about["origin"] == "import"
    assert result.pack.classes == list(CIFAR10_CLASSES)
    assert catalog.imported() == {}
    assert "There is a set cifar10 already" in refused(cifar_copy(tmp_path), catalog.home())
    assert imported(cifar_copy(tmp_path), replace_it=True).id == "cifar10"


def test_too_few_images_of_cifars_classes_are_a_set_of_their_own_with_its_teacher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = imported(cifar_copy(tmp_path))
    assert result.id == "own-copy"
    data = with_teachers(monkeypatch, "cifar10")["own-copy"]
    assert data.family == "cifar10"
    assert data.mean == DATA["cifar10"].mean
    assert "no teacher" not in data.words


# ── the catalog ──────────────────────────────────────────────────────────────────────────────────────────────────


def with_teachers(monkeypatch: pytest.MonkeyPatch, *families: str) -> dict[str, catalog.DataSet]:
    entries = {f: catalog.TeacherEntry(f, f, f, f, "", (1, 1, 1), 2, 3, 1, 0.9, "", {}) for f in families}
    monkeypatch.setattr(catalog, "teachers", lambda: entries)
    catalog._imported.cache_clear()
    return catalog.imported()


def test_the_catalog_lists_imported_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_teachers(monkeypatch, "cifar10") == {}
    imported(zipped(tmp_path / "pets.zip", class_files(TWO, each=10)), name="Our pets")
    (data,) = with_teachers(monkeypatch, "cifar10").values()
    assert (data.id, data.name, data.channels, data.size, data.pool, data.test) == (
        "own-our-pets",
        "Our pets",
        3,
        32,
        16,
        4,
    )
    assert data.words == "imported: cats, dogs; no teacher for these classes yet"
    assert data.path.exists()
    assert data.here
    assert not data.embedded
    pool = read_pack(data.path)
    assert data.mean == pytest.approx((pool.images[pool.pool] / 255).mean(axis=(0, 2, 3)), abs=1e-3)
    assert list(catalog.data_sets()) == [*DATA, "own-our-pets"]

    imported(zipped(tmp_path / "pets.zip", class_files(("owls", "rats"), each=5)), name="Our pets", replace_it=True)
    assert "owls" in catalog.imported()["own-our-pets"].words  # read anew

    damaged = catalog.home() / "data" / "own-broken.npz"
    damaged.write_bytes(b"PK")
    packs.write_pack(damaged.with_name("own-odd.npz"), packs.Pack(*_empty(), {"classes": "x", "family": 3}))
    assert list(catalog.imported()) == ["own-our-pets"]


def _empty() -> tuple[packs.Uint8, packs.Uint8, packs.Uint8]:
    return np.zeros((0, 1, 2, 2), np.uint8), np.zeros(0, np.uint8), np.zeros(0, np.uint8)


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


def test_a_name_with_a_nul_is_refused(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO) | {"cats/aXb.png": png(9)})
    path.write_bytes(path.read_bytes().replace(b"cats/aXb.png", b"cats/a\0b.png"))
    assert refused(path, home)


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

    def forbidden(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(image_folders, "_read_file", forbidden)
    assert "may not be read by you" in refused(source, home)

    def unlistable(*arguments: object, onerror: Callable[[OSError], None], **options: object) -> list[object]:
        onerror(PermissionError(errno.EACCES, "Permission denied", "cats"))
        return []

    monkeypatch.setattr(os, "walk", unlistable)
    assert "The folder cats may not be read" in refused(source, home)


# ── bombs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_zip_of_100000_files_is_refused_at_once(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(100_000):
            archive.filelist.append(_directory_entry(f"c{i % 2}/{i}.png"))
        archive._didModify = True  # type: ignore[attr-defined]  # so that its table of contents is written
    start = time.perf_counter()
    assert "It holds 100,000 files, more than the 80,000" in refused(path, home)
    assert time.perf_counter() - start < 1


def _directory_entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.file_size = info.compress_size = info.header_offset = info.CRC = 0
    return info


def test_a_lying_count_does_not_help(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_folders, "ENTRIES", 9)
    path = zipped(tmp_path / "z.zip", class_files(TWO))
    assert "It holds 10 files" in refused(path, home)
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x05\x06")
    raw[at + 8 : at + 12] = struct.pack("<HH", 2, 2)
    path.write_bytes(raw)
    assert "It holds 10 files" in refused(path, home)
    source = folder(tmp_path / "pets", class_files(TWO))
    assert "more than" in refused(source, home)
    monkeypatch.setattr(image_folders, "DIRECTORY_BYTES", 10)
    assert "table of contents" in refused(path, home)


def test_60000_entries_pass_the_limit() -> None:
    assert image_folders.ENTRIES > 60_022


def test_a_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_folders, "FILE_BYTES", 100_000)
    bomb = png(1) + bytes(1_000_000)  # deflates a thousandfold
    path = zipped(tmp_path / "bomb.zip", class_files(TWO) | {"cats/bomb.png": bomb}, level=9)
    assert path.stat().st_size < 100_000
    assert "save it smaller" in refused(path, home)
    assert "save it smaller" in refused(folder(tmp_path / "b", class_files(TWO) | {"cats/bomb.png": bomb}), home)


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
        assert "save it smaller" in refused(path, home)


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
    assert result.damaged == ["cats/odd.png"]
    assert len(result.pack.images) == 10


def test_when_skipping_leaves_too_little(tmp_path: Path, home: Path) -> None:
    bad = {f"{name}/{i}.png": b"no" for name in TWO for i in range(3)}
    assert "None of its images can be read" in refused(zipped(tmp_path / "z.zip", bad), home, skip_damaged=True)
    path = zipped(tmp_path / "y.zip", bad | class_files(("dogs",)))
    assert "the class cats has none left" in refused(path, home, skip_damaged=True)
    same = class_files(("dogs",)) | {f"cats/{i}.png": png(1) for i in range(4)}
    assert "the class cats has none left to learn from" in refused(zipped(tmp_path / "x.zip", same), home)


# ── folders that make no sense ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"readme.txt": b"hi", "cats/notes.md": b"hi"}, "no image in it"),
        ({"cats/": b"", "dogs/": b""}, "no image in it"),
        (class_files(["cats"]), "one class only (cats)"),
        (class_files(["cats"], under="train/") | class_files(["cats"], under="test/"), "one class only"),
        ({f"{i}.png": png(i) for i in range(5)}, "move it into its class's folder"),
        (class_files(TWO) | {"lost.png": png(900)}, "lost.png is not in"),
        (class_files([f"class{i}" for i in range(11)], each=2), "There are 11 class folders"),
        (class_files(TWO) | {"cats/inner.zip": b"PK\x03\x04"}, "unpack it first"),
        (class_files(TWO) | {"more.TAR.GZ": b""}, "unpack it first"),
        (class_files(TWO) | {"owls/1.png": png(900)}, "The class owls has a single image"),
        (class_files(TWO, under="train/") | class_files(["cats"], under="test/"), "dogs has no image below test/"),
        (class_files(["cats"], under="train/") | class_files(TWO, under="test/"), "dogs has no image below train/"),
        (class_files(TWO, under="train/") | class_files(TWO, under="spare/"), "use one layout"),
        (class_files(TWO) | class_files(["owls"], under="birds/"), "use one layout"),
        (class_files(TWO) | {"a/b/c/d.png": png(900)}, "a/b/c/d.png is not in"),
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


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_names_stay_text(tmp_path: Path) -> None:
    names = [
        "<b>bold</b>",
        "<script>alert(1)<|script>",
        "e\u0301le\u0300ve",
        "猫 🐈",
        "a\u202egnp",
        "x" * 90,
        "$T^2$ `rm`",
    ]
    result = imported(zipped(tmp_path / "z.zip", class_files([name.replace("</", "<|") for name in names], each=2)))
    classes = result.pack.classes
    assert "<b>bold<|b>" in classes
    assert unicodedata.normalize("NFC", "e\u0301le\u0300ve") in classes
    assert "猫 🐈" in classes
    assert "agnp" in classes
    assert "x" * 39 + "…" in classes
    assert all(len(name) <= 40 and unicodedata.is_normalized("NFC", name) for name in classes)


def test_class_names_that_would_look_the_same_are_refused(tmp_path: Path, home: Path) -> None:
    for one, other in (("x" * 50, "x" * 51), ("cats", "ca\u200bts")):
        path = zipped(tmp_path / "z.zip", class_files([one, other]))
        assert "Two class folders would both be called" in refused(path, home)


def test_shown_text_cannot_steer_a_terminal() -> None:
    assert shown("a\x1b[2J\x07\nb\u2028c\ud800\u202e") == "a[2Jbc"
    assert shown("y" * 100, 10) == "y" * 9 + "…"
    assert class_name("\x00\x01") == "?"


def test_numbered_classes_keep_their_order(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files([str(i) for i in (10, 9, 2, 1)], each=2))
    assert imported(path).pack.classes == ["1", "2", "9", "10"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Our Pets", "our-pets"),
        ("../../etc/passwd", "etc-passwd"),
        ("Äpfel & Birnen", "apfel-birnen"),
        ("con", "con"),
        ("a" * 99, "a" * 40),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert import_images.slug(name) == slug


def test_a_name_without_letters_gets_a_slug_all_the_same() -> None:
    assert len(import_images.slug("猫")) == 8
    assert import_images.slug("猫") != import_images.slug("犬")


def test_a_set_is_not_replaced_unasked(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "pets.zip", class_files(TWO))
    imported(path)
    sentence = refused(path, home)
    assert "There is a set own-pets already (imported from pets.zip)" in sentence
    assert "--name" in sentence
    assert "--replace" in sentence
    imported(path, name="others")
    (home / "data" / "own-pets.npz").write_bytes(b"broken")
    assert "a damaged file" in refused(path, home)
    imported(path, replace_it=True)
    assert read_pack(home / "data" / "own-pets.npz").classes == list(TWO)


# ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_command_line_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = zipped(tmp_path / "pets.zip", class_files(TWO, each=10) | {"notes.txt": b"x"})
    assert import_images.main(["--list"]) == 0
    assert "Nothing has been imported" in capsys.readouterr().out
    assert import_images.main([str(path), "--list"]) == 0
    out = capsys.readouterr().out
    assert "20 images in 2 classes; nothing was imported." in out
    assert "cats: 10" in out
    assert not (catalog.home() / "data").exists()
    assert import_images.main([str(path)]) == 0
    out = capsys.readouterr().out
    assert "Imported as own-pets: 16 images to learn from and 4 to test on, 32×32 RGB, of 20 read." in out
    assert "1 other files were left aside, for example notes.txt." in out
    assert "No teacher knows these classes yet" in out
    assert import_images.main(["--list"]) == 0
    assert "own-pets: pets" in capsys.readouterr().out
    assert import_images.main([str(path)]) == 1
    assert "already" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        import_images.main([])


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full, so nothing was imported"),
        (PermissionError(errno.EACCES, "Permission denied"), "Nothing was imported"),
        (KeyboardInterrupt(), "Stopped; nothing was imported."),
    ],
)
def test_a_write_that_fails_leaves_nothing(
    tmp_path: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    sentence: str,
) -> None:
    def fails(file: object, **arrays: object) -> None:
        raise error

    monkeypatch.setattr(np, "savez", fails)
    assert import_images.main([str(zipped(tmp_path / "pets.zip", class_files(TWO)))]) == 1
    assert sentence in capsys.readouterr().err
    assert not [file for file in home.rglob("*") if file.is_file()]


def test_it_runs_as_a_module_without_torch(tmp_path: Path) -> None:
    path = zipped(tmp_path / "pets.zip", class_files(TWO))
    code = (
        "import sys; from app.import_images import main; status = main(sys.argv[1:]); "
        "assert not {'torch', 'streamlit'} & set(sys.modules); sys.exit(status)"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}  # a console that knows no ×
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"own-pets" in done.stdout


def test_nothing_is_read_before_the_whole_table_is_checked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "z.zip", class_files(TWO))
    with opened(path) as contents:
        images, kept, damaged = read_images(contents)
        assert (len(images), kept.tolist(), damaged) == (10, list(range(10)), [])
        progress: list[int] = []
        read_images(contents, seen=progress.append)
        assert progress[-1] == 10
