"""torch.distributions over single numbers, and those made of gamma variables."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import paddle
import paddle.nn.functional as F

from paconvert.helpers.distribution_base import (
    Distribution,
    ExponentialFamily,
    bounded_uniform,
    broadcast_all,
    clamp_probs,
    masked_xlogy,
    standard_normal,
)
from paconvert.helpers.distribution_constraints import (
    DependentProperty,
    IndependentConstraint,
    Interval,
    constraint_dependent,
    constraint_nonnegative,
    constraint_positive,
    constraint_real,
    constraint_simplex,
    constraint_unit_interval,
)


class LocationScale(Distribution):
    """The base of distributions of a place and a width."""

    arg_constraints: ClassVar[Any] = {"loc": constraint_real, "scale": constraint_positive}
    support = constraint_real
    has_rsample = True
    _parameters = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mode(self) -> Any:
        return self.loc


class Normal(LocationScale, ExponentialFamily):
    """torch.distributions.Normal."""

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def stddev(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        return self.scale**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.loc + standard_normal(self._extended_shape(sample_shape), self.loc.dtype) * self.scale

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return (
            -((value - self.loc) ** 2) / (2 * self.scale**2) - self.scale.log() - 0.5 * math.log(2 * math.pi)
        )

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return 0.5 * (1 + paddle.erf((value - self.loc) / self.scale / math.sqrt(2)))

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * paddle.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Any:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()


class Uniform(Distribution):
    """torch.distributions.Uniform."""

    has_rsample = True
    _parameters = ("low", "high")

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_all(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)
        if self._validate_args and not bool((self.low < self.high).all()):
            raise ValueError("Uniform is not defined when low>= high")

    @property
    def arg_constraints(self) -> Any:  # type: ignore[override]
        return {"low": constraint_dependent, "high": constraint_dependent}

    @DependentProperty(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From low to high."""
        return Interval(self.low, self.high)

    @property
    def mean(self) -> Any:
        return (self.high + self.low) / 2

    @property
    def mode(self) -> Any:
        return paddle.full_like(self.high, float("nan"))

    @property
    def stddev(self) -> Any:
        return (self.high - self.low) / 12**0.5

    @property
    def variance(self) -> Any:
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Any = ()) -> Any:
        uniform = paddle.rand(self._extended_shape(sample_shape), dtype=self.low.dtype)
        return self.low + uniform * (self.high - self.low)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        inside = ((self.low <= value) & (self.high > value)).astype(self.low.dtype)
        return inside.log() - (self.high - self.low).log()

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.low) / (self.high - self.low)).clip(min=0, max=1)

    def icdf(self, value: Any) -> Any:
        return value * (self.high - self.low) + self.low

    def entropy(self) -> Any:
        return (self.high - self.low).log()


class Exponential(ExponentialFamily):
    """torch.distributions.Exponential."""

    arg_constraints: ClassVar[Any] = {"rate": constraint_positive}
    support = constraint_nonnegative
    has_rsample = True
    _parameters = ("rate",)

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return 1 / self.rate

    @property
    def mode(self) -> Any:
        return paddle.zeros_like(self.rate)

    @property
    def stddev(self) -> Any:
        return 1 / self.rate

    @property
    def variance(self) -> Any:
        return self.rate**-2

    def rsample(self, sample_shape: Any = ()) -> Any:
        return -bounded_uniform(self._extended_shape(sample_shape), self.rate.dtype).log() / self.rate

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return 1 - (-self.rate * value).exp()

    def icdf(self, value: Any) -> Any:
        return -paddle.log1p(-value) / self.rate

    def entropy(self) -> Any:
        return 1.0 - self.rate.log()


class Laplace(LocationScale):
    """torch.distributions.Laplace."""

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return 2 * self.scale**2

    @property
    def stddev(self) -> Any:
        return 2**0.5 * self.scale

    def rsample(self, sample_shape: Any = ()) -> Any:
        eps = float(paddle.finfo(self.loc.dtype).eps)
        u = paddle.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype) * (2 - eps) + (eps - 1)
        return self.loc - self.scale * u.sign() * paddle.log1p(-u.abs())

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        gap = value - self.loc
        return 0.5 - 0.5 * gap.sign() * paddle.expm1(-gap.abs() / self.scale)

    def icdf(self, value: Any) -> Any:
        term = value - 0.5
        return self.loc - self.scale * term.sign() * paddle.log1p(-2 * term.abs())

    def entropy(self) -> Any:
        return 1 + (2 * self.scale).log()


class Cauchy(LocationScale):
    """torch.distributions.Cauchy."""

    @property
    def mean(self) -> Any:
        return paddle.full(self._extended_shape(), float("nan"), dtype=self.loc.dtype)

    @property
    def variance(self) -> Any:
        return paddle.full(self._extended_shape(), float("inf"), dtype=self.loc.dtype)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(bounded_uniform(self._extended_shape(sample_shape), self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return -math.log(math.pi) - self.scale.log() - paddle.log1p(((value - self.loc) / self.scale) ** 2)

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return paddle.atan((value - self.loc) / self.scale) / math.pi + 0.5

    def icdf(self, value: Any) -> Any:
        return paddle.tan(math.pi * (value - 0.5)) * self.scale + self.loc

    def entropy(self) -> Any:
        return math.log(4 * math.pi) + self.scale.log()


class GammaSample(paddle.autograd.PyLayer):  # type: ignore[misc]
    """Samples of the gamma distribution, with a gradient by implicit differentiation."""

    @staticmethod
    def forward(ctx: Any, concentration: Any) -> Any:
        """Samples with unit rate."""
        sample = paddle.standard_gamma(concentration).clip(min=float(paddle.finfo(concentration.dtype).tiny))
        ctx.save_for_backward(concentration, sample)
        return sample

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """- (dF/da) / density, where F is the distribution function."""
        concentration, sample = ctx.saved_tensor()
        a, x = concentration.astype("float64"), sample.astype("float64")
        step = 1e-4 * a.clip(max=1.0)
        slope = (paddle.gammainc(a + step, x) - paddle.gammainc(a - step, x)) / (2 * step)
        log_density = (a - 1) * x.log() - x - paddle.lgamma(a)
        return gradient * (-slope / log_density.exp()).astype(concentration.dtype)


class Gamma(ExponentialFamily):
    """torch.distributions.Gamma."""

    arg_constraints: ClassVar[Any] = {"concentration": constraint_positive, "rate": constraint_positive}
    support = constraint_nonnegative
    has_rsample = True
    _parameters = ("concentration", "rate")

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.rate

    @property
    def mode(self) -> Any:
        return ((self.concentration - 1) / self.rate).clip(min=0)

    @property
    def variance(self) -> Any:
        return self.concentration / self.rate**2

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        return GammaSample.apply(self.concentration.expand(shape)) / self.rate.expand(shape)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value = value.astype(self.rate.dtype)
        return (
            masked_xlogy(self.concentration, self.rate)
            + masked_xlogy(self.concentration - 1, value)
            - self.rate * value
            - paddle.lgamma(self.concentration)
        )

    def entropy(self) -> Any:
        a = self.concentration
        return a - self.rate.log() + paddle.lgamma(a) + (1.0 - a) * paddle.digamma(a)

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        shape = paddle.broadcast_shape(self.concentration.shape, value.shape)
        return paddle.gammainc(self.concentration.expand(shape), (self.rate * value).expand(shape))


class Chi2(Gamma):
    """torch.distributions.Chi2."""

    arg_constraints: ClassVar[Any] = {"df": constraint_positive}

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        (df,) = broadcast_all(df)
        super().__init__(0.5 * df, 0.5, validate_args=validate_args)

    @property
    def df(self) -> Any:
        """The degrees of freedom."""
        return self.concentration * 2


class Beta(ExponentialFamily):
    """torch.distributions.Beta."""

    arg_constraints: ClassVar[Any] = {
        "concentration1": constraint_positive,
        "concentration0": constraint_positive,
    }
    support = constraint_unit_interval
    has_rsample = True
    _parameters = ("concentration1", "concentration0")

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        super().__init__(self.concentration1.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration1 / (self.concentration1 + self.concentration0)

    @property
    def mode(self) -> Any:
        pair = paddle.stack([self.concentration1, self.concentration0], axis=-1)
        return dirichlet_mode(pair)[..., 0]

    @property
    def variance(self) -> Any:
        total = self.concentration1 + self.concentration0
        return self.concentration1 * self.concentration0 / (total**2 * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        first = GammaSample.apply(self.concentration1.expand(shape))
        second = GammaSample.apply(self.concentration0.expand(shape))
        return clamp_probs(first / (first + second))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        a, b = self.concentration1, self.concentration0
        norm = paddle.lgamma(a + b) - paddle.lgamma(a) - paddle.lgamma(b)
        return masked_xlogy(a - 1, value) + masked_xlogy(b - 1, 1 - value) + norm

    def entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        log_beta = paddle.lgamma(a) + paddle.lgamma(b) - paddle.lgamma(a + b)
        return (
            log_beta
            - (a - 1) * paddle.digamma(a)
            - (b - 1) * paddle.digamma(b)
            + (a + b - 2) * paddle.digamma(a + b)
        )


def dirichlet_mode(concentration: Any) -> Any:
    """The mode of a Dirichlet distribution; without one inside, the vertex of the largest concentration."""
    reduced = (concentration - 1).clip(min=0.0)
    total = reduced.sum(axis=-1, keepdim=True)
    vertex = F.one_hot(concentration.argmax(axis=-1), concentration.shape[-1]).astype(concentration.dtype)
    low = (concentration < 1).all(axis=-1, keepdim=True)
    return paddle.where(low, vertex, reduced / total)


class Dirichlet(ExponentialFamily):
    """torch.distributions.Dirichlet."""

    arg_constraints: ClassVar[Any] = {"concentration": IndependentConstraint(constraint_positive, 1)}
    support = constraint_simplex
    has_rsample = True
    _parameters = ("concentration",)

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise ValueError("`concentration` parameter must be at least one-dimensional.")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.concentration / self.concentration.sum(axis=-1, keepdim=True)

    @property
    def mode(self) -> Any:
        return dirichlet_mode(self.concentration)

    @property
    def variance(self) -> Any:
        total = self.concentration.sum(axis=-1, keepdim=True)
        return self.concentration * (total - self.concentration) / (total**2 * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Any:
        gamma = GammaSample.apply(self.concentration.expand(self._extended_shape(sample_shape)))
        return gamma / gamma.sum(axis=-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return (
            masked_xlogy(self.concentration - 1.0, value).sum(axis=-1)
            + paddle.lgamma(self.concentration.sum(axis=-1))
            - paddle.lgamma(self.concentration).sum(axis=-1)
        )

    def entropy(self) -> Any:
        k = self.concentration.shape[-1]
        total = self.concentration.sum(axis=-1)
        return (
            paddle.lgamma(self.concentration).sum(axis=-1)
            - paddle.lgamma(total)
            - (k - total) * paddle.digamma(total)
            - ((self.concentration - 1.0) * paddle.digamma(self.concentration)).sum(axis=-1)
        )


class StudentT(Distribution):
    """torch.distributions.StudentT."""

    arg_constraints: ClassVar[Any] = {
        "df": constraint_positive,
        "loc": constraint_real,
        "scale": constraint_positive,
    }
    support = constraint_real
    has_rsample = True
    _parameters = ("df", "loc", "scale")

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return paddle.where(self.df <= 1, paddle.full_like(self.loc, float("nan")), self.loc)

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        safe = paddle.where(self.df > 2, self.df, paddle.full_like(self.df, 3.0))
        finite = self.scale**2 * safe / (safe - 2)
        result = paddle.where(self.df > 2, finite, paddle.full_like(finite, float("inf")))
        return paddle.where(self.df <= 1, paddle.full_like(finite, float("nan")), result)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        chi2 = 2 * GammaSample.apply((0.5 * self.df).expand(shape))
        return self.loc + self.scale * standard_normal(shape, self.df.dtype) * paddle.rsqrt(chi2 / self.df)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        norm = (
            self.scale.log()
            + 0.5 * self.df.log()
            + 0.5 * math.log(math.pi)
            + paddle.lgamma(0.5 * self.df)
            - paddle.lgamma(0.5 * (self.df + 1.0))
        )
        return -0.5 * (self.df + 1.0) * paddle.log1p(y**2.0 / self.df) - norm

    def entropy(self) -> Any:
        log_beta = paddle.lgamma(0.5 * self.df) + math.lgamma(0.5) - paddle.lgamma(0.5 * (self.df + 1))
        return (
            self.scale.log()
            + 0.5 * (self.df + 1) * (paddle.digamma(0.5 * (self.df + 1)) - paddle.digamma(0.5 * self.df))
            + 0.5 * self.df.log()
            + log_beta
        )


class FisherSnedecor(Distribution):
    """torch.distributions.FisherSnedecor."""

    arg_constraints: ClassVar[Any] = {"df1": constraint_positive, "df2": constraint_positive}
    support = constraint_positive
    has_rsample = True
    _parameters = ("df1", "df2")

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        super().__init__(self.df1.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        nan = paddle.full_like(self.df2, float("nan"))
        df2 = paddle.where(self.df2 <= 2, nan, self.df2)
        return df2 / (df2 - 2)

    @property
    def mode(self) -> Any:
        mode = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return paddle.where(self.df1 <= 2, paddle.full_like(mode, float("nan")), mode)

    @property
    def variance(self) -> Any:
        nan = paddle.full_like(self.df2, float("nan"))
        df2 = paddle.where(self.df2 <= 4, nan, self.df2)
        return 2 * df2**2 * (self.df1 + df2 - 2) / (self.df1 * (df2 - 2) ** 2 * (df2 - 4))

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        first = GammaSample.apply((self.df1 * 0.5).expand(shape)) / (self.df1 * 0.5)
        second = GammaSample.apply((self.df2 * 0.5).expand(shape)) / (self.df2 * 0.5)
        tiny = float(paddle.finfo(first.dtype).tiny)
        return (first / second.clip(min=tiny)).clip(min=tiny)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        ct1, ct2, ct3 = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        t1 = paddle.lgamma(ct1 + ct2) - paddle.lgamma(ct1) - paddle.lgamma(ct2)
        t2 = ct1 * ct3.log() + (ct1 - 1) * value.log()
        return t1 + t2 - (ct1 + ct2) * paddle.log1p(ct3 * value)


class VonMises(Distribution):
    """torch.distributions.VonMises."""

    arg_constraints: ClassVar[Any] = {"loc": constraint_real, "concentration": constraint_positive}
    support = constraint_real
    has_rsample = False
    _parameters = ("loc", "concentration")

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def _log_i0(self) -> Any:
        return paddle.i0e(self.concentration).log() + self.concentration

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        angle = paddle.cos(value - self.loc)
        return self.concentration * angle - math.log(2 * math.pi) - self._log_i0()

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            shape = self._extended_shape(sample_shape)
            drawn = np.random.default_rng(paddle.randint(0, 2**31 - 1, [1]).item())
            angles = drawn.vonmises(self.loc.numpy(), self.concentration.numpy(), shape)
            return paddle.to_tensor(angles).astype(self.loc.dtype)

    @property
    def mean(self) -> Any:
        return self.loc

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def variance(self) -> Any:
        return 1 - paddle.i1e(self.concentration) / paddle.i0e(self.concentration)


class GeneralizedPareto(Distribution):
    """torch.distributions.GeneralizedPareto."""

    arg_constraints: ClassVar[Any] = {
        "loc": constraint_real,
        "scale": constraint_positive,
        "concentration": constraint_real,
    }
    has_rsample = True
    _parameters = ("loc", "scale", "concentration")

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def _flat(self) -> Any:
        return paddle.isclose(self.concentration, paddle.zeros_like(self.concentration))

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(paddle.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def _safe(self) -> Any:
        return paddle.where(self._flat(), paddle.ones_like(self.concentration), self.concentration)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        general = -(1 + 1 / self._safe()) * paddle.log1p(self._safe() * y)
        return -self.scale.log() + paddle.where(self._flat(), -y, general)

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of a larger value."""
        if self._validate_args:
            self._validate_sample(value)
        y = (value - self.loc) / self.scale
        return paddle.where(self._flat(), -y, -paddle.log1p(self._safe() * y) / self._safe())

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of the cumulative distribution function."""
        return paddle.log1p(-self.log_survival_function(value).exp())

    def cdf(self, value: Any) -> Any:
        return self.log_cdf(value).exp()

    def icdf(self, value: Any) -> Any:
        general = ((1 - value) ** -self._safe() - 1) / self._safe()
        return self.loc + self.scale * paddle.where(self._flat(), -paddle.log1p(-value), general)

    def _moments(self, result: Any, limit: float) -> Any:
        return paddle.where(self.concentration < limit, result, paddle.full_like(result, float("inf")))

    @property
    def mean(self) -> Any:
        return self._moments(self.loc + self.scale / (1 - self.concentration), 1)

    @property
    def variance(self) -> Any:
        c = self.concentration
        return self._moments(self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)), 0.5)

    def entropy(self) -> Any:
        return self.scale.log() + self.concentration + 1

    @property
    def mode(self) -> Any:
        return self.loc

    @DependentProperty(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From loc, and up to an end for negative concentrations."""
        upper = self.loc - self.scale / self.concentration
        return Interval(
            self.loc, paddle.where(self.concentration < 0, upper, paddle.full_like(upper, float("inf")))
        )
