"""Runs proofs and shows what became of them."""

from __future__ import annotations

import argparse
import textwrap
from collections import Counter

from tests.paired.cache import Cache
from tests.paired.proofs import cases, proof_key, select
from tests.paired.run import (
    Outcome,
    Status,
    engine,
    engine_digest,
    load_status,
    naive,
    run_cases,
    save_status,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a qualified name or a namespace; all when left out"
    )
    parser.add_argument("--failed", action="store_true", help="only names that were not proven last time")
    parser.add_argument("--jobs", type=int, help="programs at a time on each side (default: number of cores)")
    parser.add_argument(
        "--naive", action="store_true", help="replace the package's name instead of converting"
    )
    parser.add_argument("--no-cache", action="store_true", help="run everything again")
    parser.add_argument("--all", action="store_true", help="show the good ones too")
    parser.add_argument("--short", action="store_true", help="one line for each bad form, without its code")


def run(options: argparse.Namespace) -> int:
    """Runs the chosen proofs; 1 when one of them is bad."""
    cache = Cache()
    names = select(options.names)
    known = {name.rpartition(".")[0] for name in names} | set(names)
    if unknown := [name for name in options.names if name not in known]:
        print(f"no proofs for {', '.join(unknown)}")
        return 2
    if options.failed:
        names = [name for name in names if not is_proven(name, cache)]
    convert, key = (naive, "naive") if options.naive else (engine, engine_digest())
    outcomes = run_cases(
        cases(names), convert, jobs=options.jobs, cache=None if options.no_cache else cache, key=key
    )
    if not options.naive:
        save_status(outcomes, cache)
    show(outcomes, everything=options.all, short=options.short)
    return int(any(not outcome.status.good for outcome in outcomes))


def is_proven(name: str, cache: Cache) -> bool:
    """Whether the last run of a name's proofs was good, and showed something, and nothing changed since."""
    verdict = load_status(name.rpartition(".")[0], cache).get(name)
    return verdict is not None and verdict.proven and verdict.key == proof_key(name)


def show(outcomes: list[Outcome], *, everything: bool = False, short: bool = False) -> None:
    """Prints the bad outcomes with their code, then the counts."""
    shown: set[tuple[str, str]] = set()
    for outcome in outcomes:
        if outcome.status.good and not everything:
            continue
        message = " ".join(outcome.message.split())
        print(
            f"{outcome.name} [{outcome.index}] {outcome.form}: {outcome.status.value.upper()} {message[:600]}"
        )
        if not short and not outcome.status.good and (outcome.name, message) not in shown:
            shown.add((outcome.name, message))
            print(textwrap.indent(outcome.source, "    torch  | "))
            print(textwrap.indent(outcome.code, "    paddle | "))
    counts = Counter(outcome.status for outcome in outcomes)
    names = {outcome.name for outcome in outcomes}
    bad = {outcome.name for outcome in outcomes if not outcome.status.good}
    text = ", ".join(f"{counts[status]} {status.value}" for status in Status if counts[status])
    proven = {outcome.name for outcome in outcomes if outcome.status is Status.SAME} - bad
    print(f"{len(names)} names, {len(proven)} proven, {len(names - proven)} not; forms: {text or 'none'}")
