"""torch.nn.init: initialisers that fill a tensor in place and return it."""

from __future__ import annotations

import math
import warnings
from typing import Any

import paddle


def calculate_gain(nonlinearity: str, param: Any = None) -> float:
    """The recommended gain for `nonlinearity`; `param` is the slope of a leaky ReLU."""
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    gains = {"tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4, "linear": 1, "sigmoid": 1}
    if nonlinearity.startswith("conv") and nonlinearity[-2:] in ("1d", "2d", "3d"):
        return 1
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    return gains[nonlinearity]


def calculate_fan_in_and_fan_out(tensor: paddle.Tensor) -> tuple[int, int]:
    """The number of inputs and outputs of a weight in torch's layout (out, in, *kernel)."""
    if tensor.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    receptive = math.prod(tensor.shape[2:])
    return tensor.shape[1] * receptive, tensor.shape[0] * receptive


def calculate_correct_fan(tensor: paddle.Tensor, mode: str) -> int:
    """Fan in or fan out of `tensor`, as `mode` ('fan_in' or 'fan_out') says."""
    mode = mode.lower()
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"Mode {mode} not supported, please use one of ['fan_in', 'fan_out']")
    return calculate_fan_in_and_fan_out(tensor)[mode == "fan_out"]


def fill_in_place(tensor: paddle.Tensor, values: paddle.Tensor) -> paddle.Tensor:
    """Writes `values` (same shape) into `tensor`, unseen by autograd, and returns `tensor`."""
    with paddle.no_grad():
        tensor.copy_(values.astype(tensor.dtype))
    return tensor


def _sampling_dtype(tensor: paddle.Tensor) -> Any:
    """Random kernels exist for float32 and float64 only; the rest is drawn in float32."""
    return paddle.float64 if tensor.dtype == paddle.float64 else paddle.float32


def init_uniform_(
    tensor: paddle.Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None
) -> paddle.Tensor:
    """Fills with samples of the uniform distribution over [a, b)."""
    return fill_in_place(tensor, paddle.uniform(tensor.shape, _sampling_dtype(tensor), float(a), float(b)))


def init_normal_(
    tensor: paddle.Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None
) -> paddle.Tensor:
    """Fills with samples of the normal distribution."""
    return fill_in_place(tensor, paddle.randn(tensor.shape, _sampling_dtype(tensor)) * std + mean)


def init_trunc_normal_(
    tensor: paddle.Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> paddle.Tensor:
    """Fills with samples of the normal distribution cut to [a, b] (inverse transform sampling)."""
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("mean is more than 2 std from [a, b]; the distribution may be incorrect.", stacklevel=2)
    low, high = (math.erf((bound - mean) / (std * math.sqrt(2.0))) for bound in (a, b))
    uniform = paddle.uniform(tensor.shape, _sampling_dtype(tensor), low, high)
    return fill_in_place(tensor, (paddle.erfinv(uniform) * (std * math.sqrt(2.0)) + mean).clip(a, b))


def init_constant_(tensor: paddle.Tensor, val: float) -> paddle.Tensor:
    """Fills with `val`."""
    return fill_in_place(tensor, paddle.full(tensor.shape, val, tensor.dtype))


def init_ones_(tensor: paddle.Tensor) -> paddle.Tensor:
    """Fills with ones."""
    return init_constant_(tensor, 1)


def init_zeros_(tensor: paddle.Tensor) -> paddle.Tensor:
    """Fills with zeros."""
    return init_constant_(tensor, 0)


def init_eye_(tensor: paddle.Tensor) -> paddle.Tensor:
    """Fills a matrix with the identity."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    return fill_in_place(tensor, paddle.eye(*tensor.shape))


def init_dirac_(tensor: paddle.Tensor, groups: int = 1) -> paddle.Tensor:
    """Fills a convolution's weight so that it keeps its input channels."""
    if tensor.ndim not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    out_channels, in_channels, *kernel = tensor.shape
    if out_channels % groups:
        raise ValueError("dim 0 must be divisible by groups")
    values = paddle.zeros(tensor.shape)
    center = tuple(size // 2 for size in kernel)
    for group in range(groups):
        for channel in range(min(out_channels // groups, in_channels)):
            place = (group * (out_channels // groups) + channel, channel, *center)
            values[place] = 1.0
    return fill_in_place(tensor, values)


def init_xavier_uniform_(tensor: paddle.Tensor, gain: float = 1.0, generator: Any = None) -> paddle.Tensor:
    """Fills with Glorot's uniform distribution."""
    bound = gain * math.sqrt(6.0 / sum(calculate_fan_in_and_fan_out(tensor)))
    return init_uniform_(tensor, -bound, bound)


def init_xavier_normal_(tensor: paddle.Tensor, gain: float = 1.0, generator: Any = None) -> paddle.Tensor:
    """Fills with Glorot's normal distribution."""
    return init_normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(calculate_fan_in_and_fan_out(tensor))))


def nothing_to_fill(tensor: paddle.Tensor) -> bool:
    """Whether there is nothing to fill, of which it warns."""
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return 0 in tensor.shape


def init_kaiming_uniform_(
    tensor: paddle.Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> paddle.Tensor:
    """Fills with He's uniform distribution."""
    if nothing_to_fill(tensor):
        return tensor
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3.0 / calculate_correct_fan(tensor, mode))
    return init_uniform_(tensor, -bound, bound)


def init_kaiming_normal_(
    tensor: paddle.Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> paddle.Tensor:
    """Fills with He's normal distribution."""
    if nothing_to_fill(tensor):
        return tensor
    return init_normal_(
        tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(calculate_correct_fan(tensor, mode))
    )


def init_orthogonal_(tensor: paddle.Tensor, gain: float = 1, generator: Any = None) -> paddle.Tensor:
    """Fills with a (semi-)orthogonal matrix; further dimensions are flattened into the columns."""
    if tensor.ndim < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if 0 in tensor.shape:
        return tensor
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    flat = paddle.randn([max(rows, columns), min(rows, columns)], _sampling_dtype(tensor))
    q, r = paddle.linalg.qr(flat)
    q = q * paddle.sign(paddle.diag(r))
    q = q.t() if rows < columns else q
    return fill_in_place(tensor, gain * q.reshape(tensor.shape))


def init_sparse_(
    tensor: paddle.Tensor, sparsity: float, std: float = 0.01, generator: Any = None
) -> paddle.Tensor:
    """Fills a matrix with normal samples and sets the share `sparsity` of each column to zero."""
    if tensor.ndim != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")
    rows, columns = tensor.shape
    rank = paddle.argsort(paddle.rand([rows, columns]), axis=0).argsort(axis=0)
    keep = (rank >= math.ceil(sparsity * rows)).astype("float32")
    return fill_in_place(tensor, paddle.randn([rows, columns]) * std * keep)
