"""Source text: lines, positions, and where strings, comments and parentheses are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, islice

# Strings, comments and brackets.
STRING = (
    r"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''|\"\"\"[^\"\\]*(?:(?:\\.|\"(?!\"\"))[^\"\\]*)*\"\"\""
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'|\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\""
)
TOKEN = re.compile(rf"[rRbBuUfFtT]{{0,2}}(?:{STRING})|#[^\n]*|[()\[\]{{}}]", re.DOTALL)
_NEWLINE = re.compile(r"\r\n|\r|\n")
_TOKEN_OR_NEWLINE = re.compile(rf"{TOKEN.pattern}|\\(?:{_NEWLINE.pattern})|{_NEWLINE.pattern}", re.DOTALL)
_INDENT = re.compile(r"[ \t\f]*")


def word(name: str) -> re.Pattern[str]:
    """A pattern for a whole word, twenty times as fast as one that begins with `\\b`."""
    return re.compile(rf"{name}(?<!\w{name})(?!\w)")


class SourceText:
    """A source text with its lines; offsets count characters from 0."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line begins."""
        if "\r" in self.text:
            return [0, *(match.end() for match in _NEWLINE.finditer(self.text))]
        ends = accumulate(len(line) + 1 for line in self.text.split("\n"))
        return [0, *islice(ends, self.text.count("\n"))]

    @cached_property
    def newline(self) -> str:
        """The first line ending of the text (`\\n` when it has none)."""
        match = _NEWLINE.search(self.text)
        return match.group() if match else "\n"

    def position(self, offset: int) -> tuple[int, int]:
        """The line (from 1) and the column (from 0, in characters) of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1]

    def line_start(self, offset: int) -> int:
        """The offset where the line of `offset` begins."""
        return self.line_starts[bisect_right(self.line_starts, offset) - 1]

    def logical_line_start(self, offset: int) -> int:
        """The offset where the line of the statement at `offset` begins, which other statements on it may
        have begun on a line further up."""
        start = self.line_start(offset)
        if not self.text[start:offset].strip() and not self.continues(start):
            return start
        return max(_ends_outside_brackets(self.text[:offset]), default=0)

    def continues(self, start: int) -> bool:
        """Whether a backslash joins the line that begins at `start` to the one before."""
        before = self.text[self.line_start(start - 1) : start].rstrip("\r\n") if start else ""
        return before.endswith("\\") and "#" not in before

    def line_end(self, offset: int) -> int:
        """The offset just after the line of `offset`, its line ending included."""
        line = bisect_right(self.line_starts, offset)
        return self.line_starts[line] if line < len(self.line_starts) else len(self.text)

    def offset(self, line: int, utf8_column: int) -> int:
        """The offset of a position as `ast` gives it: line from 1, column in UTF-8 bytes."""
        start = self.line_starts[line - 1]
        if self.is_ascii:
            return start + utf8_column
        text = self.text[start : self.line_end(start)]
        return start + len(text.encode("utf-8")[:utf8_column].decode("utf-8", "ignore"))

    @cached_property
    def is_ascii(self) -> bool:
        """Whether bytes and characters count alike."""
        return self.text.isascii()

    def indent_at(self, offset: int) -> str:
        """The white space that begins the line of `offset`."""
        match = _INDENT.match(self.text, self.line_start(offset))
        return match.group() if match else ""


def is_broken(text: str) -> bool:
    """Whether an expression goes on in another line outside of brackets, so that it needs some around it."""
    return ("\n" in text or "\r" in text) and any(_ends_outside_brackets(text))


def _ends_outside_brackets(text: str) -> Iterator[int]:
    """The offsets behind the line endings that no bracket, string or backslash makes part of a line."""
    depth = 0
    for match in _TOKEN_OR_NEWLINE.finditer(text):
        token = match.group()
        depth += (token in "([{") - (token in ")]}")
        if depth <= 0 and token in "\r\n":
            yield match.end()


def with_parentheses(source: SourceText, start: int, end: int, limit: int | None = None) -> tuple[int, int]:
    """The offsets of an expression with its own parentheses, from those without.

    Args:
        source: the text.
        start, end: the expression.
        limit: where the closing parenthesis of the call stands that it is an argument of.
    """
    while True:
        after = skip_forward(source.text, end)
        if after == limit or not source.text.startswith(")", after):
            return start, end
        before = skip_back(source, start)
        if before == 0 or source.text[before - 1] != "(":
            return start, end
        start, end = before - 1, after + 1


def skip_forward(text: str, offset: int) -> int:
    """The next offset with something else than white space and comments."""
    while offset < len(text):
        character = text[offset]
        if character == "#":
            newline = text.find("\n", offset)
            offset = len(text) if newline < 0 else newline
        elif not (character.isspace() or character == "\\"):
            break
        offset += 1
    return offset


def skip_back(source: SourceText, offset: int) -> int:
    """The offset behind the last thing before `offset` that is no white space and no comment."""
    text = source.text
    while True:
        while offset and (text[offset - 1] in " \t\f\\"):
            offset -= 1
        if not offset or text[offset - 1] not in "\r\n":
            return offset
        offset -= 1
        if offset and text[offset] == "\n" and text[offset - 1] == "\r":
            offset -= 1
        line = source.line_start(offset)
        if "#" in text[line:offset]:
            for match in TOKEN.finditer(text, line, offset):
                if match.group().startswith("#"):
                    offset = match.start()
                    break
