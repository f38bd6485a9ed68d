"""Phrases and links: they come back as the learner they are of; what is mistyped, forged or guessed is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.server import identity, recovery
from app.server.recovery import GUESSES, GUESSES_KEPT, GUESSES_SECONDS, MISFIT, NO_LINK, Guesses, RecoveryError
from tests.server.test_identity import restart

ANNE = "0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def in_home(home: Path) -> Path:
    return home


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=12, max_size=12))
def test_a_phrase_and_a_link_lead_back_to_their_learner(learner: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(identity, "key", lambda _path: "k" * 64)
        phrase, token = recovery.phrase_of(learner.hex()), recovery.token_of(learner.hex())
        assert len(phrase.split()) == 12 and len(token) == 22
        assert recovery.learner_of_phrase(phrase) == recovery.learner_of_token(token) == learner.hex()


def test_how_it_is_typed_does_not_matter() -> None:
    words = recovery.phrase_of(ANNE).split()
    for said in (
        "  ".join(words).upper(),
        ", ".join(words) + ".",
        "\n".join(f"{number}. {word}" for number, word in enumerate(words, 1)),
        " ".join(word[:4] for word in words),
        " ".join(words).replace("a", "á").replace("o", "ö"),
    ):
        assert recovery.learner_of_phrase(said) == ANNE, said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda words: ["lamq", *words[1:]],
            "“lamq” is none of the words that such a phrase is made of. Perhaps “lamp”?",
        ),
        (lambda words: ["lamq", *words[1:]], "Perhaps “lamp”?"),
        (lambda words: ["x" * 400, *words[1:]], "“xxxxxxxxxxxxxxxxxxxxxxxx” is none"),
        (lambda words: words[:11], "The phrase has 12 words; this has 11."),
        (lambda words: [*words, "lamp"], "this has 13."),
        (lambda words: [], "this has 0."),
        (lambda words: [words[1], words[0], *words[2:]], MISFIT),
        (lambda words: ["zoo"] * 11 + ["wrong"], MISFIT),  # a phrase by the words' own check, and nobody's
        (lambda words: ["<b>bold</b>", *words[1:]], "“b” is none of the words"),
    ],
)
def test_what_is_mistyped_is_a_sentence(change: object, sentence: str) -> None:
    assert callable(change)
    with pytest.raises(RecoveryError) as told:
        recovery.learner_of_phrase(" ".join(change(recovery.phrase_of(ANNE).split())))
    assert sentence in str(told.value)


def test_every_other_word_in_one_place_is_noticed() -> None:
    words, listed = recovery.phrase_of(ANNE).split(), recovery._book().wordlist
    for word in listed[::97]:
        if word != words[3]:
            with pytest.raises(RecoveryError):
                recovery.learner_of_phrase(" ".join([*words[:3], word, *words[4:]]))


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 21 + "=", "../../etc/passwd", "A" * 5000, "ä" * 22])
def test_a_forged_link_is_a_sentence(token: str) -> None:
    with pytest.raises(RecoveryError, match=NO_LINK):
        recovery.learner_of_token(token)


def test_every_changed_letter_of_a_link_is_noticed() -> None:
    token = recovery.token_of(ANNE)
    for at, letter in enumerate(token):
        changed = token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :]
        try:
            assert recovery.learner_of_token(changed) == ANNE, "its last letter has four bits that say nothing"
            assert at == len(token) - 1
        except RecoveryError:
            pass


def test_what_another_server_gave_is_nothing_here(home: Path) -> None:
    phrase, token = recovery.phrase_of(ANNE), recovery.token_of(ANNE)
    (home / "key").unlink()
    restart()
    for read, said in ((recovery.learner_of_phrase, phrase), (recovery.learner_of_token, token)):
        with pytest.raises(RecoveryError, match="another server"):
            read(said)


def test_a_page_names_its_learner_without_telling_who() -> None:
    assert recovery.handle_of(ANNE) != recovery.handle_of("f" * 24)
    assert recovery.handle_of(ANNE) not in (ANNE, recovery.token_of(ANNE)) and len(recovery.handle_of(ANNE)) == 16


def test_many_misses_of_a_visitor_are_noticed_for_a_while_and_are_nobody_else_s() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    assert not any(guesses.missed("anne") for _ in range(GUESSES))
    assert guesses.missed("anne") and not guesses.missed("ben")
    now[0] += GUESSES_SECONDS + 1
    assert not guesses.missed("anne")
    assert not any(guesses.missed(str(number)) for number in range(GUESSES_KEPT + 10))
    assert len(guesses._wrong) == GUESSES_KEPT
