"""torch.masked: reductions and normalisations that see only where a mask is true."""

from __future__ import annotations

from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.dtype import float_promoted
from paconvert.helpers.functional import log_softmax
from paconvert.helpers.linalg import linalg_vector_norm
from paconvert.helpers.reduction import argmax, argmin, highest_value, logsumexp, lowest_value


def masked_axes(input: Any, dim: Any) -> list[int]:
    """The dimensions that are reduced; none and an empty tuple stand for all."""
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return list(range(input.ndim))
    return [dim] if isinstance(dim, int) else list(dim)


def masked_fill_value(input: Any, mask: Any, value: float, dtype: Any) -> Any:
    """The input with `value` where the mask is false."""
    x = input if dtype is None else input.astype(dtype)
    if mask is None:
        return x
    return paddle.where(mask.expand(x.shape), x, paddle.full(x.shape, value, dtype=x.dtype))


def masked_count(input: Any, axes: list[int], keepdim: bool, mask: Any) -> Any:
    """How many elements are seen."""
    seen = paddle.ones(input.shape, dtype="bool") if mask is None else mask.expand(input.shape)
    return seen.astype("int64").sum(axis=axes, keepdim=keepdim)


def masked_sum(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.sum."""
    return masked_fill_value(input, mask, 0, dtype).sum(axis=masked_axes(input, dim), keepdim=keepdim)


def masked_prod(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.prod."""
    return masked_fill_value(input, mask, 1, dtype).prod(axis=masked_axes(input, dim), keepdim=keepdim)


def masked_amax(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.amax."""
    return masked_fill_value(input, mask, lowest_value(input), dtype).amax(
        axis=masked_axes(input, dim), keepdim=keepdim
    )


def masked_amin(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.amin."""
    return masked_fill_value(input, mask, highest_value(input), dtype).amin(
        axis=masked_axes(input, dim), keepdim=keepdim
    )


def masked_mean(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.mean."""
    axes = masked_axes(input, dim)
    total = masked_sum(input, axes, keepdim=keepdim, dtype=dtype, mask=mask)
    return total / masked_count(input, axes, keepdim, mask).astype(total.dtype)


def masked_var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """torch.masked.var."""
    axes = masked_axes(input, dim)
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    x = input if dtype is None else input.astype(dtype)
    (x,) = float_promoted(x)
    gap = x - masked_mean(x, axes, keepdim=True, mask=mask)
    total = masked_sum(gap * (gap.conj() if gap.is_complex() else gap), axes, keepdim=keepdim, mask=mask)
    count = masked_count(input, axes, keepdim, mask).astype("float64")
    return total / (count - correction).clip(min=0).astype(total.dtype)


def masked_std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """torch.masked.std."""
    return masked_var(
        input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask
    ).sqrt()


def masked_norm(
    input: Any,
    ord: float = 2.0,
    dim: Any = None,
    *,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Any = None,
) -> Any:
    """torch.masked.norm."""
    fill = float("inf") if ord < 0 else 0
    x = masked_fill_value(input, mask, fill, dtype)
    return linalg_vector_norm(x, ord, masked_axes(input, dim), keepdim)


def masked_normalize(
    input: Any, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.normalize."""
    norm = masked_norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return masked_fill_value(input, mask, 0, dtype) / norm.clip(min=eps)


def masked_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """torch.masked.softmax."""
    return F.softmax(masked_fill_value(input, mask, float("-inf"), dtype), axis=dim)


def masked_softmin(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """torch.masked.softmin."""
    return F.softmax(-masked_fill_value(input, mask, float("inf"), dtype), axis=dim)


def masked_log_softmax(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """torch.masked.log_softmax."""
    return log_softmax(masked_fill_value(input, mask, float("-inf"), dtype), dim)


def masked_logsumexp(
    input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.logsumexp."""
    x = masked_fill_value(input, mask, lowest_value(input), dtype)
    return logsumexp(x, masked_axes(input, dim), keepdim).astype(x.dtype)


def masked_cumsum(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """torch.masked.cumsum."""
    return masked_fill_value(input, mask, 0, dtype).cumsum(axis=dim)


def masked_cumprod(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
    """torch.masked.cumprod."""
    return masked_fill_value(input, mask, 1, dtype).cumprod(dim=dim)


def masked_argmax(
    input: Any, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.argmax."""
    place = argmax(masked_fill_value(input, mask, lowest_value(input), dtype), dim, keepdim)
    return place.astype(input.dtype if dtype is None else dtype)


def masked_argmin(
    input: Any, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None
) -> Any:
    """torch.masked.argmin."""
    place = argmin(masked_fill_value(input, mask, highest_value(input), dtype), dim, keepdim)
    return place.astype(input.dtype if dtype is None else dtype)
