"""What the installed frameworks say about names; asked in a process of the side's own interpreter.

Run as a script, it reads names as JSON on standard input and prints the answer as JSON.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_MARK = "answer: "


def ask(side: str, names: Sequence[str], script: str = "probe.py") -> dict[str, Any]:
    """What the side's framework says, by name: `exists`, `parameters`, `exact`, `open` (takes any others).

    Another script of this folder may answer in its own way.
    """
    from tests.paired.run import interpreter

    result = subprocess.run(
        [interpreter(side), str(Path(__file__).with_name(script)), side],
        input=json.dumps(list(names)),
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    lines = [line for line in result.stdout.splitlines() if line.startswith(_MARK)]
    if not lines:
        raise RuntimeError(f"the {side} process gave no answer: {result.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(lines[-1][len(_MARK) :])
    return answer


def resolve(name: str) -> Any:
    """The object of a dotted name.

    Raises:
        LookupError: there is none.
    """
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            value: Any = importlib.import_module(".".join(parts[:end]))
        except Exception:  # a module may fail in any way when it is imported
            continue
        try:
            for part in parts[end:]:
                value = getattr(value, part)
        except Exception:  # some attributes look for a device
            continue
        return value
    raise LookupError(name)


def describe(name: str, schemas: dict[str, list[str]]) -> dict[str, Any]:
    """What is known about a name."""
    try:
        value = resolve(name)
    except LookupError:
        return {"exists": False, "parameters": None, "exact": False, "open": True}
    if not callable(value):
        return {"exists": True, "parameters": None, "exact": False, "open": True}
    try:
        target = value.__init__ if inspect.isclass(value) else value
        parameters = list(inspect.signature(target).parameters.values())
    except (TypeError, ValueError):
        parts = name.split(".")
        known = [*schemas.get(parts[-1], ()), *schemas.get("_".join(parts[-2:]), ())]
        found = list(dict.fromkeys([*_documented(value, name), *known]))
        return {"exists": True, "parameters": found, "exact": False, "open": True}
    names = [parameter.name for parameter in parameters]
    if names[:1] == ["self"] and (inspect.isclass(value) or "." in getattr(value, "__qualname__", "")):
        names = names[1:]
    kinds = {parameter.kind for parameter in parameters}
    variadic = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return {"exists": True, "parameters": names, "exact": True, "open": bool(kinds & variadic)}


def _documented(value: Any, name: str) -> Iterator[str]:
    """The parameters in the lines of a docstring that look like the call."""
    text = value.__doc__ or ""
    for match in re.finditer(rf"(?<!\w){re.escape(name.rpartition('.')[2])}\(", text):
        depth = 1
        end = match.end()
        while end < len(text) and depth:
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[end], 0)
            end += 1
        inside = text[match.end() : end - 1]
        while (plain := re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", inside)) != inside:
            inside = plain
        for part in inside.split(","):
            if word := re.match(r"\s*\**(\w+)", part):
                yield word[1]


def _schemas() -> dict[str, list[str]]:
    """The parameters of torch's operators by their short names."""
    import torch

    found: dict[str, list[str]] = {}
    for schema in torch._C._jit_get_all_schemas():
        namespace, _, short = schema.name.partition("::")
        if namespace == "aten":
            names = [argument.name for argument in schema.arguments]
            found.setdefault(short, []).extend([*names, "input"] if "self" in names else names)
    return found


def main() -> None:
    """Answers one request."""
    names = json.load(sys.stdin)
    if sys.argv[1] == "paddle":
        sys.modules["torch"] = None  # type: ignore[assignment]
    importlib.import_module(sys.argv[1])
    schemas = _schemas() if sys.argv[1] == "torch" else {}
    answer = {name: describe(name, schemas) for name in names}
    print(_MARK + json.dumps(answer))


if __name__ == "__main__":
    sys.path.pop(0)  # this folder has modules with common names
    main()
