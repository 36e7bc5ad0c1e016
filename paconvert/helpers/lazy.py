"""torch.nn's lazy layers, which take the size of their input from the first call."""

from __future__ import annotations

from typing import Any

import paddle

from paconvert.helpers.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from paconvert.helpers.dtype import default_dtype
from paconvert.helpers.layers import Linear, TorchLayer
from paconvert.helpers.normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)


class UninitializedParameter(paddle.nn.Parameter):
    """torch.nn.parameter.UninitializedParameter; nothing is one: lazy layers make their parameters whole."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """There are none."""
        raise NotImplementedError("Paddle has no parameters without a shape")


class UninitializedBuffer(UninitializedParameter):
    """torch.nn.parameter.UninitializedBuffer; nothing is one."""


class LazyModuleMixin(TorchLayer):
    """A layer that becomes one of another class (`becomes`) at its first call, when it sees its input."""

    becomes: Any = None
    channel_dim = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._arguments = (args, kwargs)
        # Casts of the layer change this tensor, and what is made has its dtype.
        self.register_buffer("_pattern", paddle.empty([0]), persistable=False)

    def has_uninitialized_params(self) -> bool:
        """Whether the layer still waits for its input."""
        return True

    def initialize_parameters(self, input: Any) -> None:
        """Makes the parameters for such an input."""
        args, kwargs = self._arguments
        made = self.becomes(input.shape[self.channel_dim], *args, **kwargs)
        made.training = self.training
        if self._pattern.dtype != default_dtype():
            made.type(self._pattern.dtype)
        hooks = {name: value for name, value in self.__dict__.items() if name.startswith("_forward_")}
        self.__dict__.clear()
        self.__class__ = type(made)
        self.__dict__.update(made.__dict__, **hooks)

    def forward(self, input: Any) -> Any:
        """Initialises the layer and calls it."""
        self.initialize_parameters(input)
        return self.forward(input)


class LazyLinear(LazyModuleMixin):
    """torch.nn.LazyLinear."""

    becomes = Linear
    channel_dim = -1


class LazyConv1d(LazyModuleMixin):
    """torch.nn.LazyConv1d."""

    becomes = Conv1d
    channel_dim = -2


class LazyConv2d(LazyModuleMixin):
    """torch.nn.LazyConv2d."""

    becomes = Conv2d
    channel_dim = -3


class LazyConv3d(LazyModuleMixin):
    """torch.nn.LazyConv3d."""

    becomes = Conv3d
    channel_dim = -4


class LazyConvTranspose1d(LazyModuleMixin):
    """torch.nn.LazyConvTranspose1d."""

    becomes = ConvTranspose1d
    channel_dim = -2


class LazyConvTranspose2d(LazyModuleMixin):
    """torch.nn.LazyConvTranspose2d."""

    becomes = ConvTranspose2d
    channel_dim = -3


class LazyConvTranspose3d(LazyModuleMixin):
    """torch.nn.LazyConvTranspose3d."""

    becomes = ConvTranspose3d
    channel_dim = -4


class LazyBatchNorm1d(LazyModuleMixin):
    """torch.nn.LazyBatchNorm1d."""

    becomes = BatchNorm1d


class LazyBatchNorm2d(LazyModuleMixin):
    """torch.nn.LazyBatchNorm2d."""

    becomes = BatchNorm2d


class LazyBatchNorm3d(LazyModuleMixin):
    """torch.nn.LazyBatchNorm3d."""

    becomes = BatchNorm3d


class _LazyInstanceNorm(LazyModuleMixin):
    """An instance norm that has parameters and statistics unless told otherwise, as torch's lazy ones."""

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(eps, momentum, affine, track_running_stats, *args, **kwargs)


class LazyInstanceNorm1d(_LazyInstanceNorm):
    """torch.nn.LazyInstanceNorm1d."""

    becomes = InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm):
    """torch.nn.LazyInstanceNorm2d."""

    becomes = InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm):
    """torch.nn.LazyInstanceNorm3d."""

    becomes = InstanceNorm3d
