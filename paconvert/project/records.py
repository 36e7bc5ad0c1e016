"""What is reported of a whole project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from paconvert.records import Diagnostic, Level, Summary


class Status(str, Enum):
    """What became of one file."""

    CONVERTED = "converted"
    UNCHANGED = "unchanged"  # an exact copy, also of a link
    REQUIREMENTS = "requirements"  # names Paddle instead of torch now
    HELPERS = "helpers"  # written by paconvert
    FAILED = "failed"  # copied as it was, or missing when it could not be read


@dataclass(frozen=True)
class FileReport:
    """One file of the output; `path` is relative to its root, with forward slashes."""

    path: str
    status: Status
    python: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def summary(self) -> Summary:
        """Counts by level."""
        return Summary.of(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Left:
    """An API and what happened to it alike at some places: what, why, and what to do."""

    api: str
    message: str
    advice: str
    places: tuple[Place, ...]


@dataclass(frozen=True)
class ProjectReport:
    """The result of converting a folder or a file.

    Attributes:
        source: the input, as it was given.
        target: the output, as it was given; empty when nothing was written.
        files: one report for each file, sorted by path.
        left_out: paths that are not in the output on purpose.
        notes: what the user should know about the project as a whole.
    """

    source: str
    target: str
    files: tuple[FileReport, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def summary(self) -> Summary:
        """Counts over all files."""
        total = Summary()
        for file in self.files:
            if file.diagnostics:
                total += file.summary
        return total

    @property
    def failed(self) -> tuple[FileReport, ...]:
        """The files that could not be read or converted."""
        return tuple(file for file in self.files if file.status is Status.FAILED)

    def diagnostics(self, *levels: Level) -> Iterator[tuple[str, Diagnostic]]:
        """The file and the record of each diagnostic of these levels (all levels when none is given)."""
        for file in self.files:
            for diagnostic in file.diagnostics:
                if not levels or diagnostic.level in levels:
                    yield file.path, diagnostic

    @property
    def differences(self) -> tuple[Left, ...]:
        """The converted APIs with a known small difference, which is their message."""
        return tuple(group for group in self.by_api(Level.CONVERTED, Level.ASSUMED) if group.message)

    def by_api(self, *levels: Level) -> tuple[Left, ...]:
        """The APIs of these levels by what is said about them, with the places; those used most first."""
        groups: dict[tuple[str, str, str], list[Place]] = {}
        for path, item in self.diagnostics(*levels):
            places = groups.setdefault((item.api, item.message, item.advice), [])
            places.append(Place(path, item.line, item.column))
        return tuple(
            Left(*what, tuple(places))
            for what, places in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
        )
