"""Process groups and collectives with torch's interface; a group of one process needs no backend."""

from __future__ import annotations

import os
import urllib.parse
from typing import Any, ClassVar

import paddle
from paddle.distributed import ReduceOp


class ProcessGroupState:
    """Whether the default group was made, and whether it is this process alone."""

    started: ClassVar[bool] = False
    backend: ClassVar[str] = ""


class FinishedWork:
    """The handle of a collective that is done already."""

    def wait(self, timeout: Any = None) -> bool:
        """Returns at once."""
        return True

    def is_completed(self) -> bool:
        """True."""
        return True

    def is_success(self) -> bool:
        """True."""
        return True


def init_process_group(
    backend: Any = None,
    init_method: str | None = None,
    timeout: Any = None,
    world_size: int = -1,
    rank: int = -1,
    store: Any = None,
    group_name: str = "",
    pg_options: Any = None,
    device_id: Any = None,
    _ranks: Any = None,
) -> None:
    """Makes the default group from the arguments and torch's environment variables."""
    environ = os.environ
    size = (
        world_size
        if world_size >= 0
        else int(environ.get("WORLD_SIZE", environ.get("PADDLE_TRAINERS_NUM", 1)))
    )
    place = rank if rank >= 0 else int(environ.get("RANK", environ.get("PADDLE_TRAINER_ID", 0)))
    on_gpu = paddle.device.is_compiled_with_cuda()
    name = str(backend).lower() if backend else ("nccl" if on_gpu else "gloo")
    name = {"cpu:gloo,cuda:nccl": "nccl" if on_gpu else "gloo", "mpi": "gloo"}.get(name, name)
    ProcessGroupState.started, ProcessGroupState.backend = True, name
    if size <= 1:
        return
    if init_method and init_method.startswith("tcp://"):
        address = urllib.parse.urlparse(init_method)
        environ["MASTER_ADDR"], environ["MASTER_PORT"] = str(address.hostname), str(address.port)
    elif store is not None or (init_method and not init_method.startswith("env://")):
        raise NotImplementedError("Paddle makes groups from tcp:// and env:// addresses only")
    host, port = environ.setdefault("MASTER_ADDR", "127.0.0.1"), environ.setdefault("MASTER_PORT", "29500")
    endpoints = [f"{host}:{int(port) + 1 + trainer}" for trainer in range(size)]
    environ.setdefault("PADDLE_TRAINER_ENDPOINTS", ",".join(endpoints))
    environ.setdefault("PADDLE_CURRENT_ENDPOINT", endpoints[place])
    environ.setdefault("PADDLE_MASTER", f"{host}:{port}")
    environ["PADDLE_TRAINERS_NUM"], environ["PADDLE_TRAINER_ID"] = str(size), str(place)
    environ["PADDLE_DISTRI_BACKEND"] = name
    paddle.distributed.init_parallel_env()


def is_initialized() -> bool:
    """Whether the default group was made."""
    return ProcessGroupState.started or bool(paddle.distributed.is_initialized())


def destroy_process_group(group: Any = None) -> None:
    """Ends a group, or all of them."""
    if paddle.distributed.is_initialized():
        paddle.distributed.destroy_process_group(group)
    if group is None:
        ProcessGroupState.started = False


def require_group() -> None:
    """Raises unless the default group was made."""
    if not is_initialized():
        raise ValueError(
            "Default process group has not been initialized, please make sure to call init_process_group."
        )


def get_rank(group: Any = None) -> int:
    """The number of this process in the group."""
    require_group()
    return int(paddle.distributed.get_rank(group))


def get_world_size(group: Any = None) -> int:
    """How many processes the group has."""
    require_group()
    return int(paddle.distributed.get_world_size(group))


def get_backend(group: Any = None) -> str:
    """The name of the backend, in lower case."""
    require_group()
    return ProcessGroupState.backend or str(paddle.distributed.get_backend(group)).lower()


def is_alone(group: Any = None) -> bool:
    """Whether the group is this process alone; raises unless the default group was made."""
    return get_world_size(group) <= 1


def handle_of(task: Any, async_op: bool) -> Any:
    """What a collective returns: a handle when asked for, else nothing."""
    if not async_op:
        return None
    return FinishedWork() if task is None else task


def new_group(
    ranks: Any = None,
    timeout: Any = None,
    backend: Any = None,
    pg_options: Any = None,
    use_local_synchronization: bool = False,
    group_desc: Any = None,
    device_id: Any = None,
    sort_ranks: bool = True,
) -> Any:
    """A group of some of the processes."""
    require_group()
    return None if is_alone() else paddle.distributed.new_group(ranks)


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None, timeout: Any = None) -> Any:
    """Waits for all processes of the group."""
    if not is_alone(group):
        paddle.distributed.barrier(group)
    return handle_of(None, async_op)


def monitored_barrier(group: Any = None, timeout: Any = None, wait_all_ranks: bool = False) -> None:
    """Waits for all processes of the group."""
    barrier(group)


def all_reduce(tensor: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Any:
    """Puts the reduction of all processes' tensors in place of each."""
    alone = is_alone(group)
    task = None if alone else paddle.distributed.all_reduce(tensor, op, group, sync_op=not async_op)
    return handle_of(task, async_op)


def reduce(
    tensor: Any,
    dst: int | None = None,
    op: Any = ReduceOp.SUM,
    group: Any = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Any:
    """Puts the reduction of all processes' tensors in place of that of process `dst`."""
    alone = is_alone(group)
    task = None if alone else paddle.distributed.reduce(tensor, dst or 0, op, group, sync_op=not async_op)
    return handle_of(task, async_op)


def broadcast(
    tensor: Any,
    src: int | None = None,
    group: Any = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Any:
    """Puts the tensor of process `src` in place of each."""
    alone = is_alone(group)
    task = None if alone else paddle.distributed.broadcast(tensor, src or 0, group, sync_op=not async_op)
    return handle_of(task, async_op)


def gather_tensors(tensor: Any, group: Any) -> list[Any]:
    """The tensors of all processes."""
    if is_alone(group):
        return [tensor.detach().clone()]
    gathered: list[Any] = []
    paddle.distributed.all_gather(gathered, tensor.detach().contiguous(), group)
    return gathered


def all_gather(tensor_list: list[Any], tensor: Any, group: Any = None, async_op: bool = False) -> Any:
    """Fills the tensors of a list with those of all processes."""
    with paddle.no_grad():
        for own, other in zip(tensor_list, gather_tensors(tensor, group), strict=True):
            own.copy_(other)
    return handle_of(None, async_op)


def all_gather_into_tensor(
    output_tensor: Any, input_tensor: Any, group: Any = None, async_op: bool = False
) -> Any:
    """Fills a tensor with those of all processes, one after another or stacked."""
    with paddle.no_grad():
        gathered = gather_tensors(input_tensor, group)
        output_tensor.copy_(paddle.stack(gathered).reshape(output_tensor.shape))
    return handle_of(None, async_op)


def gather(
    tensor: Any,
    gather_list: list[Any] | None = None,
    dst: int | None = None,
    group: Any = None,
    async_op: bool = False,
    group_dst: int | None = None,
) -> Any:
    """Fills the tensors of process `dst`'s list with those of all processes."""
    gathered = gather_tensors(tensor, group)
    if get_rank(group) == (dst or 0) and gather_list is not None:
        with paddle.no_grad():
            for own, other in zip(gather_list, gathered, strict=True):
                own.copy_(other)
    return handle_of(None, async_op)


def scatter(
    tensor: Any,
    scatter_list: list[Any] | None = None,
    src: int | None = None,
    group: Any = None,
    async_op: bool = False,
    group_src: int | None = None,
) -> Any:
    """Fills each process's tensor with its part of process `src`'s list."""
    if is_alone(group):
        with paddle.no_grad():
            tensor.copy_((scatter_list or [tensor])[0])
        return handle_of(None, async_op)
    task = paddle.distributed.scatter(tensor, scatter_list, src or 0, group, sync_op=not async_op)
    return handle_of(task, async_op)


def reduce_scatter(
    output: Any, input_list: list[Any], op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Any:
    """Fills each process's tensor with its part of the reduction of all lists."""
    with paddle.no_grad():
        stacked = paddle.stack(list(input_list))
        all_reduce(stacked, op, group)
        output.copy_(stacked[get_rank(group)])
    return handle_of(None, async_op)


def reduce_scatter_tensor(
    output: Any, input: Any, op: Any = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Any:
    """Fills each process's tensor with its part of the reduction of all tensors."""
    return reduce_scatter(output, input.reshape([-1, *output.shape]).unbind(0), op, group, async_op)


def all_to_all(
    output_tensor_list: list[Any], input_tensor_list: list[Any], group: Any = None, async_op: bool = False
) -> Any:
    """Sends one tensor of a list to each process and fills another list with what comes."""
    rank, size = get_rank(group), get_world_size(group)
    with paddle.no_grad():
        if size <= 1:
            received = list(input_tensor_list)
        else:
            received = [gather_tensors(tensor, group) for tensor in input_tensor_list]
            received = [received[rank][other] for other in range(size)]
        for own, other in zip(output_tensor_list, received, strict=True):
            own.copy_(other)
    return handle_of(None, async_op)


def all_to_all_single(
    output: Any,
    input: Any,
    output_split_sizes: list[int] | None = None,
    input_split_sizes: list[int] | None = None,
    group: Any = None,
    async_op: bool = False,
) -> Any:
    """Sends one part of a tensor to each process and fills another tensor with what comes."""
    rank, size = get_rank(group), get_world_size(group)
    with paddle.no_grad():
        if size <= 1:
            received = [input]
        elif not input_split_sizes and not output_split_sizes:
            received = [tensor.chunk(size)[rank] for tensor in gather_tensors(input, group)]
        else:
            parts: list[Any] = []  # the processes may have tensors of other sizes
            sizes = input_split_sizes or [input.shape[0] // size] * size
            all_gather_object(parts, [part.numpy() for part in input.split(sizes)], group)
            received = [paddle.to_tensor(part[rank]) for part in parts]
        output.copy_(paddle.concat(received).astype(output.dtype))
    return handle_of(None, async_op)


def all_reduce_coalesced(
    tensors: list[Any], op: Any = None, group: Any = None, async_op: bool = False
) -> Any:
    """Reduces each of the tensors over the processes."""
    for tensor in tensors:
        all_reduce(tensor, op, group)
    return handle_of(None, async_op)


def all_gather_coalesced(
    output_tensor_lists: list[list[Any]],
    input_tensor_list: list[Any],
    group: Any = None,
    async_op: bool = False,
) -> Any:
    """Fills lists of tensors, one for each process, with the tensors of all processes."""
    for place, tensor in enumerate(input_tensor_list):
        all_gather([tensors[place] for tensors in output_tensor_lists], tensor, group)
    return handle_of(None, async_op)


def send(
    tensor: Any, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
) -> None:
    """Sends a tensor to process `dst`."""
    paddle.distributed.send(tensor, dst or 0, group)


def recv(
    tensor: Any, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
) -> int:
    """Fills a tensor with what process `src` sends."""
    paddle.distributed.recv(tensor, src or 0, group)
    return src or 0


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Fills a list with the objects of all processes."""
    gathered: list[Any] = [obj]
    if not is_alone(group):
        gathered = []
        paddle.distributed.all_gather_object(gathered, obj, group)
    object_list[:] = gathered


def gather_object(
    obj: Any,
    object_gather_list: list[Any] | None = None,
    dst: int | None = None,
    group: Any = None,
    group_dst: int | None = None,
) -> None:
    """Fills the list of process `dst` with the objects of all processes."""
    gathered: list[Any] = []
    all_gather_object(gathered, obj, group)
    if get_rank(group) == (dst or 0) and object_gather_list is not None:
        object_gather_list[:] = gathered


def broadcast_object_list(
    object_list: list[Any],
    src: int | None = None,
    group: Any = None,
    device: Any = None,
    group_src: int | None = None,
) -> None:
    """Fills the lists of all processes with the objects of process `src`."""
    gathered: list[Any] = []
    all_gather_object(gathered, list(object_list), group)
    object_list[:] = gathered[src or 0]


def scatter_object_list(
    scatter_object_output_list: list[Any],
    scatter_object_input_list: list[Any] | None = None,
    src: int | None = None,
    group: Any = None,
    group_src: int | None = None,
) -> None:
    """Puts each process's part of process `src`'s list first in its own list."""
    gathered: list[Any] = []
    all_gather_object(gathered, scatter_object_input_list, group)
    scatter_object_output_list[0] = gathered[src or 0][get_rank(group)]


def isend(
    tensor: Any, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
) -> Any:
    """Starts sending a tensor to process `dst`; gives a handle."""
    require_group()
    return paddle.distributed.isend(tensor, dst or 0, group)


def irecv(
    tensor: Any, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
) -> Any:
    """Starts filling a tensor with what process `src` sends; gives a handle."""
    require_group()
    return paddle.distributed.irecv(tensor, src or 0, group)


class P2POp:
    """A message to be sent or received: `op` is `isend` or `irecv`."""

    def __init__(
        self,
        op: Any,
        tensor: Any,
        peer: int | None = None,
        group: Any = None,
        tag: int = 0,
        group_peer: int | None = None,
    ) -> None:
        self.op = op
        self.tensor = tensor
        self.peer = peer
        self.group = group
        self.tag = tag


def batch_isend_irecv(p2p_op_list: list[Any]) -> list[Any]:
    """Starts several messages; gives their handles."""
    return [message.op(message.tensor, message.peer, message.group) for message in p2p_op_list]


def get_process_group_ranks(group: Any) -> list[int]:
    """The numbers of the processes of a group."""
    return list(range(get_world_size())) if group is None else [int(rank) for rank in group.ranks]


def get_global_rank(group: Any, group_rank: int) -> int:
    """The number in the default group of a process that has `group_rank` in a group."""
    return get_process_group_ranks(group)[group_rank]


def get_group_rank(group: Any, global_rank: int) -> int:
    """The number in a group of a process that has `global_rank` in the default group."""
    return get_process_group_ranks(group).index(global_rank)
