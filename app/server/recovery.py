"""How a learner moves to another device: twelve words, or a link, that carry who they are. Knows no store and no page.

Nothing is kept for it: of 128 bits 96 are the learner's random id, and 32 are computed from it with the app's own key,
so that no phrase can be made up. The words are those of BIP 39, whose first four letters tell them apart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import lru_cache

from mnemonic import Mnemonic

from app.catalog import paths
from app.server import identity

OFFER = "distillery_offer"  # the cookie that holds it
WORDS = 12
ENOUGH = 4  # letters by which a word is known
GUESSES, GUESSES_SECONDS = 10, 600.0  # wrong ones that anybody may make, and how long they count
GUESSES_KEPT = 5000  # of all visitors; there is no limit for all together, by which one could keep the others out

_ID_BYTES, _TAG_BYTES = 12, 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_FIRST_SHOWN = 24  # letters of an unknown word that are said again


class NotOurs(ValueError):
    """Words or a link that fit no learner here; the message is a sentence for the page."""


MISFIT = (
    "Every word is known, but together they fit no learner here: one was another word, two have changed places, or the "
    "phrase is from another server."
)
NO_LINK = "This link fits no learner here: it was cut short or changed, or it is from another server."
TOO_MANY = "Too many that do not fit. Wait {minutes} minutes, then try again."


def phrase_of(learner: str) -> str:
    """The learner's twelve words. Raises OSError where there is no key."""
    return str(_book().to_mnemonic(_bits(learner)))


def token_of(learner: str) -> str:
    """What a link carries: 22 letters, digits, - and _. Raises OSError where there is no key."""
    return base64.urlsafe_b64encode(_bits(learner)).rstrip(b"=").decode()


def learner_of_phrase(said: str) -> str:
    """Whose phrase this is: case, spaces, commas and numbers between the words do not matter. Raises NotOurs."""
    words = [_known(word) for word in re.split(r"[^a-z]+", _plain(said)) if word]
    if len(words) != WORDS:
        raise NotOurs(f"The phrase has {WORDS} words; this has {len(words)}.")
    try:
        return _learner_of(bytes(_book().to_entropy(words)), MISFIT)
    except ValueError as error:  # the words' own check
        raise NotOurs(MISFIT) from error


def learner_of_token(token: str) -> str:
    """Whose link this is. Raises NotOurs."""
    if not _TOKEN.fullmatch(token):
        raise NotOurs(NO_LINK)
    try:
        return _learner_of(base64.urlsafe_b64decode(f"{token}=="), NO_LINK)
    except binascii.Error as error:
        raise NotOurs(NO_LINK) from error


def offered(cookies: Mapping[str, str]) -> str | None:
    """What the link carries that was opened in this browser and waits for a press."""
    token = cookies.get(OFFER)
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None


def handle_of(learner: str) -> str:
    """By which a page says whom it was drawn for; nobody can tell the learner from it. Raises OSError."""
    return _signed(f"handle/{learner}").hex()[:16]


def _bits(learner: str) -> bytes:
    return bytes.fromhex(learner) + _signed(f"phrase/{learner}")[:_TAG_BYTES]


def _learner_of(bits: bytes, otherwise: str) -> str:
    learner = bits[:_ID_BYTES].hex()
    if not hmac.compare_digest(bits, _bits(learner)):
        raise NotOurs(otherwise)
    return learner


def _signed(text: str) -> bytes:
    key = identity.key(paths.home() / "key")
    return hmac.new(key.encode(), f"distillery-{text}".encode(), hashlib.sha256).digest()


@lru_cache(maxsize=1)
def _book() -> Mnemonic:
    return Mnemonic("english")


def _plain(said: str) -> str:
    apart = unicodedata.normalize("NFKD", said[:2000]).casefold()
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _known(word: str) -> str:
    """The word of the list that is meant. Raises NotOurs."""
    listed: list[str] = _book().wordlist
    if word in listed:
        return word
    begun = [one for one in listed if len(word) >= ENOUGH and one.startswith(word)]
    if len(begun) == 1:
        return begun[0]
    near = get_close_matches(word, listed, n=5, cutoff=0.7)
    alike = max(near, key=lambda one: next((n for n in (3, 2, 1) if one[:n] == word[:n]), 0), default="")
    guess = f" Perhaps “{alike}”?" if alike else " Look how it is spelt where you wrote it down."
    raise NotOurs(f"“{word[:_FIRST_SHOWN]}” is none of the words that such a phrase is made of.{guess}")


class Guesses:
    """Counts wrong guesses of each visitor, as long as this process lives.

    That is against those who play with it: of 2^128 phrases nobody guesses one that fits, however many they try.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._wrong: list[tuple[float, str]] = []

    def check(self, who: str) -> None:
        """Raise NotOurs where too many wrong guesses were made. who: what a visitor is known by."""
        latest = self._clock() - GUESSES_SECONDS
        with self._lock:
            self._wrong = [(at, name) for at, name in self._wrong if at > latest]
            if sum(name == who for _, name in self._wrong) >= GUESSES:
                raise NotOurs(TOO_MANY.format(minutes=round(GUESSES_SECONDS / 60)))

    def wrong(self, who: str) -> None:
        """Note a wrong guess."""
        with self._lock:
            self._wrong = [*self._wrong[1 - GUESSES_KEPT :], (self._clock(), who)]


guesses = Guesses()
