"""Pinned releases of real packages: downloaded once from the registry, without dependencies, and unpacked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PINNED = {
    "diffusers": "diffusers==0.42.1",
    "g_mlp_pytorch": "g-mlp-pytorch==0.1.5",
    "hyper_connections": "hyper-connections==0.4.11",
    "linformer": "linformer==0.2.3",
    "local_attention": "local-attention==1.11.2",
    "segmentation_models_pytorch": "segmentation-models-pytorch==0.6.0",
    "timm": "timm==1.0.31",
    "torch_einops_utils": "torch-einops-utils==0.2.0",
    "torchvision": "torchvision==0.29.2",
    "transformers": "transformers==5.23.0",
    "vit_pytorch": "vit-pytorch==1.26.11",
    "x_transformers": "x-transformers==2.31.10",
}

REPOSITORY = Path(__file__).resolve().parents[2]


def cache_folder() -> Path:
    """Where downloads and results of slow steps are kept between runs."""
    return Path(os.environ.get("PACONVERT_TEST_CACHE", REPOSITORY / "build" / "test-cache"))


def package(name: str) -> Path:
    """The folder of the package's sources (`…/timm`), downloaded if it is not there yet."""
    home = cache_folder() / "packages" / PINNED[name]
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as work:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*command, "--dest", work, PINNED[name]], check=True)
            (wheel,) = Path(work).glob("*.whl")
            unpacked = Path(work, "unpacked")
            with zipfile.ZipFile(wheel) as archive:
                members = [
                    m for m in archive.namelist() if m.startswith(name + "/") and not m.endswith(".so")
                ]
                archive.extractall(unpacked, members)
            try:
                unpacked.rename(home)
            except OSError:  # another process was faster
                shutil.rmtree(unpacked, ignore_errors=True)
    return home / name


def python_files(name: str) -> list[Path]:
    """All Python files of the package, sorted."""
    return sorted(package(name).rglob("*.py"))
