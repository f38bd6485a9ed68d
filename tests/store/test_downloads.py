from __future__ import annotations

from typing import Any

import pytest

from app.store import Store


def test_downloads(store: Store) -> None:
    assert store.downloads.get("cifar10") is None
    assert not store.downloads.set("cifar10", state="running"), "nobody asked for it"
    assert store.downloads.request("cifar10").state == "queued"
    waiting = store.downloads.next()
    assert waiting is not None and waiting.data == "cifar10"
    store.downloads.set("cifar10", state="running", bytes_done=5, bytes_total=10, message="loading")
    again = store.downloads.request("cifar10")
    assert (again.state, again.bytes_done, again.bytes_total, again.message) == ("running", 5, 10, "loading")
    assert store.downloads.set("cifar10", state="cancelled")
    assert not store.downloads.set("cifar10", state="running"), "cancelled is cancelled"
    assert store.downloads.request("cifar10").state == "queued"


@pytest.mark.parametrize("end", ["finished", "failed", "cancelled"])
def test_a_download_that_is_over_is_not_cancelled(store: Store, end: Any) -> None:
    store.downloads.request("cifar10")
    assert store.downloads.set("cifar10", state=end, message="the end")
    assert not store.downloads.set("cifar10", state="cancelled")
    assert (row := store.downloads.get("cifar10")) and (row.state, row.message) == (end, "the end")


def test_a_download_that_is_asked_for_anew_is_another(store: Store) -> None:
    first = store.downloads.request("cifar10")
    store.downloads.set("cifar10", state="cancelled")
    second = store.downloads.request("cifar10")
    assert second.requested > first.requested
    assert not store.downloads.set("cifar10", requested=first.requested, state="failed", message="ended")
    assert store.downloads.get("cifar10") == second == store.downloads.next()
    assert store.downloads.set("cifar10", requested=second.requested, state="running")
