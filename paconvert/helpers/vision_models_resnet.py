"""torchvision's ResNet and DenseNet."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.activation_modules import ReLU
from paconvert.helpers.checkpoint import checkpoint
from paconvert.helpers.containers import Sequential
from paconvert.helpers.convolution import Conv2d
from paconvert.helpers.init import init_kaiming_normal_, init_zeros_
from paconvert.helpers.layers import Linear, TorchLayer
from paconvert.helpers.normalization import BatchNorm2d
from paconvert.helpers.pooling_modules import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from paconvert.helpers.vision_models_base import (
    ModelWeights,
    WeightsEnum,
    init_layers,
    model_function,
    pooled_features,
    set_argument,
)


class ResNet18_Weights(WeightsEnum):
    """torchvision.models.ResNet18_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnet18-f37072fd.pth", 224)
    DEFAULT = IMAGENET1K_V1


class ResNet34_Weights(WeightsEnum):
    """torchvision.models.ResNet34_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnet34-b627a593.pth", 224)
    DEFAULT = IMAGENET1K_V1


class ResNet50_Weights(WeightsEnum):
    """torchvision.models.ResNet50_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnet50-0676ba61.pth", 224)
    IMAGENET1K_V2 = ModelWeights("resnet50-11ad3fa6.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class ResNet101_Weights(WeightsEnum):
    """torchvision.models.ResNet101_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnet101-63fe2227.pth", 224)
    IMAGENET1K_V2 = ModelWeights("resnet101-cd907fc2.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class ResNet152_Weights(WeightsEnum):
    """torchvision.models.ResNet152_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnet152-394f9c45.pth", 224)
    IMAGENET1K_V2 = ModelWeights("resnet152-f82ba261.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class ResNeXt50_32X4D_Weights(WeightsEnum):
    """torchvision.models.ResNeXt50_32X4D_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnext50_32x4d-7cdf4587.pth", 224)
    IMAGENET1K_V2 = ModelWeights("resnext50_32x4d-1a0047aa.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class ResNeXt101_32X8D_Weights(WeightsEnum):
    """torchvision.models.ResNeXt101_32X8D_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnext101_32x8d-8ba56ff5.pth", 224)
    IMAGENET1K_V2 = ModelWeights("resnext101_32x8d-110c445d.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class ResNeXt101_64X4D_Weights(WeightsEnum):
    """torchvision.models.ResNeXt101_64X4D_Weights."""

    IMAGENET1K_V1 = ModelWeights("resnext101_64x4d-173b62eb.pth", 224, 232)
    DEFAULT = IMAGENET1K_V1


class Wide_ResNet50_2_Weights(WeightsEnum):
    """torchvision.models.Wide_ResNet50_2_Weights."""

    IMAGENET1K_V1 = ModelWeights("wide_resnet50_2-95faca4d.pth", 224)
    IMAGENET1K_V2 = ModelWeights("wide_resnet50_2-9ba9bcbe.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


class Wide_ResNet101_2_Weights(WeightsEnum):
    """torchvision.models.Wide_ResNet101_2_Weights."""

    IMAGENET1K_V1 = ModelWeights("wide_resnet101_2-32ee1156.pth", 224)
    IMAGENET1K_V2 = ModelWeights("wide_resnet101_2-d733dc28.pth", 224, 232)
    DEFAULT = IMAGENET1K_V2


def resnet_conv3x3(
    in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1
) -> Conv2d:
    """A convolution with 3x3 kernels that keeps the size."""
    return Conv2d(in_planes, out_planes, 3, stride, dilation, dilation, groups, bias=False)


def resnet_conv1x1(in_planes: int, out_planes: int, stride: int = 1) -> Conv2d:
    """A convolution of single pixels."""
    return Conv2d(in_planes, out_planes, 1, stride, bias=False)


class BasicBlock(TorchLayer):
    """torchvision.models.resnet.BasicBlock."""

    expansion = 1

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Any = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or BatchNorm2d
        if groups != 1 or base_width != 64:
            raise ValueError("BasicBlock only supports groups=1 and base_width=64")
        if dilation > 1:
            raise NotImplementedError("Dilation > 1 not supported in BasicBlock")
        self.conv1 = resnet_conv3x3(inplanes, planes, stride)
        self.bn1 = norm_layer(planes)
        self.relu = ReLU(inplace=True)
        self.conv2 = resnet_conv3x3(planes, planes)
        self.bn2 = norm_layer(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Any) -> Any:
        """The input and what two convolutions add to it."""
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(out.add_(x if self.downsample is None else self.downsample(x)))


class Bottleneck(TorchLayer):
    """torchvision.models.resnet.Bottleneck."""

    expansion = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: Any = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        norm_layer = norm_layer or BatchNorm2d
        width = int(planes * (base_width / 64.0)) * groups
        self.conv1 = resnet_conv1x1(inplanes, width)
        self.bn1 = norm_layer(width)
        self.conv2 = resnet_conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm_layer(width)
        self.conv3 = resnet_conv1x1(width, planes * self.expansion)
        self.bn3 = norm_layer(planes * self.expansion)
        self.relu = ReLU(inplace=True)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Any) -> Any:
        """The input and what three convolutions add to it."""
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(out)))))
        return self.relu(out.add_(x if self.downsample is None else self.downsample(x)))


class ResNet(TorchLayer):
    """torchvision.models.ResNet."""

    def __init__(
        self,
        block: Any,
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Sequence[bool] | None = None,
        norm_layer: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        dilated = replace_stride_with_dilation or [False, False, False]
        if len(dilated) != 3:
            raise ValueError(
                "replace_stride_with_dilation should be None "
                f"or a 3-element tuple, got {replace_stride_with_dilation}"
            )
        self._norm_layer = norm_layer or BatchNorm2d
        self.inplanes, self.dilation = 64, 1
        self.groups, self.base_width = groups, width_per_group
        self.conv1 = Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = self._norm_layer(64)
        self.relu = ReLU(inplace=True)
        self.maxpool = MaxPool2d(3, 2, 1)
        self.layer1 = self._make_layer(block, 64, layers[0])
        self.layer2 = self._make_layer(block, 128, layers[1], 2, dilated[0])
        self.layer3 = self._make_layer(block, 256, layers[2], 2, dilated[1])
        self.layer4 = self._make_layer(block, 512, layers[3], 2, dilated[2])
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(512 * block.expansion, num_classes)
        for layer in self.sublayers():
            if isinstance(layer, Conv2d):
                init_kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            last = getattr(layer, "bn3" if isinstance(layer, Bottleneck) else "bn2", None)
            is_block = isinstance(layer, (BasicBlock, Bottleneck))
            if zero_init_residual and is_block and last is not None and last.weight is not None:
                init_zeros_(last.weight)

    def _make_layer(
        self, block: Any, planes: int, blocks: int, stride: int = 1, dilate: bool = False
    ) -> Sequential:
        first_dilation = self.dilation
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        downsample = None
        out = planes * block.expansion
        if stride != 1 or self.inplanes != out:
            downsample = Sequential(resnet_conv1x1(self.inplanes, out, stride), self._norm_layer(out))
        common = (self.groups, self.base_width)
        made = [block(self.inplanes, planes, stride, downsample, *common, first_dilation, self._norm_layer)]
        self.inplanes = out
        for _ in range(1, blocks):
            made.append(block(out, planes, 1, None, *common, self.dilation, self._norm_layer))
        return Sequential(*made)

    def _forward_impl(self, x: Any) -> Any:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self._forward_impl(x)


def resnet_model(block: Any, layers: Sequence[int], fixed: dict[str, int], **kwargs: Any) -> ResNet:
    """A ResNet of which some arguments have only one possible value."""
    for name, value in fixed.items():
        set_argument(kwargs, name, value)
    return ResNet(block, layers, **kwargs)


resnet18 = model_function(ResNet18_Weights, ResNet, BasicBlock, [2, 2, 2, 2])
"""torchvision.models.resnet18."""

resnet34 = model_function(ResNet34_Weights, ResNet, BasicBlock, [3, 4, 6, 3])
"""torchvision.models.resnet34."""

resnet50 = model_function(ResNet50_Weights, ResNet, Bottleneck, [3, 4, 6, 3])
"""torchvision.models.resnet50."""

resnet101 = model_function(ResNet101_Weights, ResNet, Bottleneck, [3, 4, 23, 3])
"""torchvision.models.resnet101."""

resnet152 = model_function(ResNet152_Weights, ResNet, Bottleneck, [3, 8, 36, 3])
"""torchvision.models.resnet152."""

resnext50_32x4d = model_function(
    ResNeXt50_32X4D_Weights, resnet_model, Bottleneck, [3, 4, 6, 3], {"groups": 32, "width_per_group": 4}
)
"""torchvision.models.resnext50_32x4d."""

resnext101_32x8d = model_function(
    ResNeXt101_32X8D_Weights, resnet_model, Bottleneck, [3, 4, 23, 3], {"groups": 32, "width_per_group": 8}
)
"""torchvision.models.resnext101_32x8d."""

resnext101_64x4d = model_function(
    ResNeXt101_64X4D_Weights, resnet_model, Bottleneck, [3, 4, 23, 3], {"groups": 64, "width_per_group": 4}
)
"""torchvision.models.resnext101_64x4d."""

wide_resnet50_2 = model_function(
    Wide_ResNet50_2_Weights, resnet_model, Bottleneck, [3, 4, 6, 3], {"width_per_group": 128}
)
"""torchvision.models.wide_resnet50_2."""

wide_resnet101_2 = model_function(
    Wide_ResNet101_2_Weights, resnet_model, Bottleneck, [3, 4, 23, 3], {"width_per_group": 128}
)
"""torchvision.models.wide_resnet101_2."""


class DenseNet121_Weights(WeightsEnum):
    """torchvision.models.DenseNet121_Weights."""

    IMAGENET1K_V1 = ModelWeights("densenet121-a639ec97.pth", 224, min_size=29)
    DEFAULT = IMAGENET1K_V1


class DenseNet161_Weights(WeightsEnum):
    """torchvision.models.DenseNet161_Weights."""

    IMAGENET1K_V1 = ModelWeights("densenet161-8d451a50.pth", 224, min_size=29)
    DEFAULT = IMAGENET1K_V1


class DenseNet169_Weights(WeightsEnum):
    """torchvision.models.DenseNet169_Weights."""

    IMAGENET1K_V1 = ModelWeights("densenet169-b2777c0a.pth", 224, min_size=29)
    DEFAULT = IMAGENET1K_V1


class DenseNet201_Weights(WeightsEnum):
    """torchvision.models.DenseNet201_Weights."""

    IMAGENET1K_V1 = ModelWeights("densenet201-c1103571.pth", 224, min_size=29)
    DEFAULT = IMAGENET1K_V1


class DenseLayer(TorchLayer):
    """torchvision.models.densenet._DenseLayer: adds `growth_rate` channels to all those before."""

    def __init__(
        self,
        num_input_features: int,
        growth_rate: int,
        bn_size: int,
        drop_rate: float,
        memory_efficient: bool = False,
    ) -> None:
        super().__init__()
        width = bn_size * growth_rate
        self.norm1 = BatchNorm2d(num_input_features)
        self.relu1 = ReLU(inplace=True)
        self.conv1 = Conv2d(num_input_features, width, 1, bias=False)
        self.norm2 = BatchNorm2d(width)
        self.relu2 = ReLU(inplace=True)
        self.conv2 = Conv2d(width, growth_rate, 3, padding=1, bias=False)
        self.drop_rate = float(drop_rate)
        self.memory_efficient = memory_efficient

    def _bottleneck(self, *inputs: Any) -> Any:
        return self.conv1(self.relu1(self.norm1(paddle.concat(list(inputs), 1))))

    def forward(self, input: Any) -> Any:
        """The new channels."""
        inputs = [input] if isinstance(input, paddle.Tensor) else input
        if self.memory_efficient and not all(x.stop_gradient for x in inputs):
            out = checkpoint(self._bottleneck, *inputs, use_reentrant=False)
        else:
            out = self._bottleneck(*inputs)
        out = self.conv2(self.relu2(self.norm2(out)))
        return F.dropout(out, self.drop_rate, training=self.training) if self.drop_rate > 0 else out


class DenseBlock(paddle.nn.LayerDict):
    """torchvision.models.densenet._DenseBlock: each layer sees the channels of all before it."""

    def __init__(
        self,
        num_layers: int,
        num_input_features: int,
        bn_size: int,
        growth_rate: int,
        drop_rate: float,
        memory_efficient: bool = False,
    ) -> None:
        super().__init__()
        for i in range(num_layers):
            width = num_input_features + i * growth_rate
            layer = DenseLayer(width, growth_rate, bn_size, drop_rate, memory_efficient)
            self.add_sublayer(f"denselayer{i + 1}", layer)

    def forward(self, init_features: Any) -> Any:
        """All channels."""
        features = [init_features]
        for layer in self.values():
            features.append(layer(features))
        return paddle.concat(features, 1)


class DenseTransition(Sequential):
    """torchvision.models.densenet._Transition: fewer channels, half the size."""

    def __init__(self, num_input_features: int, num_output_features: int) -> None:
        super().__init__()
        self.norm = BatchNorm2d(num_input_features)
        self.relu = ReLU(inplace=True)
        self.conv = Conv2d(num_input_features, num_output_features, 1, bias=False)
        self.pool = AvgPool2d(2, 2)


class DenseNet(TorchLayer):
    """torchvision.models.DenseNet."""

    def __init__(
        self,
        growth_rate: int = 32,
        block_config: Sequence[int] = (6, 12, 24, 16),
        num_init_features: int = 64,
        bn_size: int = 4,
        drop_rate: float = 0,
        num_classes: int = 1000,
        memory_efficient: bool = False,
    ) -> None:
        super().__init__()
        width = num_init_features
        layers: OrderedDict[str, Any] = OrderedDict(
            conv0=Conv2d(3, width, 7, 2, 3, bias=False),
            norm0=BatchNorm2d(width),
            relu0=ReLU(inplace=True),
            pool0=MaxPool2d(3, 2, 1),
        )
        for i, count in enumerate(block_config, 1):
            block = DenseBlock(count, width, bn_size, growth_rate, drop_rate, memory_efficient)
            layers[f"denseblock{i}"] = block
            width += count * growth_rate
            if i < len(block_config):
                layers[f"transition{i}"] = DenseTransition(width, width // 2)
                width //= 2
        layers["norm5"] = BatchNorm2d(width)
        self.features = Sequential(layers)
        self.classifier = Linear(width, num_classes)
        init_layers(self, {Conv2d: lambda m: init_kaiming_normal_(m.weight)})
        init_zeros_(self.classifier.bias)

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self.classifier(pooled_features(F.relu(self.features(x))))


def densenet_name(name: str) -> str:
    """Old files write `denselayer1.norm.1.weight` for `denselayer1.norm1.weight`."""
    return re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12]\.)", r"\1\2", name)


densenet121 = model_function(DenseNet121_Weights, DenseNet, 32, (6, 12, 24, 16), 64, renamed=densenet_name)
"""torchvision.models.densenet121."""

densenet161 = model_function(DenseNet161_Weights, DenseNet, 48, (6, 12, 36, 24), 96, renamed=densenet_name)
"""torchvision.models.densenet161."""

densenet169 = model_function(DenseNet169_Weights, DenseNet, 32, (6, 12, 32, 32), 64, renamed=densenet_name)
"""torchvision.models.densenet169."""

densenet201 = model_function(DenseNet201_Weights, DenseNet, 32, (6, 12, 48, 32), 64, renamed=densenet_name)
"""torchvision.models.densenet201."""
