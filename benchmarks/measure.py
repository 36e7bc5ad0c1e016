"""What one benchmark process does: `python -m benchmarks.measure WHAT ARGUMENT...` prints seconds."""

from __future__ import annotations

import ast
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path


def sources(folder: str) -> list[str]:
    """The texts of all Python files of a folder."""
    return [path.read_text("utf-8") for path in sorted(Path(folder).rglob("*.py"))]


def parse(folder: str) -> float:
    """`libcst.parse_module` over whole files: the floor of tools that parse everything."""
    import libcst

    texts = sources(folder)
    start = time.perf_counter()
    for text in texts:
        libcst.parse_module(text)
    return time.perf_counter() - start


def round_trip(folder: str) -> float:
    """`ast` in and astor out: what tools pay that lose comments."""
    import astor

    texts = sources(folder)
    start = time.perf_counter()
    for text in texts:
        astor.to_source(ast.parse(text))
    return time.perf_counter() - start


def selection(file: str) -> float:
    """The median time of `convert_selection` over the functions of one file, in a process that is warm."""
    from paconvert import convert_selection

    text = Path(file).read_text("utf-8")
    offsets = [0]
    for line in text.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    times = []
    for node in [functions[0], *functions[:: max(1, len(functions) // 20)]]:
        start = time.perf_counter()
        convert_selection(
            text, offsets[node.lineno - 1], offsets[node.end_lineno or node.lineno], filename=file
        )
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])  # the first one loads the rules


WHAT: dict[str, Callable[[str], float]] = {"parse": parse, "round_trip": round_trip, "selection": selection}

if __name__ == "__main__":
    print(WHAT[sys.argv[1]](sys.argv[2]))
