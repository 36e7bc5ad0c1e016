"""Parsing with libcst, guarded: what its native parser cannot take is refused before it is called."""

from __future__ import annotations

import ast
import gc
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import libcst as cst

from paconvert.frontend.text import TOKEN

# CPython's own tokenizer takes no more; libcst's native parser overflows the stack at some 1,000 to 3,000.
MAX_BRACKETS = 200
# Operators and member accesses nest too; a statement with more of them is no program that people write.
MAX_CHAIN = 900

_LINK = re.compile(
    r"\.\s*\w+|[-+*/%@&|^~]|\bnot\b|\band\b|\bor\b|\belse\b|\blambda\b|[\])]\s*[\[(]|[\"']\s+[\"']"
)


class ParseError(Exception):
    """The text is not Python, or is nested more deeply than can be parsed."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@contextmanager
def collector_held_off() -> Iterator[None]:
    """Keeps the cyclic garbage collector from running.

    Building trees makes no garbage, but so many objects that the collector runs all the time: without it
    libcst parses a third faster, and `ast` too.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def parse_ast(text: str) -> ast.Module:
    """The text as `ast` reads it; what the interpreter would warn its author of is not the user's matter.

    Raises:
        SyntaxError, ValueError: it is not Python, or not of the interpreter's version.
        RecursionError, MemoryError: it is nested too deeply.
    """
    with collector_held_off(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def check_nesting(text: str) -> None:
    """Raises ParseError where brackets or chains nest too deeply for libcst's parser.

    Cheap: one regular expression over the text, only when it has enough brackets for that.
    """
    check_chains(text)
    if text.count("(") + text.count("[") + text.count("{") > MAX_BRACKETS:
        depth = 0
        for match in TOKEN.finditer(text):
            token = match.group()
            if token in "([{":
                depth += 1
                if depth > MAX_BRACKETS:
                    raise _too_deep(text, match.start())
            elif token in ")]}":
                depth = max(0, depth - 1)


def check_chains(text: str) -> None:
    """Raises ParseError where operators, members or branches nest too deeply to be walked through.

    Brackets are `ast`'s to refuse.
    """
    if text.count("elif ") > MAX_CHAIN:
        raise ParseError("there are too many branches of `elif` to be parsed", 1, 0)
    for start, end in _long_lines(text):
        links = _LINK.finditer(text, start, end)
        deep = next(islice(links, MAX_CHAIN, None), None)
        if deep is not None and "," not in text[start : start + 2000]:
            raise _too_deep(text, deep.start())


def _long_lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if end - start > MAX_CHAIN:
            yield start, end
        start = end + 1


def _too_deep(text: str, offset: int) -> ParseError:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1)
    return ParseError("expression is nested too deeply to be parsed", line, column)


def parse_module(text: str) -> cst.Module:
    """Parses a module.

    Raises:
        ParseError: with the place of the error.
    """
    check_nesting(text)
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise ParseError("invalid syntax", error.raw_line, max(0, error.raw_column)) from None
    except RecursionError:
        raise ParseError("expression is nested too deeply to be parsed", 1, 0) from None


def parse_expression(text: str) -> cst.BaseExpression | None:
    """Parses an expression; `None` when the text is none."""
    try:
        check_nesting(text)
        return cst.parse_expression(text)
    except (cst.ParserSyntaxError, ParseError, cst.CSTValidationError, RecursionError):
        return None
