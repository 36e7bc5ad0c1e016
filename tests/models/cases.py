"""The real models that are built, run and trained under both frameworks: names and arguments only."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Build:
    """A call by name: `Build("package.module:Class", [...], {...})`; arguments may be builds themselves."""

    target: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def __call__(self) -> Any:
        module, name = self.target.split(":")
        function = getattr(importlib.import_module(module), name)
        return function(*map(_value, self.args), **{key: _value(value) for key, value in self.kwargs.items()})


def _value(argument: Any) -> Any:
    return argument() if isinstance(argument, Build) else argument


@dataclass(frozen=True)
class Case:
    """One model.

    Attributes:
        name: what it is called in the table.
        build: makes it.
        shape: of an image batch, or of token sequences when `tokens` is given.
        tokens: the number of different tokens.
        dense: whether each pixel has a label.
        double: train in float64. In float32 rounding alone moves the losses of these models by some percent
            within three steps (torch against itself), as batch norms divide by variances close to zero.
    """

    name: str
    build: Build
    shape: tuple[int, ...] = (2, 3, 32, 32)
    tokens: int = 0
    double: bool = False
    dense: bool = False

    @property
    def package(self) -> str:
        return self.build.target.split(":")[0].split(".")[0]


def vit(module: str, cls: str, shape: tuple[int, ...] = (2, 3, 32, 32), **kwargs: Any) -> Case:
    kwargs.setdefault("num_classes", 10)
    return Case(f"vit_pytorch.{module}.{cls}", Build(f"vit_pytorch.{module}:{cls}", (), kwargs), shape)


def timm(name: str, shape: tuple[int, ...] = (2, 3, 64, 64), *, double: bool = False, **kwargs: Any) -> Case:
    kwargs.setdefault("num_classes", 10)
    return Case(f"timm.{name}", Build("timm:create_model", (name,), kwargs), shape, double=double)


def torchvision(name: str, *, double: bool = False, **kwargs: Any) -> Case:
    build = Build(f"torchvision.models:{name}", (), {"num_classes": 10, **kwargs})
    return Case(f"torchvision.{name}", build, (2, 3, 64, 64), double=double)


def x_transformer(name: str, layers: str, wrapper: dict[str, Any], **kwargs: Any) -> Case:
    attention = Build(
        f"x_transformers:{layers}", (), {"dim": 32, "depth": 2, "heads": 2, "attn_dim_head": 16, **kwargs}
    )
    model = {"num_tokens": 64, "max_seq_len": 32, "attn_layers": attention, **wrapper}
    return Case(
        f"x_transformers.{name}", Build("x_transformers:TransformerWrapper", (), model), (2, 24), tokens=64
    )


def segmentation(name: str, **kwargs: Any) -> Case:
    kwargs = {"encoder_name": "resnet18", "encoder_weights": None, "classes": 10, **kwargs}
    build = Build(f"segmentation_models_pytorch:{name}", (), kwargs)
    return Case(f"segmentation_models_pytorch.{name}", build, (2, 3, 64, 64), double=True, dense=True)


LANGUAGE = {"num_tokens": 64, "dim": 32, "depth": 2, "heads": 2, "dim_head": 16}
LOCAL = {"local_attn_window_size": 8, "causal": True, "use_xpos": True}
GATED = {"causal": True, "circulant_matrix": True, "heads": 2, "attn_dim": 8}
PLAIN = {"image_size": 32, "patch_size": 8, "dim": 32, "depth": 2, "heads": 2, "mlp_dim": 48}
NO_DROPOUT = {"dropout": 0.0}

CASES: tuple[Case, ...] = (
    vit("vit", "ViT", **PLAIN, dim_head=16),
    vit("simple_vit", "SimpleViT", **PLAIN, dim_head=16),
    vit("deepvit", "DeepViT", **PLAIN, dim_head=16),
    vit("cait", "CaiT", **PLAIN, cls_depth=1, dim_head=16),
    vit("parallel_vit", "ViT", **PLAIN, dim_head=16),
    vit("rvt", "RvT", **PLAIN, dim_head=16),
    vit("vit_for_small_dataset", "ViT", **PLAIN, dim_head=16),
    vit("jumbo_vit", "JumboViT", **PLAIN, dim_head=16),
    vit("normalized_vit", "nViT", **PLAIN, dim_head=16),
    vit("xcit", "XCiT", **PLAIN, cls_depth=1, dim_head=16),
    vit("vit_with_patch_merger", "ViT", **PLAIN, dim_head=16, patch_merge_layer=1, patch_merge_num_tokens=4),
    vit("pit", "PiT", image_size=32, patch_size=8, dim=32, depth=(1, 1), heads=2, mlp_dim=48, dim_head=16),
    vit(
        "t2t",
        "T2TViT",
        image_size=32,
        dim=32,
        depth=1,
        heads=2,
        mlp_dim=48,
        dim_head=16,
        t2t_layers=((7, 4), (3, 2)),
    ),
    vit(
        "nest", "NesT", image_size=32, patch_size=4, dim=32, heads=2, num_hierarchies=2, block_repeats=(1, 1)
    ),
    vit(
        "cct",
        "CCT",
        img_size=32,
        embedding_dim=32,
        n_conv_layers=1,
        num_layers=2,
        num_heads=2,
        mlp_ratio=2,
        attention_dropout=0.0,
        stochastic_depth_rate=0.0,
    ),
    vit(
        "cross_vit",
        "CrossViT",
        image_size=32,
        sm_dim=16,
        lg_dim=32,
        sm_patch_size=4,
        lg_patch_size=8,
        sm_enc_heads=2,
        lg_enc_heads=2,
        sm_enc_mlp_dim=32,
        lg_enc_mlp_dim=48,
        sm_enc_dim_head=8,
        lg_enc_dim_head=8,
        lg_enc_depth=1,
        cross_attn_depth=1,
        cross_attn_heads=2,
        cross_attn_dim_head=8,
        depth=1,
        **NO_DROPOUT,
        emb_dropout=0.0,
    ),
    vit(
        "levit", "LeViT", (2, 3, 64, 64), image_size=64, dim=(16, 32), depth=1, heads=2, mlp_mult=2, stages=2
    ),
    vit(
        "cvt",
        "CvT",
        (2, 3, 64, 64),
        s1_emb_dim=16,
        s2_emb_dim=24,
        s3_emb_dim=32,
        s2_heads=1,
        s3_heads=2,
        s2_depth=1,
        s3_depth=1,
        s1_mlp_mult=2,
        s2_mlp_mult=2,
        s3_mlp_mult=2,
    ),
    vit(
        "twins_svt",
        "TwinsSVT",
        (2, 3, 64, 64),
        s1_emb_dim=16,
        s2_emb_dim=16,
        s3_emb_dim=32,
        s4_emb_dim=32,
        s1_local_patch_size=4,
        s2_local_patch_size=4,
        s3_local_patch_size=2,
        s4_local_patch_size=2,
        s1_global_k=4,
        s2_global_k=4,
        s3_global_k=2,
        s4_global_k=2,
        s3_depth=1,
        s4_depth=1,
    ),
    vit(
        "crossformer",
        "CrossFormer",
        (2, 3, 64, 64),
        dim=(32, 32, 64, 64),
        depth=(1, 1, 1, 1),
        local_window_size=2,
        global_window_size=(4, 4, 2, 1),
    ),
    vit(
        "max_vit",
        "MaxViT",
        (2, 3, 64, 64),
        dim=16,
        depth=(1, 1),
        dim_head=8,
        dim_conv_stem=16,
        window_size=4,
        **NO_DROPOUT,
    ),
    vit(
        "mobile_vit",
        "MobileViT",
        (2, 3, 64, 64),
        image_size=(64, 64),
        dims=[24, 32, 40],
        channels=[8, 16, 16, 16, 24, 24, 32, 32, 40, 40, 48],
    ),
    x_transformer("decoder", "Decoder", {}),
    x_transformer(
        "decoder_rotary_glu",
        "Decoder",
        {"use_abs_pos_emb": False},
        rotary_pos_emb=True,
        ff_glu=True,
        ff_swish=True,
        use_rmsnorm=True,
    ),
    x_transformer(
        "encoder_scalenorm", "Encoder", {"post_emb_norm": True}, use_scalenorm=True, attn_gate_values=True
    ),
    x_transformer(
        "decoder_qk_norm_kv_heads",
        "Decoder",
        {"num_memory_tokens": 2},
        attn_qk_norm=True,
        attn_kv_heads=1,
        attn_num_mem_kv=2,
    ),
    x_transformer(
        "encoder_macaron_talking_heads",
        "Encoder",
        {"tie_embedding": True},
        macaron=True,
        attn_pre_talking_heads=True,
        attn_post_talking_heads=True,
        ff_no_bias=True,
    ),
    x_transformer(
        "decoder_shift_tokens",
        "Decoder",
        {"emb_frac_gradient": 0.5},
        shift_tokens=1,
        residual_attn=True,
        ff_relu_squared=True,
    ),
    timm("resnet10t"),
    timm("resnet26d"),
    timm("vit_tiny_patch16_224", (2, 3, 32, 32), img_size=32, depth=2),
    timm("deit_tiny_distilled_patch16_224", (2, 3, 32, 32), img_size=32, depth=2),
    timm("convnext_atto"),
    timm("efficientnet_b0", double=True, drop_rate=0.0),
    timm("mobilenetv3_small_050", drop_rate=0.0),
    timm(
        "swin_tiny_patch4_window7_224",
        (2, 3, 64, 64),
        img_size=64,
        window_size=4,
        embed_dim=24,
        depths=(1, 1, 2),
        num_heads=(1, 2, 4),
        drop_path_rate=0.0,
    ),
    timm("mixer_s32_224", (2, 3, 64, 64), img_size=64),
    timm("regnetx_002"),
    timm("regnety_002"),
    timm("densenet121", (2, 3, 64, 64), growth_rate=8, block_config=(2, 2, 2, 2)),
    torchvision("resnet18"),
    torchvision("squeezenet1_1", dropout=0.0),
    torchvision("mobilenet_v3_small", dropout=0.0),
    torchvision("shufflenet_v2_x0_5", double=True),
    torchvision("efficientnet_b0", double=True, dropout=0.0, stochastic_depth_prob=0.0),
    Case(
        "torchvision.VisionTransformer",
        Build(
            "torchvision.models:VisionTransformer",
            (),
            {
                "image_size": 32,
                "patch_size": 8,
                "num_layers": 2,
                "num_heads": 2,
                "hidden_dim": 32,
                "mlp_dim": 48,
                "num_classes": 10,
            },
        ),
    ),
    Case(
        "torchvision.SwinTransformer",
        Build(
            "torchvision.models:SwinTransformer",
            (),
            {
                "patch_size": [4, 4],
                "embed_dim": 16,
                "depths": [1, 2],
                "num_heads": [1, 2],
                "window_size": [4, 4],
                "stochastic_depth_prob": 0.0,
                "num_classes": 10,
            },
        ),
        (2, 3, 64, 64),
    ),
    Case(
        "linformer.LinformerLM",
        Build("linformer:LinformerLM", (), {**LANGUAGE, "seq_len": 24, "k": 8, "reversible": True}),
        (2, 24),
        tokens=64,
    ),
    Case(
        "local_attention.LocalTransformer",
        Build("local_attention:LocalTransformer", (), {**LANGUAGE, "max_seq_len": 32, **LOCAL}),
        (2, 24),
        tokens=64,
    ),
    Case(
        "g_mlp_pytorch.gMLP",
        Build("g_mlp_pytorch:gMLP", (), {"num_tokens": 64, "dim": 32, "depth": 2, "seq_len": 24, **GATED}),
        (2, 24),
        tokens=64,
    ),
    Case(
        "g_mlp_pytorch.gMLPVision",
        Build(
            "g_mlp_pytorch:gMLPVision",
            (),
            {"image_size": 32, "patch_size": 8, "num_classes": 10, "dim": 32, "depth": 2},
        ),
    ),
    segmentation("Unet", decoder_channels=(32, 16, 16, 16, 16), decoder_attention_type="scse"),
    segmentation("FPN", decoder_pyramid_channels=32, decoder_segmentation_channels=32, decoder_dropout=0.0),
    segmentation("DeepLabV3Plus", decoder_channels=32, decoder_aspp_dropout=0.0),
)
