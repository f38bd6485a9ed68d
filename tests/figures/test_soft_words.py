"""The figures of words: their recording row by row, what a lesson says of it, and a run of one's own."""

from __future__ import annotations

from statistics import fmean

import pytest

from app.catalog.grammar import WORDS
from app.catalog.language_models import TEACHER, manifest
from app.experiments.kinds.language import ARMS, SENTENCES, Language
from app.experiments.recordings.language import RecordedLanguage, experiment_of, nearer
from app.experiments.recordings.recording import recordings
from app.figures.next_word import figure as next_word
from app.figures.own_run import LESSON_SECONDS
from app.figures.soft_words import figure as soft_words
from app.teaching.checks import language as checks
from app.teaching.figures import figures


@pytest.fixture
def known() -> RecordedLanguage:
    return recordings(RecordedLanguage)[checks.RECORDED]


def test_each_arm_has_its_row_at_the_end_and_at_its_best(known: RecordedLanguage) -> None:
    runs = soft_words.contents(known)["runs"]
    assert tuple(run["sentences"] for run in runs) == soft_words.STOPS
    assert [row["arm"] for row in runs[0]["rows"]] == [*ARMS]
    for run, recorded in zip(runs, known.runs, strict=True):
        assert run["seeds"] == 20
        for row in run["rows"]:
            end = known.kl(recorded, row["arm"])
            assert row["end"]["values"] == pytest.approx(end, abs=1e-5)
            assert row["end"]["mean"] == pytest.approx(fmean(end))
            course = [mean for _, mean, _, _ in row["curve"]]
            assert row["best"]["mean"] == pytest.approx(min(course), abs=1e-5)
            assert [update for update, *_ in row["curve"]] == [*recorded.moments]
            if row["arm"] != "text":
                gain = nearer(end, known.kl(recorded, "text"))
                assert row["gains"]["end"] == {"mean": gain.mean, "half": gain.half_width}


def test_a_lesson_may_show_some_of_them(known: RecordedLanguage) -> None:
    rows = soft_words.contents(known, ("text", "soft"))["runs"][0]["rows"]
    assert [row["arm"] for row in rows] == ["text", "soft"]


def test_a_gain_is_positive_for_who_is_nearer(known: RecordedLanguage) -> None:
    assert nearer((0.1, 0.2), (0.3, 0.5)).mean == pytest.approx(0.25)
    run = known.at(100)
    assert checks.language_gain("soft", "text", 100).mean == pytest.approx(
        fmean(known.kl(run, "text")) - fmean(known.kl(run, "soft")), abs=1e-5
    )
    assert checks.language_gain("soft", "text", 100, over_sentences=1000).mean == pytest.approx(
        fmean(known.kl(known.at(1000), "text")) - fmean(known.kl(run, "soft")), abs=1e-5
    )
    assert checks.language_finding("soft", "text", 100) == "better"
    assert checks.language_finding("text", "soft", 100) == "worse"
    assert checks.nearer_readers(100, 1000) == "Those who read a hundred, with soft words"


def test_a_number_that_is_not_there_is_refused_by_name(known: RecordedLanguage) -> None:
    with pytest.raises(ValueError, match="no run with 7 sentences"):
        known.at(7)
    with pytest.raises(ValueError, match="no kl of even after 250 updates"):
        known.kl(known.at(300), "even")
    with pytest.raises(ValueError, match="nobody asked the teacher"):
        checks.next_word("I fly a", "kite")


def test_what_the_teacher_says_is_a_distribution_that_the_temperature_evens_out() -> None:
    for temperature in (1, 4):
        assert sum(checks.next_word("I eat an", word, temperature) for word in WORDS) == pytest.approx(100)
    cold, warm = (checks.next_word_ratio("I eat an", "apple", "orange", temperature) for temperature in (1, 2))
    assert warm == pytest.approx(cold**0.5)
    reached = checks.next_word_warmth("I eat an", "apple", "orange", 3)
    assert checks.next_word_ratio("I eat an", "apple", "orange", reached) == pytest.approx(3)


def test_whoever_finds_all_words_alike_is_as_far_away_as_the_language_is_surer() -> None:
    assert 3 < checks.language_perplexity() < 4
    assert checks.language_guessing() == pytest.approx(2.41, abs=0.01)


def test_beginnings_that_phrases_set_are_sentences_of_the_language() -> None:
    (setting,) = (one for one in figures()["next-word"].settings if one.key == "sentence")
    for beginning in setting.choices:
        words = beginning.split("-")
        assert set(words) <= set(WORDS) and len(words) < TEACHER.length
        assert checks.next_word(" ".join(words), WORDS[1]) >= 0, "the teacher was asked"
    assert setting.choices == next_word.BEGINNINGS


def test_what_it_offers_to_train_fits_into_a_lesson(known: RecordedLanguage) -> None:
    for sentences in SENTENCES:
        assert Language(sentences, (1, 2, 3)).work().cost < LESSON_SECONDS
        assert experiment_of(known.at(sentences)).sentences == sentences
    assert known.record["teacher_sha256"] == manifest()["sha256"]
