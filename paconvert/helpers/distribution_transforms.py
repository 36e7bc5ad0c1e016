"""torch.distributions.transforms and the registries that lead from constraints to transforms."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.distribution_constraints import (
    CatConstraint,
    Constraint,
    GreaterThan,
    GreaterThanEq,
    IndependentConstraint,
    Interval,
    LessThan,
    StackConstraint,
    constraint_corr_cholesky,
    constraint_dependent,
    constraint_lower_cholesky,
    constraint_positive,
    constraint_positive_definite,
    constraint_real,
    constraint_real_vector,
    constraint_simplex,
    constraint_unit_interval,
)


def diagonal_matrix(values: Any) -> Any:
    """Diagonal matrices; Paddle's own function for this gives no gradient."""
    return values.unsqueeze(-1) * paddle.eye(values.shape[-1], dtype=values.dtype)


def sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over the last `dim` dimensions."""
    return value if dim == 0 else value.flatten(value.ndim - dim).sum(axis=-1)


class Transform:
    """A differentiable function; subclasses define `_call`, `_inverse`, and the logarithm of the Jacobian."""

    bijective = False
    domain: Any = constraint_dependent
    codomain: Any = constraint_dependent

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError("cache_size must be 0 or 1")
        self._cache_size = cache_size
        self._cached: tuple[Any, Any] = (None, None)

    @property
    def event_dim(self) -> int:
        """The number of dimensions of an event, when those of domain and codomain are the same."""
        if self.domain.event_dim == self.codomain.event_dim:
            return int(self.domain.event_dim)
        raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")

    @property
    def inv(self) -> Any:
        """The inverse transform."""
        return InverseTransform(self)

    @property
    def sign(self) -> Any:
        """The sign of the derivative, for increasing and decreasing functions of one number."""
        raise NotImplementedError

    def with_cache(self, cache_size: int = 1) -> Any:
        """A transform that keeps its last pair of values."""
        if self._cache_size == cache_size:
            return self
        if type(self).__init__ is Transform.__init__:
            return type(self)(cache_size=cache_size)
        raise NotImplementedError(f"{type(self)}.with_cache is not implemented")

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __call__(self, x: Any) -> Any:
        """The transformed value."""
        known, image = self._cached
        if self._cache_size and x is known:
            return image
        y = self._call(x)
        if self._cache_size:
            self._cached = x, y
        return y

    def _inv_call(self, y: Any) -> Any:
        known, image = self._cached
        if self._cache_size and y is image:
            return known
        x = self._inverse(y)
        if self._cache_size:
            self._cached = x, y
        return x

    def _call(self, x: Any) -> Any:
        raise NotImplementedError

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |dy/dx|."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return type(self).__name__ + "()"

    def forward_shape(self, shape: Any) -> Any:
        """The shape of the result for that of the argument."""
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of the argument for that of the result."""
        return shape


class InverseTransform(Transform):
    """A transform read backwards."""

    def __init__(self, transform: Any) -> None:
        super().__init__(cache_size=transform._cache_size)
        self._inv = transform

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return self._inv.codomain

    @property
    def codomain(self) -> Any:  # type: ignore[override]
        return self._inv.domain

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return bool(self._inv.bijective)

    @property
    def sign(self) -> Any:
        return self._inv.sign

    @property
    def inv(self) -> Any:
        return self._inv

    def with_cache(self, cache_size: int = 1) -> Any:
        return self._inv.with_cache(cache_size).inv

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InverseTransform) and self._inv == other._inv

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"InverseTransform({self._inv!r})"

    def __call__(self, x: Any) -> Any:
        return self._inv._inv_call(x)

    def _inv_call(self, y: Any) -> Any:
        return self._inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> Any:
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self._inv.forward_shape(shape)


class ComposeTransform(Transform):
    """Several transforms, one after the other."""

    def __init__(self, parts: Sequence[Any], cache_size: int = 0) -> None:
        if cache_size:
            parts = [part.with_cache(cache_size) for part in parts]
        super().__init__(cache_size=cache_size)
        self.parts = list(parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    __hash__ = object.__hash__

    @property
    def domain(self) -> Any:  # type: ignore[override]
        if not self.parts:
            return constraint_real
        domain = self.parts[0].domain
        event_dim = self.parts[-1].codomain.event_dim
        for part in reversed(self.parts):
            event_dim += part.domain.event_dim - part.codomain.event_dim
            event_dim = max(event_dim, part.domain.event_dim)
        extra = event_dim - domain.event_dim
        return IndependentConstraint(domain, extra) if extra > 0 else domain

    @property
    def codomain(self) -> Any:  # type: ignore[override]
        if not self.parts:
            return constraint_real
        codomain = self.parts[-1].codomain
        event_dim = self.parts[0].domain.event_dim
        for part in self.parts:
            event_dim += part.codomain.event_dim - part.domain.event_dim
            event_dim = max(event_dim, part.codomain.event_dim)
        extra = event_dim - codomain.event_dim
        return IndependentConstraint(codomain, extra) if extra > 0 else codomain

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return all(part.bijective for part in self.parts)

    @property
    def sign(self) -> Any:
        return functools.reduce(operator.mul, (part.sign for part in self.parts), 1)

    @property
    def inv(self) -> Any:
        return ComposeTransform([part.inv for part in reversed(self.parts)])

    def with_cache(self, cache_size: int = 1) -> Any:
        return self if self._cache_size == cache_size else ComposeTransform(self.parts, cache_size=cache_size)

    def __call__(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def _inv_call(self, y: Any) -> Any:
        return self.inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        if not self.parts:
            return paddle.zeros_like(x)
        values = [x]
        for part in self.parts[:-1]:
            values.append(part(values[-1]))
        values.append(y)
        event_dim = self.domain.event_dim
        total: Any = 0
        for part, before, after in zip(self.parts, values[:-1], values[1:], strict=True):
            term = part.log_abs_det_jacobian(before, after)
            total = total + sum_rightmost(term, event_dim - part.domain.event_dim)
            event_dim += part.codomain.event_dim - part.domain.event_dim
        return total

    def forward_shape(self, shape: Any) -> Any:
        for part in self.parts:
            shape = part.forward_shape(shape)
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        for part in reversed(self.parts):
            shape = part.inverse_shape(shape)
        return shape

    def __repr__(self) -> str:
        return "ComposeTransform(\n    " + ",\n    ".join(repr(part) for part in self.parts) + "\n)"


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """Reads the last dimensions of a transform as one event."""

    def __init__(self, base_transform: Any, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return IndependentTransform(
            self.base_transform, self.reinterpreted_batch_ndims, cache_size=cache_size
        )

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return IndependentConstraint(self.base_transform.domain, self.reinterpreted_batch_ndims)

    @property
    def codomain(self) -> Any:  # type: ignore[override]
        return IndependentConstraint(self.base_transform.codomain, self.reinterpreted_batch_ndims)

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return bool(self.base_transform.bijective)

    @property
    def sign(self) -> Any:
        return self.base_transform.sign

    def _call(self, x: Any) -> Any:
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return sum_rightmost(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def __repr__(self) -> str:
        return f"IndependentTransform({self.base_transform!r}, {self.reinterpreted_batch_ndims})"

    def forward_shape(self, shape: Any) -> Any:
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self.base_transform.inverse_shape(shape)


class ReshapeTransform(Transform):
    """Gives the last dimensions another shape."""

    bijective = True

    def __init__(self, in_shape: Any, out_shape: Any, cache_size: int = 0) -> None:
        self.in_shape = paddle.Size(in_shape)
        self.out_shape = paddle.Size(out_shape)
        if math.prod(self.in_shape) != math.prod(self.out_shape):
            raise ValueError("in_shape, out_shape have different numbers of elements")
        super().__init__(cache_size=cache_size)

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return IndependentConstraint(constraint_real, len(self.in_shape))

    @property
    def codomain(self) -> Any:  # type: ignore[override]
        return IndependentConstraint(constraint_real, len(self.out_shape))

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return ReshapeTransform(self.in_shape, self.out_shape, cache_size=cache_size)

    def _call(self, x: Any) -> Any:
        return x.reshape([*x.shape[: x.ndim - len(self.in_shape)], *self.out_shape])

    def _inverse(self, y: Any) -> Any:
        return y.reshape([*y.shape[: y.ndim - len(self.out_shape)], *self.in_shape])

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return paddle.zeros(x.shape[: x.ndim - len(self.in_shape)], dtype=x.dtype)

    def forward_shape(self, shape: Any) -> Any:
        return paddle.Size([*shape[: len(shape) - len(self.in_shape)], *self.out_shape])

    def inverse_shape(self, shape: Any) -> Any:
        return paddle.Size([*shape[: len(shape) - len(self.out_shape)], *self.in_shape])


class MonotoneTransform(Transform):
    """A bijection of single numbers that grows; all transforms of a kind are equal."""

    bijective = True
    domain = constraint_real

    @property
    def sign(self) -> Any:
        return 1

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    __hash__ = object.__hash__


class ExpTransform(MonotoneTransform):
    """y = exp(x)."""

    codomain = constraint_positive

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class PowerTransform(Transform):
    """y = x ** exponent."""

    bijective = True
    domain = constraint_positive
    codomain = constraint_positive

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.exponent = exponent if isinstance(exponent, paddle.Tensor) else paddle.to_tensor(float(exponent))

    def with_cache(self, cache_size: int = 1) -> Any:
        return (
            self if self._cache_size == cache_size else PowerTransform(self.exponent, cache_size=cache_size)
        )

    @property
    def sign(self) -> Any:
        return self.exponent.sign()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PowerTransform) and bool((self.exponent == other.exponent).all())

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return (self.exponent * y / x).abs().log()


class SigmoidTransform(MonotoneTransform):
    """y = 1 / (1 + exp(-x))."""

    codomain = constraint_unit_interval

    def _call(self, x: Any) -> Any:
        info = paddle.finfo(x.dtype)
        return F.sigmoid(x).clip(min=float(info.tiny), max=1.0 - float(info.eps))

    def _inverse(self, y: Any) -> Any:
        info = paddle.finfo(y.dtype)
        y = y.clip(min=float(info.tiny), max=1.0 - float(info.eps))
        return y.log() - paddle.log1p(-y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x) - F.softplus(x)


class SoftplusTransform(MonotoneTransform):
    """y = log(1 + exp(x))."""

    codomain = constraint_positive

    def _call(self, x: Any) -> Any:
        return F.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return (-paddle.expm1(-y)).log() + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -F.softplus(-x)


class TanhTransform(MonotoneTransform):
    """y = tanh(x)."""

    codomain = Interval(-1.0, 1.0)

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return 2.0 * (math.log(2.0) - x - F.softplus(-2.0 * x))


class AbsTransform(Transform):
    """y = |x|."""

    domain = constraint_real
    codomain = constraint_positive

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AbsTransform)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """y = loc + scale * x."""

    bijective = True

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.loc = loc
        self.scale = scale
        self._event_dim = event_dim

    @property
    def event_dim(self) -> int:
        return self._event_dim

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return IndependentConstraint(constraint_real, self._event_dim) if self._event_dim else constraint_real

    codomain = domain

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return AffineTransform(self.loc, self.scale, self._event_dim, cache_size=cache_size)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, AffineTransform)
            and bool((paddle.to_tensor(self.loc == other.loc)).all())
            and bool((paddle.to_tensor(self.scale == other.scale)).all())
        )

    __hash__ = object.__hash__

    @property
    def sign(self) -> Any:
        if isinstance(self.scale, (int, float)):
            return 1 if self.scale > 0 else -1 if self.scale < 0 else 0
        return self.scale.sign()

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        if isinstance(self.scale, (int, float)):
            result = paddle.full_like(x, math.log(abs(self.scale)))
        else:
            result = self.scale.abs().log()
        shape = list(x.shape)
        if self._event_dim:
            result = sum_rightmost(result.expand(shape), self._event_dim)
            shape = shape[: -self._event_dim]
        return result.expand(shape)


class CorrCholeskyTransform(Transform):
    """From a vector of length D*(D-1)/2 to the Cholesky factor of a D x D correlation matrix."""

    bijective = True
    domain = constraint_real_vector
    codomain = constraint_corr_cholesky

    def _call(self, x: Any) -> Any:
        x = x.tanh()
        eps = float(paddle.finfo(x.dtype).eps)
        partial = vec_to_tril_matrix(x.clip(min=-1 + eps, max=1 - eps), diag=-1)
        remaining = (1 - partial * partial).sqrt().cumprod(dim=-1)
        shifted = shift_right(remaining)
        return (partial + paddle.eye(partial.shape[-1], dtype=x.dtype)) * shifted

    def _inverse(self, y: Any) -> Any:
        cumulated = 1 - paddle.cumsum(y * y, axis=-1)
        shifted = shift_right(cumulated)
        vector = tril_matrix_to_vec(y, diag=-1)
        scale = tril_matrix_to_vec(shifted, diag=-1)
        ratio = vector / scale.sqrt()
        return (paddle.log1p(ratio) - paddle.log1p(-ratio)) / 2

    def log_abs_det_jacobian(self, x: Any, y: Any, intermediates: Any = None) -> Any:
        cumulated = 1 - paddle.cumsum(y * y, axis=-1)
        vector = tril_matrix_to_vec(cumulated, diag=-2)
        stick = 0.5 * vector.log().sum(axis=-1)
        return stick - 2 * (x + F.softplus(-2 * x) - math.log(2.0)).sum(axis=-1)

    def forward_shape(self, shape: Any) -> Any:
        size = round((0.25 + 2 * shape[-1]) ** 0.5 + 0.5)
        return paddle.Size([*shape[:-1], size, size])

    def inverse_shape(self, shape: Any) -> Any:
        return paddle.Size([*shape[:-2], shape[-1] * (shape[-1] - 1) // 2])


def shift_right(value: Any) -> Any:
    """The last dimension moved one place to the right, with a one in front."""
    return paddle.concat([paddle.ones_like(value[..., :1]), value[..., :-1]], axis=-1)


def tril_places(size: int, diag: int) -> list[int]:
    """The places of the lower triangle in a flat matrix, row by row."""
    return [row * size + column for row in range(size) for column in range(size) if column <= row + diag]


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """torch.distributions.utils.vec_to_tril_matrix."""
    size = round(
        (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * vec.shape[-1] + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    )
    places = tril_places(size, diag)
    order = [places.index(place) if place in set(places) else len(places) for place in range(size * size)]
    padded = paddle.concat([vec, paddle.zeros([*vec.shape[:-1], 1], dtype=vec.dtype)], axis=-1)
    return paddle.index_select(padded, paddle.to_tensor(order), axis=-1).reshape(
        [*vec.shape[:-1], size, size]
    )


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """torch.distributions.utils.tril_matrix_to_vec."""
    size = mat.shape[-1]
    if not isinstance(diag, int) or not -size <= diag < size:
        raise ValueError(f"diag ({diag}) provided is outside [{-size}, {size - 1}].")
    places = tril_places(size, diag)
    flat = mat.flatten(mat.ndim - 2)
    if not places:
        return flat[..., :0]
    return paddle.index_select(flat, paddle.to_tensor(places), axis=-1)


class SoftmaxTransform(Transform):
    """From logits to the simplex."""

    domain = constraint_real_vector
    codomain = constraint_simplex

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SoftmaxTransform)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return F.softmax(x, axis=-1)

    def _inverse(self, y: Any) -> Any:
        return y.log()


class StickBreakingTransform(Transform):
    """From an unconstrained vector to the simplex with one dimension more."""

    bijective = True
    domain = constraint_real_vector
    codomain = constraint_simplex

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StickBreakingTransform)

    __hash__ = object.__hash__

    def offset(self, x: Any) -> Any:
        """log(K), …, log(1) for the K numbers of `x`."""
        return paddle.arange(x.shape[-1], 0, -1).astype(x.dtype).log()

    def _call(self, x: Any) -> Any:
        z = SigmoidTransform()(x - self.offset(x))
        rest = (1 - z).cumprod(dim=-1)
        one = paddle.ones_like(z[..., :1])
        return paddle.concat([z, one], axis=-1) * paddle.concat([one, rest], axis=-1)

    def _inverse(self, y: Any) -> Any:
        cropped = y[..., :-1]
        rest = (1 - cropped.cumsum(axis=-1)).clip(min=float(paddle.finfo(y.dtype).tiny))
        return cropped.log() - rest.log() + self.offset(cropped)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        x = x - self.offset(x)
        return (-x + F.log_sigmoid(x) + y[..., :-1].log()).sum(axis=-1)

    def forward_shape(self, shape: Any) -> Any:
        return paddle.Size([*shape[:-1], shape[-1] + 1])

    def inverse_shape(self, shape: Any) -> Any:
        return paddle.Size([*shape[:-1], shape[-1] - 1])


class LowerCholeskyTransform(Transform):
    """From unconstrained matrices to lower triangular ones with a positive diagonal."""

    domain = IndependentConstraint(constraint_real, 2)
    codomain = constraint_lower_cholesky

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LowerCholeskyTransform)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        return paddle.tril(x, -1) + diagonal_matrix(paddle.diagonal(x, axis1=-2, axis2=-1).exp())

    def _inverse(self, y: Any) -> Any:
        return paddle.tril(y, -1) + diagonal_matrix(paddle.diagonal(y, axis1=-2, axis2=-1).log())


class PositiveDefiniteTransform(Transform):
    """From unconstrained matrices to positive definite ones."""

    domain = IndependentConstraint(constraint_real, 2)
    codomain = constraint_positive_definite

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PositiveDefiniteTransform)

    __hash__ = object.__hash__

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return paddle.matmul(factor, factor, transpose_y=True)

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(paddle.linalg.cholesky(y))


class TransformOfParts(Transform):
    """Transforms for the parts of a tensor."""

    transforms: list[Any]

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        return all(transform.bijective for transform in self.transforms)


class CatTransform(TransformOfParts):
    """Transforms for stretches of one dimension."""

    def __init__(
        self, tseq: Sequence[Any], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size=cache_size)
        self.transforms = [transform.with_cache(cache_size) for transform in tseq]
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        self.dim = dim

    @property
    def event_dim(self) -> int:
        return max(transform.event_dim for transform in self.transforms)

    @property
    def length(self) -> int:
        """The length of the dimension."""
        return sum(self.lengths)

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return CatTransform(self.transforms, self.dim, self.lengths, cache_size)

    def _call(self, x: Any) -> Any:
        parts = paddle.split(x, self.lengths, axis=self.dim)
        return paddle.concat([t(part) for t, part in zip(self.transforms, parts, strict=True)], axis=self.dim)

    def _inverse(self, y: Any) -> Any:
        parts = paddle.split(y, self.lengths, axis=self.dim)
        return paddle.concat(
            [t.inv(part) for t, part in zip(self.transforms, parts, strict=True)], axis=self.dim
        )

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        xs, ys = (paddle.split(value, self.lengths, axis=self.dim) for value in (x, y))
        terms = []
        for transform, before, after in zip(self.transforms, xs, ys, strict=True):
            term = transform.log_abs_det_jacobian(before, after)
            terms.append(sum_rightmost(term, self.event_dim - transform.event_dim))
        dim = self.dim - x.ndim if self.dim >= 0 else self.dim
        dim += self.event_dim
        return paddle.concat(terms, axis=dim) if dim < 0 else sum(terms)

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return CatConstraint([transform.domain for transform in self.transforms], self.dim, self.lengths)

    @property
    def codomain(self) -> Any:  # type: ignore[override]
        return CatConstraint([transform.codomain for transform in self.transforms], self.dim, self.lengths)


class StackTransform(TransformOfParts):
    """Transforms for the entries of one dimension."""

    def __init__(self, tseq: Sequence[Any], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.transforms = [transform.with_cache(cache_size) for transform in tseq]
        self.dim = dim

    def with_cache(self, cache_size: int = 1) -> Any:
        return (
            self if self._cache_size == cache_size else StackTransform(self.transforms, self.dim, cache_size)
        )

    def _call(self, x: Any) -> Any:
        parts = paddle.unbind(x, axis=self.dim)
        return paddle.stack([t(part) for t, part in zip(self.transforms, parts, strict=True)], axis=self.dim)

    def _inverse(self, y: Any) -> Any:
        parts = paddle.unbind(y, axis=self.dim)
        return paddle.stack(
            [t.inv(part) for t, part in zip(self.transforms, parts, strict=True)], axis=self.dim
        )

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        xs, ys = paddle.unbind(x, axis=self.dim), paddle.unbind(y, axis=self.dim)
        terms = [t.log_abs_det_jacobian(a, b) for t, a, b in zip(self.transforms, xs, ys, strict=True)]
        return paddle.stack(terms, axis=self.dim)

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return StackConstraint([transform.domain for transform in self.transforms], self.dim)

    @property
    def codomain(self) -> Any:  # type: ignore[override]
        return StackConstraint([transform.codomain for transform in self.transforms], self.dim)


class CumulativeDistributionTransform(Transform):
    """Through the cumulative distribution function of a distribution."""

    bijective = True
    codomain = constraint_unit_interval

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size=cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:  # type: ignore[override]
        return self.distribution.support

    @property
    def sign(self) -> Any:
        return 1

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self.distribution.log_prob(x)

    def with_cache(self, cache_size: int = 1) -> Any:
        if self._cache_size == cache_size:
            return self
        return CumulativeDistributionTransform(self.distribution, cache_size=cache_size)


class ConstraintRegistry:
    """From constraints to transforms into them; `register` adds rules of the user."""

    def __init__(self, default: Callable[[Any], Any]) -> None:
        self._default = default
        self._rules: dict[type, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Callable[[Any], Any] | None = None) -> Any:
        """Adds a rule for a class of constraints, or gives a decorator that does."""
        if factory is None:
            return lambda function: self.register(constraint, function)
        kind = type(constraint) if isinstance(constraint, Constraint) else constraint
        if not (isinstance(kind, type) and issubclass(kind, Constraint)):
            raise TypeError(
                f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}"
            )
        self._rules[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """A transform whose codomain is the constraint."""
        factory = self._rules.get(type(constraint))
        return self._default(constraint) if factory is None else factory(constraint)


def interval_transform(lower: Any, upper: Any) -> Any:
    """From all numbers to an interval."""
    numbers = isinstance(lower, (int, float)) and isinstance(upper, (int, float))
    if numbers and lower == 0 and upper == 1:
        return SigmoidTransform()
    return ComposeTransform([SigmoidTransform(), AffineTransform(lower, upper - lower)])


def bijection_to(constraint: Any) -> Any:
    """The bijective transform into a constraint."""
    if isinstance(constraint, IndependentConstraint):
        base = biject_to(constraint.base_constraint)
        return IndependentTransform(base, constraint.reinterpreted_batch_ndims)
    if constraint is constraint_simplex:
        return StickBreakingTransform()
    if isinstance(constraint, CatConstraint):
        return CatTransform([biject_to(c) for c in constraint.cseq], constraint.dim, constraint.lengths)
    if isinstance(constraint, StackConstraint):
        return StackTransform([biject_to(c) for c in constraint.cseq], constraint.dim)
    return common_transform_to(constraint)


def transformation_to(constraint: Any) -> Any:
    """The transform into a constraint, not always bijective, that suits optimizers."""
    if isinstance(constraint, IndependentConstraint):
        base = transform_to(constraint.base_constraint)
        return IndependentTransform(base, constraint.reinterpreted_batch_ndims)
    if constraint is constraint_simplex:
        return SoftmaxTransform()
    if constraint is constraint_lower_cholesky:
        return LowerCholeskyTransform()
    if constraint is constraint_positive_definite:
        return PositiveDefiniteTransform()
    if isinstance(constraint, CatConstraint):
        return CatTransform([transform_to(c) for c in constraint.cseq], constraint.dim, constraint.lengths)
    if isinstance(constraint, StackConstraint):
        return StackTransform([transform_to(c) for c in constraint.cseq], constraint.dim)
    return common_transform_to(constraint)


def common_transform_to(constraint: Any) -> Any:
    """The transform where both registries agree."""
    if constraint is constraint_real:
        return identity_transform
    if constraint is constraint_positive:
        return ExpTransform()
    if constraint is constraint_corr_cholesky:
        return CorrCholeskyTransform()
    if isinstance(constraint, (GreaterThan, GreaterThanEq)):
        if isinstance(constraint.lower_bound, (int, float)) and constraint.lower_bound == 0:
            return ExpTransform()
        return ComposeTransform([ExpTransform(), AffineTransform(constraint.lower_bound, 1)])
    if isinstance(constraint, LessThan):
        return ComposeTransform([ExpTransform(), AffineTransform(constraint.upper_bound, -1)])
    if isinstance(constraint, Interval):
        return interval_transform(constraint.lower_bound, constraint.upper_bound)
    raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")


biject_to = ConstraintRegistry(bijection_to)
transform_to = ConstraintRegistry(transformation_to)
