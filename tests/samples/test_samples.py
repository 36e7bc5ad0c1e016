"""A part of torch's samples that takes a few minutes; `python -m tests.samples` runs all of them."""

from __future__ import annotations

import functools

import pytest

from tests.paired.cache import Cache

from .run import Fate, Known, Result, exceptions, run, stale, unlisted
from .samples import Key, keys, samples

LIMIT = 3
DTYPES = ("float32", "int64")


def chosen(key: Key) -> bool:
    """Whether the samples of this kind, name and dtype are run here."""
    kind, _, dtype = key
    return dtype in DTYPES if kind == "operator" else dtype == "float32"


@functools.cache
def results() -> tuple[list[Key], list[Result]]:
    """What was run, and what became of it; what did not change since the last run is taken from the cache."""
    cache = Cache()
    ran = keys(cache, chosen)
    return ran, run(samples(ran, cache, LIMIT), cache)


@pytest.mark.frameworks
@pytest.mark.parametrize("kind", ["operator", "module", "optimizer"])
def test_samples(kind: str) -> None:
    mine = [result for result in results()[1] if result.kind == kind]
    assert sum(result.fate is Fate.EQUAL for result in mine) > 20
    bad = unlisted(mine, exceptions())
    text = "\n\n".join(
        f"{r.name} {r.dtype} [{r.number}] {r.form}: {r.fate.value}: {r.message}\n{r.source}\n-->\n{r.code}"
        for r in bad
    )
    assert not bad, f"run them alone: python -m tests.samples {' '.join({r.name for r in bad})}\n{text}"


@pytest.mark.frameworks
def test_exceptions_still_occur() -> None:
    ran, found = results()
    gone = [f"{operator}: {known.reason}" for known, operator in stale(found, exceptions(), ran, LIMIT)]
    assert not gone, f"these exceptions no longer occur, take them out of exceptions.json: {gone}"


def result(fate: Fate, message: str = "", dtype: str = "float32") -> Result:
    return Result("operator", "svd", dtype, 0, "function", fate, message)


def test_what_falls_short_must_be_listed() -> None:
    known = [Known(("svd",), "differs", "the sign is free", dtypes=("float32",), message="value")]
    listed = result(Fate.DIFFERS, "value: 1 of 2 differ")
    others = [
        result(Fate.DIFFERS, "dtype: torch gives float32, Paddle float64"),
        result(Fate.ERROR, "value"),
        result(Fate.DIFFERS, "value: 1 of 2 differ", dtype="float64"),
    ]
    assert unlisted([listed, result(Fate.EQUAL), result(Fate.UNSUPPORTED), *others], known) == others


def test_exceptions_must_occur() -> None:
    known = Known(("svd",), "differs", "the sign is free", message="value", first=2)
    key = ("operator", "svd", "float32")
    assert stale([result(Fate.EQUAL)], [known], [key], None) == [(known, "svd")]
    assert stale([result(Fate.DIFFERS, "value")], [known], [key], None) == []
    assert stale([result(Fate.EQUAL)], [known], [key], 2) == []  # not reached
    assert stale([result(Fate.EQUAL)], [known], [("operator", "add", "float32")], None) == []
