"""What keys and claims take for a teacher's answers is what the shipped weights say now, on the same images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import numpy.typing as npt
import pytest

from app.catalog.available import teachers
from app.catalog.declared import DATA
from app.catalog.families import FAMILIES
from app.catalog.pack import Pack, read_pack, small_pack
from app.distillation.checkpoints import load_teacher
from app.distillation.datasets import standardised, teacher_logits
from app.experiments.ranking import softened
from app.experiments.recordings import runs as recorded
from app.teaching.checks import teacher_says
from app.teaching.claims import CHECKS, Claim
from app.teaching.lessons import lessons
from app.teaching.questions import questions_of
from pretrained.courses import locate
from pretrained.sources import full_pack
from tests.full_data import full_data

TEACHERS = ("mnist", "fashion", "cifar10")
LOOKED_AT = 300  # test images
ARITHMETIC = 1e-4  # logits on another processor, or in batches of another size
SHIPPED = [run for run in recorded.recorded_runs().values() if run.spec.teacher in TEACHERS]


def test_every_teacher_that_a_lesson_asks_is_among_these() -> None:
    asks = {name for name, check in CHECKS.items() if check.answer.__module__ == teacher_says.__name__}
    named = {str(claim.args["data"]) for claim in _claims() if claim.check in asks and "data" in claim.args}
    assert named and named <= set(TEACHERS)


def _claims() -> Iterator[Claim]:
    """All that lessons and their questions compute."""
    for lesson in lessons().values():
        yield from _within([vars(lesson), [vars(one) for one in questions_of(lesson.path.parent).values()]])


def _within(value: Any) -> Iterator[Claim]:
    if isinstance(value, Claim):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _within(one)
    elif hasattr(value, "model_fields_set"):
        yield from _within(vars(value))


@pytest.fixture(scope="module", params=TEACHERS)
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Pack, npt.NDArray[np.float32]]:
    """(a teacher, its images, what its weights say of the test images)."""
    name = request.param
    pack = _images(name, tmp_path_factory.mktemp(name))
    shown = pack.images[pack.test][:LOOKED_AT]
    images = standardised(shown, DATA[name].mean, DATA[name].spread)
    return name, pack, teacher_logits(load_teacher(teachers()[name]), images).numpy()


def _images(name: str, folder: Path) -> Pack:
    known = DATA[name]
    if known.embedded:
        return read_pack(known.path)
    path = full_data(name)
    if path is None:
        pytest.skip(f"the full set of {name} is not on this machine (see tests/full_data.py)")
    path = locate(name, path)
    if path.suffix == ".zip":
        path = _to_test_on(path, folder / path.name)
    return small_pack(full_pack(path, list(FAMILIES[name].classes)), known.pool, known.test)


def _to_test_on(path: Path, to: Path) -> Path:
    """The same zip with little to learn from: reading fifty thousand images would take half a minute."""
    with ZipFile(path) as whole, ZipFile(to, "w") as part:
        for name in whole.namelist():
            if name.startswith("test/") or name.endswith("/0000.jpg"):
                part.writestr(name, whole.read(name))
    return to


def test_recorded_answers_are_the_rounded_ones_of_the_shipped_weights(
    live: tuple[str, Pack, npt.NDArray[np.float32]],
) -> None:
    name, pack, said = live
    runs = [run for run in SHIPPED if run.spec.teacher == name]
    assert runs
    for run in runs:
        assert list(run.labels) == pack.labels[pack.test][: len(run.labels)].tolist()
        kept = run.answers().teacher[:LOOKED_AT]
        rounding = np.spacing(np.abs(kept)).astype(np.float32) / 2
        assert np.all(np.abs(said - kept) <= rounding + ARITHMETIC), run.id
    answers = teacher_says.teacher_answers(name)
    assert np.array_equal(answers.logits[:LOOKED_AT].argmax(axis=-1), said.argmax(axis=-1))
    shares = np.stack([teacher_says.teacher_says(name, image) for image in range(100)])
    assert np.allclose(shares, 100 * softened(said[:100], 1), atol=0.2), "percent"
