"""torch.nn's normalisation layers."""

from __future__ import annotations

from typing import Any

import paddle

from paconvert.helpers.functional import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    rms_norm,
)
from paconvert.helpers.init import init_ones_, init_zeros_
from paconvert.helpers.layers import TorchLayer, new_parameter


class _NormBase(TorchLayer):
    """What batch and instance norms share: parameters, running statistics, state names."""

    shown = ("num_features", "eps", "momentum", "affine", "track_running_stats")
    optional_state = ("num_batches_tracked",)  # old checkpoints are without it
    dims: tuple[int, ...] = ()

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        shape = [num_features]
        self.register_parameter("weight", new_parameter(shape, device, dtype) if affine else None)
        self.register_parameter("bias", new_parameter(shape, device, dtype) if affine and bias else None)
        if track_running_stats:
            self.register_buffer("running_mean", paddle.zeros(shape, dtype=dtype, device=device))
            self.register_buffer("running_var", paddle.ones(shape, dtype=dtype, device=device))
            self.register_buffer("num_batches_tracked", paddle.zeros([], dtype="int64", device=device))
        else:
            for name in ("running_mean", "running_var", "num_batches_tracked"):
                self.register_buffer(name, None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Sets the running statistics back to their start."""
        if self.track_running_stats:
            init_zeros_(self.running_mean)
            init_ones_(self.running_var)
            init_zeros_(self.num_batches_tracked)

    def reset_parameters(self) -> None:
        """Sets everything back to its start."""
        self.reset_running_stats()
        if self.weight is not None:
            init_ones_(self.weight)
        if self.bias is not None:
            init_zeros_(self.bias)

    def _check_input_dim(self, input: Any) -> None:
        if self.dims and input.ndim not in self.dims:
            expected = " or ".join(f"{dim}D" for dim in self.dims)
            raise ValueError(f"expected {expected} input (got {input.ndim}D input)")


class _BatchNorm(_NormBase):
    """Batch normalisation with torch's momentum and running statistics."""

    def forward(self, input: Any) -> Any:
        """The input, normalised over the batch or by the running statistics."""
        self._check_input_dim(input)
        factor = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            with paddle.no_grad():
                self.num_batches_tracked.add_(paddle.ones_like(self.num_batches_tracked))
            if self.momentum is None:
                factor = 1.0 / float(self.num_batches_tracked)
        by_batch = self.training or (self.running_mean is None and self.running_var is None)
        keep = not self.training or self.track_running_stats
        return batch_norm(
            input,
            self.running_mean if keep else None,
            self.running_var if keep else None,
            self.weight,
            self.bias,
            by_batch,
            factor,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
    """torch.nn.BatchNorm1d."""

    dims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """torch.nn.BatchNorm2d."""

    dims = (4,)


class BatchNorm3d(_BatchNorm):
    """torch.nn.BatchNorm3d."""

    dims = (5,)


class SyncBatchNorm(_BatchNorm):
    """torch.nn.SyncBatchNorm for one process; with more, training raises an error."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def forward(self, input: Any) -> Any:
        """As batch norm does."""
        if self.training and paddle.distributed.is_initialized() and paddle.distributed.get_world_size() > 1:
            raise RuntimeError("several processes need paddle.nn.SyncBatchNorm")
        return super().forward(input)

    @classmethod
    def convert_sync_batchnorm(cls, module: Any, process_group: Any = None) -> Any:
        """`module` with its batch norms replaced."""
        converted = module
        if isinstance(module, _BatchNorm) and not isinstance(module, SyncBatchNorm):
            converted = cls(
                module.num_features,
                module.eps,
                module.momentum,
                module.affine,
                module.track_running_stats,
                process_group,
            )
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
                setattr(converted, name, getattr(module, name))
            converted.training = module.training
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted


class _InstanceNorm(_NormBase):
    """Instance normalisation; without a batch dimension as well."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Any) -> Any:
        """The input, normalised for each sample and channel."""
        self._check_input_dim(input)
        single = bool(self.dims) and input.ndim == self.dims[0]
        output = instance_norm(
            input.unsqueeze(0) if single else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return output.squeeze(0) if single else output


class InstanceNorm1d(_InstanceNorm):
    """torch.nn.InstanceNorm1d."""

    dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """torch.nn.InstanceNorm2d."""

    dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """torch.nn.InstanceNorm3d."""

    dims = (4, 5)


class AffineNorm(TorchLayer):
    """The base of norms with a weight and a bias, or without."""

    def _make_parameters(self, shape: Any, affine: bool, bias: bool, device: Any, dtype: Any) -> None:
        self.register_parameter("weight", new_parameter(shape, device, dtype) if affine else None)
        self.register_parameter("bias", new_parameter(shape, device, dtype) if affine and bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets weight and bias back to their start."""
        if self.weight is not None:
            init_ones_(self.weight)
        if self.bias is not None:
            init_zeros_(self.bias)


class LayerNorm(AffineNorm):
    """torch.nn.LayerNorm."""

    shown = ("normalized_shape", "eps", "elementwise_affine")

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self._make_parameters(shape, elementwise_affine, bias, device, dtype)

    def forward(self, input: Any) -> Any:
        """The input, normalised over its last dimensions."""
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(TorchLayer):
    """torch.nn.RMSNorm."""

    shown = ("normalized_shape", "eps", "elementwise_affine")

    def __init__(
        self,
        normalized_shape: Any,
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine
        self.register_parameter("weight", new_parameter(shape, device, dtype) if elementwise_affine else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Sets the weight back to ones."""
        if self.weight is not None:
            init_ones_(self.weight)

    def forward(self, input: Any) -> Any:
        """The input, divided by its root mean square over the last dimensions."""
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)


class GroupNorm(AffineNorm):
    """torch.nn.GroupNorm."""

    shown = ("num_groups", "num_channels", "eps", "affine")

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError("num_channels must be divisible by num_groups")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        shape = [num_channels]
        self._make_parameters(shape, affine, bias, device, dtype)

    def forward(self, input: Any) -> Any:
        """The input, normalised over each group of channels."""
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)


class LocalResponseNorm(TorchLayer):
    """torch.nn.LocalResponseNorm."""

    shown = ("size", "alpha", "beta", "k")

    def __init__(self, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Any) -> Any:
        """The input, divided by the energy of neighbouring channels."""
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)


class CrossMapLRN2d(LocalResponseNorm):
    """torch.nn.CrossMapLRN2d, with torch's own windows: the first channel leaves none of them."""

    def __init__(self, size: int, alpha: float = 0.0001, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Any) -> Any:
        """The input, divided by the energy of neighbouring channels."""
        ahead = (self.size - 1) // 2 + 1
        square = input * input
        channels = input.shape[1]
        windows = []
        for channel in range(channels):
            total = square[:, : min(ahead + channel, channels)].sum(axis=1)
            if channel > ahead:
                total = total - square[:, 1 : channel - ahead + 1].sum(axis=1)
            windows.append(total)
        energy = paddle.stack(windows, axis=1)
        return input * (energy * (self.alpha / self.size) + self.k) ** -self.beta
