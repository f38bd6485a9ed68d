from __future__ import annotations

from typing import Any

import pytest

from app.store import Store


def test_jobs(store: Store) -> None:
    assert store.jobs.get("cifar10") is None
    assert not store.jobs.set("cifar10", state="running"), "nobody asked for it"
    assert store.jobs.request("cifar10", "fetch").state == "queued"
    taken = store.jobs.take("fetch", "here")
    assert taken is not None and (taken.data, taken.state) == ("cifar10", "running")
    assert store.jobs.take("fetch", "another") is None, "it is in a hand"
    store.jobs.set("cifar10", done=5, total=10, message="loading")
    again = store.jobs.request("cifar10", "fetch")
    assert (again.state, again.done, again.total, again.message) == ("running", 5, 10, "loading")
    assert store.jobs.set("cifar10", state="cancelled")
    assert not store.jobs.set("cifar10", state="running"), "cancelled is cancelled"
    assert store.jobs.take("fetch", "here") is None, "nor is it begun"
    assert store.jobs.request("cifar10", "fetch").state == "queued"


@pytest.mark.parametrize("end", ["finished", "failed", "cancelled"])
def test_a_download_that_is_over_is_not_cancelled(store: Store, end: Any) -> None:
    store.jobs.request("cifar10", "fetch")
    assert store.jobs.set("cifar10", state=end, message="the end")
    assert not store.jobs.set("cifar10", state="cancelled")
    assert (row := store.jobs.get("cifar10")) and (row.state, row.message) == (end, "the end")


def test_a_download_that_is_asked_for_anew_is_another(store: Store) -> None:
    first = store.jobs.request("cifar10", "fetch")
    store.jobs.set("cifar10", state="cancelled")
    second = store.jobs.request("cifar10", "fetch")
    assert second.requested > first.requested
    assert not store.jobs.set("cifar10", requested=first.requested, state="failed", message="ended")
    assert store.jobs.get("cifar10") == second
    taken = store.jobs.take("fetch", "here")
    assert taken is not None and taken.requested == second.requested
