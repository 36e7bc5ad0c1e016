"""torchvision's MobileNet v2 and v3, MNASNet and ShuffleNet v2."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import paddle

from paconvert.helpers.activation_modules import Hardsigmoid, Hardswish, ReLU, ReLU6
from paconvert.helpers.containers import Sequential
from paconvert.helpers.convolution import Conv2d
from paconvert.helpers.functional_conv import channel_shuffle
from paconvert.helpers.init import init_kaiming_normal_, init_kaiming_uniform_, init_normal_
from paconvert.helpers.layers import Linear, TorchLayer
from paconvert.helpers.normalization import BatchNorm2d
from paconvert.helpers.pooling_modules import AdaptiveAvgPool2d, MaxPool2d
from paconvert.helpers.vision_models_base import (
    Conv2dNormActivation,
    FeatureClassifier,
    ModelWeights,
    SqueezeExcitation,
    WeightsEnum,
    init_layers,
    make_divisible,
    model_function,
    pooled_features,
)


def init_mobile(model: Any) -> None:
    """Initial values of MobileNets."""
    init_layers(
        model,
        {
            Conv2d: lambda m: init_kaiming_normal_(m.weight, mode="fan_out"),
            Linear: lambda m: init_normal_(m.weight, 0, 0.01),
        },
    )


class MobileNet_V2_Weights(WeightsEnum):
    """torchvision.models.MobileNet_V2_Weights."""

    IMAGENET1K_V1 = ModelWeights("mobilenet_v2-b0353104.pth", 224)
    IMAGENET1K_V2 = ModelWeights("mobilenet_v2-7ebf99e0.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class MobileNetV2Block(TorchLayer):
    """torchvision.models.mobilenetv2.InvertedResidual."""

    def __init__(
        self,
        inp: int,
        oup: int,
        stride: int,
        expand_ratio: float,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"stride should be 1 or 2 instead of {stride}")
        norm_layer = norm_layer or BatchNorm2d
        hidden = round(inp * expand_ratio)
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=ReLU6)
        self.conv = Sequential(
            *([conv(inp, hidden, 1)] if expand_ratio != 1 else []),
            conv(hidden, hidden, stride=stride, groups=hidden),
            Conv2d(hidden, oup, 1, bias=False),
            norm_layer(oup),
        )
        self.stride, self.out_channels = stride, oup
        self.use_res_connect = stride == 1 and inp == oup

    def forward(self, x: Any) -> Any:
        """The convolutions of the input, and the input if it fits."""
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(TorchLayer):
    """torchvision.models.MobileNetV2."""

    def __init__(
        self,
        num_classes: int = 1000,
        width_mult: float = 1.0,
        inverted_residual_setting: Sequence[Sequence[int]] | None = None,
        round_nearest: int = 8,
        block: Callable[..., Any] | None = None,
        norm_layer: Callable[..., Any] | None = None,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or BatchNorm2d
        settings = inverted_residual_setting
        if settings is None:
            settings = [
                [1, 16, 1, 1],
                [6, 24, 2, 2],
                [6, 32, 3, 2],
                [6, 64, 4, 2],
                [6, 96, 3, 1],
                [6, 160, 3, 2],
                [6, 320, 1, 1],
            ]
        if not settings or len(settings[0]) != 4:
            raise ValueError(
                f"inverted_residual_setting should be non-empty or a 4-element list, got {settings}"
            )
        width = make_divisible(32 * width_mult, round_nearest)
        self.last_channel = make_divisible(1280 * max(1.0, width_mult), round_nearest)
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=ReLU6)
        layers: list[Any] = [conv(3, width, stride=2)]
        for expand, channels, count, stride in settings:
            out = make_divisible(channels * width_mult, round_nearest)
            for i in range(count):
                step = 1 if i else stride
                make = block or MobileNetV2Block
                layers.append(make(width, out, step, expand_ratio=expand, norm_layer=norm_layer))
                width = out
        self.features = Sequential(*layers, conv(width, self.last_channel, 1))
        self.classifier = Sequential(paddle.nn.Dropout(dropout), Linear(self.last_channel, num_classes))
        init_mobile(self)

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self.classifier(pooled_features(self.features(x)))


mobilenet_v2 = model_function(MobileNet_V2_Weights, MobileNetV2)
"""torchvision.models.mobilenet_v2."""


class MobileNet_V3_Large_Weights(WeightsEnum):
    """torchvision.models.MobileNet_V3_Large_Weights."""

    IMAGENET1K_V1 = ModelWeights("mobilenet_v3_large-8738ca79.pth", 224)
    IMAGENET1K_V2 = ModelWeights("mobilenet_v3_large-5c1a4163.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class MobileNet_V3_Small_Weights(WeightsEnum):
    """torchvision.models.MobileNet_V3_Small_Weights."""

    IMAGENET1K_V1 = ModelWeights("mobilenet_v3_small-047dcff4.pth", 224)
    DEFAULT = IMAGENET1K_V1


class InvertedResidualConfig:
    """torchvision.models.mobilenetv3.InvertedResidualConfig."""

    def __init__(
        self,
        input_channels: int,
        kernel: int,
        expanded_channels: int,
        out_channels: int,
        use_se: bool,
        activation: str,
        stride: int,
        dilation: int,
        width_mult: float,
    ) -> None:
        self.input_channels = self.adjust_channels(input_channels, width_mult)
        self.expanded_channels = self.adjust_channels(expanded_channels, width_mult)
        self.out_channels = self.adjust_channels(out_channels, width_mult)
        self.kernel, self.stride, self.dilation = kernel, stride, dilation
        self.use_se, self.use_hs = use_se, activation == "HS"

    @staticmethod
    def adjust_channels(channels: int, width_mult: float) -> int:
        """So many channels in a model of this width."""
        return make_divisible(channels * width_mult, 8)


class MobileNetV3Block(TorchLayer):
    """torchvision.models.mobilenetv3.InvertedResidual."""

    def __init__(
        self,
        cnf: Any,
        norm_layer: Callable[..., Any],
        se_layer: Callable[..., Any] = functools.partial(SqueezeExcitation, scale_activation=Hardsigmoid),
    ) -> None:
        super().__init__()
        if not 1 <= cnf.stride <= 2:
            raise ValueError("illegal stride value")
        width, hidden, out = cnf.input_channels, cnf.expanded_channels, cnf.out_channels
        activation = Hardswish if cnf.use_hs else ReLU
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=activation)
        layers = [conv(width, hidden, 1)] if hidden != width else []
        stride = 1 if cnf.dilation > 1 else cnf.stride
        depthwise = conv(hidden, hidden, cnf.kernel, stride, dilation=cnf.dilation, groups=hidden)
        layers.append(depthwise)
        if cnf.use_se:
            layers.append(se_layer(hidden, make_divisible(hidden // 4, 8)))
        layers.append(Conv2dNormActivation(hidden, out, 1, norm_layer=norm_layer, activation_layer=None))
        self.block = Sequential(*layers)
        self.out_channels = out
        self.use_res_connect = cnf.stride == 1 and width == out

    def forward(self, input: Any) -> Any:
        """The convolutions of the input, and the input if it fits."""
        return self.block(input) + input if self.use_res_connect else self.block(input)


class MobileNetV3(FeatureClassifier):
    """torchvision.models.MobileNetV3."""

    def __init__(
        self,
        inverted_residual_setting: Sequence[Any],
        last_channel: int,
        num_classes: int = 1000,
        block: Callable[..., Any] | None = None,
        norm_layer: Callable[..., Any] | None = None,
        dropout: float = 0.2,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if not inverted_residual_setting:
            raise ValueError("The inverted_residual_setting should not be empty")
        norm_layer = norm_layer or functools.partial(BatchNorm2d, eps=0.001, momentum=0.01)
        conv = functools.partial(Conv2dNormActivation, norm_layer=norm_layer, activation_layer=Hardswish)
        width = inverted_residual_setting[-1].out_channels
        self.features = Sequential(
            conv(3, inverted_residual_setting[0].input_channels, 3, 2),
            *((block or MobileNetV3Block)(cnf, norm_layer) for cnf in inverted_residual_setting),
            conv(width, 6 * width, 1),
        )
        self.avgpool = AdaptiveAvgPool2d(1)
        self.classifier = Sequential(
            Linear(6 * width, last_channel),
            Hardswish(inplace=True),
            paddle.nn.Dropout(dropout),
            Linear(last_channel, num_classes),
        )
        init_mobile(self)


def mobilenet_v3_model(
    size: str,
    width_mult: float = 1.0,
    reduced_tail: bool = False,
    dilated: bool = False,
    **kwargs: Any,
) -> MobileNetV3:
    """The MobileNet v3 of this size."""
    part, dilation = (2 if reduced_tail else 1), (2 if dilated else 1)
    if size == "large":
        last, rows = (
            1280,
            [
                (16, 3, 16, 16, False, "RE", 1, 1),
                (16, 3, 64, 24, False, "RE", 2, 1),
                (24, 3, 72, 24, False, "RE", 1, 1),
                (24, 5, 72, 40, True, "RE", 2, 1),
                (40, 5, 120, 40, True, "RE", 1, 1),
                (40, 5, 120, 40, True, "RE", 1, 1),
                (40, 3, 240, 80, False, "HS", 2, 1),
                (80, 3, 200, 80, False, "HS", 1, 1),
                (80, 3, 184, 80, False, "HS", 1, 1),
                (80, 3, 184, 80, False, "HS", 1, 1),
                (80, 3, 480, 112, True, "HS", 1, 1),
                (112, 3, 672, 112, True, "HS", 1, 1),
                (112, 5, 672, 160 // part, True, "HS", 2, dilation),
                (160 // part, 5, 960 // part, 160 // part, True, "HS", 1, dilation),
                (160 // part, 5, 960 // part, 160 // part, True, "HS", 1, dilation),
            ],
        )
    else:
        last, rows = (
            1024,
            [
                (16, 3, 16, 16, True, "RE", 2, 1),
                (16, 3, 72, 24, False, "RE", 2, 1),
                (24, 3, 88, 24, False, "RE", 1, 1),
                (24, 5, 96, 40, True, "HS", 2, 1),
                (40, 5, 240, 40, True, "HS", 1, 1),
                (40, 5, 240, 40, True, "HS", 1, 1),
                (40, 5, 120, 48, True, "HS", 1, 1),
                (48, 5, 144, 48, True, "HS", 1, 1),
                (48, 5, 288, 96 // part, True, "HS", 2, dilation),
                (96 // part, 5, 576 // part, 96 // part, True, "HS", 1, dilation),
                (96 // part, 5, 576 // part, 96 // part, True, "HS", 1, dilation),
            ],
        )
    settings = [InvertedResidualConfig(*row, width_mult=width_mult) for row in rows]
    last_channel = InvertedResidualConfig.adjust_channels(last // part, width_mult)
    return MobileNetV3(settings, last_channel, **kwargs)


mobilenet_v3_large = model_function(MobileNet_V3_Large_Weights, mobilenet_v3_model, "large")
"""torchvision.models.mobilenet_v3_large."""

mobilenet_v3_small = model_function(MobileNet_V3_Small_Weights, mobilenet_v3_model, "small")
"""torchvision.models.mobilenet_v3_small."""


class MNASNet0_5_Weights(WeightsEnum):
    """torchvision.models.MNASNet0_5_Weights."""

    IMAGENET1K_V1 = ModelWeights("mnasnet0.5_top1_67.823-3ffadce67e.pth", 224)
    DEFAULT = IMAGENET1K_V1


class MNASNet0_75_Weights(WeightsEnum):
    """torchvision.models.MNASNet0_75_Weights."""

    IMAGENET1K_V1 = ModelWeights("mnasnet0_75-7090bc5f.pth", 224, 232)
    DEFAULT = IMAGENET1K_V1


class MNASNet1_0_Weights(WeightsEnum):
    """torchvision.models.MNASNet1_0_Weights."""

    IMAGENET1K_V1 = ModelWeights("mnasnet1.0_top1_73.512-f206786ef8.pth", 224)
    DEFAULT = IMAGENET1K_V1


class MNASNet1_3_Weights(WeightsEnum):
    """torchvision.models.MNASNet1_3_Weights."""

    IMAGENET1K_V1 = ModelWeights("mnasnet1_3-a4c69d6f.pth", 224, 232)
    DEFAULT = IMAGENET1K_V1


class MNASNetBlock(TorchLayer):
    """torchvision.models.mnasnet._InvertedResidual."""

    def __init__(
        self,
        in_ch: int,
        out_ch: int,
        kernel_size: int,
        stride: int,
        expansion_factor: int,
        bn_momentum: float = 0.1,
    ) -> None:
        super().__init__()
        hidden = in_ch * expansion_factor
        self.apply_residual = in_ch == out_ch and stride == 1
        self.layers = Sequential(
            Conv2d(in_ch, hidden, 1, bias=False),
            BatchNorm2d(hidden, momentum=bn_momentum),
            ReLU(inplace=True),
            Conv2d(hidden, hidden, kernel_size, stride, kernel_size // 2, groups=hidden, bias=False),
            BatchNorm2d(hidden, momentum=bn_momentum),
            ReLU(inplace=True),
            Conv2d(hidden, out_ch, 1, bias=False),
            BatchNorm2d(out_ch, momentum=bn_momentum),
        )

    def forward(self, input: Any) -> Any:
        """The convolutions of the input, and the input if it fits."""
        return self.layers(input) + input if self.apply_residual else self.layers(input)


class MNASNet(TorchLayer):
    """torchvision.models.MNASNet."""

    def __init__(self, alpha: float, num_classes: int = 1000, dropout: float = 0.2) -> None:
        super().__init__()
        if alpha <= 0.0:
            raise ValueError(f"alpha should be greater than 0.0 instead of {alpha}")
        self.alpha, self.num_classes = alpha, num_classes
        momentum = 1 - 0.9997
        widths = [make_divisible(width * alpha, 8) for width in (32, 16, 24, 40, 80, 96, 192, 320)]
        stem, width = widths[:2]
        norm = functools.partial(BatchNorm2d, momentum=momentum)
        layers: list[Any] = [
            Conv2d(3, stem, 3, 2, 1, bias=False),
            norm(stem),
            ReLU(inplace=True),
            Conv2d(stem, stem, 3, 1, 1, groups=stem, bias=False),
            norm(stem),
            ReLU(inplace=True),
            Conv2d(stem, width, 1, bias=False),
            norm(width),
        ]
        for out, (kernel, stride, expand, count) in zip(
            widths[2:],
            ((3, 2, 3, 3), (5, 2, 3, 3), (5, 2, 6, 3), (3, 1, 6, 2), (5, 2, 6, 4), (3, 1, 6, 1)),
            strict=True,
        ):
            blocks = []
            for i in range(count):
                blocks.append(MNASNetBlock(width, out, kernel, 1 if i else stride, expand, momentum))
                width = out
            layers.append(Sequential(*blocks))
        layers += [Conv2d(width, 1280, 1, bias=False), norm(1280), ReLU(inplace=True)]
        self.layers = Sequential(*layers)
        self.classifier = Sequential(paddle.nn.Dropout(dropout), Linear(1280, num_classes))
        init_layers(
            self,
            {
                Conv2d: lambda m: init_kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu"),
                Linear: lambda m: init_kaiming_uniform_(m.weight, mode="fan_out", nonlinearity="sigmoid"),
            },
        )

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self.classifier(self.layers(x).mean([2, 3]))


mnasnet0_5 = model_function(MNASNet0_5_Weights, MNASNet, 0.5)
"""torchvision.models.mnasnet0_5."""

mnasnet0_75 = model_function(MNASNet0_75_Weights, MNASNet, 0.75)
"""torchvision.models.mnasnet0_75."""

mnasnet1_0 = model_function(MNASNet1_0_Weights, MNASNet, 1.0)
"""torchvision.models.mnasnet1_0."""

mnasnet1_3 = model_function(MNASNet1_3_Weights, MNASNet, 1.3)
"""torchvision.models.mnasnet1_3."""


class ShuffleNet_V2_X0_5_Weights(WeightsEnum):
    """torchvision.models.ShuffleNet_V2_X0_5_Weights."""

    IMAGENET1K_V1 = ModelWeights("shufflenetv2_x0.5-f707e7126e.pth", 224)
    DEFAULT = IMAGENET1K_V1


class ShuffleNet_V2_X1_0_Weights(WeightsEnum):
    """torchvision.models.ShuffleNet_V2_X1_0_Weights."""

    IMAGENET1K_V1 = ModelWeights("shufflenetv2_x1-5666bf0f80.pth", 224)
    DEFAULT = IMAGENET1K_V1


class ShuffleNet_V2_X1_5_Weights(WeightsEnum):
    """torchvision.models.ShuffleNet_V2_X1_5_Weights."""

    IMAGENET1K_V1 = ModelWeights("shufflenetv2_x1_5-3c479a10.pth", 224, 232)
    DEFAULT = IMAGENET1K_V1


class ShuffleNet_V2_X2_0_Weights(WeightsEnum):
    """torchvision.models.ShuffleNet_V2_X2_0_Weights."""

    IMAGENET1K_V1 = ModelWeights("shufflenetv2_x2_0-8be3c8ee.pth", 224, 232)
    DEFAULT = IMAGENET1K_V1


class ShuffleNetV2Block(TorchLayer):
    """torchvision.models.shufflenetv2.InvertedResidual."""

    def __init__(self, inp: int, oup: int, stride: int) -> None:
        super().__init__()
        if not 1 <= stride <= 3:
            raise ValueError("illegal stride value")
        half = oup // 2
        if stride == 1 and inp != half << 1:
            raise ValueError(f"Invalid combination of stride {stride}, inp {inp} and oup {oup} values.")
        self.stride = stride
        first = inp if stride > 1 else half
        self.branch1 = Sequential()
        if stride > 1:
            self.branch1 = Sequential(
                self.depthwise_conv(inp, inp, 3, stride, 1),
                BatchNorm2d(inp),
                Conv2d(inp, half, 1, bias=False),
                BatchNorm2d(half),
                ReLU(inplace=True),
            )
        self.branch2 = Sequential(
            Conv2d(first, half, 1, bias=False),
            BatchNorm2d(half),
            ReLU(inplace=True),
            self.depthwise_conv(half, half, 3, stride, 1),
            BatchNorm2d(half),
            Conv2d(half, half, 1, bias=False),
            BatchNorm2d(half),
            ReLU(inplace=True),
        )

    @staticmethod
    def depthwise_conv(
        i: int, o: int, kernel_size: int, stride: int = 1, padding: int = 0, bias: bool = False
    ) -> Conv2d:
        """A convolution of each channel by itself."""
        return Conv2d(i, o, kernel_size, stride, padding, bias=bias, groups=i)

    def forward(self, x: Any) -> Any:
        """The channels of both branches, mixed."""
        first, second = paddle.chunk(x, 2, axis=1) if self.stride == 1 else (self.branch1(x), x)
        return channel_shuffle(paddle.concat([first, self.branch2(second)], 1), 2)


class ShuffleNetV2(TorchLayer):
    """torchvision.models.ShuffleNetV2."""

    def __init__(
        self,
        stages_repeats: Sequence[int],
        stages_out_channels: Sequence[int],
        num_classes: int = 1000,
        inverted_residual: Callable[..., Any] = ShuffleNetV2Block,
    ) -> None:
        super().__init__()
        if len(stages_repeats) != 3:
            raise ValueError("expected stages_repeats as list of 3 positive ints")
        if len(stages_out_channels) != 5:
            raise ValueError("expected stages_out_channels as list of 5 positive ints")
        self._stage_out_channels = stages_out_channels
        width, *middle, last = stages_out_channels
        self.conv1 = Sequential(Conv2d(3, width, 3, 2, 1, bias=False), BatchNorm2d(width), ReLU(inplace=True))
        self.maxpool = MaxPool2d(3, 2, 1)
        for i, (count, out) in enumerate(zip(stages_repeats, middle, strict=True), 2):
            blocks = [inverted_residual(width, out, 2)]
            blocks += [inverted_residual(out, out, 1) for _ in range(count - 1)]
            setattr(self, f"stage{i}", Sequential(*blocks))
            width = out
        self.conv5 = Sequential(Conv2d(width, last, 1, bias=False), BatchNorm2d(last), ReLU(inplace=True))
        self.fc = Linear(last, num_classes)

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        x = self.stage4(self.stage3(self.stage2(self.maxpool(self.conv1(x)))))
        return self.fc(self.conv5(x).mean([2, 3]))


shufflenet_v2_x0_5 = model_function(
    ShuffleNet_V2_X0_5_Weights, ShuffleNetV2, [4, 8, 4], [24, 48, 96, 192, 1024]
)
"""torchvision.models.shufflenet_v2_x0_5."""

shufflenet_v2_x1_0 = model_function(
    ShuffleNet_V2_X1_0_Weights, ShuffleNetV2, [4, 8, 4], [24, 116, 232, 464, 1024]
)
"""torchvision.models.shufflenet_v2_x1_0."""

shufflenet_v2_x1_5 = model_function(
    ShuffleNet_V2_X1_5_Weights, ShuffleNetV2, [4, 8, 4], [24, 176, 352, 704, 1024]
)
"""torchvision.models.shufflenet_v2_x1_5."""

shufflenet_v2_x2_0 = model_function(
    ShuffleNet_V2_X2_0_Weights, ShuffleNetV2, [4, 8, 4], [24, 244, 488, 976, 2048]
)
"""torchvision.models.shufflenet_v2_x2_0."""
