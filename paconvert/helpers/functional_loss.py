"""torch.nn.functional's losses: its dtypes, gradients, reductions, `size_average` and `reduce`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.dtype import float_promoted, promoted
from paconvert.helpers.functional import log_softmax


def loss_reduction(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction that torch's legacy arguments `size_average` and `reduce` stand for."""
    if size_average is None and reduce is None:
        return reduction
    if reduce is False:
        return "none"
    return "sum" if size_average is False else "mean"


def reduce_loss(loss: Any, reduction: str) -> Any:
    """The loss of each element, or their mean or sum."""
    if reduction == "none":
        return loss
    if reduction == "mean":
        return loss.mean()
    if reduction == "sum":
        return loss.sum()
    raise ValueError(f"{reduction} is not a valid value for reduction")


def weighted_mean(loss: Any, weight: Any, reduction: str) -> Any:
    """The loss times `weight`; the mean divides by the sum of the weights."""
    if weight is None:
        return reduce_loss(loss, reduction)
    loss = loss * weight
    return loss.sum() / weight.sum() if reduction == "mean" else reduce_loss(loss, reduction)


def mse_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """torch.nn.functional.mse_loss."""
    input, target = promoted(input, target)
    return weighted_mean((input - target) ** 2, weight, loss_reduction(size_average, reduce, reduction))


def l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Any = None,
) -> Any:
    """torch.nn.functional.l1_loss."""
    input, target = promoted(input, target)
    return weighted_mean((input - target).abs(), weight, loss_reduction(size_average, reduce, reduction))


def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """torch.nn.functional.smooth_l1_loss."""
    input, target = promoted(input, target)
    distance = (input - target).abs()
    if beta != 0:
        distance = paddle.where(distance < beta, 0.5 * distance * distance / beta, distance - 0.5 * beta)
    return reduce_loss(distance, loss_reduction(size_average, reduce, reduction))


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """torch.nn.functional.huber_loss."""
    input, target = promoted(input, target)
    distance = (input - target).abs()
    loss = paddle.where(distance < delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))
    return reduce_loss(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.binary_cross_entropy, with a gradient for the target where it needs one."""
    reduction = loss_reduction(size_average, reduce, reduction)
    if target.stop_gradient:
        return F.binary_cross_entropy(input, target, weight, reduction)
    positive, negative = input.log().clip(min=-100), (1 - input).log().clip(min=-100)
    loss = -(target * positive + (1 - target) * negative)
    return reduce_loss(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """torch.nn.functional.binary_cross_entropy_with_logits, with a gradient for the target."""
    input, target = promoted(input, target)
    log_weight = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    loss = (1 - target) * input - log_weight * F.log_sigmoid(input)
    if weight is not None:
        loss = loss * weight
    return reduce_loss(loss, loss_reduction(size_average, reduce, reduction))


def class_first(input: Any, target: Any) -> tuple[Any, Any]:
    """Log probabilities with the class dimension last and flat, and the flat target: (M, C) and (M,)."""
    if input.ndim == 1:
        return input.unsqueeze(0), target.reshape([1])
    classes = input.shape[1]
    return paddle.moveaxis(input, 1, -1).reshape([-1, classes]), target.flatten()


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.nll_loss: ignored targets count neither in the sum nor in the mean."""
    return smooth_nll_loss(
        input, target, weight, ignore_index, loss_reduction(size_average, reduce, reduction), 0.0
    )


def smooth_nll_loss(
    log_probabilities: Any,
    target: Any,
    weight: Any,
    ignore_index: int,
    reduction: str,
    label_smoothing: float,
) -> Any:
    """The negative log likelihood of class indices, mixed with that of the uniform distribution."""
    rows, labels = class_first(log_probabilities, target.astype("int64"))
    kept = labels != ignore_index
    safe = paddle.where(kept, labels, paddle.zeros_like(labels))
    picked = paddle.take_along_axis(rows, safe.unsqueeze(1), 1, broadcast=False).squeeze(1)
    scale = kept.astype(rows.dtype)
    if weight is not None:
        scale = scale * paddle.gather(weight, safe)
    # An infinite log probability of an ignored row must not spoil the sum.
    zero = paddle.zeros([1], dtype=rows.dtype)
    loss = paddle.where(kept, -picked, zero) * scale
    divisor = scale.sum()
    if label_smoothing:
        spread = -(rows if weight is None else rows * weight).sum(axis=1)
        smooth = paddle.where(kept, spread, zero) * (label_smoothing / rows.shape[1])
        loss = loss * (1 - label_smoothing) + smooth
    if reduction == "none":
        return loss.reshape(target.shape)
    return loss.sum() / divisor if reduction == "mean" else reduce_loss(loss, reduction)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """torch.nn.functional.cross_entropy, for class indices and for class probabilities."""
    reduction = loss_reduction(size_average, reduce, reduction)
    axis = 0 if input.ndim == 1 else 1
    log_probabilities = log_softmax(input, axis)
    if not target.is_floating_point():
        return smooth_nll_loss(log_probabilities, target, weight, ignore_index, reduction, label_smoothing)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / input.shape[axis]
    if weight is not None:
        log_probabilities = log_probabilities * weight.reshape([-1] + [1] * (input.ndim - axis - 1))
    loss = -(log_probabilities * target).sum(axis=axis)
    if reduction == "mean":
        return loss.sum() / max(input.size // input.shape[axis], 1)
    return reduce_loss(loss, reduction)


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """torch.nn.functional.linear_cross_entropy: the cross entropy of a linear layer's output.

    `options` choose how torch saves memory, and change no result.
    """
    classes, *others, _ = linear_weight.shape
    logits = paddle.compat.nn.functional.linear(
        input, linear_weight.flatten(0, -2), None if linear_bias is None else linear_bias.flatten()
    )
    logits = logits.reshape([*input.shape[:-1], classes, *others])
    return cross_entropy(
        logits,
        target,
        weight,
        ignore_index=-100 if ignore_index is None else ignore_index,
        reduction=reduction,
        label_smoothing=label_smoothing,
    )


def kl_div(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """torch.nn.functional.kl_div, with a gradient for the target."""
    input, target = promoted(input, target)
    if log_target:
        loss = target.exp() * (target - input)
    else:
        counts = target != 0
        # Where the target is zero its logarithm is not taken, so that neither value nor gradient is NaN.
        logarithm = paddle.where(counts, target, paddle.ones_like(target)).log()
        loss = paddle.where(counts, target * logarithm, target * 0) - target * input
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.ndim else loss.sum()
    return reduce_loss(loss, loss_reduction(size_average, reduce, reduction))


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.poisson_nll_loss."""
    input, target = float_promoted(input, target)
    loss = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        large = target > 1
        safe = paddle.where(large, target, paddle.ones_like(target))
        stirling = safe * safe.log() - safe + 0.5 * (2 * math.pi * safe).log()
        loss = loss + paddle.where(large, stirling, paddle.zeros_like(stirling))
    return reduce_loss(loss, loss_reduction(size_average, reduce, reduction))


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """torch.nn.functional.gaussian_nll_loss; the variance may be a number or lack the last dimension."""
    if not isinstance(var, paddle.Tensor):
        var = paddle.full_like(input, var)
    input, target, var = promoted(input, target, var)
    if var.shape != input.shape and var.shape == input.shape[:-1]:
        var = var.unsqueeze(-1)
    if bool((var < 0).any()):
        raise ValueError("var has negative entry/entries")
    # The clamp is outside of the graph, as in torch.
    var = var + (var.clip(min=eps) - var).detach()
    loss = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        loss = loss + 0.5 * math.log(2 * math.pi)
    return reduce_loss(loss, reduction)


def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.hinge_embedding_loss."""
    zero = paddle.zeros([1], dtype=input.dtype)
    loss = paddle.where(target != 1, (margin - input).clip(min=0), zero) + paddle.where(
        target != -1, input, zero
    )
    return reduce_loss(loss.reshape(input.shape), loss_reduction(size_average, reduce, reduction))


def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.margin_ranking_loss."""
    input1, input2, target = promoted(input1, input2, target)
    loss = (-target * (input1 - input2) + margin).clip(min=0)
    return reduce_loss(loss, loss_reduction(size_average, reduce, reduction))


def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.cosine_embedding_loss, batched or not."""
    input1, input2 = float_promoted(input1, input2)
    epsilon = 1e-12
    product = (input1 * input2).sum(axis=-1)
    square1 = (input1 * input1).sum(axis=-1) + epsilon
    square2 = (input2 * input2).sum(axis=-1) + epsilon
    cosine = product / (square1 * square2).sqrt()
    zero = paddle.zeros_like(cosine)
    loss = paddle.where(target == 1, 1 - cosine, zero) + paddle.where(
        target == -1, (cosine - margin).clip(min=0), zero
    )
    return reduce_loss(loss, loss_reduction(size_average, reduce, reduction))


def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.soft_margin_loss."""
    input, target = promoted(input, target)
    loss = paddle.log1p(paddle.exp(-target * input))
    return reduce_loss(loss, loss_reduction(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.multilabel_soft_margin_loss."""
    input, target = promoted(input, target)
    loss = -(target * F.log_sigmoid(input) + (1 - target) * F.log_sigmoid(-input))
    if weight is not None:
        loss = loss * weight
    return reduce_loss(loss.mean(axis=-1), loss_reduction(size_average, reduce, reduction))


def multilabel_margin_loss(
    input: Any,
    target: Any,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.multilabel_margin_loss: of each row of targets those before the first -1 count."""
    reduction = loss_reduction(size_average, reduce, reduction)
    rows, labels = (input, target) if input.ndim == 2 else (input.reshape([1, -1]), target.reshape([1, -1]))
    classes = rows.shape[1]
    listed = paddle.cumsum((labels < 0).astype("int64"), axis=1) == 0
    safe = paddle.where(listed, labels, paddle.zeros_like(labels))
    member = (F.one_hot(safe, classes) * listed.unsqueeze(-1).astype("float32")).sum(axis=1) > 0
    picked = paddle.take_along_axis(rows, safe, 1, broadcast=False)
    gap = (1 - (picked.unsqueeze(2) - rows.unsqueeze(1))).clip(min=0)
    counted = listed.unsqueeze(2) & ~member.unsqueeze(1)
    loss = paddle.where(counted, gap, paddle.zeros_like(gap)).sum(axis=[1, 2]) / classes
    return reduce_loss(loss if input.ndim == 2 else loss.squeeze(0), reduction)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.multi_margin_loss, batched or not."""
    rows, labels = (input, target) if input.ndim == 2 else (input.reshape([1, -1]), target.reshape([1]))
    picked = paddle.take_along_axis(rows, labels.unsqueeze(1), 1, broadcast=False)
    gap = (margin - picked + rows).clip(min=0) ** p
    if weight is not None:
        gap = gap * paddle.gather(weight, labels).unsqueeze(1)
    is_target = paddle.arange(rows.shape[1]).unsqueeze(0) == labels.unsqueeze(1)
    loss = paddle.where(is_target, paddle.zeros_like(gap), gap).sum(axis=1) / rows.shape[1]
    return reduce_loss(
        loss if input.ndim == 2 else loss.squeeze(0), loss_reduction(size_average, reduce, reduction)
    )


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """torch.nn.functional.pairwise_distance."""
    x1, x2 = promoted(x1, x2)
    return paddle.linalg.vector_norm(x1 - x2 + eps, p, axis=-1, keepdim=keepdim)


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.triplet_margin_loss."""

    def distance(a: Any, b: Any) -> Any:
        return pairwise_distance(a, b, p, eps)

    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=distance,
        margin=margin,
        swap=swap,
        reduction=loss_reduction(size_average, reduce, reduction),
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """torch.nn.functional.triplet_margin_with_distance_loss."""
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = paddle.minimum(far, distance(positive, negative))
    return reduce_loss((margin + near - far).clip(min=0), reduction)


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """torch.nn.functional.ctc_loss: padded or concatenated targets, lengths as tensors or sequences.

    The log probabilities must be normalised (by log_softmax), as torch's documentation asks.
    """
    single = log_probs.ndim == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
        targets = targets.unsqueeze(0) if targets.ndim == 1 else targets
    inputs, lengths = as_lengths(input_lengths), as_lengths(target_lengths)
    if targets.ndim == 1:
        starts = [sum(lengths[:index]) for index in range(len(lengths))]
        width = max(lengths)
        rows = [
            F.pad(targets[s : s + n].astype("int32"), [0, width - n])
            for s, n in zip(starts, lengths, strict=False)
        ]
        targets = paddle.stack(rows)
    loss = F.ctc_loss(
        log_probs, targets.astype("int32"), paddle.to_tensor(inputs), paddle.to_tensor(lengths), blank, "none"
    )
    rows = targets.tolist()
    repeats = [sum(a == b for a, b in itertools.pairwise(row)) for row, n in zip(rows, lengths, strict=False)]
    reachable = paddle.to_tensor([t >= n + r for t, n, r in zip(inputs, lengths, repeats, strict=False)])
    unreachable_loss = paddle.full([1], 0.0 if zero_infinity else float("inf"), dtype=loss.dtype)
    loss = paddle.where(reachable, loss, unreachable_loss)
    if reduction == "mean":
        return (loss / paddle.to_tensor(lengths).clip(min=1).astype(loss.dtype)).mean()
    loss = reduce_loss(loss, reduction)
    return loss.squeeze(0) if single and reduction == "none" else loss


def as_lengths(lengths: Any) -> list[int]:
    """Sequence lengths as a list, from a tensor of any dimension, a sequence or a number."""
    if isinstance(lengths, paddle.Tensor):
        return [int(length) for length in lengths.flatten().tolist()]
    return [int(length) for length in lengths] if isinstance(lengths, Sequence) else [int(lengths)]
