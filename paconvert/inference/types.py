"""Types of expressions: what a receiver is, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class K(str, Enum):
    """The kinds of types. The values are the words that `paconvert inspect` prints."""

    UNKNOWN = "unknown"
    TENSOR = "Tensor"
    MODULE = "Module"  # an instance of a network module
    OPTIMIZER = "Optimizer"
    NDARRAY = "ndarray"
    NAMESPACE = "module"  # a Python module
    STR = "str"
    BYTES = "bytes"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    COMPLEX = "complex"
    NONE = "None"
    LIST = "list"
    TUPLE = "tuple"
    DICT = "dict"
    SET = "set"
    ITERATOR = "iterator"
    SIZE = "Size"
    DTYPE = "dtype"
    DEVICE = "device"
    CLASS = "class"
    FUNCTION = "function"
    INSTANCE = "instance"  # of a class that is none of the above
    OBJECT = "object"  # something known not to be a tensor


@dataclass(frozen=True, slots=True)
class Type:
    """What an expression is.

    Attributes:
        kind: the kind.
        name: the qualified name of the class (Module, Optimizer, instance), of the module, class or function
            itself.
        items: element types: one for list, set, iterator and module containers; one each for a tuple; key
            and value for a dict,
            then the values of the keys in `fields`.
        dtype: the kind of a tensor's dtype: `float`, `int`, `bool`, `complex`, or empty when unknown; for a
            dtype likewise.
        fields: names of a named tuple's items; keys of a dict whose values have types of their own.
        likely: whether it is likely rather than certain.
        decl: the declaration in the project behind a class, function, bound method or module.
    """

    kind: K
    name: str = ""
    items: tuple[Type, ...] = ()
    dtype: str = ""
    fields: tuple[str, ...] = ()
    likely: bool = False
    decl: object = field(default=None, compare=False, repr=False)

    def guess(self) -> Type:
        """The same type, only likely."""
        return (
            self
            if self.likely or self.kind is K.UNKNOWN
            else Type(self.kind, self.name, self.items, self.dtype, self.fields, True, self.decl)
        )

    @property
    def known(self) -> bool:
        """Whether anything is known."""
        return self.kind is not K.UNKNOWN

    @property
    def confidence(self) -> str:
        """`certain`, `likely` or `unknown`."""
        if self.kind is K.UNKNOWN:
            return "unknown"
        return "likely" if self.likely else "certain"

    def describe(self) -> str:
        """The word for `paconvert inspect`, with a class's name in brackets."""
        if self.kind in (K.MODULE, K.OPTIMIZER) and self.name:
            return f"{self.kind.value}[{self.name}]"
        if self.kind is K.NAMESPACE and self.decl is None and self.name.rpartition(".")[2][:1].isupper():
            return "class"  # of a class without a rule of its own only the members matter
        if self.kind is K.INSTANCE:
            return f"class[{self.name}]" if self.name else "class"
        if self.kind in (K.ITERATOR, K.OBJECT, K.BYTES, K.COMPLEX, K.NONE):
            return "unknown"
        return str(self.kind.value)


UNKNOWN = Type(K.UNKNOWN)
TENSOR = Type(K.TENSOR)
NDARRAY = Type(K.NDARRAY)
STR = Type(K.STR)
BYTES = Type(K.BYTES)
INT = Type(K.INT)
FLOAT = Type(K.FLOAT)
BOOL = Type(K.BOOL)
COMPLEX = Type(K.COMPLEX)
NONE = Type(K.NONE)
SIZE = Type(K.SIZE, items=(INT,))
OBJECT = Type(K.OBJECT)
NOT_TENSOR = Type(K.OBJECT, "not a tensor", likely=True)  # what a check has said; nothing else is known

NUMBERS = frozenset({K.INT, K.FLOAT, K.BOOL, K.COMPLEX})
SEQUENCES = frozenset({K.LIST, K.TUPLE, K.SIZE})
ITERABLES = frozenset({K.LIST, K.SET, K.ITERATOR, K.SIZE, K.DICT})
_RANK = {"bool": 0, "int": 1, "float": 2, "complex": 3}
_NUMBER_DTYPE = {K.BOOL: "bool", K.INT: "int", K.FLOAT: "float", K.COMPLEX: "complex"}


def tensor(dtype: str = "", *, likely: bool = False) -> Type:
    """A tensor whose dtype is of that kind."""
    return Type(K.TENSOR, dtype=dtype, likely=likely)


def list_of(element: Type) -> Type:
    """A list of such elements."""
    return Type(K.LIST, items=(element,))


def tuple_of(*elements: Type, fields: tuple[str, ...] = ()) -> Type:
    """A tuple of just these elements."""
    return Type(K.TUPLE, items=elements, fields=fields)


def iterator_of(element: Type) -> Type:
    """An iterator over such elements."""
    return Type(K.ITERATOR, items=(element,))


def join(left: Type, right: Type) -> Type:
    """What holds where either may be there (branches, loops, containers)."""
    if left is right or left == right:
        return left
    if not right.known or right is NOT_TENSOR:
        return left.guess()
    if not left.known or left is NOT_TENSOR:
        return right.guess()
    if right.kind is K.NONE:
        return left
    if left.kind is K.NONE:
        return right
    likely = left.likely or right.likely
    if left.kind is right.kind:
        if left.kind is K.TUPLE and len(left.items) != len(right.items):
            return Type(K.TUPLE, items=(), likely=likely)
        items = (
            tuple(join(a, b) for a, b in zip(left.items, right.items, strict=False))
            or left.items
            or right.items
        )
        same = left.name == right.name
        if left.kind in (K.CLASS, K.FUNCTION, K.NAMESPACE) and not same:
            return Type(left.kind, likely=True)
        return Type(
            left.kind,
            left.name if same else "",
            items,
            left.dtype if left.dtype == right.dtype else "",
            left.fields if left.fields == right.fields else (),
            likely,
            left.decl if same else None,
        )
    if left.kind in NUMBERS and right.kind in NUMBERS:
        return FLOAT if K.FLOAT in (left.kind, right.kind) else INT
    if {left.kind, right.kind} <= SEQUENCES:
        return list_of(element_of(left)) if K.SIZE not in (left.kind, right.kind) else SIZE.guess()
    return UNKNOWN


def join_all(types: Iterable[Type]) -> Type:
    """The join of all; unknown for none."""
    result: Type | None = None
    for item in types:
        result = item if result is None else join(result, item)
    return result if result is not None else UNKNOWN


def element_of(container: Type) -> Type:
    """What iterating over it gives."""
    if container.kind is K.TENSOR:
        return container
    if container.kind in (K.TUPLE,):
        element = join_all(container.items)
    elif (
        container.kind in (K.LIST, K.SET, K.ITERATOR, K.SIZE)
        or container.kind is K.MODULE
        or container.kind is K.DICT
    ):
        element = container.items[0] if container.items else UNKNOWN
    elif container.kind is K.STR:
        element = STR
    elif container.kind is K.NDARRAY:
        element = Type(K.NDARRAY, likely=True)
    else:
        return UNKNOWN
    return element.guess() if container.likely else element


def promote(left: Type, right: Type) -> Type:
    """The tensor that an elementwise operation of two operands gives, by the kinds of their dtypes."""
    kinds = [
        operand.dtype if operand.kind is K.TENSOR else _NUMBER_DTYPE.get(operand.kind, "")
        for operand in (left, right)
    ]
    likely = all(operand.likely for operand in (left, right) if operand.kind is K.TENSOR)
    dtype = (
        max(kinds, key=lambda kind: _RANK[kind]) if all(kinds) else ("complex" if "complex" in kinds else "")
    )
    if not dtype and "float" in kinds:
        # An unknown partner can make it complex at most, which real code says.
        dtype = "float"
    return tensor(dtype, likely=likely)


def same_kind(types: Iterable[Type]) -> bool:
    """Whether operands of these types need no promotion in Paddle: tensors of one known kind, numbers no
    stronger.

    Integer tensors can still differ in width, so only float counts as one kind.
    """
    flat: list[Type] = []
    for item in types:
        if item.kind in (K.LIST, K.TUPLE):
            flat.extend(item.items or (UNKNOWN,))
        else:
            flat.append(item)
    tensors = {item.dtype for item in flat if item.kind is K.TENSOR}
    numbers = {_NUMBER_DTYPE[item.kind] for item in flat if item.kind in NUMBERS}
    others = [item for item in flat if item.kind is not K.TENSOR and item.kind not in NUMBERS]
    return tensors == {"float"} and not others and "complex" not in numbers
