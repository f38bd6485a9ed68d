"""A class at once: thirty learners who open the lab and press Train within ten seconds; when does the last one know?"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from app.catalog.presets import opening_settings
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import fresh_seeds
from app.store import Store
from tests.benchmarks.clients import Connection, Session
from tests.benchmarks.load import LEARNERS, WHILE_TRAINING
from tests.benchmarks.machine import words
from tests.benchmarks.runs import served

PRESSES_SECONDS = 10.0  # within which all of them press


def measure() -> Iterator[tuple[str, object]]:
    """Yield the seconds from a press on Train to its verdict, of the first, the median and the last of the class."""
    with served() as (address, process):
        store = Store()
        waited, memory = asyncio.run(learning(address, store, process))
        yield "verdict_s", f"first {min(waited):.1f}, median {median(waited):.1f}, last {max(waited):.1f}"
        yield "memory_mb", memory / 1e6
        store.close()
    yield "learners", LEARNERS
    yield "machine", words()


async def learning(address: str, store: Store, process: int) -> tuple[list[float], float]:
    """(Seconds that each learner waited, bytes that all processes took at the end)."""
    sessions = [Session(address) for _ in range(LEARNERS)]
    await asyncio.gather(*(session.open() for session in sessions))
    settings = opening_settings()

    async def learn(number: int) -> float:
        await asyncio.sleep(PRESSES_SECONDS * number / LEARNERS)
        experiment = RunSpec.two_arms(settings, fresh_seeds(settings["seeds"]))
        run_id = await asyncio.to_thread(store.runs.submit, experiment, f"{number:024d}")
        start, connection, after = time.monotonic(), Connection(address), 0
        while True:
            status, headers, body = await connection.get(f"/api/runs/{run_id}/events?after={after}")
            packed = headers.get("content-encoding") == "gzip"
            answer = json.loads(gzip.decompress(body) if packed else body)
            assert status == 200 and answer["state"] in ("queued", "running", "finished"), answer["message"]
            if answer["state"] == "finished":
                connection.close()
                return time.monotonic() - start
            after = answer["next"]
            await asyncio.sleep(WHILE_TRAINING)

    waited = await asyncio.gather(*(learn(number) for number in range(LEARNERS)))
    memory = sum(map(taken, family(process)))
    await asyncio.gather(*(session.close() for session in sessions))
    return list(waited), memory


def family(process: int) -> list[int]:
    """A process and all that came of it. Linux only."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except OSError:  # gone meanwhile
            continue
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def taken(process: int) -> float:
    """Bytes of memory, with its share of what several processes use."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return 1024 * next(float(line.split()[1]) for line in lines if line.startswith("Pss:"))
