"""Networks as data: layers in the order in which an image passes them, and what follows from them without torch.

The networks, the stacked cohort, the counts of parameters and multiply–adds, and the expected cost of a training are
all read from the same tuple of layers. A shape is (channels, height, width), or (values,) once it is flat.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Image:
    """What goes in: channels × side × side. mirror: once trained, the network answers with the mean of its logits for
    the image and for its mirror image.
    """

    channels: int
    side: int
    mirror: bool = False


@dataclass(frozen=True)
class Conv:
    """A convolution with square filters. fixed: the filters are set from the data, and only the bias is trained."""

    name: str  # of its numbers in weight files
    outputs: int
    filter: int = 3
    stride: int = 1
    padding: int = 0
    bias: bool = True
    fixed: bool = False


@dataclass(frozen=True)
class Linear:
    """A linear layer."""

    name: str
    outputs: int
    bias: bool = True


@dataclass(frozen=True)
class Norm:
    """Batch norm over channels."""

    name: str


@dataclass(frozen=True)
class Relu:
    """max(0, x). slope: what is below zero passes times this; above 0 it is a leaky ReLU."""

    slope: float = 0.0


@dataclass(frozen=True)
class Gelu:
    """x · Φ(x), Φ the normal distribution function."""


@dataclass(frozen=True)
class Features:
    """The place of the maps that methods that compare features look at."""


@dataclass(frozen=True)
class MaxPool:
    """The largest value of every square of `side` × `side`."""

    side: int = 2


@dataclass(frozen=True)
class GlobalMaxPool:
    """The largest value of every channel."""


@dataclass(frozen=True)
class Flatten:
    """All values of an image in a row."""


@dataclass(frozen=True)
class Scale:
    """All values times one factor."""

    factor: float


Layer = Image | Conv | Linear | Norm | Relu | Gelu | Features | MaxPool | GlobalMaxPool | Flatten | Scale
Layers = tuple[Layer, ...]  # the first one is an Image

# ── the architectures ────────────────────────────────────────────────────────────────────────────────────────────


def perceptron(image: Image, units: int, classes: int) -> Layers:
    """One hidden layer."""
    return image, Flatten(), Linear("layers.0", units), Relu(), Features(), Linear("head", classes)


def strided(image: Image, width: int, classes: int, more: int = 0) -> Layers:
    """3×3 convolutions that halve the image's sides, and one linear layer.

    They have `width`, 2·`width` and, for colour images, again 2·`width` channels. more: further convolutions, so that
    the linear layer has fewer values to look at; their maps have no counterpart in a teacher.
    """
    seen = 2 if image.channels == 1 else 3
    convolutions: list[Layer] = [
        layer
        for i, outputs in enumerate((width, *[2 * width] * (seen - 1 + more)))
        for layer in (Conv(f"layers.{i}", outputs, stride=2, padding=1), Relu(), Features())[: 3 if i < seen else 2]
    ]
    return image, *convolutions, Flatten(), Linear("head", classes)


def leaking(layers: Layers, slope: float) -> Layers:
    """The same network with leaky ReLUs. slope: see `Relu`; 0 for the network as it is."""
    return tuple(Relu(slope) if isinstance(layer, Relu) else layer for layer in layers)


def whitened(image: Image, widths: Sequence[int], patch: int, classes: int) -> Layers:
    """The teachers' network: a whitening layer, blocks of two convolutions, global max pooling, one linear layer.

    The filters of the whitening layer project patches of `patch` × `patch` pixels on each of their principal directions
    and on its negative; they are set from the training images. widths: channels of the blocks.
    """
    blocks: list[Layer] = [
        layer
        for i, width in enumerate(widths)
        for layer in (
            *(Conv(f"blocks.{i}.conv1", width, padding=1, bias=False), MaxPool(), Norm(f"blocks.{i}.norm1"), Gelu()),
            *(Conv(f"blocks.{i}.conv2", width, padding=1, bias=False), Norm(f"blocks.{i}.norm2"), Gelu(), Features()),
        )
    ]
    whitening = Conv("whiten", 2 * image.channels * patch**2, patch, fixed=True)
    head = Linear("head", classes, bias=False), Scale(1 / 9)  # which keeps the first logits small
    return image, whitening, Gelu(), *blocks, GlobalMaxPool(), *head


NETWORKS = {"whitened": whitened}  # of teachers, by the name that manifest and recipe give them

# ── what follows from one ────────────────────────────────────────────────────────────────────────────────────────


def output(layer: Layer, shape: Shape) -> Shape:
    """The shape that comes out of a layer, of the shape that goes in."""
    match layer:
        case Image():
            return layer.channels, layer.side, layer.side
        case Conv():
            sides = ((side + 2 * layer.padding - layer.filter) // layer.stride + 1 for side in shape[1:])
            return layer.outputs, *sides
        case Linear():
            return (layer.outputs,)
        case MaxPool():
            return shape[0], *(side // layer.side for side in shape[1:])
        case GlobalMaxPool():
            return shape[:1]
        case Flatten():
            return (math.prod(shape),)
    return shape


def placed(layers: Layers) -> Iterator[tuple[Layer, Shape]]:
    """Every layer with the shape that goes into it."""
    shape: Shape = ()
    for layer in layers:
        yield layer, shape
        shape = output(layer, shape)


def as_data(layers: Layers) -> list[dict[str, Any]]:
    """The layers as JSON, {"kind": "Conv", "name": "layers.0", …}, for whoever computes them without torch."""
    return [{"kind": type(layer).__name__, **vars(layer)} for layer in layers]


def weight_shapes(layers: Layers) -> dict[str, Shape]:
    """The shape of every weight and bias of convolutions and linear layers, by its name in weight files."""
    shapes: dict[str, Shape] = {}
    for layer, shape in _weighted(layers):
        taps = (shape[0], layer.filter, layer.filter) if isinstance(layer, Conv) else shape
        shapes[f"{layer.name}.weight"] = (layer.outputs, *taps)
        if layer.bias:
            shapes[f"{layer.name}.bias"] = (layer.outputs,)
    return shapes


def feature_shapes(layers: Layers) -> list[Shape]:
    """Shapes of the maps at every `Features`, (channels, height, width); of a linear layer (units, 1, 1)."""
    return [(*shape, 1, 1)[:3] for layer, shape in placed(layers) if isinstance(layer, Features)]


def parameters(layers: Layers) -> int:
    """Number of parameters, filters that are set and not trained among them."""
    taps = (layer.outputs * (_inputs(layer, shape) + layer.bias) for layer, shape in _weighted(layers))
    return sum(taps) + statistics(layers)  # a norm has a scale and an offset beside its mean and its variance


def statistics(layers: Layers) -> int:
    """Numbers that are kept beside the parameters: running means and variances."""
    return sum(2 * shape[0] for layer, shape in placed(layers) if isinstance(layer, Norm))


def multiply_adds(layers: Layers) -> int:
    """Products that are added to a sum while a trained network answers about one image.

    Biases, norms, pooling and activations are not counted.
    """
    looks = 2 if isinstance(layers[0], Image) and layers[0].mirror else 1
    return looks * sum(count for count, _ in products(layers))


def _weighted(layers: Layers) -> Iterator[tuple[Conv | Linear, Shape]]:
    return ((layer, shape) for layer, shape in placed(layers) if isinstance(layer, Conv | Linear))


def _inputs(layer: Conv | Linear, shape: Shape) -> int:
    """Values that one output value is a sum over."""
    return shape[0] * (layer.filter**2 if isinstance(layer, Conv) else 1)


def products(layers: Layers) -> list[tuple[int, Shape]]:
    """Multiply–adds and the shape that comes out, of every convolution and linear layer, for one look at one image."""
    shapes = [(_inputs(layer, shape), output(layer, shape)) for layer, shape in _weighted(layers)]
    return [(inputs * math.prod(shape), shape) for inputs, shape in shapes]
