"""How much of torch's public API the rules cover, by namespace."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from paconvert.rules.load import SCHEMA, mapping_directory

MODULES = "torch.modules"  # the file of the packages' own names, which are no APIs
WITHOUT = "no entry"
COLUMNS = ("names", "converted", "proven", "dropped", "alias", "unsupported", WITHOUT)


@lru_cache(maxsize=1)
def load_entries() -> Mapping[str, Mapping[str, Any]]:
    """The entries of all APIs by qualified name."""
    entries: dict[str, Mapping[str, Any]] = {}
    for path in sorted(mapping_directory().glob("*.json")):
        if path.name != SCHEMA and path.stem != MODULES:
            entries.update(json.loads(path.read_text(encoding="utf-8")))
    return entries


def is_converted(entry: Mapping[str, Any]) -> bool:
    """Whether an entry says that its API becomes something."""
    return "to" in entry or any("to" in overload for overload in entry.get("overloads", ()))


def decision(entry: Mapping[str, Any]) -> str:
    """The column of an entry."""
    if "alias" in entry:
        return "alias"
    if is_converted(entry):
        return "converted"
    parts = (entry, *entry.get("overloads", ()))
    return "dropped" if any("drop" in part for part in parts) else "unsupported"


def fate(name: str, entries: Mapping[str, Mapping[str, Any]], public: Mapping[str, str]) -> str:
    """The column of a name: what its entry says, or what is known without one.

    Another name of an object that has an entry is an alias, and so are the members of another name of a class
    and those that a base class has. What a class without a counterpart has cannot be reached.
    """
    if name in entries:
        return decision(entries[name])
    if public[name] in entries:
        return "alias"
    owner, _, member = name.rpartition(".")
    entry = entries.get(owner, {})
    if any(f"{other}.{member}" in entries for other in (entry.get("alias"), *entry.get("bases", ()))):
        return "alias"
    is_class = owner in public
    return "unsupported" if is_class and entry and decision(entry) == "unsupported" else WITHOUT


def table(
    entries: Mapping[str, Mapping[str, Any]], public: Mapping[str, str], is_proven: Callable[[str], bool]
) -> dict[str, Counter[str]]:
    """Counts by namespace.

    Args:
        entries: the rules' entries by name.
        public: torch's public names, each with another name of the same object or an empty text.
        is_proven: whether the proofs of a name ran and were good.
    """
    rows: dict[str, Counter[str]] = {}
    for name in sorted({*entries, *public}):
        row = rows.setdefault(name.rpartition(".")[0], Counter())
        row["names"] += 1
        row[fate(name, entries, public)] += 1
        row["proven"] += name in entries and is_converted(entries[name]) and is_proven(name)
    return rows


def grouped(rows: Mapping[str, Counter[str]], least: int) -> dict[str, Counter[str]]:
    """The rows of namespaces put together by their first parts; groups with fewer names than `least` become
    one row for each package."""
    groups: dict[str, Counter[str]] = {}
    for namespace, row in rows.items():
        groups.setdefault(_group(namespace), Counter()).update(row)
    small = {name: row for name, row in groups.items() if row["names"] < least and "." in name}
    large = {name: row for name, row in groups.items() if name not in small}
    for name, row in small.items():
        large.setdefault(f"{name.partition('.')[0]}: the rest", Counter()).update(row)
    return dict(sorted(large.items(), key=lambda item: (item[0].partition(":")[0].split("."), item[0])))


def _group(namespace: str) -> str:
    parts = namespace.split(".")
    depth = 3 if parts[:2] == ["torch", "nn"] else 2
    return ".".join(part for part in parts[:depth] if part == "Tensor" or not part[:1].isupper())


def total(rows: Mapping[str, Counter[str]]) -> Counter[str]:
    """The sum of all rows."""
    found: Counter[str] = Counter()
    for row in rows.values():
        found.update(row)
    return found
