"""Operators that torch has at its top level with other arguments than in torch.nn.functional."""

from __future__ import annotations

import itertools
import math
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.dtype import dtype_is_complex
from paconvert.helpers.functional import batch_norm, embedding, group_norm, instance_norm, layer_norm
from paconvert.helpers.functional_conv import conv1d, conv2d, conv3d
from paconvert.helpers.indexing import index_select


def feature_dropout(input: Any, p: float, train: bool) -> Any:
    """`torch.feature_dropout`: drops whole channels."""
    if not train or p == 0:
        return input.clone()
    shape = list(input.shape[:2]) + [1] * (input.ndim - 2)
    return input * F.dropout(paddle.ones(shape, dtype=input.dtype), p, training=True)


def native_dropout(input: Any, p: float, train: bool | None) -> tuple[Any, Any]:
    """`torch.native_dropout`: the result and the mask of what was kept."""
    if train is False:
        return input.clone(), paddle.ones(list(input.shape), dtype="bool")
    kept = paddle.rand(list(input.shape)) >= p
    scale = 0.0 if p == 1 else 1 / (1 - p)
    return input * kept.astype(input.dtype) * scale, kept


def normalized_batch(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> Any:
    """`torch.batch_norm`: `torch.nn.functional.batch_norm` with its arguments in another order."""
    return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def normalized_instances(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
) -> Any:
    """`torch.instance_norm`: `torch.nn.functional.instance_norm` with its arguments in another order."""
    return instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


def embedded(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False) -> Any:
    """`torch.embedding`: rows of `weight`; a negative `padding_idx` stands for none."""
    padding = None if padding_idx < 0 else padding_idx
    return embedding(indices, weight, padding, scale_grad_by_freq=scale_grad_by_freq)


def convolution(
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Any:
    """`torch.convolution`: a convolution or a transposed one, of one to three dimensions."""
    dims = weight.ndim - 2

    def each(value: Any) -> list[int]:
        return list(value) * dims if len(value) == 1 else list(value)

    stride, padding, dilation, output_padding = map(each, (stride, padding, dilation, output_padding))
    if not transposed:
        return (conv1d, conv2d, conv3d)[dims - 1](input, weight, bias, stride, padding, dilation, groups)
    function = (F.conv1d_transpose, F.conv2d_transpose, F.conv3d_transpose)[dims - 1]
    return function(input, weight, bias, stride, padding, output_padding, groups=groups, dilation=dilation)


def native_layer_norm(
    input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float
) -> tuple[Any, Any, Any]:
    """`torch.native_layer_norm`: the result, the mean and the reciprocal of the standard deviation."""
    axes = list(range(input.ndim - len(normalized_shape), input.ndim))
    mean = input.detach().mean(axis=axes, keepdim=True)
    inverse = paddle.rsqrt(((input.detach() - mean) ** 2).mean(axis=axes, keepdim=True) + eps)
    return layer_norm(input, normalized_shape, weight, bias, eps), mean, inverse


def native_group_norm(
    input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Any, Any, Any]:
    """`torch.native_group_norm`: the result, the mean and the reciprocal of the standard deviation."""
    groups = input.reshape([N, group, -1])
    mean = groups.mean(axis=-1)
    inverse = paddle.rsqrt(((groups - mean.unsqueeze(-1)) ** 2).mean(axis=-1) + eps)
    return group_norm(input, group, weight, bias, eps), mean, inverse


def native_batch_norm(
    input: Any,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
) -> tuple[Any, Any, Any]:
    """`torch.native_batch_norm`: the result, and in training the mean and reciprocal standard deviation."""
    result = batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        empty = paddle.zeros([0], dtype=input.dtype)
        return result, empty, empty
    axes = [axis for axis in range(input.ndim) if axis != 1]
    mean = input.detach().mean(axis=axes, keepdim=True)
    inverse = paddle.rsqrt(((input.detach() - mean) ** 2).mean(axis=axes) + eps)
    return result, mean.flatten(), inverse


def segment_reduce(
    data: Any,
    reduce: str,
    *,
    lengths: Any = None,
    indices: Any = None,
    offsets: Any = None,
    axis: int = 0,
    initial: Any = None,
) -> Any:
    """`torch.segment_reduce`: "sum", "mean", "max", "min" or "prod" of neighbouring rows, for 1-d lengths."""
    if indices is not None or axis:
        raise NotImplementedError(
            "segment_reduce: only lengths and offsets of the first dimension are converted"
        )
    if lengths is not None:
        sizes = [int(size) for size in lengths.flatten().tolist()]
    else:
        bounds = offsets.flatten().tolist()
        sizes = [int(end) - int(start) for start, end in itertools.pairwise(bounds)]
    empty = {"sum": 0.0, "mean": math.nan, "max": -math.inf, "min": math.inf, "prod": 1.0}[reduce]
    parts, start = [], 0
    for size in sizes:
        rows = data[start : start + size]
        start += size
        if not size:
            value = paddle.full(list(data.shape[1:]), empty if initial is None else initial, dtype=data.dtype)
        else:
            value = getattr(rows, reduce)(axis=0)
            if initial is not None:
                other = paddle.full_like(value, initial)
                folded = {
                    "sum": paddle.add,
                    "prod": paddle.multiply,
                    "max": paddle.maximum,
                    "min": paddle.minimum,
                }
                value = folded[reduce](value, other) if reduce in folded else value + other / size
        parts.append(value)
    return paddle.stack(parts, axis=0)


def sparse_coo_tensor(
    indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.sparse_coo_tensor` as Paddle's sparse tensor; gradients go to the values."""
    indices, values = (x if isinstance(x, paddle.Tensor) else paddle.to_tensor(x) for x in (indices, values))
    constant = values.stop_gradient and not requires_grad
    return paddle.sparse.sparse_coo_tensor(
        indices, values, None if size is None else list(size), dtype, device, stop_gradient=constant
    )


def sparse_csr_tensor(
    crow_indices: Any,
    col_indices: Any,
    values: Any,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.sparse_csr_tensor` as Paddle's sparse tensor; without `size`, as many columns as are used."""
    rows, columns, values = (
        x if isinstance(x, paddle.Tensor) else paddle.to_tensor(x)
        for x in (crow_indices, col_indices, values)
    )
    if size is None:
        size = [rows.shape[0] - 1, int(columns.max()) + 1]
    constant = values.stop_gradient and not requires_grad
    return paddle.sparse.sparse_csr_tensor(
        rows, columns, values, list(size), dtype, device, stop_gradient=constant
    )


def _padded_window(window: Any, win_length: int, n_fft: int, dtype: Any) -> Any:
    """The window (ones when none is given) in the middle of zeros, `n_fft` long."""
    window = paddle.ones([win_length], dtype=dtype) if window is None else window
    left = (n_fft - win_length) // 2
    if win_length == n_fft:
        return window
    zeros = [paddle.zeros([size], dtype=window.dtype) for size in (left, n_fft - win_length - left)]
    return paddle.concat([zeros[0], window, zeros[1]])


def stft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: bool | None = None,
    return_complex: bool | None = None,
    align_to_window: bool | None = None,
) -> Any:
    """`torch.stft`: short-time Fourier transforms, in a complex tensor or (return_complex=False) in pairs."""
    if align_to_window:
        raise NotImplementedError("stft: align_to_window is not converted")
    hop = n_fft // 4 if hop_length is None else hop_length
    signal = input.unsqueeze(0) if input.ndim == 1 else input
    if center:
        signal = F.pad(
            signal.unsqueeze(1), [n_fft // 2, n_fft // 2], mode=pad_mode, data_format="NCL"
        ).squeeze(1)
    is_complex = dtype_is_complex(signal.dtype)
    real_dtype = paddle.real(signal).dtype if is_complex else signal.dtype
    count = 1 + (signal.shape[-1] - n_fft) // hop
    places = (paddle.arange(count) * hop).unsqueeze(1) + paddle.arange(n_fft).unsqueeze(0)
    frames = index_select(signal, -1, places.flatten()).reshape([signal.shape[0], count, n_fft])
    frames = frames * _padded_window(window, n_fft if win_length is None else win_length, n_fft, real_dtype)
    norm = "ortho" if normalized else "backward"
    half = onesided if onesided is not None else not dtype_is_complex(frames.dtype)
    result = paddle.fft.rfft(frames, norm=norm) if half else paddle.fft.fft(frames, norm=norm)
    result = paddle.transpose(result, [0, 2, 1])
    if input.ndim == 1:
        result = result.squeeze(0)
    return paddle.as_real(result) if return_complex is False else result


def istft(
    input: Any,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: bool | None = None,
    length: int | None = None,
    return_complex: bool = False,
) -> Any:
    """`torch.istft`: the signal whose short-time Fourier transforms these are."""
    hop = n_fft // 4 if hop_length is None else hop_length
    spectrum = paddle.transpose(input.unsqueeze(0) if input.ndim == 2 else input, [0, 2, 1])
    norm = "ortho" if normalized else "backward"
    if return_complex:
        frames = paddle.fft.ifft(spectrum, n=n_fft, norm=norm)
    else:
        # torch, too, reads one side of a spectrum with two
        frames = paddle.fft.irfft(spectrum[..., : n_fft // 2 + 1], n=n_fft, norm=norm)
    real_dtype = paddle.real(frames).dtype if return_complex else frames.dtype
    taper = _padded_window(window, n_fft if win_length is None else win_length, n_fft, real_dtype)
    batch, count = frames.shape[0], frames.shape[1]
    total = n_fft + hop * (count - 1)
    places = ((paddle.arange(count) * hop).unsqueeze(1) + paddle.arange(n_fft).unsqueeze(0)).flatten()

    def overlapped(values: Any) -> Any:
        flat = paddle.transpose(values.reshape([values.shape[0], -1]), [1, 0])
        added = paddle.index_add(paddle.zeros([total, values.shape[0]], dtype=values.dtype), places, 0, flat)
        return paddle.transpose(added, [1, 0])

    weighted = frames * taper
    if return_complex:
        signal = paddle.complex(overlapped(paddle.real(weighted)), overlapped(paddle.imag(weighted)))
    else:
        signal = overlapped(weighted)
    envelope = overlapped(paddle.expand(taper * taper, [1, count, n_fft]))
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else (total - n_fft // 2 if center else total)
    signal, envelope = signal[:, start:end], envelope[:, start:end]
    if float(envelope.abs().min()) <= 1e-11:
        raise RuntimeError("window overlap add min: 1")
    signal = signal / envelope
    if length is not None and signal.shape[1] < length:
        rest = paddle.zeros([batch, length - signal.shape[1]], dtype=signal.dtype)
        signal = paddle.concat([signal, rest], axis=1)
    return signal.squeeze(0) if input.ndim == 2 else signal
