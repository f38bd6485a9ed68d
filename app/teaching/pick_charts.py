"""Charts of recorded runs in which a place can be pressed: what each shows, row by row."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

from app.catalog.rounding import rounded
from app.experiments.paired import paired
from app.experiments.recordings import recordings
from app.experiments.recordings.labels import LabelCurve
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.sweep import CellResult
from app.experiments.verdict import signed
from app.teaching.checks.labels import labels_gain
from app.teaching.plain import ClaimError, Plain
from app.teaching.question import Words
from app.teaching.variants import Variant


@dataclass(frozen=True)
class Place:
    """A thing to press. id: as a key names it; said: to whoever does not see it; cells: what is written there.

    interval: (low, mean, high), if one is drawn. sure: drawn as a difference that was measured.
    """

    id: str
    said: str
    cells: tuple[str, ...]
    interval: tuple[float, float, float] | None = None
    sure: bool = True


@dataclass(frozen=True)
class Chart:
    """Rows of places: one each, or, as a map, one for every head but the first.

    heads: above what is written, the first above the names of the rows; below: what is written below it.
    """

    heads: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[Place, ...], ...]
    below: str

    @property
    def ids(self) -> list[str]:
        """The places in the order in which they are read."""
        return [place.id for row in self.rows for place in row]

    def to_json(self) -> dict[str, Any]:
        """The chart for the browser; drawn: the range of the intervals, zero included."""
        ends = [end for row in self.rows for place in row if place.interval for end in (*place.interval, 0.0)]
        return asdict(self) | {"drawn": [min(ends), max(ends)] if ends else None}


class RecordedChart(Plain, ABC):
    """The base of charts of recorded runs to press in."""

    def drawn(self, asked: Variant) -> Chart:
        """The chart with a variant's numbers. Raises ClaimError if nothing was recorded of it."""
        try:
            return self._drawn(asked)
        except (LookupError, ValueError, TypeError) as error:
            raise ClaimError(f"there is no such chart: {error}") from error

    @abstractmethod
    def _drawn(self, asked: Variant) -> Chart: ...


class GainsChart(RecordedChart):
    """Gains with their intervals, one below the other, at each number of labels of a recorded curve. rest: of those
    that also learn from images which the teacher alone marks.
    """

    kind: Literal["gains"]
    curve: Words
    rest: bool = False

    def _drawn(self, asked: Variant) -> Chart:
        return _gains(asked.of(self.curve), rest=self.rest)


class TriedChart(RecordedChart):
    """Accuracies of a recorded sweep's distilled students at one temperature, on validation and on test images."""

    kind: Literal["tried"]
    sweep: Words
    temperature: float | str

    def _drawn(self, asked: Variant) -> Chart:
        return _tried(asked.of(self.sweep), float(asked.of(self.temperature)))


class MapChart(RecordedChart):
    """The gain at each temperature and alpha of a recorded sweep."""

    kind: Literal["map"]
    sweep: Words

    def _drawn(self, asked: Variant) -> Chart:
        return _map(asked.of(self.sweep))


def _gains(curve: str, *, rest: bool) -> Chart:
    recorded, rows = recordings(LabelCurve)[curve], []
    for labels in recorded.stops:
        if recorded.run(labels, rest=rest) is None:
            continue
        gain = labels_gain(curve, labels, rest)
        mean, half = gain.mean, gain.half_width
        words = f"{signed(mean)} ± {rounded(half, 1)}"
        interval = (mean - half, mean, mean + half)
        rows.append((Place(str(labels), f"{labels:,} labels: {words} points", (words,), interval),))
    names, pairs = tuple(f"{int(row[0].id):,}" for row in rows), len(recorded.spec.seeds)
    return Chart(("labels", "", "points"), names, tuple(rows), f"Gain over labels only: the mean of {pairs} pairs, ±.")


def _tried(sweep: str, temperature: float) -> Chart:
    rows = []
    for at, cell in _cells(sweep).items():
        if at[0] != temperature or cell.validation is None or cell.accuracy is None:
            continue
        reached = tuple(f"{rounded(100 * fmean(seeds[1]), 2)}%" for seeds in (cell.validation, cell.accuracy))
        said = f"α = {at[1]:g}: {reached[0]} on validation images, {reached[1]} on test images"
        rows.append((Place(f"{at[1]:g}", said, reached),))
    if not rows:
        raise ValueError(f"{sweep} has nothing at T = {temperature:g}")
    names = tuple(row[0].id for row in rows)
    return Chart(
        ("α", "validation images", "test images"), names, tuple(rows), "Mean accuracy of the distilled students."
    )


def _map(sweep: str) -> Chart:
    cells = _cells(sweep)
    across, down = (sorted({at[axis] for at in cells}) for axis in (0, 1))
    rows = tuple(tuple(_cell(cells[one, other], one, other) for one in across) for other in reversed(down))
    heads = ("α \\ T", *(f"{one:g}" for one in across))
    below = "Points gained over labels only. Dashed: no difference was measured."
    return Chart(heads, tuple(f"{one:g}" for one in reversed(down)), rows, below)


def _cell(cell: CellResult, temperature: float, alpha: float) -> Place:
    if cell.accuracy is None:
        raise ValueError(f"nothing was recorded at {temperature:g}, {alpha:g}")
    plain, taught = cell.accuracy
    gain = paired(taught, plain)
    mean, sure = gain.mean, abs(gain.mean) > gain.half_width
    said = f"T = {temperature:g}, α = {alpha:g}: {signed(mean)} points{'' if sure else ', not measurable'}"
    return Place(f"{temperature:g}, {alpha:g}", said, (signed(mean),), sure=sure)


def _cells(sweep: str) -> dict[tuple[Any, ...], CellResult]:
    known = recordings(RecordedSweep)
    if sweep not in known:
        raise ValueError(f"there is no recorded sweep “{sweep}”; there are {', '.join(known)}")
    return dict(known[sweep].cells)
