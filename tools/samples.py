"""Chooses, among the proofs of an API, the use that shows best what becomes of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from paconvert.catalog.data import Sample
from paconvert.rules.signature import ParameterKind, Signature
from tests.paired.forms import RESULT, fits
from tests.paired.proofs import proofs, signatures_of, typed

LONGEST = 96  # characters of a line that a page shows
_SETUP = 1200


def sample(name: str) -> Sample | None:
    """A use in the proofs of a name; `None` when none of them is simple enough."""
    found = []
    for proof in proofs(name.rpartition(".")[0]).get(name, ()):
        if proof.get("raises"):
            continue
        uses = _of_code(name, proof) if "code" in proof else _of_arguments(name, proof)
        found += [use for use in uses if len(use.setup) <= _SETUP and "\n" not in use.line]
    fitting = [use for use in found if len(use.line) <= LONGEST]
    return next(iter(fitting), None) or min(found, key=lambda use: len(use.line), default=None)


def _of_arguments(name: str, proof: Mapping[str, Any]) -> Iterator[Sample]:
    arguments = {key: str(value) for key, value in proof.get("args", {}).items()}
    signature = next((s for s in signatures_of(name) if fits(s, arguments)), None)
    setup = str(proof.get("setup", ""))
    for parameter, text in arguments.items():
        if "arr(" in text:  # the function that makes arrays is the proofs' own
            variable = "x" if parameter == "self" else parameter
            setup += f"\n{variable} = {text}"
            arguments[parameter] = variable
    receiver = arguments.pop("self", "")
    target = f"{receiver}.{name.rpartition('.')[2]}" if receiver else name
    if signature is not None:
        target += f"({', '.join(_written(signature, arguments))})"
    yield from _checked(setup, f"{RESULT} = {target}")


def _written(signature: Signature, arguments: Mapping[str, str]) -> Iterator[str]:
    """Required arguments by position, the others by keyword."""
    in_place = True
    for parameter in signature.parameters:
        text = arguments.get(parameter.name)
        several = parameter.kind in (ParameterKind.VARIADIC, ParameterKind.KEYWORDS)
        if not text:
            in_place = in_place and several
        elif (
            several
            or (in_place and parameter.default is None and parameter.kind is not ParameterKind.KEYWORD_ONLY)
            or parameter.kind is ParameterKind.POSITIONAL_ONLY
        ):
            yield text
        else:
            in_place = False
            yield f"{parameter.name}={text}"


def _of_code(name: str, proof: Mapping[str, Any]) -> Iterator[Sample]:
    try:
        statements = ast.parse(typed(str(proof["code"]))).body
    except SyntaxError:  # running the proof will say so
        return
    member = name.rpartition(".")[2]
    operator = member.startswith("__") and member.endswith("__")
    compared = str(next(iter(proof.get("compare", ())), ""))
    for place, statement in enumerate(statements):
        if not isinstance(statement, ast.Assign | ast.Expr):
            continue
        names = {node.attr for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
        binds = isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == compared
        if (member in names or (operator and binds)) and "arr(" not in ast.unparse(statement):
            before = "\n".join(ast.unparse(earlier) for earlier in statements[:place])
            yield from _checked(before, ast.unparse(statement))


def _checked(setup: str, line: str) -> Iterator[Sample]:
    try:
        yield Sample(typed(setup).strip(), ast.unparse(ast.parse(line)))
    except SyntaxError:
        return
