"""The modules of a project, for what a name means across files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from paconvert.frontend.imports import absolute_module, import_context, quick_names
from paconvert.frontend.text import SourceText
from paconvert.inference.declarations import ModuleDeclaration
from paconvert.records import ImportContext

if TYPE_CHECKING:
    from paconvert.rules.load import Rules


class ProjectIndex:
    """The Python sources of a project by dotted module name.

    Nothing is parsed until a conversion asks for a name. What is learnt is kept for the next file; it does
    not depend
    on the order of the files. Pickling keeps the sources only.

    Args:
        sources: module name → source text.
        packages: names of those modules that are a package's `__init__`.
    """

    def __init__(
        self, sources: Mapping[str, str] | None = None, packages: frozenset[str] = frozenset()
    ) -> None:
        self.sources: Mapping[str, str] = sources or {}
        self.packages = packages
        self._modules: dict[str, ModuleDeclaration] = {}
        self._contexts: dict[str, ImportContext] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"sources": self.sources, "packages": self.packages, "_modules": {}, "_contexts": {}}

    @cached_property
    def packages_inside(self) -> frozenset[str]:
        """The top-level names of the project."""
        return frozenset(name.partition(".")[0] for name in self.sources)

    def __contains__(self, name: str) -> bool:
        return name in self.sources

    def find(self, name: str, rules: Rules) -> ModuleDeclaration | None:
        """The module of that name; `None` when it is not of the project."""
        if name not in self._modules:
            resolved = self.resolve(name)
            if resolved is None:
                return None
            if resolved not in self._modules:
                self._modules[resolved] = self.declare(resolved, self.sources[resolved], rules)
            return self._modules[resolved]
        return self._modules[name]

    def resolve(self, name: str) -> str | None:
        """The key of `sources` for a module as it is imported.

        Scripts import their neighbours without their folder, and a package may sit in a source folder: then
        the only
        module whose dotted name ends so is meant.
        """
        if name in self.sources:
            return name
        if not name:
            return None
        return self._endings.get(name)

    @cached_property
    def _endings(self) -> dict[str, str | None]:
        """What dotted names may end with → the only module that does; `None` where several do."""
        endings: dict[str, str | None] = {}
        for module in self.sources:
            rest = module.partition(".")[2]
            while rest:
                endings[rest] = None if rest in endings else module
                rest = rest.partition(".")[2]
        return endings

    def declare(self, name: str, text: str, rules: Rules, *, is_main: bool = False) -> ModuleDeclaration:
        """A module declaration over a text, ready to be evaluated."""
        from paconvert.inference.evaluate import Evaluator

        return ModuleDeclaration(
            name,
            SourceText(text),
            self,
            lambda module: Evaluator(module, rules, self),
            is_package=name in self.packages,
            is_main=is_main,
        )

    def imported_from(self, module: str) -> frozenset[str]:
        """Names that other modules import from `module`, by the shape of their import statements."""
        return self._imported.get(module, frozenset())

    @cached_property
    def _imported(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for name, text in self.sources.items():
            for imported in quick_names(text):
                if imported.module:
                    owner = self.resolve(absolute_module(imported.module, name, name in self.packages))
                    if owner is not None:
                        found.setdefault(owner, set()).add(imported.name)
        return {owner: frozenset(names) for owner, names in found.items()}

    def passes_on(self, module: str, name: str) -> bool:
        """Whether `name` of `module` is imported there itself, or brought in with `*`."""
        resolved = self.resolve(module)
        if resolved is None:
            return False
        context = self.context(resolved)
        return name in context.names or bool(context.wildcards)

    def context(self, module: str) -> ImportContext:
        """What the import statements of a module say.

        Raises:
            KeyError: the module is not of the project.
        """
        if module not in self._contexts:
            text, is_package = self.sources[module], module in self.packages
            self._contexts[module] = import_context(text, module=module, is_package=is_package)
        return self._contexts[module]
