"""Reads the rules and the known facts about types from `api_mapping/`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from paconvert.rules.model import Rule

FACTS = "facts"
SCHEMA = "schema.json"


def mapping_directory() -> Path:
    """The folder of the rules: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "api_mapping"
    return inside if inside.is_dir() else package.parent / "api_mapping"


def _owners(names: Iterable[str]) -> Iterator[str]:
    """What stands before each dot of qualified names."""
    return (name[:index] for name in names for index, character in enumerate(name) if character == ".")


class Rules:
    """The rules by qualified name."""

    def __init__(self, entries: Mapping[str, Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
        self._entries = entries
        self._found: dict[str, Rule | None] = {}
        self.facts = facts

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Rules:
        """All rules of the mapping folder (read once for a process)."""
        directory = mapping_directory()
        entries: dict[str, Mapping[str, Any]] = {}
        for path in sorted(directory.glob("*.json")):
            if path.name != SCHEMA:
                entries.update(json.loads(path.read_text(encoding="utf-8")))
        facts = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in sorted((directory / FACTS).glob("*.json"))
        }
        return cls(entries, facts)

    def without(self, packages: Iterable[str]) -> Rules:
        """The rules but for those of some top-level packages."""
        left = frozenset(packages)
        if not left:
            return self
        return _without(self, left)

    def until(self, release: str) -> Rules:
        """The rules as they are for a Paddle release: what needs a later one is not used."""
        return _until(self, release)

    def names(self) -> Iterator[str]:
        """All qualified names that have an entry."""
        return iter(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def find(self, name: str) -> Rule | None:
        """The rule of a qualified name, through aliases; `None` when there is no entry."""
        if name not in self._found:
            self._found[name] = self._resolve(name)
        return self._found[name]

    def namespace(self, name: str) -> str:
        """The namespace that a qualified name stands for, through an alias; empty when it is none."""
        name = self._entries.get(name, {}).get("alias", name)
        return name if name in self.namespaces else ""

    def is_operator(self, name: str) -> bool:
        """Whether a name has an entry and its members are overloads, all of that same entry."""
        return name in self._entries and name.rpartition(".")[0] in self._operators

    @cached_property
    def _operators(self) -> frozenset[str]:
        return frozenset(self.facts["conventions"]["operators"])

    def _resolve(self, name: str) -> Rule | None:
        owner = name.rpartition(".")[0]
        if name not in self._entries and self.is_operator(owner):
            name = owner
        seen = set()
        while name in self._entries and name not in seen:
            seen.add(name)
            entry = self._entries[name]
            if "alias" not in entry:
                return Rule(name, entry)
            name = entry["alias"]
        return None

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """Qualified names that have members with rules: modules and classes."""
        return frozenset(_owners(self._entries))

    @cached_property
    def packages(self) -> frozenset[str]:
        """The top-level packages that the rules are about."""
        return frozenset(name.partition(".")[0] for name in self._entries)

    @cached_property
    def _complete(self) -> frozenset[str]:
        """The packages all of whose names the rules are about."""
        return frozenset(self.facts["conventions"]["packages"])

    @cached_property
    def _partial(self) -> frozenset[str]:
        """Namespaces of other packages, of which only the names with an entry are meant."""
        owners = {name.rpartition(".")[0] for name in self._entries}
        return frozenset(owner for owner in owners if owner.partition(".")[0] not in self._complete)

    def is_complete(self, name: str) -> bool:
        """Whether a qualified name is of a package all of whose names the rules are about."""
        return name.partition(".")[0] in self._complete

    def stays(self, name: str) -> bool:
        """Whether the rule of a qualified name says that it stays: Paddle has it under the same name."""
        return name in self._unchanged

    @cached_property
    def _unchanged(self) -> frozenset[str]:
        return frozenset(name for name, entry in self._entries.items() if entry.get("to") == name)

    @cached_property
    def foreign_modules(self) -> frozenset[str]:
        """The modules of other packages that the facts know, with the packages around them."""
        foreign = self.facts["foreign"]
        return frozenset({*foreign["modules"], *_owners([*foreign["modules"], *foreign["returns"]])})

    @cached_property
    def foreign_members(self) -> frozenset[str]:
        """The names of the members of types of other packages."""
        return frozenset(name for group in self.facts["foreign"]["members"].values() for name in group)

    def is_mapped(self, name: str) -> bool:
        """Whether rules are about a qualified name: a name of torch, or one of another package that has an
        entry."""
        if self.stays(name):
            return False
        return self.is_complete(name) or name in self._entries or name in self._partial

    @cached_property
    def activated(self) -> frozenset[str]:
        """The helpers that rules require to be called once, wherever they are written to."""
        forms = (form for entry in self._entries.values() for form in (entry, *entry.get("overloads", ())))
        return frozenset(name for form in forms for name in form.get("requires", ()))

    def members(self, owner: str) -> frozenset[str]:
        """The names `owner` has members for."""
        return self._members.get(owner, frozenset())

    @cached_property
    def changing_members(self) -> frozenset[str]:
        """Member names of instances that a rule may change: a unit without any, and without a mapped name,
        stays as it is."""
        found: set[str] = set()
        known = set(self.facts["owners"].values())
        for owner in {name.rpartition(".")[0] for name in self._entries} | known:
            if owner in known or owner.rpartition(".")[2][:1].isupper():
                found.update(member for member in self.members(owner) if self._changes(f"{owner}.{member}"))
        return frozenset(found)

    def _changes(self, name: str) -> bool:
        entry = self._entries[name]
        member = name.rpartition(".")[2]
        same = {"signature", "to", "returns", "note", "call", "bases", "sets", "narrows", "static"}
        return entry.get("to") not in (f".{member}", ".") or not entry.keys() <= same

    @cached_property
    def _members(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name in self._entries:
            owner, _, member = name.rpartition(".")
            found.setdefault(owner, set()).add(member)
        return {owner: frozenset(members) for owner, members in found.items()}


@lru_cache(maxsize=4)
def _until(rules: Rules, release: str) -> Rules:
    changed = {
        name: _entry_until(entry, release)
        for name, entry in rules._entries.items()
        if "paddle" in entry or any("paddle" in overload for overload in entry.get("overloads", ()))
    }
    return Rules({**rules._entries, **changed}, rules.facts) if changed else rules


def _entry_until(entry: Mapping[str, Any], release: str) -> Mapping[str, Any]:
    """An entry without the overloads that need a later release; unsupported when no other is left."""
    overloads: list[Mapping[str, Any]] = entry.get("overloads", [])
    forms = [{**entry, **overload} for overload in overloads] or [dict(entry)]
    late = [_numbers(form.get("paddle", "0")) > _numbers(release) for form in forms]
    if not any(late):
        return entry
    if not all(late):
        left = [overload for overload, is_late in zip(overloads, late, strict=True) if not is_late]
        return {**entry, "overloads": left}
    needed = min((str(form["paddle"]) for form in forms), key=_numbers)
    return {
        "unsupported": f"It needs Paddle {needed}; this conversion is for {release}",
        "advice": f"Use that release, and convert with --paddle_version {needed}.",
        "returns": forms[-1].get("returns", "object"),
    }


def _numbers(release: str) -> tuple[int, ...]:
    """A release to compare; `3.4` is `3.4.0`."""
    numbers = tuple(int(part) for part in release.split("."))
    return numbers + (0,) * (3 - len(numbers))


@lru_cache(maxsize=4)
def _without(rules: Rules, packages: frozenset[str]) -> Rules:
    entries = {
        name: entry for name, entry in rules._entries.items() if name.partition(".")[0] not in packages
    }
    return Rules(entries, rules.facts)
