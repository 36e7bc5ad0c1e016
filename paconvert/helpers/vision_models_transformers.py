"""torchvision's vision transformers: ViT and Swin."""

from __future__ import annotations

import functools
import math
import re
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.activation_modules import ReLU
from paconvert.helpers.attention import MultiheadAttention
from paconvert.helpers.containers import Sequential
from paconvert.helpers.convolution import Conv2d
from paconvert.helpers.functional import pad
from paconvert.helpers.functional_vision import interpolate
from paconvert.helpers.init import (
    init_normal_,
    init_trunc_normal_,
    init_xavier_uniform_,
    init_zeros_,
)
from paconvert.helpers.layers import Flatten, Linear, TorchLayer
from paconvert.helpers.normalization import BatchNorm2d, LayerNorm
from paconvert.helpers.pooling_modules import AdaptiveAvgPool2d
from paconvert.helpers.vision_models_base import (
    MLP,
    Conv2dNormActivation,
    ModelWeights,
    Permute,
    WeightsEnum,
    build_model,
    chosen_weights,
    init_layers,
    model_function,
)
from paconvert.helpers.vision_ops import StochasticDepth

ConvStemConfig = namedtuple(
    "ConvStemConfig",
    ["out_channels", "kernel_size", "stride", "norm_layer", "activation_layer"],
    defaults=(BatchNorm2d, ReLU),
)


def init_mlp(mlp: Any) -> None:
    """Initial values of the linear layers between attentions."""
    for layer in mlp.sublayers():
        if isinstance(layer, Linear):
            init_xavier_uniform_(layer.weight)
            init_normal_(layer.bias, std=1e-6)


class ViT_B_16_Weights(WeightsEnum):
    """torchvision.models.ViT_B_16_Weights."""

    IMAGENET1K_V1 = ModelWeights("vit_b_16-c867db91.pth", 224, min_size=224)
    IMAGENET1K_SWAG_E2E_V1 = ModelWeights(
        "vit_b_16_swag-9ac1b537.pth", 384, 384, interpolation="bicubic", min_size=384
    )
    IMAGENET1K_SWAG_LINEAR_V1 = ModelWeights(
        "vit_b_16_lc_swag-4e70ced5.pth", 224, 224, interpolation="bicubic", min_size=224
    )
    DEFAULT = IMAGENET1K_V1


class ViT_B_32_Weights(WeightsEnum):
    """torchvision.models.ViT_B_32_Weights."""

    IMAGENET1K_V1 = ModelWeights("vit_b_32-d86f8d99.pth", 224, min_size=224)
    DEFAULT = IMAGENET1K_V1


class ViT_L_16_Weights(WeightsEnum):
    """torchvision.models.ViT_L_16_Weights."""

    IMAGENET1K_V1 = ModelWeights("vit_l_16-852ce7e3.pth", 224, 242, min_size=224)
    IMAGENET1K_SWAG_E2E_V1 = ModelWeights(
        "vit_l_16_swag-4f3808c9.pth", 512, 512, interpolation="bicubic", min_size=512
    )
    IMAGENET1K_SWAG_LINEAR_V1 = ModelWeights(
        "vit_l_16_lc_swag-4d563306.pth", 224, 224, interpolation="bicubic", min_size=224
    )
    DEFAULT = IMAGENET1K_V1


class ViT_L_32_Weights(WeightsEnum):
    """torchvision.models.ViT_L_32_Weights."""

    IMAGENET1K_V1 = ModelWeights("vit_l_32-c7638314.pth", 224, min_size=224)
    DEFAULT = IMAGENET1K_V1


class ViT_H_14_Weights(WeightsEnum):
    """torchvision.models.ViT_H_14_Weights."""

    IMAGENET1K_SWAG_E2E_V1 = ModelWeights(
        "vit_h_14_swag-80465313.pth", 518, 518, interpolation="bicubic", min_size=518
    )
    IMAGENET1K_SWAG_LINEAR_V1 = ModelWeights(
        "vit_h_14_lc_swag-c1eb923e.pth", 224, 224, interpolation="bicubic", min_size=224
    )
    DEFAULT = IMAGENET1K_SWAG_E2E_V1


class MLPBlock(MLP):
    """torchvision.models.vision_transformer.MLPBlock."""

    def __init__(self, in_dim: int, mlp_dim: int, dropout: float) -> None:
        super().__init__(in_dim, [mlp_dim, in_dim], activation_layer=paddle.nn.GELU, dropout=dropout)
        init_mlp(self)


class EncoderBlock(TorchLayer):
    """torchvision.models.vision_transformer.EncoderBlock."""

    def __init__(
        self,
        num_heads: int,
        hidden_dim: int,
        mlp_dim: int,
        dropout: float,
        attention_dropout: float,
        norm_layer: Callable[..., Any] = functools.partial(LayerNorm, eps=1e-6),
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.ln_1 = norm_layer(hidden_dim)
        self.self_attention = MultiheadAttention(hidden_dim, num_heads, attention_dropout, batch_first=True)
        self.dropout = paddle.nn.Dropout(dropout)
        self.ln_2 = norm_layer(hidden_dim)
        self.mlp = MLPBlock(hidden_dim, mlp_dim, dropout)

    def forward(self, input: Any) -> Any:
        """The input, after attention and the linear layers."""
        assert input.ndim == 3, f"Expected (batch_size, seq_length, hidden_dim) got {input.shape}"
        x = self.ln_1(input)
        x, _ = self.self_attention(x, x, x, need_weights=False)
        x = self.dropout(x) + input
        return x + self.mlp(self.ln_2(x))


class VisionTransformerEncoder(TorchLayer):
    """torchvision.models.vision_transformer.Encoder."""

    def __init__(
        self,
        seq_length: int,
        num_layers: int,
        num_heads: int,
        hidden_dim: int,
        mlp_dim: int,
        dropout: float,
        attention_dropout: float,
        norm_layer: Callable[..., Any] = functools.partial(LayerNorm, eps=1e-6),
    ) -> None:
        super().__init__()
        self.pos_embedding = paddle.nn.Parameter(paddle.randn([1, seq_length, hidden_dim]) * 0.02)
        self.dropout = paddle.nn.Dropout(dropout)
        sizes = (num_heads, hidden_dim, mlp_dim, dropout, attention_dropout)
        layers: OrderedDict[str, Any] = OrderedDict()
        for i in range(num_layers):
            layers[f"encoder_layer_{i}"] = EncoderBlock(*sizes, norm_layer)
        self.layers = Sequential(layers)
        self.ln = norm_layer(hidden_dim)

    def forward(self, input: Any) -> Any:
        """The sequence after all blocks."""
        assert input.ndim == 3, f"Expected (batch_size, seq_length, hidden_dim) got {input.shape}"
        return self.ln(self.layers(self.dropout(input + self.pos_embedding)))


class VisionTransformer(TorchLayer):
    """torchvision.models.VisionTransformer."""

    def __init__(
        self,
        image_size: int,
        patch_size: int,
        num_layers: int,
        num_heads: int,
        hidden_dim: int,
        mlp_dim: int,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        num_classes: int = 1000,
        representation_size: int | None = None,
        norm_layer: Callable[..., Any] = functools.partial(LayerNorm, eps=1e-6),
        conv_stem_configs: Sequence[Any] | None = None,
    ) -> None:
        super().__init__()
        assert image_size % patch_size == 0, "Input shape indivisible by patch size!"
        self.image_size, self.patch_size = image_size, patch_size
        self.hidden_dim, self.mlp_dim, self.num_classes = hidden_dim, mlp_dim, num_classes
        self.attention_dropout, self.dropout = attention_dropout, dropout
        self.representation_size, self.norm_layer = representation_size, norm_layer
        self.conv_proj = self._projection(conv_stem_configs)
        self.class_token = paddle.nn.Parameter(paddle.zeros([1, 1, hidden_dim]))
        self.seq_length = (image_size // patch_size) ** 2 + 1
        self.encoder = VisionTransformerEncoder(
            self.seq_length,
            num_layers,
            num_heads,
            hidden_dim,
            mlp_dim,
            dropout,
            attention_dropout,
            norm_layer,
        )
        heads: OrderedDict[str, Any] = OrderedDict()
        if representation_size is not None:
            heads["pre_logits"] = Linear(hidden_dim, representation_size)
            init_trunc_normal_(heads["pre_logits"].weight, std=math.sqrt(1 / hidden_dim))
            init_zeros_(heads["pre_logits"].bias)
            heads["act"] = paddle.nn.Tanh()
        heads["head"] = Linear(representation_size or hidden_dim, num_classes)
        init_zeros_(heads["head"].weight)
        init_zeros_(heads["head"].bias)
        self.heads = Sequential(heads)

    def _projection(self, conv_stem_configs: Sequence[Any] | None) -> Any:
        """What makes patches of images: one convolution, or several."""
        if conv_stem_configs is None:
            last = Conv2d(3, self.hidden_dim, self.patch_size, self.patch_size)
            init_trunc_normal_(last.weight, std=math.sqrt(1 / (3 * self.patch_size**2)))
            init_zeros_(last.bias)
            return last
        layers, width = Sequential(), 3
        for i, config in enumerate(conv_stem_configs):
            norm, activation = config.norm_layer, config.activation_layer
            conv = Conv2dNormActivation(
                width,
                config.out_channels,
                config.kernel_size,
                config.stride,
                norm_layer=norm,
                activation_layer=activation,
            )
            layers.add_sublayer(f"conv_bn_relu_{i}", conv)
            width = config.out_channels
        last = Conv2d(width, self.hidden_dim, 1)
        init_normal_(last.weight, 0.0, math.sqrt(2.0 / self.hidden_dim))
        init_zeros_(last.bias)
        layers.add_sublayer("conv_last", last)
        return layers

    def _process_input(self, x: Any) -> Any:
        """The patches of the images, (N, patches, hidden_dim)."""
        for name, size in (("height", x.shape[2]), ("width", x.shape[3])):
            assert size == self.image_size, f"Wrong image {name}! Expected {self.image_size} but got {size}!"
        return self.conv_proj(x).flatten(2).transpose([0, 2, 1])

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        x = self._process_input(x)
        x = paddle.concat([self.class_token.expand([x.shape[0], -1, -1]), x], 1)
        return self.heads(self.encoder(x)[:, 0])


def vit_name(name: str) -> str:
    """Old files write `mlp.linear_1` and `mlp.linear_2` for `mlp.0` and `mlp.3`."""
    return re.sub(r"mlp\.linear_([12])\.", lambda m: f"mlp.{3 * int(m[1]) - 3}.", name)


def interpolate_embeddings(
    image_size: int,
    patch_size: int,
    model_state: Any,
    interpolation_mode: str = "bicubic",
    reset_heads: bool = False,
) -> Any:
    """torchvision.models.vision_transformer.interpolate_embeddings: a state for images of another size."""
    positions = model_state["encoder.pos_embedding"]
    n, length, width = positions.shape
    if n != 1:
        raise ValueError(f"Unexpected position embedding shape: {positions.shape}")
    old, new = math.isqrt(length - 1), image_size // patch_size
    if new * new + 1 == length:
        return model_state
    if old * old != length - 1:
        raise ValueError(f"seq_length is not a perfect square! Instead got seq_length = {length - 1}")
    grid = positions[:, 1:].transpose([0, 2, 1]).reshape([1, width, old, old])
    grid = interpolate(grid, new, mode=interpolation_mode, align_corners=True)
    grid = grid.reshape([1, width, new * new]).transpose([0, 2, 1])
    model_state["encoder.pos_embedding"] = paddle.concat([positions[:, :1], grid], 1)
    if not reset_heads:
        return model_state
    return OrderedDict((name, value) for name, value in model_state.items() if not name.startswith("heads"))


def build_vit(
    weights_enum: Any,
    weights: Any,
    progress: bool,
    kwargs: dict[str, Any],
    *sizes: int,
) -> Any:
    """The ViT with this patch size and number of layers and heads, and of these widths."""
    names = ("patch_size", "num_layers", "num_heads", "hidden_dim", "mlp_dim")
    chosen = chosen_weights(weights_enum, weights, dict(kwargs))
    trained = None if chosen is None else {"image_size": chosen.value.min_size}
    shape: dict[str, Any] = dict(zip(names, sizes, strict=True))
    build = functools.partial(VisionTransformer, **shape)
    if chosen is None:
        kwargs = {"image_size": 224, **kwargs}
    return build_model(weights_enum, weights, progress, kwargs, build, renamed=vit_name, trained=trained)


def vit_b_16(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
    """torchvision.models.vit_b_16."""
    return build_vit(ViT_B_16_Weights, weights, progress, kwargs, 16, 12, 12, 768, 3072)


def vit_b_32(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
    """torchvision.models.vit_b_32."""
    return build_vit(ViT_B_32_Weights, weights, progress, kwargs, 32, 12, 12, 768, 3072)


def vit_l_16(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
    """torchvision.models.vit_l_16."""
    return build_vit(ViT_L_16_Weights, weights, progress, kwargs, 16, 24, 16, 1024, 4096)


def vit_l_32(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
    """torchvision.models.vit_l_32."""
    return build_vit(ViT_L_32_Weights, weights, progress, kwargs, 32, 24, 16, 1024, 4096)


def vit_h_14(weights: Any = None, progress: bool = True, **kwargs: Any) -> Any:
    """torchvision.models.vit_h_14."""
    return build_vit(ViT_H_14_Weights, weights, progress, kwargs, 14, 32, 16, 1280, 5120)


class Swin_T_Weights(WeightsEnum):
    """torchvision.models.Swin_T_Weights."""

    IMAGENET1K_V1 = ModelWeights("swin_t-704ceda3.pth", 224, 232, interpolation="bicubic", min_size=224)
    DEFAULT = IMAGENET1K_V1


class Swin_S_Weights(WeightsEnum):
    """torchvision.models.Swin_S_Weights."""

    IMAGENET1K_V1 = ModelWeights("swin_s-5e29d889.pth", 224, 246, interpolation="bicubic", min_size=224)
    DEFAULT = IMAGENET1K_V1


class Swin_B_Weights(WeightsEnum):
    """torchvision.models.Swin_B_Weights."""

    IMAGENET1K_V1 = ModelWeights("swin_b-68c6b09e.pth", 224, 238, interpolation="bicubic", min_size=224)
    DEFAULT = IMAGENET1K_V1


class Swin_V2_T_Weights(WeightsEnum):
    """torchvision.models.Swin_V2_T_Weights."""

    IMAGENET1K_V1 = ModelWeights("swin_v2_t-b137f0e2.pth", 256, 260, interpolation="bicubic", min_size=256)
    DEFAULT = IMAGENET1K_V1


class Swin_V2_S_Weights(WeightsEnum):
    """torchvision.models.Swin_V2_S_Weights."""

    IMAGENET1K_V1 = ModelWeights("swin_v2_s-637d8ceb.pth", 256, 260, interpolation="bicubic", min_size=256)
    DEFAULT = IMAGENET1K_V1


class Swin_V2_B_Weights(WeightsEnum):
    """torchvision.models.Swin_V2_B_Weights."""

    IMAGENET1K_V1 = ModelWeights("swin_v2_b-781e5279.pth", 256, 272, interpolation="bicubic", min_size=256)
    DEFAULT = IMAGENET1K_V1


def patch_quarters(x: Any) -> Any:
    """Each 2x2 square of (..., H, W, C) as one pixel with four times the channels; odd sizes are padded."""
    height, width = x.shape[-3:-1]
    x = pad(x, (0, 0, 0, width % 2, 0, height % 2))
    quarters = [x[..., i::2, j::2, :] for j in (0, 1) for i in (0, 1)]
    return paddle.concat(quarters, -1)


class PatchMerging(TorchLayer):
    """torchvision.models.swin_transformer.PatchMerging."""

    norm_size = 4

    def __init__(self, dim: int, norm_layer: Callable[..., Any] = LayerNorm) -> None:
        super().__init__()
        self.dim = dim
        self.reduction = Linear(4 * dim, 2 * dim, bias=False)
        self.norm = norm_layer(self.norm_size * dim)

    def forward(self, x: Any) -> Any:
        """Half the height and width, twice the channels."""
        return self.reduction(self.norm(patch_quarters(x)))


class PatchMergingV2(PatchMerging):
    """torchvision.models.swin_transformer.PatchMergingV2."""

    norm_size = 2

    def forward(self, x: Any) -> Any:
        """Half the height and width, twice the channels."""
        return self.norm(self.reduction(patch_quarters(x)))


def into_windows(x: Any, size: Sequence[int]) -> Any:
    """(N, H, W, C) as windows, (N * windows, pixels of a window, C)."""
    n, height, width, channels = x.shape
    x = x.reshape([n, height // size[0], size[0], width // size[1], size[1], channels])
    return x.transpose([0, 1, 3, 2, 4, 5]).reshape([-1, size[0] * size[1], channels])


def window_mask(height: int, width: int, size: Sequence[int], shift: Sequence[int], dtype: Any) -> Any:
    """What keeps pixels apart that the shift has brought into one window, (windows, pixels, pixels)."""
    regions = paddle.zeros([1, height, width, 1])
    bounds = [((0, -w), (-w, -s), (-s, None)) for w, s in zip(size, shift, strict=True)]
    for i, (top, bottom) in enumerate(bounds[0]):
        for j, (left, right) in enumerate(bounds[1]):
            regions[:, top:bottom, left:right] = 3.0 * i + j
    of_pixel = into_windows(regions, size).squeeze(-1)
    apart = of_pixel.unsqueeze(1) != of_pixel.unsqueeze(2)
    return apart.astype(dtype) * -100.0


def shifted_window_attention(
    input: Any,
    qkv_weight: Any,
    proj_weight: Any,
    relative_position_bias: Any,
    window_size: Sequence[int],
    num_heads: int,
    shift_size: Sequence[int],
    attention_dropout: float = 0.0,
    dropout: float = 0.0,
    qkv_bias: Any = None,
    proj_bias: Any = None,
    logit_scale: Any = None,
    training: bool = True,
) -> Any:
    """Attention within windows of (N, H, W, C), which lie shifted over the image."""
    batch, height, width, channels = input.shape
    x = pad(input, (0, 0, 0, -width % window_size[1], 0, -height % window_size[0]))
    _, padded_height, padded_width, _ = x.shape
    padded = (padded_height, padded_width)
    shift = [0 if w >= size else s for s, w, size in zip(shift_size, window_size, padded, strict=True)]
    if sum(shift) > 0:
        x = paddle.roll(x, [-shift[0], -shift[1]], axis=[1, 2])
    x = into_windows(x, window_size)
    windows, pixels, _ = x.shape
    if logit_scale is not None and qkv_bias is not None:
        parts = paddle.chunk(qkv_bias, 3)
        qkv_bias = paddle.concat([parts[0], paddle.zeros_like(parts[1]), parts[2]])
    qkv = F.linear(x, qkv_weight.t(), qkv_bias)
    qkv = qkv.reshape([windows, pixels, 3, num_heads, channels // num_heads])
    q, k, v = qkv.transpose([2, 0, 3, 1, 4]).unbind(0)
    if logit_scale is None:
        scores = paddle.matmul(q * (channels // num_heads) ** -0.5, k, transpose_y=True)
    else:
        scores = paddle.matmul(F.normalize(q, axis=-1), F.normalize(k, axis=-1), transpose_y=True)
        scores = scores * paddle.clip(logit_scale, max=math.log(100.0)).exp()
    scores = scores + relative_position_bias
    if sum(shift) > 0:
        mask = window_mask(padded_height, padded_width, window_size, shift, scores.dtype)
        by_image = scores.reshape([batch, -1, num_heads, pixels, pixels])
        scores = (by_image + mask.unsqueeze(1).unsqueeze(0)).reshape([-1, num_heads, pixels, pixels])
    scores = F.dropout(F.softmax(scores, axis=-1), attention_dropout, training=training)
    x = paddle.matmul(scores, v).transpose([0, 2, 1, 3]).reshape([windows, pixels, channels])
    x = F.dropout(F.linear(x, proj_weight.t(), proj_bias), dropout, training=training)
    rows, columns = padded_height // window_size[0], padded_width // window_size[1]
    x = x.reshape([batch, rows, columns, window_size[0], window_size[1], channels])
    x = x.transpose([0, 1, 3, 2, 4, 5]).reshape([batch, padded_height, padded_width, channels])
    if sum(shift) > 0:
        x = paddle.roll(x, shift, axis=[1, 2])
    return x[:, :height, :width, :]


class ShiftedWindowAttention(TorchLayer):
    """torchvision.models.swin_transformer.ShiftedWindowAttention."""

    def __init__(
        self,
        dim: int,
        window_size: Sequence[int],
        shift_size: Sequence[int],
        num_heads: int,
        qkv_bias: bool = True,
        proj_bias: bool = True,
        attention_dropout: float = 0.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if len(window_size) != 2 or len(shift_size) != 2:
            raise ValueError("window_size and shift_size must be of length 2")
        self.window_size, self.shift_size, self.num_heads = window_size, shift_size, num_heads
        self.attention_dropout, self.dropout = attention_dropout, dropout
        self.qkv = Linear(dim, dim * 3, bias=qkv_bias)
        self.proj = Linear(dim, dim, bias=proj_bias)
        self.define_relative_position_bias_table()
        self.define_relative_position_index()

    def define_relative_position_bias_table(self) -> None:
        """Makes the biases of all distances within a window."""
        high, wide = self.window_size
        table = paddle.nn.Parameter(paddle.zeros([(2 * high - 1) * (2 * wide - 1), self.num_heads]))
        self.relative_position_bias_table = init_trunc_normal_(table, std=0.02)

    def define_relative_position_index(self) -> None:
        """Makes the table that tells the number of the distance of two pixels."""
        high, wide = self.window_size
        rows = paddle.arange(high).repeat_interleave(wide)
        columns = paddle.arange(wide).tile([high])
        down = rows.unsqueeze(1) - rows.unsqueeze(0) + high - 1
        right = columns.unsqueeze(1) - columns.unsqueeze(0) + wide - 1
        index = (down * (2 * wide - 1) + right).flatten().astype("int64")
        self.register_buffer("relative_position_index", index)

    def _bias_from(self, table: Any) -> Any:
        pixels = self.window_size[0] * self.window_size[1]
        biases = table[self.relative_position_index].reshape([pixels, pixels, -1])
        return biases.transpose([2, 0, 1]).unsqueeze(0)

    def get_relative_position_bias(self) -> Any:
        """The bias of each pair of pixels, (1, heads, pixels, pixels)."""
        return self._bias_from(self.relative_position_bias_table)

    def forward(self, x: Any) -> Any:
        """The attention within each window."""
        return shifted_window_attention(
            x,
            self.qkv.weight,
            self.proj.weight,
            self.get_relative_position_bias(),
            self.window_size,
            self.num_heads,
            self.shift_size,
            self.attention_dropout,
            self.dropout,
            self.qkv.bias,
            self.proj.bias,
            getattr(self, "logit_scale", None),
            self.training,
        )


class ShiftedWindowAttentionV2(ShiftedWindowAttention):
    """torchvision.models.swin_transformer.ShiftedWindowAttentionV2."""

    def __init__(
        self,
        dim: int,
        window_size: Sequence[int],
        shift_size: Sequence[int],
        num_heads: int,
        qkv_bias: bool = True,
        proj_bias: bool = True,
        attention_dropout: float = 0.0,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            dim, window_size, shift_size, num_heads, qkv_bias, proj_bias, attention_dropout, dropout
        )
        self.logit_scale = paddle.nn.Parameter(paddle.full([num_heads, 1, 1], math.log(10.0)))
        self.cpb_mlp = Sequential(Linear(2, 512), ReLU(inplace=True), Linear(512, num_heads, bias=False))
        if qkv_bias:
            with paddle.no_grad():
                self.qkv.bias[dim : 2 * dim] = 0.0

    def define_relative_position_bias_table(self) -> None:
        """Makes the distances of which `cpb_mlp` makes biases, on a logarithmic scale."""
        high, wide = self.window_size
        down = paddle.arange(1 - high, high, dtype="float32") / (high - 1)
        right = paddle.arange(1 - wide, wide, dtype="float32") / (wide - 1)
        table = paddle.stack(paddle.meshgrid(down, right), -1).unsqueeze(0) * 8
        table = paddle.sign(table) * paddle.log2(paddle.abs(table) + 1.0) / 3.0
        self.register_buffer("relative_coords_table", table)

    def get_relative_position_bias(self) -> Any:
        """The bias of each pair of pixels, (1, heads, pixels, pixels)."""
        table = self.cpb_mlp(self.relative_coords_table).reshape([-1, self.num_heads])
        return 16 * F.sigmoid(self._bias_from(table))


class SwinTransformerBlock(TorchLayer):
    """torchvision.models.swin_transformer.SwinTransformerBlock."""

    def __init__(
        self,
        dim: int,
        num_heads: int,
        window_size: Sequence[int],
        shift_size: Sequence[int],
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        stochastic_depth_prob: float = 0.0,
        norm_layer: Callable[..., Any] = LayerNorm,
        attn_layer: Callable[..., Any] = ShiftedWindowAttention,
    ) -> None:
        super().__init__()
        drops = {"attention_dropout": attention_dropout, "dropout": dropout}
        self.norm1 = norm_layer(dim)
        self.attn = attn_layer(dim, window_size, shift_size, num_heads, **drops)
        self.stochastic_depth = StochasticDepth(stochastic_depth_prob, "row")
        self.norm2 = norm_layer(dim)
        widths = [int(dim * mlp_ratio), dim]
        self.mlp = MLP(dim, widths, activation_layer=paddle.nn.GELU, dropout=dropout)
        init_mlp(self.mlp)

    def forward(self, x: Any) -> Any:
        """The input, after attention and the linear layers."""
        x = x + self.stochastic_depth(self.attn(self.norm1(x)))
        return x + self.stochastic_depth(self.mlp(self.norm2(x)))


class SwinTransformerBlockV2(SwinTransformerBlock):
    """torchvision.models.swin_transformer.SwinTransformerBlockV2."""

    def __init__(
        self,
        dim: int,
        num_heads: int,
        window_size: Sequence[int],
        shift_size: Sequence[int],
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        stochastic_depth_prob: float = 0.0,
        norm_layer: Callable[..., Any] = LayerNorm,
        attn_layer: Callable[..., Any] = ShiftedWindowAttentionV2,
    ) -> None:
        super().__init__(
            dim,
            num_heads,
            window_size,
            shift_size,
            mlp_ratio,
            dropout,
            attention_dropout,
            stochastic_depth_prob,
            norm_layer,
            attn_layer,
        )

    def forward(self, x: Any) -> Any:
        """The input, after attention and the linear layers."""
        x = x + self.stochastic_depth(self.norm1(self.attn(x)))
        return x + self.stochastic_depth(self.norm2(self.mlp(x)))


class SwinTransformer(TorchLayer):
    """torchvision.models.SwinTransformer."""

    def __init__(
        self,
        patch_size: Sequence[int],
        embed_dim: int,
        depths: Sequence[int],
        num_heads: Sequence[int],
        window_size: Sequence[int],
        mlp_ratio: float = 4.0,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        stochastic_depth_prob: float = 0.1,
        num_classes: int = 1000,
        norm_layer: Callable[..., Any] | None = None,
        block: Callable[..., Any] | None = None,
        downsample_layer: Callable[..., Any] = PatchMerging,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        norm_layer = norm_layer or functools.partial(LayerNorm, eps=1e-5)
        make = functools.partial(
            block or SwinTransformerBlock,
            window_size=window_size,
            mlp_ratio=mlp_ratio,
            dropout=dropout,
            attention_dropout=attention_dropout,
            norm_layer=norm_layer,
        )
        patches = Conv2d(3, embed_dim, tuple(patch_size), tuple(patch_size))
        layers: list[Any] = [Sequential(patches, Permute([0, 2, 3, 1]), norm_layer(embed_dim))]
        last, done, dim = sum(depths) - 1, 0, embed_dim
        for i, depth in enumerate(depths):
            blocks = []
            for j in range(depth):
                shift = [w // 2 if j % 2 else 0 for w in window_size]
                probability = stochastic_depth_prob * float(done) / last
                blocks.append(make(dim, num_heads[i], shift_size=shift, stochastic_depth_prob=probability))
                done += 1
            layers.append(Sequential(*blocks))
            if i < len(depths) - 1:
                layers.append(downsample_layer(dim, norm_layer))
                dim *= 2
        self.features = Sequential(*layers)
        self.norm = norm_layer(dim)
        self.permute = Permute([0, 3, 1, 2])
        self.avgpool = AdaptiveAvgPool2d(1)
        self.flatten = Flatten(1)
        self.head = Linear(dim, num_classes)
        init_layers(self, {Linear: lambda m: init_trunc_normal_(m.weight, std=0.02)})

    def forward(self, x: Any) -> Any:
        """The scores of the classes."""
        x = self.permute(self.norm(self.features(x)))
        return self.head(self.flatten(self.avgpool(x)))


def swin_model(
    embed_dim: int,
    depths: Sequence[int],
    num_heads: Sequence[int],
    window: int,
    stochastic_depth_prob: float,
    **kwargs: Any,
) -> SwinTransformer:
    """The Swin transformer of these sizes."""
    sizes = ([4, 4], embed_dim, depths, num_heads, [window, window])
    return SwinTransformer(*sizes, **{"stochastic_depth_prob": stochastic_depth_prob, **kwargs})


def swin_v2_model(*args: Any, **kwargs: Any) -> SwinTransformer:
    """The second version of the Swin transformer of these sizes."""
    return swin_model(*args, block=SwinTransformerBlockV2, downsample_layer=PatchMergingV2, **kwargs)


swin_t = model_function(Swin_T_Weights, swin_model, 96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 0.2)
"""torchvision.models.swin_t."""

swin_s = model_function(Swin_S_Weights, swin_model, 96, [2, 2, 18, 2], [3, 6, 12, 24], 7, 0.3)
"""torchvision.models.swin_s."""

swin_b = model_function(Swin_B_Weights, swin_model, 128, [2, 2, 18, 2], [4, 8, 16, 32], 7, 0.5)
"""torchvision.models.swin_b."""

swin_v2_t = model_function(Swin_V2_T_Weights, swin_v2_model, 96, [2, 2, 6, 2], [3, 6, 12, 24], 8, 0.2)
"""torchvision.models.swin_v2_t."""

swin_v2_s = model_function(Swin_V2_S_Weights, swin_v2_model, 96, [2, 2, 18, 2], [3, 6, 12, 24], 8, 0.3)
"""torchvision.models.swin_v2_s."""

swin_v2_b = model_function(Swin_V2_B_Weights, swin_v2_model, 128, [2, 2, 18, 2], [4, 8, 16, 32], 8, 0.5)
"""torchvision.models.swin_v2_b."""
