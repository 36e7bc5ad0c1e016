"""Trees built from `ast` mean what libcst's parser reads, and every node stands where libcst has it."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import libcst as cst
import pytest

import paconvert
from paconvert.frontend.build import CannotBuild, TreeBuilder
from paconvert.frontend.spans import Spans, locate, record_spans
from paconvert.frontend.text import SourceText
from paconvert.frontend.units import Unit, UnitKind, split_units
from paconvert.frontend.walk import meaningful_children

SNIPPETS = [
    "f(x)",
    "f((x))",
    "f(((x)), )",
    "f( # why (\n  x # this )\n  , y=(z) # that\n)",
    "f (x)(y) [z] . w",
    "f(*a, **b)",
    "f(a, *b, c=1, *d, **e)",
    "f(x for x in y)",
    "f((x for x in y))",
    "f(((x for x in y)))",
    "f((x for x in y if x), z)",
    "(x for x in (y))",
    "x = ()",
    "x = (a,)",
    "x = a, b,",
    "x = (a), b",
    "x = ((a), (b))",
    "x = ( # c\n a, b # d\n)",
    "x[a, b]",
    "x[(a, b)]",
    "x[(a), b]",
    "x[((a), b)]",
    "x[a:b, ..., None, ::2]",
    "x[()]",
    "x = y = (z)",
    "x: int = 3",
    "x += (y)",
    "(a) if (b) else (c)",
    "a and b and (c or d)",
    "a < (b) <= c is not d not in e",
    "not (x)",
    "-(-x) ** -1",
    "a + b - (c * d) @ e // 2",
    "(lambda x, *y, z=(1), **w: (x))(1)",
    "x = 'a' 'b' f'{c(d)}' 'e'",
    "x = f'''{\n(a)}''' 'b'",
    "x = f'{a!r:>{width}} {b.c(d)}'",
    "x = ('a'\n     'b')",
    "x = '\\''",
    "x = b'1', rb'\\d', u'é'",
    "x = 'é'; y = f(x, 'ü', z)",
    "x = 1_000, 0x1F, 1e-5, 2j, True, None",
    "[a, *b, (c)], {d, e}, {f: g, **h}",
    "[x async for x in y if a if b]",
    "{x: y for x in a for y in b}",
    "{(x) for (x) in (a)}",
    "while (x := f(y)):\n    break\nelse:\n    pass",
    "for (i), j in (x):\n    continue",
    "if (a):\n    b\nelif c:\n    d\nelse:\n    if e:\n        f",
    "with (open(a)) as b, (c):\n    pass",
    "try:\n    a\nexcept (B, C) as d:\n    e\nexcept f:\n    g\nelse:\n    h\nfinally:\n    i",
    "@a.b\n@c(d)\ndef f(a, b: int = 1, /, c=(2), *d, e, f=3, **g) -> (h):\n    return (yield a)",
    "async def f():\n    await (x)\n    async with a as b:\n        pass\n    async for c in d:\n        e",
    "class A(B, (C), metaclass=D):\n    x: int",
    "class A((B)): x = 1",
    "import a.b as c, d",
    "from .. import a",
    "from . a . b import (c as d,  # why\n    e)",
    "from a import *",
    "del (a), b[c], d.e",
    "global a, b",
    "raise (A) from (b)",
    "assert (a), 'b'",
    "def f():\n    '''doc'''\n    yield from (a)",
    "x = a \\\n  . b \\\n  (c)",
    "x = a if b else(c)",
    "f(a)(b)((c))",
    "f((yield))",
    "print((a)(b), (c).d[(e)])",
]  # fmt: skip


def _parsed(text: str) -> tuple[Sequence[cst.BaseStatement], Spans]:
    module = cst.parse_module(text)
    spans = Spans()
    record_spans(module, 0, spans)
    return module.body, spans


def _built(text: str) -> tuple[Sequence[cst.BaseStatement], Spans]:
    source = SourceText(text)
    unit = Unit(source, 0, len(text), UnitKind.CODE, nodes=tuple(ast.parse(text).body))
    builder = TreeBuilder(source)
    statements = builder.statements(unit.nodes)
    parsed = unit.parsed
    assert parsed.module is None and len(parsed.statements) == len(statements)
    wanted = {id(node): node for statement in parsed.statements for node in _nodes(statement)}
    return parsed.statements, locate(source, [unit], wanted)


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in meaningful_children(node):
        yield from _nodes(child)


def _flat(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The children that mean something; a line of statements and a body stand for what they hold."""
    found: list[cst.CSTNode] = []
    for child in meaningful_children(node):
        if isinstance(child, (cst.SimpleStatementLine, cst.IndentedBlock, cst.SimpleStatementSuite)):
            found.extend(_flat(child))
        elif not isinstance(child, (cst.ParamStar, cst.ParamSlash)):
            found.append(child)
    return found


def _compare(mine: cst.CSTNode, theirs: cst.CSTNode, here: Spans, there: Spans, text: str) -> None:
    assert type(mine) is type(theirs), text
    for name in ("value", "star", "operator", "keyword"):
        left, right = getattr(mine, name, None), getattr(theirs, name, None)
        if isinstance(left, str) and left != right:
            pytest.fail(f"{left!r} is not {right!r}: {text}")
        if name == "operator":
            assert type(left) is type(right)
    if isinstance(mine, (cst.BaseExpression, cst.BaseSmallStatement)):
        assert here.inner.get(id(mine)) in (None, there.inner[id(theirs)]), (text, type(mine))
    if isinstance(mine, cst.ClassDef):
        for base in mine.bases:  # a class's parentheses may seem to be its only base's own; nobody asks
            here.outer.pop(id(base.value), None)
    if isinstance(mine, (cst.BaseExpression, cst.Arg)):
        assert here.outer.get(id(mine)) in (None, there.outer[id(theirs)]), (text, type(mine))
    mine_children, their_children = _flat(mine), _flat(theirs)
    assert len(mine_children) == len(their_children), (text, type(mine))
    for left_node, right_node in zip(mine_children, their_children, strict=True):
        _compare(left_node, right_node, here, there, text)


def _compare_statements(
    mine: Sequence[cst.BaseStatement],
    theirs: Sequence[cst.BaseStatement],
    here: Spans,
    there: Spans,
    text: str,
) -> None:
    left, right = (
        [
            node
            for item in side
            for node in (_flat(item) if isinstance(item, cst.SimpleStatementLine) else [item])
        ]
        for side in (mine, theirs)
    )
    assert len(left) == len(right), text
    for one, other in zip(left, right, strict=True):
        _compare(one, other, here, there, text)


@pytest.mark.parametrize("text", SNIPPETS)
def test_snippets(text: str) -> None:
    (mine, here), (theirs, there) = _built(text + "\n"), _parsed(text + "\n")
    _compare_statements(mine, theirs, here, there, text)


def _real_files() -> list[Path]:
    library = Path(sysconfig.get_paths()["stdlib"])
    names = ("argparse", "ast", "inspect", "typing", "tarfile", "asyncio/tasks", "unittest/mock", "enum")
    package = Path(paconvert.__file__).parent
    return [*(library / f"{name}.py" for name in names), *sorted(package.rglob("*.py"))]


@pytest.mark.parametrize("path", _real_files(), ids=lambda path: path.stem)
def test_real_code(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    (mine, here), (theirs, there) = _built(text), _parsed(text)
    _compare_statements(mine, theirs, here, there, path.stem)


def test_what_is_left_to_libcst() -> None:
    source = SourceText("match x:\n    case A(b):\n        torch.abs(b)\n")
    with pytest.raises(CannotBuild):
        TreeBuilder(source).statements(ast.parse(source.text).body)
    (unit,) = split_units(source)
    assert unit.parsed.module is not None


def test_what_the_interpreter_warns_of_stays_with_the_author() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        units = split_units(SourceText("x = 1 is 1\ny = '\\d'\n"))
        for unit in units:
            assert unit.parsed.module is None
            unit.release()
            assert not unit.nodes and unit.parsed.module is None
