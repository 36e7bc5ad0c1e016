"""What a new release of torch or Paddle changes: what broke, what could be simpler, what is new or gone.

Run it in an environment with the new releases. Nothing is written; the exit status is 1 when anything broke.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence

from paconvert.catalog.coverage import is_converted, load_entries
from paconvert.catalog.data import load_proofs, load_public
from paconvert.catalog.record import Difference, describe
from paconvert.rules.load import Rules
from tests.paired.cache import Cache
from tests.paired.proofs import cases, select
from tests.paired.run import Outcome, Status, engine, engine_digest, naive, run_cases
from tools.docs import current_public, releases
from tools.probe import ask

COMPOSED = (Difference.TEMPLATE, Difference.HELPER)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="names or namespaces; all when left out")
    parser.add_argument("--jobs", type=int, help="programs at a time on each side (default: number of cores)")
    parser.add_argument(
        "--no-simpler", action="store_true", help="do not look for rules that could be simpler"
    )


def run(options: argparse.Namespace) -> int:
    """Prints the comparison with the releases that the rules were proven on."""
    cache = Cache()
    names = select(options.names)
    outcomes = run_cases(cases(names), engine, jobs=options.jobs, cache=cache, key=engine_digest())
    broken = bad_names(outcomes)
    simpler: list[str] = []
    if not options.no_simpler:
        candidates = [name for name in composed(names, Rules.load()) if name not in broken]
        there = ask("paddle", [plain_name(name) for name in candidates])
        candidates = [name for name in candidates if there[plain_name(name)]["exists"]]
        plain = run_cases(cases(candidates), naive, jobs=options.jobs, cache=cache, key="naive")
        simpler = proven_names(plain)
    new, gone = changed_names(load_public(), current_public())
    entries = load_entries()
    print("\n".join(report(releases(), broken, simpler, new, gone, entries)))
    return int(bool(broken))


def bad_names(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The names with an outcome that is not good, and what the first one is."""
    found: dict[str, str] = {}
    for outcome in outcomes:
        if not outcome.status.good:
            message = " ".join(outcome.message.split())
            found.setdefault(outcome.name, f"{outcome.form}: {outcome.status.value}: {message[:300]}")
    return found


def proven_names(outcomes: Sequence[Outcome]) -> list[str]:
    """The names of which every form that torch takes gave the same."""
    bad = bad_names(outcomes)
    shown = dict.fromkeys(outcome.name for outcome in outcomes if outcome.status is Status.SAME)
    missing = {outcome.name for outcome in outcomes if outcome.status is Status.MISSING}
    return [name for name in shown if name not in bad and name not in missing]


def composed(names: Iterable[str], rules: Rules) -> Iterator[str]:
    """The names for which any call becomes a helper or an expression."""
    for name in names:
        if name in rules and not name.endswith("__"):
            ways = describe(name, rules, load_proofs()).ways
            if any(way.difference in COMPOSED for way in ways):
                yield name


def plain_name(name: str) -> str:
    """The name with Paddle's package in torch's place."""
    return name.replace("torch", "paddle", 1)


def changed_names(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The public names that torch has now and had not, and those that it had."""
    return sorted(now.keys() - before.keys()), sorted(before.keys() - now.keys())


def report(
    installed: Mapping[str, str],
    broken: Mapping[str, str],
    simpler: Sequence[str],
    new: Sequence[str],
    gone: Sequence[str],
    entries: Mapping[str, Mapping[str, object]],
) -> Iterator[str]:
    """The lines that are printed."""
    proven = load_proofs().releases
    for name, release in installed.items():
        yield f"{name} {release} (the rules were proven on {proven.get(name, 'no release')})"
    yield f"\nbroken: {len(broken)}"
    yield from (f"  {name}: {message}" for name, message in broken.items())
    yield f"\ncould be simpler, for Paddle's own of the same name passes the proofs: {len(simpler)}"
    yield from (f"  {name} -> {plain_name(name)}" for name in simpler)
    without = [name for name in new if name not in entries]
    yield f"\nnew in torch: {len(new)}, {len(without)} of them without a rule"
    yield from (f"  {name}" for name in without)
    yield f"\ngone from torch: {len(gone)}"
    yield from (
        f"  {name}" + (" (converted)" if is_converted(entries.get(name, {})) else "") for name in gone
    )
