"""A class at once: thirty learners who turn the temperature dial while two runs train, and thirty who watch them."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from app.catalog.presets import opening_settings
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.store import LIVE, Store
from tests.benchmarks.clients import Connection, Session
from tests.benchmarks.machine import words
from tests.benchmarks.runs import served

LEARNERS, EVERY, MINUTE, RUNS = 30, 2.0, 60.0, 2
LONGEST, SEEDS = {"labels": 4000, "epochs": 100}, tuple(range(11, 21))  # runs that outlast the measurement
UNTIL_FIRST_POINT, WHILE_TRAINING = 0.1, 0.4  # seconds between two questions, as poll.js asks


def measure() -> Iterator[tuple[str, object]]:
    """Yield rerun_p95_ms and events_cpu_percent, each over a minute while two runs train."""
    with served() as (address, process):
        store = Store()
        training(store)
        start = cpu_seconds(process)
        reruns, first = asyncio.run(turning(address))
        busy = (cpu_seconds(process) - start) / MINUTE
        assert_training(store)
        yield "rerun_p95_ms", quantiles(reruns, n=20)[-1] * 1000
        yield "rerun_ms", f"median {1000 * median(reruns):.1f}, longest {1000 * max(reruns):.1f}, {len(reruns)} reruns"
        yield "rerun_server_cpu_percent", 100 * busy
        yield "first_script_ms", f"median {1000 * median(first):.0f}, longest {1000 * max(first):.0f}"
        ids = [run.id for run in training(store)]
        start, answered = cpu_seconds(process), asyncio.run(watching(address, ids))
        yield "events_cpu_percent", 100 * (cpu_seconds(process) - start) / MINUTE
        yield "events_per_s", len(answered) / MINUTE
        yield "events_ms", f"median {1000 * median(answered):.1f}, p95 {1000 * quantiles(answered, n=20)[-1]:.1f}"
        assert_training(store)
        store.close()
    yield "learners", LEARNERS
    yield "machine", words()


# ── runs that train meanwhile ────────────────────────────────────────────────────────────────────────────────────


def training(store: Store) -> list[Any]:
    """Two fresh runs, once both of them train; those before are stopped."""
    learners = [f"{number:024d}" for number in range(RUNS)]
    for learner in learners:
        for run in store.runs.of(learner):
            if run.state in LIVE:
                store.runs.request(run.id, learner, "stop")
    spec = RunSpec.two_arms(default_settings() | LONGEST, SEEDS)
    ids = [store.runs.submit(spec, learner) for learner in learners]
    end = time.monotonic() + 60
    while time.monotonic() < end:
        runs = [run for run in map(store.runs.get, ids) if run and run.state == "running" and run.seq]
        if len(runs) == RUNS:
            return runs
        time.sleep(0.1)
    raise TimeoutError("the runs did not begin to train within a minute")


def assert_training(store: Store) -> None:
    """What was measured without runs beside it would not count."""
    states = [run.state for number in range(RUNS) for run in store.runs.of(f"{number:024d}")[:1]]
    assert states == ["running"] * RUNS, f"the runs beside are {states}"


# ── learners ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def turning(address: str) -> tuple[list[float], list[float]]:
    """Seconds of every rerun of a minute, and of every first run of the script."""
    sessions = [Session(address) for _ in range(LEARNERS)]
    reruns, first = [], []
    opens_on = opening_settings()["temperature"]  # to which nothing is turned: the address would not say so
    others = [half / 2 for half in range(2, 15) if half / 2 != opens_on]

    async def learn(session: Session, number: int) -> None:
        await asyncio.sleep(EVERY * number / LEARNERS)  # people do not turn in step
        chance, end = random.Random(number), time.monotonic() + MINUTE
        while time.monotonic() < end:
            started = time.monotonic()
            turned = {"temperature": chance.choice(others), "alpha": 0.9, "at": f"{started}"}
            reruns.append(await session.turn("distillery_dials", {"turned": turned}))
            assert f"temperature={turned['temperature']:g}&" in f"{session.query}&", session.query
            await asyncio.sleep(EVERY - (time.monotonic() - started))

    for session in sessions:
        start = time.perf_counter()
        await session.open()
        first.append(time.perf_counter() - start)
    await asyncio.gather(*(learn(session, number) for number, session in enumerate(sessions)))
    await asyncio.gather(*(session.close() for session in sessions))
    return reruns, first


async def watching(address: str, ids: list[str]) -> list[float]:
    """Seconds of every answer about a live run, asked for a minute by thirty pages."""
    seconds: list[float] = []

    async def watch(number: int) -> None:
        connection, after, points = Connection(address), 0, 0
        await asyncio.sleep(WHILE_TRAINING * number / LEARNERS)
        end = time.monotonic() + MINUTE
        while time.monotonic() < end:
            start = time.perf_counter()
            status, headers, body = await connection.get(f"/api/runs/{ids[number % RUNS]}/events?after={after}")
            seconds.append(time.perf_counter() - start)
            packed = headers.get("content-encoding") == "gzip"
            answer = json.loads(gzip.decompress(body) if packed else body)
            assert status == 200 and answer["state"] == "running", f"{status}: {answer}"
            after, points = answer["next"], points + len(answer["events"])
            await asyncio.sleep(WHILE_TRAINING if points else UNTIL_FIRST_POINT)
        connection.close()

    await asyncio.gather(*(watch(number) for number in range(LEARNERS)))
    return seconds


def cpu_seconds(process: int) -> float:
    """Processor time that a process has used so far, without its children. Linux only."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
