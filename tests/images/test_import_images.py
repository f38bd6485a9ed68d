"""Importing folders and zips: what comes out, how it is called and listed. Hostile ones: test_sources.py."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.catalog import available, declared, pack, paths
from app.catalog.available import teachers
from app.catalog.declared import DATA
from app.catalog.families import FAMILIES
from app.catalog.pack import image_hashes, read_about, read_pack
from app.experiments import kinds, spec
from app.experiments.kinds.cohort import RunSpec
from app.experiments.worker.engine import TorchEngine
from app.images import import_images, preview
from app.images.sources import class_name, shown
from tests.pictures import class_files, encoded, folder, imported, picture, png, refused, zipped

TWO = ("cats", "dogs")
CLASSES = FAMILIES["cifar10"].classes


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "home"))
    with_teachers(monkeypatch, "mnist")
    return tmp_path / "home"


# ── what comes out ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_zip_of_class_folders_becomes_a_set(tmp_path: Path) -> None:
    files = class_files(TWO, each=10)
    result = imported(zipped(tmp_path / "Haustiere & Co.zip", files))
    assert result.id == "own-haustiere-co"
    pack = read_pack(paths.home() / "data" / "own-haustiere-co.npz")
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


def test_at_most_4000_and_2000_are_kept_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = declared.DataSet(**{**DATA["cifar10"].__dict__, "pool": 9, "test": 6})
    monkeypatch.setattr(preview, "MOST", small)
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
    files = class_files(CLASSES, each, under="train/") | class_files(CLASSES, test, under="test/")
    return zipped(tmp_path / "copy.zip", files)


def test_a_copy_of_cifar10_is_offered_as_cifar10(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = declared.DataSet(**{**DATA["cifar10"].__dict__, "pool": 40, "test": 20})
    monkeypatch.setattr(import_images, "CIFAR10", small)
    monkeypatch.setattr(preview, "MOST", small)
    result = imported(cifar_copy(tmp_path))
    assert result.id == "cifar10"
    about = read_about(DATA["cifar10"].path)
    assert about["note"] == "imported from a folder or zip, e.g. a JPEG copy; not checked against the original files"
    assert about["origin"] == "import"
    assert result.pack.classes == list(CLASSES)
    assert available.imported() == {}
    assert "There is a set cifar10 already" in refused(cifar_copy(tmp_path), paths.home())
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


def with_teachers(monkeypatch: pytest.MonkeyPatch, *families: str) -> dict[str, declared.DataSet]:
    entries = {f: available.TeacherEntry(f, f, f, f, "", (1, 1, 1), 2, False, 3, 1, 0.9, "", {}) for f in families}
    monkeypatch.setattr(available, "teachers", lambda: entries)
    available.read_set.cache_clear()
    return available.imported()


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
    assert list(available.data_sets()) == [*DATA, "own-our-pets"]

    imported(zipped(tmp_path / "pets.zip", class_files(("owls", "rats"), each=5)), name="Our pets", replace_it=True)
    assert "owls" in available.imported()["own-our-pets"].words  # read anew

    damaged = paths.home() / "data" / "own-broken.npz"
    damaged.write_bytes(b"PK")
    pack.write_pack(damaged.with_name("own-odd.npz"), pack.Pack(*_empty(), {"classes": "x", "family": 3}))
    assert list(available.imported()) == ["own-our-pets"]


def test_a_damaged_set_is_named_in_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = paths.home() / "data" / "cifar10.npz"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"PK")
    assert import_images.main(["--list"]) == 0
    assert capsys.readouterr().out.startswith("cifar10: The image pack cifar10.npz is damaged")


def test_the_lab_offers_imported_sets_that_a_teacher_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of CIFAR-10's classes under a name of its own: enough images, a teacher, and runs that start and end."""
    monkeypatch.setattr(available, "teachers", teachers)  # the shipped ones
    imported(zipped(tmp_path / "few.zip", class_files(CLASSES, each=4)), name="Too few")
    imported(zipped(tmp_path / "pets.zip", class_files(TWO, each=60)), name="Nobody knows them")
    imported(zipped(tmp_path / "some.zip", class_files(CLASSES, each=10)), name="Some of them")
    assert list(available.lab_sets()) == [*DATA, "own-some-of-them"]

    settings, _, problems = spec.settings_from_query({"data": "own-some-of-them", "labels": "500"})
    assert settings["labels"] == 50
    assert settings["teacher"] == "cifar10"
    assert problems == ["Labelled images: Some of them has fewer than 500, so 50 are taken."]
    settings |= {"student": "cnn-2k", "epochs": 1}
    chosen = RunSpec.two_arms(settings, (11, 12))
    training = TorchEngine().begin(chosen).training
    while training.update < training.updates:
        training.step()
    assert training.evaluate().arrays["logits"].shape == (2, 2, 20, 10)

    (paths.home() / "data" / "own-some-of-them.npz").unlink()
    with pytest.raises(spec.SpecError, match="import the images again"):
        kinds.read_trainable(chosen.to_json())
    assert spec.settings_from_query({"data": "own-some-of-them"})[0]["data"] == "mnist"


def _empty() -> tuple[pack.Uint8, pack.Uint8, pack.Uint8]:
    return np.zeros((0, 1, 2, 2), np.uint8), np.zeros(0, np.uint8), np.zeros(0, np.uint8)


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
    assert not (paths.home() / "data").exists()
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
        "import sys; from app.images.import_images import main; status = main(sys.argv[1:]); "
        "assert not {'torch', 'streamlit'} & set(sys.modules); sys.exit(status)"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}  # a console that knows no ×
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert b"own-pets" in done.stdout


AS_NOBODY = """
import os
from app.catalog import available, declared
os.setuid(65534)
assert available.imported() == {} and not declared.DATA["cifar10"].here
"""


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become nobody")
def test_a_home_that_may_not_be_looked_into_holds_no_sets(own_home: Path) -> None:
    (own_home / "data").mkdir(parents=True)
    own_home.chmod(0o700)
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT)}
    subprocess.run([sys.executable, "-c", AS_NOBODY], env=environment, check=True)
