"""Scopes: what names mean, along the flow of a function."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from paconvert.inference.types import UNKNOWN, K, Type, join

if TYPE_CHECKING:
    from paconvert.inference.declarations import ClassDeclaration, ModuleDeclaration


class ScopeKind(Enum):
    """What a scope belongs to."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"


class Scope:
    """The names of a module, class, function or comprehension.

    Keys are names, and dotted paths (`self.x`, `args.mode`) where flow has narrowed an attribute.
    """

    def __init__(
        self,
        kind: ScopeKind,
        module: ModuleDeclaration,
        parent: Scope | None = None,
        owner: ClassDeclaration | None = None,
    ) -> None:
        self.kind = kind
        self.module = module
        self.parent = parent
        self.owner = owner
        self.names: dict[str, Type] = {}
        self.paths: set[str] = set()  # the dotted paths among the names
        self.globals: set[str] = set()
        self.returns: list[Type] = []
        self.yields: list[Type] = []

    def find(self, name: str) -> Type | None:
        """The type of a name as Python finds it; `None` when it is bound nowhere in sight."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if first or scope.kind is not ScopeKind.CLASS:
                if name in scope.names:
                    return scope.names[name]
                if scope.kind is ScopeKind.MODULE:
                    return scope.module.lookup(name)
            scope = scope.parent
            first = False
        return None

    def binding(self, name: str) -> Type | None:
        """Like `find`, but nothing is evaluated for it."""
        scope: Scope | None = self
        while scope is not None:
            if scope is self or scope.kind is not ScopeKind.CLASS:
                if name in scope.names:
                    return scope.names[name]
                if scope.kind is ScopeKind.MODULE:
                    imported = scope.module.context.names.get(name)
                    if imported is not None:
                        return Type(K.NAMESPACE, imported)
                    return UNKNOWN if scope.module.binders(name) else None
            scope = scope.parent
        return None

    def bind(self, name: str, value: Type) -> None:
        """Binds a name, or a dotted path; what was known of its attributes is forgotten."""
        if name in self.globals:
            return
        self.names[name] = value
        if "." in name:
            self.paths.add(name)
        prefix = name + "."
        for path in [path for path in self.paths if path.startswith(prefix)]:
            self.paths.discard(path)
            self.names.pop(path, None)

    def note(self, path: str, value: Type) -> None:
        """Notes what flow says of a name or dotted path, without binding it anew."""
        self.names[path] = value
        if "." in path:
            self.paths.add(path)

    def snapshot(self) -> dict[str, Type]:
        """What holds at this point of the flow."""
        return dict(self.names)

    def restore(self, state: dict[str, Type]) -> None:
        """Goes back to an earlier point of the flow."""
        self.names = dict(state)

    def merge(self, states: Iterable[dict[str, Type]]) -> None:
        """What holds where several flows meet."""
        alternatives = list(states)
        if not alternatives:
            return
        first, *rest = alternatives
        # Most names mean the same everywhere.
        merged = {
            name: value for name, value in first.items() if all(state.get(name) is value for state in rest)
        }
        for name in {name for state in alternatives for name in state}.difference(merged):
            found = [state[name] for state in alternatives if name in state]
            if len(found) < len(alternatives) and "." in name:
                continue
            result = found[0]
            for other in found[1:]:
                result = join(result, other)
            merged[name] = result
        self.names = merged
