"""The networks: teachers and the student ladder. Knows no data, no loss and no training.

Every network maps standardised images (batch, channels, height, width) to logits (batch, classes), and
``features`` returns what hints and attention transfer look at.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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
    training short. channels: 1 or 3. widths: channels of the three blocks.
    """

    def __init__(self, channels: int, widths: tuple[int, int, int], patch: int, classes: int = 10) -> None:
        super().__init__()
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
