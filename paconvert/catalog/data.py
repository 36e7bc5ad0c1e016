"""What is shipped beside the rules: which of them are proven, and what torch's public names are.

Both files are written by `python -m tools docs` and kept current by `python -m tools check`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from paconvert.rules.load import Rules

FOLDER = Path(__file__).resolve().parent
PROOFS = FOLDER / "proofs.json"
PUBLIC = FOLDER / "public.json"


@dataclass(frozen=True, slots=True)
class Sample:
    """A line of torch code that uses an API, and the lines before it that say what its names are."""

    setup: str
    line: str


@dataclass(frozen=True, slots=True)
class ProofRecord:
    """What the last run of a name's proofs gave.

    Attributes:
        key: of the rule, its helpers and its proofs as they were run.
        forms: how many programs gave the same on both sides; 0 when the proofs were not run.
        missing: the package whose absence kept the proofs from running.
        sample: a use that the proofs make.
    """

    key: str = ""
    forms: int = 0
    missing: str = ""
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """The proofs of all names, and the releases that they were run on: distribution → version."""

    releases: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, ProofRecord] = field(default_factory=dict)

    def is_proven(self, name: str) -> bool:
        """Whether the name's proofs were run and gave the same."""
        record = self.names.get(name)
        return record is not None and record.forms > 0

    def sample_of(self, name: str, rules: Rules) -> Sample | None:
        """A use of a name, or of the one that it is an alias of."""
        rule = rules.find(name)
        record = self.names.get(name) or (self.names.get(rule.name) if rule else None)
        return record.sample if record else None


@lru_cache(maxsize=1)
def load_proofs(path: Path = PROOFS) -> Proofs:
    """The shipped record of proofs; empty when there is none."""
    if not path.exists():
        return Proofs()
    data = json.loads(path.read_text(encoding="utf-8"))
    names = {}
    for name, record in data["names"].items():
        sample = Sample(*record["sample"]) if "sample" in record else None
        names[name] = ProofRecord(
            record.get("key", ""), record.get("forms", 0), record.get("missing", ""), sample
        )
    return Proofs(data["releases"], names)


def dump_proofs(proofs: Proofs) -> str:
    """The text of the file of proofs: one line for each name."""
    lines = []
    for name, record in sorted(proofs.names.items()):
        fields: dict[str, object] = {}
        if record.key:
            fields = {"key": record.key, "forms": record.forms}
        if record.missing:
            fields["missing"] = record.missing
        if record.sample:
            fields["sample"] = [record.sample.setup, record.sample.line]
        lines.append(f"{json.dumps(name)}: {json.dumps(fields, ensure_ascii=False)}")
    releases = json.dumps(dict(sorted(proofs.releases.items())))
    return f'{{"releases": {releases},\n"names": {{\n' + ",\n".join(lines) + "\n}}\n"


@lru_cache(maxsize=1)
def load_public(path: Path = PUBLIC) -> Mapping[str, str]:
    """torch's public names; each with another name of the same object, or an empty text."""
    if not path.exists():
        return {}
    data: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return {f"{space}.{name}": alias for space, names in data.items() for name, alias in names.items()}


def dump_public(public: Mapping[str, str]) -> str:
    """The text of the file of public names: one line for each namespace."""
    spaces: dict[str, dict[str, str]] = {}
    for name, alias in sorted(public.items()):
        space, _, member = name.rpartition(".")
        spaces.setdefault(space, {})[member] = alias
    lines = [f"{json.dumps(space)}: {json.dumps(names)}" for space, names in sorted(spaces.items())]
    return "{\n" + ",\n".join(lines) + "\n}\n"
