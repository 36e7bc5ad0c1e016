"""The LDL factorisation of symmetric matrices that need not be definite, by Bunch and Kaufman's pivoting.

It is computed on the host; torch has no gradients for it either.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import paddle

from paconvert.helpers.linalg import solve_system

# Bunch and Kaufman's bound: how small a diagonal element may be to be a pivot.
_PIVOT_BOUND = (1 + math.sqrt(17)) / 8


class LDLFactorResult(NamedTuple):
    """What ldl_factor returns."""

    LD: Any
    pivots: Any


class LDLFactorExResult(NamedTuple):
    """What ldl_factor_ex returns."""

    LD: Any
    pivots: Any
    info: Any


def _size(numbers: Any) -> Any:
    """LAPACK's cheap size of complex numbers, by which it chooses pivots."""
    return np.abs(numbers.real) + np.abs(numbers.imag)


def _choose_pivot(a: Any, k: int) -> tuple[int, bool]:
    """The row to bring to `k` (or to `k + 1`, for a block of two), and whether it is a block."""
    own = _size(a[k, k])
    below = _size(a[k + 1 :, k])
    place = k + 1 + int(below.argmax()) if below.size else k
    largest = below.max() if below.size else 0.0
    if own >= _PIVOT_BOUND * largest:
        return k, False
    row = np.concatenate([_size(a[place, k:place]), _size(a[place + 1 :, place])]).max()
    if own >= _PIVOT_BOUND * largest * (largest / row):
        return k, False
    return place, bool(_size(a[place, place]) < _PIVOT_BOUND * row)


def _swap_rows(a: Any, k: int, here: int, other: int, hermitian: bool) -> None:
    """Swaps two rows and columns of the part that is left, of which only the lower half is kept."""
    turned = np.conj if hermitian else np.asarray
    a[other + 1 :, [here, other]] = a[other + 1 :, [other, here]]
    middle = a[here + 1 : other, here].copy()
    a[here + 1 : other, here] = turned(a[other, here + 1 : other])
    a[other, here + 1 : other] = turned(middle)
    a[other, here] = turned(a[other, here])
    a[here, here], a[other, other] = a[other, other], a[here, here]
    if here > k:
        a[here, k], a[other, k] = a[other, k], a[here, k]


def ldl_of_matrix(matrix: Any, hermitian: bool) -> tuple[Any, Any, int]:
    """Factors and pivots of one matrix as LAPACK's `sytrf` gives them, and where a pivot is zero (from 1)."""
    a = np.tril(matrix)
    size, info = len(a), 0
    pivots = np.zeros(size, dtype="int32")
    turned = np.conj if hermitian else np.asarray
    if hermitian:
        np.fill_diagonal(a, a.diagonal().real)
    k = 0
    while k < size:
        if not _size(a[k:, k]).any():
            info, pivots[k] = info or k + 1, k + 1
            k += 1
            continue
        place, is_block = _choose_pivot(a, k)
        width = 2 if is_block else 1
        end = k + width
        if place != end - 1:
            _swap_rows(a, k, end - 1, place, hermitian)
        block = a[k:end, k:end]
        whole = np.tril(block) + turned(np.tril(block, -1)).T
        columns = a[end:, k:end].copy()
        if columns.size:
            a[end:, k:end] = np.linalg.solve(whole.T, columns.T).T
            a[end:, end:] -= np.tril(a[end:, k:end] @ turned(columns).T)
            if hermitian:
                rest = a[end:, end:]
                np.fill_diagonal(rest, rest.diagonal().real)
        pivots[k:end] = -(place + 1) if is_block else place + 1
        k = end
    return a, pivots, info


def linalg_ldl_factor_ex(A: Any, *, hermitian: bool = False, check_errors: bool = False) -> LDLFactorExResult:
    """torch.linalg.ldl_factor_ex: the factors, the pivots and where a pivot is zero."""
    hermitian = hermitian and A.is_complex()
    matrices = A.detach().numpy().reshape([math.prod(A.shape[:-2]), *A.shape[-2:]])
    found = [ldl_of_matrix(matrix, hermitian) for matrix in matrices]
    if check_errors and any(info for _, _, info in found):
        raise RuntimeError("torch.linalg.ldl_factor_ex: a pivot is exactly zero")
    batch = list(A.shape[:-2])
    parts = [
        np.array([item[part] for item in found], dtype=kind).reshape(shape)
        for part, kind, shape in (
            (0, matrices.dtype, A.shape),
            (1, "int32", [*batch, A.shape[-1]]),
            (2, "int32", batch),
        )
    ]
    return LDLFactorExResult(*(paddle.to_tensor(part) for part in parts))


def linalg_ldl_factor(A: Any, *, hermitian: bool = False) -> LDLFactorResult:
    """torch.linalg.ldl_factor: raises where a pivot is zero."""
    return LDLFactorResult(*linalg_ldl_factor_ex(A, hermitian=hermitian, check_errors=True)[:2])


def factored_matrix(factors: Any, pivots: Any, hermitian: bool) -> Any:
    """The matrix that has these factors."""
    turned = np.conj if hermitian else np.asarray
    matrix = np.zeros_like(factors)
    k = len(factors) - 1
    while k >= 0:
        is_block = pivots[k] < 0
        start = k - 1 if is_block else k
        block = factors[start : k + 1, start : k + 1]
        whole = np.tril(block) + turned(np.tril(block, -1)).T
        columns = factors[k + 1 :, start : k + 1]
        product = columns @ whole
        matrix[start : k + 1, start : k + 1] = whole
        matrix[k + 1 :, start : k + 1] = product
        matrix[start : k + 1, k + 1 :] = turned(product).T
        matrix[k + 1 :, k + 1 :] += product @ turned(columns).T
        place = abs(int(pivots[k])) - 1
        matrix[[k, place]] = matrix[[place, k]]
        matrix[:, [k, place]] = matrix[:, [place, k]]
        k = start - 1
    return matrix


def linalg_ldl_solve(LD: Any, pivots: Any, B: Any, *, hermitian: bool = False) -> Any:
    """torch.linalg.ldl_solve: solves with what ldl_factor gave."""
    hermitian = hermitian and LD.is_complex()
    count, size = math.prod(LD.shape[:-2]), LD.shape[-1]
    factors = LD.detach().numpy().reshape([count, size, size])
    rows = pivots.numpy().reshape([count, size])
    found = [factored_matrix(*pair, hermitian) for pair in zip(factors, rows, strict=True)]
    matrices = np.array(found, dtype=factors.dtype).reshape(LD.shape)
    return solve_system(paddle.to_tensor(matrices), B)
