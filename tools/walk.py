"""Lists torch's public names; runs as a script in torch's own interpreter.

Reads the namespaces as a JSON list on standard input; prints name → `kind` and `alias` as JSON.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any, ParamSpec, TypeVar, get_origin

_MARK = "answer: "
_PLAIN = (bool, int, float, complex, str, bytes, tuple, list, dict, set, type(None))
_NOT_API = frozenset(("annotations", "Any", "Optional", "Union", "Callable", "TYPE_CHECKING"))
_MEMBER_OF_OBJECT = frozenset(dir(object)) | {
    "__dict__", "__weakref__", "__module__", "__annotations__", "__slots__", "__doc__", "__orig_bases__",
    "__parameters__", "__match_args__", "__dataclass_fields__", "__dataclass_params__", "__abstractmethods__",
    "__firstlineno__", "__static_attributes__", "__annotations_cache__",
    "n_fields", "n_sequence_fields", "n_unnamed_fields",  # of every named tuple written in C
}  # fmt: skip

# Members of tensors that older releases of torch had a use for; now they raise, or say nothing.
_LEFT_OVER = frozenset(("index", "name", "reinforce", "resize", "resize_as", "solve", "volatile"))


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The names that a module gives to its users: those in `__all__`, else its own without underscore."""
    declared = getattr(module, "__all__", None)
    for name in dict.fromkeys([*(declared or ()), *dir(module)]):
        if name in _NOT_API or (name.startswith("_") and name not in (declared or ())):
            continue
        try:
            value = getattr(module, name)
        except Exception:  # lazily loaded attributes may need other packages
            continue
        if isinstance(value, ModuleType | TypeVar | ParamSpec):
            continue
        if declared is None or name not in declared:
            home = getattr(value, "__module__", None) or ""
            if isinstance(value, _PLAIN) or not (
                home.startswith("torch") or (not home and module.__name__ == "torch")
            ):
                continue
            if home.startswith(("torch._C", "torch._jit_internal")) or (
                declared is not None and home not in ("", module.__name__)
            ):
                continue
        yield name, value


def members(owner: type, tensor: type) -> Iterator[tuple[str, Any]]:
    """What a class has beyond its bases and beyond tensors; dunder names only for a few."""
    bases = [base for base in owner.__mro__[1:] if base.__name__ != "TensorBase"]
    inherited = {name for base in bases for name in vars(base)} | _MEMBER_OF_OBJECT
    own = dict(vars(owner))
    if owner is tensor:
        own = {name: value for base in reversed(owner.__mro__) for name, value in vars(base).items()}
        inherited = set(_MEMBER_OF_OBJECT)
    for name, value in own.items():
        is_dunder = name.startswith("__") and name.endswith("__")
        if name in inherited or (name.startswith("_") and not is_dunder):
            continue
        if get_origin(value) is not None:
            continue  # a class's name for a generic type
        if hasattr(owner, "n_fields") and inspect.ismemberdescriptor(value):
            continue  # a field of a result; what functions give is in their rules
        if is_dunder and owner.__name__ not in ("Tensor", "Module", "Size"):
            continue
        if owner is tensor and name in _LEFT_OVER:
            continue
        if owner is not tensor and hasattr(tensor, name) and hasattr(owner, "is_sparse"):
            continue  # a class of tensors
        yield name, value


def kind_of(value: Any) -> str:
    """Class, function, property or constant."""
    if inspect.isclass(value):
        return "class"
    if isinstance(value, property) or inspect.isgetsetdescriptor(value) or inspect.ismemberdescriptor(value):
        return "property"
    return "function" if callable(value) or isinstance(value, classmethod | staticmethod) else "constant"


def own_name(value: Any) -> str:
    """The last part of the name that the object itself has."""
    try:
        return str(getattr(value, "__name__", None) or value).rpartition(".")[2]
    except Exception:  # some objects ask for a device when they are looked at
        return ""


def inventory(namespaces: list[str]) -> dict[str, dict[str, str]]:
    """All public names; those that are one object under several names are aliases of one of them."""
    found: dict[str, Any] = {}
    for namespace in namespaces:
        try:
            module = importlib.import_module(namespace)
        except Exception:  # a part of torch that this build does not have
            continue
        for name, value in public(module):
            found.setdefault(f"{namespace}.{name}", value)
    names_of: dict[int, list[str]] = {}
    for name, value in found.items():
        if not isinstance(value, _PLAIN):
            names_of.setdefault(id(value), []).append(name)
    tensor = importlib.import_module("torch").Tensor
    listed: dict[str, dict[str, str]] = {}
    for name, value in found.items():
        names = names_of.get(id(value), [name])
        own = own_name(value)
        first = min(names, key=lambda n: (n.rpartition(".")[2] != own, n.count("."), len(n), n))
        listed[name] = {"kind": kind_of(value), "alias": "" if first == name else first}
        if inspect.isclass(value) and first == name:
            for member, item in members(value, tensor):
                listed[f"{name}.{member}"] = {"kind": kind_of(item), "alias": ""}
    return listed


def main() -> None:
    """Answers one request."""
    warnings.simplefilter("ignore")
    print(_MARK + json.dumps(inventory(json.load(sys.stdin))))


if __name__ == "__main__":
    sys.path.pop(0)  # this folder has modules with common names
    main()
