"""What torch.nn checks and translates arguments with."""

from __future__ import annotations

import warnings
from typing import Any


def reduction_enum(reduction: str) -> int:
    """torch.nn._reduction.get_enum: the number of a reduction."""
    if reduction == "elementwise_mean":
        warnings.warn("reduction='elementwise_mean' is deprecated: use reduction='mean'", stacklevel=2)
        reduction = "mean"
    numbers = {"none": 0, "mean": 1, "sum": 2}
    if reduction not in numbers:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return numbers[reduction]


def assert_int_or_pair(arg: Any, arg_name: str, message: str) -> None:
    """torch.nn.functional.assert_int_or_pair."""
    if not (isinstance(arg, int) or len(arg) == 2):
        raise AssertionError(message.format(arg_name))
