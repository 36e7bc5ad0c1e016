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
from types import FunctionType
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


def describe(name: str, schemas: dict[str, list[list[str]]]) -> dict[str, Any]:
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
        operator = "_".join(parts[-2:])
        known = [call for short in (parts[-1], operator, f"_{operator}") for call in schemas.get(short, ())]
        calls = [*_documented(value, name), *known]
        found = list(dict.fromkeys(parameter for call in calls for parameter in call))
        return {"exists": True, "parameters": found, "exact": False, "open": True, "calls": calls}
    if [p.name for p in parameters[:1]] in (["self"], ["cls"]) and (
        inspect.isclass(value) or "." in getattr(value, "__qualname__", "")
    ):
        parameters = parameters[1:]
    kinds = {parameter.kind for parameter in parameters}
    variadic = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return {
        "exists": True,
        "parameters": [parameter.name for parameter in parameters],
        "exact": True,
        "open": bool(kinds & variadic) or _is_native(target),
        "defaults": {p.name: repr(p.default) for p in parameters if p.default is not p.empty},
        "keyword_only": [p.name for p in parameters if p.kind is p.KEYWORD_ONLY],
        "aliases": sorted(_aliases(target)),
    }


def _is_native(function: Any) -> bool:
    """Whether the signature was only attached to something compiled, which may take other keywords too."""
    return hasattr(function, "__signature__") and not hasattr(function, "__wrapped__")


def _aliases(function: Any) -> set[str]:
    """Other keywords that the decorators of a function may turn into its own: the texts they hold."""
    found: set[str] = set()
    while hasattr(function, "__wrapped__"):
        code = getattr(function, "__code__", None)
        found |= {text for text in getattr(code, "co_consts", ()) if isinstance(text, str)}
        for cell in getattr(function, "__closure__", None) or ():
            found |= set(_texts(cell.cell_contents))
        function = function.__wrapped__
    return {text for text in found if text.isidentifier()}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts([*value, *value.values()])
    elif hasattr(value, "__dict__") and not isinstance(value, FunctionType | type):
        yield from _texts(vars(value))


def _documented(value: Any, name: str) -> Iterator[list[str]]:
    """The parameters of each piece of a docstring that looks like the call."""
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
        words = (re.match(r"\s*\**(\w+)", part) for part in inside.split(","))
        yield [word[1] for word in words if word]


def _schemas() -> dict[str, list[list[str]]]:
    """The parameters of each form of torch's operators by their short names."""
    import torch

    found: dict[str, list[list[str]]] = {}
    for schema in torch._C._jit_get_all_schemas():
        namespace, _, short = schema.name.partition("::")
        if namespace == "aten":
            names = [argument.name for argument in schema.arguments]
            found.setdefault(short, []).append(names)
            if "self" in names:  # in Python it has this name
                found[short].append(["input" if name == "self" else name for name in names])
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
