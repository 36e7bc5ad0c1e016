"""Where nodes stand in the source.

libcst's nodes do not know their places. Those that were built from `ast`'s take theirs from there; where
libcst itself has parsed, the text is generated once more to count its characters.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState

from paconvert.frontend.build import arguments_in_order
from paconvert.frontend.text import SourceText, skip_forward, with_parentheses
from paconvert.frontend.units import Unit

_MODULE = re.compile(r"from[\s.\\]*(\w+(?:[\s\\]*\.[\s\\]*\w+)*)")
_STATEMENTS = frozenset(
    {
        cst.SimpleStatementLine,
        cst.If,
        cst.For,
        cst.While,
        cst.With,
        cst.Try,
        cst.TryStar,
        cst.FunctionDef,
        cst.ClassDef,
        cst.Match,
    }
)


class Span(NamedTuple):
    """Offsets of a node in the source, in characters."""

    start: int
    end: int


class Spans:
    """Spans by `id` of a node.

    Attributes:
        outer: with the node's own parentheses, an argument with its comma.
        inner: without parentheses; for statements without leading lines and comments.
        statements: the spans of the statements that were looked into.
    """

    def __init__(self) -> None:
        self.outer: dict[int, Span] = {}
        self.inner: dict[int, Span] = {}
        self.statements: list[Span] = []

    def enclosing_statement(self, offset: int) -> Span | None:
        """The innermost statement that covers an offset."""
        last = bisect_right(self.statements, offset, key=lambda span: span.start)
        candidates = (self.statements[index] for index in range(last - 1, -1, -1))
        return next((span for span in candidates if offset < span.end), None)


def locate(
    source: SourceText,
    units: Iterable[Unit],
    wanted: Mapping[int, cst.CSTNode],
    statements: Iterable[cst.CSTNode] = (),
) -> Spans:
    """The spans of nodes.

    Args:
        source: the module's text.
        units: the parsed units that hold the nodes.
        wanted: the nodes by `id`: expressions and statements. Of calls the arguments are located too, of
            attributes the name after the dot, of imports the module.
        statements: the statements to list in `Spans.statements`.
    """
    spans, inside = Spans(), Spans()
    origins: dict[int, ast.AST] = {}
    for unit in units:
        parsed = unit.parsed
        if parsed.module is not None:
            record_spans(parsed.module, unit.start - parsed.prefix, spans)
            continue
        origins.update(parsed.origins.nodes)
        for piece in parsed.origins.pieces:
            record_spans(piece.module, piece.start, inside)
    places = _Places(source, spans)
    for node in wanted.values():
        origin = origins.get(id(node))
        if origin is not None:
            places.add(node, origin)
    spans.inner = {**inside.inner, **spans.inner}
    spans.outer = {**inside.outer, **spans.outer}
    for statement in statements:
        origin = origins.get(id(statement))
        if origin is not None:
            spans.statements.append(places.header(origin))
    spans.statements.sort(key=lambda span: (span.start, -span.end))
    return spans


class _Places:
    """Adds the spans of nodes that were built from `ast`'s."""

    def __init__(self, source: SourceText, spans: Spans) -> None:
        self.source = source
        self.spans = spans
        self.starts = source.line_starts if source.is_ascii else None

    def add(self, node: cst.CSTNode, origin: ast.AST) -> None:
        """Adds a node and the parts of it that `ast` has no node for."""
        inner, outer = self._both(origin)
        self.spans.inner[id(node)] = inner
        self.spans.outer.setdefault(id(node), outer)
        if type(node) is cst.Attribute:
            name = Span(inner.end - len(node.attr.value), inner.end)
            self.spans.inner[id(node.attr)] = self.spans.outer[id(node.attr)] = name
        elif type(node) is cst.Call and isinstance(origin, ast.Call):
            self._arguments(node, origin, inner.end - 1)
        elif type(node) is cst.ImportFrom and node.module is not None:
            match = _MODULE.match(self.source.text, inner.start)
            assert match is not None
            self.spans.inner[id(node.module)] = Span(*match.span(1))

    def _arguments(self, call: cst.Call, origin: ast.Call, end: int) -> None:
        """Adds a call's arguments; `end` is where its closing parenthesis stands."""
        items = arguments_in_order(origin)
        inner, outer = self.spans.inner, self.spans.outer
        previous: cst.Arg | None = None
        for argument, item in zip(call.args, items, strict=True):
            value = item.value if isinstance(item, (ast.keyword, ast.Starred)) else item
            inner[id(argument.value)], outer[id(argument.value)] = self._both(value, end)
            start = self._start(item) if value is not item else outer[id(argument.value)].start
            if argument.keyword is not None:
                inner[id(argument.keyword)] = Span(start, start + len(argument.keyword.value))
            if previous is not None:
                outer[id(previous)] = Span(outer[id(previous)].start, start)
            outer[id(argument)] = Span(start, end)
            previous = argument

    def _start(self, node: ast.expr | ast.stmt | ast.keyword) -> int:
        return self.source.offset(node.lineno, node.col_offset)

    def _span(self, node: ast.AST) -> Span:
        assert isinstance(node, (ast.expr, ast.stmt))
        assert node.end_lineno is not None and node.end_col_offset is not None
        if self.starts is not None:
            start = self.starts[node.lineno - 1] + node.col_offset
            return Span(start, self.starts[node.end_lineno - 1] + node.end_col_offset)
        return Span(self._start(node), self.source.offset(node.end_lineno, node.end_col_offset))

    def _both(self, node: ast.AST, limit: int | None = None) -> tuple[Span, Span]:
        """The spans of an expression without and with its parentheses, or of a statement.

        Args:
            node: the expression or statement.
            limit: of an argument, where the call's closing parenthesis stands.
        """
        span = self._span(node)
        if isinstance(node, ast.stmt):
            return span, span
        outer = Span(*with_parentheses(self.source, *span, limit))
        if isinstance(node, ast.Tuple):
            return self._elements(node, span), outer
        if isinstance(node, ast.GeneratorExp):
            last = node.generators[-1]
            inner = Span(self._around(node.elt).start, self._around((last.ifs or [last.iter])[-1]).end)
            shares = limit is not None and span.end > limit  # `f(x for x in y)`
            return inner, inner if shares else outer
        return span, outer

    def _around(self, node: ast.expr) -> Span:
        return Span(*with_parentheses(self.source, *self._span(node)))

    def _elements(self, node: ast.Tuple, span: Span) -> Span:
        """What stands between the parentheses of a tuple, or all of one without parentheses."""
        if not node.elts:
            return Span(span.start + 1, span.start + 1)
        first, last = self._around(node.elts[0]), self._around(node.elts[-1])
        if first.start == span.start:
            return span
        after = skip_forward(self.source.text, last.end)
        return Span(first.start, after + 1 if self.source.text.startswith(",", after) else last.end)

    def header(self, node: ast.AST) -> Span:
        """A statement, without its body where everything but the body comes first."""
        span = self._span(node)
        body = getattr(node, "body", None)
        if not body or isinstance(node, ast.Try):
            return span
        decorators = getattr(body[0], "decorator_list", None)
        return Span(span.start, self._start(decorators[0] if decorators else body[0]))


class _State(CodegenState):
    """Counts characters instead of keeping them."""

    def __init__(self, base: int, spans: Spans, newline: str, indent: str) -> None:
        super().__init__(default_indent=indent, default_newline=newline)
        self.position = base
        self.last = 0
        self.spans = spans
        self.started: dict[int, int] = {}

    def add_token(self, value: str) -> None:
        self.last = len(value)
        self.position += self.last

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.position += len(token)

    def pop_trailing_newline(self) -> None:
        self.position -= self.last

    def before_codegen(self, node: cst.CSTNode) -> None:
        self.started[id(node)] = self.position

    def after_codegen(self, node: cst.CSTNode) -> None:
        span = Span(self.started[id(node)], self.position)
        self.spans.outer[id(node)] = span
        self.spans.inner.setdefault(id(node), span)

    def record_syntactic_position(  # type: ignore[override]  # libcst wants a generator's manager, which costs three times more
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> AbstractContextManager[None]:
        return _Recording(self, node, type(node) in _STATEMENTS)


class _Recording:
    """Records where a node begins and ends."""

    def __init__(self, state: _State, node: cst.CSTNode, is_statement: bool) -> None:
        self.state = state
        self.node = node
        self.start = state.position
        self.slot = -1
        if is_statement:
            self.slot = len(state.spans.statements)
            state.spans.statements.append(Span(self.start, self.start))

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        span = Span(self.start, self.state.position)
        if self.slot >= 0:
            self.state.spans.statements[self.slot] = span
        self.state.spans.inner[id(self.node)] = span


def record_spans(module: cst.Module, base: int, spans: Spans) -> None:
    """Adds the spans of all nodes of a module that libcst has parsed.

    Args:
        module: the parsed text.
        base: the offset in the source where the parsed text begins (negative when a frame stands before it).
        spans: receives the spans, also of the statements.
    """
    module._codegen(_State(base, spans, module.default_newline, module.default_indent))
