"""The way to another device: twelve words, or a link, that carry a learner's identity.

Nothing is stored for it. Of 128 bits, 96 are the learner's random id, and 32 are computed from it with the app's own
key, so nobody can make up a phrase. The words are those of BIP 39, which differ in their first four letters.
"""

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

OFFER = "distillery_offer"  # the cookie that holds an opened link's token
WORDS = 12
PREFIX_LETTERS = 4  # that tell every word from the others
GUESSES, GUESSES_SECONDS = 10, 600.0  # misses of a visitor after which advice follows, and how long they count
GUESSES_KEPT = 5000  # of all visitors

_ID_BYTES, _TAG_BYTES = 12, 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_SHOWN_LETTERS = 24  # of an unknown word in the message about it


class RecoveryError(ValueError):
    """Words or a link that fit no learner here; the message is a sentence for the page."""


MISFIT = (
    "Every word is known, but together they fit no learner here: one was another word, two have changed places, or the "
    "phrase is from another server."
)
NO_LINK = "This link fits no learner here: it was cut short or changed, or it is from another server."
TOO_MANY = (
    "Many were tried here, and none of them fits. Open the page Progress on the other device, and copy anew what "
    "stands there: what fits works at once."
)


def phrase_of(learner: str) -> str:
    """The learner's twelve words. Raises OSError without a key."""
    return str(_book().to_mnemonic(_bits(learner)))


def token_of(learner: str) -> str:
    """The learner's token for a link: 22 letters, digits, - and _. Raises OSError without a key."""
    return base64.urlsafe_b64encode(_bits(learner)).rstrip(b"=").decode()


def learner_of_phrase(typed: str) -> str:
    """The learner whose phrase this is. Case, spaces, commas and numbers do not matter. Raises RecoveryError."""
    words = [_listed_word(word) for word in re.split(r"[^a-z]+", _plain(typed)) if word]
    if len(words) != WORDS:
        raise RecoveryError(f"The phrase has {WORDS} words; this has {len(words)}.")
    try:
        return _learner_of(bytes(_book().to_entropy(words)), MISFIT)
    except ValueError as error:  # their checksum
        raise RecoveryError(MISFIT) from error


def learner_of_token(token: str) -> str:
    """The learner whose link this is. Raises RecoveryError."""
    if not _TOKEN.fullmatch(token):
        raise RecoveryError(NO_LINK)
    try:
        return _learner_of(base64.urlsafe_b64decode(f"{token}=="), NO_LINK)
    except binascii.Error as error:
        raise RecoveryError(NO_LINK) from error


def offered(cookies: Mapping[str, str]) -> str | None:
    """The token of a link that was opened in this browser and waits for a press."""
    token = cookies.get(OFFER)
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None


def handle_of(learner: str) -> str:
    """A name by which a page says whom it was drawn for, without giving the learner away. Raises OSError."""
    return _signed(f"handle/{learner}").hex()[:16]


def _bits(learner: str) -> bytes:
    return bytes.fromhex(learner) + _signed(f"phrase/{learner}")[:_TAG_BYTES]


def _learner_of(bits: bytes, misfit: str) -> str:
    learner = bits[:_ID_BYTES].hex()
    if not hmac.compare_digest(bits, _bits(learner)):
        raise RecoveryError(misfit)
    return learner


def _signed(text: str) -> bytes:
    key = identity.key(paths.home() / "key")
    return hmac.new(key.encode(), f"distillery-{text}".encode(), hashlib.sha256).digest()


@lru_cache(maxsize=1)
def _book() -> Mnemonic:
    return Mnemonic("english")


def _plain(typed: str) -> str:
    decomposed = unicodedata.normalize("NFKD", typed[:2000]).casefold()
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _listed_word(word: str) -> str:
    """The word of the list that is meant. Raises RecoveryError."""
    listed: list[str] = _book().wordlist
    if word in listed:
        return word
    completions = [one for one in listed if len(word) >= PREFIX_LETTERS and one.startswith(word)]
    if len(completions) == 1:
        return completions[0]
    near = get_close_matches(word, listed, n=5, cutoff=0.7)
    likeliest = max(near, key=lambda one: next((n for n in (3, 2, 1) if one[:n] == word[:n]), 0), default="")
    guess = f" Perhaps “{likeliest}”?" if likeliest else " Look how it is spelt where you wrote it down."
    raise RecoveryError(f"“{word[:_SHOWN_LETTERS]}” is none of the words that such a phrase is made of.{guess}")


class Guesses:
    """Counts the misses of each visitor while this process lives, to give other advice after many.

    What fits is never refused: of 2^128 phrases nobody guesses one, and behind one address may be a whole school.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._wrong: list[tuple[float, str]] = []

    def missed(self, visitor: str) -> bool:
        """Count a miss. Returns whether there were too many before."""
        now = self._clock()
        with self._lock:
            recent = [(at, name) for at, name in self._wrong if at > now - GUESSES_SECONDS]
            self._wrong = [*recent[1 - GUESSES_KEPT :], (now, visitor)]
            return sum(name == visitor for _, name in recent) >= GUESSES


guesses = Guesses()
