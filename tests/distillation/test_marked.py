"""A cohort whose arms hear teachers of their own: each student learns as it would alone, and as a plain loop has it."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from app.catalog import available, declared
from app.distillation.datasets import generator
from app.distillation.marked import Lessons, MarkedCohort
from app.distillation.models import build_student
from app.distillation.training import decay, first_rate

SEEDS, IMAGES, UPDATES, T = (3, 4), 40, 5, 4.0


def lessons(arms: int) -> Lessons:
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(len(SEEDS), IMAGES, 1, 28, 28, generator=draw)
    labels = torch.randint(10, (len(SEEDS), IMAGES), generator=draw)
    marks = 3 * torch.randn(len(SEEDS), arms, IMAGES, 10, generator=draw)
    return Lessons(images, labels, marks, (0.0, 1.0, 0.5)[:arms])


def trained(known: Lessons, seeds: tuple[int, ...] = SEEDS) -> MarkedCohort:
    cohort = MarkedCohort("cnn-2k", "mnist", seeds, known, updates=UPDATES, temperature=T)
    for _ in range(UPDATES):
        cohort.step()
    return cohort


def test_a_student_is_what_a_plain_loop_makes_of_it() -> None:
    known, seed, arm = lessons(3), 1, 2
    cohort = trained(known)
    entry, data = declared.STUDENTS["cnn-2k"], available.data_sets()["mnist"]
    student = build_student(entry, data, generator(SEEDS[seed], "student weights"))
    optimizer = torch.optim.AdamW(student.parameters(), weight_decay=declared.WEIGHT_DECAY)
    for update in range(UPDATES):
        epoch, place = divmod(update, 2)
        order = torch.randperm(IMAGES, generator=generator(SEEDS[seed], "student order", epoch))
        rows = order[place * declared.BATCH : (place + 1) * declared.BATCH]
        logits, marks = student(known.images[seed, rows]), known.marks[seed, arm, rows]
        soft = F.kl_div((logits / T).log_softmax(1), (marks / T).softmax(1), reduction="batchmean")
        loss = 0.5 * F.cross_entropy(logits, known.labels[seed, rows]) + 0.5 * T**2 * soft
        optimizer.param_groups[0]["lr"] = first_rate("cnn-2k", "mnist") * decay(update, UPDATES)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    images = torch.randn(1, 7, 1, 28, 28)
    torch.testing.assert_close(cohort.logits(images)[seed, arm], student(images[0]), rtol=1e-3, atol=1e-4)


def test_no_student_feels_another() -> None:
    known = lessons(3)
    images, together = torch.randn(1, 7, 1, 28, 28), trained(known)
    alone = Lessons(known.images[1:], known.labels[1:], known.marks[1:, :1] + 9, known.alphas[:1])
    torch.testing.assert_close(
        trained(alone, SEEDS[1:]).logits(images)[0, 0], together.logits(images)[1, 0], rtol=1e-4, atol=1e-5
    )


def test_it_goes_on_from_a_state_as_if_there_had_been_no_break() -> None:
    known, images = lessons(2), torch.randn(1, 7, 1, 28, 28)
    one, other = (MarkedCohort("cnn-2k", "mnist", SEEDS, known, updates=UPDATES, temperature=T) for _ in range(2))
    other.restore(one.state())
    for _ in range(3):
        one.step()
    other.restore(one.state())
    for cohort in (one, other):
        cohort.step()
    assert torch.equal(one.logits(images), other.logits(images)) and other.update == 4
