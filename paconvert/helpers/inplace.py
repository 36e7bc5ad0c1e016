"""Operations that change a tensor in place, with torch's rules for dtypes, broadcasting and gradients."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import paddle

from paconvert.helpers.dtype import (
    dtype_is_complex,
    dtype_is_floating_point,
    dtype_name,
    number_dtype,
    type_promotion,
)
from paconvert.helpers.ops import add, clamp, div, mul, sub

# Nodes that keep their result for the way back in Paddle but not in torch: changing it would fail there.
_KEEP_RESULT = ("Silu", "Divide", "GroupNorm", "Pool2d", "Elu", "Selu", "Hardsigmoid", "Relu6", "Max", "Min")

_VIEWS = (
    "Transpose",
    "Reshape",
    "Flatten",
    "Slice",
    "Squeeze",
    "Unsqueeze",
    "ViewShape",
    "Unbind",
    "AsStrided",
    "Diagonal",
)


def _kind(dtype: Any) -> int:
    if dtype_is_complex(dtype):
        return 3
    if dtype_is_floating_point(dtype):
        return 2
    return int(dtype_name(dtype) != "bool")


def write_into(tensor: Any, values: Any) -> Any:
    """Writes `values` over the tensor, cast and spread to fit; gradients go to `values`."""
    if paddle.is_grad_enabled() and tensor.is_leaf and not tensor.stop_gradient:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    values = values.astype(tensor.dtype)
    if values.shape != tensor.shape:
        values = values.expand(list(tensor.shape))
    return paddle.assign(values, tensor)


def in_place(tensor: Any, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Changes `tensor` to `function(tensor, *arguments, **options)` in its own memory, and gives it.

    Its dtype and shape stay; a result of a higher kind (float for an integer tensor) is refused, as in torch.
    Where the tensor is a view, its base gets the numbers, but Paddle's gradients do not see that.
    """
    tensors = [x for x in (tensor, *arguments) if isinstance(x, paddle.Tensor)]
    kept = paddle.is_grad_enabled() and not all(x.stop_gradient for x in tensors)
    source = tensor.clone() if kept else tensor
    result = function(source, *arguments, **options)
    if _kind(result.dtype) > _kind(tensor.dtype):
        raise RuntimeError(
            f"result type {dtype_name(result.dtype)} can't be cast to {dtype_name(tensor.dtype)}"
        )
    if result.shape != tensor.shape:
        raise RuntimeError(f"output with shape {list(tensor.shape)} doesn't match {list(result.shape)}")
    if keeps_result(tensor):
        tensor.reconstruct_from_(result.astype(tensor.dtype))
        return tensor
    return write_into(tensor, result)


def keeps_result(tensor: Any) -> bool:
    """Whether the node that made the tensor, or what it is a view of, needs its numbers; torch's does not."""
    if tensor.stop_gradient or tensor.is_leaf or not paddle.is_grad_enabled():
        return False
    node = tensor.grad_fn
    while _node_name(node) in _VIEWS and node.next_functions:
        node = node.next_functions[0]
    return _node_name(node) in _KEEP_RESULT


def _node_name(node: Any) -> str:
    return str(node.name()).removesuffix("GradNode") if node is not None else ""


def _adds_alone(tensor: Any, other: Any) -> bool:
    """Whether Paddle's own in-place sum is torch's."""
    same = isinstance(other, paddle.Tensor) and other.dtype == tensor.dtype and _kind(tensor.dtype) == 2
    return same and not keeps_result(tensor)


def add_(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`torch.Tensor.add_`: adds `alpha * other`."""
    if alpha == 1 and _adds_alone(input, other):
        return input.add_(other)
    return in_place(input, add, other, alpha=alpha)


def sub_(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`torch.Tensor.sub_`: subtracts `alpha * other`."""
    return in_place(input, sub, other, alpha=alpha)


def mul_(input: Any, other: Any) -> Any:
    """`torch.Tensor.mul_`: multiplies by a tensor or number."""
    return in_place(input, mul, other)


def div_(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`torch.Tensor.div_`: divides by a tensor or number."""
    return in_place(input, div, other, rounding_mode=rounding_mode)


def clamp_(input: Any, min: Any = None, max: Any = None) -> Any:
    """`torch.Tensor.clamp_`: limits the numbers to a range."""
    return in_place(input, clamp, min, max)


def copy_(input: Any, other: Any, non_blocking: bool = False) -> Any:
    """`torch.Tensor.copy_`: takes over the numbers of `other`, cast and spread to fit."""
    return write_into(input, other)


def fill_(input: Any, value: Any) -> Any:
    """`torch.Tensor.fill_`: sets all numbers to a number or a 0-d tensor."""
    if isinstance(value, paddle.Tensor):
        return write_into(input, value)
    if number_dtype(value).startswith("complex") and not dtype_is_complex(input.dtype):
        raise RuntimeError("value cannot be converted to a real number without overflow")
    return input.fill_(value)


def inplace_operators() -> None:
    """Teaches Paddle's tensors `+=` and its like: they change the tensor itself, so that other names see it.

    Paddle makes a new tensor and binds the name to it. Code writes `x += y` as an operator, on names,
    attributes and items; a call of a helper in place of each one would ruin it, so this one function adds
    the operators.
    """
    type_promotion()
    names = ("sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift")
    if not hasattr(paddle.Tensor, "__iadd__"):
        paddle.Tensor.__iadd__ = add_
    for name in names:
        if not hasattr(paddle.Tensor, f"__i{name}__"):
            forward = getattr(operator, f"__{name}__")

            def inplace(self: Any, other: Any, forward: Callable[..., Any] = forward) -> Any:
                return in_place(self, forward, other)

            setattr(paddle.Tensor, f"__i{name}__", inplace)
