"""What of torch.ao.quantization makes sense in floating point: markers of models, and fused layers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import paddle

from paconvert.helpers.activation_modules import ReLU
from paconvert.helpers.containers import Sequential
from paconvert.helpers.layers import Linear, TorchLayer
from paconvert.helpers.nn_utils import fuse_conv_bn_eval, fuse_linear_bn_eval
from paconvert.helpers.normalization import _BatchNorm


class QuantStub(TorchLayer):
    """torch.ao.quantization.QuantStub: marks where a model would quantize; gives its input."""

    def __init__(self, qconfig: Any = None) -> None:
        super().__init__()
        if qconfig:
            self.qconfig = qconfig

    def forward(self, x: Any) -> Any:
        """The input."""
        return x


class DeQuantStub(QuantStub):
    """torch.ao.quantization.DeQuantStub: marks where a model would be in floating point again."""


class QuantWrapper(TorchLayer):
    """torch.ao.quantization.QuantWrapper: a module between the two markers."""

    def __init__(self, module: Any) -> None:
        super().__init__()
        qconfig = getattr(module, "qconfig", None)
        self.quant, self.dequant = QuantStub(qconfig), DeQuantStub(qconfig)
        self.module = module
        self.train(module.training)  # type: ignore[call-arg]

    def forward(self, X: Any) -> Any:
        """What the module gives."""
        return self.dequant(self.module(self.quant(X)))


def fuse_known_modules(modules: Sequence[Any]) -> list[Any]:
    """One layer for a convolution, linear layer or norm with what follows it, and identities for the rest."""
    first, *rest = modules
    if any(module.training for module in modules):
        raise AssertionError("Fusion only for eval!")
    fused = first
    if rest and isinstance(rest[0], _BatchNorm):
        norm = rest.pop(0)
        if isinstance(first, Linear):
            fused = fuse_linear_bn_eval(first, norm)
        else:
            fused = fuse_conv_bn_eval(first, norm, getattr(first, "transposed", False))
    if rest and isinstance(rest[0], ReLU):
        fused = Sequential(fused, rest.pop(0))
        fused.eval()
    if rest or fused is first:
        names = ", ".join(type(module).__name__ for module in modules)
        raise AssertionError(f"did not find fuser method for: {names}")
    return [fused, *(paddle.nn.Identity() for _ in modules[1:])]


def fuse_modules(
    model: Any,
    modules_to_fuse: Sequence[Any],
    inplace: bool = False,
    fuser_func: Any = fuse_known_modules,
    fuse_custom_config_dict: Any = None,
) -> Any:
    """torch.ao.quantization.fuse_modules: fuses the named layers, which must be in eval mode."""
    if not inplace:
        model = copy.deepcopy(model)
    groups = [modules_to_fuse] if isinstance(modules_to_fuse[0], str) else modules_to_fuse
    for names in groups:
        places = [_place(model, name) for name in names]
        fused = fuser_func([getattr(owner, name) for owner, name in places])
        for (owner, name), module in zip(places, fused, strict=True):
            setattr(owner, name, module)
    return model


def _place(model: Any, path: str) -> tuple[Any, str]:
    """The module that holds the module of this dotted name, and its name there."""
    owner, _, name = path.rpartition(".")
    for part in filter(None, owner.split(".")):
        model = getattr(model, part)
    return model, name
