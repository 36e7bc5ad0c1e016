"""The records that every part of paconvert passes on: options in, edits and diagnostics out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Level(str, Enum):
    """What became of one use of an API."""

    CONVERTED = "converted"
    ASSUMED = "assumed"  # converted, but the receiver's type is likely, not certain
    UNSUPPORTED = "unsupported"
    ERROR = "error"  # the source itself could not be read


class Mark(str, Enum):
    """How unsupported code is marked in the output."""

    COMMENT = "comment"
    ARROW = "arrow"  # `>>>>>>` before the line, for those used to it; not Python any more


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller can choose for a conversion.

    Attributes:
        mark: how unsupported statements are marked.
        helpers_import: the statement that imports the project's helpers (`from . import paddle_utils`);
            `None` puts the needed helpers into the output itself.
        paddle_version: the Paddle release to convert for; rules that need a later one are not used.
        exclude_packages: top-level packages whose APIs are left alone although there are rules for them.
    """

    mark: Mark = Mark.COMMENT
    helpers_import: str | None = None
    paddle_version: str = "3.3.1"
    exclude_packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: `source[start:end]` becomes `text`. Offsets count characters of the source.

    `rule` is the qualified name of the rule behind it (empty for imports, marks and helpers).
    """

    start: int
    end: int
    text: str
    rule: str = ""
    level: Level = Level.CONVERTED


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What is to be said about one place: `line` counts from 1, `column` from 0 in characters.

    `api` is the qualified name (empty for errors), `message` what happened and why, `advice` what to do.
    `start` and `end` are offsets of the place in the source, in characters.
    """

    level: Level
    api: str
    line: int
    column: int
    message: str = ""
    advice: str = ""
    file: str = ""
    start: int = 0
    end: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The record as JSON types."""
        return {
            "level": self.level.value,
            "api": self.api,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "message": self.message,
            "advice": self.advice,
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of one conversion: uses of APIs by what became of them."""

    converted: int = 0
    assumed: int = 0
    unsupported: int = 0
    errors: int = 0

    @property
    def found(self) -> int:
        """All uses of APIs that were found."""
        return self.converted + self.assumed + self.unsupported

    @property
    def rate(self) -> float:
        """The share of uses that were converted, from 0 to 1 (1 where there are none)."""
        return 1.0 if not self.found else (self.converted + self.assumed) / self.found

    @classmethod
    def of(cls, diagnostics: tuple[Diagnostic, ...]) -> Summary:
        """Counts the diagnostics by level."""
        count = dict.fromkeys(Level, 0)
        for diagnostic in diagnostics:
            count[diagnostic.level] += 1
        return cls(count[Level.CONVERTED], count[Level.ASSUMED], count[Level.UNSUPPORTED], count[Level.ERROR])

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            self.converted + other.converted,
            self.assumed + other.assumed,
            self.unsupported + other.unsupported,
            self.errors + other.errors,
        )


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What the names of a module mean: local name → qualified name.

    Attributes:
        names: `{"F": "torch.nn.functional"}`, for all names bound by imports.
        module: the dotted name of the module itself, for relative imports (empty when unknown).
        is_package: whether the module is a package's `__init__`.
        wildcards: qualified names of modules imported with `*`, in order.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    module: str = ""
    is_package: bool = False
    wildcards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversion:
    """The result of a conversion.

    Attributes:
        code: the converted source; runs by itself unless `Options.helpers_import` was given.
        edits: what was replaced, sorted, without overlaps. Applying them to the source gives `code`.
        diagnostics: one record for each use of an API, sorted by place; errors of the source too.
        helpers: names of the helpers that the output needs.
    """

    code: str
    edits: tuple[Edit, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    helpers: frozenset[str] = frozenset()

    @property
    def summary(self) -> Summary:
        """Counts by level."""
        return Summary.of(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Access:
    """One attribute or call as `paconvert inspect` shows it; see the README for the fields."""

    line: int
    column: int
    attribute: str
    type: str
    confidence: str
    qualified_name: str
    rule: str
    overload: int | None
    decision: str
