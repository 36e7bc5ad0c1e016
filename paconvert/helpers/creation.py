"""Creation of tensors, random numbers, devices and modes with torch's semantics."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import paddle

from paconvert.helpers.dtype import (
    default_dtype,
    dtype_is_floating_point,
    dtype_name,
    number_dtype,
    promote_types,
)
from paconvert.helpers.linalg import linalg_vander
from paconvert.helpers.windows import (
    window_bartlett,
    window_blackman,
    window_general_cosine,
    window_hann,
    window_kaiser,
)


def placed(tensor: Any, device: Any = None, requires_grad: bool = False) -> Any:
    """The new tensor on a device, wanting a gradient or not."""
    if device is not None:
        tensor = tensor.to(device)
    tensor.stop_gradient = not requires_grad
    return tensor


def _is_nested(data: Any) -> bool:
    """Whether torch takes `data` for a sequence: a list, tuple, range, deque, or what is like them."""
    sequence = hasattr(data, "__len__") and hasattr(data, "__getitem__")
    return sequence and not isinstance(data, str | Mapping | np.ndarray)


def _nested_dtype(data: Any) -> Any:
    """The dtype that torch infers for a number, array, tensor, or sequences of them; `None` if empty."""
    if isinstance(data, paddle.Tensor | np.ndarray | np.generic):
        return dtype_name(data.dtype)
    if _is_nested(data):
        found = None
        for item in data:
            dtype = _nested_dtype(item)
            if dtype is not None:
                found = dtype if found is None else dtype_name(promote_types(found, dtype))
        return found
    return number_dtype(data)


def _nested_values(data: Any) -> Any:
    if isinstance(data, paddle.Tensor):
        return data.astype("float32").numpy() if dtype_name(data.dtype) == "bfloat16" else data.numpy()
    if _is_nested(data):
        return [_nested_values(item) for item in data]
    return data


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False
) -> Any:
    """`torch.tensor`: a copy of numbers, arrays, tensors, or nested sequences of them, with torch's dtype."""
    if isinstance(data, paddle.Tensor):
        result = data.detach().clone()
    else:
        if not isinstance(data, np.ndarray) and hasattr(data, "__array__"):
            data = np.asarray(data)
        if isinstance(data, np.ndarray) and data.dtype in (np.uint16, np.uint32, np.uint64):
            raise TypeError(f"Paddle has no arithmetic for {data.dtype}")
        inferred = _nested_dtype(data) or dtype_name(default_dtype())
        values = np.asarray(_nested_values(data))
        wanted = inferred if dtype is None else dtype_name(dtype)
        # by way of numpy's own dtype: Paddle would round float64 numbers to float32 first
        exact = values.astype("float32" if wanted == "bfloat16" else wanted) if values.size else values
        result = paddle.to_tensor(exact if values.size else np.zeros(values.shape, "float32"), dtype=wanted)
    if dtype is not None:
        result = result.astype(dtype)
    return placed(result, device, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`torch.as_tensor`: a tensor stays itself (with its gradient) where dtype and device agree."""
    if not isinstance(data, paddle.Tensor):
        return tensor(data, dtype=dtype, device=device)
    if dtype is not None and data.dtype != dtype:
        data = data.astype(dtype)
    return data if device is None else data.to(device)


def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False
) -> Any:
    """`torch.asarray`; `copy=True` copies, otherwise a tensor may stay itself."""
    result = as_tensor(obj, dtype, device)
    if copy:
        result = result.clone()
    if requires_grad and result.stop_gradient:
        result = placed(result.detach(), None, True)
    return result


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """`torch.scalar_tensor`: a 0-d tensor of the default floating point dtype."""
    kind = default_dtype() if dtype is None and not isinstance(s, complex) else dtype
    return tensor(s, dtype=kind, device=device, requires_grad=requires_grad)


def sized_numbers(size: tuple[Any, ...]) -> list[int]:
    """The sizes of `f(2, 3)` or `f([2, 3])`."""
    sizes = size[0] if len(size) == 1 and isinstance(size[0], list | tuple) else size
    return [int(item) for item in sizes]


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.full`: the dtype follows from the number when it is not given."""
    if dtype is None:
        dtype = fill_value.dtype if isinstance(fill_value, paddle.Tensor) else number_dtype(fill_value)
    if isinstance(fill_value, paddle.Tensor):
        fill_value = fill_value.item()
    if isinstance(fill_value, complex):
        return placed(paddle.zeros(list(size), dtype=dtype) + fill_value, device, requires_grad)
    return placed(paddle.full(list(size), fill_value, dtype=dtype), device, requires_grad)


def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.full_like` with any number or 0-d tensor."""
    dtype = input.dtype if dtype is None else dtype
    value = fill_value.item() if isinstance(fill_value, paddle.Tensor) else fill_value
    if dtype_name(dtype) == "bool":
        value = bool(value)
    return full(
        input.shape,
        value,
        dtype=dtype,
        device=input.device if device is None else device,
        requires_grad=requires_grad,
    )


def arange(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.arange` of any dtype: the size follows from the numbers before they are rounded to the dtype."""
    if end is None:
        start, end = 0, start
    first, last, width = (
        item.item() if isinstance(item, paddle.Tensor | np.generic) else item for item in (start, end, step)
    )
    if dtype is None:
        integers = all(isinstance(item, int) for item in (first, last, width))
        dtype = paddle.int64 if integers else default_dtype()
    if dtype_name(dtype) == "int64":
        first, last, width = int(first), int(last), int(width)
    count = max(math.ceil((last - first) / width), 0)
    steps = np.arange(count)
    if not dtype_is_floating_point(dtype):
        first, width = int(first), int(width)
    values = first + width * (steps.astype("float64") if dtype_is_floating_point(dtype) else steps)
    return placed(paddle.to_tensor(values).astype(dtype), device, requires_grad)


def inclusive_range(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.range`: with its end, in floating point."""
    if end is None:
        start, end = 0, start
    count = math.floor((end - start) / step) + 1
    values = start + step * np.arange(count, dtype="float64")
    return placed(
        paddle.to_tensor(values).astype(default_dtype() if dtype is None else dtype), device, requires_grad
    )


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.linspace` of any dtype, between numbers or 0-d tensors."""
    first, last = (item.item() if isinstance(item, paddle.Tensor) else item for item in (start, end))
    if dtype is None:
        is_complex = isinstance(first, complex) or isinstance(last, complex)
        dtype = number_dtype(1j) if is_complex else default_dtype()
    if not dtype_is_floating_point(dtype) and "complex" not in dtype_name(dtype):
        first, last = int(first), int(last)
        width = (last - first) / (steps - 1) if steps > 1 else 0.0
        places = np.arange(steps)
        # from both ends, rounded towards zero, as torch does
        values = np.where(places < steps // 2, first + width * places, last - width * (steps - 1 - places))
        values = np.trunc(values) if steps > 1 else np.full([steps], first)
        return placed(paddle.to_tensor(values.astype("int64")).astype(dtype), device, requires_grad)
    values = np.linspace(first, last, steps)
    return placed(paddle.to_tensor(values).astype(dtype), device, requires_grad)


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.logspace`: powers of `base` with exponents from `start` to `end`."""
    first, last = (item.item() if isinstance(item, paddle.Tensor) else item for item in (start, end))
    kind = default_dtype() if dtype is None else dtype
    if not dtype_is_floating_point(kind) and "complex" not in dtype_name(kind):
        first, last = int(first), int(last)
    values = np.power(complex(base) if base < 0 else base, np.linspace(first, last, steps))
    if np.iscomplexobj(values) and "complex" not in dtype_name(kind):
        values = values.real
    return placed(paddle.to_tensor(values).astype(kind), device, requires_grad)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.eye` of any dtype."""
    values = paddle.to_tensor(np.eye(int(n), int(n) if m is None else int(m), dtype="float32"))
    return placed(values.astype(default_dtype() if dtype is None else dtype), device, requires_grad)


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """`torch.tril_indices`."""
    values = np.stack(np.tril_indices(row, offset, col))
    return placed(paddle.to_tensor(values.astype("int64")).astype(dtype or "int64"), device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """`torch.triu_indices`."""
    values = np.stack(np.triu_indices(row, offset, col))
    return placed(paddle.to_tensor(values.astype("int64")).astype(dtype or "int64"), device)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """`torch.vander`: powers of the elements as columns."""
    result = linalg_vander(x, N)
    return result if increasing or not result.shape[-1] else paddle.flip(result, axis=[-1])


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Any:
    """`torch.frombuffer`, as a copy of the buffer."""
    name = dtype_name(dtype)
    values = np.frombuffer(buffer, dtype="uint16" if name == "bfloat16" else name, count=count, offset=offset)
    if name == "bfloat16":
        wide = (values.astype("uint32") << 16).view("float32")
        return placed(paddle.to_tensor(wide).astype("bfloat16"), None, requires_grad)
    return placed(paddle.to_tensor(values.copy()), None, requires_grad)


class seeded:
    """A context in which Paddle draws numbers from a generator; afterwards Paddle's own state goes on."""

    def __init__(self, generator: Any) -> None:
        self.generator = generator

    def __enter__(self) -> None:
        if self.generator is not None:
            self.outer = paddle.get_rng_state()
            paddle.set_rng_state([self.generator.get_state(), *self.outer[1:]])

    def __exit__(self, *_: object) -> None:
        if self.generator is not None:
            self.generator.set_state(paddle.get_rng_state()[0])
            paddle.set_rng_state(self.outer)


def _drawn(draw: Callable[[Any], Any], dtype: Any, generator: Any, device: Any, requires_grad: bool) -> Any:
    """Random numbers of any floating point dtype."""
    name = dtype_name(default_dtype() if dtype is None else dtype)
    with seeded(generator):
        if name.startswith("complex"):
            part = "float64" if name == "complex128" else "float32"
            values = paddle.complex(draw(part), draw(part))
        else:
            values = draw(name if name in ("float32", "float64") else "float32").astype(name)
    return placed(values, device, requires_grad)


def rand(
    *size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.rand` with a generator."""
    sizes = sized_numbers(size)
    return _drawn(lambda kind: paddle.rand(sizes, dtype=kind), dtype, generator, device, requires_grad)


def randn(
    *size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.randn` with a generator."""
    sizes = sized_numbers(size)
    result = _drawn(lambda kind: paddle.randn(sizes, dtype=kind), dtype, generator, device, False)
    if "complex" in dtype_name(result.dtype):
        result = result * math.sqrt(0.5)
    return placed(result, None, requires_grad)


def rand_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, generator: Any = None
) -> Any:
    """`torch.rand_like` of any floating point dtype."""
    return rand(
        list(input.shape),
        generator=generator,
        dtype=input.dtype if dtype is None else dtype,
        device=input.device if device is None else device,
        requires_grad=requires_grad,
    )


def randn_like(
    input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, generator: Any = None
) -> Any:
    """`torch.randn_like` of any floating point dtype."""
    return randn(
        list(input.shape),
        generator=generator,
        dtype=input.dtype if dtype is None else dtype,
        device=input.device if device is None else device,
        requires_grad=requires_grad,
    )


def randint(*arguments: Any, **options: Any) -> Any:
    """`torch.randint(low=0, high, size, *, generator, dtype, device, requires_grad)`."""
    numbers = list(arguments)
    size = options.pop("size", None)
    if size is None:
        size = numbers.pop()
    if "high" in options:
        high = options.pop("high")
        low = options.pop("low") if "low" in options else numbers.pop() if numbers else 0
    else:
        high = numbers.pop()
        low = options.pop("low") if "low" in options else numbers.pop() if numbers else 0
    dtype = options.get("dtype") or paddle.int64
    with seeded(options.get("generator")):
        values = paddle.randint(int(low), int(high), list(size), dtype="int64").astype(dtype)
    return placed(values, options.get("device"), options.get("requires_grad", False))


def randint_like(
    input: Any,
    low: int,
    high: int | None = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.randint_like`: whole numbers in the dtype of the input."""
    low, high = (0, low) if high is None else (low, high)
    return randint(
        low,
        high,
        list(input.shape),
        generator=generator,
        dtype=input.dtype if dtype is None else dtype,
        device=input.device if device is None else device,
        requires_grad=requires_grad,
    )


def randperm(
    n: int, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.randperm` with a generator and any dtype."""
    with seeded(generator):
        values = paddle.randperm(int(n), dtype="int64")
    return placed(values.astype(dtype or "int64"), device, requires_grad)


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.normal` with numbers or tensors as mean and standard deviation."""
    if size is not None:
        return placed(randn(list(size), generator=generator, dtype=dtype) * std + mean, device, requires_grad)
    tensors = [item for item in (mean, std) if isinstance(item, paddle.Tensor)]
    shape = np.broadcast_shapes(*(tuple(item.shape) for item in tensors))
    noise = randn(list(shape), generator=generator, dtype=tensors[0].dtype)
    mean, std = (item.detach() if isinstance(item, paddle.Tensor) else item for item in (mean, std))
    result = noise * std + mean
    for item in tensors:
        if not item.stop_gradient:
            result = result + (item - item).astype(result.dtype)  # with a gradient of zero, as in torch
    return result


def multinomial(input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Any:
    """`torch.multinomial` with a generator."""
    with seeded(generator):
        return paddle.multinomial(input.detach(), num_samples, replacement)


def bernoulli(input: Any, p: float | None = None, *, generator: Any = None) -> Any:
    """`torch.bernoulli` with a probability for all, or those of the input."""
    with seeded(generator):
        draws = paddle.rand(
            list(input.shape), dtype="float64" if dtype_name(input.dtype) == "float64" else "float32"
        )
    limit = input.detach().astype(draws.dtype) if p is None else p
    result = (draws < limit).astype(input.dtype)
    return result if input.stop_gradient else result + 0 * input  # with a gradient of zero, as in torch


def poisson(input: Any, generator: Any = None) -> Any:
    """`torch.poisson` with a generator."""
    with seeded(generator):
        return paddle.poisson(input.detach())


def binomial(count: Any, prob: Any, generator: Any = None) -> Any:
    """`torch.binomial` with a generator, in the dtype of the count."""
    with seeded(generator):
        return paddle.binomial(count.astype("int64"), prob).astype(count.dtype)


def sample_dirichlet(input: Any, generator: Any = None) -> Any:
    """`torch._sample_dirichlet`: random shares that sum to one along the last dimension."""
    with seeded(generator):
        draws = paddle.standard_gamma(input.detach())
    return draws / draws.sum(axis=-1, keepdim=True)


class Generator:
    """`torch.Generator`: a state of random numbers of its own."""

    def __init__(self, device: Any = "cpu") -> None:
        self.device = paddle.device(str(device))
        self._seed = 0
        self._state: Any = None
        self.manual_seed(0)

    def manual_seed(self, seed: int) -> Generator:
        """Starts again from a number; gives the generator itself."""
        outer = paddle.get_rng_state()
        paddle.seed(int(seed) % 2**63)
        self._state = paddle.get_rng_state()[0]
        paddle.set_rng_state(outer)
        self._seed = int(seed)
        return self

    def initial_seed(self) -> int:
        """The number that it started from."""
        return self._seed

    def seed(self) -> int:
        """Starts again from a number of the system, and gives it."""
        self.manual_seed(int.from_bytes(np.random.bytes(7), "little"))
        return self._seed

    def get_state(self) -> Any:
        """The state, for `set_state`."""
        return self._state

    def set_state(self, new_state: Any) -> Generator:
        """Goes on from a state of `get_state`."""
        self._state = new_state
        return self

    def clone_state(self) -> Generator:
        """A generator that goes on from the same state."""
        copy = Generator(self.device)
        copy._seed, copy._state = self._seed, self._state
        return copy


def initial_seed() -> int:
    """`torch.initial_seed`."""
    return int(paddle.get_rng_state()[0].current_seed())


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.empty_strided`: an empty tensor of that size (Paddle chooses the strides)."""
    return placed(paddle.empty(list(size), dtype=dtype), device, requires_grad)


def no_grad(function: Any = None) -> Any:
    """`torch.no_grad` used as a value: `no_grad()` is a context or decorator, `@no_grad` a decorator."""
    return paddle.no_grad() if function is None else paddle.no_grad()(function)


def enable_grad(function: Any = None) -> Any:
    """`torch.enable_grad` used as a value: as `enable_grad()` or as `@enable_grad`."""
    return paddle.enable_grad() if function is None else paddle.enable_grad()(function)


def typed_tensor(dtype: str, *arguments: Any) -> Any:
    """`torch.FloatTensor(...)` and the like: from data, from sizes, or empty."""
    if len(arguments) == 1 and not isinstance(arguments[0], int | np.integer):
        data = arguments[0]
        if isinstance(data, type(paddle.Size([]))):
            return paddle.empty(list(data), dtype=dtype)
        return tensor(data).astype(dtype)
    return paddle.empty([int(item) for item in arguments] if arguments else [0], dtype=dtype)


class TypedTensorMeta(type):
    """The class of torch's typed tensors: they are made by a call, and `isinstance` looks at the dtype."""

    dtype: str
    on_gpu = False

    def __instancecheck__(cls, instance: Any) -> bool:
        if not isinstance(instance, paddle.Tensor) or instance.place.is_gpu_place() != cls.on_gpu:
            return False
        return dtype_name(instance.dtype) == cls.dtype

    def __call__(cls, *arguments: Any) -> Any:
        made = typed_tensor(cls.dtype, *arguments)
        return made.cuda() if cls.on_gpu else made


class FloatTensor(metaclass=TypedTensorMeta):
    """`torch.FloatTensor`."""

    dtype = "float32"


class DoubleTensor(metaclass=TypedTensorMeta):
    """`torch.DoubleTensor`."""

    dtype = "float64"


class HalfTensor(metaclass=TypedTensorMeta):
    """`torch.HalfTensor`."""

    dtype = "float16"


class BFloat16Tensor(metaclass=TypedTensorMeta):
    """`torch.BFloat16Tensor`."""

    dtype = "bfloat16"


class LongTensor(metaclass=TypedTensorMeta):
    """`torch.LongTensor`."""

    dtype = "int64"


class IntTensor(metaclass=TypedTensorMeta):
    """`torch.IntTensor`."""

    dtype = "int32"


class ShortTensor(metaclass=TypedTensorMeta):
    """`torch.ShortTensor`."""

    dtype = "int16"


class CharTensor(metaclass=TypedTensorMeta):
    """`torch.CharTensor`."""

    dtype = "int8"


class ByteTensor(metaclass=TypedTensorMeta):
    """`torch.ByteTensor`."""

    dtype = "uint8"


class BoolTensor(metaclass=TypedTensorMeta):
    """`torch.BoolTensor`."""

    dtype = "bool"


class CudaFloatTensor(FloatTensor):
    """`torch.cuda.FloatTensor`."""

    on_gpu = True


class CudaDoubleTensor(DoubleTensor):
    """`torch.cuda.DoubleTensor`."""

    on_gpu = True


class CudaHalfTensor(HalfTensor):
    """`torch.cuda.HalfTensor`."""

    on_gpu = True


class CudaBFloat16Tensor(BFloat16Tensor):
    """`torch.cuda.BFloat16Tensor`."""

    on_gpu = True


class CudaLongTensor(LongTensor):
    """`torch.cuda.LongTensor`."""

    on_gpu = True


class CudaIntTensor(IntTensor):
    """`torch.cuda.IntTensor`."""

    on_gpu = True


class CudaShortTensor(ShortTensor):
    """`torch.cuda.ShortTensor`."""

    on_gpu = True


class CudaCharTensor(CharTensor):
    """`torch.cuda.CharTensor`."""

    on_gpu = True


class CudaByteTensor(ByteTensor):
    """`torch.cuda.ByteTensor`."""

    on_gpu = True


class CudaBoolTensor(BoolTensor):
    """`torch.cuda.BoolTensor`."""

    on_gpu = True


def hann_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.hann_window`."""
    return placed(window_hann(window_length, sym=not periodic, dtype=dtype), device, requires_grad)


def bartlett_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.bartlett_window`."""
    return placed(window_bartlett(window_length, sym=not periodic, dtype=dtype), device, requires_grad)


def blackman_window(
    window_length: int,
    periodic: bool = True,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.blackman_window`."""
    return placed(window_blackman(window_length, sym=not periodic, dtype=dtype), device, requires_grad)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.hamming_window`: `alpha - beta * cos`."""
    values = window_general_cosine(window_length, a=[alpha, beta], sym=not periodic, dtype=dtype)
    return placed(values, device, requires_grad)


def kaiser_window(
    window_length: int,
    periodic: bool = True,
    beta: float = 12.0,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`torch.kaiser_window`."""
    return placed(
        window_kaiser(window_length, beta=beta, sym=not periodic, dtype=dtype), device, requires_grad
    )


class FloatInfo:
    """`torch.finfo`: limits of a floating point dtype (of its parts for complex ones)."""

    def __init__(self, type: Any = None) -> None:
        dtype = default_dtype() if type is None else type
        if not dtype_is_floating_point(dtype) and "complex" not in dtype_name(dtype):
            raise TypeError(
                "torch.finfo() requires a floating point input type. "
                f"Use torch.iinfo to handle '{dtype_name(dtype)}'"
            )
        limits = paddle.finfo(dtype)
        self.bits, self.eps, self.max, self.min = limits.bits, limits.eps, limits.max, limits.min
        self.tiny = self.smallest_normal = limits.tiny
        self.resolution = limits.resolution
        self.dtype = {"complex64": "float32", "complex128": "float64"}.get(
            dtype_name(dtype), dtype_name(dtype)
        )


def set_default_tensor_type(t: Any) -> None:
    """`torch.set_default_tensor_type` for the names of floating point tensor types."""
    kinds = {"DoubleTensor": "float64", "FloatTensor": "float32", "HalfTensor": "float16"}
    kinds["BFloat16Tensor"] = "bfloat16"
    paddle.set_default_dtype(kinds[t.rpartition(".")[2]] if isinstance(t, str) else t.dtype)


def typename(obj: Any) -> str:
    """`torch.typename`: the name of a class, or of an object's class, with its module."""
    kind = obj if isinstance(obj, type) else type(obj)
    if isinstance(obj, paddle.Tensor):
        names = {
            "float32": "Float",
            "float64": "Double",
            "float16": "Half",
            "bfloat16": "BFloat16",
            "int64": "Long",
        }
        names |= {"int32": "Int", "int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool"}
        names |= {"complex64": "ComplexFloat", "complex128": "ComplexDouble"}
        return f"torch.{names[dtype_name(obj.dtype)]}Tensor"
    module = "" if kind.__module__ == "builtins" else kind.__module__ + "."
    return module + kind.__qualname__


class Determinism:
    """What was asked of `use_deterministic_algorithms`."""

    enabled = False


def use_deterministic_algorithms(mode: Any, *, warn_only: bool = False) -> None:
    """`torch.use_deterministic_algorithms`: sets Paddle's flag for cuDNN, the one that it has, on a GPU."""
    Determinism.enabled = bool(mode)
    if paddle.is_compiled_with_cuda():
        paddle.set_flags({"FLAGS_cudnn_deterministic": Determinism.enabled})


def deterministic_algorithms() -> bool:
    """`torch.are_deterministic_algorithms_enabled`."""
    return Determinism.enabled


def device_index(input: Any) -> int:
    """`torch.get_device`: the index of a tensor's device, -1 for the CPU."""
    index = input.device.index
    return -1 if index is None else int(index)


def check_true(condition: Any, message: Any) -> None:
    """`torch._assert`: an assertion."""
    assert condition, message


def check_condition(cond: Any, message: Any = None) -> None:
    """`torch._check`: raises unless the condition holds; `message` is a function that gives the text."""
    if not cond:
        text = "Expected cond to be True, but got False." if message is None else message()
        raise RuntimeError(str(text))


def sym_sqrt(a: Any) -> float:
    """`torch.sym_sqrt` of a plain number."""
    return math.sqrt(a)


def sym_ite(b: Any, t: Any, f: Any) -> Any:
    """`torch.sym_ite` of plain values."""
    return t if b else f
