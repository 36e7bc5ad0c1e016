"""torch.nn.functional's convolutions and folds: unbatched input, `padding='same'` as torch means it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.functional import pad


def as_tuple(value: Any, count: int) -> tuple[int, ...]:
    """A number repeated `count` times, or the sequence as it is (one element is repeated)."""
    if isinstance(value, (list, tuple)):
        return tuple(int(item) for item in value) * (count if len(value) == 1 else 1)
    return (int(value),) * count


def call_batched(function: Callable[..., Any], input: Any, ndim: int, *args: Any, **kwargs: Any) -> Any:
    """`function(input, ...)` for `ndim` dimensions; a missing batch dimension is added and taken away."""
    if input.ndim == ndim:
        return function(input, *args, **kwargs)
    result = function(input.unsqueeze(0), *args, **kwargs)
    if isinstance(result, (list, tuple)):
        return tuple(item.squeeze(0) for item in result)
    return result.squeeze(0)


def through_floats(function: Callable[[Any], Any], input: Any) -> Any:
    """A linear `function` of the input, where Paddle has kernels of floating point numbers only."""
    if input.is_floating_point():
        return function(input)
    if input.is_complex():
        return paddle.complex(function(input.real()), function(input.imag()))
    return function(input.astype("float64")).astype(input.dtype)


def convolve(
    function: Callable[..., Any],
    spatial: int,
    input: Any,
    weight: Any,
    bias: Any,
    padding: Any,
    dilation: Any,
    **arguments: Any,
) -> Any:
    """One of Paddle's convolutions with torch's arguments."""
    if padding == "valid":
        padding = 0
    elif padding == "same":
        # Paddle's own 'same' ignores the dilation.
        sizes: list[int] = []
        for kernel, step in zip(
            reversed(weight.shape[2:]), reversed(as_tuple(dilation, spatial)), strict=False
        ):
            total = step * (kernel - 1)
            sizes += [total // 2, total - total // 2]
        input, padding = pad(input, sizes), 0
    if isinstance(padding, Sequence):
        padding = list(as_tuple(padding, spatial))

    def run(input: Any, weight: Any, bias: Any) -> Any:
        return call_batched(
            function, input, spatial + 2, weight, bias, padding=padding, dilation=dilation, **arguments
        )

    if input.is_floating_point():
        return run(input, weight, bias)
    # Paddle has kernels for floating point numbers only.
    if input.is_complex():
        first = run(input.real(), weight.real(), None if bias is None else bias.real())
        second = run(input.real(), weight.imag(), None if bias is None else bias.imag())
        real = first - run(input.imag(), weight.imag(), None)
        return paddle.complex(real, second + run(input.imag(), weight.real(), None))
    wide = (tensor if tensor is None else tensor.astype("float64") for tensor in (input, weight, bias))
    return run(*wide).astype(input.dtype)


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """torch.nn.functional.conv1d."""
    return convolve(F.conv1d, 1, input, weight, bias, padding, dilation, stride=stride, groups=groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """torch.nn.functional.conv2d."""
    return convolve(F.conv2d, 2, input, weight, bias, padding, dilation, stride=stride, groups=groups)


def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """torch.nn.functional.conv3d."""
    return convolve(F.conv3d, 3, input, weight, bias, padding, dilation, stride=stride, groups=groups)


def convolve_transposed(
    spatial: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    """One of Paddle's transposed convolutions with torch's arguments."""
    function = (F.conv1d_transpose, F.conv2d_transpose, F.conv3d_transpose)[spatial - 1]
    extra = list(as_tuple(output_padding, spatial))
    if any(more >= step for more, step in zip(extra, as_tuple(stride, spatial), strict=True)):
        # Paddle's kernel refuses this. It is cut out of the result without padding.
        full = convolve_transposed(spatial, input, weight, None, stride, 0, 0, groups, dilation)
        sides = zip(reversed(extra), reversed(as_tuple(padding, spatial)), strict=True)
        result = pad(full, [size for more, side in sides for size in (-side, more - side)])
        return result if bias is None else result + bias.reshape([-1] + [1] * spatial)
    return convolve(
        function,
        spatial,
        input,
        weight,
        bias,
        padding,
        dilation,
        stride=stride,
        output_padding=extra,
        groups=groups,
    )


def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """torch.nn.functional.conv_transpose1d."""
    return convolve_transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """torch.nn.functional.conv_transpose2d."""
    return convolve_transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """torch.nn.functional.conv_transpose3d."""
    return convolve_transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """torch.nn.functional.conv_tbc: a convolution over (time, batch, channel)."""
    result = F.conv1d(input.transpose([1, 2, 0]), weight.transpose([2, 1, 0]), bias, padding=pad)
    return result.transpose([2, 0, 1])


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """torch.nn.functional.unfold, batched or not."""
    return through_floats(
        lambda x: call_batched(
            F.unfold, x, 4, kernel_size, strides=stride, paddings=padding, dilations=dilation
        ),
        input,
    )


def fold(
    input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Any:
    """torch.nn.functional.fold, batched or not."""
    return through_floats(
        lambda x: call_batched(
            F.fold, x, 3, output_size, kernel_size, strides=stride, paddings=padding, dilations=dilation
        ),
        input,
    )


def _on_images(function: Callable[[Any, int], Any], input: Any, factor: int) -> Any:
    """The function of a batch of images, for any number of leading dimensions."""
    *batch, channels, height, width = input.shape
    images = input.reshape([math.prod(batch), channels, height, width])
    result = through_floats(lambda x: function(x, factor), images)
    return result.reshape([*batch, *result.shape[1:]])


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """torch.nn.functional.pixel_shuffle, for any number of leading dimensions."""
    return _on_images(F.pixel_shuffle, input, upscale_factor)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """torch.nn.functional.pixel_unshuffle, for any number of leading dimensions."""
    return _on_images(F.pixel_unshuffle, input, downscale_factor)


def channel_shuffle(input: Any, groups: int) -> Any:
    """torch.nn.functional.channel_shuffle, for any number of trailing dimensions."""
    shape = input.shape
    split = input.reshape([shape[0], groups, shape[1] // groups, -1])
    return paddle.transpose(split, [0, 2, 1, 3]).reshape(shape)
