"""torch.nn.functional's resampling: interpolate and grid_sample, every mode."""

from __future__ import annotations

import math
from typing import Any

import paddle
import paddle.nn.functional as F


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """torch.nn.functional.interpolate for 3, 4 and 5 dimensions and every mode."""
    spatial = input.ndim - 2
    lengths = list(input.shape[2:])
    if (size is None) == (scale_factor is None):
        raise ValueError("exactly one of size and scale_factor must be given")
    scales: list[float | None] = [None] * spatial
    if size is not None:
        sizes = [int(item) for item in size] if isinstance(size, (list, tuple)) else [int(size)] * spatial
    else:
        factors = (
            [float(item) for item in scale_factor]
            if isinstance(scale_factor, (list, tuple))
            else [float(scale_factor)] * spatial
        )
        sizes = [math.floor(length * factor) for length, factor in zip(lengths, factors, strict=False)]
        if not recompute_scale_factor:
            scales = [1 / factor for factor in factors]
    if mode == "area":
        pool = {1: F.adaptive_avg_pool1d, 2: F.adaptive_avg_pool2d, 3: F.adaptive_avg_pool3d}[spatial]
        return pool(input, sizes[0] if spatial == 1 else sizes)
    for axis, (length, new) in enumerate(zip(lengths, sizes, strict=False)):
        scale = scales[axis]
        ratio = length / new if scale is None else scale
        if mode in ("nearest", "nearest-exact"):
            offset = 0.5 if mode == "nearest-exact" else 0.0
            index = nearest_index(length, new, ratio, offset)
            if length != new or scale is not None:
                input = paddle.gather(input, index, axis + 2)
            continue
        if align_corners:
            ratio = (length - 1) / (new - 1) if new > 1 else 0.0
        if length == new and (ratio == 1.0 or mode != "bicubic"):
            continue  # torch copies here, whatever the scale factor
        matrix = resampling_matrix(length, new, ratio, mode, bool(align_corners), antialias)
        input = apply_along(input, matrix, axis + 2)
    return input


def nearest_index(length: int, new: int, ratio: float, offset: float) -> Any:
    """For each output position the input position that it copies, computed in float32 as torch does."""
    position = (paddle.arange(new, dtype="float32") + offset) * paddle.to_tensor(ratio, dtype="float32")
    return position.floor().astype("int64").clip(0, length - 1)


def resampling_matrix(
    length: int, new: int, ratio: float, mode: str, align_corners: bool, antialias: bool
) -> Any:
    """The weights (new, length), in float64, of linear or cubic resampling along one dimension."""
    steps = paddle.arange(new, dtype="float64")
    center = steps * ratio if align_corners else (steps + 0.5) * ratio - 0.5
    columns = paddle.arange(length, dtype="float64").unsqueeze(0)
    cubic = mode == "bicubic"
    if antialias:
        stretch = max(ratio, 1.0)
        support = (2.0 if cubic else 1.0) * stretch
        middle = (steps + 0.5) * ratio
        first = (middle - support + 0.5).astype("int64").clip(min=0).astype("float64").unsqueeze(1)
        last = (middle + support + 0.5).astype("int64").clip(max=length).astype("float64").unsqueeze(1)
        distance = ((columns - middle.unsqueeze(1) + 0.5) / stretch).abs()
        weights = cubic_weight(distance, -0.5) if cubic else (1 - distance).clip(min=0)
        weights = paddle.where((columns >= first) & (columns < last), weights, paddle.zeros_like(weights))
        return weights / weights.sum(axis=1, keepdim=True)
    if not cubic:
        center = center.clip(min=0)
    base = center.floor()
    taps = range(-1, 3) if cubic else range(2)
    matrix = paddle.zeros([new, length], dtype="float64")
    for tap in taps:
        distance = (center - (base + tap)).abs()
        weight = cubic_weight(distance, -0.75) if cubic else (1 - distance).clip(min=0)
        place = (base + tap).clip(0, length - 1).unsqueeze(1)
        matrix = matrix + paddle.where(
            columns == place, weight.unsqueeze(1), paddle.zeros([1], dtype="float64")
        )
    return matrix


def cubic_weight(distance: Any, a: float) -> Any:
    """The cubic convolution kernel with parameter `a` at a distance of 0 or more."""
    d = distance
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return paddle.where(d <= 1, near, paddle.where(d < 2, far, paddle.zeros_like(d)))


def apply_along(input: Any, matrix: Any, axis: int) -> Any:
    """Multiplies the dimension `axis` of `input` with a matrix (new, length); integers are rounded."""
    integer = not input.is_floating_point()
    x = input.astype("float32") if integer else input
    moved = paddle.moveaxis(x, axis, -1)
    result = paddle.moveaxis(paddle.matmul(moved, matrix.astype(x.dtype), transpose_y=True), -1, axis)
    if integer:
        limits = paddle.iinfo(input.dtype)
        result = result.round().clip(limits.min, limits.max).astype(input.dtype)
    return result


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """torch.nn.functional.upsample_nearest."""
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """torch.nn.functional.upsample_bilinear: bilinear with aligned corners."""
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def grid_sample(
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """torch.nn.functional.grid_sample, with the bicubic mode, and of constant pictures.

    Paddle's kernel ends the process where the grid needs a gradient and the input does not.
    """
    if mode != "bicubic":
        if input.stop_gradient and not grid.stop_gradient:
            input = input.detach()
            input.stop_gradient = False
        return F.grid_sample(input, grid, mode, padding_mode, bool(align_corners))
    height, width = input.shape[2:]
    x = grid_position(grid[..., 0], width, bool(align_corners))
    y = grid_position(grid[..., 1], height, bool(align_corners))
    base_x, base_y = x.floor().detach(), y.floor().detach()
    total: Any = 0
    for dy in range(-1, 3):
        row: Any = 0
        for dx in range(-1, 3):
            value = grid_value(input, base_x + dx, base_y + dy, padding_mode, bool(align_corners))
            row = row + value * cubic_weight((x - (base_x + dx)).abs(), -0.75).unsqueeze(1)
        total = total + row * cubic_weight((y - (base_y + dy)).abs(), -0.75).unsqueeze(1)
    return total


def grid_position(coordinate: Any, size: int, align_corners: bool) -> Any:
    """From [-1, 1] to pixels."""
    if align_corners:
        return (coordinate + 1) / 2 * (size - 1)
    return ((coordinate + 1) * size - 1) / 2


def grid_value(input: Any, x: Any, y: Any, padding_mode: str, align_corners: bool) -> Any:
    """The pixels (N, C, H', W') at whole positions (N, H', W'), outside by the padding mode."""
    batch, channels, height, width = input.shape
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    if padding_mode == "reflection":
        x, y = reflect_position(x, width, align_corners), reflect_position(y, height, align_corners)
    index = (y.clip(0, height - 1) * width + x.clip(0, width - 1)).astype("int64")
    flat = index.reshape([batch, 1, -1]).expand([batch, channels, index.size // batch])
    value = paddle.take_along_axis(input.reshape([batch, channels, -1]), flat, 2, broadcast=False)
    value = value.reshape([batch, channels, *index.shape[1:]])
    if padding_mode == "zeros":
        value = value * inside.unsqueeze(1).astype(value.dtype)
    return value


def reflect_position(position: Any, size: int, align_corners: bool) -> Any:
    """Reflects pixels at the borders (at pixel centres with aligned corners, else at pixel edges)."""
    low, high = (0.0, size - 1.0) if align_corners else (-0.5, size - 0.5)
    if high == low:
        return paddle.zeros_like(position)
    distance = (position - low).abs()
    span = high - low
    flips = (distance / span).floor()
    extra = distance - flips * span
    return paddle.where(flips % 2 == 0, extra + low, high - extra)


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """torch.nn.functional.affine_grid, whose corners are not aligned by default."""
    return F.affine_grid(theta, [int(item) for item in size], align_corners=bool(align_corners))
