"""torch.linalg where Paddle's result, gradient, named tuple or argument is another."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import paddle

from paconvert.helpers.dtype import dtype_is_complex, dtype_is_floating_point
from paconvert.helpers.ops import cross, matmul


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
    shape = paddle.broadcast_shape(input.shape, other.shape)
    return cross(input.expand(shape), other.expand(shape), dim % len(shape))


def each_matrix(function: Callable[[Any], Sequence[Any]], A: Any) -> list[Any]:
    """The results of `function`, one by one where a gradient is wanted, as Paddle's is wrong for batches."""
    if A.ndim == 2 or A.stop_gradient or A.size == 0:
        return list(function(A))
    batch = A.shape[:-2]
    results = [function(matrix) for matrix in A.reshape([-1, *A.shape[-2:]])]
    stacked = [paddle.stack(parts) for parts in zip(*results, strict=True)]
    return [result.reshape([*batch, *result.shape[1:]]) for result in stacked]


def with_gradient(*tensors: Any) -> list[Any]:
    """The tensors, each tied to the others, so that Paddle asks for all gradients where it asks for one.

    Some of its backward passes crash where they have to give only one of two.
    """
    if all(tensor.stop_gradient for tensor in tensors):
        return list(tensors)
    zero = sum(tensor.flatten()[:0].sum() for tensor in tensors)
    return [tensor + zero for tensor in tensors]


def linalg_eig(input: Any) -> EigResult:
    """torch.linalg.eig."""
    return EigResult(*each_matrix(paddle.linalg.eig, input))


def linalg_eigh(input: Any, UPLO: str = "L") -> EigResult:
    """torch.linalg.eigh."""
    values, vectors = each_matrix(lambda matrix: paddle.linalg.eigh(matrix, UPLO), input)
    return EigResult(values.real() if values.is_complex() else values, vectors)


def linalg_solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """torch.linalg.solve."""
    A, B = with_gradient(A, B)
    is_vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and B.shape == A.shape[:-1])
    right = B.unsqueeze(-1 if left else -2) if is_vector else B
    if A.is_complex():
        result = complex_form(paddle.linalg.solve(real_form(A), real_form(right), left=left))
    else:
        result = paddle.linalg.solve(A, right, left=left)
    return result.squeeze(-1 if left else -2) if is_vector else result


def solve_system(matrix: Any, right: Any) -> Any:
    """The solution of linear systems with broadcasting (Paddle's triangular solver has wrong gradients)."""
    batch = list(paddle.broadcast_shape(right.shape[:-2], matrix.shape[:-2]))
    right = paddle.expand(right, batch + list(right.shape[-2:]))
    if not math.prod(right.shape):
        return right + 0 * matrix.sum()
    return linalg_solve(paddle.expand(matrix, batch + list(matrix.shape[-2:])), right)


def real_form(A: Any) -> Any:
    """Complex matrices as real ones of twice the size, with a block [[a, -b], [b, a]] for each number.

    Products, inverses and Cholesky factors of these are the forms of the same of the complex matrices.
    """
    real, imaginary = A.real(), A.imag()
    rows = [paddle.stack([real, -imaginary], axis=-1), paddle.stack([imaginary, real], axis=-1)]
    return paddle.stack(rows, axis=-3).reshape([*A.shape[:-2], 2 * A.shape[-2], 2 * A.shape[-1]])


def complex_form(A: Any) -> Any:
    """The complex matrices that have this real form."""
    return paddle.complex(A[..., ::2, ::2], A[..., 1::2, ::2])


def linalg_cholesky(input: Any, *, upper: bool = False) -> Any:
    """torch.linalg.cholesky, also of complex matrices."""
    if not input.is_complex():
        return paddle.linalg.cholesky(input, upper=upper)
    factor = complex_form(paddle.linalg.cholesky(real_form(input)))
    return adjoint(factor) if upper else factor


def linalg_matrix_exp(input: Any) -> Any:
    """torch.linalg.matrix_exp, by scaling, a Taylor series, and squaring."""
    norm = float(input.detach().abs().sum(axis=-1).max()) if input.size else 0.0
    squarings = max(math.ceil(math.log2(norm)) + 1, 0) if norm > 0 else 0
    scaled = input * (0.5**squarings)
    term = paddle.eye(input.shape[-1], dtype=input.dtype).expand(input.shape)
    result = term
    for order in range(1, 19):
        term = paddle.matmul(term, scaled) * (1 / order)
        result = result + term
    for _ in range(squarings):
        result = paddle.matmul(result, result)
    return result


def linalg_qr(A: Any, mode: str = "reduced") -> QRResult:
    """torch.linalg.qr. Paddle's backward pass needs both factors, so each is tied to the other."""
    if mode == "r":
        _, upper = linalg_qr(A, "reduced")
        return QRResult(paddle.empty([0], dtype=A.dtype), upper)
    if not A.size:
        rows, columns = A.shape[-2:]
        inner = min(rows, columns) if mode == "reduced" else rows
        return QRResult(eye_like(A, rows, inner), eye_like(A, inner, columns) * 0)
    orthogonal, upper = paddle.linalg.qr(A, mode)
    if A.stop_gradient:
        return QRResult(orthogonal, upper)
    return QRResult(orthogonal + 0 * upper.sum(), upper + 0 * orthogonal.sum())


def linalg_svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> SVDResult:
    """torch.linalg.svd."""
    u, s, vh = paddle.linalg.svd(A, full_matrices=full_matrices)
    if not A.size:
        # Paddle leaves them without a gradient, and as it finds the memory.
        rows, columns = A.shape[-2:]
        least = min(rows, columns)
        u = eye_like(A, rows, rows if full_matrices else least)
        vh = eye_like(A, columns if full_matrices else least, columns)
        s = s + A.sum().abs()
    return SVDResult(u, s, vh)


def eye_like(A: Any, rows: int, columns: int) -> Any:
    """The identity for each of empty matrices, with their dtype and a gradient of zero."""
    identity = paddle.eye(rows, columns, dtype="float32").astype(A.dtype)
    return identity.expand([*A.shape[:-2], rows, columns]) + A.sum()


def linalg_lu(A: Any, *, pivot: bool = True) -> LUResult:
    """torch.linalg.lu."""
    factors, pivots = paddle.linalg.lu(A, pivot=pivot)
    rows, columns = A.shape[-2:]
    size = min(rows, columns)
    permutation = paddle.linalg.lu_unpack(factors.detach(), pivots)[0]
    lower = paddle.tril(factors[..., :size], -1) + paddle.eye(rows, size, dtype=A.dtype)
    return LUResult(permutation, lower, paddle.triu(factors[..., :size, :]))


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
    if not (LU.size and B.size):
        return solve_system(LU, B)
    permutation = paddle.linalg.lu_unpack(LU.detach(), pivots)[0]
    lower = paddle.tril(LU, -1) + paddle.eye(LU.shape[-1], dtype=LU.dtype)
    A = paddle.matmul(paddle.matmul(permutation, lower), paddle.triu(LU))
    if adjoint:
        A = paddle.swapaxes(A, -1, -2)
        A = A.conj() if A.is_complex() else A
    if not left:
        return paddle.swapaxes(solve_system(paddle.swapaxes(A, -1, -2), paddle.swapaxes(B, -1, -2)), -1, -2)
    return solve_system(A, B)


def linalg_cholesky_ex(input: Any, *, upper: bool = False, check_errors: bool = False) -> CholeskyExResult:
    """torch.linalg.cholesky_ex: `info` is the order of the first leading minor that is not positive, or 0."""
    try:
        factor = linalg_cholesky(input, upper=upper)
        return CholeskyExResult(factor, paddle.zeros(input.shape[:-2], dtype="int32"))
    except ValueError:
        if check_errors:
            raise
    size = input.shape[-1]
    flat = input.reshape([-1, size, size])
    factors, infos = [], []
    for index in range(flat.shape[0]):
        try:
            factors.append(linalg_cholesky(flat[index], upper=upper))
            infos.append(0)
        except ValueError:
            factors.append(paddle.full_like(flat[index], float("nan")))
            minors = [float(paddle.linalg.det(flat[index][:order, :order])) for order in range(1, size + 1)]
            infos.append(next(order for order, minor in enumerate(minors, 1) if not minor > 0))
    info = paddle.to_tensor(infos, dtype="int32").reshape(input.shape[:-2])
    return CholeskyExResult(paddle.stack(factors).reshape(input.shape), info)


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
    return SolveExResult(linalg_solve(A, B, left=left), info)


def linalg_solve_triangular(
    input: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """torch.linalg.solve_triangular."""
    A = input
    if not left:
        A, B, upper = paddle.swapaxes(A, -1, -2), paddle.swapaxes(B, -1, -2), not upper
    # Paddle's own triangular solver gives wrong gradients, at times from memory that was never written.
    if unitriangular:
        strict = paddle.triu(A, 1) if upper else paddle.tril(A, -1)
        A = strict + paddle.eye(A.shape[-1], dtype=A.dtype)
    else:
        A = paddle.triu(A) if upper else paddle.tril(A)
    result = solve_system(A, B)
    return result if left else paddle.swapaxes(result, -1, -2)


def linalg_lstsq(input: Any, b: Any, rcond: float | None = None, *, driver: str | None = None) -> LstsqResult:
    """torch.linalg.lstsq, of vectors too, with a gradient for the solution."""
    if input.ndim == b.ndim + 1 and input.shape[:-1] == b.shape:
        found = linalg_lstsq(input, b.unsqueeze(-1), rcond, driver=driver)
        return found._replace(solution=found.solution.squeeze(-1))
    if input.is_complex():
        return complex_lstsq(input, b, driver)
    solution, residuals, rank, singular = paddle.linalg.lstsq(input, b, rcond=rcond, driver=driver)
    if not (input.stop_gradient and b.stop_gradient):
        solution = paddle.matmul(linalg_pinv(input), b)
        if residuals.size:
            residuals = ((paddle.matmul(input, solution) - b) ** 2).sum(axis=-2)
        else:
            residuals = residuals + 0 * solution.sum()  # so that there is a gradient, as in torch
    return LstsqResult(solution, residuals, rank.astype("int64"), singular)


def complex_lstsq(A: Any, b: Any, driver: str | None) -> LstsqResult:
    """Least squares of complex matrices, by the pseudo-inverse."""
    rows, columns = A.shape[-2:]
    solution = paddle.matmul(linalg_pinv(A), b)
    sizes = linalg_svd(A, False).S
    least = sizes.max(axis=-1, keepdim=True) * (float(paddle.finfo(sizes.dtype).eps) * max(rows, columns))
    rank = (sizes > least).astype("int64").sum(axis=-1)
    nothing = paddle.zeros([0], dtype=sizes.dtype)
    whole = rows > columns and bool((rank == columns).all())
    residuals = ((paddle.matmul(A, solution) - b).abs() ** 2).sum(axis=-2) if whole else nothing
    return LstsqResult(
        solution,
        residuals,
        paddle.zeros([0], dtype="int64") if driver == "gels" else rank,
        sizes if driver in ("gelsd", "gelss") else nothing,
    )


def linalg_multi_dot(tensors: Sequence[Any]) -> Any:
    """torch.linalg.multi_dot; Paddle has kernels of floating point numbers only."""
    if tensors[0].is_floating_point():
        return paddle.linalg.multi_dot(list(tensors))
    return functools.reduce(matmul, tensors)


def linalg_vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """torch.linalg.vector_norm, also of 0-d tensors."""
    x = x if dtype is None else x.astype(dtype)
    x = x.abs() if x.is_complex() else x
    if x.ndim == 0:
        return linalg_vector_norm(x.reshape([1]), ord)
    if abs(ord) not in (0, 1, 2, math.inf) or ord in (-1, -2):
        return power_norm(x, ord, dim, keepdim)
    return paddle.linalg.vector_norm(x, ord, axis=dim, keepdim=keepdim)


def power_norm(x: Any, p: float, dim: Any, keepdim: bool) -> Any:
    """The norm of a finite order, with gradient zero at zero, and the order in the precision of `x`."""
    power, root, one, zero = (paddle.full([], n, dtype=x.dtype) for n in (p, 1 / p, 1, 0))
    limit = paddle.full([], 0 if p > 0 else math.inf, dtype=x.dtype)  # a power of zero
    is_zero = x == 0
    total = paddle.where(is_zero, limit, paddle.pow(paddle.where(is_zero, one, x.abs()), power))
    total = total.sum(axis=dim, keepdim=keepdim)
    is_zero = total == limit
    return paddle.where(is_zero, zero, paddle.pow(paddle.where(is_zero, one, total), root))


def linalg_matrix_norm(
    input: Any, ord: Any = "fro", dim: Sequence[int] = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """torch.linalg.matrix_norm."""
    if dtype is not None:
        input = input.astype(dtype)
    if ord == "fro":
        return paddle.linalg.vector_norm(input, 2, axis=list(dim), keepdim=keepdim)
    if input.is_complex() and ord not in ("nuc", 2, -2):
        input = input.abs()
    if not input.size and ord in (1, math.inf):
        return linalg_vector_norm(input, 1, list(dim), keepdim)
    return paddle.linalg.matrix_norm(input, ord, axis=list(dim), keepdim=keepdim)


def linalg_norm(
    input: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
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


def linalg_cond(input: Any, p: Any = None) -> Any:
    """torch.linalg.cond."""
    if p in (None, 2, -2):
        singular = linalg_svd(input, False).S
        return singular[..., 0] / singular[..., -1] if p != -2 else singular[..., -1] / singular[..., 0]
    return linalg_matrix_norm(input, p) * linalg_matrix_norm(paddle.linalg.inv(input), p)


def linalg_pinv(input: Any, *, atol: Any = None, rtol: Any = None, hermitian: bool = False) -> Any:
    """torch.linalg.pinv of real matrices, with absolute and relative tolerance."""
    if input.size == 0:
        return adjoint(input)
    if rtol is None:
        positive = atol is not None and float(paddle.to_tensor(atol).max()) > 0
        rtol = 0.0 if positive else max(input.shape[-2:]) * float(paddle.finfo(input.dtype).eps)
    atol = 0.0 if atol is None else atol
    if hermitian:
        # The values are those of the lower triangle; the gradient is that of any matrix, as in torch.
        lower = paddle.tril(input.detach(), -1)
        diagonal = paddle.tril(input.detach()) - lower
        diagonal = diagonal.real().astype(input.dtype) if input.is_complex() else diagonal
        return PseudoInverse.apply(input, atol, rtol, lower + diagonal + adjoint(lower))
    return PseudoInverse.apply(input, atol, rtol, None)


class PseudoInverse(paddle.autograd.PyLayer):  # type: ignore[misc]
    """The pseudo-inverse of matrices, with the gradient that holds for any rank."""

    @staticmethod
    def forward(ctx: Any, A: Any, atol: Any, rtol: Any, whole: Any) -> Any:
        """Singular values up to the larger of `atol` and `rtol` times the largest one count as zero.

        `whole` stands in for `A` where only a part of that counts.
        """
        u, size, vh = paddle.linalg.svd(A if whole is None else whole, full_matrices=False)
        least = paddle.to_tensor(atol, dtype=size.dtype)
        share = paddle.to_tensor(rtol, dtype=size.dtype) * size.max(axis=-1)
        kept = size > paddle.maximum(least, share).unsqueeze(-1)
        one = paddle.ones_like(size)
        inverse = paddle.where(kept, 1 / paddle.where(kept, size, one), paddle.zeros_like(size))
        result = paddle.matmul(adjoint(vh) * inverse.unsqueeze(-2).astype(u.dtype), adjoint(u))
        ctx.save_for_backward(A, result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """-PᵀGPᵀ + (I - AP)GᵀPPᵀ + PᵀPGᵀ(I - PA) for the pseudo-inverse P and the gradient G."""
        A, P = ctx.saved_tensor()
        G, T = adjoint(gradient), adjoint(P)
        first = paddle.matmul(paddle.matmul(T, gradient), T)
        left = paddle.matmul(G, paddle.matmul(P, T))
        right = paddle.matmul(paddle.matmul(T, P), G)
        left = left - paddle.matmul(A, paddle.matmul(P, left))
        right = right - paddle.matmul(paddle.matmul(right, P), A)
        return left + right - first


def linalg_vander(x: Any, N: int | None = None) -> Any:
    """torch.linalg.vander: powers 0 to N-1 along a new last dimension; of integers in int64."""
    x = x if x.ndim else x.reshape([1])
    if not dtype_is_floating_point(x.dtype) and not dtype_is_complex(x.dtype):
        x = x.astype("int64")
    count = x.shape[-1] if N is None else N
    if not count:
        return paddle.zeros([*x.shape, 0], dtype=x.dtype)
    columns = [paddle.ones_like(x)]
    for _ in range(1, count):
        columns.append(columns[-1] * x)
    return paddle.stack(columns, axis=-1)


def householder_product(input: Any, tau: Any) -> Any:
    """torch.linalg.householder_product, for batches and complex matrices."""
    rows, columns = input.shape[-2:]
    result = paddle.eye(rows, dtype=input.dtype).expand([*input.shape[:-2], rows, rows])[..., :columns]
    for index in reversed(range(tau.shape[-1])):
        below = paddle.tril(input[..., index : index + 1], -index - 1)
        unit = paddle.eye(rows, dtype=input.dtype)[:, index : index + 1]
        vector = below + unit
        scale = tau[..., index].unsqueeze(-1).unsqueeze(-1)
        result = result - scale * paddle.matmul(vector, paddle.matmul(adjoint(vector), result))
    return result if tau.size else result + input.sum() * 0 + tau.sum()


def linalg_tensorinv(input: Any, ind: int = 2) -> Any:
    """torch.linalg.tensorinv."""
    size = math.prod(input.shape[:ind])
    inverse = paddle.linalg.inv(input.reshape([size, -1]))
    return inverse.reshape([*input.shape[ind:], *input.shape[:ind]])


def linalg_tensorsolve(input: Any, other: Any, dims: Sequence[int] | None = None) -> Any:
    """torch.linalg.tensorsolve."""
    A, B = input, other
    if dims is not None:
        moved = [axis % A.ndim for axis in dims]
        A = A.transpose([axis for axis in range(A.ndim) if axis not in moved] + moved)
    shape = A.shape[B.ndim :]
    return linalg_solve(A.reshape([B.size, -1]), B.flatten()).reshape(shape)


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """torch.linalg.vecdot, with broadcasting."""
    return ((x.conj() if x.is_complex() else x) * y).sum(axis=dim)
