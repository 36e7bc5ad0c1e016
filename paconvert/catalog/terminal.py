"""The records in the terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from textwrap import indent

from rich.console import Console
from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from paconvert.catalog.coverage import COLUMNS
from paconvert.catalog.record import Description, Way

_STYLES = {
    "same name": "green",
    "renamed call": "green",
    "arguments differ": "green",
    "template": "cyan",
    "helper": "cyan",
    "dropped": "yellow",
    "unsupported": "red",
}


def console() -> Console:
    """Where the records are printed: as wide as the terminal, and wide enough for names in a pipe."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def print_description(record: Description, console: Console) -> None:
    """Prints all that is known about an API."""
    console.print(Text(record.name, style="bold"), _kinds(record))
    if record.alias:
        console.print(f"alias of [bold]{escape(record.alias)}[/]")
    for number, way in enumerate(record.ways, 1):
        console.print()
        if len(record.ways) > 1:
            when = f", when {way.condition.replace('`', '')}" if way.condition else ""
            console.print(f"[bold]{number}.[/] {way.difference.value}{escape(when)}")
        _print_way(way, console)
    for note in record.notes:
        console.print(Text(f"\nnote    {note}"))
    if record.example:
        console.print("\nexample")
        pair = f"{record.example.torch}\n# becomes\n{record.example.paddle or '# nothing'}"
        console.print(Syntax("", "python", background_color="default").highlight(indent(pair, "  ")), end="")
    console.print(f"\nproof   {proof_text(record)}")


def proof_text(record: Description) -> str:
    """The status of the proofs in words."""
    proof = record.proof
    programs = f"{proof.forms} program{'s' if proof.forms > 1 else ''}"
    forms = f": {programs} gave the same on {proof.detail}" if proof.forms else ""
    return proof.status.value + (forms or (f" ({proof.detail})" if proof.detail else ""))


def _kinds(record: Description) -> Text:
    text = Text()
    for kind in record.differences:
        text.append(f" {kind}", style=_STYLES[kind])
    return text


def _print_way(way: Way, console: Console) -> None:
    labelled = (
        ("torch", way.torch),
        ("paddle", way.paddle),
        ("gives", way.returns),
        ("with", ", ".join(helper for helper in way.helpers if helper not in way.paddle)),
        ("since", f"Paddle {way.since}" if way.since else ""),
        ("reason", way.reason),
        ("advice", way.advice),
    )
    table = Table.grid(padding=(0, 2, 0, 0))
    for label, text in labelled:
        if text:
            table.add_row(Text(label, style="dim"), Text(text))
    console.print(table)
    if not way.arguments:
        return
    if not way.changed:
        console.print(Text("All arguments keep their names.", style="dim"))
        return
    arguments = Table(box=None, header_style="dim", padding=(0, 2, 0, 2))
    for heading in ("argument", "in Paddle", ""):
        arguments.add_column(heading, overflow="fold")
    for argument in way.arguments:
        arguments.add_row(
            Text(argument.torch or "-"), Text(argument.paddle or "-"), Text(argument.note.replace("`", ""))
        )
    console.print(arguments)


def print_coverage(rows: Mapping[str, Counter[str]], total: Counter[str], console: Console) -> None:
    """Prints counts by namespace, and their sum."""
    table = Table(box=None, header_style="bold", padding=(0, 1))
    table.add_column("namespace", overflow="fold")
    for column in COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for namespace, row in rows.items():
        table.add_row(Text(namespace), *_counts(row))
    table.add_section()
    table.add_row(Text("total", style="bold"), *_counts(total), style="bold")
    console.print(table)


def _counts(row: Counter[str]) -> Sequence[str]:
    return [str(row[column]) if row[column] else "" for column in COLUMNS]
