"""Declarations of a project: modules, classes and functions, evaluated when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import libcst as cst

from paconvert.frontend.imports import import_context
from paconvert.frontend.parse import ParseError
from paconvert.frontend.text import SourceText
from paconvert.frontend.units import Unit, split_units
from paconvert.inference.scope import Scope, ScopeKind
from paconvert.inference.types import NONE, UNKNOWN, K, Type, iterator_of, join
from paconvert.records import ImportContext

if TYPE_CHECKING:
    from paconvert.inference.evaluate import Evaluator
    from paconvert.inference.project import ProjectIndex


# `setattr(self, "name", …)`, `register_buffer("name", …)`
_QUOTED = re.compile(r"[\"'](\w+)[\"']")


class FunctionDeclaration:
    """A function or method of the project."""

    def __init__(
        self,
        name: str,
        module: ModuleDeclaration,
        parent: Scope,
        owner: ClassDeclaration | None = None,
        unit: Unit | None = None,
        node: cst.FunctionDef | None = None,
    ) -> None:
        self.name = name
        self.module = module
        self.parent = parent
        self.owner = owner
        self.unit = unit
        self._node = node
        self.hints: dict[str, Type] = {}
        self.home: Unit | None = None  # the unit that holds a nested function
        self.evaluated = False
        self._running = False
        self._result: Type = UNKNOWN
        self._decorators: tuple[str, ...] | None = None

    @property
    def node(self) -> cst.FunctionDef | None:
        """The definition; `None` where its unit cannot be parsed."""
        if self._node is None and self.unit is not None:
            try:
                statements = self.unit.parsed.statements
            except ParseError:
                if self.module.is_main:
                    raise
                return None
            self._node = next((s for s in statements if isinstance(s, cst.FunctionDef)), None)
        return self._node

    def release(self) -> None:
        """Lets go of the tree."""
        self._node = None
        if self.unit is not None:
            self.unit.forget_tree()

    @property
    def text(self) -> str:
        """The source of its definition; of a nested function, of the unit around it."""
        unit = self.unit or self.home
        return unit.text if unit is not None else ""

    @property
    def qualified_name(self) -> str:
        """Module, class and name, dotted."""
        owner = self.owner.qualified_name if self.owner else self.module.name
        return f"{owner}.{self.name}" if owner else self.name

    def decorators(self) -> Sequence[str]:
        """The last names of its decorators."""
        if self._decorators is None:
            decorators = self.node.decorators if self.node is not None else ()
            self._decorators = tuple(_last_name(decorator.decorator) for decorator in decorators)
        return self._decorators

    @property
    def is_static(self) -> bool:
        """Whether it is a static method."""
        return "staticmethod" in self.decorators()

    def result(self, hints: Mapping[str, Type] | None = None) -> Type:
        """What a call returns.

        Args:
            hints: types of the arguments of a call, for parameters about which nothing else is known; only
                the first call of a function in the module that is being converted is taken.
        """
        if not self.evaluated and not self._running:
            if hints and self.module.is_main:
                self.hints = dict(hints)
            self._running = True
            try:
                self._result = self.module.evaluator.function(self)
            finally:
                self._running = False
            self.evaluated = True
            if not self.module.is_main:
                self.module.evaluator.forget()
                self.release()
        return self._result


def _last_name(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Call):
        return _last_name(node.func)
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


class ClassDeclaration:
    """A class of the project."""

    def __init__(self, name: str, module: ModuleDeclaration, scope: Scope, bases: tuple[Type, ...]) -> None:
        self.name = name
        self.module = module
        self.scope = scope
        self.bases = bases
        self.methods: dict[str, FunctionDeclaration] = {}
        self.instance: dict[str, Type] = {}
        self.fields: dict[str, Type] = {}
        self._searched: set[str] = set()

    @property
    def qualified_name(self) -> str:
        """Module and name, dotted."""
        return f"{self.module.name}.{self.name}" if self.module.name else self.name

    @cached_property
    def lineage(self) -> Sequence[ClassDeclaration | Type]:
        """The class and its bases, depth first; bases that are not of the project as types."""
        found: list[ClassDeclaration | Type] = []
        waiting: list[ClassDeclaration | Type] = [self]
        while waiting:
            item = waiting.pop()
            if isinstance(item, ClassDeclaration):
                if any(item is known for known in found):
                    continue
                waiting.extend(
                    base.decl if isinstance(base.decl, ClassDeclaration) else base
                    for base in reversed(item.bases)
                )
            found.append(item)
        return tuple(found)

    def own(self, name: str) -> Type | None:
        """What the class itself binds to a name, on the class or on instances."""
        if name in self.methods:
            return Type(K.FUNCTION, self.methods[name].qualified_name, decl=self.methods[name])
        if name not in self._searched:
            self._searched.add(name)
            self._search(name)
        if name in self.instance:
            found = self.instance[name]
            on_class = self.scope.names.get(name)
            return join(found, on_class) if on_class is not None else found
        return self.scope.names.get(name) or self.fields.get(name)

    def _search(self, name: str) -> None:
        for method in self._assigners.get(name, ()):
            method.result()

    @cached_property
    def _assigners(self) -> dict[str, list[FunctionDeclaration]]:
        """Attribute → the methods that may assign it, `__init__` first."""
        found: dict[str, list[FunctionDeclaration]] = {}
        for method in sorted(self.methods.values(), key=lambda method: method.name != "__init__"):
            unit = method.unit or method.home
            assigned = unit.assigned if unit is not None else ()
            for name in {*assigned, *_QUOTED.findall(method.text)}:
                found.setdefault(name, []).append(method)
        return found

    def record(self, name: str, value: Type) -> None:
        """Notes an assignment to an attribute of an instance."""
        known = self.instance.get(name)
        self.instance[name] = value if known is None else join(known, value)


class ModuleDeclaration:
    """A module: its units, its scope, and how it is evaluated.

    Attributes:
        name: the dotted name (empty when unknown).
        is_main: whether it is the module that is being converted, whose uses are recorded.
    """

    def __init__(
        self,
        name: str,
        source: SourceText,
        project: ProjectIndex,
        make_evaluator: Callable[[ModuleDeclaration], Evaluator],
        *,
        is_package: bool = False,
        is_main: bool = False,
    ) -> None:
        self.name = name
        self.source = source
        self.project = project
        self.is_package = is_package
        self.is_main = is_main
        self.scope = Scope(ScopeKind.MODULE, self)
        self.assumed: Mapping[str, str] = {}
        self.evaluator = make_evaluator(self)
        self._units: tuple[Unit, ...] | None = None
        self._binders: dict[str, list[Unit]] | None = None
        self._done: set[int] = set()

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units of the source; none where it is too deeply nested to be read."""
        if self._units is None:
            try:
                self._units = split_units(self.source)
            except ParseError:
                if self.is_main:
                    raise
                self._units = ()
            if not self.is_main:  # there may be thousands of modules, of which little is looked at
                for unit in self._units:
                    unit.forget_nodes()
        return self._units

    @units.setter
    def units(self, units: tuple[Unit, ...]) -> None:
        self._units = units

    def release(self) -> None:
        """Lets go of the trees, so that they are freed at once and not by the collector some time."""
        for unit in self._units or ():
            unit.release()
        self.evaluator.release()

    def binders(self, name: str) -> list[Unit]:
        """The units that bind a name of the module's scope."""
        if self._binders is None:
            self._binders = {}
            for unit in self.units:
                for bound in unit.binds:
                    self._binders.setdefault(bound, []).append(unit)
        return self._binders.get(name, [])

    def evaluate(self, unit: Unit) -> None:
        """Evaluates a top-level unit once; one that cannot be parsed binds unknown things."""
        if id(unit) in self._done:
            return
        self._done.add(id(unit))
        try:
            self.evaluator.unit(unit, self.scope)
        except ParseError:
            if self.is_main:
                raise
            for name in unit.binds:
                self.scope.names.setdefault(name, UNKNOWN)
        if not self.is_main:
            self.evaluator.forget()
            unit.release()

    def lookup(self, name: str) -> Type | None:
        """The type of a module-level name, evaluating what binds it."""
        for unit in self.binders(name):
            if id(unit) not in self._done:
                self.evaluate(unit)
        if name in self.scope.names:
            return self.scope.names[name]
        if self.units and not self.units[0].binds and len(self.units) == 1 and not self.is_main:
            self.evaluate(self.units[0])  # text that only libcst can read is one unit
            if name in self.scope.names:
                return self.scope.names[name]
        for module in self.wildcards:
            found = self.evaluator.exported(module, name)
            if found is not None:
                if found.decl is None and not self.project.resolve(module):
                    # Marked as likely: the import statement itself does not name it.
                    self.scope.names["import " + name] = Type(K.UNKNOWN, f"{module}.{name}", likely=True)
                return found
        if name in self.assumed:
            return self.evaluator.qualified(self.assumed[name])
        return None

    @cached_property
    def context(self) -> ImportContext:
        """What the import statements say, wherever they stand."""
        if self.project.sources.get(self.name) == self.source.text:
            return self.project.context(self.name)
        return import_context(self.source.text, module=self.name, is_package=self.is_package)

    @property
    def wildcards(self) -> Sequence[str]:
        """Absolute names of the modules that are imported with `*`."""
        return self.context.wildcards if "*" in self.source.text else ()


def function_result(function: FunctionDeclaration, result: Type, scope: Scope) -> Type:
    """What a call of a function gives, from what its body returns and yields."""
    if scope.yields:
        return iterator_of(scope.yields[0])
    return result if scope.returns else NONE
