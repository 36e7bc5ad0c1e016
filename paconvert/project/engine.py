"""The parts of the converter that a project run needs, together, so that each can be another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from paconvert.project.cache import digest
from paconvert.records import Conversion, Options


class Convert(Protocol):
    """How `paconvert.convert` is called here. `project` is what `Engine.index` gave."""

    def __call__(self, source: str, *, filename: str, options: Options, project: Any) -> Conversion:
        """Converts one file."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What converts.

    Attributes:
        convert: converts one text.
        index: module name → text, and the names of packages among them, to what is known about the project;
            goes to processes by pickle.
        helper_source: names of helpers, to the text of the module that holds them.
        packages: the packages whose names the rules are about.
        fingerprint: changes whenever results could change.
    """

    convert: Convert
    index: Callable[[Mapping[str, str], frozenset[str]], Any]
    helper_source: Callable[[Iterable[str]], str]
    packages: Callable[[], frozenset[str]]
    fingerprint: Callable[[], str]


def default_engine() -> Engine:
    """The converter itself; its parts are loaded when they are first used."""
    return Engine(_convert, _index, _helper_source, mapped_packages, _fingerprint)


def _convert(source: str, *, filename: str, options: Options, project: Any) -> Conversion:
    from paconvert.api import convert

    return convert(source, filename=filename, options=options, project=project)


def _index(sources: Mapping[str, str], packages: frozenset[str]) -> Any:
    import paconvert.api  # noqa: F401  (loaded once, before processes are forked)
    from paconvert.inference.project import ProjectIndex
    from paconvert.rules.load import Rules

    Rules.load()
    index = ProjectIndex(sources, packages)
    index.imported_from("")  # looks through all imports, once for all processes
    return index


def _helper_source(names: Iterable[str]) -> str:
    from paconvert.rewrite.helpers import helper_source
    from paconvert.rules.load import Rules

    needed = frozenset(names)
    return helper_source(needed, needed & Rules.load().activated)


def mapped_packages() -> frozenset[str]:
    """The top-level packages that the rules are about, from the names of the files of rules."""
    from paconvert.rules.load import SCHEMA, mapping_directory

    return frozenset(
        path.name.partition(".")[0] for path in mapping_directory().glob("*.json") if path.name != SCHEMA
    )


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """Of the converter's own code, helpers and rules."""
    from paconvert.rules.load import mapping_directory

    package = Path(__file__).resolve().parent.parent
    files = sorted({*package.rglob("*.py"), *package.rglob("*.json"), *mapping_directory().rglob("*.json")})
    return digest(*(part for path in files for part in (path.name, path.read_bytes())))
