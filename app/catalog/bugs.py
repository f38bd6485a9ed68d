"""The nine mistakes of the bug lab: what they are called, and what gives them away.

Each is easy to write and raises no error. `distillation/bug_lab.py` makes them, in the real training.
"""

from dataclasses import dataclass

from app.catalog.declared import METHODS

METHOD = "kd"  # the method in which they are made
PROBED = 64  # of the labelled images of each seed, at most: on these an evaluation looks for what gives one away


@dataclass(frozen=True)
class Bug:
    """One mistake.

    name: of the students that are trained with it, after a comma. title: of the mistake. words: what goes wrong, in a
    sentence. caught: the property that every correct program has and this one has not. asks: the teacher is asked in
    the loop, which takes time. learns: and a copy of it is trained there, which takes three times as long.
    """

    id: str
    name: str
    title: str
    words: str
    caught: str
    asks: bool = False
    learns: bool = False


BUGS: dict[str, Bug] = {
    bug.id: bug
    for bug in (
        Bug(
            "mean",
            "mean",
            "mean instead of batchmean",
            "The soft loss is averaged over the classes, too: it is as many times too small as there are classes.",
            "The loss equals the formula, computed once by hand with the sum over classes.",
        ),
        Bug(
            "no-t2",
            "no T²",
            "no factor T²",
            "Softening by T shrinks the soft gradient about T² times, and nothing takes that back.",
            "At a very high temperature the soft loss tends to the squared distance of the centred logits.",
        ),
        Bug(
            "no-log",
            "no log",
            "softmax where log_softmax belongs",
            "The divergence wants logarithms and gets probabilities: what is minimised is no divergence at all.",
            "The divergence of any answer from itself is zero, and none is negative.",
        ),
        Bug(
            "twice",
            "softmax twice",
            "softmax twice",
            "The student ends in a softmax, and the loss applies another: no answer can look sure any more.",
            "A student that is sure and right has almost no hard loss.",
        ),
        Bug(
            "cut",
            "graph cut",
            "the student’s graph is cut",
            "The soft loss is computed, printed and added, but no gradient leads from it to the student.",
            "With all the weight on the teacher, one step changes the student and brings it nearer to the teacher.",
        ),
        Bug(
            "swapped",
            "swapped",
            "teacher and student swapped",
            "The optimiser has the wrong network: the teacher learns from the student, which stays as it was born.",
            "After training the teacher’s weights are what they were, and the student’s are not.",
            asks=True,
            learns=True,
        ),
        Bug(
            "shuffled",
            "shuffled cache",
            "cached answers out of step with the images",
            "The teacher’s answers were kept in a shuffled order: each image is taught what was said of another.",
            "A kept answer equals what the teacher says to that image now; kept answers are as right as the teacher.",
        ),
        Bug(
            "train-mode",
            "train mode",
            "teacher left in train mode",
            "The teacher normalises each image by the others in its batch, and its running statistics move on.",
            "Asked the same twice, in other company, the teacher gives the same answer, and nothing in it has changed.",
            asks=True,
        ),
        Bug(
            "alpha",
            "α flipped",
            "alpha means the opposite",
            "The weights have changed places: what was meant for the teacher goes to the labels.",
            "At alpha zero the loss is the plain cross-entropy; at alpha one the labels do not matter.",
        ),
    )
}


def arm_words() -> dict[str, str]:
    """What students are called by: the names of methods and of bugs, by their ids."""
    return {method.id: method.name for method in METHODS.values()} | {bug.id: bug.name for bug in BUGS.values()}
