"""Weights in fewer bytes: rounded to few bits, with small ones left out, or as products of narrow matrices.

Every way writes bytes and reads weights back from them, so that what is tested is what is stored, and what is stored is
counted. Biases and what norms keep stay as float32.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from app.catalog.declared import TERNARY

Floats = npt.NDArray[np.float32]
CLIPS = 40  # ranges that are tried for a grid
LARGE = 32  # inputs and outputs of a layer that is worth two narrow ones


class Code(ABC):
    """A way to write the weights of one layer."""

    @abstractmethod
    def write(self, weights: Floats) -> bytes:
        """weights: (outputs, inputs)."""

    @abstractmethod
    def read(self, content: memoryview, shape: tuple[int, int]) -> tuple[Floats, int]:
        """Weights of a shape, (outputs, inputs), from the start of `content`; and how many bytes they took."""


@dataclass(frozen=True)
class Plain(Code):
    """Floats as they are. half: as float16."""

    half: bool = False

    @property
    def _kind(self) -> npt.DTypeLike:
        return "<f2" if self.half else "<f4"

    def write(self, weights: Floats) -> bytes:
        return weights.astype(self._kind).tobytes()

    def read(self, content: memoryview, shape: tuple[int, int]) -> tuple[Floats, int]:
        count = shape[0] * shape[1]
        numbers = np.frombuffer(content, self._kind, count)
        return numbers.astype(np.float32).reshape(shape), numbers.nbytes


@dataclass(frozen=True)
class Rounded(Code):
    """Weights on a grid of 2^bits values, even and symmetric about zero, or on −1, 0, 1 (TERNARY), times a scale.

    bits: 1 … 8, or TERNARY. Each output has a scale of its own, or the whole layer has one: a float32, of CLIPS the one
    whose squared error is least.
    """

    bits: float
    per_output: bool = True

    def __post_init__(self) -> None:
        if self.bits not in (*range(1, 9), TERNARY):
            raise ValueError(f"bits must be a whole number from 1 to 8, or {TERNARY}, got {self.bits}")

    @property
    def levels(self) -> npt.NDArray[np.float32]:
        """What each code stands for, in scales: −1.5, −0.5, 0.5, 1.5 with two bits."""
        count = 3 if self.bits == TERNARY else 2 ** int(self.bits)
        return np.arange(count, dtype=np.float32) - np.float32((count - 1) / 2)

    def fit(self, weights: Floats) -> tuple[npt.NDArray[np.uint8], Floats]:
        """Codes, of the shape of the weights, and scales, (outputs,) or (1,)."""
        rows = weights if self.per_output else weights.reshape(1, -1)
        largest = np.maximum(np.abs(rows).max(1), np.finfo(np.float32).tiny)
        best, scales = np.full(len(rows), np.inf), np.zeros(len(rows), np.float32)
        for part in range(1, CLIPS + 1):
            tried = (largest * np.float32(part / CLIPS / self.levels[-1])).astype(np.float32)
            error = np.square(self.levels[self._codes(rows, tried)] * tried[:, None] - rows).sum(1)
            scales, best = np.where(error < best, tried, scales), np.minimum(error, best)
        return self._codes(rows, scales).reshape(weights.shape), scales

    def _codes(self, rows: Floats, scales: Floats) -> npt.NDArray[np.uint8]:
        steps = np.rint(rows / scales[:, None] - self.levels[0])
        codes: npt.NDArray[np.uint8] = np.clip(steps, 0, len(self.levels) - 1).astype(np.uint8)
        return codes

    def write(self, weights: Floats) -> bytes:
        codes, scales = self.fit(weights)
        return scales.astype("<f4").tobytes() + self._pack(codes.ravel())

    def read(self, content: memoryview, shape: tuple[int, int]) -> tuple[Floats, int]:
        outputs, count = shape[0] if self.per_output else 1, shape[0] * shape[1]
        scales, start = np.frombuffer(content, "<f4", outputs), 4 * outputs
        size = ceil(count / 5) if self.bits == TERNARY else ceil(count * self.bits / 8)
        codes = self._unpack(np.frombuffer(content, np.uint8, size, start))[:count]
        steps = self.levels[codes].reshape(outputs, -1)
        return (steps * scales[:, None]).reshape(shape), start + size

    def _pack(self, codes: npt.NDArray[np.uint8]) -> bytes:
        if self.bits == TERNARY:
            fives = np.pad(codes, (0, -len(codes) % 5)).reshape(-1, 5)
            return np.asarray(fives @ (3 ** np.arange(5)), np.uint8).tobytes()
        digits = np.unpackbits(codes[:, None], axis=1)[:, 8 - int(self.bits) :]
        return np.packbits(digits).tobytes()

    def _unpack(self, content: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        if self.bits == TERNARY:
            return (content[:, None] // 3 ** np.arange(5) % 3).astype(np.uint8).ravel()
        bits, row = int(self.bits), np.unpackbits(content)
        digits = row[: len(row) // bits * bits].reshape(-1, bits)
        return (digits @ (1 << np.arange(bits)[::-1])).astype(np.uint8)


@dataclass(frozen=True)
class Sparse(Code):
    """One bit for each weight that says whether it is zero, and the others as float16."""

    def write(self, weights: Floats) -> bytes:
        row = weights.ravel()
        kept: npt.NDArray[np.bool_] = row != 0
        return np.packbits(kept).tobytes() + row[kept].astype("<f2").tobytes()

    def read(self, content: memoryview, shape: tuple[int, int]) -> tuple[Floats, int]:
        count = shape[0] * shape[1]
        size = ceil(count / 8)
        kept = np.unpackbits(np.frombuffer(content, np.uint8, size))[:count].astype(bool)
        values = np.frombuffer(content, "<f2", int(kept.sum()), size)
        weights = np.zeros(count, np.float32)
        weights[kept] = values
        return weights.reshape(shape), size + values.nbytes


@dataclass(frozen=True)
class LowRank(Code):
    """A product of two narrow matrices in float16, of large layers and if it is smaller. share: of its ranks, 0 … 1."""

    share: float

    def _rank(self, shape: tuple[int, int]) -> int:
        """0 if the layer stays as it is."""
        rank = round(self.share * min(shape))
        return rank if min(shape) >= LARGE and rank * sum(shape) < shape[0] * shape[1] else 0

    def write(self, weights: Floats) -> bytes:
        rank = self._rank((weights.shape[0], weights.shape[1]))
        if not rank:
            return Plain(half=True).write(weights)
        left, values, right = np.linalg.svd(weights, full_matrices=False)
        roots = np.sqrt(values[:rank])
        return b"".join(Plain(half=True).write(one) for one in (left[:, :rank] * roots, roots[:, None] * right[:rank]))

    def read(self, content: memoryview, shape: tuple[int, int]) -> tuple[Floats, int]:
        rank, plain = self._rank(shape), Plain(half=True)
        if not rank:
            return plain.read(content, shape)
        left, first = plain.read(content, (shape[0], rank))
        right, second = plain.read(content[first:], (rank, shape[1]))
        return left @ right, first + second


# ── a whole network ──────────────────────────────────────────────────────────────────────────────────────────────


def stored(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The numbers of a network that have to be stored: all but how many batches its norms have seen."""
    return {name: value for name, value in state.items() if value.is_floating_point()}


def pack(state: Mapping[str, Tensor], code: Code) -> bytes:
    """All numbers of a network, those of its layers in this code; without names, which the architecture knows."""
    return b"".join(
        (code if value.ndim > 1 else Plain()).write(value.detach().reshape(len(value), -1).numpy())
        for value in stored(state).values()
    )


def unpack(content: bytes, like: Mapping[str, Tensor], code: Code) -> dict[str, Tensor]:
    """The inverse: numbers by name. like: a network's numbers of the same names and shapes."""
    state, rest = dict(like), memoryview(content)
    for name, value in stored(like).items():
        outputs = len(value)
        numbers, taken = (code if value.ndim > 1 else Plain()).read(rest, (outputs, value.numel() // outputs))
        state[name], rest = torch.from_numpy(numbers).reshape(value.shape), rest[taken:]
    if len(rest):
        raise ValueError(f"{len(rest)} bytes are left over: they are of another network or in another code")
    return state


def kept_largest(state: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Masks by name, of all layers together: True where a weight is among the largest, of which this share is kept."""
    layers = {name: value for name, value in stored(state).items() if value.ndim > 1}
    sizes = torch.cat([value.detach().abs().flatten() for value in layers.values()])
    least = sizes.sort(descending=True).values[max(1, round(share * len(sizes))) - 1]
    return {name: value.detach().abs() >= least for name, value in layers.items()}
