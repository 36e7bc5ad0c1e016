"""What torch.nn's layers share, and those that are no convolution, norm, activation, pooling or loss."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import paddle
import paddle.nn.functional as F

from paconvert.helpers.containers import Sequential
from paconvert.helpers.functional import bilinear, cosine_similarity, embedding, embedding_bag, log_softmax
from paconvert.helpers.functional_conv import channel_shuffle, fold, pixel_shuffle, pixel_unshuffle, unfold
from paconvert.helpers.functional_loss import pairwise_distance
from paconvert.helpers.functional_vision import interpolate
from paconvert.helpers.init import init_normal_, init_uniform_


class TorchLayer(paddle.nn.Layer):
    """A layer with torch's attributes; those named in `shown` are in its text form."""

    shown: tuple[str, ...] = ()

    def extra_repr(self) -> str:
        """The attributes in `shown`."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shown)


def new_parameter(shape: Sequence[int], device: Any = None, dtype: Any = None) -> Any:
    """A parameter with arbitrary values."""
    return paddle.nn.Parameter(paddle.empty(list(shape), dtype=dtype, device=device))


def fan_in_uniform_(weight: Any, bias: Any = None) -> None:
    """torch's default for linear layers and convolutions: uniform within 1 / sqrt(inputs of one output)."""
    fan_in = math.prod(weight.shape[1:])
    if fan_in and weight.shape[0]:
        bound = 1 / math.sqrt(fan_in)
        init_uniform_(weight, -bound, bound)
        if bias is not None:
            init_uniform_(bias, -bound, bound)


class Linear(paddle.compat.nn.Linear):
    """torch.nn.Linear: Paddle's takes the outputs for the inputs when it initialises the weight."""

    def reset_parameters(self) -> None:
        """Draws new values for weight and bias."""
        fan_in_uniform_(self.weight, self.bias)


class Bilinear(TorchLayer):
    """torch.nn.Bilinear."""

    shown = ("in1_features", "in2_features", "out_features")

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in1_features, self.in2_features, self.out_features = in1_features, in2_features, out_features
        self.weight = new_parameter([out_features, in1_features, in2_features], device, dtype)
        self.register_parameter("bias", new_parameter([out_features], device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws new values for weight and bias."""
        bound = 1 / math.sqrt(self.in1_features)
        init_uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init_uniform_(self.bias, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Any:
        """The bilinear form of the two inputs."""
        return bilinear(input1, input2, self.weight, self.bias)


class Embedding(TorchLayer):
    """torch.nn.Embedding."""

    shown = ("num_embeddings", "embedding_dim", "padding_idx")

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("Padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.padding_idx = padding_idx
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        if _weight is None:
            self.weight = new_parameter([num_embeddings, embedding_dim], device, dtype)
            self.reset_parameters()
        else:
            if list(_weight.shape) != [num_embeddings, embedding_dim]:
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = paddle.nn.Parameter(_weight)
        self.weight.stop_gradient = _freeze

    def reset_parameters(self) -> None:
        """Draws new values; the row of `padding_idx` becomes zero."""
        init_normal_(self.weight)
        self._fill_padding_idx_with_zero()

    def _fill_padding_idx_with_zero(self) -> None:
        if self.padding_idx is not None:
            with paddle.no_grad():
                self.weight[self.padding_idx] = 0.0

    def forward(self, input: Any) -> Any:
        """The rows of the weight that `input` names."""
        return embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.sparse,
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Any:
        """An embedding whose weight is `embeddings`."""
        rows, columns = embeddings.shape
        return cls(
            rows,
            columns,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight=embeddings,
            _freeze=freeze,
        )


class EmbeddingBag(TorchLayer):
    """torch.nn.EmbeddingBag."""

    shown = ("num_embeddings", "embedding_dim", "mode")

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self.mode, self.include_last_offset = mode, include_last_offset
        self.padding_idx = padding_idx % num_embeddings if padding_idx is not None else None
        if _weight is None:
            self.weight = new_parameter([num_embeddings, embedding_dim], device, dtype)
            self.reset_parameters()
        else:
            self.weight = paddle.nn.Parameter(_weight)

    def reset_parameters(self) -> None:
        """Draws new values; the row of `padding_idx` becomes zero."""
        init_normal_(self.weight)
        if self.padding_idx is not None:
            with paddle.no_grad():
                self.weight[self.padding_idx] = 0.0

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        """The sum, mean or maximum of the rows of each bag."""
        return embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Any:
        """A bag whose weight is `embeddings`."""
        rows, columns = embeddings.shape
        bag = cls(
            rows,
            columns,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            embeddings,
            include_last_offset,
            padding_idx,
        )
        bag.weight.stop_gradient = freeze
        return bag


class Flatten(TorchLayer):
    """torch.nn.Flatten."""

    shown = ("start_dim", "end_dim")

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        """The input with those dimensions joined."""
        return input.flatten(self.start_dim, self.end_dim)


class Unflatten(TorchLayer):
    """torch.nn.Unflatten, for dimensions that are counted."""

    shown = ("dim", "unflattened_size")

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError("Paddle has no named dimensions")
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Any) -> Any:
        """The input with that dimension split."""
        dim = self.dim % input.ndim
        shape = [*input.shape[:dim], *self.unflattened_size]
        if -1 in shape:
            shape[shape.index(-1)] = input.shape[dim] // -math.prod(self.unflattened_size)
        return input.reshape([*shape, *input.shape[dim + 1 :]])


class CosineSimilarity(TorchLayer):
    """torch.nn.CosineSimilarity."""

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Any, x2: Any) -> Any:
        """The cosine of the angle between the inputs."""
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(TorchLayer):
    """torch.nn.PairwiseDistance."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        """The distance between the rows of the inputs."""
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class PixelShuffle(TorchLayer):
    """torch.nn.PixelShuffle."""

    shown = ("upscale_factor",)

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Any:
        """Channels become pixels."""
        return pixel_shuffle(input, self.upscale_factor)


class PixelUnshuffle(TorchLayer):
    """torch.nn.PixelUnshuffle."""

    shown = ("downscale_factor",)

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Any:
        """Pixels become channels."""
        return pixel_unshuffle(input, self.downscale_factor)


class ChannelShuffle(TorchLayer):
    """torch.nn.ChannelShuffle."""

    shown = ("groups",)

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Any:
        """The channels, taken from each group in turn."""
        return channel_shuffle(input, self.groups)


class Unfold(TorchLayer):
    """torch.nn.Unfold."""

    shown = ("kernel_size", "dilation", "padding", "stride")

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> None:
        super().__init__()
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Any) -> Any:
        """The sliding windows as columns."""
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(TorchLayer):
    """torch.nn.Fold."""

    shown = ("output_size", "kernel_size", "dilation", "padding", "stride")

    def __init__(
        self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
    ) -> None:
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Any) -> Any:
        """The sum of the columns where they overlap."""
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)


class Upsample(TorchLayer):
    """torch.nn.Upsample."""

    shown = ("size", "scale_factor", "mode")

    def __init__(
        self,
        size: Any = None,
        scale_factor: Any = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        if isinstance(scale_factor, tuple):
            self.scale_factor: Any = tuple(float(factor) for factor in scale_factor)
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode, self.align_corners = mode, align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Any) -> Any:
        """The resampled input."""
        return interpolate(
            input,
            self.size,
            self.scale_factor,
            self.mode,
            self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )


class UpsamplingNearest2d(Upsample):
    """torch.nn.UpsamplingNearest2d."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """torch.nn.UpsamplingBilinear2d."""

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


ASMoutput = namedtuple("ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(TorchLayer):
    """torch.nn.AdaptiveLogSoftmaxWithLoss."""

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if cutoffs != sorted(set(cutoffs)) or cutoffs[0] <= 0 or cutoffs[-1] > n_classes - 1:
            raise ValueError(
                "cutoffs should be unique, positive and increasing, each between 1 and n_classes-1"
            )
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size = cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        factory = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **factory)
        self.tail = paddle.nn.ModuleList()
        for i in range(self.n_clusters):
            hidden = int(in_features // (div_value ** (i + 1)))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(
                    Linear(in_features, hidden, bias=False, **factory),
                    Linear(hidden, size, bias=False, **factory),
                )
            )

    def reset_parameters(self) -> None:
        """Draws new values for all layers."""
        for layer in (self.head, *(layer for pair in self.tail for layer in pair)):
            layer.reset_parameters()

    def log_prob(self, input: Any) -> Any:
        """The log probabilities of all classes."""
        head = log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail):
            parts.append(log_softmax(cluster(input), 1) + head[:, self.shortlist_size + i].unsqueeze(1))
        return paddle.concat(parts, axis=1)

    def forward(self, input_: Any, target_: Any) -> ASMoutput:
        """The log probability of each target, and the mean loss."""
        if target_.ndim > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        single = target_.ndim == 0
        input, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if single else (input_, target_)
        if bool(((target < 0) | (target >= self.n_classes)).any()):
            raise RuntimeError(f"Target values should be in [0, {self.n_classes - 1}]")
        output = paddle.take_along_axis(self.log_prob(input), target.unsqueeze(1), 1).squeeze(1)
        return ASMoutput(output.squeeze(0) if single else output, (-output).mean())

    def predict(self, input: Any) -> Any:
        """The class with the highest probability."""
        return self.log_prob(input).argmax(axis=1)


class FloatFunctional(TorchLayer):
    """torch.nn.quantized.FloatFunctional: operations as methods of a layer."""

    def __init__(self) -> None:
        super().__init__()
        self.activation_post_process = paddle.nn.Identity()

    def forward(self, x: Any) -> Any:
        """Not meant to be called."""
        raise RuntimeError(
            "FloatFunctional is not intended to use the forward. Please use the underlying operation"
        )

    def add(self, x: Any, y: Any) -> Any:
        """The sum."""
        return self.activation_post_process(x + y)

    def add_scalar(self, x: Any, y: float) -> Any:
        """The sum with a number."""
        return x + y

    def mul(self, x: Any, y: Any) -> Any:
        """The product."""
        return self.activation_post_process(x * y)

    def mul_scalar(self, x: Any, y: float) -> Any:
        """The product with a number."""
        return x * y

    def cat(self, x: Any, dim: int = 0) -> Any:
        """The tensors joined."""
        return self.activation_post_process(paddle.concat(list(x), axis=dim))

    def add_relu(self, x: Any, y: Any) -> Any:
        """The sum, and zero where it is negative."""
        return self.activation_post_process(F.relu(x + y))

    def matmul(self, x: Any, y: Any) -> Any:
        """The matrix product."""
        return self.activation_post_process(paddle.matmul(x, y))
