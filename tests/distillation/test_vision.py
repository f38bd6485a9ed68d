"""torchvision beside every kind of torch: each branch in a process of its own, since an import happens once."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

from app.distillation import vision

ROOT = Path(__file__).parents[2]


def run(code: str) -> str:
    """What the code prints in a fresh interpreter."""
    start = "import sys\n"
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def package(folder: Path, extension: bytes | Path | None, name: str = "_C.so") -> Path:
    """A stub of torchvision: it notes when it is imported. extension: its compiled part."""
    made = folder / "torchvision"
    made.mkdir(parents=True)
    (made / "__init__.py").write_text("stub = True\n")
    if isinstance(extension, Path):
        shutil.copy(extension, made / name)
    elif extension is not None:
        (made / name).write_bytes(extension)
    return folder


def loadable() -> Path:
    """A compiled module of this Python, which any process can load."""
    for name in ("_ctypes_test", "_struct", "_json", "_heapq", "_bisect", "_random", "_queue"):
        spec = importlib.util.find_spec(name)
        if spec and spec.origin and Path(spec.origin).suffix in (".so", ".pyd"):
            return Path(spec.origin)
    pytest.skip(f"this Python ({sysconfig.get_platform()}) has its modules built in")


def test_schemas_are_declared_only_where_the_extension_does_not_load(tmp_path: Path) -> None:
    found = loadable()
    matching = package(tmp_path / "matching", found, f"_C{found.suffix}")
    other = package(tmp_path / "other", b"not a library")
    out = run(
        f"""
        import importlib, torch
        from app.distillation import vision
        for folder in {[str(matching), str(other)]!r}:
            sys.path.insert(0, folder)
            importlib.invalidate_caches()
            found = vision.import_torchvision()
            assert found.stub and found.__file__.startswith(folder) and vision.import_torchvision() is found
            print(len(vision._declared), hasattr(torch.ops.torchvision, "nms"))
            del sys.modules["torchvision"]
        vision.declare_missing_operators()  # a second time changes nothing
        """
    )
    assert out.split("\n") == ["0 False", "1 True"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("_C.so", True), ("_C.pyd", True), ("_C.cpython-311-darwin.so", True), ("other.so", False), (None, False)],
)
def test_the_extension_is_found_on_every_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str | None, expected: bool
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("torch.ops.load_library", loaded.append)
    if name:
        (tmp_path / name).write_bytes(b"")
    assert vision.extension_loads(tmp_path) is expected
    assert loaded == ([str(tmp_path / str(name))] if expected else [])


def test_what_does_not_load_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "_C.so").write_bytes(b"\x7fELF and no more")
    assert vision.extension_loads(tmp_path) is False


def test_without_torchvision_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torchvision", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"not installed: pip install -r requirements\.txt"):
        vision.import_torchvision()


def test_the_installed_torchvision_works_whether_its_extension_loads_or_not() -> None:
    out = run(
        """
        import importlib.util
        from pathlib import Path
        from app.distillation import vision
        folder = Path(importlib.util.find_spec("torchvision").origin).parent
        matches = vision.extension_loads(folder)
        torchvision = vision.import_torchvision()
        assert len(vision._declared) == (0 if matches else 1)

        import torch
        from torchvision import datasets, models, utils
        from torchvision.transforms import v2
        fake = datasets.FakeData(size=2, image_size=(3, 32, 32), transform=v2.Compose(
            [v2.PILToTensor(), v2.RandomCrop(32, padding=2), v2.ToDtype(torch.float32, scale=True)]))
        image, label = fake[0]
        assert image.shape == (3, 32, 32) and 0 <= image.min() and image.max() <= 1
        assert datasets.MNIST.mirrors and datasets.CIFAR10.tgz_md5
        assert models.mobilenet_v3_small(num_classes=10).eval()(image[None]).shape == (1, 10)
        assert utils.make_grid(torch.stack((image, image))).shape[0] == 3
        boxes, scores = torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([1.0])
        try:
            kept = torchvision.ops.nms(boxes, scores, 0.5)
            print("computed" if kept.tolist() == [0] else "wrong")
        except RuntimeError as error:
            print("said so" if "custom C++ ops" in str(error) or "incompatible" in str(error) else error)
        assert matches == torchvision.extension._has_ops()
        """
    )
    assert out in ("computed", "said so")
