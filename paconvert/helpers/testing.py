"""Comparing tensors in tests, with torch's interface."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy
import paddle


def default_tolerances(*dtypes: Any) -> tuple[float, float]:
    """The relative and absolute tolerance for values of the dtypes."""
    table = {
        "float16": (1e-3, 1e-5),
        "bfloat16": (1.6e-2, 1e-5),
        "float32": (1.3e-6, 1e-5),
        "float64": (1e-7, 1e-7),
        "complex64": (1.3e-6, 1e-5),
        "complex128": (1e-7, 1e-7),
    }
    found = [table.get(str(dtype).rpartition(".")[2], (0.0, 0.0)) for dtype in dtypes]
    return max(pair[0] for pair in found), max(pair[1] for pair in found)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raises `AssertionError` unless tensors, numbers or containers of them are close."""

    def fail(text: str) -> None:
        raise AssertionError(msg(text) if callable(msg) else msg or text)

    def compare(one: Any, other: Any, place: str) -> None:
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            if set(one) != set(other):
                fail(f"The keys of the mappings do not match{place}")
            for key in one:
                compare(one[key], other[key], f"{place} [{key!r}]")
        elif isinstance(one, Sequence) and isinstance(other, Sequence) and not isinstance(one, str):
            if len(one) != len(other):
                fail(f"The length of the sequences mismatch: {len(one)} != {len(other)}{place}")
            for index, (left, right) in enumerate(zip(one, other, strict=True)):
                compare(left, right, f"{place} [{index}]")
        elif isinstance(one, paddle.Tensor) and isinstance(other, paddle.Tensor):
            compare_tensors(one, other, place)
        elif isinstance(one, paddle.Tensor) or isinstance(other, paddle.Tensor):
            fail(f"Expected tensors or numbers, got {type(one)} and {type(other)}{place}")
        else:
            compare_tensors(
                paddle.to_tensor(numpy.asarray(one)), paddle.to_tensor(numpy.asarray(other)), place
            )

    def compare_tensors(one: Any, other: Any, place: str) -> None:
        if tuple(one.shape) != tuple(other.shape):
            fail(f"The values for attribute 'shape' do not match: {one.shape} != {other.shape}{place}")
        if check_dtype and one.dtype != other.dtype:
            fail(f"The values for attribute 'dtype' do not match: {one.dtype} != {other.dtype}{place}")
        default_rtol, default_atol = default_tolerances(one.dtype, other.dtype)
        relative = default_rtol if rtol is None else rtol
        absolute = default_atol if atol is None else atol
        left, right = (
            (x.astype("float32") if str(x.dtype).endswith("float16") else x).numpy() for x in (one, other)
        )
        if not numpy.allclose(left, right, relative, absolute, equal_nan):
            difference = numpy.abs(left - right).max() if left.dtype != bool else "one"
            fail(f"Tensor-likes are not close! Greatest absolute difference: {difference}{place}")

    if (rtol is None) != (atol is None):
        raise ValueError("rtol and atol must both be specified or both be unspecified")
    compare(actual, expected, "")


def assert_allclose(
    actual: Any,
    expected: Any,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = True,
    msg: str = "",
) -> None:
    """Raises `AssertionError` unless tensors, or what can be made one, are close."""

    def tensor(value: Any) -> Any:
        return value if isinstance(value, paddle.Tensor) else paddle.to_tensor(value)

    assert_close(
        tensor(actual),
        tensor(expected),
        rtol=rtol,
        atol=atol,
        equal_nan=equal_nan,
        check_dtype=False,
        msg=msg or None,
    )


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any = None,
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    exclude_zero: bool = False,
) -> Any:
    """torch.testing.make_tensor: random numbers from `low` to below `high`."""
    sizes = list(shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape)
    name = str(dtype).rpartition(".")[2]
    if name == "bool":
        lowest, highest = 0.0, 2.0
    elif name == "uint8":
        lowest, highest = 0.0, 10.0
    else:
        lowest, highest = -9.0, 10.0 if name.startswith("int") else 9.0
    lowest, highest = lowest if low is None else low, highest if high is None else high
    if lowest >= highest:
        raise ValueError(f"make_tensor: low ({lowest}) must be less than high ({highest})")

    def drawn() -> Any:
        return paddle.rand(sizes, dtype="float64") * (highest - lowest) + lowest

    if name.startswith("complex"):
        result = paddle.complex(drawn(), drawn()).astype(dtype)
    elif name.startswith(("int", "uint", "bool")):
        result = paddle.floor(drawn()).astype(dtype)
    else:
        result = drawn().astype(dtype)
    if exclude_zero:
        one = paddle.ones([], dtype=dtype)
        result = paddle.where(result == 0, one, result)
    result = result if device is None else result.to(device)
    result.stop_gradient = not requires_grad
    return result
