"""Recorded arms: one cohort with more than two, whose gains over labels only are set against each other."""

from typing import ClassVar

from app.catalog.declared import Arm
from app.experiments.recordings.recording import Recording


class RecordedArms(Recording):
    """Labels only, the distilled students, and arms with one method each."""

    KIND: ClassVar[str] = "arms"
    WORDS: ClassVar[str] = "recorded cohort of arms"

    def _check(self) -> None:
        if len(self.runs) != 1 or not {"labels", "kd"} <= set(self.methods) or len(set(self.methods)) < len(self.arms):
            raise ValueError("its arms are not as they should be")

    @property
    def arms(self) -> tuple[Arm, ...]:
        """As they were trained."""
        return self.spec.arms

    @property
    def methods(self) -> tuple[str, ...]:
        """Of the arms; “control” if students with labels only teach it."""
        return tuple("control" if arm.role == "control" else arm.method for arm in self.arms)

    def accuracy(self, method: str) -> tuple[float, ...]:
        """Of an arm at the end, for each seed, as a verdict takes it. Raises ValueError if there is none of it."""
        if method not in self.methods:
            raise ValueError(f"{self.id} has no arm “{method}”: say one of {', '.join(self.methods)}")
        return self.runs[0].reached[self.methods.index(method)]
