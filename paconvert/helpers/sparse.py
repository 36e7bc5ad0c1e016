"""torch.sparse where the operands may be sparse or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle


def densify(tensor: Any) -> Any:
    """A sparse tensor as a dense one, in which the values of a place add up; others as they are.

    Paddle's `to_dense` keeps the last value of a place.
    """
    if not tensor.is_sparse_coo():
        return tensor.to_dense() if tensor.is_sparse() else tensor
    if tensor.dtype not in (paddle.float32, paddle.float64, paddle.int32, paddle.int64):
        return tensor.coalesce().to_dense()
    zeros = paddle.zeros(tensor.shape, dtype=tensor.dtype)
    return paddle.scatter_nd_add(zeros, tensor.indices().T, tensor.values())


def to_sparse_csr(input: Any) -> Any:
    """`torch.Tensor.to_sparse_csr`: the values of a place add up."""
    return (input.coalesce() if input.is_sparse_coo() else input).to_sparse_csr()


def sparse_mm(mat1: Any, mat2: Any) -> Any:
    """torch.sparse.mm: a product of matrices, of which the first or both may be sparse."""
    if mat1.is_sparse():
        # Paddle multiplies sparse tensors on GPUs only.
        return paddle.matmul(densify(mat1), densify(mat2))
    return paddle.matmul(mat1, densify(mat2))


def sparse_addmm(mat: Any, mat1: Any, mat2: Any, *, beta: float = 1.0, alpha: float = 1.0) -> Any:
    """torch.sparse.addmm."""
    return beta * densify(mat) + alpha * densify(sparse_mm(mat1, mat2))


def sparse_sum(input: Any, dim: Any = None, dtype: Any = None) -> Any:
    """torch.sparse.sum."""
    return (
        paddle.sparse.sum(input, axis=dim, dtype=dtype)
        if dim is not None
        else densify(input).sum(dtype=dtype)
    )


def sparse_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """torch.sparse.softmax: of the values that there are; the others count as minus infinity."""
    places, values = sparse_log_softmax_parts(input, dim, dtype)
    return sparse_of_parts(places, values.exp(), input.shape)


def sparse_log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """torch.sparse.log_softmax: of the values that there are; the others count as minus infinity."""
    return sparse_of_parts(*sparse_log_softmax_parts(input, dim, dtype), input.shape)


def sparse_of_parts(places: Any, values: Any, shape: Any) -> Any:
    """The sparse tensor with these values in these places."""
    return paddle.sparse.sparse_coo_tensor(places, values, shape, stop_gradient=values.stop_gradient)


def coalesced_parts(input: Any) -> tuple[Any, Any]:
    """Places, each once, and values of a sparse tensor; Paddle's own `coalesce` has no gradient."""
    places, where = np.unique(input.indices().numpy(), axis=1, return_inverse=True)
    values = input.values()
    zeros = paddle.zeros([places.shape[1], *values.shape[1:]], dtype=values.dtype)
    return places, paddle.index_add(zeros, paddle.to_tensor(where.reshape(-1)), 0, values)


def sparse_log_softmax_parts(input: Any, dim: int, dtype: Any) -> tuple[Any, Any]:
    """Places and values of the logarithm of the softmax."""
    places, values = coalesced_parts(input)
    values = values if dtype is None else values.astype(dtype)
    dim = dim % input.ndim
    if dim >= len(places):  # a dimension of the values
        return places, paddle.nn.functional.log_softmax(values, axis=dim - len(places) + 1)
    rows = np.unique(np.delete(places, dim, axis=0), axis=1, return_inverse=True)[1].reshape(-1)
    shape = [int(rows.max(initial=-1)) + 1, *values.shape[1:]]
    largest = np.full(shape, -np.inf, dtype=values.numpy().dtype)
    np.maximum.at(largest, rows, values.numpy())
    index = paddle.to_tensor(rows)
    shifted = values - paddle.to_tensor(largest[rows])
    sums = paddle.index_add(paddle.zeros(shape, dtype=values.dtype), index, 0, shifted.exp())
    return places, shifted - sums.log().index_select(index, 0)


def spdiags(diagonals: Any, offsets: Any, shape: Any) -> Any:
    """torch.sparse.spdiags: a sparse matrix with the given diagonals; column `j` takes their number `j`."""
    rows = diagonals.unsqueeze(0) if diagonals.ndim == 1 else diagonals
    if rows.shape[0] != offsets.size:
        raise RuntimeError(f"Number of diagonals ({rows.shape[0]}) does not match offsets ({offsets.size})")
    height, width = shape
    column = paddle.arange(min(rows.shape[1], width)).unsqueeze(0).expand([rows.shape[0], -1])
    row = column - offsets.reshape([-1, 1]).astype("int64")
    places = paddle.nonzero((row >= 0) & (row < height))
    indices = paddle.stack([paddle.gather_nd(row, places), paddle.gather_nd(column, places)])
    return paddle.sparse.sparse_coo_tensor(indices, paddle.gather_nd(rows, places), [height, width])


class TensorLayout(str):
    """A layout of tensors, as `torch.layout`."""

    def __repr__(self) -> str:
        return str(self)


layout_strided = TensorLayout("torch.strided")
layout_sparse_coo = TensorLayout("torch.sparse_coo")
layout_sparse_csr = TensorLayout("torch.sparse_csr")
layout_sparse_csc = TensorLayout("torch.sparse_csc")
layout_sparse_bsr = TensorLayout("torch.sparse_bsr")
layout_sparse_bsc = TensorLayout("torch.sparse_bsc")
layout_jagged = TensorLayout("torch.jagged")


def layout_of(input: Any) -> TensorLayout:
    """`torch.Tensor.layout`: whether a tensor is dense, or which kind of sparse one."""
    if input.is_sparse_coo():
        return layout_sparse_coo
    return layout_sparse_csr if input.is_sparse_csr() else layout_strided


def indices_to_csr(input: Any, size: int, *, out_int32: bool = False) -> Any:
    """torch._convert_indices_from_coo_to_csr: where the entries of each row begin, from sorted rows."""
    rows = paddle.arange(size + 1, dtype=input.dtype)
    return paddle.searchsorted(input, rows).astype("int32" if out_int32 else "int64")


def indices_to_coo(
    crow_indices: Any, col_indices: Any, *, out_int32: bool = False, transpose: bool = False
) -> Any:
    """torch._convert_indices_from_csr_to_coo: the row and column of each entry."""
    counts = crow_indices[1:] - crow_indices[:-1]
    rows = paddle.repeat_interleave(paddle.arange(counts.shape[0], dtype=crow_indices.dtype), counts)
    pair = [col_indices, rows] if transpose else [rows, col_indices]
    return paddle.stack(pair).astype("int32" if out_int32 else "int64")
