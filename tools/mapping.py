"""The files of rules, proofs and helpers as they are written, with the lines of their entries."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.paired.cache import ROOT

MAPPING = ROOT / "api_mapping"
SCHEMA = MAPPING / "schema.json"
# Shorter bodies, such as a constructor that passes its arguments on, may be the same by chance.
_COPY = 120
_ENTRY = re.compile(r'^  "([^"]+)":', re.MULTILINE)


@dataclass(frozen=True)
class MappingFile:
    """One file of rules: its entries, and the line of each (from 1)."""

    path: Path
    entries: dict[str, Any]
    lines: dict[str, int]
    written: tuple[str, ...]

    @property
    def namespace(self) -> str:
        """The namespace that the file is about."""
        return self.path.stem

    @property
    def repeated(self) -> list[str]:
        """Names that are written more than once."""
        return [name for name, count in Counter(self.written).items() if count > 1]


def read_file(path: Path) -> MappingFile:
    """Reads one file.

    Raises:
        ValueError: it is not JSON.
    """
    text = path.read_text(encoding="utf-8")
    found = [(match[1], text.count("\n", 0, match.start()) + 1) for match in _ENTRY.finditer(text)]
    return MappingFile(path, json.loads(text), dict(found), tuple(name for name, _ in found))


def mapping_paths() -> list[Path]:
    """The files of rules."""
    return sorted(path for path in MAPPING.glob("*.json") if path != SCHEMA)


@dataclass(frozen=True)
class HelperParameters:
    """What a helper takes: names that may be given by position, all names, and whether any others go too."""

    positional: tuple[str, ...]
    names: frozenset[str]
    variadic: bool
    keywords: bool


def repeated_helpers() -> dict[str, list[str]]:
    """Names that several helper modules define, with the modules: one would hide the other in an output."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "paconvert" / "helpers").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for name in {name for name, _ in _definitions(node)}:
                found.setdefault(name, []).append(str(path.relative_to(ROOT)))
    return {name: paths for name, paths in found.items() if len(set(paths)) > 1}


def renamed_helpers() -> Iterator[tuple[str, int, str]]:
    """Path, line and name of imports of helpers under another name, which an output would not have."""
    for path in sorted((ROOT / "paconvert" / "helpers").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("paconvert.helpers"):
                for alias in node.names:
                    if alias.asname and alias.asname != alias.name:
                        yield str(path.relative_to(ROOT)), node.lineno, alias.asname


def copied_helpers() -> Iterator[tuple[str, int, str, str]]:
    """Path, line and name of functions and methods that do the same as one before, and that one."""
    seen: dict[str, str] = {}
    for path in sorted((ROOT / "paconvert" / "helpers").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            body = "\n".join(ast.unparse(line) for line in node.body[ast.get_docstring(node) is not None :])
            if len(body) >= _COPY:
                first = seen.setdefault(body, f"{path.name}:{node.lineno}")
                if first != f"{path.name}:{node.lineno}":
                    yield str(path.relative_to(ROOT)), node.lineno, node.name, first


@cache
def helpers() -> dict[str, HelperParameters | None]:
    """The public names of the helper modules, with their parameters where they can be read from the text."""
    found: dict[str, HelperParameters | None] = {}
    for path in sorted((ROOT / "paconvert" / "helpers").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for name, parameters in _definitions(node):
                found[name] = parameters
    return found


def _definitions(node: ast.stmt) -> Iterator[tuple[str, HelperParameters | None]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name, _parameters(node.args, 0)
    elif isinstance(node, ast.ClassDef):
        inits = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        yield node.name, _parameters(inits[-1].args, 1) if inits else None
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, None
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, None
    elif isinstance(node, ast.If | ast.Try):
        for inner in node.body:
            yield from _definitions(inner)


def _parameters(arguments: ast.arguments, skip: int) -> HelperParameters:
    positional = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args]][skip:]
    names = frozenset(positional) | {argument.arg for argument in arguments.kwonlyargs}
    return HelperParameters(
        tuple(positional), names, arguments.vararg is not None, arguments.kwarg is not None
    )
