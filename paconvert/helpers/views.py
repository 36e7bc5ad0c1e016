"""Members of tensors that look at the same numbers in another shape."""

from __future__ import annotations

from typing import Any

from paconvert.helpers.dtype import dtype_itemsize


def tensor_storage_offset(input: Any) -> int:
    """`torch.Tensor.storage_offset`: where the tensor begins in its memory, in numbers."""
    return int(input.offset) // dtype_itemsize(input.dtype)


def transpose_(input: Any, dim0: int, dim1: int) -> Any:
    """`torch.Tensor.transpose_`: swaps two dimensions of the tensor itself."""
    order = list(range(input.ndim))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return input.transpose_(order)
