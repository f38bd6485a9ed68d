"""The reserved inference process: warm networks that answer what the page asks of them.

``python -m app.experiments.inference`` is started by a web server (`inference_client`) and ends when its input ends. It
reads JSON lines, {"id": n, "do": "read", …}, and writes one for each: {"id": n, …} or {"id": n, "error": a sentence}.

It is a child of each web server and not of the runner: there is one runner for a home but there may be several web
servers, and a private pipe needs no port, no key on the disk and no search for who listens; it closes with the server,
on every system. A training slot would be the wrong place: a drawing would wait for a run's end. Priority lies between
the web server and the trainings, so that a drawing is answered while all cores train.
"""

import base64
import gc
import json
import os
import queue
import signal
import statistics
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor, nn

from app.catalog import available, declared
from app.catalog.families import DRAWN
from app.catalog.pack import PackError, read_pack
from app.distillation.checkpoints import CheckpointError, file_digest, load_teacher, read_weights
from app.distillation.datasets import standardised
from app.distillation.models import Network, build_student
from app.experiments.recordings.runs import Weights
from app.experiments.students import AWAY

NICENESS = 5  # trainings have 10
TEACHERS_KEPT = 12  # about 2 MB each
STUDENTS_KEPT = 24  # runs whose students stay in memory: 220 kB each with default settings
WARM_UP = 5  # passes before the first measured one
SECONDS_EACH = 0.8  # of measuring, for one image at a time and for batches
FEWEST, MOST = 20, 400  # measured passes
ALIVE_SECONDS = 1.0  # between two signs of life while it measures
BATCH = 64
Students = list[list[Network]]  # [arm][seed]


class Networks:
    """Teachers and students, those in memory that were asked for last."""

    def __init__(self) -> None:
        self._teacher = lru_cache(TEACHERS_KEPT)(_teacher)
        self._students = lru_cache(STUDENTS_KEPT)(_students)

    def teacher(self, name: str) -> Network:
        """A shipped teacher; read again where its file has changed. Raises CheckpointError, ValueError."""
        entry = available.teachers().get(name)
        if entry is None:
            raise ValueError(f"There is no teacher {name[:40]} in this copy of the app.")
        return self._teacher(name, entry.sha256, stamp(entry.path))

    def students(self, data: str, student: str, path: Path, sha256: str | None, update: int) -> Students:
        """Students [arm][seed] of a weight file, or of a recording's arrays after `update` updates.

        Raises CheckpointError, ValueError if the file is damaged.
        """
        return self._students(data, student, path, sha256, update, stamp(path))


def stamp(path: Path) -> tuple[int, int]:
    """When a file was written, and how long it is; zeros if there is none."""
    try:
        known = path.stat()
    except OSError:
        return 0, 0
    return known.st_mtime_ns, known.st_size


def _teacher(name: str, _sha256: str, _stamp: object) -> Network:
    return load_teacher(available.teachers()[name])


def _students(data: str, student: str, path: Path, sha256: str | None, update: int, _stamp: object) -> Students:
    if path.suffix == ".npz":
        tensors = Weights(path, sha256, update).tensors().items()
        weights = {name: torch.from_numpy(value.astype("float32")) for name, value in tensors}
    else:
        try:
            weights = read_weights(path, sha256 or file_digest(path), "Train again to have new ones.")
        except OSError as error:
            raise CheckpointError(AWAY) from error
    of: dict[tuple[int, int], dict[str, Tensor]] = {}
    for name, value in weights.items():
        of_arm, of_seed, layer = name.split(".", 2)
        place = int(of_arm.removeprefix("arm")), int(of_seed.removeprefix("seed"))
        of.setdefault(place, {})[layer] = value
    entry, known = declared.STUDENTS[student], available.data_sets()[data]
    arms, seeds = 1 + max(arm for arm, _ in of), 1 + max(seed for _, seed in of)
    students = [[build_student(entry, known, torch.Generator()) for _ in range(seeds)] for _ in range(arms)]
    try:
        for (arm, seed), state in of.items():
            students[arm][seed].load_state_dict(state)
    except RuntimeError as error:
        raise ValueError("These students’ weights do not fit the network that their run names.") from error
    return students


# ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────────


@torch.inference_mode()
def read(networks: Networks, asked: dict[str, Any]) -> dict[str, Any]:
    """What teacher and students say about one image.

    asked: data, pixels (base64 of one byte each), teacher (an id or None), students (None, or {student, path, sha256,
    update}).
    Returns teacher: logits or None; students: [arm][seed] → logits, or None.
    """
    known = available.data_sets()[asked["data"]]
    raw = base64.b64decode(asked["pixels"], validate=True)
    if len(raw) != known.channels * known.size**2:
        raise ValueError(f"A drawing has {known.channels * known.size**2} pixels, got {len(raw)}.")
    pixels = np.frombuffer(raw, np.uint8).reshape(1, known.channels, known.size, known.size)
    image = standardised(pixels, known.mean, known.spread)
    of = asked["students"]
    file = (Path(of["path"]), of["sha256"], of["update"]) if of else None
    said = networks.students(asked["data"], of["student"], *file) if file else []
    return {
        "teacher": plain(networks.teacher(asked["teacher"])(image)) if asked["teacher"] else None,
        "students": [[plain(student(image)) for student in arm] for arm in said] or None,
    }


@torch.inference_mode()
def rounded_to_halves(networks: Networks, asked: dict[str, Any]) -> dict[str, Any]:
    """What it changes if a student's numbers are rounded to float16, on test images.

    asked: data; students: as for `read`; place: of its arm and seed. Returns most: the largest change of a logit;
    changed: how many answers; images: how many were tried, 0 if they are not here.
    """
    known, of, (arm, seed) = available.data_sets()[asked["data"]], asked["students"], asked["place"]
    student = networks.students(asked["data"], of["student"], Path(of["path"]), of["sha256"], of["update"])[arm][seed]
    try:
        pack = read_pack(known.path)
    except PackError:
        return {"most": 0.0, "changed": 0, "images": 0}
    images = standardised(pack.images[pack.test][: declared.SHOWN], known.mean, known.spread)
    whole, halved = student(images), deepcopy(student).half().float()(images)
    changed = (whole.argmax(1) != halved.argmax(1)).sum()
    return {"most": float((whole - halved).abs().max()), "changed": int(changed), "images": len(images)}


def plain(logits: Tensor) -> list[float]:
    """(1, classes) → rounded numbers."""
    return [round(value, 4) for value in logits[0].tolist()]


@torch.inference_mode()
def measure(networks: Networks, asked: dict[str, Any]) -> Iterator[dict[str, Any] | None]:
    """Time one network: yields None between two passes, so that drawings need not wait, and at last the numbers.

    asked: data, and teacher (an id) or student. Returns ms: median of one image at a time; ms_p95; per_second: images,
    in batches of 64 (median); passes; threads.
    """
    known = available.data_sets()[asked["data"]]
    network: nn.Module
    if asked.get("teacher"):
        network = networks.teacher(asked["teacher"])
    else:
        network = build_student(declared.STUDENTS[asked["student"]], known, torch.Generator().manual_seed(0))
    chance = torch.Generator().manual_seed(0)
    taken: dict[int, list[float]] = {}
    for batch in (1, BATCH):
        images = torch.randn(batch, known.channels, known.size, known.size, generator=chance)
        for _ in range(WARM_UP):
            network(images)
        taken[batch] = seconds = list[float]()
        while len(seconds) < FEWEST or (sum(seconds) < SECONDS_EACH and len(seconds) < MOST):
            start = time.perf_counter()
            network(images)
            seconds.append(time.perf_counter() - start)
            yield None
    single = sorted(taken[1])
    yield {
        "ms": round(1000 * statistics.median(single), 4),
        "ms_p95": round(1000 * single[int(0.95 * (len(single) - 1))], 4),
        "per_second": round(BATCH / statistics.median(taken[BATCH]), 1),
        "passes": len(single),
        "threads": torch.get_num_threads(),
    }


# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────


class Answering:
    """Reads questions on one thread and answers on the other; a measurement lets drawings go first."""

    def __init__(self, questions: IO[str], answers: IO[str]) -> None:
        self._questions, self._answers = questions, answers
        self._asked: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._networks = Networks()
        self._alive = 0.0  # when it last said something
        self._measuring: list[tuple[dict[str, Any], Iterator[dict[str, Any] | None]]] = []  # the first goes on

    def serve(self) -> None:
        """Get warm, say so, and answer until the process ends."""
        threading.Thread(target=self._listen, daemon=True, name="questions").start()
        self._warm()
        gc.collect()
        gc.freeze()
        self._say(ready=os.getpid())
        while True:
            if not self._measuring:
                self._take(self._asked.get())
            while not self._asked.empty():
                self._take(self._asked.get())
            if self._measuring:
                asked, measurement = self._measuring[0]
                if self._answer(asked, partial(next, measurement)):
                    del self._measuring[0]
                elif time.monotonic() - self._alive > ALIVE_SECONDS:
                    self._say(alive=True)

    def _take(self, asked: dict[str, Any]) -> None:
        if asked["do"] == "measure":
            self._measuring.append((asked, measure(self._networks, asked)))
        else:
            find = rounded_to_halves if asked["do"] == "halve" else read
            self._answer(asked, partial(find, self._networks, asked))

    def _answer(self, asked: dict[str, Any], find: Callable[[], dict[str, Any] | None]) -> bool:
        """True once it is answered, also with an error."""
        try:
            answer = find()
        except (CheckpointError, ValueError) as error:  # ours are sentences
            answer = {"error": str(error)}
        except Exception as error:  # the boundary: whatever a question does, the process stays
            traceback.print_exception(error)
            answer = {"error": f"The networks could not answer ({type(error).__name__})."}
        if answer is not None:
            self._say(id=asked["id"], **answer)
        return answer is not None

    def _warm(self) -> None:
        """The first pass of a process is slow, and the first drawing is most likely a digit."""
        drawn = [name for name, entry in available.teachers_if_readable().items() if entry.family == DRAWN]
        data = declared.DATA[DRAWN]
        try:
            with torch.inference_mode():
                image = torch.zeros(1, data.channels, data.size, data.size)
                self._networks.teacher(drawn[0])(image)
                build_student(declared.STUDENTS["cnn-9k"], data, torch.Generator())(image)
        except (CheckpointError, ValueError, IndexError) as error:  # who asks for this teacher hears it
            print(f"inference: {error}", file=sys.stderr, flush=True)

    def _listen(self) -> None:
        for line in self._questions:
            self._asked.put(json.loads(line))
        os._exit(0)  # the web server is gone

    def _say(self, **answer: Any) -> None:
        self._alive = time.monotonic()
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()


def main() -> None:
    """Serve on standard input and output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the web server decides
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    torch.set_num_threads(declared.THREADS_PER_RUN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    Answering(sys.stdin, answers).serve()


if __name__ == "__main__":
    main()
