"""Black on the lines that a conversion changed, and on no others."""

from __future__ import annotations

from importlib.util import find_spec

from paconvert.project.errors import UsageError
from paconvert.records import Conversion, Edit


def check_formatter() -> None:
    """Sees to it that black is there.

    Raises:
        UsageError: it is not installed.
    """
    if find_spec("black") is None:
        raise UsageError("formatting needs black: pip install 'paconvert[format]'")


def changed_lines(source: str, edits: tuple[Edit, ...]) -> list[tuple[int, int]]:
    """The lines of the output that edits touched: first and last of each stretch, counted from 1."""
    ranges: list[tuple[int, int]] = []
    line, at = 1, 0
    for edit in edits:
        line += source.count("\n", at, edit.start)
        last = line + edit.text.count("\n")
        if ranges and line <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((line, last))
        line, at = last, edit.end
    return ranges


def format_changed(source: str, conversion: Conversion) -> str:
    """The converted code with its changed lines formatted; as it was where black cannot do that safely."""
    if not conversion.edits:
        return conversion.code
    import black

    code = conversion.code
    has_crlf = "\r\n" in code
    plain = code.replace("\r\n", "\n") if has_crlf else code
    lines = changed_lines(source, conversion.edits)
    try:
        formatted: str = black.format_str(plain, mode=black.Mode(), lines=lines)
        black.assert_equivalent(plain, formatted)
    except (
        Exception
    ):  # whatever black makes of it: its output is a nicety, the conversion is complete without
        return code
    return formatted.replace("\n", "\r\n") if has_crlf else formatted
