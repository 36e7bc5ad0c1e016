"""Prints what became of the names, by namespace, from the installed torch and the last runs of proofs."""

from __future__ import annotations

import argparse
import json

from paconvert.catalog.coverage import WITHOUT, fate, is_converted, load_entries, total
from paconvert.catalog.coverage import table as count
from paconvert.catalog.terminal import console, print_coverage
from tests.paired.cache import Cache
from tools.docs import current_public
from tools.pages import table
from tools.prove import is_proven


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "--missing", action="store_true", help="list the public names of torch without an entry"
    )
    parser.add_argument(
        "--unproven", action="store_true", help="list the converted names that are not proven"
    )
    parser.add_argument(
        "--no-inventory", action="store_true", help="do not ask the installed torch for its names"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")


def run(options: argparse.Namespace) -> int:
    """Prints the table, or the names that were asked for."""
    entries = load_entries()
    cache = Cache()
    public = {} if options.no_inventory else current_public()
    if options.missing:
        print("\n".join(name for name in sorted(public) if fate(name, entries, public) == WITHOUT))
        return 0
    if options.unproven:
        names = [n for n, entry in sorted(entries.items()) if is_converted(entry) and not is_proven(n, cache)]
        print("\n".join(names))
        return 0
    rows = count(entries, public, lambda name: is_proven(name, cache))
    if options.json:
        print(json.dumps({"total": total(rows), "namespaces": rows}, indent=1))
    elif options.markdown:
        print(table(rows, total(rows)))
    else:
        print_coverage(rows, total(rows), console())
    return 0
