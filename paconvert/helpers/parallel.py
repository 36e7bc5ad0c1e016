"""torch.nn.parallel: wrappers of modules for several devices or processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import paddle

from paconvert.helpers.layers import TorchLayer


class DataParallel(TorchLayer):
    """torch.nn.DataParallel: a process of Paddle computes on one device, which does all the work."""

    def __init__(self, module: Any, device_ids: Any = None, output_device: Any = None, dim: int = 0) -> None:
        super().__init__()
        self.module = module
        self.device_ids = list(device_ids) if device_ids is not None else []
        self.output_device, self.dim = output_device, dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Any,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """`torch.nn.parallel.data_parallel`: what the module gives, computed on one device."""
    if not isinstance(inputs, tuple):
        inputs = () if inputs is None else (inputs,)
    return module(*inputs, **(module_kwargs or {}))


class DistributedDataParallel(TorchLayer):
    """torch.nn.parallel.DistributedDataParallel: averages the gradients over all processes."""

    def __init__(
        self,
        module: Any,
        device_ids: Any = None,
        output_device: Any = None,
        dim: int = 0,
        broadcast_buffers: bool | None = None,
        init_sync: bool = True,
        process_group: Any = None,
        bucket_cap_mb: float | None = None,
        find_unused_parameters: bool = False,
        check_reduction: bool = False,
        gradient_as_bucket_view: bool = False,
        static_graph: bool = False,
        **_: Any,
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids, self.output_device, self.dim = device_ids, output_device, dim
        self.process_group, self.find_unused_parameters = process_group, find_unused_parameters
        self.static_graph = static_graph
        reducer = None
        if paddle.distributed.is_initialized() and paddle.distributed.get_world_size() > 1:
            reducer = paddle.DataParallel(
                module, find_unused_parameters=find_unused_parameters, group=process_group
            )
        # Not as an attribute of the layer: its state would be there twice.
        self.__dict__["_reducer"] = reducer

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return (self.module if self._reducer is None else self._reducer)(*inputs, **kwargs)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Within it gradients stay with their process."""
        with nullcontext() if self._reducer is None else self._reducer.no_sync():
            yield
