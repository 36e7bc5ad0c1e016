"""Runs cases on both sides and says what became of each form."""

from __future__ import annotations

import importlib.metadata
import json
import os
import pickle
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from enum import Enum
from functools import cache, lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from .cache import ROOT, Cache, digest, digest_files
from .case import Case, sections
from .compare import difference, widened
from .proofs import proof_key

WORKER = Path(__file__).with_name("worker.py")
PYTHONS = {"torch": "PACONVERT_TORCH_PYTHON", "paddle": "PACONVERT_PADDLE_PYTHON"}
_DISTRIBUTIONS = {"torch": "torch", "paddle": "paddlepaddle"}


class Status(str, Enum):
    """What became of a form."""

    SAME = "same"
    REFUSED = "refused"  # torch does not take this optional form: nothing to prove
    MISSING = "missing"  # a package that the proof needs beside torch is not installed
    DIFFERENT = "different"
    UNSUPPORTED = "unsupported"  # the converter left something
    FAILED = "failed"  # the converted program raised
    CRASH = "crash"
    TIMEOUT = "timeout"
    TORCH = "torch"  # the proof itself does not run under torch
    PROBLEM = "problem"  # the proof or the conversion could not be made into programs

    @property
    def good(self) -> bool:
        """Whether nothing has to be done."""
        return self in (Status.SAME, Status.REFUSED, Status.MISSING)


BATCH = 600

PASSING = (Status.TIMEOUT, Status.CRASH, Status.MISSING)
"""What another run on another machine or at another time may not show."""


@dataclass(frozen=True)
class Outcome:
    """What became of one form of a case; `source` and `code` are the two sides' programs for that form."""

    name: str
    index: int
    form: str
    status: Status
    message: str = ""
    source: str = ""
    code: str = ""


@dataclass(frozen=True)
class Converted:
    """A converted program; `unsupported` has the source's line (from 1) and a text for what was left."""

    code: str
    unsupported: tuple[tuple[int, str], ...] = ()
    problem: str = ""


Convert = Callable[[str], Converted]


def engine(source: str) -> Converted:
    """The converter itself."""
    from paconvert.api import convert
    from paconvert.records import Level

    conversion = convert(source)
    errors = [d.message for d in conversion.diagnostics if d.level is Level.ERROR]
    left = [(d.line, f"{d.api}: {d.message}") for d in conversion.diagnostics if d.level is Level.UNSUPPORTED]
    return Converted(conversion.code, tuple(left), "; ".join(errors))


def naive(source: str) -> Converted:
    """Only the package's name is replaced: tells which calls Paddle takes as torch writes them."""
    return Converted(source.replace("torch", "paddle"))


def interpreter(side: str) -> str:
    """The Python that runs a side: from the environment, else this one."""
    return os.environ.get(PYTHONS[side]) or sys.executable


@cache
def version(side: str) -> str:
    """The installed release of a side's framework, without importing it."""
    name = _DISTRIBUTIONS[side]
    if interpreter(side) == sys.executable:
        return importlib.metadata.version(name)
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    return subprocess.run(
        [interpreter(side), "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


@lru_cache(maxsize=1)
def engine_digest() -> str:
    """A key for the converter's code and all rules."""
    folders = ((ROOT / "paconvert", "*.py"), (ROOT / "api_mapping", "*.json"))
    return digest_files(path for folder, pattern in folders for path in folder.rglob(pattern))


@lru_cache(maxsize=1)
def _harness_digest() -> str:
    return digest_files([WORKER])


@lru_cache(maxsize=1)
def _compare_digest() -> str:
    return digest_files([WORKER.with_name("compare.py"), Path(__file__)])


@dataclass
class Ran:
    """What a side gave for one case: form label → (error, values); `end` is `done`, `crash` or `timeout`."""

    forms: dict[str, tuple[Any, Mapping[str, Any]]]
    end: str = ""
    message: str = ""


class Side:
    """A process that loads a framework once and runs programs in forked children."""

    def __init__(self, side: str, jobs: int) -> None:
        variables = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        environment = {**os.environ, **variables, "PYTHONWARNINGS": "ignore", "GLOG_minloglevel": "3"}
        self._process = subprocess.Popen(
            [interpreter(side), str(WORKER), side, str(jobs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )

    def run(self, requests: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, Ran]]:
        """Runs programs; gives each one's key as it ends. The process ends after this.

        Raises:
            RuntimeError: the process itself ended, as when the framework cannot be imported.
        """
        process = self._process
        assert process.stdin and process.stdout and process.stderr
        stdin = process.stdin

        def feed() -> None:
            try:
                for request in requests:
                    data = pickle.dumps(request, protocol=4)
                    stdin.write(struct.pack(">I", len(data)) + data)
                stdin.close()
            except BrokenPipeError:
                pass

        threading.Thread(target=feed, daemon=True).start()
        open_runs: dict[Any, Ran] = {}
        ended = 0
        try:
            while header := process.stdout.read(4):
                event = pickle.loads(process.stdout.read(struct.unpack(">I", header)[0]))
                if event[0] == "ready":
                    continue
                key, kind, *rest = event
                ran = open_runs.setdefault(key, Ran({}))
                if kind == "form":
                    label, error, values = rest
                    ran.forms[label] = (error, values)
                else:
                    ran.end, ran.message = rest
                    ended += 1
                    yield key, open_runs.pop(key)
        finally:
            process.stdout.close()
            errors = process.stderr.read().decode(errors="replace")
            process.stderr.close()
            process.wait()
        if ended < len(requests):
            raise RuntimeError(f"the {process.args[0]!s} process ended early: {errors[-2000:]}")  # type: ignore[index]


def run_cases(
    cases: Sequence[Case],
    convert: Convert = engine,
    *,
    jobs: int | None = None,
    cache: Cache | None = None,
    key: str = "",
) -> list[Outcome]:
    """Converts the cases, runs both sides and compares.

    Args:
        cases: what to run; those with equal programs run once.
        convert: the converter; it must be picklable where there are many cases.
        jobs: programs at a time on each side; the number of cores by default.
        cache: where results are kept; `None` keeps nothing.
        key: says which converter this is, so that its conversions can be kept; empty keeps none.

    Returns:
        The outcomes, by case in order, by form.
    """
    jobs = jobs or os.cpu_count() or 1
    if len(cases) > BATCH:  # what is done is kept when a long run is stopped
        batches = [cases[start : start + BATCH] for start in range(0, len(cases), BATCH)]
        return [o for batch in batches for o in run_cases(batch, convert, jobs=jobs, cache=cache, key=key)]
    usable = [case for case in cases if not case.problem and case.forms]
    converted = dict(zip(usable, _convert_all(usable, convert, jobs, cache, key), strict=True))
    keys: dict[Case, str] = {}
    found: dict[Case, list[Outcome]] = {}
    for case in usable:
        versions = (version("torch"), version("paddle"))
        facts = (converted[case], case.compare, case.inputs, case.tolerance, case.random, case.raises)
        keys[case] = digest(
            case.name, case.index, case.source, *facts, *versions, _harness_digest(), _compare_digest()
        )
        if cache and (kept := cache.get("outcomes", keys[case])):
            found[case] = kept
    todo = [case for case in usable if case not in found]
    ran = _run_sides(todo, converted, jobs, cache)
    for case in todo:
        outcomes = _judge(case, converted[case], ran["torch"].get(case), ran["paddle"].get(case))
        found[case] = outcomes
        if cache and all(outcome.status not in PASSING for outcome in outcomes):
            cache.put("outcomes", keys[case], outcomes)
    everything: list[Outcome] = []
    for case in cases:
        if case in found:
            everything += found[case]
        else:
            problem = case.problem or "there is no form left to run"
            everything.append(Outcome(case.name, case.index, "", Status.PROBLEM, problem))
    return everything


def _convert_all(
    cases: Sequence[Case], convert: Convert, jobs: int, cache: Cache | None, key: str
) -> list[Converted]:
    keep = cache if key else None
    keys = [digest(key, case.source) for case in cases]
    results = [keep.get("conversions", k) if keep else None for k in keys]
    missing = [place for place, result in enumerate(results) if result is None]
    sources = [cases[place].source for place in missing]
    if len(missing) < 16 or jobs == 1:
        fresh = [_safely(convert, source) for source in sources]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("fork")) as pool:
            fresh = list(pool.map(_safely, [convert] * len(sources), sources, chunksize=8))
    for place, result in zip(missing, fresh, strict=True):
        results[place] = result
        if keep:
            keep.put("conversions", keys[place], result)
    return [result for result in results if result is not None]


def _safely(convert: Convert, source: str) -> Converted:
    try:
        return convert(source)
    except Exception as error:  # one case must not stop the rest
        return Converted("", problem=f"the converter raised {type(error).__name__}: {error}")


def _run_sides(
    cases: Sequence[Case], converted: Mapping[Case, Converted], jobs: int, cache: Cache | None
) -> dict[str, dict[Case, Ran]]:
    texts = {
        "torch": {case: case.source for case in cases},
        "paddle": {case: converted[case].code for case in cases if not converted[case].problem},
    }
    results: dict[str, dict[Case, Ran]] = {"torch": {}, "paddle": {}}
    failures: list[BaseException] = []

    def run(side: str) -> None:
        wanted: dict[str, list[Case]] = {}
        for case, text in texts[side].items():
            facts = (side, version(side), text, case.compare, case.inputs, _harness_digest())
            wanted.setdefault(digest(*facts), []).append(case)
        requests = []
        for key, same in wanted.items():
            kept = cache.get("torch", key) if cache and side == "torch" else None
            if kept:
                results[side].update(dict.fromkeys(same, kept))
            else:
                case = same[0]
                requests.append((key, texts[side][case], list(case.compare), list(case.inputs), case.timeout))
        if not requests:
            return
        for key, ran in Side(side, jobs).run(requests):
            results[side].update(dict.fromkeys(wanted[key], ran))
            missing = any(error and _is_missing(error) for error, _ in ran.forms.values())
            if cache and side == "torch" and ran.end == "done" and not missing:
                cache.put("torch", key, ran)

    def guarded(side: str) -> None:
        try:
            run(side)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(side,)) for side in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results


def _judge(case: Case, converted: Converted, torch: Ran | None, paddle: Ran | None) -> list[Outcome]:
    sources = sections(case.source)[1]
    codes = sections(converted.code)[1]
    outcomes = []
    for form in case.forms:
        first, source = sources[form.label]
        code = codes.get(form.label, (0, ""))[1]
        if converted.problem:
            status, message = Status.PROBLEM, converted.problem
        elif torch is None or paddle is None:
            status, message = Status.PROBLEM, "the programs were not run"
        elif form.label not in codes:
            status, message = Status.PROBLEM, "the conversion lost the comment line before the form"
        else:
            last = first + source.count("\n")
            left = [text for line, text in converted.unsupported if first <= line <= last]
            status, message = _judge_form(case, form.label, form.optional, left, torch, paddle)
        outcomes.append(
            Outcome(case.name, case.index, form.label, status, message, source.strip(), code.strip())
        )
    return outcomes


def _judge_form(
    case: Case, label: str, optional: bool, left: list[str], torch: Ran, paddle: Ran
) -> tuple[Status, str]:
    if label not in torch.forms:
        head = next((error for error, _ in torch.forms.values() if error), None)
        status = Status.MISSING if head and _is_missing(head) else Status.TORCH
        return status, f"torch did not come to this form: {torch.message or _error(head)}"
    error, values = torch.forms[label]
    if error and _is_missing(error):
        return Status.MISSING, _error(error)
    if error and not case.raises:
        text = f"torch raises {_error(error)}"
        return (Status.REFUSED if optional else Status.TORCH), text
    if left:
        return Status.UNSUPPORTED, "; ".join(left)
    if label not in paddle.forms:
        if paddle.end in ("crash", "timeout"):
            return Status(paddle.end), paddle.message
        head = next((error for error, _ in paddle.forms.values() if error), None)
        return Status.FAILED, f"Paddle did not come to this form: {_error(head)}"
    paddle_error, paddle_values = paddle.forms[label]
    if case.raises:
        return _judge_errors(case, error, paddle_error)
    if paddle_error:
        return Status.FAILED, f"Paddle raises {_error(paddle_error)}"
    for name, value in values.items():
        if name not in paddle_values:
            return Status.DIFFERENT, f"{name}: is not a tensor in Paddle"
        is_gradient = name.startswith("grad_") and value[0] == "tensor"
        tolerance = widened(case.tolerance, value[1]) if is_gradient else case.tolerance
        if found := difference(value, paddle_values[name], tolerance, random=case.random):
            return Status.DIFFERENT, f"{name}: {found}"
    return Status.SAME, ""


def _is_missing(error: Any) -> bool:
    """Whether the torch side lacks a package that is not a part of torch, or that package's compiled part."""
    names, message, _ = error
    if names[0] == "ModuleNotFoundError":
        return "No module named 'torch." not in message
    return names[0] == "RuntimeError" and message.startswith("Couldn't load ")


def _judge_errors(case: Case, error: Any, paddle_error: Any) -> tuple[Status, str]:
    if not error:
        return Status.TORCH, "torch raises nothing"
    if not paddle_error:
        return Status.DIFFERENT, f"torch raises {_error(error)}, Paddle nothing"
    if "NameError" in paddle_error[0] or (
        "AttributeError" in paddle_error[0] and "AttributeError" not in error[0]
    ):
        return Status.DIFFERENT, f"torch raises {_error(error)}, Paddle {_error(paddle_error)}"
    if isinstance(case.raises, str):
        for side, names in (("torch", error[0]), ("Paddle", paddle_error[0])):
            if case.raises not in names:
                return Status.DIFFERENT, f"{side} raises {names[0]}, not {case.raises}"
    return Status.SAME, ""


def _error(error: Any) -> str:
    if not error:
        return "nothing"
    names, message, place = error
    return f"{names[0]}: {message.strip()}" + (f" ({place})" if place else "")


@dataclass(frozen=True)
class Verdict:
    """What the last run of a name's proofs gave: outcomes by status, and the `proof_key` they are for."""

    key: str
    outcomes: Mapping[str, int]

    @property
    def proven(self) -> bool:
        """Whether something was shown, and nothing bad."""
        return Status.SAME.value in self.outcomes and all(Status(status).good for status in self.outcomes)

    @property
    def missing(self) -> bool:
        """Whether nothing was shown, for want of a package."""
        good = all(Status(status).good for status in self.outcomes)
        return good and Status.MISSING.value in self.outcomes and Status.SAME.value not in self.outcomes


def save_status(outcomes: Iterable[Outcome], cache: Cache) -> None:
    """Remembers, for tables and pages, what became of the names' proofs."""
    counts: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        counts.setdefault(outcome.name, Counter())[outcome.status.value] += 1
    by_namespace: dict[str, dict[str, Verdict]] = {}
    for name, counter in counts.items():
        by_namespace.setdefault(name.rpartition(".")[0], {})[name] = Verdict(proof_key(name), dict(counter))
    folder = cache.folder / "verdicts"
    folder.mkdir(parents=True, exist_ok=True)
    for namespace, found in by_namespace.items():
        merged = {**load_status(namespace, cache), **found}
        temporary = folder / f"{namespace}.json.{os.getpid()}"
        facts = {name: asdict(verdict) for name, verdict in merged.items()}
        temporary.write_text(json.dumps(facts, indent=1, sort_keys=True), encoding="utf-8")
        temporary.replace(folder / f"{namespace}.json")


def load_status(namespace: str, cache: Cache) -> dict[str, Verdict]:
    """What `save_status` remembered for a namespace."""
    try:
        found = json.loads((cache.folder / "verdicts" / f"{namespace}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: Verdict(**facts) for name, facts in found.items()}
