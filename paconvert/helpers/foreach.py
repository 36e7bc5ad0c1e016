"""torch's functions of lists of tensors (`torch._foreach_*`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import paddle

from paconvert.helpers.inplace import in_place
from paconvert.helpers.ops import lerp
from paconvert.helpers.reduction import vector_norm


def _spread(value: Any, count: int) -> list[Any]:
    """One value for each tensor, from a list or from one value for all."""
    return list(value) if isinstance(value, list | tuple) else [value] * count


def foreach_in_place(function: Callable[[Any], Any], tensors: Sequence[Any]) -> None:
    """Changes each tensor to `function` of it."""
    for tensor in tensors:
        in_place(tensor, function)


def foreach_binary(
    function: Callable[..., Any], tensors: Sequence[Any], other: Any, **options: Any
) -> tuple[Any, ...]:
    """`function` of each tensor and a number, a tensor, or its partner in a list."""
    pairs = zip(tensors, _spread(other, len(tensors)), strict=True)
    return tuple(function(tensor, partner, **options) for tensor, partner in pairs)


def foreach_binary_(function: Callable[..., Any], tensors: Sequence[Any], other: Any, **options: Any) -> None:
    """As `foreach_binary`, in place."""
    for tensor, partner in zip(tensors, _spread(other, len(tensors)), strict=True):
        in_place(tensor, function, partner, **options)


def _values(value: Any, count: int) -> list[Any]:
    """The factors of `foreach_ternary`: a number, a list, or a 1-d tensor of them."""
    return _spread(value.tolist() if isinstance(value, paddle.Tensor) else value, count)


def foreach_ternary(
    function: Callable[..., Any], tensors: Sequence[Any], first: Any, second: Any, value: Any = 1
) -> tuple[Any, ...]:
    """`function(tensor, x, y, value=...)` of lists (addcmul, addcdiv)."""
    rows = zip(tensors, first, second, _values(value, len(tensors)), strict=True)
    return tuple(function(tensor, x, y, value=factor) for tensor, x, y, factor in rows)


def foreach_ternary_(
    function: Callable[..., Any], tensors: Sequence[Any], first: Any, second: Any, value: Any = 1
) -> None:
    """As `foreach_ternary`, in place."""
    for tensor, x, y, factor in zip(tensors, first, second, _values(value, len(tensors)), strict=True):
        in_place(tensor, function, x, y, value=factor)


def foreach_lerp(self: Sequence[Any], tensors1: Sequence[Any], weight: Any) -> tuple[Any, ...]:
    """`torch._foreach_lerp` with one weight or a list."""
    rows = zip(self, tensors1, _spread(weight, len(self)), strict=True)
    return tuple(lerp(tensor, end, part) for tensor, end, part in rows)


def foreach_lerp_(self: Sequence[Any], tensors1: Sequence[Any], weight: Any) -> None:
    """`torch._foreach_lerp_` with one weight or a list."""
    for tensor, end, part in zip(self, tensors1, _spread(weight, len(self)), strict=True):
        in_place(tensor, lerp, end, part)


def foreach_norm(self: Sequence[Any], ord: Any = 2, dtype: Any = None) -> tuple[Any, ...]:
    """`torch._foreach_norm`: the norm of each tensor."""
    return tuple(vector_norm(tensor, ord, dtype=dtype) for tensor in self)


def foreach_copy_(self: Sequence[Any], src: Sequence[Any]) -> None:
    """`torch._foreach_copy_`: copies each tensor of `src` into its partner."""
    for tensor, source in zip(self, src, strict=True):
        in_place(tensor, lambda _, values: values.astype(tensor.dtype), source)  # noqa: B023
