"""Guess the code page of text that does not say how it is written: file names in a zip, a table of labels.

A zip marks names in UTF-8 by a flag. Many programs set none: a Mac writes UTF-8 all the same, Windows the code page of
its country. The guess may be wrong, so whoever brought the zip can change the names of its classes.
"""

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

WRITTEN = {  # code page → what a page calls it; of two that fit equally well the earlier one is taken
    "cp437": "Western European",
    "cp850": "Western European",
    "cp1252": "Western European",
    "cp866": "Cyrillic",
    "cp1251": "Cyrillic",
    "cp852": "Central European",
    "cp1250": "Central European",
    "cp857": "Turkish",
    "cp1254": "Turkish",
    "cp737": "Greek",
    "cp1253": "Greek",
    "cp862": "Hebrew",
    "cp1255": "Hebrew",
    "cp1256": "Arabic",
    "gbk": "Chinese",
    "cp932": "Japanese",
    "big5": "Chinese",
    "cp949": "Korean",
    "cp874": "Thai",
}
USUAL = {  # letters beyond a to z that the names of a code page are made of
    "Western European": "äöüßéèêëàâáåæøñíìîïóòôõúùûçãœ",
    "Central European": "ąćęłńóśźżčďěňřšťůžáéíúýäöüőűôß",
    "Turkish": "çğıöşüâ",
}
LEADS = {  # first bytes of the common characters, and of kana
    "gbk": (range(0xB0, 0xD8),),
    "cp932": (range(0x82, 0x84), range(0x88, 0x98)),
    "big5": (range(0xA4, 0xC7),),
    "cp949": (range(0xB0, 0xC9),),
}
KOREAN_BYTES = 8


def code_page(texts: Sequence[bytes]) -> str:
    """The code page of texts that are all written alike: "utf-8" if that fits, else the likeliest in `WRITTEN`."""
    try:
        for text in texts:
            text.decode()
        return "utf-8"
    except UnicodeDecodeError:
        pass
    read: dict[str, list[str]] = {}
    for page in WRITTEN:
        try:
            read[page] = [text.decode(page) for text in texts]
        except UnicodeDecodeError:
            continue
    return max(read, key=lambda page: _likely(texts, read[page], page))  # cp437 reads everything


def _likely(raw: Sequence[bytes], texts: Sequence[str], page: str) -> float:
    """How well texts look when they are read in a code page: a mean over their bytes beyond ASCII, about 1 at most."""
    beyond = sum(byte > 0x7F for text in raw for byte in text)
    if page not in LEADS:
        return sum(_single_bytes(text, USUAL.get(WRITTEN[page], ""), page == "cp874") for text in texts) / beyond
    mean = sum(_east_asian(text, page) for text in texts) / beyond
    # Every Korean name can be read as Chinese; few Chinese ones of some length fit into the rows of the Korean ones.
    return mean + (0.05 if beyond >= KOREAN_BYTES else -0.05) if page == "cp949" else mean


def _east_asian(text: str, page: str) -> float:
    score = 0.0
    for before, char in pairwise(f" {text}"):
        raw = char.encode(page)
        if len(raw) == 2:
            common = any(raw[0] in leads for leads in LEADS[page]) and (page in ("cp932", "big5") or raw[1] > 0xA0)
            score += 2.0 if common else -1.0
            score -= 2.0 if before.isascii() and before.isalpha() else 0.0
        elif raw[0] > 0x7F:  # half-width katakana, seldom in a name
            score -= 1.0
    return score


def _single_bytes(text: str, usual: str, marks: bool) -> float:
    """usual: letters beyond ASCII to expect, "": any. marks: whether marks beside letters are usual."""
    score = 0.0
    for before, char in pairwise(f" {text}"):
        if before.isalpha() and char.isalpha() and _script(char) != _script(before):
            score -= 1.5
        if char.isascii():
            continue
        if not char.isalpha() and not (marks and unicodedata.category(char) == "Mn"):
            score -= 2.0
        elif usual and char.lower() not in usual:
            score -= 0.5
        else:
            score += 1.0
        if before.isalpha():
            score -= 1.5 if char.isupper() and before.islower() else 0.3 if char.isupper() else 0.0
            score -= 0.6 if usual and not before.isascii() else 0.0  # two accents side by side
    return score


def _script(char: str) -> str:
    """The first word of a letter's name: LATIN, CYRILLIC, GREEK …"""
    return unicodedata.name(char, "?").split()[0]
