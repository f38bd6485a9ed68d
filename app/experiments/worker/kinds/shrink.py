"""Runs the kind `shrink`: makes a teacher smaller in every way, teaches students, and tests and times them all."""

from __future__ import annotations

import time
from copy import deepcopy
from statistics import median
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from app.catalog.available import lab_sets
from app.catalog.declared import BATCH, STUDENTS
from app.distillation.datasets import Material, generator, labelled_subset
from app.distillation.int8 import Int8Layer, in_int8
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.metrics import answers
from app.distillation.models import Network, build_student
from app.distillation.packing import Code, LowRank, Plain, Rounded, Sparse, kept_largest, pack, unpack
from app.distillation.pausing import below, together
from app.experiments.kinds import shrink as kind
from app.experiments.kinds.shrink import Shrink, Way
from app.experiments.worker.engine import PlainPoint, Prepared
from app.experiments.worker.kinds import asked

if TYPE_CHECKING:
    from app.experiments.worker.engine import TorchEngine

RANGES = 256  # images on which it is measured what goes into a layer
FILTER, IMAGES = "blocks.1.conv1.weight", 3  # what is looked at closely, see `of_filter`
PASSES = {1: 200, 256: 9}  # of which the median is taken, by images at once
MEASURES = tuple(measure.key for measure in Shrink.measures)


def code_of(way: Way) -> Code:
    """How its weights are written."""
    match way.family:
        case "float":
            return Plain(half=way.level == 16)
        case "pruned" | "repaired":
            return Sparse()
        case "rank":
            return LowRank(way.level / 100)
        case "student" if way.level == 32:
            return Plain()
    return Rounded(way.level, per_output=way.family != "tensor")


def pruned(network: Network, share: float) -> tuple[Network, dict[str, Tensor]]:
    """A copy without the smallest weights, of which `share` is left out; and masks by name of what is kept."""
    small, masks = deepcopy(network), kept_largest(network.state_dict(), 1 - share)
    with torch.no_grad():
        for name, mask in masks.items():
            small.get_parameter(name).mul_(mask)
    return small, masks


def repaired(network: Network, masks: dict[str, Tensor], images: Tensor, labels: Tensor, seed: int) -> Network:
    """A pruned network after a few updates with labels; what was left out stays so. Its norms stay as they are."""
    small = deepcopy(network).eval()
    trained = [parameter.requires_grad_() for parameter in small.parameters()]
    optimizer = torch.optim.AdamW(trained, lr=kind.REPAIR_RATE)
    order = torch.randperm(len(labels), generator=generator(seed, "repair order"))
    for update in range(kind.REPAIRS):
        rows = order[torch.arange(update * BATCH, (update + 1) * BATCH) % len(order)]
        optimizer.zero_grad()
        cross_entropy(small.look(images[rows])[0], labels[rows]).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        with torch.no_grad():
            for name, mask in masks.items():
                small.get_parameter(name).mul_(mask)
    return small.requires_grad_(False)


@torch.inference_mode()
def milliseconds(network: Network, images: Tensor) -> float:
    """The median time of this thread for all images at once: what else runs on the machine does not count."""
    seconds = []
    for _ in range(3 + PASSES.get(len(images), 3)):
        start = time.thread_time()
        network(images)
        seconds.append(time.thread_time() - start)
    return 1000 * median(seconds[3:])


class ShrinkTraining:
    """One network of the teacher at a step, then the students of one size after the other, then the times."""

    epoch = None

    def __init__(self, spec: Shrink, material: Material) -> None:
        self.spec, self.material, self.update = spec, material, 0
        if material.teacher is None:
            raise ValueError("there must be a teacher to make smaller")
        self.teacher = material.teacher
        official = material.official
        most = slice(kind.MOST_TESTS if spec.brief else None)
        self.images = (torch.cat(list(official.parts(500))) if official else material.test_images)[most]
        self.labels = (official.labels if official else material.test_labels)[most]
        self.values = torch.full((len(MEASURES), len(spec.ways), len(spec.seeds)), torch.nan).double()
        self._steps: list[tuple[Way, int | None]] = [
            (way, seed)
            for way in spec.ways
            if not way.size
            for seed in (range(len(spec.seeds)) if way.drawn else (None,))
        ]
        self.updates = len(self._steps) + len(kind.SIZES) * kind.UPDATES + 1
        self.students: MarkedCohort | None = None
        self._said = torch.empty(0)  # the teacher's answers on the test images

    def network(self, way: Way, seed: int | None = None) -> tuple[Network, bytes]:
        """One of the teacher's, read back from what is stored of it. seed: its place."""
        small, code = self.teacher, code_of(way)
        if way.family in ("pruned", "repaired"):
            small, masks = pruned(self.teacher, way.level / 100)
            if seed is not None:
                own, known = self.spec.seeds[seed], self.material
                rows = labelled_subset(known.pool_labels, min(kind.REPAIR_IMAGES, len(known.pool_labels)), own)
                small = repaired(small, masks, known.pool_images[rows], known.pool_labels[rows], own)
        return self._read_back(small, way, code)

    def _read_back(self, network: Network, way: Way, code: Code) -> tuple[Network, bytes]:
        content = pack(network.state_dict(), code)
        if way.family == "kernel" or (way.size and way.level == 8):
            small = in_int8(network, self.material.pool_images[:RANGES])
            layers = sum(isinstance(part, Int8Layer) for part in small.modules())
            return small, content + bytes(8 * layers)  # of each the scale and the zero of what goes in
        small = deepcopy(network)
        small.load_state_dict(unpack(content, network.state_dict(), code))
        return small, content

    @torch.inference_mode()
    def _test(self, way: Way, network: Network, content: bytes, seeds: slice) -> None:
        said = answers(asked(network, self.images))
        if not len(self._said):
            self._said = said
        self._note(way, seeds, accuracy=(said == self.labels).double().mean())
        self._note(way, seeds, agreement=(said == self._said).double().mean(), bytes=len(content))

    def _note(self, way: Way, seeds: slice, **values: Tensor | float) -> None:
        for name, value in values.items():
            self.values[MEASURES.index(name), self.spec.ways.index(way), seeds] = float(value)

    def step(self) -> dict[str, Tensor]:
        """Make one network and test it, or teach the students of a size, or time all that can be timed."""
        if self.update < len(self._steps):
            way, seed = self._steps[self.update]
            seeds = slice(None) if seed is None else slice(seed, seed + 1)
            self._test(way, *self.network(way, seed), seeds)
        elif self.update < self.updates - 1:
            self._teach(*divmod(self.update - len(self._steps), kind.UPDATES))
        else:
            self._time()
        self.update += 1
        return {}

    def _teach(self, size: int, update: int) -> None:
        if self.students is None or update == 0:
            self.students = self._cohort(kind.SIZES[size])
        self.students.step()
        if update == kind.UPDATES - 1:
            for seed in range(len(self.spec.seeds)):
                for way in (way for way in self.spec.ways if way.size == kind.SIZES[size]):
                    student = self._student(kind.SIZES[size])
                    student.load_state_dict(self.students.cohort.weights(seed, 0))
                    self._test(way, *self._read_back(student, way, code_of(way)), slice(seed, seed + 1))

    def _student(self, size: str) -> Network:
        return build_student(STUDENTS[size], lab_sets()[self.spec.data], torch.Generator()).eval().requires_grad_(False)

    def _cohort(self, size: str) -> MarkedCohort:
        known, seeds = self.material, len(self.spec.seeds)
        images = known.pool_images.expand(seeds, *known.pool_images.shape)
        labels, marks = known.pool_labels.expand(seeds, -1), known.pool_logits.expand(seeds, 1, -1, -1)
        lessons = Lessons(images, labels, marks, (kind.ALPHA,))
        return MarkedCohort(
            size, self.spec.data, self.spec.seeds, lessons, updates=kind.UPDATES, temperature=kind.TEMPERATURE
        )

    def _time(self) -> None:
        """Weights do not matter for the time, so the students are timed with fresh ones."""
        for way in (way for way in self.spec.ways if way.real):
            network = self._student(way.size) if way.size else self.teacher
            small, _ = self._read_back(network, way, code_of(way))
            single, batch = (milliseconds(small, self.material.pool_images[:count]) for count in kind.BATCHES)
            self._note(way, slice(None), single=single, batch=batch)

    def due(self) -> bool:
        """At the end, and after every network of the teacher."""
        return self.update <= len(self._steps) or self.update == self.updates

    def evaluate(self) -> PlainPoint:
        """All measures, NaN where there is nothing yet, and where no time means anything."""
        return PlainPoint({name: self.values[place].clone() for place, name in enumerate(MEASURES)}, {})

    def state(self) -> dict[str, Tensor]:
        state = {"update": torch.tensor(self.update), "values": self.values.clone(), "said": self._said.clone()}
        if self.students:
            state |= together({"students": self.students.state()})
        return state

    def restore(self, state: dict[str, Tensor]) -> None:
        self.update, self.values, self._said = int(state["update"]), state["values"].clone(), state["said"].clone()
        self.students = None
        if learned := below(state, "students"):
            self.students = self._cohort(kind.SIZES[(self.update - 1 - len(self._steps)) // kind.UPDATES])
            self.students.restore(learned)

    def weights(self) -> dict[str, Tensor]:
        """None: nobody asks these networks again."""
        return {}

    def validate(self) -> None:
        """None: no setting is chosen by them."""


def of_filter(training: ShrinkTraining) -> dict[str, Tensor]:
    """What rounding makes of one filter of the teacher, and of what it says of the images that it is least sure of.

    weights: of FILTER, (ways, n); says: logits, (ways, images, classes), of the teacher as it is and rounded with a
    scale for each channel; images: their places among the test images of the pack, each of another class.
    """
    known = training.material
    sure, answer = known.test_logits.softmax(1).max(1)
    sure[answer != known.test_labels] = 1
    least = [int(image) for image in sure.argsort()]
    images = list({int(known.test_labels[image]): image for image in reversed(least)}.values())
    chosen = known.test_images[images := sorted(images, key=least.index)[:IMAGES]]
    weights, says = [], []
    for way in (way for way in training.spec.ways if way.family in ("float", "channel")):
        network, _ = training.network(way)
        weights.append(network.get_parameter(FILTER)[0].flatten().half())
        says.append(asked(network, chosen).half())
    return {"weights": torch.stack(weights), "says": torch.stack(says), "images": torch.tensor(images)}


def prepare(spec: Shrink, engine: TorchEngine) -> Prepared:
    """A course of `spec`. Raises the errors of `load_material`."""
    material = engine.material(spec.data, spec.data)
    training = ShrinkTraining(spec, material)
    record = {"data_digest": material.data_digest, "teacher_digest": material.teacher_digest}
    if material.official:
        record["official_digest"] = material.official.digest
    right = (material.test_logits.argmax(1) == material.test_labels).double().mean()
    official = material.official.teacher_accuracy if material.official else None  # on all of them
    tested = {"test_images": len(training.labels), "teacher_accuracy": official or float(right)}
    return Prepared(training, None, record | tested)
