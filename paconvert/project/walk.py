"""What is in a folder: every file, folder and link, without following links."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from paconvert.project.errors import UsageError

# Made by tools and made again when needed, or a history that does not fit the converted files.
LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox"}
)
PYTHON_SUFFIXES = (".py", ".pyw", ".pyi")
_SHEBANG = re.compile(rb"#![^\n]*python")


class Kind(Enum):
    """What an entry of a folder is."""

    PYTHON = "python"
    OTHER = "other"
    LINK = "link"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the tree: its path from the root with forward slashes, and its permission bits."""

    path: str
    kind: Kind
    mode: int = 0o644
    size: int = 0


@dataclass(frozen=True, slots=True)
class Tree:
    """All entries of a folder by path, the paths left out, and what could not be read, with the reason."""

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()


def compile_patterns(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """Compiles exclude patterns.

    Raises:
        UsageError: for one that is no regular expression.
    """
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except re.error as error:
            raise UsageError(f"'{pattern}' is not a regular expression: {error}") from None
    return tuple(compiled)


def walk(root: Path, exclude: Sequence[re.Pattern[str]] = ()) -> Tree:
    """Lists a folder, depth first. A folder that is excluded is not entered.

    Left out are paths in which an `exclude` pattern is found, version control folders, caches, virtual
    environments, and what is neither file, folder nor link.
    """
    entries: list[Entry] = []
    left_out: list[str] = []
    problems: list[tuple[str, str]] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(root / folder) as scan:
                found = sorted(scan, key=lambda item: item.name)
        except OSError as error:
            problems.append((folder or ".", _reason(error)))
            continue
        for item in found:
            path = f"{folder}/{item.name}" if folder else item.name
            if item.name in LEFT_OUT or any(pattern.search(path) for pattern in exclude):
                left_out.append(path)
                continue
            try:
                entry = _entry(path, item)
            except OSError as error:
                problems.append((path, _reason(error)))
                continue
            if entry is None:
                left_out.append(path)
                continue
            entries.append(entry)
            if entry.kind is Kind.FOLDER:
                pending.append(path)
    entries.sort(key=lambda entry: entry.path)
    return Tree(tuple(entries), tuple(sorted(left_out)), tuple(sorted(problems)))


def _entry(path: str, item: os.DirEntry[str]) -> Entry | None:
    status = item.stat(follow_symlinks=False)
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISLNK(status.st_mode):
        return Entry(path, Kind.LINK)
    if stat.S_ISDIR(status.st_mode):
        is_environment = os.path.exists(os.path.join(item.path, "pyvenv.cfg"))
        return None if is_environment else Entry(path, Kind.FOLDER, mode)
    if stat.S_ISREG(status.st_mode):
        kind = Kind.PYTHON if is_python(item.path) else Kind.OTHER
        return Entry(path, kind, mode, status.st_size)
    return None


def is_python(path: str) -> bool:
    """Whether a file is Python: by its suffix, or without one by a `#!` line that names python."""
    name = os.path.basename(path)
    if "." in name:
        return name.endswith(PYTHON_SUFFIXES)
    try:
        with open(path, "rb") as file:
            return _SHEBANG.match(file.read(128)) is not None
    except OSError:
        return False


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
