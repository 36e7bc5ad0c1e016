"""torch.library: operators that a program defines in Python."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import paddle

from paconvert.helpers.autograd import Function

_OPERATORS: dict[str, CustomOperator] = {}


class CustomOperator:
    """A function with, once it is registered, a backward of its own; what `torch.library.custom_op` gives."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._qualname = name
        self._function = function
        self._signature = inspect.signature(function)
        self._derived: Any = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._derived is None:
            return self._function(*args, **kwargs)
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise NotImplementedError(
                f"{self._qualname}: an operator with a backward and keyword-only arguments"
            )
        return self._derived.apply(*bound.args)

    def register_autograd(
        self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None
    ) -> None:
        """Gives the operator a backward: `backward(ctx, *grads)`; `setup_context(ctx, inputs, output)` fills
        the context."""
        function = self._function

        class Derived(Function):
            """The operator with its backward."""

            @staticmethod
            def forward(*args: Any) -> Any:
                with paddle.no_grad():
                    return function(*args)

            @staticmethod
            def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
                if setup_context is not None:
                    setup_context(ctx=ctx, inputs=inputs, output=output)

        Derived.backward = staticmethod(backward)  # type: ignore[method-assign,assignment]
        self._derived = Derived

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Takes a function for the shapes of the results, which Paddle does not need."""
        return fn


def custom_op(
    name: str,
    fn: Callable[..., Any] | None = None,
    /,
    *,
    mutates_args: Any,
    device_types: Any = None,
    schema: str | None = None,
    tags: Any = None,
) -> Any:
    """torch.library.custom_op: the operator that calls `fn`, or a decorator that makes it."""

    def define(function: Callable[..., Any]) -> CustomOperator:
        _OPERATORS[name] = CustomOperator(name, function)
        return _OPERATORS[name]

    return define if fn is None else define(fn)


def register_autograd(
    op: str | CustomOperator,
    backward: Callable[..., Any],
    /,
    *,
    setup_context: Callable[..., Any] | None = None,
    lib: Any = None,
) -> None:
    """torch.library.register_autograd, for operators of `custom_op`."""
    operator = op if isinstance(op, CustomOperator) else _OPERATORS.get(op)
    if operator is None:
        raise NotImplementedError(f"{op} is not an operator that was defined with custom_op")
    operator.register_autograd(backward, setup_context=setup_context)
