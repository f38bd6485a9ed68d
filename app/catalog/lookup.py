"""What may be listed, and what is found only by its id."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


class Shelf(Mapping[str, T]):
    """A mapping that lists what everybody may see, and finds by its id what else there is.

    Images that a learner brought are for whoever knows their id: `in`, `get` and [] find them, no loop does.
    """

    def __init__(
        self,
        always: Mapping[str, T],
        unlisted: Callable[[str], T | None],
        more: Callable[[], Mapping[str, T]] = dict,
    ) -> None:
        """always, more: what is listed; more is asked for only if it is needed, since it may mean looking at files.

        unlisted: what is found by its id alone.
        """
        self._always, self._more, self._unlisted = always, more, unlisted

    @cached_property
    def _listed(self) -> dict[str, T]:
        return {**self._always, **self._more()}

    def __getitem__(self, key: str) -> T:
        if key in self._always:
            return self._always[key]
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
