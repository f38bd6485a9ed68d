"""What others have published, and how much memory a model takes."""

from app.teaching.checks.registry import check, number
from app.teaching.published import published

BITS_PER_BYTE = 8


@check(source="paper")
def published_number(of: str, name: str) -> float:
    """A number of a published distillation. of: its id in published.yaml."""
    return number(published()[of].numbers, name)


@check(source="formula")
def memory_gb(billions: float, bits: float) -> float:
    """The memory for so many billion parameters of so many bits each, in GB (a billion bytes)."""
    return billions * bits / BITS_PER_BYTE
