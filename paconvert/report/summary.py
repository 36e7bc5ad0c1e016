"""The summary of a run, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from paconvert.project.records import Left, ProjectReport, Status
from paconvert.records import Level

# More places than this are counted, not listed.
PLACES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the summary, and how it looks on a terminal."""

    text: str
    style: str = ""


def summary_lines(report: ProjectReport, places: int = PLACES) -> Iterator[Line]:
    """Files, uses of APIs by what became of them, and what was not converted, with its places."""
    summary = report.summary
    python = [file for file in report.files if file.python]
    converted = sum(file.status is Status.CONVERTED for file in python)
    yield Line(f"files        {len(report.files)} ({len(python)} Python, {converted} converted)")
    yield Line(f"calls found  {summary.found}")
    yield Line(f"converted    {summary.converted}", "green")
    yield Line(f"assumed      {summary.assumed}", "yellow" if summary.assumed else "")
    yield Line(f"unsupported  {summary.unsupported}", "red" if summary.unsupported else "")
    yield Line(f"rate         {percent(summary.rate)}", "bold")
    yield from api_lines("unsupported:", report.by_api(Level.UNSUPPORTED), places)
    differing = len({group.api for group in report.differences})
    if differing:
        apis = "API" if differing == 1 else "APIs"
        yield Line(f"known small differences: {differing} {apis} (see --show_all_api or --report)", "dim")
    errors = list(report.diagnostics(Level.ERROR))
    if errors:
        yield Line("failed:", "bold red")
        for path, item in errors:
            yield Line(f"  {path}:{item.line}: {item.message}" + (f" ({item.advice})" if item.advice else ""))
    for note in report.notes:
        yield Line(f"note: {note}", "yellow")


def api_lines(title: str, groups: tuple[Left, ...], places: int = PLACES) -> Iterator[Line]:
    """APIs by count with why, what to do, and where; nothing when there are none."""
    if not groups:
        return
    yield Line(title, "bold")
    for group in groups:
        yield Line(f"  {len(group.places)} × {group.api or '(expression)'}")
        if group.message:
            yield Line("      " + "; ".join(part for part in (group.message, group.advice) if part), "dim")
        shown = ", ".join(map(str, group.places[:places]))
        more = len(group.places) - places
        yield Line(f"      at {shown}" + (f" and {more} more" if more > 0 else ""))


def percent(share: float) -> str:
    """A share as people read it; only what is complete is 100 %."""
    shown = f"{100 * share:.1f}"
    return ("99.9" if shown == "100.0" and share < 1 else shown) + " %"


def print_lines(lines: Iterator[Line], file: TextIO) -> None:
    """Prints lines, in colour on a terminal."""
    if file.isatty():
        from rich.console import Console

        console = Console(file=file, highlight=False, soft_wrap=True)
        for line in lines:
            console.print(line.text, style=line.style or None, markup=False)
    else:
        for line in lines:
            file.write(printable(line.text, file) + "\n")


def printable(text: str, file: TextIO) -> str:
    """The text with what the file's encoding cannot hold written as escapes."""
    encoding = file.encoding or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)
