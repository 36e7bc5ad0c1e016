"""Reductions, orders and statistics with torch's semantics, where one Paddle call does not have them."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import paddle

from paconvert.helpers.dtype import dtype_is_complex, dtype_is_floating_point, dtype_name
from paconvert.helpers.linalg import power_norm
from paconvert.helpers.ops import (
    binary,
    floating,
    moved,
    mul,
    ne,
    with_kernel,
)

ValuesIndices = namedtuple("ValuesIndices", ["values", "indices"])
MinMax = namedtuple("MinMax", ["min", "max"])
Histogram = namedtuple("Histogram", ["hist", "bin_edges"])


def lowest_value(input: Any) -> Any:
    """The number below all others of a tensor's dtype."""
    unbounded = input.is_floating_point() or input.is_complex()
    return float("-inf") if unbounded else paddle.iinfo(input.dtype).min


def highest_value(input: Any) -> Any:
    """The number above all others of a tensor's dtype."""
    return float("inf") if input.is_floating_point() else paddle.iinfo(input.dtype).max


def is_integer_kind(dtype: Any) -> bool:
    """Whether the dtype is an integer or bool one."""
    return not dtype_is_floating_point(dtype) and not dtype_is_complex(dtype)


def axes_of(dim: Any, rank: int) -> list[int]:
    """The dimensions that `dim` means: all of them for `None` and `()`."""
    if dim is None or (isinstance(dim, list | tuple) and not dim):
        return list(range(rank))
    dims = list(dim) if isinstance(dim, list | tuple) else [dim]
    return [int(axis) % max(rank, 1) for axis in dims]


def tensor_sum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """`torch.sum`: integers and bools are summed in int64."""
    if dtype is not None:
        input = input.astype(dtype)
    elif is_integer_kind(input.dtype):
        input = input.astype("int64")
    if not input.ndim:
        return input.clone()
    result = with_kernel(paddle.sum, input, axis=axes_of(dim, input.ndim), keepdim=keepdim)
    return result if dtype is None else result.astype(dtype)


def tensor_mean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """`torch.mean`: refuses integers unless `dtype` is given."""
    if dtype is not None:
        input = input.astype(dtype)
    if is_integer_kind(input.dtype):
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {dtype_name(input.dtype)}"
        )
    return with_kernel(paddle.mean, input, axis=axes_of(dim, input.ndim) or None, keepdim=keepdim)


def tensor_prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """`torch.prod`: integers and bools are multiplied in int64; zeros have the right gradient."""
    if dtype is not None:
        input = input.astype(dtype)
    elif is_integer_kind(input.dtype):
        input = input.astype("int64")
    if not input.ndim:
        return input.clone()
    axes = axes_of(dim, input.ndim)
    if input.stop_gradient:
        result = with_kernel(paddle.prod, input, axis=axes, keepdim=keepdim)
        return result if dtype is None else result.astype(dtype)
    # Paddle divides by the elements in the gradient: products by pairs do not
    values = moved_axis_last(input, axes)
    result = with_kernel(_product_of_last, values)
    return restore_axes(result, axes, input.ndim) if keepdim else result


def _product_of_last(values: Any) -> Any:
    while values.shape[-1] > 1:
        half = values.shape[-1] // 2
        product = values[..., :half] * values[..., half : 2 * half]
        values = (
            paddle.concat([product, values[..., 2 * half :]], axis=-1) if values.shape[-1] % 2 else product
        )
    return values[..., 0] if values.shape[-1] else values.sum(axis=-1) + 1


def moved_axis_last(tensor: Any, axes: list[int]) -> Any:
    """The tensor with those dimensions flattened into one last dimension."""
    kept = [axis for axis in range(tensor.ndim) if axis not in axes]
    shape = [tensor.shape[axis] for axis in kept]
    size = math.prod(tensor.shape[axis] for axis in axes)
    return paddle.transpose(tensor, kept + sorted(axes)).reshape([*shape, size])


def restore_axes(tensor: Any, axes: list[int], rank: int) -> Any:
    """A reduced tensor with dimensions of size 1 where they were reduced."""
    sizes = iter(tensor.shape)
    return tensor.reshape([1 if axis in axes else next(sizes) for axis in range(rank)])


def tensor_all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """`torch.all` of any dtype; uint8 gives uint8."""
    return _test(paddle.all, input, dim, keepdim)


def tensor_any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """`torch.any` of any dtype; uint8 gives uint8."""
    return _test(paddle.any, input, dim, keepdim)


def _test(function: Callable[..., Any], input: Any, dim: Any, keepdim: bool) -> Any:
    flags = input if input.dtype == paddle.bool else ne(input.detach(), 0)
    if isinstance(dim, list | tuple) and not dim:
        result = flags
    else:
        result = function(
            flags, axis=None if dim is None or not input.ndim else axes_of(dim, input.ndim), keepdim=keepdim
        )
    return result.astype("uint8") if input.dtype == paddle.uint8 else result


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """`torch.count_nonzero` of any dtype."""
    return tensor_sum(ne(input.detach(), 0), dim)


def tensor_max(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """`torch.max`: of all, along a dimension (values and indices), or of two tensors."""
    return _extreme(paddle.max, paddle.argmax, paddle.maximum, input, dim, keepdim)


def tensor_min(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """`torch.min`: of all, along a dimension (values and indices), or of two tensors."""
    return _extreme(paddle.min, paddle.argmin, paddle.minimum, input, dim, keepdim)


def _extreme(reduce: Any, locate: Any, compare: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    if isinstance(dim, paddle.Tensor):
        return binary(compare, input, dim)
    if dim is None:
        # torch spreads the gradient evenly over all places of the extreme, as amax and amin do
        return _amaxmin(
            paddle.amax if reduce is paddle.max else paddle.amin, input, list(range(input.ndim)), False
        )
    if not input.ndim:
        return ValuesIndices(input.clone(), paddle.zeros([], dtype="int64"))
    indices = _located(locate, input, dim)
    values = moved(lambda x: paddle.take_along_axis(x, indices, dim), input)
    if not keepdim:
        values, indices = values.squeeze(dim), indices.squeeze(dim)
    return ValuesIndices(values, indices)


def _located(locate: Any, input: Any, dim: int) -> Any:
    """The indices of the extremes along a dimension, which stays; the first nan counts as extreme."""
    values = input.detach()

    def find(x: Any) -> Any:
        indices = locate(x, axis=dim, keepdim=True)
        if not dtype_is_floating_point(x.dtype):
            return indices
        nans = paddle.isnan(x)
        return paddle.where(
            nans.any(axis=dim, keepdim=True),
            paddle.argmax(nans.astype("int32"), axis=dim, keepdim=True),
            indices,
        )

    return with_kernel(find, values).astype("int64")


def _amaxmin(function: Callable[..., Any], input: Any, axes: list[int], keepdim: bool) -> Any:
    if not input.ndim:
        return input.clone()
    return with_kernel(function, input, axis=axes, keepdim=keepdim)


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """`torch.amax` of any dtype."""
    return _amaxmin(paddle.amax, input, axes_of(dim, input.ndim), keepdim)


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """`torch.amin` of any dtype."""
    return _amaxmin(paddle.amin, input, axes_of(dim, input.ndim), keepdim)


def aminmax(input: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """`torch.aminmax`: the smallest and the largest elements."""
    axes = axes_of(dim, input.ndim)
    return MinMax(_amaxmin(paddle.amin, input, axes, keepdim), _amaxmin(paddle.amax, input, axes, keepdim))


def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """`torch.argmax` of any dtype and of 0-d tensors."""
    return _argextreme(paddle.argmax, input, dim, keepdim)


def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """`torch.argmin` of any dtype and of 0-d tensors."""
    return _argextreme(paddle.argmin, input, dim, keepdim)


def _argextreme(locate: Any, input: Any, dim: int | None, keepdim: bool) -> Any:
    if not input.ndim:
        return paddle.zeros([], dtype="int64")
    if dim is None:
        index = _located(locate, input.flatten(), 0).reshape([])
        return index.reshape([1] * input.ndim) if keepdim else index
    indices = _located(locate, input, dim)
    return indices if keepdim else indices.squeeze(dim)


def argsort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """`torch.argsort` of any dtype; always stable."""
    values = input.detach()
    if not values.ndim:
        return paddle.zeros([], dtype="int64")
    return with_kernel(lambda x: paddle.argsort(x, axis=dim, descending=descending, stable=True), values)


def sort(input: Any, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """`torch.sort`: values and indices; always stable."""
    indices = argsort(input, dim, descending)
    if not input.ndim:
        return ValuesIndices(input.clone(), indices)
    return ValuesIndices(moved(lambda x: paddle.take_along_axis(x, indices, dim), input), indices)


def msort(input: Any) -> Any:
    """`torch.msort`: sorted along the first dimension."""
    return sort(input, 0).values


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """`torch.topk`: values and indices of the `k` largest or smallest elements."""
    if not input.ndim:
        return ValuesIndices(input.clone(), paddle.zeros([], dtype="int64"))
    if not k or dtype_name(input.dtype) == "bool":
        indices = argsort(input, dim, descending=largest)
        indices = paddle.slice(indices, axes=[dim % input.ndim], starts=[0], ends=[int(k)])
    else:
        values = input.detach()
        indices = with_kernel(lambda x: paddle.topk(x, k, axis=dim, largest=largest, sorted=sorted), values)[
            1
        ]
    return ValuesIndices(
        moved(lambda x: paddle.take_along_axis(x, indices, dim), input), indices.astype("int64")
    )


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """`torch.kthvalue`: the `k`-th smallest value along a dimension, and its index."""
    if not input.ndim:
        return ValuesIndices(input.clone(), paddle.zeros([], dtype="int64"))
    axis = dim % input.ndim
    indices = paddle.slice(argsort(input, axis), axes=[axis], starts=[k - 1], ends=[k])
    return _picked(input, indices, axis, keepdim)


def _picked(input: Any, indices: Any, axis: int, keepdim: bool) -> Any:
    values = moved(lambda x: paddle.take_along_axis(x, indices, axis), input)
    return (
        ValuesIndices(values, indices)
        if keepdim
        else ValuesIndices(values.squeeze(axis), indices.squeeze(axis))
    )


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """`torch.median`: the lower median, of all or along a dimension (with indices)."""
    return _median(input, dim, keepdim, skip_nan=False)


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """`torch.nanmedian`: as `median`, without what is not a number."""
    return _median(input, dim, keepdim, skip_nan=True)


def _median(input: Any, dim: int | None, keepdim: bool, skip_nan: bool) -> Any:
    if dim is None:
        flat = input.flatten()
        if not flat.shape[0]:
            return paddle.full([], math.nan, dtype=input.dtype)
        return _median(flat, 0, False, skip_nan).values
    if not input.ndim:
        return ValuesIndices(input.clone(), paddle.zeros([], dtype="int64"))
    axis = dim % input.ndim
    order = argsort(input, axis)
    size = input.shape[axis]
    if not dtype_is_floating_point(input.dtype):
        rank = paddle.full([1] * input.ndim, (size - 1) // 2, dtype="int64")
    else:
        nans = paddle.isnan(input.detach())
        count = nans.astype("int64").sum(axis=axis, keepdim=True)
        # not-a-numbers come last in the order
        if skip_nan:
            rank = paddle.clip(size - count - 1, min=0) // 2
        else:
            rank = paddle.where(count > 0, size - count, paddle.full_like(count, (size - 1) // 2))
    shape = [1 if place == axis else n for place, n in enumerate(input.shape)]
    indices = paddle.take_along_axis(order, paddle.expand(rank, shape), axis)
    return _picked(input, indices, axis, keepdim)


def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """`torch.mode`: the most frequent value along a dimension, the smallest of several; and its index."""
    if not input.ndim:
        return ValuesIndices(input.clone(), paddle.zeros([], dtype="int64"))
    axis = dim % input.ndim
    values = input.detach()
    if dtype_name(values.dtype) in ("bool", "uint8", "int8", "int16"):
        values = values.astype("int32")
    counts = (values.unsqueeze(axis) == values.unsqueeze(axis + 1)).astype("int64").sum(axis=axis)
    order = argsort(values, axis)
    best = paddle.argmax(paddle.take_along_axis(counts, order, axis), axis=axis, keepdim=True)
    smallest = paddle.take_along_axis(order, best, axis)
    same = (values == paddle.take_along_axis(values, smallest, axis)).astype("int64")
    positions = paddle.arange(values.shape[axis]).reshape(
        [-1 if place == axis else 1 for place in range(input.ndim)]
    )
    indices = (same * positions).max(axis=axis, keepdim=True)
    return _picked(input, indices, axis, keepdim)


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """`torch.cumsum`: integers and bools are summed in int64."""
    return _cumulated(paddle.cumsum, input, dim, dtype)


def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """`torch.cumprod`: integers and bools are multiplied in int64."""
    return _cumulated(lambda x, axis: paddle.cumprod(x, dim=axis), input, dim, dtype)


def _cumulated(function: Callable[..., Any], input: Any, dim: int, dtype: Any) -> Any:
    if dtype is not None:
        input = input.astype(dtype)
    elif is_integer_kind(input.dtype):
        input = input.astype("int64")
    result = with_kernel(function, input, axis=dim) if input.ndim else input.clone()
    return result if dtype is None else result.astype(dtype)


def cummax(input: Any, dim: int) -> Any:
    """`torch.cummax`: values and indices of the largest so far."""
    return _running(paddle.cummax, input, dim)


def cummin(input: Any, dim: int) -> Any:
    """`torch.cummin`: values and indices of the smallest so far."""
    return _running(paddle.cummin, input, dim)


def _running(function: Callable[..., Any], input: Any, dim: int) -> Any:
    if not input.ndim:
        return ValuesIndices(input.clone(), paddle.zeros([], dtype="int64"))
    indices = with_kernel(function, input.detach(), axis=dim)[1].astype("int64")
    return ValuesIndices(moved(lambda x: paddle.take_along_axis(x, indices, dim), input), indices)


def logcumsumexp(input: Any, dim: int) -> Any:
    """`torch.logcumsumexp` of real numbers, in double precision for the sake of its gradient."""
    if not input.ndim:
        return input.clone()
    if dtype_is_complex(input.dtype):
        raise NotImplementedError("logcumsumexp: Paddle has none of complex numbers")
    return paddle.logcumsumexp(input.astype("float64"), axis=dim).astype(input.dtype)


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """`torch.logsumexp` of any dtype."""
    values = floating(input)
    is_complex = dtype_is_complex(values.dtype)
    if not values.ndim and not is_complex:
        return values.clone()
    # Paddle's own gives nan where the largest element is infinite.
    axes = axes_of(dim, values.ndim)
    largest = amax(paddle.real(values) if is_complex else values, axes, True).detach()
    finite = paddle.isfinite(largest)
    shift = paddle.where(finite, largest, paddle.zeros_like(largest)).astype(values.dtype)
    total = tensor_sum(with_kernel(paddle.exp, values - shift), axes, keepdim=True)
    result = with_kernel(paddle.log, total) + shift
    if not is_complex:
        result = paddle.where(finite, result, largest)
    return result if keepdim or not values.ndim else paddle.squeeze(result, axes)


def correction_of(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, float]:
    """Dimensions and degrees of freedom from torch's two ways of calling `var` and `std`."""
    if isinstance(dim, bool):  # var(input, unbiased)
        dim, unbiased = None, dim
    if unbiased is not None:
        return dim, float(unbiased)
    return dim, 1.0 if correction is None else float(correction)


def var(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """`torch.var` with `unbiased` or `correction`."""
    return var_mean(input, dim, unbiased, keepdim, correction=correction)[0]


def std(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """`torch.std` with `unbiased` or `correction`."""
    return paddle.sqrt(var(input, dim, unbiased, keepdim, correction=correction))


def var_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """`torch.var_mean`: variance and mean."""
    dim, freedom = correction_of(dim, unbiased, correction)
    if is_integer_kind(input.dtype):
        raise RuntimeError("std and var only support floating point and complex dtypes")
    axes = axes_of(dim, input.ndim)
    count = math.prod(input.shape[axis] for axis in axes)
    mean = tensor_mean(input, axes, True) if input.ndim else input
    difference = input - mean
    if dtype_is_complex(input.dtype):
        squares = paddle.real(difference) ** 2 + paddle.imag(difference) ** 2
    else:
        squares = difference * difference
    total = tensor_sum(squares, axes, keepdim)
    divisor = max(count - freedom, 0.0)
    variance = total / divisor if divisor else total * math.nan if freedom >= count else total
    if not divisor:
        variance = total / paddle.zeros([], dtype=total.dtype)
    return variance, mean if keepdim or not input.ndim else mean.squeeze(axes) if axes else mean


def std_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """`torch.std_mean`: standard deviation and mean."""
    variance, mean = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return paddle.sqrt(variance), mean


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """`torch.nansum`: what is not a number counts as zero."""
    if dtype_is_floating_point(input.dtype):
        input = paddle.where(paddle.isnan(input), paddle.zeros_like(input), input)
    return tensor_sum(input, dim, keepdim, dtype=dtype)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """`torch.nanmean`: the mean of what is a number."""
    count = tensor_sum((~paddle.isnan(input.detach())).astype("int64"), dim, keepdim)
    total = nansum(input, dim, keepdim, dtype=dtype)
    return total / count.astype(total.dtype)


def quantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """`torch.quantile` with its interpolations; the quantiles come in a first dimension."""
    return _quantile(input, q, dim, keepdim, interpolation, skip_nan=False)


def nanquantile(
    input: Any, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """`torch.nanquantile`: as `quantile`, without what is not a number."""
    return _quantile(input, q, dim, keepdim, interpolation, skip_nan=True)


def _quantile(input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip_nan: bool) -> Any:
    points = q if isinstance(q, paddle.Tensor) else paddle.to_tensor(q, dtype=input.dtype)
    rank = input.ndim
    axes = axes_of(dim, rank)
    values = moved_axis_last(input, axes) if rank else input.reshape([1])
    ordered = sort(values).values
    nans = paddle.isnan(ordered.detach()).astype(input.dtype).sum(axis=-1, keepdim=True)
    size = values.shape[-1]
    positions = points.reshape([-1]) * (size - nans - 1 if skip_nan else paddle.full_like(nans, size - 1))
    if skip_nan:
        positions = paddle.clip(positions, min=0.0)
    else:
        positions = paddle.where(nans > 0, paddle.full_like(positions, size - 1), positions)
    below = paddle.floor(positions).detach()
    above = paddle.ceil(positions).detach()
    if interpolation in ("linear", "midpoint"):
        weight = positions - below if interpolation == "linear" else paddle.full_like(positions, 0.5)
        low = paddle.take_along_axis(ordered, below.astype("int64"), -1)
        high = paddle.take_along_axis(ordered, above.astype("int64"), -1)
        result = low + (high - low) * weight
    else:
        nearest = {"lower": below, "higher": above, "nearest": paddle.round(positions).detach()}[
            interpolation
        ]
        result = paddle.take_along_axis(ordered, nearest.astype("int64"), -1)
    result = paddle.moveaxis(result, -1, 0)
    if keepdim and rank:
        result = paddle.stack([restore_axes(part, axes, rank) for part in result], axis=0)
    return result if points.ndim else result[0]


def vector_norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """`torch.norm`: vector norms along dimensions, Frobenius and nuclear norms."""
    if dtype is not None:
        input = input.astype(dtype)
    if is_integer_kind(input.dtype):
        raise RuntimeError("linalg.vector_norm: Expected a floating point or complex tensor as input.")
    axes = axes_of(dim, input.ndim)
    if p == "nuc":
        values = (
            input
            if dim is None
            else paddle.transpose(input, [a for a in range(input.ndim) if a not in axes] + axes)
        )
        total = paddle.linalg.svd(values, full_matrices=False)[1].sum(axis=-1)
        return restore_axes(total, axes, input.ndim) if keepdim else total
    power = 2.0 if p in (None, "fro") else float(p)
    size = with_kernel(paddle.abs, input)
    if not input.ndim:
        return ne(size, 0).astype(size.dtype) if power == 0 else size
    if power == math.inf:
        return amax(size, axes, keepdim)
    if power == -math.inf:
        return amin(size, axes, keepdim)
    if power == 0:
        return tensor_sum(ne(size, 0).astype(size.dtype) + 0 * size, axes, keepdim)
    if power not in (1, 2):
        return with_kernel(lambda x: power_norm(x, power, axes, keepdim), size)
    return with_kernel(lambda x: paddle.linalg.vector_norm(x, power, axis=axes, keepdim=keepdim), size)


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """`torch.dist`: the norm of the difference."""
    return vector_norm(binary(paddle.subtract, input, other), float(p))


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Any:
    """`torch.cdist`: distances of all pairs of rows, with batches."""
    difference = x1.unsqueeze(-2) - x2.unsqueeze(-3)
    if not difference.shape[-1]:
        return difference.sum(axis=-1)
    size = difference.abs()
    # as a number, an exponent has float32's precision
    power, root = (paddle.full([], exponent, dtype=size.dtype) for exponent in (p, 1 / p if p else 0))
    if p == 0:
        return (size != 0).astype(size.dtype).sum(axis=-1) + 0 * size.sum(axis=-1)
    if p == 1:
        return size.sum(axis=-1)
    if p == math.inf:
        return paddle.amax(size, axis=-1)
    # the gradient at distance zero is zero, as in torch
    zero = (size == 0).all(axis=-1, keepdim=True)
    safe = paddle.where(zero, paddle.ones_like(size), size)
    total = safe * safe if p == 2 else paddle.pow(safe, power)
    total = paddle.sqrt(total.sum(axis=-1)) if p == 2 else paddle.pow(total.sum(axis=-1), root)
    return paddle.where(zero.squeeze(-1), paddle.zeros_like(total), total)


def pdist(input: Any, p: float = 2) -> Any:
    """`torch.pdist`: distances of all pairs of different rows, without repeats."""
    count = input.shape[0]
    rows, columns = paddle.triu_indices(count, count, 1)
    return cdist(input[rows].unsqueeze(1), input[columns].unsqueeze(1), p).reshape([-1])


def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """`torch.renorm`: sub-tensors along a dimension are scaled down to at most that norm."""
    axis = dim % input.ndim
    others = [place for place in range(input.ndim) if place != axis]
    norms = vector_norm(input, p, others, True)
    factor = paddle.where(norms > maxnorm, maxnorm / (norms + 1e-7), paddle.ones_like(norms))
    return mul(input, factor.astype(input.dtype))


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """`torch.bincount`; float32 weights give float32, others float64."""
    values = input.astype("int64")
    if not values.shape[0]:
        dtype = (
            "int64" if weights is None else weights.dtype if weights.dtype == paddle.float32 else "float64"
        )
        return paddle.zeros([minlength], dtype=dtype)
    if weights is None:
        return paddle.bincount(values, minlength=minlength)
    weights = weights.detach()
    result = paddle.bincount(values, weights=weights.astype("float64"), minlength=minlength)
    return result.astype("float32" if weights.dtype == paddle.float32 else "float64")


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """`torch.histc`: counts in the dtype of the input; numbers outside of the range are left out."""
    values = input.detach().flatten()
    low, high = float(min), float(max)
    if low == high and values.shape[0]:
        low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 1, high + 1
    inside = values[(values >= low) & (values <= high)]
    scaled = (inside.astype("float64") - low) * bins / (high - low)
    places = paddle.clip(paddle.floor(scaled).astype("int64"), max=bins - 1)
    return bincount(places, minlength=bins).astype(input.dtype)


def bin_edges(values: Any, bins: int, limits: Any) -> Any:
    """The edges of `bins` bins of one width, between the limits or the smallest and largest values."""
    if limits is not None:
        low, high = limits
    else:
        low, high = (float(values.min()), float(values.max())) if values.shape[0] else (0.0, 0.0)
    if low == high:
        # as torch does: a range of one point gets the width 1, around a given point, up to a found one
        low, high = (low - 0.5, high + 0.5) if limits is not None or low else (0.0, 1.0)
    return paddle.linspace(low, high, bins + 1, dtype=values.dtype)


def _counted(points: Any, edges: list[Any], weight: Any, density: bool) -> Any:
    """How many points (rows, or their weights) lie in each bin; the last edge belongs to the last bin."""
    sizes = [len(edge) - 1 for edge in edges]
    inside = paddle.ones([points.shape[0]], dtype="bool")
    flat = paddle.zeros([points.shape[0]], dtype="int64")
    for column, (edge, size) in enumerate(zip(edges, sizes, strict=True)):
        values = points[:, column]
        places = paddle.searchsorted(edge, values, right=True) - 1
        places = paddle.where(values == edge[-1], paddle.full_like(places, size - 1), places)
        inside = inside & (values >= edge[0]) & (values <= edge[-1])
        flat = flat * size + places
    weights = None if weight is None else weight.detach().flatten()[inside]
    counts = bincount(flat[inside], weights, minlength=math.prod(sizes)).astype(points.dtype).reshape(sizes)
    if density:
        counts = counts / counts.sum()
        for place, edge in enumerate(edges):
            shape = [-1 if other == place else 1 for other in range(len(edges))]
            counts = counts / (edge[1:] - edge[:-1]).reshape(shape)
    return counts


def histogram(input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """`torch.histogram`: counts (in the dtype of the input) and edges of the bins."""
    values = input.detach().reshape([-1, 1])
    edges = bins if isinstance(bins, paddle.Tensor) else bin_edges(values.flatten(), int(bins), range)
    return Histogram(_counted(values, [edges], weight, density), edges)


def histogramdd(input: Any, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """`torch.histogramdd`: counts and edges of the bins for points in several dimensions."""
    points = input.detach().reshape([-1, input.shape[-1]])
    wanted = [bins] * points.shape[1] if isinstance(bins, int) else list(bins)
    edges = []
    for place, given in enumerate(wanted):
        limits = None if range is None else (range[2 * place], range[2 * place + 1])
        edges.append(
            given if isinstance(given, paddle.Tensor) else bin_edges(points[:, place], int(given), limits)
        )
    return Histogram(_counted(points, edges, weight, density), tuple(edges))


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """`torch.cov`: covariances of the rows."""
    rows = input.reshape([1, -1]) if input.ndim < 2 else input
    rows = floating(rows)
    # torch sums the weights in their own dtype
    weights = None if fweights is None else floating(fweights)
    if aweights is not None:
        weights = aweights if fweights is None else fweights.astype(aweights.dtype) * aweights
    real = paddle.real(rows) if dtype_is_complex(rows.dtype) else rows
    if weights is None:
        total: Any = float(rows.shape[1])
        mean = rows.mean(axis=1, keepdim=True)
        norm: Any = max(total - correction, 0.0)
    else:
        total = weights.sum()
        mean = (rows * weights.astype(rows.dtype)).sum(axis=1, keepdim=True) / total.astype(rows.dtype)
        spread = total if aweights is None else (weights * aweights).sum() / total
        norm = paddle.clip(
            total - correction * spread if aweights is not None else total - correction, min=0.0
        )
    centred = rows - mean
    right = centred if weights is None else centred * weights.astype(rows.dtype)
    product = paddle.matmul(centred, (paddle.conj(right) if dtype_is_complex(rows.dtype) else right).T)
    divisor = paddle.to_tensor(norm, dtype=real.dtype) if isinstance(norm, float) else norm
    result = product / divisor.astype(product.dtype)
    return result.reshape([]) if rows.shape[0] == 1 else result


def corrcoef(input: Any) -> Any:
    """`torch.corrcoef`: correlations of the rows."""
    covariances = cov(input)
    if not covariances.ndim:
        return covariances / covariances
    deviations = paddle.sqrt(real_diagonal(covariances)).astype(covariances.dtype)
    return covariances / deviations.unsqueeze(1) / deviations.unsqueeze(0)


def real_diagonal(matrix: Any) -> Any:
    """The diagonal of a matrix, its real part for complex numbers."""
    diagonal = paddle.diagonal(matrix)
    return paddle.real(diagonal) if dtype_is_complex(matrix.dtype) else diagonal


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """`torch.trapezoid`: the integral along a dimension by the trapezoidal rule."""
    parts = _trapezoids(y, x, dx, dim)
    return parts.sum(axis=dim)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """`torch.cumulative_trapezoid`: the running integral along a dimension."""
    return cumsum(_trapezoids(y, x, dx, dim), dim)


def _trapezoids(y: Any, x: Any, dx: Any, dim: int) -> Any:
    axis = dim % y.ndim
    y = floating(y)

    def pairs(tensor: Any, place: int) -> tuple[Any, Any]:
        size = tensor.shape[place]
        first = paddle.slice(tensor, [place], [0], [max(size - 1, 0)])
        return first, paddle.slice(tensor, [place], [1], [max(size, 1)])

    if x is not None:
        x = floating(x)
        if x.ndim == 1:
            x = x.reshape([-1] + [1] * (y.ndim - axis - 1))
            left, right = pairs(x, 0)
        else:
            left, right = pairs(x, x.ndim - (y.ndim - axis))
        width: Any = right - left
    else:
        width = 1.0 if dx is None else dx
    before, after = pairs(y, axis)
    return (before + after) * width / 2.0


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """`torch.diff`: differences of neighbours, `n` times."""
    if not n:
        return input.clone()
    axis = dim % input.ndim
    parts = [part for part in (prepend, input, append) if part is not None]
    values = paddle.concat(parts, axis=axis) if len(parts) > 1 else input

    def step(x: Any) -> Any:
        size = x.shape[axis]
        after, before = paddle.slice(x, [axis], [1], [size]), paddle.slice(x, [axis], [0], [size - 1])
        return after - before

    for _ in range(n):
        if not values.shape[axis]:
            break
        values = _bool_difference(values, axis) if values.dtype == paddle.bool else with_kernel(step, values)
    return values


def _bool_difference(values: Any, axis: int) -> Any:
    size = values.shape[axis]
    return paddle.logical_xor(
        paddle.slice(values, [axis], [1], [size]), paddle.slice(values, [axis], [0], [size - 1])
    )


def gradient(input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Any, ...]:
    """`torch.gradient`: differences in the middle inside, one-sided at the edges."""
    axes = axes_of(dim, input.ndim)
    if not isinstance(spacing, list | tuple):
        spacing = [1 if spacing is None else spacing] * len(axes)
    values = floating(input)
    return tuple(_gradient(values, axis, step, edge_order) for axis, step in zip(axes, spacing, strict=True))


def _gradient(values: Any, axis: int, step: Any, edge_order: int) -> Any:
    values = paddle.moveaxis(values, axis, -1)
    size = values.shape[-1]
    if isinstance(step, paddle.Tensor) and step.ndim:
        points = step.astype(values.dtype)
    else:
        points = paddle.arange(size).astype(values.dtype) * step
    gaps = points[1:] - points[:-1]
    slopes = (values[..., 1:] - values[..., :-1]) / gaps
    before, after = gaps[:-1], gaps[1:]
    inner = (slopes[..., :-1] * after + slopes[..., 1:] * before) / (before + after)
    if edge_order == 1:
        first, last = slopes[..., :1], slopes[..., -1:]
    else:
        first = slopes[..., :1] + (slopes[..., :1] - slopes[..., 1:2]) * gaps[0] / (gaps[0] + gaps[1])
        last = slopes[..., -1:] + (slopes[..., -1:] - slopes[..., -2:-1]) * gaps[-1] / (gaps[-1] + gaps[-2])
    return paddle.moveaxis(paddle.concat([first, inner, last], axis=-1), -1, axis)


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """`torch.unique`: always sorted; inverse indices have the shape of the input."""
    shape = list(input.shape)
    values = input.detach()
    values, inverse, counts = _unique_elements(values) if dim is None else _unique_slices(values, dim)
    if dim is None:
        inverse = inverse.reshape(shape)
    return _selected(values, inverse, counts, return_inverse, return_counts)


def _selected(values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
    result = [values]
    if return_inverse:
        result.append(inverse)
    if return_counts:
        result.append(counts)
    return tuple(result) if len(result) > 1 else values


def _unique_elements(values: Any) -> tuple[Any, Any, Any]:
    flat = values.flatten()
    if not flat.shape[0]:
        empty = paddle.zeros([0], dtype="int64")
        return flat, empty, empty
    order = argsort(flat)
    return _from_runs(moved(lambda x: paddle.index_select(x, order), flat), order)


def _from_runs(ordered: Any, order: Any) -> tuple[Any, Any, Any]:
    """Values, inverse and counts from slices (along the first dimension) in order, and that order."""
    starts = _run_starts(ordered)
    runs = paddle.cumsum(starts.astype("int64"), axis=0) - 1
    inverse = paddle.scatter(paddle.zeros_like(runs), order, runs) if order is not None else runs
    firsts = paddle.nonzero(starts).flatten()
    counts = paddle.bincount(runs)
    return moved(lambda x: paddle.index_select(x, firsts), ordered), inverse, counts


def _run_starts(ordered: Any) -> Any:
    changed = ne(ordered[1:], ordered[:-1])
    if changed.ndim > 1:
        changed = changed.reshape([changed.shape[0], -1]).any(axis=1)
    return paddle.concat([paddle.ones([1], dtype="bool"), changed], axis=0)


def _unique_slices(values: Any, dim: int) -> tuple[Any, Any, Any]:
    slices = paddle.moveaxis(values, dim, 0)
    if not slices.shape[0]:
        empty = paddle.zeros([0], dtype="int64")
        return values, empty, empty
    order = paddle.arange(slices.shape[0])
    columns = slices.reshape([slices.shape[0], -1])
    for column in range(columns.shape[1] - 1, -1, -1):
        order = order[argsort(columns[:, column][order])]
    unique_values, inverse, counts = _from_runs(moved(lambda x: paddle.index_select(x, order), slices), order)
    return paddle.moveaxis(unique_values, 0, dim), inverse, counts


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """`torch.unique_consecutive`: without repeats of neighbours."""
    values = input.detach()
    slices = values.flatten() if dim is None else paddle.moveaxis(values, dim, 0)
    if slices.shape[0]:
        result, inverse, counts = _from_runs(slices, None)
    else:
        result, inverse, counts = slices, paddle.zeros([0], dtype="int64"), paddle.zeros([0], dtype="int64")
    if dim is None:
        inverse = inverse.reshape(list(input.shape))
    else:
        result = paddle.moveaxis(result, 0, dim)
    return _selected(result, inverse, counts, return_inverse, return_counts)


def trace(input: Any) -> Any:
    """`torch.trace` of any dtype; integers are summed in int64."""
    return tensor_sum(moved(paddle.diagonal, input))


def logdet(input: Any) -> Any:
    """`torch.logdet`: not a number for negative determinants."""
    sign, logarithm = paddle.linalg.slogdet(input)
    if dtype_is_complex(input.dtype):
        return paddle.complex(paddle.real(logarithm), paddle.angle(sign))
    return paddle.where(sign < 0, paddle.full_like(logarithm, math.nan), logarithm)


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    """`torch.isin` of tensors or numbers in their common dtype."""
    shape = list(elements.shape) if isinstance(elements, paddle.Tensor) else []
    tests = test_elements.reshape([-1]) if isinstance(test_elements, paddle.Tensor) else test_elements
    flat = elements.reshape([-1, 1]) if isinstance(elements, paddle.Tensor) else elements
    left, right = _as_tensors(flat, tests)
    if not right.size:
        found = paddle.zeros(shape, dtype="bool")
    else:
        found = compare_equal(left.reshape([-1, 1]), right.reshape([1, -1])).any(axis=-1).reshape(shape)
    return ~found if invert else found


def _as_tensors(left: Any, right: Any) -> tuple[Any, Any]:
    return (
        left if isinstance(left, paddle.Tensor) else paddle.to_tensor(left),
        right if isinstance(right, paddle.Tensor) else paddle.to_tensor(right),
    )


def compare_equal(left: Any, right: Any) -> Any:
    """Element by element, whether tensors are equal, with broadcasting and promotion."""
    return ~ne(left, right)


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """`torch.searchsorted`: places of numbers in sorted sequences, of mixed dtypes."""
    if sorter is not None:
        sorted_sequence = moved(lambda x: paddle.take_along_axis(x, sorter, -1), sorted_sequence)
    values = (
        input if isinstance(input, paddle.Tensor) else paddle.to_tensor(input, dtype=sorted_sequence.dtype)
    )
    right = right or side == "right"
    shape = list(values.shape)

    def search(sequence: Any, numbers: Any) -> Any:
        places = paddle.searchsorted(sequence, numbers, out_int32=out_int32, right=right)
        if not dtype_is_floating_point(numbers.dtype) or not paddle.isinf(numbers).any():
            return places
        for bound in (float("-inf"), float("inf")):  # Paddle's takes both for more than any number
            before = (sequence <= bound if right else sequence < bound).sum(axis=-1, keepdim=True)
            places = paddle.where(numbers == bound, before.astype(places.dtype), places)
        return places

    sequence, numbers = with_common_number_dtype(sorted_sequence.detach(), values.detach())
    if sequence.ndim == 1:
        return search(sequence, numbers.reshape([-1])).reshape(shape)
    return search(sequence, numbers)


def with_common_number_dtype(left: Any, right: Any) -> tuple[Any, Any]:
    """Two tensors in a dtype that holds the numbers of both."""
    if left.dtype == right.dtype and dtype_name(left.dtype) in ("float32", "float64", "int32", "int64"):
        return left, right
    floats = any(dtype_is_floating_point(tensor.dtype) for tensor in (left, right))
    dtype = "float64" if floats else "int64"
    return left.astype(dtype), right.astype(dtype)


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """`torch.bucketize` of tensors or numbers of mixed dtypes."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
