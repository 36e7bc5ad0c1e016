"""torch.nn's convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from paconvert.helpers.functional import pad
from paconvert.helpers.functional_conv import as_tuple, conv1d, conv2d, conv3d, convolve_transposed
from paconvert.helpers.layers import TorchLayer, fan_in_uniform_, new_parameter


class _ConvNd(TorchLayer):
    """What all convolutions share: arguments, parameters and their initialisation."""

    shown = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups")

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        padding: Any,
        dilation: tuple[int, ...],
        transposed: bool,
        output_padding: tuple[int, ...],
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if groups <= 0:
            raise ValueError("groups must be a positive integer")
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {padding!r}, should be one of 'same', 'valid'")
            if padding == "same" and any(step != 1 for step in stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                f"padding_mode must be zeros, reflect, replicate or circular, but got {padding_mode!r}"
            )
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, stride, padding, dilation
        self.transposed, self.output_padding = transposed, output_padding
        self.groups, self.padding_mode = groups, padding_mode
        self._reversed_padding_repeated_twice: list[int] = []
        for size, step, amount in zip(
            reversed(kernel_size),
            reversed(dilation),
            reversed(kernel_size if isinstance(padding, str) else padding),
            strict=True,
        ):
            total = step * (size - 1) if padding == "same" else 0 if padding == "valid" else 2 * amount
            self._reversed_padding_repeated_twice += [total // 2, total - total // 2]
        first, second = (in_channels, out_channels) if transposed else (out_channels, in_channels)
        self.weight = new_parameter([first, second // groups, *kernel_size], device, dtype)
        self.register_parameter("bias", new_parameter([out_channels], device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws new values for weight and bias."""
        fan_in_uniform_(self.weight, self.bias)


class _ConvForward(_ConvNd):
    """A convolution of `spatial` dimensions."""

    spatial = 0

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        n = self.spatial
        super().__init__(
            in_channels,
            out_channels,
            as_tuple(kernel_size, n),
            as_tuple(stride, n),
            padding if isinstance(padding, str) else as_tuple(padding, n),
            as_tuple(dilation, n),
            False,
            (0,) * n,
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Any:
        padding = self.padding
        if self.padding_mode != "zeros":
            input, padding = pad(input, self._reversed_padding_repeated_twice, self.padding_mode), 0
        convolution = (conv1d, conv2d, conv3d)[self.spatial - 1]
        return convolution(input, weight, bias, self.stride, padding, self.dilation, self.groups)

    def forward(self, input: Any) -> Any:
        """The convolution of the input."""
        return self._conv_forward(input, self.weight, self.bias)


class Conv1d(_ConvForward):
    """torch.nn.Conv1d."""

    spatial = 1


class Conv2d(_ConvForward):
    """torch.nn.Conv2d."""

    spatial = 2


class Conv3d(_ConvForward):
    """torch.nn.Conv3d."""

    spatial = 3


class _ConvTransposeNd(_ConvNd):
    """What all transposed convolutions share."""


class _ConvTransposeForward(_ConvTransposeNd):
    """A transposed convolution of `spatial` dimensions."""

    spatial = 0

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        n = self.spatial
        super().__init__(
            in_channels,
            out_channels,
            as_tuple(kernel_size, n),
            as_tuple(stride, n),
            as_tuple(padding, n),
            as_tuple(dilation, n),
            True,
            as_tuple(output_padding, n),
            groups,
            bias,
            padding_mode,
            device,
            dtype,
        )

    def _output_padding(self, input: Any, output_size: Sequence[int] | None) -> tuple[int, ...]:
        if output_size is None:
            return self.output_padding
        n = self.spatial
        extra = []
        for i, size in enumerate(list(output_size)[-n:]):
            least = (
                (input.shape[-n + i] - 1) * self.stride[i]
                - 2 * self.padding[i]
                + self.dilation[i] * (self.kernel_size[i] - 1)
                + 1
            )
            if not least <= size < least + self.stride[i]:
                raise ValueError(f"requested an output size of {output_size}, which this layer cannot give")
            extra.append(int(size) - least)
        return tuple(extra)

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Any:
        """The transposed convolution of the input."""
        return convolve_transposed(
            self.spatial,
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self._output_padding(input, output_size),
            self.groups,
            self.dilation,
        )


class ConvTranspose1d(_ConvTransposeForward):
    """torch.nn.ConvTranspose1d."""

    spatial = 1


class ConvTranspose2d(_ConvTransposeForward):
    """torch.nn.ConvTranspose2d."""

    spatial = 2


class ConvTranspose3d(_ConvTransposeForward):
    """torch.nn.ConvTranspose3d."""

    spatial = 3
