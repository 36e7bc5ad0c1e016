"""fairscale.nn.model_parallel: layers that are spread over the processes of a group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import paddle

from paconvert.helpers.distributed import (
    all_reduce,
    gather_tensors,
    get_rank,
    get_world_size,
    is_initialized,
    new_group,
)
from paconvert.helpers.functional import embedding
from paconvert.helpers.init import init_xavier_normal_
from paconvert.helpers.layers import TorchLayer, new_parameter


class ModelParallelGroups:
    """The groups that this process is in, by kind; none before they are made."""

    made: ClassVar[dict[str, Any]] = {}
    pipeline_ranks: ClassVar[list[int]] = []


def initialize_model_parallel(
    model_parallel_size_: int,
    pipeline_length: int = 1,
    *,
    model_parallel_backend: str | None = None,
    pipeline_backend: str | None = None,
    ddp_backend: str | None = None,
) -> None:
    """Makes the groups: processes with neighbouring numbers share a model."""
    if not is_initialized():
        raise AssertionError
    if ModelParallelGroups.made:
        raise AssertionError("data parallel group is already initialized")
    world, rank = get_world_size(), get_rank()
    size = min(model_parallel_size_, world)
    copies = whole_share(world, size * pipeline_length)
    if rank == 0:
        print(f"> initializing model parallel with size {model_parallel_size_}")
        print(f"> initializing ddp with size {copies}")
        print(f"> initializing pipeline with size {pipeline_length}")
    numbers = [[[(i * pipeline_length + j) * size + k for k in range(size)] for j in range(pipeline_length)]
               for i in range(copies)]  # fmt: skip
    kinds = {
        "data": [[plane[j][k] for plane in numbers] for j in range(pipeline_length) for k in range(size)],
        "model": [row for plane in numbers for row in plane],
        "pipeline": [[row[k] for row in plane] for plane in numbers for k in range(size)],
    }
    for kind, groups in kinds.items():
        for ranks in groups:  # every process has to take part in making every group
            group = new_group(ranks)
            if rank in ranks:
                ModelParallelGroups.made[kind] = group
                if kind == "pipeline":
                    ModelParallelGroups.pipeline_ranks[:] = ranks


def model_parallel_is_initialized() -> bool:
    """Whether the groups were made."""
    return bool(ModelParallelGroups.made)


def destroy_model_parallel() -> None:
    """Forgets the groups."""
    ModelParallelGroups.made.clear()
    ModelParallelGroups.pipeline_ranks.clear()


def parallel_group(kind: str) -> Any:
    """The group of a kind that this process is in."""
    if kind not in ModelParallelGroups.made:
        raise AssertionError(f"{kind} parallel group is not initialized")
    return ModelParallelGroups.made[kind]


def get_model_parallel_group() -> Any:
    """The processes that share this process's model."""
    return parallel_group("model")


def get_data_parallel_group() -> Any:
    """The processes that have the same part of the model."""
    return parallel_group("data")


def get_pipeline_parallel_group() -> Any:
    """The processes that are the steps of this process's pipeline."""
    return parallel_group("pipeline")


def get_pipeline_parallel_ranks() -> list[int]:
    """The numbers of the processes of the pipeline."""
    parallel_group("pipeline")
    return list(ModelParallelGroups.pipeline_ranks)


def get_model_parallel_world_size() -> int:
    """How many processes share a model."""
    return get_world_size(get_model_parallel_group())


def get_model_parallel_rank() -> int:
    """The number of this process among those that share its model."""
    return get_rank(get_model_parallel_group())


def get_model_parallel_src_rank() -> int:
    """The number, among all, of the first process of the model."""
    size = get_model_parallel_world_size()
    return get_rank() // size * size


def get_data_parallel_world_size() -> int:
    """How many copies of the model there are."""
    return get_world_size(get_data_parallel_group())


def get_data_parallel_rank() -> int:
    """The number of this process's copy of the model."""
    return get_rank(get_data_parallel_group())


def whole_share(total: int, parts: int) -> int:
    """`total` divided by `parts`, which must come out even."""
    if total % parts:
        raise AssertionError(f"{total} is not divisible by {parts}")
    return total // parts


def sum_over_model(x: Any) -> Any:
    """The sum of all parts' tensors."""
    if get_model_parallel_world_size() == 1:
        return x
    total = x.detach().clone()
    all_reduce(total, group=get_model_parallel_group())
    return total


def joined_over_model(x: Any) -> Any:
    """All parts' tensors, joined along the last dimension."""
    if get_model_parallel_world_size() == 1:
        return x
    return paddle.concat(gather_tensors(x, get_model_parallel_group()), axis=-1)


def own_part(x: Any) -> Any:
    """This process's part of the last dimension."""
    share = whole_share(x.shape[-1], get_model_parallel_world_size())
    start = get_model_parallel_rank() * share
    return x[..., start : start + share]


class _Exchange(paddle.autograd.PyLayer):  # type: ignore[misc]
    """Two functions over the processes, one for the values and one for their gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any, there: Callable[[Any], Any], back: Callable[[Any], Any]) -> Any:
        ctx.back = back
        return there(x).clone()

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        return ctx.back(grad)


def _exchange(x: Any, there: Callable[[Any], Any], back: Callable[[Any], Any]) -> Any:
    return x if get_model_parallel_world_size() == 1 else _Exchange.apply(x, there, back)


def _as_it_is(x: Any) -> Any:
    return x


def copy_to_model_parallel_region(input_: Any) -> Any:
    """The tensor; its gradient is the sum of the processes' gradients."""
    return _exchange(input_, _as_it_is, sum_over_model)


def reduce_from_model_parallel_region(input_: Any) -> Any:
    """The sum of the processes' tensors."""
    return _exchange(input_, sum_over_model, _as_it_is)


def scatter_to_model_parallel_region(input_: Any) -> Any:
    """This process's part of the last dimension."""
    return _exchange(input_, own_part, joined_over_model)


def gather_from_model_parallel_region(input_: Any) -> Any:
    """The processes' tensors, joined along the last dimension."""
    return _exchange(input_, joined_over_model, own_part)


def initialize_part(
    weight: Any, full_shape: list[int], axis: int, init_method: Callable[[Any], Any], stride: int = 1
) -> Any:
    """Fills this process's part of a weight from the whole one, which is given back."""
    size = get_model_parallel_world_size()
    if size == 1:
        init_method(weight)
        return weight
    whole = paddle.empty(full_shape, dtype=weight.dtype)
    init_method(whole)
    share = whole_share(weight.shape[axis], stride)
    parts = paddle.split(whole, full_shape[axis] // share, axis=axis)
    with paddle.no_grad():
        paddle.assign(paddle.concat(parts[get_model_parallel_rank() :: size], axis=axis), output=weight)
    return whole


class ColumnParallelLinear(TorchLayer):
    """fairscale's ColumnParallelLinear: each process has some of the outputs."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        gather_output: bool = True,
        init_method: Callable[[Any], Any] = init_xavier_normal_,
        stride: int = 1,
        keep_master_weight_for_test: bool = False,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features, self.gather_output = in_features, out_features, gather_output
        self.output_size_per_partition = whole_share(out_features, get_model_parallel_world_size())
        self.weight = new_parameter([self.output_size_per_partition, in_features])
        self.register_parameter("bias", None)
        if bias:
            self.bias = paddle.nn.Parameter(paddle.zeros([self.output_size_per_partition]))
        whole = initialize_part(self.weight, [out_features, in_features], 0, init_method, stride)
        self.master_weight = whole if keep_master_weight_for_test else None

    def get_master_weight(self) -> Any:
        """The weights of all processes."""
        weight = self.weight.detach().transpose([1, 0])
        return gather_from_model_parallel_region(weight).transpose([1, 0])

    def forward(self, input_: Any) -> Any:
        """The outputs of all processes, or of this one."""
        x = copy_to_model_parallel_region(input_)
        y = paddle.compat.nn.functional.linear(x, self.weight, self.bias)
        return gather_from_model_parallel_region(y) if self.gather_output else y


class RowParallelLinear(TorchLayer):
    """fairscale's RowParallelLinear: each process has some of the inputs."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        input_is_parallel: bool = False,
        init_method: Callable[[Any], Any] = init_xavier_normal_,
        stride: int = 1,
        keep_master_weight_for_test: bool = False,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.input_is_parallel = input_is_parallel
        self.input_size_per_partition = whole_share(in_features, get_model_parallel_world_size())
        self.weight = new_parameter([out_features, self.input_size_per_partition])
        self.register_parameter("bias", None)
        if bias:
            self.bias = paddle.nn.Parameter(paddle.zeros([out_features]))
        whole = initialize_part(self.weight, [out_features, in_features], 1, init_method, stride)
        self.master_weight = whole if keep_master_weight_for_test else None

    def get_master_weight(self) -> Any:
        """The weights of all processes."""
        return gather_from_model_parallel_region(self.weight.detach())

    def forward(self, input_: Any) -> Any:
        """The sum of what the processes make of their inputs."""
        x = input_ if self.input_is_parallel else scatter_to_model_parallel_region(input_)
        y = reduce_from_model_parallel_region(paddle.compat.nn.functional.linear(x, self.weight))
        return y if self.bias is None else y + self.bias


class ParallelEmbedding(TorchLayer):
    """fairscale's ParallelEmbedding: each process has some numbers of every row."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        init_method: Callable[[Any], Any] = init_xavier_normal_,
        keep_master_weight_for_test: bool = False,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        # fairscale keeps the other argument under this name.
        self.max_norm, self.norm_type = max_norm, scale_grad_by_freq
        self.scale_grad_by_freq, self.sparse, self._weight = scale_grad_by_freq, sparse, None
        self.embedding_dim_per_partition = whole_share(embedding_dim, get_model_parallel_world_size())
        self.weight = new_parameter([num_embeddings, self.embedding_dim_per_partition])
        initialize_part(self.weight, [num_embeddings, embedding_dim], 1, init_method)

    def forward(self, input_: Any) -> Any:
        """The rows that `input_` names."""
        settings = (self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse)
        return gather_from_model_parallel_region(embedding(input_, self.weight, self.padding_idx, *settings))


class VocabParallelEmbedding(TorchLayer):
    """fairscale's VocabParallelEmbedding: each process has some of the rows."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        init_method: Callable[[Any], Any] = init_xavier_normal_,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse, self._weight = scale_grad_by_freq, sparse, None
        share = whole_share(num_embeddings, get_model_parallel_world_size())
        self.vocab_start_index = get_model_parallel_rank() * share
        self.vocab_end_index = self.vocab_start_index + share
        self.num_embeddings_per_partition = share
        self.weight = new_parameter([share, embedding_dim])
        initialize_part(self.weight, [num_embeddings, embedding_dim], 0, init_method)

    def forward(self, input_: Any) -> Any:
        """The rows that `input_` names, from the processes that have them."""
        settings = (self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse)
        elsewhere = (input_ < self.vocab_start_index) | (input_ >= self.vocab_end_index)
        rows = paddle.where(elsewhere, paddle.zeros_like(input_), input_ - self.vocab_start_index)
        found = embedding(rows, self.weight, self.padding_idx, *settings)
        here = paddle.where(elsewhere.unsqueeze(-1), paddle.zeros([1], dtype=found.dtype), found)
        return reduce_from_model_parallel_region(here)
