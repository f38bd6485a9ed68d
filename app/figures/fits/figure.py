"""Whether a model fits into a device: its memory by its parameters and their bits, and a dial for the device's own."""

from collections.abc import Mapping
from typing import Any

from app.components.mount import mount
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting


class FitsOptions(Options):
    """billions: parameters of each model; bits: of each parameter; memory: GB of the device at first."""

    billions: tuple[float, ...] = (70, 8)
    bits: tuple[int, ...] = (16, 4)
    memory: int = 8


LOW, HIGH = 1, 160  # GB


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    data = {name: options[name] for name in ("billions", "bits", "memory")}
    mount("fits", {**data, "low": LOW, "high": HIGH}, key)


FIGURE = Figure(
    "how much memory models take, and whether a device has it",
    FitsOptions,
    show,
    settings=(Setting("memory", "memory of the device", LOW, HIGH),),
)
