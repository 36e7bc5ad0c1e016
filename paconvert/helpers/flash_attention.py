"""flash_attn's functions, computed from Paddle's ordinary operations."""

from __future__ import annotations

import itertools
import math
from typing import Any

import paddle

from paconvert.helpers.functional_attention import safe_softmax
from paconvert.helpers.inplace import in_place


def attend(
    q: Any,
    k: Any,
    v: Any,
    dropout_p: float,
    softmax_scale: float | None,
    window: tuple[int, int],
    softcap: float,
    alibi_slopes: Any,
    shift: int,
) -> Any:
    """Attention of tensors (batch, length, heads, size).

    Query `i` stands at key `i + shift`; it sees `window[0]` keys before that and `window[1]` after it, all of
    them where a number is negative.
    """
    groups = q.shape[2] // k.shape[2]
    queries, keys, values = (x.astype("float32").transpose([0, 2, 1, 3]) for x in (q, k, v))
    if groups > 1:
        keys = paddle.repeat_interleave(keys, groups, axis=1)
        values = paddle.repeat_interleave(values, groups, axis=1)
    scale = 1 / math.sqrt(q.shape[-1]) if softmax_scale is None else softmax_scale
    scores = paddle.matmul(queries * scale, keys, transpose_y=True)
    if softcap > 0:
        scores = softcap * paddle.tanh(scores / softcap)
    rows = paddle.arange(q.shape[1]).unsqueeze(1) + shift
    distance = paddle.arange(k.shape[1]).unsqueeze(0) - rows
    if alibi_slopes is not None:
        slopes = alibi_slopes.astype("float32").reshape([-1, q.shape[2], 1, 1])
        scores = scores - slopes * distance.abs().astype("float32")
    before, after = window
    seen = paddle.ones_like(distance, dtype="bool")
    if before >= 0:
        seen = seen & (distance >= -before)
    if after >= 0:
        seen = seen & (distance <= after)
    scores = paddle.where(seen, scores, paddle.full([1], float("-inf"), dtype="float32"))
    weights = safe_softmax(scores)
    if dropout_p > 0:
        weights = paddle.nn.functional.dropout(weights, dropout_p)
    return paddle.matmul(weights, values).transpose([0, 2, 1, 3]).astype(q.dtype)


def refuse_probabilities(asked: bool) -> None:
    """Raises where the table of probabilities is asked for, which only flash_attn's kernels give."""
    if asked:
        raise NotImplementedError("return_attn_probs=True is not supported")


def flash_attn_func(
    q: Any,
    k: Any,
    v: Any,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
    window_size: tuple[int, int] = (-1, -1),
    softcap: float = 0.0,
    alibi_slopes: Any = None,
    deterministic: bool = False,
    return_attn_probs: bool = False,
) -> Any:
    """flash_attn.flash_attn_func; with `causal` the last query sees all keys."""
    refuse_probabilities(return_attn_probs)
    window = (window_size[0], 0) if causal else (window_size[0], window_size[1])
    return attend(q, k, v, dropout_p, softmax_scale, window, softcap, alibi_slopes, k.shape[1] - q.shape[1])


def flash_attn_qkvpacked_func(
    qkv: Any,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
    window_size: tuple[int, int] = (-1, -1),
    softcap: float = 0.0,
    alibi_slopes: Any = None,
    deterministic: bool = False,
    return_attn_probs: bool = False,
) -> Any:
    """flash_attn.flash_attn_qkvpacked_func."""
    q, k, v = qkv.unbind(2)
    options = (causal, window_size, softcap, alibi_slopes, deterministic, return_attn_probs)
    return flash_attn_func(q, k, v, dropout_p, softmax_scale, *options)


def flash_attn_kvpacked_func(
    q: Any,
    kv: Any,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
    window_size: tuple[int, int] = (-1, -1),
    softcap: float = 0.0,
    alibi_slopes: Any = None,
    deterministic: bool = False,
    return_attn_probs: bool = False,
) -> Any:
    """flash_attn.flash_attn_kvpacked_func."""
    k, v = kv.unbind(2)
    options = (causal, window_size, softcap, alibi_slopes, deterministic, return_attn_probs)
    return flash_attn_func(q, k, v, dropout_p, softmax_scale, *options)


def flash_attn_varlen_func(
    q: Any,
    k: Any,
    v: Any,
    cu_seqlens_q: Any,
    cu_seqlens_k: Any,
    max_seqlen_q: int,
    max_seqlen_k: int,
    dropout_p: float = 0.0,
    softmax_scale: float | None = None,
    causal: bool = False,
    window_size: tuple[int, int] = (-1, -1),
    softcap: float = 0.0,
    alibi_slopes: Any = None,
    deterministic: bool = False,
    return_attn_probs: bool = False,
    block_table: Any = None,
    *,
    align_first: bool = False,
) -> Any:
    """flash_attn.flash_attn_varlen_func: sequences of several lengths, one after the other.

    With `align_first` the first query, not the last, sees what `causal` lets it see.
    """
    refuse_probabilities(return_attn_probs)
    if block_table is not None:
        raise NotImplementedError("keys and values in pages are not supported")
    window = (window_size[0], 0) if causal else (window_size[0], window_size[1])
    limits_q, limits_k = cu_seqlens_q.tolist(), cu_seqlens_k.tolist()
    results = []
    for index in range(len(limits_q) - 1):
        queries = q[limits_q[index] : limits_q[index + 1]].unsqueeze(0)
        chosen = slice(limits_k[index], limits_k[index + 1])
        slopes = alibi_slopes
        if slopes is not None and slopes.ndim == 2:
            slopes = slopes[index]
        shift = 0 if align_first else limits_k[index + 1] - limits_k[index] - queries.shape[1]
        results.append(
            attend(
                queries,
                k[chosen].unsqueeze(0),
                v[chosen].unsqueeze(0),
                dropout_p,
                softmax_scale,
                window,
                softcap,
                slopes,
                shift,
            ).squeeze(0)
        )
    return paddle.concat(results, axis=0)


def flash_attn_unpadded_func(
    q: Any,
    k: Any,
    v: Any,
    cu_seqlens_q: Any,
    cu_seqlens_k: Any,
    max_seqlen_q: int,
    max_seqlen_k: int,
    dropout_p: float,
    softmax_scale: float | None = None,
    causal: bool = False,
    return_attn_probs: bool = False,
) -> Any:
    """flash_attn's first version of `flash_attn_varlen_func`: with `causal` the first query sees one key."""
    return flash_attn_varlen_func(
        q,
        k,
        v,
        cu_seqlens_q,
        cu_seqlens_k,
        max_seqlen_q,
        max_seqlen_k,
        dropout_p,
        softmax_scale,
        causal,
        return_attn_probs=return_attn_probs,
        align_first=True,
    )


def flash_rms_norm(x: Any, weight: Any, epsilon: float) -> Any:
    """flash_attn.ops.rms_norm.rms_norm, computed in single precision."""
    y = x.astype("float32")
    scale = paddle.rsqrt((y * y).mean(-1, keepdim=True) + epsilon)
    return (y * scale * weight.astype("float32")).astype(x.dtype)


def apply_rotary_emb(
    x: Any,
    cos: Any,
    sin: Any,
    interleaved: bool = False,
    inplace: bool = False,
    seqlen_offsets: Any = 0,
    cu_seqlens: Any = None,
    max_seqlen: int | None = None,
) -> Any:
    """flash_attn.layers.rotary.apply_rotary_emb: turns pairs of the first numbers of each head.

    `x` is (batch, length, heads, size), or (total length, heads, size) with `cu_seqlens`.
    """
    if cu_seqlens is None:
        offsets = seqlen_offsets if isinstance(seqlen_offsets, int) else seqlen_offsets.unsqueeze(1)
        place = paddle.arange(x.shape[1]).unsqueeze(0) + offsets
    else:
        limits = cu_seqlens.tolist()
        shifts = (
            [seqlen_offsets] * len(limits) if isinstance(seqlen_offsets, int) else seqlen_offsets.tolist()
        )
        pairs = zip(itertools.pairwise(limits), shifts, strict=False)
        place = paddle.concat([paddle.arange(end - start) + shift for (start, end), shift in pairs])
    half = cos.shape[-1]
    c, s = (t[place].unsqueeze(-2).astype("float32") for t in (cos, sin))

    def turned(x: Any) -> Any:
        head, rest = x[..., : 2 * half].astype("float32"), x[..., 2 * half :]
        first = head[..., ::2] if interleaved else head[..., :half]
        second = head[..., 1::2] if interleaved else head[..., half:]
        pair = (first * c - second * s, first * s + second * c)
        y = paddle.stack(pair, axis=-1).flatten(-2) if interleaved else paddle.concat(pair, axis=-1)
        return paddle.concat([y.astype(x.dtype), rest], axis=-1)

    return in_place(x, turned) if inplace else turned(x)
