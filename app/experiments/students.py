"""The students of a run as they leave the server: float32 weights, and all that is needed to compute their answers.

No torch is needed here, nor by whoever reads the file: see `components/js/network.js`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from app.catalog import architecture, declared
from app.catalog.architecture import Layers
from app.catalog.declared import DataSet
from app.experiments.files import arm_names
from app.experiments.recordings.runs import Weights

AWAY = "These students’ weights are not on this machine any more."
DAMAGED = "The weights of these students are damaged. Train again to have new ones."
Tensors = Mapping[str, npt.NDArray[Any]]


def layers_of(spec: Mapping[str, Any], data: DataSet) -> Layers:
    """The network of a cohort's students. spec: as JSON; data: its images."""
    return architecture.leaking(declared.STUDENTS[spec["student"]].layers(data), float(spec.get("slope", 0)))


def network_of(layers: Layers, data: DataSet) -> dict[str, Any]:
    """What the answers of a student take beside its weights, as JSON."""
    return {"layers": architecture.as_data(layers), "mean": data.mean, "spread": data.spread}


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
    told = {**network_of(layers, data), **about}
    widened = {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in tensors.items()}
    return save(widened, {"network": json.dumps(told)})


@dataclass(frozen=True)
class Student:
    """One student of a run. name: as its tensors are called in the run's file, "distilled.seed12"; arm: as JSON;
    place: of its arm and of its seed among them; tensors: by layer.
    """

    name: str
    arm: Mapping[str, Any]
    place: tuple[int, int]
    layers: Layers
    data: DataSet
    tensors: Tensors


def one_of(tensors: Tensors, spec: Mapping[str, Any], data: DataSet, name: str = "") -> Student:
    """The student of that name, or the first that was distilled. Raises ValueError, a sentence.

    tensors: by "arm{a}.seed{s}.<layer>"; spec: of a cohort, as JSON, with arms.
    """
    arms, seeds, layers = spec["arms"], spec["seeds"], layers_of(spec, data)
    names = [[f"{arm}.seed{seed}" for seed in seeds] for arm in arm_names(arms)]
    roles = [str(arm.get("role")) for arm in arms]
    places = [(a, s) for a, row in enumerate(names) for s, one in enumerate(row) if one == name]
    if name and not places:
        raise ValueError(
            f"There is no such student in this run: it has {', '.join(one for row in names for one in row)}."
        )
    a, s = places[0] if places else (roles.index("distilled") if "distilled" in roles else len(roles) - 1, 0)
    start = f"arm{a}.seed{s}."
    own = {
        layer.removeprefix(start): np.ascontiguousarray(tensor, np.float32)
        for layer, tensor in tensors.items()
        if layer.startswith(start)
    }
    if {layer: tensor.shape for layer, tensor in own.items()} != architecture.weight_shapes(layers):
        raise ValueError(DAMAGED)
    return Student(names[a][s], arms[a], (a, s), layers, data, own)


def student_file(student: Student, classes: Sequence[str], *, half: bool) -> bytes:
    """One student in safetensors format, by layer, with "network" as above. half: as float16."""
    tensors = {name: tensor.astype(np.float16) if half else tensor for name, tensor in student.tensors.items()}
    return save(
        tensors, {"network": json.dumps({**network_of(student.layers, student.data), "classes": list(classes)})}
    )
