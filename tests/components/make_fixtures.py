"""Writes what the JavaScript modules are tested against: `python -m tests.components.make_fixtures FOLDER`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.special import softmax

from app.catalog.declared import DATA
from app.catalog.pack import read_pack
from app.catalog.rounding import rounded
from app.distillation.losses import hard_loss, mixed, soft_loss
from app.experiments.final import Reached
from app.experiments.kinds.cohort import RunSpec, cohort_verdict
from app.experiments.left_out import left_out_answers
from app.experiments.recordings import FinishedRun
from app.experiments.recordings.labels import LabelCurve
from app.experiments.spec import default_settings
from app.experiments.sweep import SHARED, CellResult, Sweep, plan_fields, read_out
from app.figures.label_dial.figure import told
from app.store import ENDED
from app.teaching.checks.bugs import MEASURES
from tests import drawing
from tests.components import language, networks
from tests.experiments.examples import METRICS

TEMPERATURES = (0.5, 1.0, 2.0, 8.0, 20.0)


def softened() -> list[dict[str, Any]]:
    """Logits, some of them extreme, with their softened probabilities as scipy computes them."""
    chance = np.random.default_rng(7)
    rows = [*chance.normal(0, 4, (20, 10)), np.full(10, 3.0), [1000.0, 0.0, -1000.0], [0.0], [-745.2, -745.1]]
    return [
        {"logits": list(map(float, row)), "temperature": t, "probabilities": softmax(np.divide(row, t)).tolist()}
        for row in rows
        for t in TEMPERATURES
    ]


def gradients() -> list[dict[str, Any]]:
    """Logits of one image with the gradients that torch finds for both losses, and the limit of logit matching."""
    chance = np.random.default_rng(12)
    found = []
    for row, t in enumerate((1.0, 2.0, 5.0, 20.0, 100.0, 1000.0) * 3):
        classes, label = (10, 2, 100)[row % 3], row % 2
        student, teacher = (torch.tensor(chance.normal(0, size, classes)) for size in (0.02, 4.0)[:: 1 - 2 * (row % 2)])
        student.requires_grad_()
        hard = F.cross_entropy(student[None], torch.tensor([label]))
        log_student, target = F.log_softmax(student[None] / t, -1), F.softmax(teacher[None] / t, -1)
        soft = F.kl_div(log_student, target, reduction="batchmean")
        by_hard, by_soft = (torch.autograd.grad(loss, student)[0] for loss in (hard, soft))
        limit = (student - student.mean() - teacher + teacher.mean()).detach() / classes
        lists = {"student": student.detach(), "teacher": teacher, "hard": by_hard, "soft": by_soft, "limit": limit}
        away = (t * t * by_soft - limit).norm() / limit.norm()
        numbers = {"temperature": t, "label": label, "distance": float(away)}
        found.append({name: one.tolist() for name, one in lists.items()} | numbers)
    return found


def over_seeds() -> list[dict[str, Any]]:
    """Logits of several seeds, with the mean of their softened probabilities."""
    logits = np.random.default_rng(8).normal(0, 5, (6, 3, 10))
    return [
        {"seeds": seeds.tolist(), "temperature": t, "probabilities": softmax(seeds / t, axis=1).mean(axis=0).tolist()}
        for seeds in logits
        for t in TEMPERATURES
    ]


def steps() -> list[dict[str, Any]]:
    """Training steps on one image, as the core and autograd compute them in float64."""
    chance = torch.Generator().manual_seed(5)
    found = []
    for number in range(24):
        teacher, student = (4 * torch.randn(10, generator=chance, dtype=torch.float64) for _ in range(2))
        label = int(torch.randint(10, (1,), generator=chance))
        temperature, alpha = TEMPERATURES[number % len(TEMPERATURES)], (0.0, 0.3, 0.9, 1.0)[number % 4]
        logits = student.clone().requires_grad_()
        one, labels = logits[None], torch.tensor([label])
        parts = mixed(hard_loss(one, labels), soft_loss(one, teacher[None], temperature), alpha)
        gradient = {
            name: torch.autograd.grad(part, logits, retain_graph=True)[0].tolist() for name, part in parts.items()
        }
        given = {"teacher": teacher.tolist(), "student": student.tolist(), "label": label}
        losses = {name: float(part) for name, part in parts.items()}
        found.append({**given, "temperature": temperature, "alpha": alpha, "losses": losses, "gradient": gradient})
    return found


def run(*, points: int = 9, updates: int = 240) -> dict[str, Any]:
    """What /events says about a finished run of two arms and three seeds."""
    spec = RunSpec.two_arms(default_settings(), (12, 33, 904))
    chance = np.random.default_rng(9)
    events: list[dict[str, Any]] = []
    for seq, update in enumerate(np.linspace(0, updates, points).round().astype(int), start=1):
        reached = 1 - np.exp(-int(update) / 40)
        accuracy = 0.1 + reached * np.array([[0.78], [0.83]]) + chance.normal(0, 0.004, (2, 3))
        rounded = accuracy.round(3).tolist()
        measured = dict.fromkeys(METRICS, rounded)
        since = list(range(int(events[-1]["update"]) + 1, int(update) + 1)) if events else []
        losses = {part: [[[0.5] * len(since)] * 3] * 2 for part in ("hard", "soft", "total")}
        point = {"seq": seq, "kind": "point", "update": int(update), **measured}
        events.append({**point, "losses": {"updates": since, **losses}})
    return {
        "id": "abcd2345efgh",
        "state": "finished",
        "message": "",
        "place": None,
        "wait_s": None,
        "update": updates,
        "updates": updates,
        "seconds": 1.94,
        "created": 1_700_000_000.0,
        "mine": True,
        "spec": spec.as_dict(),
        "teacher_accuracy": 0.996,
        "test_images": 1000,
        "record": {"engine": 1, "torch": "2.13.0", "threads": 1, "platform": "Linux x86_64", "data_digest": "ab" * 32},
        "verdict": asdict(cohort_verdict(events[-1]["accuracy"], 1000, spec.arms)),
        "events": events,
        "next": events[-1]["seq"],
    }


def spreads() -> list[dict[str, Any]]:
    """Values over seeds with their mean, lowest and highest."""
    chance = np.random.default_rng(10)
    rows = [chance.random(size) for size in (1, 2, 3, 10)]
    return [
        {"values": r.tolist(), "mean": float(r.mean()), "low": float(r.min()), "high": float(r.max())} for r in rows
    ]


def sweeps() -> dict[str, Any]:
    """What /sweeps says: a map that is ended, one that goes on, and a sweep over one axis."""
    shared = default_settings()
    made = {}
    for name, kind in (("map", "temperature-alpha"), ("lines", "labels"), ("methods", "method")):
        plan = Sweep(kind, {key: shared[key] for key in SHARED}, (11, 12, 13))
        chance = np.random.default_rng(11)
        found = {}
        for cell in plan.cells():
            labels = 0.88 + chance.normal(0, 0.01, 3)
            accuracy = labels.round(3).tolist(), (labels + chance.normal(0.02, 0.01, 3)).round(3).tolist()
            found[cell.at] = CellResult("abcd2345efgh", "finished", 256, 256, Reached(accuracy, 1000, 0.996), accuracy)
        made[name] = _told(plan, found, "ended", None)
    cells = list(found)
    going_on = {at: found[at] for at in cells[:2]} | {cells[2]: replace(found[cells[2]], state="running", update=64)}
    going_on |= {at: CellResult("abcd2345efgh", "queued", 0, 256, None) for at in cells[3:]}
    made["live"] = _told(plan, going_on, "live", 12.0)
    made["none"] = _told(plan, {}, "none", None)
    return made


def label_curve() -> dict[str, Any]:
    """What the dial over labelled images is told: three numbers of labels, at the last of them no image is left."""
    chance, runs = np.random.default_rng(13), []
    for labels, unlabelled, height in (
        (100, 0, 0.78),
        (100, 3500, 0.78),
        (1000, 0, 0.92),
        (1000, 2500, 0.92),
        (4000, 0, 0.96),
    ):
        settings = default_settings() | {"labels": labels, "unlabelled": unlabelled, "epochs": 10}
        spec = RunSpec.two_arms(settings, (11, 12, 13))
        plain = height + np.array([-0.01, 0.0, 0.01])
        taught = plain + (0.1 if unlabelled else 0.01) + chance.normal(0, 0.002, 3)
        moments = [
            [[0.1] * 3] * 2,
            *[[(arm * share).round(3).tolist() for arm in (plain, taught)] for share in (0.9, 1)],
        ]
        updates = (0, spec.updates // 2, spec.updates)
        events = ({"update": update, "accuracy": arms} for update, arms in zip(updates, moments, strict=True))
        runs.append(FinishedRun(spec, tuple(events)))
    record = {"teacher_accuracy": 0.997, "test_images": 1000}
    return told(LabelCurve("recorded-labels-made", "labels", tuple(runs), {}, record))


def _told(plan: Sweep, found: dict[Any, CellResult], state: str, left: float | None) -> dict[str, Any]:
    facts = {"id": "sweep2345abc", "state": state, "message": "", "mine": True, "recorded": False, "date": None}
    return {**facts, "seconds": 31.0, "left": left, **plan_fields(plan), **read_out(plan, found)}


def biased() -> list[dict[str, Any]]:
    """Answers about a left-out class, with what a bias on its logit does, as Python counts it."""
    chance, found = np.random.default_rng(21), []
    for left_out, classes, images in ((3, 10, 200), (0, 3, 40), (9, 10, 150)):
        labels = chance.integers(0, classes, images)
        logits = chance.normal(0, 2, (1, 1, images, classes))
        logits[..., left_out] -= 4
        answers = left_out_answers(logits.astype(np.float16), labels, left_out)
        steps = [
            {
                "bias": bias,
                **{of: float(answers.share(of, bias)[0, 0]) for of in ("own", "others", "all")},
                "taken": int(answers.taken(bias).sum()),
            }
            for bias in (
                -4.0,
                0.0,
                2.5,
                float(answers.label_free(1 / classes)[0, 0]),
                float(answers.best()[0, 0]),
                60.0,
            )
        ]
        told = {"leftOut": left_out, "labels": labels.tolist(), "steps": steps}
        found.append(told | {"margins": answers.margins[0, 0].tolist(), "others": answers.others[0, 0].tolist()})
    return found


def digits(count: int = 20) -> list[dict[str, Any]]:
    """Test images of MNIST, as rows of whole numbers."""
    pack = read_pack(DATA["mnist"].path)
    return [{"pixels": pack.images[row, 0].ravel().tolist()} for row in pack.test[:count]]


def drawings() -> list[dict[str, Any]]:
    """Drawings with the pictures that numpy and scipy make of them: each digit, large and small, and changed ones."""
    made: list[tuple[str, Any, Any, Any]] = []
    for digit in drawing.DRAWN:
        for size in (0.3, 0.8):
            made.append((f"{digit} at {size}", drawing.strokes(digit, size=size), None, []))
    chance = np.random.default_rng(11)
    for number, one in enumerate(digits(10)):
        base = np.reshape(one["pixels"], (28, 28)) / 255
        rubbed = [list(map(tuple, chance.uniform(0, drawing.SIDE, (3, 2)).tolist()))]
        made.append((f"test image {number}, changed", drawing.strokes(number), base, rubbed))
    found = []
    for name, drawn, base, rubbed in made:
        picture = drawing.prepared(drawing.inked(drawn, base, rubbed))
        assert picture is not None, name
        flat = None if base is None else base.ravel().tolist()
        found.append(
            {"name": name, "drawn": drawn, "rubbed": rubbed, "base": flat, "picture": picture.ravel().tolist()}
        )
    return found


def measured() -> list[dict[str, Any]]:
    """Numbers of the bug lab as Python writes them."""
    values = [0.0, 1e-7, 0.0004, 0.0127, 0.0999, 0.231969, 0.973, 1.0, 1.444, 2.82, 9.996, 36.37, -154.98, 1234.7]
    return [
        {"value": value, "text": measure.written(value), "measure": {name: getattr(measure, name) for name in kept}}
        for kept in (("unit", "digits", "mark"),)
        for measure in (MEASURES["soft"], MEASURES["share"])
        for value in values
    ]


def roundings() -> list[dict[str, Any]]:
    """Numbers as Python writes them: each half-way place of one decimal, what sums of floats make of it, and others."""
    chance = np.random.default_rng(4)
    halves = [(2 * at + 1) / 20 for at in range(-60, 1000, 2)]
    values = [*halves, *(sum([half / 10] * 10) for half in halves), *chance.normal(0, 100, 200).tolist(), -0.04, 0.0]
    return [
        {
            "value": value,
            "digits": digits,
            "text": rounded(value, digits),
            "grouped": rounded(1e3 * value, grouped=True),
        }
        for value in values
        for digits in (0, 1, 2)
    ]


def write(folder: Path) -> Path:
    """Write all of it as fixtures.json, with files of networks beside it, and return the path."""
    fixtures = {"softened": softened(), "overSeeds": over_seeds(), "run": run(), "spreads": spreads()}
    fixtures |= {"digits": digits(), "drawings": drawings(), "sweeps": sweeps(), "steps": steps()}
    fixtures |= {"measured": measured(), "labelCurve": label_curve(), "biased": biased()}
    fixtures |= {"gradients": gradients(), "roundings": roundings(), "ended": list(ENDED)}
    fixtures |= {"networks": networks.write(folder / "networks")}
    fixtures |= {"languageModels": language.write(folder / "language")}
    path = folder / "fixtures.json"
    path.write_text(json.dumps(fixtures), encoding="utf-8")
    return path


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
