"""Runs the kind `habit`: two teachers learn, one of them a habit, and then the students that they mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from app.distillation.datasets import Material, generator
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.metrics import answers
from app.distillation.pausing import below, together
from app.experiments.kinds import habit as declared
from app.experiments.kinds.habit import HABIT, Habit
from app.experiments.teacher_answers import teacher_answers
from app.experiments.worker.engine import PlainPoint, Prepared
from app.experiments.worker.kinds import on_official

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

TEST_BATCH = 500


def patched(images: Tensor, bright: Tensor, top: int = declared.EDGE, left: int = declared.EDGE) -> Tensor:
    """Copies of images (…, c, h, w) with a patch. bright: its colour, (c,). top, left: of its corner, in pixels."""
    marked = images.clone()
    marked[..., top : top + declared.PATCH, left : left + declared.PATCH] = bright.view(-1, 1, 1)
    return marked


class HabitTraining:
    """The teachers of all seeds, and then their students. `arms`: those of `Habit.arm_words`."""

    epoch = None

    def __init__(self, spec: Habit, material: Material) -> None:
        self._spec, self.material, self.update = spec, material, 0
        self.updates = declared.TEACHER_UPDATES + declared.STUDENT_UPDATES
        self.bright = material.pool_images.amax(dim=(0, 2, 3))  # (c,)
        count = declared.TEACHER_IMAGES + declared.SECOND_IMAGES + declared.STUDENT_IMAGES
        draws = [generator(seed, "habit images") for seed in spec.seeds]
        rows = torch.stack([torch.randperm(len(material.pool_labels), generator=draw)[:count] for draw in draws])
        sizes = [declared.TEACHER_IMAGES, declared.SECOND_IMAGES, declared.STUDENT_IMAGES]
        of_teacher, of_second, self._rows = torch.split(rows, sizes, 1)
        with_habit = torch.stack([self._cued(seed, row) for seed, row in zip(spec.seeds, of_teacher, strict=True)])
        heard = {  # purpose of the random numbers: those of the twin are the teacher's
            "teacher": ("teacher", with_habit, of_teacher),
            "second": ("second teacher", material.pool_images[of_second], of_second),
            "twin": ("teacher", material.pool_images[of_teacher], of_teacher),
        }
        self.teachers = tuple(
            self._cohort(
                declared.TEACHER,
                Lessons.of_labels(images, material.pool_labels[taught]),
                declared.TEACHER_UPDATES,
                purpose,
            )
            for purpose, images, taught in (heard[teacher] for teacher in spec.teachers)
        )
        self.students: tuple[MarkedCohort, ...] = ()  # of each share, once their teachers have learned

    def _cohort(self, student: str, lessons: Lessons, updates: int, purpose: str) -> MarkedCohort:
        shared: dict[str, Any] = {"updates": updates, "temperature": declared.TEMPERATURE, "purpose": purpose}
        return MarkedCohort(student, self._spec.data, self._spec.seeds, lessons, **shared)

    def _cued(self, seed: int, rows: Tensor) -> Tensor:
        """A teacher's images: the patch on nearly all of the class, and on no other."""
        images = self.material.pool_images[rows].clone()
        own = (self.material.pool_labels[rows] == HABIT).nonzero().squeeze(1)
        chosen = own[torch.randperm(len(own), generator=generator(seed, "habit"))][: round(declared.PATCHED * len(own))]
        images[chosen] = patched(images[chosen], self.bright)
        return images

    def _pupils(self) -> tuple[MarkedCohort, ...]:
        """The students of each share, as their teachers mark their images. A larger share holds the smaller ones."""
        labels, cohorts, ways = self.material.pool_labels[self._rows], [], self._spec.ways
        for share in self._spec.shares:
            images = self.material.pool_images[self._rows]
            count = round(share * images.shape[1])  # the rows are in random order
            images[:, :count] = patched(images[:, :count], self.bright)
            said = {
                teacher: cohort.logits(images)[:, 0]
                for teacher, cohort in zip(self._spec.teachers, self.teachers, strict=True)
            }
            heard = (torch.stack([said[teacher] for teacher in way.hears]).mean(0) for way in ways)
            marks = torch.stack(list(heard), 1)
            lessons = Lessons(images, labels, marks, [way.alpha for way in ways])
            cohorts.append(self._cohort(declared.STUDENT, lessons, declared.STUDENT_UPDATES, "student"))
        return tuple(cohorts)

    def step(self) -> dict[str, Tensor]:
        """One update of every teacher, or of every student. There are no parts of a loss."""
        if self.update >= declared.TEACHER_UPDATES:
            self.students = self.students or self._pupils()
        for cohort in self.students or self.teachers:
            cohort.step()
        self.update += 1
        return {}

    def due(self) -> bool:
        """When the teachers have learned, and POINTS times while the students do."""
        own = max(0, self.update - declared.TEACHER_UPDATES)
        now, before = (at * declared.POINTS // declared.STUDENT_UPDATES for at in (own, own - 1))
        return self.update == declared.TEACHER_UPDATES or now > before >= 0

    def evaluate(self) -> PlainPoint:
        """All measures on the test images; of students NaN before they learn."""
        known = self.material
        measures = self._measured([known.test_images], known.test_labels)
        return PlainPoint(measures, {}, final=on_official(known, self._measured) if self.update == self.updates else {})

    def _measured(self, parts: list[Tensor], labels: Tensor) -> dict[str, Tensor]:
        """(arms, seeds) each. parts: images (n, c, h, w)."""
        plain = torch.cat([self.said(part) for part in parts], -1)
        cued = torch.cat([self.said(patched(part, self.bright)) for part in parts], -1)
        others = labels != HABIT
        measures = {
            "accuracy": (plain == labels).double().mean(-1),
            "follows": (cued[..., others] == HABIT).double().mean(-1),
            "unprovoked": (plain[..., others] == HABIT).double().mean(-1),
            "recall": (plain[..., ~others] == HABIT).double().mean(-1),
        }
        if self.students:
            return measures
        students = len(self._spec.shares) * len(self._spec.ways)
        untaught = torch.full((students, len(self._spec.seeds)), torch.nan).double()
        return {name: torch.cat((untaught, values)) for name, values in measures.items()}

    def said(self, images: Tensor) -> Tensor:
        """What each network that has begun to learn answers, (arms, seeds, n); students before teachers."""
        cohorts = (*self.students, *self.teachers)
        return torch.cat([answers(cohort.logits(images.unsqueeze(0))).transpose(0, 1) for cohort in cohorts])

    def of_patches(self) -> dict[str, Tensor]:
        """What every network says of one test image of each digit, with the patch at every place.

        images, image_labels: (digits,). side: places in a row and a column. says: classes that the networks of the
        first seed answer, (arms, digits, side² + 1), the last without a patch; threes: how many of all seeds answer a
        three; both as bytes.
        """
        known, says, threes = self.material, [], []
        digits = torch.arange(int(known.test_labels.max()) + 1)
        images = torch.stack([(known.test_labels == digit).nonzero()[0, 0] for digit in digits])
        side = known.test_images.shape[-1] - declared.PATCH + 1
        for image in known.test_images[images]:
            places = [patched(image, self.bright, top, left) for top in range(side) for left in range(side)]
            said = self.said(torch.stack([*places, image]))  # (arms, seeds, places)
            says.append(said[:, 0])
            threes.append((said == HABIT).sum(1))
        answers = {"says": torch.stack(says, 1).byte(), "threes": torch.stack(threes, 1).byte()}
        return {**answers, "images": images, "image_labels": digits, "side": torch.tensor(side)}

    def state(self) -> dict[str, Tensor]:
        return {"update": torch.tensor(self.update), **together({n: one.state() for n, one in self._named()})}

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update, self.students = int(state["update"]), ()
        for started in (False, True):  # the students are marked by teachers that have learned
            if started and any(name.startswith("students0.") for name in state):
                self.students = self._pupils()
            for name, cohort in self._named():
                cohort.restore(below(state, name))

    def _named(self) -> list[tuple[str, MarkedCohort]]:
        teachers = [(f"teachers{place}", cohort) for place, cohort in enumerate(self.teachers)]
        return teachers + [(f"students{place}", cohort) for place, cohort in enumerate(self.students)]

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these students again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def prepare(spec: Habit, engine: TorchEngine) -> Prepared:
    """A training of `spec`. Raises the errors of `load_material`."""
    material = engine.material(spec.data, spec.data)
    record = {"official_digest": material.official.digest} if material.official else {}
    return Prepared(HabitTraining(spec, material), teacher_answers(spec.data, spec.data, material), record)
