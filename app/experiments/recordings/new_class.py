"""The recording of students that know nine digits and meet the tenth."""

from typing import ClassVar

from app.experiments.kinds.new_class import NewClass
from app.experiments.recordings.inherited import RecordedEnds


class RecordedNewClass(RecordedEnds):
    """A run at each rate, with all that was measured on the way."""

    KIND: ClassVar[str] = "new_class"
    WORDS: ClassVar[str] = "recorded new class"
    MEASURED: ClassVar[tuple[str, ...]] = tuple(measure.key for measure in NewClass.measures)
