"""Which overload of a rule applies to a use."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from paconvert.rules.model import Overload, Rule
from paconvert.rules.signature import Bound, bind

if TYPE_CHECKING:
    import libcst as cst

    from paconvert.inference.types import Type

_ABSENT = object()
_NOT_LITERAL = object()


@lru_cache(maxsize=1024)
def _constant(text: str) -> object:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _NOT_LITERAL


def literal(node: cst.BaseExpression) -> object:
    """The value of a literal expression; a marker when it is none."""
    import libcst as cst

    if isinstance(node, cst.Name):
        return {"True": True, "False": False, "None": None}.get(node.value, _NOT_LITERAL)
    if isinstance(node, cst.Integer):
        return int(node.value, 0)
    if isinstance(node, (cst.Float, cst.SimpleString)):
        return _constant(node.value)
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
        value = literal(node.expression)
        return -value if isinstance(value, (int, float)) else _NOT_LITERAL
    if isinstance(node, (cst.Tuple, cst.List)):
        items = [literal(element.value) for element in node.elements]
        return _NOT_LITERAL if any(item is _NOT_LITERAL for item in items) else tuple(items)
    return _NOT_LITERAL


def select(
    rule: Rule,
    positional: Sequence[cst.Arg],
    keywords: Mapping[str, cst.Arg],
    types: Mapping[int, Type],
    receiver: Type | None = None,
) -> tuple[Overload | None, int | None, Bound[cst.Arg] | None]:
    """The first overload that the call binds to and whose condition holds.

    Args:
        rule: the rule of the callee.
        positional, keywords: the call's arguments.
        types: `id` of an argument → its type.
        receiver: the receiver's type, for members.
    """
    for index, overload in enumerate(rule.overloads):
        if overload.signature is None:
            if not overload.when:
                return overload, index, None
            continue
        bound = bind(overload.signature, positional, keywords)
        if bound is not None and any(argument.star for argument in bound.single.values()):
            continue  # an unpacked argument may be several
        if bound is not None and _holds(overload, bound, types, receiver):
            return overload, index, bound
    return None, None, None


def _holds(
    overload: Overload, bound: Bound[cst.Arg], types: Mapping[int, Type], receiver: Type | None
) -> bool:
    from paconvert.inference.types import UNKNOWN

    def type_of(name: str) -> Type:
        if name == "self" and receiver is not None:
            return receiver
        argument = bound.single.get(name)
        return types.get(id(argument), UNKNOWN) if argument is not None else UNKNOWN

    def types_of(name: str) -> list[Type]:
        if name not in bound.single and bound.variadic and _is_variadic(overload, name):
            return [types.get(id(argument), UNKNOWN) for argument in bound.variadic]
        return [type_of(name)]

    def value_of(name: str) -> object:
        argument = bound.single.get(name)
        if argument is not None:
            return literal(argument.value)
        if bound.variadic and _is_variadic(overload, name):
            values = tuple(literal(item.value) for item in bound.variadic)
            return _NOT_LITERAL if _NOT_LITERAL in values else values
        assert overload.signature is not None
        parameter = overload.signature.find(name)
        if parameter is None or parameter.default is None:
            return _ABSENT
        return _constant(parameter.default)

    for name, predicates in overload.when.items():
        if name == "@same_kind":
            if not _same_kind(
                [item for parameter in predicates for item in types_of(parameter)], bound, predicates
            ):
                return False
            continue
        given = (
            name in bound.single or (bool(bound.variadic) and _is_variadic(overload, name)) or name == "self"
        )
        alternatives = predicates if isinstance(predicates, list) else [predicates]
        if not any(_predicate(text, given, value_of, types_of(name), name) for text in alternatives):
            return False
    return True


def _is_variadic(overload: Overload, name: str) -> bool:
    from paconvert.rules.signature import ParameterKind

    assert overload.signature is not None
    return any(p.name == name and p.kind is ParameterKind.VARIADIC for p in overload.signature.parameters)


def _same_kind(types: list[Type], bound: Bound[cst.Arg], names: Sequence[str]) -> bool:
    from paconvert.inference.types import same_kind

    return same_kind(types)


def _predicate(text: str, given: bool, value_of: Any, types: list[Type], name: str) -> bool:
    if text == "given":
        return given
    if text == "absent":
        return not given
    if text == "literal":
        return given and value_of(name) is not _NOT_LITERAL
    if text.startswith("="):
        expected = _constant(text[1:].strip())
        value = value_of(name)
        return (
            value is not _ABSENT
            and value is not _NOT_LITERAL
            and type(value) is type(expected)
            and value == expected
        )
    if text.startswith("like "):
        value = value_of(name)
        return isinstance(value, str) and re.fullmatch(text[5:], value) is not None
    if text.startswith("is "):
        return bool(types) and all(is_type(item, text[3:].strip()) for item in types) and given
    if text.startswith("not "):
        return given and all(item.known and not is_type(item, text[4:].strip()) for item in types)
    raise ValueError(f"unknown predicate: {text}")


def is_type(value: Type, word: str) -> bool:
    """Whether a type is what a predicate's word says (`Tensor[float]`, `int`, `sequence`, `number`)."""
    from paconvert.inference.types import NUMBERS, K

    if word == "basic_index":
        return _is_basic(value)
    if word == "leading_index":
        return _is_leading(value)
    if not value.known:
        return False
    if word == "sequence":
        return value.kind in (K.LIST, K.TUPLE, K.SIZE)
    if word == "number":
        return value.kind in NUMBERS
    base, _, dtype = word.rstrip("]").partition("[")
    return value.kind.value == base and (not dtype or value.dtype == dtype)


def _is_basic(index: Type) -> bool:
    """Whether an index surely has integers, slices, `...` and `None` only."""
    from paconvert.inference.types import K

    if index.kind is K.TUPLE:
        return bool(index.items) and all(_is_basic(item) for item in index.items)
    return index.kind in (K.INT, K.NONE, K.OBJECT)


def _is_leading(index: Type) -> bool:
    """Whether lists and tensors stand first in an index, if there are any, or behind integers alone."""
    from paconvert.inference.types import K

    if index.kind is not K.TUPLE:
        return True
    sliced = [item.kind in (K.NONE, K.OBJECT) for item in index.items]
    return not any(sliced) or all(_is_basic(item) for item in index.items[sliced.index(True) :])


def select_operator(rule: Rule, types: Mapping[str, Type]) -> tuple[Overload | None, int | None]:
    """The overload of an operator's rule, by the types of `self` and `other`."""
    from paconvert.inference.types import UNKNOWN, same_kind

    for index, overload in enumerate(rule.overloads):
        for name, predicates in overload.when.items():
            if name == "@same_kind":
                if not same_kind([types.get(parameter, UNKNOWN) for parameter in predicates]):
                    break
                continue
            alternatives = predicates if isinstance(predicates, list) else [predicates]
            value = types.get(name, UNKNOWN)
            if not any(
                (text.startswith("is ") and is_type(value, text[3:]))
                or (text.startswith("not ") and value.known and not is_type(value, text[4:]))
                for text in alternatives
            ):
                break
        else:
            return overload, index
    return None, None
