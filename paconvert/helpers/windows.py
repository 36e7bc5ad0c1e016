"""torch.signal.windows and torch's older window functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import paddle

from paconvert.helpers.dtype import default_dtype


def finish_window(values: Any, dtype: Any, requires_grad: bool) -> Any:
    """The window, computed in float64, as the caller wants it."""
    result = values.astype(default_dtype() if dtype is None else dtype)
    result.stop_gradient = not requires_grad
    return result


def window_steps(M: int, sym: bool) -> tuple[Any, int]:
    """The positions 0 … M-1 and the number of intervals that the window spans."""
    if M < 0:
        raise ValueError(f"requires non-negative window length, got M={M}")
    return paddle.arange(M, dtype="float64"), max(M - 1 if sym else M, 1)


def cosine_sum(M: int, a: Sequence[float], sym: bool) -> Any:
    """Σ (-1)^i a_i cos(2π i n / span)."""
    if M == 1:
        return paddle.ones([1], dtype="float64")
    steps, span = window_steps(M, sym)
    result = paddle.zeros([M], dtype="float64")
    for order, weight in enumerate(a):
        result = result + (-1) ** order * weight * paddle.cos(steps * (2 * math.pi * order / span))
    return result


def window_general_cosine(
    M: int, *, a: Iterable[float], sym: bool = True, dtype: Any = None, requires_grad: bool = False
) -> Any:
    """torch.signal.windows.general_cosine."""
    return finish_window(cosine_sum(M, list(a), sym), dtype, requires_grad)


def window_general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None, requires_grad: bool = False
) -> Any:
    """torch.signal.windows.general_hamming."""
    return finish_window(cosine_sum(M, [alpha, 1 - alpha], sym), dtype, requires_grad)


def window_hamming(M: int, *, sym: bool = True, dtype: Any = None, requires_grad: bool = False) -> Any:
    """torch.signal.windows.hamming."""
    return finish_window(cosine_sum(M, [0.54, 0.46], sym), dtype, requires_grad)


def window_hann(M: int, *, sym: bool = True, dtype: Any = None, requires_grad: bool = False) -> Any:
    """torch.signal.windows.hann."""
    return finish_window(cosine_sum(M, [0.5, 0.5], sym), dtype, requires_grad)


def window_blackman(M: int, *, sym: bool = True, dtype: Any = None, requires_grad: bool = False) -> Any:
    """torch.signal.windows.blackman."""
    return finish_window(cosine_sum(M, [0.42, 0.5, 0.08], sym), dtype, requires_grad)


def window_nuttall(M: int, *, sym: bool = True, dtype: Any = None, requires_grad: bool = False) -> Any:
    """torch.signal.windows.nuttall."""
    return finish_window(
        cosine_sum(M, [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym), dtype, requires_grad
    )


def window_bartlett(M: int, *, sym: bool = True, dtype: Any = None, requires_grad: bool = False) -> Any:
    """torch.signal.windows.bartlett."""
    steps, span = window_steps(M, sym)
    values = paddle.ones([M], dtype="float64") if M == 1 else 1 - (2 * steps / span - 1).abs()
    return finish_window(values, dtype, requires_grad)


def window_cosine(M: int, *, sym: bool = True, dtype: Any = None, requires_grad: bool = False) -> Any:
    """torch.signal.windows.cosine."""
    steps, span = window_steps(M, sym)
    values = (
        paddle.ones([M], dtype="float64") if M == 1 else paddle.sin((steps + 0.5) * (math.pi / (span + 1)))
    )
    return finish_window(values, dtype, requires_grad)


def window_exponential(
    M: int,
    *,
    center: float | None = None,
    tau: float = 1.0,
    sym: bool = True,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Any:
    """torch.signal.windows.exponential."""
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    steps, _ = window_steps(M, sym)
    middle = (M if not sym and M > 1 else M - 1) / 2 if center is None else center
    return finish_window(paddle.exp(-(steps - middle).abs() / tau), dtype, requires_grad)


def window_gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, requires_grad: bool = False
) -> Any:
    """torch.signal.windows.gaussian."""
    steps, _ = window_steps(M, sym)
    middle = (M if not sym and M > 1 else M - 1) / 2
    return finish_window(paddle.exp(-(((steps - middle) / (std * math.sqrt(2))) ** 2)), dtype, requires_grad)


def window_kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, requires_grad: bool = False
) -> Any:
    """torch.signal.windows.kaiser."""
    steps, span = window_steps(M, sym)
    inner = (1 - (2 * steps / span - 1) ** 2).clip(min=0)
    values = paddle.i0(beta * inner.sqrt()) / paddle.i0(paddle.to_tensor(float(beta), dtype="float64"))
    return finish_window(paddle.ones([1], dtype="float64") if M == 1 else values, dtype, requires_grad)
