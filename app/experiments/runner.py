"""The runner: keeps warm workers, hands them runs, passes signals on, replaces the dead.

``python -m app.experiments.runner`` is started by the web server (`app/server/supervisor.py`) and ends when its
standard input ends. One runner per home: a second one ends at once with `TAKEN`.
"""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from app.catalog import declared, paths
from app.experiments.jobs import COMMANDS, JobRunner
from app.experiments.lock import FileLock, lock_path
from app.experiments.sweep import work_of
from app.store import DiskFull, Store, StoreError, reserve
from app.store.leases import machine_id
from app.store.models import ENDED_ALONE, STOPPED_EARLY

WORKER = (sys.executable, "-m", "app.experiments.worker")
TAKEN = 75  # exit code: another runner holds this home

GLANCE_SECONDS = 0.02  # between two looks for new runs and requests
IDLE_WORKERS = 2  # kept warm beside the busy ones, as far as there are cores
REST_SECONDS = 120.0  # after which an idle worker beyond that number goes
START_SECONDS = 600.0  # that a worker has to get ready, on a machine that is busy with something else
STOP_GRACE = 5.0  # seconds that a worker has to obey a stop before it is killed
CAP_GRACE = 30.0  # … and to notice that the run's time is over
END_SECONDS = 2.0  # that processes have to end when the runner does
PRUNE_SECONDS = 60.0
RENEW_SECONDS = 5.0  # between two renewals of this machine's lease
RETRY_SECONDS = 1.0
FAILED_STARTS = 3  # after so many, the page is told
STARTING = "The training process is still starting."
DISK_FULL = "The disk of the server is full. What waits begins when there is room again; tell whoever runs this server."
LONGEST_PAUSE = 30.0  # before the next try, where processes cannot be started
OVERDUE = "Stopped after {minutes:g} minutes, the longest that a run may take."


@dataclass(eq=False)
class Crew:
    """One worker process as the runner sees it."""

    process: subprocess.Popen[str]
    ready: bool = False
    runs: tuple[str, ...] = ()  # that it has: one, or those of a cohort
    stretch: str = ""  # of what it has: the runs' `worker` in the store
    begun: bool = False  # it has heard of them: from here on, its end is theirs
    since: float = field(default_factory=time.monotonic)  # when it was started, got its run, or became free
    leaving: bool = False
    signalled: dict[str, str] = field(default_factory=dict)  # run → the last request that was passed on
    stop_by: float | None = None  # when it will be killed
    listeners: list[threading.Thread] = field(default_factory=list)
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=20))

    def tell(self, **order: str) -> None:
        """Write an order; a dead worker is noticed by its silence."""
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()


def close_input(process: subprocess.Popen[str]) -> None:
    """Close what a process reads: ours end when it does."""
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()


def wait_or_kill(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait until a process has ended, so many seconds at most; then kill it."""
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def overhear(crew: Crew) -> None:
    """Pass a worker's complaints on to the log, and remember the last ones."""
    assert crew.process.stderr is not None
    with crew.process.stderr as lines:
        for line in lines:
            crew.last_words.append(line.strip())
            print(line, end="", file=sys.stderr, flush=True)


def start_process(
    command: Sequence[str], *, stdout: int = subprocess.DEVNULL, stderr: int | None = None, low: bool = False
) -> subprocess.Popen[str]:
    """Start one of our own modules. low: on Windows with low priority; elsewhere the process sees to it itself."""
    environment = dict(os.environ)
    environment["DISTILLERY_HOME"] = str(paths.home().resolve())  # the folder we start it in is another one
    searched = [str(paths.PROJECT), *filter(None, [environment.get("PYTHONPATH")])]
    environment |= {"PYTHONPATH": os.pathsep.join(searched), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[name] = str(declared.THREADS_PER_RUN)
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # the flags are 0 except on Windows
    flags |= getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) if low else 0
    return subprocess.Popen(
        list(command),
        cwd=paths.PROJECT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=stderr,
        text=True,
        encoding="utf-8",
        errors="replace",
        bufsize=1,
        creationflags=flags,
    )


class Runner:
    """Supervises workers until `stop` is called.

    slots: how many runs may train at once, ≥ 1. worker, jobs: the commands to start. limit_seconds: of a run.
    """

    def __init__(
        self,
        store: Store,
        *,
        slots: int,
        worker: Sequence[str] = WORKER,
        jobs: Mapping[str, Sequence[str]] = COMMANDS,
        limit_seconds: float = declared.RUN_SECONDS,
    ) -> None:
        self.store, self.slots, self.limit = store, slots, limit_seconds
        self._worker = tuple(worker)
        self._messages: queue.Queue[tuple[Crew | None, dict[str, object] | None]] = queue.Queue()
        self.machine = machine_id()
        self.crew: list[Crew] = []
        self._stretches = 0  # handed out
        self._jobs = JobRunner(store, self._start, self.machine, jobs)
        self._unended: dict[tuple[str, str], tuple[str, str]] = {}  # (run, stretch) → (state, message), to be noted
        self._warmed = False  # a worker has been ready
        self._disk_full = False
        self._failed_starts = 0
        self._start_after = 0.0
        self._prune_at = 0.0
        self._renew_at = 0.0
        self._disk_at = 0.0
        self._retry_at = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End, from any thread."""
        self._stopped.set()
        self._messages.put((None, None))

    def run(self) -> None:
        """Supervise until `stop`; then end the workers."""
        watch = self.store.watch()
        begun = False
        look = True  # after something happened here, look whether or not the store changed
        try:
            while not self._stopped.is_set():
                try:
                    if not begun:
                        self._begin()
                        begun = True
                    look = self._hear(GLANCE_SECONDS) or look
                    self._round(watch.changed() or look)
                    look = False
                except Exception as error:  # the boundary: whatever happens in a round, the trainings go on
                    words = error if isinstance(error, StoreError) else traceback.format_exc()
                    print(f"runner: {words}", file=sys.stderr, flush=True)
                    if isinstance(error, DiskFull) and not reserve.give_up() and not self._disk_full:
                        self._disk_full = True  # of the store's server, until the next try
                        self._say(DISK_FULL)
                    self._stopped.wait(RETRY_SECONDS)
                    look = True
        finally:
            watch.close()
            self._dismiss()

    def _begin(self) -> None:
        """What belongs before the first round."""
        self._renew()
        self.store.runs.fill_costs(work_of)
        self.store.facts.note("runner", STARTING)

    def _round(self, look: bool) -> None:
        """One round; look: whether the store may have something new."""
        self._keep_warm()
        self._check_clock()
        now = time.monotonic()
        if self._unended and now >= self._retry_at:
            self._retry_at = now + RETRY_SECONDS
            self._note_ends()
        if now >= self._disk_at:
            self._disk_at = now + RETRY_SECONDS
            look = self._check_disk() or look
        if now >= self._renew_at:
            self._renew()
        if look:
            self._pass_requests_on()
            if not self._disk_full:
                self._hand_out()
        self._jobs.round(look, may_start=time.monotonic() >= self._start_after)
        now = time.monotonic()
        if now >= self._prune_at:
            self._prune_at = now + PRUNE_SECONDS
            self.store.quota.prune()
            self.store.images.sweep()

    def _check_disk(self) -> bool:
        """Whether there is room again; what waits is told if there is none."""
        full = not reserve.keep()
        if full == self._disk_full:
            return False
        self._disk_full = full
        self._say(DISK_FULL if full else None)
        return not full

    def _renew(self) -> None:
        """Renew this machine's lease; what it is said to train and does not is no longer its own."""
        self._renew_at = time.monotonic() + RENEW_SECONDS
        trained = {crew.stretch for crew in self.crew if crew.runs} | {stretch for _, stretch in self._unended}
        self.store.machines.renew(self.machine, self.slots, {*trained, *self._jobs.data})

    # ── workers ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _keep_warm(self) -> None:
        """As many workers as are busy, and some idle ones, as far as there are slots."""
        busy, now = sum(bool(crew.runs) for crew in self.crew), time.monotonic()
        wanted = min(self.slots, busy + IDLE_WORKERS) if self._warmed else 1  # the first fills the caches for all
        resting = [crew for crew in self.crew if crew.ready and not crew.runs and now - crew.since > REST_SECONDS]
        if len(self.crew) > wanted and resting:
            resting[0].ready, resting[0].leaving, resting[0].since = False, True, now  # it gets no run any more
            close_input(resting[0].process)
        while len(self.crew) < wanted and time.monotonic() >= self._start_after:
            process = self._start(self._worker, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if process is None:
                return
            crew = Crew(process)
            self.crew.append(crew)
            crew.listeners = [threading.Thread(target=f, args=(crew,), daemon=True) for f in (self._listen, overhear)]
            for thread in crew.listeners:
                thread.start()

    def _start(self, command: Sequence[str], **pipes: int) -> subprocess.Popen[str] | None:
        """A new process; None if the system refuses one now (too many files or processes, no memory)."""
        try:
            return start_process(command, **pipes, low=True)
        except OSError as error:
            self._start_failed(error.strerror or str(error))
            return None

    def _start_failed(self, reason: str) -> None:
        """Wait before the next try, longer each time; tell the page where nobody can train."""
        self._failed_starts += 1
        self._start_after = time.monotonic() + min(LONGEST_PAUSE, 2.0 ** min(self._failed_starts - 1, 10))
        print(f"runner: a process cannot start ({reason}).", file=sys.stderr, flush=True)
        if self._failed_starts >= FAILED_STARTS and not any(crew.ready for crew in self.crew):
            self._say(f"The training process cannot start ({reason[:200]}). Runs wait until it can.")

    def _listen(self, crew: Crew) -> None:
        assert crew.process.stdout is not None
        with crew.process.stdout as lines:
            for line in lines:
                try:
                    self._messages.put((crew, json.loads(line)))
                except ValueError:
                    print(line, end="", file=sys.stderr, flush=True)
        crew.process.wait()
        self._messages.put((crew, None))

    def _hear(self, seconds: float) -> bool:
        """Wait for messages; True if there were any."""
        try:
            crew, message = self._messages.get(timeout=seconds)
        except queue.Empty:
            return False
        while True:
            if crew is not None:
                self._note(crew, message)
            try:
                crew, message = self._messages.get_nowait()
            except queue.Empty:
                return True

    def _note(self, crew: Crew, message: dict[str, object] | None) -> None:
        if message is None:
            self._bury(crew)
        elif "ready" in message:
            crew.ready, crew.since, self._warmed = True, time.monotonic(), True
            self._failed_starts = 0
            self._say(DISK_FULL if self._disk_full else None)
        elif "begun" in message:
            crew.begun = True
        elif "done" in message:
            if message["state"] not in ("paused", "lost"):
                end = (str(message["state"]), str(message["message"]))
                self._unended |= {(run_id, crew.stretch): end for run_id in crew.runs}
            crew.runs, crew.signalled, crew.stop_by = (), {}, None
            crew.since = time.monotonic()
            self._note_ends()

    def _bury(self, crew: Crew) -> None:
        """A worker is gone: `_keep_warm` starts another. Its run is interrupted, or, not yet begun, waits again."""
        self.crew.remove(crew)
        close_input(crew.process)
        if crew.runs:
            end = ("interrupted", ENDED_ALONE) if crew.begun else ("queued", "")
            if crew.stop_by is not None:
                overdue = time.monotonic() - crew.since > self.limit
                end = ("stopped", OVERDUE.format(minutes=self.limit / 60) if overdue else "")
            self._unended |= {(run_id, crew.stretch): end for run_id in crew.runs}
            self._note_ends()
        elif not crew.ready and not crew.leaving:
            self._start_failed(crew.last_words[-1] if crew.last_words else f"exit code {crew.process.returncode}")

    def _say(self, sentence: str | None) -> None:
        try:
            self.store.facts.note("runner", sentence)
        except StoreError as error:
            print(f"runner: {error}", file=sys.stderr, flush=True)

    def _note_ends(self) -> None:
        """Write down how runs ended; on a full disk, make room and try again later."""
        for (run_id, stretch), (state, message) in list(self._unended.items()):
            try:
                if state == "queued":
                    self.store.runs.let_go(run_id, stretch)
                else:
                    run = self.store.runs.get(run_id)
                    early = state == "stopped" and not message and run is not None and run.update == 0
                    how = (run_id, state, STOPPED_EARLY if early else message)
                    reserve.last_words(partial(self.store.runs.end, *how, worker=stretch))
            except StoreError as error:
                print(f"runner: {error}", file=sys.stderr, flush=True)
                self._prune_at = 0.0
            else:
                del self._unended[run_id, stretch]

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _hand_out(self) -> None:
        for crew in self.crew:
            if crew.ready and not crew.runs:
                stretch = f"{self.machine}-{crew.process.pid}-{self._stretches + 1}"
                run = self.store.runs.take(stretch, self.machine)
                if run is None:
                    return
                self._stretches += 1
                cohort = self.store.runs.together(run)
                crew.runs, crew.stretch, crew.begun = tuple(one.id for one in cohort), stretch, False
                crew.since = time.monotonic()
                crew.tell(job=run.id, stretch=stretch)

    def _pass_requests_on(self) -> None:
        if not any(crew.runs for crew in self.crew):
            return
        asked = self.store.runs.requests()
        for crew in self.crew:
            new = {
                run_id: asked[run_id]
                for run_id in crew.runs
                if asked.get(run_id) not in (None, crew.signalled.get(run_id))
            }
            crew.signalled |= new
            for run_id, action in new.items():
                crew.tell(signal=action, run=run_id, stretch=crew.stretch)
            if new and all(crew.signalled.get(run_id) == "stop" for run_id in crew.runs):
                crew.stop_by = time.monotonic() + STOP_GRACE

    def _check_clock(self) -> None:
        """Kill workers that never get ready, do not obey a stop, or do not notice that the time is over."""
        now = time.monotonic()
        for crew in self.crew:
            if not crew.ready and now - crew.since > START_SECONDS:
                crew.process.kill()
            if crew.runs and now - crew.since > self.limit + CAP_GRACE and crew.stop_by is None:
                crew.stop_by = now
            if crew.runs and crew.stop_by is not None and now >= crew.stop_by:
                crew.process.kill()

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _dismiss(self) -> None:
        """End the workers; kill what does not end."""
        processes = [crew.process for crew in self.crew] + self._jobs.dismiss()
        for process in processes:
            close_input(process)
        patience = time.monotonic() + END_SECONDS
        for process in processes:
            wait_or_kill(process, patience - time.monotonic())
        for thread in (thread for crew in self.crew for thread in crew.listeners):
            thread.join(END_SECONDS)
        try:
            self.store.machines.release(self.machine)
        except StoreError as error:
            print(f"runner: {error}", file=sys.stderr, flush=True)


def cores() -> int:
    """CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def main(
    worker: Sequence[str] = WORKER,
    jobs: Mapping[str, Sequence[str]] = COMMANDS,
    limit_seconds: float = declared.RUN_SECONDS,
) -> int:
    """Run until standard input ends. Returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the web server decides
    lock = FileLock(lock_path())
    if not lock.take():
        return TAKEN
    runner = Runner(Store(), slots=cores(), worker=worker, jobs=jobs, limit_seconds=limit_seconds)

    def end_with_input() -> None:
        while os.read(sys.stdin.fileno(), 1024):  # past the buffer, whose lock would be in the way of the exit
            pass
        runner.stop()

    threading.Thread(target=end_with_input, daemon=True).start()
    runner.run()
    lock.give_back()
    return 0


if __name__ == "__main__":
    sys.exit(main())
