"""The networks of teachers and students, built from their layers as `catalog.architecture` declares them."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.catalog import architecture, declared


class Network(nn.Module):
    """A teacher or a student. It maps standardised images (batch, channels, height, width) to logits (batch, classes).

    Its weights have the names of its layers. Fresh ones are PyTorch's own; see `build_student`.
    """

    def __init__(self, layers: architecture.Layers) -> None:
        super().__init__()
        self.architecture = layers
        self.mirror = isinstance(layers[0], architecture.Image) and layers[0].mirror
        for layer, shape in architecture.placed(layers):
            match layer:
                case architecture.Conv():
                    made: nn.Module = nn.Conv2d(
                        *(shape[0], layer.outputs, layer.filter, layer.stride, layer.padding), bias=layer.bias
                    )
                    made.get_parameter("weight").requires_grad_(not layer.fixed)
                case architecture.Linear():
                    made = nn.Linear(shape[0], layer.outputs, bias=layer.bias)
                case architecture.Norm():
                    made = nn.BatchNorm2d(shape[0])
                case _:
                    continue
            *path, name = layer.name.split(".")
            parent: nn.Module = self
            for part in path:
                if part not in dict(parent.named_children()):
                    parent.add_module(part, nn.Module())
                parent = parent.get_submodule(part)
            parent.add_module(name, made)

    def look(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Logits of the images as they are, not of their mirror images, and the maps at every `Features`.

        Maps are (batch, channels, h, w); of a linear layer (batch, units, 1, 1).
        """
        maps, features = images, []
        for layer in self.architecture:
            match layer:
                case architecture.Conv() | architecture.Linear() | architecture.Norm():
                    maps = self.get_submodule(layer.name)(maps)
                case architecture.Relu():
                    maps = F.leaky_relu(maps, layer.slope) if layer.slope else F.relu(maps)
                case architecture.Gelu():
                    maps = F.gelu(maps)
                case architecture.MaxPool():
                    maps = F.max_pool2d(maps, layer.side)
                case architecture.GlobalMaxPool():
                    maps = maps.amax(dim=(2, 3))
                case architecture.Flatten():
                    maps = maps.flatten(1)
                case architecture.Scale():
                    maps = maps * layer.factor
                case architecture.Features():
                    features.append(maps if maps.ndim == 4 else maps[..., None, None])
        return maps, features

    def features(self, images: Tensor) -> list[Tensor]:
        """What methods that compare features look at: see `look`."""
        return self.look(images)[1]

    def forward(self, images: Tensor) -> Tensor:
        """Logits; of a mirrored network that is not in training, their mean over the image and its mirror image."""
        if self.mirror and not self.training:
            return (self.look(images)[0] + self.look(images.flip(-1))[0]) / 2
        return self.look(images)[0]


def whitening_filters(images: Tensor, patch: int, epsilon: float) -> Tensor:
    """Filters that project patches of images on their principal directions, scaled to equal variance.

    images: (n, c, h, w) standardised. patch: side in pixels. epsilon: ≥ 0, added to each variance.
    Returns (2·c·patch², c, patch, patch): each direction and its negative.
    """
    channels = images.shape[1]
    patches = F.unfold(images, patch).transpose(1, 2).reshape(-1, channels * patch * patch)  # (patches, c·p²)
    variances, directions = torch.linalg.eigh(torch.cov(patches.T))  # ascending; directions are columns
    scaled = (directions / torch.sqrt(variances + epsilon)).T.reshape(-1, channels, patch, patch)
    return torch.cat((scaled, -scaled))


def build_student(
    entry: declared.Student, data: declared.DataSet, generator: torch.Generator, slope: float = 0.0
) -> Network:
    """A student of the ladder with fresh weights: the same generator state gives the same weights.

    Uniform in ±1/√fan_in for linear layers, half of that for convolutions, which lets few images teach them more; and
    0 for biases. Drawn here so that no global random state matters. slope: of its ReLUs, see `architecture.Relu`.
    """
    with torch.device("meta"):  # shapes only: PyTorch's own first weights would be drawn for nothing
        student = Network(architecture.leaking(entry.layers(data), slope))
    student.to_empty(device="cpu")
    for parameter in student.parameters():
        scale = {4: 0.5, 2: 1.0, 1: 0.0}[parameter.ndim]  # convolution, linear layer, bias
        bound = scale * parameter[0].numel() ** -0.5
        nn.init.uniform_(parameter, -bound, bound, generator=generator)
    return student
