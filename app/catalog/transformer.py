"""A small language model as data: its size, and what follows from it without torch."""

from dataclasses import dataclass
from math import prod

MLP = 4  # the hidden layer of a block is so many times as wide as the block


@dataclass(frozen=True)
class Transformer:
    """words: how many it knows. length: of its texts, in words, at most. width: numbers that stand for a word inside.

    heads: that look back, in each block; they divide the width. blocks: one after the other.
    """

    words: int
    length: int
    width: int
    heads: int
    blocks: int

    def weights(self) -> dict[str, tuple[int, ...]]:
        """Shapes of all weights by name. A matrix is (inputs, outputs)."""
        width = self.width
        shapes: dict[str, tuple[int, ...]] = {"words": (self.words, width), "places": (self.length, width)}
        for block in range(self.blocks):
            shapes[f"{block}.ask"] = shapes[f"{block}.offer"] = shapes[f"{block}.give"] = (width, width)
            shapes[f"{block}.join"] = (width, width)
            shapes[f"{block}.widen"], shapes[f"{block}.bias"] = (width, MLP * width), (1, MLP * width)
            shapes[f"{block}.narrow"] = (MLP * width, width)
        return shapes | {"head": (width, self.words)}

    @property
    def parameters(self) -> int:
        """Numbers that are learned."""
        return sum(map(prod, self.weights().values()))

    @property
    def multiply_adds(self) -> int:
        """Of a pass for one word of a text as long as may be: all matrices, and what attention looks at."""
        matrices = sum(prod(shape) for name, shape in self.weights().items() if name not in ("words", "places"))
        return matrices + self.blocks * 2 * self.length * self.width
