"""torch.distributions.constraints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import paddle


class Constraint:
    """A region of values: `check` says for each event whether it lies inside."""

    is_discrete = False
    event_dim = 0

    def check(self, value: Any) -> Any:
        """A boolean tensor, one element for each event."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return type(self).__name__ + "()"


class DependentConstraint(Constraint):
    """A constraint that depends on other values, and so cannot be checked by itself."""

    def __init__(self, *, is_discrete: bool = False, event_dim: int = 0) -> None:
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def __call__(
        self, *, is_discrete: bool | None = None, event_dim: int | None = None
    ) -> DependentConstraint:
        """The same with other attributes."""
        return DependentConstraint(
            is_discrete=self.is_discrete if is_discrete is None else is_discrete,
            event_dim=self.event_dim if event_dim is None else event_dim,
        )

    def check(self, x: Any) -> Any:
        raise ValueError("Cannot determine validity of dependent constraint")


def is_dependent(constraint: Any) -> bool:
    """torch.distributions.constraints.is_dependent."""
    return isinstance(constraint, (DependentConstraint, DependentProperty))


class DependentProperty(property):
    """A property that is a constraint when read from an instance, and a dependent constraint on the class."""

    def __init__(
        self, fn: Callable[[Any], Any] | None = None, *, is_discrete: bool = False, event_dim: int = 0
    ) -> None:
        super().__init__(fn)
        self.is_discrete = is_discrete
        self.event_dim = event_dim

    def __call__(self, fn: Callable[[Any], Any]) -> DependentProperty:
        """Use as a decorator with arguments."""
        return DependentProperty(fn, is_discrete=self.is_discrete, event_dim=self.event_dim)


class IndependentConstraint(Constraint):
    """Reads the last dimensions of a constraint as one event."""

    def __init__(self, base_constraint: Any, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint = base_constraint
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        """Whether the values are discrete."""
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        """The number of dimensions of an event."""
        return int(self.base_constraint.event_dim) + self.reinterpreted_batch_ndims

    def check(self, value: Any) -> Any:
        result = self.base_constraint.check(value)
        count = self.reinterpreted_batch_ndims
        if result.ndim < count:
            raise ValueError(f"Expected value.dim() >= {self.event_dim} but got {value.ndim}")
        return result.flatten(result.ndim - count).all(axis=-1) if count else result


class MixtureSameFamilyConstraint(Constraint):
    """The constraint of a mixture, from that of its components."""

    def __init__(self, base_constraint: Any) -> None:
        self.base_constraint = base_constraint

    @property
    def is_discrete(self) -> bool:  # type: ignore[override]
        """Whether the values are discrete."""
        return bool(self.base_constraint.is_discrete)

    @property
    def event_dim(self) -> int:  # type: ignore[override]
        """The number of dimensions of an event."""
        return int(self.base_constraint.event_dim)

    def check(self, value: Any) -> Any:
        result = self.base_constraint.check(value.unsqueeze(-1 - self.event_dim))
        return (
            result.flatten(result.ndim - self.event_dim).all(axis=-1)
            if self.event_dim
            else result.all(axis=-1)
        )


class BooleanConstraint(Constraint):
    """0 or 1."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value == 0) | (value == 1)


class OneHotConstraint(Constraint):
    """One 1, otherwise zeros."""

    is_discrete = True
    event_dim = 1

    def check(self, value: Any) -> Any:
        boolean = (value == 0) | (value == 1)
        return boolean.all(axis=-1) & (value.sum(axis=-1) == 1)


class Bounds(Constraint):
    """Between two bounds."""

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound = lower_bound
        self.upper_bound = upper_bound

    def __repr__(self) -> str:
        return f"{type(self).__name__}(lower_bound={self.lower_bound}, upper_bound={self.upper_bound})"


class IntegerInterval(Bounds):
    """Integers from `lower_bound` to `upper_bound`."""

    is_discrete = True

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (self.lower_bound <= value) & (value <= self.upper_bound)


class IntegerGreaterThan(Constraint):
    """Integers from `lower_bound`."""

    is_discrete = True

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    def check(self, value: Any) -> Any:
        return (value % 1 == 0) & (value >= self.lower_bound)

    def __repr__(self) -> str:
        return f"IntegerGreaterThan(lower_bound={self.lower_bound})"


class RealConstraint(Constraint):
    """Numbers that are not NaN."""

    def check(self, value: Any) -> Any:
        return value == value


class GreaterThan(Constraint):
    """Above `lower_bound`."""

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    def check(self, value: Any) -> Any:
        return self.lower_bound < value

    def __repr__(self) -> str:
        return f"GreaterThan(lower_bound={self.lower_bound})"


class GreaterThanEq(GreaterThan):
    """At or above `lower_bound`."""

    def check(self, value: Any) -> Any:
        return self.lower_bound <= value

    def __repr__(self) -> str:
        return f"GreaterThanEq(lower_bound={self.lower_bound})"


class LessThan(Constraint):
    """Below `upper_bound`."""

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Any) -> Any:
        return value < self.upper_bound

    def __repr__(self) -> str:
        return f"LessThan(upper_bound={self.upper_bound})"


class Interval(Bounds):
    """From `lower_bound` to `upper_bound`."""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class HalfOpenInterval(Interval):
    """From `lower_bound` to below `upper_bound`."""

    def check(self, value: Any) -> Any:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class SimplexConstraint(Constraint):
    """Numbers from 0 that sum up to 1."""

    event_dim = 1

    def check(self, value: Any) -> Any:
        return (value >= 0).all(axis=-1) & ((value.sum(axis=-1) - 1).abs() < 1e-6)


class MultinomialConstraint(Constraint):
    """Counts that sum up to at most `upper_bound`."""

    is_discrete = True
    event_dim = 1

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, x: Any) -> Any:
        return (x >= 0).all(axis=-1) & (x.sum(axis=-1) <= self.upper_bound)


class LowerTriangular(Constraint):
    """Lower triangular matrices."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        return (paddle.tril(value) == value).flatten(value.ndim - 2).all(axis=-1)


class LowerCholesky(LowerTriangular):
    """Lower triangular matrices with a positive diagonal."""

    def check(self, value: Any) -> Any:
        diagonal = paddle.diagonal(value, axis1=-2, axis2=-1)
        return super().check(value) & (diagonal > 0).all(axis=-1)


class CorrCholesky(LowerTriangular):
    """Cholesky factors of correlation matrices."""

    def check(self, value: Any) -> Any:
        tolerance = float(paddle.finfo(value.dtype).eps) * value.shape[-1] * 10
        norm = (value * value).sum(axis=-1).sqrt()
        unit = ((norm - 1).abs() < tolerance).all(axis=-1)
        diagonal = paddle.diagonal(value, axis1=-2, axis2=-1)
        return super().check(value) & (diagonal > 0).all(axis=-1) & unit


class SquareConstraint(Constraint):
    """Square matrices."""

    event_dim = 2

    def check(self, value: Any) -> Any:
        return paddle.full(value.shape[:-2], value.shape[-2] == value.shape[-1], dtype="bool")


class SymmetricConstraint(SquareConstraint):
    """Symmetric matrices."""

    def check(self, value: Any) -> Any:
        square = super().check(value)
        if value.shape[-2] != value.shape[-1]:
            return square
        return (
            paddle.isclose(value, paddle.swapaxes(value, -1, -2), atol=1e-6)
            .flatten(value.ndim - 2)
            .all(axis=-1)
        )


class PositiveSemidefinite(SymmetricConstraint):
    """Symmetric matrices without negative eigenvalues."""

    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        return symmetric & (paddle.linalg.eigvalsh(value.detach()) >= 0).all(axis=-1)


class PositiveDefinite(SymmetricConstraint):
    """Symmetric matrices with positive eigenvalues."""

    def check(self, value: Any) -> Any:
        symmetric = super().check(value)
        return symmetric & (paddle.linalg.eigvalsh(value.detach()) > 0).all(axis=-1)


class CatConstraint(Constraint):
    """Constraints for stretches of one dimension."""

    def __init__(self, cseq: Sequence[Any], dim: int = 0, lengths: Sequence[int] | None = None) -> None:
        self.cseq = list(cseq)
        self.lengths = [1] * len(self.cseq) if lengths is None else list(lengths)
        self.dim = dim
        self.is_discrete = any(constraint.is_discrete for constraint in self.cseq)
        self.event_dim = max(constraint.event_dim for constraint in self.cseq)

    def check(self, value: Any) -> Any:
        parts = paddle.split(value, self.lengths, axis=self.dim)
        checks = [constraint.check(part) for constraint, part in zip(self.cseq, parts, strict=True)]
        return paddle.concat(checks, axis=self.dim)


class StackConstraint(Constraint):
    """Constraints for the entries of one dimension."""

    def __init__(self, cseq: Sequence[Any], dim: int = 0) -> None:
        self.cseq = list(cseq)
        self.dim = dim
        dimension = max(constraint.event_dim for constraint in self.cseq)
        self.is_discrete = any(constraint.is_discrete for constraint in self.cseq)
        self.event_dim = dimension + 1 if dim + dimension < 0 else dimension

    def check(self, value: Any) -> Any:
        parts = paddle.unbind(value, axis=self.dim)
        checks = [constraint.check(part) for constraint, part in zip(self.cseq, parts, strict=True)]
        return paddle.stack(checks, axis=self.dim)


constraint_dependent = DependentConstraint()
constraint_boolean = BooleanConstraint()
constraint_one_hot = OneHotConstraint()
constraint_nonnegative_integer = IntegerGreaterThan(0)
constraint_positive_integer = IntegerGreaterThan(1)
constraint_real = RealConstraint()
constraint_real_vector = IndependentConstraint(constraint_real, 1)
constraint_positive = GreaterThan(0.0)
constraint_nonnegative = GreaterThanEq(0.0)
constraint_unit_interval = Interval(0.0, 1.0)
constraint_simplex = SimplexConstraint()
constraint_lower_triangular = LowerTriangular()
constraint_lower_cholesky = LowerCholesky()
constraint_corr_cholesky = CorrCholesky()
constraint_square = SquareConstraint()
constraint_symmetric = SymmetricConstraint()
constraint_positive_semidefinite = PositiveSemidefinite()
constraint_positive_definite = PositiveDefinite()
