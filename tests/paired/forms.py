"""Writes the calls of an API in every form that its signature allows."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Mapping

from paconvert.rules.signature import Parameter, ParameterKind, Signature

RESULT = "result"

_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>", "div": "/",
}  # fmt: skip
_COMPARISON = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_UNARY = {"neg": "-", "pos": "+", "invert": "~"}
_FUNCTIONS = {
    "abs": "abs", "len": "len", "bool": "bool", "int": "int", "float": "float", "complex": "complex",
    "iter": "list", "reversed": "reversed", "repr": "repr", "hash": "hash", "index": "range(9).__getitem__",
}  # fmt: skip


def fits(signature: Signature | None, arguments: Mapping[str, str]) -> bool:
    """Whether the arguments (without `self`) are those of the signature, with all required ones there."""
    names = [name for name in arguments if name != "self"]
    if signature is None:
        return not names
    known = {parameter.name for parameter in signature.parameters}
    return set(names) <= known and all(p.name in arguments for p in signature.parameters if _is_required(p))


def forms(
    name: str, signature: Signature | None, arguments: Mapping[str, str]
) -> Iterator[tuple[str, str, bool]]:
    """The ways of using `name` with these arguments.

    Args:
        name: the qualified name.
        signature: its parameters; `None` for what is not called.
        arguments: parameter → source; `self` is the receiver. The text for `*` and `**` parameters is
            written into the call as it is.

    Yields:
        A label, statements that bind the result to the name `result`, and whether torch may refuse the form.
    """
    member = name.rpartition(".")[2]
    receiver = arguments.get("self")
    operands = [text for parameter, text in arguments.items() if parameter != "self"]
    is_dunder = receiver is not None and member.startswith("__") and member.endswith("__")
    if is_dunder and (operation := _operation(member[2:-2], receiver or "", operands)):
        yield "operator", operation, False
        return
    target = name if receiver is None else f"{_atom(receiver)}.{member}"
    if signature is None:
        yield "use", f"{RESULT} = {target}", False
        return
    given = [parameter for parameter in signature.parameters if parameter.name in arguments]
    seen: set[str] = set()
    for label, chosen, keyword, shuffled, optional in _variants(given):
        written = _arguments(signature, {p.name: arguments[p.name] for p in chosen}, keyword=keyword)
        positional, keywords = written
        if shuffled:
            ordered = list(keywords)
            random.Random(name).shuffle(keywords)
            if keywords == ordered:
                keywords.reverse()
        call = f"{RESULT} = {target}({', '.join([*positional, *keywords])})"
        if call not in seen:
            seen.add(call)
            yield label, call, optional


def _variants(given: list[Parameter]) -> Iterator[tuple[str, list[Parameter], bool, bool, bool]]:
    yield "positional", given, False, False, False
    yield "keyword", given, True, False, False
    yield "shuffled", given, True, True, False
    left_out = [parameter for parameter in given if not _is_required(parameter)]
    for parameter in left_out:
        yield f"without {parameter.name}", [p for p in given if p is not parameter], False, False, True
    yield "minimal", [p for p in given if _is_required(p)], False, False, True


def _is_required(parameter: Parameter) -> bool:
    return parameter.default is None and parameter.kind not in (
        ParameterKind.VARIADIC,
        ParameterKind.KEYWORDS,
    )


def _arguments(
    signature: Signature, texts: Mapping[str, str], *, keyword: bool
) -> tuple[list[str], list[str]]:
    """The call's positional and keyword arguments as they are written."""
    variadic = any(p.kind is ParameterKind.VARIADIC and texts.get(p.name) for p in signature.parameters)
    positional: list[str] = []
    keywords: list[str] = []
    in_place = True  # whether no parameter has been passed over so far
    for parameter in signature.parameters:
        text = texts.get(parameter.name)
        kind = parameter.kind
        if text is None or (not text and kind in (ParameterKind.VARIADIC, ParameterKind.KEYWORDS)):
            in_place = in_place and kind is ParameterKind.VARIADIC
        elif kind is ParameterKind.KEYWORDS:
            keywords.append(text)
        elif kind in (ParameterKind.POSITIONAL_ONLY, ParameterKind.VARIADIC) or (
            kind is ParameterKind.NORMAL and in_place and (variadic or not keyword)
        ):
            positional.append(text)
        else:
            keywords.append(f"{parameter.name}={text}")
    return positional, keywords


def _operation(operator: str, receiver: str, operands: list[str]) -> str:
    """The statements for a dunder member; empty when it has no syntax of its own."""
    left = _atom(receiver)
    right = _atom(operands[0]) if operands else ""
    if operator in _BINARY or operator in _COMPARISON:
        return f"{RESULT} = {left} {(_BINARY | _COMPARISON)[operator]} {right}"
    if operator[:1] == "r" and operator[1:] in _BINARY:
        return f"{RESULT} = {right} {_BINARY[operator[1:]]} {left}"
    if operator[:1] == "i" and operator[1:] in _BINARY:
        return f"{receiver} {_BINARY[operator[1:]]}= {operands[0]}\n{RESULT} = {receiver}"
    if operator in _UNARY:
        return f"{RESULT} = {_UNARY[operator]}{left}"
    if operator in _FUNCTIONS:
        return f"{RESULT} = {_FUNCTIONS[operator]}({receiver})"
    if operator == "contains":
        return f"{RESULT} = {right} in {left}"
    if operator == "getitem":
        return f"{RESULT} = {left}[{operands[0]}]"
    if operator == "setitem":
        return f"{left}[{operands[0]}] = {operands[1]}\n{RESULT} = {receiver}"
    if operator == "delitem":
        return f"del {left}[{operands[0]}]\n{RESULT} = {receiver}"
    if operator == "call":
        return f"{RESULT} = {left}({', '.join(operands)})"
    return ""


def _atom(text: str) -> str:
    """The text as it can stand beside an operator; numbers are never receivers of members."""
    node = ast.parse(text, mode="eval").body
    plain = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant | ast.List)
    return text if plain else f"({text})"
