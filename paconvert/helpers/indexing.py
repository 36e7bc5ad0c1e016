"""Indexing, scattering, splitting and rearranging as torch does where one Paddle call does not."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.dtype import dtype_is_complex
from paconvert.helpers.ops import moved, mul, nonzero, with_kernel


def tensor_gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """`torch.gather` of any dtype, of 0-d tensors, and of an index smaller than the input."""
    index = index.astype("int64")
    if not input.ndim:
        return input.reshape([1])[index.reshape([-1])].reshape(list(index.shape))
    if not index.ndim:
        return tensor_gather(input, dim, index.reshape([1])).reshape([])
    axis = dim % input.ndim
    for place in range(input.ndim):
        if place != axis and index.shape[place] < input.shape[place]:
            input = paddle.slice(input, [place], [0], [index.shape[place]])
    if not math.prod(index.shape):
        return input.flatten()[:0].reshape(list(index.shape))
    return moved(lambda x: paddle.take_along_axis(x, index, axis, broadcast=False), input)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """`torch.take_along_dim` with broadcasting of input and indices."""
    if dim is None:
        return tensor_gather(input.flatten(), 0, indices.flatten())
    axis = dim % input.ndim
    shape = [
        max(n, m) if place != axis else 0
        for place, (n, m) in enumerate(zip(input.shape, indices.shape, strict=True))
    ]
    source, places = list(shape), list(shape)
    source[axis], places[axis] = input.shape[axis], indices.shape[axis]
    return tensor_gather(moved(paddle.expand, input, shape=source), axis, paddle.expand(indices, places))


def take(input: Any, index: Any) -> Any:
    """`torch.take`: elements of the flattened input."""
    return moved(lambda x: paddle.take(x, index), input)


def _flat_places(shape: Any, axis: int, index: Any) -> Any:
    """For each element of `index`, its place in a flattened tensor of that shape."""
    total = paddle.zeros(list(index.shape), dtype="int64")
    stride = 1
    for place in range(len(shape) - 1, -1, -1):
        if place == axis:
            position: Any = paddle.where(index < 0, index + shape[place], index)
        else:
            view = [-1 if other == place else 1 for other in range(len(shape))]
            position = paddle.arange(index.shape[place]).reshape(view)
        total = total + position * stride
        stride *= shape[place]
    return total.flatten()


def _corner(src: Any, index: Any) -> Any:
    """The part of `src` that has an element of `index`, flattened."""
    for place in range(index.ndim):
        if src.shape[place] != index.shape[place]:
            src = paddle.slice(src, [place], [0], [index.shape[place]])
    return src.flatten()


def tensor_scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None
) -> Any:
    """`torch.scatter`: `src` or a number is written (added, multiplied) to the places of `index`."""
    source = value if src is None else src
    index = index.astype("int64")
    if not isinstance(source, paddle.Tensor):
        source = paddle.full(list(index.shape), source, dtype=input.dtype)
    elif not source.ndim:
        source = paddle.expand(source.astype(input.dtype), list(index.shape))
    if reduce is not None:
        return scatter_reduce(input, dim, index, source, {"add": "sum", "multiply": "prod"}[reduce])
    if not math.prod(index.shape):
        return input.clone()
    if not input.ndim:
        return _replaced(input, source.reshape([-1])[-1])
    axis = dim % input.ndim
    places = _flat_places(input.shape, axis, index)
    return moved(lambda x, y: _written(x, places, y), input, _corner(source, index))


def _replaced(input: Any, value: Any) -> Any:
    """The value in the dtype of the input; the input gets a gradient of zero."""
    return with_kernel(
        lambda x, y: paddle.where(paddle.to_tensor(True), y, x), input, value.astype(input.dtype)
    )


def _written(tensor: Any, places: Any, values: Any) -> Any:
    shape = list(tensor.shape)
    return paddle.scatter(tensor.flatten(), places, values, overwrite=True).reshape(shape)


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """`torch.scatter_add` of any dtype."""
    return scatter_reduce(input, dim, index, src, "sum")


def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """`torch.scatter_reduce` with "sum", "prod", "mean", "amax" and "amin"."""
    index = index.astype("int64")
    if not input.ndim:
        result = scatter_reduce(
            input.reshape([1]), 0, index.reshape([-1]), src.reshape([-1]), reduce, include_self=include_self
        )
        return result.reshape([])
    if not math.prod(index.shape):
        return input.clone()
    if not index.ndim:
        index, src = index.reshape([1]), src.reshape([1])
    if dtype_is_complex(input.dtype):
        parts = ((paddle.real(input), paddle.real(src)), (paddle.imag(input), paddle.imag(src)))
        return paddle.complex(
            *(scatter_reduce(x, dim, index, y, reduce, include_self=include_self) for x, y in parts)
        )
    values = _corner(src, index).reshape(list(index.shape))
    return with_kernel(
        lambda x, y: paddle.scatter_reduce(x, dim, index, y, reduce, include_self=include_self), input, values
    )


def index_select(input: Any, dim: int, index: Any) -> Any:
    """`torch.index_select` of any dtype and of 0-d tensors."""
    index = index.reshape([-1])
    if not input.ndim:
        return input.reshape([1])[index.astype("int64")].reshape([])
    return moved(lambda x: paddle.index_select(x, index, axis=dim), input)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """`torch.index_add` of any dtype and of 0-d tensors."""
    index = index.reshape([-1])
    scaled = source if alpha == 1 else mul(source, alpha)
    if not input.ndim:
        return input + scaled.reshape([])
    if not index.shape[0]:
        return input.clone()
    if dtype_is_complex(input.dtype):
        return paddle.complex(
            index_add(paddle.real(input), dim, index, paddle.real(scaled)),
            index_add(paddle.imag(input), dim, index, paddle.imag(scaled)),
        )
    return with_kernel(lambda x, y: paddle.index_add(x, index, dim, y), input, scaled)


def _index_grid(input: Any, dim: int, index: Any, source_shape: Any) -> Any:
    """The index of slices as an index of elements, as `scatter` takes it."""
    axis = dim % input.ndim
    view = [-1 if place == axis else 1 for place in range(input.ndim)]
    return paddle.expand(index.astype("int64").reshape(view), list(source_shape))


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """`torch.index_copy`: slices of `source` replace those at `index`."""
    index = index.reshape([-1])
    if not input.ndim:
        return _replaced(input, source.reshape([]))
    if not source.ndim:
        source = source.reshape([1])
    return tensor_scatter(input, dim, _index_grid(input, dim, index, source.shape), source)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """`torch.index_fill`: slices at `index` are filled with a number or a 0-d tensor."""
    index = index.reshape([-1])
    if not index.shape[0]:
        return input.clone()
    if not input.ndim:
        return masked_fill(input, paddle.to_tensor(True), value)
    axis = dim % input.ndim
    flags = paddle.put_along_axis(
        paddle.zeros([input.shape[axis]], dtype="int64"), index.astype("int64") % input.shape[axis], 1, 0
    )
    view = [-1 if place == axis else 1 for place in range(input.ndim)]
    return masked_fill(input, (flags > 0).reshape(view), value)


def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """`torch.index_reduce`: slices of `source` are combined with those at `index`."""
    if not input.ndim:
        input, source = input.reshape([1]), source.reshape([1])
        return index_reduce(input, 0, index.reshape([-1]), source, reduce, include_self=include_self).reshape(
            []
        )
    grid = _index_grid(input, dim, index.reshape([-1]), source.shape)
    return scatter_reduce(
        input, dim, grid, source, "prod" if reduce == "prod" else reduce, include_self=include_self
    )


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """`torch.index_put`: values at the places of index tensors (`None` for a whole dimension)."""
    if all(index is not None for index in indices):
        return moved(
            lambda x, y: paddle.index_put(x, tuple(indices), y, accumulate), input, values.astype(input.dtype)
        )
    result = input.clone()
    place = tuple(slice(None) if index is None else index for index in indices)
    result[place] = (result[place] + values if accumulate else values).astype(input.dtype)
    return result


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """`torch.put`: elements of `source` at places of the flattened input."""
    flat = input.flatten()
    function = scatter_add if accumulate else tensor_scatter
    places = index.flatten()
    places = paddle.where(places < 0, places + flat.shape[0], places)
    if not places.shape[0]:
        return input + source.sum().astype(input.dtype)  # with a gradient of zero, as in torch
    return function(flat, 0, places, source.flatten()).reshape(list(input.shape))


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """`torch.masked_fill` with a number or a 0-d tensor, with broadcasting."""
    fill = (
        value.astype(input.dtype)
        if isinstance(value, paddle.Tensor)
        else paddle.to_tensor(value, dtype=input.dtype)
    )
    return with_kernel(lambda x, y: paddle.where(mask, y, x), input, fill)


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """`torch.masked_scatter` of any dtype."""
    return moved(lambda x, y: paddle.masked_scatter(x, mask, y), input, source)


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """`torch.split`: parts of that size, or of those sizes."""
    size = tensor.shape[dim]
    if isinstance(split_size_or_sections, list | tuple):
        sections = [int(section) for section in split_size_or_sections]
        if sum(sections) != size:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} "
                f"(input tensor's size at dimension {dim}), but got split_sizes={sections}"
            )
    else:
        step = int(split_size_or_sections)
        sections = [min(step, size - start) for start in range(0, size, step)] if size else [0]
    return parts_of(tensor, sections, dim)


def parts_of(tensor: Any, sections: list[int], dim: int) -> tuple[Any, ...]:
    """The tensor cut along `dim` into parts of those sizes."""
    axis = dim % tensor.ndim
    parts, start = [], 0
    for section in sections:
        parts.append(moved(paddle.slice, tensor, axes=[axis], starts=[start], ends=[start + section]))
        start += section
    return tuple(parts)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """`torch.chunk`: at most that many parts of one size, the last may be smaller."""
    size = input.shape[dim]
    if not size:
        return parts_of(input, [0] * int(chunks), dim)
    return split(input, -(-size // int(chunks)), dim)


def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """`torch.tensor_split`: as many parts as said, or cut at indices."""
    if isinstance(indices_or_sections, paddle.Tensor):
        indices_or_sections = indices_or_sections.tolist()
    size = input.shape[dim]
    if isinstance(indices_or_sections, int):
        small, larger = divmod(size, indices_or_sections)
        return parts_of(input, [small + (part < larger) for part in range(indices_or_sections)], dim)
    cuts = [min(cut % size if cut < 0 and size else cut, size) for cut in indices_or_sections]
    axis = dim % input.ndim
    bounds = zip([0, *cuts], [*cuts, size], strict=True)
    return tuple(
        moved(paddle.slice, input, axes=[axis], starts=[start], ends=[max(start, end)])
        for start, end in bounds
    )


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """`torch.hsplit`: a split along columns (of 1-d tensors, along the only dimension)."""
    return tensor_split(input, indices_or_sections, 0 if input.ndim == 1 else 1)


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """`torch.vsplit`: a split along rows."""
    return tensor_split(input, indices_or_sections, 0)


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """`torch.dsplit`: a split along the third dimension."""
    return tensor_split(input, indices_or_sections, 2)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """`torch.unbind`: a tuple of the slices along a dimension."""
    return tuple(paddle.unbind(input, dim)) if input.shape[dim] else ()


def squeeze(input: Any, dim: Any = None) -> Any:
    """`torch.squeeze`; no dimensions given as `()` leave the tensor as it is."""
    return input if isinstance(dim, list | tuple) and not dim else paddle.squeeze(input, dim)


def squeeze_in_place(input: Any, dim: Any) -> Any:
    """`torch.Tensor.squeeze_`; no dimensions given as `()` leave the tensor as it is."""
    return input if isinstance(dim, list | tuple) and not dim else input.squeeze_(dim)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """`torch.transpose` of two dimensions, also of 0-d tensors."""
    if not input.ndim:
        return input
    order = list(range(input.ndim))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return paddle.transpose(input, order)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """`torch.movedim` of one or several dimensions."""
    return paddle.moveaxis(input, source, destination) if input.ndim else input


def flip(input: Any, dims: Any, *more: int) -> Any:
    """`torch.flip` of any dtype; dimensions as numbers or one sequence."""
    axes = list(dims) if isinstance(dims, list | tuple) else [dims, *more]
    return moved(lambda x: paddle.flip(x, axes), input) if axes else input.clone()


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """`torch.roll` of any dtype."""
    if isinstance(dims, list | tuple) and not dims:
        dims = None
    return moved(lambda x: paddle.roll(x, shifts, dims), input)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """`torch.rot90` of any dtype."""
    return moved(lambda x: paddle.rot90(x, k=k, axes=list(dims)), input)


def diag(input: Any, diagonal: int = 0) -> Any:
    """`torch.diag` of any dtype: a matrix from a vector, or the diagonal of a matrix."""
    return moved(lambda x: paddle.diag(x, diagonal), input)


def diagflat(input: Any, offset: int = 0) -> Any:
    """`torch.diagflat` of any dtype."""
    return moved(lambda x: paddle.diagflat(x, offset), input)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """`torch.diag_embed`, with gradients, of any dtype."""
    rank = input.ndim + 1
    size = input.shape[-1] + abs(offset)
    rows = paddle.arange(size).unsqueeze(1) + offset == paddle.arange(size).unsqueeze(0)
    if offset >= 0:
        values = paddle.concat([input, _zeros_of(input, offset)], axis=-1) if offset else input
        full = values.unsqueeze(-1)
    else:
        values = paddle.concat([input, _zeros_of(input, -offset)], axis=-1)
        full = values.unsqueeze(-2)
    matrix = moved(lambda x: paddle.where(rows, x, paddle.zeros_like(x)), full)
    first, second = dim1 % rank, dim2 % rank
    return paddle.moveaxis(matrix, [-2, -1], [first, second])


def _zeros_of(tensor: Any, size: int) -> Any:
    return paddle.zeros([*tensor.shape[:-1], size], dtype=tensor.dtype)


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """`torch.diagonal_scatter`: `src` in place of a diagonal, with gradients."""
    rows, columns = input.shape[dim1], input.shape[dim2]
    on_diagonal = paddle.arange(rows).unsqueeze(1) + offset == paddle.arange(columns).unsqueeze(0)
    moved_input = paddle.moveaxis(input, [dim1, dim2], [-2, -1])
    square = diag_embed(src, offset)
    missing_rows, missing_columns = rows - square.shape[-2], columns - square.shape[-1]
    if missing_rows > 0:
        rest = paddle.zeros([*square.shape[:-2], missing_rows, square.shape[-1]], dtype=square.dtype)
        square = paddle.concat([square, rest], axis=-2)
    if missing_columns > 0:
        rest = paddle.zeros([*square.shape[:-1], missing_columns], dtype=square.dtype)
        square = paddle.concat([square, rest], axis=-1)
    square = square[..., :rows, :columns]
    result = with_kernel(
        lambda x, y: paddle.where(on_diagonal, y, x), moved_input, square.astype(input.dtype)
    )
    return paddle.moveaxis(result, [-2, -1], [dim1, dim2])


def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """`torch.repeat_interleave` of any dtype; with one tensor, its indices by their repeats."""
    if repeats is None:
        return paddle.repeat_interleave(paddle.arange(input.shape[0]), input, axis=0)
    if isinstance(repeats, list | tuple):
        repeats = paddle.to_tensor(list(repeats))
    if isinstance(repeats, paddle.Tensor) and repeats.size == 1:
        repeats = int(repeats.item())
    if dim is None or not input.ndim:
        input, dim = input.flatten(), 0
    # the gradient of Paddle's own function writes outside of its memory where the axis is negative
    places = paddle.repeat_interleave(paddle.arange(input.shape[dim]), repeats, axis=0)
    return moved(lambda x: paddle.index_select(x, places, axis=dim), input)


def tile(input: Any, dims: Any, *more: int) -> Any:
    """`torch.tile` of any dtype; repeats as numbers or one sequence."""
    repeats = list(dims) if isinstance(dims, list | tuple) else [dims, *more]
    return moved(lambda x: paddle.tile(x, repeats), input)


def unfold_copy(input: Any, dimension: int, size: int, step: int) -> Any:
    """`torch.unfold_copy`: windows along a dimension, their elements in a last dimension."""
    if not input.ndim:
        return paddle.expand(input, [size])
    axis = dimension % input.ndim
    starts = range(0, input.shape[axis] - size + 1, step)
    windows = [
        paddle.moveaxis(paddle.slice(input, [axis], [start], [start + size]), axis, -1) for start in starts
    ]
    return moved(lambda *items: paddle.stack(list(items), axis=axis), *windows)


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """`torch.as_strided` as a copy: elements of the flattened input at the places that strides give."""
    places = paddle.to_tensor(storage_offset or 0, dtype="int64")
    for axis, (length, step) in enumerate(zip(size, stride, strict=True)):
        view = [-1 if place == axis else 1 for place in range(len(size))]
        places = places + (paddle.arange(length) * step).reshape(view)
    flat = input.flatten()
    if not math.prod(size):
        return paddle.zeros(list(size), dtype=input.dtype)
    return moved(lambda x: paddle.index_select(x, places.flatten()), flat).reshape(list(size))


def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Any:
    """`torch.as_strided_scatter`: `src` at the places that strides give."""
    numbers = paddle.arange(math.prod(input.shape)).reshape(list(input.shape) or [1])
    places = as_strided(numbers, size, stride, storage_offset).flatten()
    return tensor_scatter(input.flatten(), 0, places, src.flatten()).reshape(list(input.shape))


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """`torch.unravel_index`: coordinates in a shape of flat indices."""
    sizes = [shape] if isinstance(shape, int) else list(shape)
    rest, result = indices.astype("int64"), []
    for size in reversed(sizes):
        result.append(paddle.remainder(rest, paddle.full_like(rest, size)))
        rest = paddle.floor_divide(rest, paddle.full_like(rest, size))
    return tuple(reversed(result))


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """`torch.select_scatter`: `src` in place of one slice."""
    size = input.shape[dim]
    flags = paddle.arange(size) == index % size
    view = [-1 if place == dim % input.ndim else 1 for place in range(input.ndim)]
    return with_kernel(
        lambda x, y: paddle.where(flags.reshape(view), y, x), input, src.astype(input.dtype).unsqueeze(dim)
    )


def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """`torch.nonzero_static`: as many indices as said, filled up."""
    found = nonzero(input)[:size]
    missing = paddle.full([size - found.shape[0], input.ndim], fill_value, dtype="int64")
    return paddle.concat([found, missing], axis=0) if input.ndim else paddle.zeros([size, 0], dtype="int64")


def select(input: Any, dim: int, index: Any) -> Any:
    """`torch.select`: one slice along a dimension."""
    axis = dim % input.ndim
    return input[(slice(None),) * axis + (int(index),)]


def slice_along(input: Any, dim: int, start: int | None, end: int | None, step: int) -> Any:
    """A slice along a dimension as Python writes it."""
    return input[(slice(None),) * (dim % input.ndim) + (slice(start, end, step),)]


def slice_copy(
    input: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """`torch.slice_copy`: a copy of a slice along a dimension."""
    return slice_along(input, dim, start, end, step).clone()


def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """`torch.slice_scatter`: `src` in place of a slice along a dimension."""
    places = paddle.arange(input.shape[dim])[start:end:step]
    return index_copy(input, dim, places, src.astype(input.dtype))


def filled(input: Any, value: Any) -> Any:
    """`torch.fill`: a tensor of that shape and dtype with one value."""
    return masked_fill(input, paddle.ones(list(input.shape), dtype="bool"), value)


def _is_advanced(item: Any) -> bool:
    if isinstance(item, paddle.Tensor):
        return item.ndim > 0 or item.dtype == paddle.bool
    return isinstance(item, list | tuple | range | np.ndarray)


def _holds_flags(item: Any) -> bool:
    return isinstance(item, paddle.Tensor | np.ndarray) and item.dtype in (paddle.bool, np.bool_)


def _names_nothing(item: Any) -> bool:
    """Whether an index names no element; Paddle has no assignment to nothing."""
    if not isinstance(item, paddle.Tensor | np.ndarray) or not item.ndim:
        return False
    return not item.size or (_holds_flags(item) and not bool(item.any()))


def _adds_dimensions(index: Any) -> bool:
    return isinstance(index, tuple) and any(item is None for item in index)


def _with_dimensions(tensor: Any, index: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The tensor with the dimensions that `None` adds, and an index that takes them as they are."""
    taken = [
        0 if item is None or item is Ellipsis else item.ndim if _holds_flags(item) else 1 for item in index
    ]
    rest = tensor.ndim - sum(taken)
    axis = 0
    for item, count in zip(index, taken, strict=True):
        if item is None:
            tensor = tensor.unsqueeze(axis)
        axis += rest if item is Ellipsis else max(count, int(item is None))
    return tensor, tuple(slice(None) if item is None else item for item in index)


def _reading_views(original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @functools.wraps(original)
    def getitem(self: Any, index: Any) -> Any:
        if isinstance(index, tuple) and any(map(_is_advanced, index)):
            if not self.is_contiguous():
                self = self.clone()  # contiguous() would change the tensor itself
            if _adds_dimensions(index):
                self, index = _with_dimensions(self, index)
        return original(self, index)

    getitem.takes_views = True  # type: ignore[attr-defined]
    return getitem


def _writing_views(original: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Any], None]:
    @functools.wraps(original)
    def setitem(self: Any, index: Any, value: Any) -> None:
        if any(map(_is_advanced, index)) if isinstance(index, tuple) else _is_advanced(index):
            if any(map(_names_nothing, index if isinstance(index, tuple) else (index,))):
                return
            masked = isinstance(index, tuple) and any(map(_holds_flags, index))
            if masked and not isinstance(value, paddle.Tensor):
                value = paddle.to_tensor(value, dtype=self.dtype)
            if _adds_dimensions(index) or not self.is_contiguous():
                whole = self.clone()
                part, index = _with_dimensions(whole, index) if _adds_dimensions(index) else (whole, index)
                original(part, index, value)
                index, value = Ellipsis, part.reshape(self.shape)
        original(self, index, value)

    setitem.takes_views = True  # type: ignore[attr-defined]
    return setitem


def advanced_indexing() -> None:
    """Teaches Paddle's tensors to take lists and tensors as indices wherever they lie in memory.

    Of a transposed or sliced tensor, Paddle reads and writes other numbers at `x[:, indices]`, even past the
    end of its memory; `None` beside such an index counts as a dimension; and `x[:, mask] = 1` writes to rows.
    Code writes indices in brackets; a call of a helper in place of each one would ruin it, so this one
    function patches them.
    """
    tensor = paddle.Tensor
    if not hasattr(tensor.__getitem__, "takes_views"):
        tensor.__getitem__ = _reading_views(tensor.__getitem__)
    if not hasattr(tensor.__setitem__, "takes_views"):
        tensor.__setitem__ = _writing_views(tensor.__setitem__)
