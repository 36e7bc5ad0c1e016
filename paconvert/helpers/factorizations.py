"""Matrix functions of torch's top level that differ from those of torch.linalg."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.dtype import dtype_is_complex
from paconvert.helpers.linalg import (
    LUFactorExResult,
    adjoint,
    householder_product,
    linalg_eigh,
    linalg_lu_factor,
    linalg_qr,
    linalg_svd,
    solve_system,
)

TriangularSolution = namedtuple("TriangularSolution", ["solution", "cloned_coefficient"])
QR = namedtuple("QR", ["Q", "R"])
SVD = namedtuple("SVD", ["U", "S", "V"])
Householder = namedtuple("Householder", ["a", "tau"])
UnpackedLU = namedtuple("UnpackedLU", ["P", "L", "U"])


def norm_except_dim(v: Any, pow: int = 2, dim: int = 0) -> Any:
    """`torch.norm_except_dim`: norms of the slices along a dimension; of all for -1."""
    if dim == -1:
        return paddle.linalg.vector_norm(v, pow)
    axes = [axis for axis in range(v.ndim) if axis != dim]
    if not axes:
        return v.abs()
    return paddle.linalg.vector_norm(v, pow, axis=axes, keepdim=True)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """`torch.pinverse`: the pseudoinverse; singular values below `rcond` times the largest count as zero."""
    if not dtype_is_complex(input.dtype):
        return paddle.linalg.pinv(input, rcond=rcond)
    u, s, vh = paddle.linalg.svd(input, full_matrices=False)
    cut = s > rcond * s[..., :1]
    inverse = paddle.where(cut, 1 / paddle.where(cut, s, paddle.ones_like(s)), paddle.zeros_like(s))
    return paddle.matmul(adjoint(vh) * inverse.unsqueeze(-2).astype(u.dtype), adjoint(u))


def cholesky_inverse(input: Any, upper: bool = False) -> Any:
    """`torch.cholesky_inverse`: the inverse of the matrix that has this Cholesky factor."""
    identity = paddle.expand(
        paddle.eye(input.shape[-1], dtype="float32").astype(input.dtype), list(input.shape)
    )
    return cholesky_solve(identity, input, upper)


def cholesky_solve(input: Any, input2: Any, upper: bool = False) -> Any:
    """`torch.cholesky_solve`: solves with the Cholesky factor of a matrix, with gradients to both."""
    factor = adjoint(input2) if upper else input2
    # torch's gradient reaches the other triangle too
    factor = paddle.tril(factor).detach() + (factor - factor.detach())
    return solve_system(adjoint(factor), solve_system(factor, input))


def triangular_solve(
    input: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """`torch.triangular_solve`: the solution and the matrix."""
    matrix = paddle.triu(A, int(unitriangular)) if upper else paddle.tril(A, -int(unitriangular))
    if unitriangular:
        matrix = matrix + paddle.eye(A.shape[-1], dtype="float32").astype(A.dtype)
    solution = solve_system(paddle.swapaxes(matrix, -1, -2) if transpose else matrix, input)
    coefficient = paddle.expand(A, list(solution.shape[:-2]) + list(A.shape[-2:]))
    return TriangularSolution(solution, coefficient.clone())


def qr(input: Any, some: bool = True) -> Any:
    """`torch.qr`: the reduced (or complete) decomposition."""
    return QR(*linalg_qr(input, "reduced" if some else "complete"))


def geqrf(input: Any) -> Any:
    """`torch.geqrf`: R with the Householder vectors below it, and their factors; without a gradient."""
    matrices = input.detach().numpy()
    if not matrices.size:
        tau = np.zeros([*matrices.shape[:-2], min(matrices.shape[-2:])], matrices.dtype)
        return Householder(input.detach().clone(), paddle.to_tensor(tau))
    vectors, tau = np.linalg.qr(matrices, mode="raw")
    return Householder(paddle.to_tensor(np.swapaxes(vectors, -1, -2).copy()), paddle.to_tensor(tau))


def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """`torch.svd`: `input = U @ diag(S) @ V^H`; without `compute_uv`, U and V are zeros."""
    rows, columns = input.shape[-2:]
    batch = list(input.shape[:-2])
    u, s, vh = linalg_svd(input, not some)
    v = adjoint(vh)
    if not compute_uv:
        u = paddle.zeros([*batch, rows, rows], dtype=input.dtype)
        v = paddle.zeros([*batch, columns, columns], dtype=input.dtype)
        u, v = u + 0 * input.sum(), v + 0 * input.sum()  # so that there is a gradient, as in torch
    return SVD(u, s, v)


def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """`torch.lu_unpack`: the permutation and the triangular factors; empty ones where they are not wanted."""
    rows, columns = LU_data.shape[-2:]
    size = min(rows, columns)
    empty = paddle.zeros([0], dtype=LU_data.dtype)
    lower = upper = permutation = empty
    if unpack_data:
        unit = paddle.eye(rows, size, dtype="float32").astype(LU_data.dtype)
        lower = paddle.tril(LU_data[..., :, :size], -1) + unit
        upper = paddle.triu(LU_data[..., :size, :])
    if unpack_pivots:
        swaps = LU_pivots.numpy().reshape([-1, size]) - 1
        matrices: Any = np.zeros([len(swaps), rows, rows], dtype="float32")
        for matrix, swap in zip(matrices, swaps, strict=True):
            order = np.arange(rows)
            for place, other in enumerate(swap):
                order[[place, other]] = order[[other, place]]
            matrix[order, np.arange(rows)] = 1
        shape = [*LU_data.shape[:-2], rows, rows]
        permutation = paddle.to_tensor(matrices.reshape(shape)).astype(LU_data.dtype)
    return UnpackedLU(permutation, lower, upper)


def lu_with_infos(A: Any, pivot: bool = True, get_infos: bool = False) -> tuple[Any, ...]:
    """`torch.lu`: the factors in one matrix, the pivots and, when wanted, zeros for success."""
    factors, pivots = linalg_lu_factor(A, pivot=pivot)
    pivots = pivots.detach()
    infos = paddle.zeros(A.shape[:-2], dtype="int32")
    return LUFactorExResult(factors, pivots, infos) if get_infos else (factors, pivots)


def ormqr(input: Any, input2: Any, input3: Any, left: bool = True, transpose: bool = False) -> Any:
    """`torch.ormqr`: the product of the orthogonal matrix of Householder vectors with another matrix."""
    rows, columns = input.shape[-2:]
    if columns < rows:
        batch = list(input.shape[:-2])
        input = paddle.concat(
            [input, paddle.zeros([*batch, rows, rows - columns], dtype=input.dtype)], axis=-1
        )
        rest = paddle.zeros([*batch, rows - input2.shape[-1]], dtype=input2.dtype)
        input2 = paddle.concat([input2, rest], axis=-1)
    if not (input.size and input2.size and input3.size):
        return input3 + input.sum() * 0 + input2.sum()
    orthogonal = householder_product(input, input2)
    if transpose:
        orthogonal = adjoint(orthogonal)
    return paddle.matmul(orthogonal, input3) if left else paddle.matmul(input3, orthogonal)


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> tuple[Any, Any, Any]:
    """`torch.svd_lowrank`: an approximate singular value decomposition by random projection."""
    matrix = A if M is None else A - M
    size = min(6 if q is None else q, *matrix.shape[-2:])
    sample = paddle.randn([matrix.shape[-1], 6 if q is None else q], dtype="float32").astype(matrix.dtype)
    basis = paddle.linalg.qr(paddle.matmul(matrix, sample))[0]
    for _ in range(2 if niter is None else niter):
        basis = paddle.linalg.qr(paddle.matmul(adjoint(matrix), basis))[0]
        basis = paddle.linalg.qr(paddle.matmul(matrix, basis))[0]
    u, s, vh = paddle.linalg.svd(paddle.matmul(adjoint(basis), matrix), full_matrices=False)
    return paddle.matmul(basis, u)[..., :size], s[..., :size], adjoint(vh)[..., :size]


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> tuple[Any, Any, Any]:
    """`torch.pca_lowrank`: `svd_lowrank` of the centred matrix."""
    size = min(6, *A.shape[-2:]) if q is None else q
    return svd_lowrank(A - A.mean(axis=-2, keepdim=True) if center else A, size, niter)


def lobpcg(
    A: Any,
    k: int | None = None,
    B: Any = None,
    X: Any = None,
    n: int | None = None,
    iK: Any = None,
    niter: int | None = None,
    tol: float | None = None,
    largest: bool | None = None,
    method: str | None = None,
    tracker: Any = None,
    ortho_iparams: Any = None,
    ortho_fparams: Any = None,
    ortho_bparams: Any = None,
) -> tuple[Any, Any]:
    """`torch.lobpcg`: some eigenvalues and eigenvectors, of a whole decomposition instead of iterations.

    The first vectors `X` only tell how many are wanted; `iK`, `niter`, `tol`, `method` and what follows have
    no use.
    """
    A = A.to_dense() if A.is_sparse() else A
    count = k or (1 if X is None else X.shape[-1])
    rows = A.shape[-2]
    if rows < 3 * count:
        raise ValueError(
            f"LOBPCG algorithm is not applicable when the number of A rows (={rows}) "
            f"is smaller than 3 x the number of requested eigenpairs (={count})"
        )
    if B is None:
        values, vectors = linalg_eigh(A)
    else:
        factor = paddle.linalg.cholesky(B.to_dense() if B.is_sparse() else B)
        half = solve_system(factor, A)
        values, vectors = linalg_eigh(solve_system(factor, paddle.swapaxes(half, -1, -2)))
        vectors = solve_system(paddle.swapaxes(factor, -1, -2), vectors)
    if largest is None or largest:
        values, vectors = values.flip(axis=-1), vectors.flip(axis=-1)
    return values[..., :count], vectors[..., :count]
