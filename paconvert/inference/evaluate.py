"""Statements: how types flow through a module, class or function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from paconvert.frontend.imports import absolute_module
from paconvert.frontend.units import Unit, UnitKind
from paconvert.inference.calls import CallEvaluator
from paconvert.inference.declarations import ClassDeclaration, FunctionDeclaration, function_result
from paconvert.inference.evidence import parameter_evidence
from paconvert.inference.expressions import all_parameters, dotted_path, with_defaults
from paconvert.inference.scope import Scope, ScopeKind
from paconvert.inference.types import (
    NONE,
    NOT_TENSOR,
    OBJECT,
    STR,
    TENSOR,
    UNKNOWN,
    K,
    Type,
    element_of,
    join_all,
    list_of,
)
from paconvert.inference.uses import Block, ImportUse, Use, UseKind
from paconvert.rules.conditions import select_operator

# Kinds of values that have no further classes.
_PLAIN = {K.STR, K.BYTES, K.INT, K.FLOAT, K.BOOL, K.COMPLEX, K.LIST, K.TUPLE, K.DICT, K.SET}


class Evaluator(CallEvaluator):
    """Evaluates units: module-level code at once, functions when they are called or converted."""

    # -- units and functions ---------------------------------------------------------------------

    def unit(self, unit: Unit, scope: Scope) -> None:
        """Evaluates a unit in a scope.

        Raises:
            ParseError: the unit is not Python.
        """
        outer, self.scope = self.scope, scope
        before, self.current = self.current, unit
        try:
            if unit.kind is UnitKind.FUNCTION:
                name = unit.binds[0]
                self._declare(FunctionDeclaration(name, self.module, scope, scope.owner, unit))
            elif unit.kind is UnitKind.CLASS:
                self._class_unit(unit)
            else:
                self.block(unit.parsed.statements)
        finally:
            self.scope, self.current = outer, before

    def _declare(self, function: FunctionDeclaration) -> None:
        self.declarations.append(function)
        if self.scope.owner is not None and self.scope.kind is ScopeKind.CLASS:
            known = self.scope.owner.methods.get(function.name)
            if known is None or "setter" not in function.decorators():
                self.scope.owner.methods[function.name] = function
        self.scope.bind(function.name, Type(K.FUNCTION, function.qualified_name, decl=function))

    def _class_unit(self, unit: Unit) -> None:
        node = next(statement for statement in unit.parsed.statements if isinstance(statement, cst.ClassDef))
        declaration = self._class_header(node)
        outer = self.scope
        self.scope = declaration.scope
        for part in unit.body:
            if part.kind is UnitKind.CODE and part.binds == () and part.text.lstrip().startswith(('"', "'")):
                continue  # a docstring
            self.unit(part, declaration.scope)
        self.scope = outer
        self._finish_class(declaration)

    def _class_header(self, node: cst.ClassDef) -> ClassDeclaration:
        before, self.statement = self.statement, node
        for decorator in node.decorators:
            self.decorator(decorator)
        bases = tuple(self.expr(argument.value) for argument in node.bases if not argument.star)
        for argument in node.bases:
            use = self.findings.uses.get(id(argument.value))
            if use is not None:
                use.stands = use.kind is UseKind.VALUE
        for keyword in node.keywords:
            self.expr(keyword.value)
        scope = Scope(ScopeKind.CLASS, self.module, self.scope)
        self.statement = before
        declaration = ClassDeclaration(node.name.value, self.module, scope, bases)
        scope.owner = declaration
        self.scope.bind(node.name.value, Type(K.CLASS, declaration.qualified_name, decl=declaration))
        return declaration

    def _finish_class(self, declaration: ClassDeclaration) -> None:
        for name, value in declaration.scope.names.items():
            if not name.startswith(("import ", "annotation ")):
                declaration.fields.setdefault(name, value)

    def function(self, function: FunctionDeclaration) -> Type:
        """Evaluates a function's body once: records its uses, gives what a call returns."""
        node = function.node
        if node is None:
            return UNKNOWN
        outer, before, statement = self.scope, self.current, self.statement
        self.scope, self.current, self.statement = function.parent, function.unit or function.home, node
        try:
            for decorator in node.decorators:
                self.decorator(decorator)
            defaults = with_defaults(self, node.params)
            annotations = {
                parameter.name.value: self.annotation(parameter.annotation.annotation)
                for parameter in all_parameters(node.params)
                if parameter.annotation is not None
            }
            declared = self.annotation(node.returns.annotation) if node.returns is not None else UNKNOWN
            if function.owner is not None:
                self._protocol(node)
            self.scope = Scope(ScopeKind.FUNCTION, self.module, function.parent, function.owner)
            self._bind_parameters(function, node, annotations, defaults)
            self._suite(node.body)
            inner = self.scope
        finally:
            self.scope, self.current, self.statement = outer, before, statement
        result = join_all(value for value in inner.returns) if inner.returns else NONE
        if declared.known and (not result.known or result.kind is not declared.kind or not inner.returns):
            return declared
        return function_result(function, result, inner)

    def _protocol(self, node: cst.FunctionDef) -> None:
        """A method that the framework would call by itself: reported where Paddle does not."""
        name = self.rules.facts["conventions"].get("protocols", {}).get(node.name.value, "")
        rule = self.rules.find(name) if name else None
        if rule is not None and rule.general.reason:
            self._record(Use(node, UseKind.VALUE, name, rule, self.scope, problem=rule.general.reason))

    def _bind_parameters(
        self,
        function: FunctionDeclaration,
        node: cst.FunctionDef,
        annotations: dict[str, Type],
        defaults: dict[str, Type],
    ) -> None:
        parameters = [*node.params.posonly_params, *node.params.params]
        names = [parameter.name.value for parameter in parameters]
        receiver = ""
        if function.owner is not None and names and not function.is_static:
            receiver = names[0]
            owner = Type(K.CLASS, function.owner.qualified_name, decl=function.owner)
            is_class_method = "classmethod" in function.decorators() or function.name in (
                "__new__",
                "__init_subclass__",
            )
            self.scope.bind(receiver, owner if is_class_method else self.members.instance_of(owner))
        star, double = node.params.star_arg, node.params.star_kwarg
        if isinstance(star, cst.Param):
            self.scope.bind(star.name.value, list_of(annotations.get(star.name.value, UNKNOWN)))
        if double is not None:
            self.scope.bind(
                double.name.value, Type(K.DICT, items=(STR, annotations.get(double.name.value, UNKNOWN)))
            )
        plain = [
            parameter.name.value
            for parameter in (*parameters, *node.params.kwonly_params)
            if parameter.name.value != receiver
        ]
        unresolved = []
        for name in plain:
            value = annotations.get(name, UNKNOWN)
            if not value.known:
                default = defaults.get(name, UNKNOWN)
                if default.known and default.kind is not K.NONE:
                    value = default.guess()
                elif name in function.hints:
                    value = function.hints[name].guess()
            if not value.known:
                unresolved.append(name)
            self.scope.bind(name, value)
        if unresolved:
            for name, value in parameter_evidence(
                node, function.text, unresolved, self.members, self._is_forward(function, names)
            ).items():
                self.scope.bind(name, value)

    def _is_forward(self, function: FunctionDeclaration, names: list[str]) -> str:
        """The first argument of a module's `forward`, which is a tensor by convention; empty for other
        functions."""
        if function.owner is None or function.name != "forward" or len(names) < 2:
            return ""
        instance = self.members.instance_of(Type(K.CLASS, function.owner.qualified_name, decl=function.owner))
        return names[1] if instance.kind is K.MODULE else ""

    def decorator(self, decorator: cst.Decorator) -> None:
        """Evaluates a decorator and marks its use as one."""
        self.expr(decorator.decorator)
        use = self.findings.uses.get(id(decorator.decorator))
        if use is not None:
            use.decorates = True

    # -- statements ------------------------------------------------------------------------------

    def block(self, statements: Sequence[cst.BaseStatement]) -> bool:
        """Evaluates statements in order; whether the flow never reaches their end."""
        ended = False
        block = Block(
            sum(len(item.body) if isinstance(item, cst.SimpleStatementLine) else 1 for item in statements)
        )
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                for small in statement.body:
                    self.findings.blocks[id(small)] = block
                    ended = self.small(small) or ended
            else:
                ended = self.compound(statement) or ended
        return ended

    def _suite(self, body: cst.BaseSuite) -> bool:
        if isinstance(body, cst.IndentedBlock):
            return self.block(body.body)
        ended = False
        block = Block(len(body.body))
        for small in body.body:
            if isinstance(small, cst.BaseSmallStatement):
                self.findings.blocks[id(small)] = block
                ended = self.small(small) or ended
        return ended

    def small(self, node: cst.BaseSmallStatement) -> bool:
        """Evaluates a simple statement; whether the flow ends with it."""
        handler: Callable[[Any], bool | None] | None = getattr(self, f"_small_{type(node).__name__}", None)
        outer, self.statement = self.statement, node
        ended = bool(handler(node)) if handler is not None else False
        self.statement = outer
        return ended

    def compound(self, node: cst.BaseStatement) -> bool:
        """Evaluates a compound statement; whether the flow never passes it."""
        handler: Callable[[Any], bool | None] | None = getattr(self, f"_compound_{type(node).__name__}", None)
        outer, self.statement = self.statement, node
        ended = bool(handler(node)) if handler is not None else False
        self.statement = outer
        return ended

    def _small_Expr(self, node: cst.Expr) -> None:
        self.expr(node.value)
        use = self.findings.uses.get(id(node.value))
        if use is not None:
            use.statement = True

    def _small_Assign(self, node: cst.Assign) -> None:
        value = self.expr(node.value)
        self._mark_field(node.value)
        for target in node.targets:
            self.assign_target(target.target, value, node.value, len(node.targets) == 1 and node)

    def _small_AnnAssign(self, node: cst.AnnAssign) -> None:
        declared = self.annotation(node.annotation.annotation)
        value = self.expr(node.value) if node.value is not None else UNKNOWN
        self._mark_field(node.value)
        chosen = declared if declared.known and (value.kind is not declared.kind) else value
        if node.value is not None or isinstance(node.target, cst.Name):
            self.assign_target(node.target, chosen if chosen.known else declared, node.value)

    def _mark_field(self, value: cst.BaseExpression | None) -> None:
        use = self.findings.uses.get(id(value))
        if use is not None and self.scope.kind is ScopeKind.CLASS and use.rule is not None:
            use.field = use.receiver is None and not self.members.is_method(use.rule)

    def _small_AugAssign(self, node: cst.AugAssign) -> None:
        from paconvert.inference.expressions import _BINARY

        operator = _BINARY[type(node.operator)]
        if isinstance(node.target, cst.Attribute):
            left = self.attribute_target(node.target, None, None)
        else:
            left = self.expr(node.target)
        right = self.expr(node.value)
        if isinstance(node.target, cst.Subscript):
            owner = self.expr(node.target.value)
            if owner.kind is K.TENSOR:  # what is computed is put back
                indexes = [self._index(element.slice) for element in node.target.slice]
                self._setitem(node, node.target, owner, indexes, left)
        value = self.operation(node, operator, left, right, node.target, node.value, prefix="i")
        if isinstance(node.target, cst.Name):
            self.scope.bind(node.target.value, value)

    def _small_Return(self, node: cst.Return) -> bool:
        value = self.expr(node.value) if node.value is not None else NONE
        self.scope.returns.append(value)
        return True

    def _small_Raise(self, node: cst.Raise) -> bool:
        if node.exc is not None:
            self.expr(node.exc)
        if node.cause is not None:
            self.expr(node.cause.item)
        return True

    def _small_Break(self, node: cst.Break) -> bool:
        return True

    def _small_Continue(self, node: cst.Continue) -> bool:
        return True

    def _small_Assert(self, node: cst.Assert) -> None:
        self.expr(node.test)
        if node.msg is not None:
            self.expr(node.msg)
        self.narrow(node.test, True)

    def _small_Del(self, node: cst.Del) -> None:
        targets = node.target.elements if isinstance(node.target, cst.Tuple) else [node]
        for target in targets:
            expression = target.value if isinstance(target, cst.BaseElement) else node.target
            if isinstance(expression, cst.Name):
                self.scope.names.pop(expression.value, None)
            elif isinstance(expression, cst.Subscript):
                self.expr(expression.value)
                for element in expression.slice:
                    self._index(element.slice)
            elif isinstance(expression, cst.Attribute):
                self.prefix(expression.value)

    def _small_Global(self, node: cst.Global) -> None:
        self.scope.globals.update(item.name.value for item in node.names)

    def _small_Import(self, node: cst.Import) -> None:
        mapped = False
        for alias in node.names:
            name = _dotted(alias.name)
            mapped = mapped or self.members.is_mapped(name)
            if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                self._bind_import(alias.asname.name.value, name, name)
            else:
                top = name.partition(".")[0]
                self._bind_import(top, top, top)
        if mapped:
            self.findings.imports[id(node)] = ImportUse(node, self.scope, "")
            self._found()

    def _small_ImportFrom(self, node: cst.ImportFrom) -> None:
        dots = "." * len(node.relative)
        named = _dotted(node.module) if node.module is not None else ""
        module = absolute_module(dots + named, self.module.name, self.module.is_package)
        mapped = self.members.is_mapped(module)
        if not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                name = alias.name.value if isinstance(alias.name, cst.Name) else _dotted(alias.name)
                local = (
                    alias.asname.name.value
                    if alias.asname is not None and isinstance(alias.asname.name, cst.Name)
                    else name
                )
                self._bind_import(local, f"{module}.{name}", f"{module}.{name}")
                mapped = mapped or self.members.is_mapped(f"{module}.{name}")
        if mapped and not node.relative and module not in self.project:
            self.findings.imports[id(node)] = ImportUse(node, self.scope, module)
            self._found()

    def _bind_import(self, local: str, qualified: str, origin: str) -> None:
        value = self.qualified(qualified)
        self.scope.bind(local, value)
        if self.members.is_mapped(origin) and (value.decl is None):
            self.scope.names["import " + local] = Type(K.UNKNOWN, origin)

    # -- targets ---------------------------------------------------------------------------------

    def assign_target(
        self,
        target: cst.BaseExpression,
        value: Type,
        source: cst.BaseExpression | None = None,
        statement: cst.CSTNode | bool = False,
    ) -> None:
        """Binds a target to a value."""
        if type(target) is cst.Name:
            imported = self.scope.names.get("import " + target.value)
            old = self.scope.names.get(target.value)
            if imported is not None and old is not None and old.kind is K.NAMESPACE:
                # `torch = None` after a failed import: the name goes with the import.
                self.findings.rebinds[id(target)] = (target, old.name)
                self._found()
                return
            self.scope.names.pop("import " + target.value, None)
            self.scope.bind(target.value, value)
        elif isinstance(target, (cst.Tuple, cst.List)):
            self._unpack(target.elements, value, source)
        elif type(target) is cst.StarredElement:
            self.assign_target(target.value, list_of(element_of(value)))
        elif type(target) is cst.Attribute:
            self.attribute_target(target, value, statement if type(statement) is cst.Assign else None)
        elif type(target) is cst.Subscript:
            owner = self.expr(target.value)
            indexes = [self._index(element.slice) for element in target.slice]
            if self.is_module_table(target.value) and type(target.slice[0].slice) is cst.Index:
                self.module_by_name(target.slice[0].slice.value)
            if owner.kind is K.TENSOR and type(statement) is cst.Assign:
                self._setitem(statement, target, owner, indexes, value)

    def _setitem(
        self,
        node: cst.Assign | cst.AugAssign,
        target: cst.Subscript,
        owner: Type,
        indexes: list[Type],
        value: Type,
    ) -> None:
        rule = self.members.operator("__setitem__")
        if rule is None:
            return
        index = indexes[0] if len(indexes) == 1 else Type(K.TUPLE, items=tuple(indexes))
        overload, number = select_operator(rule, {"self": owner, "index": index, "value": value})
        if overload is None:
            return
        if overload.to == ".":
            self.findings.requires.update(overload.requires)
            return
        use = Use(node, UseKind.OPERATOR, rule.name, rule, self.scope, overload, number)
        use.receiver, use.value, use.likely, use.statement = target, node.value, owner.likely, True
        self._record(use)

    def _unpack(
        self, elements: Sequence[cst.BaseElement], value: Type, source: cst.BaseExpression | None
    ) -> None:
        sources: list[cst.BaseExpression | None] = [None] * len(elements)
        if isinstance(source, (cst.Tuple, cst.List)) and len(source.elements) == len(elements):
            sources = [element.value for element in source.elements]
        starred = next(
            (i for i, element in enumerate(elements) if isinstance(element, cst.StarredElement)), None
        )
        for index, element in enumerate(elements):
            if isinstance(element, cst.StarredElement):
                self.assign_target(element.value, list_of(element_of(value)))
                continue
            item = element_of(value)
            if value.kind is K.TUPLE and value.items:
                position = index if starred is None or index < starred else index - len(elements)
                if -len(value.items) <= position < len(value.items):
                    item = value.items[position]
            self.assign_target(element.value, item, sources[index])

    def attribute_target(
        self, target: cst.Attribute, value: Type | None, statement: cst.Assign | None
    ) -> Type:
        """Assigns to `receiver.name`; the type that the member has by its owner."""
        owner = self.prefix(target.value)
        name = target.attr.value
        if (
            value is not None
            and isinstance(owner.decl, ClassDeclaration)
            and (value.kind is not K.NONE or name not in owner.decl.instance)
        ):
            owner.decl.record(name, value)
        member = self.members.find(owner, name, self._project_member)
        if member.api:
            rule = self.rules.find(member.name)
            kind = UseKind.ASSIGN
            use = Use(
                statement or target, kind, member.name, rule, self.scope, rule.general if rule else None
            )
            use.callee = target
            if owner.kind not in (K.NAMESPACE, K.CLASS):
                use.receiver, use.likely = target.value, owner.likely
            use.value = statement.value if statement is not None else None
            use.statement = statement is not None
            if rule is None:
                use.problem = "there is no rule for it"
            elif owner.kind is K.NAMESPACE and rule.is_callable and not rule.general.text("assign"):
                use.problem = "what is put in its place would be called with Paddle's arguments"
            self._record(use)
        path = dotted_path(target)
        if path is not None and value is not None:
            self.scope.bind(path, value)
        return member.type

    # -- compound statements ---------------------------------------------------------------------

    def _compound_FunctionDef(self, node: cst.FunctionDef) -> None:
        function = FunctionDeclaration(
            node.name.value, self.module, self.scope, self._owner_of_method(), node=node
        )
        function.home = self.current
        self._declare(function)
        if self.scope.kind is ScopeKind.FUNCTION:
            # A nested function sees the variables as they are now or later; now is the better guess.
            self.nested.append(function)
            function.result()
        else:
            self.nested.append(function)

    def _owner_of_method(self) -> ClassDeclaration | None:
        return self.scope.owner if self.scope.kind is ScopeKind.CLASS else None

    def _compound_ClassDef(self, node: cst.ClassDef) -> None:
        declaration = self._class_header(node)
        outer = self.scope
        self.scope = declaration.scope
        self._suite(node.body)
        self.scope = outer
        self._finish_class(declaration)
        if outer.kind is ScopeKind.FUNCTION:
            for method in declaration.methods.values():
                method.result()

    def _branches(self, branches: Sequence[Callable[[], bool]]) -> bool:
        """Evaluates alternatives from the same state and joins what they lead to."""
        state = self.scope.snapshot()
        reached: list[dict[str, Type]] = []
        self.conditions += 1
        for branch in branches:
            self.scope.restore(state)
            if not branch():
                reached.append(self.scope.snapshot())
        self.conditions -= 1
        if not reached:
            self.scope.restore(state)
            return True
        self.scope.merge(reached)
        return False

    def _compound_If(self, node: cst.If) -> bool:
        self.expr(node.test)

        def then() -> bool:
            self.narrow(node.test, True)
            return self._suite(node.body)

        def otherwise() -> bool:
            self.narrow(node.test, False)
            if isinstance(node.orelse, cst.If):
                return self.compound(node.orelse)
            return self._suite(node.orelse.body) if node.orelse is not None else False

        return self._branches([then, otherwise])

    def _loop(self, before: Callable[[], None], body: cst.BaseSuite, orelse: cst.Else | None) -> None:
        state = self.scope.snapshot()
        before()
        self._suite(body)
        after = self.scope.snapshot()
        changed = any(
            name in after and after[name].kind is not value.kind
            for name, value in state.items()
            if value.known
        )
        self.scope.merge([state, after])
        if changed:
            # A variable is another thing in the second round: what was found in the first is found again.
            again = self.scope.snapshot()
            before()
            self._suite(body)
            self.scope.merge([again, self.scope.snapshot()])
        else:
            for name, value in after.items():
                if name not in state:
                    self.scope.names[name] = value
        if orelse is not None:
            self._suite(orelse.body)

    def _compound_For(self, node: cst.For) -> None:
        iterable = self.iterated(node.iter)
        self._loop(lambda: self.assign_target(node.target, element_of(iterable)), node.body, node.orelse)

    def _compound_While(self, node: cst.While) -> None:
        def before() -> None:
            self.expr(node.test)
            self.narrow(node.test, True)

        self._loop(before, node.body, node.orelse)

    def _compound_With(self, node: cst.With) -> bool:
        for item in node.items:
            value = self.expr(item.item)
            if item.asname is not None:
                self.assign_target(item.asname.name, self._entered(value))
        return self._suite(node.body)

    def _entered(self, value: Type) -> Type:
        member = self.members.find(value, "__enter__", self._project_member)
        if isinstance(member.type.decl, FunctionDeclaration):
            return member.type.decl.result()
        if value.kind is K.ITERATOR:
            return element_of(value)
        return value if value.kind in (K.INSTANCE, K.OBJECT) else UNKNOWN

    def _compound_Try(self, node: cst.Try | cst.TryStar) -> bool:
        before = self.scope.snapshot()
        self.conditions += 1
        ended = self._suite(node.body)
        if node.orelse is not None:
            ended = self._suite(node.orelse.body) or ended
        after = self.scope.snapshot()
        reached = [] if ended else [after]
        for handler in node.handlers:
            # The body may have been left anywhere.
            self.scope.merge([before, after])
            if handler.type is not None:
                self.expr(handler.type)
            if handler.name is not None:
                self.assign_target(handler.name.name, OBJECT)
            if not self._suite(handler.body):
                reached.append(self.scope.snapshot())
        self.conditions -= 1
        self.scope.merge(reached or [after])
        ended = not reached
        if node.finalbody is not None:
            ended = self._suite(node.finalbody.body) or ended
        return ended

    _compound_TryStar = _compound_Try

    def _compound_Match(self, node: cst.Match) -> bool:
        self.expr(node.subject)

        def case(item: cst.MatchCase) -> Callable[[], bool]:
            def run() -> bool:
                self._pattern(item.pattern)
                if item.guard is not None:
                    self.expr(item.guard)
                return self._suite(item.body)

            return run

        self._branches([*(case(item) for item in node.cases), lambda: False])
        return False

    def _pattern(self, node: cst.CSTNode) -> None:
        if isinstance(node, cst.MatchValue):
            self.expr(node.value)
        elif isinstance(node, cst.MatchClass):
            self.expr(node.cls)
        elif isinstance(node, cst.MatchAs) and node.name is not None:
            self.scope.bind(node.name.value, UNKNOWN)
        for child in node.children:
            if not isinstance(child, cst.BaseExpression):
                self._pattern(child)

    # -- narrowing -------------------------------------------------------------------------------

    def narrow(self, condition: cst.BaseExpression, holds: bool) -> None:
        """Takes in what a condition that holds (or does not) says about types."""
        if type(condition) is cst.UnaryOperation and type(condition.operator) is cst.Not:
            self.narrow(condition.expression, not holds)
        elif type(condition) is cst.BooleanOperation:
            if (type(condition.operator) is cst.And) is holds:
                self.narrow(condition.left, holds)
                self.narrow(condition.right, holds)
        elif type(condition) is cst.Call and len(condition.args) == 2:
            if type(condition.func) is cst.Name and condition.func.value == "isinstance":
                value, classes = condition.args[0].value, condition.args[1].value
                named = self._class_named(classes)
                if self._silent(value).kind in self._kinds_named(classes):
                    if not holds:  # what was likely is not so here
                        self._narrow_to(value, UNKNOWN)
                elif holds:
                    self._narrow_to(value, named)
                elif named == TENSOR and type(classes) is not cst.Tuple:
                    self._narrow_to(value, NOT_TENSOR)
        elif type(condition) is cst.Call and len(condition.args) == 1:
            use = self.findings.uses.get(id(condition))
            if use is not None and use.rule is not None and use.rule.data.get("narrows"):
                self._narrow_to(condition.args[0].value, TENSOR if holds else NOT_TENSOR)

    def _class_named(self, node: cst.BaseExpression) -> Type:
        if isinstance(node, cst.Tuple):
            return join_all(self._class_named(element.value) for element in node.elements)
        if isinstance(node, cst.Name):
            value = self.lookup(node.value)
        elif isinstance(node, cst.Attribute):
            owner = self._silent(node.value)
            value = self.members.find(owner, node.attr.value, self._project_member).type
        else:
            return UNKNOWN
        return self.members.instance_of(value) if value.kind is K.CLASS else UNKNOWN

    def _kinds_named(self, node: cst.BaseExpression) -> set[K]:
        """The kinds of plain values among the classes of an `isinstance`."""
        classes = [element.value for element in node.elements] if isinstance(node, cst.Tuple) else [node]
        return {self._class_named(item).kind for item in classes} & _PLAIN

    def _silent(self, node: cst.BaseExpression) -> Type:
        """The type of names and dots, without recording uses."""
        if isinstance(node, cst.Name):
            return self.lookup(node.value)
        if isinstance(node, cst.Attribute):
            return self.members.find(self._silent(node.value), node.attr.value, self._project_member).type
        return UNKNOWN

    def _narrow_to(self, node: cst.BaseExpression, value: Type) -> None:
        if not value.known:
            if isinstance(node, cst.Name):
                self.scope.names[node.value] = UNKNOWN
            return
        path = (
            node.value
            if isinstance(node, cst.Name)
            else (dotted_path(node) if isinstance(node, cst.Attribute) else None)
        )
        if path is not None:
            known = self.scope.names.get(path)
            if (
                known is None
                or known.kind is not value.kind
                or (known.likely and not value.likely and known.name == value.name)
            ):
                self.scope.note(path, value)


def _dotted(node: cst.BaseExpression | None) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
