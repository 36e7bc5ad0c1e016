"""Operators of backward graphs that tracing tools write, through the gradients of forward operators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.aten import convolution, normalized_batch
from paconvert.helpers.functional_attention import scaled_dot_product_attention
from paconvert.helpers.functional_loss import mse_loss, nll_loss
from paconvert.helpers.functional_pooling import avg_pool2d, max_pool2d
from paconvert.helpers.graphs import REDUCTIONS, slice_tensor


def gradients(function: Callable[..., Any], inputs: Sequence[Any], grad_output: Any) -> list[Any]:
    """The gradients that come to `inputs`, of which some may be None, from `grad_output`."""
    with paddle.enable_grad():
        tracked = [None if x is None else x.detach() for x in inputs]
        wanted = [x for x in tracked if x is not None]
        for x in wanted:
            x.stop_gradient = False
        found = iter(paddle.grad([function(*tracked)], wanted, [grad_output], allow_unused=True))
    return [None if x is None else next(found) for x in inputs]


def input_gradient(function: Callable[..., Any], grad_output: Any, input: Any, *args: Any, **kw: Any) -> Any:
    """The gradient of a function's first argument; the others are constants."""
    return gradients(lambda x: function(x, *args, **kw), [input], grad_output)[0]


def masked_gradients(found: Sequence[Any], output_mask: Sequence[bool]) -> tuple[Any, ...]:
    """The gradients that are asked for; None for the others."""
    return tuple(grad if asked else None for grad, asked in zip(found, output_mask, strict=True))


def convolution_backward(
    grad_output: Any,
    input: Any,
    weight: Any,
    bias_sizes: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
    output_mask: Sequence[bool],
) -> tuple[Any, ...]:
    """`aten.convolution_backward`: the gradients of input, weight and bias."""

    def forward(x: Any, w: Any) -> Any:
        return convolution(x, w, None, stride, padding, dilation, transposed, output_padding, groups)

    bias = grad_output.sum([axis for axis in range(grad_output.ndim) if axis != 1])
    return masked_gradients([*gradients(forward, [input, weight], grad_output), bias], output_mask)


def native_layer_norm_backward(
    grad_out: Any,
    input: Any,
    normalized_shape: Any,
    mean: Any,
    rstd: Any,
    weight: Any,
    bias: Any,
    output_mask: Sequence[bool],
) -> tuple[Any, ...]:
    """`aten.native_layer_norm_backward`: the gradients of input, weight and bias."""

    def forward(x: Any, w: Any, b: Any) -> Any:
        axes = list(range(x.ndim - len(normalized_shape), x.ndim))
        centred = x - x.mean(axes, keepdim=True)
        variance = (centred * centred).mean(axes, keepdim=True)
        epsilon = (rstd**-2 - variance).detach()
        result = centred * paddle.rsqrt(variance + epsilon)
        result = result if w is None else result * w
        return result if b is None else result + b

    return masked_gradients(gradients(forward, [input, weight, bias], grad_out), output_mask)


def native_group_norm_backward(
    grad_out: Any,
    input: Any,
    mean: Any,
    rstd: Any,
    weight: Any,
    N: int,
    C: int,
    HxW: int,
    group: int,
    output_mask: Sequence[bool],
) -> tuple[Any, ...]:
    """`aten.native_group_norm_backward`: the gradients of input, weight and bias."""

    def forward(x: Any, w: Any, b: Any) -> Any:
        groups = x.reshape([N, group, -1])
        centred = groups - groups.mean(-1, keepdim=True)
        variance = (centred * centred).mean(-1, keepdim=True)
        epsilon = (rstd.unsqueeze(-1) ** -2 - variance).detach()
        result = (centred * paddle.rsqrt(variance + epsilon)).reshape(x.shape)
        shape = [1, C] + [1] * (x.ndim - 2)
        return (result if w is None else result * w.reshape(shape)) + b.reshape(shape)

    bias = paddle.zeros([C], dtype=input.dtype)
    return masked_gradients(gradients(forward, [input, weight, bias], grad_out), output_mask)


def native_batch_norm_backward(
    grad_out: Any,
    input: Any,
    weight: Any,
    running_mean: Any,
    running_var: Any,
    save_mean: Any,
    save_invstd: Any,
    train: bool,
    eps: float,
    output_mask: Sequence[bool],
) -> tuple[Any, ...]:
    """`aten.native_batch_norm_backward`: the gradients of input, weight and bias."""

    def forward(x: Any, w: Any, b: Any) -> Any:
        means, variances = (None, None) if train else (running_mean, running_var)
        return normalized_batch(x, w, b, means, variances, train, 0.0, eps)

    bias = paddle.zeros([input.shape[1]], dtype=input.dtype)
    return masked_gradients(gradients(forward, [input, weight, bias], grad_out), output_mask)


def gelu_backward(grad_output: Any, input: Any, *, approximate: str = "none") -> Any:
    """`aten.gelu_backward`."""
    return input_gradient(F.gelu, grad_output, input, approximate == "tanh")


def threshold_backward(grad_output: Any, input: Any, threshold: float) -> Any:
    """`aten.threshold_backward`: the gradient where the input is above the threshold."""
    return paddle.where(input > threshold, grad_output, paddle.zeros_like(grad_output))


def sigmoid_backward(grad_output: Any, output: Any) -> Any:
    """`aten.sigmoid_backward`."""
    return grad_output * output * (1 - output)


def tanh_backward(grad_output: Any, output: Any) -> Any:
    """`aten.tanh_backward`."""
    return grad_output * (1 - output * output)


def leaky_relu_backward(grad_output: Any, input: Any, negative_slope: float, self_is_result: bool) -> Any:
    """`aten.leaky_relu_backward`; the result has the sign of the input."""
    return paddle.where(input > 0, grad_output, grad_output * negative_slope)


def elu_backward(
    grad_output: Any, alpha: float, scale: float, input_scale: float, is_result: bool, self_or_result: Any
) -> Any:
    """`aten.elu_backward`."""
    x = self_or_result
    slope = x + alpha * scale if is_result else paddle.exp(x * input_scale) * (alpha * scale)
    return grad_output * paddle.where(x <= 0, slope * input_scale, paddle.full_like(x, scale))


def softmax_backward_data(grad_output: Any, output: Any, dim: int, input_dtype: Any) -> Any:
    """`aten._softmax_backward_data`."""
    weighted = grad_output * output
    return (weighted - output * weighted.sum(dim, keepdim=True)).astype(input_dtype)


def log_softmax_backward_data(grad_output: Any, output: Any, dim: int, input_dtype: Any) -> Any:
    """`aten._log_softmax_backward_data`."""
    return (grad_output - paddle.exp(output) * grad_output.sum(dim, keepdim=True)).astype(input_dtype)


def select_backward(grad_output: Any, input_sizes: Any, dim: int, index: int) -> Any:
    """`aten.select_backward`: the gradient at its place among zeros."""
    result = paddle.zeros(list(input_sizes), dtype=grad_output.dtype)
    result[(slice(None),) * (dim % len(input_sizes)) + (index,)] = grad_output
    return result


def slice_backward(grad_output: Any, input_sizes: Any, dim: int, start: int, end: int, step: int) -> Any:
    """`aten.slice_backward`: the gradient at its places among zeros."""
    zeros = paddle.zeros(list(input_sizes), dtype=grad_output.dtype)
    return input_gradient(slice_tensor, grad_output, zeros, dim, start, end, step)


def avg_pool2d_backward(
    grad_output: Any,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Any:
    """`aten.avg_pool2d_backward`."""
    options = (kernel_size, stride or None, padding, ceil_mode, count_include_pad, divisor_override)
    return input_gradient(avg_pool2d, grad_output, input, *options)


def max_pool2d_with_indices_backward(
    grad_output: Any,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    indices: Any,
) -> Any:
    """`aten.max_pool2d_with_indices_backward`."""
    return input_gradient(
        max_pool2d, grad_output, input, kernel_size, stride or None, padding, dilation, ceil_mode
    )


def adaptive_avg_pool2d_backward(grad_output: Any, input: Any) -> Any:
    """`aten._adaptive_avg_pool2d_backward`."""
    return input_gradient(F.adaptive_avg_pool2d, grad_output, input, list(grad_output.shape[-2:]))


def embedding_dense_backward(
    grad_output: Any, indices: Any, num_weights: int, padding_idx: int, scale_grad_by_freq: bool
) -> Any:
    """`aten.embedding_dense_backward`: the gradient of the weight."""
    if scale_grad_by_freq:
        raise NotImplementedError("embedding_dense_backward with scale_grad_by_freq")
    flat, rows = indices.flatten(), grad_output.reshape([-1, grad_output.shape[-1]])
    rows = paddle.where((flat != padding_idx).unsqueeze(-1), rows, paddle.zeros_like(rows))
    weight = paddle.zeros([num_weights, rows.shape[-1]], dtype=rows.dtype)
    return paddle.index_add(weight, flat, 0, rows)


def mse_loss_backward(grad_output: Any, input: Any, target: Any, reduction: int) -> Any:
    """`aten.mse_loss_backward`."""
    return input_gradient(mse_loss, grad_output, input, target, reduction=REDUCTIONS[reduction])


def nll_loss_backward(
    grad_output: Any,
    input: Any,
    target: Any,
    weight: Any,
    reduction: int,
    ignore_index: int,
    total_weight: Any,
) -> Any:
    """`aten.nll_loss_backward`."""
    options = {"ignore_index": ignore_index, "reduction": REDUCTIONS[reduction]}
    return input_gradient(nll_loss, grad_output, input, target, weight, **options)


def native_dropout_backward(grad_output: Any, mask: Any, scale: float) -> Any:
    """`aten.native_dropout_backward`."""
    return grad_output * mask.astype(grad_output.dtype) * scale


def attention_backward(
    grad_out: Any,
    query: Any,
    key: Any,
    value: Any,
    attention: Any,
    logsumexp: Any,
    dropout_p: float,
    is_causal: bool,
    *,
    attn_mask: Any = None,
    scale: float | None = None,
) -> tuple[Any, ...]:
    """`aten._scaled_dot_product_flash_attention_for_cpu_backward`: the gradients of query, key and value."""
    if dropout_p:
        raise NotImplementedError("the gradient of attention with dropout")

    def forward(q: Any, k: Any, v: Any) -> Any:
        return scaled_dot_product_attention(q, k, v, attn_mask, 0.0, is_causal, scale)

    return tuple(gradients(forward, [query, key, value], grad_out))
