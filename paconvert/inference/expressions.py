"""Types of expressions, and the uses of APIs in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import libcst as cst

from paconvert.frontend.parse import parse_expression
from paconvert.frontend.units import Unit
from paconvert.frontend.walk import meaningful_children
from paconvert.inference.declarations import ClassDeclaration, FunctionDeclaration, ModuleDeclaration
from paconvert.inference.lookups import Lookups, lookups_of
from paconvert.inference.members import Member, Members
from paconvert.inference.returns import evaluate_returns
from paconvert.inference.scope import Scope, ScopeKind
from paconvert.inference.types import (
    BOOL,
    BYTES,
    COMPLEX,
    FLOAT,
    INT,
    NDARRAY,
    NONE,
    NUMBERS,
    OBJECT,
    STR,
    UNKNOWN,
    K,
    Type,
    element_of,
    iterator_of,
    join,
    join_all,
    list_of,
    promote,
    tensor,
    tuple_of,
)
from paconvert.inference.uses import AccessRecord, Findings, StringUses, Use, UseKind
from paconvert.rules.conditions import select_operator
from paconvert.rules.load import Rules
from paconvert.rules.model import is_class_name

if TYPE_CHECKING:
    from paconvert.inference.project import ProjectIndex

_BINARY: dict[type[cst.CSTNode], str] = {
    cst.Add: "add",
    cst.Subtract: "sub",
    cst.Multiply: "mul",
    cst.Divide: "truediv",
    cst.FloorDivide: "floordiv",
    cst.Modulo: "mod",
    cst.Power: "pow",
    cst.MatrixMultiply: "matmul",
    cst.BitAnd: "and",
    cst.BitOr: "or",
    cst.BitXor: "xor",
    cst.LeftShift: "lshift",
    cst.RightShift: "rshift",
    cst.AddAssign: "add",
    cst.SubtractAssign: "sub",
    cst.MultiplyAssign: "mul",
    cst.DivideAssign: "truediv",
    cst.FloorDivideAssign: "floordiv",
    cst.ModuloAssign: "mod",
    cst.PowerAssign: "pow",
    cst.MatrixMultiplyAssign: "matmul",
    cst.BitAndAssign: "and",
    cst.BitOrAssign: "or",
    cst.BitXorAssign: "xor",
    cst.LeftShiftAssign: "lshift",
    cst.RightShiftAssign: "rshift",
}
_COMPARISON: dict[type[cst.CSTNode], str] = {
    cst.Equal: "eq",
    cst.NotEqual: "ne",
    cst.LessThan: "lt",
    cst.LessThanEqual: "le",
    cst.GreaterThan: "gt",
    cst.GreaterThanEqual: "ge",
}
_UNARY: dict[type[cst.CSTNode], str] = {cst.Minus: "neg", cst.Plus: "pos", cst.BitInvert: "invert"}
_BUILTIN_CLASSES = {
    "str": STR,
    "bytes": BYTES,
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "complex": COMPLEX,
    "list": Type(K.LIST),
    "tuple": Type(K.TUPLE),
    "dict": Type(K.DICT),
    "set": Type(K.SET),
    "frozenset": Type(K.SET),
}
BUILTIN_FUNCTIONS = frozenset(
    {
        "len", "sum", "max", "min", "abs", "round", "range", "zip", "enumerate", "reversed", "sorted", "map",
        "filter", "iter",
        "next", "getattr", "hasattr", "setattr", "isinstance", "issubclass", "super", "print", "open",
        "input", "repr", "id",
        "hash", "type", "callable", "any", "all", "divmod", "pow", "vars", "dir", "slice", "object",
        "property", "bytearray",
        "memoryview", "staticmethod", "classmethod", "format", "ord", "chr", "hex", "bin", "oct", "ascii",
        "globals", "locals",
        "eval", "exec", "compile", "delattr", "__import__", "breakpoint", "aiter", "anext",
    }
)  # fmt: skip


_BUILTINS = {
    **{name: Type(K.FUNCTION, f"builtins.{name}") for name in BUILTIN_FUNCTIONS},
    **{name: Type(K.CLASS, f"builtins.{name}") for name in _BUILTIN_CLASSES},
}


class ExpressionEvaluator:
    """Evaluates expressions to types; records the uses of APIs on the way."""

    def __init__(self, module: ModuleDeclaration, rules: Rules, project: ProjectIndex) -> None:
        self.module = module
        self.rules = rules
        self.project = project
        self.findings = Findings()
        self.members = Members(rules, self.qualified, project.packages_inside)
        self.scope: Scope = Scope(ScopeKind.MODULE, module)
        self.record_accesses = False
        self.conditions = 0
        self.annotated: cst.BaseExpression | None = None
        self.lambda_parameter = UNKNOWN
        self.current: Unit | None = None
        self.statement: cst.CSTNode | None = None
        self.nested: list[FunctionDeclaration] = []
        self.declarations: list[FunctionDeclaration] = []
        self._groups: dict[str, bool] = {}
        self._handlers: dict[type[cst.CSTNode], Callable[[Any], Type]] = {}

    @cached_property
    def lookups(self) -> Lookups | None:
        """What the module looks up by name; `None` where that is nothing that the rules are about."""
        return lookups_of(self.module.source.text, self.module.context.names, self.rules)

    def release(self) -> None:
        """Lets go of all nodes."""
        self.forget()
        self.statement = None
        for function in self.declarations:
            function.release()

    def forget(self) -> None:
        """Lets go of what was found."""
        self.findings = Findings()

    # -- names -----------------------------------------------------------------------------------

    def qualified(self, name: str) -> Type:
        """What a qualified name stands for: a module, class, function or constant."""
        if self.members.is_external(name):
            return self.members.api(name)
        found = self.project.find(name, self.rules)
        if found is not None:
            return Type(K.NAMESPACE, found.name or name, decl=found)
        owner, _, member = name.rpartition(".")
        if owner and self.project.sources:
            declaration = self.project.find(owner, self.rules)
            if declaration is not None:
                value = declaration.lookup(member)
                return value if value is not None else UNKNOWN
        return self.members.api(name)

    def exported(self, module: str, name: str) -> Type | None:
        """What `from module import *` brings under a name; `None` when it brings nothing of that name."""
        declaration = None if self.members.is_external(module) else self.project.find(module, self.rules)
        if declaration is not None:
            return declaration.lookup(name)
        qualified = f"{module}.{name}"
        known = self.members.is_mapped(module) and (
            qualified in self.rules or qualified in self.rules.namespaces
        )
        return self.members.api(qualified) if known else None

    def lookup(self, name: str) -> Type:
        """The type of a name where evaluation stands."""
        found = self.scope.find(name)
        if found is not None:
            return found
        return _BUILTINS.get(name, UNKNOWN)

    # -- dispatch --------------------------------------------------------------------------------

    def expr(self, node: cst.BaseExpression) -> Type:
        """The type of an expression."""
        known = self._handlers.get(type(node))
        if known is None:
            known = self._handlers[type(node)] = getattr(self, f"_{type(node).__name__}", self._other)
        return known(node)

    def _other(self, node: cst.CSTNode) -> Type:
        for child in node.children:
            if isinstance(child, cst.BaseExpression):
                self.expr(child)
        return UNKNOWN

    # -- literals and displays -------------------------------------------------------------------

    def _SimpleString(self, node: cst.SimpleString) -> Type:
        return BYTES if "b" in node.prefix.lower() else STR

    def _ConcatenatedString(self, node: cst.ConcatenatedString) -> Type:
        self.expr(node.left)
        self.expr(node.right)
        return STR

    def _FormattedString(self, node: cst.FormattedString) -> Type:
        for part in node.parts:
            if isinstance(part, cst.FormattedStringExpression):
                self.expr(part.expression)
                for spec in part.format_spec or ():
                    if isinstance(spec, cst.FormattedStringExpression):
                        self.expr(spec.expression)
        return STR

    def _Integer(self, node: cst.Integer) -> Type:
        return INT

    def _Float(self, node: cst.Float) -> Type:
        return FLOAT

    def _Imaginary(self, node: cst.Imaginary) -> Type:
        return COMPLEX

    def _Ellipsis(self, node: cst.Ellipsis) -> Type:
        return OBJECT

    def _elements(self, elements: Sequence[cst.BaseElement]) -> list[Type]:
        found = []
        for element in elements:
            value = self.expr(element.value)
            found.append(element_of(value) if isinstance(element, cst.StarredElement) else value)
        return found

    def _Tuple(self, node: cst.Tuple) -> Type:
        types = self._elements(node.elements)
        if any(isinstance(element, cst.StarredElement) for element in node.elements):
            return list_of(join_all(types))
        return tuple_of(*types)

    def _List(self, node: cst.List) -> Type:
        types = self._elements(node.elements)
        return list_of(join_all(types)) if types else Type(K.LIST)

    def _Set(self, node: cst.Set) -> Type:
        return Type(K.SET, items=(join_all(self._elements(node.elements)),))

    def _Dict(self, node: cst.Dict) -> Type:
        keys, values = [], []
        for element in node.elements:
            value = self.expr(element.value)
            if isinstance(element, cst.DictElement):
                keys.append(self.expr(element.key))
                self._compared(element.key)
                values.append(value)
            elif value.kind is K.DICT and len(value.items) == 2:
                keys.append(value.items[0])
                values.append(value.items[1])
        if not values:
            return Type(K.DICT)
        return Type(K.DICT, items=(join_all(keys), join_all(values)))

    # -- names and members -----------------------------------------------------------------------

    def _Name(self, node: cst.Name) -> Type:
        name = node.value
        if name in ("True", "False"):
            return BOOL
        if name == "None":
            return NONE
        value = self.lookup(name)
        self.use_value(node, value)
        return value

    def _Attribute(self, node: cst.Attribute) -> Type:
        return self.attribute(node, called=False)

    def attribute(self, node: cst.Attribute, *, called: bool, owner: Type | None = None) -> Type:
        """The type of `receiver.name`; a call looks at the use itself."""
        if owner is None:
            owner = self.prefix(node.value)
        path = _path(node)
        if path is not None and path in self.scope.names:
            value = self.scope.names[path]
            if self.record_accesses and not called:
                self._access(node, owner, value)
            if owner.kind is not K.NAMESPACE and value.kind is not K.NAMESPACE:
                return value
        member = self.members.find(owner, node.attr.value, self._project_member)
        if not called:
            if self.record_accesses:
                self._access(node, owner, member.type, member.name)
            if member.api:
                self.use_member(node, node, owner, member)
            elif not member.found:
                self.unknown_member(node, owner)
        return member.type

    def prefix(self, node: cst.BaseExpression) -> Type:
        """The type of what stands before a dot: a module's name there is no use of its own."""
        if type(node) is cst.Name and node.value not in ("True", "False", "None"):
            value = self.lookup(node.value)
            if value.kind is not K.NAMESPACE:
                self.use_value(node, value)
            return value
        if type(node) is cst.Attribute:
            owner = self.prefix(node.value)
            if owner.kind is K.NAMESPACE:
                value = self.members.find(owner, node.attr.value, self._project_member).type
                if value.kind is K.NAMESPACE:
                    if self.record_accesses:
                        self._access(node, owner, value, value.name)
                    return value
            return self.attribute(node, called=False, owner=owner)
        return self.expr(node)

    def _project_member(self, owner: Type, name: str) -> Member | None:
        """A member that the project itself declares."""
        if isinstance(owner.decl, ModuleDeclaration):
            value = owner.decl.lookup(name)
            if value is None:
                found = self.project.find(f"{owner.decl.name}.{name}", self.rules)
                value = Type(K.NAMESPACE, found.name, decl=found) if found is not None else None
            return Member(value if value is not None else UNKNOWN, found=value is not None)
        if not isinstance(owner.decl, ClassDeclaration):
            return None
        for ancestor in owner.decl.lineage:
            if isinstance(ancestor, ClassDeclaration):
                value = ancestor.own(name)
                if value is not None:
                    return Member(self._bound_member(owner, value), found=True)
        return None

    def _bound_member(self, owner: Type, value: Type) -> Type:
        method = value.decl
        if isinstance(method, FunctionDeclaration) and owner.kind is not K.CLASS:
            decorators = method.decorators()
            if any(name in ("property", "cached_property", "setter") for name in decorators):
                return method.result()
        return value

    def _access(self, node: cst.Attribute, owner: Type, value: Type, name: str = "") -> None:
        self.findings.accesses[id(node)] = AccessRecord(
            node, node.value, node.attr.value, owner, name or value.name
        )

    # -- uses ------------------------------------------------------------------------------------

    def use_value(self, node: cst.Name, value: Type) -> None:
        """Records a bare name that stands for an API."""
        if value.kind is K.NAMESPACE:
            if self.members.is_mapped(value.name):
                self._record(Use(node, UseKind.VALUE, value.name, self.rules.find(value.name), self.scope))
            return
        if (
            value.kind in (K.CLASS, K.FUNCTION, K.UNKNOWN)
            and value.decl is None
            and self.members.is_mapped(value.name)
        ):
            origin = self.imported_name(node.value)
            if origin:
                rule = self.rules.find(origin)
                overload = rule.general if rule else None
                self._record(Use(node, UseKind.VALUE, origin, rule, self.scope, overload))
        elif value.known and value.kind not in (K.CLASS, K.FUNCTION):
            origin = self.imported_name(node.value)
            if origin:
                rule = self.rules.find(origin)
                self._record(
                    Use(node, UseKind.VALUE, origin, rule, self.scope, rule.general if rule else None)
                )

    def imported_name(self, name: str) -> str:
        """The qualified name of a mapped API that an import binds to `name` here; empty when something else
        does."""
        context = self.module.context
        if name not in context.names and name not in self.module.assumed and not context.wildcards:
            return ""
        scope: Scope | None = self.scope
        while scope is not None:
            if scope is self.scope or scope.kind is not ScopeKind.CLASS:  # methods do not see a class's names
                found = scope.names.get("import " + name)
                if found is not None:
                    return found.name if self.members.is_mapped(found.name) else ""
                if name in scope.names and scope.kind is not ScopeKind.MODULE:
                    return ""
            scope = scope.parent
        assumed = self.module.assumed.get(name, "")
        if name not in self.module.scope.names and self.members.is_mapped(assumed):
            return assumed
        return ""

    def use_member(
        self, node: cst.BaseExpression, attribute: cst.Attribute, owner: Type, member: Member
    ) -> None:
        """Records a member of an API's module or instance that is read as a value."""
        rule = self.rules.find(member.name)
        # `torch.ops.aten.add_` is another name of a method, and takes the receiver first
        is_method = rule is not None and self.members.is_method(rule)
        renamed = is_method and owner.kind is K.NAMESPACE and rule is not None and rule.name != member.name
        if rule is not None and member.type.kind is K.NAMESPACE:
            use = Use(node, UseKind.VALUE, member.name, rule, self.scope, rule.general)
            use.unbound = renamed
            self._record(use)
            return
        use = Use(node, UseKind.VALUE, member.name, rule, self.scope, rule.general if rule else None)
        on_class = owner.kind is K.CLASS and not (rule is not None and rule.general.to.startswith("."))
        if owner.kind is not K.NAMESPACE and not on_class:
            use.receiver = attribute.value
            use.likely = owner.likely
        use.unbound = renamed or (owner.kind is K.CLASS and is_method)
        self._record(use)

    def unknown_member(self, node: cst.Attribute, owner: Type) -> None:
        """A member of something unknown: nothing to say unless it is called."""

    def _record(self, use: Use) -> None:
        use.conditional, use.annotation = self.conditions > 0, self.annotated
        use.home = self.statement
        self.findings.uses[id(use.node)] = use
        self._found()

    def _found(self) -> None:
        """Notes that something was found in the statement where evaluation stands."""
        if self.statement is not None:
            self.findings.homes.setdefault(id(self.current), {})[id(self.statement)] = self.statement

    # -- operators -------------------------------------------------------------------------------

    def _BinaryOperation(self, node: cst.BinaryOperation) -> Type:
        # Long chains (`a + b + c + …`) nest to the left: a loop spares the stack.
        chain: list[cst.BinaryOperation] = []
        current: cst.BaseExpression = node
        while isinstance(current, cst.BinaryOperation):
            chain.append(current)
            current = current.left
        value = self.expr(current)
        for operation in reversed(chain):
            right = self.expr(operation.right)
            value = self.operation(
                operation, _BINARY[type(operation.operator)], value, right, operation.left, operation.right
            )
        return value

    def operation(
        self,
        node: cst.CSTNode,
        operator: str,
        left: Type,
        right: Type,
        left_node: cst.BaseExpression,
        right_node: cst.BaseExpression,
        prefix: str = "",
    ) -> Type:
        """The type of a binary operation; its rule applies when a tensor takes part."""
        if prefix and left.kind is K.UNKNOWN and right.kind in (K.TENSOR, K.UNKNOWN):
            # It may be a tensor, which must change itself; nothing would tell when it does not.
            rule = self.members.operator(f"__{prefix}{operator}__")
            self.findings.requires.update(rule.general.requires if rule is not None else ())
        if K.TENSOR in (left.kind, right.kind):
            name = f"__{prefix}{operator}__" if left.kind is K.TENSOR else f"__r{operator}__"
            self._operator(node, name, left, right, left_node, right_node)
            if operator == "truediv":
                value = promote(left, right)
                return replace(value, dtype="float") if value.dtype in ("int", "bool") else value
            if operator == "matmul":
                return tensor(left.dtype or right.dtype, likely=left.likely and right.likely)
            return promote(left, right)
        if K.NDARRAY in (left.kind, right.kind):
            return NDARRAY.guess()
        if left.kind is K.STR and operator in ("add", "mod", "mul"):
            return STR
        if left.kind in NUMBERS and right.kind in NUMBERS:
            if K.COMPLEX in (left.kind, right.kind):
                return COMPLEX
            if operator == "truediv":
                return FLOAT
            if (
                operator == "pow"
                and K.FLOAT not in (left.kind, right.kind)
                and not isinstance(right_node, cst.Integer)
            ):
                return UNKNOWN  # a negative exponent gives a float
            return join(left, right) if K.BOOL not in (left.kind, right.kind) else INT
        if operator == "add" and left.kind in (K.LIST, K.TUPLE, K.SIZE):
            if left.kind is K.TUPLE and right.kind is K.TUPLE:
                return tuple_of(*left.items, *right.items)
            return join(left, right) if right.known else left
        if operator == "mul" and left.kind in (K.LIST, K.TUPLE) and right.kind in (K.INT, K.UNKNOWN):
            return list_of(element_of(left)) if left.kind is K.TUPLE else left
        if operator == "mul" and right.kind in (K.LIST, K.TUPLE, K.STR) and left.kind is K.INT:
            return right if right.kind is not K.TUPLE else list_of(element_of(right))
        if operator in ("or", "and", "sub", "xor") and left.kind is K.SET:
            return left
        if left.kind is K.OBJECT or right.kind is K.OBJECT:
            return OBJECT.guess()
        return UNKNOWN

    def _operator(
        self,
        node: cst.CSTNode,
        name: str,
        left: Type,
        right: Type,
        left_node: cst.BaseExpression,
        right_node: cst.BaseExpression,
    ) -> None:
        rule = self.members.operator(name)
        if rule is None:
            return
        reflected = left.kind is not K.TENSOR
        receiver, other = (right, left) if reflected else (left, right)
        overload, index = select_operator(rule, {"self": receiver, "other": other, "index": other})
        if overload is None:
            return
        if overload.to == ".":
            self.findings.requires.update(overload.requires)
            return
        use = Use(node, UseKind.OPERATOR, rule.name, rule, self.scope, overload, index)
        use.receiver, use.value = (right_node, left_node) if reflected else (left_node, right_node)
        use.likely = receiver.likely
        self._record(use)

    def _BooleanOperation(self, node: cst.BooleanOperation) -> Type:
        left = self.expr(node.left)
        state = self.scope.snapshot()
        self.narrow(node.left, isinstance(node.operator, cst.And))
        right = self.expr(node.right)
        self.scope.restore(state)
        if left.kind is K.BOOL and right.kind is K.BOOL:
            return BOOL
        if isinstance(node.operator, cst.Or) and left.kind is K.NONE:
            return right
        return join(left, right)

    def narrow(self, condition: cst.BaseExpression, holds: bool) -> None:
        """Takes in what a condition says about types; statements know how."""

    def _UnaryOperation(self, node: cst.UnaryOperation) -> Type:
        value = self.expr(node.expression)
        if isinstance(node.operator, cst.Not):
            return BOOL
        if value.kind is K.TENSOR:
            name = f"__{_UNARY[type(node.operator)]}__"
            rule = self.members.operator(name)
            if rule is not None:
                overload, index = select_operator(rule, {"self": value})
                if overload is not None and overload.to == ".":
                    self.findings.requires.update(overload.requires)
                elif overload is not None:
                    use = Use(node, UseKind.OPERATOR, rule.name, rule, self.scope, overload, index)
                    use.receiver, use.likely = node.expression, value.likely
                    self._record(use)
        return value

    def _Comparison(self, node: cst.Comparison) -> Type:
        left = self.expr(node.left)
        self._compared(node.left)
        left_node: cst.BaseExpression = node.left
        result: Type = BOOL
        for target in node.comparisons:
            right = self.expr(target.comparator)
            self._compared(target.comparator)
            operator = _COMPARISON.get(type(target.operator))
            if isinstance(target.operator, (cst.In, cst.NotIn)) and self.is_module_table(target.comparator):
                self.module_by_name(left_node)
            if operator is not None and K.TENSOR in (left.kind, right.kind):
                mirrored = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
                if left.kind is not K.TENSOR:
                    rule = self.members.operator(f"__{mirrored.get(operator, operator)}__")
                    if rule is not None:
                        overload, _ = select_operator(rule, {"self": right, "other": left})
                        if overload is not None and overload.to == ".":
                            self.findings.requires.update(overload.requires)
                elif len(node.comparisons) == 1:
                    self._operator(node, f"__{operator}__", left, right, left_node, target.comparator)
                other = right if left.kind is K.TENSOR else left
                if other.kind not in (K.STR, K.NONE):
                    result = tensor("bool", likely=left.likely or right.likely)
            elif operator is not None and K.NDARRAY in (left.kind, right.kind):
                result = NDARRAY.guess()
            elif operator is not None and not (left.known or right.known):
                result = UNKNOWN
            elif (
                isinstance(target.operator, (cst.In, cst.NotIn))
                and right.kind is K.TENSOR
                and not (right.likely and left.kind is K.STR)  # a string is a key of a mapping
            ):
                self._contains(node, right, target.comparator)
            left, left_node = right, target.comparator
        return result

    def _compared(self, node: cst.BaseExpression) -> None:
        """What is unsupported, but equal to nothing, has something to stand for it where it is compared, or
        is a key."""
        if isinstance(node, (cst.List, cst.Tuple, cst.Set)):
            for element in node.elements:
                self._compared(element.value)
            return
        use = self.findings.uses.get(id(node))
        if use is not None and use.rule is not None:
            use.overload = (use.overload or use.rule.general).compared()

    def is_module_table(self, node: cst.BaseExpression) -> bool:
        """Whether an expression is a mapping of modules by their names."""
        return self.lookups is not None and self.lookups.qualified(node) in self.lookups.tables

    def module_by_name(self, node: cst.BaseExpression) -> Type:
        """A string that names a module: records it where the rules are about that; the module's type."""
        name = _string(node)
        if not isinstance(name, str) or not self.rules.is_complete(name) or not self.members.is_mapped(name):
            return UNKNOWN
        self._record(Use(node, UseKind.NAME, name, self.rules.find(name), self.scope))
        value = self.members.api(name)
        return value if value.kind is K.NAMESPACE else UNKNOWN

    def _contains(self, node: cst.Comparison, container: Type, container_node: cst.BaseExpression) -> None:
        rule = self.members.operator("__contains__")
        if rule is None or len(node.comparisons) != 1:
            return
        overload, index = select_operator(rule, {"self": container})
        if overload is not None and overload.to == ".":
            self.findings.requires.update(overload.requires)
        elif overload is not None:
            use = Use(node, UseKind.OPERATOR, rule.name, rule, self.scope, overload, index)
            use.receiver, use.value, use.likely = container_node, node.left, container.likely
            self._record(use)

    # -- subscripts ------------------------------------------------------------------------------

    def _Subscript(self, node: cst.Subscript) -> Type:
        owner = self.expr(node.value)
        return self.subscript(node, owner, store=False)

    def subscript(self, node: cst.Subscript, owner: Type, *, store: bool) -> Type:
        """The type of `owner[index]`."""
        indexes = [self._index(element.slice) for element in node.slice]
        single = node.slice[0].slice if len(node.slice) == 1 else None
        is_slice = isinstance(single, cst.Slice)
        if isinstance(single, cst.Index) and self.is_module_table(node.value):
            return self.module_by_name(single.value)
        if owner.kind is K.TENSOR:
            if not store:
                index_type = indexes[0] if len(indexes) == 1 else tuple_of(*indexes)
                self._subscript_rule(node, owner, index_type)
            return owner
        if owner.kind is K.NDARRAY:
            return NDARRAY.guess()
        if owner.kind is K.STR:
            return STR
        if owner.kind is K.TUPLE and owner.items:
            position = _integer(single.value) if isinstance(single, cst.Index) else None
            if position is not None and -len(owner.items) <= position < len(owner.items):
                return owner.items[position]
            if is_slice and isinstance(single, cst.Slice):
                bounds = [
                    _integer(part) if part is not None else None
                    for part in (single.lower, single.upper, single.step)
                ]
                given = (single.lower, single.upper, single.step)
                if all(bound is not None or part is None for bound, part in zip(bounds, given, strict=True)):
                    return tuple_of(*owner.items[slice(*bounds)])
                return list_of(element_of(owner))
            return element_of(owner)
        if owner.kind in (K.LIST, K.SIZE):
            return owner if is_slice else element_of(owner)
        if owner.kind is K.DICT:
            value = owner.items[1] if len(owner.items) >= 2 else UNKNOWN
            key = _string(single.value) if isinstance(single, cst.Index) else None
            if key in owner.fields:
                value = owner.items[2 + owner.fields.index(key)]
            return value.guess() if owner.likely else value
        if owner.kind is K.MODULE:
            if is_slice:
                return owner
            return element_of(owner) if owner.items else self._getitem(owner)
        if owner.kind is K.INSTANCE:
            return self._getitem(owner)
        if owner.kind is K.CLASS:
            return owner
        if owner.kind is K.OBJECT:
            return OBJECT.guess()
        return self._by_key(single.value) if isinstance(single, cst.Index) else UNKNOWN

    def _by_key(self, key: cst.BaseExpression) -> Type:
        """What a key says of the value, where nothing is known of the container (`group["params"]`)."""
        text = self.rules.facts["conventions"].get("keys", {}).get(_string(key), "")
        return evaluate_returns(text, lambda _: UNKNOWN).guess() if text else UNKNOWN

    def _getitem(self, owner: Type) -> Type:
        member = self.members.find(owner, "__getitem__", self._project_member)
        return member.type.decl.result() if isinstance(member.type.decl, FunctionDeclaration) else UNKNOWN

    def _subscript_rule(self, node: cst.Subscript, owner: Type, index: Type) -> None:
        rule = self.members.operator("__getitem__")
        if rule is None:
            return
        overload, number = select_operator(rule, {"self": owner, "index": index})
        if overload is None:
            return
        if overload.to == ".":
            self.findings.requires.update(overload.requires)
            return
        use = Use(node, UseKind.OPERATOR, rule.name, rule, self.scope, overload, number)
        use.receiver, use.likely = node.value, owner.likely
        self._record(use)

    def _index(self, node: cst.BaseSlice) -> Type:
        if isinstance(node, cst.Index):
            return self.expr(node.value)
        if isinstance(node, cst.Slice):
            for part in (node.lower, node.upper, node.step):
                if part is not None:
                    self.expr(part)
        return OBJECT

    # -- other expressions -----------------------------------------------------------------------

    def _IfExp(self, node: cst.IfExp) -> Type:
        self.expr(node.test)
        state = self.scope.snapshot()
        self.narrow(node.test, True)
        body = self.expr(node.body)
        self.scope.restore(state)
        self.narrow(node.test, False)
        other = self.expr(node.orelse)
        self.scope.restore(state)
        return join(body, other)

    def _NamedExpr(self, node: cst.NamedExpr) -> Type:
        value = self.expr(node.value)
        if isinstance(node.target, cst.Name):
            self.scope.bind(node.target.value, value)
        return value

    def _Lambda(self, node: cst.Lambda) -> Type:
        with_defaults(self, node.params)
        outer = self.scope
        self.scope = Scope(ScopeKind.FUNCTION, self.module, outer)
        for parameter in all_parameters(node.params):
            self.scope.bind(parameter.name.value, self.lambda_parameter)
        value = self.expr(node.body)
        self.scope = outer
        return Type(K.FUNCTION, items=(value,))

    def _comprehension(self, generator: cst.CompFor, elements: Callable[[], Type]) -> Type:
        outer = self.scope
        iterable = self.iterated(generator.iter)
        self.scope = Scope(ScopeKind.FUNCTION, self.module, outer)
        state: cst.CompFor | None = generator
        while state is not None:
            if state is not generator:
                iterable = self.iterated(state.iter)
            self.assign_target(state.target, element_of(iterable))
            for condition in state.ifs:
                self.expr(condition.test)
                self.narrow(condition.test, True)
            state = state.inner_for_in
        value = elements()
        self.scope = outer
        return value

    def iterated(self, node: cst.BaseExpression) -> Type:
        """The type of an expression that is iterated over where it stands."""
        value = self.expr(node)
        use = self.findings.uses.get(id(node))
        if use is not None:
            use.iterated = True
        if value.kind is K.TENSOR:
            rule = self.members.operator("__iter__")
            if rule is not None and rule.general.to == ".":
                self.findings.requires.update(rule.general.requires)
        if value.kind is K.INSTANCE and isinstance(value.decl, ClassDeclaration):
            member = self.members.find(value, "__iter__", self._project_member)
            if isinstance(member.type.decl, FunctionDeclaration):
                return member.type.decl.result()
        return value

    def assign_target(self, target: cst.BaseExpression, value: Type) -> None:
        """Binds a target; statements know how."""

    def _ListComp(self, node: cst.ListComp) -> Type:
        return list_of(self._comprehension(node.for_in, lambda: self.expr(node.elt)))

    def _SetComp(self, node: cst.SetComp) -> Type:
        return Type(K.SET, items=(self._comprehension(node.for_in, lambda: self.expr(node.elt)),))

    def _GeneratorExp(self, node: cst.GeneratorExp) -> Type:
        return iterator_of(self._comprehension(node.for_in, lambda: self.expr(node.elt)))

    def _DictComp(self, node: cst.DictComp) -> Type:
        pair = self._comprehension(node.for_in, lambda: tuple_of(self.expr(node.key), self.expr(node.value)))
        return Type(K.DICT, items=pair.items)

    def _Await(self, node: cst.Await) -> Type:
        return self.expr(node.expression)

    def _Yield(self, node: cst.Yield) -> Type:
        value: Type = Type(K.NONE)
        if isinstance(node.value, cst.From):
            value = element_of(self.expr(node.value.item))
        elif node.value is not None:
            value = self.expr(node.value)
        self.scope.yields = [join_all([*self.scope.yields, value])]
        return UNKNOWN

    # -- annotations -----------------------------------------------------------------------------

    def annotation(self, node: cst.BaseExpression) -> Type:
        """The type that an annotation names; also records the uses in it."""
        outer = self.annotated
        self.annotated = outer or node
        try:
            return self._annotated(node)
        finally:
            self.annotated = outer

    def _annotated(self, node: cst.BaseExpression) -> Type:
        if type(node) is cst.Name:
            if node.value in ("Any", "Optional", "Union"):
                return UNKNOWN
        elif isinstance(node, (cst.SimpleString, cst.ConcatenatedString)):
            return self._string_annotation(node)
        elif isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.BitOr):
            return join(self.annotation(node.left), self.annotation(node.right))
        elif isinstance(node, cst.Subscript):
            return self._generic(node)
        named = self.expr(node)
        if named.kind is K.NONE:
            return named
        if named.kind is K.CLASS:
            return self.members.instance_of(named)
        return UNKNOWN

    def _generic(self, node: cst.Subscript) -> Type:
        self.prefix(node.value)
        word = (
            node.value.attr.value
            if isinstance(node.value, cst.Attribute)
            else getattr(node.value, "value", "")
        )
        if word == "Literal":
            return UNKNOWN
        parts = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
        if len(parts) == 1 and isinstance(parts[0], cst.Tuple):
            parts = [element.value for element in parts[0].elements]
        if word == "Annotated":
            return self.annotation(parts[0]) if parts else UNKNOWN
        if word == "Callable":
            for part in parts:
                for inner in part.elements if isinstance(part, cst.List) else [part]:
                    self.annotation(inner.value if isinstance(inner, cst.BaseElement) else inner)
            return Type(K.FUNCTION)
        items = [UNKNOWN if isinstance(part, cst.Ellipsis) else self.annotation(part) for part in parts]
        if word == "Optional":
            return items[0] if items else UNKNOWN
        if word == "Union":
            return join_all(items)
        if word in ("Tuple", "tuple"):
            if len(parts) == 2 and isinstance(parts[1], cst.Ellipsis):
                return list_of(items[0])
            return tuple_of(*items)
        kinds = {
            "List": K.LIST, "list": K.LIST, "Sequence": K.LIST, "Set": K.SET, "set": K.SET, "FrozenSet":
            K.SET, "Dict": K.DICT,
            "dict": K.DICT, "Mapping": K.DICT, "OrderedDict": K.DICT, "Iterator": K.ITERATOR, "Iterable":
            K.ITERATOR,
            "Generator": K.ITERATOR,
        }  # fmt: skip
        if word in ("Type", "type"):
            return Type(K.CLASS)
        if word in kinds:
            return Type(kinds[word], items=tuple(items[:2] if kinds[word] is K.DICT else items[:1]))
        value = self.lookup(word) if isinstance(node.value, cst.Name) else UNKNOWN
        return self.members.instance_of(value) if value.kind is K.CLASS else UNKNOWN

    def _string_annotation(self, node: cst.SimpleString | cst.ConcatenatedString) -> Type:
        if not isinstance(node, cst.SimpleString) or node.prefix or "\\" in node.value:
            return UNKNOWN
        tree = parse_expression(node.raw_value.strip())
        if tree is None or node.raw_value != node.raw_value.strip():
            return UNKNOWN
        value = self.annotation(tree)
        # What was evaluated on the way, such as the class that is named, has its own places.
        found = []
        waiting: list[cst.CSTNode] = [tree]
        while waiting:
            part = waiting.pop()
            self.findings.accesses.pop(id(part), None)
            use = self.findings.uses.pop(id(part), None)
            waiting.extend(meaningful_children(part))
            if use is not None:
                found.append(use)
        if found:
            self.findings.strings[id(node)] = StringUses(node, tree, found[::-1])  # inner ones first
            self._found()
        return value


def all_parameters(parameters: cst.Parameters) -> list[cst.Param]:
    """All parameters, variadic ones too, in order."""
    found = [*parameters.posonly_params, *parameters.params]
    if isinstance(parameters.star_arg, cst.Param):
        found.append(parameters.star_arg)
    found.extend(parameters.kwonly_params)
    if parameters.star_kwarg is not None:
        found.append(parameters.star_kwarg)
    return found


def with_defaults(evaluator: ExpressionEvaluator, parameters: cst.Parameters) -> dict[str, Type]:
    """Evaluates the defaults of parameters: name → type."""
    found = {}
    for parameter in all_parameters(parameters):
        if parameter.default is not None:
            found[parameter.name.value] = evaluator.expr(parameter.default)
            use = evaluator.findings.uses.get(id(parameter.default))
            if use is not None and is_class_name(use.name):
                use.stands = use.kind is UseKind.VALUE
    return found


def _path(node: cst.Attribute) -> str | None:
    """`self.a.b` as text; `None` for anything but names and dots."""
    parts = []
    current: cst.BaseExpression = node
    while type(current) is cst.Attribute:
        parts.append(current.attr.value)
        current = current.value
    if type(current) is not cst.Name:
        return None
    parts.append(current.value)
    return ".".join(reversed(parts))


dotted_path = _path


def _string(node: cst.BaseExpression) -> object:
    """The text of a plain string literal; `None` for anything else."""
    return node.evaluated_value if isinstance(node, cst.SimpleString) else None


def _integer(node: cst.BaseExpression | None) -> int | None:
    if isinstance(node, cst.Integer):
        return int(node.value, 0)
    if (
        isinstance(node, cst.UnaryOperation)
        and isinstance(node.operator, cst.Minus)
        and isinstance(node.expression, cst.Integer)
    ):
        return -int(node.expression.value, 0)
    return None
