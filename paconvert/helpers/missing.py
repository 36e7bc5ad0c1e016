"""What stands for classes of torch that Paddle has no counterpart of."""

from __future__ import annotations

from typing import Any


def missing_class(name: str) -> type:
    """A class in the place of the one of that qualified name: it can be named, and be a base class.

    Nothing is an instance of it: making one, or one of a class made from it, raises NotImplementedError.
    """

    def refuse(cls: type, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"Paddle has no counterpart of {name}")

    last = name.rpartition(".")[2]
    bases = (Exception,) if last.endswith(("Error", "Exception", "Warning")) else ()
    return type(last, bases, {"__new__": refuse, "__class_getitem__": classmethod(lambda cls, item: cls)})
