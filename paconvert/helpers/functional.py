"""torch.nn.functional where one Paddle call is not the same: activations, norms, padding, embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.dtype import dtype_is_complex, float_promoted
from paconvert.helpers.inplace import keeps_result


def apply_inplace(
    function: Callable[..., Any],
    input: Any,
    *args: Any,
    inplace: bool = False,
    native: Callable[..., Any] | None = None,
    **kwargs: Any,
) -> Any:
    """`function(input, ...)`; with `inplace` the result is written into `input`, which is returned.

    `native` is Paddle's own function for that, which has second derivatives.
    """
    if not inplace:
        return function(input, *args, **kwargs)
    if keeps_result(input):
        input.reconstruct_from_(function(input.clone(), *args, **kwargs))
        return input
    if native is not None:
        return native(input, *args, **kwargs)
    # The function works on a copy: its backward pass must not see the overwritten values.
    return paddle.assign(function(paddle.assign(input), *args, **kwargs), output=input)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """torch.nn.functional.hardshrink: zero from `-lambd` to `lambd`, both included."""
    return paddle.where(input.abs() <= lambd, paddle.zeros_like(input), input)


def default_softmax_dim(ndim: int) -> int:
    """The dimension that torch's softmax takes when none is given."""
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """torch.nn.functional.softmax, also with `dim=None`."""
    return F.softmax(input, axis=default_softmax_dim(input.ndim) if dim is None else dim, dtype=dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """torch.nn.functional.log_softmax, also with `dim=None`. Paddle's own stops at -64."""
    x = input if dtype is None else input.astype(dtype)
    axis = default_softmax_dim(x.ndim) if dim is None else dim
    if x.ndim == 0 or not x.size:
        return x - x
    shifted = x - x.max(axis=axis, keepdim=True).detach()
    return shifted - shifted.exp().sum(axis=axis, keepdim=True).log()


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """torch.nn.functional.softmin."""
    return softmax(-input, dim, dtype=dtype)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """torch.nn.functional.one_hot: a tensor of int64."""
    return F.one_hot(tensor, num_classes).astype("int64")


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """torch.nn.functional.normalize, over one or several dimensions."""
    norm = paddle.linalg.vector_norm(input, p, axis=dim, keepdim=True)
    result = input / norm.clip(min=eps)
    return result if out is None else paddle.assign(result, output=out)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """torch.nn.functional.cosine_similarity: each norm is at least `eps`; the inputs are broadcast."""
    shape = paddle.broadcast_shape(x1.shape, x2.shape)
    x1, x2 = x1.expand(shape), x2.expand(shape)
    # The norm of a zero vector has no gradient; the square root of a clipped square has one that is zero.
    norm1 = (x1 * x1).sum(axis=dim, keepdim=True).clip(min=eps * eps).sqrt()
    norm2 = (x2 * x2).sum(axis=dim, keepdim=True).clip(min=eps * eps).sqrt()
    return ((x1 / norm1) * (x2 / norm2)).sum(axis=dim)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """torch.nn.functional.bilinear, for any number of leading dimensions."""
    result = paddle.einsum("...i,kij,...j->...k", input1, weight, input2)
    return result if bias is None else result + bias


def layer_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """torch.nn.functional.layer_norm, with weights of several dimensions and any `eps`."""
    if 0 <= eps <= 1e-3:
        flat_weight = None if weight is None else weight.flatten()
        flat_bias = None if bias is None else bias.flatten()
        whole = input.ndim == len(normalized_shape)  # Paddle's kernel needs a dimension before those
        result = F.layer_norm(
            input.unsqueeze(0) if whole else input, list(normalized_shape), flat_weight, flat_bias, eps
        )
        return result.squeeze(0) if whole else result
    axes = list(range(-len(normalized_shape), 0))
    centered = input - input.mean(axis=axes, keepdim=True)
    result = centered * paddle.rsqrt((centered * centered).mean(axis=axes, keepdim=True) + eps)
    if weight is not None:
        result = result * weight
    return result if bias is None else result + bias


def rms_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None
) -> Any:
    """torch.nn.functional.rms_norm; half precision is computed in float32."""
    axes = list(range(-len(normalized_shape), 0))
    x = input.astype("float32") if input.dtype in (paddle.float16, paddle.bfloat16) else input
    if eps is None:
        eps = float(paddle.finfo(x.dtype).eps)
    result = x * paddle.rsqrt((x * x).mean(axis=axes, keepdim=True) + eps)
    return (result if weight is None else result * weight).astype(input.dtype)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """torch.nn.functional.group_norm; without a weight Paddle's gradient is wrong, so there is one."""
    if weight is None:
        weight = paddle.ones([input.shape[1]], dtype=input.dtype)
    return F.group_norm(input, num_groups, eps, weight, bias)


def update_running(running: Any, value: Any, momentum: float) -> None:
    """Moves the running statistic towards `value`, in place and outside the graph."""
    if running is not None:
        with paddle.no_grad():
            paddle.assign((1 - momentum) * running + momentum * value.astype(running.dtype), output=running)


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """torch.nn.functional.batch_norm: the running variance is updated with the unbiased variance."""
    # Paddle gives a lone weight or bias no gradient.
    if weight is None and bias is not None:
        weight = paddle.ones_like(bias)
        weight.stop_gradient = bias.stop_gradient
    elif bias is None and weight is not None:
        bias = paddle.zeros_like(weight)
        bias.stop_gradient = weight.stop_gradient
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, False, epsilon=eps)
    count = input.size // input.shape[1]
    if count == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {input.shape}"
        )
    # With Paddle's momentum 0 the buffers hold the statistics of this batch.
    dtype = paddle.float64 if input.dtype == paddle.float64 else paddle.float32
    mean = paddle.zeros([input.shape[1]], dtype=dtype)
    variance = paddle.zeros([input.shape[1]], dtype=dtype)
    result = F.batch_norm(input, mean, variance, weight, bias, True, momentum=0.0, epsilon=eps)
    if count:
        update_running(running_mean, mean, momentum)
        update_running(running_var, variance * (count / (count - 1)), momentum)
    return result


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """torch.nn.functional.instance_norm, with running statistics as torch keeps them."""
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    axes = list(range(2, input.ndim))
    mean = input.mean(axis=axes, keepdim=True)
    centered = input - mean
    variance = (centered * centered).mean(axis=axes, keepdim=True)
    count = input.size // (input.shape[0] * input.shape[1])
    if count == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    update_running(running_mean, mean.flatten(1).mean(axis=0), momentum)
    update_running(running_var, variance.flatten(1).mean(axis=0) * (count / (count - 1)), momentum)
    result = centered * paddle.rsqrt(variance + eps)
    shape = [1, -1] + [1] * (input.ndim - 2)
    if weight is not None:
        result = result * weight.reshape(shape)
    return result if bias is None else result + bias.reshape(shape)


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """torch.nn.functional.local_response_norm, for two and more dimensions."""
    if not input.size:
        return input
    square = input * input
    padded = pad(square.unsqueeze(-1).flatten(2), (0, 0, size // 2, (size - 1) // 2))
    channels = input.shape[1]
    total = sum(padded[:, start : start + channels] for start in range(size))
    mean = total / size if input.is_floating_point() else total // size  # as torch's pooling of integers
    (value,) = float_promoted(input)
    return value / (mean.reshape(input.shape).astype(value.dtype) * alpha + k) ** beta


def pad(input: Any, pad: Sequence[Any], mode: str = "constant", value: float | None = None) -> Any:
    """torch.nn.functional.pad: any rank, negative sizes (which crop), all modes and dtypes."""
    sizes = [int(size) for size in pad]
    amounts = [
        (input.ndim - 1 - index, sizes[2 * index], sizes[2 * index + 1]) for index in range(len(sizes) // 2)
    ]
    if mode == "constant":
        return pad_constant(crop_negative(input, amounts), amounts, 0 if value is None else value)
    if mode == "circular":
        input = crop_negative(input, amounts)
    for axis, left, right in amounts:
        if mode == "circular":
            left, right = max(left, 0), max(right, 0)
        if left == 0 and right == 0:
            continue
        length = input.shape[axis]
        limit = {"reflect": length - 1, "circular": length}.get(mode)
        if limit is not None and max(left, right) > limit:
            raise RuntimeError(
                f"Padding size {(left, right)} is too large for dimension {axis} of size {length}"
            )
        index = paddle.arange(-left, length + right)
        if mode == "reflect":
            index = (length - 1) - ((length - 1) - index.abs()).abs()
        elif mode == "replicate":
            index = index.clip(0, length - 1)
        else:
            index = index % length
        input = paddle.gather(input, index, axis)
    return input


def crop_negative(input: Any, amounts: Sequence[tuple[int, int, int]]) -> Any:
    """Cuts off what negative padding sizes take away. `amounts` holds (axis, left, right)."""
    for axis, left, right in amounts:
        if left < 0 or right < 0:
            start, stop = max(-left, 0), input.shape[axis] + min(right, 0)
            input = paddle.slice(input, [axis], [start], [stop])
    return input


def pad_constant(input: Any, amounts: Sequence[tuple[int, int, int]], value: Any) -> Any:
    """Pads with a number; negative sizes are taken as zero."""
    sides = [[0, 0] for _ in range(input.ndim)]
    for axis, left, right in amounts:
        sides[axis] = [max(left, 0), max(right, 0)]
    if not any(left or right for left, right in sides):
        return input.clone()
    dtype = input.dtype
    if dtype in (paddle.bool, paddle.uint8, paddle.int8, paddle.int16):
        work = "int32"
    elif dtype in (paddle.float16, paddle.bfloat16):
        work = "float32"
    else:
        work = None
    if dtype == paddle.bool:
        value = bool(value)
    if 0 in input.shape:
        # The kernel refuses empty tensors, in which nothing but the padding is left.
        shape = [size + left + right for size, (left, right) in zip(input.shape, sides, strict=False)]
        return paddle.full(shape, value, dtype=dtype) + input.sum().astype(dtype)
    if isinstance(value, complex) and dtype_is_complex(dtype):
        real = pad_constant(input.real(), amounts, value.real)
        return paddle.complex(real, pad_constant(input.imag(), amounts, value.imag))
    flat = [size for side in sides for size in side]
    x = input if work is None else input.astype(work)
    # The full list, first dimension first, means the same for every rank.
    result = F.pad(x, flat, mode="constant", value=float(value), pad_from_left_axis=True)
    return result if work is None else result.astype(dtype)


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """torch.nn.functional.embedding: the row of `padding_idx` is looked up, but gets no gradient."""
    if max_norm is not None:
        renormalize_rows(weight, input, max_norm, norm_type)
    if weight.dtype not in (paddle.float32, paddle.float64, paddle.float16, paddle.bfloat16):
        return paddle.gather(weight, input.flatten(), axis=0).reshape([*input.shape, *weight.shape[1:]])
    result = F.embedding(input, weight, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)
    if padding_idx is None or weight.stop_gradient:
        return result
    is_padding = (input == padding_idx % weight.shape[0]).unsqueeze(-1)
    return paddle.where(is_padding, result.detach(), result)


def renormalize_rows(weight: Any, input: Any, max_norm: float, norm_type: float) -> None:
    """Scales the rows of `weight` that `input` names down to `max_norm`, in place."""
    with paddle.no_grad():
        rows = paddle.unique(input.flatten())
        values = paddle.gather(weight, rows, axis=0)
        norms = paddle.linalg.vector_norm(values, norm_type, axis=-1, keepdim=True)
        scaled = paddle.where(norms > max_norm, values * (max_norm / (norms + 1e-7)), values)
        paddle.assign(paddle.scatter(weight, rows, scaled), output=weight)


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """torch.nn.functional.embedding_bag: sums, means or maxima of the rows of each bag."""
    if input.ndim == 2:
        bags, length = input.shape
        starts = paddle.arange(bags) * length
        if per_sample_weights is not None:
            per_sample_weights = per_sample_weights.flatten()
        input = input.flatten()
    else:
        starts = offsets[:-1] if include_last_offset else offsets
        bags = starts.shape[0]
    count = input.shape[0]
    used = paddle.ones([count], dtype="bool")
    if include_last_offset and offsets is not None:
        used = paddle.arange(count) < offsets[-1]
    bag = paddle.searchsorted(starts.astype("int64"), paddle.arange(count), right=True) - 1
    rows = embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)
    if padding_idx is not None:
        used = used & (input != padding_idx % weight.shape[0])
    member = (paddle.arange(bags).unsqueeze(1) == bag.unsqueeze(0)) & used.unsqueeze(0)
    if mode == "max":
        spread = paddle.where(
            member.unsqueeze(-1), rows.unsqueeze(0), paddle.full([1], float("-inf"), rows.dtype)
        )
        empty = ~member.any(axis=1, keepdim=True)
        return paddle.where(empty, paddle.zeros([1], rows.dtype), spread.max(axis=1))
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    total = paddle.matmul(member.astype(rows.dtype), rows)
    if mode == "sum":
        return total
    return total / member.sum(axis=1, keepdim=True).clip(min=1).astype(rows.dtype)


def grouped_mm(mat_a: Any, mat_b: Any, *, offs: Any = None, bias: Any = None, out_dtype: Any = None) -> Any:
    """torch.nn.functional.grouped_mm: one matrix product for each group; groups end at `offs`."""
    if offs is None:
        result = paddle.matmul(mat_a, mat_b)
    else:
        ends = [int(end) for end in offs.tolist()]
        groups = list(zip([0, *ends[:-1]], ends, strict=False))
        if mat_a.ndim == 2 and mat_b.ndim == 3:
            parts = [
                paddle.matmul(mat_a[start:end], mat_b[index]) for index, (start, end) in enumerate(groups)
            ]
            result = paddle.concat(parts, axis=0)
        elif mat_a.ndim == 3 and mat_b.ndim == 2:
            parts = [
                paddle.matmul(mat_a[index], mat_b[:, start:end]) for index, (start, end) in enumerate(groups)
            ]
            result = paddle.concat(parts, axis=1)
        else:
            result = paddle.stack(
                [paddle.matmul(mat_a[:, start:end], mat_b[start:end]) for start, end in groups]
            )
    if bias is not None:
        result = result + bias
    return result if out_dtype is None else result.astype(out_dtype)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """torch.nn.functional.dropout1d: drops whole channels, of each sample its own."""
    axis = list(range(input.ndim - 1))
    return apply_inplace(F.dropout, input, p, axis=axis, training=training, inplace=inplace)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """torch.nn.functional.dropout2d: drops whole channels; three dimensions are a batch of sequences."""
    return apply_inplace(F.dropout, input, p, axis=[0, 1], training=training, inplace=inplace)


def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """torch.nn.functional.dropout3d: drops whole channels; four dimensions are without a batch."""
    axis = [0, 1] if input.ndim == 5 else [0]
    return apply_inplace(F.dropout, input, p, axis=axis, training=training, inplace=inplace)
