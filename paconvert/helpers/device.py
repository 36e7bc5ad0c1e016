"""Devices, random states and threads, with what torch returns when there is no GPU."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any

import paddle


def cuda_statistic(name: str, device: Any = None) -> int:
    """What `paddle.device.cuda.NAME` counts in bytes; 0 without CUDA."""
    if not paddle.device.is_compiled_with_cuda():
        return 0
    place = device if device is None or isinstance(device, int) else str(device).replace("cuda", "gpu")
    return int(getattr(paddle.device.cuda, name)(place))


def cuda_memory_stats(device: Any = None) -> dict[str, int]:
    """The bytes that are allocated and reserved, by the names that torch has for them; none without CUDA."""
    if not paddle.device.is_compiled_with_cuda():
        return {}
    return {
        f"{kind}_bytes.all.{name}": cuda_statistic(f"{prefix}memory_{kind}", device)
        for kind in ("allocated", "reserved")
        for name, prefix in (("current", ""), ("peak", "max_"))
    }


def cuda_nested_stats(device: Any = None) -> dict[str, Any]:
    """The same as a dictionary for each part of the names."""
    nested: dict[str, Any] = {}
    for name, value in cuda_memory_stats(device).items():
        *path, last = name.split(".")
        place = nested
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return nested


def supported_targets() -> set[Any]:
    """What Paddle's profiler can watch here."""
    targets = {paddle.profiler.ProfilerTarget.CPU}
    return (
        targets | {paddle.profiler.ProfilerTarget.GPU} if paddle.device.is_compiled_with_cuda() else targets
    )


def set_cuda_device(device: Any) -> None:
    """Makes a GPU, given as its index or as a device, the current one."""
    name = f"gpu:{device}" if isinstance(device, int) else str(device).replace("cuda", "gpu")
    if not name.startswith("gpu:-"):
        paddle.device.set_device(name)


def empty_cuda_cache() -> None:
    """Gives cached memory back to the GPU; nothing without CUDA."""
    if paddle.device.is_compiled_with_cuda():
        paddle.device.cuda.empty_cache()


def get_num_threads() -> int:
    """How many threads the operators on the CPU use."""
    return int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))


@contextlib.contextmanager
def fork_rng(
    devices: Any = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str | None = None,
) -> Iterator[None]:
    """Restores the states of the random generators at the end of the block."""
    if not enabled:
        yield
        return
    state, cuda_state = paddle.get_rng_state(), paddle.get_cuda_rng_state()
    try:
        yield
    finally:
        paddle.set_rng_state(state)
        paddle.set_cuda_rng_state(cuda_state)
