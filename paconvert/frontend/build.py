"""Builds libcst trees from `ast`'s.

CPython's parser is ten times as fast as libcst's, and knows where every node stands. So a unit that `ast` has
read is not parsed a second time: its libcst tree is made from `ast`'s. Such a tree says all that the code
means; of its layout (white space, comments, parentheses) it says nothing, since edits are made on the text.
Strings that `ast` has put together or taken apart are parsed by libcst; whatever else has no counterpart here
is left to libcst as a whole.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import libcst as cst

from paconvert.frontend import make
from paconvert.frontend.parse import parse_module
from paconvert.frontend.text import TOKEN, SourceText, with_parentheses

_DEFAULT = cst.MaybeSentinel.DEFAULT
# Nodes without a place, shared by all trees.
_DOT = cst.Dot()
_ASYNC = cst.Asynchronous()
_STAR = cst.ParamStar()
_IMPORT_STAR = cst.ImportStar()

_BINARY: dict[type[ast.operator], tuple[cst.BaseBinaryOp, cst.BaseAugOp]] = {
    ast.Add: (cst.Add(), cst.AddAssign()),
    ast.Sub: (cst.Subtract(), cst.SubtractAssign()),
    ast.Mult: (cst.Multiply(), cst.MultiplyAssign()),
    ast.Div: (cst.Divide(), cst.DivideAssign()),
    ast.FloorDiv: (cst.FloorDivide(), cst.FloorDivideAssign()),
    ast.Mod: (cst.Modulo(), cst.ModuloAssign()),
    ast.Pow: (cst.Power(), cst.PowerAssign()),
    ast.MatMult: (cst.MatrixMultiply(), cst.MatrixMultiplyAssign()),
    ast.BitAnd: (cst.BitAnd(), cst.BitAndAssign()),
    ast.BitOr: (cst.BitOr(), cst.BitOrAssign()),
    ast.BitXor: (cst.BitXor(), cst.BitXorAssign()),
    ast.LShift: (cst.LeftShift(), cst.LeftShiftAssign()),
    ast.RShift: (cst.RightShift(), cst.RightShiftAssign()),
}
_COMPARE: dict[type[ast.cmpop], cst.BaseCompOp] = {
    ast.Eq: cst.Equal(),
    ast.NotEq: cst.NotEqual(),
    ast.Lt: cst.LessThan(),
    ast.LtE: cst.LessThanEqual(),
    ast.Gt: cst.GreaterThan(),
    ast.GtE: cst.GreaterThanEqual(),
    ast.Is: cst.Is(),
    ast.IsNot: cst.IsNot(),
    ast.In: cst.In(),
    ast.NotIn: cst.NotIn(),
}
_UNARY: dict[type[ast.unaryop], cst.BaseUnaryOp] = {
    ast.Not: cst.Not(),
    ast.USub: cst.Minus(),
    ast.UAdd: cst.Plus(),
    ast.Invert: cst.BitInvert(),
}
_BOOLEAN: dict[type[ast.boolop], cst.BaseBooleanOp] = {ast.And: cst.And(), ast.Or: cst.Or()}


class CannotBuild(Exception):
    """The code has something that is not built from `ast`; libcst can parse it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression that libcst has parsed: a string of several parts.

    Attributes:
        module: the parsed text.
        start: the offset in the source where that text begins.
    """

    module: cst.Module
    start: int


@dataclass(slots=True)
class Origins:
    """Where the nodes of a built tree come from.

    Attributes:
        nodes: `id` of an expression or statement → what `ast` calls it.
        pieces: expressions whose nodes inside are not among those.
    """

    nodes: dict[int, ast.AST] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)


class TreeBuilder:
    """Builds the trees of one unit.

    Attributes:
        origins: where the nodes of what was built come from.
    """

    def __init__(self, source: SourceText) -> None:
        self.source = source
        self.origins = Origins()
        self._nodes = self.origins.nodes

    def statements(self, nodes: Sequence[ast.stmt]) -> tuple[cst.BaseStatement, ...]:
        """Statements, each on a line of its own.

        Raises:
            CannotBuild: something in them is left to libcst.
        """
        return tuple([self._statement(node) for node in nodes])

    def class_header(self, node: ast.ClassDef) -> cst.ClassDef:
        """A class without its body.

        Raises:
            CannotBuild: something in it is left to libcst.
        """
        return self._class(node, _EMPTY_BODY)

    def _statement(self, node: ast.stmt) -> cst.BaseStatement:
        handler = _STATEMENTS.get(type(node))
        if handler is None:
            small = _SMALL.get(type(node))
            if small is None:
                raise CannotBuild(type(node).__name__)
            statement = small(self, node)
            self._nodes[id(statement)] = node
            return make.line((statement,))
        built: cst.BaseStatement = handler(self, node)
        self._nodes[id(built)] = node
        return built

    def _block(self, nodes: Sequence[ast.stmt]) -> cst.IndentedBlock:
        return make.block([self._statement(node) for node in nodes])

    def expr(self, node: ast.expr) -> Any:
        """An expression."""
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            raise CannotBuild(type(node).__name__)
        built = handler(self, node)
        self._nodes[id(built)] = node
        return built

    def _optional(self, node: ast.expr | None) -> Any:
        return self.expr(node) if node is not None else None

    def _name(self, name: str) -> cst.Name:
        if not name.isascii():
            raise CannotBuild(name)  # `ast` has normalized it: its length is not that in the text
        return make.name(name)

    def _text(self, node: ast.expr) -> tuple[str, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self.source.offset(node.lineno, node.col_offset)
        return self.source.text[start : self.source.offset(node.end_lineno, node.end_col_offset)], start

    # -- names, literals, displays -------------------------------------------------------------------

    def _Name(self, node: ast.Name) -> cst.Name:
        return self._name(node.id)

    def _Attribute(self, node: ast.Attribute) -> cst.Attribute:
        return make.attribute(self.expr(node.value), self._name(node.attr))

    def _Constant(self, node: ast.Constant) -> cst.BaseExpression:
        value = node.value
        if isinstance(value, (str, bytes)):
            return self._string(node)
        if value is None or isinstance(value, bool):
            return make.name(str(value))
        if value is Ellipsis:
            return make.ellipsis()
        text, _ = self._text(node)
        if isinstance(value, int):
            return make.integer(text)
        return make.imaginary(text) if isinstance(value, complex) else make.floating(text)

    def _string(self, node: ast.expr) -> cst.BaseExpression:
        text, start = self._text(node)
        if isinstance(node, ast.Constant) and _is_one_string(text):
            return make.simple_string(text)
        module = parse_module(f"({text})")
        self.origins.pieces.append(Piece(module, start - 1))
        line = module.body[0]
        assert isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[0], cst.Expr)
        return line.body[0].value

    def _elements(self, nodes: Sequence[ast.expr]) -> list[cst.BaseElement]:
        return [
            make.starred_element(self.expr(node.value))
            if isinstance(node, ast.Starred)
            else make.element(self.expr(node))
            for node in nodes
        ]

    def _Tuple(self, node: ast.Tuple) -> cst.Tuple:
        return make.tuple_(self._elements(node.elts))

    def _List(self, node: ast.List) -> cst.List:
        return make.list_(self._elements(node.elts))

    def _Set(self, node: ast.Set) -> cst.Set:
        return make.set_(self._elements(node.elts))

    def _Dict(self, node: ast.Dict) -> cst.Dict:
        return make.dict_(
            [
                make.starred_dict_element(self.expr(value))
                if key is None
                else make.dict_element(self.expr(key), self.expr(value))
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        )

    # -- calls, subscripts ---------------------------------------------------------------------------

    def _Call(self, node: ast.Call) -> cst.Call:
        return make.call(self.expr(node.func), self._arguments(node))

    def _arguments(self, node: ast.Call | ast.ClassDef) -> list[cst.Arg]:
        return [self._argument(item) for item in arguments_in_order(node)]

    def _argument(self, item: ast.expr | ast.keyword) -> cst.Arg:
        if isinstance(item, ast.keyword):
            keyword = self._name(item.arg) if item.arg is not None else None
            star = "" if item.arg is not None else "**"
            return make.argument(self.expr(item.value), keyword, star)
        if isinstance(item, ast.Starred):
            return make.argument(self.expr(item.value), None, "*")
        return make.argument(self.expr(item), None, "")

    def _Subscript(self, node: ast.Subscript) -> cst.Subscript:
        value, index = self.expr(node.value), node.slice
        if isinstance(index, ast.Tuple) and index.elts and not self._in_parentheses(index):
            items = [make.subscript_element(self._slice(item)) for item in index.elts]
        else:
            items = [make.subscript_element(self._slice(index))]
        return make.subscript(value, items)

    def _slice(self, node: ast.expr) -> cst.BaseSlice:
        if isinstance(node, ast.Slice):
            return make.slice_(
                self._optional(node.lower), self._optional(node.upper), self._optional(node.step)
            )
        if isinstance(node, ast.Starred):
            return make.index(self.expr(node.value), "*")
        return make.index(self.expr(node), None)

    def _in_parentheses(self, node: ast.Tuple) -> bool:
        """Whether the parentheses at a tuple's begin are its own, not those of its first element."""
        text, start = self._text(node)
        if not text.startswith("("):
            return False
        first = node.elts[0]
        inner = self.source.offset(first.lineno, first.col_offset)
        assert first.end_lineno is not None and first.end_col_offset is not None
        end = self.source.offset(first.end_lineno, first.end_col_offset)
        return with_parentheses(self.source, inner, end)[0] > start

    # -- operators -----------------------------------------------------------------------------------

    def _BinOp(self, node: ast.BinOp) -> cst.BinaryOperation:
        # Long chains nest to the left: a loop spares the stack.
        chain = [node]
        left = node.left
        while isinstance(left, ast.BinOp):
            chain.append(left)
            left = left.left
        value = self.expr(left)
        for item in reversed(chain):
            value = make.binary_operation(value, _BINARY[type(item.op)][0], self.expr(item.right))
            self._nodes[id(value)] = item
        assert isinstance(value, cst.BinaryOperation)
        return value

    def _BoolOp(self, node: ast.BoolOp) -> cst.BooleanOperation:
        operator = _BOOLEAN[type(node.op)]
        value = self.expr(node.values[0])
        for item in node.values[1:]:
            value = make.boolean_operation(value, operator, self.expr(item))
        assert isinstance(value, cst.BooleanOperation)
        return value

    def _UnaryOp(self, node: ast.UnaryOp) -> cst.UnaryOperation:
        return make.unary_operation(_UNARY[type(node.op)], self.expr(node.operand))

    def _Compare(self, node: ast.Compare) -> cst.Comparison:
        return make.comparison(
            self.expr(node.left),
            [
                make.comparison_target(_COMPARE[type(operator)], self.expr(right))
                for operator, right in zip(node.ops, node.comparators, strict=True)
            ],
        )

    # -- other expressions ---------------------------------------------------------------------------

    def _IfExp(self, node: ast.IfExp) -> cst.IfExp:
        return make.conditional(self.expr(node.test), self.expr(node.body), self.expr(node.orelse))

    def _NamedExpr(self, node: ast.NamedExpr) -> cst.NamedExpr:
        return make.named_expression(self.expr(node.target), self.expr(node.value))

    def _Lambda(self, node: ast.Lambda) -> cst.Lambda:
        return make.lambda_(self._parameters(node.args), self.expr(node.body))

    def _generators(self, generators: Sequence[ast.comprehension]) -> cst.CompFor:
        inner: cst.CompFor | None = None
        for generator in reversed(generators):
            inner = make.for_in(
                self.expr(generator.target),
                self.expr(generator.iter),
                [make.if_in(self.expr(test)) for test in generator.ifs],
                inner,
                _ASYNC if generator.is_async else None,
            )
        assert inner is not None
        return inner

    def _ListComp(self, node: ast.ListComp) -> cst.ListComp:
        return make.list_comprehension(self.expr(node.elt), self._generators(node.generators))

    def _SetComp(self, node: ast.SetComp) -> cst.SetComp:
        return make.set_comprehension(self.expr(node.elt), self._generators(node.generators))

    def _GeneratorExp(self, node: ast.GeneratorExp) -> cst.GeneratorExp:
        return make.generator(self.expr(node.elt), self._generators(node.generators))

    def _DictComp(self, node: ast.DictComp) -> cst.DictComp:
        return make.dict_comprehension(
            self.expr(node.key), self.expr(node.value), self._generators(node.generators)
        )

    def _Await(self, node: ast.Await) -> cst.Await:
        return make.await_(self.expr(node.value))

    def _Yield(self, node: ast.Yield) -> cst.Yield:
        return make.yield_(self._optional(node.value))

    def _YieldFrom(self, node: ast.YieldFrom) -> cst.Yield:
        return make.yield_(make.from_(self.expr(node.value)))

    # -- parameters ----------------------------------------------------------------------------------

    def _parameters(self, node: ast.arguments) -> cst.Parameters:
        positional = [*node.posonlyargs, *node.args]
        without = len(positional) - len(node.defaults)
        plain = [
            self._parameter(argument, node.defaults[index - without] if index >= without else None)
            for index, argument in enumerate(positional)
        ]
        named = [
            self._parameter(argument, default)
            for argument, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        ]
        star: Any = _DEFAULT
        if node.vararg is not None:
            star = self._parameter(node.vararg)
        elif named:
            star = _STAR
        first = len(node.posonlyargs)
        double = self._parameter(node.kwarg) if node.kwarg is not None else None
        return make.parameters(plain[first:], star, named, double, plain[:first])

    def _parameter(self, node: ast.arg, default: ast.expr | None = None) -> cst.Param:
        return make.parameter(
            self._name(node.arg), self._annotation(node.annotation), self._optional(default)
        )

    def _annotation(self, node: ast.expr | None) -> cst.Annotation | None:
        return make.annotation(self.expr(node)) if node is not None else None

    # -- simple statements ---------------------------------------------------------------------------

    def _Expr(self, node: ast.Expr) -> cst.Expr:
        return make.expression(self.expr(node.value))

    def _Assign(self, node: ast.Assign) -> cst.Assign:
        return make.assign(
            [make.assign_target(self.expr(target)) for target in node.targets],
            self.expr(node.value),
        )

    def _AnnAssign(self, node: ast.AnnAssign) -> cst.AnnAssign:
        annotation = self._annotation(node.annotation)
        assert annotation is not None
        return make.annotated_assign(self.expr(node.target), annotation, self._optional(node.value))

    def _AugAssign(self, node: ast.AugAssign) -> cst.AugAssign:
        return make.augmented_assign(self.expr(node.target), _BINARY[type(node.op)][1], self.expr(node.value))

    def _Return(self, node: ast.Return) -> cst.Return:
        return make.return_(self._optional(node.value))

    def _Raise(self, node: ast.Raise) -> cst.Raise:
        cause = make.from_(self.expr(node.cause)) if node.cause is not None else None
        return make.raise_(self._optional(node.exc), cause)

    def _Assert(self, node: ast.Assert) -> cst.Assert:
        return make.assert_(self.expr(node.test), self._optional(node.msg))

    def _Delete(self, node: ast.Delete) -> cst.Del:
        if len(node.targets) == 1:
            return make.delete(self.expr(node.targets[0]))
        return make.delete(make.tuple_(self._elements(node.targets)))

    def _Pass(self, node: ast.Pass) -> cst.Pass:
        return make.pass_()

    def _Break(self, node: ast.Break) -> cst.Break:
        return make.break_()

    def _Continue(self, node: ast.Continue) -> cst.Continue:
        return make.continue_()

    def _Global(self, node: ast.Global) -> cst.Global:
        return make.global_([make.name_item(self._name(name)) for name in node.names])

    def _Nonlocal(self, node: ast.Nonlocal) -> cst.Nonlocal:
        return make.nonlocal_([make.name_item(self._name(name)) for name in node.names])

    def _Import(self, node: ast.Import) -> cst.Import:
        return make.import_([self._alias(alias) for alias in node.names])

    def _ImportFrom(self, node: ast.ImportFrom) -> cst.ImportFrom:
        module = self._dotted(node.module) if node.module else None
        dots = [_DOT] * node.level
        if node.names[0].name == "*":
            return make.import_from(module, _IMPORT_STAR, dots)
        return make.import_from(module, [self._alias(alias) for alias in node.names], dots)

    def _alias(self, node: ast.alias) -> cst.ImportAlias:
        asname = make.as_name(self._name(node.asname)) if node.asname is not None else None
        return make.import_alias(self._dotted(node.name), asname)

    def _dotted(self, name: str) -> cst.Attribute | cst.Name:
        first, *rest = name.split(".")
        built: cst.Attribute | cst.Name = self._name(first)
        for part in rest:
            built = make.attribute(built, self._name(part))
        return built

    # -- compound statements -------------------------------------------------------------------------

    def _FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> cst.FunctionDef:
        if getattr(node, "type_params", None):
            raise CannotBuild("type parameters")
        return make.function(
            self._name(node.name),
            self._parameters(node.args),
            self._block(node.body),
            self._decorators(node),
            self._annotation(node.returns),
            _ASYNC if isinstance(node, ast.AsyncFunctionDef) else None,
        )

    def _decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[cst.Decorator]:
        return [make.decorator(self.expr(decorator)) for decorator in node.decorator_list]

    def _ClassDef(self, node: ast.ClassDef) -> cst.ClassDef:
        return self._class(node, self._block(node.body))

    def _class(self, node: ast.ClassDef, body: cst.BaseSuite) -> cst.ClassDef:
        if getattr(node, "type_params", None):
            raise CannotBuild("type parameters")
        arguments = self._arguments(node)
        keywords = [item for item in arguments if item.keyword is not None or item.star == "**"]
        bases = [item for item in arguments if item not in keywords]
        built = make.class_(self._name(node.name), body, bases, keywords, self._decorators(node))
        self._nodes[id(built)] = node
        return built

    def _If(self, node: ast.If) -> cst.If:
        return make.if_(self.expr(node.test), self._block(node.body), self._orelse(node))

    def _orelse(self, node: ast.If) -> cst.If | cst.Else | None:
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            inner = node.orelse[0]
            if self.source.text.startswith("elif", self.source.offset(inner.lineno, inner.col_offset)):
                built = self._statement(inner)
                assert isinstance(built, cst.If)
                return built
        return self._else(node.orelse)

    def _else(self, nodes: Sequence[ast.stmt]) -> cst.Else | None:
        return make.else_(self._block(nodes)) if nodes else None

    def _For(self, node: ast.For | ast.AsyncFor) -> cst.For:
        return make.for_(
            self.expr(node.target),
            self.expr(node.iter),
            self._block(node.body),
            self._else(node.orelse),
            _ASYNC if isinstance(node, ast.AsyncFor) else None,
        )

    def _While(self, node: ast.While) -> cst.While:
        return make.while_(self.expr(node.test), self._block(node.body), self._else(node.orelse))

    def _With(self, node: ast.With | ast.AsyncWith) -> cst.With:
        items = [
            make.with_item(
                self.expr(item.context_expr),
                make.as_name(self.expr(item.optional_vars)) if item.optional_vars is not None else None,
            )
            for item in node.items
        ]
        return make.with_(items, self._block(node.body), _ASYNC if isinstance(node, ast.AsyncWith) else None)

    def _Try(self, node: ast.Try) -> cst.Try:
        handlers = [
            make.handler(
                self._block(handler.body),
                self._optional(handler.type),
                make.as_name(self._name(handler.name)) if handler.name is not None else None,
            )
            for handler in node.handlers
        ]
        final = make.finally_(self._block(node.finalbody)) if node.finalbody else None
        return make.try_(self._block(node.body), handlers, self._else(node.orelse), final)


_EMPTY_BODY = cst.IndentedBlock([cst.SimpleStatementLine([cst.Pass()])])

_Handlers = dict[type[ast.AST], Callable[[TreeBuilder, Any], Any]]
_EXPRESSIONS: _Handlers = {
    ast.Name: TreeBuilder._Name,
    ast.Attribute: TreeBuilder._Attribute,
    ast.Constant: TreeBuilder._Constant,
    ast.JoinedStr: TreeBuilder._string,
    ast.Tuple: TreeBuilder._Tuple,
    ast.List: TreeBuilder._List,
    ast.Set: TreeBuilder._Set,
    ast.Dict: TreeBuilder._Dict,
    ast.Call: TreeBuilder._Call,
    ast.Subscript: TreeBuilder._Subscript,
    ast.BinOp: TreeBuilder._BinOp,
    ast.BoolOp: TreeBuilder._BoolOp,
    ast.UnaryOp: TreeBuilder._UnaryOp,
    ast.Compare: TreeBuilder._Compare,
    ast.IfExp: TreeBuilder._IfExp,
    ast.NamedExpr: TreeBuilder._NamedExpr,
    ast.Lambda: TreeBuilder._Lambda,
    ast.ListComp: TreeBuilder._ListComp,
    ast.SetComp: TreeBuilder._SetComp,
    ast.GeneratorExp: TreeBuilder._GeneratorExp,
    ast.DictComp: TreeBuilder._DictComp,
    ast.Await: TreeBuilder._Await,
    ast.Yield: TreeBuilder._Yield,
    ast.YieldFrom: TreeBuilder._YieldFrom,
}
_SMALL: _Handlers = {
    ast.Expr: TreeBuilder._Expr,
    ast.Assign: TreeBuilder._Assign,
    ast.AnnAssign: TreeBuilder._AnnAssign,
    ast.AugAssign: TreeBuilder._AugAssign,
    ast.Return: TreeBuilder._Return,
    ast.Raise: TreeBuilder._Raise,
    ast.Assert: TreeBuilder._Assert,
    ast.Delete: TreeBuilder._Delete,
    ast.Pass: TreeBuilder._Pass,
    ast.Break: TreeBuilder._Break,
    ast.Continue: TreeBuilder._Continue,
    ast.Global: TreeBuilder._Global,
    ast.Nonlocal: TreeBuilder._Nonlocal,
    ast.Import: TreeBuilder._Import,
    ast.ImportFrom: TreeBuilder._ImportFrom,
}
_STATEMENTS: _Handlers = {
    ast.FunctionDef: TreeBuilder._FunctionDef,
    ast.AsyncFunctionDef: TreeBuilder._FunctionDef,
    ast.ClassDef: TreeBuilder._ClassDef,
    ast.If: TreeBuilder._If,
    ast.For: TreeBuilder._For,
    ast.AsyncFor: TreeBuilder._For,
    ast.While: TreeBuilder._While,
    ast.With: TreeBuilder._With,
    ast.AsyncWith: TreeBuilder._With,
    ast.Try: TreeBuilder._Try,
}


def arguments_in_order(node: ast.Call | ast.ClassDef) -> list[ast.expr | ast.keyword]:
    """A call's arguments, or a class's bases and keywords, as they stand in the source."""
    positional = node.args if isinstance(node, ast.Call) else node.bases
    items: list[ast.expr | ast.keyword] = [*positional, *node.keywords]
    if node.keywords and any(isinstance(item, ast.Starred) for item in positional):
        items.sort(key=lambda item: (item.lineno, item.col_offset))
    return items


def _is_one_string(text: str) -> bool:
    """Whether the text of a string constant is a single literal."""
    start = 0
    while text[start] not in "\"'":
        start += 1
    quote = text[start]
    if text.startswith(quote * 3, start):
        return ("\\" not in text and text.count(quote * 3) == 2) or _is_token(text)
    return text.find(quote, start + 1) == len(text) - 1 or _is_token(text)


def _is_token(text: str) -> bool:
    match = TOKEN.match(text)
    return match is not None and match.end() == len(text)
