"""A network that really computes in int8: oneDNN's kernels, with weights rounded for each output.

What goes into a layer is rounded to 8 bits, too, on a range that was measured on some images before. Only processors of
the x86 family have these kernels in torch.
"""

from copy import deepcopy
from typing import Any, cast

import torch
from torch import Tensor, nn

from app.distillation.models import Network

LOWEST, HIGHEST = 0, 255  # of what goes into a layer
LARGEST = 127  # of its weights
FLOAT_OUT: tuple[Any, ...] = (1.0, 0, torch.float32, "none", [], "")  # and nothing else is done in the kernel


class Int8Layer(nn.Module):
    """A convolution or a linear layer with int8 weights. It takes and gives float32."""

    def __init__(self, layer: nn.Conv2d | nn.Linear, low: float, high: float) -> None:
        """low, high: of what goes in."""
        super().__init__()
        low, high = min(low, 0.0), max(high, 0.0)  # zero, as padding has it, is on the grid
        self.scale = max(high - low, 1e-8) / (HIGHEST - LOWEST)
        self.zero = round(-low / self.scale)
        rows = layer.weight.detach().flatten(1)
        self.scales = rows.abs().amax(1).clamp_min(1e-8) / LARGEST
        self.zeros = torch.zeros(len(rows), dtype=torch.int32)
        weights = rows.div(self.scales.unsqueeze(1)).round().to(torch.int8).reshape(layer.weight.shape)
        self.bias = layer.bias
        if isinstance(layer, nn.Conv2d):
            self.how: tuple[Any, ...] = (list(layer.stride), list(layer.padding), list(layer.dilation), layer.groups)
            self.weights = torch.ops.onednn.qconv_prepack(weights, self.scales, self.scale, self.zero, *self.how)
            self.kernel = torch.ops.onednn.qconv_pointwise
        else:
            self.how = ()
            self.weights = torch.ops.onednn.qlinear_prepack(weights, None)
            self.kernel = torch.ops.onednn.qlinear_pointwise

    def forward(self, inputs: Tensor) -> Tensor:
        """What the layer makes of float32 inputs, as it would without int8."""
        codes = inputs.div(self.scale).add_(self.zero).round_().clamp_(LOWEST, HIGHEST).to(torch.uint8)
        of_weights = (self.weights, self.scales, self.zeros, self.bias)
        return cast(Tensor, self.kernel(codes, self.scale, self.zero, *of_weights, *self.how, *FLOAT_OUT))


def in_int8(network: Network, images: Tensor) -> Network:
    """The same network with int8 layers. images: standardised, (n, c, h, w); the layers' ranges are measured on them.

    Raises RuntimeError on a processor that has no such kernels.
    """
    ranges, small = dict[str, tuple[float, float]](), deepcopy(network)
    layers = {name: part for name, part in small.named_modules() if isinstance(part, nn.Conv2d | nn.Linear)}
    hooks = [
        part.register_forward_pre_hook(
            lambda _part, inputs, name=name: ranges.update({name: (float(inputs[0].min()), float(inputs[0].max()))})
        )
        for name, part in layers.items()
    ]
    with torch.no_grad():
        small.look(images)
    for hook in hooks:
        hook.remove()
    for name, layer in layers.items():
        *path, last = name.split(".")
        setattr(small.get_submodule(".".join(path)), last, Int8Layer(layer, *ranges[name]))
    return small.eval()
