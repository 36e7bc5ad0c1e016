"""How much of torch's public API the rules cover, by namespace."""

from __future__ import annotations

import json
import re
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
    """The rows of namespaces put together by their first parts; what has fewer names than `least` then, and
    what is private, becomes one row for each package."""
    groups: dict[str, Counter[str]] = {}
    for namespace, row in rows.items():
        groups.setdefault(_group(namespace), Counter()).update(row)
    found: dict[str, Counter[str]] = {}
    for name, row in groups.items():
        package = name.partition(".")[0]
        is_small = "." in name and (row["names"] < least or "._" in name)
        found.setdefault(f"{package}: other" if is_small else name, Counter()).update(row)
    return dict(
        sorted(found.items(), key=lambda item: (re.split(r"[:.]", item[0])[0], ":" in item[0], item[0]))
    )


def _group(namespace: str) -> str:
    """The group of a namespace: classes go with their modules; other packages than torch's are whole."""
    parts = namespace.split(".")
    depth = {("torch", "nn"): 3, ("torch",): 2, ("torchvision",): 2}
    taken = depth.get(tuple(parts[:2]), depth.get((parts[0],), 1))
    return ".".join(part for part in parts[:taken] if part == "Tensor" or not part[:1].isupper())


def total(rows: Mapping[str, Counter[str]]) -> Counter[str]:
    """The sum of all rows."""
    found: Counter[str] = Counter()
    for row in rows.values():
        found.update(row)
    return found
