"""The networks: teachers and the student ladder. Knows no data, no loss and no training.

Every network maps standardised images (batch, channels, height, width) to logits (batch, classes), and
``features`` returns what hints and attention transfer look at.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.catalog import declared


class TeacherBlock(nn.Module):
    """Two 3×3 convolutions with batch norm and GELU; the first is followed by 2×2 max pooling."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)

    def forward(self, maps: Tensor) -> Tensor:
        """(batch, inputs, h, w) → (batch, outputs, h // 2, w // 2)."""
        maps = F.gelu(self.norm1(F.max_pool2d(self.conv1(maps), 2)))
        return F.gelu(self.norm2(self.conv2(maps)))


class Teacher(nn.Module):
    """A convolutional classifier: a whitening layer, three blocks, global max pooling, one linear layer.

    The whitening layer (patches of `patch` × `patch` pixels projected on their principal directions and scaled to
    equal variance) is set from the training images by ``pretrained.train_teachers`` and not trained; it makes
    training short. channels: 1 or 3. widths: channels of the three blocks. mirror: once trained, it answers with the
    mean of its logits for the image and for the mirror image.
    """

    def __init__(
        self, channels: int, widths: tuple[int, int, int], patch: int, classes: int = 10, *, mirror: bool = False
    ) -> None:
        super().__init__()
        self.mirror = mirror
        directions = 2 * channels * patch * patch  # every principal direction and its negative
        self.whiten = nn.Conv2d(channels, directions, patch)
        self.whiten.weight.requires_grad_(False)
        self.blocks = nn.ModuleList(TeacherBlock(a, b) for a, b in pairwise((directions, *widths)))
        self.head = nn.Linear(widths[-1], classes, bias=False)
        self.head_scale = 1 / 9  # keeps the first logits small

    def features(self, images: Tensor) -> list[Tensor]:
        """Feature maps after each block: (batch, widths[i], h_i, w_i)."""
        maps, found = F.gelu(self.whiten(images)), []
        for block in self.blocks:
            maps = block(maps)
            found.append(maps)
        return found

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, h, w) standardised images → (batch, classes) logits."""
        if self.mirror and not self.training:
            return (self.one_look(images) + self.one_look(images.flip(-1))) / 2
        return self.one_look(images)

    def one_look(self, images: Tensor) -> Tensor:
        """Logits of the images as they are, without their mirror images; shapes as in `forward`."""
        logits: Tensor = self.head(self.features(images)[-1].amax(dim=(2, 3))) * self.head_scale
        return logits


def parameter_count(model: nn.Module) -> int:
    """Number of parameters, frozen ones included."""
    return sum(p.numel() for p in model.parameters())


def whitening_filters(images: Tensor, patch: int, epsilon: float = 5e-4) -> Tensor:
    """Filters that project patches of images on their principal directions, scaled to equal variance.

    images: (n, c, h, w) standardised. patch: side in pixels. epsilon: ≥ 0, added to each variance.
    Returns (2·c·patch², c, patch, patch): each direction and its negative.
    """
    channels = images.shape[1]
    patches = F.unfold(images, patch).transpose(1, 2).reshape(-1, channels * patch * patch)  # (patches, c·p²)
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))  # ascending; directions are columns
    scaled = (directions / torch.sqrt(variances + epsilon)).T.reshape(-1, channels, patch, patch)
    return torch.cat((scaled, -scaled))


class Student(nn.Module):
    """One rung of the student ladder, as `declared.Student` describes it; written to be read.

    kind "mlp": one hidden layer. kind "cnn": 3×3 convolutions with stride 2, then one linear layer. ReLU throughout.
    channels, size: of the images. width: hidden units, or channels of the first convolution.
    """

    def __init__(self, kind: str, channels: int, size: int, width: int, classes: int = 10) -> None:
        super().__init__()
        if kind == "mlp":
            self.layers = nn.ModuleList([nn.Linear(channels * size * size, width)])
            outputs = width
        else:
            widths = (channels, width, 2 * width) if channels == 1 else (channels, width, 2 * width, 2 * width)
            convolutions = [nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)]
            self.layers = nn.ModuleList(convolutions)
            outputs = widths[-1] * (size // 2 ** len(convolutions)) ** 2
        self.head = nn.Linear(outputs, classes)

    def features(self, images: Tensor) -> list[Tensor]:
        """Maps after each layer's ReLU, (batch, width, h, w); of an MLP one, (batch, units, 1, 1)."""
        maps, found = images, []
        for layer in self.layers:
            maps = maps if isinstance(layer, nn.Conv2d) else maps.flatten(1)
            maps = F.relu(layer(maps))
            found.append(maps if maps.ndim == 4 else maps[..., None, None])
        return found

    def forward(self, images: Tensor) -> Tensor:
        """(batch, channels, h, w) standardised images → (batch, classes) logits."""
        logits: Tensor = self.head(self.features(images)[-1].flatten(1))
        return logits


def build_student(entry: declared.Student, data: declared.DataSet, generator: torch.Generator) -> Student:
    """A student of the ladder with fresh weights: the same generator state gives the same weights.

    Uniform in ±1/√fan_in for linear layers, half of that for convolutions, which lets few images teach them more; and
    0 for biases. Drawn here so that no global random state matters.
    """
    with torch.device("meta"):  # shapes only: PyTorch's own first weights would be drawn in vain
        kind = "cnn" if entry.has_feature_maps else "mlp"
        student = Student(kind, data.channels, data.size, entry.width[data.channels], data.classes)
    student.to_empty(device="cpu")
    for parameter in student.parameters():
        scale = {4: 0.5, 2: 1.0, 1: 0.0}[parameter.ndim]  # convolution, linear layer, bias
        bound = scale * parameter[0].numel() ** -0.5
        nn.init.uniform_(parameter, -bound, bound, generator=generator)
    return student
