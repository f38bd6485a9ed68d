"""What is recorded of layers, and of how far students of one recipe are apart."""

from app.experiments.kinds import Experiment
from app.experiments.kinds.churn import Churn
from app.experiments.kinds.layers import Layers

Cohorts = tuple[tuple[Experiment, ...], ...]


def layers(seeds: tuple[int, ...]) -> Cohorts:
    """All ways to teach, on all grounds."""
    return ((Layers(seeds, whole=True),),)


def churn(seeds: tuple[int, ...]) -> Cohorts:
    """All recipes, with images of each seed's own, and with the same images for all."""
    return tuple((Churn(seeds, whole=True, same=same),) for same in (False, True))
