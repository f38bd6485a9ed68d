"""What a training has learned so far, as tensors by name, so that it can go on as if there had been no break."""

from collections.abc import Mapping

from torch import Tensor
from torch.optim import Optimizer


def together(parts: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """One state of the states of several parts, each under its name: see `below`."""
    return {f"{part}.{name}": value for part, state in parts.items() for name, value in state.items()}


def below(state: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    """What of a state is named for a part."""
    start = f"{part}."
    return {name.removeprefix(start): value for name, value in state.items() if name.startswith(start)}


def learned(named: Mapping[str, Tensor], optimizer: Optimizer, suffix: str = "") -> dict[str, Tensor]:
    """Copies of parameters, each under its name and `suffix`, and of its moments, under its name and theirs.

    An optimizer has no moments of a parameter before the first update; AdamW's are step, exp_avg and exp_avg_sq.
    """
    state = dict[str, Tensor]()
    for name, parameter in named.items():
        state[name + suffix] = parameter.detach().clone()
        state |= {f"{name}.{moment}": value.clone() for moment, value in optimizer.state.get(parameter, {}).items()}
    return state


def relearn(named: Mapping[str, Tensor], optimizer: Optimizer, state: Mapping[str, Tensor], suffix: str = "") -> None:
    """Give parameters and optimizer what `learned` has kept of them; `state` may hold more. Raises KeyError."""
    optimizer.state.clear()
    for name, parameter in named.items():
        parameter.data.copy_(state[name + suffix])
        start = f"{name}."
        moments = {
            key.removeprefix(start): value.clone()
            for key, value in state.items()
            if key.startswith(start) and key != name + suffix
        }
        if moments:
            optimizer.state[parameter] = moments
