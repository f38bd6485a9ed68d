"""The kind `cohort`: students that differ only in their arm, once per seed, trained together.

Two questions are kept apart. Is this an experiment at all? `RunSpec` answers it, so that a run of long ago can still be
shown. Can it be trained on this machine now? `RunSpec.check_trainable` answers that.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import Any, ClassVar, Self

from app.catalog import available, bugs, declared
from app.catalog.available import lab_sets, teachers_if_readable
from app.catalog.declared import CONTROLS, DATA, METHODS, STUDENTS, Arm
from app.catalog.rounding import rounded
from app.catalog.variants import VARIANTS, DataVariant
from app.experiments import costs
from app.experiments.kinds import Measure, Pair, read
from app.experiments.spec import (
    NotTrainable,
    Settings,
    SpecError,
    check_seeds,
    check_weights_here,
    default_settings,
    is_run_id,
    shown,
    teacher_ids,
    teachers_for,
    unsaid_settings,
    updates_of,
)
from app.experiments.verdict import ArmWords, Stage, Verdict, verdict
from app.images.image_classes import can_be_left_out, class_name, label_counts, unlabelled_counts, without_words
from app.store import Work

VERSION = 3  # raised if every method gives other numbers than before; see also `Method.version`
MAX_STUDENTS = 200  # of one cohort: arms × seeds
MARKING_SECONDS = declared.RUN_SECONDS / 2  # of a run in which the teacher marks shifted copies, at most
MEASURES = (
    Measure("accuracy", "accuracy", "%", 1, "higher"),
    Measure("agreement", "same answer as the teacher", "%", 1),
    Measure("agreement_where_wrong", "same answer as the teacher where it is wrong", "%", 1),
    Measure("kl", "KL divergence from the teacher", "nats", 3, "lower"),
    Measure("nll", "cross-entropy", "nats", 3, "lower"),
    Measure("brier", "Brier score", "", 3, "lower"),
    Measure("ece", "calibration error (ECE)", "%", 1, "lower"),
    Measure("entropy", "entropy of the answers", "nats", 3),
)

_IMPORTED = re.compile(r"own-[\w.-]{1,120}", re.ASCII)  # the id of images that were imported here or elsewhere


@dataclass(frozen=True)
class FirstWeights:
    """Where students begin: as those of the arm at place `arm` of a run that has ended, first seed by first seed."""

    run: str
    arm: int


@dataclass(frozen=True)
class KeptSeeds:
    """The first `seeds` seeds are those of a run that has finished: its numbers are kept, and only the rest trained."""

    run: str
    seeds: int


@dataclass(frozen=True)
class RunSpec:
    """One experiment: students that differ only in their arm, once per seed.

    labels: labelled images that every student learns from; any number if `variants` change them. unlabelled: images
    beside them that only the teacher marks; every update has a batch of each, the same for all arms of a seed.
    left_out: a class that is in none of these images, and in the test images as ever. shift: by how many pixels, at
    most, the students' images are shifted anew in
    each epoch. variants: what else is changed of them. first_weights: None if a seed draws them. kept: None if all
    seeds are trained. looked: there are more seeds because a verdict on fewer was open. slope: 0 … 1, of the students'
    leaky ReLUs. rate: share of the usual learning rate, above 0 and at most 4. Both are for recordings: a network in
    the browser has neither. seeds: 1 … 20 different numbers; a seed sets first weights, images and order. Raises
    SpecError if a field is out of the range that `declared.CONTROLS` declares. Imported images may be gone: see
    `check_trainable`.
    """

    data: str
    teacher: str
    student: str
    labels: int
    epochs: int
    seeds: tuple[int, ...]
    arms: tuple[Arm, ...]
    unlabelled: int = 0
    left_out: int | None = None
    shift: int = 0
    variants: tuple[DataVariant, ...] = ()
    first_weights: FirstWeights | None = None
    kept: KeptSeeds | None = None
    looked: bool = False
    slope: float = 0.0
    rate: float = 1.0

    kind: ClassVar[str] = "cohort"
    measures: ClassVar[tuple[Measure, ...]] = MEASURES
    roles: ClassVar[tuple[str, ...]] = ("labels", "distilled")

    def __post_init__(self) -> None:
        _check_data(self.data)
        for key in SHARED_BY_ARMS:
            if key == "labels" and self.variants:
                _check_count(self.labels)
            elif key not in ("data", "teacher", "left_out"):  # what these may be depends on each other, and on the disk
                _check_setting(key, getattr(self, key))
        _check_left_out(self.data, self.left_out)
        _check_teacher(self.data, self.teacher)
        check_seeds(self.seeds)
        _check_variants(self.variants)
        if type(self.slope) is not float or not 0 <= self.slope <= 1:
            raise SpecError("slope", self.slope, "must be 0.0 to 1.0")
        if type(self.rate) is not float or not 0 < self.rate <= 4:
            raise SpecError("rate", self.rate, "must be above 0.0, and 4.0 at most")
        if self.first_weights and not (is_run_id(str(self.first_weights.run)) and type(self.first_weights.arm) is int):
            raise SpecError("first_weights", self.first_weights, "must name a run and the place of an arm")
        if self.kept and not (is_run_id(str(self.kept.run)) and self.kept.seeds in range(1, len(self.seeds))):
            raise SpecError("kept", self.kept, "must name a run and fewer seeds than there are")
        if not isinstance(self.arms, tuple) or not all(isinstance(arm, Arm) for arm in self.arms) or not self.arms:
            raise SpecError("arms", self.arms, "must be at least one Arm")
        for arm in self.arms:
            _one_of("role", arm.role, self.roles)
            _check_arm(arm)
        if len(set(self.arms)) < len(self.arms):
            raise SpecError("arms", len(self.arms), "must differ from each other")
        if len(self.arms) * len(self.seeds) > MAX_STUDENTS:
            students = len(self.arms) * len(self.seeds)
            raise SpecError("arms × seeds", students, f"must be at most {MAX_STUDENTS} students")

    @classmethod
    def two_arms(cls, settings: Mapping[str, Any], seeds: tuple[int, ...]) -> Self:
        """The lab's comparison: labels only against the chosen method.

        settings: a value per key of `declared.CONTROLS` ("seeds" is not read), without those that may go unsaid.
        Raises SpecError.
        """
        settings = unsaid_settings() | dict(settings)
        missing = [key for key in CONTROLS if key != "seeds" and key not in settings]
        if missing:
            raise SpecError(missing[0], None, "must be set")
        taught = Arm("distilled", settings["method"], settings["temperature"], settings["alpha"])
        shared = {key: settings[key] for key in SHARED_BY_ARMS}
        return cls(**shared, seeds=tuple(seeds), arms=(LABELS_ONLY, taught))

    def settings(self) -> Settings:
        """The controls' values that describe this experiment; of several taught arms, the first."""
        taught = next((arm for arm in self.arms if arm.role == "distilled"), None)
        settings = default_settings() | {key: getattr(self, key) for key in SHARED_BY_ARMS}
        if taught:
            settings |= {"method": taught.method, "temperature": taught.temperature, "alpha": taught.alpha}
        return settings | {"seeds": len(self.seeds)}

    @property
    def changes(self) -> tuple[DataVariant, ...]:
        """All that is changed of the images to learn from, in order."""
        left_out = () if self.left_out is None else (DataVariant("left_out", self.left_out),)
        return (*left_out, *self.variants)

    @property
    def trained(self) -> "RunSpec":
        """What is left to be trained beside what is kept."""
        return replace(self, seeds=self.seeds[self.kept.seeds :], kept=None) if self.kept else self

    @property
    def extended(self) -> bool:
        """Whether seeds were added because a look at fewer left the question open."""
        return self.looked or (self.kept is not None and self.kept.seeds > 1)  # one seed has no verdict

    @property
    def updates(self) -> int:
        """Updates of every student in all."""
        return updates_of(self.labels, self.epochs)

    def check_trainable(self) -> None:
        """Raise NotTrainable if this machine has not what the experiment needs, or a method does not fit."""
        check_here(self.data)
        check_left_out(self.data, self.left_out)
        if self.labels > max(label_counts(self.data, self.left_out)):
            name, most = without_words(self.data, self.left_out), max(label_counts(self.data, self.left_out))
            sentence = f"{name} has too few images for {self.labels:,} labelled ones: choose {most:,} at most."
            raise NotTrainable("labels", self.labels, sentence)
        check_unlabelled(self.data, self.labels, self.unlabelled, self.left_out)
        if self.teacher not in teachers_for(self.data):
            teacher, images = (available.choice_name(key, getattr(self, key)) for key in ("teacher", "data"))
            raise NotTrainable("teacher", self.teacher, f"{teacher} does not know {images}: choose another teacher.")
        usual = all(METHODS[arm.method].offered and not arm.by for arm in self.arms)
        if self.slope or self.rate != 1 or not usual:
            sentence = "This experiment is there as a recording alone: the lab trains no students like these."
            raise NotTrainable("slope", self.slope, sentence)
        if self.first_weights:
            check_weights_here(self.first_weights.run)
        for arm in self.arms:
            check_student(self.student, arm.method)
            check_method(arm.method, self.unlabelled, self.shift)
        if self.shift and any(arm.bug for arm in self.arms):
            raise NotTrainable("shift", self.shift, "A mistake is made on images as they are: choose no shift.")
        if self.shift and (seconds := costs.of_marks(self)) > MARKING_SECONDS:
            sentence = (
                f"The teacher would mark shifted copies for {rounded(seconds / 60)} minutes, and a run may take "
                f"{rounded(declared.RUN_SECONDS / 60)}: choose fewer images or seeds, or no shift."
            )
            raise NotTrainable("shift", self.shift, sentence)

    def work(self) -> Work:
        """What it asks of a worker. Raises NotTrainable if its images are not here."""
        check_here(self.data)
        evaluations = 1 + declared.evaluations(self.updates, lab_sets()[self.data].test)
        return Work(self.updates, costs.of_cohort(self.trained, self.updates, evaluations))

    @property
    def engine(self) -> int | str:
        """The version of the kind and of each method that changed alone: 3, or "3, kd 1, labels 2"."""
        methods = [METHODS[method] for method in sorted({arm.method for arm in self.arms})]
        changed = [f"{method.id} {method.version}" for method in methods if method.version]
        return ", ".join((str(VERSION), *changed)) if changed else VERSION

    def arm_words(self) -> tuple[ArmWords, ...]:
        return tuple(map(arm_words, self.arms))

    def compared(self) -> tuple[Pair, ...]:
        pair = compared_arms(self.arms)
        return (Pair(*pair, "accuracy"),) if pair else ()

    def in_short(self) -> str:
        """An experiment in a few words: "MNIST 500, 9 k, soft labels T 8", and its bug, if it has one."""
        had = self.settings()
        method = METHODS[had["method"]]
        temperature = f" T {had['temperature']:g}" if method.uses_temperature else ""
        more = f" + {self.unlabelled:,} unlabelled" if self.unlabelled else ""
        more += f" without {class_name(self.data, self.left_out)}" if self.left_out is not None else ""
        for key in SHARED_BY_ARMS:
            control, value = CONTROLS[key], getattr(self, key)
            if control.unsaid and key not in ("unlabelled", "left_out") and value != control.default:
                more += f", {control.words.lower()} {available.choice_name(key, value)}"
        more += "".join(f", {VARIANTS[one.name].words} ({one.amount:g})" for one in self.variants)
        more += ", leaky ReLU" if self.slope else ""
        more += f", rate × {self.rate:.2g}" if self.rate != 1 else ""
        broken = "".join(f", bug: {bugs.BUGS[arm.bug].name}" for arm in self.arms if arm.bug)
        name, student = data_name(self.data), STUDENTS[self.student].name
        return f"{name} {self.labels:,}{more}, {student}, {method.name.lower()}{temperature}{broken}"

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready. What came later is left out at its default, so that an old experiment keeps its text."""
        return {**_said(self), "seeds": list(self.seeds), "arms": [_said(arm) for arm in self.arms]}

    def to_json(self) -> str:
        """Canonical JSON: the same experiment gives the same text."""
        return json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        try:
            lists: Settings = {"arms": tuple(Arm(**arm) for arm in fields["arms"]), "seeds": tuple(fields["seeds"])}
            lists["variants"] = tuple(DataVariant(**one) for one in fields.get("variants", ()))
            for name, of in (("first_weights", FirstWeights), ("kept", KeptSeeds)):
                if given := fields.get(name):
                    lists[name] = of(**given)
            return cls(**{**fields, **lists})
        except SpecError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise SpecError("spec", json.dumps(fields), f"is not an experiment ({type(error).__name__})") from error

    @classmethod
    def read(cls, text: str) -> Self:
        """The inverse of `to_json`. Raises SpecError if the text is no cohort."""
        experiment = read(text)
        if not isinstance(experiment, cls):
            raise SpecError("kind", experiment.kind, "must be cohort")
        return experiment


def _said(entry: RunSpec | Arm) -> dict[str, Any]:
    """The fields of an experiment or an arm, without those that have a default and are at it."""
    defaults = {field.name: field.default for field in fields(entry) if field.default is not MISSING}
    return {key: value for key, value in asdict(entry).items() if key not in defaults or value != defaults[key]}


def arm_words(arm: Arm) -> ArmWords:
    """What a learner calls an arm."""
    plain = "distilled" if arm.method == "kd" else METHODS[arm.method].name.lower()
    plain = CONTROL if arm.role == "control" else plain
    plain += " by an assistant" if arm.by else ""
    words = f"{plain} (bug: {bugs.BUGS[arm.bug].name})" if arm.bug else plain
    return ArmWords(arm.role, words, {"T": arm.temperature, "alpha": arm.alpha})


def compared_arms(arms: Sequence[Arm]) -> tuple[int, int] | None:
    """The places of the two arms that a verdict compares, None if there is no such pair.

    Of three, one of which has a bug, they are its healthy twin and itself.
    """
    if len(arms) == 2:
        return 0, 1
    broken = [at for at, arm in enumerate(arms) if arm.bug]
    twins = [at for at, arm in enumerate(arms) if len(broken) == 1 and arm == replace(arms[broken[0]], bug="")]
    return (twins[0], broken[0]) if len(arms) == 3 and twins else None


def cohort_verdict(
    accuracy: Sequence[Sequence[float]],
    test_images: int,
    arms: Sequence[Arm],
    *,
    stage: Stage = "finished",
    extended: bool = False,
    chance: float | None = None,
) -> Verdict:
    """The verdict on accuracies, (arms, seeds). Raises as `verdict`."""
    words, pair = [arm_words(arm) for arm in arms], compared_arms(arms)
    return verdict(accuracy, test_images, words, pair, stage=stage, extended=extended, chance=chance)


def data_name(data: str) -> str:
    """What a learner reads for a data set, also for one that is no longer here."""
    known = DATA.get(data)
    return known.name if known else str(available.choice_name("data", data))


CONTROL = "self-taught"  # what a learner calls students that are taught by the ones with labels only
LABELS_ONLY = Arm("labels", "labels", temperature=1.0, alpha=0.0)
# Controls that are fields of a spec.
SHARED_BY_ARMS = tuple(field.name for field in fields(RunSpec) if field.name in CONTROLS and field.name != "seeds")


# ── checks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check_here(data: str, *teachers: str) -> None:
    """Raise NotTrainable if imported images are no longer here, no teacher knows them, or one of `teachers` is gone."""
    if data not in lab_sets():
        sentence = f"The images {shown(data)} are not on this machine, or have no teacher: import the images again."
        raise NotTrainable("data", data, sentence)
    for teacher in teachers:
        if teacher not in teachers_if_readable():
            sentence = f"The teacher {shown(teacher)} is missing. Get a fresh copy of the app."
            raise NotTrainable("teacher", teacher, sentence)


def check_student(student: str, method: str) -> None:
    """Raise NotTrainable if a method cannot teach a student."""
    if METHODS[method].needs_feature_maps and not STUDENTS[student].has_feature_maps:
        taught, name = METHODS[method].name, STUDENTS[student].name
        sentence = f"{taught} compares feature maps, and the student “{name}” has none: choose another of the two."
        raise NotTrainable("student", student, sentence)


def check_method(method: str, unlabelled: int, shift: int = 0) -> None:
    """Raise NotTrainable if a method says nothing about unlabelled or shifted images, and there are some."""
    if unlabelled and METHODS[method].labelled_only:
        fitting = f"“{METHODS['kd'].name}” or “{METHODS['logits'].name}”"
        sentence = f"{METHODS[method].name} needs the label of every image: choose {fitting}, or no unlabelled images."
        raise NotTrainable("method", method, sentence)
    if shift and METHODS[method].as_they_are:
        name = METHODS[method].name
        sentence = f"{name} knows what the teacher says of images as they are alone: choose another, or no shift."
        raise NotTrainable("method", method, sentence)


def check_unlabelled(data: str, labels: int, unlabelled: int, left_out: int | None = None) -> None:
    """Raise NotTrainable if the images do not suffice for so many unlabelled ones beside the labelled."""
    most = max(unlabelled_counts(data, labels, left_out))
    if unlabelled > most:
        name = without_words(data, left_out)
        beside = f"for {unlabelled:,} unlabelled ones beside {labels:,} labelled"
        raise NotTrainable("unlabelled", unlabelled, f"{name} has too few images {beside}: choose {most:,} at most.")


def check_left_out(data: str, left_out: int | None) -> None:
    """Raise NotTrainable if there is no such class, or too few images remain without it."""
    if left_out is not None and left_out not in can_be_left_out(data):
        sentence = (
            f"{lab_sets()[data].name} has no class {left_out} that could be left out: choose another one, or none."
        )
        raise NotTrainable("left_out", left_out, sentence)


def _check_data(data: object) -> None:
    if not (isinstance(data, str) and _IMPORTED.fullmatch(data)):
        _one_of("data", data, DATA)


def _check_teacher(data: str, teacher: object) -> None:
    """Of images of one's own only `check_trainable` can say which teachers know them; their own has their id."""
    if data == teacher and data not in DATA:
        return
    if data in DATA and teacher not in teachers_for(data):
        fitting = ", ".join(teachers_for(data))
        raise SpecError("teacher", teacher, f"must be one that knows {DATA[data].name} ({fitting})")
    _one_of("teacher", teacher, teacher_ids())


def _check_left_out(data: str, left_out: object) -> None:
    """Of images of one's own only `check_trainable` can say which classes they have."""
    classes = DATA[data].classes if data in DATA else declared.CLASSES
    if left_out is not None and (type(left_out) is not int or not 0 <= left_out < classes):
        raise SpecError("left_out", left_out, f"must be a class, 0 to {classes - 1}, or none")


def _check_variants(variants: object) -> None:
    if not isinstance(variants, tuple) or not all(isinstance(one, DataVariant) for one in variants):
        raise SpecError("variants", variants, "must be DataVariants")
    for one in variants:
        _one_of("variant", one.name, [name for name in VARIANTS if name != "left_out"])  # which has its own field
        kind = VARIANTS[one.name]
        if not kind.holds(one.amount):
            raise SpecError(one.name, one.amount, f"must be {kind.low:g} to {kind.high:g} ({kind.amount})")
    names = [one.name for one in variants]
    if len(set(names)) < len(names):
        raise SpecError("variants", ", ".join(names), "must differ from each other")


def _check_arm(arm: Arm) -> None:
    _one_of("method", arm.method, METHODS)
    _check_setting("temperature", arm.temperature)
    _check_setting("alpha", arm.alpha)
    if (arm.role == "labels") != (arm.method == "labels") or (arm.role == "labels" and arm.alpha != 0):
        raise SpecError("role", arm.role, "must be “labels” for the method “labels” with alpha 0, and for no other")
    _one_of("bug", arm.bug, ("", *bugs.BUGS))
    _one_of("by", arm.by, ("", *STUDENTS))
    if arm.by and (arm.method != "kd" or arm.bug):
        raise SpecError("by", arm.by, "must be none but in a healthy arm with the method “kd”")
    if arm.bug and arm.method != bugs.METHOD:
        raise SpecError("bug", arm.bug, f"must be in an arm with the method “{bugs.METHOD}”")


def _one_of(field: str, value: object, choices: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in choices:
        raise SpecError(field, value, f"must be one of {', '.join(map(str, choices))}")


def _check_count(labels: object) -> None:
    """Changed images may be any number: a long tail has as many as it has."""
    most = CONTROLS["labels"].choices[-1]
    if type(labels) is not int or not 1 <= labels <= most:
        raise SpecError("labels", labels, f"must be a whole number from 1 to {most:,}")


def _check_setting(field: str, value: object) -> None:
    """A value of a control, by its declaration."""
    control = CONTROLS[field]
    if control.choices:
        _one_of(field, value, control.choices)
        return
    if isinstance(control.default, int) and type(value) is not int:
        raise SpecError(field, value, "must be a whole number")
    fits = isinstance(value, int | float) and not isinstance(value, bool) and control.low <= value <= control.high
    if not fits:  # NaN fits nowhere
        raise SpecError(field, value, f"must be {control.low:g} to {control.high:g}")


KIND = RunSpec
