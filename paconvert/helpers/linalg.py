"""torch.linalg where Paddle's result, gradient, named tuple or argument is another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import paddle


class EigResult(NamedTuple):
    """What eig and eigh return."""

    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    """What qr returns."""

    Q: Any
    R: Any


class SVDResult(NamedTuple):
    """What svd returns."""

    U: Any
    S: Any
    Vh: Any


class LUResult(NamedTuple):
    """What lu returns."""

    P: Any
    L: Any
    U: Any


class LUFactorResult(NamedTuple):
    """What lu_factor returns."""

    LU: Any
    pivots: Any


class LUFactorExResult(NamedTuple):
    """What lu_factor_ex returns."""

    LU: Any
    pivots: Any
    info: Any


class CholeskyExResult(NamedTuple):
    """What cholesky_ex returns."""

    L: Any
    info: Any


class InvExResult(NamedTuple):
    """What inv_ex returns."""

    inverse: Any
    info: Any


class SolveExResult(NamedTuple):
    """What solve_ex returns."""

    result: Any
    info: Any


class LstsqResult(NamedTuple):
    """What lstsq returns."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


def adjoint(A: Any) -> Any:
    """The conjugate transpose of matrices."""
    transposed = paddle.swapaxes(A, -1, -2)
    return transposed.conj() if A.is_complex() else transposed


def linalg_cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """torch.linalg.cross, with broadcasting."""
    input, other = paddle.broadcast_tensors([input, other])
    return paddle.cross(input, other, axis=dim % input.ndim)


def linalg_eig(A: Any) -> EigResult:
    """torch.linalg.eig."""
    return EigResult(*paddle.linalg.eig(A))


def linalg_eigh(A: Any, UPLO: str = "L") -> EigResult:
    """torch.linalg.eigh."""
    return EigResult(*paddle.linalg.eigh(A, UPLO))


def linalg_qr(A: Any, mode: str = "reduced") -> QRResult:
    """torch.linalg.qr. Paddle's backward pass needs a gradient for both factors, so each one depends on the other."""
    if mode == "r":
        _, upper = linalg_qr(A, "reduced")
        return QRResult(paddle.empty([0], dtype=A.dtype), upper)
    orthogonal, upper = paddle.linalg.qr(A, mode)
    if A.stop_gradient:
        return QRResult(orthogonal, upper)
    return QRResult(orthogonal + 0 * upper.sum(), upper + 0 * orthogonal.sum())


def linalg_svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> SVDResult:
    """torch.linalg.svd."""
    return SVDResult(*paddle.linalg.svd(A, full_matrices=full_matrices))


def linalg_lu(A: Any, *, pivot: bool = True) -> LUResult:
    """torch.linalg.lu."""
    factors, pivots = paddle.linalg.lu(A, pivot=pivot)
    return LUResult(*paddle.linalg.lu_unpack(factors, pivots))


def linalg_lu_factor(A: Any, *, pivot: bool = True) -> LUFactorResult:
    """torch.linalg.lu_factor."""
    return LUFactorResult(*paddle.linalg.lu(A, pivot=pivot))


def linalg_lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> LUFactorExResult:
    """torch.linalg.lu_factor_ex."""
    factors, pivots, info = paddle.linalg.lu(A, pivot=pivot, get_infos=True)
    if check_errors and bool((info != 0).any()):
        raise ValueError("linalg.lu_factor_ex: the matrix is singular")
    return LUFactorExResult(factors, pivots, info.astype("int32").reshape(A.shape[:-2]))


def linalg_lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """torch.linalg.lu_solve."""
    permutation, lower, upper = paddle.linalg.lu_unpack(LU, pivots)
    A = paddle.matmul(paddle.matmul(permutation, lower), upper)
    if adjoint:
        A = paddle.swapaxes(A, -1, -2)
        A = A.conj() if A.is_complex() else A
    return paddle.linalg.solve(A, B, left=left)


def linalg_cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> CholeskyExResult:
    """torch.linalg.cholesky_ex: `info` is the order of the first leading minor that is not positive, or 0."""
    try:
        factor = paddle.linalg.cholesky(A, upper=upper)
        return CholeskyExResult(factor, paddle.zeros(A.shape[:-2], dtype="int32"))
    except ValueError:
        if check_errors:
            raise
    size = A.shape[-1]
    flat = A.reshape([-1, size, size])
    factors, infos = [], []
    for index in range(flat.shape[0]):
        try:
            factors.append(paddle.linalg.cholesky(flat[index], upper=upper))
            infos.append(0)
        except ValueError:
            factors.append(paddle.full_like(flat[index], float("nan")))
            minors = [float(paddle.linalg.det(flat[index][:order, :order])) for order in range(1, size + 1)]
            infos.append(next(order for order, minor in enumerate(minors, 1) if not minor > 0))
    info = paddle.to_tensor(infos, dtype="int32").reshape(A.shape[:-2])
    return CholeskyExResult(paddle.stack(factors).reshape(A.shape), info)


def singular_info(A: Any) -> Any:
    """For each matrix the first zero pivot, counted from 1, or 0."""
    return paddle.linalg.lu(A.detach(), get_infos=True)[2].astype("int32").reshape(A.shape[:-2])


def linalg_inv_ex(A: Any, *, check_errors: bool = False) -> InvExResult:
    """torch.linalg.inv_ex."""
    info = singular_info(A)
    if not check_errors and bool((info != 0).any()):
        return InvExResult(paddle.full_like(A, float("nan")), info)
    return InvExResult(paddle.linalg.inv(A), info)


def linalg_solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> SolveExResult:
    """torch.linalg.solve_ex."""
    info = singular_info(A)
    if not check_errors and bool((info != 0).any()):
        return SolveExResult(paddle.full_like(B, float("nan")), info)
    return SolveExResult(paddle.linalg.solve(A, B, left=left), info)


def linalg_solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """torch.linalg.solve_triangular."""
    if not left:
        A, B, upper = paddle.swapaxes(A, -1, -2), paddle.swapaxes(B, -1, -2), not upper
    if unitriangular:
        # Paddle's gradient of unit triangular matrices is wrong; the unit diagonal is written out.
        strict = paddle.triu(A, 1) if upper else paddle.tril(A, -1)
        A = strict + paddle.eye(A.shape[-1], dtype=A.dtype)
    result = paddle.linalg.triangular_solve(A, B, upper=upper)
    return result if left else paddle.swapaxes(result, -1, -2)


def linalg_lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> LstsqResult:
    """torch.linalg.lstsq, with a gradient for the solution."""
    solution, residuals, rank, singular = paddle.linalg.lstsq(A, B, rcond=rcond, driver=driver)
    if not (A.stop_gradient and B.stop_gradient):
        solution = paddle.matmul(paddle.linalg.pinv(A), B)
    return LstsqResult(solution, residuals, rank.astype("int64"), singular)


def linalg_vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """torch.linalg.vector_norm."""
    return paddle.linalg.vector_norm(x if dtype is None else x.astype(dtype), ord, axis=dim, keepdim=keepdim)


def linalg_matrix_norm(
    A: Any, ord: Any = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """torch.linalg.matrix_norm."""
    if dtype is not None:
        A = A.astype(dtype)
    if ord == "fro":
        return paddle.linalg.vector_norm(A, 2, axis=list(dim), keepdim=keepdim)
    return paddle.linalg.matrix_norm(A, ord, axis=list(dim), keepdim=keepdim)


def linalg_norm(input: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """torch.linalg.norm: of all elements, of vectors, or of matrices."""
    if dim is None:
        if ord is None:
            result = linalg_vector_norm(input.flatten(), 2, dtype=dtype)
            return result.reshape([1] * input.ndim) if keepdim else result
        dim = list(range(input.ndim))
    axes = [dim] if isinstance(dim, int) else list(dim)
    if ord is None:
        return linalg_vector_norm(input, 2, axes, keepdim, dtype=dtype)
    if len(axes) == 1:
        return linalg_vector_norm(input, ord, axes[0], keepdim, dtype=dtype)
    return linalg_matrix_norm(input, ord, axes, keepdim, dtype=dtype)


def linalg_cond(A: Any, p: Any = None) -> Any:
    """torch.linalg.cond."""
    if p in (None, 2, -2):
        singular = paddle.linalg.svdvals(A)
        return singular[..., 0] / singular[..., -1] if p != -2 else singular[..., -1] / singular[..., 0]
    return linalg_matrix_norm(A, p) * linalg_matrix_norm(paddle.linalg.inv(A), p)


def linalg_pinv(A: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    """torch.linalg.pinv of real matrices, with absolute and relative tolerance."""
    if rtol is None:
        positive = atol is not None and float(paddle.to_tensor(atol).max()) > 0
        rtol = 0.0 if positive else max(A.shape[-2:]) * float(paddle.finfo(A.dtype).eps)
    atol = 0.0 if atol is None else atol
    if not hermitian and isinstance(atol, float) and atol == 0.0 and isinstance(rtol, float):
        return paddle.linalg.pinv(A, rcond=rtol)
    if hermitian:
        values, vectors = paddle.linalg.eigh(A)
        left, right, size = vectors, adjoint(vectors), values.abs()
    else:
        u, values, vh = paddle.linalg.svd(A, full_matrices=False)
        left, right, size = adjoint(vh), adjoint(u), values
    limit = paddle.maximum(
        paddle.to_tensor(atol, dtype=size.dtype), paddle.to_tensor(rtol, dtype=size.dtype) * size.max(axis=-1)
    ).unsqueeze(-1)
    kept = size > limit
    inverse = paddle.where(
        kept, 1 / paddle.where(kept, values, paddle.ones_like(values)), paddle.zeros_like(values)
    )
    return paddle.matmul(left * inverse.unsqueeze(-2).astype(left.dtype), right)


def linalg_vander(x: Any, N: int | None = None) -> Any:
    """torch.linalg.vander: powers 0 to N-1 along a new last dimension."""
    count = x.shape[-1] if N is None else N
    columns = [paddle.ones_like(x)]
    for _ in range(1, count):
        columns.append(columns[-1] * x)
    return paddle.stack(columns[:count], axis=-1)


def householder_product(A: Any, tau: Any) -> Any:
    """torch.linalg.householder_product, for batches and complex matrices."""
    rows, columns = A.shape[-2:]
    result = paddle.eye(rows, dtype=A.dtype).expand([*A.shape[:-2], rows, rows])[..., :columns]
    for index in reversed(range(tau.shape[-1])):
        below = paddle.tril(A[..., index : index + 1], -index - 1)
        unit = paddle.eye(rows, dtype=A.dtype)[:, index : index + 1]
        vector = below + unit
        scale = tau[..., index].unsqueeze(-1).unsqueeze(-1)
        result = result - scale * paddle.matmul(vector, paddle.matmul(adjoint(vector), result))
    return result


def linalg_tensorinv(A: Any, ind: int = 2) -> Any:
    """torch.linalg.tensorinv."""
    size = math.prod(A.shape[:ind])
    inverse = paddle.linalg.inv(A.reshape([size, -1]))
    return inverse.reshape([*A.shape[ind:], *A.shape[:ind]])


def linalg_tensorsolve(A: Any, B: Any, dims: Sequence[int] | None = None) -> Any:
    """torch.linalg.tensorsolve."""
    if dims is not None:
        moved = [axis % A.ndim for axis in dims]
        A = A.transpose([axis for axis in range(A.ndim) if axis not in moved] + moved)
    shape = A.shape[B.ndim :]
    return paddle.linalg.solve(A.reshape([B.size, -1]), B.flatten()).reshape(shape)


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """torch.linalg.vecdot, with broadcasting."""
    return ((x.conj() if x.is_complex() else x) * y).sum(axis=dim)
