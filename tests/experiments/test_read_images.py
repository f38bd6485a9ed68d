"""What becomes of an upload: what is understood of a good one, and the sentence that a bad one gets."""

from __future__ import annotations

import io
import stat
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image

from app.catalog import available, declared, paths
from app.catalog.families import FAMILIES
from app.catalog.pack import read_pack
from app.experiments import read_images
from app.experiments.job_process import Cancelled, Report
from app.images import pixels
from app.store import Store
from app.store.image_sets import UPLOAD
from tests.own_images import THREE, brought, found, pets, read, was_read, zip_bytes
from tests.pictures import encoded, picture, png

ANNE = "a" * 24


def refusal(store: Store, files: dict[str, bytes] | bytes) -> str:
    """The sentence that an upload is refused with; nothing of it stays."""
    set_id = brought(store, ANNE, files)
    assert read(store, set_id) == 1
    one = found(store, set_id)
    assert (one.state, one.job) == ("failed", "read")
    assert one.message.endswith(".") and "\n" not in one.message and "--" not in one.message
    assert not list(paths.own_folder(set_id).iterdir()), "nothing of it stays"
    return one.message


# ── good ones ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_understood_of_an_upload(store: Store) -> None:
    files = {f"top/{name}": content for name, content in pets(each=40).items()}
    files["top/ants/copy.png"] = files["top/ants/0.png"]
    files["top/ants/broken.png"] = b"no image"
    files["top/bees/empty.png"] = b""
    files |= {"top/read me.txt": b"hello", "__MACOSX/top/ants/._0.png": b"x", "top/.DS_Store": b"x"}
    set_id = was_read(store, ANNE, files)
    one = found(store, set_id)
    assert (one.job, one.state) == ("read", "finished")
    assert [(c["name"], c["learn"], c["test"]) for c in one.record["classes"]] == [(name, 32, 8) for name in THREE]
    assert (one.record["channels"], one.record["size"]) == (1, 28)
    assert one.record["repeated"] == 1
    assert one.record["damaged"] == [
        {"file": "top/ants/broken.png", "why": "is not an image, whatever its name says"},
        {"file": "top/bees/empty.png", "why": "is empty (0 bytes)"},
    ]
    assert one.record["aside"] == ["top/read me.txt"]
    assert not (paths.own_folder(set_id) / UPLOAD).exists(), "the zip is not kept"
    pack = read_pack(available.data_sets()[set_id].path)
    assert one.record["digest"] == pack.digest()
    assert pack.about["family"] == "own" and "a" * 24 not in str(pack.about)


def test_colour_stays_colour_and_cifar10s_names_are_names_like_others(store: Store) -> None:
    set_id = was_read(store, ANNE, pets(FAMILIES["cifar10"].classes, each=10, mode="RGB"))
    data = available.data_sets()[set_id]
    assert (data.channels, data.size, data.classes, data.family) == (3, 32, 10, set_id)
    assert data.mean != declared.DATA["cifar10"].mean


def test_a_split_of_ones_own_is_kept(store: Store) -> None:
    files = {f"train/{name}": content for name, content in pets(each=30).items()}
    files |= {f"test/{name}": content for name, content in pets(each=12, start=77).items()}
    one = found(store, was_read(store, ANNE, files))
    assert [(c["learn"], c["test"]) for c in one.record["classes"]] == [(30, 12)] * 3


def test_odd_pictures_are_read(store: Store) -> None:
    """16 bits, transparency, CMYK, turned by EXIF, animated: each becomes a picture like others."""
    files = pets(each=40, mode="RGB")
    deep = Image.fromarray(np.full((40, 40), 40_000, np.uint16))
    frames = [picture(1), picture(2)]
    exif = Image.Exif()
    exif[0x0112] = 6
    files |= {
        "ants/deep.png": encoded(deep),
        "ants/clear.png": encoded(picture(9001).convert("RGBA")),
        "bees/cmyk.jpg": encoded(picture(9002).convert("CMYK"), "JPEG"),
        "bees/turned.jpg": encoded(picture(9003), "JPEG", exif=exif),
        "wasps/moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
    }
    one = found(store, was_read(store, ANNE, files))
    assert one.record["damaged"] == [] and one.record["read"] == 125


def test_class_names_are_text(store: Store) -> None:
    names = ["<img src=x onerror=alert(1)>", "**b** :red[x]", "名前", "e" * 200]
    one = found(store, was_read(store, ANNE, pets(names, each=25)))
    shown = [c["name"] for c in one.record["classes"]]
    assert set(shown) == {names[0], names[1], names[2], "e" * 39 + "…"}


# ── bad ones ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_no_zip(store: Store) -> None:
    assert "Insects is neither a folder nor a complete zip" in refusal(store, b"this is not a zip")
    whole = zip_bytes(pets())
    assert "complete zip" in refusal(store, whole[: len(whole) // 2])
    assert "no image in it" in refusal(store, zip_bytes({"a/b.txt": b"x"}))


def test_too_many_images_or_classes(store: Store) -> None:
    assert "There are 11 class folders" in refusal(store, pets([f"c{i}" for i in range(11)], each=8))
    one = png(1, "L")
    many = {f"c{i % 2}/{i}.png": one for i in range(2001)}
    assert "There are 2,001 images in it, and 2,000 can be taken" in refusal(store, many)


def test_too_few(store: Store) -> None:
    assert "one class only" in refusal(store, pets(["ants"], each=90))
    assert "needs 80 in all" in refusal(store, pets(["ants", "bees"], each=30))
    few = {name: content for name, content in pets(each=40).items() if name not in {f"bees/{i}.png" for i in range(31)}}
    assert refusal(store, few).startswith("The class bees has 9 different images")
    same = {f"ants/{i}.png": png(1, "L") for i in range(60)} | pets(["bees", "wasps"], each=40)
    assert "The class ants has a single image" in refusal(store, same)


def test_classes_that_differ_in_capitals_only(store: Store) -> None:
    assert "differ in capitals only" in refusal(store, pets(["Ants", "ants", "bees"], each=30))


@pytest.mark.parametrize("name", ["../ants/1.png", "/etc/ants/1.png", "C:\\ants\\1.png", "a/../../b/1.png"])
def test_paths_that_lead_out_are_refused(store: Store, name: str) -> None:
    assert "leads out of the archive" in refusal(store, pets() | {name: png(1)})


def test_a_zip_bomb_is_refused_before_it_is_unpacked(store: Store) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in pets().items():
            archive.writestr(name, content)
        for i in range(3):
            archive.writestr(f"ants/bomb{i}.png", bytes(30_000_000))
    with zipfile.ZipFile(body) as archive:
        last = archive.infolist()[-1]
    raw = bytearray(body.getvalue())
    at = raw.rindex(b"PK\x01\x02")  # the last entry of the table of contents says that it unpacks to 3 GB
    struct.pack_into("<I", raw, at + 24, 3_000_000_000)
    assert last.filename == "ants/bomb2.png"
    assert "more than the 2.1 GB that are read" in refusal(store, bytes(raw))


def test_a_picture_of_too_many_pixels_is_left_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "PIXELS", 10_000)
    files = pets(each=40) | {"ants/huge.png": encoded(Image.new("L", (200, 100)))}
    one = found(store, was_read(store, ANNE, files))
    assert one.record["damaged"] == [
        {"file": "ants/huge.png", "why": "has 200 × 100 pixels, and no more than 10,000 pixels are read"}
    ]


def test_links_and_archives_inside_are_refused(store: Store) -> None:
    body = io.BytesIO(zip_bytes(pets()))
    with zipfile.ZipFile(body, "a") as archive:
        link = zipfile.ZipInfo("ants/link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert "is a link to somewhere else" in refusal(store, body.getvalue())
    assert "unpack it first" in refusal(store, pets() | {"ants/more.7z": b"7z"})


def test_a_full_disk_is_a_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(read_images, "write_pack", full)
    set_id = brought(store, ANNE, pets())
    assert read(store, set_id) == 1
    assert "disk of the server is full" in found(store, set_id).message


def test_what_was_cancelled_is_not_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    set_id = brought(store, ANNE, pets())
    store.jobs.set(set_id, state="running")
    monkeypatch.setattr("app.experiments.job_process.SAY_SECONDS", 0.0)
    report = Report(set_id, "read")
    store.images.remove(set_id, ANNE)
    paths.own_folder(set_id).mkdir(parents=True)
    (paths.own_folder(set_id) / UPLOAD).write_bytes(zip_bytes(pets()))
    with pytest.raises(Cancelled):
        read_images.read(set_id, report)
    assert not (paths.own_folder(set_id) / "images.npz").exists()
