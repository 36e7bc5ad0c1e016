"""torchvision's models by their names."""

from __future__ import annotations

import fnmatch
import types
from collections.abc import Iterable
from typing import Any

from paconvert.helpers.vision_models_efficient import (
    ConvNeXt_Base_Weights,
    ConvNeXt_Large_Weights,
    ConvNeXt_Small_Weights,
    ConvNeXt_Tiny_Weights,
    EfficientNet_B0_Weights,
    EfficientNet_B1_Weights,
    EfficientNet_B2_Weights,
    EfficientNet_B3_Weights,
    EfficientNet_B4_Weights,
    EfficientNet_B5_Weights,
    EfficientNet_B6_Weights,
    EfficientNet_B7_Weights,
    EfficientNet_V2_L_Weights,
    EfficientNet_V2_M_Weights,
    EfficientNet_V2_S_Weights,
    RegNet_X_1_6GF_Weights,
    RegNet_X_3_2GF_Weights,
    RegNet_X_8GF_Weights,
    RegNet_X_16GF_Weights,
    RegNet_X_32GF_Weights,
    RegNet_X_400MF_Weights,
    RegNet_X_800MF_Weights,
    RegNet_Y_1_6GF_Weights,
    RegNet_Y_3_2GF_Weights,
    RegNet_Y_8GF_Weights,
    RegNet_Y_16GF_Weights,
    RegNet_Y_32GF_Weights,
    RegNet_Y_128GF_Weights,
    RegNet_Y_400MF_Weights,
    RegNet_Y_800MF_Weights,
    convnext_base,
    convnext_large,
    convnext_small,
    convnext_tiny,
    efficientnet_b0,
    efficientnet_b1,
    efficientnet_b2,
    efficientnet_b3,
    efficientnet_b4,
    efficientnet_b5,
    efficientnet_b6,
    efficientnet_b7,
    efficientnet_v2_l,
    efficientnet_v2_m,
    efficientnet_v2_s,
    regnet_x_1_6gf,
    regnet_x_3_2gf,
    regnet_x_8gf,
    regnet_x_16gf,
    regnet_x_32gf,
    regnet_x_400mf,
    regnet_x_800mf,
    regnet_y_1_6gf,
    regnet_y_3_2gf,
    regnet_y_8gf,
    regnet_y_16gf,
    regnet_y_32gf,
    regnet_y_128gf,
    regnet_y_400mf,
    regnet_y_800mf,
)
from paconvert.helpers.vision_models_inception import (
    GoogLeNet_Weights,
    Inception_V3_Weights,
    googlenet,
    inception_v3,
)
from paconvert.helpers.vision_models_mobile import (
    MNASNet0_5_Weights,
    MNASNet0_75_Weights,
    MNASNet1_0_Weights,
    MNASNet1_3_Weights,
    MobileNet_V2_Weights,
    MobileNet_V3_Large_Weights,
    MobileNet_V3_Small_Weights,
    ShuffleNet_V2_X0_5_Weights,
    ShuffleNet_V2_X1_0_Weights,
    ShuffleNet_V2_X1_5_Weights,
    ShuffleNet_V2_X2_0_Weights,
    mnasnet0_5,
    mnasnet0_75,
    mnasnet1_0,
    mnasnet1_3,
    mobilenet_v2,
    mobilenet_v3_large,
    mobilenet_v3_small,
    shufflenet_v2_x0_5,
    shufflenet_v2_x1_0,
    shufflenet_v2_x1_5,
    shufflenet_v2_x2_0,
)
from paconvert.helpers.vision_models_plain import (
    AlexNet_Weights,
    SqueezeNet1_0_Weights,
    SqueezeNet1_1_Weights,
    VGG11_BN_Weights,
    VGG11_Weights,
    VGG13_BN_Weights,
    VGG13_Weights,
    VGG16_BN_Weights,
    VGG16_Weights,
    VGG19_BN_Weights,
    VGG19_Weights,
    alexnet,
    squeezenet1_0,
    squeezenet1_1,
    vgg11,
    vgg11_bn,
    vgg13,
    vgg13_bn,
    vgg16,
    vgg16_bn,
    vgg19,
    vgg19_bn,
)
from paconvert.helpers.vision_models_resnet import (
    DenseNet121_Weights,
    DenseNet161_Weights,
    DenseNet169_Weights,
    DenseNet201_Weights,
    ResNet18_Weights,
    ResNet34_Weights,
    ResNet50_Weights,
    ResNet101_Weights,
    ResNet152_Weights,
    ResNeXt50_32X4D_Weights,
    ResNeXt101_32X8D_Weights,
    ResNeXt101_64X4D_Weights,
    Wide_ResNet50_2_Weights,
    Wide_ResNet101_2_Weights,
    densenet121,
    densenet161,
    densenet169,
    densenet201,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    resnext50_32x4d,
    resnext101_32x8d,
    resnext101_64x4d,
    wide_resnet50_2,
    wide_resnet101_2,
)
from paconvert.helpers.vision_models_transformers import (
    Swin_B_Weights,
    Swin_S_Weights,
    Swin_T_Weights,
    Swin_V2_B_Weights,
    Swin_V2_S_Weights,
    Swin_V2_T_Weights,
    ViT_B_16_Weights,
    ViT_B_32_Weights,
    ViT_H_14_Weights,
    ViT_L_16_Weights,
    ViT_L_32_Weights,
    swin_b,
    swin_s,
    swin_t,
    swin_v2_b,
    swin_v2_s,
    swin_v2_t,
    vit_b_16,
    vit_b_32,
    vit_h_14,
    vit_l_16,
    vit_l_32,
)

VISION_MODELS: dict[str, tuple[Any, Any]] = {
    "alexnet": (alexnet, AlexNet_Weights),
    "convnext_base": (convnext_base, ConvNeXt_Base_Weights),
    "convnext_large": (convnext_large, ConvNeXt_Large_Weights),
    "convnext_small": (convnext_small, ConvNeXt_Small_Weights),
    "convnext_tiny": (convnext_tiny, ConvNeXt_Tiny_Weights),
    "densenet121": (densenet121, DenseNet121_Weights),
    "densenet161": (densenet161, DenseNet161_Weights),
    "densenet169": (densenet169, DenseNet169_Weights),
    "densenet201": (densenet201, DenseNet201_Weights),
    "efficientnet_b0": (efficientnet_b0, EfficientNet_B0_Weights),
    "efficientnet_b1": (efficientnet_b1, EfficientNet_B1_Weights),
    "efficientnet_b2": (efficientnet_b2, EfficientNet_B2_Weights),
    "efficientnet_b3": (efficientnet_b3, EfficientNet_B3_Weights),
    "efficientnet_b4": (efficientnet_b4, EfficientNet_B4_Weights),
    "efficientnet_b5": (efficientnet_b5, EfficientNet_B5_Weights),
    "efficientnet_b6": (efficientnet_b6, EfficientNet_B6_Weights),
    "efficientnet_b7": (efficientnet_b7, EfficientNet_B7_Weights),
    "efficientnet_v2_l": (efficientnet_v2_l, EfficientNet_V2_L_Weights),
    "efficientnet_v2_m": (efficientnet_v2_m, EfficientNet_V2_M_Weights),
    "efficientnet_v2_s": (efficientnet_v2_s, EfficientNet_V2_S_Weights),
    "googlenet": (googlenet, GoogLeNet_Weights),
    "inception_v3": (inception_v3, Inception_V3_Weights),
    "mnasnet0_5": (mnasnet0_5, MNASNet0_5_Weights),
    "mnasnet0_75": (mnasnet0_75, MNASNet0_75_Weights),
    "mnasnet1_0": (mnasnet1_0, MNASNet1_0_Weights),
    "mnasnet1_3": (mnasnet1_3, MNASNet1_3_Weights),
    "mobilenet_v2": (mobilenet_v2, MobileNet_V2_Weights),
    "mobilenet_v3_large": (mobilenet_v3_large, MobileNet_V3_Large_Weights),
    "mobilenet_v3_small": (mobilenet_v3_small, MobileNet_V3_Small_Weights),
    "regnet_x_16gf": (regnet_x_16gf, RegNet_X_16GF_Weights),
    "regnet_x_1_6gf": (regnet_x_1_6gf, RegNet_X_1_6GF_Weights),
    "regnet_x_32gf": (regnet_x_32gf, RegNet_X_32GF_Weights),
    "regnet_x_3_2gf": (regnet_x_3_2gf, RegNet_X_3_2GF_Weights),
    "regnet_x_400mf": (regnet_x_400mf, RegNet_X_400MF_Weights),
    "regnet_x_800mf": (regnet_x_800mf, RegNet_X_800MF_Weights),
    "regnet_x_8gf": (regnet_x_8gf, RegNet_X_8GF_Weights),
    "regnet_y_128gf": (regnet_y_128gf, RegNet_Y_128GF_Weights),
    "regnet_y_16gf": (regnet_y_16gf, RegNet_Y_16GF_Weights),
    "regnet_y_1_6gf": (regnet_y_1_6gf, RegNet_Y_1_6GF_Weights),
    "regnet_y_32gf": (regnet_y_32gf, RegNet_Y_32GF_Weights),
    "regnet_y_3_2gf": (regnet_y_3_2gf, RegNet_Y_3_2GF_Weights),
    "regnet_y_400mf": (regnet_y_400mf, RegNet_Y_400MF_Weights),
    "regnet_y_800mf": (regnet_y_800mf, RegNet_Y_800MF_Weights),
    "regnet_y_8gf": (regnet_y_8gf, RegNet_Y_8GF_Weights),
    "resnet101": (resnet101, ResNet101_Weights),
    "resnet152": (resnet152, ResNet152_Weights),
    "resnet18": (resnet18, ResNet18_Weights),
    "resnet34": (resnet34, ResNet34_Weights),
    "resnet50": (resnet50, ResNet50_Weights),
    "resnext101_32x8d": (resnext101_32x8d, ResNeXt101_32X8D_Weights),
    "resnext101_64x4d": (resnext101_64x4d, ResNeXt101_64X4D_Weights),
    "resnext50_32x4d": (resnext50_32x4d, ResNeXt50_32X4D_Weights),
    "shufflenet_v2_x0_5": (shufflenet_v2_x0_5, ShuffleNet_V2_X0_5_Weights),
    "shufflenet_v2_x1_0": (shufflenet_v2_x1_0, ShuffleNet_V2_X1_0_Weights),
    "shufflenet_v2_x1_5": (shufflenet_v2_x1_5, ShuffleNet_V2_X1_5_Weights),
    "shufflenet_v2_x2_0": (shufflenet_v2_x2_0, ShuffleNet_V2_X2_0_Weights),
    "squeezenet1_0": (squeezenet1_0, SqueezeNet1_0_Weights),
    "squeezenet1_1": (squeezenet1_1, SqueezeNet1_1_Weights),
    "swin_b": (swin_b, Swin_B_Weights),
    "swin_s": (swin_s, Swin_S_Weights),
    "swin_t": (swin_t, Swin_T_Weights),
    "swin_v2_b": (swin_v2_b, Swin_V2_B_Weights),
    "swin_v2_s": (swin_v2_s, Swin_V2_S_Weights),
    "swin_v2_t": (swin_v2_t, Swin_V2_T_Weights),
    "vgg11": (vgg11, VGG11_Weights),
    "vgg11_bn": (vgg11_bn, VGG11_BN_Weights),
    "vgg13": (vgg13, VGG13_Weights),
    "vgg13_bn": (vgg13_bn, VGG13_BN_Weights),
    "vgg16": (vgg16, VGG16_Weights),
    "vgg16_bn": (vgg16_bn, VGG16_BN_Weights),
    "vgg19": (vgg19, VGG19_Weights),
    "vgg19_bn": (vgg19_bn, VGG19_BN_Weights),
    "vit_b_16": (vit_b_16, ViT_B_16_Weights),
    "vit_b_32": (vit_b_32, ViT_B_32_Weights),
    "vit_h_14": (vit_h_14, ViT_H_14_Weights),
    "vit_l_16": (vit_l_16, ViT_L_16_Weights),
    "vit_l_32": (vit_l_32, ViT_L_32_Weights),
    "wide_resnet101_2": (wide_resnet101_2, Wide_ResNet101_2_Weights),
    "wide_resnet50_2": (wide_resnet50_2, Wide_ResNet50_2_Weights),
}
"""Name → function that makes the model, and its weights."""


vision_model_functions = {name: entry[0] for name, entry in VISION_MODELS.items()}
"""Name → function that makes the model."""

vision_model_namespace = types.SimpleNamespace(**vision_model_functions)
"""The functions that make models as attributes, to be looked up by name."""


def vision_model_entry(name: Any) -> tuple[Any, Any]:
    """The function and the weights of a model, by its name or function."""
    if not isinstance(name, str):
        name = name.__name__
    if name.lower() not in VISION_MODELS:
        raise ValueError(f"Unknown model {name.lower()}")
    return VISION_MODELS[name.lower()]


def get_model_builder(name: str) -> Any:
    """torchvision.models.get_model_builder."""
    return vision_model_entry(name)[0]


def get_model(name: str, **config: Any) -> Any:
    """torchvision.models.get_model."""
    return vision_model_entry(name)[0](**config)


def get_model_weights(name: Any) -> Any:
    """torchvision.models.get_model_weights, of a name or of the function that makes the model."""
    return vision_model_entry(name)[1]


def get_weight(name: str) -> Any:
    """torchvision.models.get_weight: the weights with this full name."""
    if name.count(".") != 1:
        raise ValueError(f"Invalid weight name provided: '{name}'.")
    enum_name, member = name.split(".")
    for _, weights in VISION_MODELS.values():
        if weights.__name__.rstrip("_") == enum_name:  # a class may have got another name in the output
            return weights[member]
    raise ValueError(f"The weight enum '{enum_name}' for the specific method couldn't be retrieved.")


def list_models(
    module: Any = None, include: Iterable[str] | str | None = None, exclude: Iterable[str] | str | None = None
) -> list[str]:
    """torchvision.models.list_models, of the models for classification."""
    wanted = [include] if isinstance(include, str) else list(include or ["*"])
    unwanted = [exclude] if isinstance(exclude, str) else list(exclude or [])
    return sorted(
        name
        for name in VISION_MODELS
        if any(fnmatch.fnmatch(name, pattern) for pattern in wanted)
        and not any(fnmatch.fnmatch(name, pattern) for pattern in unwanted)
    )
