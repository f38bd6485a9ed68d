"""Weights on disk: safetensors, verified by sha256, read into networks."""

import hashlib
import json
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from app.catalog.available import TeacherEntry
from app.catalog.paths import replacing
from app.distillation.models import Network

ANY_SIDE = 32  # of images: no number of a teacher depends on it
DIGEST = "tensors_sha256"  # the key of a file's digest, among the words about it


class CheckpointError(Exception):
    """A weight file is missing, truncated, changed, or does not fit its network. The message says what to do."""


def file_digest(path: Path) -> str:
    """sha256 of a file's bytes, in hexadecimal. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_weights(path: Path, sha256: str, way_out: str) -> dict[str, Tensor]:
    """Weights by name from a safetensors file whose bytes have this sha256; halves are widened to float32.

    way_out: a sentence for the reader of an error. Raises CheckpointError if the file is missing or differs.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"The weights {path.name} cannot be read ({error.strerror}). {way_out}") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CheckpointError(
            f"The weights {path.name} are not the ones that were recorded: the file was changed or cut short "
            f"({len(content):,} bytes, another sha256). {way_out}"
        )
    try:
        weights, _ = _unpacked(content)
    except ValueError as error:
        raise CheckpointError(f"The weights {path.name} are {error}. {way_out}") from error
    return {name: value.float() if value.dtype == torch.float16 else value for name, value in weights.items()}


def load_teacher(entry: TeacherEntry) -> Network:
    """A teacher, in evaluation mode and frozen: no parameter takes a gradient.

    Raises CheckpointError if the file is missing, differs from the manifest's sha256, or does not fit.
    """
    way_out = "Train it again on the page “Your images”."
    if not entry.own:
        way_out = (
            f"Restore it (git checkout pretrained/teachers/{entry.file}) "
            f"or train it again: python -m pretrained.train_teachers {entry.id}"
        )
    weights = read_weights(entry.path, entry.sha256, way_out)
    classes = len(weights["head.weight"]) if "head.weight" in weights else 0
    teacher = Network(entry.sized(ANY_SIDE, classes))
    try:
        teacher.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(f"The weights {entry.file} do not fit the teacher {entry.id}. {way_out}") from error
    return frozen(teacher)


def frozen(teacher: Network) -> Network:
    """The same teacher, in evaluation mode, with no parameter taking a gradient."""
    return teacher.eval().requires_grad_(False)


def write_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, str]) -> None:
    """Write tensors, words about them and a digest in one move, as `paths.replacing`."""
    about = about | {DIGEST: tensors_digest(tensors)}
    with replacing(path) as beside:
        beside.write_bytes(safetensors.torch.save({k: v.contiguous() for k, v in tensors.items()}, about))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """What `write_tensors` wrote: tensors, and the words about them.

    A file of an earlier version has no digest and is read without one. Raises OSError if the file cannot be read,
    ValueError if it is damaged.
    """
    return _unpacked(path.read_bytes())


def _unpacked(content: bytes) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors by name and words from the bytes of a safetensors file. Raises ValueError if they are damaged."""
    try:
        tensors = safetensors.torch.load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise ValueError("not in safetensors format") from error
    about = header.get("__metadata__", {})
    if about.get(DIGEST, digest := tensors_digest(tensors)) != digest:
        raise ValueError("not the ones that were written")
    return tensors, about


def tensors_digest(tensors: dict[str, Tensor]) -> str:
    """sha256 over names and `tensor_digest`s, in the order of the names."""
    named = " ".join(f"{name} {tensor_digest(value)}" for name, value in sorted(tensors.items()))
    return hashlib.sha256(named.encode()).hexdigest()


def tensor_digest(tensor: Tensor) -> str:
    """sha256 over type, shape and content, in order."""
    digest = hashlib.sha256(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
    digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()
