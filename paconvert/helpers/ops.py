"""Elementwise functions, joins and products as torch does them where one Paddle call does not."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import paddle

from paconvert.helpers.dtype import (
    cast_to,
    dtype_is_complex,
    dtype_is_floating_point,
    dtype_name,
    dtype_of,
    float_promoted,
    promote_types,
    promoted,
    result_type,
)

_KERNEL_DTYPE = {
    "bool": "int32",
    "uint8": "int32",
    "int8": "int32",
    "int16": "int32",
    "float16": "float32",
    "bfloat16": "float32",
}


def map_tensors(function: Callable[[Any], Any], result: Any) -> Any:
    """`function` of each tensor in a result that may be a tensor or a tuple or list of them."""
    if isinstance(result, paddle.Tensor):
        return function(result)
    if isinstance(result, list | tuple):
        items = [map_tensors(function, item) for item in result]
        return type(result)(*items) if hasattr(result, "_fields") else type(result)(items)
    return result


def with_kernel(function: Callable[..., Any], *tensors: Any, **arguments: Any) -> Any:
    """`function(*tensors, **arguments)` for tensors of one dtype, also where Paddle has no kernel for it.

    Then it is computed in a wider dtype, and results of that dtype are cast back.
    """
    dtype = tensors[0].dtype
    kernel_dtype = _KERNEL_DTYPE.get(dtype_name(dtype))
    try:
        return function(*tensors, **arguments)
    except (RuntimeError, TypeError, ValueError, AssertionError):
        if kernel_dtype is None:
            raise
    wider = dtype_of(kernel_dtype)
    result = function(*(tensor.astype(wider) for tensor in tensors), **arguments)
    return map_tensors(lambda item: item.astype(dtype) if item.dtype == wider else item, result)


def moved(function: Callable[..., Any], *tensors: Any, **arguments: Any) -> Any:
    """As `with_kernel` for functions that only move elements; complex numbers go part by part."""
    if not dtype_is_complex(tensors[0].dtype):
        return with_kernel(function, *tensors, **arguments)
    real = function(*(paddle.real(tensor) for tensor in tensors), **arguments)
    imaginary = function(*(paddle.imag(tensor) for tensor in tensors), **arguments)
    return paddle.complex(real, imaginary)


def floating(tensor: Any) -> Any:
    """The tensor, with integers and bools in the default floating point dtype."""
    return float_promoted(tensor)[0]


def binary(function: Callable[..., Any], input: Any, other: Any) -> Any:
    """`function` of two tensors or numbers in their common dtype by torch's rules."""
    return with_kernel(function, *promoted(input, other))


def float_binary(function: Callable[..., Any], input: Any, other: Any) -> Any:
    """As `binary`, in a floating point dtype."""
    return with_kernel(function, *float_promoted(input, other))


def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`torch.add`: `input + alpha * other` with torch's dtypes."""
    dtype = result_type(input, other)
    left, right = cast_to(input, dtype), cast_to(other, dtype)
    if alpha != 1:
        right = with_kernel(paddle.multiply, right, cast_to(alpha, dtype))
    return with_kernel(paddle.logical_or if dtype == paddle.bool else paddle.add, left, right)


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`torch.sub`: `input - alpha * other` with torch's dtypes."""
    dtype = result_type(input, other)
    if dtype == paddle.bool:
        raise RuntimeError("Subtraction, the `-` operator, with two bool tensors is not supported.")
    right = cast_to(other, dtype)
    if alpha != 1:
        right = with_kernel(paddle.multiply, right, cast_to(alpha, dtype))
    return with_kernel(paddle.subtract, cast_to(input, dtype), right)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`torch.rsub`: `other - alpha * input` with torch's dtypes."""
    return sub(other, input, alpha=alpha)


def mul(input: Any, other: Any) -> Any:
    """`torch.mul` with torch's dtypes."""
    left, right = promoted(input, other)
    if left.dtype == paddle.bool:
        return paddle.logical_and(left, right)
    return with_kernel(paddle.multiply, left, right)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`torch.div` with its dtypes and rounding modes."""
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode is None:
        return float_binary(paddle.divide, input, other)
    left, right = promoted(input, other)
    if dtype_is_floating_point(left.dtype):
        return with_kernel(paddle.trunc, with_kernel(paddle.divide, left, right))
    left, right, dtype = left.astype("int64"), right.astype("int64"), left.dtype
    quotient = paddle.floor_divide(left.abs(), right.abs()) * paddle.sign(left) * paddle.sign(right)
    return quotient.astype(dtype)


def floor_divide(input: Any, other: Any) -> Any:
    """`torch.floor_divide` with torch's dtypes; its gradient is zero."""
    return binary(paddle.floor_divide, input, other) + _zero_gradient(input, other)


def _zero_gradient(*operands: Any) -> Any:
    """Zero, with a gradient of zero to the operands that want one."""
    wanting = [x for x in operands if isinstance(x, paddle.Tensor) and not x.stop_gradient]
    return sum((with_kernel(paddle.zeros_like, x) * x).sum() for x in wanting) if wanting else 0


def remainder(input: Any, other: Any) -> Any:
    """`torch.remainder` (sign of the divisor) with torch's dtypes."""
    return binary(paddle.remainder, input, other)


def fmod(input: Any, other: Any) -> Any:
    """`torch.fmod` (sign of the dividend) with torch's dtypes."""
    left, right = promoted(input, other)

    def signed(left: Any, right: Any) -> Any:
        if dtype_is_floating_point(left.dtype):
            whole = paddle.isinf(right) & ~paddle.isinf(left)
            right = paddle.where(whole, paddle.ones_like(right), right)
            rest = paddle.remainder(left.abs().detach(), right.abs().detach()) * paddle.sign(left.detach())
            quotient = paddle.trunc(
                (left.detach() - rest) / right.detach() + 0.5 * paddle.sign(left * right).detach()
            )
            result = rest + (left - left.detach()) - (right - right.detach()) * quotient
            return paddle.where(whole, left, result)
        return paddle.remainder(left.abs(), right.abs()) * paddle.sign(left)

    return with_kernel(signed, left, right)


def power(input: Any, exponent: Any) -> Any:
    """`torch.pow` with torch's dtypes; integers to negative integer powers raise as in torch."""
    dtype = result_type(input, exponent)
    integer = not dtype_is_floating_point(dtype) and not dtype_is_complex(dtype)
    if integer and isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    if isinstance(input, paddle.Tensor) and input.dtype == dtype and isinstance(exponent, int | float):
        return with_kernel(paddle.pow, input, y=exponent)
    left, right = cast_to(input, dtype), cast_to(exponent, dtype)
    if integer:
        # Paddle's kernel for integers does not end for negative exponents; torch's gives the truncated power.
        negative = right < 0
        result = with_kernel(paddle.pow, left, paddle.where(negative, paddle.zeros_like(right), right))
        inverse = paddle.where(left.abs() == 1, left ** (right.abs() % 2), paddle.zeros_like(left))
        return paddle.where(negative, inverse, result)
    return with_kernel(paddle.pow, left, right)


def float_power(input: Any, exponent: Any) -> Any:
    """`torch.float_power`: the power in double precision."""
    is_complex = dtype_is_complex(result_type(input, exponent))
    dtype = paddle.complex128 if is_complex else paddle.float64
    return paddle.pow(cast_to(input, dtype), cast_to(exponent, dtype))


def maximum(input: Any, other: Any) -> Any:
    """`torch.maximum` with torch's dtypes."""
    return binary(paddle.maximum, input, other)


def minimum(input: Any, other: Any) -> Any:
    """`torch.minimum` with torch's dtypes."""
    return binary(paddle.minimum, input, other)


def fmax(input: Any, other: Any) -> Any:
    """`torch.fmax` with torch's dtypes."""
    return binary(paddle.fmax, input, other)


def fmin(input: Any, other: Any) -> Any:
    """`torch.fmin` with torch's dtypes."""
    return binary(paddle.fmin, input, other)


def heaviside(input: Any, values: Any) -> Any:
    """`torch.heaviside`; both have one dtype, as in torch."""
    return with_kernel(paddle.heaviside, input, values)


def compared(function: Callable[..., Any], input: Any, other: Any) -> Any:
    """A comparison (`paddle.less_than` …) of two tensors or numbers in their common dtype."""
    return with_kernel(function, *promoted(input, other)).astype("bool")


def same_elements(left: Any, right: Any) -> Any:
    """Where two tensors are equal; Paddle's `==` also holds for floating point numbers closer than 1e-15."""
    if dtype_is_floating_point(left.dtype):
        return (left <= right) & (left >= right)
    return paddle.equal(left, right)


def eq(input: Any, other: Any) -> Any:
    """`torch.eq` of mixed dtypes and numbers."""
    return compared(same_elements, input, other)


def ne(input: Any, other: Any) -> Any:
    """`torch.ne` of mixed dtypes and numbers."""
    return ~eq(input, other)


def lt(input: Any, other: Any) -> Any:
    """`torch.lt` of mixed dtypes and numbers."""
    return compared(paddle.less_than, input, other)


def le(input: Any, other: Any) -> Any:
    """`torch.le` of mixed dtypes and numbers."""
    return compared(paddle.less_equal, input, other)


def gt(input: Any, other: Any) -> Any:
    """`torch.gt` of mixed dtypes and numbers."""
    return compared(paddle.greater_than, input, other)


def ge(input: Any, other: Any) -> Any:
    """`torch.ge` of mixed dtypes and numbers."""
    return compared(paddle.greater_equal, input, other)


def equal(input: Any, other: Any) -> bool:
    """`torch.equal`: whether shapes and values agree."""
    if list(input.shape) != list(other.shape):
        return False
    return bool(eq(input, other).all())


def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """`torch.isclose` of any dtype, with broadcasting."""
    if input.dtype != other.dtype:
        raise RuntimeError(f"{dtype_name(input.dtype)} did not match {dtype_name(other.dtype)}")
    left, right = input.detach(), other.detach()
    close = eq(left, right)
    if equal_nan and (dtype_is_floating_point(left.dtype) or dtype_is_complex(left.dtype)):
        close = close | (paddle.isnan(left) & paddle.isnan(right))
    if rtol == 0 and atol == 0:
        return close
    if not dtype_is_complex(left.dtype):
        left, right = left.astype("float64"), right.astype("float64")
    difference = (left - right).abs()
    return close | (paddle.isfinite(difference) & (difference <= atol + (rtol * right).abs()))


def allclose(
    input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> bool:
    """`torch.allclose`: a bool."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def _logical(function: Callable[..., Any], input: Any, other: Any) -> Any:
    return function(input.astype("bool"), other.astype("bool"))


def logical_and(input: Any, other: Any) -> Any:
    """`torch.logical_and` of any dtypes."""
    return _logical(paddle.logical_and, input, other)


def logical_or(input: Any, other: Any) -> Any:
    """`torch.logical_or` of any dtypes."""
    return _logical(paddle.logical_or, input, other)


def logical_xor(input: Any, other: Any) -> Any:
    """`torch.logical_xor` of any dtypes."""
    return _logical(paddle.logical_xor, input, other)


def bitwise_and(input: Any, other: Any) -> Any:
    """`torch.bitwise_and` of mixed dtypes and numbers."""
    return binary(paddle.bitwise_and, input, other)


def bitwise_or(input: Any, other: Any) -> Any:
    """`torch.bitwise_or` of mixed dtypes and numbers."""
    return binary(paddle.bitwise_or, input, other)


def bitwise_xor(input: Any, other: Any) -> Any:
    """`torch.bitwise_xor` of mixed dtypes and numbers."""
    return binary(paddle.bitwise_xor, input, other)


def bitwise_left_shift(input: Any, other: Any) -> Any:
    """`torch.bitwise_left_shift` of mixed dtypes and numbers."""
    return binary(paddle.bitwise_left_shift, input, other)


def bitwise_right_shift(input: Any, other: Any) -> Any:
    """`torch.bitwise_right_shift` of mixed dtypes and numbers."""
    return binary(paddle.bitwise_right_shift, input, other)


def gcd(input: Any, other: Any) -> Any:
    """`torch.gcd` of mixed integer dtypes."""
    return binary(paddle.gcd, input, other)


def lcm(input: Any, other: Any) -> Any:
    """`torch.lcm` of mixed integer dtypes."""
    return binary(lambda left, right: paddle.lcm(left, right).abs(), input, other)


def atan2(input: Any, other: Any) -> Any:
    """`torch.atan2` with torch's dtypes."""
    return float_binary(paddle.atan2, input, other)


def copysign(input: Any, other: Any) -> Any:
    """`torch.copysign` with torch's dtypes."""
    return float_binary(paddle.copysign, input, other)


def hypot(input: Any, other: Any) -> Any:
    """`torch.hypot` with torch's dtypes; squares that are too large or too small for them do no harm."""

    def scaled(left: Any, right: Any) -> Any:
        size = paddle.maximum(left.abs(), right.abs()).detach()
        one = paddle.ones_like(size)
        scale = paddle.where((size < 1e-15) & (size > 0) | (size > 1e15) & ~paddle.isinf(size), size, one)
        result = paddle.hypot(left / scale, right / scale) * scale
        return paddle.where(paddle.isinf(left) | paddle.isinf(right), one * math.inf, result)

    return binary(scaled, input, other)


def nextafter(input: Any, other: Any) -> Any:
    """`torch.nextafter`; as in torch, the gradient goes to the input where both differ."""
    left, right = promoted(input, other)
    result = paddle.nextafter(left.detach(), right.detach())
    if left.stop_gradient and right.stop_gradient:
        return result
    return result + (
        (left - left.detach()) * (left != right).astype(left.dtype) + 0 * (right - right.detach())
    )


def logaddexp(input: Any, other: Any) -> Any:
    """`torch.logaddexp` with torch's dtypes."""

    def compute(left: Any, right: Any) -> Any:
        if not dtype_is_complex(left.dtype):
            return paddle.logaddexp(left, right)
        swap = left.real() < right.real()
        largest, least = paddle.where(swap, right, left), paddle.where(swap, left, right)
        return largest + paddle.log(1 + paddle.exp(least - largest))

    return float_binary(compute, input, other)


def logaddexp2(input: Any, other: Any) -> Any:
    """`torch.logaddexp2`: the logarithm of the sum of powers, in base 2."""
    scale = math.log(2)
    return float_binary(
        lambda left, right: paddle.logaddexp(left * scale, right * scale) / scale, input, other
    )


def xlogy(input: Any, other: Any) -> Any:
    """`torch.xlogy`: `input * log(other)`, zero where `input` is zero."""

    def compute(left: Any, right: Any) -> Any:
        zero = left == 0
        value = left * paddle.log(paddle.where(zero, paddle.ones_like(right), right))
        return paddle.where(paddle.isnan(right), right * (left + 1), value)

    return with_kernel(compute, *broadcast_tensors(*float_promoted(input, other)))


def ldexp(input: Any, other: Any) -> Any:
    """`torch.ldexp`: `input * 2 ** other` with torch's dtypes."""
    return float_binary(lambda x, y: x * paddle.pow(paddle.full_like(y, 2.0), y), input, other)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """`torch.lerp`: linear interpolation; `weight` is a number or a tensor."""
    return with_kernel(
        lambda start, stop, *rest: start + (rest[0] if rest else weight) * (stop - start),
        *((input, end, weight) if isinstance(weight, paddle.Tensor) else (input, end)),
    )


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`torch.where`: a selection with torch's dtypes, or the indices where the condition holds."""
    if input is None:
        return nonzero(condition, as_tuple=True)
    if condition.dtype != paddle.bool:
        condition = condition.astype("bool")
    left, right = promoted(input, other)
    return with_kernel(lambda x, y: paddle.where(condition, x, y), left, right)


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """`torch.nonzero` of any dtype and of 0-d tensors."""
    flags = input.detach() if input.dtype == paddle.bool else ne(input.detach(), 0)
    if as_tuple:
        indices = paddle.nonzero(flags.reshape([1]) if not input.ndim else flags)
        return tuple(indices[:, column] for column in range(max(input.ndim, 1)))
    if not input.ndim:
        return paddle.zeros([int(flags), 0], dtype="int64")
    return paddle.nonzero(flags)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """`torch.clamp` with numbers or tensors as bounds, and torch's dtypes."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    dtype = result_type(input, *(bound for bound in (min, max) if bound is not None))
    result = cast_to(input, dtype)
    # torch gives the whole gradient to the input where it equals a bound
    if min is not None:
        low = cast_to(min, dtype)
        result = with_kernel(
            lambda x, y: paddle.where((x >= y) | paddle.isnan(x), x, y), *_broadcast(result, low)
        )
    if max is not None:
        high = cast_to(max, dtype)
        result = with_kernel(
            lambda x, y: paddle.where((x <= y) | paddle.isnan(x), x, y), *_broadcast(result, high)
        )
    return result


def _broadcast(*tensors: Any) -> Any:
    if all(list(tensor.shape) == list(tensors[0].shape) for tensor in tensors):
        return tensors
    return broadcast_tensors(*tensors)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """`torch.broadcast_tensors`: a tuple of the tensors in their common shape."""
    shape = broadcast_shapes(*(tensor.shape for tensor in tensors))
    return tuple(moved(paddle.broadcast_to, tensor, shape=list(shape)) for tensor in tensors)


def broadcast_shapes(*shapes: Any) -> Any:
    """`torch.broadcast_shapes`: the common shape of shapes or numbers."""
    sizes = [[shape] if isinstance(shape, int) else list(shape) for shape in shapes]
    return paddle.Size(
        functools.reduce(lambda left, right: list(np.broadcast_shapes(left, right)), sizes, [])
    )


def cat(tensors: Any, dim: int = 0) -> Any:
    """`torch.cat` of mixed dtypes; empty 1-d tensors are left out as in torch."""
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
    dtype = functools.reduce(promote_types, [tensor.dtype for tensor in tensors])
    kept = [tensor for tensor in tensors if tensor.ndim != 1 or tensor.shape[0]] or tensors[:1]
    return with_kernel(
        lambda *items: paddle.concat(list(items), axis=dim), *(cast_to(item, dtype) for item in kept)
    )


def stack(tensors: Any, dim: int = 0) -> Any:
    """`torch.stack` of mixed dtypes."""
    return paddle.stack(common_dtype(tensors), axis=dim)


def common_dtype(tensors: Any) -> list[Any]:
    """The tensors in the dtype that `torch.cat` gives them: 0-d tensors count as much as others."""
    tensors = list(tensors)
    dtype = functools.reduce(promote_types, [tensor.dtype for tensor in tensors])
    return [cast_to(tensor, dtype) for tensor in tensors]


def hstack(tensors: Any) -> Any:
    """`torch.hstack` of mixed dtypes."""
    return paddle.hstack(common_dtype(tensors))


def vstack(tensors: Any) -> Any:
    """`torch.vstack` of mixed dtypes."""
    return paddle.vstack(common_dtype(tensors))


def dstack(tensors: Any) -> Any:
    """`torch.dstack` of mixed dtypes."""
    return paddle.dstack(common_dtype(tensors))


def column_stack(tensors: Any) -> Any:
    """`torch.column_stack` of mixed dtypes."""
    return paddle.column_stack(common_dtype(tensors))


def _flat_tensors(tensors: tuple[Any, ...]) -> list[Any]:
    """The tensors of `f(a, b)` or `f([a, b])`."""
    return list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else list(tensors)


def block_diag(*tensors: Any) -> Any:
    """`torch.block_diag`: a matrix with the tensors on its diagonal."""
    blocks = [item.reshape([1, -1]) if item.ndim < 2 else item for item in common_dtype(tensors)]
    columns = sum(block.shape[1] for block in blocks)
    rows, start = [], 0
    for block in blocks:
        before = paddle.zeros([block.shape[0], start], dtype=block.dtype)
        start += block.shape[1]
        after = paddle.zeros([block.shape[0], columns - start], dtype=block.dtype)
        rows.append(with_kernel(lambda *parts: paddle.concat(list(parts), axis=1), before, block, after))
    return with_kernel(lambda *parts: paddle.concat(list(parts), axis=0), *rows)


def cartesian_prod(*tensors: Any) -> Any:
    """`torch.cartesian_prod`: all combinations of one element of each tensor."""
    if len(tensors) == 1:
        return tensors[0]
    return paddle.stack([grid.flatten() for grid in meshgrid(*tensors, indexing="ij")], axis=-1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """`torch.combinations` of any dtype."""
    return moved(paddle.combinations, input, r=r, with_replacement=with_replacement)


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """`torch.meshgrid`: a tuple of grids, with matrix ("ij", the default) or Cartesian ("xy") indexing."""
    items = _flat_tensors(tensors)
    axes = list(range(len(items)))
    if indexing == "xy" and len(items) > 1:
        axes[:2] = [1, 0]
    sizes = [1] * len(items)
    for axis, item in zip(axes, items, strict=True):
        sizes[axis] = item.shape[0] if item.ndim else 1
    grids = []
    for axis, item in zip(axes, items, strict=True):
        shape = [1] * len(items)
        shape[axis] = -1
        grids.append(moved(paddle.expand, item.reshape(shape), shape=sizes))
    return tuple(grids)


def atleast_1d(*tensors: Any) -> Any:
    """`torch.atleast_1d`: a tensor, or a tuple for several."""
    return _atleast(tensors, paddle.atleast_1d)


def atleast_2d(*tensors: Any) -> Any:
    """`torch.atleast_2d`: a tensor, or a tuple for several."""
    return _atleast(tensors, paddle.atleast_2d)


def atleast_3d(*tensors: Any) -> Any:
    """`torch.atleast_3d`: a tensor, or a tuple for several."""
    return _atleast(tensors, paddle.atleast_3d)


def _atleast(tensors: tuple[Any, ...], function: Callable[..., Any]) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], paddle.Tensor):
        return function(tensors[0])
    return tuple(function(tensor) for tensor in _flat_tensors(tensors))


def matmul(input: Any, other: Any) -> Any:
    """`torch.matmul` of one dtype, also of integers."""
    if input.dtype != other.dtype:
        names = dtype_name(input.dtype), dtype_name(other.dtype)
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {names[0]} != {names[1]}")
    return with_kernel(paddle.matmul, input, other)


def scaled_sum(input: Any, product: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * input + alpha * product` in their dtype; where `beta` is 0, `input` does not count."""
    scaled = product if alpha == 1 else with_kernel(paddle.multiply, product, cast_to(alpha, product.dtype))
    if beta == 0:
        return scaled
    first = input if beta == 1 else with_kernel(paddle.multiply, input, cast_to(beta, input.dtype))
    return with_kernel(paddle.add, first, scaled)


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """`torch.addmm`, `torch.addmv`, `torch.baddbmm`: `beta * input + alpha * (mat1 @ mat2)`."""
    return scaled_sum(input, matmul(mat1, mat2), beta, alpha)


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """`torch.addbmm`: the products of a batch are summed."""
    total = with_kernel(paddle.sum, matmul(batch1, batch2), axis=0).astype(batch1.dtype)
    return scaled_sum(input, total, beta, alpha)


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """`torch.addr`: `beta * input + alpha * outer(vec1, vec2)`."""
    if input.dtype == vec1.dtype == vec2.dtype == paddle.bool:
        product = paddle.logical_and(vec1.unsqueeze(-1), vec2.unsqueeze(0))
        return (
            paddle.logical_or(input, product)
            if beta
            else paddle.logical_and(product, paddle.to_tensor(bool(alpha)))
        )
    product = mul(vec1.unsqueeze(-1), vec2.unsqueeze(0))
    scaled = mul(product, alpha)
    return scaled if beta == 0 else add(mul(input, beta), scaled)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`torch.addcmul`: `input + value * tensor1 * tensor2`."""
    product = mul(tensor1, tensor2)
    return add(input, product if value == 1 else mul(product, value))


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`torch.addcdiv`: `input + value * tensor1 / tensor2`."""
    return add(input, div(tensor1 if value == 1 else mul(tensor1, value), tensor2))


def outer(input: Any, vec2: Any) -> Any:
    """`torch.outer` with torch's dtypes."""
    return mul(input.unsqueeze(-1), vec2.unsqueeze(0))


def inner(input: Any, other: Any) -> Any:
    """`torch.inner` of one dtype, also of scalars."""
    if not input.ndim or not other.ndim:
        return mul(input, other)
    return with_kernel(paddle.inner, input, other)


def dot(input: Any, tensor: Any) -> Any:
    """`torch.dot` of one dtype."""
    return with_kernel(paddle.dot, input, tensor)


def vdot(input: Any, other: Any) -> Any:
    """`torch.vdot`: the first vector is conjugated."""
    return with_kernel(paddle.dot, paddle.conj(input) if dtype_is_complex(input.dtype) else input, other)


def kron(input: Any, other: Any) -> Any:
    """`torch.kron`; 0-d tensors count as much as others for the dtype."""
    left, right = common_dtype([input, other])
    rank = max(left.ndim, right.ndim)
    left = left.reshape([1] * (rank - left.ndim) + list(left.shape))
    right = right.reshape([1] * (rank - right.ndim) + list(right.shape))
    spread_left = left.reshape([size for n in left.shape for size in (n, 1)])
    spread_right = right.reshape([size for n in right.shape for size in (1, n)])
    shape = [n * m for n, m in zip(left.shape, right.shape, strict=True)]
    return mul(spread_left, spread_right).reshape(shape)


def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """`torch.cross` with broadcasting; without `dim` along the first dimension of size 3."""
    left, right = broadcast_tensors(*promoted(input, other))
    axis = list(left.shape).index(3) if dim is None else dim

    def compute(
        x: Any, y: Any
    ) -> Any:  # paddle.cross ends the process where only one operand wants a gradient
        def turned(tensor: Any, places: int) -> Any:
            return paddle.roll(tensor, -places, axis)

        return turned(x, 1) * turned(y, 2) - turned(x, 2) * turned(y, 1)

    return with_kernel(compute, left, right)


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """`torch.tensordot`; `dims` is a number, two lists, or a tensor of two rows."""
    if isinstance(dims, paddle.Tensor):
        dims = dims.tolist() if dims.ndim else int(dims)
    return paddle.tensordot(a, b, axes=dims)


def einsum(equation: Any, *operands: Any) -> Any:
    """`torch.einsum`: operands as arguments or as one list, or in the form with sublists of indices."""
    if not isinstance(equation, str):
        return _einsum_sublists(equation, *operands)
    tensors = _flat_tensors(operands)
    equation = _lower_labels(equation.replace(" ", ""))
    inputs, _, output = equation.partition("->")
    if "..." in inputs and output and "..." not in output:
        result = einsum(f"{inputs}->...{output}", *tensors)
        return tensor_sum_leading(result, result.ndim - len(output))
    if dtype_is_floating_point(tensors[0].dtype) or dtype_is_complex(tensors[0].dtype):
        return paddle.einsum(equation, *tensors)
    # Paddle has no kernel of integers; these are exact up to 2**53
    return paddle.einsum(equation, *(x.astype("float64") for x in tensors)).astype(tensors[0].dtype)


def _lower_labels(equation: str) -> str:
    """The equation with small letters where there are enough of them: Paddle takes `a` and `A` for one."""
    labels = sorted(set(filter(str.isalpha, equation)))
    if len(labels) > 26 or equation == equation.lower():
        return equation
    if "->" not in equation:
        inputs = equation.replace("...", "")
        output = "".join(label for label in labels if inputs.count(label) == 1)
        equation += "->" + ("..." if "..." in equation else "") + output
    return equation.translate({ord(label): chr(ord("a") + i) for i, label in enumerate(labels)})


def tensor_sum_leading(input: Any, count: int) -> Any:
    """The sum over the first `count` dimensions."""
    return input.sum(axis=list(range(count))) if count else input


def _einsum_sublists(*arguments: Any) -> Any:
    def subscript(indices: Any) -> str:
        return "".join(
            "..." if i is Ellipsis else chr(ord("a") + i if i < 26 else ord("A") + i - 26) for i in indices
        )

    pairs = len(arguments) // 2 * 2
    equation = ",".join(subscript(indices) for indices in arguments[1:pairs:2])
    if len(arguments) > pairs:
        equation += "->" + subscript(arguments[-1])
    return einsum(equation, *arguments[:pairs:2])


def chain_matmul(*matrices: Any) -> Any:
    """`torch.chain_matmul`: the product of matrices."""
    return functools.reduce(matmul, _flat_tensors(matrices))


def exp2(input: Any) -> Any:
    """`torch.exp2`: 2 to the power of the elements."""
    return with_kernel(lambda x: paddle.exp(x * math.log(2)), floating(input))


def erfc(input: Any) -> Any:
    """`torch.erfc`: `1 - erf(input)`, exact also where it is tiny."""

    def compute(x: Any) -> Any:
        tail = x > 0.5
        safe = paddle.where(tail, x, paddle.ones_like(x)).clip(max=30.0)  # where it is 0 in any dtype
        # Paddle's gradient of gammaincc holds for its second argument, which is the one that varies here
        return paddle.where(
            tail, paddle.gammaincc(paddle.full_like(safe, 0.5), safe * safe), 1 - paddle.erf(x)
        )

    return with_kernel(compute, floating(input))


def erfinv(input: Any) -> Any:
    """`torch.erfinv`: not a number outside of -1 to 1."""

    def compute(x: Any) -> Any:
        return paddle.where(x.abs() > 1, paddle.full_like(x, math.nan), paddle.erfinv(x))

    return with_kernel(compute, floating(input))


def sinc(input: Any) -> Any:
    """`torch.sinc`: sin(πx) / πx; Paddle's own gives 1 for what is not a number."""
    x = floating(input)
    return paddle.where(paddle.isfinite(x * math.pi), paddle.sinc(x), paddle.full_like(x, math.nan))


def sgn(input: Any) -> Any:
    """`torch.sgn`: the sign, or the direction of complex numbers."""
    return paddle.sgn(input) if dtype_is_complex(input.dtype) else with_kernel(paddle.sign, input)


def sign(input: Any) -> Any:
    """`torch.sign` of any dtype."""
    return input.clone() if input.dtype == paddle.bool else with_kernel(paddle.sign, input)


def angle(input: Any) -> Any:
    """`torch.angle` of real and complex numbers."""
    return paddle.angle(input if dtype_is_complex(input.dtype) else floating(input))


def real(input: Any) -> Any:
    """`torch.real`: a real tensor is its own real part."""
    return paddle.real(input) if dtype_is_complex(input.dtype) else input


def conj(input: Any) -> Any:
    """`torch.conj`: a real tensor is its own conjugate."""
    return paddle.conj(input) if dtype_is_complex(input.dtype) else input


def frac(input: Any) -> Any:
    """`torch.frac`: the part after the point, with the sign of the element."""
    return with_kernel(lambda x: x - paddle.trunc(x).detach(), input)


class MantissaExponent(NamedTuple):
    """What frexp returns."""

    mantissa: Any
    exponent: Any


def frexp(input: Any) -> MantissaExponent:
    """`torch.frexp`: mantissa, and exponent as int32."""
    mantissa, exponent = with_kernel(paddle.frexp, input)
    return MantissaExponent(mantissa, exponent.detach().astype("int32"))


def nan_to_num(
    input: Any, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """`torch.nan_to_num`; integers stay as they are."""
    if dtype_is_complex(input.dtype):
        parts = (nan_to_num(part, nan, posinf, neginf) for part in (paddle.real(input), paddle.imag(input)))
        return paddle.complex(*parts)
    if not dtype_is_floating_point(input.dtype):
        return input.clone()
    limits = paddle.finfo(input.dtype)
    high = limits.max if posinf is None else posinf
    low = limits.min if neginf is None else neginf

    def compute(x: Any) -> Any:
        result = paddle.where(paddle.isnan(x), paddle.full_like(x, 0.0 if nan is None else nan), x)
        result = paddle.where(paddle.isposinf(x), paddle.full_like(x, high), result)
        return paddle.where(paddle.isneginf(x), paddle.full_like(x, low), result)

    return with_kernel(compute, input)


def mvlgamma(input: Any, p: int) -> Any:
    """`torch.mvlgamma`: the multivariate log-gamma function."""
    values = floating(input)
    total = paddle.lgamma(values)
    for step in range(1, p):
        total = total + paddle.lgamma(values - step / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


def igamma(input: Any, other: Any) -> Any:
    """`torch.igamma`: the regularized lower incomplete gamma function."""
    return _incomplete_gamma(paddle.gammainc, input, other)


def igammac(input: Any, other: Any) -> Any:
    """`torch.igammac`: the regularized upper incomplete gamma function."""
    return _incomplete_gamma(paddle.gammaincc, input, other)


def _incomplete_gamma(function: Callable[..., Any], input: Any, other: Any) -> Any:
    def compute(shape: Any, x: Any) -> Any:
        # Paddle raises where torch gives nan
        outside = (shape < 0) | (x < 0)
        one = paddle.ones_like(x)
        result = function(paddle.where(outside | (shape == 0), one, shape), paddle.where(outside, one, x))
        point = 1.0 if function is paddle.gammainc else 0.0
        result = paddle.where((shape == 0) & (x > 0), paddle.full_like(x, point), result)
        return paddle.where(outside | ((shape == 0) & (x == 0)), paddle.full_like(x, math.nan), result)

    return with_kernel(compute, *broadcast_tensors(*float_promoted(input, other)))


def digamma(input: Any) -> Any:
    """`torch.digamma`; below 1/2 with the gradient of the reflection formula (Paddle's is wrong there)."""

    def compute(x: Any) -> Any:
        low = x < 0.5
        reflected = paddle.where(low, 1 - x, x)
        half = paddle.full_like(x, 0.25)
        value = paddle.digamma(reflected) - paddle.where(
            low, math.pi / paddle.tan(math.pi * paddle.where(low, x, half)), paddle.zeros_like(x)
        )
        exact = paddle.digamma(x.detach())
        smooth = paddle.isfinite(value.detach()) & paddle.isfinite(exact)
        return paddle.where(smooth, value - value.detach() + exact, exact)

    return with_kernel(compute, floating(input))


def polygamma(n: int, input: Any) -> Any:
    """`torch.polygamma` of any dtype."""
    values = floating(input)
    return digamma(values) if n == 0 else with_kernel(lambda x: paddle.polygamma(x, n), values)


def is_nonzero(input: Any) -> bool:
    """`torch.is_nonzero`: whether the only element is not zero."""
    if math.prod(input.shape) != 1:
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
    return bool((input.reshape([1])[0] != 0).item())


def is_signed(input: Any) -> bool:
    """`torch.is_signed`: whether the dtype has negative numbers."""
    return dtype_name(input.dtype) not in ("bool", "uint8")


def can_cast(from_: Any, to: Any) -> bool:
    """`torch.can_cast`: whether a cast keeps the kind (a wider kind can hold a narrower one)."""

    def kind(dtype: Any) -> int:
        name = dtype_name(dtype)
        return 3 if "complex" in name else 2 if "float" in name else 0 if name == "bool" else 1

    return kind(from_) <= kind(to)


def logit(input: Any, eps: float | None = None) -> Any:
    """`torch.logit` of any dtype; `eps` clamps the input."""
    values = floating(input)
    if eps is not None:
        # torch's gradient is zero outside of the bounds, as that of where is
        values = paddle.where(values < eps, paddle.full_like(values, eps), values)
        values = paddle.where(values > 1 - eps, paddle.full_like(values, 1 - eps), values)
    return with_kernel(lambda x: paddle.log(x / (1 - x)), values)


def relu(input: Any) -> Any:
    """`torch.relu` of any dtype."""
    if input.dtype == paddle.uint8:
        return input.clone()
    return (
        with_kernel(lambda x: paddle.maximum(x, paddle.zeros_like(x)), input)
        if input.stop_gradient
        else (with_kernel(paddle.nn.functional.relu, input))
    )


def round_decimals(input: Any, *, decimals: int = 0) -> Any:
    """`torch.round` to decimals (before the point where negative)."""
    if not dtype_is_floating_point(input.dtype):
        return input.clone()
    if not decimals:
        return with_kernel(paddle.round, input)
    scale = float(10 ** abs(decimals))
    if decimals > 0:
        return with_kernel(lambda x: paddle.round(x * scale) / scale, input)
    return with_kernel(lambda x: paddle.round(x / scale) * scale, input)


def numel(input: Any) -> int:
    """`torch.numel`: how many elements a tensor (or size) has, as an int."""
    return math.prod(input.shape if hasattr(input, "shape") else input)
