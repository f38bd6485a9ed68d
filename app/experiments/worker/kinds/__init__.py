"""How each kind of experiments is run: `prepare(experiment, engine)`, found by the name of the kind."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.experiments.recordings.runs import recorded_runs
from app.experiments.spec import NotTrainable
from app.store import files

if TYPE_CHECKING:
    from app.experiments.worker.engine import Engine


def trained_weights(run: str, arm: int, seeds: int, engine: "Engine") -> list[dict[str, Any]]:
    """The weights of the first students of an arm of a run that has ended, by name, for each of so many seeds.

    Raises NotTrainable if the run has not so many, OSError and ValueError if its file is gone or damaged.
    """
    recorded = recorded_runs().get(run)
    weights: Mapping[str, Any] = (
        recorded.weights().tensors() if recorded else engine.load(files.get(files.weights(run)))
    )
    starts = [f"arm{arm}.seed{seed}." for seed in range(seeds)]
    states = [{n.removeprefix(start): weights[n] for n in weights if n.startswith(start)} for start in starts]
    if not all(states):
        raise NotTrainable("run", run, f"The run {run} has no arm {arm} with {seeds} seeds: choose another one.")
    return states
