"""The `out=` argument of torch's functions."""

from __future__ import annotations

from typing import Any

import paddle


def write_out(value: Any, out: Any) -> Any:
    """Writes results into the tensors that a caller gave as `out=`, and gives those.

    Args:
        value: a tensor, or a tuple or list of tensors.
        out: a tensor, or as many tensors; they take the value's shape and keep their own dtype. None leaves
            the results where they are.
    """
    if out is None:
        return value
    if isinstance(value, (tuple, list)):
        written = [write_out(item, target) for item, target in zip(value, out, strict=True)]
        return type(value)(*written) if hasattr(value, "_fields") else type(value)(written)
    with paddle.no_grad():
        paddle.assign(value.astype(out.dtype), output=out)
    return out
