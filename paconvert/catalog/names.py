"""From what a user writes to the name of a rule."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from paconvert.rules.load import Rules


def qualified(text: str, rules: Rules) -> str:
    """The name that a user means: `F.relu`, `nn.Conv2d` and `Tensor.view` are spelled out."""
    first, dot, rest = text.strip().partition(".")
    conventional: str = rules.facts["conventions"]["names"].get(first, first)
    return f"{conventional}{dot}{rest}"


def find(name: str, rules: Rules) -> str:
    """The name's entry: its own, or that of a base class that has the member; empty when there is none."""
    return next((candidate for candidate in _candidates(name, rules, set()) if candidate in rules), "")


def _candidates(name: str, rules: Rules, seen: set[str]) -> Iterator[str]:
    yield name
    owner, _, member = name.rpartition(".")
    rule = rules.find(owner) if owner and owner not in seen else None
    if rule is None:
        return
    seen.add(owner)
    owners: Mapping[str, str] = rules.facts["owners"]
    bases: list[str] = [rule.name, *rule.general.data.get("bases", ()), owners.get(rule.instance, "")]
    for base in bases:
        if base and base != owner:
            yield from _candidates(f"{base}.{member}", rules, seen)


def nearest(name: str, names: Iterable[str], count: int = 5) -> list[str]:
    """The names that are most like an unknown one: those with a like last part first, then any."""
    by_member: dict[str, list[str]] = {}
    for known in names:
        by_member.setdefault(known.rpartition(".")[2], []).append(known)
    member = name.rpartition(".")[2]
    found: list[str] = []
    for near in difflib.get_close_matches(member, by_member, n=count, cutoff=0.8):
        found += difflib.get_close_matches(name, by_member[near], n=2, cutoff=0)
    everything = [known for group in by_member.values() for known in group]
    found += difflib.get_close_matches(name, everything, n=count, cutoff=0.6)
    return list(dict.fromkeys(found))[:count]
