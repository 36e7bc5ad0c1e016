"""torch.nn.functional's attention."""

from __future__ import annotations

import math
from typing import Any

import paddle
import paddle.nn.functional as F


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """torch.nn.functional.scaled_dot_product_attention, for any number of leading dimensions.

    A row of a mask that lets nothing through gives zeros, as in torch.
    """
    if enable_gqa:
        key = paddle.repeat_interleave(key, query.shape[-3] // key.shape[-3], axis=-3)
        value = paddle.repeat_interleave(value, query.shape[-3] // value.shape[-3], axis=-3)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = paddle.matmul(query * factor, key, transpose_y=True)
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError("Explicit attn_mask should not be set when is_causal=True")
        attn_mask = paddle.ones([query.shape[-2], key.shape[-2]], dtype="bool").tril()
    if attn_mask is None:
        weights = F.softmax(scores, axis=-1)
    else:
        if attn_mask.dtype == paddle.bool:
            lowest = paddle.full([1], float("-inf"), dtype=scores.dtype)
            scores = paddle.where(attn_mask, scores, lowest)
        else:
            scores = scores + attn_mask.astype(scores.dtype)
        weights = safe_softmax(scores)
    if dropout_p > 0.0:
        weights = F.dropout(weights, dropout_p)
    return paddle.matmul(weights, value)


def safe_softmax(scores: Any) -> Any:
    """Softmax over the last dimension; a row of minus infinity only gives zeros."""
    empty = (scores == float("-inf")).all(axis=-1, keepdim=True)
    zero = paddle.zeros([1], dtype=scores.dtype)
    return paddle.where(empty, zero, F.softmax(paddle.where(empty, zero, scores), axis=-1))


def merge_masks(mask: Any, other: Any, dtype: Any) -> Any:
    """Two masks as one that is added to the scores; a boolean mask hides where it is true."""
    total = None
    for item in (mask, other):
        if item is None:
            continue
        if item.dtype == paddle.bool:
            zero = paddle.zeros([1], dtype=dtype)
            item = paddle.where(item, paddle.full([1], float("-inf"), dtype=dtype), zero)
        total = item if total is None else total + item
    return total


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """torch.nn.functional.multi_head_attention_forward: (length, batch, embedding) or unbatched input."""
    batched = query.ndim == 3
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    length, batch, embed = query.shape
    head = embed // num_heads
    if use_separate_proj_weight:
        weights = [q_proj_weight, k_proj_weight, v_proj_weight]
    else:
        weights = paddle.split(in_proj_weight, 3, axis=0)
    biases = [None] * 3 if in_proj_bias is None else paddle.split(in_proj_bias, 3, axis=0)
    q, k, v = (
        paddle.compat.nn.functional.linear(x, weight, bias)
        for x, weight, bias in zip((query, key, value), weights, biases, strict=False)
    )
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    if attn_mask is not None and attn_mask.ndim == 3:
        attn_mask = attn_mask.reshape([-1, num_heads, *attn_mask.shape[1:]])
    extra = 0
    if bias_k is not None:
        k = paddle.concat([k, bias_k.expand([1, batch, embed])])
        v = paddle.concat([v, bias_v.expand([1, batch, embed])])
        extra += 1
    q = q.reshape([length, batch, num_heads, head]).transpose([1, 2, 0, 3])
    k = (
        k.reshape([-1, batch, num_heads, head]).transpose([1, 2, 0, 3])
        if static_k is None
        else split_heads(static_k, num_heads)
    )
    v = (
        v.reshape([-1, batch, num_heads, head]).transpose([1, 2, 0, 3])
        if static_v is None
        else split_heads(static_v, num_heads)
    )
    if add_zero_attn:
        zeros = paddle.zeros([batch, num_heads, 1, head], dtype=k.dtype)
        k, v = paddle.concat([k, zeros], axis=2), paddle.concat([v, zeros], axis=2)
        extra += 1
    mask = merge_masks(
        attn_mask, None if key_padding_mask is None else key_padding_mask.reshape([batch, 1, 1, -1]), q.dtype
    )
    if mask is not None and extra:
        mask = paddle.concat([mask, paddle.zeros([*mask.shape[:-1], extra], dtype=mask.dtype)], axis=-1)
    scores = paddle.matmul(q * (1 / math.sqrt(head)), k, transpose_y=True)
    if mask is not None:
        scores = scores + mask
    # With the weights wanted torch takes the plain softmax, without them the fused attention.
    attention = F.softmax(scores, axis=-1) if need_weights or mask is None else safe_softmax(scores)
    attention = F.dropout(attention, dropout_p, training=training) if dropout_p > 0.0 else attention
    output = paddle.matmul(attention, v).transpose([2, 0, 1, 3]).reshape([length, batch, embed])
    output = paddle.compat.nn.functional.linear(output, out_proj_weight, out_proj_bias)
    if not need_weights:
        return (output if batched else output.squeeze(1)), None
    if average_attn_weights:
        attention = attention.mean(axis=1)
    return (output, attention) if batched else (output.squeeze(1), attention.squeeze(0))


def split_heads(x: Any, num_heads: int) -> Any:
    """(batch * heads, length, size) as (batch, heads, length, size)."""
    return x.reshape([-1, num_heads, *x.shape[1:]])


def causal_upper_left(*size: int) -> Any:
    """torch.nn.attention.bias.causal_upper_left as a mask: the first query sees the first key."""
    return paddle.ones(list(size), dtype="bool").tril()


def causal_lower_right(*size: int) -> Any:
    """torch.nn.attention.bias.causal_lower_right as a mask: the last query sees all keys."""
    return paddle.ones(list(size), dtype="bool").tril(size[1] - size[0])
