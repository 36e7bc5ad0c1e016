"""Signatures of rules and the binding of a call's arguments to their parameters."""

from __future__ import annotations

import ast
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

T = TypeVar("T")

# torch's argument parser takes these NumPy spellings of its own parameter names.
_NUMPY_SPELLINGS = {
    "axis": "dim",
    "keepdims": "keepdim",
    "x": "input",
    "a": "input",
    "x1": "input",
    "x2": "other",
}


class ParameterKind(enum.Enum):
    """How a parameter takes its argument."""

    POSITIONAL_ONLY = "/"
    NORMAL = ""
    VARIADIC = "*"
    KEYWORD_ONLY = "kw"
    KEYWORDS = "**"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with the source text of its default (`None` when it is required)."""

    name: str
    kind: ParameterKind
    default: str | None = None


@dataclass(frozen=True)
class Signature:
    """The parameters of a callable, in order."""

    parameters: tuple[Parameter, ...]

    def find(self, name: str) -> Parameter | None:
        """The parameter of that name that takes a single argument by keyword."""
        for parameter in self.parameters:
            if parameter.name == name and parameter.kind in (
                ParameterKind.NORMAL,
                ParameterKind.KEYWORD_ONLY,
            ):
                return parameter
        return None


@cache
def parse_signature(text: str) -> Signature:
    """Reads `"(input, dim=None, *, out=None)"`.

    Raises:
        SyntaxError: the text is not a Python parameter list.
    """
    function = ast.parse(f"def f{text}: pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    parameters: list[Parameter] = []
    plain = [*arguments.posonlyargs, *arguments.args]
    required = len(plain) - len(arguments.defaults)
    for index, argument in enumerate(plain):
        only = index < len(arguments.posonlyargs)
        kind = ParameterKind.POSITIONAL_ONLY if only else ParameterKind.NORMAL
        default = ast.unparse(arguments.defaults[index - required]) if index >= required else None
        parameters.append(Parameter(argument.arg, kind, default))
    if arguments.vararg:
        parameters.append(Parameter(arguments.vararg.arg, ParameterKind.VARIADIC))
    for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        default = ast.unparse(value) if value is not None else None
        parameters.append(Parameter(argument.arg, ParameterKind.KEYWORD_ONLY, default))
    if arguments.kwarg:
        parameters.append(Parameter(arguments.kwarg.arg, ParameterKind.KEYWORDS))
    return Signature(tuple(parameters))


@dataclass(frozen=True, slots=True)
class Bound(Generic[T]):
    """A call's arguments by parameter.

    Attributes:
        single: parameter name → argument.
        variadic: the arguments that a `*parameter` takes.
        extra: keyword arguments that a `**parameter` takes.
    """

    single: Mapping[str, T]
    variadic: tuple[T, ...] = ()
    extra: Mapping[str, T] | None = None


def bind(signature: Signature, positional: Sequence[T], keywords: Mapping[str, T]) -> Bound[T] | None:
    """Binds arguments as Python would; `None` when the call does not fit the signature."""
    single: dict[str, T] = {}
    extra: dict[str, T] = {}
    variadic: tuple[T, ...] = ()
    remaining = list(positional)
    takes_any_keyword = False
    for parameter in signature.parameters:
        if parameter.kind is ParameterKind.VARIADIC:
            variadic = tuple(remaining)
            remaining = []
        elif parameter.kind is ParameterKind.KEYWORDS:
            takes_any_keyword = True
        elif parameter.kind is not ParameterKind.KEYWORD_ONLY and remaining:
            single[parameter.name] = remaining.pop(0)
    if remaining:
        return None
    for keyword, argument in keywords.items():
        name = keyword if signature.find(keyword) else _NUMPY_SPELLINGS.get(keyword, keyword)
        variadic_name = next((p.name for p in signature.parameters if p.kind is ParameterKind.VARIADIC), None)
        if signature.find(name) and name not in single:
            single[name] = argument
        elif keyword == variadic_name and not variadic:
            single[keyword] = argument  # torch.zeros(size=(2, 3)): the sequence form of a variadic parameter
        elif takes_any_keyword and keyword not in single:
            extra[keyword] = argument
        else:
            return None
    for parameter in signature.parameters:
        plain = parameter.kind not in (ParameterKind.VARIADIC, ParameterKind.KEYWORDS)
        if plain and parameter.default is None and parameter.name not in single:
            return None
    return Bound(single, variadic, extra)
