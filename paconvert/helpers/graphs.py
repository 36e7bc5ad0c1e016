"""What tracing tools write into generated code: operators under the names of torch's dispatcher."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.amp import autocast
from paconvert.helpers.aten import normalized_batch
from paconvert.helpers.functional import log_softmax, softmax
from paconvert.helpers.functional_attention import scaled_dot_product_attention
from paconvert.helpers.functional_vision import interpolate
from paconvert.helpers.indexing import slice_along

REDUCTIONS = ("none", "mean", "sum")
"""The names of the numbers that stand for reductions in operators."""


def uncompiled(function: Any = None, *options: Any, **settings: Any) -> Any:
    """What compilers and their decorators give where nothing is compiled: the function, or, called with
    settings alone, a decorator that leaves a function as it is."""
    function = settings.get("model", settings.get("fn", function))
    return function if callable(function) else uncompiled


def slice_tensor(
    input: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """`aten.slice`: `input[start:end:step]` along one dimension; the largest integer is no end."""
    size = input.shape[dim]
    return slice_along(input, dim, start, None if end is None or end >= size else end, step)


def view_tensor(input: Any, size: Any) -> Any:
    """`aten.view`: another shape or dtype; a copy where the graph's strides are not those of Paddle."""
    if isinstance(size, paddle.dtype):
        return input.view(size)
    return input.view(list(size)) if input.is_contiguous() else input.reshape(list(size))


def index_tensor(input: Any, indices: Any) -> Any:
    """`aten.index`: `input[indices]`, where None takes all of a dimension."""
    return input[tuple(slice(None) if index is None else index for index in indices)]


def batch_norm_inference(
    input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, momentum: float, eps: float
) -> tuple[Any, Any, Any]:
    """`aten._native_batch_norm_legit_no_training`: the result, and two empty tensors."""
    result = normalized_batch(input, weight, bias, running_mean, running_var, False, momentum, eps)
    empty = paddle.zeros([0], dtype=input.dtype)
    return result, empty, empty.clone()


def softmax_converted(input: Any, dim: int, half_to_float: bool) -> Any:
    """`aten._softmax`."""
    return softmax(input, dim, dtype=paddle.float32 if half_to_float else None)


def log_softmax_converted(input: Any, dim: int, half_to_float: bool) -> Any:
    """`aten._log_softmax`."""
    return log_softmax(input, dim, dtype=paddle.float32 if half_to_float else None)


def elu_scaled(input: Any, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> Any:
    """`aten.elu`: `scale` times the input where it is positive, elsewhere times an exponential."""
    below = alpha * (paddle.exp(paddle.clip(input, max=0) * input_scale) - 1)
    return scale * paddle.where(input > 0, input, below)


def upsample(mode: str, input: Any, output_size: Any, align_corners: bool | None, *scales: Any) -> Any:
    """`aten.upsample_*`: to a size, or by scales, which are a list or one by one."""
    factors = list(scales[0]) if scales and isinstance(scales[0], (list, tuple)) else list(scales)
    if None in factors or not factors:
        return interpolate(input, list(output_size), mode=mode, align_corners=align_corners)
    result = interpolate(input, scale_factor=factors, mode=mode, align_corners=align_corners)
    if output_size is not None and list(result.shape[2:]) != list(output_size):
        raise NotImplementedError(f"scales {factors} do not give the size {list(output_size)}")
    return result


def copy_to(input: Any, *, dtype: Any = None, device: Any = None) -> Any:
    """`aten._to_copy`: a copy, with another dtype or on another device."""
    result = input.clone() if dtype is None or dtype == input.dtype else input.astype(dtype)
    return result if device is None else result.to(device)


def copied_values(input: Any, src: Any, non_blocking: bool = False) -> Any:
    """`aten.copy`: the values of `src` with the shape and dtype of `input`."""
    return src.astype(input.dtype).expand(input.shape).clone()


def reduced_loss(function: Callable[..., Any], *args: Any, reduction: int, **kwargs: Any) -> Any:
    """A loss of `torch.nn.functional`, with the number that stands for its reduction."""
    return function(*args, reduction=REDUCTIONS[reduction], **kwargs)


def nll_loss_forward(
    input: Any, target: Any, weight: Any, reduction: int, ignore_index: int
) -> tuple[Any, Any]:
    """`aten.nll_loss_forward`: the loss, and the sum of the weights of the targets."""
    loss = F.nll_loss(input, target, weight, ignore_index, REDUCTIONS[reduction])
    if reduction == 0:
        return loss, paddle.zeros([], dtype=input.dtype)
    kept = (target != ignore_index).astype(input.dtype)
    if weight is None:
        return loss, kept.sum()
    return loss, (weight[target * kept.astype(target.dtype)] * kept).sum()


def attention_with_logsumexp(
    query: Any,
    key: Any,
    value: Any,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    attn_mask: Any = None,
    scale: float | None = None,
) -> tuple[Any, Any]:
    """`aten._scaled_dot_product_flash_attention_for_cpu`: the attention, and the logarithms of the sums."""
    result = scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = paddle.matmul(query, key, transpose_y=True) * factor
    if is_causal:
        hidden = paddle.triu(paddle.ones(scores.shape[-2:], dtype="bool"), 1)
        scores = paddle.where(hidden, paddle.full_like(scores, -math.inf), scores)
    if attn_mask is not None:
        scores = scores + attn_mask
    return result, paddle.logsumexp(scores, -1)


def symbolic_size(input: Any, dim: int | None = None) -> Any:
    """`aten.sym_size`: the shape, or the size of one dimension."""
    return input.shape if dim is None else input.shape[dim]


def symbolic_math(name: str, a: Any) -> float:
    """`torch._sym_*`: a function of the module `math`."""
    return getattr(math, name)(a)  # type: ignore[no-any-return]


def check_or_raise(error_type: Any, cond: Any, message: Any = None) -> None:
    """`torch._check_with`: raises an error of this type unless the condition holds."""
    if not cond:
        raise error_type("Expected cond to be True, but got False." if message is None else str(message()))


def check_all(cond: Any, message: Any = None) -> None:
    """`torch._check_tensor_all`: raises unless the condition holds everywhere."""
    check_or_raise(RuntimeError, cond.all(), message)


def check_size(i: Any, message: Any = None, *, max: Any = None) -> None:
    """`torch._check_is_size`: raises unless `i` is a size, of at most `max`."""
    check_or_raise(RuntimeError, i >= 0 and (max is None or i <= max), message)


def assert_nonzero(condition: Any, message: str | None = None) -> None:
    """`torch._assert_async` and `torch._assert_scalar`: raises when the only number is zero."""
    if isinstance(condition, paddle.Tensor) and condition.size != 1:
        raise RuntimeError(f"Boolean value of a tensor with {condition.size} values is ambiguous")
    if not bool(condition):
        raise RuntimeError(message or "Expected Tensor with single nonzero value, but got zero")


def functional_assert(input: Any, assert_msg: str, dep_token: Any) -> Any:
    """`torch._functional_assert_async`: raises when `input` is zero; gives a copy of `dep_token`."""
    assert_nonzero(input, assert_msg)
    return dep_token.clone()


def enter_autocast(*vals: Any) -> autocast:
    """`torch.amp.autocast_mode._enter_autocast`: begins mixed precision; gives what ends it."""
    context = autocast(*vals)
    context.__enter__()
    return context


def exit_autocast(mode: autocast) -> None:
    """`torch.amp.autocast_mode._exit_autocast`: ends mixed precision."""
    mode.__exit__(None, None, None)


def flatten_dense_tensors(tensors: Sequence[Any]) -> Any:
    """`torch._utils._flatten_dense_tensors`: all values one after the other."""
    return paddle.concat([tensor.flatten() for tensor in tensors])


def unflatten_dense_tensors(flat: Any, tensors: Sequence[Any]) -> tuple[Any, ...]:
    """`torch._utils._unflatten_dense_tensors`: the values of `flat` in the shapes of `tensors`."""
    parts = paddle.split(flat, [int(tensor.size) for tensor in tensors])
    return tuple(part.reshape(tensor.shape) for part, tensor in zip(parts, tensors, strict=True))


def parse_to(*args: Any, **kwargs: Any) -> tuple[Any, Any, bool, Any]:
    """`torch._C._nn._parse_to`: device, dtype, `non_blocking` and memory format of the arguments of `to`."""
    device, dtype, flags = kwargs.get("device"), kwargs.get("dtype"), []
    for value in (*args, *([kwargs["tensor"]] if "tensor" in kwargs else [])):
        if isinstance(value, paddle.Tensor):
            device, dtype = value.place, value.dtype
        elif isinstance(value, bool):
            flags.append(value)
        elif isinstance(value, paddle.dtype):
            dtype = value
        elif value is not None:
            device = value
    device = paddle.device.Device(device) if isinstance(device, (str, int)) else device
    return device, dtype, kwargs.get("non_blocking", flags[0] if flags else False), None
