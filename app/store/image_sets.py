"""The store's part for images that learners bring: whose they are, and what is being done with them.

Files of a set are in `files.images`; what is asked for here is done by the runner's processes.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, delete, func, insert, select, update

from app.catalog import available
from app.catalog.own_sets import MOST_SETS
from app.store import files
from app.store.database import Database, Part
from app.store.errors import StoreError
from app.store.jobs import WORKING, Jobs, put
from app.store.models import LIVE, ImageSet, NotYours, cap_bytes, fresh_id, image_set_from
from app.store.patience import begun_again
from app.store.presence import note_learner
from app.store.scheduling import LEARNERS_PER_ADDRESS
from app.store.tables import image_sets, jobs, runs, teacher_answers

UPLOAD = "upload.zip"  # in the folder of a set that has not been read yet
PREVIEW = "preview.npz"  # of one that was read, and about which its owner has not decided yet
SHARE = 1 / 4  # of the cap: images of all learners together
ADDRESS_SHARE = 3 / 4  # of that: those that came from one address, which a class has
UNUSED_SECONDS = 14 * 86_400.0  # after which images make room for others
FORGOTTEN_SECONDS = 86_400.0  # after which files without a set, and sets that nobody trained a teacher on, make room
GONE = "These images made room for others: nobody had used them for two weeks. Bring them again to go on."

SETS = select(image_sets, *jobs.c).join(jobs, jobs.c.data == image_sets.c.id)


@dataclass(eq=False)
class ImageSets(Part):
    """Sets of images by id. What a set's teacher is, `available.own_teacher` knows."""

    jobs: Jobs

    def new_id(self) -> str:
        """An id that nobody can guess: whoever has it was given it."""
        return f"own-{fresh_id(16)}"

    def check_room(self, learner: str, size: int, origin: str | None = None) -> None:
        """Raise StoreError, a sentence, if a learner may not bring `size` more bytes of images now.

        origin: a hash of the address, None if it is not known.
        """
        own = [image_set for image_set in self.of(learner) if image_set.state != "gone" and not _unreadable(image_set)]
        if any(image_set.state in WORKING and image_set.job == "read" for image_set in own):
            raise StoreError("Your last images are still being read. Wait a moment, or cancel that first.")
        if len(own) >= MOST_SETS:
            raise StoreError(
                f"You have {len(own)} sets of images here, as many as anybody may have. Remove one, then add another."
            )
        if origin is not None and self._waiting(origin) >= LEARNERS_PER_ADDRESS:
            raise StoreError("Many at your address have images waiting to be read. Try again in a few minutes.")
        room = SHARE * cap_bytes()
        self._make_room(size, room, "learners’ own images", None)
        if origin is not None:
            self._make_room(size, ADDRESS_SHARE * room, "the images of all at your address", origin)

    def _make_room(self, size: int, room: float, whose: str, origin: str | None) -> None:
        """Let images go, all or those of an address, until there is room for `size` more bytes. Raises StoreError."""
        if (over := self._bytes(origin) + size - room) > 0:
            self.forget(over, origin)
            over = self._bytes(origin) + size - room
        if over > 0:
            raise StoreError(
                f"The {room / 1e6:,.0f} MB for {whose} are used up by images that are in use, or wait to be read. "
                "Bring a smaller zip, or try again in some minutes, or another day."
            )

    def _bytes(self, origin: str | None) -> int:
        """What the images from an address take, or all."""
        if origin is None:
            return files.size("images")
        rows = self.database.rows(select(image_sets.c.id).where(image_sets.c.origin == origin))
        return sum(files.size(files.images(row.id)) for row in rows)

    def _waiting(self, origin: str) -> int:
        """How many sets from an address wait to be read."""
        chosen = SETS.where(image_sets.c.origin == origin, jobs.c.kind == "read", jobs.c.state == "queued")
        return len(self.database.rows(chosen))

    def add(self, set_id: str, learner: str, name: str, origin: str | None = None) -> None:
        """Note images whose upload is complete: they are to be read. Earlier sets that could not be read go.

        origin: see `check_room`.
        """
        for image_set in self.of(learner):
            if _unreadable(image_set):
                self.remove(image_set.id, learner)
        with self.database.write() as db:
            fields = {"id": set_id, "name": name, "learner": note_learner(db, learner)}
            db.execute(insert(image_sets).values(**fields, created=time.time(), record="{}", origin=origin))
            put(db, set_id, "read")

    def get(self, set_id: str) -> ImageSet | None:
        """One set, None if there is none of that id."""
        row = self.database.first(SETS.where(image_sets.c.id == set_id))
        return image_set_from(row) if row else None

    def of(self, learner: str) -> list[ImageSet]:
        """A learner's sets, newest first."""
        chosen = SETS.where(image_sets.c.learner == learner).order_by(image_sets.c.created.desc())
        return [image_set_from(row) for row in self.database.rows(chosen)]

    def note(self, set_id: str, learner: str, record: dict[str, Any]) -> None:
        """Keep what is known of one's own images from now on. Raises NotYours, StoreError if they are gone."""
        self._own_set(set_id, learner)
        with self.database.write() as db:
            db.execute(update(image_sets).where(image_sets.c.id == set_id).values(record=json.dumps(record)))

    def ask_for_teacher(
        self, set_id: str, learner: str, name: str | None = None, *, mirror: bool | None = None
    ) -> bool:
        """Ask for a teacher of one's own images; the runner trains it. False if something is being done with them.

        name: what the set is called from now on. mirror: whether a mirror image shows the same thing. Raises NotYours,
        StoreError if the images were not read.
        """
        image_set = self._own_set(set_id, learner)
        if not image_set.record.get("classes"):
            raise StoreError("These images are not in use yet, so no teacher can learn from them.")
        values: dict[str, Any] = {"name": name} if name else {}
        values |= {"record": json.dumps(image_set.record | {"mirror": mirror})} if mirror is not None else {}
        with self.database.write() as db:
            if db.execute(select(jobs.c.state).where(jobs.c.data == set_id)).scalar() in (*WORKING, "gone"):
                return False
            if values:
                db.execute(update(image_sets).where(image_sets.c.id == set_id).values(**values))
            put(db, set_id, "teach")
        return True

    def cancel(self, set_id: str, learner: str) -> bool:
        """End what is being done with one's own images; what was not read yet goes. False if nothing is done.

        Raises NotYours.
        """
        if self._own_set(set_id, learner).job == "read":
            self.remove(set_id, learner)
            return True
        return self.jobs.set(set_id, state="cancelled", message="")

    def remove(self, set_id: str, learner: str) -> None:
        """Remove one's own images, their teacher and all that was computed from them. Raises NotYours.

        Runs keep their numbers.
        """
        forget_files(self.database, self._own_set(set_id, learner))
        with self.database.write() as db:
            db.execute(delete(image_sets).where(image_sets.c.id == set_id))
            db.execute(delete(jobs).where(jobs.c.data == set_id))

    def _own_set(self, set_id: str, learner: str) -> ImageSet:
        image_set = self.get(set_id)
        if image_set is None:
            raise StoreError("These images are no longer here: they were removed. Bring them again.")
        if image_set.learner != learner:
            raise NotYours("These images belong to somebody else: you can train with them, not change them.")
        return image_set

    # ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def forget(self, enough: float, origin: str | None = None) -> None:
        """Remove about `enough` bytes of images that nobody uses, the longest unused first.

        Used is what was brought, or trained with, within two weeks; what was never given a teacher, within a day.
        origin: the address from which they came; None: any.
        """
        chosen = SETS.where(jobs.c.state != "gone")
        chosen = chosen if origin is None else chosen.where(image_sets.c.origin == origin)
        rows = [image_set_from(row) for row in self.database.rows(chosen)]
        used = {one.id: self._last_used(one) for one in rows}
        for one in sorted(rows, key=lambda one: used[one.id]):
            patience = UNUSED_SECONDS if available.own_teacher(one.id) else FORGOTTEN_SECONDS
            if enough <= 0 or one.state in WORKING or time.time() - used[one.id] < patience:
                continue
            enough -= files.size(files.images(one.id))
            forget_files(self.database, one)
            with self.database.write() as db:
                db.execute(update(image_sets).where(image_sets.c.id == one.id).values(record="{}", origin=None))
                db.execute(update(jobs).where(jobs.c.data == one.id).values(state="gone", message=GONE))

    def _last_used(self, one: ImageSet) -> float:
        """When it was brought or last trained with; now, if a run with it goes on."""
        on_it = runs.c.spec.contains(json.dumps(one.id), autoescape=True)
        last = func.max(case((runs.c.state.in_(LIVE), time.time()), else_=runs.c.created))
        with self.database.read() as db:
            return max(one.created, one.requested, db.execute(select(last).where(on_it)).scalar() or 0.0)

    def sweep(self) -> None:
        """Remove folders of sets that are gone, and what was noted of them: a process may have written meanwhile."""
        imported = available.imported()
        with self.database.read() as db:
            known = set(db.execute(select(jobs.c.data).where(jobs.c.state != "gone")).scalars())
            own = teacher_answers.c.data.like("own-%")
            noted = set(db.execute(select(teacher_answers.c.data).where(own)).scalars())
        if left := noted - known - set(imported):
            with self.database.write() as db:
                db.execute(delete(teacher_answers).where(teacher_answers.c.data.in_(left)))
        for name in files.names("images"):
            old = time.time() - files.changed(name) > FORGOTTEN_SECONDS
            set_id = name.removeprefix("images/")
            if set_id.startswith("own-") and set_id not in known and set_id not in imported and old:
                files.delete(name)


@begun_again
def forget_files(database: Database, one: ImageSet) -> None:
    """Remove the files of a set, what was computed from them, and what its teacher said."""
    with database.write() as db:
        db.execute(delete(teacher_answers).where(teacher_answers.c.data == one.id))
    if digest := str(one.record.get("digest", ""))[:16]:
        for name in files.names("cache"):
            if name.startswith(f"cache/logits-{digest}-"):
                files.delete(name)
    files.delete(files.images(one.id))


def _unreadable(image_set: ImageSet) -> bool:
    """True for an upload that could not be read."""
    return image_set.job == "read" and image_set.state == "failed"
