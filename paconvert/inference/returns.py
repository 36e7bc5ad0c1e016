"""Reads the type expressions of rules (`returns`) and Python annotations that name the same things."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache

from paconvert.inference.types import (
    BOOL,
    BYTES,
    COMPLEX,
    FLOAT,
    INT,
    NDARRAY,
    NONE,
    OBJECT,
    SIZE,
    STR,
    UNKNOWN,
    K,
    Type,
    element_of,
    join,
    join_all,
    promote,
    tensor,
)

Lookup = Callable[[str], Type]

_PLAIN = {
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "complex": COMPLEX,
    "str": STR,
    "bytes": BYTES,
    "None": NONE,
    "Size": SIZE,
    "dtype": Type(K.DTYPE),
    "device": Type(K.DEVICE),
    "ndarray": NDARRAY,
    "object": OBJECT,
    "Tensor": tensor(),
    "Parameter": tensor("float"),
    "Module": Type(K.MODULE),
    "Optimizer": Type(K.OPTIMIZER),
    "list": Type(K.LIST),
    "tuple": Type(K.TUPLE),
    "dict": Type(K.DICT),
    "set": Type(K.SET),
    "iterator": Type(K.ITERATOR),
    "function": Type(K.FUNCTION),
    "class": Type(K.CLASS),
}
_CONTAINERS = {"list": K.LIST, "iterator": K.ITERATOR, "set": K.SET, "dict": K.DICT, "tuple": K.TUPLE}
_DTYPE_KINDS = ("float", "int", "bool", "complex")


@cache
def _parse(text: str) -> ast.expr | str:
    stripped = text.strip()
    if stripped.startswith("(") and ":" in stripped:
        return stripped
    try:
        return ast.parse(stripped, mode="eval").body
    except SyntaxError:
        return ast.Constant(value=None)


def evaluate_returns(text: str, lookup: Lookup) -> Type:
    """The type that a rule's `returns` says.

    Args:
        text: the type expression (docs/rules.md, 'What comes out').
        lookup: the type of a parameter's argument, of `self` for the receiver; None's when it is not given.
    """
    if not text:
        return UNKNOWN
    parsed = _parse(text)
    if isinstance(parsed, str):
        fields = []
        items = []
        for part in _split(parsed[1:-1]):
            name, _, type_text = part.partition(":")
            fields.append(name.strip())
            items.append(evaluate_returns(type_text, lookup))
        return Type(K.TUPLE, items=tuple(items), fields=tuple(fields))
    return _evaluate(parsed, lookup)


def _split(text: str) -> list[str]:
    parts = [""]
    depth = 0
    for character in text:
        depth += (character in "[(" and 1) or ((character in "])" and -1) or 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


def _evaluate(node: ast.expr, lookup: Lookup) -> Type:
    if isinstance(node, ast.Constant):
        return NONE if node.value is None else UNKNOWN
    if isinstance(node, ast.Name):
        if node.id == "self":
            return lookup("self")
        return _PLAIN.get(node.id) or Type(K.INSTANCE, node.id)
    if isinstance(node, ast.Attribute):
        return Type(K.INSTANCE, ast.unparse(node))
    if isinstance(node, ast.BinOp):
        return join(_evaluate(node.left, lookup), _evaluate(node.right, lookup))
    if isinstance(node, ast.Tuple):
        return Type(K.TUPLE, items=tuple(_evaluate(item, lookup) for item in node.elts))
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("typeof", "element")
    ):
        value = lookup(ast.unparse(node.args[0]))
        return value if node.func.id == "typeof" else element_of(value)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _subscript(node.value.id, node.slice, lookup)
    return UNKNOWN


def _subscript(name: str, index: ast.expr, lookup: Lookup) -> Type:
    if name == "Tensor":
        return tensor(_dtype_kind(index, lookup))
    if name == "dtype":
        return Type(K.DTYPE, dtype=_dtype_kind(index, lookup))
    if name in _CONTAINERS:
        parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
        if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
            # A tuple of unknown length has no single item types: it behaves as a list here.
            return Type(K.LIST, items=(_evaluate(parts[0], lookup),))
        fields: tuple[str, ...] = ()
        if isinstance(last := parts[-1], ast.Dict):
            fields = tuple(str(key.value) for key in last.keys if isinstance(key, ast.Constant))
            parts[-1:] = last.values
        return Type(_CONTAINERS[name], items=tuple(_evaluate(part, lookup) for part in parts), fields=fields)
    if name in ("Module", "Optimizer", "instance"):
        return Type(K(name) if name != "instance" else K.INSTANCE, ast.unparse(index))
    return UNKNOWN


def _dtype_kind(node: ast.expr, lookup: Lookup) -> str:
    """`float`, `input`, `self`, `dtype|float`, `input+other` as a dtype kind."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        absent = isinstance(node.left, ast.Name) and lookup(node.left.id).kind is K.NONE
        return _dtype_kind(node.right if absent else node.left, lookup)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return promote(tensor(_dtype_kind(node.left, lookup)), tensor(_dtype_kind(node.right, lookup))).dtype
    if isinstance(node, ast.Name):
        if node.id in _DTYPE_KINDS:
            return node.id
        value = lookup(node.id)
        while value.kind in (K.LIST, K.TUPLE) and value.items:
            value = join_all(value.items)
        if value.kind in (K.TENSOR, K.DTYPE):
            return value.dtype
        return {K.INT: "int", K.FLOAT: "float", K.BOOL: "bool", K.COMPLEX: "complex"}.get(value.kind, "")
    return ""
