"""What code means does not hang on how it is laid out or on what stands around it.

The sources are a sample of the proofs. Nothing is run: trees of the output are compared.

* Layouts: a source is laid out anew, at random but always alike, so that `ast` reads the same from it: more
  parentheses, lines broken at any place with comments in between, statements joined by semicolons, tabs, form
  feeds and other line endings. The output must be the same code, with each comment in it once.
* Contexts: an expression E stands in many places. Where `held = E` and `… held …` become `held = F` and
  `… G …`, `… E …` must become `… G …` with F for `held`: nothing binds more tightly than before, and nothing
  is lost.

A new layout or context is one function or one line here.
"""

from __future__ import annotations

import ast
import copy
import io
import random
import re
import tokenize
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from paconvert.conversion import convert
from paconvert.records import Conversion, Options
from paconvert.rewrite.buffer import apply_edits
from tests.paired.proofs import cases, select

OPTIONS = Options(helpers_import="import paddle_utils")
COMMENTS = (", (", "\"'", " return = [", "}) :", "'''", ")", "é漢 \\", " lambda: ", " -> {", " == ")
BLANK = (
    tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER, tokenize.COMMENT,
)  # fmt: skip

CONTEXTS = """\
q = 2 - HERE - 1
q = -HERE ** 2 ** HERE
q = not HERE
q = ~HERE @ w
q = 1 < HERE < w
q = w in HERE
q = HERE is w
q = HERE.real_
q = HERE[0][HERE:, ..., None]
q = HERE(1)
q = w(*HERE, **HERE)
q = w(1, key=HERE)
q = f"{HERE}"
q = f"a{1}{HERE!r:>{w}} {w:{HERE}}" f"b"
q = lambda v=HERE: HERE
q = [HERE for v in w if HERE]
q = {HERE: v for v in w}
q = w(HERE for v in w)
q = HERE if w else 2
q = 1 if HERE else HERE if w else w
q = *HERE, 1
q = {**HERE}, {HERE}, {1: HERE}
q = HERE or w and HERE
q = "%s" % HERE
q: HERE = HERE
q += HERE
q[HERE].z, r = HERE, 1
del q[HERE]
q = [z := HERE, 1]
assert HERE, HERE
while HERE: break
with HERE as v, w(HERE): pass
raise HERE from HERE
def g(): yield HERE
def g(): return HERE, 1
def g(v: HERE = HERE, *, w=HERE) -> HERE: pass
async def g(): return await HERE + 1
class g(HERE): pass
match HERE, 1:\\n    case 1 if HERE: pass
try: pass\\nexcept (HERE, w): q = HERE
print(HERE, file=w)
q = (\\n    HERE  # c\\n    - 1\\n)
q = (w -  # c, (\\n    HERE)
q = HERE \\\\n    * 2
q = (HERE\\n    [0]\\n    .real_)
q = (HERE\\n    if w\\n    else 1)
q = ( (HERE) )[0]
if w: q = HERE; z = "é漢", HERE
q = torch.rsub(HERE - 1, HERE if w else 2)
q = 2 - HERE.sub(1) * 3
q = -HERE.sub(1) ** HERE.sub(w)[0]
q = (HERE - w).sub(HERE - 1).sub(-HERE)
q = (HERE.sub(1)).sub(w - 1) is (HERE.sub(1)).real_
q = (w -  # c, (\\n    HERE.sub(1)  # c\\n   ).real_
q = (HERE.sub  # c\\n  (1)\\n  .sub(w or 1)) ** 2
q = torch.cat([HERE, HERE.sub(w)], axis=1).addcmul(HERE.sub(1), value=2, tensor2=HERE)
q = (HERE\\n  # c\\n  .sub(1)\\n  .div(HERE, rounding_mode="floor")) ** 2
"""


def programs(count: int) -> Iterator[tuple[str, str]]:
    """Imports and code of a sample of the proofs."""
    names = random.Random("layouts").sample(select(), count)
    for case in cases(names):
        for form in case.forms[-2:]:
            yield case.imports, form.source.strip() + "\n"


def expressions(count: int) -> Iterator[tuple[str, str]]:
    """What stands before an expression, and the expression."""
    for imports, source in programs(count):
        body = ast.parse(source).body
        last = next((item for item in reversed(body) if isinstance(item, ast.Assign)), None)
        if last is not None and isinstance(last.value, ast.Call | ast.BinOp | ast.Subscript):
            before = "\n".join(ast.unparse(item) for item in body[: body.index(last)])
            value = ast.unparse(last.value)
            yield f"{imports}\n{before}\n", value
            # The first becomes an operator, the others have something that is no name for an argument.
            for text in (
                f"({value}).sub(1)",
                f"torch.sub({value} * w, w if w else 1)",
                f"(w or {value}).sub(-w)",
            ):
                yield f"{imports}\n{before}\nw = torch.ones(2)\n", text


def converted(source: str) -> Conversion:
    result = convert(source, options=OPTIONS)
    assert apply_edits(source, result.edits) == result.code, source
    assert convert(result.code, options=OPTIONS).code == result.code, source
    return result


def tree(code: str) -> str:
    """The code without imports, which may stand elsewhere, and without what stands for dropped statements."""
    module = ast.parse(code)
    for node in ast.walk(module):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                kept = [
                    item for item in block if not isinstance(item, ast.Import | ast.ImportFrom | ast.Pass)
                ]
                setattr(node, name, kept)
    return ast.dump(module)


# -- layouts ---------------------------------------------------------------------------------------


class Text:
    """A source whose places are offsets."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = re.findall(r"[^\n]*\n|[^\n]+$", source)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def begin(self, node: ast.stmt | ast.expr) -> int:
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.stmt | ast.expr) -> int:
        return self._offset(node.end_lineno or 1, node.end_col_offset or 0)

    def _offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def with_inserted(self, pieces: list[tuple[int, int, str]]) -> str:
        """The source with texts in the places of spans."""
        parts, position = [], 0
        for start, end, text in sorted(pieces, key=lambda piece: piece[:2]):
            parts += [self.source[position:start], text]
            position = end
        return "".join([*parts, self.source[position:]])


def wrapped(source: str, chance: random.Random) -> str:
    """Parentheses around expressions, and around all values of statements."""
    text, closed = Text(source), set[int]()
    pieces: list[tuple[int, int, str]] = []
    module = ast.parse(source)
    values = {id(item.value) for item in ast.walk(module) if isinstance(item, ast.Assign | ast.Return)}
    for node in ast.walk(module):
        match node:
            case ast.JoinedStr() | ast.MatchValue() | ast.MatchClass():
                closed |= {id(part) for part in ast.walk(node) if part is not node}
            case ast.Subscript(slice=ast.Tuple()):
                closed.add(id(node.slice))
            case ast.Call(args=[ast.GeneratorExp()]):
                closed.add(id(node.args[0]))
        is_value = not isinstance(node, ast.Starred | ast.Slice | ast.FormattedValue)
        is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if isinstance(node, ast.expr) and is_value and is_read and id(node) not in closed:
            bare = isinstance(node, ast.Tuple | ast.GeneratorExp) and source[text.begin(node)] != "("
            if id(node) in values or (not bare and chance.random() < 0.3):
                # Wider ones first where they begin, last where they end.
                pieces.append((text.begin(node), text.begin(node), "("))
                pieces.append((text.end(node), text.end(node), ")"))
    return text.with_inserted(pieces)


def broken(source: str, chance: random.Random) -> str:
    """Lines broken between tokens, with comments where they can stand."""
    text = Text(source)
    pieces: list[tuple[int, int, str]] = []
    depth, previous = 0, -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in BLANK:
            previous = -1
            continue
        start = text.starts[token.start[0] - 1] + token.start[1]
        gap = source[previous:start] if previous >= 0 else "\n"
        if "\n" not in gap and chance.random() < 0.35:
            comment = f"  #k{len(pieces)}k{chance.choice(COMMENTS)}\n  "
            inside = ("\n", " \\\n  ", comment, f"\n\f\n{comment}{comment.replace('k', 'K', 1)}\t")
            pieces.append((previous, start, chance.choice(inside) if depth else " \\\n  "))
        depth += token.type == tokenize.OP and (token.string in "([{") - (token.string in ")]}")
        previous = text.starts[token.end[0] - 1] + token.end[1]
    return text.with_inserted(pieces)


def joined(source: str, chance: random.Random) -> str:
    """Simple statements on one line where that can be, with other letters in front."""
    text = Text(source)
    body = ast.parse(source).body
    pieces = []
    for first, second in pairwise(body):
        gap = source[text.end(first) : text.begin(second)]
        if not (hasattr(first, "body") or hasattr(second, "body") or gap.strip()):
            pieces.append((text.end(first), text.begin(second), chance.choice((" ; ", ";", ";\\\n "))))
    return text.with_inserted(pieces)


def foreign(source: str, chance: random.Random) -> str:
    """Tabs, form feeds, blank lines and comments between lines, and line endings of two characters."""
    lines = []
    for index, line in enumerate(source.splitlines()):
        code = line.lstrip(" ")
        indent = "\t" * (len(line) - len(code))
        lines += [f"{indent}#k{index}k{chance.choice(COMMENTS)}", "  \f", indent + code]
    return "\r\n".join(lines) + "\r\n" if '"""' not in source and "'''" not in source else source


def relaid(source: str, layouts: tuple[Callable[[str, random.Random], str], ...]) -> str:
    """The source laid out anew; as it was where that gives something else."""
    result = source
    for layout in layouts:
        result = layout(result, random.Random(source))
    try:
        same = ast.dump(ast.parse(result)) == ast.dump(ast.parse(source))
    except SyntaxError:
        same = False
    return result if same else source


@pytest.mark.parametrize(
    "layouts",
    [(broken,), (wrapped, broken), (joined,), (joined, wrapped), (foreign,)],
    ids=lambda layouts: "-".join(layout.__name__ for layout in layouts),
)
def test_layouts(layouts: tuple[Callable[[str, random.Random], str], ...]) -> None:
    changed = total = 0
    for imports, code in programs(150):
        source = f"{imports}\n{code}"
        text = relaid(source, layouts)
        plain, result = converted(source), converted(text)
        total, changed = total + 1, changed + (text != source)
        assert tree(result.code) == tree(plain.code), text
        for comment in re.findall(r"#[kK]\d+k", text):
            assert result.code.count(comment) == 1, (comment, text)
        if "\r\n" in text:
            assert not re.search(r"(?<!\r)\n", result.code), text
    assert changed > total * 0.6  # the layouts do something


# -- contexts --------------------------------------------------------------------------------------


class Filled(ast.NodeTransformer):
    """Puts an expression in the place of a name."""

    def __init__(self, name: str, value: ast.expr) -> None:
        self.name = name
        self.value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self.value) if node.id == self.name else node


def filled(statement: ast.stmt, name: str, value: ast.expr) -> str:
    # Whether a name is read or assigned to is no matter here.
    return re.sub(r"ctx=\w+\(\)", "", ast.dump(Filled(name, value).visit(statement)))


def is_held(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "held"


def test_contexts() -> None:
    contexts = [line.replace("\\\\n", "\\\n").replace("\\n", "\n") for line in CONTEXTS.splitlines()]
    chance = random.Random("contexts")
    total = 0
    for setup, expression in expressions(25):
        held = ast.parse(expression, mode="eval").body
        here = f"({expression})" if isinstance(held, ast.BinOp) else expression
        for context in chance.sample(contexts, 12):
            source = setup + context.replace("HERE", here) + "\n"
            apart = f"{setup}held = {expression}\n" + context.replace("HERE", "held") + "\n"
            try:
                ast.parse(source)
            except SyntaxError:
                continue  # quotes inside an f-string
            conversions = converted(apart), converted(source)
            if any(result.summary.unsupported for result in conversions):
                continue  # what stays needs marks and other annotations
            results = [ast.parse(result.code).body for result in conversions]
            value = next(item.value for item in results[0] if is_held(item))
            if 'f"' in context and "\\" in ast.unparse(value):
                continue  # there can be none inside an f-string
            found = filled(results[1][-1], "", value)
            assert found == filled(results[0][-1], "held", value), source
            total += 1
    assert total > 1000
