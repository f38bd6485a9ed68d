"""What is asked today: a few questions, the most needed first, mixed across lessons.

Nobody owes anything: however many questions have waited, a session is a handful, and the others keep. FSRS thinks
better of an answer that was right after a long time, so coming late costs nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from app.teaching.spaced_repetition import DAY, SESSION, Card, Key

MOST = 10  # questions of a session
HOUR = 3600.0
WEEK = 7 * DAY
SOON = 10 * HOUR  # said in hours


@dataclass(frozen=True)
class ReviewSession:
    """done: what was due and was answered in this session, in that order; left: what is still asked in it, in its
    order; waiting: how many more are due, and may wait; next_due: when the next of all others comes, None: none does.
    """

    done: tuple[Card, ...]
    left: tuple[Card, ...]
    waiting: int
    next_due: float | None


def review_session(cards: Iterable[Card], now: float, most: int = MOST, without: Collection[Key] = ()) -> ReviewSession:
    """The questions to ask now. most: of a session, the answered ones included; without: what the learner put off.

    Who was sure and wrong is asked about that first; then come those that have been due for longest, by the week.
    """
    all_ = list(cards)
    done = [card for card in all_ if card.reviewed is not None and now - SESSION < card.reviewed <= now]
    done.sort(key=lambda card: (card.reviewed, card.key))
    due = sorted((card for card in all_ if card.due <= now), key=_need)
    room = max(0, most - len(done))
    chosen = [card for card in due if card.key not in without][:room]
    before = done[-1].lesson if done else None
    first = mixed([card for card in chosen if card.misled], before)
    rest = mixed([card for card in chosen if not card.misled], first[-1].lesson if first else before)
    later = [card.due for card in all_ if card.due > now]
    return ReviewSession(tuple(done), (*first, *rest), len(due) - len(chosen), min(later, default=None))


def _need(card: Card) -> tuple[bool, int, bytes]:
    """A sort key: the smallest is asked first.

    Those of one week come in an order of their own: a quiz is answered within minutes, and by the second a session
    would be that one quiz again. The order depends on nothing else, so that an answer leaves the others where they are.
    """
    week = int(card.due // WEEK)
    return not card.misled, week, hashlib.sha256(f"{week}/{card.lesson}/{card.question}".encode()).digest()


def mixed(cards: Sequence[Card], before: str | None = None) -> list[Card]:
    """The same cards in nearly the same order, with no two neighbours of one lesson if possible.

    before: the lesson of what comes before them. Taken is the first in order whose lesson is another one and that
    leaves such an order for the rest.
    """
    left, order = list(cards), list[Card]()
    while left:
        others = [card for card in left if card.lesson != before]
        fitting = [card for card in others if _can_go_on(left, card)]
        chosen = (fitting or others or left)[0]
        left.remove(chosen)
        order.append(chosen)
        before = chosen.lesson
    return order


def _can_go_on(left: Sequence[Card], chosen: Card) -> bool:
    """Whether what is left after `chosen` can be put in order without neighbours of one lesson, that one's included."""
    counts = Counter(card.lesson for card in left)
    counts[chosen.lesson] -= 1
    rest = len(left) - 1
    return all(count <= (rest if lesson == chosen.lesson else rest + 1) // 2 for lesson, count in counts.items())


def to_practise(cards: Iterable[Card], without: Collection[Key] = ()) -> Card | None:
    """The card to practise if nothing is due: the one asked longest ago, of another lesson than the last. None if
    nothing was ever answered.
    """
    order = sorted(cards, key=lambda card: (card.last, card.key))
    if not order:
        return None
    offered = [card for card in order if card.key not in without] or order
    return next((card for card in offered if card.lesson != order[-1].lesson), offered[0])


def to_try(keys: Iterable[Key], asked: Sequence[Key], without: Collection[Key] = ()) -> Key | None:
    """The question to practise of all: one not asked yet, else the one asked longest ago; of another lesson
    than the last if possible. keys: in the course's order; asked: so far, the latest last; without: what was put
    off, and comes after the others. None if there is nothing.
    """
    last, count, nth = {key: at for at, key in enumerate(asked)}, Counter[str](), dict[Key, int]()
    for key in keys:  # the first of each lesson, then the second ones
        nth[key] = count[key[0]]
        count[key[0]] += 1
    order = sorted(nth, key=lambda key: (last.get(key, -1), nth[key]))
    left = [key for key in order if key not in last]
    offered = [key for key in left if key not in without] or left
    offered = offered or [key for key in order if key not in without][:1] or order[:1]
    return next((key for key in offered if not asked or key[0] != asked[-1][0]), next(iter(offered), None))


def when(due: float, now: float) -> str:
    """When something comes, in words."""
    ahead = due - now
    if ahead < HOUR:
        return "within the hour"
    if ahead < SOON:
        hours = round(ahead / HOUR)
        return f"in about {hours} hour{'' if hours == 1 else 's'}"
    days = max(1, round((ahead + SESSION) / DAY))  # as it was put off: a question may be asked half a day early
    return "tomorrow" if days == 1 else f"in {days} days"
