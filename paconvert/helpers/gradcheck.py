"""torch.autograd.gradcheck: gradients compared with differences of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.autograd import as_sequence, autograd_grad


class GradcheckError(RuntimeError):
    """Says which gradient is wrong."""


def numbered(tensors: Any) -> list[Any]:
    """The tensors that have gradients; complex ones are not supported."""
    found = [x for x in tensors if isinstance(x, paddle.Tensor) and not x.stop_gradient]
    if any("complex" in str(x.dtype) for x in found):
        raise NotImplementedError("gradients of complex numbers are not checked")
    return found


def numerical_columns(func: Callable[..., Any], inputs: list[Any], x: Any, eps: float) -> Any:
    """The Jacobian of all outputs with respect to `x`, from differences: a row for each number of `x`."""
    columns = []
    with paddle.no_grad():
        start = x.detach().clone()
        for place in range(x.size):
            ends = []
            for step in (eps, -eps):
                moved = start.numpy().copy()
                moved.reshape(-1)[place] += step
                paddle.assign(paddle.to_tensor(moved), output=x)
                outputs = [y for y in as_sequence(func(*inputs)) if y.is_floating_point()]
                ends.append(np.concatenate([y.numpy().reshape(-1) for y in outputs]))
            columns.append((ends[0] - ends[1]) / (2 * eps))
        paddle.assign(start, output=x)
    return np.stack(columns) if columns else np.zeros((0, 0))


def analytical_columns(outputs: list[Any], x: Any) -> Any:
    """The same from gradients."""
    rows = []
    for y in outputs:
        for place in range(y.size):
            picked = y.flatten()[place]
            grads = autograd_grad([picked], [x], retain_graph=True, materialize_grads=True)
            rows.append(grads[0].numpy().reshape(-1))
    return np.stack(rows, axis=1) if rows else np.zeros((x.size, 0))


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    check_backward_ad: bool = True,
) -> bool:
    """torch.autograd.gradcheck, for real numbers: whether gradients are what differences of values say."""
    given = as_sequence(inputs)
    tracked = numbered(given)
    if not tracked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient")
    if not check_backward_ad:
        return True
    outputs = [y for y in as_sequence(func(*given)) if isinstance(y, paddle.Tensor) and y.is_floating_point()]
    connected = not any(y.stop_gradient for y in outputs)
    # The gradients first: Paddle refuses them once the inputs have been written to.
    found = [analytical_columns(outputs, x) if connected else None for x in tracked]
    for number, (x, gradients) in enumerate(zip(tracked, found, strict=True)):
        slow = numerical_columns(func, given, x, eps)
        fast = np.zeros_like(slow) if gradients is None else gradients
        if not np.allclose(fast, slow, rtol, atol):
            if raise_exception:
                raise GradcheckError(
                    f"Jacobian mismatch for the outputs with respect to input {number},\n"
                    f"numerical:{slow}\nanalytical:{fast}\n"
                )
            return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """torch.autograd.gradgradcheck, for real numbers: the same for the gradients themselves."""
    given = as_sequence(inputs)
    tracked = numbered(given)
    outputs = [y for y in as_sequence(func(*given)) if not y.stop_gradient]
    if grad_outputs is None:
        weights = [paddle.randn(y.shape, dtype=y.dtype) for y in outputs]
    else:
        weights = [weight.detach() for weight in as_sequence(grad_outputs)]
    for weight in weights:
        weight.stop_gradient = False

    def gradient(*arguments: Any) -> Any:
        values, factors = arguments[: len(given)], arguments[len(given) :]
        with paddle.enable_grad():
            results = [y for y in as_sequence(func(*values)) if not y.stop_gradient]
            chosen = [values[place] for place, x in enumerate(given) if any(x is t for t in tracked)]
            return tuple(
                autograd_grad(results, chosen, list(factors), create_graph=True, materialize_grads=True)
            )

    return gradcheck(
        gradient, (*given, *weights), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )
