"""What may be listed, and what is found only by its id. Knows no data set and no teacher."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Shelf(Mapping[str, T]):
    """A mapping that lists what everybody may see, and finds by its id what else there is.

    Images that a learner brought are for whoever knows their id: `in`, `get` and [] find them, no loop does.
    """

    def __init__(self, listed: Mapping[str, T], unlisted: Callable[[str], T | None]) -> None:
        self._listed, self._unlisted = listed, unlisted

    def __getitem__(self, key: str) -> T:
        if key in self._listed:
            return self._listed[key]
        found = self._unlisted(key) if isinstance(key, str) else None
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)
