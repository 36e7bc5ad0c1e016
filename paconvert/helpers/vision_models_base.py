"""What torchvision's models share: weights and where they come from, common blocks, initial values."""

from __future__ import annotations

import enum
import functools
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.activation_modules import ReLU
from paconvert.helpers.containers import Sequential
from paconvert.helpers.convolution import Conv2d, Conv3d
from paconvert.helpers.hub import load_state_dict_from_url
from paconvert.helpers.init import init_zeros_
from paconvert.helpers.layers import Linear, TorchLayer
from paconvert.helpers.normalization import BatchNorm2d, BatchNorm3d
from paconvert.helpers.pooling_modules import AdaptiveAvgPool2d
from paconvert.helpers.vision_functional import (
    InterpolationMode,
    center_crop,
    convert_image_dtype,
    pil_to_tensor,
    resize,
    vision_normalize,
)


class ImageClassification(TorchLayer):
    """The transform that belongs to weights for classification: resize, crop, scale to [0, 1], normalize."""

    def __init__(
        self,
        *,
        crop_size: int,
        resize_size: int = 256,
        mean: Sequence[float] = (0.485, 0.456, 0.406),
        std: Sequence[float] = (0.229, 0.224, 0.225),
        interpolation: Any = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        self.crop_size, self.resize_size = [crop_size], [resize_size]
        self.mean, self.std = list(mean), list(std)
        self.interpolation, self.antialias = interpolation, antialias

    def forward(self, img: Any) -> Any:
        """The image, or batch of images, as a float tensor."""
        img = resize(img, self.resize_size, interpolation=self.interpolation, antialias=self.antialias)
        img = center_crop(img, self.crop_size)
        if not isinstance(img, paddle.Tensor):
            img = pil_to_tensor(img)
        return vision_normalize(convert_image_dtype(img, paddle.float32), self.mean, self.std)


class WeightsMeta(dict[str, Any]):
    """What is known about weights: `min_size`, the smallest image."""

    def __missing__(self, key: str) -> Any:
        raise KeyError(f"{key!r} of torchvision's weights is known to torchvision only")


@dataclass(frozen=True)
class ModelWeights:
    """One set of weights: the name of its file and the transform of its images."""

    file: str
    crop_size: int
    resize_size: int = 256
    interpolation: str = "bilinear"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    min_size: int = 1
    num_classes: int | None = 1000

    @property
    def url(self) -> str:
        """Where the file can be had."""
        return f"https://download.pytorch.org/models/{self.file}"

    @property
    def transforms(self) -> Callable[[], ImageClassification]:
        """Makes the transform for images."""
        return functools.partial(
            ImageClassification,
            crop_size=self.crop_size,
            resize_size=self.resize_size,
            interpolation=InterpolationMode(self.interpolation),
            mean=self.mean,
            std=self.std,
        )

    @property
    def meta(self) -> WeightsMeta:
        """What is known about the weights."""
        return WeightsMeta(min_size=(self.min_size, self.min_size))


class WeightsEnum(enum.Enum):
    """torchvision.models.WeightsEnum: the sets of weights of one model."""

    @classmethod
    def verify(cls, obj: Any) -> Any:
        """The member that `obj` is, or names; None stays None."""
        if isinstance(obj, str):
            return cls[obj.replace(cls.__name__ + ".", "")]
        if obj is not None and not isinstance(obj, cls):
            raise TypeError(
                f"Invalid Weight class provided; expected {cls.__name__} but received {type(obj).__name__}."
            )
        return obj

    def get_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """Downloads the weights, once; the arguments are those of `load_state_dict_from_url`."""
        return load_state_dict_from_url(self.value.url, *args, **kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}.{self.name}"

    @property
    def url(self) -> str:
        """Where the file can be had."""
        return self.value.url  # type: ignore[no-any-return]

    @property
    def transforms(self) -> Any:
        """Makes the transform for images."""
        return self.value.transforms

    @property
    def meta(self) -> Any:
        """What is known about the weights."""
        return self.value.meta


def set_argument(kwargs: dict[str, Any], name: str, value: Any) -> None:
    """Gives an argument its only possible value."""
    if kwargs.setdefault(name, value) != value:
        raise ValueError(f"The parameter '{name}' expected value {value} but got {kwargs[name]} instead.")


def chosen_weights(weights_enum: Any, weights: Any, kwargs: dict[str, Any]) -> Any:
    """The weights that `weights=` names, or the old `pretrained=`, which is taken out of `kwargs`."""
    if isinstance(weights, bool):
        weights, kwargs = None, {**kwargs, "pretrained": weights}
    elif "pretrained" not in kwargs:
        return weights_enum.verify(weights)
    warnings.warn("The parameter 'pretrained' is deprecated, please use 'weights' instead.", stacklevel=4)
    if not kwargs["pretrained"]:
        return None
    if "IMAGENET1K_V1" not in weights_enum.__members__:
        raise ValueError(f"No weights available: {weights_enum.__name__} has no IMAGENET1K_V1")
    return weights_enum["IMAGENET1K_V1"]


def load_pretrained(model: Any, weights: Any, progress: bool, renamed: Callable[[str], str]) -> None:
    """Downloads `weights` into `model`; `renamed` gives the present name of an entry in old files."""
    state = {
        renamed(name): value
        for name, value in weights.get_state_dict(progress=progress, check_hash=True).items()
    }
    own = model.state_dict()
    wrong = [name for name in own if name not in state and not name.endswith(".num_batches_tracked")]
    wrong += [name for name, value in state.items() if name not in own or value.shape != own[name].shape]
    if wrong:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(model).__name__}: {', '.join(wrong)}")
    model.set_state_dict({name: value.astype(own[name].dtype) for name, value in state.items()})


def build_model(
    weights_enum: Any,
    weights: Any,
    progress: bool,
    kwargs: dict[str, Any],
    build: Callable[..., Any],
    *args: Any,
    renamed: Callable[[str], str] = str,
    trained: dict[str, Any] | None = None,
) -> Any:
    """Makes a model as torchvision's functions do.

    Args:
        weights_enum: the weights that there are.
        weights: what the user gave.
        progress: passed on to the download.
        kwargs: the user's further arguments.
        build: makes the model from `args` and `kwargs`.
        args: what makes it this model.
        renamed: gives the present name of an entry in old files.
        trained: arguments that weights ask for.
    """
    chosen = chosen_weights(weights_enum, weights, kwargs)
    kwargs = {name: value for name, value in kwargs.items() if name != "pretrained"}
    if chosen is not None:
        given = {"num_classes": chosen.value.num_classes, **(trained or {})}
        for name, value in given.items():
            if value is not None:
                set_argument(kwargs, name, value)
    model = build(*args, **kwargs)
    if chosen is not None:
        load_pretrained(model, chosen, progress, renamed)
    return model


def model_function(
    weights_enum: Any,
    build: Callable[..., Any],
    *args: Any,
    renamed: Callable[[str], str] = str,
    trained: dict[str, Any] | None = None,
) -> Callable[..., Any]:
    """torchvision's function that makes one model, named after its weights (arguments as `build_model`'s)."""

    def make(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
        return build_model(
            weights_enum, weights, progress, kwargs, build, *args, renamed=renamed, trained=trained
        )

    make.__name__ = make.__qualname__ = weights_enum.__name__.removesuffix("_Weights").lower()
    return make


def init_layers(model: Any, functions: dict[type, Callable[[Any], Any]]) -> None:
    """Calls, for each layer of these classes in the model, its function; biases become zero."""
    for layer in model.sublayers(include_self=True):
        function = next((f for kind, f in functions.items() if isinstance(layer, kind)), None)
        if function is not None:
            function(layer)
            if layer.bias is not None:
                init_zeros_(layer.bias)


class FeatureClassifier(TorchLayer):
    """The base of models that classify by the means of their features."""

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def make_divisible(v: float, divisor: int, min_value: int | None = None) -> int:
    """The multiple of `divisor` next to `v`, and not more than a tenth below it."""
    rounded = max(divisor if min_value is None else min_value, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * v else rounded


class ConvNormActivation(Sequential):
    """torchvision.ops.misc.ConvNormActivation: a convolution, its norm and its activation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any = 3,
        stride: Any = 1,
        padding: Any = None,
        groups: int = 1,
        norm_layer: Callable[..., Any] | None = BatchNorm2d,
        activation_layer: Callable[..., Any] | None = ReLU,
        dilation: Any = 1,
        inplace: bool | None = True,
        bias: bool | None = None,
        conv_layer: Callable[..., Any] = Conv2d,
    ) -> None:
        if padding is None:
            if isinstance(kernel_size, int) and isinstance(dilation, int):
                padding = (kernel_size - 1) // 2 * dilation
            else:
                dims = len(dilation if isinstance(kernel_size, int) else kernel_size)
                kernel_size = (kernel_size,) * dims if isinstance(kernel_size, int) else tuple(kernel_size)
                dilation = (dilation,) * dims if isinstance(dilation, int) else tuple(dilation)
                padding = tuple((k - 1) // 2 * d for k, d in zip(kernel_size, dilation, strict=True))
        layers = [
            conv_layer(
                in_channels,
                out_channels,
                kernel_size,
                stride,
                padding,
                dilation=dilation,
                groups=groups,
                bias=norm_layer is None if bias is None else bias,
            )
        ]
        if norm_layer is not None:
            layers.append(norm_layer(out_channels))
        if activation_layer is not None:
            layers.append(activation_layer(**({} if inplace is None else {"inplace": inplace})))
        super().__init__(*layers)
        self.out_channels = out_channels


class Conv2dNormActivation(ConvNormActivation):
    """torchvision.ops.Conv2dNormActivation."""


class Conv3dNormActivation(ConvNormActivation):
    """torchvision.ops.Conv3dNormActivation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any = 3,
        stride: Any = 1,
        padding: Any = None,
        groups: int = 1,
        norm_layer: Callable[..., Any] | None = BatchNorm3d,
        activation_layer: Callable[..., Any] | None = ReLU,
        dilation: Any = 1,
        inplace: bool | None = True,
        bias: bool | None = None,
    ) -> None:
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            stride,
            padding,
            groups,
            norm_layer,
            activation_layer,
            dilation,
            inplace,
            bias,
            Conv3d,
        )


class SqueezeExcitation(TorchLayer):
    """torchvision.ops.SqueezeExcitation: scales channels by what is in all of the image."""

    def __init__(
        self,
        input_channels: int,
        squeeze_channels: int,
        activation: Callable[..., Any] = ReLU,
        scale_activation: Callable[..., Any] = paddle.nn.Sigmoid,
    ) -> None:
        super().__init__()
        self.avgpool = AdaptiveAvgPool2d(1)
        self.fc1 = Conv2d(input_channels, squeeze_channels, 1)
        self.fc2 = Conv2d(squeeze_channels, input_channels, 1)
        self.activation = activation()
        self.scale_activation = scale_activation()

    def forward(self, input: Any) -> Any:
        """The input, scaled."""
        scale = self.fc2(self.activation(self.fc1(self.avgpool(input))))
        return self.scale_activation(scale) * input


class MLP(Sequential):
    """torchvision.ops.MLP: linear layers with norms, activations and dropout between them."""

    def __init__(
        self,
        in_channels: int,
        hidden_channels: Sequence[int],
        norm_layer: Callable[..., Any] | None = None,
        activation_layer: Callable[..., Any] = ReLU,
        inplace: bool | None = None,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        layers: list[Any] = []
        *hidden, last = hidden_channels
        for width in hidden:
            layers.append(Linear(in_channels, width, bias=bias))
            if norm_layer is not None:
                layers.append(norm_layer(width))
            layers.append(activation_layer(**({} if inplace is None else {"inplace": inplace})))
            layers.append(paddle.nn.Dropout(dropout))
            in_channels = width
        super().__init__(*layers, Linear(in_channels, last, bias=bias), paddle.nn.Dropout(dropout))


class Permute(TorchLayer):
    """torchvision.ops.Permute."""

    def __init__(self, dims: Sequence[int]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Any) -> Any:
        """The input with its dimensions in another order."""
        return x.transpose(list(self.dims))


def pooled_features(x: Any) -> Any:
    """The means over height and width, (N, C)."""
    return F.adaptive_avg_pool2d(x, 1).flatten(1)


class IntermediateLayerGetter(paddle.nn.LayerDict):
    """torchvision.models._utils.IntermediateLayerGetter: what layers of a model give, under new names."""

    def __init__(self, model: Any, return_layers: dict[str, str]) -> None:
        children = dict(model.named_children())
        if not set(return_layers) <= set(children):
            raise ValueError("return_layers are not present in model")
        names = list(children)
        last = max((names.index(str(name)) for name in return_layers), default=-1)
        super().__init__({name: children[name] for name in names[: last + 1]})
        self.return_layers = return_layers

    def forward(self, x: Any) -> dict[str, Any]:
        """New name → what the layer gives."""
        wanted = {str(old): str(new) for old, new in self.return_layers.items()}
        results: OrderedDict[str, Any] = OrderedDict()
        for name, layer in self.items():
            x = layer(x)
            if name in wanted:
                results[wanted[name]] = x
        return results
