"""A language of forty-one words about fruit and vehicles, of which it is known exactly how likely each next word is.

A sentence: subject, verb, article, perhaps an adjective, a fruit or a vehicle, perhaps a time if there is no adjective.
Which noun comes depends on all that stands before it: who says it, what is done, and the adjective.
"""

from collections.abc import Iterator
from functools import lru_cache

START, END = "<start>", "."
SUBJECTS = {"I": 0.3, "you": 0.2, "we": 0.2, "they": 0.15, "mum": 0.15}
VERBS = {"eat": 0.3, "peel": 0.15, "ride": 0.2, "park": 0.1, "buy": 0.15, "wash": 0.1}
FRUIT = ("apple", "orange", "banana", "pear", "grape", "cherry", "apricot", "lemon")
VEHICLES = ("bicycle", "car", "bus", "train", "scooter", "automobile", "engine", "tram")
ARTICLES = ("a", "an", "the")
ADJECTIVES = ("red", "ripe", "old", "fast", "yellow", "new")
TIMES = {"today": 0.12, "outside": 0.1, "again": 0.08}
NOUNS = FRUIT + VEHICLES
WORDS = (START, END, *SUBJECTS, *VERBS, *ARTICLES, *ADJECTIVES, *NOUNS, *TIMES)
LENGTH = 6  # words from START to the last before END, in the longest sentence

THE = 0.3  # how often it is “the”, and not “a” or “an”
DESCRIBED = 0.4  # how often there is an adjective
UNFIT, STRANGE = 0.004, 0.05  # weights of a noun that is not done such a thing, or not described so

FITS: dict[str, dict[str, float]] = {  # weights of nouns, by what is done with them
    "eat": {"apple": 6, "orange": 1.4, "banana": 4, "pear": 3, "grape": 2, "cherry": 2, "apricot": 0.3, "lemon": 0.3},
    "peel": {"apple": 2, "orange": 5, "banana": 5, "pear": 1, "lemon": 1, "apricot": 0.3, "grape": 0.2},
    "ride": {
        "bicycle": 6,
        "bus": 3,
        "train": 3,
        "scooter": 3,
        "tram": 2,
        "car": 1,
        "engine": 0.4,
        "automobile": 0.3,
    },
    "park": {"car": 6, "bicycle": 2, "scooter": 2, "bus": 1, "automobile": 2, "tram": 0.2},
    "buy": {
        "apple": 3,
        "banana": 2,
        "car": 1.5,
        "bicycle": 2,
        "orange": 1,
        "pear": 1,
        "grape": 1,
        "lemon": 1,
        "scooter": 0.5,
        "automobile": 0.3,
        "apricot": 0.3,
    },
    "wash": {
        "apple": 2,
        "car": 4,
        "grape": 2,
        "cherry": 2,
        "bicycle": 1.5,
        "pear": 1.5,
        "bus": 0.5,
        "automobile": 0.5,
        "engine": 0.5,
    },
}
DESCRIBES: dict[str, dict[str, float]] = {  # the same, by adjective
    "red": {"apple": 4, "cherry": 4, "car": 2, "bus": 2, "grape": 1.5, "tram": 2},
    "ripe": dict.fromkeys(FRUIT, 3.0),
    "old": dict.fromkeys(VEHICLES, 3.0),
    "fast": dict.fromkeys(VEHICLES, 4.0) | {"tram": 0.5},
    "yellow": {"banana": 5, "lemon": 5, "pear": 2, "bus": 2, "tram": 2, "car": 1},
    "new": dict.fromkeys(VEHICLES, 2.0) | {"bicycle": 4},
}
LIKES: dict[str, dict[str, float]] = {  # how many times as often somebody speaks of it
    "I": {"apple": 2, "bicycle": 2},
    "you": {"orange": 2, "car": 2},
    "we": {"pear": 2, "bus": 3, "train": 2},
    "they": {"grape": 3, "scooter": 3},
    "mum": {"cherry": 3, "tram": 2, "automobile": 3},
}

Sentence = tuple[str, ...]  # from START to END


def nouns(subject: str, verb: str, adjective: str = "") -> dict[str, float]:
    """The weight of each noun in a sentence that begins so."""
    weights = {}
    for noun in NOUNS:
        described = DESCRIBES[adjective].get(noun, STRANGE) if adjective else 1
        weights[noun] = FITS[verb].get(noun, UNFIT) * LIKES[subject].get(noun, 1) * described
    return weights


def endings(subject: str, verb: str) -> Iterator[tuple[Sentence, float]]:
    """What may follow a subject and a verb, and how likely it is. An adjective is likelier, the better nouns fit it."""
    plain, described = nouns(subject, verb), {one: nouns(subject, verb, one) for one in ADJECTIVES}
    total = sum(plain.values())
    for noun, weight in plain.items():
        likely = (1 - DESCRIBED) * weight / total
        yield (noun, END), likely * (1 - sum(TIMES.values()))
        yield from (((noun, time, END), likely * share) for time, share in TIMES.items())
    total = sum(sum(weights.values()) for weights in described.values())
    for adjective, weights in described.items():
        yield from (((adjective, noun, END), DESCRIBED * weight / total) for noun, weight in weights.items())


@lru_cache(maxsize=1)
def sentences() -> dict[Sentence, float]:
    """Every sentence that there is, and how likely it is."""
    known = {}
    for subject, of_subject in SUBJECTS.items():
        for verb, of_verb in VERBS.items():
            for rest, likely in endings(subject, verb):
                begun = of_subject * of_verb * likely
                known[(START, subject, verb, "the", *rest)] = begun * THE
                known[(START, subject, verb, "an" if rest[0][0] in "aeio" else "a", *rest)] = begun * (1 - THE)
    return known


@lru_cache(maxsize=1)
def beginnings() -> dict[Sentence, dict[str, float]]:
    """Every beginning of a sentence, and by next word how likely it is that a sentence begins so and goes on with it.

    The sum over the next words is how likely that beginning is.
    """
    known: dict[Sentence, dict[str, float]] = {}
    for sentence, likely in sentences().items():
        for end in range(1, len(sentence)):
            after = known.setdefault(sentence[:end], {})
            after[sentence[end]] = after.get(sentence[end], 0) + likely
    return known


def next_words(beginning: Sentence) -> dict[str, float]:
    """How likely each word is to come next. Raises KeyError if no sentence begins so."""
    after = beginnings()[beginning]
    total = sum(after.values())
    return {word: likely / total for word, likely in after.items()}
