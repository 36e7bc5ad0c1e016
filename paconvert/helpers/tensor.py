"""Members of torch's tensors that Paddle's tensors do not have, or have with another meaning."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.creation import placed, seeded, tensor
from paconvert.helpers.dtype import dtype_itemsize, dtype_name, dtype_of
from paconvert.helpers.inplace import in_place, write_into
from paconvert.helpers.sparse import densify

_TYPE_NAMES = {
    "float32": "FloatTensor",
    "float64": "DoubleTensor",
    "float16": "HalfTensor",
    "bfloat16": "BFloat16Tensor",
    "uint8": "ByteTensor",
    "int8": "CharTensor",
    "int16": "ShortTensor",
    "int32": "IntTensor",
    "int64": "LongTensor",
    "bool": "BoolTensor",
    "complex64": "ComplexFloatTensor",
    "complex128": "ComplexDoubleTensor",
}


def grad_of(input: Any) -> Any:
    """`torch.Tensor.grad`: the gradient, which itself wants no gradient (Paddle's does), or `None`."""
    gradient = input.grad
    if isinstance(gradient, paddle.Tensor):
        gradient.stop_gradient = True
    return gradient


def grad_fn_of(input: Any) -> Any:
    """`torch.Tensor.grad_fn`: the node that made the tensor; `None` for leaves."""
    return None if input.is_leaf else input.grad_fn


def tensor_backward(
    input: Any,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """`torch.Tensor.backward`: adds gradients to the leaves of the graph, or to `inputs` alone."""
    if gradient is None and input.size != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    if create_graph:
        raise NotImplementedError("Paddle adds gradients without a graph of their own; use paddle.grad")
    if inputs is None:
        input.backward(gradient, retain_graph=bool(retain_graph))
        return
    sources = [inputs] if isinstance(inputs, paddle.Tensor) else list(inputs)
    weights = None if gradient is None else [gradient]
    gradients = paddle.grad([input], sources, weights, retain_graph=bool(retain_graph))
    for source, value in zip(sources, gradients, strict=True):
        source.grad = value if source.grad is None else source.grad.detach() + value


def tensor_to(
    input: Any, *arguments: Any, copy: bool = False, memory_format: Any = None, **options: Any
) -> Any:
    """`torch.Tensor.to` with `copy` and `memory_format` (which makes no difference in Paddle)."""
    if arguments and isinstance(arguments[-1], bool):  # (..., non_blocking, copy) by position
        flags = [item for item in arguments if isinstance(item, bool)]
        arguments = arguments[: len(arguments) - len(flags)]
        copy = copy or (len(flags) == 2 and flags[1])
    options.pop("non_blocking", None)
    result = input.to(*arguments, **options)
    return input.clone() if copy and (result is input or result.data_ptr() == input.data_ptr()) else result


def tensor_type(input: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """`torch.Tensor.type`: the name of the tensor's type, or the tensor in a dtype (or type of that name)."""
    if dtype is None:
        place = "torch.cuda." if input.place.is_gpu_place() else "torch."
        return place + _TYPE_NAMES[dtype_name(input.dtype)]
    if isinstance(dtype, paddle.dtype):
        return input.astype(dtype)
    if isinstance(dtype, str):
        place, _, wanted = dtype.rpartition(".")
        on_gpu = place.endswith("cuda")
        dtype = next(dtype_of(name) for name, type_name in _TYPE_NAMES.items() if type_name == wanted)
    elif dtype is paddle.Tensor:  # the type of tensors by default
        on_gpu, dtype = False, paddle.get_default_dtype()
    else:
        on_gpu, dtype = dtype.on_gpu, dtype.dtype  # a class of typed tensors
    if on_gpu != input.place.is_gpu_place():
        input = input.cuda() if on_gpu else input.cpu()
    return input.astype(dtype)


def new_tensor(
    input: Any, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.Tensor.new_tensor`: a copy of `data`, by default in the tensor's dtype and on its device."""
    return tensor(
        data,
        dtype=input.dtype if dtype is None else dtype,
        device=input.device if device is None else device,
        requires_grad=requires_grad,
    )


def tensor_new(input: Any, *arguments: Any, device: Any = None) -> Any:
    """`torch.Tensor.new`: a tensor of the same dtype, from sizes or from data."""
    if len(arguments) == 1 and not isinstance(arguments[0], int | type(paddle.Size([]))):
        return new_tensor(input, arguments[0], device=device)
    sizes = arguments[0] if len(arguments) == 1 and not isinstance(arguments[0], int) else arguments or (0,)
    return paddle.empty([int(size) for size in sizes], dtype=input.dtype)


def new_empty_strided(
    input: Any, size: Any, stride: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.Tensor.new_empty_strided`: memory for that size and stride."""
    length = 1 + sum((int(n) - 1) * int(step) for n, step in zip(size, stride, strict=True))
    memory = paddle.empty([length], dtype=input.dtype if dtype is None else dtype)
    return placed(memory.as_strided(list(size), list(stride)), device, requires_grad)


def tensor_tolist(input: Any) -> Any:
    """`torch.Tensor.tolist`: numbers of Python, nested as the tensor (Paddle gives the bits of bfloat16)."""
    return input.astype("float32").tolist() if dtype_name(input.dtype) == "bfloat16" else input.tolist()


def nbytes_of(input: Any) -> int:
    """`torch.Tensor.nbytes`: the bytes of all numbers."""
    return int(input.size) * dtype_itemsize(input.dtype)


def tensor_contains(input: Any, element: Any) -> bool:
    """Whether a number is in the tensor, as `element in tensor`."""
    return bool((input == element).any())


def sum_to_size(input: Any, *size: Any) -> Any:
    """`torch.Tensor.sum_to_size`: sums over the dimensions that spread a tensor of that size to this one."""
    wanted = list(size[0]) if len(size) == 1 and not isinstance(size[0], int) else list(size)
    if not wanted:
        return input.sum()
    lead = input.ndim - len(wanted)
    axes = [*range(lead), *(lead + i for i, n in enumerate(wanted) if n == 1 and input.shape[lead + i] != 1)]
    return (input.sum(axes, keepdim=True) if axes else input).reshape(wanted)


def random_in_place(input: Any, draw: Callable[[list[int], str], Any], generator: Any = None) -> Any:
    """Fills a tensor with `draw(shape, dtype)`, drawn in float32 or float64, unseen by autograd."""
    dtype = "float64" if dtype_name(input.dtype) == "float64" else "float32"
    with paddle.no_grad(), seeded(generator):
        return write_into(input, draw(list(input.shape), dtype))


def normal_(input: Any, mean: float = 0, std: float = 1, *, generator: Any = None) -> Any:
    """`torch.Tensor.normal_`: normal numbers."""
    return random_in_place(
        input, lambda shape, dtype: paddle.randn(shape, dtype) * float(std) + float(mean), generator
    )


def uniform_(input: Any, from_: float = 0, to: float = 1, *, generator: Any = None) -> Any:
    """`torch.Tensor.uniform_`: numbers between two limits."""
    low, high = float(from_), float(to)
    return random_in_place(
        input, lambda shape, dtype: paddle.rand(shape, dtype) * (high - low) + low, generator
    )


def bernoulli_(input: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """`torch.Tensor.bernoulli_`: ones with probability `p`, a number or a tensor, and zeros."""
    return random_in_place(input, lambda shape, dtype: paddle.rand(shape, dtype) < p, generator)


def exponential_(input: Any, lambd: float = 1, *, generator: Any = None) -> Any:
    """`torch.Tensor.exponential_`: numbers of the exponential distribution."""
    return random_in_place(
        input, lambda shape, dtype: -paddle.log1p(-paddle.rand(shape, dtype)) / lambd, generator
    )


def geometric_(input: Any, p: float, *, generator: Any = None) -> Any:
    """`torch.Tensor.geometric_`: the number of trials up to the first success."""

    def draw(shape: list[int], dtype: str) -> Any:
        return paddle.floor(paddle.log1p(-paddle.rand(shape, dtype)) / math.log1p(-p)) + 1

    return random_in_place(input, draw, generator)


def cauchy_(input: Any, median: float = 0, sigma: float = 1, *, generator: Any = None) -> Any:
    """`torch.Tensor.cauchy_`: numbers of the Cauchy distribution."""

    def draw(shape: list[int], dtype: str) -> Any:
        return paddle.tan((paddle.rand(shape, dtype) - 0.5) * math.pi) * sigma + median

    return random_in_place(input, draw, generator)


def log_normal_(input: Any, mean: float = 1, std: float = 2, *, generator: Any = None) -> Any:
    """`torch.Tensor.log_normal_`: numbers whose logarithms are normal."""
    return random_in_place(
        input, lambda shape, dtype: (paddle.randn(shape, dtype) * std + mean).exp(), generator
    )


def random_(input: Any, from_: int = 0, to: int | None = None, *, generator: Any = None) -> Any:
    """`torch.Tensor.random_`: whole numbers from `from_` up to `to`, without it; one number is that limit."""
    name = dtype_name(input.dtype)
    largest = {"float64": 2**53, "float32": 2**24, "float16": 2**11, "bfloat16": 2**8, "bool": 1}
    if to is None:
        top = largest[name] if name in largest else int(paddle.iinfo(input.dtype).max)
        from_, to = (0, int(from_)) if from_ else (0, top + 1 if top < 2**63 - 1 else top)
    with paddle.no_grad(), seeded(generator):
        return write_into(input, paddle.randint(int(from_), int(to), list(input.shape), dtype="int64"))


def apply_(input: Any, callable: Callable[[Any], Any]) -> Any:
    """`torch.Tensor.apply_`: each number becomes what the function of Python gives for it."""
    values = [callable(item) for item in input.flatten().tolist()]
    write_into(input.detach(), paddle.to_tensor(np.array(values)).reshape(list(input.shape)))
    return input


def map_(input: Any, tensor: Any, callable: Callable[[Any, Any], Any]) -> Any:
    """`torch.Tensor.map_`: each number becomes what the function gives for it and the other tensor's."""
    others = tensor.expand(list(input.shape)).flatten().tolist()
    values = [callable(a, b) for a, b in zip(input.flatten().tolist(), others, strict=True)]
    write_into(input.detach(), paddle.to_tensor(np.array(values)).reshape(list(input.shape)))
    return input


def fill_diagonal_(input: Any, fill_value: Any, wrap: bool = False) -> Any:
    """`torch.Tensor.fill_diagonal_`: sets the main diagonal, again after each square block with `wrap`."""
    rank, width = input.ndim, input.shape[-1]
    if rank == 2:
        rows, step = input.shape[0], width + 1
        length = rows * width if wrap else min(rows * width, width * width)
    else:
        step = sum(width**i for i in range(rank))
        length = width**rank
    mask: Any = np.zeros(int(input.size), "bool")
    mask[:length:step] = True
    places = paddle.to_tensor(mask.reshape(tuple(input.shape)))
    return in_place(input, lambda source: paddle.where(places, paddle.full_like(source, fill_value), source))


def resize_(input: Any, *sizes: Any, memory_format: Any = None) -> Any:
    """`torch.Tensor.resize_`: another shape for the same memory; new numbers are not set."""
    shape = list(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else list(sizes)
    wanted = math.prod(shape)
    flat = input.detach().flatten()
    if wanted > flat.size:
        flat = paddle.concat([flat, paddle.zeros([wanted - flat.size], dtype=input.dtype)])
    input.data = flat[:wanted].reshape(shape)
    return input


def set_(
    input: Any, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None
) -> Any:
    """`torch.Tensor.set_`: makes the tensor another view of `source`."""
    if source is None:
        source = paddle.empty([0], dtype=input.dtype)
    elif size is not None:
        steps = stride or [math.prod(size[i + 1 :]) for i in range(len(size))]
        source = source.as_strided(list(size), list(steps), storage_offset * dtype_itemsize(source.dtype))
    input.data = source.detach()
    return input


class Storage:
    """`torch.UntypedStorage` and `torch.TypedStorage`, as far as programs ask for size and place."""

    def __init__(self, owner: Any, typed: bool) -> None:
        self._owner = owner
        self._typed = typed
        self.dtype = owner.dtype
        self.device = owner.device

    def data_ptr(self) -> int:
        """Where the memory begins."""
        return int(self._owner.data_ptr()) - int(self._owner.offset)

    def nbytes(self) -> int:
        """The bytes of the numbers that the tensor sees."""
        return nbytes_of(self._owner)

    def size(self) -> int:
        """The numbers of a typed storage, the bytes of an untyped one."""
        return int(self._owner.size) if self._typed else self.nbytes()

    def element_size(self) -> int:
        """The bytes of one item."""
        return dtype_itemsize(self.dtype) if self._typed else 1

    def __len__(self) -> int:
        return self.size()

    def tolist(self) -> list[Any]:
        """The numbers of a typed storage, the bytes of an untyped one."""
        values = self._owner.detach().flatten()
        return list(values.tolist() if self._typed else values.numpy().tobytes())


def tensor_storage(input: Any) -> Storage:
    """`torch.Tensor.storage`: what is known of the memory, in numbers."""
    return Storage(input, typed=True)


def tensor_untyped_storage(input: Any) -> Storage:
    """`torch.Tensor.untyped_storage`: what is known of the memory, in bytes."""
    return Storage(input, typed=False)


def is_set_to(input: Any, tensor: Any) -> bool:
    """`torch.Tensor.is_set_to`: whether both see the same memory in the same way."""
    same = input.data_ptr() == tensor.data_ptr() and input.strides == tensor.strides
    return bool(same and input.shape == tensor.shape)


def to_sparse(input: Any, sparse_dim: int | None = None) -> Any:
    """`torch.Tensor.to_sparse`: a tensor of indices and values (COO)."""
    return input.to_sparse_coo(input.ndim if sparse_dim is None else sparse_dim)


def to_dense(input: Any, dtype: Any = None) -> Any:
    """`torch.Tensor.to_dense`; a dense tensor stays itself. Other classes have such a method too."""
    if not isinstance(input, paddle.Tensor):
        return input.to_dense() if dtype is None else input.to_dense(dtype)
    result = densify(input)
    return result if dtype is None else result.astype(dtype)
