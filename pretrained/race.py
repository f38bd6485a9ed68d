"""A race of methods: what is tried of each on validation images, and what then runs for the verdict.

Every method has five settings to choose from, and three seeds to choose with; labels only has five learning rates.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from app.catalog.declared import DATA, METHODS, Arm
from app.distillation.training import VALIDATION_IMAGES
from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec
from app.experiments.recordings.race import RecordedRace, RecordedTries
from pretrained.plan import MANY_SEEDS, Plan, compared

PLACES: Mapping[str, Mapping[str, Any]] = {  # images, how many labelled, and how often they are seen
    "few": {"data": "mnist", "labels": 500, "epochs": 26},
    "many": {"data": "mnist", "labels": 3000, "epochs": 8},
    "clothes": {"data": "fashion", "labels": 500, "epochs": 26},
}
RACERS = ("kd", "logits", "dkd", "hints", "attention", "relational", "even")  # beside labels only
RATES = (0.5, 1.0, 2.0, 4.0, 0.25)  # shares of the usual rate, for labels only; the others have the usual one
ALPHAS = (0.1, 0.5, 0.9, 0.98, 0.998)  # of methods without a temperature
WARM = ((3.0, 0.5), (3.0, 0.9), (8.0, 0.5), (8.0, 0.9), (20.0, 0.9))  # temperature and alpha of those with one
COLD = 1.0  # the temperature of methods that do not use it
FIRST = 4  # settings that are trained as one cohort; as many more would be too many students
TRIED_WITH = (31, 32, 33)  # seeds: none of them is in the race


def tries(method: str) -> tuple[Arm, ...]:
    """The settings that are tried of a method."""
    settings = WARM if METHODS[method].uses_temperature else tuple((COLD, alpha) for alpha in ALPHAS)
    return tuple(Arm("distilled", method, *one) for one in settings)


def tried(plain: RunSpec) -> list[RunSpec]:
    """What is tried at a place: the settings of all methods, and labels only at each rate."""
    few = replace(plain, seeds=TRIED_WITH)
    parts = [
        tuple(arm for method in RACERS for arm in tries(method)[part]) for part in (slice(FIRST), slice(FIRST, None))
    ]
    return [
        *(replace(few, arms=arms) for arms in parts),
        *(replace(few, arms=(LABELS_ONLY,), rate=rate) for rate in RATES),
    ]


# What was best on validation images, by place: the rate of labels only; temperature and alpha of the others.
CHOSEN: Mapping[str, tuple[float, Mapping[str, tuple[float, float]]]] = {
    "few": (
        1.0,
        {
            "kd": (20.0, 0.9),
            "logits": (COLD, 0.5),
            "dkd": (3.0, 0.5),
            "hints": (COLD, 0.998),
            "attention": (COLD, 0.1),
            "relational": (COLD, 0.98),
            "even": (8.0, 0.5),
        },
    ),
    "many": (
        2.0,
        {
            "kd": (3.0, 0.9),
            "logits": (COLD, 0.1),
            "dkd": (8.0, 0.5),
            "hints": (COLD, 0.98),
            "attention": (COLD, 0.1),
            "relational": (COLD, 0.98),
            "even": (3.0, 0.9),
        },
    ),
    "clothes": (
        0.25,
        {
            "kd": (3.0, 0.5),
            "logits": (COLD, 0.5),
            "dkd": (3.0, 0.5),
            "hints": (COLD, 0.98),
            "attention": (COLD, 0.9),
            "relational": (COLD, 0.98),
            "even": (8.0, 0.9),
        },
    ),
}


def raced(plain: RunSpec, place: str, seeds: tuple[int, ...]) -> list[RunSpec]:
    """The race at a place, with the settings chosen there: all methods as one cohort, and labels only.

    If its chosen rate is another than theirs, also labels only at the usual one: else the rate might make a difference.
    """
    rate, chosen = CHOSEN[place]
    arms = tuple(Arm("distilled", method, *chosen[method]) for method in RACERS)
    rates = dict.fromkeys((rate, 1.0))
    alone = (replace(plain, seeds=seeds, arms=(LABELS_ONLY,), rate=one) for one in rates)
    return [replace(plain, seeds=seeds, arms=arms), *alone]


def races() -> Iterator[Plan]:
    """At each place what is tried, on validation images, and then the race, on test images and with fresh seeds."""
    for place, settings in PLACES.items():
        plain = compared(**settings)
        title, left = f"{DATA[plain.data].name} {plain.labels:,}", DATA[plain.data].pool - plain.labels
        about = {"validation_images": min(VALIDATION_IMAGES, left)}
        tests, race = ([(one,) for one in specs] for specs in (tried(plain), raced(plain, place, MANY_SEEDS)))
        yield _plan(f"tries-{place}", RecordedTries.KIND, f"{title}: settings tried", tests, "validation", about)
        yield _plan(f"race-{place}", RecordedRace.KIND, f"{title}: a race", race, "final", {})


def _plan(
    name: str, kind: str, title: str, cohorts: list[tuple[RunSpec]], measured: str, about: Mapping[str, Any]
) -> Plan:
    fields = ("update", "accuracy", measured)
    return Plan(name, kind, title, tuple(cohorts), fields=fields, at_end=True, about=about)
