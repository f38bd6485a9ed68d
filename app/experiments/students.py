"""The students of a run as they leave the server: float32 weights, and all that is needed to compute their answers.

No torch is needed here, nor by whoever reads the file: see `components/js/network.js`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from app.catalog import architecture, declared
from app.catalog.architecture import Layers
from app.catalog.declared import DataSet
from app.experiments.recordings.runs import Weights

AWAY = "These students’ weights are not on this machine any more."
DAMAGED = "The weights of these students are damaged. Train again to have new ones."
Tensors = Mapping[str, npt.NDArray[Any]]


def layers_of(spec: Mapping[str, Any], data: DataSet) -> Layers:
    """The network of a cohort's students. spec: as JSON; data: its images."""
    return architecture.leaking(declared.STUDENTS[spec["student"]].layers(data), float(spec.get("slope", 0)))


def read(path: Path, sha256: str | None, update: int) -> Tensors:
    """Tensors by "arm{a}.seed{s}.<layer>", of a weight file or of a recording's arrays. Raises ValueError, a sentence.

    sha256, update: of a recording's arrays; a weight file knows neither.
    """
    if path.suffix == ".npz":
        return Weights(path, sha256, update).tensors()
    try:
        return load(path.read_bytes())
    except OSError as error:
        raise ValueError(AWAY) from error
    except (SafetensorError, ValueError, KeyError) as error:
        raise ValueError(DAMAGED) from error


def students_file(tensors: Tensors, layers: Layers, data: DataSet, about: Mapping[str, Any]) -> bytes:
    """All students of a run in safetensors format: float32, by "arm{a}.seed{s}.<layer>".

    Its metadata have one entry, "network", in JSON: "layers", "mean", "spread", and what `about` says; of several, the
    order would differ each time. Raises ValueError, a sentence, if a tensor is not one of the network, or if a student
    lacks one.
    """
    wanted = architecture.weight_shapes(layers)
    of: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, tensor in tensors.items():
        arm, seed, layer = name.split(".", 2)
        of.setdefault(f"{arm}.{seed}", {})[layer] = tensor.shape
    if not of or any(shapes != wanted for shapes in of.values()):
        raise ValueError(DAMAGED)
    told = {"layers": architecture.as_data(layers), "mean": data.mean, "spread": data.spread, **about}
    widened = {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in tensors.items()}
    return save(widened, {"network": json.dumps(told)})
