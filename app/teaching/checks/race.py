"""What a race of methods found, and what was tried before it. place: few, many, clothes."""

from statistics import fmean

from app.catalog.declared import METHODS
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import named
from app.experiments.recordings.race import BASE, TOGETHER, Entry, RecordedRace, RecordedTries, together
from app.teaching.checks.registry import check, check_difference, number

RACE, TRIES = "recorded-race-", "recorded-tries-"


def _race(place: str) -> RecordedRace:
    return named(RecordedRace, RACE + place)


def _gain(place: str, method: str, over: str) -> PairedDifference:
    return paired(_race(place).accuracy(method), _race(place).accuracy(over))


@check(source="model")
def race_accuracy(place: str, method: str) -> float:
    """Mean over the seeds of a method's students, in percent."""
    return 100 * fmean(_race(place).accuracy(method))


@check_difference
def race_gain(place: str, method: str, over: str = BASE) -> PairedDifference:
    """By how many points the students of one method are above those of another."""
    return _gain(place, method, over)


@check(source="model")
def race_wide(place: str, method: str, over: str = BASE) -> float:
    """Half of the interval that allows for all methods being looked at, in points."""
    return together(_gain(place, method, over))


@check(source="model")
def race_finding(place: str, method: str, over: str = BASE) -> str:
    """What the interval of one method finds: “better”, “worse” or “none”."""
    low, high = _gain(place, method, over).interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def race_stands(place: str, method: str, over: str = BASE) -> str:
    """The same of the interval that allows for all methods being looked at."""
    gain = _gain(place, method, over)
    return race_finding(place, method, over) if abs(gain.mean) > together(gain) else "none"


@check(source="model")
def race_count(place: str, over: str = BASE, finding: str = "better") -> float:
    """Of how many methods with a teacher the wide interval finds this: better, worse or none."""
    taught = (one for one in _race(place).by_method if one in METHODS and METHODS[one].uses_teacher)
    return sum(race_stands(place, one, over) == finding for one in taught)


@check(source="model")
def race_share(place: str, method: str, of: str = "kd") -> float:
    """What share of another method's gain over labels only is also this one's, in percent."""
    return 100 * _gain(place, method, BASE).mean / _gain(place, of, BASE).mean


@check(source="formula")
def race_luck(intervals: int) -> float:
    """If nothing differs: with what chance, in percent, at least one of so many 95% intervals excludes zero.

    As if each had a luck of its own; those of a race share their base, which makes it less.
    """
    return 100 * (1 - 0.95**intervals)


@check(source="model")
def race_place(place: str, method: str) -> float:
    """Of a method by the mean of its students: 1 for the highest."""
    known = _race(place)
    means = {one: fmean(known.accuracy(one)) for one in known.by_method}
    if method not in means:
        raise ValueError(f"there is no method “{method}”: say one of {', '.join(means)}")
    return 1 + sum(mean > means[method] for mean in means.values())


@check(source="model")
def race_first(place: str, rank: int = 1) -> str:
    """The method whose students come in at this place."""
    known = _race(place)
    return sorted(known.by_method, key=lambda one: -fmean(known.accuracy(one)))[rank - 1]


@check(source="model")
def race_number(place: str, what: str) -> float:
    """A number of a place: labels, updates, seeds, test_images, methods, tries, tried_seeds, validation_images."""
    race, tries = _race(place), named(RecordedTries, TRIES + place)
    spec, first = race.spec, next(iter(tries.by_method.values()))
    known = {
        "labels": spec.labels,
        "updates": spec.updates,
        "seeds": len(spec.seeds),
        "test_images": race.reached().images,
        "methods": len(tries.by_method),
        "tries": len(first),
        "tried_seeds": len(first[0].shares),
        "validation_images": int(tries.record["validation_images"]),
    }
    return number(known, what)


@check(source="model")
def race_setting(place: str, method: str, of: str) -> float:
    """With what a method ran: temperature, alpha, or rate, as a share of the usual one."""
    return number(_numbers(_race(place).best(method)), of)


@check(source="model")
def race_tried(place: str, method: str, at: int) -> float:
    """Right on validation images with one of the settings that were tried, in percent. at: 1 for the first."""
    return race_all_tried(place, method)[at - 1]


@check(source="model")
def race_all_tried(place: str, method: str) -> list[float]:
    """The same with each of them, in their order."""
    entries = named(RecordedTries, TRIES + place).entries(method)
    return [100 * fmean(entry.shares) for entry in entries]


@check_difference
def race_tried_gain(place: str, method: str, at: int, over: int = 2) -> PairedDifference:
    """By how many points one of its settings is above labels only at rate number `over`, on validation images.

    at: 1 for the first setting. over: 2 is the usual rate.
    """
    tries = named(RecordedTries, TRIES + place)
    return paired(tries.entries(method)[at - 1].shares, tries.entries(BASE)[over - 1].shares)


@check(source="formula")
def race_wider() -> float:
    """How many times as wide an interval is that allows for all methods being looked at."""
    return TOGETHER


def _numbers(entry: Entry) -> dict[str, float]:
    return {"temperature": entry.arm.temperature, "alpha": entry.arm.alpha, "rate": entry.rate}
