"""Learners' own images in the store: whose they are, how many, what goes with them, what goes first."""

from __future__ import annotations

import json
import time

import pytest
from sqlalchemy import update

from app.catalog import available, paths
from app.catalog.own_sets import MOST_SETS, UPLOADED_ID
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.store import NotYours, Store, StoreError, files
from app.store.image_sets import GONE, UNUSED_SECONDS
from app.store.tables import image_sets, jobs
from tests.own_images import brought, found, was_read, was_taught

ANNE, BEN = "a" * 24, "b" * 24


def years_ago(store: Store, set_id: str) -> None:
    """Let a set have been brought long ago."""
    long_ago = time.time() - 2 * UNUSED_SECONDS
    with store.database.write() as db:
        db.execute(update(image_sets).where(image_sets.c.id == set_id).values(created=long_ago))
        db.execute(update(jobs).where(jobs.c.data == set_id).values(requested=long_ago))


def test_ids_cannot_be_guessed(store: Store) -> None:
    ids = {store.images.new_id() for _ in range(200)}
    assert len(ids) == 200 and all(UPLOADED_ID.fullmatch(one) for one in ids)


def test_images_are_listed_to_nobody_and_found_by_their_id(store: Store) -> None:
    set_id = was_taught(store, ANNE)
    assert [one.id for one in store.images.of(ANNE)] == [set_id]
    assert store.images.of(BEN) == []
    for shelf in (available.lab_sets(), available.data_sets(), available.teachers()):
        assert set_id in shelf and shelf[set_id].id == set_id and shelf.get(set_id)
        assert set_id not in list(shelf) and set_id not in dict(shelf) and set_id not in repr(dict(shelf.items()))
    assert set_id not in available.imported()


def test_images_without_a_teacher_cannot_be_trained_with(store: Store) -> None:
    set_id = was_read(store, ANNE)
    assert set_id in available.data_sets() and set_id not in available.lab_sets()


def test_only_their_owner_changes_them(store: Store) -> None:
    set_id = was_taught(store, ANNE)
    for act in (store.images.remove, store.images.ask_for_teacher, store.images.cancel):
        with pytest.raises(NotYours):
            act(set_id, BEN)
    with pytest.raises(StoreError, match="no longer here"):
        store.images.remove("own-aaaaaaaaaaaaaaaa", ANNE)


def test_a_teacher_is_asked_for_once_and_only_of_what_was_read(store: Store) -> None:
    waiting = brought(store, ANNE, b"zip")
    with pytest.raises(StoreError, match="not in use yet"):
        store.images.ask_for_teacher(waiting, ANNE)
    set_id = was_read(store, BEN)
    assert store.images.ask_for_teacher(set_id, BEN, "My insects")
    assert not store.images.ask_for_teacher(set_id, BEN)
    assert found(store, set_id).name == "My insects"


def test_an_old_process_changes_nothing_after_a_new_request(store: Store) -> None:
    set_id = was_read(store, ANNE)
    store.images.ask_for_teacher(set_id, ANNE)
    before = found(store, set_id).requested
    store.images.cancel(set_id, ANNE)
    assert not store.jobs.set(set_id, requested=before, done=0.5)
    store.images.ask_for_teacher(set_id, ANNE)
    assert not store.jobs.set(set_id, requested=before, state="finished")
    assert found(store, set_id).state == "queued"


def test_whose_turn_it_is(store: Store) -> None:
    first, second, other = brought(store, ANNE, b"1"), brought(store, ANNE, b"2"), brought(store, BEN, b"3")
    assert [store.jobs.before(one, "read") for one in (first, second, other)] == [0, 2, 1]
    store.jobs.set(first, state="running")
    store.jobs.set(first, state="finished")
    assert store.jobs.before(second, "read") == 1
    turn = store.jobs.take("read", "here")
    assert turn is not None and turn.data == other
    assert store.jobs.take("teach", "here") is None


def test_addresses_take_turns_whoever_is_behind_them(store: Store) -> None:
    """Fresh identities, and images that are removed as soon as they were read, get an address no more turns."""
    crowd = [brought(store, f"{number:024x}", b"zip", origin="crowd") for number in range(6)]
    school = [brought(store, f"{number:024x}", b"zip", origin="school") for number in range(10, 13)]
    alone = brought(store, ANNE, b"zip")
    assert store.jobs.before(alone, "read") == 2 and store.jobs.before(school[-1], "read") < 7
    order = []
    for _ in range(10):
        turn = store.jobs.take("read", "here")
        assert turn is not None
        order.append(turn.data)
        for newcomer in (owner for one in [found(store, turn.data)] if one.id in crowd for owner in [one.learner]):
            store.images.remove(turn.data, newcomer)
    whose = ["crowd" if one in crowd else "school" if one in school else "alone" for one in order]
    assert [set(whose[:3]), set(whose[3:5]), set(whose[5:7])] == [
        {"crowd", "school", "alone"},
        {"crowd", "school"},
        {"crowd", "school"},
    ]
    assert [one for one in order if one in school] == school


def test_an_address_leaves_room_for_the_images_of_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "4000000")  # of which 1,000,000 are for images
    for number in range(7):
        store.images.check_room(f"{number:024x}", 100_000, "crowd")
        brought(store, f"{number:024x}", bytes(100_000), origin="crowd")
    with pytest.raises(StoreError, match="all at your address"):
        store.images.check_room(ANNE, 100_000, "crowd")
    for origin in ("another", None):
        store.images.check_room(ANNE, 100_000, origin)
    years_ago(store, store.images.of(f"{0:024x}")[0].id)
    store.jobs.set(store.images.of(f"{0:024x}")[0].id, state="finished")
    store.images.check_room(ANNE, 100_000, "crowd")
    assert found(store, store.images.of(f"{0:024x}")[0].id).message == GONE


def test_an_address_has_not_any_number_of_images_waiting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.image_sets.LEARNERS_PER_ADDRESS", 2)
    for number in range(2):
        store.images.check_room(f"{number:024x}", 1, "crowd")
        brought(store, f"{number:024x}", b"zip", origin="crowd")
    with pytest.raises(StoreError, match="waiting to be read"):
        store.images.check_room(ANNE, 1, "crowd")
    store.images.check_room(ANNE, 1, "another")


def test_removing_takes_files_answers_and_caches(store: Store) -> None:
    import numpy as np

    from app.store import TeacherAnswers

    set_id = was_taught(store, ANNE)
    digest = found(store, set_id).record["digest"]
    cache = paths.home() / "cache" / f"logits-{digest[:16]}-0123456789abcdef.safetensors"
    cache.parent.mkdir()
    cache.write_bytes(b"x")
    store.teachers.note(TeacherAnswers(set_id, set_id, digest, "t", 0.4, 18, np.zeros((18, 3), np.float16)))
    store.images.remove(set_id, ANNE)
    assert not paths.own_folder(set_id).exists() and not cache.exists()
    assert store.teachers.answers(set_id, set_id) is None
    assert store.images.get(set_id) is None and set_id not in available.data_sets()


def test_cancelling_what_was_not_read_removes_it(store: Store) -> None:
    set_id = brought(store, ANNE, b"zip")
    assert store.images.cancel(set_id, ANNE)
    assert store.images.get(set_id) is None and not paths.own_folder(set_id).exists()


def test_what_was_brought_in_vain_makes_room_for_the_next(store: Store) -> None:
    failed = brought(store, ANNE, b"zip")
    store.jobs.set(failed, state="failed", message="It is no zip.")
    for _ in range(MOST_SETS):
        store.images.check_room(ANNE, 1000)
        was_read(store, ANNE)
    assert store.images.get(failed) is None
    with pytest.raises(StoreError, match="Remove one"):
        store.images.check_room(ANNE, 1000)
    store.images.check_room(BEN, 1000)


def test_one_upload_at_a_time(store: Store) -> None:
    brought(store, ANNE, b"zip")
    with pytest.raises(StoreError, match="still being read"):
        store.images.check_room(ANNE, 1000)


# ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_images_count_and_make_room_only_when_nobody_uses_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    used, unused, fresh = (was_taught(store, ANNE) for _ in range(3))
    for one in (used, unused):
        years_ago(store, one)
    settings = default_settings() | {"data": used, "teacher": used, "labels": 50}
    store.runs.submit(RunSpec.two_arms(settings, (11,)), ANNE)
    assert store.quota.used_bytes() > files.size("images") > 0
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", str(4 * files.size("images")))  # a quarter of it is theirs
    store.images.check_room(BEN, 1000)
    assert found(store, unused).state == "gone" and found(store, unused).message == GONE
    assert not paths.own_folder(unused).exists()
    assert used in available.lab_sets() and fresh in available.lab_sets()


def test_where_all_are_used_a_new_upload_is_refused_and_nothing_goes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = was_taught(store, ANNE)
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "1000")
    with pytest.raises(StoreError, match="are used up by images that are in use"):
        store.images.check_room(BEN, 1000)
    store.quota.prune()
    store.images.sweep()
    assert fresh in available.lab_sets()


def test_folders_that_belong_to_nobody_go_after_a_day(store: Store) -> None:
    import os

    kept, lost = was_taught(store, ANNE), paths.own_folder("own-aaaaaaaaaaaaaaaa")
    lost.mkdir()
    store.images.sweep()
    assert lost.exists(), "somebody may be writing it"
    for folder in (lost, paths.own_folder(kept)):
        os.utime(folder, (1.0, 1.0))
    store.images.sweep()
    assert not lost.exists() and paths.own_folder(kept).exists()


def test_what_goes_on_when_the_runner_ends_is_told(store: Store) -> None:
    set_id = was_read(store, ANNE)
    store.images.ask_for_teacher(set_id, ANNE)
    assert store.jobs.take("teach", "here")
    store.machines.release("here")
    assert found(store, set_id).state == "failed" and "Try again" in found(store, set_id).message


# ── what lies in the folder is not trusted ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "change",
    [
        {"id": "own-bbbbbbbbbbbbbbbb"},
        {"widths": [4, 4]},
        {"widths": [4, 4, 10**9]},
        {"patch": 10**6},
        {"channels": 2},
        {"network": "unknown"},
        {"accuracy": "much"},
        {"accuracy": 7},
        {"sha256": None, "name": None, "widths": None},
    ],
)
def test_a_teachers_record_that_is_not_as_it_should_be_is_none(store: Store, change: dict[str, object]) -> None:
    set_id = was_taught(store, ANNE)
    file = paths.own_folder(set_id) / "teacher.json"
    record = json.loads(file.read_text(encoding="utf-8")) | change
    file.write_text(json.dumps(record), encoding="utf-8")
    import os

    os.utime(file, (1.0, 1.0))
    assert set_id not in available.teachers() and set_id not in available.lab_sets()


@pytest.mark.parametrize(
    "name", ["own-../../x", "own-" + "a" * 15, "own-AAAAAAAAAAAAAAAA", "own-aaaa/aaaaaaaaaaa", "own-", ""]
)
def test_ids_that_are_none_are_not_looked_up(store: Store, name: str) -> None:
    assert name not in available.lab_sets() and name not in available.teachers() and name not in available.data_sets()
