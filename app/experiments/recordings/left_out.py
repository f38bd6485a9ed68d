"""Recorded students that never saw a class: what they say of it, and what a bias on its logit brings out."""

from typing import ClassVar, get_args

import numpy as np

from app.experiments.left_out import Floats, Images, LeftOutAnswers
from app.experiments.recordings.recording import DAMAGED, Recording, recordings

PREFIX = "recorded-unseen-"

Rows = list[list[float]]  # (arms, seeds)


class RecordedLeftOut(Recording):
    """Experiments that each leave a class out; of the first, one a class, also what a bias on its logit needs.

    The event of each run has "scores": see `scores`.
    """

    KIND: ClassVar[str] = "left-out"

    def _check(self) -> None:
        for run in self.runs:
            if np.shape(run.end["scores"]["plain"]["own"]) != (len(run.spec.arms), len(run.spec.seeds)):
                raise ValueError("its scores are not of its arms and seeds")

    def of(self, left_out: int) -> LeftOutAnswers:
        """What students that never saw this class say. Raises ValueError, a sentence."""
        labels, margins, others = (self.array(name) for name in ("labels", "margins", "others"))
        if not 0 <= left_out < len(margins):
            raise ValueError(f"left_out must be a class, 0 to {len(margins) - 1}, got {left_out}")
        return LeftOutAnswers(left_out, labels[left_out], margins[left_out], others[left_out])


def recorded_left_out(data: str) -> RecordedLeftOut:
    """The recording on images of `data`. Raises ValueError, a sentence, if it is missing or damaged."""
    recording = recordings(RecordedLeftOut).get(PREFIX + data)
    if recording is None or not recording.arrays:
        raise ValueError(DAMAGED)
    return recording


def scores(answers: LeftOutAnswers, prior: float) -> dict[str, dict[str, Rows]]:
    """How students do with a left-out class: correction → part → (arms, seeds). prior: how often it occurs, a share.

    Corrections: plain; label_free, the bias with which the class is answered as often as it occurs; best, the one for
    these very test images; halved, the label-free one of one half of them, measured on the other. Parts: bias, what was
    added to the class's logit; own, others, all: fractions that are right of its images, of the rest, of all.
    """
    halves = [answers.part(slice(start, None, 2)) for start in (0, 1)]
    crossed = [_scores(one, other.label_free(prior)) for one, other in (halves, halves[::-1])]
    return {
        "plain": _scores(answers, np.zeros(answers.margins.shape[:2])),
        "label_free": _scores(answers, answers.label_free(prior)),
        "best": _scores(answers, answers.best()),
        "halved": {part: _rounded(np.mean([one[part] for one in crossed], axis=0)) for part in crossed[0]},
    }


def _scores(answers: LeftOutAnswers, bias: Floats) -> dict[str, Rows]:
    return {"bias": _rounded(bias), **{of: _rounded(answers.share(of, bias)) for of in get_args(Images)}}


def _rounded(values: Floats) -> Rows:
    return [[round(one, 6) for one in arm] for arm in values.tolist()]
