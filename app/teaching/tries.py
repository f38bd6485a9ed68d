"""The tries of a question: who misses is told why and tries again, and only a second miss tells the key."""

from collections.abc import Sequence

from app.store.answers import Answer

TRIES = 2


def is_settled(tries: Sequence[Answer]) -> bool:
    """Whether an asking is over: its last try was right, or there was no other one."""
    return bool(tries) and (tries[-1].score == 1 or len(tries) >= TRIES)


def askings(given: Sequence[Answer]) -> list[list[Answer]]:
    """Answers to one version of a question, in their order, by the asking that each of them is a try of."""
    found: list[list[Answer]] = []
    for answer in given:
        if found and not is_settled(found[-1]) and found[-1][-1].variant == answer.variant:
            found[-1].append(answer)
        else:
            found.append([answer])
    return found


def is_late(tries: Sequence[Answer]) -> bool:
    """Whether an asking came out right, but not at the first try."""
    return len(tries) > 1 and tries[-1].score == 1
