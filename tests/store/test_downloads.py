from __future__ import annotations

from typing import Any

import pytest

from app.store import Store


def test_downloads(store: Store) -> None:
    assert store.download("cifar10") is None
    assert not store.set_download("cifar10", state="running"), "nobody asked for it"
    assert store.request_download("cifar10").state == "queued"
    waiting = store.next_download()
    assert waiting is not None and waiting.data == "cifar10"
    store.set_download("cifar10", state="running", bytes_done=5, bytes_total=10, message="loading")
    again = store.request_download("cifar10")
    assert (again.state, again.bytes_done, again.bytes_total, again.message) == ("running", 5, 10, "loading")
    assert store.set_download("cifar10", state="cancelled")
    assert not store.set_download("cifar10", state="running"), "cancelled is cancelled"
    assert store.request_download("cifar10").state == "queued"


@pytest.mark.parametrize("end", ["finished", "failed", "cancelled"])
def test_a_download_that_is_over_is_not_cancelled(store: Store, end: Any) -> None:
    store.request_download("cifar10")
    assert store.set_download("cifar10", state=end, message="the end")
    assert not store.set_download("cifar10", state="cancelled")
    assert (row := store.download("cifar10")) and (row.state, row.message) == (end, "the end")


def test_a_download_that_is_asked_for_anew_is_another(store: Store) -> None:
    first = store.request_download("cifar10")
    store.set_download("cifar10", state="cancelled")
    second = store.request_download("cifar10")
    assert second.requested > first.requested
    assert not store.set_download("cifar10", requested=first.requested, state="failed", message="ended")
    assert store.download("cifar10") == second == store.next_download()
    assert store.set_download("cifar10", requested=second.requested, state="running")
