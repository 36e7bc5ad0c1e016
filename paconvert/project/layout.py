"""Where the helpers of a project live, and how each of its files imports them.

The files of a project form units: a package (a folder with `__init__.py`, or one that is imported like a
package) with all below it, or the loose files of a folder. Units that meet in one program must share one
helper module: a helper class has to be the same class everywhere. A unit that depends on no other hosts the
helpers for those that depend on it; where several such units meet, or units depend on each other in a circle,
a module in the folder that they are all imported from serves them all. So no circle of imports is made.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from paconvert.project.imports import Import, absolute, candidates, scan_imports, spread

HELPERS = "paddle_utils"
INIT_FILES = ("__init__.py", "__init__.pyi")
_SUFFIX = re.compile(r"\.py[wi]?$")
_RUN_AS_SCRIPT = re.compile(r"^if\s+__name__\s*==", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A package, or the loose files of a folder; `folder` is relative to the root of the project."""

    folder: str
    is_package: bool


@dataclass(frozen=True, slots=True)
class Helpers:
    """For one file: the path of the module that holds its helpers, and the statement that imports it."""

    host: str
    statement: str


class Layout:
    """The modules of a project and what they import.

    Args:
        files: path relative to the root → text, of all Python files.
        root_package: the dotted name of the root when the root itself is a package, else empty.
    """

    def __init__(self, files: Mapping[str, str], root_package: str = "") -> None:
        self.files = files
        self.root_package = root_package
        self.imports = {path: scan_imports(text) for path, text in files.items()}
        self._folders = {folder for path in files for folder in _above(path)}
        self._packages = {_folder(path) for path in files if path.endswith(INIT_FILES)}
        self._add_namespace_packages()
        self.units = {path: self._unit(path) for path in files}

    # Packages and names

    def _add_namespace_packages(self) -> None:
        dotted: set[tuple[str, str]] = set()
        for path, found in self.imports.items():
            roots = tuple(self._roots(path))
            for item in found:
                if item.level:  # a relative import only works inside a package
                    folder = _folder(path)
                    for _ in range(item.level):
                        self._packages.add(folder)
                        folder = _folder(folder)
                else:
                    dotted.update((root, name) for name in candidates(item) if "." in name for root in roots)
        for root, name in sorted(dotted):
            self._add_namespace_package(root, name.split("."))

    def _add_namespace_package(self, root: str, parts: list[str]) -> None:
        inner = _join(root, *parts)
        if not (
            inner in self._folders or any(f"{inner}{suffix}" in self.files for suffix in (".py", ".pyi"))
        ):
            return
        for count in range(1, len(parts)):
            self._packages.add(_join(root, *parts[:count]))

    def _roots(self, path: str) -> Iterator[str]:
        """The folders that absolute imports of a file may start from."""
        seen = set()
        for root in (_folder(path), _folder(self._top(_folder(path))), "", "src"):
            if root not in seen:
                seen.add(root)
                yield root

    def _top(self, folder: str) -> str:
        """The outermost package folder around a package folder."""
        while folder and _folder(folder) in self._packages and (_folder(folder) or self.root_package):
            folder = _folder(folder)
        return folder

    def _unit(self, path: str) -> Unit:
        folder = _folder(path)
        if folder in self._packages and (folder or self.root_package):
            return Unit(self._top(folder), True)
        return Unit(folder, False)

    def _package_name(self, unit: Unit) -> str:
        return unit.folder.rpartition("/")[2] if unit.folder else self.root_package

    @cached_property
    def modules(self) -> dict[str, str]:
        """Path → dotted name of the module; of loose files with one name only the outermost has just that."""
        names: dict[str, str] = {}
        taken: set[str] = set()
        for path in sorted(self.files, key=lambda path: (path.count("/"), path)):
            unit = self.units[path]
            stem = _SUFFIX.sub("", path)
            if unit.is_package:
                inner = stem[len(unit.folder) :].strip("/").split("/")
                parts = [self._package_name(unit), *(part for part in inner if part != "__init__")]
                name = ".".join(parts)
            else:
                name = stem.rpartition("/")[2]
            if name in taken:
                name = stem.replace("/", ".")
            taken.add(name)
            names[path] = name
        return names

    def absolute_imports(self, path: str) -> Iterator[Import]:
        """The imports of a file, relative ones resolved."""
        module = self.modules[path]
        is_package = path.endswith(INIT_FILES)
        for found in self.imports[path]:
            yield absolute(found, module, is_package)

    @cached_property
    def package_modules(self) -> frozenset[str]:
        """The names of modules that are a package's `__init__`."""
        return frozenset(
            name
            for path, name in self.modules.items()
            if path.endswith(INIT_FILES) and self.units[path].is_package
        )

    def filename(self, path: str) -> str:
        """A file's place as its module's name says it."""
        name = self.modules[path]
        return name.replace(".", "/") + ("/__init__.py" if name in self.package_modules else ".py")

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        paths: dict[str, list[str]] = {}
        for path in self.files:
            unit = self.units[path]
            names = {self.modules[path]}
            if not unit.is_package:
                names.add(_SUFFIX.sub("", path).rpartition("/")[2])
            for name in names:
                paths.setdefault(name, []).append(path)
        return paths

    def imported_files(self, path: str) -> set[str]:
        """The files of the project that a file imports."""
        found: set[str] = set()
        for item in self.absolute_imports(path):
            for name in candidates(item):
                places = self._paths.get(name, [])
                beside = [place for place in places if _folder(place) == _folder(path)]
                found.update(beside or places)
        found.discard(path)
        return found

    def users(self, start: Collection[str]) -> set[str]:
        """The files that import one of these, also by way of others; these included."""
        users: dict[str, set[str]] = {}
        for path in self.files:
            for target in self.imported_files(path):
                users.setdefault(target, set()).add(path)
        return spread(start, users)

    # Helpers

    @cached_property
    def helper_module(self) -> str:
        """The name of the helper module: one that nothing in the project uses."""
        name, count = HELPERS, 1
        places = [*self.files, *self._folders]
        while any(name in text for text in (*self.files.values(), *places)):
            count += 1
            name = f"{HELPERS}_{count}"
        return name

    def helpers(self, paths: Collection[str]) -> dict[str, Helpers]:
        """For files that may need helpers: where those are, and how the file imports them."""
        units = {self.units[path] for path in paths}
        groups = self._groups(units)
        return {path: self._helpers_of(path, groups[self.units[path]]) for path in sorted(paths)}

    def _helpers_of(self, path: str, group: tuple[Unit, ...]) -> Helpers:
        name = self.helper_module
        packages = [unit for unit in group if unit.is_package]
        roots = sorted(
            {_root(unit) for unit in group if unit.folder or not unit.is_package}, key=lambda r: (len(r), r)
        )
        at_root = any(not unit.folder for unit in packages)  # nothing can be put outside of the input
        if (len(group) == 1 and packages) or at_root:
            host = next((unit for unit in packages if not unit.folder), group[0])
            where = _join(host.folder, f"{name}.py")
            if self.units[path] == host:
                return Helpers(where, self._statement_within(path, host))
            return Helpers(where, f"from {self._package_name(host)} import {name}")
        return Helpers(_join(roots[0], f"{name}.py"), f"import {name}")

    def _statement_within(self, path: str, host: Unit) -> str:
        name = self.helper_module
        depth = _folder(path)[len(host.folder) :].strip("/")
        dots = "." * (1 + (depth.count("/") + 1 if depth else 0))
        relative = f"from {dots} import {name}"
        if any(found.level for found in self.imports[path]) or not _RUN_AS_SCRIPT.search(self.files[path]):
            return relative
        # A file of a package that can also be run by itself
        if any(found.top == self._package_name(host) for found in self.imports[path]):
            return f"from {self._package_name(host)} import {name}"
        if not depth:
            return f"try:\n    {relative}\nexcept ImportError:\n    import {name}"
        return relative

    @cached_property
    def _unit_edges(self) -> dict[Unit, set[Unit]]:
        providers: dict[str, dict[str, Unit]] = {}
        for path, unit in sorted(self.units.items()):
            name = self._package_name(unit).partition(".")[0] if unit.is_package else self.modules[path]
            if not unit.is_package:
                name = _SUFFIX.sub("", path).rpartition("/")[2]
            providers.setdefault(name, {}).setdefault(_root(unit), unit)
        edges: dict[Unit, set[Unit]] = {}
        for path, unit in self.units.items():
            for found in self.imports[path]:
                places = providers.get(found.top, {}) if found.top else {}
                near = [root for root in (_root(unit), "", "src") if root in places]
                target = (
                    places[near[0]] if near else next(iter(places.values())) if len(places) == 1 else None
                )
                if target is not None and target != unit:
                    edges.setdefault(unit, set()).add(target)
        return edges

    def _groups(self, units: Collection[Unit]) -> dict[Unit, tuple[Unit, ...]]:
        """For each unit, the units that share its helper module and stand for where it is put."""
        reach = {unit: spread([unit], self._unit_edges) & set(units) for unit in units}
        bases = [unit for unit in units if all(unit in reach[other] for other in reach[unit])]
        leader = {unit: unit for unit in bases}

        def find(unit: Unit) -> Unit:
            while leader[unit] != unit:
                unit = leader[unit]
            return unit

        for unit in units:
            met = [base for base in bases if base in reach[unit]]
            for base in met[1:]:
                leader[find(base)] = find(met[0])
        members: dict[Unit, list[Unit]] = {}
        for base in bases:
            members.setdefault(find(base), []).append(base)
        ordered = {
            first: tuple(sorted(group, key=lambda unit: (unit.folder, unit.is_package)))
            for first, group in members.items()
        }
        return {unit: ordered[find(next(base for base in bases if base in reach[unit]))] for unit in units}


def root_package(source: Path, texts: Mapping[str, str]) -> str:
    """The dotted name of a folder that is itself a package, else an empty string.

    A folder with `__init__.py` whose files import each other by their bare names is a folder of scripts.
    """
    top = [path for path in texts if "/" not in path]
    folder = Path(os.path.abspath(source))
    relative = any(found.level for path in top for found in scan_imports(texts[path]))
    if "__init__.py" in top:
        own = {path.partition("/")[0].partition(".")[0] for path in texts} - set(sys.stdlib_module_names)
        names = {found.top for path in top for found in scan_imports(texts[path])}
        if not relative and folder.name not in names and names & own:
            return ""
    elif not relative:
        return ""
    parts = [folder.name]
    while (folder.parent / "__init__.py").is_file():
        folder = folder.parent
        parts.insert(0, folder.name)
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _above(path: str) -> Iterator[str]:
    while path:
        path = _folder(path)
        yield path


def _join(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _root(unit: Unit) -> str:
    """The folder that a unit is imported from."""
    return _folder(unit.folder) if unit.is_package else unit.folder
