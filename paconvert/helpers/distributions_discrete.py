"""torch.distributions over counts and classes, and their relaxations."""

from __future__ import annotations

import copy
import functools
import math
from typing import Any, ClassVar

import paddle
import paddle.nn.functional as F

from paconvert.helpers.distribution_base import (
    Distribution,
    ExponentialFamily,
    bounded_uniform,
    broadcast_all,
    clamp_probs,
    logits_to_probs,
    masked_xlogy,
    probs_to_logits,
    size_of,
)
from paconvert.helpers.distribution_constraints import (
    DependentProperty,
    GreaterThanEq,
    IntegerInterval,
    MultinomialConstraint,
    constraint_boolean,
    constraint_nonnegative,
    constraint_nonnegative_integer,
    constraint_one_hot,
    constraint_real,
    constraint_real_vector,
    constraint_simplex,
    constraint_unit_interval,
)


class BinaryOutcome(ExponentialFamily):
    """What distributions with a probability, given as such or as logits, have in common."""

    _parameters: ClassVar[tuple[str, ...]] = ("probs", "logits")
    arg_constraints: ClassVar[Any] = {"probs": constraint_unit_interval, "logits": constraint_real}

    def _set_outcome(self, probs: Any, logits: Any) -> Any:
        """Keeps the one that is given, broadcast, and gives it back."""
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        (value,) = broadcast_all(logits if probs is None else probs)
        self.__dict__["logits" if probs is None else "probs"] = value
        self._param = value
        return value

    @functools.cached_property
    def logits(self) -> Any:
        """The log odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @functools.cached_property
    def probs(self) -> Any:
        """The probability."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape


class Bernoulli(BinaryOutcome):
    """torch.distributions.Bernoulli."""

    support = constraint_boolean
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._set_outcome(probs, logits).shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        half = self.probs == 0.5
        return paddle.where(
            half, paddle.full_like(self.probs, float("nan")), (self.probs >= 0.5).astype(self.probs.dtype)
        )

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            return paddle.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value.astype(self.logits.dtype))
        return value * logits - F.softplus(logits)

    def entropy(self) -> Any:
        return F.softplus(self.logits) - self.logits * self.probs

    def enumerate_support(self, expand: bool = True) -> Any:
        values = paddle.arange(2).astype(self._param.dtype).reshape([2] + [1] * len(self._batch_shape))
        return values.expand([2, *self._batch_shape]) if expand else values


class Geometric(BinaryOutcome):
    """torch.distributions.Geometric: failures before the first success."""

    support = constraint_nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        super().__init__(self._set_outcome(probs, logits).shape, validate_args=validate_args)
        if self._validate_args and probs is not None and not bool((self.probs > 0).all()):
            raise ValueError("Expected parameter probs to be positive")

    @property
    def mean(self) -> Any:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Any:
        return paddle.zeros_like(self.probs)

    @property
    def variance(self) -> Any:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            uniform = bounded_uniform(self._extended_shape(sample_shape), self.probs.dtype)
            return (uniform.log() / paddle.log1p(-self.probs)).floor()

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value.astype(self.probs.dtype), self.probs)
        certain = (probs == 1) & (value == 0)
        safe = paddle.where(certain, paddle.zeros_like(probs), probs)
        return value * paddle.log1p(-safe) + self.probs.log()

    def entropy(self) -> Any:
        return (
            self.probs * F.softplus(-self.logits) + (1 - self.probs) * F.softplus(self.logits)
        ) / self.probs


class CountedOutcome(BinaryOutcome):
    """The base of distributions of how many of `total_count` tries succeed, and the like."""

    _parameters = ("probs", "logits", "total_count")

    def _set_counts(self, total_count: Any, probs: Any, logits: Any) -> Any:
        """Sets the parameters, and gives their common shape."""
        value = self._set_outcome(probs, logits)
        self.total_count, value = broadcast_all(total_count, value)
        self.total_count = self.total_count.astype(value.dtype)
        self.__dict__["logits" if probs is None else "probs"] = self._param = value
        return value.shape


class Binomial(CountedOutcome):
    """torch.distributions.Binomial."""

    has_enumerate_support = True
    arg_constraints: ClassVar[Any] = {
        "total_count": constraint_nonnegative_integer,
        "probs": constraint_unit_interval,
        "logits": constraint_real,
    }

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        shape = self._set_counts(total_count, probs, logits)
        super().__init__(shape, validate_args=validate_args)

    @DependentProperty(is_discrete=True)
    def support(self) -> Any:
        """The integers up to the total count."""
        return IntegerInterval(0, self.total_count)

    @property
    def mean(self) -> Any:
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        return paddle.minimum(((self.total_count + 1) * self.probs).floor(), self.total_count)

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            shape = self._extended_shape(sample_shape)
            counts = self.total_count.expand(shape).astype("int64")
            return paddle.binomial(counts, self.probs.expand(shape)).astype(self.probs.dtype)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value = value.astype(self.logits.dtype)
        choices = (
            paddle.lgamma(self.total_count + 1)
            - paddle.lgamma(value + 1)
            - paddle.lgamma(self.total_count - value + 1)
        )
        return choices + value * self.logits - self.total_count * F.softplus(self.logits)

    def entropy(self) -> Any:
        total = int(self.total_count.max())
        if not bool((self.total_count == total).all()):
            raise NotImplementedError("Inhomogeneous total count not supported by `entropy`.")
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(axis=0)

    def enumerate_support(self, expand: bool = True) -> Any:
        total = int(self.total_count.max())
        if not bool((self.total_count == total).all()):
            raise NotImplementedError("Inhomogeneous total count not supported by `enumerate_support`.")
        values = paddle.arange(1 + total).astype(self._param.dtype)
        values = values.reshape([-1] + [1] * len(self._batch_shape))
        return values.expand([1 + total, *self._batch_shape]) if expand else values


class NegativeBinomial(CountedOutcome):
    """torch.distributions.NegativeBinomial: successes before `total_count` failures."""

    support = constraint_nonnegative_integer
    arg_constraints: ClassVar[Any] = {
        "total_count": GreaterThanEq(0),
        "probs": constraint_unit_interval,
        "logits": constraint_real,
    }

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        shape = self._set_counts(total_count, probs, logits)
        super().__init__(shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        return ((self.total_count - 1) * self.logits.exp()).floor().clip(min=0.0)

    @property
    def variance(self) -> Any:
        return self.mean / F.sigmoid(-self.logits)

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            rate = paddle.standard_gamma(self.total_count.expand(self._extended_shape(sample_shape)))
            return paddle.poisson(rate * self.logits.exp())

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        value = value.astype(self.logits.dtype)
        unnormalized = self.total_count * F.log_sigmoid(-self.logits) + value * F.log_sigmoid(self.logits)
        normalization = (
            -paddle.lgamma(self.total_count + value)
            + paddle.lgamma(1.0 + value)
            + paddle.lgamma(self.total_count)
        )
        nothing = self.total_count + value == 0.0
        return unnormalized - paddle.where(nothing, paddle.zeros_like(normalization), normalization)


class ContinuousBernoulli(BinaryOutcome):
    """torch.distributions.ContinuousBernoulli."""

    support = constraint_unit_interval
    has_rsample = True

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        value = self._set_outcome(probs, logits)
        self._lims = lims
        super().__init__(value.shape, validate_args=validate_args)
        if probs is not None:
            self.probs = clamp_probs(self.probs)

    def _outside(self) -> Any:
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut_probs(self) -> Any:
        return paddle.where(self._outside(), self.probs, paddle.full_like(self.probs, self._lims[0]))

    def _log_constant(self) -> Any:
        cut = self._cut_probs()
        below = paddle.where(cut <= 0.5, cut, paddle.zeros_like(cut))
        above = paddle.where(cut >= 0.5, cut, paddle.ones_like(cut))
        log_norm = (paddle.log1p(-cut) - cut.log()).abs().log() - paddle.where(
            cut <= 0.5, paddle.log1p(-2.0 * below), (2.0 * above - 1.0).log()
        )
        x = (self.probs - 0.5) ** 2
        taylor = math.log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * x) * x
        return paddle.where(self._outside(), log_norm, taylor)

    @property
    def mean(self) -> Any:
        cut = self._cut_probs()
        mus = cut / (2.0 * cut - 1.0) + 1.0 / (paddle.log1p(-cut) - cut.log())
        x = self.probs - 0.5
        return paddle.where(self._outside(), mus, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x * x) * x)

    @property
    def stddev(self) -> Any:
        return self.variance.sqrt()

    @property
    def variance(self) -> Any:
        cut = self._cut_probs()
        exact = cut * (cut - 1.0) / (1.0 - 2.0 * cut) ** 2 + 1.0 / (paddle.log1p(-cut) - cut.log()) ** 2
        x = (self.probs - 0.5) ** 2
        return paddle.where(self._outside(), exact, 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * x) * x)

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.icdf(bounded_uniform(self._extended_shape(sample_shape), self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return value * logits - F.softplus(logits) + self._log_constant()

    def cdf(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        cut = self._cut_probs()
        exact = (cut**value * (1.0 - cut) ** (1.0 - value) + cut - 1.0) / (2.0 * cut - 1.0)
        inner = paddle.where(self._outside(), exact, value)
        inner = paddle.where(value <= 0.0, paddle.zeros_like(inner), inner)
        return paddle.where(value >= 1.0, paddle.ones_like(inner), inner)

    def icdf(self, value: Any) -> Any:
        cut = self._cut_probs()
        exact = (paddle.log1p(-cut + value * (2.0 * cut - 1.0)) - paddle.log1p(-cut)) / (
            cut.log() - paddle.log1p(-cut)
        )
        return paddle.where(self._outside(), exact, value * paddle.ones_like(exact))

    def entropy(self) -> Any:
        log_probs0 = paddle.log1p(-self.probs)
        log_probs1 = self.probs.log()
        return self.mean * (log_probs0 - log_probs1) - self._log_constant() - log_probs0


class Poisson(ExponentialFamily):
    """torch.distributions.Poisson."""

    arg_constraints: ClassVar[Any] = {"rate": constraint_nonnegative}
    support = constraint_nonnegative_integer
    _parameters = ("rate",)

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        return self.rate

    @property
    def mode(self) -> Any:
        return self.rate.floor()

    @property
    def variance(self) -> Any:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            return paddle.poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        rate, value = broadcast_all(self.rate, value.astype(self.rate.dtype))
        return masked_xlogy(value, rate) - rate - paddle.lgamma(value + 1)


class Categorical(Distribution):
    """torch.distributions.Categorical."""

    arg_constraints: ClassVar[Any] = {"probs": constraint_simplex, "logits": constraint_real_vector}
    has_enumerate_support = True
    _parameters = ("probs", "logits")

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = logits if probs is None else probs
        if given.ndim < 1:
            raise ValueError("The parameter must be at least one-dimensional.")
        if probs is None:
            self.logits = logits - paddle.logsumexp(logits, axis=-1, keepdim=True)
        else:
            self.probs = probs / probs.sum(axis=-1, keepdim=True)
        self._param = given
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @DependentProperty(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """The class indices."""
        return IntegerInterval(0, self._num_events - 1)

    @functools.cached_property
    def logits(self) -> Any:
        """Normalised log probabilities."""
        return probs_to_logits(self.probs)

    @functools.cached_property
    def probs(self) -> Any:
        """Normalised probabilities."""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return size_of([*self._batch_shape, self._num_events])

    @property
    def mean(self) -> Any:
        return paddle.full(self._extended_shape(), float("nan"), dtype=self._param.dtype)

    @property
    def mode(self) -> Any:
        return self.probs.argmax(axis=-1)

    @property
    def variance(self) -> Any:
        return paddle.full(self._extended_shape(), float("nan"), dtype=self._param.dtype)

    def sample(self, sample_shape: Any = ()) -> Any:
        with paddle.no_grad():
            count = math.prod(sample_shape)
            rows = self.probs.reshape([-1, self._num_events])
            drawn = paddle.multinomial(rows, count, replacement=True)
            return drawn.transpose([1, 0]).reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        shape = list(paddle.broadcast_shape(value.shape, list(self._batch_shape)))
        index = value.astype("int64").expand(shape).unsqueeze(-1)
        logits = self.logits.expand([*shape, self._num_events])
        return paddle.take_along_axis(logits, index, -1, broadcast=False).squeeze(-1)

    def entropy(self) -> Any:
        logits = self.logits.clip(min=float(paddle.finfo(self.logits.dtype).min))
        return -(logits * self.probs).sum(axis=-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        values = paddle.arange(self._num_events).reshape([-1] + [1] * len(self._batch_shape))
        return values.expand([self._num_events, *self._batch_shape]) if expand else values


class CategoricalBased(Distribution):
    """The base of distributions that are made from a categorical one."""

    _categorical: Categorical

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        result = copy.copy(self)
        result._categorical = self._categorical.expand(batch_shape)
        result._batch_shape = size_of(batch_shape)
        return result

    @property
    def probs(self) -> Any:
        """Normalised probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """Normalised log probabilities."""
        return self._categorical.logits


class OneHotCategorical(CategoricalBased):
    """torch.distributions.OneHotCategorical."""

    arg_constraints: ClassVar[Any] = {"probs": constraint_simplex, "logits": constraint_real_vector}
    support = constraint_one_hot
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._categorical = Categorical(probs, logits)
        super().__init__(
            self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args
        )

    @property
    def _param(self) -> Any:
        return self._categorical._param

    @property
    def mean(self) -> Any:
        return self.probs

    @property
    def mode(self) -> Any:
        return F.one_hot(self.probs.argmax(axis=-1), self._event_shape[0]).astype(self.probs.dtype)

    @property
    def variance(self) -> Any:
        return self.probs * (1 - self.probs)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._categorical.param_shape

    def sample(self, sample_shape: Any = ()) -> Any:
        index = self._categorical.sample(sample_shape)
        return F.one_hot(index, self._event_shape[0]).astype(self.probs.dtype)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        return self._categorical.log_prob(value.argmax(axis=-1))

    def entropy(self) -> Any:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Any:
        n = self._event_shape[0]
        values = paddle.eye(n, dtype=self._param.dtype).reshape([n] + [1] * len(self._batch_shape) + [n])
        return values.expand([n, *self._batch_shape, n]) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """torch.distributions.OneHotCategoricalStraightThrough."""

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Any:
        return self.sample(sample_shape) + (self.probs - self.probs.detach())


class Multinomial(CategoricalBased):
    """torch.distributions.Multinomial."""

    arg_constraints: ClassVar[Any] = {"probs": constraint_simplex, "logits": constraint_real_vector}

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._categorical = Categorical(probs=probs, logits=logits)
        super().__init__(
            self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args
        )

    @DependentProperty(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Counts up to the total count."""
        return MultinomialConstraint(self.total_count)

    @property
    def mean(self) -> Any:
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        return self.total_count * self.probs * (1 - self.probs)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._categorical.param_shape

    def sample(self, sample_shape: Any = ()) -> Any:
        index = self._categorical.sample([self.total_count, *sample_shape])
        return F.one_hot(index, self._event_shape[0]).sum(axis=0).astype(self.probs.dtype)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value.astype(self.logits.dtype))
        factorials = paddle.lgamma(value.sum(axis=-1) + 1) - paddle.lgamma(value + 1).sum(axis=-1)
        impossible = (value == 0) & (logits == float("-inf"))
        return factorials + (paddle.where(impossible, paddle.zeros_like(logits), logits) * value).sum(axis=-1)

    def entropy(self) -> Any:
        n = self.total_count
        counts = Binomial(n, probs=self.probs)
        support = counts.enumerate_support(expand=False)[1:]
        weights = counts.log_prob(support).exp()
        term = (weights * paddle.lgamma(support + 1)).sum(axis=[0, -1])
        return n * self._categorical.entropy() - math.lgamma(n + 1) + term


class LogitRelaxedBernoulli(BinaryOutcome):
    """The logit of a relaxed Bernoulli variable."""

    support = constraint_real
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self.temperature = temperature
        super().__init__(self._set_outcome(probs, logits).shape, validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        probs = clamp_probs(self.probs.expand(shape))
        uniforms = clamp_probs(paddle.rand(shape, dtype=probs.dtype))
        logistic = uniforms.log() - paddle.log1p(-uniforms)
        return (logistic + probs.log() - paddle.log1p(-probs)) / self.temperature

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        diff = logits - value * self.temperature
        return self.temperature.log() + diff - 2 * F.softplus(diff)


class ExpRelaxedCategorical(CategoricalBased):
    """The logarithm of a relaxed one-hot variable."""

    arg_constraints: ClassVar[Any] = {"probs": constraint_simplex, "logits": constraint_real_vector}
    support = constraint_real_vector
    has_rsample = True

    def __init__(
        self, temperature: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        super().__init__(
            self._categorical.batch_shape, self._categorical.param_shape[-1:], validate_args=validate_args
        )

    def rsample(self, sample_shape: Any = ()) -> Any:
        uniforms = clamp_probs(paddle.rand(self._extended_shape(sample_shape), dtype=self.logits.dtype))
        scores = (self.logits - (-uniforms.log()).log()) / self.temperature
        return scores - paddle.logsumexp(scores, axis=-1, keepdim=True)

    def log_prob(self, value: Any) -> Any:
        if self._validate_args:
            self._validate_sample(value)
        k = self._event_shape[0]
        logits, value = broadcast_all(self.logits, value)
        scale = paddle.full_like(self.temperature, float(k))
        log_scale = paddle.lgamma(scale) + (k - 1) * self.temperature.log()
        score = logits - value * self.temperature
        score = (score - paddle.logsumexp(score, axis=-1, keepdim=True)).sum(axis=-1)
        return score + log_scale
