"""torchvision's GoogLeNet and Inception v3."""

from __future__ import annotations

import warnings
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.containers import Sequential
from paconvert.helpers.convolution import Conv2d
from paconvert.helpers.init import init_trunc_normal_
from paconvert.helpers.layers import Linear, TorchLayer
from paconvert.helpers.normalization import BatchNorm2d
from paconvert.helpers.pooling_modules import AdaptiveAvgPool2d, MaxPool2d
from paconvert.helpers.vision_models_base import (
    ModelWeights,
    WeightsEnum,
    build_model,
    chosen_weights,
    pooled_features,
)

GoogLeNetOutputs = namedtuple("GoogLeNetOutputs", ["logits", "aux_logits2", "aux_logits1"])
InceptionOutputs = namedtuple("InceptionOutputs", ["logits", "aux_logits"])


class GoogLeNet_Weights(WeightsEnum):
    """torchvision.models.GoogLeNet_Weights."""

    IMAGENET1K_V1 = ModelWeights("googlenet-1378be20.pth", 224, min_size=15)
    DEFAULT = IMAGENET1K_V1


class Inception_V3_Weights(WeightsEnum):
    """torchvision.models.Inception_V3_Weights."""

    IMAGENET1K_V1 = ModelWeights("inception_v3_google-0cc3c7bd.pth", 299, 342, min_size=75)
    DEFAULT = IMAGENET1K_V1


class BasicConv2d(TorchLayer):
    """torchvision.models.inception.BasicConv2d: a convolution, its norm and ReLU."""

    def __init__(self, in_channels: int, out_channels: int, **kwargs: Any) -> None:
        super().__init__()
        self.conv = Conv2d(in_channels, out_channels, bias=False, **kwargs)
        self.bn = BatchNorm2d(out_channels, eps=0.001)

    def forward(self, x: Any) -> Any:
        """The convolution, normalised and cut at zero."""
        return F.relu(self.bn(self.conv(x)))


def imagenet_to_half(x: Any) -> Any:
    """Images normalised by the means of ImageNet, normalised to [-1, 1] instead."""
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return paddle.stack([x[:, i] * (std[i] / 0.5) + (mean[i] - 0.5) / 0.5 for i in range(3)], 1)


def init_truncated(model: Any, std: float, init_weights: bool | None) -> None:
    """Initial values of both models: truncated normal, each layer's `stddev` or else `std`."""
    if init_weights is None:
        text = f"The default weight initialization of {type(model).__name__} will be changed"
        warnings.warn(f"{text}; set init_weights=True to keep it.", FutureWarning, stacklevel=3)
        init_weights = True
    if init_weights:
        for layer in model.sublayers():
            if isinstance(layer, (Conv2d, Linear)):
                init_trunc_normal_(layer.weight, 0.0, float(getattr(layer, "stddev", std)), -2, 2)


class GoogLeNetInception(TorchLayer):
    """torchvision.models.googlenet.Inception."""

    def __init__(
        self,
        in_channels: int,
        ch1x1: int,
        ch3x3red: int,
        ch3x3: int,
        ch5x5red: int,
        ch5x5: int,
        pool_proj: int,
        conv_block: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__()
        conv = conv_block or BasicConv2d
        self.branch1 = conv(in_channels, ch1x1, kernel_size=1)
        self.branch2 = Sequential(
            conv(in_channels, ch3x3red, kernel_size=1), conv(ch3x3red, ch3x3, kernel_size=3, padding=1)
        )
        self.branch3 = Sequential(
            conv(in_channels, ch5x5red, kernel_size=1), conv(ch5x5red, ch5x5, kernel_size=3, padding=1)
        )
        self.branch4 = Sequential(
            MaxPool2d(3, 1, 1, ceil_mode=True), conv(in_channels, pool_proj, kernel_size=1)
        )

    def forward(self, x: Any) -> Any:
        """The channels of the four branches."""
        return paddle.concat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class GoogLeNetAux(TorchLayer):
    """torchvision.models.googlenet.InceptionAux: a classifier in the middle of the network."""

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        conv_block: Callable[..., Any] | None = None,
        dropout: float = 0.7,
    ) -> None:
        super().__init__()
        self.conv = (conv_block or BasicConv2d)(in_channels, 128, kernel_size=1)
        self.fc1 = Linear(2048, 1024)
        self.fc2 = Linear(1024, num_classes)
        self.dropout = paddle.nn.Dropout(dropout)

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        x = self.conv(F.adaptive_avg_pool2d(x, 4)).flatten(1)
        return self.fc2(self.dropout(F.relu(self.fc1(x))))


class GoogLeNet(TorchLayer):
    """torchvision.models.GoogLeNet."""

    def __init__(
        self,
        num_classes: int = 1000,
        aux_logits: bool = True,
        transform_input: bool = False,
        init_weights: bool | None = None,
        blocks: Sequence[Callable[..., Any]] | None = None,
        dropout: float = 0.2,
        dropout_aux: float = 0.7,
    ) -> None:
        super().__init__()
        blocks = [BasicConv2d, GoogLeNetInception, GoogLeNetAux] if blocks is None else blocks
        if len(blocks) != 3:
            raise ValueError(f"blocks length should be 3 instead of {len(blocks)}")
        conv, inception, aux = blocks
        self.aux_logits, self.transform_input = aux_logits, transform_input
        self.conv1 = conv(3, 64, kernel_size=7, stride=2, padding=3)
        self.maxpool1 = MaxPool2d(3, 2, ceil_mode=True)
        self.conv2 = conv(64, 64, kernel_size=1)
        self.conv3 = conv(64, 192, kernel_size=3, padding=1)
        self.maxpool2 = MaxPool2d(3, 2, ceil_mode=True)
        self.inception3a = inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = inception(256, 128, 128, 192, 32, 96, 64)
        self.maxpool3 = MaxPool2d(3, 2, ceil_mode=True)
        self.inception4a = inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = inception(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = inception(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = inception(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = inception(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = MaxPool2d(2, 2, ceil_mode=True)
        self.inception5a = inception(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = inception(832, 384, 192, 384, 48, 128, 128)
        self.aux1 = aux(512, num_classes, dropout=dropout_aux) if aux_logits else None
        self.aux2 = aux(528, num_classes, dropout=dropout_aux) if aux_logits else None
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.dropout = paddle.nn.Dropout(dropout)
        self.fc = Linear(1024, num_classes)
        init_truncated(self, 0.01, init_weights)

    def forward(self, x: Any) -> Any:
        """The scores of the classes; in training also those of the two classifiers in the middle."""
        if self.transform_input:
            x = imagenet_to_half(x)
        x = self.maxpool2(self.conv3(self.conv2(self.maxpool1(self.conv1(x)))))
        x = self.inception4a(self.maxpool3(self.inception3b(self.inception3a(x))))
        aux1 = self.aux1(x) if self.training and self.aux1 is not None else None
        x = self.inception4d(self.inception4c(self.inception4b(x)))
        aux2 = self.aux2(x) if self.training and self.aux2 is not None else None
        x = self.inception5b(self.inception5a(self.maxpool4(self.inception4e(x))))
        x = self.fc(self.dropout(self.avgpool(x).flatten(1)))
        return GoogLeNetOutputs(x, aux2, aux1) if self.training and self.aux_logits else x


def model_without_aux(
    weights_enum: Any, weights: Any, progress: bool, kwargs: dict[str, Any], build: Any, aux: Sequence[str]
) -> Any:
    """A trained model whose classifiers `aux` are taken away after loading, unless they are asked for."""
    trained = {"aux_logits": True, "init_weights": False}
    wanted = kwargs.get("aux_logits", build is Inception3)
    if chosen_weights(weights_enum, weights, dict(kwargs)) is not None:
        kwargs.setdefault("transform_input", True)
        kwargs["aux_logits"] = True
        model = build_model(weights_enum, weights, progress, kwargs, build, trained=trained)
        if not wanted:
            model.aux_logits = False
            for name in aux:
                setattr(model, name, None)
        return model
    return build_model(weights_enum, weights, progress, kwargs, build)


def googlenet(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
    """torchvision.models.googlenet."""
    return model_without_aux(GoogLeNet_Weights, weights, progress, kwargs, GoogLeNet, ("aux1", "aux2"))


class InceptionBranches(TorchLayer):
    """What the blocks of Inception v3 share: named branches of convolutions side by side."""

    def __init__(self, conv_block: Callable[..., Any] | None, **convolutions: tuple[Any, ...]) -> None:
        """`convolutions`: name → channels in, channels out, kernel size, padding, stride."""
        super().__init__()
        for name, (width, out, kernel, *rest) in convolutions.items():
            extra = dict(zip(("padding", "stride"), rest, strict=False))
            setattr(self, name, (conv_block or BasicConv2d)(width, out, kernel_size=kernel, **extra))

    def _through(self, x: Any, *names: str) -> Any:
        for name in names:
            x = getattr(self, name)(x)
        return x

    def _pooled(self, x: Any) -> Any:
        return self.branch_pool(F.avg_pool2d(x, 3, 1, 1, exclusive=False))


class InceptionA(InceptionBranches):
    """torchvision.models.inception.InceptionA."""

    def __init__(
        self, in_channels: int, pool_features: int, conv_block: Callable[..., Any] | None = None
    ) -> None:
        super().__init__(
            conv_block,
            branch1x1=(in_channels, 64, 1),
            branch5x5_1=(in_channels, 48, 1),
            branch5x5_2=(48, 64, 5, 2),
            branch3x3dbl_1=(in_channels, 64, 1),
            branch3x3dbl_2=(64, 96, 3, 1),
            branch3x3dbl_3=(96, 96, 3, 1),
            branch_pool=(in_channels, pool_features, 1),
        )

    def forward(self, x: Any) -> Any:
        """The channels of the branches."""
        branches = [
            self.branch1x1(x),
            self._through(x, "branch5x5_1", "branch5x5_2"),
            self._through(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"),
            self._pooled(x),
        ]
        return paddle.concat(branches, 1)


class InceptionB(InceptionBranches):
    """torchvision.models.inception.InceptionB."""

    def __init__(self, in_channels: int, conv_block: Callable[..., Any] | None = None) -> None:
        super().__init__(
            conv_block,
            branch3x3=(in_channels, 384, 3, 0, 2),
            branch3x3dbl_1=(in_channels, 64, 1),
            branch3x3dbl_2=(64, 96, 3, 1),
            branch3x3dbl_3=(96, 96, 3, 0, 2),
        )

    def forward(self, x: Any) -> Any:
        """The channels of the branches."""
        double = self._through(x, "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3")
        return paddle.concat([self.branch3x3(x), double, F.max_pool2d(x, 3, 2)], 1)


class InceptionC(InceptionBranches):
    """torchvision.models.inception.InceptionC."""

    def __init__(
        self, in_channels: int, channels_7x7: int, conv_block: Callable[..., Any] | None = None
    ) -> None:
        c7, wide, high = channels_7x7, ((1, 7), (0, 3)), ((7, 1), (3, 0))
        super().__init__(
            conv_block,
            branch1x1=(in_channels, 192, 1),
            branch7x7_1=(in_channels, c7, 1),
            branch7x7_2=(c7, c7, *wide),
            branch7x7_3=(c7, 192, *high),
            branch7x7dbl_1=(in_channels, c7, 1),
            branch7x7dbl_2=(c7, c7, *high),
            branch7x7dbl_3=(c7, c7, *wide),
            branch7x7dbl_4=(c7, c7, *high),
            branch7x7dbl_5=(c7, 192, *wide),
            branch_pool=(in_channels, 192, 1),
        )

    def forward(self, x: Any) -> Any:
        """The channels of the branches."""
        branches = [
            self.branch1x1(x),
            self._through(x, *(f"branch7x7_{i}" for i in range(1, 4))),
            self._through(x, *(f"branch7x7dbl_{i}" for i in range(1, 6))),
            self._pooled(x),
        ]
        return paddle.concat(branches, 1)


class InceptionD(InceptionBranches):
    """torchvision.models.inception.InceptionD."""

    def __init__(self, in_channels: int, conv_block: Callable[..., Any] | None = None) -> None:
        super().__init__(
            conv_block,
            branch3x3_1=(in_channels, 192, 1),
            branch3x3_2=(192, 320, 3, 0, 2),
            branch7x7x3_1=(in_channels, 192, 1),
            branch7x7x3_2=(192, 192, (1, 7), (0, 3)),
            branch7x7x3_3=(192, 192, (7, 1), (3, 0)),
            branch7x7x3_4=(192, 192, 3, 0, 2),
        )

    def forward(self, x: Any) -> Any:
        """The channels of the branches."""
        branches = [
            self._through(x, "branch3x3_1", "branch3x3_2"),
            self._through(x, *(f"branch7x7x3_{i}" for i in range(1, 5))),
            F.max_pool2d(x, 3, 2),
        ]
        return paddle.concat(branches, 1)


class InceptionE(InceptionBranches):
    """torchvision.models.inception.InceptionE."""

    def __init__(self, in_channels: int, conv_block: Callable[..., Any] | None = None) -> None:
        wide, high = ((1, 3), (0, 1)), ((3, 1), (1, 0))
        super().__init__(
            conv_block,
            branch1x1=(in_channels, 320, 1),
            branch3x3_1=(in_channels, 384, 1),
            branch3x3_2a=(384, 384, *wide),
            branch3x3_2b=(384, 384, *high),
            branch3x3dbl_1=(in_channels, 448, 1),
            branch3x3dbl_2=(448, 384, 3, 1),
            branch3x3dbl_3a=(384, 384, *wide),
            branch3x3dbl_3b=(384, 384, *high),
            branch_pool=(in_channels, 192, 1),
        )

    def forward(self, x: Any) -> Any:
        """The channels of the branches."""
        single = self.branch3x3_1(x)
        double = self._through(x, "branch3x3dbl_1", "branch3x3dbl_2")
        branches = [
            self.branch1x1(x),
            self.branch3x3_2a(single),
            self.branch3x3_2b(single),
            self.branch3x3dbl_3a(double),
            self.branch3x3dbl_3b(double),
            self._pooled(x),
        ]
        return paddle.concat(branches, 1)


class InceptionAux(TorchLayer):
    """torchvision.models.inception.InceptionAux: a classifier in the middle of the network."""

    def __init__(
        self, in_channels: int, num_classes: int, conv_block: Callable[..., Any] | None = None
    ) -> None:
        super().__init__()
        conv = conv_block or BasicConv2d
        self.conv0 = conv(in_channels, 128, kernel_size=1)
        self.conv1 = conv(128, 768, kernel_size=5)
        self.conv1.stddev = 0.01
        self.fc = Linear(768, num_classes)
        self.fc.stddev = 0.001

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        x = self.conv1(self.conv0(F.avg_pool2d(x, 5, 3)))
        return self.fc(pooled_features(x))


class Inception3(TorchLayer):
    """torchvision.models.Inception3."""

    def __init__(
        self,
        num_classes: int = 1000,
        aux_logits: bool = True,
        transform_input: bool = False,
        inception_blocks: Sequence[Callable[..., Any]] | None = None,
        init_weights: bool | None = None,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        if inception_blocks is None:
            inception_blocks = [
                BasicConv2d,
                InceptionA,
                InceptionB,
                InceptionC,
                InceptionD,
                InceptionE,
                InceptionAux,
            ]
        if len(inception_blocks) != 7:
            raise ValueError(f"length of inception_blocks should be 7 instead of {len(inception_blocks)}")
        conv, block_a, block_b, block_c, block_d, block_e, aux = inception_blocks
        self.aux_logits, self.transform_input = aux_logits, transform_input
        self.Conv2d_1a_3x3 = conv(3, 32, kernel_size=3, stride=2)
        self.Conv2d_2a_3x3 = conv(32, 32, kernel_size=3)
        self.Conv2d_2b_3x3 = conv(32, 64, kernel_size=3, padding=1)
        self.maxpool1 = MaxPool2d(3, 2)
        self.Conv2d_3b_1x1 = conv(64, 80, kernel_size=1)
        self.Conv2d_4a_3x3 = conv(80, 192, kernel_size=3)
        self.maxpool2 = MaxPool2d(3, 2)
        self.Mixed_5b = block_a(192, pool_features=32)
        self.Mixed_5c = block_a(256, pool_features=64)
        self.Mixed_5d = block_a(288, pool_features=64)
        self.Mixed_6a = block_b(288)
        self.Mixed_6b = block_c(768, channels_7x7=128)
        self.Mixed_6c = block_c(768, channels_7x7=160)
        self.Mixed_6d = block_c(768, channels_7x7=160)
        self.Mixed_6e = block_c(768, channels_7x7=192)
        self.AuxLogits = aux(768, num_classes) if aux_logits else None
        self.Mixed_7a = block_d(768)
        self.Mixed_7b = block_e(1280)
        self.Mixed_7c = block_e(2048)
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.dropout = paddle.nn.Dropout(dropout)
        self.fc = Linear(2048, num_classes)
        init_truncated(self, 0.1, init_weights)

    def forward(self, x: Any) -> Any:
        """The scores of the classes; in training also those of the classifier in the middle."""
        if self.transform_input:
            x = imagenet_to_half(x)
        x = self.maxpool1(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x))))
        x = self.maxpool2(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x)))
        x = self.Mixed_6a(self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x))))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(x))))
        aux = self.AuxLogits(x) if self.training and self.AuxLogits is not None else None
        x = self.avgpool(self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x))))
        x = self.fc(self.dropout(x).flatten(1))
        return InceptionOutputs(x, aux) if self.training and self.aux_logits else x


def inception_v3(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
    """torchvision.models.inception_v3."""
    return model_without_aux(Inception_V3_Weights, weights, progress, kwargs, Inception3, ("AuxLogits",))
