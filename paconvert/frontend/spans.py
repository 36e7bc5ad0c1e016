"""Where nodes stand in the source.

libcst's nodes do not know their places. `ast`'s do: where it could read the source, the two trees are walked
side by side,
which tells where each statement begins, and only the statements with nodes of interest are generated as text
to count
their characters. Otherwise the whole unit is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState

from paconvert.frontend.text import SourceText
from paconvert.frontend.units import Unit, UnitKind

_NOTHING = nullcontext()
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
        statements: the spans of the statements that were looked into, compound ones without their bodies.
    """

    def __init__(self) -> None:
        self.outer: dict[int, Span] = {}
        self.inner: dict[int, Span] = {}
        self.statements: list[Span] = []

    def enclosing_statement(self, offset: int) -> Span | None:
        """The innermost statement that covers an offset."""
        found = None
        for span in self.statements:
            if span.start > offset:
                break
            if offset < span.end:
                found = span
        return found


class _State(CodegenState):
    """Counts characters instead of keeping them."""

    def __init__(self, wanted: set[int], base: int, spans: Spans, newline: str, indent: str) -> None:
        super().__init__(default_indent=indent, default_newline=newline)
        self.position = base
        self.last = 0
        self.wanted = wanted
        self.spans = spans
        self.started: dict[int, int] = {}
        self.begun: dict[int, int] = {}

    def add_token(self, value: str) -> None:
        self.last = len(value)
        self.position += self.last

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.position += len(token)

    def pop_trailing_newline(self) -> None:
        self.position -= self.last

    def before_codegen(self, node: cst.CSTNode) -> None:
        if id(node) in self.wanted:
            self.started[id(node)] = self.position

    def after_codegen(self, node: cst.CSTNode) -> None:
        if id(node) in self.wanted:
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
        is_statement = type(node) in _STATEMENTS
        if not is_statement and id(node) not in self.wanted:
            return _NOTHING
        return _Recording(self, node, is_statement)


class _Recording:
    """Records where a node begins and ends."""

    def __init__(self, state: _State, node: cst.CSTNode, is_statement: bool) -> None:
        self.state = state
        self.node = node
        self.start = state.begun[id(node)] = state.position
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
        if id(self.node) in self.state.wanted:
            self.state.spans.inner[id(self.node)] = span


class _BodyReached(Exception):
    """The header of a compound statement is complete."""


class _HeaderState(_State):
    """Stops where the body of a compound statement begins."""

    def __init__(
        self, body: cst.CSTNode, wanted: set[int], spans: Spans, module: cst.Module, indent: str
    ) -> None:
        super().__init__(wanted, 0, spans, module.default_newline, module.default_indent)
        self.body = body
        self.indent_tokens.append(indent)

    def before_codegen(self, node: cst.CSTNode) -> None:
        if node is self.body:
            raise _BodyReached
        super().before_codegen(node)


def record_unit(unit: Unit, homes: Iterable[cst.CSTNode], wanted: set[int], spans: Spans) -> None:
    """Adds the spans of the wanted nodes of a unit.

    Args:
        unit: the parsed unit.
        homes: the statements that hold the wanted nodes.
        wanted: `id`s of nodes.
        spans: receives the spans.
    """
    parsed = unit.parsed
    places = dict(_side_by_side(parsed.statements, unit.nodes, unit.kind is UnitKind.CLASS))
    statements = list(homes)
    if not unit.nodes or any(id(home) not in places for home in statements):
        record_spans(parsed.module, wanted, unit.start - parsed.prefix, spans)
        return
    for home in statements:
        node = places[id(home)]
        offset = unit.source.offset(node.lineno, node.col_offset)
        _record_statement(home, unit.source, parsed.module, offset, wanted, spans)


def _record_statement(
    home: cst.CSTNode, source: SourceText, module: cst.Module, offset: int, wanted: set[int], spans: Spans
) -> None:
    local = Spans()
    if not isinstance(home, cst.BaseCompoundStatement):
        state = _State(wanted, offset, local, module.default_newline, module.default_indent)
        state.indent_tokens.append(source.indent_at(offset))  # continuation lines begin with it
        home._codegen(state)
        spans.outer.update(local.outer)
        spans.inner.update(local.inner)
        spans.statements.append(Span(offset, state.position))
        return
    # A `try` or `match` has expressions behind its first body too.
    body = home if isinstance(home, (cst.Try, cst.TryStar, cst.Match)) else home.body
    header = _HeaderState(body, wanted | {id(home)}, local, module, source.indent_at(offset))
    if body is home:
        header.body = cst.Pass()
    try:
        home._codegen(header, **({"is_elif": True} if source.text.startswith("elif", offset) else {}))
    except _BodyReached:
        local.inner[id(home)] = Span(header.begun.get(id(home), 0), header.position)
    shift = offset - local.inner[id(home)].start
    for mine, all_spans in ((local.outer, spans.outer), (local.inner, spans.inner)):
        all_spans.update({key: Span(span.start + shift, span.end + shift) for key, span in mine.items()})
    spans.statements.append(Span(offset, header.position + shift))


def _side_by_side(
    statements: Sequence[cst.CSTNode], nodes: Sequence[ast.stmt], only_header: bool = False
) -> Iterator[tuple[int, ast.stmt]]:
    """`id` of a libcst statement → what `ast` calls it, for two lists of statements and all bodies in
    them."""
    small: list[cst.CSTNode] = []
    for statement in statements:
        small.extend(statement.body if isinstance(statement, cst.SimpleStatementLine) else [statement])
    if len(small) != len(nodes):
        return
    for mine, theirs in zip(small, nodes, strict=True):
        yield id(mine), theirs
        if only_header or not isinstance(mine, cst.BaseCompoundStatement):
            continue
        yield from _bodies(mine, theirs)


def _bodies(mine: cst.BaseCompoundStatement, theirs: ast.stmt) -> Iterator[tuple[int, ast.stmt]]:
    if isinstance(mine, cst.Match):
        for case, other in zip(mine.cases, getattr(theirs, "cases", []), strict=False):
            yield from _side_by_side(_suite(case.body), other.body)
        return
    yield from _side_by_side(_suite(mine.body), getattr(theirs, "body", []))
    for handler, other in zip(getattr(mine, "handlers", []), getattr(theirs, "handlers", []), strict=False):
        yield from _side_by_side(_suite(handler.body), other.body)
    orelse = getattr(mine, "orelse", None)
    if isinstance(orelse, cst.If):
        yield from _side_by_side([orelse], getattr(theirs, "orelse", []))
    elif orelse is not None:
        yield from _side_by_side(_suite(orelse.body), getattr(theirs, "orelse", []))
    finalbody = getattr(mine, "finalbody", None)
    if finalbody is not None:
        yield from _side_by_side(_suite(finalbody.body), getattr(theirs, "finalbody", []))


def _suite(body: cst.BaseSuite) -> Sequence[cst.CSTNode]:
    return body.body


def record_spans(module: cst.Module, wanted: set[int], base: int, spans: Spans) -> None:
    """Adds the spans of the wanted nodes of a module, and of its statements.

    Args:
        module: the parsed text.
        wanted: `id`s of nodes.
        base: the offset in the source where the parsed text begins (negative when a frame stands before it).
        spans: receives the spans.
    """
    state = _State(wanted, base, spans, module.default_newline, module.default_indent)
    module._codegen(state)
