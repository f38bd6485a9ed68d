"""Images of one's own: their ids, names and limits."""

import math
import re
import unicodedata

ID = re.compile(r"own-[a-z0-9-]{1,60}", re.ASCII)  # of a set, and so the name of a folder
UPLOADED_ID = re.compile(r"own-[a-z2-9]{16}", re.ASCII)  # 16 letters by chance: whoever has the id was given it
MOST_IMAGES = 2000  # that a learner's zip may hold
MOST_BYTES = 100_000_000  # of that zip
LEAST_IMAGES, LEAST_OF_A_CLASS = 80, 10  # images: fewer make no experiment
MOST_SETS = 3  # that a learner may have at once
NAME_LENGTH = 24  # characters of a set's name: it stands on a button

KEPT_ASIDE = 0.15  # of the images to learn from, of each class: to choose the teacher's epoch by
PASS_SECONDS = {1: 0.002, 3: 0.004}  # channels → of a core, in which a teacher learns from an image once
START_SECONDS = 3  # of a teacher's process


def teacher_epochs(images: int) -> int:
    """How often a teacher sees each of so many images: the fewer there are, the more often."""
    return min(40, max(16, round(16_000 / images)))


def teacher_seconds(pool: int, channels: int) -> int:
    """About how long a teacher trains on `pool` images to learn from, if nothing else does: to 5 s."""
    images = max(1, round((1 - KEPT_ASIDE) * pool))
    seconds = START_SECONDS + images * teacher_epochs(images) * PASS_SECONDS[channels]
    return 5 * math.ceil(seconds / 5)


def plain_name(text: str) -> str:
    """A set's name as it may stand anywhere on a page: letters, digits and what no markup is made of; else "Images"."""
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "-–’,()&+" else " " for c in text)
    return " ".join(kept.split()).lstrip("-–’,)&+ ")[:NAME_LENGTH].rstrip() or "Images"


MEANINGFUL = r"""!"#$%&*:;<=>?@[\]^_`{|}~"""
_HARMLESS = str.maketrans({sign: chr(ord(sign) + 0xFEE0) for sign in MEANINGFUL} | {".": "\u2024"})  # wide; a lone dot
_FIRST = {"-": "\u2212", "+": "\uff0b"}  # at the beginning they would make a list, or a formula of a spreadsheet


def harmless(name: str) -> str:
    """A stranger's name as text that means nothing anywhere: in Markdown, HTML, formulas, spreadsheets, file names.

    Signs that could are written as those that look alike and cannot, so that different names stay different. What is
    written from right to left is set apart, so that it turns no neighbour around.
    """
    text = _FIRST.get(name[:1], name[:1]) + name[1:]
    text = re.sub(r"^(\d+)\)", "\\1\uff09", text.replace("--", "\u2010\u2010")).translate(_HARMLESS)
    leftward = any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    return f"\u2068{text}\u2069" if leftward else text
