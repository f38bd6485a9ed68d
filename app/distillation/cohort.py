"""Many students at once: stacked into one network, or one by one, with the same results.

A cohort has ``seeds × arms`` students of one architecture. Seeds look at different images; the arms of a seed share
images and initial weights. `StackedCohort` computes every layer of all students in one batched matrix product and is
several times faster for small students; `SeparateCohort` asks one ordinary network after the other, which is faster
for large ones and is what the stacked one is tested against.

Students do not influence each other: there is no normalisation across them, and a caller minimises the *sum* of
their losses, whose gradient for one student is that of its own loss.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from app.catalog.architecture import Conv, Features, Flatten, Layers, Linear, Relu, parameters, placed
from app.distillation.models import Network


@dataclass(frozen=True)
class CohortOutputs:
    """What a cohort says about images."""

    logits: Tensor  # (seeds, arms, batch, classes)
    maps: list[Tensor]  # if asked for, per layer (seeds, arms, channels, height, width, batch), after the ReLU


STACKED_UP_TO = 100_000  # parameters


def can_be_stacked(layers: Layers) -> bool:
    """True for 3×3 convolutions that halve even sides and linear layers, each followed by a ReLU, and a linear head."""
    *hidden, head = (layer for layer in layers[1:] if not isinstance(layer, Flatten))
    fits = [
        (isinstance(layer, Linear) and layer.bias)
        or (isinstance(layer, Conv) and layer == Conv(layer.name, layer.outputs, stride=2, padding=1))
        for layer in (*hidden[::3], head)
    ]
    sides = [side for layer, shape in placed(layers) if isinstance(layer, Conv) for side in shape[1:]]
    relus = [layer for layer in hidden[1::3] if isinstance(layer, Relu) and layer == hidden[1]]  # of one slope
    rest = len(relus) == len(hidden[::3]) and hidden[2::3] == [Features()] * len(hidden[::3])
    return all(fits) and rest and isinstance(head, Linear) and not any(side % 2 for side in sides)


def stacks_well(layers: Layers) -> bool:
    """True if a stacked cohort of such students is faster than one by one."""
    return can_be_stacked(layers) and parameters(layers) <= STACKED_UP_TO


class Cohort(ABC):
    """Students [seed][arm] that are trained side by side. Raises ValueError if a seed lacks an arm."""

    def __init__(self, students: list[list[Network]]) -> None:
        self.seeds, self.arms = len(students), len(students[0])
        if any(len(row) != self.arms for row in students):
            raise ValueError(f"students must have the same arms for every seed, got {[len(row) for row in students]}")

    def _by_seed(self, students: Tensor) -> Tensor:
        """(seeds · arms, …) → (seeds, arms, …)."""
        return students.reshape(self.seeds, self.arms, *students.shape[1:])

    @abstractmethod
    def answer(self, images: Tensor, *, maps: bool = False) -> CohortOutputs:
        """Ask every student.

        images: (seeds, batch, c, h, w), or (1, batch, c, h, w) if all seeds see the same. maps: give feature maps
        too. A stacked cohort writes over the maps at its next answer.
        """

    @abstractmethod
    def parameters(self) -> list[Tensor]:
        """Every trained tensor, in a fixed order."""

    @abstractmethod
    def weights(self, seed: int, arm: int) -> dict[str, Tensor]:
        """A copy of one student's weights, by the names of their layers."""


class SeparateCohort(Cohort):
    """Students as ordinary networks, asked one after the other."""

    def __init__(self, students: list[list[Network]]) -> None:
        super().__init__(students)
        self.students = students

    def answer(self, images: Tensor, *, maps: bool = False) -> CohortOutputs:
        logits, features = [], []
        for row, seen in zip(self.students, images.expand(self.seeds, *images.shape[1:]), strict=True):
            for student in row:
                answer, seen_maps = student.look(seen)
                logits.append(answer)
                features.append(seen_maps)
        layers = zip(*features, strict=True) if maps else ()
        return CohortOutputs(
            logits=self._by_seed(torch.stack(logits)),
            maps=[self._by_seed(torch.stack(layer)).movedim(2, -1) for layer in layers],
        )

    def parameters(self) -> list[Tensor]:
        return [parameter for row in self.students for student in row for parameter in student.parameters()]

    def weights(self, seed: int, arm: int) -> dict[str, Tensor]:
        return {name: value.clone() for name, value in self.students[seed][arm].state_dict().items()}


class StackedCohort(Cohort):
    """All students as one network of batched matrix products.

    Between layers the batch is the innermost dimension. Then gathering the 3×3 patches of a strided convolution
    copies long runs of memory, the convolution is one product (out, 9·in + 1) @ (9·in + 1, positions · batch) per
    student, and its result is the next layer's input as it lies. The weights of a layer are one tensor
    (students, out, in + 1) whose last column is the bias.

    The first layer is grouped by seed: the arms of a seed share its patches, and their filters lie below each other
    in one product. Raises ValueError for students that cannot be stacked.
    """

    def __init__(self, students: list[list[Network]]) -> None:
        super().__init__(students)
        flat = [student for row in students for student in row]
        if not can_be_stacked(flat[0].architecture):
            raise ValueError(f"students must be of layers that can be stacked, got {flat[0].architecture}")
        layers = [layer for layer in flat[0].architecture if isinstance(layer, Conv | Linear)]
        self.convolutional = [isinstance(layer, Conv) for layer in layers[:-1]]
        self.slope = next(layer.slope for layer in flat[0].architecture if isinstance(layer, Relu))
        self.shapes = {name: value.shape for name, value in flat[0].state_dict().items()}
        self.names = [layer.name for layer in layers]
        states = [student.state_dict() for student in flat]
        self.layers = [torch.stack([joined(state, name) for state in states]).requires_grad_() for name in self.names]
        self.workspace = Workspace()

    def answer(self, images: Tensor, *, maps: bool = False) -> CohortOutputs:
        inputs, layer_maps = images.movedim(1, -1), []  # (groups, c, h, w, batch); groups: seeds, or 1
        for i, convolutional in enumerate(self.convolutional):
            out, columns = self.layers[i].shape[1:]
            weight = self.layers[i].view(len(inputs), -1, columns)  # in the first layer, the arms below each other
            if convolutional:
                result = StridedConvolution.apply(inputs, weight, self.workspace, f"layer {i}", self.slope)  # type: ignore[no-untyped-call]
            else:
                summed = affine(inputs.flatten(1, -2), weight)
                result = (F.leaky_relu(summed, self.slope) if self.slope else F.relu(summed))[:, :, None, None]
            inputs = result.view(self.seeds * self.arms, out, *result.shape[2:])
            layer_maps.append(self._by_seed(inputs))
        logits = affine(inputs.flatten(1, -2), self.layers[-1])  # (students, classes, batch)
        return CohortOutputs(self._by_seed(logits.transpose(1, 2)), layer_maps if maps else [])

    def parameters(self) -> list[Tensor]:
        return self.layers

    def weights(self, seed: int, arm: int) -> dict[str, Tensor]:
        weights = {}
        for name, layer in zip(self.names, self.layers, strict=True):
            joint = layer.detach()[seed * self.arms + arm]
            weights[f"{name}.weight"] = joint[:, :-1].clone().view(self.shapes[f"{name}.weight"])
            weights[f"{name}.bias"] = joint[:, -1].clone()
        return weights


def joined(state: dict[str, Tensor], layer: str) -> Tensor:
    """Weight and bias of one layer of one student as one matrix: (out, in + 1), bias last."""
    return torch.cat((state[f"{layer}.weight"].flatten(1), state[f"{layer}.bias"].unsqueeze(1)), 1)


def affine(inputs: Tensor, weight: Tensor) -> Tensor:
    """Linear layers: inputs (groups, in, batch), weight (groups, out, in + 1), bias last → (groups, out, batch)."""
    return torch.baddbmm(weight[:, :, -1:], weight[:, :, :-1], inputs)


class Workspace:
    """Large buffers that are used again in every step.

    Memory from the system is cleared page by page when it is first touched, which takes longer than computing with
    it, and PyTorch keeps no CPU memory of its own. A buffer holds anything until it is written.
    """

    def __init__(self) -> None:
        self.buffers: dict[tuple[str, tuple[int, ...]], Tensor] = {}

    def take(self, name: str, shape: tuple[int, ...], like: Tensor) -> Tensor:
        """The buffer of this name and shape, in the precision of `like`."""
        if (name, shape) not in self.buffers:
            self.buffers[name, shape] = torch.empty(shape, dtype=like.dtype)
        return self.buffers[name, shape]


class StridedConvolution(torch.autograd.Function):
    """ReLU of a 3×3 convolution with stride 2 and padding 1, for many groups, with the batch innermost.

    slope: of the ReLU below zero. inputs: (groups, c, h, w, batch), h and w even. weight: (groups, out, 9·c + 1), bias
    last.
    Result: (groups, out, h/2, w/2, batch). Results live in the workspace: they are valid until the next call with the
    same name and shape, and backward works once.
    """

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, workspace: Workspace, name: str, slope: float) -> Tensor:
        """Gather patches, multiply, ReLU."""
        groups, channels, height, width, batch = inputs.shape
        outputs = height // 2 * (width // 2) * batch
        patches = workspace.take(f"{name} patches", (groups, 9 * channels + 1, outputs), inputs)
        result = workspace.take(f"{name} result", (groups, weight.shape[1], outputs), inputs)
        padded = workspace.take(f"{name} padded", (groups, channels, height + 1, width + 1, batch), inputs)
        gather_patches(inputs, padded, patches)
        torch.bmm(weight, patches, out=result)
        F.leaky_relu_(result, slope) if slope else result.relu_()
        ctx.save_for_backward(weight)
        ctx.slope = slope
        ctx.patches, ctx.result, ctx.workspace, ctx.name, ctx.shape = patches, result, workspace, name, inputs.shape
        return result.view(groups, -1, height // 2, width // 2, batch)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor, None, None, None]:
        """Gradients of the inputs (None for images, which need none) and of the weight."""
        (weight,), patches, result = ctx.saved_tensors, ctx.patches, ctx.result
        gradient = gradient.reshape(result.shape)
        if ctx.slope:  # the sign of what came out is that of what went in
            before_relu = torch.where(result > 0, gradient, ctx.slope * gradient)
        else:
            before_relu = torch.ops.aten.threshold_backward.grad_input(gradient, result, 0, grad_input=result)
        of_weight = torch.bmm(patches, before_relu.transpose(1, 2)).transpose(1, 2)
        if not ctx.needs_input_grad[0]:
            return None, of_weight, None, None, None
        # The patches have served. Their memory is still in the processor's cache and takes the gradients of patches.
        groups, columns, outputs = patches.shape
        of_patches = patches.view(-1)[: groups * (columns - 1) * outputs].view(groups, columns - 1, outputs)
        torch.bmm(weight[:, :, :-1].transpose(1, 2), before_relu, out=of_patches)
        of_inputs = ctx.workspace.take(f"{ctx.name} input gradients", ctx.shape, weight)
        scatter_patches(of_patches, of_inputs)
        return of_inputs, of_weight, None, None, None


def gather_patches(inputs: Tensor, padded: Tensor, patches: Tensor) -> None:
    """Write the 3×3 patches (stride 2, padding 1) of inputs into `patches`, and ones into its last row.

    inputs: (groups, c, h, w, batch), h and w even: no patch reaches beyond the last row and column. padded: (groups,
    c, h + 1, w + 1, batch) and patches: (groups, 9·c + 1, h/2 · w/2 · batch), both overwritten.
    """
    groups, channels, height, width, batch = inputs.shape
    padded[:, :, 0] = 0
    padded[:, :, :, 0] = 0
    padded[:, :, 1:, 1:] = inputs
    windows = padded.unfold(2, 3, 2).unfold(3, 3, 2)  # (groups, c, h/2, w/2, batch, 3, 3), a view
    taps = patches[:, :-1].view(groups, channels, 3, 3, height // 2, width // 2, batch)
    taps.copy_(windows.permute(0, 1, 5, 6, 2, 3, 4))
    patches[:, -1] = 1


# Tap i of a 3-wide filter sees pixel 2·o + i − 1 at output o. As (pixels, outputs): the odd pixels but the last, from
# the second output on (i = 0: the first output sees the padding); the even pixels (i = 1); the odd pixels (i = 2).
TAPS = ((slice(1, -1, 2), slice(1, None)), (slice(0, None, 2), slice(None)), (slice(1, None, 2), slice(None)))


def scatter_patches(patches: Tensor, inputs: Tensor) -> None:
    """The transpose of `gather_patches`: every pixel of `inputs` becomes the sum over the patches that it is in.

    patches: (groups, 9·c, h/2 · w/2 · batch). inputs: (groups, c, h, w, batch), overwritten.
    """
    groups, channels, height, width, batch = inputs.shape
    taps = patches.view(groups, channels, 3, 3, height // 2, width // 2, batch)
    for i in (1, 2, 0):  # taps 1 and 2 together reach every pixel once, and write; tap 0 comes again, and adds
        for j in (1, 2, 0):
            (rows, to_rows), (columns, to_columns) = TAPS[i], TAPS[j]
            target, source = inputs[:, :, rows, columns], taps[:, :, i, j, to_rows, to_columns]
            target.add_(source) if 0 in (i, j) else target.copy_(source)
