"""Runs samples on both sides, and says what became of each."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum
from pathlib import Path

from tests.paired.cache import Cache
from tests.paired.case import Case
from tests.paired.run import Outcome, Status, engine_digest, run_cases

from .samples import Key, Samples

EXCEPTIONS = Path(__file__).with_name("exceptions.json")


class Fate(str, Enum):
    """What became of a sample."""

    EQUAL = "equal"
    DIFFERS = "differs"
    ERROR = "error"  # the converted program raises, crashes or does not end
    KERNEL = "no kernel"  # Paddle has no CPU kernel for 16 bits there: these are dtypes of other devices
    UNSUPPORTED = "unsupported"  # the converter says that it cannot convert the call
    UNKNOWN = "unknown"  # it cannot be written as source, or torch does not take that source

    @property
    def falls_short(self) -> bool:
        """Whether the conversion ran and was wrong, or did not run."""
        return self in (Fate.DIFFERS, Fate.ERROR)


_FATES = {
    Status.SAME: Fate.EQUAL,
    Status.DIFFERENT: Fate.DIFFERS,
    Status.UNSUPPORTED: Fate.UNSUPPORTED,
    Status.TORCH: Fate.UNKNOWN,
    Status.MISSING: Fate.UNKNOWN,
}

_NO_KERNEL = re.compile(
    r"b?float16\) of kernel `\w+` is not registered|data type .* must be |does not have 'paddle.bfloat16' op"
)


@dataclasses.dataclass(frozen=True)
class Result:
    """What became of one form of a sample.

    Attributes:
        kind: `operator`, `module` or `optimizer`.
        name: the operator's name in torch's list.
        dtype: the dtype of the sample.
        number: which sample of that operator and dtype.
        form: `function`, `method`, `in-place`; `train`, `eval`; `steps`.
        fate: what became of it.
        message: what is wrong.
        source: torch's text.
        code: what it was converted to.
    """

    kind: str
    name: str
    dtype: str
    number: int
    form: str
    fate: Fate
    message: str = ""
    source: str = ""
    code: str = ""


def run(
    found: Sequence[Samples], cache: Cache, jobs: int | None = None, *, again: bool = False
) -> list[Result]:
    """Converts and runs samples. Those of operators without a public name are left out.

    Args:
        found: the samples.
        cache: where results are kept.
        jobs: programs at a time on each side; the number of cores by default.
        again: whether what is known is run again.
    """
    keep = None if again else cache
    cases = [case for one in found for case in one.cases]
    outcomes = run_cases(cases, jobs=jobs, cache=keep, key=engine_digest())
    outcomes = _after_crashes(cases, outcomes, keep, jobs)
    results = [_result(outcome) for outcome in outcomes if outcome.status is not Status.REFUSED]
    for one in found:
        results += [
            Result(*one.key, int(number), "function", Fate.UNKNOWN, reason)
            for number, reason in one.skipped
            if reason != "private"
        ]
    return sorted(results, key=lambda r: (r.kind, r.name, r.dtype, r.number))


def _after_crashes(
    cases: Sequence[Case], outcomes: list[Outcome], cache: Cache | None, jobs: int | None
) -> list[Outcome]:
    """Runs the forms after one that ended its process, each by itself."""
    by_case = {(case.name, case.index): case for case in cases}
    kept, again, ended = [], [], set()
    for outcome in outcomes:
        place = (outcome.name, outcome.index)
        if outcome.status not in (Status.CRASH, Status.TIMEOUT) or place not in ended:
            kept.append(outcome)
            if outcome.status in (Status.CRASH, Status.TIMEOUT):
                ended.add(place)
            continue
        case = by_case[place]
        form = next(form for form in case.forms if form.label == outcome.form)
        again.append(dataclasses.replace(case, forms=(form,)))
    return kept + (run_cases(again, jobs=jobs, cache=cache, key=engine_digest()) if again else [])


def _result(outcome: Outcome) -> Result:
    kind, name, dtype = outcome.name.split(" ")
    number, form = outcome.form.split(" ")
    fate = _FATES.get(outcome.status, Fate.ERROR)
    message = outcome.message
    if fate is Fate.ERROR and (found := _NO_KERNEL.search(message)) and "float16" in (dtype + found[0]):
        fate = Fate.KERNEL
    if fate is Fate.ERROR and outcome.status is not Status.FAILED:
        message = f"{outcome.status.value}: {message}"
    return Result(kind, name, dtype, int(number), form, fate, message, outcome.source, outcome.code)


@dataclasses.dataclass(frozen=True)
class Known:
    """Something known that falls short, with its reason in Paddle.

    Attributes:
        operators: names of operators, modules or optimizers.
        dtypes: what it is limited to; empty for all.
        forms: what it is limited to: `function`, `method`, `in-place`; empty for all.
        fate: `differs` or `error`.
        message: a part of the message; empty for any.
        reason: why, in Paddle.
        first: the lowest number of a sample that it happens to.
        sometimes: it hangs on random numbers, and need not happen.
    """

    operators: tuple[str, ...]
    fate: str
    reason: str
    dtypes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    message: str = ""
    first: int = 0
    sometimes: bool = False

    def covers(self, result: Result) -> bool:
        """Whether this is about that result."""
        return (
            result.name in self.operators
            and (not self.dtypes or result.dtype in self.dtypes)
            and (not self.forms or result.form in self.forms)
            and result.fate.value == self.fate
            and self.message in result.message
        )


def exceptions() -> list[Known]:
    """What is in exceptions.json."""
    return [
        Known(
            operators=tuple(item["operators"]),
            fate=item["fate"],
            reason=item["reason"],
            dtypes=tuple(item.get("dtypes", ())),
            forms=tuple(item.get("forms", ())),
            message=item.get("message", ""),
            first=item.get("first", 0),
            sometimes=item.get("sometimes", False),
        )
        for item in json.loads(EXCEPTIONS.read_text(encoding="utf-8"))
    ]


def unlisted(results: Iterable[Result], known: Sequence[Known]) -> list[Result]:
    """What falls short and is not listed."""
    return [
        result
        for result in results
        if result.fate.falls_short and not any(exception.covers(result) for exception in known)
    ]


def stale(
    results: Sequence[Result], known: Sequence[Known], ran: Iterable[Key], limit: int | None
) -> list[tuple[Known, str]]:
    """Exceptions that no longer occur, by operator, among those that this run was to show."""
    tried = {(name, dtype) for _, name, dtype in ran}
    short = [result for result in results if result.fate.falls_short]
    found = []
    for exception in known:
        if exception.sometimes or (limit is not None and exception.first >= limit):
            continue
        for operator in exception.operators:
            dtypes = exception.dtypes or {dtype for name, dtype in tried if name == operator}
            if not all((operator, dtype) in tried for dtype in dtypes) or not dtypes:
                continue
            if not any(r.name == operator and exception.covers(r) for r in short):
                found.append((exception, operator))
    return found


def count(results: Iterable[Result]) -> Counter[Fate]:
    """How many results of each fate."""
    return Counter(result.fate for result in results)


def share(counts: Counter[Fate]) -> float:
    """The share of equal results, in per cent of those that are equal, differ or raise."""
    total = counts[Fate.EQUAL] + counts[Fate.DIFFERS] + counts[Fate.ERROR]
    return 100.0 * counts[Fate.EQUAL] / total if total else 100.0
