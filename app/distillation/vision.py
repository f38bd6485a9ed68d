"""Import torchvision beside a CPU-only torch.

The published Linux wheel of torchvision is compiled for the CUDA build of torch. Beside a CPU-only torch its
extension cannot be loaded and ``import torchvision`` fails, because two operators that it extends do not exist.
Declaring their schemas first makes the Python parts (datasets, transforms, models) importable; the operators
themselves stay absent and say so when called. If the pair matches, nothing is declared.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import torch

MISSING_SCHEMAS = ("nms", "qnms")  # what torchvision 0.28 needs at import time without its extension
BOXES = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[torch.library.Library] = []  # a Library takes its schemas back when it is collected


def import_torchvision() -> ModuleType:
    """Import torchvision, declaring its missing operators first if its extension cannot be loaded.

    Raises ModuleNotFoundError if torchvision is not installed.
    """
    if "torchvision" not in sys.modules:
        spec = importlib.util.find_spec("torchvision")  # finds it without importing it
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError("torchvision is not installed: pip install -r requirements.txt")
        if not extension_loads(Path(next(iter(spec.submodule_search_locations)))):
            declare_missing_operators()
    return importlib.import_module("torchvision")


def extension_loads(folder: Path) -> bool:
    """True if torchvision's compiled extension in `folder` exists and loads beside this torch."""
    library = next((file for pattern in ("_C*.so", "_C*.pyd") for file in folder.glob(pattern)), None)
    if library is None:
        return False
    try:
        torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]  # as torchvision does; twice is harmless
    except OSError:
        return False
    return True


def declare_missing_operators() -> None:
    """Declare the schemas, without an implementation, that torchvision's Python parts refer to at import."""
    if _declared:
        return
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in MISSING_SCHEMAS:
        library.define(f"{name}{BOXES}")  # type: ignore[no-untyped-call]
    _declared.append(library)
