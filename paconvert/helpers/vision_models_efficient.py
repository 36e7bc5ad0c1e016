"""torchvision's EfficientNet, RegNet and ConvNeXt."""

from __future__ import annotations

import functools
import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.activation_modules import ReLU, SiLU
from paconvert.helpers.containers import Sequential
from paconvert.helpers.convolution import Conv2d
from paconvert.helpers.functional import layer_norm
from paconvert.helpers.init import (
    init_kaiming_normal_,
    init_normal_,
    init_trunc_normal_,
    init_uniform_,
)
from paconvert.helpers.layers import Flatten, Linear, TorchLayer
from paconvert.helpers.normalization import BatchNorm2d, LayerNorm
from paconvert.helpers.pooling_modules import AdaptiveAvgPool2d
from paconvert.helpers.vision_models_base import (
    Conv2dNormActivation,
    FeatureClassifier,
    ModelWeights,
    Permute,
    SqueezeExcitation,
    WeightsEnum,
    init_layers,
    make_divisible,
    model_function,
)
from paconvert.helpers.vision_ops import StochasticDepth


class EfficientNet_B0_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B0_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b0_rwightman-7f5810bc.pth", 224, interpolation="bicubic")
    DEFAULT = IMAGENET1K_V1


class EfficientNet_B1_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B1_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b1_rwightman-bac287d4.pth", 240, interpolation="bicubic")
    IMAGENET1K_V2 = ModelWeights("efficientnet_b1-c27df63c.pth", 240, 255)
    DEFAULT = IMAGENET1K_V2


class EfficientNet_B2_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B2_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b2_rwightman-c35c1473.pth", 288, 288, interpolation="bicubic")
    DEFAULT = IMAGENET1K_V1


class EfficientNet_B3_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B3_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b3_rwightman-b3899882.pth", 300, 320, interpolation="bicubic")
    DEFAULT = IMAGENET1K_V1


class EfficientNet_B4_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B4_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b4_rwightman-23ab8bcd.pth", 380, 384, interpolation="bicubic")
    DEFAULT = IMAGENET1K_V1


class EfficientNet_B5_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B5_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b5_lukemelas-1a07897c.pth", 456, 456, interpolation="bicubic")
    DEFAULT = IMAGENET1K_V1


class EfficientNet_B6_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B6_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b6_lukemelas-24a108a5.pth", 528, 528, interpolation="bicubic")
    DEFAULT = IMAGENET1K_V1


class EfficientNet_B7_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_B7_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_b7_lukemelas-c5b4e57e.pth", 600, 600, interpolation="bicubic")
    DEFAULT = IMAGENET1K_V1


class EfficientNet_V2_S_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_V2_S_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_v2_s-dd5fe13b.pth", 384, 384, min_size=33)
    DEFAULT = IMAGENET1K_V1


class EfficientNet_V2_M_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_V2_M_Weights."""

    IMAGENET1K_V1 = ModelWeights("efficientnet_v2_m-dc08266a.pth", 480, 480, min_size=33)
    DEFAULT = IMAGENET1K_V1


class EfficientNet_V2_L_Weights(WeightsEnum):
    """torchvision.models.EfficientNet_V2_L_Weights."""

    IMAGENET1K_V1 = ModelWeights(
        "efficientnet_v2_l-59c71312.pth",
        480,
        480,
        interpolation="bicubic",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        min_size=33,
    )
    DEFAULT = IMAGENET1K_V1


class EfficientNetStage:
    """What a stage of EfficientNet is made of: torchvision's `_MBConvConfig`."""

    def __init__(
        self,
        expand_ratio: float,
        kernel: int,
        stride: int,
        input_channels: int,
        out_channels: int,
        num_layers: int,
        block: Callable[..., Any],
    ) -> None:
        self.expand_ratio, self.kernel, self.stride = expand_ratio, kernel, stride
        self.input_channels, self.out_channels = input_channels, out_channels
        self.num_layers, self.block = num_layers, block

    @staticmethod
    def adjust_channels(channels: int, width_mult: float, min_value: int | None = None) -> int:
        """So many channels in a model of this width."""
        return make_divisible(channels * width_mult, 8, min_value)

    def blocks(self, probabilities: Sequence[float], norm_layer: Callable[..., Any]) -> list[Any]:
        """The blocks of the stage; the first one changes size and channels."""
        made = []
        for i, probability in enumerate(probabilities):
            width, stride = (self.out_channels, 1) if i else (self.input_channels, self.stride)
            config = EfficientNetStage(
                self.expand_ratio, self.kernel, stride, width, self.out_channels, 1, self.block
            )
            made.append(self.block(config, probability, norm_layer))
        return made


class MBConvConfig(EfficientNetStage):
    """torchvision.models.efficientnet.MBConvConfig."""

    def __init__(
        self,
        expand_ratio: float,
        kernel: int,
        stride: int,
        input_channels: int,
        out_channels: int,
        num_layers: int,
        width_mult: float = 1.0,
        depth_mult: float = 1.0,
        block: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(
            expand_ratio,
            kernel,
            stride,
            self.adjust_channels(input_channels, width_mult),
            self.adjust_channels(out_channels, width_mult),
            self.adjust_depth(num_layers, depth_mult),
            block or MBConv,
        )

    @staticmethod
    def adjust_depth(num_layers: int, depth_mult: float) -> int:
        """So many blocks in a model of this depth."""
        return math.ceil(num_layers * depth_mult)


class FusedMBConvConfig(EfficientNetStage):
    """torchvision.models.efficientnet.FusedMBConvConfig."""

    def __init__(
        self,
        expand_ratio: float,
        kernel: int,
        stride: int,
        input_channels: int,
        out_channels: int,
        num_layers: int,
        block: Callable[..., Any] | None = None,
    ) -> None:
        block = block or FusedMBConv
        super().__init__(expand_ratio, kernel, stride, input_channels, out_channels, num_layers, block)


class MBConvBase(TorchLayer):
    """What both kinds of blocks share."""

    def __init__(self, cnf: Any, stochastic_depth_prob: float, layers: Sequence[Any]) -> None:
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError("illegal stride value")
        self.use_res_connect = cnf.stride == 1 and cnf.input_channels == cnf.out_channels
        self.block = Sequential(*layers)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.out_channels = cnf.out_channels

    def forward(self, input: Any) -> Any:
        """The convolutions of the input, and the input if it fits."""
        result = self.block(input)
        return self.stochastic_depth(result) + input if self.use_res_connect else result


class MBConv(MBConvBase):
    """torchvision.models.efficientnet.MBConv."""

    def __init__(
        self,
        cnf: Any,
        stochastic_depth_prob: float,
        norm_layer: Callable[..., Any],
        se_layer: Callable[..., Any] = SqueezeExcitation,
    ) -> None:
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer)
        width, hidden = cnf.input_channels, cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        layers = [conv(width, hidden, 1, activation_layer=SiLU)] if hidden != width else []
        layers += [
            conv(hidden, hidden, cnf.kernel, cnf.stride, groups=hidden, activation_layer=SiLU),
            se_layer(hidden, max(1, width // 4), activation=functools.partial(SiLU, inplace=True)),
            conv(hidden, cnf.out_channels, 1, activation_layer=None),
        ]
        super().__init__(cnf, stochastic_depth_prob, layers)


class FusedMBConv(MBConvBase):
    """torchvision.models.efficientnet.FusedMBConv."""

    def __init__(self, cnf: Any, stochastic_depth_prob: float, norm_layer: Callable[..., Any]) -> None:
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer)
        width, hidden = cnf.input_channels, cnf.adjust_channels(cnf.input_channels, cnf.expand_ratio)
        first = hidden if hidden != width else cnf.out_channels
        layers = [conv(width, first, cnf.kernel, cnf.stride, activation_layer=SiLU)]
        if hidden != width:
            layers.append(conv(hidden, cnf.out_channels, 1, activation_layer=None))
        super().__init__(cnf, stochastic_depth_prob, layers)


class EfficientNet(FeatureClassifier):
    """torchvision.models.EfficientNet."""

    def __init__(
        self,
        inverted_residual_setting: Sequence[Any],
        dropout: float,
        stochastic_depth_prob: float = 0.2,
        num_classes: int = 1000,
        norm_layer: Callable[..., Any] | None = None,
        last_channel: int | None = None,
    ) -> None:
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        norm_layer = norm_layer or BatchNorm2d
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=SiLU)
        layers: list[Any] = [conv(3, inverted_residual_setting[0].input_channels, 3, 2)]
        total = sum(stage.num_layers for stage in inverted_residual_setting)
        done = 0
        for stage in inverted_residual_setting:
            numbers = range(done, done + stage.num_layers)
            probabilities = [stochastic_depth_prob * float(i) / total for i in numbers]
            layers.append(Sequential(*stage.blocks(probabilities, norm_layer)))
            done += stage.num_layers
        width = inverted_residual_setting[-1].out_channels
        last = 4 * width if last_channel is None else last_channel
        self.features = Sequential(*layers, conv(width, last, 1))
        self.avgpool = AdaptiveAvgPool2d(1)
        self.classifier = Sequential(paddle.nn.Dropout(dropout), Linear(last, num_classes))
        bound = 1.0 / math.sqrt(num_classes)
        init_layers(
            self,
            {
                Conv2d: lambda m: init_kaiming_normal_(m.weight, mode="fan_out"),
                Linear: lambda m: init_uniform_(m.weight, -bound, bound),
            },
        )


def efficientnet_b(
    width_mult: float, depth_mult: float, usual_dropout: float, fine_norm: bool, **kwargs: Any
) -> EfficientNet:
    """The EfficientNet of this size."""
    rows = (
        (1, 3, 1, 32, 16, 1),
        (6, 3, 2, 16, 24, 2),
        (6, 5, 2, 24, 40, 2),
        (6, 3, 2, 40, 80, 3),
        (6, 5, 1, 80, 112, 3),
        (6, 5, 2, 112, 192, 4),
        (6, 3, 1, 192, 320, 1),
    )
    stages = [MBConvConfig(*row, width_mult, depth_mult) for row in rows]
    if fine_norm:
        kwargs["norm_layer"] = functools.partial(BatchNorm2d, eps=0.001, momentum=0.01)
    return EfficientNet(stages, **{"dropout": usual_dropout, **kwargs})


def efficientnet_v2(
    fused: Sequence[Any], plain: Sequence[Any], usual_dropout: float, **kwargs: Any
) -> EfficientNet:
    """The EfficientNet v2 with these stages."""
    stages = [*(FusedMBConvConfig(*row) for row in fused), *(MBConvConfig(*row) for row in plain)]
    norm_layer = functools.partial(BatchNorm2d, eps=1e-03)
    kwargs = {"dropout": usual_dropout, **kwargs}
    return EfficientNet(stages, norm_layer=norm_layer, last_channel=1280, **kwargs)


efficientnet_b0 = model_function(EfficientNet_B0_Weights, efficientnet_b, 1.0, 1.0, 0.2, False)
"""torchvision.models.efficientnet_b0."""

efficientnet_b1 = model_function(EfficientNet_B1_Weights, efficientnet_b, 1.0, 1.1, 0.2, False)
"""torchvision.models.efficientnet_b1."""

efficientnet_b2 = model_function(EfficientNet_B2_Weights, efficientnet_b, 1.1, 1.2, 0.3, False)
"""torchvision.models.efficientnet_b2."""

efficientnet_b3 = model_function(EfficientNet_B3_Weights, efficientnet_b, 1.2, 1.4, 0.3, False)
"""torchvision.models.efficientnet_b3."""

efficientnet_b4 = model_function(EfficientNet_B4_Weights, efficientnet_b, 1.4, 1.8, 0.4, False)
"""torchvision.models.efficientnet_b4."""

efficientnet_b5 = model_function(EfficientNet_B5_Weights, efficientnet_b, 1.6, 2.2, 0.4, True)
"""torchvision.models.efficientnet_b5."""

efficientnet_b6 = model_function(EfficientNet_B6_Weights, efficientnet_b, 1.8, 2.6, 0.5, True)
"""torchvision.models.efficientnet_b6."""

efficientnet_b7 = model_function(EfficientNet_B7_Weights, efficientnet_b, 2.0, 3.1, 0.5, True)
"""torchvision.models.efficientnet_b7."""

efficientnet_v2_s = model_function(
    EfficientNet_V2_S_Weights,
    efficientnet_v2,
    [(1, 3, 1, 24, 24, 2), (4, 3, 2, 24, 48, 4), (4, 3, 2, 48, 64, 4)],
    [(4, 3, 2, 64, 128, 6), (6, 3, 1, 128, 160, 9), (6, 3, 2, 160, 256, 15)],
    0.2,
)
"""torchvision.models.efficientnet_v2_s."""

efficientnet_v2_m = model_function(
    EfficientNet_V2_M_Weights,
    efficientnet_v2,
    [(1, 3, 1, 24, 24, 3), (4, 3, 2, 24, 48, 5), (4, 3, 2, 48, 80, 5)],
    [(4, 3, 2, 80, 160, 7), (6, 3, 1, 160, 176, 14), (6, 3, 2, 176, 304, 18), (6, 3, 1, 304, 512, 5)],
    0.3,
)
"""torchvision.models.efficientnet_v2_m."""

efficientnet_v2_l = model_function(
    EfficientNet_V2_L_Weights,
    efficientnet_v2,
    [(1, 3, 1, 32, 32, 4), (4, 3, 2, 32, 64, 7), (4, 3, 2, 64, 96, 7)],
    [(4, 3, 2, 96, 192, 10), (6, 3, 1, 192, 224, 19), (6, 3, 2, 224, 384, 25), (6, 3, 1, 384, 640, 7)],
    0.4,
)
"""torchvision.models.efficientnet_v2_l."""


class RegNet_Y_400MF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_400MF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_y_400mf-c65dace8.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_y_400mf-e6988f5f.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_Y_800MF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_800MF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_y_800mf-1b27b58c.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_y_800mf-58fc7688.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_Y_1_6GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_1_6GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_y_1_6gf-b11a554e.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_y_1_6gf-0d7bc02a.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_Y_3_2GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_3_2GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_y_3_2gf-b5a9779c.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_y_3_2gf-9180c971.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_Y_8GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_8GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_y_8gf-d0d0e4a8.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_y_8gf-dc2b1b54.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_Y_16GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_16GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_y_16gf-9e6ed7dd.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_y_16gf-3e4a00f9.pth", 224, 232)
    IMAGENET1K_SWAG_E2E_V1 = ModelWeights(
        "regnet_y_16gf_swag-43afe44d.pth", 384, 384, interpolation="bicubic"
    )
    IMAGENET1K_SWAG_LINEAR_V1 = ModelWeights(
        "regnet_y_16gf_lc_swag-f3ec0043.pth", 224, 224, interpolation="bicubic"
    )
    DEFAULT = IMAGENET1K_V2


class RegNet_Y_32GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_32GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_y_32gf-4dee3f7a.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_y_32gf-8db6d4b5.pth", 224, 232)
    IMAGENET1K_SWAG_E2E_V1 = ModelWeights(
        "regnet_y_32gf_swag-04fdfa75.pth", 384, 384, interpolation="bicubic"
    )
    IMAGENET1K_SWAG_LINEAR_V1 = ModelWeights(
        "regnet_y_32gf_lc_swag-e1583746.pth", 224, 224, interpolation="bicubic"
    )
    DEFAULT = IMAGENET1K_V2


class RegNet_Y_128GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_Y_128GF_Weights."""

    IMAGENET1K_SWAG_E2E_V1 = ModelWeights(
        "regnet_y_128gf_swag-c8ce3e52.pth", 384, 384, interpolation="bicubic"
    )
    IMAGENET1K_SWAG_LINEAR_V1 = ModelWeights(
        "regnet_y_128gf_lc_swag-cbe8ce12.pth", 224, 224, interpolation="bicubic"
    )
    DEFAULT = IMAGENET1K_SWAG_E2E_V1


class RegNet_X_400MF_Weights(WeightsEnum):
    """torchvision.models.RegNet_X_400MF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_x_400mf-adf1edd5.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_x_400mf-62229a5f.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_X_800MF_Weights(WeightsEnum):
    """torchvision.models.RegNet_X_800MF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_x_800mf-ad17e45c.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_x_800mf-94a99ebd.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_X_1_6GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_X_1_6GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_x_1_6gf-e3633e7f.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_x_1_6gf-a12f2b72.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_X_3_2GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_X_3_2GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_x_3_2gf-f342aeae.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_x_3_2gf-7071aa85.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_X_8GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_X_8GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_x_8gf-03ceed89.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_x_8gf-2b70d774.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_X_16GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_X_16GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_x_16gf-2007eb11.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_x_16gf-ba3796d7.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class RegNet_X_32GF_Weights(WeightsEnum):
    """torchvision.models.RegNet_X_32GF_Weights."""

    IMAGENET1K_V1 = ModelWeights("regnet_x_32gf-9d47f8d0.pth", 224)
    IMAGENET1K_V2 = ModelWeights("regnet_x_32gf-6eb8fdc6.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class SimpleStemIN(Conv2dNormActivation):
    """torchvision.models.regnet.SimpleStemIN."""

    def __init__(
        self,
        width_in: int,
        width_out: int,
        norm_layer: Callable[..., Any],
        activation_layer: Callable[..., Any],
    ) -> None:
        super().__init__(width_in, width_out, 3, 2, norm_layer=norm_layer, activation_layer=activation_layer)


class BottleneckTransform(Sequential):
    """torchvision.models.regnet.BottleneckTransform."""

    def __init__(
        self,
        width_in: int,
        width_out: int,
        stride: int,
        norm_layer: Callable[..., Any],
        activation_layer: Callable[..., Any],
        group_width: int,
        bottleneck_multiplier: float,
        se_ratio: float | None,
    ) -> None:
        hidden = round(width_out * bottleneck_multiplier)
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer)
        layers: OrderedDict[str, Any] = OrderedDict()
        layers["a"] = conv(width_in, hidden, 1, activation_layer=activation_layer)
        layers["b"] = conv(
            hidden, hidden, 3, stride, groups=hidden // group_width, activation_layer=activation_layer
        )
        if se_ratio:
            squeezed = round(se_ratio * width_in)
            layers["se"] = SqueezeExcitation(hidden, squeezed, activation=activation_layer)
        layers["c"] = conv(hidden, width_out, 1, activation_layer=None)
        super().__init__(layers)


class ResBottleneckBlock(TorchLayer):
    """torchvision.models.regnet.ResBottleneckBlock."""

    def __init__(
        self,
        width_in: int,
        width_out: int,
        stride: int,
        norm_layer: Callable[..., Any],
        activation_layer: Callable[..., Any],
        group_width: int = 1,
        bottleneck_multiplier: float = 1.0,
        se_ratio: float | None = None,
    ) -> None:
        super().__init__()
        self.proj = None
        if width_in != width_out or stride != 1:
            self.proj = Conv2dNormActivation(
                width_in, width_out, 1, stride, norm_layer=norm_layer, activation_layer=None
            )
        self.f = BottleneckTransform(
            width_in,
            width_out,
            stride,
            norm_layer,
            activation_layer,
            group_width,
            bottleneck_multiplier,
            se_ratio,
        )
        self.activation = activation_layer(inplace=True)

    def forward(self, x: Any) -> Any:
        """The input and what the convolutions add to it."""
        return self.activation((x if self.proj is None else self.proj(x)) + self.f(x))


class AnyStage(Sequential):
    """torchvision.models.regnet.AnyStage: blocks of one width."""

    def __init__(
        self,
        width_in: int,
        width_out: int,
        stride: int,
        depth: int,
        block_constructor: Callable[..., Any],
        norm_layer: Callable[..., Any],
        activation_layer: Callable[..., Any],
        group_width: int,
        bottleneck_multiplier: float,
        se_ratio: float | None = None,
        stage_index: int = 0,
    ) -> None:
        common = (norm_layer, activation_layer, group_width, bottleneck_multiplier, se_ratio)
        super().__init__()
        for i in range(depth):
            width, step = (width_out, 1) if i else (width_in, stride)
            block = block_constructor(width, width_out, step, *common)
            self.add_sublayer(f"block{stage_index}-{i}", block)


class BlockParams:
    """torchvision.models.regnet.BlockParams: widths and depths of the stages of a RegNet."""

    def __init__(
        self,
        depths: Sequence[int],
        widths: Sequence[int],
        group_widths: Sequence[int],
        bottleneck_multipliers: Sequence[float],
        strides: Sequence[int],
        se_ratio: float | None = None,
    ) -> None:
        self.depths, self.widths, self.group_widths = depths, widths, group_widths
        self.bottleneck_multipliers, self.strides, self.se_ratio = bottleneck_multipliers, strides, se_ratio

    @classmethod
    def from_init_params(
        cls,
        depth: int,
        w_0: int,
        w_a: float,
        w_m: float,
        group_width: int,
        bottleneck_multiplier: float = 1.0,
        se_ratio: float | None = None,
        **kwargs: Any,
    ) -> Any:
        """The stages that a RegNet's few numbers stand for: widths grow along a line, in steps of powers."""
        if w_a < 0 or w_0 <= 0 or w_m <= 1 or w_0 % 8 != 0:
            raise ValueError("Invalid RegNet settings")
        line = np.arange(depth, dtype="float32") * np.float32(w_a) + np.float32(w_0)
        powers = np.round(np.log(line / np.float32(w_0)) / np.float32(math.log(w_m)))
        rounded = np.round(np.float32(w_0) * np.float32(w_m) ** powers / np.float32(8)) * 8
        stages: OrderedDict[int, int] = OrderedDict()
        for width in rounded.astype(int).tolist():
            stages[width] = stages.get(width, 0) + 1
        widths, groups = [], []
        for width in stages:
            hidden = int(width * bottleneck_multiplier)
            groups.append(min(group_width, hidden))
            widths.append(int(make_divisible(hidden, groups[-1]) / bottleneck_multiplier))
        count = len(stages)
        multipliers = [bottleneck_multiplier] * count
        return cls(list(stages.values()), widths, groups, multipliers, [2] * count, se_ratio)


class RegNet(TorchLayer):
    """torchvision.models.RegNet."""

    def __init__(
        self,
        block_params: Any,
        num_classes: int = 1000,
        stem_width: int = 32,
        stem_type: Callable[..., Any] | None = None,
        block_type: Callable[..., Any] | None = None,
        norm_layer: Callable[..., Any] | None = None,
        activation: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        norm_layer, activation = norm_layer or BatchNorm2d, activation or ReLU
        self.stem = (stem_type or SimpleStemIN)(3, stem_width, norm_layer, activation)
        width = stem_width
        stages: OrderedDict[str, Any] = OrderedDict()
        for i, (out, stride, depth, group_width, multiplier) in enumerate(
            zip(
                block_params.widths,
                block_params.strides,
                block_params.depths,
                block_params.group_widths,
                block_params.bottleneck_multipliers,
                strict=True,
            ),
            1,
        ):
            stages[f"block{i}"] = AnyStage(
                width,
                out,
                stride,
                depth,
                block_type or ResBottleneckBlock,
                norm_layer,
                activation,
                group_width,
                multiplier,
                block_params.se_ratio,
                i,
            )
            width = out
        self.trunk_output = Sequential(stages)
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(width, num_classes)
        init_layers(
            self,
            {
                Conv2d: lambda m: init_normal_(
                    m.weight, 0.0, math.sqrt(2.0 / (math.prod(m.kernel_size) * m.out_channels))
                ),
                Linear: lambda m: init_normal_(m.weight, 0.0, 0.01),
            },
        )

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self.fc(self.avgpool(self.trunk_output(self.stem(x))).flatten(1))


def regnet_model(
    depth: int, w_0: int, w_a: float, w_m: float, group_width: int, se_ratio: float | None, **kwargs: Any
) -> RegNet:
    """The RegNet that these numbers stand for."""
    params = BlockParams.from_init_params(depth, w_0, w_a, w_m, group_width, se_ratio=se_ratio)
    return RegNet(params, **kwargs)


regnet_y_400mf = model_function(RegNet_Y_400MF_Weights, regnet_model, 16, 48, 27.89, 2.09, 8, 0.25)
"""torchvision.models.regnet_y_400mf."""

regnet_y_800mf = model_function(RegNet_Y_800MF_Weights, regnet_model, 14, 56, 38.84, 2.4, 16, 0.25)
"""torchvision.models.regnet_y_800mf."""

regnet_y_1_6gf = model_function(RegNet_Y_1_6GF_Weights, regnet_model, 27, 48, 20.71, 2.65, 24, 0.25)
"""torchvision.models.regnet_y_1_6gf."""

regnet_y_3_2gf = model_function(RegNet_Y_3_2GF_Weights, regnet_model, 21, 80, 42.63, 2.66, 24, 0.25)
"""torchvision.models.regnet_y_3_2gf."""

regnet_y_8gf = model_function(RegNet_Y_8GF_Weights, regnet_model, 17, 192, 76.82, 2.19, 56, 0.25)
"""torchvision.models.regnet_y_8gf."""

regnet_y_16gf = model_function(RegNet_Y_16GF_Weights, regnet_model, 18, 200, 106.23, 2.48, 112, 0.25)
"""torchvision.models.regnet_y_16gf."""

regnet_y_32gf = model_function(RegNet_Y_32GF_Weights, regnet_model, 20, 232, 115.89, 2.53, 232, 0.25)
"""torchvision.models.regnet_y_32gf."""

regnet_y_128gf = model_function(RegNet_Y_128GF_Weights, regnet_model, 27, 456, 160.83, 2.52, 264, 0.25)
"""torchvision.models.regnet_y_128gf."""

regnet_x_400mf = model_function(RegNet_X_400MF_Weights, regnet_model, 22, 24, 24.48, 2.54, 16, None)
"""torchvision.models.regnet_x_400mf."""

regnet_x_800mf = model_function(RegNet_X_800MF_Weights, regnet_model, 16, 56, 35.73, 2.28, 16, None)
"""torchvision.models.regnet_x_800mf."""

regnet_x_1_6gf = model_function(RegNet_X_1_6GF_Weights, regnet_model, 18, 80, 34.01, 2.25, 24, None)
"""torchvision.models.regnet_x_1_6gf."""

regnet_x_3_2gf = model_function(RegNet_X_3_2GF_Weights, regnet_model, 25, 88, 26.31, 2.25, 48, None)
"""torchvision.models.regnet_x_3_2gf."""

regnet_x_8gf = model_function(RegNet_X_8GF_Weights, regnet_model, 23, 80, 49.56, 2.88, 120, None)
"""torchvision.models.regnet_x_8gf."""

regnet_x_16gf = model_function(RegNet_X_16GF_Weights, regnet_model, 22, 216, 55.59, 2.1, 128, None)
"""torchvision.models.regnet_x_16gf."""

regnet_x_32gf = model_function(RegNet_X_32GF_Weights, regnet_model, 23, 320, 69.86, 2.0, 168, None)
"""torchvision.models.regnet_x_32gf."""


class ConvNeXt_Tiny_Weights(WeightsEnum):
    """torchvision.models.ConvNeXt_Tiny_Weights."""

    IMAGENET1K_V1 = ModelWeights("convnext_tiny-983f1562.pth", 224, 236, min_size=32)
    DEFAULT = IMAGENET1K_V1


class ConvNeXt_Small_Weights(WeightsEnum):
    """torchvision.models.ConvNeXt_Small_Weights."""

    IMAGENET1K_V1 = ModelWeights("convnext_small-0c510722.pth", 224, 230, min_size=32)
    DEFAULT = IMAGENET1K_V1


class ConvNeXt_Base_Weights(WeightsEnum):
    """torchvision.models.ConvNeXt_Base_Weights."""

    IMAGENET1K_V1 = ModelWeights("convnext_base-6075fbad.pth", 224, 232, min_size=32)
    DEFAULT = IMAGENET1K_V1


class ConvNeXt_Large_Weights(WeightsEnum):
    """torchvision.models.ConvNeXt_Large_Weights."""

    IMAGENET1K_V1 = ModelWeights("convnext_large-ea097f82.pth", 224, 232, min_size=32)
    DEFAULT = IMAGENET1K_V1


class LayerNorm2d(LayerNorm):
    """torchvision.models.convnext.LayerNorm2d: over the channels of an image."""

    def forward(self, x: Any) -> Any:
        """The image, normalised."""
        x = layer_norm(x.transpose([0, 2, 3, 1]), self.normalized_shape, self.weight, self.bias, self.eps)
        return x.transpose([0, 3, 1, 2])


class CNBlock(TorchLayer):
    """torchvision.models.convnext.CNBlock."""

    def __init__(
        self,
        dim: int,
        layer_scale: float,
        stochastic_depth_prob: float,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or functools.partial(LayerNorm, eps=1e-6)
        self.block = Sequential(
            Conv2d(dim, dim, 7, padding=3, groups=dim),
            Permute([0, 2, 3, 1]),
            norm_layer(dim),
            Linear(dim, 4 * dim),
            paddle.nn.GELU(),
            Linear(4 * dim, dim),
            Permute([0, 3, 1, 2]),
        )
        self.layer_scale = paddle.nn.Parameter(paddle.full([dim, 1, 1], layer_scale))
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")

    def forward(self, input: Any) -> Any:
        """The input and what the block adds to it."""
        return self.stochastic_depth(self.layer_scale * self.block(input)) + input


class CNBlockConfig:
    """torchvision.models.convnext.CNBlockConfig."""

    def __init__(self, input_channels: int, out_channels: int | None, num_layers: int) -> None:
        self.input_channels, self.out_channels = input_channels, out_channels
        self.num_layers = num_layers

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"CNBlockConfig({values})"


class ConvNeXt(TorchLayer):
    """torchvision.models.ConvNeXt."""

    def __init__(
        self,
        block_setting: Sequence[Any],
        stochastic_depth_prob: float = 0.0,
        layer_scale: float = 1e-6,
        num_classes: int = 1000,
        block: Callable[..., Any] | None = None,
        norm_layer: Callable[..., Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if not block_setting:
            raise ValueError("The block_setting should not be empty")
        norm_layer = norm_layer or functools.partial(LayerNorm2d, eps=1e-6)
        first = block_setting[0].input_channels
        layers: list[Any] = [
            Conv2dNormActivation(3, first, 4, 4, 0, norm_layer=norm_layer, activation_layer=None, bias=True)
        ]
        total = sum(stage.num_layers for stage in block_setting)
        done = 0
        for stage in block_setting:
            numbers = range(done, done + stage.num_layers)
            probabilities = [stochastic_depth_prob * i / (total - 1.0) for i in numbers]
            make = functools.partial(block or CNBlock, stage.input_channels, layer_scale)
            layers.append(Sequential(*map(make, probabilities)))
            done += stage.num_layers
            if stage.out_channels is not None:
                down = Conv2d(stage.input_channels, stage.out_channels, 2, 2)
                layers.append(Sequential(norm_layer(stage.input_channels), down))
        self.features = Sequential(*layers)
        self.avgpool = AdaptiveAvgPool2d(1)
        last = block_setting[-1]
        width = last.input_channels if last.out_channels is None else last.out_channels
        self.classifier = Sequential(norm_layer(width), Flatten(1), Linear(width, num_classes))
        truncated = functools.partial(init_trunc_normal_, std=0.02)
        init_layers(self, {Conv2d: lambda m: truncated(m.weight), Linear: lambda m: truncated(m.weight)})

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self.classifier(self.avgpool(self.features(x)))


def convnext_model(
    widths: Sequence[int], depths: Sequence[int], usual_probability: float, **kwargs: Any
) -> ConvNeXt:
    """The ConvNeXt with stages of these widths and depths."""
    stages = [
        CNBlockConfig(width, out, depth)
        for width, out, depth in zip(widths, [*widths[1:], None], depths, strict=True)
    ]
    return ConvNeXt(stages, **{"stochastic_depth_prob": usual_probability, **kwargs})


convnext_tiny = model_function(ConvNeXt_Tiny_Weights, convnext_model, (96, 192, 384, 768), (3, 3, 9, 3), 0.1)
"""torchvision.models.convnext_tiny."""

convnext_small = model_function(
    ConvNeXt_Small_Weights, convnext_model, (96, 192, 384, 768), (3, 3, 27, 3), 0.4
)
"""torchvision.models.convnext_small."""

convnext_base = model_function(
    ConvNeXt_Base_Weights, convnext_model, (128, 256, 512, 1024), (3, 3, 27, 3), 0.5
)
"""torchvision.models.convnext_base."""

convnext_large = model_function(
    ConvNeXt_Large_Weights, convnext_model, (192, 384, 768, 1536), (3, 3, 27, 3), 0.5
)
"""torchvision.models.convnext_large."""
