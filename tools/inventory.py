"""Lists torch's public names, from the installed torch itself."""

from __future__ import annotations

import argparse
import json

from tests.paired.cache import Cache, digest_files
from tests.paired.run import version
from tools.mapping import MAPPING
from tools.probe import ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument("prefix", nargs="?", default="", help="only names below this one")
    parser.add_argument("--json", action="store_true", help="print JSON")


def inventory() -> dict[str, dict[str, str]]:
    """Name → `kind` (class, function, property, constant) and `alias` (another name of the object)."""
    cache = Cache()
    here = MAPPING.parent / "tools"
    key = f"{version('torch')}-{digest_files([here / 'walk.py', here / 'namespaces.json'])}"
    found: dict[str, dict[str, str]] | None = cache.get("inventory", key)
    if found is None:
        found = ask("torch", json.loads((here / "namespaces.json").read_text(encoding="utf-8")), "walk.py")
        cache.put("inventory", key, found)
    return found


def run(options: argparse.Namespace) -> int:
    """Prints the names, with what they are."""
    found = {name: facts for name, facts in sorted(inventory().items()) if name.startswith(options.prefix)}
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        for name, facts in found.items():
            print(f"{name}  {facts['kind']}" + (f" = {facts['alias']}" if facts["alias"] else ""))
        print(f"{len(found)} names, {sum(bool(facts['alias']) for facts in found.values())} of them aliases")
    return 0
