"""Splits a module into units: the pieces of source that are parsed and converted on their own.

A unit is a top-level statement, a class header, a statement of a class body, or a function or method. `ast`
serves as the
index (where units begin and end, which names they bind); only the units that matter get a libcst tree. When
`ast` cannot
read the text (syntax newer than the interpreter's), the whole text is one unit, and libcst parses it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

import libcst as cst

from paconvert.frontend.build import CannotBuild, Origins, TreeBuilder
from paconvert.frontend.parse import ParseError, check_chains, check_nesting, parse_ast, parse_module
from paconvert.frontend.text import SourceText, skip_back, with_parentheses

_MEMBER = re.compile(r"\.(?:[\s\\]|#[^\n]*\n)*([^\W\d]\w*)")


_OPERATORS = (ast.BinOp, ast.AugAssign, ast.Compare, ast.UnaryOp, ast.Subscript, ast.For, ast.comprehension)


class UnitKind(Enum):
    """What a unit is."""

    CODE = "code"
    CLASS = "class"
    FUNCTION = "function"


@dataclass(eq=False)
class Unit:
    """A piece of a module's source.

    Attributes:
        source: the module's text.
        start, end: offsets of the lines it covers.
        kind: code, class (its header; the body's units are in `body`) or function.
        binds: the names it binds in its scope.
        body: the units of a class's body.
        nodes: what `ast` calls the statements; empty when it could not read the source or they were let go.
    """

    source: SourceText
    start: int
    end: int
    kind: UnitKind
    binds: tuple[str, ...] = ()
    body: Sequence[Unit] = field(default_factory=tuple)
    nodes: tuple[ast.stmt, ...] = ()

    @cached_property
    def text(self) -> str:
        """The unit's own text; of a class, its header."""
        return self.source.text[self.start : self.end]

    @cached_property
    def members(self) -> frozenset[str]:
        """All names after a dot."""
        return frozenset(_MEMBER.findall(self.text))

    @cached_property
    def assigned(self) -> frozenset[str]:
        """The names of members that are assigned to: `a` and `b` of `self.a, x.b = …`."""
        try:
            statements = self.nodes or parse_ast(_framed(self)[0]).body
        except (SyntaxError, ValueError):
            return self.members
        return frozenset(
            item.attr
            for target in _targets_in(statements)
            for item in ast.walk(target)
            if isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Store)
        )

    @cached_property
    def has_operators(self) -> bool:
        """Whether it has operators, indexes or loops, which depend on what their operands are."""
        return not self.nodes or any(
            isinstance(item, _OPERATORS) for node in self.nodes for item in ast.walk(node)
        )

    @cached_property
    def parsed(self) -> ParsedUnit:
        """The parsed unit.

        Raises:
            ParseError: libcst cannot parse it.
        """
        return parse_unit(self)

    def walk(self) -> Iterator[Unit]:
        """The unit and all units within it."""
        yield self
        for unit in self.body:
            yield from unit.walk()

    def forget_tree(self) -> None:
        """Lets go of its own libcst tree; it is built again when it is asked for."""
        self.__dict__.pop("parsed", None)

    def forget_nodes(self) -> None:
        """Lets go of what `ast` calls its statements and those of the units within it."""
        for unit in self.walk():
            unit.nodes = ()

    def release(self) -> None:
        """Lets go of all trees, its own and those of the units within it."""
        self.forget_nodes()
        for unit in self.walk():
            unit.forget_tree()


@dataclass(frozen=True)
class ParsedUnit:
    """A unit's tree.

    Attributes:
        statements: its statements.
        origins: where the nodes come from, for a tree that was built from `ast`'s.
        module: the text that libcst has parsed otherwise: a frame, the unit's text and something behind it.
        prefix: the length of the frame.
    """

    statements: tuple[cst.BaseStatement, ...]
    origins: Origins = field(default_factory=Origins)
    module: cst.Module | None = None
    prefix: int = 0


def parse_unit(unit: Unit) -> ParsedUnit:
    """The tree of a unit: built from what `ast` has read, or parsed by libcst where that cannot be.

    Raises:
        ParseError: libcst cannot parse it.
    """
    try:
        return _build(unit) if unit.nodes else _build_text(unit)
    except (CannotBuild, SyntaxError, ValueError):
        return _parse_text(unit)


def _build(unit: Unit) -> ParsedUnit:
    builder = TreeBuilder(unit.source)
    if unit.kind is UnitKind.CLASS and isinstance(unit.nodes[0], ast.ClassDef):
        return ParsedUnit((builder.class_header(unit.nodes[0]),), builder.origins)
    return ParsedUnit(builder.statements(unit.nodes), builder.origins)


def _build_text(unit: Unit) -> ParsedUnit:
    """Builds a unit whose `ast` was not kept: nobody asks where its nodes stand."""
    text, prefix = _framed(unit)
    body = parse_ast(text).body
    if prefix:
        assert isinstance(body[0], ast.ClassDef)
        body = body[0].body
    return ParsedUnit(TreeBuilder(SourceText(text)).statements(body))


def _framed(unit: Unit) -> tuple[str, int]:
    """A unit's text in a frame that keeps its indentation, and the length of what stands before it."""
    text = unit.text
    newline = unit.source.newline
    if unit.kind is UnitKind.CLASS:
        # Without its body a class header needs one.
        text = f"{text.rstrip()}{newline}{unit.source.indent_at(unit.start)} pass{newline}"
    indented = text[:1] in (" ", "\t") or bool(re.match(r"[ \t\f]+\S", text))
    prefix = f"class _:{newline}" if indented else ""
    return prefix + text, len(prefix)


def _parse_text(unit: Unit) -> ParsedUnit:
    text, prefix = _framed(unit)
    module = parse_module(text)
    if not prefix:
        return ParsedUnit(tuple(module.body), module=module)
    frame = module.body[0]
    assert isinstance(frame, cst.ClassDef) and isinstance(frame.body, cst.IndentedBlock)
    return ParsedUnit(tuple(frame.body.body), module=module, prefix=prefix)


def split_units(source: SourceText, tree: ast.Module | None = None) -> tuple[Unit, ...]:
    """The units of a module, in order; one unit with everything when `ast` cannot read it.

    Args:
        source: the module's text.
        tree: the text as `ast` reads it, where that is known already.

    Raises:
        ParseError: the text nests too deeply to be parsed.
    """
    check_chains(source.text)
    if tree is not None:
        return tuple(_split(source, tree.body))
    try:
        tree = parse_ast(source.text)
    except (RecursionError, MemoryError):
        # What is too deep for `ast` is too deep for libcst's native parser, which would end the process.
        raise ParseError("expression is nested too deeply to be parsed", 1, 0) from None
    except (SyntaxError, ValueError):
        check_nesting(source.text)
        return (Unit(source, 0, len(source.text), UnitKind.CODE),)
    return tuple(_split(source, tree.body))


def _start(source: SourceText, node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    if not decorators:
        return source.line_starts[node.lineno - 1]
    first = decorators[0]
    start = source.offset(first.lineno, first.col_offset)
    if source.text[source.line_start(start) : start].strip() != "@":
        end = source.offset(first.end_lineno or first.lineno, first.end_col_offset or 0)
        start = skip_back(source, with_parentheses(source, start, end)[0])
    return source.line_start(start - 1)


def _end(source: SourceText, node: ast.stmt) -> int:
    assert node.end_lineno is not None
    return (
        source.line_starts[node.end_lineno] if node.end_lineno < len(source.line_starts) else len(source.text)
    )


def _split(source: SourceText, statements: Sequence[ast.stmt]) -> Iterator[Unit]:
    pending: Unit | None = None
    for node in statements:
        start, end = _start(source, node), _end(source, node)
        if pending and (start < pending.end or source.continues(start)):
            # Several statements on one line are one unit.
            binds = pending.binds + tuple(bound_names([node]))
            nodes = (*pending.nodes, node)
            pending = Unit(source, pending.start, max(end, pending.end), UnitKind.CODE, binds, (), nodes)
            continue
        if pending:
            yield pending
        pending = _unit(source, node, start, end)
    if pending:
        yield pending


def _unit(source: SourceText, node: ast.stmt, start: int, end: int) -> Unit:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return Unit(source, start, end, UnitKind.FUNCTION, (node.name,), (), (node,))
    if isinstance(node, ast.ClassDef):
        body_start = _start(source, node.body[0])
        # A body on the header's own line stays with it.
        if body_start > source.line_start(source.offset(node.lineno, node.col_offset)) and body_start > start:
            body = tuple(_split(source, node.body))
            header_end = body_start
            return Unit(source, start, header_end, UnitKind.CLASS, (node.name,), body, (node,))
    return Unit(source, start, end, UnitKind.CODE, tuple(bound_names([node])), (), (node,))


def bound_names(statements: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that statements bind in their own scope (not in functions and classes inside)."""
    for node in statements:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]
            continue
        if isinstance(node, ast.Assign):
            for target in (*node.targets, node.value):
                yield from _targets(target)
            continue
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                yield from bound_names([child])
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                yield from bound_names(child.body)
            elif isinstance(child, ast.withitem):
                if child.optional_vars is not None:
                    yield from _targets(child.optional_vars)
            elif isinstance(child, ast.expr):
                yield from _targets(child)


def _targets_in(statements: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    """What statements, and those inside them, assign to."""
    waiting: list[ast.AST] = [*statements]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assign):
            yield from node.targets
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor)):
            yield node.target
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            yield from (item.optional_vars for item in node.items if item.optional_vars is not None)
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, name, ())
            if isinstance(inside, list):
                waiting.extend(inside)


def _targets(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            yield node.id
    elif isinstance(node, (ast.Tuple, ast.List)):
        for item in node.elts:
            yield from _targets(item)
    elif isinstance(node, ast.Starred):
        yield from _targets(node.value)
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id
