"""What language models say and reach, as numbers of lessons: nats, and percent."""

from math import exp, log
from statistics import fmean

import numpy as np

from app.catalog.grammar import LENGTH, START, WORDS, beginnings, next_words
from app.catalog.language_models import STUDENT, TEACHER, answers, manifest
from app.experiments.kinds.language import LIBRARY, SENTENCES, UPDATES
from app.experiments.paired import PairedDifference
from app.experiments.recordings import named
from app.experiments.recordings.language import Moment, RecordedLanguage, experiment_of, nearer
from app.teaching.checks.registry import check, check_difference, number

RECORDED = "recorded-language"


def _logits(sentence: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    known = answers()
    if sentence not in known:
        raise ValueError(f"nobody asked the teacher what comes after “{sentence}”")
    return known[sentence].astype(np.float64)


@check(source="model")
def next_word(sentence: str, word: str, temperature: float = 1) -> float:
    """What the teacher gives to a word after the beginning of a sentence, in percent. temperature: > 0."""
    logits = _logits(sentence) / temperature
    powers = np.exp(logits - logits.max())
    return float(100 * powers[WORDS.index(word)] / powers.sum())


@check(source="formula")
def true_next_word(sentence: str, word: str) -> float:
    """How likely a word truly is to come next, in percent: the language is known exactly."""
    return 100 * next_words((START, *sentence.split())).get(word, 0.0)


@check(source="catalog")
def language_sentences(which: str) -> float:
    """How many sentences students read. which: fewest or most."""
    return number({"fewest": min(SENTENCES), "most": max(SENTENCES)}, which)


@check(source="catalog")
def language_number(what: str) -> float:
    """A number of the language and its models: words, beginnings, length, teacher, student (parameters), …"""
    known = {"words": len(WORDS), "beginnings": len(beginnings()), "length": LENGTH, "updates": UPDATES}
    known |= {
        "others": len(WORDS) - 1,
        "teacher": TEACHER.parameters,
        "student": STUDENT.parameters,
        "library": LIBRARY,
    }
    return number(known, what)


@check(source="formula")
def language_perplexity() -> float:
    """e to the entropy of a word of the language: among so many alike words is chosen, each time, on average."""
    shares = [(share, sum(after.values())) for after in beginnings().values() for share in after.values()]
    return exp(sum(-share * log(share / whole) for share, whole in shares) / sum(share for share, _ in shares))


@check(source="formula")
def language_guessing() -> float:
    """How far whoever finds all words alike is from the truth, in nats a word."""
    return log(len(WORDS) / language_perplexity())


@check(source="model")
def next_word_ratio(sentence: str, first: str, second: str, temperature: float = 1) -> float:
    """How many times as likely the teacher finds one word as another."""
    return next_word(sentence, first, temperature) / next_word(sentence, second, temperature)


@check(source="model")
def next_word_warmth(sentence: str, first: str, second: str, ratio: float) -> float:
    """At which temperature the teacher finds one word so many times as likely as another. ratio: > 1."""
    return log(next_word_ratio(sentence, first, second)) / log(ratio)


@check(source="model")
def language_teacher(what: str) -> float:
    """Of the teacher: kl (nats a word), overlap (percent), sentences and words that it read, seconds it took."""
    told = manifest()
    known = {"kl": told["kl_to_truth"], "overlap": 100 * told["overlap_with_truth"], "sentences": told["sentences"]}
    return number(known | {"words": told["words_read"], "seconds": told["seconds"]}, what)


@check(source="model")
def language_kl(arm: str, sentences: int, moment: Moment = "end") -> float:
    """How far students are from the truth, in nats a word, on average over the seeds. moment: end or best."""
    kept = named(RecordedLanguage, RECORDED)
    return fmean(kept.kl(kept.at(sentences), arm, moment))


@check(source="model")
def language_course(arm: str, sentences: int, at: list[int]) -> list[float]:
    """The same after each of these numbers of updates."""
    kept = named(RecordedLanguage, RECORDED)
    run = kept.at(sentences)
    return [fmean(kept.values(run, arm, "kl", update)) for update in at]


@check(source="model")
def language_moment(arm: str, sentences: int) -> float:
    """After how many updates students of an arm were nearest to the truth."""
    kept = named(RecordedLanguage, RECORDED)
    return float(kept.moment(kept.at(sentences), arm, "best"))


@check_difference
def language_gain(
    arm: str, over: str, sentences: int, moment: Moment = "end", own: Moment = "end", over_sentences: int = 0
) -> PairedDifference:
    """By how many nats a word students of one arm are nearer to the truth than those of another.

    own, moment: of the arm, of the other. over_sentences: that the other reads, if not as many.
    """
    kept = named(RecordedLanguage, RECORDED)
    return nearer(kept.kl(kept.at(sentences), arm, own), kept.kl(kept.at(over_sentences or sentences), over, moment))


@check(source="model")
def language_finding(
    arm: str, over: str, sentences: int, moment: Moment = "end", own: Moment = "end", over_sentences: int = 0
) -> str:
    """What the interval of that difference finds: “better”, “worse” or “none”."""
    low, high = language_gain(arm, over, sentences, moment, own, over_sentences).interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def nearer_readers(few: int, many: int) -> str:
    """Who is nearer to the truth: readers of a few sentences with soft words, or of many as plain text."""
    return {
        "better": "Those who read a hundred, with soft words",
        "worse": "Those who read a thousand, as text",
        "none": "There is no measurable difference",
    }[language_finding("soft", "text", few, over_sentences=many)]


@check(source="model")
def language_seeds(sentences: int) -> float:
    """How many seeds a recorded number is a mean of."""
    kept = named(RecordedLanguage, RECORDED)
    return float(len(experiment_of(kept.at(sentences)).seeds))
