"""Images that a learner brought: what was understood of them, and what they become once the learner has decided."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from app.catalog import declared, paths
from app.catalog.own_sets import LEAST_IMAGES, LEAST_OF_A_CLASS
from app.catalog.pack import Pack, PackError, image_hashes, read_pack, write_pack
from app.catalog.rounding import rounded
from app.catalog.shares import interval
from app.images.import_images import described
from app.images.layouts import Contents
from app.images.pixels import Pictures
from app.images.preview import Choices, Preview, counted, look_alikes, settled
from app.images.sources import ImportRefused
from app.store import DiskFull, ImageSet, Store, StoreError, files
from app.store.errors import is_disk_full
from app.store.image_sets import PREVIEW

LISTED = 20  # files that were left out, with the reason
UNEVEN = 1.5  # times its even share, from which the largest class is named
GONE = "What was read of these images is no longer here. Bring them again."


def previewed(preview: Preview, contents: Contents, pictures: Pictures) -> dict[str, Any]:
    """What the page shows before the learner decides: JSON-ready."""
    hashes, several = image_hashes(preview.images), preview.in_several()
    damaged = [{"file": file, "why": why} for file, why in (contents.lost | pictures.damaged).items()]
    count = np.bincount(preview.labels, minlength=len(preview.classes))
    return {
        "preview": {
            "classes": [{"name": name, "images": int(count[at])} for at, name in enumerate(preview.classes)],
            "unusable": preview.unusable(LEAST_OF_A_CLASS),
            "different": len(np.unique(hashes)),
            "several": len(np.unique(hashes[several])),
            "several_of": [preview.classes[at] for at in np.unique(preview.labels[several])],
            "parts": preview.test is not None,
        },
        "channels": int(preview.images.shape[1]),
        "size": int(preview.images.shape[2]),
        "read": len(preview.labels),
        "damaged": damaged[:LISTED],
        "damaged_count": len(damaged),
        "aside": contents.aside[:LISTED],
        "aside_count": len(contents.aside),
        "notes": [*contents.notes, *pictures.notes],
    }


def choices_of(record: Mapping[str, Any]) -> Choices:
    """What the learner has decided so far."""
    said = record.get("choices", {})
    return Choices(dict(said.get("names", {})), frozenset(said.get("left_out", ())), str(said.get("both") or ""))


def open_questions(record: Mapping[str, Any]) -> list[str]:
    """What the learner has to decide before the images can be used, and what is in the way, in sentences."""
    preview, said = record["preview"], record.get("choices", {})
    questions = []
    if left := [name for name in preview["unusable"] if name not in said.get("left_out", ())]:
        questions.append(f"Say whether to go on without {_listed(left)}.")
    if preview["several"] and said.get("both") is None:
        questions.append("Say what becomes of the images that are in two classes.")
    used = len(preview["classes"]) - len([one for one in preview["classes"] if one["name"] in preview["unusable"]])
    if used < 2 or preview["different"] < LEAST_IMAGES:
        questions.append(
            f"There are {preview['different']:,} different images, and {used} {'class' if used == 1 else 'classes'} "
            f"with enough of them; an experiment needs {LEAST_IMAGES} in at least two classes. Bring more."
        )
    return questions


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def choose(store: Store, images: ImageSet, said: Mapping[str, Any]) -> None:
    """Keep what the learner has decided so far: names, left_out, both. Raises StoreError."""
    store.images.note(images.id, images.learner, images.record | {"choices": dict(said)})


def use(store: Store, images: ImageSet) -> None:
    """Make a learner's images, as decided, the set that a teacher can learn from. Raises StoreError, a sentence."""
    if questions := open_questions(images.record):
        raise StoreError(" ".join(questions))
    folder = paths.own_folder(images.id)
    try:
        result = settled(Preview.of(read_pack(folder / PREVIEW)), choices_of(images.record))
        check_enough(result.pack)
        said = {"source": "uploaded in the browser", "licence": "whatever their owner says"}
        pack = described(result.pack, images.name, "own", origin="upload", **said)
        write_pack(folder / "images.npz", pack)
    except ImportRefused as refusal:
        raise StoreError(str(refusal)) from refusal
    except (PackError, OSError) as error:
        raise (DiskFull() if is_disk_full(error) else StoreError(GONE)) from error
    kept = {key: value for key, value in images.record.items() if key not in ("preview", "choices")}
    kept |= {"repeated": result.repeated, "several": result.several}
    store.images.note(images.id, images.learner, kept | understood(pack))
    files.delete(f"{files.images(images.id)}/{PREVIEW}")


def worth_knowing(record: Mapping[str, Any]) -> list[str]:
    """What is worth knowing of images before a teacher is trained on them, in sentences."""
    classes = record["classes"]
    test = sum(one["test"] for one in classes)
    said = list(record.get("notes", ()))
    low, high = interval(0.8, test)
    said.append(
        f"With {test:,} test images one image is {rounded(100 / test, 1)} points: a smaller difference cannot show. "
        f"Other test images would say something else, too: 80% right on these is {low:.0%} to {high:.0%} on others "
        f"like them."
    )
    largest = max(classes, key=lambda one: one["test"])
    if (share := largest["test"] / test) > UNEVEN / len(classes):
        said.append(
            f"“{largest['name']}” is {share:.0%} of the test images: whoever always says so gets {share:.0%} right. "
            "Look at the accuracy of each class, too."
        )
    if alike := record.get("alike", 0):
        said.append(
            f"{alike:,} of the {test:,} test images {'looks' if alike == 1 else 'look'} almost like one to learn from, "
            "as pictures of one scene do: the accuracy then says little about new ones. To keep scenes apart, bring "
            "the folders train and test."
        )
    return said


def check_enough(pack: Pack) -> None:
    """Raise ImportRefused if there are too few images for an experiment."""
    pool = min(declared.CONTROLS["labels"].choices)
    if len(pack.labels) < LEAST_IMAGES or len(pack.pool) < pool:
        raise ImportRefused(
            f"There are {len(pack.pool):,} different images to learn from and {len(pack.test):,} to test on; an "
            f"experiment needs {LEAST_IMAGES} in all, and {pool} of them to learn from."
        )


def understood(pack: Pack) -> dict[str, Any]:
    """What the page shows of a set before a teacher is trained: JSON-ready."""
    return {"classes": counted(pack), "alike": len(look_alikes(pack)), "digest": pack.digest()}
