"""Where nodes stand in the source: one code-generation pass that records only the nodes of interest."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import libcst as cst
from libcst._nodes.internal import CodegenState


_NOTHING = nullcontext()
_STATEMENTS = frozenset(
    {cst.SimpleStatementLine, cst.If, cst.For, cst.While, cst.With, cst.Try, cst.TryStar, cst.FunctionDef, cst.ClassDef, cst.Match}
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
        statements: the spans of all statements, in order of their start.
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
        if id(self.node) in self.state.wanted:
            self.state.spans.inner[id(self.node)] = span


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
