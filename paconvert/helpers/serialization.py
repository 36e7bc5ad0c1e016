"""Saving and loading in torch's file format: checkpoints of both frameworks can be exchanged."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy
import paddle


class StorageTypes:
    """The names of torch's storages: name → (numpy dtype of the bytes, Paddle dtype)."""

    table: ClassVar[dict[str, tuple[str, Any]]] = {
        "FloatStorage": ("float32", paddle.float32),
        "DoubleStorage": ("float64", paddle.float64),
        "HalfStorage": ("float16", paddle.float16),
        "BFloat16Storage": ("uint16", paddle.bfloat16),
        "LongStorage": ("int64", paddle.int64),
        "IntStorage": ("int32", paddle.int32),
        "ShortStorage": ("int16", paddle.int16),
        "CharStorage": ("int8", paddle.int8),
        "ByteStorage": ("uint8", paddle.uint8),
        "BoolStorage": ("bool", paddle.bool),
        "ComplexFloatStorage": ("complex64", paddle.complex64),
        "ComplexDoubleStorage": ("complex128", paddle.complex128),
        "UntypedStorage": ("uint8", None),
    }
    dtypes: ClassVar[dict[str, tuple[str, Any]]] = {
        **{
            str(dtype).rpartition(".")[2]: (array, dtype)
            for array, dtype in table.values()
            if dtype is not None
        },
        "float8_e4m3fn": ("uint8", paddle.float8_e4m3fn),
        "float8_e5m2": ("uint8", paddle.float8_e5m2),
    }


class TorchName:
    """A name of torch's in a pickle, which is not imported."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __call__(self, *args: Any) -> Any:
        raise pickle.UnpicklingError(f"{self.module}.{self.name} is only a name here")


class StorageRecord:
    """The bytes of one tensor while it is written."""

    def __init__(self, kind: str, key: str, location: str, count: int) -> None:
        self.reference = (
            "storage",
            TorchName("torch.storage" if kind == "UntypedStorage" else "torch", kind),
            key,
            location,
            count,
        )


python_pickler: Any = pickle._Pickler  # type: ignore[attr-defined]  # its methods can be overridden


class TorchPickler(python_pickler):  # type: ignore[misc]
    """Pickles objects as torch does: tensors by reference to storages, which it collects in `storages`."""

    def __init__(self, file: Any, protocol: int = 2) -> None:
        super().__init__(file, protocol)
        self.storages: dict[str, bytes] = {}
        self._records: dict[Any, StorageRecord] = {}
        self._alive: list[Any] = []

    def save(self, obj: Any, save_persistent_id: bool = True) -> Any:
        """Writes one object; names of torch's are not looked up."""
        if isinstance(obj, paddle.dtype):
            self.write(pickle.GLOBAL + f"torch\n{str(obj).rpartition('.')[2]}\n".encode())
            return None
        if not isinstance(obj, TorchName):
            return super().save(obj, save_persistent_id)
        known = self.memo.get(id(obj))
        if known is not None:
            self.write(self.get(known[0]))
        else:
            self.write(pickle.GLOBAL + f"{obj.module}\n{obj.name}\n".encode())
            self.memoize(obj)
        return None

    def persistent_id(self, obj: Any) -> Any:
        """The reference of a storage."""
        return obj.reference if isinstance(obj, StorageRecord) else None

    def reducer_override(self, obj: Any) -> Any:
        """How tensors and parameters are written."""
        if isinstance(obj, paddle.base.framework.EagerParamBase):
            trainable = not obj.stop_gradient
            rebuilt = TorchName("torch._utils", "_rebuild_parameter")
            return rebuilt, (obj.detach(), trainable, OrderedDict())
        if isinstance(obj, paddle.Tensor):
            return self._reduce_tensor(obj)
        return NotImplemented

    def _reduce_tensor(self, tensor: Any) -> Any:
        name = str(tensor.dtype).rpartition(".")[2]
        if name not in StorageTypes.dtypes:
            raise pickle.PicklingError(f"tensors of {name} cannot be saved")
        data = tensor.detach().contiguous()
        small = name.startswith("float8")
        array = (data.view("uint8") if small else data).numpy()
        kind = next(
            (kind for kind, (_, dtype) in StorageTypes.table.items() if dtype == tensor.dtype),
            "UntypedStorage",
        )
        place = tensor.place
        location = f"cuda:{place.gpu_device_id()}" if place.is_gpu_place() else "cpu"
        identity = (data.data_ptr(), name, array.size)
        if identity not in self._records:
            key = str(len(self.storages))
            self.storages[key] = numpy.ascontiguousarray(array).tobytes()
            self._records[identity] = StorageRecord(kind, key, location, array.size)
            self._alive.append(data)  # no other tensor may get the same address
        shape = tuple(tensor.shape)
        strides = tuple(int(numpy.prod(shape[place + 1 :], dtype="int64")) for place in range(len(shape)))
        args: tuple[Any, ...] = (
            self._records[identity],
            0,
            shape,
            strides,
            not tensor.stop_gradient,
            OrderedDict(),
        )
        if small:
            dtype = TorchName("torch", name)
            return TorchName("torch._utils", "_rebuild_tensor_v3"), (*args, dtype, None)
        return TorchName("torch._utils", "_rebuild_tensor_v2"), args


def save_object(
    obj: Any,
    f: Any,
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    _disable_byteorder_record: bool = False,
) -> None:
    """Saves an object with the tensors in it to a path or a binary file, in torch's format."""
    buffer = io.BytesIO()
    pickler = TorchPickler(buffer, pickle_protocol)
    pickler.dump(obj)
    name = (
        os.path.splitext(os.path.basename(os.fspath(f)))[0]
        if isinstance(f, (str, os.PathLike))
        else "archive"
    )
    with zipfile.ZipFile(f, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{name}/data.pkl", buffer.getvalue())
        archive.writestr(f"{name}/byteorder", "little")
        for key, data in pickler.storages.items():
            archive.writestr(f"{name}/data/{key}", data)
        archive.writestr(f"{name}/version", "3\n")


class SafeGlobals:
    """The classes and functions that files may name when only weights are loaded."""

    allowed: ClassVar[set[Any]] = set()


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Lets files name these classes and functions when only weights are loaded."""
    SafeGlobals.allowed.update(safe_globals)


def get_safe_globals() -> list[Any]:
    """The classes and functions that files may name."""
    return list(SafeGlobals.allowed)


def clear_safe_globals() -> None:
    """Forgets the classes and functions that files may name."""
    SafeGlobals.allowed.clear()


@contextlib.contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """Lets files name these classes and functions within the block."""
    before = set(SafeGlobals.allowed)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        SafeGlobals.allowed = before


class LoadedStorage:
    """The values of one storage, and the place where its tensors go."""

    def __init__(self, values: Any, location: str) -> None:
        self.values = values
        self.location = location

    def tensor(self, offset: int, shape: Any, strides: Any, dtype: Any = None) -> Any:
        """A tensor over a part of the storage."""
        values = self.values
        if dtype is not None:
            values = numpy.frombuffer(values.tobytes(), StorageTypes.dtypes[dtype][0])
        steps = [stride * values.itemsize for stride in strides]
        part = numpy.lib.stride_tricks.as_strided(values[offset:], tuple(shape), steps)
        place = paddle.CPUPlace() if self.location == "cpu" else paddle.CUDAPlace(int(self.location[5:] or 0))
        result = paddle.to_tensor(numpy.array(part), place=place)
        if dtype is not None and dtype.startswith("float8"):
            result = result.view(StorageTypes.dtypes[dtype][1])
        return result


def find_location(map_location: Any, location: str) -> str:
    """Where the tensors of a storage go: `cpu` or `cuda:N`."""
    if isinstance(map_location, dict):
        wanted = map_location.get(location, location)
    elif callable(map_location):
        wanted = "cpu"  # functions of (storage, location) keep storages on the CPU nearly always
    else:
        wanted = location if map_location is None else map_location
    name = str(wanted).replace("gpu", "cuda")
    if "cuda" not in name:
        return "cpu"
    if not paddle.device.is_compiled_with_cuda():
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but there is none; use map_location='cpu'."
        )
    return f"cuda:{''.join(filter(str.isdigit, name)) or '0'}"


class TorchUnpickler(pickle.Unpickler):
    """Reads torch's pickles without torch; names outside of it only where they are allowed."""

    def __init__(
        self, file: Any, read: Callable[[str], bytes], map_location: Any, weights_only: bool
    ) -> None:
        super().__init__(file, encoding="utf-8")
        self._read = read
        self._map_location = map_location
        self._weights_only = weights_only
        self._storages: dict[str, LoadedStorage] = {}

    def persistent_load(self, pid: Any) -> Any:
        """The storage that a reference names."""
        _, kind, key, location, _, *_ = pid
        if key not in self._storages:
            values = numpy.frombuffer(self._read(key), StorageTypes.table[kind.name][0])
            self._storages[key] = LoadedStorage(values, find_location(self._map_location, location))
        return self._storages[key]

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the file stands for."""
        own = {
            "_rebuild_tensor": self._tensor,
            "_rebuild_tensor_v2": self._tensor,
            "_rebuild_tensor_v3": self._tensor,
            "_rebuild_parameter": self._parameter,
            "_rebuild_parameter_with_state": self._parameter,
        }
        if module == "torch._utils" and name in own:
            return own[name]
        if module in ("torch", "torch.storage"):
            if name in StorageTypes.table:
                return TorchName(module, name)
            if name in StorageTypes.dtypes:
                return StorageTypes.dtypes[name][1]
            if name in ("Size", "device"):
                return tuple if name == "Size" else str
        if (module, name) in (("torch.nn.parameter", "Parameter"), ("torch", "Tensor")):
            return TorchName(module, name)
        if module == "collections" and name in ("OrderedDict", "Counter", "defaultdict"):
            return super().find_class(module, name)
        if module in ("builtins", "__builtin__") and name in ("set", "frozenset", "bytearray", "complex"):
            return super().find_class("builtins", name)
        if module == "_codecs" and name == "encode":
            return super().find_class(module, name)
        if not self._weights_only:
            return super().find_class(module, name)
        for allowed in SafeGlobals.allowed:
            if (getattr(allowed, "__module__", ""), getattr(allowed, "__qualname__", "")) == (module, name):
                return allowed
        raise pickle.UnpicklingError(
            f"Weights only load failed: the file names {module}.{name}, which is not allowed. Load it with"
            " weights_only=False if you trust it, or allow the name with add_safe_globals."
        )

    def _tensor(
        self,
        storage: LoadedStorage,
        offset: int,
        shape: Any,
        strides: Any,
        requires_grad: bool = False,
        *rest: Any,
    ) -> Any:
        dtype = str(rest[1]).rpartition(".")[2] if len(rest) > 1 else None
        tensor = storage.tensor(offset, shape, strides, dtype)
        tensor.stop_gradient = not requires_grad
        return tensor

    def _parameter(self, data: Any, requires_grad: bool, *rest: Any) -> Any:
        return paddle.nn.Parameter(data, requires_grad)


def load_object(
    f: Any,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Loads what `save_object`, `torch.save` or `paddle.save` wrote to a path or a binary file."""
    strict = weights_only is not False
    if isinstance(f, (str, os.PathLike)):
        with open(f, "rb") as file:
            data = io.BytesIO(file.read())
    else:
        data = io.BytesIO(f.read())
    if zipfile.is_zipfile(data):
        with zipfile.ZipFile(data) as archive:
            root = next(name for name in archive.namelist() if name.endswith("data.pkl"))[: -len("data.pkl")]
            if f"{root}constants.pkl" in archive.namelist():
                raise RuntimeError("Paddle cannot load TorchScript archives")

            def read(key: str) -> bytes:
                return archive.read(f"{root}data/{key}")

            return TorchUnpickler(
                io.BytesIO(archive.read(f"{root}data.pkl")), read, map_location, strict
            ).load()
    data.seek(0)
    if legacy_magic(data):
        return load_legacy(data, map_location, strict)
    data.seek(0)
    return paddle.load(data)


def legacy_magic(data: io.BytesIO) -> bool:
    """Says whether a file is in torch's format of before 1.6; leaves it at the object."""
    try:
        magic = pickle.load(data)
    except Exception:
        return False
    if magic != 0x1950A86A20F9469CFC6C:
        return False
    pickle.load(data)
    pickle.load(data)
    return True


def load_legacy(data: io.BytesIO, map_location: Any, strict: bool) -> Any:
    """Reads torch's format of before 1.6, in which the storages follow the object."""
    start = data.tell()
    kinds: dict[str, tuple[str, int]] = {}

    class Skimmer(TorchUnpickler):
        """Notes the storages of the object."""

        def persistent_load(self, pid: Any) -> Any:
            if pid[0] == "module":
                return pid[1]
            kinds[pid[2]] = (pid[1].name, pid[4])
            return LoadedStorage(numpy.zeros(pid[4], StorageTypes.table[pid[1].name][0]), "cpu")

    Skimmer(data, lambda key: b"", map_location, strict).load()
    contents = {}
    for key in pickle.load(data):
        kind, _ = kinds[key]
        count = int.from_bytes(data.read(8), "little")
        contents[key] = data.read(count * numpy.dtype(StorageTypes.table[kind][0]).itemsize)
    data.seek(start)
    return TorchUnpickler(data, contents.__getitem__, map_location, strict).load()
