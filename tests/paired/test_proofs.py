"""Every proof: the same results under torch and, converted, under Paddle."""

from __future__ import annotations

import functools

import pytest

from .cache import Cache
from .proofs import cases, namespaces, proofs
from .run import Outcome, Status, engine_digest, run_cases, save_status

pytestmark = pytest.mark.frameworks

NAMES = [name for namespace in namespaces() for name in proofs(namespace)]


@functools.cache
def outcomes() -> dict[str, list[Outcome]]:
    """All proofs, run together; what did not change since the last run is taken from the cache."""
    found: dict[str, list[Outcome]] = {}
    cache = Cache()
    results = run_cases(cases(NAMES), cache=cache, key=engine_digest())
    save_status(results, cache)
    for outcome in results:
        found.setdefault(outcome.name, []).append(outcome)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_proof(name: str) -> None:
    if missing := [o for o in outcomes().get(name, ()) if o.status is Status.MISSING]:
        pytest.skip(missing[0].message)
    bad = [outcome for outcome in outcomes().get(name, ()) if not outcome.status.good]
    text = "\n\n".join(
        f"[{o.index}] {o.form}: {o.status.value}: {o.message}\ntorch:\n{o.source}\npaddle:\n{o.code}"
        for o in bad
    )
    assert not bad, f"{name} (run it alone: python -m tools prove {name})\n{text}"
