"""The records as Markdown: one page for each namespace, and the tables of counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from paconvert.catalog.coverage import COLUMNS, WITHOUT
from paconvert.catalog.record import Argument, Description, Way

GENERATED = "<!-- Written by `python -m tools docs` from the rules. Do not edit. -->"


def page(namespace: str, records: Sequence[Description], counts: Counter[str]) -> str:
    """The page of a namespace."""
    anchors = _anchors(records)
    releases = next((f" Proven on {r.proof.detail}." for r in records if r.proof.forms), "")
    parts = [GENERATED, f"# {namespace}", f"[All namespaces](README.md). {_summary(counts)}{releases}"]
    rows = [
        f"| [`{record.name.rpartition('.')[2]}`](#{anchors[record.name]}) | {', '.join(record.differences)} "
        f"| {record.proof.status.value} |"
        for record in records
        if not record.alias
    ]
    if rows:
        parts.append("\n".join(["| name | what becomes of it | proof |", "|---|---|---|", *rows]))
    if aliases := [record for record in records if record.alias]:
        parts.append(
            "\n".join(["| other name | is |", "|---|---|", *(_alias(record, anchors) for record in aliases)])
        )
    parts += [_section(record) for record in records if not record.alias]
    return "\n\n".join(parts) + "\n"


def _anchors(records: Iterable[Description]) -> dict[str, str]:
    """Where the sections' headings can be linked to; names may differ in the case of letters only."""
    seen: Counter[str] = Counter()
    found = {}
    for record in records:
        if record.alias:
            continue
        anchor = re.sub(r"[^\w-]", "", record.name.lower())
        found[record.name] = f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor
        seen[anchor] += 1
    return found


def _alias(record: Description, anchors: Mapping[str, str]) -> str:
    link = f"#{anchors[record.alias]}" if record.alias in anchors else f"{record.alias.rpartition('.')[0]}.md"
    return f"| `{record.name}` | [`{record.alias}`]({link}) |"


def _summary(counts: Counter[str]) -> str:
    found = [f"{counts[column]} {column}" for column in COLUMNS[1:] if counts[column]]
    return f"{counts['names']} names: {', '.join(found)}."


def _section(record: Description) -> str:
    parts = [f"## `{record.name}`", f"{', '.join(record.differences)}. {_proof(record)}."]
    for number, way in enumerate(record.ways, 1):
        when = f"when {way.condition}" if way.condition else "otherwise" if number > 1 else "always"
        if len(record.ways) > 1:
            parts.append(f"**{number}.** {way.difference.value}, {when}:")
        same = number > 1 and record.ways[number - 2].torch == way.torch
        parts += _way(way, with_signature=not same)
    parts += [f"Note: {note}" for note in record.notes]
    if record.example:
        paddle = record.example.paddle or "# nothing"
        parts.append(f"```python\n# torch\n{record.example.torch}\n# Paddle\n{paddle}\n```")
    return "\n\n".join(parts)


def _proof(record: Description) -> str:
    proof = record.proof
    programs = f" by {proof.forms} program{'s' if proof.forms > 1 else ''}" if proof.forms else ""
    return f"{proof.status.value.capitalize()}{programs}"


def _way(way: Way, *, with_signature: bool) -> Iterable[str]:
    lines = [f"- torch: {_code(way.torch)}"] if with_signature else []
    if way.paddle:
        lines.append(f"- Paddle: {_code(way.paddle)}")
    if way.returns:
        lines.append(f"- gives: {_code(way.returns)}")
    if others := [helper for helper in way.helpers if helper not in way.paddle]:
        lines.append(f"- with: {', '.join(map(_code, others))}")
    if way.since:
        lines.append(f"- needs Paddle {way.since}")
    if way.reason:
        lines.append(f"- reason: {way.reason}")
    if way.advice:
        lines.append(f"- advice: {way.advice}")
    match way.changed:
        case []:
            yield "\n".join(lines)
        case [Argument(torch=torch, paddle="", note=note)]:  # a table would say no more
            yield "\n".join([*lines, f"- {_code(torch)}: {note}"])
        case _:
            yield "\n".join(lines)
            yield "\n".join(["| argument | in Paddle | |", "|---|---|---|", *map(_argument, way.arguments)])


def _argument(argument: Argument) -> str:
    cells = (_code(argument.torch), _code(argument.paddle), argument.note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def table(rows: Mapping[str, Counter[str]], total: Counter[str], *, link: bool = False) -> str:
    """Counts by namespace, and their sum."""
    lines = ["| namespace | " + " | ".join(COLUMNS) + " |", "|---|" + "---:|" * len(COLUMNS)]
    for name, row in rows.items():
        shown = f"[{name}]({name}.md)" if link and row["names"] > row[WITHOUT] else name
        lines.append(f"| {shown} | {_counts(row)} |")
    lines.append(f"| **total** | {_counts(total)} |")
    return "\n".join(lines)


def _counts(row: Counter[str]) -> str:
    return " | ".join(str(row[column]) for column in COLUMNS)
