"""Modules and packages by a name that is known when the program runs: torch's are Paddle's."""

from __future__ import annotations

import importlib
import importlib.util
from importlib import metadata
from importlib.machinery import ModuleSpec
from typing import Any

_TORCH_MODULES = {
    "torch": "paddle",
    "torch.optim": "paddle.optimizer",
    "torch.utils.data": "paddle.io",
    "torchvision": "paddle.vision",
}
_TORCH_RELEASES = {"torch": "2.13.0", "torchvision": "0.29.2"}


def find_spec_by_name(name: str, package: str | None = None) -> ModuleSpec | None:
    """importlib.util.find_spec, which finds Paddle where torch is asked for."""
    return importlib.util.find_spec(_paddle_module(name), package)


def import_by_name(name: str, package: str | None = None) -> Any:
    """importlib.import_module, which imports Paddle where torch is asked for."""
    return importlib.import_module(_paddle_module(name), package)


def version_by_name(distribution_name: str) -> str:
    """importlib.metadata.version; for torch, the release whose behaviour the converted code has."""
    return _TORCH_RELEASES.get(distribution_name) or metadata.version(distribution_name)


def _paddle_module(name: str) -> str:
    """The name of the Paddle module that stands for a module of torch; other names as they are."""
    owner, rest = name, ""
    while owner:
        if owner in _TORCH_MODULES:
            return _TORCH_MODULES[owner] + rest
        owner, _, last = owner.rpartition(".")
        rest = f".{last}{rest}"
    return name
