"""torchvision's AlexNet, VGG and SqueezeNet."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import paddle

from paconvert.helpers.activation_modules import ReLU
from paconvert.helpers.containers import Sequential
from paconvert.helpers.convolution import Conv2d
from paconvert.helpers.init import init_kaiming_normal_, init_kaiming_uniform_, init_normal_
from paconvert.helpers.layers import Linear, TorchLayer
from paconvert.helpers.normalization import BatchNorm2d
from paconvert.helpers.pooling_modules import AdaptiveAvgPool2d, MaxPool2d
from paconvert.helpers.vision_models_base import (
    FeatureClassifier,
    ModelWeights,
    WeightsEnum,
    init_layers,
    model_function,
)


class AlexNet_Weights(WeightsEnum):
    """torchvision.models.AlexNet_Weights."""

    IMAGENET1K_V1 = ModelWeights("alexnet-owt-7be5be79.pth", 224, min_size=63)
    DEFAULT = IMAGENET1K_V1


class AlexNet(FeatureClassifier):
    """torchvision.models.AlexNet."""

    def __init__(self, num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        layers: list[Any] = []
        width = 3
        for out, kernel, stride, padding, pooled in (
            (64, 11, 4, 2, True),
            (192, 5, 1, 2, True),
            (384, 3, 1, 1, False),
            (256, 3, 1, 1, False),
            (256, 3, 1, 1, True),
        ):
            layers += [Conv2d(width, out, kernel, stride, padding), ReLU(inplace=True)]
            if pooled:
                layers.append(MaxPool2d(3, 2))
            width = out
        self.features = Sequential(*layers)
        self.avgpool = AdaptiveAvgPool2d((6, 6))
        self.classifier = Sequential(
            paddle.nn.Dropout(dropout),
            Linear(width * 36, 4096),
            ReLU(inplace=True),
            paddle.nn.Dropout(dropout),
            Linear(4096, 4096),
            ReLU(inplace=True),
            Linear(4096, num_classes),
        )


alexnet = model_function(AlexNet_Weights, AlexNet)
"""torchvision.models.alexnet."""


class VGG11_Weights(WeightsEnum):
    """torchvision.models.VGG11_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg11-8a719046.pth", 224, min_size=32)
    DEFAULT = IMAGENET1K_V1


class VGG11_BN_Weights(WeightsEnum):
    """torchvision.models.VGG11_BN_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg11_bn-6002323d.pth", 224, min_size=32)
    DEFAULT = IMAGENET1K_V1


class VGG13_Weights(WeightsEnum):
    """torchvision.models.VGG13_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg13-19584684.pth", 224, min_size=32)
    DEFAULT = IMAGENET1K_V1


class VGG13_BN_Weights(WeightsEnum):
    """torchvision.models.VGG13_BN_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg13_bn-abd245e5.pth", 224, min_size=32)
    DEFAULT = IMAGENET1K_V1


class VGG16_Weights(WeightsEnum):
    """torchvision.models.VGG16_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg16-397923af.pth", 224, min_size=32)
    IMAGENET1K_FEATURES = ModelWeights(
        "vgg16_features-amdegroot-88682ab5.pth",
        224,
        mean=(0.48235, 0.45882, 0.40784),
        std=(1.0 / 255.0, 1.0 / 255.0, 1.0 / 255.0),
        min_size=32,
        num_classes=None,
    )
    DEFAULT = IMAGENET1K_V1


class VGG16_BN_Weights(WeightsEnum):
    """torchvision.models.VGG16_BN_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg16_bn-6c64b313.pth", 224, min_size=32)
    DEFAULT = IMAGENET1K_V1


class VGG19_Weights(WeightsEnum):
    """torchvision.models.VGG19_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg19-dcbb9e9d.pth", 224, min_size=32)
    DEFAULT = IMAGENET1K_V1


class VGG19_BN_Weights(WeightsEnum):
    """torchvision.models.VGG19_BN_Weights."""

    IMAGENET1K_V1 = ModelWeights("vgg19_bn-c79401a0.pth", 224, min_size=32)
    DEFAULT = IMAGENET1K_V1


class VGG(FeatureClassifier):
    """torchvision.models.VGG."""

    def __init__(
        self, features: Any, num_classes: int = 1000, init_weights: bool = True, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = AdaptiveAvgPool2d((7, 7))
        self.classifier = Sequential(
            Linear(512 * 49, 4096),
            ReLU(True),
            paddle.nn.Dropout(dropout),
            Linear(4096, 4096),
            ReLU(True),
            paddle.nn.Dropout(dropout),
            Linear(4096, num_classes),
        )
        if init_weights:
            init_layers(
                self,
                {
                    Conv2d: lambda m: init_kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu"),
                    Linear: lambda m: init_normal_(m.weight, 0, 0.01),
                },
            )


def vgg_layers(cfg: Sequence[int | str], batch_norm: bool = False) -> Sequential:
    """torchvision.models.vgg.make_layers: convolutions of these widths; "M" stands for pooling."""
    layers: list[Any] = []
    width = 3
    for out in cfg:
        if isinstance(out, str):
            layers.append(MaxPool2d(2, 2))
            continue
        norm = [BatchNorm2d(out)] if batch_norm else []
        layers += [Conv2d(width, out, 3, padding=1), *norm, ReLU(inplace=True)]
        width = out
    return Sequential(*layers)


def vgg_model(repeats: Sequence[int], batch_norm: bool, **kwargs: Any) -> VGG:
    """A VGG with so many convolutions before each pooling."""
    cfg: list[int | str] = []
    for count, width in zip(repeats, (64, 128, 256, 512, 512), strict=True):
        cfg += [*[width] * count, "M"]
    return VGG(vgg_layers(cfg, batch_norm), **kwargs)


vgg11 = model_function(VGG11_Weights, vgg_model, (1, 1, 2, 2, 2), False, trained={"init_weights": False})
"""torchvision.models.vgg11."""

vgg11_bn = model_function(VGG11_BN_Weights, vgg_model, (1, 1, 2, 2, 2), True, trained={"init_weights": False})
"""torchvision.models.vgg11_bn."""

vgg13 = model_function(VGG13_Weights, vgg_model, (2, 2, 2, 2, 2), False, trained={"init_weights": False})
"""torchvision.models.vgg13."""

vgg13_bn = model_function(VGG13_BN_Weights, vgg_model, (2, 2, 2, 2, 2), True, trained={"init_weights": False})
"""torchvision.models.vgg13_bn."""

vgg16 = model_function(VGG16_Weights, vgg_model, (2, 2, 3, 3, 3), False, trained={"init_weights": False})
"""torchvision.models.vgg16."""

vgg16_bn = model_function(VGG16_BN_Weights, vgg_model, (2, 2, 3, 3, 3), True, trained={"init_weights": False})
"""torchvision.models.vgg16_bn."""

vgg19 = model_function(VGG19_Weights, vgg_model, (2, 2, 4, 4, 4), False, trained={"init_weights": False})
"""torchvision.models.vgg19."""

vgg19_bn = model_function(VGG19_BN_Weights, vgg_model, (2, 2, 4, 4, 4), True, trained={"init_weights": False})
"""torchvision.models.vgg19_bn."""


class SqueezeNet1_0_Weights(WeightsEnum):
    """torchvision.models.SqueezeNet1_0_Weights."""

    IMAGENET1K_V1 = ModelWeights("squeezenet1_0-b66bff10.pth", 224, min_size=21)
    DEFAULT = IMAGENET1K_V1


class SqueezeNet1_1_Weights(WeightsEnum):
    """torchvision.models.SqueezeNet1_1_Weights."""

    IMAGENET1K_V1 = ModelWeights("squeezenet1_1-b8a52dc0.pth", 224, min_size=17)
    DEFAULT = IMAGENET1K_V1


class SqueezeNetFire(TorchLayer):
    """torchvision.models.squeezenet.Fire: few channels, then many by two kinds of convolution."""

    def __init__(
        self, inplanes: int, squeeze_planes: int, expand1x1_planes: int, expand3x3_planes: int
    ) -> None:
        super().__init__()
        self.inplanes = inplanes
        self.squeeze = Conv2d(inplanes, squeeze_planes, 1)
        self.squeeze_activation = ReLU(inplace=True)
        self.expand1x1 = Conv2d(squeeze_planes, expand1x1_planes, 1)
        self.expand1x1_activation = ReLU(inplace=True)
        self.expand3x3 = Conv2d(squeeze_planes, expand3x3_planes, 3, padding=1)
        self.expand3x3_activation = ReLU(inplace=True)

    def forward(self, x: Any) -> Any:
        """The channels of both convolutions."""
        x = self.squeeze_activation(self.squeeze(x))
        both = [self.expand1x1_activation(self.expand1x1(x)), self.expand3x3_activation(self.expand3x3(x))]
        return paddle.concat(both, 1)


class SqueezeNet(TorchLayer):
    """torchvision.models.SqueezeNet."""

    def __init__(self, version: str = "1_0", num_classes: int = 1000, dropout: float = 0.5) -> None:
        super().__init__()
        if version not in ("1_0", "1_1"):
            raise ValueError(f"Unsupported SqueezeNet version {version}: 1_0 or 1_1 expected")
        self.num_classes = num_classes
        width, kernel, pooled = (96, 7, (2, 6)) if version == "1_0" else (64, 3, (1, 3))
        pool = functools.partial(MaxPool2d, 3, 2, ceil_mode=True)
        layers: list[Any] = [Conv2d(3, width, kernel, 2), ReLU(inplace=True), pool()]
        for i, squeezed in enumerate((16, 16, 32, 32, 48, 48, 64, 64)):
            layers.append(SqueezeNetFire(width, squeezed, 4 * squeezed, 4 * squeezed))
            width = 8 * squeezed
            if i in pooled:
                layers.append(pool())
        self.features = Sequential(*layers)
        last = Conv2d(512, num_classes, 1)
        self.classifier = Sequential(
            paddle.nn.Dropout(dropout), last, ReLU(inplace=True), AdaptiveAvgPool2d((1, 1))
        )
        init_layers(self, {Conv2d: lambda m: init_kaiming_uniform_(m.weight)})
        init_normal_(last.weight, 0.0, 0.01)

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self.classifier(self.features(x)).flatten(1)


squeezenet1_0 = model_function(SqueezeNet1_0_Weights, SqueezeNet, "1_0")
"""torchvision.models.squeezenet1_0."""

squeezenet1_1 = model_function(SqueezeNet1_1_Weights, SqueezeNet, "1_1")
"""torchvision.models.squeezenet1_1."""
