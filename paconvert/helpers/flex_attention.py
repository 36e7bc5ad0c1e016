"""torch.nn.attention.flex_attention: attention whose scores and mask are functions of positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.functional_attention import safe_softmax


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """A mask that hides nothing."""
    return paddle.ones([1], dtype="bool")


def position_grid(batch: int, heads: int, queries: int, keys: int) -> tuple[Any, Any, Any, Any]:
    """Indices of batch, head, query and key that broadcast against each other."""
    sizes = (batch, heads, queries, keys)
    return tuple(  # type: ignore[return-value]
        paddle.arange(size).reshape([size if i == axis else 1 for i in range(4)])
        for axis, size in enumerate(sizes)
    )


def create_mask(
    mod_fn: Callable[..., Any], B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None
) -> Any:
    """The mask (or, for a function with a score first, the scores) of all positions."""
    batch, heads = B or 1, H or 1
    grid = position_grid(batch, heads, Q_LEN, KV_LEN)
    shape = [batch, heads, Q_LEN, KV_LEN]
    if mod_fn.__code__.co_argcount == 5:
        scores = mod_fn(paddle.zeros(shape), *grid)
        return (scores > float("-inf")).expand(shape)
    return mod_fn(*grid).expand(shape)


class BlockMask:
    """torch.nn.attention.flex_attention.BlockMask, kept as a plain mask; `create_block_mask` makes it."""

    mask: Any
    mask_mod: Any
    BLOCK_SIZE: tuple[int, int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("a block mask is made by create_block_mask")

    @classmethod
    def of_mask(cls, mask: Any, mask_mod: Callable[..., Any], block_size: Any) -> Any:
        """A block mask for a mask of all positions."""
        made = cls.__new__(cls)
        made.mask, made.mask_mod = mask, mask_mod
        made.BLOCK_SIZE = block_size if isinstance(block_size, tuple) else (block_size, block_size)
        return made

    @property
    def seq_lengths(self) -> tuple[int, ...]:
        """The numbers of queries and keys."""
        return tuple(self.mask.shape[-2:])

    @property
    def shape(self) -> tuple[int, ...]:
        """Batch, heads, queries, keys."""
        return tuple(self.mask.shape)

    def numel(self) -> int:
        """The number of positions."""
        return math.prod(self.shape)

    def to(self, device: Any) -> Any:
        """The same on a device."""
        return BlockMask.of_mask(self.mask.to(device), self.mask_mod, self.BLOCK_SIZE)

    def to_dense(self) -> Any:
        """Which blocks hold anything, as 0 and 1."""
        rows, columns = self.BLOCK_SIZE
        height, width = (
            -(-size // block) for size, block in zip(self.seq_lengths, self.BLOCK_SIZE, strict=True)
        )
        padded = paddle.zeros([*self.mask.shape[:2], height * rows, width * columns], dtype="bool")
        padded[:, :, : self.seq_lengths[0], : self.seq_lengths[1]] = self.mask
        blocks = padded.reshape([*self.mask.shape[:2], height, rows, width, columns])
        return blocks.any(axis=5).any(axis=3).astype("int32")

    def sparsity(self) -> float:
        """The percentage of blocks that are empty."""
        return 100.0 * (1.0 - float(self.to_dense().astype("float32").mean()))


def create_block_mask(
    mask_mod: Callable[..., Any],
    B: int | None,
    H: int | None,
    Q_LEN: int,
    KV_LEN: int,
    device: Any = None,
    BLOCK_SIZE: Any = 128,
    _compile: bool = False,
    **_: Any,
) -> BlockMask:
    """The mask of all positions."""
    return BlockMask.of_mask(create_mask(mask_mod, B, H, Q_LEN, KV_LEN), mask_mod, BLOCK_SIZE)


def and_masks(*mask_mods: Callable[..., Any]) -> Callable[..., Any]:
    """The mask of what all let through."""

    def both(b: Any, h: Any, q_idx: Any, kv_idx: Any) -> Any:
        result = paddle.ones([1], dtype="bool")
        for mask in mask_mods:
            result = paddle.logical_and(result, mask(b, h, q_idx, kv_idx))
        return result

    return both


def or_masks(*mask_mods: Callable[..., Any]) -> Callable[..., Any]:
    """The mask of what any lets through."""

    def either(b: Any, h: Any, q_idx: Any, kv_idx: Any) -> Any:
        result = paddle.zeros([1], dtype="bool")
        for mask in mask_mods:
            result = paddle.logical_or(result, mask(b, h, q_idx, kv_idx))
        return result

    return either


def flex_attention(
    query: Any,
    key: Any,
    value: Any,
    score_mod: Callable[..., Any] | None = None,
    block_mask: BlockMask | None = None,
    scale: float | None = None,
    enable_gqa: bool = False,
    return_lse: bool = False,
    kernel_options: Any = None,
) -> Any:
    """Attention with scores changed by `score_mod`, hidden by `block_mask`; `return_lse` adds logsumexp."""
    if enable_gqa:
        key = paddle.repeat_interleave(key, query.shape[1] // key.shape[1], axis=1)
        value = paddle.repeat_interleave(value, query.shape[1] // value.shape[1], axis=1)
    factor = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = paddle.matmul(query, key, transpose_y=True) * factor
    if score_mod is not None:
        scores = score_mod(scores, *position_grid(*scores.shape))
    if block_mask is not None:
        mask = block_mask.mask[..., : scores.shape[-2], : scores.shape[-1]]
        scores = paddle.where(mask, scores, paddle.full([1], float("-inf"), dtype=scores.dtype))
    weights = (
        safe_softmax(scores)
        if block_mask is not None or score_mod is not None
        else F.softmax(scores, axis=-1)
    )
    output = paddle.matmul(weights.astype(value.dtype), value)
    return (output, paddle.logsumexp(scores, axis=-1)) if return_lse else output
