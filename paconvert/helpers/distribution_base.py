"""The base class of torch.distributions, and its tools."""

from __future__ import annotations

import copy
import functools
from types import MappingProxyType
from typing import Any, ClassVar

import paddle
import paddle.nn.functional as F

from paconvert.helpers.distribution_constraints import constraint_dependent, is_dependent

euler_constant = 0.57721566490153286060


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """torch.distributions.utils.broadcast_all: numbers and tensors as tensors of one shape."""
    tensors = [value for value in values if isinstance(value, paddle.Tensor)]
    dtype = tensors[0].dtype if tensors else paddle.get_default_dtype()
    ready = [
        value if isinstance(value, paddle.Tensor) else paddle.to_tensor(value, dtype=dtype)
        for value in values
    ]
    shape: list[int] = []
    for tensor in ready:
        shape = list(paddle.broadcast_shape(shape, list(tensor.shape)))
    return tuple(tensor if list(tensor.shape) == shape else tensor.expand(shape) for tensor in ready)


def clamp_probs(probs: Any) -> Any:
    """torch.distributions.utils.clamp_probs."""
    eps = float(paddle.finfo(probs.dtype).eps)
    return probs.clip(min=eps, max=1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """torch.distributions.utils.probs_to_logits."""
    clamped = clamp_probs(probs)
    return clamped.log() - paddle.log1p(-clamped) if is_binary else clamped.log()


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """torch.distributions.utils.logits_to_probs."""
    return F.sigmoid(logits) if is_binary else F.softmax(logits, axis=-1)


def standard_normal(shape: Any, dtype: Any, device: Any = None) -> Any:
    """torch.distributions.utils._standard_normal."""
    return paddle.randn(list(shape), dtype=dtype)


def bounded_uniform(shape: Any, dtype: Any) -> Any:
    """Uniform numbers in (0, 1), both ends excluded."""
    return paddle.rand(list(shape), dtype=dtype).clip(min=float(paddle.finfo(dtype).tiny))


def masked_xlogy(x: Any, y: Any) -> Any:
    """x * log(y), and 0 where x is 0."""
    zero = x == 0
    return paddle.where(zero, paddle.zeros_like(x * y), x * paddle.where(zero, paddle.ones_like(y), y).log())


def size_of(shape: Any) -> Any:
    """A shape as the type that tensors' shapes have."""
    return paddle.Size([int(length) for length in shape])


class Distribution:
    """The base of all distributions.

    Subclasses name their tensors in `_parameters`; these have the batch shape, then dimensions of their own.
    """

    has_rsample = False
    has_enumerate_support = False
    arg_constraints: ClassVar[Any] = MappingProxyType({})
    support: Any = constraint_dependent
    _parameters: ClassVar[tuple[str, ...]] = ()
    _validate_args = True

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape = size_of(batch_shape)
        self._event_shape = size_of(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_arguments()

    def _check_arguments(self) -> None:
        for name, constraint in self.arg_constraints.items():
            if is_dependent(constraint) or (name not in self.__dict__ and not hasattr(type(self), name)):
                continue
            if name not in self.__dict__ and isinstance(
                getattr(type(self), name), (property, functools.cached_property)
            ):
                continue
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) "
                    f"of distribution {self!r} to satisfy the constraint {constraint!r}, "
                    f"but found invalid values:\n{value}"
                )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether arguments are checked from now on."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        """The distribution with a larger batch shape."""
        result = copy.copy(self)
        skip = len(self._batch_shape)
        for name in self._parameters:
            value = self.__dict__.get(name)
            if isinstance(value, paddle.Tensor):
                result.__dict__[name] = value.expand([*batch_shape, *value.shape[skip:]])
        result._batch_shape = size_of(batch_shape)
        return result

    @property
    def batch_shape(self) -> Any:
        """The shape of independent, not identical distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Any:
        """The shape of one sample."""
        return self._event_shape

    @property
    def mean(self) -> Any:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Any:
        """The most likely value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Any:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Any:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Samples without a gradient."""
        with paddle.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Samples with a gradient for the parameters."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Any:
        """`n` samples."""
        return self.sample([n])

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density or probability of a value."""
        raise NotImplementedError

    def cdf(self, value: Any) -> Any:
        """The cumulative distribution function."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Any:
        """The inverse of the cumulative distribution function."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values of a discrete distribution."""
        raise NotImplementedError

    def entropy(self) -> Any:
        """The entropy."""
        raise NotImplementedError

    def perplexity(self) -> Any:
        """The exponential of the entropy."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape: Any = ()) -> list[int]:
        return [*sample_shape, *self._batch_shape, *self._event_shape]

    def _validate_sample(self, value: Any) -> None:
        if not isinstance(value, paddle.Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        first = len(value.shape) - len(self._event_shape)
        if list(value.shape[first:]) != list(self._event_shape):
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.shape} vs {self._event_shape}."
            )
        expected = self._extended_shape()
        for i, j in zip(reversed(list(value.shape)), reversed(expected), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {value.shape}.")
        support = self.support
        if not is_dependent(support) and not bool(support.check(value).all()):
            raise ValueError(
                f"Expected value argument to be within the support ({support!r}) of the distribution "
                f"{self!r}, but found invalid values:\n{value}"
            )

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        return type(self).__new__(type(self)) if _instance is None else _instance

    def __repr__(self) -> str:
        shown = []
        for name in self.arg_constraints:
            if name in self.__dict__:
                value = self.__dict__[name]
                text = (
                    f"{value.item()}" if getattr(value, "size", 2) == 1 else f"of size {tuple(value.shape)}"
                )
                shown.append(f"{name}: {text}")
        return f"{type(self).__name__}({', '.join(shown)})"


class ExponentialFamily(Distribution):
    """The base of the exponential families."""

    @property
    def _natural_params(self) -> Any:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Any:
        raise NotImplementedError


class lazy_property(functools.cached_property):  # type: ignore[type-arg]
    """torch.distributions.utils.lazy_property: computed once, then kept on the instance."""

    def __init__(self, wrapped: Any) -> None:
        super().__init__(wrapped)


def set_default_validate_args(value: bool) -> None:
    """torch.distributions.Distribution.set_default_validate_args."""
    Distribution.set_default_validate_args(value)
