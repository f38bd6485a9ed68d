"""The kind `language`: small language models that read a few sentences, as text or with what a teacher says of them.

What is learned is the next word, and the language is known exactly: how far a student is from the truth is no estimate
on some test texts. A seed sets the sentences, the first weights and the order; within a seed the arms share all three.
Only those that read what the teacher wrote have other sentences. Every arm makes as many updates, with batches of as
many sentences.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

from app.catalog.grammar import LENGTH, beginnings
from app.catalog.language_models import STUDENT, TEACHER, weights_file
from app.experiments.costs import MULTIPLY_ADDS_PER_SECOND, TRAINING_PASS
from app.experiments.kinds import Measure, Pair
from app.experiments.spec import NotTrainable, SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
SENTENCES = (100, 300, 1000)
UPDATES = 250
LIBRARY = 5000  # sentences that the teacher writes, if it writes many
BATCH = 64  # sentences
EVALUATED = (0.1, 0.2, 0.3, 0.5, 1.0)  # after which shares of the updates
TESTED = 8640 * LENGTH  # words that a model passes to be asked of every beginning of a sentence
SLOWER = 7.0  # than large matrices: so many times as long takes a multiply–add in matrices as small as these
UPDATE_SECONDS = 4e-3  # of an update of the smallest stack, on the reference core
NO_TEACHER = "The teacher of the language is missing or damaged. Get a fresh copy of the app."


@dataclass(frozen=True)
class LanguageArm:
    """reads: text of the language, or what the teacher wrote: as many sentences, or LIBRARY of them.

    told: of each next word: the word that stands there; that word, as unsure as the teacher; the teacher's answer; its
    answer to another sentence, at the same place.
    """

    role: Literal["labels", "distilled", "control"]
    words: str
    reads: Literal["text", "written", "library"] = "text"
    told: Literal["word", "even", "teacher", "misplaced"] = "word"
    temperature: float = 1.0


ARMS: dict[str, LanguageArm] = {
    "text": LanguageArm("labels", "text"),
    "soft": LanguageArm("distilled", "soft words", told="teacher"),
    "soft-2": LanguageArm("distilled", "soft words at T = 2", told="teacher", temperature=2.0),
    "written": LanguageArm("distilled", "as much text by the teacher", "written"),
    "library": LanguageArm("distilled", f"{LIBRARY:,} sentences by the teacher", "library"),
    "even": LanguageArm("control", "text, evenly softened", told="even"),
    "misplaced": LanguageArm("control", "soft words of other sentences", told="misplaced"),
}


@dataclass(frozen=True)
class Language:
    """sentences: of SENTENCES, that a student reads, again and again. arms: of ARMS, text first. Raises SpecError."""

    sentences: int
    seeds: tuple[int, ...]
    arms: tuple[str, ...] = ("text", "soft")

    kind: ClassVar[str] = "language"
    data: ClassVar[str] = "language"  # no images
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("kl", "distance from the truth, KL(truth ‖ student), per word", "nats", 3, "lower"),
        Measure("overlap", "overlap with the true probabilities of the next word", "%", 1, "higher"),
    )

    def __post_init__(self) -> None:
        if type(self.sentences) is not int or self.sentences not in SENTENCES:
            raise SpecError("sentences", self.sentences, f"must be one of {', '.join(map(str, SENTENCES))}")
        check_seeds(self.seeds)
        known = isinstance(self.arms, tuple) and all(isinstance(arm, str) and arm in ARMS for arm in self.arms)
        if not known or len(self.arms) < 2 or self.arms[0] != "text" or len(set(self.arms)) < len(self.arms):
            raise SpecError("arms", self.arms, f"must be text and others of {', '.join(ARMS)}")

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        return json.dumps({"kind": self.kind, **asdict(self)}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Language:
        return from_text(cls, fields, "seeds", "arms")

    def check_trainable(self) -> None:
        """Raise NotTrainable if the teacher is not here."""
        try:
            weights_file()
        except (OSError, ValueError, KeyError) as error:
            raise NotTrainable("teacher", "fruit", NO_TEACHER) from error

    def work(self) -> Work:
        """Most of a short run is the tests: each asks for every beginning of a sentence."""
        passes = TRAINING_PASS * UPDATES * BATCH * LENGTH + len(EVALUATED) * TESTED
        products = float(len(self.arms) * passes * STUDENT.multiply_adds)
        if any(ARMS[arm].reads == "library" for arm in self.arms):
            products += LIBRARY * (LENGTH + 1) / 2 * LENGTH * TEACHER.multiply_adds
        seconds = SLOWER * products / MULTIPLY_ADDS_PER_SECOND
        return Work(UPDATES, len(self.seeds) * seconds + UPDATES * UPDATE_SECONDS)

    def arm_words(self) -> tuple[ArmWords, ...]:
        return tuple(ArmWords(ARMS[arm].role, ARMS[arm].words) for arm in self.arms)

    def compared(self) -> tuple[Pair, ...]:
        """The first of the others against text."""
        return (Pair(0, 1, "overlap", len(beginnings()), "beginnings of sentences"),)

    def in_short(self) -> str:
        others = ", ".join(ARMS[arm].words for arm in self.arms[1:])
        return f"Next words, {self.sentences:,} sentences: text against {others}"


KIND = Language
