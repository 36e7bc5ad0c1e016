"""Members of tensors that look at the same numbers in another shape."""

from __future__ import annotations

from typing import Any

from paconvert.helpers.dtype import dtype_itemsize


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`torch.narrow`: a view of a part; Paddle's own forgets where a view begins in its memory."""
    axis, size, begin = dim % input.ndim, input.shape[dim], int(start)
    begin += size if begin < 0 else 0
    if length < 0 or begin + length > size:
        raise RuntimeError(f"start ({begin}) + length ({length}) exceeds dimension size ({size}).")
    return input[(slice(None),) * axis + (slice(begin, begin + length),)]


def tensor_storage_offset(input: Any) -> int:
    """`torch.Tensor.storage_offset`: where the tensor begins in its memory, in numbers."""
    return int(input.offset) // dtype_itemsize(input.dtype)


def transpose_(input: Any, dim0: int, dim1: int) -> Any:
    """`torch.Tensor.transpose_`: swaps two dimensions of the tensor itself."""
    order = list(range(input.ndim))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return input.transpose_(order)


def view_single(input: Any, *shape: Any) -> Any:
    """`torch.Tensor.view` of one number with any count of dimensions; Paddle refuses 0-d tensors."""
    sizes = shape[0] if isinstance(shape[0], list | tuple) else shape
    if input.ndim == 0:
        return input.unsqueeze(list(range(len(sizes))))
    return input.view(list(sizes))
