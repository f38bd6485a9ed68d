"""What the page gives to drawing, choosing images and counting costs."""

from __future__ import annotations

from app.catalog.declared import DATA
from app.images import png
from app.store import Store
from tests.views.conftest import Opened, sent


def test_a_page_of_images_comes_along(opened: Opened, store: Store) -> None:
    data = sent(opened(), "answers")
    labels = png.shown_images("mnist").labels
    assert len(data["offered"]["images"]) == 18 and data["count"] == 1000
    assert data["offered"]["labels"] == [int(labels[image]) for image in data["offered"]["images"]]
    assert data["first"]["image"] == data["offered"]["images"][0]


def test_a_digit_can_be_drawn_where_the_networks_know_digits(opened: Opened) -> None:
    samples = sent(opened(), "answers")["samples"]
    labels = png.shown_images("mnist").labels
    assert [int(labels[image]) for image in samples] == list(range(10))
    assert sent(opened(data="fashion", teacher="fashion"), "answers")["samples"] == []
    assert sent(opened(data="cifar10", teacher="cifar10"), "answers")["samples"] == []
    assert not DATA["mnist-full"].here
    assert sent(opened(data="mnist-full"), "answers")["samples"] == []


def test_costs_are_asked_for_by_the_browser(opened: Opened) -> None:
    data = sent(opened(), "costs")
    assert data["run"] == "recorded-mnist-marked" and [arm["role"] for arm in data["arms"]] == ["labels", "distilled"]
    assert sent(opened(data="mnist-full"), "costs")["run"] is None
