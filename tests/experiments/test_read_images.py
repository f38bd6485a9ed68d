"""What becomes of an upload: what is understood of a good one, and the sentence that a bad one gets."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.catalog import available, declared, paths
from app.catalog.families import FAMILIES
from app.catalog.pack import read_pack
from app.experiments import own_images, read_images
from app.experiments.job_process import Cancelled, Report
from app.images import pixels
from app.store import DiskFull, Store, StoreError, files, reserve
from app.store.image_sets import PREVIEW, UPLOAD
from app.store.models import NotYours
from tests.own_images import THREE, brought, found, pets, read, was_previewed, was_read, zip_bytes
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


def asked(store: Store, files: dict[str, bytes]) -> str:
    """What has to be decided, or is in the way, before an upload can be used; it is not used before that."""
    one = found(store, was_previewed(store, ANNE, files))
    questions = " ".join(own_images.open_questions(one.record))
    with pytest.raises(StoreError, match=re.escape(questions)):
        own_images.use(store, one)
    store.images.remove(one.id, ANNE)
    return questions


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
    assert "preview" not in one.record and not (paths.own_folder(set_id) / PREVIEW).exists()
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


# ── what the learner decides ─────────────────────────────────────────────────────────────────────────────────────


def test_what_was_decided_is_kept_and_done(store: Store) -> None:
    files = pets(each=40) | {"ants/a.png": png(901, "L"), "bees/b.png": png(901, "L"), "moths/": b""}
    files |= {f"flies/{i}.png": png(950 + i, "L") for i in range(4)}
    set_id = was_previewed(store, ANNE, files)
    one = found(store, set_id)
    assert one.record["preview"]["unusable"] == {
        "flies": "has 4 different images, and every class needs 10",
        "moths": "has no images",
    }
    assert (one.record["preview"]["several"], one.record["preview"]["several_of"]) == (1, ["ants", "bees"])
    assert set_id not in available.data_sets(), "nobody can train with it yet"
    assert own_images.open_questions(one.record) == [
        "Say whether to go on without flies and moths.",
        "Say what becomes of the images that are in two classes.",
    ]
    said = {"names": {"ants": "Ameisen ", "wasps": "  "}, "left_out": ["flies", "moths"], "both": "bees"}
    own_images.choose(store, one, said)
    assert found(store, set_id).record["choices"] == said, "a reload finds it again"
    own_images.use(store, found(store, set_id))
    one = found(store, set_id)
    assert [(c["name"], c["learn"] + c["test"]) for c in one.record["classes"]] == [
        ("Ameisen", 40),
        ("bees", 41),
        ("wasps", 40),
    ]
    assert one.record["several"] == 1 and not (paths.own_folder(set_id) / PREVIEW).exists()
    with pytest.raises(StoreError, match="Bring them again"):
        own_images.use(store, replace(one, record=one.record | {"preview": {"unusable": {}, **ENOUGH}}))


ENOUGH = {"classes": [{"name": "a", "images": 50}, {"name": "b", "images": 50}], "several": 0, "different": 100}


@pytest.mark.parametrize(("both", "counts"), [("", [40, 40]), ("ants", [55, 40]), ("bees", [40, 55])])
def test_pictures_in_two_classes_go_where_the_learner_says(store: Store, both: str, counts: list[int]) -> None:
    shared = {f"{name}/s{i}.png": png(300 + i, "L") for name in ("ants", "bees") for i in range(15)}
    set_id = was_previewed(store, ANNE, pets(["ants", "bees"], each=40) | shared)
    one = found(store, set_id)
    assert one.record["preview"]["several"] == 15
    own_images.choose(store, one, {"both": both})
    own_images.use(store, found(store, set_id))
    assert [c["learn"] + c["test"] for c in found(store, set_id).record["classes"]] == counts


@pytest.mark.parametrize(
    ("names", "sentence"),
    [({"ants": "Bees"}, "Two classes would be called"), ({"ants": "X", "bees": "x"}, "Two classes would be called")],
)
def test_names_that_would_be_one_are_refused_and_nothing_is_lost(
    store: Store, names: dict[str, str], sentence: str
) -> None:
    set_id = was_previewed(store, ANNE)
    own_images.choose(store, found(store, set_id), {"names": names})
    with pytest.raises(StoreError, match=sentence):
        own_images.use(store, found(store, set_id))
    assert (paths.own_folder(set_id) / PREVIEW).exists() and "preview" in found(store, set_id).record


def test_nobody_else_decides(store: Store) -> None:
    one = found(store, was_previewed(store, ANNE))
    with pytest.raises(NotYours):
        own_images.choose(store, replace(one, learner="b" * 24), {"names": {"ants": "x"}})
    with pytest.raises(NotYours):
        own_images.use(store, replace(one, learner="b" * 24))


def test_what_is_worth_knowing_is_said_before_training(store: Store) -> None:
    files = pets(["ants"], each=110, mode="RGB") | pets(["bees"], each=25, mode="RGB", start=7000)
    said = "\n".join(own_images.worth_knowing(found(store, was_read(store, ANNE, files)).record))
    assert "With 27 test images one image is 3.7 points: a smaller difference cannot show." in said
    assert "80% right on these is 62% to 91% on others like them" in said
    assert "“ants” is 81% of the test images: whoever always says so gets 81% right." in said


def test_pictures_of_one_scene_on_both_sides_are_said(store: Store) -> None:
    files = {f"train/{name}": content for name, content in pets(each=30, mode="RGB").items()}
    scenes = list(pets(each=12, mode="RGB").items())
    files |= {f"test/{name}": encoded(_noisy(content)) for name, content in scenes}
    one = found(store, was_read(store, ANNE, files))
    assert one.record["alike"] == 36
    assert "36 of the 36 test images look almost like one to learn from" in own_images.worth_knowing(one.record)[-1]
    apart = {f"test/{name}": content for name, content in pets(each=12, mode="RGB", start=5000).items()}
    files = {name: content for name, content in files.items() if name.startswith("train/")} | apart
    assert found(store, was_read(store, ANNE, files)).record["alike"] == 0


def _noisy(content: bytes) -> Image.Image:
    """The next picture of a scene: a little noise, a little brighter."""
    pixels = np.asarray(Image.open(io.BytesIO(content))).astype(int)
    noise = np.random.default_rng(0).integers(-1, 2, pixels.shape)
    return Image.fromarray((pixels + noise + 4).clip(0, 255).astype(np.uint8))


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
    question = asked(store, pets(["ants", "bees"], each=30))
    assert "There are 60 different images" in question and "needs 80 in at least two" in question
    few = {name: content for name, content in pets(each=40).items() if name not in {f"bees/{i}.png" for i in range(31)}}
    assert asked(store, few) == "Say whether to go on without bees."
    same = {f"ants/{i}.png": png(1, "L") for i in range(60)} | pets(["bees", "wasps"], each=40)
    assert asked(store, same) == "Say whether to go on without ants."


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


def test_pictures_of_too_many_pixels_together_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_images, "PIXELS", 1_000_000)
    huge = {f"ants/huge{i}.png": encoded(Image.new("L", (1000, 400), i)) for i in range(3)}
    assert "more than 1 million pixels together" in refusal(store, pets(each=40) | huge)


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


def test_pictures_that_a_full_disk_cannot_take_stay_as_they_were_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    set_id = was_previewed(store, ANNE)
    with monkeypatch.context() as disk:
        disk.setattr(own_images, "write_pack", full)
        with pytest.raises(StoreError, match="disk of the server is full"):
            own_images.use(store, found(store, set_id))
    assert (paths.own_folder(set_id) / PREVIEW).exists()
    own_images.use(store, found(store, set_id))  # when there is room


def test_on_a_full_disk_a_job_still_says_how_it_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    set_id = brought(store, ANNE, pets())
    write = store.jobs.set
    assert reserve.keep()

    def full(jobs: object, data: str, **values: Any) -> bool:
        if files.find(reserve.NAME):
            raise DiskFull
        return write(data, **values)

    monkeypatch.setattr("app.store.jobs.Jobs.set", full)
    Report(set_id, "read").ended("failed", "The disk of the server is full.")
    assert (found(store, set_id).state, found(store, set_id).message) == ("failed", "The disk of the server is full.")


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
