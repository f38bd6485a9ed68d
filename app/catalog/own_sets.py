"""Images of one's own: their ids, names and limits."""

import re
import unicodedata

ID = re.compile(r"own-[a-z0-9-]{1,60}", re.ASCII)  # of a set, and so the name of a folder
UPLOADED_ID = re.compile(r"own-[a-z2-9]{16}", re.ASCII)  # 16 letters by chance: whoever has the id was given it
MOST_IMAGES = 2000  # that a learner's zip may hold
MOST_BYTES = 100_000_000  # of that zip
LEAST_IMAGES, LEAST_OF_A_CLASS = 80, 10  # images: fewer make no experiment
MOST_SETS = 3  # that a learner may have at once
NAME_LENGTH = 24  # characters of a set's name: it stands on a button


def plain_name(text: str) -> str:
    """A set's name as it may stand anywhere on a page: letters, digits and what no markup is made of; else "Images"."""
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "-–’,()&+" else " " for c in text)
    return " ".join(kept.split()).lstrip("-–’,)&+ ")[:NAME_LENGTH].rstrip() or "Images"


def as_text(name: str) -> str:
    """Markdown of Streamlit's that shows a stranger's words as they are: no markup, formula, emoji or arrow."""
    parted = re.sub(r"([:<>=-])(?=\S)", "\\1\u2060", name)  # a joiner of no width: `:gear:` and `->` are signs, too
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", parted)
