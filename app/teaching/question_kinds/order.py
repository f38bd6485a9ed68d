"""Put steps into order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal

from pydantic import Field

from app.teaching.grading import Grade, given_ids
from app.teaching.markup import escaped, html_of, list_html
from app.teaching.plain import Plain
from app.teaching.prose import phrase
from app.teaching.question import Flashcard, Gift, Id, VerdictQuestion, Words
from app.teaching.variants import Variant, in_order_of

FEWEST_CARRIES = 2  # from how it begins to the right order
MOST_MIXED = 20  # attempts at such a beginning


class Item(Plain):
    """One thing to put in order."""

    id: Id
    text: Words


class Order(VerdictQuestion):
    """Steps to put in order; they are written in the right one."""

    kind: Literal["order"]
    items: tuple[Item, ...] = Field(min_length=3, max_length=6)

    def texts(self) -> dict[str, str]:
        return super().texts() | {f"item {item.id}": item.text for item in self.items}

    def key(self, asked: Variant) -> list[str]:
        return [item.id for item in self.items]

    def grade(self, asked: Variant, given: object) -> Grade:
        key = self.key(asked)
        order, pairs = given_ids(given, key, whole=True), list(combinations(key, 2))
        kept = sum(order.index(first) < order.index(second) for first, second in pairs)
        return self.judged(asked, max(0.0, 2 * kept / len(pairs) - 1), key)  # a random order gets 0 in the mean

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        said, key = {item.id: phrase(asked.text(item.text)) for item in self.items}, self.key(asked)
        mixed = (in_order_of(f"{learner}{'/' * more}", self, key, asked.turn) for more in range(MOST_MIXED))
        ids = next((one for one in mixed if carries(one, key) >= FEWEST_CARRIES), key[::-1])
        items = [{"id": id_, "html": said[id_].html} for id_ in ids]
        return {"items": items, "plain": {id_: said[id_].text for id_ in ids}}

    def to_gift(self, asked: Variant) -> Gift | None:
        lines = (f"={escaped(html)} -> {place}" for place, html in enumerate(self._html(asked).values(), 1))
        return Gift(tuple(lines), f"{self.wrong} {self.explain}")

    def to_anki(self, asked: Variant) -> Flashcard | None:
        html = self._html(asked)
        mixed = [html[id_] for id_ in in_order_of("", self, list(html))]
        return Flashcard(list_html("ul", mixed), list_html("ol", list(html.values())))

    def _html(self, asked: Variant) -> dict[str, str]:
        return {item.id: html_of(asked.text(item.text)) for item in self.items}


def carries(ids: Sequence[str], key: Sequence[str]) -> int:
    """How many things have to be carried to another place until they stand in the right order."""
    places, longest = [key.index(id_) for id_ in ids], list[int]()
    for at, place in enumerate(places):  # the longest row of things that may stay, ending here
        longest.append(1 + max((longest[one] for one in range(at) if places[one] < place), default=0))
    return len(ids) - max(longest)
