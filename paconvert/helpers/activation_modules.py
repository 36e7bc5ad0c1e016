"""torch.nn's activations and dropouts that take arguments Paddle's do not, or keep them under other names."""

from __future__ import annotations

from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.functional import apply_inplace, hardshrink, log_softmax, softmax, softmin
from paconvert.helpers.layers import TorchLayer


class _Inplace(TorchLayer):
    """An activation whose result may be written into its input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def _apply_to(self, function: Any, input: Any, *args: Any) -> Any:
        return apply_inplace(function, input, *args, inplace=self.inplace)


class ReLU(_Inplace):
    """torch.nn.ReLU."""

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return apply_inplace(F.relu, input, inplace=self.inplace, native=F.relu_)


class SiLU(_Inplace):
    """torch.nn.SiLU."""

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.silu, input)


class Mish(_Inplace):
    """torch.nn.Mish."""

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.mish, input)


class SELU(_Inplace):
    """torch.nn.SELU."""

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.selu, input)


class Hardswish(_Inplace):
    """torch.nn.Hardswish."""

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.hardswish, input)


class Hardsigmoid(_Inplace):
    """torch.nn.Hardsigmoid."""

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.hardsigmoid, input)


class LeakyReLU(_Inplace):
    """torch.nn.LeakyReLU."""

    shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        slope = self.negative_slope
        native = F.leaky_relu_ if slope > 0 else None  # then the result tells the signs for the way back
        return apply_inplace(F.leaky_relu, input, slope, inplace=self.inplace, native=native)


class ELU(_Inplace):
    """torch.nn.ELU."""

    shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.elu, input, self.alpha)


class CELU(_Inplace):
    """torch.nn.CELU."""

    shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.celu, input, self.alpha)


class Hardtanh(_Inplace):
    """torch.nn.Hardtanh."""

    shown = ("min_val", "max_val")

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__(inplace)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        if self.max_val < self.min_val:
            raise AssertionError("min_val must not be larger than max_val")

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return self._apply_to(F.hardtanh, input, self.min_val, self.max_val)


class ReLU6(Hardtanh):
    """torch.nn.ReLU6."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)


class Threshold(_Inplace):
    """torch.nn.Threshold."""

    shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.threshold, self.value = threshold, value

    def forward(self, input: Any) -> Any:
        """The input where it exceeds the threshold, else the value."""
        return self._apply_to(
            lambda x: paddle.where(x <= self.threshold, paddle.full_like(x, self.value), x), input
        )


class RReLU(_Inplace):
    """torch.nn.RReLU."""

    shown = ("lower", "upper")

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__(inplace)
        self.lower, self.upper = lower, upper

    def forward(self, input: Any) -> Any:
        """The input with its negative part scaled, at random when training."""
        return self._apply_to(lambda x: F.rrelu(x, self.lower, self.upper, self.training), input)


class Hardshrink(TorchLayer):
    """torch.nn.Hardshrink."""

    shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return hardshrink(input, self.lambd)


class Softshrink(TorchLayer):
    """torch.nn.Softshrink."""

    shown = ("lambd",)

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return F.softshrink(input, self.lambd)


class Softplus(TorchLayer):
    """torch.nn.Softplus."""

    shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return F.softplus(input, self.beta, self.threshold)


class GLU(TorchLayer):
    """torch.nn.GLU."""

    shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """The activation of the input."""
        return F.glu(input, self.dim)


class Softmax(TorchLayer):
    """torch.nn.Softmax."""

    shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """The activation along the dimension."""
        return softmax(input, self.dim)


class LogSoftmax(TorchLayer):
    """torch.nn.LogSoftmax."""

    shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """The activation along the dimension."""
        return log_softmax(input, self.dim)


class Softmin(TorchLayer):
    """torch.nn.Softmin."""

    shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """The activation along the dimension."""
        return softmin(input, self.dim)


class Softmax2d(TorchLayer):
    """torch.nn.Softmax2d."""

    def forward(self, input: Any) -> Any:
        """Softmax over the channels."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, axis=-3)


class PReLU(TorchLayer):
    """torch.nn.PReLU."""

    shown = ("num_parameters",)

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = paddle.nn.Parameter(paddle.full([num_parameters], init, dtype=dtype, device=device))

    def reset_parameters(self) -> None:
        """Sets the slopes back to their start."""
        with paddle.no_grad():
            self.weight.fill_(self.init)

    def forward(self, input: Any) -> Any:
        """The input with its negative part scaled by learned slopes."""
        shape = [1, -1] + [1] * (input.ndim - 2) if input.ndim > 1 else [-1] * input.ndim
        slope = self.weight.reshape(shape)
        return paddle.where(input > 0, input, slope * input)


def feature_mask(input: Any, p: float, lead: int) -> Any:
    """Which features are kept: true with probability 1 - p at each place of the `lead` first dimensions."""
    shape = list(input.shape[:lead]) + [1] * (input.ndim - lead)
    return paddle.rand(shape) >= p


class _DropoutNd(_Inplace):
    """A dropout with probability `p`."""

    shown = ("p",)

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__(inplace)
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p


class _ChannelDropout(_DropoutNd):
    """A dropout of whole channels; input of `unbatched` dimensions is without a batch."""

    unbatched = 0

    def forward(self, input: Any) -> Any:
        """The input with channels set to zero when training."""
        if not self.training or self.p == 0:
            return input
        lead = 1 if input.ndim == self.unbatched else 2
        kept = feature_mask(input, self.p, lead).astype(input.dtype)
        return self._apply_to(lambda x: x * (kept / (1 - self.p) if self.p < 1 else kept * 0), input)


class Dropout1d(_ChannelDropout):
    """torch.nn.Dropout1d."""

    unbatched = 2


class Dropout2d(_ChannelDropout):
    """torch.nn.Dropout2d."""


class Dropout3d(_ChannelDropout):
    """torch.nn.Dropout3d."""

    unbatched = 4


class AlphaDropout(_DropoutNd):
    """torch.nn.AlphaDropout."""

    def _kept(self, input: Any) -> Any:
        return feature_mask(input, self.p, input.ndim)

    def forward(self, input: Any) -> Any:
        """The input with elements set to the negative saturation value, keeping mean and variance."""
        if not self.training or self.p == 0:
            return input
        if self.p == 1:
            return self._apply_to(lambda x: x * 0, input)
        low = -1.7580993408473766
        scale = ((1 - self.p) * (1 + self.p * low**2)) ** -0.5
        kept = self._kept(input)
        return self._apply_to(
            lambda x: paddle.where(kept, x, paddle.full([1], low, x.dtype)) * scale - scale * low * self.p,
            input,
        )


class FeatureAlphaDropout(AlphaDropout):
    """torch.nn.FeatureAlphaDropout."""

    def _kept(self, input: Any) -> Any:
        return feature_mask(input, self.p, 2)
