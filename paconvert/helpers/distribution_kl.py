"""torch.distributions.kl: Kullback-Leibler divergences."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.distribution_base import euler_constant
from paconvert.helpers.distribution_transforms import sum_rightmost
from paconvert.helpers.distributions_multivariate import batch_mahalanobis
from paconvert.helpers.linalg import linalg_solve_triangular


class KLRegistry:
    """Formulas of the user for the Kullback-Leibler divergence."""

    def __init__(self) -> None:
        self._formulas: dict[tuple[type, type], Callable[[Any, Any], Any]] = {}

    def register(self, type_p: type, type_q: type) -> Callable[[Any], Any]:
        """A decorator that registers a formula for two classes."""

        def decorator(function: Any) -> Any:
            self._formulas[type_p, type_q] = function
            return function

        return decorator

    def find(self, p: Any, q: Any) -> Any:
        """The formula of the closest classes, or `None`."""
        for kind_p in type(p).__mro__:
            for kind_q in type(q).__mro__:
                if (kind_p, kind_q) in self._formulas:
                    return self._formulas[kind_p, kind_q]
        return None


kl_registry = KLRegistry()


def register_kl(type_p: type, type_q: type) -> Callable[[Any], Any]:
    """torch.distributions.register_kl."""
    return kl_registry.register(type_p, type_q)


def kl_divergence(p: Any, q: Any) -> Any:
    """torch.distributions.kl_divergence."""
    formula = kl_registry.find(p, q)
    if formula is not None:
        return formula(p, q)
    for kind_p in type(p).__mro__:
        for kind_q in type(q).__mro__:
            formula = KL_FORMULAS.get((kind_p.__name__, kind_q.__name__))
            if formula is not None:
                return formula(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


def kl_bernoulli(p: Any, q: Any) -> Any:
    """Both Bernoulli."""
    t1 = p.probs * (F.softplus(-q.logits) - F.softplus(-p.logits))
    t1 = paddle.where(p.probs <= 0, paddle.zeros_like(t1), t1)
    t2 = (1 - p.probs) * (F.softplus(q.logits) - F.softplus(p.logits))
    return t1 + paddle.where(p.probs == 1, paddle.zeros_like(t2), t2)


def kl_beta(p: Any, q: Any) -> Any:
    """Both beta."""
    total_p, total_q = p.concentration1 + p.concentration0, q.concentration1 + q.concentration0
    t1 = paddle.lgamma(q.concentration1) + paddle.lgamma(q.concentration0) + paddle.lgamma(total_p)
    t2 = paddle.lgamma(p.concentration1) + paddle.lgamma(p.concentration0) + paddle.lgamma(total_q)
    t3 = (p.concentration1 - q.concentration1) * paddle.digamma(p.concentration1)
    t4 = (p.concentration0 - q.concentration0) * paddle.digamma(p.concentration0)
    return t1 - t2 + t3 + t4 + (total_q - total_p) * paddle.digamma(total_p)


def kl_binomial(p: Any, q: Any) -> Any:
    """Both binomial."""
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented"
        )
    result = p.total_count * (
        p.probs * (p.logits - q.logits) + paddle.log1p(-p.probs) - paddle.log1p(-q.probs)
    )
    return paddle.where(p.total_count > q.total_count, paddle.full_like(result, float("inf")), result)


def kl_categorical(p: Any, q: Any) -> Any:
    """Both categorical."""
    t = p.probs * (p.logits - q.logits)
    t = paddle.where(q.probs <= 0, paddle.full_like(t, float("inf")), t)
    return paddle.where(p.probs.expand(t.shape) <= 0, paddle.zeros_like(t), t).sum(axis=-1)


def kl_dirichlet(p: Any, q: Any) -> Any:
    """Both Dirichlet."""
    total_p, total_q = p.concentration.sum(axis=-1), q.concentration.sum(axis=-1)
    t1 = paddle.lgamma(total_p) - paddle.lgamma(total_q)
    t2 = (paddle.lgamma(p.concentration) - paddle.lgamma(q.concentration)).sum(axis=-1)
    t3 = paddle.digamma(p.concentration) - paddle.digamma(total_p).unsqueeze(-1)
    return t1 - t2 + ((p.concentration - q.concentration) * t3).sum(axis=-1)


def kl_exponential(p: Any, q: Any) -> Any:
    """Both exponential."""
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


def kl_gamma(p: Any, q: Any) -> Any:
    """Both gamma."""
    t1 = q.concentration * (p.rate / q.rate).log()
    t2 = paddle.lgamma(q.concentration) - paddle.lgamma(p.concentration)
    t3 = (p.concentration - q.concentration) * paddle.digamma(p.concentration)
    return t1 + t2 + t3 + (q.rate - p.rate) * (p.concentration / p.rate)


def kl_gumbel(p: Any, q: Any) -> Any:
    """Both Gumbel."""
    ratio = p.scale / q.scale
    shift_q, shift_p = q.loc / q.scale, p.loc / q.scale
    t1 = -ratio.log() - shift_q + shift_p
    t3 = (shift_q + paddle.lgamma(1 + ratio) - shift_p).exp()
    return t1 + ratio * euler_constant + t3 - (1 + euler_constant)


def kl_geometric(p: Any, q: Any) -> Any:
    """Both geometric."""
    return -p.entropy() - paddle.log1p(-q.probs) / p.probs - q.logits


def kl_half_normal(p: Any, q: Any) -> Any:
    """Both half normal."""
    return kl_normal(p.base_dist, q.base_dist)


def kl_laplace(p: Any, q: Any) -> Any:
    """Both Laplace."""
    ratio = p.scale / q.scale
    gap = (p.loc - q.loc).abs()
    return -ratio.log() + gap / q.scale + ratio * (-gap / p.scale).exp() - 1


def kl_normal(p: Any, q: Any) -> Any:
    """Both normal."""
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


def kl_multivariate_normal(p: Any, q: Any) -> Any:
    """Both multivariate normal, with full or low rank covariance."""
    factor_p, factor_q = p.scale_tril, q.scale_tril
    shape = list(paddle.broadcast_shape(factor_p.shape, factor_q.shape))
    half_p = paddle.diagonal(factor_p, axis1=-2, axis2=-1).log().sum(axis=-1)
    half_q = paddle.diagonal(factor_q, axis1=-2, axis2=-1).log().sum(axis=-1)
    solved = linalg_solve_triangular(factor_q.expand(shape), factor_p.expand(shape), upper=False)
    trace = (solved**2).sum(axis=[-2, -1])
    distance = batch_mahalanobis(factor_q, q.loc - p.loc)
    return half_q - half_p + 0.5 * (trace + distance - shape[-1])


def kl_one_hot_categorical(p: Any, q: Any) -> Any:
    """Both one-hot categorical."""
    return kl_categorical(p._categorical, q._categorical)


def kl_pareto(p: Any, q: Any) -> Any:
    """Both Pareto."""
    ratio, alpha = p.scale / q.scale, q.alpha / p.alpha
    result = q.alpha * ratio.log() - alpha.log() + alpha - 1
    return paddle.where(p.scale < q.scale, paddle.full_like(result, float("inf")), result)


def kl_poisson(p: Any, q: Any) -> Any:
    """Both Poisson."""
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


def kl_uniform(p: Any, q: Any) -> Any:
    """Both uniform."""
    result = ((q.high - q.low) / (p.high - p.low)).log()
    outside = (q.low > p.low) | (q.high < p.high)
    return paddle.where(outside, paddle.full_like(result, float("inf")), result)


def kl_cauchy(p: Any, q: Any) -> Any:
    """Both Cauchy."""
    return ((p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2).log() - (4 * p.scale * q.scale).log()


def kl_continuous_bernoulli(p: Any, q: Any) -> Any:
    """Both continuous Bernoulli."""
    t1 = p.mean * (p.logits - q.logits)
    t2 = p._log_constant() + paddle.log1p(-p.probs)
    return t1 + t2 - q._log_constant() - paddle.log1p(-q.probs)


def kl_independent(p: Any, q: Any) -> Any:
    """Both independent."""
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


def kl_transformed(p: Any, q: Any) -> Any:
    """Both transformed in the same way."""
    if p.transforms != q.transforms or list(p.event_shape) != list(q.event_shape):
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


def kl_normal_laplace(p: Any, q: Any) -> Any:
    """Normal against Laplace."""
    gap = p.loc - q.loc
    ratio = p.scale / q.scale
    z = gap / p.scale
    t1 = ratio.log()
    t2 = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z**2).exp()
    t3 = gap * paddle.erf(math.sqrt(0.5) * z)
    return -t1 + (t2 + t3) / q.scale - 0.5 * (1.0 + math.log(0.5 * math.pi))


def kl_uniform_normal(p: Any, q: Any) -> Any:
    """Uniform against normal."""
    width = p.high - p.low
    t1 = (math.sqrt(math.pi * 2) * q.scale / width).log()
    return t1 + 0.5 * (width**2 / 12 + ((p.high + p.low) / 2 - q.loc) ** 2) / q.scale**2


def kl_exponential_gamma(p: Any, q: Any) -> Any:
    """Exponential against gamma."""
    ratio = q.rate / p.rate
    t1 = -q.concentration * ratio.log()
    return (
        t1 + ratio + paddle.lgamma(q.concentration) + q.concentration * euler_constant - (1 + euler_constant)
    )


def kl_gamma_exponential(p: Any, q: Any) -> Any:
    """Gamma against exponential."""
    return -p.entropy() - q.rate.log() + q.rate * p.concentration / p.rate


def kl_exponential_normal(p: Any, q: Any) -> Any:
    """Exponential against normal."""
    variance = q.scale**2
    rate_squared = p.rate**2
    t1 = 0.5 * (rate_squared * variance * 2 * math.pi).log()
    return t1 - 1 + (1 / rate_squared - q.loc / p.rate + q.loc**2 / 2) / variance


def kl_normal_gumbel(p: Any, q: Any) -> Any:
    """Normal against Gumbel."""
    mean_scale = p.loc / q.scale
    square = (p.scale / q.scale) ** 2
    shift = q.loc / q.scale
    t1 = mean_scale - shift
    t2 = (-mean_scale + 0.5 * square + shift).exp()
    return t1 + t2 - 0.5 * (1 + math.log(2 * math.pi)) - p.scale.log() + q.scale.log()


def kl_laplace_normal(p: Any, q: Any) -> Any:
    """Laplace against normal."""
    variance = q.scale**2
    ratio = p.scale**2 / variance
    t1 = 0.5 * (2 * ratio / math.pi).log()
    return -t1 + ratio + 0.5 * p.loc**2 / variance - p.loc * q.loc / variance + 0.5 * q.loc**2 / variance - 1


KL_FORMULAS: dict[tuple[str, str], Callable[[Any, Any], Any]] = {
    ("Bernoulli", "Bernoulli"): kl_bernoulli,
    ("Beta", "Beta"): kl_beta,
    ("Binomial", "Binomial"): kl_binomial,
    ("Categorical", "Categorical"): kl_categorical,
    ("Cauchy", "Cauchy"): kl_cauchy,
    ("ContinuousBernoulli", "ContinuousBernoulli"): kl_continuous_bernoulli,
    ("Dirichlet", "Dirichlet"): kl_dirichlet,
    ("Exponential", "Exponential"): kl_exponential,
    ("Exponential", "Gamma"): kl_exponential_gamma,
    ("Exponential", "Normal"): kl_exponential_normal,
    ("Gamma", "Exponential"): kl_gamma_exponential,
    ("Gamma", "Gamma"): kl_gamma,
    ("Geometric", "Geometric"): kl_geometric,
    ("Gumbel", "Gumbel"): kl_gumbel,
    ("HalfNormal", "HalfNormal"): kl_half_normal,
    ("Independent", "Independent"): kl_independent,
    ("Laplace", "Laplace"): kl_laplace,
    ("Laplace", "Normal"): kl_laplace_normal,
    ("LowRankMultivariateNormal", "LowRankMultivariateNormal"): kl_multivariate_normal,
    ("LowRankMultivariateNormal", "MultivariateNormal"): kl_multivariate_normal,
    ("MultivariateNormal", "LowRankMultivariateNormal"): kl_multivariate_normal,
    ("MultivariateNormal", "MultivariateNormal"): kl_multivariate_normal,
    ("Normal", "Gumbel"): kl_normal_gumbel,
    ("Normal", "Laplace"): kl_normal_laplace,
    ("Normal", "Normal"): kl_normal,
    ("OneHotCategorical", "OneHotCategorical"): kl_one_hot_categorical,
    ("Pareto", "Pareto"): kl_pareto,
    ("Poisson", "Poisson"): kl_poisson,
    ("TransformedDistribution", "TransformedDistribution"): kl_transformed,
    ("Uniform", "Normal"): kl_uniform_normal,
    ("Uniform", "Uniform"): kl_uniform,
}
