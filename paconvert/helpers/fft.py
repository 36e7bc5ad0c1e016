"""torch.fft where Paddle's function takes less."""

from __future__ import annotations

from typing import Any

import paddle


def roll_axes(input: Any, dim: Any, sign: int) -> Any:
    """Rolls each dimension by half its length, forward (`sign` 1) or back (-1)."""
    axes = list(range(input.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    return paddle.roll(input, [sign * (input.shape[axis] // 2) for axis in axes], axes)


def fftshift(input: Any, dim: Any = None) -> Any:
    """torch.fft.fftshift."""
    return roll_axes(input, dim, 1)


def ifftshift(input: Any, dim: Any = None) -> Any:
    """torch.fft.ifftshift."""
    return roll_axes(input, dim, -1)
