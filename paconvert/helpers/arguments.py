"""What torch.nn checks and translates arguments with."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any


def reduction_enum(reduction: str) -> int:
    """torch.nn._reduction.get_enum: the number of a reduction."""
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated: use reduction='mean'", stacklevel=2)
        reduction = "mean"
    numbers = {"none": 0, "mean": 1, "sum": 2}
    if reduction not in numbers:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return numbers[reduction]


def assert_int_or_pair(arg: Any, arg_name: str, message: str) -> None:
    """torch.nn.functional.assert_int_or_pair."""
    if not (isinstance(arg, int) or len(arg) == 2):
        raise AssertionError(message.format(arg_name))


def add_indent(s_: str, numSpaces: int) -> str:
    """torch.nn.modules.module._addindent: moves all lines but the first to the right."""
    first, *others = s_.split("\n")
    return "\n".join([first, *(" " * numSpaces + line if line.strip() else "" for line in others)])


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """torch.nn.factory_kwargs: those arguments that functions which make tensors take."""
    if kwargs is None:
        return {}
    simple = ("device", "dtype", "memory_format")
    if unexpected := kwargs.keys() - {*simple, "factory_kwargs"}:
        raise TypeError(f"unexpected kwargs {unexpected}")
    found = dict(kwargs.get("factory_kwargs", {}))
    for name in simple:
        if name in kwargs:
            if name in found:
                raise TypeError(f"{name} specified twice, in **kwargs and in factory_kwargs")
            found[name] = kwargs[name]
    return found


def bind_optional(optional: Any, fn: Callable[[Any], Any]) -> Any:
    """torch.nn.utils.rnn.bind: `fn` of a value, nothing of nothing."""
    return None if optional is None else fn(optional)
