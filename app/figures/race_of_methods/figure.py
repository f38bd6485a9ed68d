"""A race of methods: by how many points each is above labels only, or above even softness, and what was tried of it."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.catalog.declared import DATA, METHODS
from app.components.mount import mount
from app.experiments.paired import paired
from app.experiments.recordings import recordings
from app.experiments.recordings.race import BASE, USUAL, Entry, RecordedRace, RecordedTries, together
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RACE, TRIES = "recorded-race-", "recorded-tries-"
GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
PLACES = ("few", "many", "clothes")
CONTROL = "even"  # as soft as the teacher, and no teacher
OVERS = (BASE, USUAL, CONTROL)
RACERS = ("kd", "logits", "dkd", "hints", "attention", "relational", "even")


class RaceOfMethodsOptions(Options):
    """place: images and labels, at first; over: whom the others are set against, at first; method: whose students are
    told of. places: those to choose from. overs: with a choice of whom they are set against. tries: what was tried of
    the method, too.
    """

    place: Literal["few", "many", "clothes"] = "few"
    over: Literal["labels", "usual", "even"] = "labels"
    method: Literal["kd", "logits", "dkd", "hints", "attention", "relational", "even", "labels"] = "kd"
    places: tuple[Literal["few", "many", "clothes"], ...] = ("few",)
    overs: bool = False
    tries: bool = False


@lru_cache(maxsize=8)
def contents(race: RecordedRace, tries: RecordedTries) -> dict[str, Any]:
    """What is drawn of a place: every method's accuracy, its gain over both bases, and what was tried."""
    spec = race.spec
    return {
        "images": f"{DATA[spec.data].name}, {spec.labels:,} labelled images, {spec.updates:,} updates",
        "button": f"{DATA[spec.data].name} {spec.labels:,}",
        "seeds": len(spec.seeds),
        "tests": race.reached().images,
        "bases": {over: 100 * fmean(race.accuracy(_rival(race, over))) for over in OVERS},
        "validation": int(tries.record["validation_images"]),
        "tried_seeds": len(tries.runs[0].spec.seeds),
        "rows": [_row(race, tries, method) for method in (*RACERS, BASE, USUAL) if method in race.by_method],
    }


def _row(race: RecordedRace, tries: RecordedTries, method: str) -> dict[str, Any]:
    gains, declared = {}, METHODS[BASE if method == USUAL else method]
    for over in OVERS:
        if (rival := _rival(race, over)) != method:
            gain = paired(race.accuracy(method), race.accuracy(rival))
            gains[over] = {"mean": gain.mean, "half": gain.half_width, "wide": together(gain)}
    return {
        "method": method,
        "words": "Labels, usual rate" if method == USUAL else declared.name,
        "teacher": declared.uses_teacher,
        "accuracy": 100 * fmean(race.accuracy(method)),
        "gains": gains,
        "setting": _setting(race.best(method)),
        "tries": [{"setting": _setting(one), "share": 100 * fmean(one.shares)} for one in tries.entries(declared.id)],
    }


def _rival(race: RecordedRace, over: str) -> str:
    """The same, but labels only as chosen if that is at the usual rate."""
    return BASE if over == USUAL and USUAL not in race.by_method else over


def _setting(entry: Entry) -> str:
    """How it is written: temperature and alpha, as far as the method has them, or the rate of labels only."""
    method = METHODS[entry.arm.method]
    if entry.arm.method == BASE:
        return f"rate × {entry.rate:g}"
    return (f"T = {entry.arm.temperature:g}, " if method.uses_temperature else "") + f"α = {entry.arm.alpha:g}"


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    held = {name: stage.held(name, options[name]) for name in ("place", "over", "method")}
    races, tries = recordings(RecordedRace), recordings(RecordedTries)
    shown = dict.fromkeys((*options["places"], held["place"]))
    known = {place: (races.get(RACE + place), tries.get(TRIES + place)) for place in shown}
    try:
        places = {place: contents(race, tried) for place, (race, tried) in known.items() if race and tried}
    except (ValueError, KeyError):
        places = {}
    whole = len(places) == len(shown)
    more = {"places": places, "choices": list(options["places"]), "overs": options["overs"], "tries": options["tries"]}
    mount("race_of_methods", {"trouble": "" if whole else GONE} | held | (more if whole else {}), key)


FIGURE = Figure(
    "a race of methods: by how many points each is above labels only, or above even softness",
    RaceOfMethodsOptions,
    show,
    settings=(
        Setting("place", "images and labels", choices=PLACES),
        Setting("over", "whom the methods are set against", choices=OVERS),
        Setting("method", "which students are told of", choices=(*RACERS, BASE)),
    ),
)
