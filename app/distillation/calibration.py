"""Temperature scaling: confidence that is put right after training, by one number for each student.

Guo et al. 2017: divide a trained student's logits by the temperature at which the labels of validation images are
likeliest. No answer changes, only how sure each is.
"""

import torch
from torch import Tensor

LOWEST, HIGHEST = 0.05, 20.0  # where the temperature is looked for: one student may be right on all images
HALVINGS = 40  # of the interval of log T


def scaling_temperature(logits: Tensor, labels: Tensor) -> Tensor:
    """The temperature T at which ``metrics.nll(logits / T, labels)`` is least.

    logits: (..., n, classes). labels: (..., n), or fewer dimensions. Returns (...) as float64, LOWEST … HIGHEST. The
    loss is convex in 1 / T, so its slope there rises, and is halved in on.
    """
    z = logits.double()
    right = z.gather(-1, labels.expand(z.shape[:-1]).unsqueeze(-1)).squeeze(-1)
    low, high = (torch.full(z.shape[:-2], end).double().log() for end in (LOWEST, HIGHEST))
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        expected = (z * (z / middle.exp()[..., None, None]).softmax(-1)).sum(-1)
        too_sure = (expected - right).mean(-1) > 0  # a higher temperature is better
        low, high = torch.where(too_sure, middle, low), torch.where(too_sure, high, middle)
    return ((low + high) / 2).exp()
