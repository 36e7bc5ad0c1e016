"""torchvision.ops that look at regions of images: pooling of boxes, deformable convolution."""

from __future__ import annotations

from typing import Any

import paddle

from paconvert.helpers.functional_conv import as_tuple
from paconvert.helpers.layers import TorchLayer, fan_in_uniform_, new_parameter
from paconvert.helpers.vision_ops import counts_for, roi_align, roi_table


def roi_pool(input: Any, boxes: Any, output_size: Any, spatial_scale: float = 1.0) -> Any:
    """torchvision.ops.roi_pool."""
    table, counts = roi_table(boxes)
    return paddle.vision.ops.roi_pool(
        input, table, counts_for(input, counts), as_tuple(output_size, 2), spatial_scale
    )


def bin_weights(low: Any, high: Any, bins: int, length: int, limit: int) -> Any:
    """For each box and bin, the weights with which positions from 0 to `length` take part in the bin's mean.

    `low` and `high` are the boxes' limits along one dimension; bins end at `limit`.
    """
    step = (high - low).clip(min=1.0) / bins
    number = paddle.arange(bins, dtype=low.dtype)
    start = (paddle.floor(number * step.unsqueeze(1)) + low.unsqueeze(1)).clip(0, limit)
    end = (paddle.ceil((number + 1) * step.unsqueeze(1)) + low.unsqueeze(1)).clip(0, limit)
    position = paddle.arange(length, dtype=low.dtype)
    inside = (position >= start.unsqueeze(2)) & (position < end.unsqueeze(2))
    return inside.astype(low.dtype) / (end - start).clip(min=1.0).unsqueeze(2)


def ps_roi_pool(input: Any, boxes: Any, output_size: Any, spatial_scale: float = 1.0) -> Any:
    """torchvision.ops.ps_roi_pool: each bin is the mean of channels of its own."""
    height, width = as_tuple(output_size, 2)
    channels = input.shape[1]
    if channels % (height * width):
        raise RuntimeError("input channels must be a multiple of pooling height * pooling width")
    table, counts = roi_table(boxes)
    image = paddle.repeat_interleave(paddle.arange(counts.shape[0]), counts)
    # Halves are rounded away from zero, as C does.
    limits = paddle.floor(table.detach() * spatial_scale + 0.5)
    split = input.reshape([input.shape[0], channels // (height * width), height, width, *input.shape[2:]])
    split = paddle.gather(split, image)

    def pooled(cut: int) -> Any:
        rows = bin_weights(limits[:, 1], limits[:, 3], height, input.shape[2], input.shape[2] - cut)
        columns = bin_weights(limits[:, 0], limits[:, 2], width, input.shape[3], input.shape[3] - cut)
        return paddle.einsum("kcijhw,kih,kjw->kcij", split, rows, columns)

    # torchvision leaves the last row and column out of the values, but not out of the gradient.
    values = pooled(1)
    if input.stop_gradient:
        return values
    whole = pooled(0)
    return whole + (values - whole).detach()


def deform_conv2d(
    input: Any,
    offset: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    mask: Any = None,
) -> Any:
    """torchvision.ops.deform_conv2d, with a mask its second version."""
    groups = offset.shape[1] // (2 * weight.shape[2] * weight.shape[3])
    if groups == 0:
        raise RuntimeError(
            "the shape of the offset tensor at dimension 1 is not valid. It should be a multiple of "
            f"2 * weight.size[2] * weight.size[3], but it is {offset.shape[1]}"
        )
    steps = [list(as_tuple(value, 2)) for value in (stride, padding, dilation)]
    return paddle.vision.ops.deform_conv2d(
        input, offset, weight, bias, *steps, groups, input.shape[1] // weight.shape[1], mask
    )


class DeformConv2d(TorchLayer):
    """torchvision.ops.DeformConv2d."""

    shown = ("in_channels", "out_channels", "kernel_size", "stride")

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
    ) -> None:
        super().__init__()
        if in_channels % groups:
            raise ValueError("in_channels must be divisible by groups")
        if out_channels % groups:
            raise ValueError("out_channels must be divisible by groups")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = as_tuple(kernel_size, 2), as_tuple(stride, 2)
        self.padding, self.dilation = as_tuple(padding, 2), as_tuple(dilation, 2)
        self.weight = new_parameter([out_channels, in_channels // groups, *self.kernel_size], None, None)
        self.register_parameter("bias", new_parameter([out_channels], None, None) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws new values for weight and bias."""
        fan_in_uniform_(self.weight, self.bias)

    def forward(self, input: Any, offset: Any, mask: Any = None) -> Any:
        """The convolution, at places moved by `offset`."""
        return deform_conv2d(
            input, offset, self.weight, self.bias, self.stride, self.padding, self.dilation, mask
        )


class BoxPool(TorchLayer):
    """The base of what pools boxes of an image."""

    shown = ("output_size", "spatial_scale")

    def __init__(self, output_size: Any, spatial_scale: float) -> None:
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale


class RoIPool(BoxPool):
    """torchvision.ops.RoIPool."""

    def forward(self, input: Any, rois: Any) -> Any:
        """The greatest value of each bin of each box."""
        return roi_pool(input, rois, self.output_size, self.spatial_scale)


class PSRoIPool(BoxPool):
    """torchvision.ops.PSRoIPool."""

    def forward(self, input: Any, rois: Any) -> Any:
        """The mean of each bin of each box."""
        return ps_roi_pool(input, rois, self.output_size, self.spatial_scale)


class RoIAlign(TorchLayer):
    """torchvision.ops.RoIAlign."""

    shown = ("output_size", "spatial_scale", "sampling_ratio", "aligned")

    def __init__(
        self, output_size: Any, spatial_scale: float, sampling_ratio: int, aligned: bool = False
    ) -> None:
        super().__init__()
        self.output_size, self.spatial_scale = output_size, spatial_scale
        self.sampling_ratio, self.aligned = sampling_ratio, aligned

    def forward(self, input: Any, rois: Any) -> Any:
        """The interpolated mean of each bin of each box."""
        return roi_align(input, rois, self.output_size, self.spatial_scale, self.sampling_ratio, self.aligned)
