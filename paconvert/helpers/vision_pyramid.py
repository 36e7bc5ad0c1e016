"""torchvision.ops' pyramids of features, and the pooling of boxes from them."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.convolution import Conv2d
from paconvert.helpers.init import init_kaiming_uniform_, init_zeros_
from paconvert.helpers.layers import TorchLayer
from paconvert.helpers.vision_models_base import Conv2dNormActivation
from paconvert.helpers.vision_ops import box_area, roi_align


def start_layers(layer: Any) -> None:
    """Fills the weights of all convolutions as torchvision's pyramids do."""
    for part in layer.sublayers():
        if isinstance(part, Conv2d):
            init_kaiming_uniform_(part.weight, a=1)
            if part.bias is not None:
                init_zeros_(part.bias)


class ExtraFPNBlock(TorchLayer):
    """torchvision.ops.feature_pyramid_network.ExtraFPNBlock: the base of what adds levels to a pyramid."""

    def forward(self, results: list[Any], levels: list[Any], names: list[str]) -> tuple[list[Any], list[str]]:
        """The levels and their names, with further ones."""
        raise NotImplementedError


class LastLevelMaxPool(ExtraFPNBlock):
    """torchvision.ops.feature_pyramid_network.LastLevelMaxPool."""

    def forward(self, x: list[Any], y: list[Any], names: list[str]) -> tuple[list[Any], list[str]]:
        """The levels and every second pixel of the last."""
        names.append("pool")
        x.append(F.max_pool2d(x[-1], 1, stride=2, padding=0))
        return x, names


class LastLevelP6P7(ExtraFPNBlock):
    """torchvision.ops.feature_pyramid_network.LastLevelP6P7."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.p6 = Conv2d(in_channels, out_channels, 3, 2, 1)
        self.p7 = Conv2d(out_channels, out_channels, 3, 2, 1)
        start_layers(self)
        self.use_P5 = in_channels == out_channels

    def forward(self, p: list[Any], c: list[Any], names: list[str]) -> tuple[list[Any], list[str]]:
        """The levels and two further convolutions."""
        p6 = self.p6(p[-1] if self.use_P5 else c[-1])
        p.extend([p6, self.p7(F.relu(p6))])
        names.extend(["p6", "p7"])
        return p, names


class FeaturePyramidNetwork(TorchLayer):
    """torchvision.ops.FeaturePyramidNetwork."""

    def __init__(
        self,
        in_channels_list: Sequence[int],
        out_channels: int,
        extra_blocks: ExtraFPNBlock | None = None,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        if 0 in in_channels_list:
            raise ValueError("in_channels=0 is currently not supported")
        plain: dict[str, Any] = {"norm_layer": norm_layer, "activation_layer": None}
        inner = [
            Conv2dNormActivation(channels, out_channels, kernel_size=1, padding=0, **plain)
            for channels in in_channels_list
        ]
        layers = [
            Conv2dNormActivation(out_channels, out_channels, kernel_size=3, **plain) for _ in in_channels_list
        ]
        self.inner_blocks, self.layer_blocks = paddle.nn.LayerList(inner), paddle.nn.LayerList(layers)
        start_layers(self)
        if extra_blocks is not None and not isinstance(extra_blocks, ExtraFPNBlock):
            raise TypeError(f"extra_blocks should be of type ExtraFPNBlock not {type(extra_blocks)}")
        self.extra_blocks = extra_blocks

    def forward(self, x: dict[str, Any]) -> dict[str, Any]:
        """The levels by their names, the finest first; each has what the coarser ones tell."""
        names, levels = list(x), list(x.values())
        results: list[Any] = []
        coarser = None
        for place in reversed(range(len(levels))):
            inner = self.inner_blocks[place](levels[place])
            if coarser is not None:
                inner = inner + F.interpolate(coarser, size=inner.shape[-2:], mode="nearest")
            coarser = inner
            results.insert(0, self.layer_blocks[place](inner))
        if self.extra_blocks is not None:
            results, names = self.extra_blocks(results, levels, names)
        return OrderedDict(zip(names, results, strict=True))


class MultiScaleRoIAlign(TorchLayer):
    """torchvision.ops.MultiScaleRoIAlign."""

    shown = ("featmap_names", "output_size", "sampling_ratio")

    def __init__(
        self,
        featmap_names: list[str],
        output_size: Any,
        sampling_ratio: int,
        *,
        canonical_scale: int = 224,
        canonical_level: int = 4,
    ) -> None:
        super().__init__()
        size = (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
        self.featmap_names, self.output_size, self.sampling_ratio = featmap_names, size, sampling_ratio
        self.canonical_scale, self.canonical_level = canonical_scale, canonical_level
        self.scales: list[float] | None = None

    def forward(self, x: dict[str, Any], boxes: list[Any], image_shapes: list[tuple[int, int]]) -> Any:
        """The boxes of all images, each from the level that fits its size."""
        levels = [level for name, level in x.items() if name in self.featmap_names]
        if self.scales is None:
            if not image_shapes:
                raise ValueError("images list should not be empty")
            height = max(shape[0] for shape in image_shapes)
            self.scales = [2.0 ** round(math.log2(level.shape[-2] / height)) for level in levels]
        places = paddle.concat([paddle.full([len(b), 1], i, dtype=b.dtype) for i, b in enumerate(boxes)])
        rois = paddle.concat([places, paddle.concat(boxes)], axis=1)
        lowest, highest = (-int(math.log2(self.scales[place])) for place in (0, -1))
        sizes = box_area(rois[:, 1:]).sqrt()
        wanted = paddle.floor(self.canonical_level + paddle.log2(sizes / self.canonical_scale) + 1e-6)
        wanted = wanted.clip(lowest, highest).astype("int64") - lowest
        result = paddle.zeros([len(rois), levels[0].shape[1], *self.output_size], dtype=levels[0].dtype)
        for place, (level, scale) in enumerate(zip(levels, self.scales, strict=True)):
            chosen = paddle.nonzero(wanted == place).flatten()
            if chosen.size:
                pooled = roi_align(level, rois[chosen], self.output_size, scale, self.sampling_ratio)
                result = paddle.scatter(result, chosen, pooled)
        return result
