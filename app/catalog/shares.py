"""How sure a share is that was counted on a number of images."""

import math

Z95 = 1.959964  # of the normal distribution, two-sided 95%


def interval(share: float, count: int) -> list[float]:
    """Wilson's 95% interval of a share that was measured on `count` images: [low, high]."""
    centre = (share + Z95**2 / (2 * count)) / (1 + Z95**2 / count)
    half = Z95 / (1 + Z95**2 / count) * math.sqrt(share * (1 - share) / count + Z95**2 / (4 * count**2))
    return [round(centre - half, 5), round(centre + half, 5)]
