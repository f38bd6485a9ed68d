"""Students before a teacher and behind a gate, and students of one recipe apart; from recorded runs."""

from statistics import fmean

import numpy as np

from app.catalog.available import teachers
from app.catalog.declared import DATA, STUDENTS
from app.experiments import costs
from app.experiments.kinds import churn as of_churn
from app.experiments.kinds import layers as of_layers
from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.paired import PairedDifference, half_width, paired
from app.experiments.recordings import named
from app.experiments.recordings.layered import (
    CHURN,
    CLEAN,
    LAYERS,
    RecordedChurn,
    RecordedLayers,
    ground_of,
    place_of,
    priced,
)
from app.teaching.checks.registry import check, check_difference, number


def _known() -> RecordedLayers:
    return named(RecordedLayers, LAYERS)


def _share(of: str, way: str, ground: str, threshold: float, scaled: bool, behind: bool = False) -> list[float]:
    """Of every seed, a fraction.

    of: right, passed, sure_wrong, mended; kept, what the student answers; random, right if as many were handed on at
    random; alone, right without the teacher; caught, of what the student gets wrong, what is handed on; broken, handed
    on and wrong though the student was right.
    """
    curve, at = _known().curve(way, ground, scaled=scaled, behind=behind), place_of(threshold)
    wrong_alone = curve.kept_wrong[:, 0]
    known = {
        "right": curve.right[:, at],
        "passed": curve.passed[:, at],
        "sure_wrong": curve.kept_wrong[:, at],
        "mended": curve.mended[:, at],
        "kept": curve.kept[:, at],
        "random": curve.at_random[:, at],
        "alone": curve.right[:, 0],
        "caught": 1 - curve.kept_wrong[:, at] / np.where(wrong_alone, wrong_alone, 1),
    }
    if of not in known:
        raise ValueError(f"there is no share “{of}”: say one of {', '.join(known)}")
    return [float(share) for share in known[of]]


@check(source="model")
def layers(
    of: str,
    way: str = "distilled",
    ground: str = CLEAN,
    threshold: float = of_layers.SURE,
    scaled: bool = False,
    behind: bool = False,
) -> float:
    """A share of images in percent, see `_share`. behind: of those that a gate before the student has let through."""
    return 100 * fmean(_share(of, way, ground, threshold, scaled, behind))


@check(source="model")
def layers_half(
    of: str,
    way: str = "distilled",
    ground: str = CLEAN,
    threshold: float = of_layers.SURE,
    scaled: bool = False,
    behind: bool = False,
) -> float:
    """Half its 95% interval over the seeds, in points."""
    return 100 * half_width(_share(of, way, ground, threshold, scaled, behind))


@check_difference
def layers_gain(
    way: str = "distilled",
    over: str = "alone",
    ground: str = CLEAN,
    threshold: float = of_layers.SURE,
    scaled: bool = False,
) -> PairedDifference:
    """By how many points more is right with the teacher behind. over: alone, random, teacher, or students of a way."""
    right = _share("right", way, ground, threshold, scaled)
    if over == "teacher":
        return paired(right, [_known().teacher(ground)] * len(right))
    if over in ("alone", "random"):
        return paired(right, _share(over, way, ground, threshold, scaled))
    return paired(right, _share("right", over, ground, threshold, scaled))


@check_difference
def layers_at_share(
    share: float, way: str = "distilled", over: str = "labels", ground: str = CLEAN
) -> PairedDifference:
    """The same between students of two ways, if each hands on its least sure `share` percent: between thresholds.

    over: a way; or raw: what scaled confidence changes of that of the same students.
    """

    def right(one: str, scaled: bool) -> list[float]:
        curve = _known().curve(one, ground, scaled=scaled)
        each = zip(curve.passed, curve.right, strict=True)
        return [float(np.interp(share / 100, passed, rights)) for passed, rights in each]

    return paired(right(way, over == "raw"), right(way if over == "raw" else over, False))


@check(source="model")
def layers_teacher(ground: str = CLEAN) -> float:
    """What the teacher alone gets right, in percent."""
    return 100 * _known().teacher(ground)


@check(source="model")
def layers_finding(
    way: str = "distilled",
    over: str = "alone",
    ground: str = CLEAN,
    threshold: float = of_layers.SURE,
    scaled: bool = False,
) -> str:
    """Whether handing on is shown to be better, worse, or none of it, by the interval of `layers_gain`."""
    return _found(layers_gain(way, over, ground, threshold, scaled))


def _found(difference: PairedDifference) -> str:
    low, high = difference.interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def layers_along(of: str, thresholds: list[float], way: str = "distilled", ground: str = CLEAN) -> list[float]:
    """A share at several thresholds, in percent."""
    return [layers(of, way, ground, threshold) for threshold in thresholds]


@check(source="model")
def layers_per_thousand(of: str, way: str = "distilled", ground: str = CLEAN, threshold: float = 0.9) -> float:
    """Of a thousand images: sure_wrong, or wrong_alone, without the teacher."""
    if of == "wrong_alone":
        return 1000 - 10 * layers("alone", way, ground, threshold)
    return 10 * layers(of, way, ground, threshold)


@check(source="model")
def layers_wrong_alone(way: str = "distilled", ground: str = CLEAN) -> float:
    """What a student alone gets wrong, in percent."""
    return 100 - layers("alone", way, ground)


@check(source="model")
def layers_missed(way: str = "distilled", ground: str = CLEAN, threshold: float = 0.9) -> float:
    """Of what the student gets wrong, what it keeps, in percent."""
    return 100 - layers("caught", way, ground, threshold)


@check(source="catalog")
def layers_ground(ground: str) -> str:
    """What a ground is called."""
    return of_layers.GROUNDS[ground_of(ground)].words


@check(source="model")
def layers_ece(way: str, ground: str = CLEAN, scaled: bool = False) -> float:
    """How far confidence and what is right are apart, in points."""
    return 100 * fmean(_known().ece(way, ground, scaled=scaled).tolist())


@check_difference
def layers_ece_gap(way: str, over: str, ground: str = CLEAN, scaled: bool = False) -> PairedDifference:
    """The same, of one way less another."""
    return paired(*(_known().ece(one, ground, scaled=scaled).tolist() for one in (way, over)))


@check(source="model")
def layers_scaling(way: str) -> float:
    """The temperature by which validation images scale the confidence, on average over the seeds."""
    known = _known()
    return float(known.array("scaling")[known.experiment.place(way)].mean())


# ── what it costs ────────────────────────────────────────────────────────────────────────────────────────────────


@check(source="model")
def layers_milliseconds(layer: str) -> float:
    """What an answer of the gate, a student or the teacher took, one image at a time."""
    return number(_known().milliseconds, layer)


@check(source="model")
def layers_times_cheaper() -> float:
    """How many answers of the student fit into the time of one of the teacher."""
    return layers_milliseconds("teacher") / layers_milliseconds("student")


@check(source="model")
def layers_cost(way: str = "distilled", ground: str = CLEAN, threshold: float = 0.9) -> float:
    """What a question takes with the teacher behind, in percent of the teacher's time."""
    return 100 / layers_times_cheaper() + layers("passed", way, ground, threshold)


def _prices(wrong: float, way: str) -> tuple[list[int], list[list[float]]]:
    """(the threshold's place that validation images choose for each seed, what a question then costs on test images).

    wrong: price of a wrong answer, in answers of the teacher.
    """
    known, student = _known(), 1 / layers_times_cheaper()
    on_validation = priced(known.on_validation(way), 0, wrong) * of_layers.VALIDATION_IMAGES
    chosen = on_validation.round(6).argmin(1)  # of equal ones the lowest, as whole images are counted
    return chosen.tolist(), priced(known.curve(way), student, wrong).tolist()


@check(source="model")
def layers_price(wrong: float, of: str = "chosen", way: str = "distilled") -> float:
    """What a question costs, in answers of the teacher. of: at the chosen threshold, student, teacher: always that one.

    best: at the threshold that would have been best on the test images.
    """
    chosen, costs_of = _prices(wrong, way)
    student = 1 / layers_times_cheaper()
    known = {
        "chosen": fmean(row[at] for row, at in zip(costs_of, chosen, strict=True)),
        "best": fmean(min(row) for row in costs_of),
        "student": fmean(row[0] for row in costs_of),
        "teacher": fmean(row[-1] - student for row in costs_of),
    }
    return number(known, of)


@check(source="model")
def layers_chosen(wrong: float, of: str = "threshold", way: str = "distilled") -> float:
    """What validation images choose for this price: the median threshold, or what it hands on in percent (passed)."""
    chosen, _ = _prices(wrong, way)
    curve = _known().curve(way)
    median = sorted(chosen)[len(chosen) // 2]
    passed = 100 * fmean(float(row[at]) for row, at in zip(curve.passed, chosen, strict=True))
    return number({"threshold": THRESHOLDS[median], "passed": passed}, of)


# ── a thousand questions ─────────────────────────────────────────────────────────────────────────────────────────


def _wholes(values: list[float], total: int) -> list[int]:
    """Whole numbers with this sum that are nearest to some."""
    down = [int(value) for value in values]
    order = sorted(range(len(values)), key=lambda at: down[at] - values[at])
    for at in order[: total - sum(down)]:
        down[at] += 1
    return down


@check(source="model")
def layers_flow(
    of: str, gate: str = "gate", foreign: str = "clothes", share: int = 20, threshold: float = of_layers.SURE
) -> float:
    """What becomes of a thousand questions, of which `share` percent are foreign, before distilled students.

    of: right, digits that are answered right; refused, digits that are refused; called, foreign ones that are called a
    digit; away, all that are refused; asked, how often the teacher is; digits, foreign, how many there are;
    milliseconds, what all of it takes; alone, if the teacher answered everything. gate: gate or none.
    """
    known, at, some, parts = _known(), place_of(threshold), 10 * share, []
    for ground, questions in ((CLEAN, 1000 - some), (foreign, some)):
        curve = known.curve("distilled", ground, behind=gate == "gate")
        passed, wrong, mended, kept = (float(one[:, at].mean()) for one in curve)
        shares = (1 - kept - passed, kept - wrong, wrong, mended, passed - mended)
        parts.append(_wholes([round(one * questions, 6) for one in shares], questions))
    (refused, right, _, mended_digits, lost), (sent_away, *answered) = parts
    times, asked = known.milliseconds, mended_digits + lost + sum(answered[2:])
    spent = (1000 - refused - sent_away) * times["student"] + asked * times["teacher"]
    counts = {"right": right + mended_digits, "refused": refused, "called": sum(answered), "asked": asked}
    counts |= {"digits": 1000 - some, "foreign": some, "away": refused + sent_away}
    took = {"milliseconds": spent + 1000 * times["gate"] * (gate == "gate"), "alone": 1000 * times["teacher"]}
    return number(counts | took, of)


# ── a gate ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _stopped(layer: str, ground: str) -> list[float]:
    return [1 - float(share) for share in _known().through(layer, ground)]


def _alive(ground: str) -> list[float]:
    """The same of the gates whose validation clothes show that they learned: they refuse at least half of these."""
    each = zip(_stopped("gate", ground), _stopped("gate", "validation"), strict=True)
    return [share for share, known in each if known >= 0.5]


@check(source="model")
def gates_alive(ground: str = "clothes") -> float:
    """What the gates refuse of a ground of which validation clothes show that they learned, in percent."""
    return 100 * fmean(_alive(ground))


@check(source="model")
def gates_alive_half(ground: str = "clothes") -> float:
    """Half its 95% interval over these gates, in points."""
    return 100 * half_width(_alive(ground))


@check(source="model")
def gate_stops(layer: str = "gate", ground: str = "clothes") -> float:
    """What a gate, or the confidence of students of a way in its place, refuses of a ground, in percent."""
    return 100 * fmean(_stopped(layer, ground))


@check(source="model")
def gate_stops_half(layer: str = "gate", ground: str = "clothes") -> float:
    """Half its 95% interval over the seeds, in points."""
    return 100 * half_width(_stopped(layer, ground))


@check(source="model")
def gates_without(ground: str = "clothes", at_most: float = 25) -> int:
    """How many gates, of all seeds, refuse less than so many percent of a ground."""
    return sum(100 * share < at_most for share in _stopped("gate", ground))


@check(source="model")
def gates_with(ground: str = "clothes", at_least: float = 50) -> int:
    """How many gates, of all seeds, refuse at least so many percent of a ground."""
    return sum(100 * share >= at_least for share in _stopped("gate", ground))


@check_difference
def gate_gain(layer: str = "gate", over: str = "distilled", ground: str = "clothes") -> PairedDifference:
    """By how many points one refuses more of a ground than another."""
    return paired(_stopped(layer, ground), _stopped(over, ground))


# ── students of one recipe ───────────────────────────────────────────────────────────────────────────────────────


def _churn() -> RecordedChurn:
    return named(RecordedChurn, CHURN)


@check(source="model")
def churn(recipe: str = "distilled", same: bool = False, system: bool = False) -> float:
    """On how many test images two students of one recipe differ, in percent. same: images; system: with the teacher."""
    return 100 * fmean(_churn().between(recipe, same=same, system=system))


@check(source="model")
def churn_half(recipe: str = "distilled", same: bool = False, system: bool = False) -> float:
    """Half its 95% interval over pairs of which no two have a student in common, in points."""
    return 100 * half_width(_churn().between(recipe, same=same, system=system))


@check_difference
def churn_gap(recipe: str, over: str, same: bool = False, system: bool = False) -> PairedDifference:
    """By how many points two students of one recipe differ more than two of another, with the same seeds."""
    known = _churn()
    return paired(*(known.between(one, same=same, system=system) for one in (recipe, over)))


@check(source="model")
def churn_finding(recipe: str, over: str, same: bool = False, system: bool = False) -> str:
    """Where the interval of `churn_gap` lies: above zero (better), below it (worse), or on both sides (none)."""
    return _found(churn_gap(recipe, over, same, system))


@check(source="model")
def churn_divided(recipe: str, same: bool = False, system: bool = False) -> float:
    """On how many test images not all five students of a group say the same, in percent."""
    return 100 * fmean(_churn().divided(recipe, same=same, system=system))


@check(source="model")
def churn_right(recipe: str, same: bool = False, system: bool = False) -> float:
    """What students of a recipe get right, in percent."""
    run, experiment = _churn().run(same=same)
    measure = "system_accuracy" if system else "accuracy"
    return 100 * fmean(run.end["final"][measure][experiment.place(recipe)])


def _recipe(recipe: str) -> of_churn.Recipe:
    _, experiment = _churn().run(same=False)
    return experiment.recipes[experiment.place(recipe)]


@check(source="catalog")
def churn_images(recipe: str) -> int:
    """From how many labelled images students of a recipe learn."""
    return _recipe(recipe).images


@check(source="catalog")
def churn_words(recipe: str) -> str:
    """What students of a recipe are called, before the word."""
    return {"labels": "labels-only", "distilled": "distilled"}.get(recipe, f"“{_recipe(recipe).words}”")


@check(source="model")
def churn_wrong(recipe: str) -> float:
    """What students of a recipe get wrong, in percent."""
    return 100 - churn_right(recipe)


@check(source="model")
def churn_most(recipe: str) -> float:
    """On how many images two of them can differ at most, in percent: if they are never wrong together."""
    return 2 * churn_wrong(recipe)


@check(source="model")
def churn_kept(recipe: str) -> float:
    """What share of the churn is there if both learn from the same images, in percent."""
    return 100 * churn(recipe, same=True) / churn(recipe)


@check(source="model")
def churn_gone(recipe: str) -> float:
    """What share of the churn is gone if the teacher answers what each doubts most, in percent."""
    return 100 - 100 * churn(recipe, system=True) / churn(recipe)


@check_difference
def churn_right_gap(recipe: str, over: str, same: bool = False) -> PairedDifference:
    """By how many points students of a recipe are right more often than those of another."""
    run, experiment = _churn().run(same=same)
    right = run.end["final"]["accuracy"]
    return paired(*(right[experiment.place(one)] for one in (recipe, over)))


@check(source="model")
def layers_number(of: str) -> float:
    """A number of the experiments: seeds, test_images, labels, updates, validation, student, teacher (parameters) …

    gate: its parameters. sure: the threshold of the lessons. pairs, group: of churn. handed: percent that a system
    there hands on. temperature: at which the teacher is heard. refused: percent of the digits that a gate may refuse.
    """
    data, spec = DATA[of_layers.Layers.data], _known().experiment
    student, gate = (STUDENTS[one].parameters(data) for one in (of_layers.STUDENT, of_layers.GATE))
    known = {
        "seeds": len(spec.seeds),
        "test_images": _known().tests,
        "labels": of_layers.LABELS,
        "updates": of_layers.UPDATES,
        "validation": of_layers.VALIDATION_IMAGES,
        "temperature": of_layers.TEMPERATURE,
        "student": student,
        "gate": gate,
        "teacher": costs.of_teacher(teachers()[data.id], data).parameters,
        "gate_images": of_layers.GATE_IMAGES,
        "refused": 100 * of_layers.REFUSED,
        "pairs": len(spec.seeds) // 2,
        "group": of_churn.GROUP,
        "handed": 100 * of_churn.HANDED_ON,
        "sure": of_layers.SURE,
    }
    return number(known, of)
