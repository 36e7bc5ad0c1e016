"""torch.nn.functional's pooling: int64 indices, dilation, unbatched input, exact divisors."""

from __future__ import annotations

import itertools
import math
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.functional import pad_constant
from paconvert.helpers.functional_conv import as_tuple, call_batched
from paconvert.helpers.reduction import lowest_value


def pooled_size(length: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    """The output length of pooling; torch drops a last window that would start in the right padding."""
    span = length + 2 * padding - dilation * (kernel - 1) - 1
    size = (-(-span // stride) if ceil_mode else span // stride) + 1
    if ceil_mode and (size - 1) * stride >= length + padding:
        size -= 1
    return size


def pooled_sizes(
    input: Any, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], ceil_mode: bool
) -> list[int]:
    """The spatial size of pooling without dilation."""
    lengths = input.shape[-len(kernel) :]
    numbers = zip(lengths, kernel, stride, padding, strict=True)
    return [pooled_size(length, k, s, p, 1, ceil_mode) for length, k, s, p in numbers]


def trim(result: Any, sizes: list[int]) -> Any:
    """Cuts off the windows that Paddle's ceil mode has and torch's has not."""
    for axis, size in enumerate(sizes, result.ndim - len(sizes)):
        if result.shape[axis] > size:
            result = paddle.slice(result, [axis], [0], [size])
    return result


def pooling_windows(
    input: Any,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    ceil_mode: bool,
    value: float,
) -> Any:
    """All windows of `input`, (N, C, *out, prod(kernel)); outside of the input they hold `value`."""
    spatial = len(kernel)
    lengths = input.shape[2:]
    out = [
        pooled_size(*numbers, ceil_mode)
        for numbers in zip(lengths, kernel, stride, padding, dilation, strict=False)
    ]
    reach = [
        max((o - 1) * s + d * (k - 1) + 1 - n - p, 0)
        for o, s, d, k, n, p in zip(out, stride, dilation, kernel, lengths, padding, strict=False)
    ]
    padded = pad_constant(input, [(axis + 2, padding[axis], reach[axis]) for axis in range(spatial)], value)
    axes = list(range(2, spatial + 2))
    parts = []
    for offset in itertools.product(*(range(k) for k in kernel)):
        starts = [o * d for o, d in zip(offset, dilation, strict=False)]
        stops = [start + (o - 1) * s + 1 for start, o, s in zip(starts, out, stride, strict=False)]
        parts.append(paddle.strided_slice(padded, axes, starts, stops, list(stride)))
    return paddle.stack(parts, axis=-1)


def max_pool(
    spatial: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    """Max pooling over the last `spatial` dimensions, with torch's arguments."""
    kernel = as_tuple(kernel_size, spatial)
    steps = as_tuple(stride, spatial) if stride not in (None, (), []) else kernel
    sides, gaps = as_tuple(padding, spatial), as_tuple(dilation, spatial)
    pool = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[spatial]
    if gaps == (1,) * spatial and input.is_floating_point():
        result = call_batched(
            pool,
            input,
            spatial + 2,
            list(kernel),
            stride=list(steps),
            padding=list(sides),
            return_mask=return_indices,
            ceil_mode=ceil_mode,
        )
        values, *places = result if return_indices else (result,)
        sizes = pooled_sizes(input, kernel, steps, sides, ceil_mode)
        values = trim(values, sizes)
        return (values, trim(places[0], sizes).astype("int64")) if return_indices else values
    return call_batched(
        max_pool_windows, input, spatial + 2, kernel, steps, sides, gaps, ceil_mode, return_indices
    )


def max_pool_windows(
    input: Any,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    """Max pooling that looks at each window; for what Paddle's kernel does not know (dilation, integers)."""
    windows = pooling_windows(input, kernel, stride, padding, dilation, ceil_mode, lowest_value(input))
    values = windows.max(axis=-1)
    if not return_indices:
        return values
    lengths = input.shape[2:]
    positions = paddle.arange(math.prod(lengths)).reshape([1, 1, *lengths])
    places = pooling_windows(positions, kernel, stride, padding, dilation, ceil_mode, -1)
    choice = windows.argmax(axis=-1, keepdim=True)
    places = places.expand([*choice.shape[:-1], places.shape[-1]])
    return values, paddle.take_along_axis(places, choice, -1).squeeze(-1)


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """torch.nn.functional.max_pool1d."""
    return max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """torch.nn.functional.max_pool2d."""
    return max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """torch.nn.functional.max_pool3d."""
    return max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool(
    spatial: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None = None,
) -> Any:
    """Average pooling over the last `spatial` dimensions, with torch's arguments."""
    kernel = as_tuple(kernel_size, spatial)
    steps = as_tuple(stride, spatial) if stride not in (None, (), []) else kernel
    sides = as_tuple(padding, spatial)
    if divisor_override is not None:
        windows = call_batched(
            pooling_windows, input, spatial + 2, kernel, steps, sides, (1,) * spatial, ceil_mode, 0
        )
        mean = windows.sum(axis=-1) / divisor_override
        return mean if input.is_floating_point() else mean.trunc().astype(input.dtype)
    if not input.is_floating_point():
        wide = input.astype("float64")
        mean = avg_pool(spatial, wide, kernel, steps, sides, ceil_mode, count_include_pad)
        return mean.trunc().astype(input.dtype)
    pool = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[spatial]
    result = call_batched(
        pool,
        input,
        spatial + 2,
        list(kernel),
        stride=list(steps),
        padding=list(sides),
        exclusive=not count_include_pad,
        ceil_mode=ceil_mode,
    )
    return trim(result, pooled_sizes(input, kernel, steps, sides, ceil_mode))


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """torch.nn.functional.avg_pool1d."""
    return avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """torch.nn.functional.avg_pool2d."""
    return avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """torch.nn.functional.avg_pool3d."""
    return avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def lp_pool(
    spatial: int, input: Any, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Any:
    """Power-average pooling over the last `spatial` dimensions."""
    kernel = as_tuple(kernel_size, spatial)
    mean = avg_pool(spatial, input**norm_type, kernel, stride, 0, ceil_mode, True)
    return (mean.sign() * F.relu(mean.abs()) * math.prod(kernel)) ** (1.0 / norm_type)


def lp_pool1d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """torch.nn.functional.lp_pool1d."""
    return lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """torch.nn.functional.lp_pool2d."""
    return lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """torch.nn.functional.lp_pool3d."""
    return lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


def adaptive_sizes(input: Any, output_size: Any, spatial: int) -> list[int]:
    """The output size with `None` replaced by the size of the input."""
    sizes = output_size if isinstance(output_size, (list, tuple)) else [output_size] * spatial
    return [
        length if size is None else int(size)
        for size, length in zip(sizes, input.shape[-spatial:], strict=False)
    ]


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """torch.nn.functional.adaptive_avg_pool1d, batched or not."""
    return call_batched(F.adaptive_avg_pool1d, input, 3, adaptive_sizes(input, output_size, 1)[0])


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """torch.nn.functional.adaptive_avg_pool2d, batched or not."""
    return call_batched(F.adaptive_avg_pool2d, input, 4, adaptive_sizes(input, output_size, 2))


def adaptive_avg_pool3d(input: Any, output_size: Any) -> Any:
    """torch.nn.functional.adaptive_avg_pool3d, batched or not."""
    return call_batched(F.adaptive_avg_pool3d, input, 5, adaptive_sizes(input, output_size, 3))


def adaptive_max_pool(spatial: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    """Adaptive max pooling over the last `spatial` dimensions; indices are int64."""
    pool = {1: F.adaptive_max_pool1d, 2: F.adaptive_max_pool2d, 3: F.adaptive_max_pool3d}[spatial]
    sizes: Any = adaptive_sizes(input, output_size, spatial)
    result = call_batched(
        pool, input, spatial + 2, sizes[0] if spatial == 1 else sizes, return_mask=return_indices
    )
    return (result[0], result[1].astype("int64")) if return_indices else result


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """torch.nn.functional.adaptive_max_pool1d."""
    return adaptive_max_pool(1, input, output_size, return_indices)


def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """torch.nn.functional.adaptive_max_pool2d."""
    return adaptive_max_pool(2, input, output_size, return_indices)


def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """torch.nn.functional.adaptive_max_pool3d."""
    return adaptive_max_pool(3, input, output_size, return_indices)


class ScatterRows(paddle.autograd.PyLayer):  # type: ignore[misc]
    """Puts values at places of longer rows; values that meet at one place all get its gradient."""

    @staticmethod
    def forward(ctx: Any, values: Any, places: Any, length: int) -> Any:
        """Rows of zeros with the values in them."""
        ctx.save_for_backward(places)
        canvas = paddle.zeros([values.shape[0], length], dtype=values.dtype)
        return paddle.put_along_axis(canvas, places, values, axis=1, broadcast=False)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """The gradient at the places."""
        (places,) = ctx.saved_tensor()
        return paddle.take_along_axis(gradient, places, 1, broadcast=False)


def max_unpool(
    spatial: int, input: Any, indices: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Any:
    """Puts the pooled values back to where they came from; all else is zero."""
    kernel = as_tuple(kernel_size, spatial)
    steps = as_tuple(stride, spatial) if stride not in (None, (), []) else kernel
    sides = as_tuple(padding, spatial)
    if output_size is None:
        sizes = [
            (n - 1) * s - 2 * p + k
            for n, s, p, k in zip(input.shape[-spatial:], steps, sides, kernel, strict=False)
        ]
    else:
        sizes = [int(size) for size in output_size][-spatial:]
    lead = input.shape[:-spatial]
    flat = input.reshape([math.prod(lead), -1])
    # The indices of a pooling ask for a gradient in Paddle.
    places = indices.detach().astype("int64").reshape(flat.shape)
    return ScatterRows.apply(flat, places, math.prod(sizes)).reshape([*lead, *sizes])


def max_unpool1d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """torch.nn.functional.max_unpool1d."""
    return max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """torch.nn.functional.max_unpool2d."""
    return max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Any:
    """torch.nn.functional.max_unpool3d."""
    return max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


def fractional_max_pool(
    spatial: int,
    input: Any,
    kernel_size: Any,
    output_size: Any,
    output_ratio: Any,
    return_indices: bool,
    samples: Any,
) -> Any:
    """Max pooling over windows whose starts are spaced by a random sequence, as torch draws it."""
    if input.ndim == spatial + 1:
        result = fractional_max_pool(
            spatial, input.unsqueeze(0), kernel_size, output_size, output_ratio, return_indices, samples
        )
        return tuple(item.squeeze(0) for item in result) if return_indices else result.squeeze(0)
    kernel = as_tuple(kernel_size, spatial)
    lengths = input.shape[2:]
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (list, tuple)) else [output_ratio] * spatial
        sizes = [int(length * ratio) for length, ratio in zip(lengths, ratios, strict=False)]
    else:
        sizes = list(as_tuple(output_size, spatial))
    batch, channels = input.shape[:2]
    if samples is None:
        samples = paddle.rand([batch, channels, spatial], dtype=input.dtype)
    samples = samples[:batch]  # torch takes more than it needs
    values = input.unsqueeze(-1)
    places = paddle.zeros([1, 1] + [1] * (spatial + 1), dtype="int64")
    for axis in range(spatial):
        # torch's samples name the width first in two dimensions, and last in three.
        draw = samples[:, :, 1 - axis if spatial == 2 else axis].unsqueeze(-1)
        starts = fractional_starts(lengths[axis], kernel[axis], sizes[axis], draw)
        index = starts.unsqueeze(-1) + paddle.arange(kernel[axis])
        values = spread_windows(values, index, axis + 2)
        shape = (
            [batch, channels] + [1] * axis + [sizes[axis]] + [1] * (spatial - 1 - axis) + [1, kernel[axis]]
        )
        places = (places.unsqueeze(-1) * lengths[axis] + index.reshape(shape)).flatten(-2)
    result = values.max(axis=-1)
    if not return_indices:
        return result
    choice = values.argmax(axis=-1, keepdim=True)
    return result, paddle.take_along_axis(places.expand(values.shape), choice, -1).squeeze(-1)


def fractional_starts(length: int, kernel: int, size: int, draw: Any) -> Any:
    """Where the windows of one dimension begin: (N, C, size)."""
    if size == 1:
        return paddle.full([*draw.shape[:-1], 1], length - kernel, dtype="int64")
    alpha = (length - kernel) / (size - 1)
    steps = paddle.arange(size - 1).astype(draw.dtype)
    starts = ((steps + draw) * alpha).astype("int64") - (draw * alpha).astype("int64")
    last = paddle.full([*draw.shape[:-1], 1], length - kernel, dtype="int64")
    return paddle.concat([starts, last], axis=-1)


def spread_windows(values: Any, index: Any, axis: int) -> Any:
    """Takes windows along `axis`: `index` is (N, C, out, kernel); the kernel joins the last dimension."""
    moved = paddle.moveaxis(values, axis, 2)
    batch, channels, out, kernel = index.shape
    rest = moved.shape[3:]
    flat = moved.reshape([batch, channels, moved.shape[2], -1])
    where = index.reshape([batch, channels, out * kernel, 1]).expand(
        [batch, channels, out * kernel, flat.shape[-1]]
    )
    taken = paddle.take_along_axis(flat, where, 2, broadcast=False)
    taken = paddle.moveaxis(taken.reshape([batch, channels, out, kernel, *rest]), 3, -1)
    return paddle.moveaxis(taken.flatten(-2), 2, axis)


def fractional_max_pool2d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """torch.nn.functional.fractional_max_pool2d."""
    return fractional_max_pool(
        2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples
    )


def fractional_max_pool3d(
    input: Any,
    kernel_size: Any,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """torch.nn.functional.fractional_max_pool3d."""
    return fractional_max_pool(
        3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples
    )
