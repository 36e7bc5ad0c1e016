"""The one entry point: `python -m tools prove|check|coverage|docs|inventory|release`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

COMMANDS = {
    "prove": "run proofs under torch and, converted, under Paddle",
    "check": "check rules against the schema, the signatures and, on request, the installed frameworks",
    "coverage": "print what became of the names, by namespace",
    "docs": "write the pages about the rules, and the README's table",
    "inventory": "list torch's public names from the installed torch",
    "release": "compare the rules with the installed releases: what broke, is new or could be simpler",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; gives the exit status: 0 when all is well."""
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    given = list(sys.argv[1:] if arguments is None else arguments)
    for name, description in COMMANDS.items():
        command = commands.add_parser(name, help=description, description=description)
        if given[:1] == [name]:  # the other commands' modules need not be loaded
            module = importlib.import_module(f"tools.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    options = parser.parse_args(given)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
