"""torch.utils.collect_env: a description of the machine and of what is installed, here of Paddle."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

import paddle


def get_pretty_env_info() -> str:
    """Some lines about Paddle, CUDA, the operating system, Python and the packages that matter."""
    with_cuda = paddle.is_compiled_with_cuda()
    gpus = paddle.device.cuda.device_count() if with_cuda else 0
    names = ("numpy", "paddlepaddle", "paddlepaddle-gpu", "triton", "onnx", "paddle2onnx")
    found = {item.metadata["Name"]: item.version for item in metadata.distributions()}
    facts = {
        "Paddle version": paddle.__version__,
        "CUDA used to build Paddle": paddle.version.cuda() if with_cuda else "None",
        "cuDNN version": paddle.version.cudnn() if with_cuda else "None",
        "OS": platform.platform(),
        "Python version": sys.version.replace("\n", " "),
        "Is CUDA available": gpus > 0,
        "GPU models": ", ".join(paddle.device.cuda.get_device_name(index) for index in range(gpus)) or "None",
        "CPU": platform.processor() or platform.machine(),
    }
    lines = [f"{name}: {value}" for name, value in facts.items()]
    packages = [f"[pip] {name}=={found[name]}" for name in names if name in found]
    return "\n".join([*lines, "", "Versions of relevant libraries:", *packages])


def print_env_info() -> None:
    """Prints the description."""
    print("Collecting environment information...")
    print(get_pretty_env_info())
