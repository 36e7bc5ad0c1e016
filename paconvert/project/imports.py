"""Which modules the files of a project import."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from paconvert.frontend.imports import absolute_module, quick_names

Node = TypeVar("Node")


@dataclass(frozen=True, slots=True)
class Import:
    """One import: `level` dots, then `module`, then the `names` taken from it (none for `import module`)."""

    level: int
    module: str
    names: tuple[str, ...] = ()

    @property
    def top(self) -> str:
        """The first part of an absolute name; empty for a relative import."""
        return "" if self.level else self.module.partition(".")[0]


def scan_imports(text: str) -> tuple[Import, ...]:
    """The imports of a text, each module once; what looks like one inside a docstring counts too."""
    found: dict[tuple[int, str], list[str]] = {}
    for item in quick_names(text):
        module = item.module.lstrip(".") or ("" if item.module else item.name)
        names = found.setdefault((len(item.module) - len(item.module.lstrip(".")), module), [])
        if item.module:
            names.append(item.name)
    return tuple(Import(level, module, tuple(names)) for (level, module), names in found.items())


def absolute(found: Import, module: str, is_package: bool) -> Import:
    """The import as seen from anywhere, when it stands in `module`."""
    return Import(0, absolute_module("." * found.level + found.module, module, is_package), found.names)


def candidates(found: Import) -> Iterator[str]:
    """The dotted names of all modules that an absolute import may load, outer packages first."""
    parts = found.module.split(".")
    for count in range(1, len(parts) + 1):
        yield ".".join(parts[:count])
    for name in found.names:
        if name != "*":
            yield f"{found.module}.{name}"


def mentions(packages: Collection[str]) -> re.Pattern[bytes]:
    """A pattern that finds the name of one of the packages in a file's bytes."""
    words = b"|".join(re.escape(package.encode()) for package in sorted(packages))
    return re.compile(rb"\b(?:" + words + rb")\b") if words else re.compile(rb"(?!)")


def imports_package(text: str, package: str) -> bool:
    """Whether a text imports a package."""
    return package in text and any(found.top == package for found in scan_imports(text))


def spread(start: Iterable[Node], edges: Mapping[Node, set[Node]]) -> set[Node]:
    """All that can be reached from `start` along `edges`, `start` included."""
    reached = set(start)
    pending = list(reached)
    while pending:
        for target in edges.get(pending.pop(), ()):
            if target not in reached:
                reached.add(target)
                pending.append(target)
    return reached
