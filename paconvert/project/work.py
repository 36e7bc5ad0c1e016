"""Converting many files over the workers of an executor; the results do not depend on how many there are."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from paconvert.project.cache import Cache, digest
from paconvert.project.engine import Convert
from paconvert.project.outcome import Outcome, failure
from paconvert.records import Options

# Below this, starting processes takes longer than converting.
SMALL = 100_000
# The signals that end a process, where they can be held.
_ENDING = (
    {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} if hasattr(signal, "pthread_sigmask") else frozenset()
)
KILLED = "the converter was killed by this file; it is copied unchanged"
ADVICE = "please report this with the file"


@dataclass(frozen=True, slots=True)
class Job:
    """One file to convert. `key` is the name of its result in the cache, `statement` imports its helpers."""

    path: str
    filename: str
    text: str
    statement: str | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all jobs share."""

    convert: Convert
    options: Options
    project: Any = None
    format: bool = False
    cache: Path | None = None


Result = tuple[str, Outcome]
Rest = list[Sequence[Job]]
Submit = Callable[[Sequence[Job]], "Future[list[Result]]"]
_local = threading.local()  # the setting of this process or thread, unpickled once


def run_job(job: Job, setting: Setting) -> Outcome:
    """Converts one file; an error in it or in the converter becomes part of the outcome."""
    options = replace(setting.options, helpers_import=job.statement)
    try:
        conversion = setting.convert(
            job.text, filename=job.filename, options=options, project=setting.project
        )
        code = conversion.code
        if setting.format:
            from paconvert.project.format import format_changed

            code = format_changed(job.text, conversion)
    except Exception as error:
        return failure(
            job.path,
            f"the converter failed: {type(error).__name__}: {error}; the file is copied unchanged",
            ADVICE,
        )
    diagnostics = tuple(
        item if item.file == job.path else replace(item, file=job.path) for item in conversion.diagnostics
    )
    outcome = Outcome(None if code == job.text else code, diagnostics, conversion.helpers)
    if setting.cache is not None and job.key:
        Cache(setting.cache).put(job.key, outcome.to_bytes())
    return outcome


def _run_here(jobs: Sequence[Job]) -> list[Result]:
    return [(job.path, run_job(job, _local.setting)) for job in jobs]


def _run_elsewhere(jobs: Sequence[Job], name: str, pickled: bytes) -> list[Result]:
    if getattr(_local, "name", "") != name:
        _local.setting, _local.name = pickle.loads(pickled), name
    return _run_here(jobs)


def _start_worker(setting: Setting) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    for name in ("SIGTERM", "SIGHUP"):  # the parent's handlers, where it has any, are not for workers
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    if _ENDING:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)  # held when it was started
    _local.setting = setting


def _nothing() -> None:
    """The first job of all workers."""


@contextmanager
def _signals_held() -> Iterator[None]:
    """Lets signals wait: what a handler raises would be lost in the hooks that Python runs around a fork."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING) if _ENDING else set()
    try:
        yield
    finally:
        if _ENDING:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_jobs(
    jobs: Sequence[Job], setting: Setting, workers: int, executor: Executor | None = None
) -> Iterator[Result]:
    """Converts files and gives each result when it is there, in any order.

    Args:
        jobs: the files.
        setting: what they share.
        workers: how many processes to start; none are started for 1 or for little work.
        executor: used instead of own processes. What it runs is sent by pickle.
    """
    ordered = sorted(
        jobs, key=lambda job: (-len(job.text), job.path)
    )  # large ones last would keep one worker waiting
    if executor is not None:
        yield from _run_on_given(ordered, setting, executor)
    elif workers > 1 and len(jobs) > 1 and sum(len(job.text) for job in jobs) > SMALL:
        yield from _run_on_own(ordered, setting, min(workers, len(jobs)))
    else:
        for job in ordered:
            yield job.path, run_job(job, setting)


def _run_on_given(jobs: Sequence[Job], setting: Setting, executor: Executor) -> Iterator[Result]:
    workers = getattr(executor, "_max_workers", None) or multiprocessing.cpu_count()
    count = min(len(jobs), workers * 4)
    pickled = pickle.dumps(setting)
    name = digest(pickled)

    def submit(batch: Sequence[Job]) -> Future[list[Result]]:
        return executor.submit(_run_elsewhere, batch, name, pickled)

    lost, left = yield from _drive([jobs[start::count] for start in range(count)], submit, workers)
    yield from _run_singly([job for batch in (*lost, *left) for job in batch], setting)


def _run_on_own(jobs: Sequence[Job], setting: Setting, workers: int) -> Iterator[Result]:
    remaining = list(jobs)
    while remaining:
        with _pool(workers, setting) as pool:

            def submit(batch: Sequence[Job], pool: Executor = pool) -> Future[list[Result]]:
                return pool.submit(_run_here, batch)

            lost, left = yield from _drive([[job] for job in remaining], submit, workers)
        yield from _run_singly([job for batch in lost for job in batch], setting)
        remaining = [job for batch in left for job in batch]


def _run_singly(jobs: Sequence[Job], setting: Setting) -> Iterator[Result]:
    """Converts each file in a process of its own, so that one which kills it takes no other along."""
    for job in jobs:
        with _pool(1, setting) as pool:
            try:
                results = pool.submit(_run_here, [job]).result()
            except BrokenExecutor:
                results = [(job.path, failure(job.path, KILLED, ADVICE))]
        yield from results


def _drive(
    batches: Sequence[Sequence[Job]], submit: Submit, workers: int
) -> Generator[Result, None, tuple[Rest, Rest]]:
    """Keeps the workers busy; returns the batches that a breaking executor had, and those not begun."""
    pending = deque(batches)
    running: dict[Future[list[Result]], Sequence[Job]] = {}
    lost: list[Sequence[Job]] = []
    try:
        while running or (pending and not lost):
            while pending and len(running) < workers + 2 and not lost:
                try:
                    running[submit(pending[0])] = pending[0]
                except BrokenExecutor:
                    lost.append(pending[0])
                pending.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                batch = running.pop(future)
                try:
                    results = future.result()
                except BrokenExecutor:
                    lost.append(batch)
                else:
                    yield from results
    finally:
        for future in running:
            future.cancel()
    return lost, list(pending)


@contextmanager
def _pool(workers: int, setting: Setting) -> Iterator[ProcessPoolExecutor]:
    """Own worker processes; they are ended at once when the block ends early."""
    # A forked worker has the rules and the project at once; elsewhere than on Linux forking is not safe.
    can_fork = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if can_fork else "spawn")
    pool = ProcessPoolExecutor(workers, context, _start_worker, (setting,))
    try:
        with _signals_held():
            pool.submit(_nothing)  # starts the workers
        yield pool
    except BaseException:
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
