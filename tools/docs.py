"""Writes the pages about the rules, the README's table, and what is shipped about proofs and public names."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

from paconvert.catalog.coverage import grouped, load_entries, total
from paconvert.catalog.coverage import table as count
from paconvert.catalog.data import (
    PROOFS,
    PUBLIC,
    ProofRecord,
    Proofs,
    dump_proofs,
    dump_public,
    load_proofs,
    load_public,
)
from paconvert.catalog.example import example_of
from paconvert.catalog.record import describe
from paconvert.rules.load import Rules
from tests.paired.cache import ROOT, Cache
from tests.paired.proofs import proof_key, select
from tests.paired.run import Status, Verdict, load_status, version
from tools.inventory import inventory
from tools.pages import GENERATED, page, table
from tools.samples import sample

FOLDER = ROOT / "docs" / "api"
README = ROOT / "README.md"
BEGIN, END = "<!-- coverage: written by `python -m tools docs` -->", "<!-- end of coverage -->"
LEAST = 50  # names that a group has at least to have a row of its own in the README
INTRODUCTION = """\
# What becomes of each API

One page for each namespace. `paconvert explain NAME` prints the same about one API, and `paconvert coverage`
the table below.

* **converted**: it becomes Paddle code; **proven**: that was run under both frameworks and gave the same.
  Where a page has no table of arguments, they keep their names.
* **dropped**: Paddle needs nothing in its place. **alias**: another name of an API.
* **unsupported**: Paddle cannot do it; the page says why, and what to do instead.
* **no entry**: a public name of torch without a rule. Its uses are left as they are, and reported."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when something is out of date")


def run(options: argparse.Namespace) -> int:
    """Writes what has changed, or says what would be."""
    if not options.check:
        PROOFS.write_text(dump_proofs(current_proofs()), encoding="utf-8")
        PUBLIC.write_text(dump_public(current_public()), encoding="utf-8")
        load_proofs.cache_clear()
        load_public.cache_clear()
    stale = list(outdated())
    for path, text in stale:
        name = path.relative_to(ROOT)
        if options.check:
            print(f"{name} is out of date: run `python -m tools docs`")
        elif text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    print(f"{len(stale)} files {'are out of date' if options.check else 'written'}")
    return int(options.check and bool(stale))


def current_proofs() -> Proofs:
    """What the last runs of all proofs gave; where there was none here, what is known from before."""
    before = load_proofs()
    cache = Cache()
    names = {}
    for name in select():
        key = proof_key(name)
        verdict = load_status(name.rpartition(".")[0], cache).get(name)
        known = before.names.get(name)
        record = ProofRecord()
        if verdict and verdict.key == key:
            record = _record(name, verdict)
        elif known and known.key == key:
            record = known
        names[name] = ProofRecord(record.key, record.forms, record.missing, sample(name))
    return Proofs(releases(), names)


def releases() -> dict[str, str]:
    """The installed releases, without what tells one build of them from another."""
    return {"torch": version("torch").partition("+")[0], "paddlepaddle": version("paddle").partition("+")[0]}


def _record(name: str, verdict: Verdict) -> ProofRecord:
    if verdict.proven:
        return ProofRecord(verdict.key, verdict.outcomes[Status.SAME.value])
    return ProofRecord(verdict.key, missing=name.partition(".")[0]) if verdict.missing else ProofRecord()


def current_public() -> Mapping[str, str]:
    """The public names of the installed torch."""
    return {name: facts["alias"] for name, facts in inventory().items()}


def outdated() -> Iterator[tuple[Path, str | None]]:
    """The files that do not have the text they should have; `None` for those that should not be there."""
    wanted = texts()
    for path in sorted(FOLDER.glob("*.md")):
        if path not in wanted:
            yield path, None
    for path, text in wanted.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield path, text


def texts() -> dict[Path, str]:
    """The files that are made from the rules and from what is shipped about them."""
    rules = Rules.load()
    entries = load_entries()
    proofs = load_proofs()
    rows = count(entries, load_public(), proofs.is_proven)
    spaces: dict[str, list[str]] = {}
    for name in sorted(entries):
        spaces.setdefault(name.rpartition(".")[0], []).append(name)
    found = {}
    for space, names in spaces.items():
        records = []
        for name in names:
            example = (
                None if "alias" in entries[name] else example_of(name, rules, proofs.sample_of(name, rules))
            )
            records.append(describe(name, rules, proofs, example))
        found[FOLDER / f"{space}.md"] = page(space, records, rows[space])
    whole = total(rows)
    index = [GENERATED, INTRODUCTION, table(rows, whole, link=True)]
    found[FOLDER / "README.md"] = "\n\n".join(index) + "\n"
    found[README] = with_table(README.read_text(encoding="utf-8"), table(grouped(rows, LEAST), whole))
    return found


def with_table(text: str, rows: str) -> str:
    """The README's text with other rows between the marks.

    Raises:
        ValueError: it has no marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{README.name} has lost the marks around its table: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{rows}\n{END}{after}"
