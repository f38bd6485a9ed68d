"""Networks as data: layers in the order in which an image passes them, and what follows from them without torch.

The networks, the stacked cohort, the counts of parameters and multiply–adds, and the expected cost of a training are
all read from the same tuple of layers. A shape is (channels, height, width), or (values,) once it is flat.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """A step that changes no shape and has nothing to learn; the classes below say what they do otherwise."""

    def output(self, shape: Shape) -> Shape:
        """The shape that comes out, of the shape that goes in."""
        return shape

    def parameters(self, shape: Shape) -> int:
        """How many numbers are trained, or set from the data, for an input of this shape."""
        return 0

    def statistics(self, shape: Shape) -> int:
        """How many numbers are kept beside the parameters."""
        return 0

    def multiply_adds(self, shape: Shape) -> int:
        """Products that are added to a sum, for one image. Biases, norms, pooling and activations are not counted."""
        return 0


@dataclass(frozen=True)
class Image(Layer):
    """What goes in: channels × side × side, standardised. mirror: once trained, a network answers with the mean of its
    logits for the image and for its mirror image.
    """

    channels: int
    side: int
    mirror: bool = False

    def output(self, shape: Shape) -> Shape:
        """See `Layer.output`; nothing goes in."""
        return self.channels, self.side, self.side


@dataclass(frozen=True)
class Conv(Layer):
    """A convolution with square filters. name: of its numbers in weight files. fixed: its filters are set, and only
    its bias is trained.
    """

    name: str
    outputs: int
    filter: int = 3
    stride: int = 1
    padding: int = 0
    bias: bool = True
    fixed: bool = False

    def output(self, shape: Shape) -> Shape:
        """See `Layer.output`."""
        return self.outputs, *((side + 2 * self.padding - self.filter) // self.stride + 1 for side in shape[1:])

    def parameters(self, shape: Shape) -> int:
        """See `Layer.parameters`."""
        return self.outputs * (shape[0] * self.filter**2 + self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        """See `Layer.multiply_adds`."""
        return shape[0] * self.filter**2 * math.prod(self.output(shape))


@dataclass(frozen=True)
class Linear(Layer):
    """A linear layer. name: of its numbers in weight files."""

    name: str
    outputs: int
    bias: bool = True

    def output(self, shape: Shape) -> Shape:
        """See `Layer.output`."""
        return (self.outputs,)

    def parameters(self, shape: Shape) -> int:
        """See `Layer.parameters`."""
        return self.outputs * (shape[0] + self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        """See `Layer.multiply_adds`."""
        return self.outputs * shape[0]


@dataclass(frozen=True)
class Norm(Layer):
    """Batch norm over channels. name: of its numbers in weight files."""

    name: str

    def parameters(self, shape: Shape) -> int:
        """See `Layer.parameters`."""
        return 2 * shape[0]

    def statistics(self, shape: Shape) -> int:
        """A mean and a variance for each channel."""
        return 2 * shape[0]


@dataclass(frozen=True)
class Relu(Layer):
    """max(0, x)."""


@dataclass(frozen=True)
class Gelu(Layer):
    """x · Φ(x), Φ the normal distribution function."""


@dataclass(frozen=True)
class Features(Layer):
    """Hints and attention look at the maps that pass here."""


@dataclass(frozen=True)
class MaxPool(Layer):
    """The largest value of every square of `side` × `side`."""

    side: int = 2

    def output(self, shape: Shape) -> Shape:
        """See `Layer.output`."""
        return shape[0], *(side // self.side for side in shape[1:])


@dataclass(frozen=True)
class GlobalMaxPool(Layer):
    """The largest value of every channel."""

    def output(self, shape: Shape) -> Shape:
        """See `Layer.output`."""
        return shape[:1]


@dataclass(frozen=True)
class Flatten(Layer):
    """All values of an image in a row."""

    def output(self, shape: Shape) -> Shape:
        """See `Layer.output`."""
        return (math.prod(shape),)


@dataclass(frozen=True)
class Scale(Layer):
    """All values times one factor."""

    factor: float


Layers = tuple[Layer, ...]  # the first one is an Image

# ── the architectures ────────────────────────────────────────────────────────────────────────────────────────────


def perceptron(image: Image, units: int, classes: int) -> Layers:
    """One hidden layer."""
    return image, Flatten(), Linear("layers.0", units), Relu(), Features(), Linear("head", classes)


def strided(image: Image, width: int, classes: int) -> Layers:
    """3×3 convolutions that halve the image's sides, and one linear layer.

    They have `width`, 2·`width` and, for colour images, again 2·`width` channels.
    """
    convolutions = [
        layer
        for i, outputs in enumerate((width, *[2 * width] * (1 if image.channels == 1 else 2)))
        for layer in (Conv(f"layers.{i}", outputs, stride=2, padding=1), Relu(), Features())
    ]
    return image, *convolutions, Flatten(), Linear("head", classes)


def whitened(image: Image, widths: Sequence[int], patch: int, classes: int) -> Layers:
    """The teachers' network: a whitening layer, blocks of two convolutions, global max pooling, one linear layer.

    The filters of the whitening layer project patches of `patch` × `patch` pixels on each of their principal directions
    and on its negative; they are set from the training images. widths: channels of the blocks.
    """
    blocks = [
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


# ── what follows from one ────────────────────────────────────────────────────────────────────────────────────────


def placed(layers: Layers) -> Iterator[tuple[Layer, Shape]]:
    """Every layer with the shape that goes into it."""
    shape: Shape = ()
    for layer in layers:
        yield layer, shape
        shape = layer.output(shape)


def has_feature_maps(layers: Layers) -> bool:
    """True if what hints and attention look at has rows and columns."""
    return any(isinstance(layer, Features) and len(shape) == 3 for layer, shape in placed(layers))


def parameters(layers: Layers) -> int:
    """Number of parameters; filters that are set and not trained are among them."""
    return sum(layer.parameters(shape) for layer, shape in placed(layers))


def statistics(layers: Layers) -> int:
    """Numbers that are kept beside the parameters: running means and variances."""
    return sum(layer.statistics(shape) for layer, shape in placed(layers))


def multiply_adds(layers: Layers) -> int:
    """Of a trained network's answer to one image; convolutions and linear layers count."""
    looks = 2 if isinstance(layers[0], Image) and layers[0].mirror else 1
    return looks * sum(layer.multiply_adds(shape) for layer, shape in placed(layers))


def training_multiply_adds(layers: Layers) -> int:
    """Of one image in training: forward, and backward by the weights and, but for the first layer, by the inputs."""
    counted = [count for layer, shape in placed(layers) if (count := layer.multiply_adds(shape))]
    return 3 * sum(counted) - counted[0]


def update_multiply_adds(
    student: Layers, students: int, images: int, teacher: Layers | None = None, questions: int = 0
) -> int:
    """Of one update of a cohort.

    students: arms × seeds. images: that each of them learns from in the update. teacher, questions: where the teacher
    is asked in the loop, and how many of the students have their images shown to it.
    """
    asked = questions * multiply_adds(teacher) if teacher else 0
    return images * (students * training_multiply_adds(student) + asked)
