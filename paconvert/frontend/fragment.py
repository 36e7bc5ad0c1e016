"""Makes a parsable text around a selection, also where the file is unfinished: for conversion in an editor.

The text that comes back has the selection at a known place; everything in it that does not parse by itself
is blanked
out, so that offsets stay and the rest of the file still tells what names mean.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from paconvert.frontend.parse import parse_ast
from paconvert.frontend.text import TOKEN

_BLOCK = re.compile(r"^(?=[^\s#)\]}])(?!(?:else|elif|except|finally)\b)", re.MULTILINE)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_NOT_BLANK = re.compile(r"[^\s]")
_BRANCH = re.compile(r"\s*(else|elif|except|finally|case)\b")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A parsable text with the selection in it.

    Attributes:
        text: the text.
        start, end: where the selection stands in it.
        shift: how far that is from where it stands in the source.
        tree: the text as `ast` reads it, where that is known.
    """

    text: str
    start: int
    end: int
    shift: int = 0
    tree: ast.Module | None = None


def read(text: str) -> ast.Module | None:
    """The text as `ast` reads it; `None` when it is not Python."""
    try:
        return parse_ast(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def parses(text: str) -> bool:
    """Whether the text is Python."""
    return read(text) is not None


def fragment(source: str, start: int, end: int) -> Fragment | None:
    """A parsable text around `source[start:end]`; `None` when nothing makes one."""
    if source.startswith("\ufeff"):
        inner = fragment(source[1:], max(start - 1, 0), max(end - 1, 0))
        return None if inner is None else replace(inner, shift=inner.shift - 1)
    tree = read(source)
    if tree is not None:
        return Fragment(source, start, end, tree=tree)
    # White space at the edges of a selection is not part of the code.
    while end > start and source[end - 1] in " \t\r\n":
        end -= 1
    blocks = [*(match.start() for match in _BLOCK.finditer(source)), len(source)]
    first = max((offset for offset in blocks if offset <= start), default=0)
    after = min((offset for offset in blocks if offset >= end), default=len(source))
    before = _blank_broken(source, [offset for offset in blocks if offset < first], first)
    behind = _blank_broken(source, [offset for offset in blocks if offset >= after], len(source), after)
    for prefix, middle, suffix in _candidates(source, first, start, end, after):
        text = before + prefix + middle + source[start:end] + suffix
        if not parses(text):
            continue
        shift = len(before) + len(prefix) + len(middle) - start
        whole = text + "\n" + behind
        return Fragment(whole if parses(whole) else text, start + shift, end + shift, shift)
    return None


def _blank(text: str) -> str:
    return _NOT_BLANK.sub(" ", text)


def _blank_broken(source: str, starts: list[int], end: int, begin: int = 0) -> str:
    edges = [*starts, end]
    parts = [source[begin : edges[0]]] if edges and edges[0] > begin else []
    if parts and not parses(parts[0]):
        parts = [_blank(parts[0])]
    for left, right in pairwise(edges):
        text = source[left:right]
        parts.append(text if parses(text) else _blank(text))
    return "".join(parts)


def _candidates(source: str, first: int, start: int, end: int, after: int) -> Iterator[tuple[str, str, str]]:
    """Ways to frame the selection: what stands before it in its block, and what closes it."""
    selected = source[start:end]
    line = source.rfind("\n", 0, start) + 1
    lead = source[line:start]
    head = source[first:start]
    tails = list(_tails(head + selected))
    own_tails = list(_tails(selected))
    yield "", head, source[end:after]
    for tail in tails:
        yield "", head, tail
    indent = re.match(r"[ \t]*", lead).group() if lead else ""  # type: ignore[union-attr]
    alone = lead.strip() == ""
    frame = f"if 1:\n{indent}" if indent and alone else ""
    body = indent + "    "
    branch = _BRANCH.match(selected)
    for tail in own_tails:
        blank = _blank(head[: len(head) - len(lead)]) if alone else _blank(head)
        if branch is not None:
            word = branch.group(1)
            opening = {"case": f"match 1:\n{body}"}.get(
                word, f"{'try' if word in ('except', 'finally') else 'if 1'}:\n{body}pass\n{indent}"
            )
            outer = f"if 1:\n{indent}" if indent else ""
            yield blank + outer + opening, "", tail
        elif frame:
            yield blank + frame, "", tail
        # Between parentheses the blank lines and the indentation do not matter.
        yield "(" + blank, "", tail + ")"
        yield blank, "", tail
        yield blank + f"def _():\n{indent or ' '}", "", tail
    for tail in own_tails:
        yield "_(" + _blank(head), "", tail + ")"


def _tails(text: str) -> Iterator[str]:
    """What may complete an unfinished text: operands, closing brackets, bodies."""
    stack: list[str] = []
    for match in TOKEN.finditer(text):
        token = match.group()
        if token in "([{":
            stack.append(token)
        elif token in ")]}" and stack:
            stack.pop()
    closing = "".join(_CLOSING[token] for token in reversed(stack))
    stripped = text.rstrip()
    last_line = stripped.rsplit("\n", 1)[-1]
    indent = re.match(r"[ \t]*", last_line).group()  # type: ignore[union-attr]
    fillers = ["", "_", " _", "0"]
    for filler in fillers:
        yield filler + closing
        yield filler + closing + ":\n" + indent + "    pass"
        yield filler + closing + f"\n{indent}    pass"
        yield filler + closing + f"\n{indent}pass"
        yield filler + closing + f"\n{indent}def _(): pass"
        yield filler + closing + f"\n{indent}except Exception: pass"
        if stripped.endswith(":"):
            yield " pass"
