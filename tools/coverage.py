"""Prints what became of the names, by namespace."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.paired.cache import Cache
from tools.check import is_converted
from tools.inventory import inventory
from tools.mapping import MODULES, mapping_paths, read_file
from tools.prove import is_proven

WITHOUT = "without entry"
COLUMNS = ("names", "converted", "dropped", "alias", "unsupported", WITHOUT, "proven")


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


def decision(entry: Mapping[str, Any]) -> str:
    """The column of an entry."""
    if "alias" in entry:
        return "alias"
    if is_converted(entry):
        return "converted"
    parts = (entry, *entry.get("overloads", ()))
    return "dropped" if any("drop" in part for part in parts) else "unsupported"


def fate(name: str, entries: Mapping[str, Any], public: Mapping[str, Any]) -> str:
    """The column of a name: what its entry says, or what is known without one.

    Another name of an object that has an entry is an alias, and so are the members of another name of a class
    and those that a base class has. What a class without a counterpart has cannot be reached.
    """
    if name in entries:
        return decision(entries[name])
    if public[name]["alias"] in entries:
        return "alias"
    owner, _, member = name.rpartition(".")
    entry = entries.get(owner, {})
    if any(f"{other}.{member}" in entries for other in (entry.get("alias"), *entry.get("bases", ()))):
        return "alias"
    is_class = public.get(owner, {}).get("kind") == "class"
    return "unsupported" if is_class and entry and decision(entry) == "unsupported" else WITHOUT


def table(entries: Mapping[str, Any], public: Mapping[str, Any]) -> dict[str, Counter[str]]:
    """Counts by namespace."""
    cache = Cache()
    rows: dict[str, Counter[str]] = {}
    for name in sorted({*entries, *public}):
        row = rows.setdefault(name.rpartition(".")[0], Counter())
        row["names"] += 1
        row[fate(name, entries, public)] += 1
        row["proven"] += name in entries and is_converted(entries[name]) and is_proven(name, cache)
    return rows


def run(options: argparse.Namespace) -> int:
    """Prints the table, or the names that were asked for."""
    entries: dict[str, Any] = {}
    for path in mapping_paths():
        if path.stem != MODULES:
            entries.update(read_file(path).entries)
    public = {} if options.no_inventory else inventory()
    if options.missing:
        print("\n".join(name for name in sorted(public) if fate(name, entries, public) == WITHOUT))
        return 0
    if options.unproven:
        cache = Cache()
        names = [n for n, entry in sorted(entries.items()) if is_converted(entry) and not is_proven(n, cache)]
        print("\n".join(names))
        return 0
    rows = table(entries, public)
    total: Counter[str] = sum(rows.values(), Counter())
    if options.json:
        print(json.dumps({"total": total, "namespaces": rows}, indent=1))
        return 0
    show([*rows.items(), ("total", total)], markdown=options.markdown)
    return 0


def show(rows: list[tuple[str, Counter[str]]], *, markdown: bool) -> None:
    """Prints rows of counts in columns."""
    width = max(len(namespace) for namespace, _ in rows)
    if markdown:
        print("| namespace | " + " | ".join(COLUMNS) + " |\n|---|" + "---:|" * len(COLUMNS))
    else:
        print(" " * width, *(f"{column:>13}" for column in COLUMNS))
    for namespace, row in rows:
        if markdown:
            print(f"| {namespace} | " + " | ".join(str(row[column]) for column in COLUMNS) + " |")
        else:
            print(f"{namespace:{width}}", *(f"{row[column]:13}" for column in COLUMNS))
