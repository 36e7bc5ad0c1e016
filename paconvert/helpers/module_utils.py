"""Small functions of torch.nn.modules that models import."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

import paddle


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that repeats a value `n` times, or makes an iterable a tuple."""

    def parse(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else tuple(repeat(x, n))

    parse.__name__ = name
    return parse


def _single(x: Any) -> tuple[Any, ...]:
    """A value as a tuple of one."""
    return _ntuple(1)(x)


def _pair(x: Any) -> tuple[Any, ...]:
    """A value as a tuple of two."""
    return _ntuple(2)(x)


def _triple(x: Any) -> tuple[Any, ...]:
    """A value as a tuple of three."""
    return _ntuple(3)(x)


def _quadruple(x: Any) -> tuple[Any, ...]:
    """A value as a tuple of four."""
    return _ntuple(4)(x)


def _reverse_repeat_tuple(t: tuple[Any, ...], n: int) -> tuple[Any, ...]:
    """The elements in reverse, each `n` times."""
    return tuple(x for x in reversed(t) for _ in range(n))


def _list_with_default(out_size: Any, defaults: list[int]) -> Any:
    """The sizes with `None` replaced by the defaults' last ones."""
    if isinstance(out_size, int):
        return out_size
    if len(defaults) <= len(out_size):
        raise ValueError(f"Input dimension should be at least {len(out_size) + 1}")
    ends = defaults[-len(out_size) :]
    return [default if size is None else size for size, default in zip(out_size, ends, strict=True)]


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Takes `prefix` off the keys, in place."""
    for key in list(state_dict):
        if key.startswith(prefix):
            state_dict[key[len(prefix) :]] = state_dict.pop(key)


def apply_permutation(tensor: Any, permutation: Any, dim: int = 1) -> Any:
    """The tensor with that dimension reordered."""
    return paddle.index_select(tensor, permutation, axis=dim)
