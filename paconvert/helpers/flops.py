"""torch.utils.flop_counter: how many operations matrix products, convolutions and attention take."""

from __future__ import annotations

import math
from typing import Any

import paddle

FLOP_SUFFIXES = ("", "K", "M", "B", "T")


def flop_shape(i: Any) -> Any:
    """The shape of a tensor; anything else as it is."""
    return i.shape if isinstance(i, paddle.Tensor) else i


def flop_tuple(x: Any) -> tuple[Any, ...]:
    """A tuple as it is, anything else in one."""
    return x if isinstance(x, tuple) else (x,)


def flop_suffix(number: Any) -> str:
    """The suffix that a number is shown with."""
    return FLOP_SUFFIXES[max(0, min(len(FLOP_SUFFIXES) - 1, (len(str(number)) - 2) // 3))]


def flop_text(number: float, suffix: str) -> str:
    """A number in units of a suffix."""
    return f"{number / 1000 ** FLOP_SUFFIXES.index(suffix):.3f}{suffix}"


def flop_percent(num: float, denom: float) -> str:
    """A share in percent."""
    return f"{num / denom:.2%}" if denom else "0%"


def mm_flop(a_shape: Any, b_shape: Any, *args: Any, out_val: Any = None, **kwargs: Any) -> int:
    """Operations of a product of matrices, given the matrices or their shapes."""
    (m, k), (k2, n) = flop_shape(a_shape), flop_shape(b_shape)
    if k != k2:
        raise AssertionError(f"matmul: inner dimensions must match (k == k2), got {k} and {k2}")
    return int(m * n * 2 * k)


def addmm_flop(self_shape: Any, a_shape: Any, b_shape: Any, out_val: Any = None, **kwargs: Any) -> int:
    """Operations of `addmm`."""
    return mm_flop(a_shape, b_shape)


def bmm_flop(a_shape: Any, b_shape: Any, out_val: Any = None, **kwargs: Any) -> int:
    """Operations of a batch of products of matrices."""
    (b, m, k), (b2, k2, n) = flop_shape(a_shape), flop_shape(b_shape)
    if b != b2:
        raise AssertionError(f"bmm: batch dimensions must match (b == b2), got {b} and {b2}")
    if k != k2:
        raise AssertionError(f"bmm: inner dimensions must match (k == k2), got {k} and {k2}")
    return int(b * m * n * 2 * k)


def baddbmm_flop(self_shape: Any, a_shape: Any, b_shape: Any, out_val: Any = None, **kwargs: Any) -> int:
    """Operations of `baddbmm`."""
    return bmm_flop(a_shape, b_shape)


def conv_flop_count(x_shape: Any, w_shape: Any, out_shape: Any, transposed: bool = False) -> int:
    """Multiplications and additions of a convolution; a bias does not count."""
    places = (x_shape if transposed else out_shape)[2:]
    return math.prod(places) * math.prod(w_shape) * int(x_shape[0]) * 2


def conv_flop(
    x_shape: Any,
    w_shape: Any,
    _bias: Any,
    _stride: Any,
    _padding: Any,
    _dilation: Any,
    transposed: bool,
    *args: Any,
    out_val: Any = None,
    **kwargs: Any,
) -> int:
    """Operations of a convolution, given its arguments and its result."""
    return conv_flop_count(flop_shape(x_shape), flop_shape(w_shape), flop_shape(out_val), transposed)


def conv_backward_flop(
    grad_out_shape: Any,
    x_shape: Any,
    w_shape: Any,
    _bias: Any,
    _stride: Any,
    _padding: Any,
    _dilation: Any,
    transposed: bool,
    _output_padding: Any,
    _groups: Any,
    output_mask: Any,
    out_val: Any = None,
    **kwargs: Any,
) -> int:
    """Operations of a convolution's gradients; `output_mask` says which ones are computed."""
    grad, x, weight = flop_shape(grad_out_shape), flop_shape(x_shape), flop_shape(w_shape)

    def turned(shape: Any) -> list[int]:
        return [shape[1], shape[0], *shape[2:]]

    total = 0
    if output_mask[0]:
        total += conv_flop_count(grad, weight, flop_shape(out_val[0]), not transposed)
    if output_mask[1]:
        first, second = (grad, x) if transposed else (x, grad)
        total += conv_flop_count(turned(first), turned(second), turned(flop_shape(out_val[1])))
    return total


def sdpa_flop_count(query_shape: Any, key_shape: Any, value_shape: Any) -> int:
    """Operations of attention."""
    (b, heads, s, d), (b2, heads_k, t, d2), (b3, heads_v, t2, v) = query_shape, key_shape, value_shape
    if not (b == b2 == b3 and heads_k == heads_v and d == d2 and t == t2):
        raise AssertionError(f"shapes are incompatible: q={query_shape}, k={key_shape}, v={value_shape}")
    if heads < heads_k or heads % heads_k:
        raise AssertionError(f"query heads ({heads}) must be a multiple of key/value heads ({heads_k})")
    return int(2 * b * heads * s * t * (d + v))


def sdpa_flop(
    query_shape: Any, key_shape: Any, value_shape: Any, *args: Any, out_val: Any = None, **kwargs: Any
) -> int:
    """Operations of attention, given the tensors or their shapes."""
    return sdpa_flop_count(flop_shape(query_shape), flop_shape(key_shape), flop_shape(value_shape))


def sdpa_backward_flop_count(grad_out_shape: Any, query_shape: Any, key_shape: Any, value_shape: Any) -> int:
    """Operations of attention's gradients, which compute the scores once more."""
    b, heads, s, v = grad_out_shape
    if (b, heads, s) != tuple(query_shape[:3]) or v != value_shape[3]:
        raise AssertionError("grad_out, value, key and query shapes are incompatible")
    sdpa_flop_count(query_shape, key_shape, value_shape)
    return int(2 * b * heads * s * key_shape[2] * (3 * query_shape[3] + 2 * v))


def sdpa_backward_flop(
    grad_out_shape: Any,
    query_shape: Any,
    key_shape: Any,
    value_shape: Any,
    *args: Any,
    out_val: Any = None,
    **kwargs: Any,
) -> int:
    """Operations of attention's gradients, given the tensors or their shapes."""
    shapes = (flop_shape(item) for item in (grad_out_shape, query_shape, key_shape, value_shape))
    return sdpa_backward_flop_count(*shapes)
