"""torch.distributions made of others."""

from __future__ import annotations

import copy
import math
from typing import Any, ClassVar

import paddle

from paconvert.helpers.distribution_base import Distribution, broadcast_all, euler_constant, size_of
from paconvert.helpers.distribution_constraints import (
    DependentProperty,
    GreaterThanEq,
    IndependentConstraint,
    MixtureSameFamilyConstraint,
    constraint_nonnegative,
    constraint_positive,
    constraint_real,
    constraint_real_vector,
    constraint_simplex,
    constraint_unit_interval,
)
from paconvert.helpers.distribution_transforms import (
    AbsTransform,
    AffineTransform,
    ComposeTransform,
    ExpTransform,
    PowerTransform,
    SigmoidTransform,
    StickBreakingTransform,
    Transform,
    sum_rightmost,
)
from paconvert.helpers.distributions_continuous import Cauchy, Exponential, Gamma, Normal, Uniform
from paconvert.helpers.distributions_discrete import Categorical, ExpRelaxedCategorical, LogitRelaxedBernoulli
from paconvert.helpers.functional import log_softmax


class Independent(Distribution):
    """torch.distributions.Independent: the last batch dimensions become part of the event."""

    arg_constraints: ClassVar[Any] = {}

    def __init__(
        self, base_distribution: Any, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        if reinterpreted_batch_ndims > len(base_distribution.batch_shape):
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), "
                f"actual {reinterpreted_batch_ndims} vs {len(base_distribution.batch_shape)}"
            )
        shape = [*base_distribution.batch_shape, *base_distribution.event_shape]
        first = len(base_distribution.batch_shape) - reinterpreted_batch_ndims
        self.base_dist: Any = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        super().__init__(shape[:first], shape[first:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        inner = [*batch_shape, *self._event_shape[: self.reinterpreted_batch_ndims]]
        return type(self)(self.base_dist.expand(inner), self.reinterpreted_batch_ndims, validate_args=False)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether samples have gradients."""
        return bool(self.base_dist.has_rsample)

    @property
    def has_enumerate_support(self) -> bool:  # type: ignore[override]
        """Whether the values can be listed."""
        return bool(self.base_dist.has_enumerate_support) and self.reinterpreted_batch_ndims == 0

    @DependentProperty
    def support(self) -> Any:
        """That of the base distribution, read as whole events."""
        base = self.base_dist.support
        return (
            IndependentConstraint(base, self.reinterpreted_batch_ndims)
            if self.reinterpreted_batch_ndims
            else base
        )

    @property
    def mean(self) -> Any:
        return self.base_dist.mean

    @property
    def mode(self) -> Any:
        return self.base_dist.mode

    @property
    def variance(self) -> Any:
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Any:
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand: bool = True) -> Any:
        if self.reinterpreted_batch_ndims > 0:
            raise NotImplementedError("Enumeration over cartesian product is not implemented")
        return self.base_dist.enumerate_support(expand=expand)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"


class MixtureSameFamily(Distribution):
    """torch.distributions.MixtureSameFamily."""

    arg_constraints: ClassVar[Any] = {}

    def __init__(
        self, mixture_distribution: Any, component_distribution: Any, validate_args: bool | None = None
    ) -> None:
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                "The Mixture distribution needs to be an instance of torch.distributions.Categorical"
            )
        self._event_ndims = len(component_distribution.event_shape)
        super().__init__(
            component_distribution.batch_shape[:-1],
            component_distribution.event_shape,
            validate_args=validate_args,
        )

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        count = self._component_distribution.batch_shape[-1]
        return type(self)(
            self._mixture_distribution.expand(batch_shape),
            self._component_distribution.expand([*batch_shape, count]),
            validate_args=False,
        )

    @DependentProperty
    def support(self) -> Any:
        """That of the components."""
        return MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Any:
        """The distribution over the components."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Any:
        """The components."""
        return self._component_distribution

    def _weights(self) -> Any:
        probs = self._mixture_distribution.probs
        return probs.reshape([*probs.shape, *([1] * self._event_ndims)])

    @property
    def mean(self) -> Any:
        return (self._weights() * self._component_distribution.mean).sum(axis=-1 - self._event_ndims)

    @property
    def variance(self) -> Any:
        axis = -1 - self._event_ndims
        within = (self._weights() * self._component_distribution.variance).sum(axis=axis)
        gap = self._component_distribution.mean - self.mean.unsqueeze(axis)
        return within + (self._weights() * gap**2).sum(axis=axis)

    def cdf(self, x: Any) -> Any:
        values = self._component_distribution.cdf(x.unsqueeze(-1 - self._event_ndims))
        return (values * self._mixture_distribution.probs).sum(axis=-1)

    def log_prob(self, x: Any) -> Any:
        if self._validate_args:
            self._validate_sample(x)
        inner = self._component_distribution.log_prob(x.unsqueeze(-1 - self._event_ndims))
        return paddle.logsumexp(inner + log_softmax(self._mixture_distribution.logits, -1), axis=-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            axis = len(sample_shape) + len(self._batch_shape)
            chosen = self._mixture_distribution.sample(sample_shape)
            drawn = self._component_distribution.sample(sample_shape)
            index = chosen.reshape([*chosen.shape, 1, *([1] * self._event_ndims)])
            index = index.expand([*drawn.shape[:axis], 1, *drawn.shape[axis + 1 :]])
            return paddle.take_along_axis(drawn, index, axis, broadcast=False).squeeze(axis)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self._mixture_distribution},\n  {self._component_distribution})"


class TransformedDistribution(Distribution):
    """torch.distributions.TransformedDistribution."""

    arg_constraints: ClassVar[Any] = {}

    def __init__(self, base_distribution: Any, transforms: Any, validate_args: bool | None = None) -> None:
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        shape = [*base_distribution.batch_shape, *base_distribution.event_shape]
        base_event = len(base_distribution.event_shape)
        whole = ComposeTransform(self.transforms)
        if len(shape) < whole.domain.event_dim:
            raise ValueError(f"base_distribution needs at least {whole.domain.event_dim} dimensions")
        forward = list(whole.forward_shape(shape))
        base_distribution = base_distribution.expand(
            list(whole.inverse_shape(forward))[: len(shape) - base_event]
        )
        extra = whole.domain.event_dim - base_event
        self.base_dist: Any = Independent(base_distribution, extra) if extra > 0 else base_distribution
        event_dim = whole.codomain.event_dim + max(base_event - whole.domain.event_dim, 0)
        first = len(forward) - event_dim
        super().__init__(forward[:first], forward[first:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        result = copy.copy(self)
        whole = ComposeTransform(self.transforms)
        shape = list(whole.inverse_shape([*batch_shape, *self._event_shape]))
        result.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        result._batch_shape = size_of(batch_shape)
        return result

    @DependentProperty(is_discrete=False)
    def support(self) -> Any:
        """The codomain of the last transform."""
        if not self.transforms:
            return self.base_dist.support
        support = self.transforms[-1].codomain
        missing = len(self._event_shape) - support.event_dim
        return IndependentConstraint(support, missing) if missing > 0 else support

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        """Whether samples have gradients."""
        return bool(self.base_dist.has_rsample)

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            x = self.base_dist.sample(sample_shape)
            for transform in self.transforms:
                x = transform(x)
            return x

    def rsample(self, sample_shape: Any = ()) -> Any:
        x = self.base_dist.rsample(sample_shape)
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        event_dim = len(self._event_shape)
        total: Any = 0.0
        y = value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            event_dim += transform.domain.event_dim - transform.codomain.event_dim
            jacobian = transform.log_abs_det_jacobian(x, y)
            total = total - sum_rightmost(jacobian, event_dim - transform.domain.event_dim)
            y = x
        return total + sum_rightmost(self.base_dist.log_prob(y), event_dim - len(self.base_dist.event_shape))

    def _flip(self, value: Any) -> Any:
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return value if isinstance(sign, int) and sign == 1 else sign * (value - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        return self._flip(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        value = self.base_dist.icdf(self._flip(value))
        for transform in self.transforms:
            value = transform(value)
        return value


class LogNormal(TransformedDistribution):
    """torch.distributions.LogNormal."""

    arg_constraints: ClassVar[Any] = {"loc": constraint_real, "scale": constraint_positive}
    support = constraint_positive
    has_rsample = True  # type: ignore[assignment]

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(
            Normal(loc, scale, validate_args=validate_args), ExpTransform(), validate_args=validate_args
        )

    @property
    def loc(self) -> Any:
        """The mean of the logarithm."""
        return self.base_dist.loc

    @property
    def scale(self) -> Any:
        """The standard deviation of the logarithm."""
        return self.base_dist.scale

    @property
    def mean(self) -> Any:
        return (self.loc + self.scale**2 / 2).exp()

    @property
    def mode(self) -> Any:
        return (self.loc - self.scale**2).exp()

    @property
    def variance(self) -> Any:
        square = self.scale**2
        return paddle.expm1(square) * (2 * self.loc + square).exp()

    def entropy(self) -> Any:
        return self.base_dist.entropy() + self.loc


class HalfDistribution(TransformedDistribution):
    """The absolute value of a distribution around 0."""

    arg_constraints: ClassVar[Any] = {"scale": constraint_positive}
    support = constraint_nonnegative
    has_rsample = True  # type: ignore[assignment]

    @property
    def scale(self) -> Any:
        """The scale of the whole distribution."""
        return self.base_dist.scale

    @property
    def mode(self) -> Any:
        return paddle.zeros_like(self.scale)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        result = self.base_dist.log_prob(value) + math.log(2)
        return paddle.where(value >= 0, result, paddle.full_like(result, float("-inf")))

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Any) -> Any:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Any:
        return self.base_dist.entropy() - math.log(2)


class HalfNormal(HalfDistribution):
    """torch.distributions.HalfNormal."""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(
            Normal(0, scale, validate_args=validate_args), AbsTransform(), validate_args=validate_args
        )

    @property
    def mean(self) -> Any:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        return self.scale**2 * (1 - 2 / math.pi)


class HalfCauchy(HalfDistribution):
    """torch.distributions.HalfCauchy."""

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(
            Cauchy(0, scale, validate_args=validate_args), AbsTransform(), validate_args=validate_args
        )

    @property
    def mean(self) -> Any:
        return paddle.full(self._extended_shape(), math.inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Any:
        return self.base_dist.variance


class Gumbel(TransformedDistribution):
    """torch.distributions.Gumbel."""

    arg_constraints: ClassVar[Any] = {"loc": constraint_real, "scale": constraint_positive}
    support = constraint_real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        info = paddle.finfo(self.loc.dtype)
        base = Uniform(
            paddle.full_like(self.loc, float(info.tiny)), paddle.full_like(self.loc, 1 - float(info.eps))
        )
        transforms = [
            ExpTransform().inv,
            AffineTransform(0, -paddle.ones_like(self.scale)),
            ExpTransform().inv,
            AffineTransform(self.loc, -self.scale),
        ]
        super().__init__(base, transforms, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return type(self)(self.loc.expand(list(batch_shape)), self.scale.expand(list(batch_shape)))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        y = (self.loc - value) / self.scale
        return y - y.exp() - self.scale.log()

    @property
    def mean(self) -> Any:
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Any:
        return self.loc

    @property
    def stddev(self) -> Any:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Any:
        return self.stddev**2

    def entropy(self) -> Any:
        return self.scale.log() + (1 + euler_constant)


class Weibull(TransformedDistribution):
    """torch.distributions.Weibull."""

    arg_constraints: ClassVar[Any] = {"scale": constraint_positive, "concentration": constraint_positive}
    support = constraint_positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        self.concentration_reciprocal = 1 / self.concentration
        transforms = [PowerTransform(self.concentration_reciprocal), AffineTransform(0, self.scale)]
        super().__init__(Exponential(paddle.ones_like(self.scale)), transforms, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return type(self)(self.scale.expand(list(batch_shape)), self.concentration.expand(list(batch_shape)))

    @property
    def mean(self) -> Any:
        return self.scale * paddle.lgamma(1 + self.concentration_reciprocal).exp()

    @property
    def mode(self) -> Any:
        power = ((self.concentration - 1) / self.concentration) ** self.concentration_reciprocal
        return self.scale * power

    @property
    def variance(self) -> Any:
        r = self.concentration_reciprocal
        return self.scale**2 * (paddle.lgamma(1 + 2 * r).exp() - (2 * paddle.lgamma(1 + r)).exp())

    def entropy(self) -> Any:
        r = self.concentration_reciprocal
        return euler_constant * (1 - r) + (self.scale * r).log() + 1


class Pareto(TransformedDistribution):
    """torch.distributions.Pareto."""

    arg_constraints: ClassVar[Any] = {"alpha": constraint_positive, "scale": constraint_positive}

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args=validate_args)
        super().__init__(base, [ExpTransform(), AffineTransform(0, self.scale)], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return type(self)(self.scale.expand(list(batch_shape)), self.alpha.expand(list(batch_shape)))

    @DependentProperty(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """From the scale."""
        return GreaterThanEq(self.scale)

    @property
    def mean(self) -> Any:
        a = self.alpha.clip(min=1)
        return a * self.scale / (a - 1)

    @property
    def mode(self) -> Any:
        return self.scale

    @property
    def variance(self) -> Any:
        a = self.alpha.clip(min=2)
        return self.scale**2 * a / ((a - 1) ** 2 * (a - 2))

    def entropy(self) -> Any:
        return (self.scale / self.alpha).log() + (1 + 1 / self.alpha)


class InverseGamma(TransformedDistribution):
    """torch.distributions.InverseGamma."""

    arg_constraints: ClassVar[Any] = {"concentration": constraint_positive, "rate": constraint_positive}
    support = constraint_positive
    has_rsample = True  # type: ignore[assignment]

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        super().__init__(base, PowerTransform(-paddle.ones_like(base.rate)), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        return type(self)(self.concentration.expand(list(batch_shape)), self.rate.expand(list(batch_shape)))

    @property
    def concentration(self) -> Any:
        """The shape of the gamma distribution of the inverse."""
        return self.base_dist.concentration

    @property
    def rate(self) -> Any:
        """The rate of the gamma distribution of the inverse."""
        return self.base_dist.rate

    @property
    def mean(self) -> Any:
        result = self.rate / (self.concentration - 1)
        return paddle.where(self.concentration > 1, result, paddle.full_like(result, float("inf")))

    @property
    def mode(self) -> Any:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Any:
        result = self.rate**2 / ((self.concentration - 1) ** 2 * (self.concentration - 2))
        return paddle.where(self.concentration > 2, result, paddle.full_like(result, float("inf")))

    def entropy(self) -> Any:
        a = self.concentration
        return a + self.rate.log() + paddle.lgamma(a) - (1 + a) * paddle.digamma(a)


class Kumaraswamy(TransformedDistribution):
    """torch.distributions.Kumaraswamy."""

    arg_constraints: ClassVar[Any] = {
        "concentration1": constraint_positive,
        "concentration0": constraint_positive,
    }
    support = constraint_unit_interval
    has_rsample = True  # type: ignore[assignment]

    def __init__(self, concentration1: Any, concentration0: Any, validate_args: bool | None = None) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        base = Uniform(paddle.zeros_like(self.concentration0), paddle.ones_like(self.concentration0))
        transforms = [
            PowerTransform(1 / self.concentration0),
            AffineTransform(1.0, -1.0),
            PowerTransform(1 / self.concentration1),
        ]
        super().__init__(base, transforms, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        shape = list(batch_shape)
        return type(self)(self.concentration1.expand(shape), self.concentration0.expand(shape))

    def _moment(self, n: int) -> Any:
        a, b = self.concentration1, self.concentration0
        inner = 1 + n / a
        return (b.log() + paddle.lgamma(inner) + paddle.lgamma(b) - paddle.lgamma(inner + b)).exp()

    @property
    def mean(self) -> Any:
        return self._moment(1)

    @property
    def mode(self) -> Any:
        # torch's formula, which is NaN where the logarithms have no real value.
        a, b = self.concentration1, self.concentration0
        log_mode = paddle.log1p(-b) / b - paddle.log1p(-a * b)
        outside = (a < 1) | (b < 1)
        return paddle.where(outside, paddle.full_like(a, float("nan")), log_mode).exp()

    @property
    def variance(self) -> Any:
        return self._moment(2) - self.mean**2

    def entropy(self) -> Any:
        a, b = self.concentration1, self.concentration0
        harmonic = paddle.digamma(b + 1) + euler_constant
        return (1 - 1 / b) + (1 - 1 / a) * harmonic - a.log() - b.log()


class LogisticNormal(TransformedDistribution):
    """torch.distributions.LogisticNormal."""

    arg_constraints: ClassVar[Any] = {"loc": constraint_real, "scale": constraint_positive}
    support = constraint_simplex
    has_rsample = True  # type: ignore[assignment]

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        if not base.batch_shape:
            base = base.expand([1])
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Any:
        """The mean of the normal distribution underneath."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Any:
        """The scale of the normal distribution underneath."""
        return self.base_dist.base_dist.scale


class RelaxedBernoulli(TransformedDistribution):
    """torch.distributions.RelaxedBernoulli."""

    arg_constraints: ClassVar[Any] = {"probs": constraint_unit_interval, "logits": constraint_real}
    support = constraint_unit_interval
    has_rsample = True  # type: ignore[assignment]

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(LogitRelaxedBernoulli(temperature, probs, logits), SigmoidTransform(), validate_args)

    @property
    def temperature(self) -> Any:
        """How soft the variable is."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The log odds."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probability."""
        return self.base_dist.probs


class RelaxedOneHotCategorical(TransformedDistribution):
    """torch.distributions.RelaxedOneHotCategorical."""

    arg_constraints: ClassVar[Any] = {"probs": constraint_simplex, "logits": constraint_real_vector}
    support = constraint_simplex
    has_rsample = True  # type: ignore[assignment]

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        super().__init__(ExpRelaxedCategorical(temperature, probs, logits), ExpTransform(), validate_args)

    @property
    def temperature(self) -> Any:
        """How soft the variable is."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """Normalised log probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """Normalised probabilities."""
        return self.base_dist.probs
