"""Compares values in the neutral form that worker.py gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from .case import Tolerance

LIMITS: dict[str, tuple[float, float]] = {
    "float64": (1e-7, 1e-9),
    "complex128": (1e-7, 1e-9),
    "float32": (1e-5, 1e-6),
    "complex64": (1e-5, 1e-6),
    "float16": (2e-3, 2e-3),  # 11 bits; the frameworks round intermediate results at other places
    "bfloat16": (1.6e-2, 1.6e-2),  # 8 bits
    "float8_e4m3fn": (0.125, 0.02),
    "float8_e5m2": (0.25, 0.02),
}
"""Relative and absolute limit by dtype. Python floats often come from float32, and have its limits."""

GRADIENT = 10
"""How much wider the limits are for gradients: they come out of many operations, and may nearly cancel."""

FEW = 20
"""Fewer random numbers say nothing about their range, their mean, or whether they are whole."""

DEFAULT = Tolerance()


def widened(tolerance: Tolerance, dtype: str) -> Tolerance:
    """The limits for a gradient of that dtype, where the case has none of its own."""
    rtol, atol = LIMITS.get(dtype, (0.0, 0.0))
    return Tolerance(
        rtol * GRADIENT if tolerance.rtol is None else tolerance.rtol,
        atol * GRADIENT if tolerance.atol is None else tolerance.atol,
    )


def difference(torch: Any, paddle: Any, tolerance: Tolerance = DEFAULT, *, random: bool = False) -> str:
    """What differs between two neutral values, the first that is found; empty when nothing does."""
    if torch[0] == "size" and paddle[0] == "tuple":
        paddle = ("size", tuple(item[2] if item[0] == "value" else item for item in paddle[1]))
    if torch[0] != paddle[0]:
        return f"torch gives {show(torch)}, Paddle {show(paddle)}"
    kind = torch[0]
    if kind == "tensor":
        return _tensors(torch, paddle, tolerance, random)
    if kind == "array":
        if torch[1] != paddle[1] or torch[2] != paddle[2]:
            return f"torch gives {show(torch)}, Paddle {show(paddle)}"
        one, other = (np.frombuffer(raw, dtype).reshape(shape) for _, dtype, shape, raw in (torch, paddle))
        return _arrays(one, other, np.dtype(torch[1]).name, tolerance, random)
    if kind == "value":
        return _scalars(torch, paddle, tolerance, random)
    if kind == "tuple" and (missing := [name for name in torch[2] if name not in paddle[2]]):
        return f"the tuple has no {', '.join(missing)}"
    if kind in ("tuple", "list", "iterator"):
        if len(torch[1]) != len(paddle[1]):
            return f"torch gives {len(torch[1])} items, Paddle {len(paddle[1])}"
        for index, (one, other) in enumerate(zip(torch[1], paddle[1], strict=True)):
            if found := difference(one, other, tolerance, random=random):
                return f"item {index}: {found}"
        return ""
    if kind == "dict":
        return _dicts(torch, paddle, tolerance, random)
    if kind == "module":
        return _modules(torch, paddle)
    if kind == "object":
        return f"objects ({torch[1]}) cannot be compared: compare what they hold"
    return "" if torch == paddle else f"torch gives {show(torch)}, Paddle {show(paddle)}"


def show(value: Any) -> str:
    """A short text for a neutral value."""
    kind = value[0]
    if kind == "tensor":
        text = np.array2string(_array(value), threshold=8, edgeitems=2, precision=6).replace("\n", "")
        return f"{value[1]} tensor of shape {list(value[2])}: {text}"
    if kind == "array":
        return f"array {np.dtype(value[1]).name} of shape {list(value[2])}"
    if kind == "value":
        return f"{value[1]} {value[2]!r}"
    if kind in ("tuple", "list", "iterator"):
        return f"{kind} of {len(value[1])}" + (f" ({', '.join(map(show, value[1][:3]))})" if value[1] else "")
    return " ".join(map(str, value))[:200]


def _array(value: Any) -> Any:
    return np.frombuffer(value[4], np.dtype(value[3])).reshape(value[2])


def _tensors(torch: Any, paddle: Any, tolerance: Tolerance, random: bool) -> str:
    if torch[1] != paddle[1]:
        return f"dtype: torch gives {torch[1]}, Paddle {paddle[1]}"
    if torch[2] != paddle[2]:
        return f"shape: torch gives {list(torch[2])}, Paddle {list(paddle[2])}"
    if found := _arrays(_array(torch), _array(paddle), torch[1], tolerance, random):
        return found
    if torch[5] != paddle[5] and ("float" in torch[1] or "complex" in torch[1]):
        return f"requires_grad: torch gives {torch[5]}, Paddle {paddle[5]}"
    return ""


def _arrays(torch: Any, paddle: Any, dtype: str, tolerance: Tolerance, random: bool) -> str:
    if random:
        return _distributions(torch, paddle)
    rtol, atol = LIMITS.get(dtype, (0.0, 0.0))
    if dtype in LIMITS:
        rtol = rtol if tolerance.rtol is None else tolerance.rtol
        finite = np.abs(torch[np.isfinite(torch)].astype(np.complex128))
        # Sums of large numbers are off by what their largest terms round to.
        atol = (atol if tolerance.atol is None else tolerance.atol) * max(1.0, finite.max(initial=0.0))
        equal = np.isclose(paddle, torch, rtol=rtol, atol=atol, equal_nan=True)
    else:
        equal = np.asarray(torch == paddle)
    if equal.all():
        return ""
    place = tuple(int(n) for n in np.argwhere(~equal)[0])
    return (
        f"value: {np.count_nonzero(~equal)} of {equal.size} differ, first at {list(place)}: "
        f"torch gives {torch[place]}, Paddle {paddle[place]}"
    )


def _distributions(torch: Any, paddle: Any) -> str:
    """Random numbers: finite alike, whole alike, in the same range, with the same first two moments."""
    if torch.size == 0:
        return ""
    parts = (
        ((torch.real, paddle.real), (torch.imag, paddle.imag))
        if torch.dtype.kind == "c"
        else ((torch, paddle),)
    )
    for one, other in parts:
        one, other = one.astype(np.float64), other.astype(np.float64)
        if np.isfinite(one).all() != np.isfinite(other).all():
            return "support: only one side is finite everywhere"
        if one.size < FEW:
            continue
        if (one == one.round()).all() and not (other == other.round()).all():
            return "support: torch gives whole numbers, Paddle does not"
        spread = max(np.ptp(one), 1e-6)
        if other.min() < one.min() - spread or other.max() > one.max() + spread:
            return f"support: torch in [{one.min()}, {one.max()}], Paddle in [{other.min()}, {other.max()}]"
        limit = 6 * np.sqrt((one.var() + other.var()) / one.size) + 1e-6
        if abs(one.mean() - other.mean()) > limit:
            return f"mean: torch gives {one.mean()}, Paddle {other.mean()}"
        if one.size >= 100 and abs(one.std() - other.std()) > 8 * one.std() / np.sqrt(one.size) + 1e-6:
            return f"standard deviation: torch gives {one.std()}, Paddle {other.std()}"
    return ""


def _scalars(torch: Any, paddle: Any, tolerance: Tolerance, random: bool) -> str:
    if torch[1] != paddle[1]:
        return f"torch gives {show(torch)}, Paddle {show(paddle)}"
    one, other = torch[2], paddle[2]
    if isinstance(one, float | complex) or (random and isinstance(one, int)):
        name = "float64" if torch[1] == "float64" else "float32" if isinstance(one, float) else "complex64"
        return _arrays(np.asarray(one), np.asarray(other), name, tolerance, random)
    return "" if one == other else f"torch gives {one!r}, Paddle {other!r}"


def _dicts(torch: Any, paddle: Any, tolerance: Tolerance, random: bool) -> str:
    one, other = (
        {str(key[2] if key[0] == "value" else key): item for key, item in d[1]} for d in (torch, paddle)
    )
    if list(one) != list(other):
        return f"keys: torch gives {list(one)}, Paddle {list(other)}"
    for key, item in one.items():
        if found := difference(item, other[key], tolerance, random=random):
            return f"item {key!r}: {found}"
    return ""


def _modules(torch: Any, paddle: Any) -> str:
    if torch[1] != paddle[1]:
        one, other = set(torch[1].items()), set(paddle[1].items())
        return f"state: only torch has {sorted(one - other)}, only Paddle {sorted(other - one)}"
    return "" if torch[2] == paddle[2] else f"training: torch gives {torch[2]}, Paddle {paddle[2]}"
