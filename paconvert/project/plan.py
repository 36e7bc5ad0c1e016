"""What is decided about a project before its files are converted, in a form that can be kept."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from paconvert.project.layout import Helpers, Layout
from paconvert.project.requirements import COMPANIONS, FRAMEWORK

FRAMEWORKS = COMPANIONS | {FRAMEWORK}
WRITTEN = "written by paconvert."  # in the first line of helper modules, which are not converted again


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions.

    Attributes:
        root_package: the dotted name of the root when it is a package itself, else empty.
        modules: path → dotted name of the module, for all Python files.
        packages: the names of modules that are a package's `__init__`.
        filenames: path → place by the module's name, for the files to convert.
        helpers: path → its helpers, for the files to convert.
    """

    root_package: str
    modules: dict[str, str]
    packages: frozenset[str]
    filenames: dict[str, str]
    helpers: dict[str, Helpers]

    @classmethod
    def of(cls, texts: Mapping[str, str], root_package: str, naming: Collection[str]) -> Plan:
        """Plans a project.

        Args:
            texts: path → text of all Python files.
            root_package: as above.
            naming: the files that name a package with rules. What imports one of them that imports torch is
                converted as well: tensors and aliases may come from there.
        """
        layout = Layout(texts, root_package)
        foreign = FRAMEWORKS - {name.partition(".")[0] for name in layout.modules.values()}
        sources = [
            path
            for path in naming
            if any(not foreign.isdisjoint(item.module.split(".")) for item in layout.imports[path])
        ]
        own = {path for path in naming if WRITTEN in texts[path][:200]}
        helpers = layout.helpers((layout.users(sources) | set(naming)) - own)
        filenames = {path: layout.filename(path) for path in helpers}
        return cls(root_package, layout.modules, layout.package_modules, filenames, helpers)

    def to_bytes(self) -> bytes:
        """The plan for the cache."""
        helpers = {path: [found.host, found.statement] for path, found in self.helpers.items()}
        return json.dumps(
            [self.root_package, self.modules, sorted(self.packages), self.filenames, helpers]
        ).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Plan:
        """The plan that `to_bytes` stored."""
        root_package, modules, packages, filenames, helpers = json.loads(data)
        return cls(
            root_package,
            modules,
            frozenset(packages),
            filenames,
            {path: Helpers(host, statement) for path, (host, statement) in helpers.items()},
        )
