"""`python -m tests.samples [NAME ...]`: torch's sample inputs, run on both sides."""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.paired.cache import Cache

from .run import Fate, Result, count, exceptions, run, share, stale, unlisted
from .samples import Key, keys, samples

KINDS = ("operator", "module", "optimizer")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.samples", description=__doc__)
    parser.add_argument("names", nargs="*", help="operators, modules, optimizers; may hold * and ?")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this kind")
    parser.add_argument("--dtype", action="append", help="only this dtype; may be given again")
    parser.add_argument("--form", action="append", help="only this form: function, method, in-place")
    parser.add_argument("--limit", type=int, help="only the first samples of each operator and dtype")
    parser.add_argument("--jobs", type=int, help="processes on each side; the number of cores by default")
    parser.add_argument("--json", type=Path, help="write all results to this file")
    parser.add_argument("--report", action="store_true", help="print texts and the whole table")
    parser.add_argument("--no-cache", action="store_true", help="run again what is known")
    return parser.parse_args(argv)


def _wanted(options: argparse.Namespace, key: Key) -> bool:
    kind, name, dtype = key
    return (
        (not options.kind or kind in options.kind)
        and (not options.dtype or dtype in options.dtype)
        and (not options.names or any(fnmatch.fnmatchcase(name, pattern) for pattern in options.names))
    )


def _line(label: str, results: Iterable[Result]) -> str:
    counts = count(results)
    numbers = " ".join(f"{counts[fate]:>11}" for fate in Fate)
    return f"{label:<44} {share(counts):7.2f} % {numbers}"


def _table(results: Sequence[Result], everything: bool) -> None:
    print(f"{'':<44} {'equal':>9} " + " ".join(f"{fate.value:>11}" for fate in Fate))
    by_name: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in results:
        by_name[result.kind, result.name].append(result)
    for (_, name), found in sorted(by_name.items()):
        if everything or any(result.fate is not Fate.EQUAL for result in found):
            print(_line(name, found))
    print()
    for kind in KINDS:
        of_kind = [result for result in results if result.kind == kind]
        for form in sorted({result.form for result in of_kind}):
            print(_line(f"{kind}s, {form}", (r for r in of_kind if r.form == form)))
        if kind == "operator":
            for dtype in sorted({result.dtype for result in of_kind}):
                chosen = (r for r in of_kind if r.dtype == dtype and r.form == "function")
                print(_line(f"{kind}s, function, {dtype}", chosen))


def _short(results: Sequence[Result], report: bool) -> None:
    groups: dict[tuple[str, str, str, Fate, str], list[Result]] = defaultdict(list)
    for result in results:
        what = result.message.split(" (line ")[0].split("\n")[0][:150]
        groups[result.name, result.dtype, result.form, result.fate, what].append(result)
    for (name, dtype, form, fate, what), found in groups.items():
        numbers = ", ".join(str(result.number) for result in found[:5]) + (" …" if len(found) > 5 else "")
        print(f"{fate.value} {len(found)}: {name} {dtype} {form} [{numbers}]: {what}")
        if report:
            print(f"{found[0].message}\n--- torch\n{found[0].source}\n--- Paddle\n{found[0].code}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what is asked for and prints the table; gives the exit status."""
    options = _arguments(argv)
    cache = Cache()
    chosen = keys(cache, lambda key: _wanted(options, key))
    found = samples(chosen, cache, options.limit)
    results = run(found, cache, options.jobs, again=options.no_cache)
    if options.form:
        results = [result for result in results if result.form in options.form]
    known = exceptions()
    new = unlisted(results, known)
    _short(new, options.report)
    print()
    _table(results, everything=options.report)
    private = [one.key for one in found if ("", "private") in one.skipped]
    listed = sum(result.fate.falls_short for result in results) - len(new)
    print(f"\n{len(private)} operators and dtypes have no public name; {listed} results are exceptions")
    gone = [] if options.form else stale(results, known, chosen, options.limit)
    for exception, operator in gone:
        print(f"no longer occurs: {operator}: {exception.reason}")
    if options.json:
        text = json.dumps([dataclasses.asdict(result) for result in results], indent=1)
        options.json.write_text(text, encoding="utf-8")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
