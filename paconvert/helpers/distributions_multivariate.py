"""torch.distributions over vectors and matrices."""

from __future__ import annotations

import functools
import math
from typing import Any, ClassVar

import paddle

from paconvert.helpers.distribution_base import (
    Distribution,
    ExponentialFamily,
    broadcast_all,
    standard_normal,
)
from paconvert.helpers.distribution_constraints import (
    GreaterThan,
    IndependentConstraint,
    constraint_corr_cholesky,
    constraint_lower_cholesky,
    constraint_positive,
    constraint_positive_definite,
    constraint_real,
    constraint_real_vector,
)
from paconvert.helpers.distribution_transforms import diagonal_matrix
from paconvert.helpers.distributions_continuous import Beta, GammaSample
from paconvert.helpers.linalg import linalg_solve_triangular


def batch_mahalanobis(scale_tril: Any, x: Any) -> Any:
    """The squared Mahalanobis distance of `x` for Cholesky factors, with broadcasting."""
    shape = list(paddle.broadcast_shape(scale_tril.shape[:-1], x.shape))
    solved = linalg_solve_triangular(
        scale_tril.expand([*shape, shape[-1]]), x.expand(shape).unsqueeze(-1), upper=False
    )
    return (solved.squeeze(-1) ** 2).sum(axis=-1)


def precision_to_scale_tril(precision: Any) -> Any:
    """The Cholesky factor of the inverse of a precision matrix."""
    factor = paddle.linalg.cholesky(paddle.flip(precision, axis=[-2, -1]))
    inverse = paddle.swapaxes(paddle.flip(factor, axis=[-2, -1]), -1, -2)
    eye = paddle.eye(precision.shape[-1], dtype=precision.dtype).expand(precision.shape)
    return linalg_solve_triangular(inverse, eye, upper=False)


class MatrixScaled(Distribution):
    """The base of distributions with a covariance (or scale) matrix, given in one of three ways."""

    @staticmethod
    def _given_matrix(covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> tuple[str, Any]:
        """The name and the value of the one that is given."""
        given = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        found = [(name, value) for name, value in given.items() if value is not None]
        if len(found) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified."
            )
        return found[0]

    def _set_factor(self, name: str, matrix: Any) -> None:
        """Computes the Cholesky factor of the covariance from that matrix."""
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = matrix
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = paddle.linalg.cholesky(matrix)
        else:
            self._unbroadcasted_scale_tril = precision_to_scale_tril(matrix)

    @functools.cached_property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        return self._unbroadcasted_scale_tril

    @functools.cached_property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        return paddle.matmul(self._unbroadcasted_scale_tril, self._unbroadcasted_scale_tril, transpose_y=True)

    @functools.cached_property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        return paddle.linalg.inv(self.covariance_matrix)

    def _half_log_det(self) -> Any:
        return paddle.diagonal(self._unbroadcasted_scale_tril, axis1=-2, axis2=-1).log().sum(axis=-1)


class MultivariateNormal(MatrixScaled):
    """torch.distributions.MultivariateNormal."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraint_real_vector,
        "covariance_matrix": constraint_positive_definite,
        "precision_matrix": constraint_positive_definite,
        "scale_tril": constraint_lower_cholesky,
    }
    support = constraint_real_vector
    has_rsample = True
    _parameters = ("loc", "covariance_matrix", "precision_matrix", "scale_tril", "_unbroadcasted_scale_tril")

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = self._given_matrix(covariance_matrix, precision_matrix, scale_tril)
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        if matrix.ndim < 2:
            raise ValueError(f"{name} must be at least two-dimensional")
        batch = list(paddle.broadcast_shape(matrix.shape[:-2], loc.shape[:-1]))
        matrix = matrix.expand([*batch, *matrix.shape[-2:]])
        self.__dict__[name] = matrix
        self.loc = loc.expand([*batch, loc.shape[-1]])
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._set_factor(name, matrix)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return (self._unbroadcasted_scale_tril**2).sum(axis=-1)

    def rsample(self, sample_shape: Any = ()) -> Any:
        noise = standard_normal(self._extended_shape(sample_shape), self.loc.dtype)
        return self.loc + paddle.matmul(self._unbroadcasted_scale_tril, noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        distance = batch_mahalanobis(self._unbroadcasted_scale_tril, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - self._half_log_det()

    def entropy(self) -> Any:
        return 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + self._half_log_det()


class LowRankMultivariateNormal(Distribution):
    """torch.distributions.LowRankMultivariateNormal: covariance `factor @ factor.T + diag(cov_diag)`."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraint_real_vector,
        "cov_factor": IndependentConstraint(constraint_real, 2),
        "cov_diag": IndependentConstraint(constraint_positive, 1),
    }
    support = constraint_real_vector
    has_rsample = True
    _parameters = ("loc", "cov_factor", "cov_diag")

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: bool | None = None) -> None:
        event = loc.shape[-1:]
        if list(cov_factor.shape[-2:-1]) != list(event) or list(cov_diag.shape[-1:]) != list(event):
            raise ValueError("cov_factor and cov_diag must fit the event shape of loc")
        batch = list(paddle.broadcast_shape(loc.shape[:-1], cov_factor.shape[:-2]))
        batch = list(paddle.broadcast_shape(batch, cov_diag.shape[:-1]))
        self.loc = loc.expand([*batch, *event])
        self.cov_factor = cov_factor.expand([*batch, *cov_factor.shape[-2:]])
        self.cov_diag = cov_diag.expand([*batch, *event])
        super().__init__(batch, event, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return (self.cov_factor**2).sum(axis=-1) + self.cov_diag

    @property
    def covariance_matrix(self) -> Any:
        """The covariance."""
        product = paddle.matmul(self.cov_factor, self.cov_factor, transpose_y=True)
        return product + diagonal_matrix(self.cov_diag)

    @property
    def scale_tril(self) -> Any:
        """The Cholesky factor of the covariance."""
        return paddle.linalg.cholesky(self.covariance_matrix)

    @property
    def precision_matrix(self) -> Any:
        """The inverse of the covariance."""
        return paddle.linalg.inv(self.covariance_matrix)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        wide = standard_normal([*shape[:-1], self.cov_factor.shape[-1]], self.loc.dtype)
        low_rank = paddle.matmul(self.cov_factor, wide.unsqueeze(-1)).squeeze(-1)
        return self.loc + low_rank + self.cov_diag.sqrt() * standard_normal(shape, self.loc.dtype)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        factor = self.scale_tril
        half_log_det = paddle.diagonal(factor, axis1=-2, axis2=-1).log().sum(axis=-1)
        distance = batch_mahalanobis(factor, value - self.loc)
        return -0.5 * (self._event_shape[0] * math.log(2 * math.pi) + distance) - half_log_det

    def entropy(self) -> Any:
        half_log_det = paddle.diagonal(self.scale_tril, axis1=-2, axis2=-1).log().sum(axis=-1)
        return 0.5 * self._event_shape[0] * (1.0 + math.log(2 * math.pi)) + half_log_det


class LKJCholesky(Distribution):
    """torch.distributions.LKJCholesky: Cholesky factors of random correlation matrices."""

    arg_constraints: ClassVar[Any] = {"concentration": constraint_positive}
    support = constraint_corr_cholesky
    _parameters = ("concentration",)

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, [dim, dim], validate_args=validate_args)

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            shape = self._extended_shape(sample_shape)[:-2]
            dtype = self.concentration.dtype
            rows = [
                paddle.concat(
                    [paddle.ones([*shape, 1], dtype), paddle.zeros([*shape, self.dim - 1], dtype)], -1
                )
            ]
            for index in range(1, self.dim):
                # Onion method: a random direction, and a random radius below one.
                concentration = self.concentration.expand(shape)
                radius = Beta(
                    paddle.full(shape, index / 2, dtype), concentration + (self.dim - 1 - index) / 2
                ).sample()
                direction = paddle.randn([*shape, index], dtype=dtype)
                direction = direction / direction.norm(axis=-1, keepdim=True)
                below = direction * radius.sqrt().unsqueeze(-1)
                last = (1 - radius).clip(min=float(paddle.finfo(dtype).tiny)).sqrt().unsqueeze(-1)
                rows.append(
                    paddle.concat([below, last, paddle.zeros([*shape, self.dim - 1 - index], dtype)], -1)
                )
            return paddle.stack(rows, axis=-2)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        diagonal = paddle.diagonal(value, axis1=-2, axis2=-1)[..., 1:]
        order = paddle.arange(2, self.dim + 1).astype(self.concentration.dtype)
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        unnormalized = (order * diagonal.log()).sum(axis=-1)
        dm1 = self.dim - 1
        alpha = self.concentration + 0.5 * dm1
        denominator = paddle.lgamma(alpha) * dm1
        numerator = paddle.multigammaln(alpha - 0.5, dm1)
        pi_constant = 0.5 * dm1 * math.log(math.pi)
        return unnormalized - (pi_constant + numerator - denominator)


class Wishart(MatrixScaled, ExponentialFamily):
    """torch.distributions.Wishart."""

    arg_constraints: ClassVar[Any] = {
        "covariance_matrix": constraint_positive_definite,
        "precision_matrix": constraint_positive_definite,
        "scale_tril": constraint_lower_cholesky,
        "df": GreaterThan(0),
    }
    support = constraint_positive_definite
    has_rsample = True
    _parameters = ("df", "covariance_matrix", "precision_matrix", "scale_tril", "_unbroadcasted_scale_tril")

    def __init__(
        self,
        df: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = self._given_matrix(covariance_matrix, precision_matrix, scale_tril)
        if not isinstance(df, paddle.Tensor):
            df = paddle.to_tensor(float(df), dtype=matrix.dtype)
        batch = list(paddle.broadcast_shape(matrix.shape[:-2], df.shape))
        matrix = matrix.expand([*batch, *matrix.shape[-2:]])
        self.__dict__[name] = matrix
        self.df = df.expand(batch)
        if bool((self.df <= matrix.shape[-1] - 1).any()):
            raise ValueError(
                f"Value of df={df} expected to be greater than ndim - 1 = {matrix.shape[-1] - 1}."
            )
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        self._set_factor(name, matrix)

    def _df_matrix(self) -> Any:
        return self.df.unsqueeze(-1).unsqueeze(-1)

    @property
    def mean(self) -> Any:
        return self._df_matrix() * self.covariance_matrix

    @property
    def mode(self) -> Any:
        factor = self.df - self.covariance_matrix.shape[-1] - 1
        factor = paddle.where(factor <= 0, paddle.full_like(factor, float("nan")), factor)
        return factor.unsqueeze(-1).unsqueeze(-1) * self.covariance_matrix

    @property
    def variance(self) -> Any:
        v = self.covariance_matrix
        diagonal = paddle.diagonal(v, axis1=-2, axis2=-1)
        return self._df_matrix() * (v**2 + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        p = shape[-1]
        # Bartlett's decomposition.
        offsets = paddle.arange(p).astype(self.df.dtype)
        chi2 = 2 * GammaSample.apply((0.5 * (self.df.unsqueeze(-1) - offsets)).expand(shape[:-1]))
        noise = paddle.tril(paddle.randn(shape, dtype=self.df.dtype), -1) + diagonal_matrix(chi2.sqrt())
        factor = paddle.matmul(self._unbroadcasted_scale_tril, noise)
        return paddle.matmul(factor, factor, transpose_y=True)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        p = self._event_shape[-1]
        log_det = paddle.compat.slogdet(value)[1]
        trace = paddle.diagonal(paddle.matmul(self.precision_matrix, value), axis1=-2, axis2=-1).sum(axis=-1)
        return (
            -self.df * (p * math.log(2.0) / 2 + self._half_log_det())
            - paddle.multigammaln(self.df / 2, p)
            + (self.df - p - 1) / 2 * log_det
            - trace / 2
        )

    def entropy(self) -> Any:
        p = self._event_shape[-1]
        offsets = paddle.arange(p).astype(self.df.dtype)
        digammas = paddle.digamma((self.df.unsqueeze(-1) - offsets) / 2).sum(axis=-1)
        return (
            (p + 1) * (p * math.log(2.0) / 2 + self._half_log_det())
            + paddle.multigammaln(self.df / 2, p)
            - (self.df - p - 1) / 2 * digammas
            + self.df * p / 2
        )
