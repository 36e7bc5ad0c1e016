"""torch.nn's pooling and padding layers."""

from __future__ import annotations

from typing import Any

from paconvert.helpers.functional import pad
from paconvert.helpers.functional_conv import as_tuple
from paconvert.helpers.functional_pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool,
    avg_pool,
    fractional_max_pool,
    lp_pool,
    max_pool,
    max_unpool,
)
from paconvert.helpers.layers import TorchLayer


class _Spatial(TorchLayer):
    """A layer over the last `spatial` dimensions."""

    spatial = 0


class _MaxPoolNd(_Spatial):
    """Max pooling."""

    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Any) -> Any:
        """The maxima of the windows, with their places if asked for."""
        return max_pool(
            self.spatial,
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class MaxPool1d(_MaxPoolNd):
    """torch.nn.MaxPool1d."""

    spatial = 1


class MaxPool2d(_MaxPoolNd):
    """torch.nn.MaxPool2d."""

    spatial = 2


class MaxPool3d(_MaxPoolNd):
    """torch.nn.MaxPool3d."""

    spatial = 3


class _AvgPoolNd(_Spatial):
    """Average pooling; `divisor_override` is for two and three dimensions."""

    shown = ("kernel_size", "stride", "padding")

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        n = self.spatial
        one = n == 1
        stride = kernel_size if stride is None else stride
        self.kernel_size = as_tuple(kernel_size, n) if one else kernel_size
        self.stride = as_tuple(stride, n) if one else stride
        self.padding = as_tuple(padding, n) if one else padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Any) -> Any:
        """The averages of the windows."""
        return avg_pool(
            self.spatial,
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class AvgPool1d(_AvgPoolNd):
    """torch.nn.AvgPool1d."""

    spatial = 1


class AvgPool2d(_AvgPoolNd):
    """torch.nn.AvgPool2d."""

    spatial = 2


class AvgPool3d(_AvgPoolNd):
    """torch.nn.AvgPool3d."""

    spatial = 3


class _AdaptiveAvgPoolNd(_Spatial):
    """Average pooling to a given size."""

    shown = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        """The averages of as many windows as the size says."""
        pool = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[self.spatial - 1]
        return pool(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPoolNd):
    """torch.nn.AdaptiveAvgPool1d."""

    spatial = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPoolNd):
    """torch.nn.AdaptiveAvgPool2d."""

    spatial = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPoolNd):
    """torch.nn.AdaptiveAvgPool3d."""

    spatial = 3


class _AdaptiveMaxPoolNd(_Spatial):
    """Max pooling to a given size."""

    shown = ("output_size",)

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Any) -> Any:
        """The maxima of as many windows as the size says, with their places if asked for."""
        return adaptive_max_pool(self.spatial, input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPoolNd):
    """torch.nn.AdaptiveMaxPool1d."""

    spatial = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPoolNd):
    """torch.nn.AdaptiveMaxPool2d."""

    spatial = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPoolNd):
    """torch.nn.AdaptiveMaxPool3d."""

    spatial = 3


class _LPPoolNd(_Spatial):
    """Power-average pooling."""

    shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(
        self, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size, self.stride, self.ceil_mode = (
            norm_type,
            kernel_size,
            stride,
            ceil_mode,
        )

    def forward(self, input: Any) -> Any:
        """The power averages of the windows."""
        return lp_pool(
            self.spatial, input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode
        )


class LPPool1d(_LPPoolNd):
    """torch.nn.LPPool1d."""

    spatial = 1


class LPPool2d(_LPPoolNd):
    """torch.nn.LPPool2d."""

    spatial = 2


class LPPool3d(_LPPoolNd):
    """torch.nn.LPPool3d."""

    spatial = 3


class _MaxUnpoolNd(_Spatial):
    """Undoes max pooling."""

    shown = ("kernel_size", "stride", "padding")

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        n = self.spatial
        self.kernel_size = as_tuple(kernel_size, n)
        self.stride = as_tuple(kernel_size if stride is None else stride, n)
        self.padding = as_tuple(padding, n)

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Any:
        """The values at the places they came from, zero elsewhere."""
        return max_unpool(
            self.spatial, input, indices, self.kernel_size, self.stride, self.padding, output_size
        )


class MaxUnpool1d(_MaxUnpoolNd):
    """torch.nn.MaxUnpool1d."""

    spatial = 1


class MaxUnpool2d(_MaxUnpoolNd):
    """torch.nn.MaxUnpool2d."""

    spatial = 2


class MaxUnpool3d(_MaxUnpoolNd):
    """torch.nn.MaxUnpool3d."""

    spatial = 3


class _FractionalMaxPoolNd(_Spatial):
    """Max pooling over windows that are placed at random."""

    def __init__(
        self,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError("exactly one of output_size and output_ratio must be given")
        n = self.spatial
        self.kernel_size = as_tuple(kernel_size, n)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = as_tuple(output_size, n) if output_size is not None else None
        ratio = output_ratio
        self.output_ratio = (ratio,) * n if isinstance(ratio, float) else ratio

    def forward(self, input: Any) -> Any:
        """The maxima of the windows, with their places if asked for."""
        return fractional_max_pool(
            self.spatial,
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            self._random_samples,
        )


class FractionalMaxPool2d(_FractionalMaxPoolNd):
    """torch.nn.FractionalMaxPool2d."""

    spatial = 2


class FractionalMaxPool3d(_FractionalMaxPoolNd):
    """torch.nn.FractionalMaxPool3d."""

    spatial = 3


class _PadNd(_Spatial):
    """Padding of the last `spatial` dimensions in one `mode`."""

    shown: tuple[str, ...] = ("padding",)
    mode = "constant"

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = (padding,) * (2 * self.spatial) if isinstance(padding, int) else tuple(padding)
        if len(self.padding) != 2 * self.spatial:
            raise ValueError(f"padding needs {2 * self.spatial} sizes, but got {padding}")

    def forward(self, input: Any) -> Any:
        """The padded input."""
        return pad(input, self.padding, self.mode)


class _ConstantPadNd(_PadNd):
    """Padding with one value."""

    shown = ("padding", "value")

    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Any) -> Any:
        """The padded input."""
        return pad(input, self.padding, "constant", self.value)


class _ZeroPadNd(_ConstantPadNd):
    """Padding with zeros."""

    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)


class ConstantPad1d(_ConstantPadNd):
    """torch.nn.ConstantPad1d."""

    spatial = 1


class ConstantPad2d(_ConstantPadNd):
    """torch.nn.ConstantPad2d."""

    spatial = 2


class ConstantPad3d(_ConstantPadNd):
    """torch.nn.ConstantPad3d."""

    spatial = 3


class ZeroPad1d(_ZeroPadNd):
    """torch.nn.ZeroPad1d."""

    spatial = 1


class ZeroPad2d(_ZeroPadNd):
    """torch.nn.ZeroPad2d."""

    spatial = 2


class ZeroPad3d(_ZeroPadNd):
    """torch.nn.ZeroPad3d."""

    spatial = 3


class ReflectionPad1d(_PadNd):
    """torch.nn.ReflectionPad1d."""

    spatial = 1
    mode = "reflect"


class ReflectionPad2d(_PadNd):
    """torch.nn.ReflectionPad2d."""

    spatial = 2
    mode = "reflect"


class ReflectionPad3d(_PadNd):
    """torch.nn.ReflectionPad3d."""

    spatial = 3
    mode = "reflect"


class ReplicationPad1d(_PadNd):
    """torch.nn.ReplicationPad1d."""

    spatial = 1
    mode = "replicate"


class ReplicationPad2d(_PadNd):
    """torch.nn.ReplicationPad2d."""

    spatial = 2
    mode = "replicate"


class ReplicationPad3d(_PadNd):
    """torch.nn.ReplicationPad3d."""

    spatial = 3
    mode = "replicate"


class CircularPad1d(_PadNd):
    """torch.nn.CircularPad1d."""

    spatial = 1
    mode = "circular"


class CircularPad2d(_PadNd):
    """torch.nn.CircularPad2d."""

    spatial = 2
    mode = "circular"


class CircularPad3d(_PadNd):
    """torch.nn.CircularPad3d."""

    spatial = 3
    mode = "circular"
