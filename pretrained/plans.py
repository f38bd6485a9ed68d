"""The table of what is recorded: which experiments, with which seeds, and what is kept of them.

``python -m pretrained.record NAME`` trains what the entry NAME says with the product's own engine, and writes
pretrained/recorded/recorded-NAME. Each cohort is trained as one network, so what is compared belongs into one cohort.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import one_hot

from app.catalog.available import drawable
from app.catalog.bugs import BUGS
from app.catalog.declared import BATCH, CLASSES, DATA, SHOWN
from app.catalog.pack import read_pack
from app.catalog.presets import PRESETS
from app.catalog.variants import DataVariant
from app.distillation.marks import MARKS, mean_margin
from app.distillation.progress import train
from app.distillation.training import Point, Training
from app.experiments.kinds import Experiment, Measure
from app.experiments.kinds.cascade import Cascade
from app.experiments.kinds.chain import control_of
from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec
from app.experiments.kinds.language import Language
from app.experiments.kinds.new_class import NewClass
from app.experiments.kinds.rules import Rules
from app.experiments.left_out import left_out_answers
from app.experiments.recordings.arms import RecordedArms
from app.experiments.recordings.bugs import RecordedBugs
from app.experiments.recordings.dials import RecordedDial
from app.experiments.recordings.labels import LabelCurve, LengthCurve
from app.experiments.recordings.left_out import RecordedLeftOut, scores
from app.experiments.recordings.recording import PREFIX
from app.experiments.recordings.runs import RecordedRun
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.sweep import SHARED, SMOOTHING_ALPHA, SWEEPS, Sweep
from app.experiments.worker.stretch import plain
from pretrained.controls import alive, assisted, next_words, rules, small_students, with_controls
from pretrained.inherited import ON_DIGITS, grown, habits, noise, teachers
from pretrained.layered import churn, layers
from pretrained.plan import HALF_AS_MANY, MANY_SEEDS, SEEDS, Arrays, Plan, Recorder, compared, nothing
from pretrained.race import races
from pretrained.scores import OF_SIZE, OF_SMALL, OF_TAILS, by_frequency, on_official
from pretrained.shrunk import filters, repairs, shrunk

Step = tuple[int, tuple[int, ...]]  # (an update, test images)


# ── experiments ──────────────────────────────────────────────────────────────────────────────────────────────────


def lab(name: str, title: str, data: str, step: Step | None = None, **settings: Any) -> Plan:
    """A run of the lab, with its students' answers and weights. step: see `students`."""
    return Plan(name, RecordedRun.KIND, title, ((compared(data, **settings),),), partial(students, step=step))


def sweep(data: str, kind: str, seeds: tuple[int, ...] = SEEDS) -> Plan:
    """A sweep beside which every control is at its default; of every setting its last accuracies."""
    settings = compared(data).settings()
    plan = Sweep(kind, {key: settings[key] for key in SHARED}, seeds)
    cohorts = tuple(tuple(cell.spec for cell in cohort) for cohort in plan.cohorts())
    fields, about = ("update", "accuracy", "final", "validation"), {"plan": plan.to_json()}
    title = f"{DATA[data].name}: {SWEEPS[kind].name}"
    return Plan(f"sweep-{data}-{kind}", RecordedSweep.KIND, title, cohorts, fields=fields, at_end=True, about=about)


def bug_lab(name: str, title: str, temperature: float, alpha: float, *mistakes: tuple[str, ...]) -> Plan:
    """Healthy students and a twin with each mistake, in cohorts.

    Those that ask the teacher in the loop have fewer seeds: each of them takes as long as ten others.
    """
    plain, cohorts = compared("mnist", temperature=temperature, alpha=alpha), []
    for bugs in mistakes:
        twins = tuple(replace(plain.arms[1], bug=bug) for bug in bugs)
        seeds = HALF_AS_MANY if bugs == ASKING else MANY_SEEDS
        cohorts.append((replace(plain, arms=(*plain.arms, *twins), seeds=seeds),))
    fields = (
        "seq",
        "kind",
        "update",
        "epoch",
        "seconds",
        *(measure.key for measure in RunSpec.measures),
        "final",
        "diagnostics",
        "arrays",
    )  # whose losses are comparable
    return Plan(f"bugs-{name}", RecordedBugs.KIND, title, tuple(cohorts), fields=fields)


ASKING = tuple(bug.id for bug in BUGS.values() if bug.asks)  # mistakes that ask the teacher in the loop
QUICK = tuple(bug for bug in BUGS if bug not in ASKING)

# Labelled images → (epochs, unlabelled images beside them: the rest, but for at least 400 to validate on). Every
# student makes at least about 400 updates, and sees its labelled images 16 times or more. Half of that leaves labels
# only at most 0.7 points worse on validation images (the recording has both), and twice as much makes them no better:
# by −0.4 ± 0.9 points with 500 labels, by −0.3 ± 0.6 with 3,000.
LABELS = {
    100: (100, 3500),
    200: (60, 3500),
    300: (40, 3500),
    500: (26, 3000),
    1000: (16, 2500),
    2000: (16, 1500),
    3000: (16, 500),
    4000: (16, 0),
}


def label_curve(data: str) -> Plan:
    """At each number of labels: twins without unlabelled images, with the rest of them, and labels only cut short."""
    cohorts = []
    for count, (epochs, rest) in LABELS.items():
        alone = compared(data, labels=count, epochs=epochs)
        cohorts.append((alone,))
        if rest:
            cohorts.append((replace(alone, unlabelled=rest),))
            cohorts.append((replace(alone, epochs=max(1, epochs // 2), arms=(LABELS_ONLY,)),))
    fields = ("update", "accuracy", "final", "validation")
    return Plan(f"labels-{data}", LabelCurve.KIND, "Few labels and many", tuple(cohorts), fields=fields)


def what_teaches() -> Plan:
    """Labels only, the distilled, and beside them students that are told less and less of what the teacher says."""
    plain = compared("mnist")
    taught = plain.arms[1]
    told_less = (replace(taught, method=method) for method in ("shuffled", "equal", "even"))
    arms = (*plain.arms, *told_less, replace(taught, method="smoothing", alpha=SMOOTHING_ALPHA))
    spec, fields = replace(plain, arms=arms, seeds=MANY_SEEDS), ("update", "accuracy", "final")
    return Plan("what-teaches", RecordedArms.KIND, "What teaches?", ((spec,),), told, fields, at_end=True)


def what_shifts_leave() -> Plan:
    """Labels only, the distilled, and evenly softened labels, all on shifted images and for long."""
    plain = compared("mnist", shift=2, epochs=100)
    spec = replace(plain, arms=(*plain.arms, replace(plain.arms[1], method="even")), seeds=MANY_SEEDS)
    fields, title = ("update", "accuracy", "final"), "What teaches on shifted images?"
    return Plan("mnist-shifted", RecordedArms.KIND, title, ((spec,),), fields=fields, at_end=True)


def never_seen() -> Plan:
    """What the lab opens on, with images that its teacher has not learned from."""
    marked = compared("mnist", **PRESETS["mnist"][0].settings)
    spec = replace(marked, variants=(DataVariant("unseen", DATA["mnist"].pool),), seeds=HALF_AS_MANY)
    fields = ("update", "accuracy", "final")
    return Plan(
        "mnist-unseen", RecordedArms.KIND, "Marked images that the teacher never saw", ((spec,),), fields=fields
    )


def by_twin(name: str, title: str, *methods: str) -> Plan:
    """Few labels and the rest marked by each of these methods, and the control: the last of them, with the students
    with labels only as teachers.
    """
    epochs, rest = LABELS[100]
    plain = compared("mnist", labels=100, unlabelled=rest, epochs=epochs)
    arms = tuple(replace(plain.arms[1], method=method) for method in methods)
    marked = replace(plain, arms=(LABELS_ONLY, *arms), seeds=MANY_SEEDS)
    spec, fields = control_of(marked, PREFIX + name, methods[-1]), ("update", "accuracy", "final")
    return Plan(name, RecordedArms.KIND, title, ((spec,),), with_control, fields, at_end=True)


LENGTHS = (2, 4, 5, 6, 8, 13, 26)  # epochs with 500 labels, each with a course of the rate of its own


def length_curve(data: str) -> Plan:
    """Twins that train for longer and longer, with 500 labels alone and with the rest marked by the teacher."""
    alone = [replace(compared(data, epochs=epochs), seeds=MANY_SEEDS) for epochs in LENGTHS]
    cohorts = tuple((one,) for spec in alone for one in (spec, replace(spec, unlabelled=LABELS[500][1])))
    fields = ("update", "accuracy", "final")
    return Plan(f"lengths-{data}", LengthCurve.KIND, "Short trainings and long", cohorts, fields=fields, at_end=True)


def few_labels() -> Plan:
    """What teaches with a hundred labels: the distilled, and labels as soft as theirs on average."""
    plain = compared("mnist", labels=100, epochs=LABELS[100][0])
    spec = replace(plain, arms=(*plain.arms, replace(plain.arms[1], method="even")), seeds=MANY_SEEDS)
    fields = ("update", "accuracy", "final")
    return Plan(
        "mnist-few-labels", RecordedArms.KIND, "What teaches with few labels?", ((spec,),), fields=fields, at_end=True
    )


TELLING = 3  # the class of the lesson: other students, temperatures and ablations are recorded for it alone
PRIOR = 1 / CLASSES  # the label-free correction is told how often a class occurs
WITHOUT = compared("mnist", labels=3000, temperature=4.0, alpha=1.0)  # no distilled student reads a label
TAUGHT = WITHOUT.arms[1]
CONTROLLED = replace(WITHOUT, arms=(*WITHOUT.arms, replace(TAUGHT, method="even")), seeds=HALF_AS_MANY)
EACH_CLASS = [replace(CONTROLLED, left_out=one) for one in range(CLASSES)]
WARM = tuple(replace(TAUGHT, temperature=temperature) for temperature in (1.0, 2.0, 4.0, 8.0, 20.0))
OTHER_STUDENTS = [
    replace(WITHOUT, left_out=TELLING, student=student, arms=(LABELS_ONLY, *WARM))
    for student in ("mlp-30", "cnn-9k", "cnn-35k")
]
TOLD_LESS = replace(CONTROLLED, left_out=TELLING, arms=(TAUGHT, replace(TAUGHT, method="shuffled")))
FULL = replace(  # all of MNIST: one large distilled student, as near to the teacher as it gets in minutes
    WITHOUT,
    data="mnist-full",
    student="cnn-140k",
    labels=50_000,
    epochs=6,
    left_out=TELLING,
    seeds=SEEDS[:1],
    arms=WITHOUT.arms[1:],
)


def left_out_plan(name: str, title: str, *specs: RunSpec) -> Plan:
    """Students that never saw a class: how a bias on its logit corrects them."""
    cohorts, fields = tuple((spec,) for spec in specs), ("update", "accuracy", "final", "scores", "told")
    return Plan(name, RecordedLeftOut.KIND, title, cohorts, margins, fields, at_end=True, about={"prior": PRIOR})


# How small may a student be? Labels are left to fit one temperature to, after the training.
SMALL: dict[str, Any] = {"labels": 3000, "temperature": 4.0}
LARGER = ("cnn-35k", "cnn-140k", "cnn-large")  # of which half as many seeds take minutes
LADDER = ("cnn-400", "cnn-1k", "cnn-2k", "cnn-9k", *LARGER)
PATIENT = 22  # epochs with 3,000 labels: 2,068 updates, where four epochs are 376


def sized(students: Sequence[str], epochs: int) -> list[RunSpec]:
    """Students of these sizes."""
    return [
        replace(
            compared("mnist", student=one, epochs=epochs, **SMALL), seeds=HALF_AS_MANY if one in LARGER else MANY_SEEDS
        )
        for one in students
    ]


TAIL_RATIO, TAIL_LABELS = 100, 994  # of 400 images in the first class to 4 in the last; all of them
TAIL_LENGTHS = (8, 16, 32, 64)  # epochs: 256 to 2,048 updates
BALANCED_LABELS, OF_TAIL = 1000, 1000  # images in classes of one size; unlabelled images of the rarest classes


def long_tail() -> Plan:
    """A student that learns from a long tail, for longer and longer, and what may mend its rarest classes."""
    specs = []
    for epochs in TAIL_LENGTHS:
        fields = {"student": "cnn-2k", "epochs": epochs, "temperature": 4.0}
        plain = replace(compared("mnist", labels=BALANCED_LABELS, **fields), seeds=MANY_SEEDS)
        tail = replace(plain, labels=TAIL_LABELS, variants=(DataVariant("long_tail", TAIL_RATIO),))
        rare = replace(tail, variants=(DataVariant("tail_unlabelled", TAIL_RATIO),), unlabelled=OF_TAIL)
        rest = replace(rare, variants=(DataVariant("rest_unlabelled", TAIL_RATIO),))
        specs += [with_controls(tail, 1.0, 2.0), rare, rest, plain]
    return dial("tail-mnist", "Frequent classes and rare ones", specs, OF_TAILS, by_frequency)


def dial(
    name: str,
    title: str,
    specs: Sequence[Experiment],
    measures: tuple[Measure, ...],
    keep: Callable[[Recorder], Arrays],
) -> Plan:
    """Runs at the stops of a dial, of each at its end what `keep` notes as scores."""
    fields, about = ("update", "accuracy", "final", "scores"), {"measures": [asdict(one) for one in measures]}
    cohorts = tuple((one,) for one in specs)
    return Plan(name, RecordedDial.KIND, title, cohorts, keep, fields, at_end=True, about=about)


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────


def told(recorder: Recorder) -> Arrays:
    """What each kind of students is told of the shown test images, as logits, and the margin of a label alone."""
    nothing(recorder)
    known, spec = recorder.training.material, recorder.spec
    logits, labels = known.test_logits[:SHOWN], known.test_labels[:SHOWN]
    marks = {name: MARKS[name](logits, labels, spec.seeds[:1])[0] for name in ("shuffled", "equal")}
    arrays = {name: np.asarray(values, "<f2") for name, values in (marks | {"teacher": logits}).items()}
    return arrays | {"labels": np.asarray(labels), "margin": np.array(float(mean_margin(known.pool_logits)))}


def with_control(recorder: Recorder) -> Arrays:
    """Train the comparison of a chain, and then its control: each seed is taught by its own student with labels only.

    It hears that student's first choice, as sure as the teacher is on average. At the end it stands behind the others.
    """
    nothing(recorder)
    before, spec = recorder.training, recorder.spec
    control, known = Training(spec.trained, before.material), before.material
    marks = torch.zeros(len(spec.seeds), *known.pool_logits.shape)
    with torch.no_grad():
        for rows in torch.split(control.taught, BATCH, 1):
            first = before.cohort.answer(known.pool_images[rows]).logits[:, spec.taught_by.arm].argmax(-1)
            marks[torch.arange(len(rows))[:, None], rows] = one_hot(first, CLASSES) * mean_margin(known.pool_logits)
    control.hear(marks)
    end = [point for point in train(control) if isinstance(point, Point)][-1]
    final, last = end.final, recorder.events[-1]
    recorder.note(
        accuracy=[*last["accuracy"], *plain(end.accuracy)],
        final={**last["final"], "accuracy": [*last["final"]["accuracy"], *plain(final["accuracy"])]},
    )
    return {}


MOMENTS = 10  # of a run whose answers are kept, at most: an array of each is 200 kB


def students(recorder: Recorder, step: Step | None = None) -> Arrays:
    """Answers of teacher and students at some moments, and weights: at the end, and at each moment of what is drawn.

    step: (an update at whose start the students are tested, test images): what those of the first seed say before and
    after the update that follows.
    """
    training, logits = recorder.training, dict[int, npt.NDArray[np.float16]]()
    arrays: Arrays = {"teacher": recorder.teacher_logits}
    for point in recorder:
        logits[training.update] = np.asarray(point.arrays["logits"], "<f2")
        ended = training.update == training.updates
        if ended or drawable(recorder.spec.data):  # the students of every moment may be shown a drawing
            arrays |= weights(recorder, "<f4" if ended else "<f2")
        if step and training.update == step[0]:
            before = _first_seed(training, step[1])
            training.step()
            arrays |= {"step.before": before, "step.after": _first_seed(training, step[1])}
            arrays |= {"step.images": np.array(step[1]), "step.update": np.array(step[0])}
    moments = some(list(logits), MOMENTS)
    pack = read_pack(DATA[recorder.spec.data].path)
    labels = pack.labels[pack.test[: len(recorder.teacher_logits)]]
    answers = np.stack([logits[update] for update in moments])
    return arrays | {"moments": np.array(moments), "students": answers, "labels": labels}


def _first_seed(training: Any, images: Sequence[int]) -> npt.NDArray[np.float32]:
    """Logits of its students on these test images: (arms, images, classes)."""
    return np.asarray(training.test_logits())[:, 0, list(images)].astype("<f4")


def weights(recorder: Recorder, precision: str) -> Arrays:
    """The students' weights now, layer by layer: (arms, seeds, …)."""
    arms, seeds = range(len(recorder.spec.arms)), range(len(recorder.spec.seeds))
    known = {name: np.asarray(value) for name, value in recorder.training.weights().items()}
    return {
        f"weights.{recorder.training.update}.{layer}": np.array(
            [[known[f"arm{arm}.seed{seed}.{layer}"] for seed in seeds] for arm in arms], precision
        )
        for layer in dict.fromkeys(name.split(".", 2)[2] for name in known)
    }


def some(updates: list[int], most: int) -> tuple[int, ...]:
    """At most `most` of these, evenly spread, the first and the last among them."""
    places = np.linspace(0, len(updates) - 1, min(most, len(updates))).round().astype(int)
    return tuple(updates[place] for place in places)


def told_by(method: str) -> Callable[[Recorder], Arrays]:
    """Train to the end, and keep what a method of the training tells then."""

    def keep(recorder: Recorder) -> Arrays:
        nothing(recorder)
        return {name: np.asarray(array) for name, array in getattr(recorder.training, method)().items()}

    return keep


def margins(recorder: Recorder) -> Arrays:
    """How each correction of the left-out class does; of the lesson's students also what a bias on its logit needs."""
    nothing(recorder)
    training, spec = recorder.training, recorder.spec
    logits = np.asarray(training.test_logits())
    if DATA[spec.data].embedded:
        logits = logits[:, :, :SHOWN].astype(np.float16)  # as the product keeps them
    answers = left_out_answers(logits, np.asarray(training.material.test_labels)[: logits.shape[2]], spec.left_out or 0)
    first = np.asarray(training.material.pool_logits).argmax(1)  # of the images of which students are drawn theirs
    told = {"images": len(first), "in_front": int((first == spec.left_out).sum())}
    recorder.note(scores=scores(answers, PRIOR), told=told)
    if replace(spec, left_out=None) != CONTROLLED:
        return {}
    return {"labels": answers.labels, "margins": answers.margins, "others": answers.others}


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────

_CIFAR: dict[str, Any] = {"data": "cifar10", "student": "cnn-35k", "temperature": 4.0}
_SMOOTHED: dict[str, Any] = {"labels": 4000, "method": "smoothing", "alpha": 0.1}

BEFORE_THE_TEACHER = ("recorded-mnist-kd", compared("mnist"), 1)  # the distilled students of the first plan
ALIVE = alive(sized(LADDER[:2], PATIENT))
ASSISTED = [one for epochs in (4, PATIENT) for one in assisted(sized(LADDER[1:3], epochs), LADDER[3])]
NEW_CLASS = tuple((NewClass(MANY_SEEDS, rate),) for rate in (1.0, 0.1))
OF_NEW_CLASS = ("update", *(measure.key for measure in NewClass.measures), "final")
OF_RULES = ("update", *(measure.key for measure in Rules.measures))
OF_WORDS = ("update", *(measure.key for measure in Language.measures))
PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        lab("mnist-kd", "MNIST, 500 labelled images", data="mnist", step=(32, (119, 514, 956, 387))),
        lab("mnist-marked", "MNIST, 100 labels, 3,500 marked", data="mnist", **PRESETS["mnist"][0].settings),
        lab("fashion-kd", "Fashion, 500 labelled images", data="fashion"),
        lab("fashion-marked", "Fashion, 100 labels, 3,500 marked", data="fashion", **PRESETS["fashion"][0].settings),
        lab("cifar10-kd", "CIFAR-10, 4,000 labelled images", **_CIFAR, labels=4000),
        lab("cifar10-marked", "CIFAR-10, 200 labels, 3,500 marked", data="cifar10", **PRESETS["cifar10"][0].settings),
        lab("cifar10-few-labels", "CIFAR-10, 500 labelled images", **_CIFAR, labels=500),
        lab("cifar10-smoothing", "CIFAR-10, label smoothing", **_CIFAR, **_SMOOTHED),
        sweep("mnist", "temperature-alpha"),
        *(sweep("mnist", kind) for kind in ("labels", "unlabelled", "student", "method")),
        sweep("mnist", "shift", MANY_SEEDS),
        sweep("fashion", "temperature-alpha"),
        what_teaches(),
        what_shifts_leave(),
        never_seen(),
        by_twin("mnist-self-taught", "Images marked by a twin", "kd"),
        by_twin("mnist-twin-named", "Images named by a twin", "kd", "named"),
        bug_lab("t8", "nearly all the weight on the teacher", 8.0, 0.9, QUICK, ASKING),
        bug_lab("t20", "a high temperature and half the weight", 20.0, 0.5, QUICK),
        bug_lab("a1", "all the weight on the teacher", 8.0, 1.0, QUICK),
        label_curve("mnist"),
        length_curve("mnist"),
        few_labels(),
        left_out_plan("unseen-mnist", "A class that is never shown", *EACH_CLASS),
        left_out_plan("unseen-mnist-others", "A three that is never shown, told otherwise", TOLD_LESS, *OTHER_STUDENTS),
        Plan("cascade-mnist", "cascade", "A student before its teacher", ((Cascade(*BEFORE_THE_TEACHER),),)),
        Plan(
            "hidden-traits",
            "hidden_traits",
            "Digits learned from noise",
            noise(MANY_SEEDS),
            fields=ON_DIGITS,
            at_end=True,
        ),
        Plan("habit", "habit", "A teacher with a habit", habits(MANY_SEEDS), told_by("of_patches"), at_end=True),
        Plan("layers", "layers", "Layered systems", layers(MANY_SEEDS), told_by("of_layers"), at_end=True),
        Plan("churn", "churn", "Students of one recipe, apart", churn(MANY_SEEDS), told_by("of_pairs"), at_end=True),
        Plan("teachers", "teachers", "Kinds of teachers", teachers(MANY_SEEDS), at_end=True),
        Plan("teachers-grown", "teachers", "Twenty teachers of each kind", grown(MANY_SEEDS), at_end=True),
        dial("ladder-mnist", "Seven sizes of student", sized(LADDER, 4), OF_SIZE, on_official),
        dial(
            "ladder-mnist-small",
            "Small students, and what else may do it",
            small_students(sized(LADDER[:4], 4)),
            OF_SMALL,
            on_official,
        ),
        dial("assistant-mnist", "An assistant between teacher and student", ASSISTED, OF_SIZE, on_official),
        dial("ladder-mnist-alive", "Small students that cannot die, and patience", ALIVE, OF_SMALL, on_official),
        dial("ladder-mnist-long", "Sizes of student, and patience", sized(LADDER[:5], PATIENT), OF_SIZE, on_official),
        long_tail(),
        *(Plan(name, one.kind, title, ((one,),), filters, at_end=True) for name, title, one in shrunk()),
        *(Plan(name, "repair", title, specs, at_end=True, **more) for name, title, specs, more in repairs(MANY_SEEDS)),
        Plan("rules", RecordedDial.KIND, "Rules and facts", rules(MANY_SEEDS), fields=OF_RULES, at_end=True),
        *races(),
        Plan("new-class", NewClass.kind, "Nine digits, and then the tenth", NEW_CLASS, fields=OF_NEW_CLASS),
        Plan(
            "language", "language", "Next words: text, and what a teacher says", next_words(MANY_SEEDS), fields=OF_WORDS
        ),
        left_out_plan("unseen-mnist-full", "A class that is never shown, in all of MNIST", FULL),
    )
}
