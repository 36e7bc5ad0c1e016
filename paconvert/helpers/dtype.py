"""torch's rules about dtypes for Paddle tensors: promotion, properties, operators of mixed dtypes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import paddle

_INTEGERS = ("int8", "int16", "int32", "int64")
_SIZES = {
    "bool": 1,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "complex64": 8,
    "complex128": 16,
}
# Paddle has no CPU kernels of many operators for these; a wider dtype and a cast back give the same result.
_WIDER = {"float16": "float32", "bfloat16": "float32", "uint8": "int32", "int8": "int32", "int16": "int32"}


def dtype_name(dtype: Any) -> str:
    """The bare name of a dtype, such as `float32`, from a Paddle or numpy dtype or its name."""
    if isinstance(dtype, str):
        return dtype.rpartition(".")[2]
    if isinstance(dtype, type) and dtype in (bool, int, float, complex):
        return {bool: "bool", int: "int64", float: "float64", complex: "complex128"}[dtype]
    name = getattr(dtype, "name", None) or np.dtype(dtype).name
    return str(name).lower()


def dtype_of(name: str) -> Any:
    """The Paddle dtype of that bare name."""
    return getattr(paddle, name)


def dtype_is_floating_point(dtype: Any) -> bool:
    """Whether the dtype is a real floating point one, as `torch.dtype.is_floating_point`."""
    return "float" in dtype_name(dtype)


def dtype_is_complex(dtype: Any) -> bool:
    """Whether the dtype is complex, as `torch.dtype.is_complex`."""
    return "complex" in dtype_name(dtype)


def dtype_is_signed(dtype: Any) -> bool:
    """Whether the dtype has negative numbers, as `torch.dtype.is_signed`."""
    return dtype_name(dtype) not in ("bool", "uint8")


def dtype_itemsize(dtype: Any) -> int:
    """The bytes of one element, as `torch.dtype.itemsize`."""
    return _SIZES[dtype_name(dtype)]


def dtype_abbreviation(dtype: Any) -> str:
    """`torch.dtype.abbr`: such as `f32` for float32."""
    name = dtype_name(dtype)
    known = {"bool": "b8", "bfloat16": "bf16", "complex64": "c64", "complex128": "c128"}
    plain = name.replace("float8_", "f8").replace("uint", "u").replace("int", "i").replace("float", "f")
    return known.get(name, plain)


def dtype_to_complex(dtype: Any) -> Any:
    """The complex dtype of the same precision, as `torch.dtype.to_complex`."""
    return paddle.complex128 if dtype_name(dtype) in ("float64", "complex128") else paddle.complex64


def dtype_to_real(dtype: Any) -> Any:
    """The real dtype of the same precision, as `torch.dtype.to_real`."""
    return {"complex64": paddle.float32, "complex128": paddle.float64}.get(dtype_name(dtype), dtype)


def default_dtype() -> Any:
    """The dtype that floating point numbers of Python get, as `torch.get_default_dtype`."""
    return dtype_of(paddle.get_default_dtype())


@functools.cache
def _promote(first: str, second: str) -> str:
    if first == second or second == "bool":
        return first
    if first == "bool":
        return second
    names = {first, second}
    if any(name.startswith("complex") for name in names):
        return "complex128" if names & {"complex128", "float64"} else "complex64"
    floats = {name for name in names if "float" in name}
    if len(floats) == 1:
        return floats.pop()
    if floats:
        if any(name.startswith("float8") for name in floats):
            raise RuntimeError(
                f"Promotion for Float8 Types is not supported, attempted to promote {first} and {second}"
            )
        return "float64" if "float64" in floats else "float32"
    if "uint8" in names:
        other = (names - {"uint8"}).pop()
        return "int16" if other == "int8" else other
    return max(names, key=_INTEGERS.index)


def promote_types(type1: Any, type2: Any) -> Any:
    """The smallest dtype that holds the numbers of both dtypes, as `torch.promote_types`."""
    return dtype_of(_promote(dtype_name(type1), dtype_name(type2)))


def _combine(higher: str, lower: str) -> str:
    """The dtype of `higher`, from operands with dimensions (or tensors), with `lower`, from weaker ones."""
    if not higher or not lower:
        return higher or lower
    if higher.startswith("complex"):
        return higher
    if "float" in higher:
        if lower.startswith("complex"):
            return "complex128" if higher == "float64" else "complex64"
        return higher
    if higher == "bool" or "float" in lower or lower.startswith("complex"):
        return _promote(higher, lower)
    return higher


def result_type(*operands: Any) -> Any:
    """The dtype of an operation on tensors and numbers, as `torch.result_type`.

    Tensors with dimensions come before 0-d tensors, and these before numbers: the weaker ones count only
    where they are of a higher kind (bool < integer < float < complex).
    """
    sized = scalar = number = ""
    for operand in operands:
        if isinstance(operand, paddle.Tensor):
            name = dtype_name(operand.dtype)
            if operand.ndim:
                sized = _promote(sized, name) if sized else name
            else:
                scalar = _promote(scalar, name) if scalar else name
        else:
            name = number_dtype(operand)
            number = _promote(number, name) if number else name
    return dtype_of(_combine(sized, _combine(scalar, number)))


def number_dtype(number: Any) -> str:
    """The name of the dtype that a number of Python (or numpy) stands for."""
    if isinstance(number, bool | np.bool_):
        return "bool"
    if isinstance(number, int | np.integer):
        return "int64"
    if isinstance(number, float | np.floating):
        return str(paddle.get_default_dtype())
    if isinstance(number, complex | np.complexfloating):
        return "complex128" if paddle.get_default_dtype() == "float64" else "complex64"
    raise TypeError(f"expected a tensor or a number, got {type(number).__name__}")


def cast_to(operand: Any, dtype: Any) -> Any:
    """A tensor in that dtype (itself when it has it), or a number as a 0-d tensor of that dtype."""
    if isinstance(operand, paddle.Tensor):
        return operand if operand.dtype == dtype else operand.astype(dtype)
    if isinstance(operand, np.generic):
        operand = operand.item()
    return paddle.to_tensor(operand, dtype=dtype)


def promoted(*operands: Any) -> tuple[Any, ...]:
    """The operands as tensors of their common dtype by torch's rules; numbers become 0-d tensors."""
    dtype = result_type(*operands)
    return tuple(cast_to(operand, dtype) for operand in operands)


def float_promoted(*operands: Any) -> tuple[Any, ...]:
    """As `promoted`, with integers and bools in the default floating point dtype."""
    dtype = result_type(*operands)
    if not dtype_is_floating_point(dtype) and not dtype_is_complex(dtype):
        dtype = default_dtype()
    return tuple(cast_to(operand, dtype) for operand in operands)


def in_wider_dtype(function: Callable[..., Any], *tensors: Any, **arguments: Any) -> Any:
    """`function(*tensors, **arguments)`, in a wider dtype where Paddle has no kernel for that of the tensors.

    The tensors have one dtype. A result of the wider dtype is cast back.
    """
    try:
        return function(*tensors, **arguments)
    except RuntimeError:
        wider = _WIDER.get(dtype_name(tensors[0].dtype))
        if wider is None:
            raise
    result = function(*(tensor.astype(wider) for tensor in tensors), **arguments)
    return result.astype(tensors[0].dtype) if result.dtype == dtype_of(wider) else result


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift")
_NUMBERS = (bool, int, float, complex, np.generic)


def _promoting(
    original: Callable[..., Any], name: str, forward: Callable[..., Any] | None = None
) -> Callable[[Any, Any], Any]:
    """The operator `original` with torch's dtype rules; a reflected one comes with its `forward` one."""
    division = name == "truediv"
    bitwise = name in ("and", "or", "xor", "lshift", "rshift")

    def promote(tensor: Any, other: Any) -> Any:
        left, right = float_promoted(tensor, other) if division else promoted(tensor, other)
        return in_wider_dtype(forward, right, left) if forward else in_wider_dtype(original, left, right)

    @functools.wraps(original)
    def operator(self: Any, other: Any) -> Any:
        if isinstance(other, paddle.Tensor):
            dtype, other_dtype = self.dtype, other.dtype
            # `is` first: comparing Paddle's dtypes takes longer than a small sum
            if (dtype is not other_dtype and dtype != other_dtype) or (division and dtype is paddle.bool):
                return promote(self, other)
        elif not isinstance(other, _NUMBERS):
            return original(self, other)
        elif bitwise or type(other) not in (int, float) or (name == "floordiv" and not self.ndim):
            return promote(self, other)
        elif name == "pow" and not forward and type(other) is int and other < 0 and not _is_inexact(self):
            raise RuntimeError("Integers to negative integer powers are not allowed.")
        try:
            return original(self, other)
        except RuntimeError:
            return promote(self, other)

    operator.promotes = True  # type: ignore[attr-defined]
    return operator


def _is_inexact(tensor: Any) -> bool:
    return dtype_is_floating_point(tensor.dtype) or dtype_is_complex(tensor.dtype)


def _is_empty(index: Any) -> bool:
    """Whether an index surely names no element; Paddle raises then."""
    return isinstance(index, paddle.Tensor) and (
        not index.size or (_is_mask(index) and not bool(index.any()))
    )


def _is_mask(index: Any) -> bool:
    return isinstance(index, paddle.Tensor) and index.dtype == paddle.bool and index.ndim > 0


def _casting_setitem(original: Callable[..., Any]) -> Callable[[Any, Any, Any], None]:
    """`__setitem__` that casts the values to the tensor's dtype, as torch does.

    Paddle keeps the values for the way back, where they must not have changed: what is a view of the tensor
    itself (`x[0] *= y`) is copied. Where a mask spreads a single number, Paddle loses its gradient: there the
    places are named one by one.
    """

    @functools.wraps(original)
    def setitem(self: Any, index: Any, value: Any) -> None:
        if isinstance(value, paddle.Tensor):
            if value.dtype != self.dtype:
                value = value.astype(self.dtype)
            elif not value.stop_gradient and value._is_shared_buffer_with(self):
                value = value.clone()
            if _is_empty(index):
                return
            if _is_mask(index) and value.size == 1 and not value.stop_gradient:
                index = tuple(paddle.nonzero(index).unbind(1))
        original(self, index, value)

    setitem.promotes = True  # type: ignore[attr-defined]
    return setitem


_REFLECTED_UFUNCS = {
    "add": "__radd__",
    "subtract": "__rsub__",
    "multiply": "__rmul__",
    "divide": "__rtruediv__",
    "floor_divide": "__rfloordiv__",
    "remainder": "__rmod__",
    "power": "__rpow__",
    "matmul": "__rmatmul__",
    "bitwise_and": "__rand__",
    "bitwise_or": "__ror__",
    "bitwise_xor": "__rxor__",
    "equal": "__eq__",
    "not_equal": "__ne__",
    "less": "__gt__",
    "less_equal": "__ge__",
    "greater": "__lt__",
    "greater_equal": "__le__",
}


def _array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, **arguments: Any) -> Any:
    """`np.exp(tensor)`, which gives a tensor; operators with an array on the left are left to the tensor."""
    if method != "__call__" or "out" in arguments:
        return NotImplemented
    reflected = _REFLECTED_UFUNCS.get(ufunc.__name__)
    if reflected and not isinstance(inputs[0], paddle.Tensor) and not arguments:
        return getattr(inputs[1], reflected)(inputs[0])
    arrays = []
    for item in inputs:
        if isinstance(item, paddle.Tensor):
            if not item.stop_gradient:
                raise RuntimeError(
                    "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
                )
            if dtype_name(item.dtype) == "bfloat16":
                raise TypeError("Got unsupported ScalarType BFloat16")
            item = item.numpy()
        arrays.append(item)
    result = ufunc(*arrays, **arguments)
    if isinstance(result, tuple):
        return tuple(_from_array(part) for part in result)
    return _from_array(result)


def _from_array(array: Any) -> Any:
    array = np.asarray(array)
    return paddle.to_tensor(array.astype("uint8") if array.dtype == np.bool_ else array)


def _viewing_scalars(original: Callable[..., Any]) -> Callable[..., Any]:
    """`view` that takes 0-d tensors, which Paddle's refuses."""

    @functools.wraps(original)
    def view(self: Any, *shape: Any, **arguments: Any) -> Any:
        if not self.ndim and shape:
            sizes = shape[0] if isinstance(shape[0], list | tuple) else shape
            if sizes and all(isinstance(size, int) and size in (1, -1) for size in sizes):
                return self.unsqueeze(list(range(len(sizes))))
        return original(self, *shape, **arguments)

    view.promotes = True  # type: ignore[attr-defined]
    return view


def _as_index(self: Any) -> int:
    if _is_inexact(self) or self.size != 1:
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self.item())


def type_promotion() -> None:
    """Teaches the operators of Paddle's tensors torch's dtype rules.

    Paddle refuses `int64 + float32` and others, and where 0-d tensors, bools or complex numbers meet others
    it gives some other dtype than torch. Code writes operators as `a + b`; a call of a helper in place of
    each one would ruin it, so this one function patches them. Where the dtypes agree, the original operator
    is called. numpy's functions, which Paddle's tensors refuse, take them, and Python's numbers are made
    from tensors of one element, whatever their dimensions; 0-d tensors can be viewed.
    """
    tensor = paddle.Tensor
    for name in ("eq", "ne", "lt", "le", "gt", "ge", *_BINARY):
        original = getattr(tensor, f"__{name}__")
        if not hasattr(original, "promotes"):
            setattr(tensor, f"__{name}__", _promoting(original, name))
            if name in _BINARY:
                reflected = getattr(tensor, f"__r{name}__")
                setattr(tensor, f"__r{name}__", _promoting(reflected, name, original))
    if not hasattr(tensor.__setitem__, "promotes"):
        tensor.__setitem__ = _casting_setitem(tensor.__setitem__)
    if not hasattr(tensor.view, "promotes"):
        tensor.view = _viewing_scalars(tensor.view)
    tensor.__array_ufunc__ = _array_ufunc
    tensor.__int__ = lambda self: int(self.item())
    tensor.__float__ = lambda self: float(self.item())
    tensor.__complex__ = lambda self: complex(self.item())
    tensor.__index__ = _as_index
