"""Recomputing activations in backward, with torch's interface."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import paddle
from paddle.distributed.fleet.utils import recompute


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Any = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Calls `function` without keeping its activations; backward computes them again."""
    if context_fn is not None:
        raise NotImplementedError("checkpoint with context_fn")
    if not paddle.is_grad_enabled():
        return function(*args, **kwargs)
    return recompute(function, *args, use_reentrant=False, preserve_rng_state=preserve_rng_state, **kwargs)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Runs a chain of modules in `segments` parts, all but the last one checkpointed."""
    chain = list(functions.children()) if isinstance(functions, paddle.nn.Layer) else list(functions)

    def run(part: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
        def forward(value: Any) -> Any:
            for function in part:
                value = function(value)
            return value

        return forward

    size = len(chain) // segments
    for start in range(0, size * (segments - 1), size):
        input = checkpoint(run(chain[start : start + size]), input, **kwargs)
    return run(chain[size * (segments - 1) :])(input)


def get_device_states(*args: Any) -> tuple[list[int], list[Any]]:
    """`torch.utils.checkpoint.get_device_states`: the GPUs that tensors are on, and the states of all GPUs'
    generators."""
    places = [argument.place for argument in args if isinstance(argument, paddle.Tensor)]
    devices = sorted({place.gpu_device_id() for place in places if place.is_gpu_place()})
    return devices, list(paddle.get_cuda_rng_state()) if devices else []


def set_device_states(
    devices: Sequence[int], states: Sequence[Any], *, device_type: str | None = None
) -> None:
    """`torch.utils.checkpoint.set_device_states`: gives all GPUs' generators their states back."""
    if devices:
        paddle.set_cuda_rng_state(states)


def noop_context_fn() -> tuple[Any, Any]:
    """torch.utils.checkpoint.noop_context_fn: contexts that do nothing."""
    return nullcontext(), nullcontext()


def detach_variable(inputs: Any) -> tuple[Any, ...]:
    """torch.utils.checkpoint.detach_variable: the tensors without what they come from."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(f"Only tuple of tensors is supported. Got {type(inputs).__name__}")
    result = []
    for item in inputs:
        if isinstance(item, paddle.Tensor):
            tracked = not item.stop_gradient
            item = item.detach()
            item.stop_gradient = not tracked
        result.append(item)
    return tuple(result)


def check_backward_validity(inputs: Any) -> None:
    """torch.utils.checkpoint.check_backward_validity: warns where nothing has a gradient."""
    if not any(isinstance(item, paddle.Tensor) and not item.stop_gradient for item in inputs):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)
