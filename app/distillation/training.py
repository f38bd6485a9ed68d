"""A cohort in training: one update, one evaluation, its state. `progress.train` takes it from the first to the last."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import torch
from torch import Tensor

from app.catalog import available, declared
from app.catalog.architecture import feature_shapes
from app.catalog.families import FAMILIES, OWN_RATES
from app.catalog.variants import DataVariant
from app.distillation import losses, metrics
from app.distillation.bug_lab import BugLab, LossInputs
from app.distillation.calibration import scaling_temperature
from app.distillation.cohort import Cohort, CohortOutputs, SeparateCohort, StackedCohort, stacks_well
from app.distillation.datasets import Material, generator, unlabelled_subset
from app.distillation.diagnosis import diagnosis, probed
from app.distillation.guidance import Batch, TaughtImages, guides, selection
from app.distillation.marks import told
from app.distillation.models import build_student
from app.distillation.pausing import learned, relearn
from app.distillation.shifts import Copies
from app.distillation.variants import varied

EVALUATION_BATCH = 64  # images at once: the activations of a cohort stay in the processor's cache
VALIDATION_IMAGES = 1000
FEWEST_VALIDATION_IMAGES = 50  # fewer choose nothing


class Plan(Protocol):
    """What to train; `experiments.kinds.cohort.RunSpec` is one.

    data, student: ids. labels: number of labelled images per seed. unlabelled: of images that only the teacher marks.
    shift: pixels, at most, by which every image is shifted anew in each epoch; 0 for images as they are. slope: of the
    students' ReLUs, below zero. rate: share of the usual first learning rate.
    """

    @property
    def data(self) -> str: ...  # noqa: D102
    @property
    def student(self) -> str: ...  # noqa: D102
    @property
    def labels(self) -> int: ...  # noqa: D102
    @property
    def epochs(self) -> int: ...  # noqa: D102
    @property
    def seeds(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def arms(self) -> tuple[declared.Arm, ...]: ...  # noqa: D102
    @property
    def unlabelled(self) -> int: ...  # noqa: D102
    @property
    def shift(self) -> int: ...  # noqa: D102
    @property
    def changes(self) -> tuple[DataVariant, ...]: ...  # noqa: D102
    @property
    def slope(self) -> float: ...  # noqa: D102
    @property
    def rate(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Point:
    """One evaluation on the test images. Metrics are (arms, seeds): fractions, not percent, and nats.

    final: see `Training.final`; nothing before the last update.
    """

    update: int
    accuracy: Tensor
    agreement: Tensor
    agreement_where_wrong: Tensor  # NaN if the teacher is never wrong
    kl: Tensor
    nll: Tensor
    brier: Tensor
    ece: Tensor
    entropy: Tensor
    logits: Tensor  # float16 (arms, seeds, shown, classes), of the first test images
    diagnostics: Mapping[str, Tensor] = field(default_factory=dict)  # see `diagnosis`; none if no arm has a bug
    scaled: Mapping[str, Tensor] = field(default_factory=dict)  # see `Training.scaled`
    final: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measures(self) -> dict[str, Tensor]:
        """The metrics by their names."""
        others = ("update", "logits", "diagnostics", "scaled", "final")
        return {name: value for name, value in vars(self).items() if name not in others}

    @property
    def arrays(self) -> dict[str, Tensor]:
        """What is kept beside them."""
        return {"logits": self.logits, **self.scaled}


class Training:
    """One cohort in training: ``len(plan.arms) × len(plan.seeds)`` students.

    A seed sets initial weights, labelled subset and the order of batches; within a seed the arms share all three.
    With unlabelled images every update has a batch of them, too: the teacher's part of the loss is over both, the
    labels' part over the labelled ones alone. Which they are, and their order, are the seed's as well. If images are
    shifted, all arms of a seed see the same copies, and the teacher marks what they see. The same plan and material
    give the same numbers, bit for bit, on the same machine and number of threads.

    stacked: train as one network, or one by one; chosen by the student's size if it is None. dtype: of the
    arithmetic. first: weights by name that the students of each seed start from; drawn by the seed if it is None.
    Raises ValueError if the plan does not fit the material: an unknown student, data set or method, a number out of
    range.
    """

    def __init__(
        self,
        plan: Plan,
        material: Material,
        *,
        stacked: bool | None = None,
        dtype: torch.dtype = torch.float32,
        first: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        _check(plan, material)
        given = material
        material, self._pools = varied(material, plan.changes, plan.seeds)
        self.plan, self.material = plan, material
        self.per_epoch = -(-plan.labels // declared.BATCH)  # the last batch of an epoch may be smaller
        self.updates = plan.epochs * self.per_epoch
        self.update = 0
        subsets, unlabelled = [], []
        for pool, seed in zip(self._pools, plan.seeds, strict=True):
            labelled = material.draw_labelled(pool, plan.labels, seed)
            beside = unlabelled_subset(labelled, pool.stop - pool.start, plan.unlabelled, seed)
            subsets.append(pool.start + labelled)
            unlabelled.append(pool.start + beside)
        self.subsets, self.unlabelled = torch.stack(subsets), torch.stack(unlabelled)
        self._orders: dict[str, tuple[int, Tensor]] = {}  # purpose → an epoch, and the positions in its order

        self._images, self._test_images = material.pool_images.to(dtype), material.test_images.to(dtype)
        self._dtype = dtype
        self._marks, self._heard = material.pool_logits.unsqueeze(0).to(dtype), False
        methods = [declared.METHODS[arm.method] for arm in plan.arms if arm.method in declared.METHODS]
        marked = any(method.uses_teacher for method in methods)
        shifts = {"marked": marked, "keep": not plan.changes}
        self._copies = Copies(material, plan.shift, self.taught, dtype, **shifts) if plan.shift else None
        self._alpha = torch.tensor([0.0 if arm.method == "labels" else arm.alpha for arm in plan.arms], dtype=dtype)

        self.cohort = _cohort(plan, stacked, dtype, first)
        layers = declared.STUDENTS[plan.student].layers(available.data_sets()[plan.data])
        shapes = feature_shapes(layers)
        assistants = {arm.by: assistant_marks(plan, arm, given) for arm in plan.arms if arm.by}
        taught = TaughtImages(material, self.taught, plan.seeds, dtype)
        self._guides = guides(plan.arms, taught, shapes, assistants)
        by_guide = torch.tensor([arm for guide in self._guides for arm in guide.arms])
        self._by_arm = selection(by_guide.argsort().tolist())
        self._needs_maps = any(guide.needs_maps for guide in self._guides)

        self._bug_lab = BugLab(plan.arms, plan.seeds, material, dtype)
        guiding = [parameter for guide in self._guides for parameter in guide.parameters()]
        guiding += self._bug_lab.parameters()
        self.parameters = [*self.cohort.parameters(), *guiding]  # hint regressors learn along
        self.rate = first_rate(plan.student, plan.data) * plan.rate
        self.optimizer = torch.optim.AdamW(self.parameters, weight_decay=declared.WEIGHT_DECAY, fused=True)

    def hear(self, marks: Tensor) -> None:
        """Teach by these logits, (1 or seeds, pool, classes), in the teacher's place: a copy by those of its image."""
        self._marks, self._heard = marks.to(self._dtype), True

    @property
    def epoch(self) -> float:
        """How often the students have seen their labelled images."""
        return self.update / self.per_epoch

    @property
    def taught(self) -> Tensor:
        """Positions in the pool of all images that a seed's students learn from: (seeds, labels + unlabelled)."""
        return torch.cat((self.subsets, self.unlabelled), 1)

    def rows(self) -> Tensor:
        """Positions of the next labelled batch: (seeds, batch). Every epoch has an order, and copies, of its own."""
        return self._next(self.subsets, "order", declared.BATCH, self.per_epoch)

    def unlabelled_rows(self) -> Tensor:
        """Positions of the unlabelled images beside them: (seeds, batch), 0 of them if there are none.

        They have epochs of their own, without the few images that do not fill a last batch.
        """
        size = min(declared.BATCH, self.plan.unlabelled)
        if not size:
            return self.unlabelled
        return self._next(self.unlabelled, "unlabelled order", size, self.plan.unlabelled // size)

    def _next(self, positions: Tensor, purpose: str, size: int, per_epoch: int) -> Tensor:
        """The next `size` of every seed's positions, (seeds, n), in the seed's order for the epoch."""
        epoch, place = divmod(self.update, per_epoch)
        if self._orders.get(purpose, (-1,))[0] != epoch:
            draws = (generator(seed, purpose, epoch) for seed in self.plan.seeds)
            order = torch.stack([torch.randperm(positions.shape[1], generator=draw) for draw in draws])
            if self._copies:
                positions = self._copies.draw(positions, self.plan.seeds, purpose, epoch)
            self._orders[purpose] = epoch, positions.gather(1, order)
        return self._orders[purpose][1][:, place * size : (place + 1) * size].contiguous()

    def step(self) -> dict[str, Tensor]:
        """Make one update of every student. Returns the parts of its loss: hard, soft, total, each (arms, seeds)."""
        parts = self.losses(self.rows(), self.unlabelled_rows())
        self.optimizer.param_groups[0]["lr"] = self.rate * decay(self.update, self.updates)
        self.optimizer.zero_grad()
        parts["total"].sum().backward()  # type: ignore[no-untyped-call]  # the sum: no student feels another
        self.optimizer.step()
        self.update += 1
        return {name: part.detach().T for name, part in parts.items()}

    def losses(self, rows: Tensor, unlabelled: Tensor | None = None) -> dict[str, Tensor]:
        """Parts of every student's loss, each (seeds, arms), on the images at `rows`, (seeds, batch).

        unlabelled: positions of images that the teacher marks as well, and whose labels are not read.
        """
        batch = self.batch(rows, unlabelled)
        images = self._copies.images(batch.rows) if self._copies else self._images[batch.rows]
        return self._parts(self.cohort.answer(images, maps=self._needs_maps), batch)

    def batch(self, rows: Tensor, unlabelled: Tensor | None = None) -> Batch:
        """What is known about the images at `rows` and those without a label, each (seeds, batch)."""
        seen, count = rows if unlabelled is None else torch.cat((rows, unlabelled), 1), len(self.material.pool_labels)
        asked = self._copies if not self._heard else None
        return Batch(
            seen,
            labels=self.material.pool_labels[rows % count].unsqueeze(1),
            teacher_logits=(asked.logits(seen) if asked else told(self._marks, seen % count)).unsqueeze(1),
        )

    def _parts(
        self, answers: CohortOutputs, batch: Batch, heard: dict[int, LossInputs] | None = None
    ) -> dict[str, Tensor]:
        hard = losses.hard_loss(answers.logits[:, :, : batch.labels.shape[-1]], batch.labels)
        soft = torch.cat([guide.soft(answers, batch) for guide in self._guides], 1)[:, self._by_arm]
        parts = losses.mixed(hard, soft, self._alpha)
        if self._bug_lab:  # the one door to the bug lab: a cohort without a bug goes past it
            parts = self._bug_lab.parts(parts, self._alpha, answers, batch, self._images[batch.rows], heard)
        return parts

    def due(self) -> bool:
        """True if an evaluation belongs at the present update: at 0, at the last, and between them by `passed`."""
        count = declared.evaluations(self.updates, len(self.material.test_labels))
        return self.update == 0 or passed(self.update, self.updates, count) > passed(
            self.update - 1, self.updates, count
        )

    @torch.no_grad()
    def test_logits(self) -> Tensor:
        """Logits of every student on the test images: (arms, seeds, n, classes)."""
        parts = torch.split(self._test_images.unsqueeze(0), EVALUATION_BATCH, 1)  # all seeds see the same images
        return torch.cat([self.cohort.answer(part).logits for part in parts], 2).transpose(0, 1)

    def evaluate(self) -> Point:
        """Measure every student on the test images."""
        logits, labels = self.test_logits(), self.material.test_labels
        teacher_logits = self.material.test_logits.to(logits.dtype)
        return Point(
            self.update,
            accuracy=metrics.accuracy(logits, labels),
            agreement=metrics.agreement(logits, teacher_logits),
            agreement_where_wrong=metrics.agreement_where_wrong(logits, teacher_logits, labels),
            kl=metrics.kl_to_teacher(logits, teacher_logits),
            nll=metrics.nll(logits, labels),
            brier=metrics.brier(logits, labels),
            ece=metrics.ece(logits, labels),
            entropy=metrics.entropy(logits),
            logits=logits[:, :, : declared.SHOWN].half(),
            diagnostics=self.diagnose(),
            scaled=self.scaled(logits) if self.update == self.updates else {},
            final=self.final() if self.update == self.updates else {},
        )

    @torch.no_grad()
    def scaled(self, test_logits: Tensor) -> dict[str, Tensor]:
        """What temperature scaling, fitted on validation images, makes of each student's confidence on test images.

        test_logits: (arms, seeds, n, classes). Returns (arms, seeds) each; {} if there are no validation images.
        """
        known = self._validation()
        if known is None:
            return {}
        temperature = scaling_temperature(known[0], known[1]).T
        logits, labels = test_logits / temperature[..., None, None], self.material.test_labels
        measured = {"nll": metrics.nll(logits, labels), "ece": metrics.ece(logits, labels)}
        return {"scaling_temperature": temperature, **{f"scaled_{name}": value for name, value in measured.items()}}

    @torch.no_grad()
    def final(self) -> dict[str, Any]:
        """What a verdict is taken on, if there are official test images beside those of the curve; else nothing.

        accuracy: (arms, seeds). images: how many. teacher: its accuracy on them, None if it was not measured.
        """
        official = self.material.official
        if official is None:
            return {}
        parts = (part.to(self._images.dtype).unsqueeze(0) for part in official.parts(EVALUATION_BATCH))
        said = torch.cat([metrics.answers(self.cohort.answer(part).logits) for part in parts], 2)  # (seeds, arms, n)
        right = (said == official.labels).double().mean(-1).T
        return {"accuracy": right, "images": len(official.labels), "teacher": official.teacher_accuracy}

    def diagnose(self) -> dict[str, Tensor]:
        """`diagnosis` of every student, and how far its teacher has drifted: (arms, seeds). {} if no arm has a bug.

        The mean over batches as they are in training; no network is changed by it.
        """
        if not self._bug_lab:
            return {}
        before, batches = self._bug_lab.state(), []
        probes = torch.stack([probed(rows, seed) for rows, seed in zip(self.subsets, self.plan.seeds, strict=True)])
        taught = torch.tensor([declared.METHODS[arm.method].uses_teacher for arm in self.plan.arms])
        for rows in torch.split(probes, declared.BATCH, 1):
            batch = self.batch(rows.contiguous())
            with torch.no_grad():
                answers = self.cohort.answer(self._images[batch.rows], maps=self._needs_maps)

            def parts_of(
                logits: Tensor, heard: dict[int, LossInputs], answers: CohortOutputs = answers, batch: Batch = batch
            ) -> dict[str, Tensor]:
                return self._parts(CohortOutputs(logits, answers.maps), batch, heard)

            said = (answers.logits, batch.labels.squeeze(1), batch.teacher_logits.squeeze(1))
            batches.append(diagnosis(*said, taught, parts_of))
            self._bug_lab.restore(before)
        means = {name: torch.stack([one[name] for one in batches]).mean(0) for name in batches[0]}
        means["confidence"] = torch.stack([one["confidence"] for one in batches]).amax(0)
        return {**means, "drift": self._bug_lab.drift(len(self.plan.arms), len(self.plan.seeds))}

    def validation_rows(self) -> Tensor | None:
        """Positions in the pool of validation images: (seeds, n); None if the pool has too few left.

        They are images that the seed's students do not learn from, `VALIDATION_IMAGES` at most, and as many for every
        seed.
        """
        free = [pool.stop - pool.start - self.taught.shape[1] for pool in self._pools]
        if min(free) < FEWEST_VALIDATION_IMAGES:
            return None
        each = zip(self.taught, self._pools, free, self.plan.seeds, strict=True)
        return torch.stack([pool.start + _others(row - pool.start, left, seed) for row, pool, left, seed in each])

    @torch.no_grad()
    def validate(self) -> Tensor | None:
        """Accuracy on validation images, (arms, seeds): fractions; None if the pool has none left.

        A setting is chosen by them, so that the test images remain a test. See `validation_rows`.
        """
        known = self._validation()
        return None if known is None else (metrics.answers(known[0]) == known[1]).float().mean(-1).T

    def _validation(self) -> tuple[Tensor, Tensor] | None:
        """Every student's logits on its validation images, (seeds, arms, n, classes), and labels, (seeds, 1, n)."""
        rows = self.validation_rows()
        if rows is None:
            return None
        parts = [self.cohort.answer(self._images[part]).logits for part in torch.split(rows, EVALUATION_BATCH, 1)]
        return torch.cat(parts, 2), self.material.pool_labels[rows].unsqueeze(1)

    def state(self) -> dict[str, Tensor]:
        """All that a `restore` needs to go on as if there had been no break."""
        state = {"update": torch.tensor(self.update), "seeds": torch.tensor(self.plan.seeds), **self._bug_lab.state()}
        return state | learned(self._named, self.optimizer, ".value")

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go to a `state` of the same plan, earlier or later. Raises ValueError if it is another plan's."""
        shapes = {f"{name}.value": parameter.shape for name, parameter in self._named.items()}
        stored = {name: value.shape for name, value in state.items() if name.endswith(".value")}
        if stored != shapes or state.get("seeds", torch.empty(0)).tolist() != list(self.plan.seeds):
            raise ValueError("state must come from a training with the same plan: restore that one, or start again")
        self.update = int(state["update"])
        self._bug_lab.restore(state)
        relearn(self._named, self.optimizer, state, ".value")

    @property
    def _named(self) -> dict[str, Tensor]:
        return {f"{place}": parameter for place, parameter in enumerate(self.parameters)}

    def weights(self) -> dict[str, Tensor]:
        """Weights of every student, without hint regressors: "arm{a}.seed{s}.<name>"."""
        return {
            f"arm{a}.seed{s}.{name}": value
            for a in range(len(self.plan.arms))
            for s in range(len(self.plan.seeds))
            for name, value in self.cohort.weights(s, a).items()
        }


def assistant_marks(plan: Any, arm: declared.Arm, material: Material) -> Tensor:
    """Train the students that stand between, see `Arm.by`; their logits of the pool: (seeds, pool, classes).

    plan: a `Plan` that is a dataclass. Images that a seed's students do not learn from get 0.
    """
    training = Training(replace(plan, student=arm.by, arms=(replace(arm, by=""),)), material)
    while training.update < training.updates:
        training.step()
    pool, rows = training.material, training.taught
    marks, seeds = torch.zeros(len(plan.seeds), *pool.pool_logits.shape), torch.arange(len(plan.seeds)).unsqueeze(1)
    with torch.no_grad():
        for part in torch.split(rows, EVALUATION_BATCH, 1):
            marks[seeds, part] = training.cohort.answer(pool.pool_images[part]).logits[:, 0]
    return marks


def first_rate(student: str, data: str) -> float:
    """AdamW's learning rate at the start: ``Family.rate / √width``, since wider layers bear smaller steps.

    student: an id in `declared.STUDENTS`. data: in `available.data_sets`; own images have a rate by their kind.
    The same for every arm.
    """
    known = available.data_sets()[data]
    width = declared.STUDENTS[student].width[known.channels]
    family = FAMILIES.get(known.family)
    return (family.rate if family else OWN_RATES[known.channels]) / math.sqrt(width)


def decay(update: int, updates: int) -> float:
    """Half a cosine from 1 towards 0: the share of the first rate for the update that follows `update` others.

    update: 0 … updates − 1. Loshchilov & Hutter 2017, eq. 5, without restarts.
    """
    return (1 + math.cos(math.pi * update / updates)) / 2


def passed(update: int, updates: int, count: int) -> int:
    """How many of `count` evaluations are due by this update: closer together at the start, where more happens."""
    return math.floor(count * math.pow(update / updates, 2 / 3))


def _others(subset: Tensor, free: int, seed: int) -> Tensor:
    """Positions in the pool of up to VALIDATION_IMAGES images outside of `subset`. free: how many there are."""
    outside = torch.ones(free + len(subset), dtype=torch.bool)
    outside[subset] = False
    order = torch.randperm(free, generator=generator(seed, "validation"))
    return outside.nonzero().squeeze(1)[order[:VALIDATION_IMAGES]]


def _cohort(plan: Plan, stacked: bool | None, dtype: torch.dtype, first: Sequence[Mapping[str, Any]] | None) -> Cohort:
    """Students [seed][arm]; every arm of a seed starts from the same weights."""
    entry, data = declared.STUDENTS[plan.student], available.data_sets()[plan.data]
    students = [
        [build_student(entry, data, generator(seed, "weights"), plan.slope).to(dtype) for _ in plan.arms]
        for seed in plan.seeds
    ]
    for row, weights in zip(students, first or (), strict=bool(first)):
        for student in row:
            try:
                student.load_state_dict({name: torch.as_tensor(value) for name, value in weights.items()})
            except RuntimeError as error:
                raise ValueError("first must be weights of students like these: their layers differ") from error
    stacked = stacks_well(students[0][0].architecture) if stacked is None else stacked
    return StackedCohort(students) if stacked else SeparateCohort(students)


def _check(plan: Plan, material: Material) -> None:
    if plan.student not in declared.STUDENTS:
        raise ValueError(f"student must be one of {', '.join(declared.STUDENTS)}, got {plan.student}")
    if plan.data not in available.data_sets():
        raise ValueError(f"data must be one of {', '.join(available.data_sets())}, got {plan.data}")
    if plan.epochs < 1:
        raise ValueError(f"epochs must be >= 1, got {plan.epochs}")
    if not plan.seeds or len(set(plan.seeds)) < len(plan.seeds):
        raise ValueError(f"seeds must be different numbers, at least one, got {plan.seeds}")
    if not plan.arms:
        raise ValueError("arms must have at least one arm, got none")
    for arm in plan.arms:
        method = declared.METHODS.get(arm.method)
        if plan.unlabelled and method and method.labelled_only:
            raise ValueError(f"unlabelled must be 0 with the method {arm.method}, got {plan.unlabelled}")
        if plan.shift and method and (method.as_they_are or arm.bug):
            raise ValueError(f"shift must be 0 with the method {arm.method} or a bug, got {plan.shift}")
    if not len(material.test_labels):
        raise ValueError("material must have test images, got none")
