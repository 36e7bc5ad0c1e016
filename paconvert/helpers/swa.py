"""Averages of a model's weights over training, with torch's interface."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

import paddle


def check_decay(decay: float) -> None:
    """Raises unless `decay` is between 0 and 1."""
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def swa_average(averaged: Any, current: Any, count: Any) -> Any:
    """The mean of `count` values and one more."""
    return averaged + (current - averaged) / (float(count) + 1)


def get_swa_avg_fn() -> Callable[[Any, Any, Any], Any]:
    """The function that averages all values equally."""
    return swa_average


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], Any]:
    """The function of an exponential moving average."""
    check_decay(decay)

    def update(averaged: Any, current: Any, count: Any) -> Any:
        return averaged * decay + current * (1 - decay)

    return update


def over_lists(average: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], None]:
    """The same average for lists of tensors, in place."""

    def update(averaged: Any, current: Any, count: Any) -> None:
        with paddle.no_grad():
            for old, new in zip(averaged, current, strict=True):
                old.copy_(average(old, new, count).astype(old.dtype))

    return update


def get_swa_multi_avg_fn() -> Callable[[Any, Any, Any], None]:
    """The function that averages lists of values equally, in place."""
    return over_lists(swa_average)


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Any, Any, Any], None]:
    """The function of an exponential moving average of lists, in place."""
    return over_lists(get_ema_avg_fn(decay))


class AveragedModel(paddle.nn.Layer):  # type: ignore[misc]
    """A copy of a model whose weights are the averages of the model's."""

    def __init__(
        self,
        model: Any,
        device: Any = None,
        avg_fn: Callable[[Any, Any, Any], Any] | None = None,
        multi_avg_fn: Callable[[Any, Any, Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", paddle.zeros([], dtype="int64"))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the averaged model."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Any) -> None:
        """Takes the weights of `model` into the averages."""
        own, other = list(self.module.parameters()), list(model.parameters())
        own_buffers, other_buffers = list(self.module.buffers()), list(model.buffers())
        if self.use_buffers:
            own, other = own + own_buffers, other + other_buffers
        with paddle.no_grad():
            if int(self.n_averaged) == 0:
                for averaged, current in zip(own, other, strict=True):
                    averaged.copy_(current.detach())
            elif self.multi_avg_fn is not None:
                self.multi_avg_fn(own, [tensor.detach() for tensor in other], self.n_averaged)
            else:
                average = self.avg_fn or swa_average
                for averaged, current in zip(own, other, strict=True):
                    averaged.copy_(average(averaged.detach(), current.detach(), self.n_averaged))
            if not self.use_buffers:
                for averaged, current in zip(own_buffers, other_buffers, strict=True):
                    averaged.copy_(current.detach())
            self.n_averaged.copy_(self.n_averaged + 1)


def update_bn(loader: Iterable[Any], model: Any, device: Any = None) -> None:
    """Computes the statistics of batch normalisation anew, as plain means over a loader's batches."""
    norms = [
        module for module in model.sublayers(include_self=True) if hasattr(module, "reset_running_stats")
    ]
    if not norms:
        return
    momenta = [module.momentum for module in norms]
    was_training = model.training
    model.train()
    with paddle.no_grad():
        for module in norms:
            module.reset_running_stats()
            module.momentum = None
        for batch in loader:
            value = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(value if device is None else value.to(device))
    for module, momentum in zip(norms, momenta, strict=True):
        module.momentum = momentum
    if not was_training:
        model.eval()
