"""Writes torch's sample inputs as torch source: `python write.py`, with a request on standard input.

The request is a pickled `{"keys": [(kind, name, dtype)], "limit": number or None}`; without keys the answer
is the list of all keys. Kinds are `operator`, `module` and `optimizer`. The answer on standard output is a
pickle for each key behind the other: `(key, groups, skipped)`, see `Group`.

Beside torch (and expecttest, which its sample inputs need) only the standard library and numpy are used: the
torch side may have its own interpreter.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import functools
import itertools
import os
import pickle
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy
import torch
from torch.overrides import TorchFunctionMode, resolve_name
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.common_modules import module_db
from torch.testing._internal.common_optimizers import optim_db

Key = tuple[str, str, str]

DTYPES = ("float32", "float64", "int64", "bool", "complex64", "bfloat16")
DIFFERENTIABLE = ("float32", "float64")
NAMES = ("x", "y", "z", *(f"t{number}" for number in range(3, 400)))
STEPS = 4
"""How many steps an optimizer makes."""

# Every spelling of an operator that reflects its operands, with the sign between them.
REFLECTED = {
    "__radd__": "+", "__rsub__": "-", "__rmul__": "*", "__rdiv__": "/", "__rmod__": "%", "__rpow__": "**",
    "__rmatmul__": "@", "__rand__": "&", "__ror__": "|", "__rxor__": "^",
}  # fmt: skip

UNINITIALISED = ("empty", "new_empty", "resize_")
"""How the names begin of what gives memory as it is: only its shape and dtype mean something."""


class UnwritableError(Exception):
    """A value that has no spelling in source text."""


class PrivateError(Exception):
    """An operator that user code has no name for."""


@dataclasses.dataclass
class Group:
    """Samples that make one program.

    Attributes:
        forms: label, source, and whether torch may refuse it.
        data: the arrays that the source reads as `DATA`.
        random: whether the results are random.
        compare: expressions that are compared after each form.
        inputs: names that are compared where they are tensors.
    """

    forms: list[tuple[str, str, bool]]
    data: list[Any]
    random: bool
    compare: tuple[str, ...]
    inputs: tuple[str, ...]


class Writer:
    """Writes the values of one sample; arrays go into `data`, and are bound to names by `statements`."""

    def __init__(self, data: list[Any], typed: bool) -> None:
        self._data = data
        self._typed = typed
        self._names: dict[int, str] = {}
        self._kept: list[Any] = []  # so that no two values have the same id
        self.statements: list[str] = []
        self.tracked: list[str] = []

    def text(self, value: Any) -> str:
        """The source for a value."""
        if isinstance(value, torch.nn.Module):
            if not hasattr(value, "_constructed"):
                raise UnwritableError(f"a {type(value).__name__}")
            args, kwargs = value._constructed
            return f"{_class_name(type(value))}({self.arguments(args, kwargs)})"
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, torch.Size):
            return f"torch.Size({list(value)})"
        if isinstance(value, tuple) and not hasattr(value, "_fields"):
            inner = ", ".join(map(self.text, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if isinstance(value, list):
            return f"[{', '.join(map(self.text, value))}]"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{self.text(k)}: {self.text(v)}" for k, v in value.items()) + "}"
        if dataclasses.is_dataclass(value):
            fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return f"{_class_name(type(value))}({self.arguments((), fields)})"
        return _plain(value)

    def arguments(self, args: Iterable[Any], kwargs: dict[str, Any]) -> str:
        """The source between the parentheses of a call."""
        return ", ".join([*map(self.text, args), *(f"{name}={self.text(v)}" for name, v in kwargs.items())])

    def tensor(self, value: Any) -> str:
        """The name of a tensor, which a statement makes."""
        if id(value) in self._names:
            return self._names[id(value)]
        if type(value) not in (torch.Tensor, torch.nn.Parameter) or value.layout is not torch.strided:
            raise UnwritableError(f"a {type(value).__name__} with layout {value.layout}")
        name = NAMES[len(self._names)]
        self._names[id(value)] = name
        self._kept.append(value)
        source, is_leaf = self.array(value.detach())
        if value.requires_grad:
            self.tracked.append(name)
            if is_leaf:
                source = source.removesuffix(")") + ", requires_grad=True)"
            else:
                source += ".detach().requires_grad_()"
        if type(value) is torch.nn.Parameter:
            source = f"torch.nn.Parameter({source.replace(', requires_grad=True', '')})"
        self.statements.append(f"{name} = {source}")
        return name

    def array(self, value: Any) -> tuple[str, bool]:
        """The source of a tensor with these values and strides, and whether `torch.tensor` makes it alone."""
        value = value.resolve_conj().resolve_neg()
        if value.is_contiguous():
            return self._literal(value), True
        order = sorted(range(value.dim()), key=lambda dim: -value.stride(dim))
        dense = value.permute(order)
        if dense.is_contiguous():
            inverse = [order.index(dim) for dim in range(value.dim())]
            return f"{self._literal(dense)}.permute({', '.join(map(str, inverse))})", False
        if 0 in value.stride():
            base = value
            for dim in range(value.dim()):
                base = base.narrow(dim, 0, 1) if value.stride(dim) == 0 and value.shape[dim] else base
            return f"{self._literal(base)}.expand({', '.join(map(str, value.shape))})", False
        return f"{self._literal(value.repeat_interleave(2, -1))}[..., ::2]", False

    def _literal(self, value: Any) -> str:
        is_bfloat16 = value.dtype is torch.bfloat16
        array = (value.float() if is_bfloat16 else value).contiguous().numpy()
        self._data.append(numpy.array(array))
        dtype = f", dtype={value.dtype}" if self._typed or is_bfloat16 else ""
        return f"torch.tensor(DATA[{len(self._data) - 1}]{dtype})"


def _plain(value: Any) -> str:
    if isinstance(value, bool | int | str | slice | range | type(None) | type(...)):
        return "..." if value is ... else repr(value)
    if isinstance(value, float):
        return repr(value) if numpy.isfinite(value) else f'float("{value}")'
    if isinstance(value, complex):
        parts = f"complex({_plain(value.real)}, {_plain(value.imag)})"
        return repr(value) if numpy.isfinite(value) else parts
    if isinstance(value, torch.dtype | torch.layout | torch.memory_format):
        return repr(value)
    if isinstance(value, torch.device):
        return f'torch.device("{value}")'
    if isinstance(value, type) and value in (bool, int, float, complex):
        return value.__name__
    if isinstance(value, numpy.generic):
        return _plain(value.item())
    if callable(value) and (name := _public_name(value)):
        return name
    raise UnwritableError(f"a {type(value).__name__}")


@functools.cache
def _public() -> dict[int, str]:
    """The functions that have a public name, by identity."""
    names: dict[int, str] = {}
    spaces = ("", "nn.functional", "linalg", "fft", "special", "masked", "signal.windows", "Tensor")
    for space in spaces:
        owner: Any = torch
        for part in filter(None, space.split(".")):
            owner = getattr(owner, part)
        for name in dir(owner):
            if not name.startswith("_") and callable(value := getattr(owner, name, None)):
                names.setdefault(id(value), ".".join(filter(None, ("torch", space, name))))
    return names


def _public_name(value: Any) -> str:
    return _public().get(id(value), "")


def _class_name(kind: type) -> str:
    name = kind.__name__
    if getattr(torch.nn, name, None) is kind:
        return f"torch.nn.{name}"
    if getattr(torch.optim, name, None) is kind:
        return f"torch.optim.{name}"
    if kind.__module__.startswith("torch.") and "._" not in kind.__module__:
        return f"{kind.__module__}.{name}"
    raise UnwritableError(f"a {kind.__qualname__}")


class Recorder(TorchFunctionMode):
    """Finds the function that a wrapper of torch's tests calls, and its arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, Any, Any]] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls.append((func, args, kwargs or {}))
        return func(*args, **(kwargs or {}))


def call_of(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any, Any]:
    """The qualified name that stands for an operator in user code, and the arguments that it takes."""
    dotted = f"torch.{op.name}"
    if op.name in REFLECTED or op.name == "__getitem__":
        return f"torch.Tensor.{op.name}", args, kwargs
    value: Any = torch
    for part in op.name.split("."):
        value = getattr(value, part, None)
    if value is op.op and "._" not in dotted:
        return dotted, args, kwargs
    with Recorder() as recorder, contextlib.suppress(Exception):
        op.op(*args, **kwargs)
    for func, called_args, called_kwargs in recorder.calls:
        name = resolve_name(func) or ""
        if name == f"torch.Tensor.{op.name}.__get__":
            return name.removesuffix("__get__"), called_args, called_kwargs
        if name.split(".")[-1] in (op.name.split(".")[-1], op.name + "_", op.name.split("_")[0] + "_"):
            if "._" in name.replace(".__", ""):
                break
            return name, called_args, called_kwargs
    if value is None or "._" in dotted:
        raise PrivateError(op.name)
    return dotted, args, kwargs


def forms_of(op: Any, sample: Any, writer: Writer) -> Iterator[tuple[str, str]]:
    """The ways of writing one call: a label, and the statements that bind `result`."""
    name, args, kwargs = call_of(op, (sample.input, *sample.args), sample.kwargs)
    member = name.rpartition(".")[2]
    texts = [writer.text(value) for value in args]
    keywords = [f"{key}={writer.text(value)}" for key, value in kwargs.items()]
    receiver = texts[0] if texts and texts[0].isidentifier() and texts[0] != "None" else ""
    after = ", ".join([*texts[1:], *keywords])
    if member in REFLECTED:
        yield "function", f"result = {texts[1]} {REFLECTED[member]} {receiver}"
    elif member == "__getitem__":
        yield "function", f"result = {receiver}[{texts[1]}]"
    elif name.endswith("."):
        yield "function", f"result = {receiver}.{name.split('.')[-2]}"
    elif name.startswith("torch.Tensor."):
        if member.endswith("_"):
            yield "function", f"w = {receiver}.clone()\nw.{member}({after})\nresult = w"
        else:
            yield "function", f"result = {receiver}.{member}({after})"
        return
    elif member.endswith("_"):
        rest = ", ".join(filter(None, ["w", after]))
        yield "function", f"w = {receiver}.clone()\nresult = {name}({rest})"
    else:
        yield "function", f"result = {name}({', '.join([*texts, *keywords])})"
    if not receiver or len(texts) < 1:
        return
    method = getattr(op.method_variant, "__name__", "")
    if method and not method.startswith("_") and name == f"torch.{op.name}" and hasattr(torch.Tensor, method):
        yield "method", f"result = {receiver}.{method}({after})"
    inplace = getattr(op.inplace_variant, "__name__", "")
    if inplace and hasattr(torch.Tensor, inplace) and name == f"torch.{op.name}":
        yield "in-place", f"w = {receiver}.clone()\nw.{inplace}({after})\nresult = w"
    elif inplace and name.startswith("torch.nn.functional."):
        rest = ", ".join(filter(None, ["w", after, "inplace=True"]))
        yield "in-place", f"w = {receiver}.clone()\nresult = {name}({rest})"


def leaves(value: Any) -> Iterator[Any]:
    """All tensors in nested containers."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)


def is_differentiable(value: Any) -> bool:
    """Whether a result leads back to something that asks for a gradient."""
    return any(item.requires_grad and item.grad_fn is not None for item in leaves(value))


def equal(one: Any, other: Any) -> bool:
    """Whether two results of the same call are the same."""
    ones, others = list(leaves(one)), list(leaves(other))
    if not ones:
        return isinstance(one, type(other)) and (one == other or one != one)
    return len(ones) == len(others) and all(
        a.shape == b.shape and torch.allclose(*_comparable(a, b), equal_nan=True)
        for a, b in zip(ones, others, strict=True)
    )


def _comparable(one: Any, other: Any) -> tuple[Any, Any]:
    one, other = one.detach(), other.detach()
    if one.layout is not torch.strided:
        one, other = one.to_dense(), other.to_dense()
    wide = torch.complex128 if one.is_complex() else torch.float64
    return one.to(wide), other.to(wide)


def run(source: str, data: list[Any]) -> dict[str, Any]:
    """What a program binds."""
    scope: dict[str, Any] = {"torch": torch, "DATA": data}
    exec(source, scope)
    return scope


def seed() -> None:
    """Makes random numbers repeatable."""
    torch.manual_seed(0)
    random.seed(0)
    numpy.random.seed(0)


def gradients(tracked: list[str]) -> str:
    """Statements that go back from `result` to those names."""
    return "".join(["backward(result)\n", *(f"grad_{name} = gradient({name})\n" for name in tracked)])


def _bound(source: str) -> set[str]:
    """The names that the lines of a form bind."""
    names = {line.partition(" = ")[0] for line in source.splitlines() if " = " in line}
    return {name for name in names if name.isidentifier()}


class Groups:
    """Collects forms: random ones and the others apart, since they are compared in another way."""

    def __init__(self, compare: tuple[str, ...]) -> None:
        self._compare = compare
        self._groups: dict[bool, Group] = {}

    def of(self, is_random: bool) -> Group:
        """The group of random or of other forms."""
        return self._groups.setdefault(is_random, Group([], [], is_random, self._compare, ()))

    def finish(self) -> list[Group]:
        """The groups, in each of which a form begins without the values of the one before."""
        found = [group for group in self._groups.values() if group.forms]
        for group in found:
            bound = [_bound(source) for _, source, _ in group.forms]
            names = set().union(*bound) - {"result", "w", "m", "state"}
            group.inputs = tuple(sorted(names))
            before: set[str] = set()
            for place, (label, source, optional) in enumerate(group.forms):
                stale = sorted((before - bound[place]) & names)
                reset = " = ".join([*stale, "None\n"]) if stale else ""
                group.forms[place] = (label, reset + source, optional)
                before = (before | bound[place]) - set(stale)
        return found


def operator(name: str, dtype_name: str, limit: int | None) -> tuple[list[Group], list[tuple[str, str]]]:
    """The samples of an operator."""
    op = next(op for op in op_db if op.formatted_name == name)
    dtype = getattr(torch, dtype_name)
    wants_gradient = (
        op.supports_autograd and dtype_name in DIFFERENTIABLE and dtype in op.supported_backward_dtypes("cpu")
    )
    is_unset = op.name.startswith(UNINITIALISED)
    groups = Groups(("list(result.shape)", "result.dtype") if is_unset else ("result",))
    skipped: list[tuple[str, str]] = []
    for number, sample in enumerate(_taken(op, dtype, wants_gradient, limit)):
        try:
            data: list[Any] = []
            writer = Writer(data, typed=number % 2 == 1)
            forms = list(forms_of(op, sample, writer))
        except PrivateError:
            return [], [("", "private")]
        except UnwritableError as error:
            skipped.append((str(number), f"cannot be written: {error}"))
            continue
        head = "\n".join(writer.statements) + "\n"
        try:
            state = torch.get_rng_state()
            scope = run(head + forms[0][1], data)
            draws = not torch.equal(state, torch.get_rng_state())
            again = run(head + forms[0][1], data)
        except Exception as error:
            skipped.append((str(number), f"torch: {type(error).__name__}: {error}"))
            continue
        is_random = not is_unset and (draws or not equal(scope["result"], again["result"]))
        differentiates = writer.tracked and is_differentiable(scope["result"])
        tail = gradients(writer.tracked) if differentiates and not is_random else ""
        group = groups.of(is_random)
        shift = len(group.data)
        for label, source in forms:
            text = _shifted(head, shift) + source + "\n" + tail
            group.forms.append((f"{number} {label}", text, label != "function"))
        group.data += data
    return groups.finish(), skipped


def _shifted(text: str, shift: int) -> str:
    parts = text.split("DATA[")
    return parts[0] + "".join(
        f"DATA[{int(part.partition(']')[0]) + shift}]{part.partition(']')[2]}" for part in parts[1:]
    )


def _taken(op: Any, dtype: Any, wants_gradient: bool, limit: int | None) -> Iterator[Any]:
    seed()
    with _constructions():
        yield from itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=wants_gradient), limit)


@contextlib.contextmanager
def _constructions() -> Iterator[None]:
    """Modules that are made under this know the arguments that they were made with."""
    kinds = (torch.nn.PairwiseDistance, torch.nn.TransformerDecoderLayer, torch.nn.TransformerEncoderLayer)
    originals = [kind.__init__ for kind in kinds]

    def recording(original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            self._constructed = (args, kwargs)

        return init

    for kind, original in zip(kinds, originals, strict=True):
        kind.__init__ = recording(original)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for kind, original in zip(kinds, originals, strict=True):
            kind.__init__ = original  # type: ignore[method-assign]


def module(name: str, dtype_name: str, limit: int | None) -> tuple[list[Group], list[tuple[str, str]]]:
    """The samples of a module, in training and in evaluation mode."""
    info = next(info for info in module_db if info.name == name)
    groups = Groups(("result", "m", "state"))
    skipped: list[tuple[str, str]] = []
    number = 0
    for training in (True, False):
        seed()
        with _constructions():
            samples = list(
                info.module_inputs_func(
                    info,
                    device="cpu",
                    dtype=getattr(torch, dtype_name),
                    requires_grad=dtype_name in DIFFERENTIABLE,
                    training=training,
                )
            )
        for sample in samples[:limit]:
            if sample.forward_input is None:
                continue
            try:
                data: list[Any] = []
                program, is_random = _module_program(info, sample, training, dtype_name, data)
            except UnwritableError as error:
                skipped.append((str(number), f"cannot be written: {error}"))
            except Exception as error:
                skipped.append((str(number), f"torch: {type(error).__name__}: {error}"))
            else:
                group = groups.of(is_random)
                label = f"{number} {'train' if training else 'eval'}"
                group.forms.append((label, _shifted(program, len(group.data)), False))
                group.data += data
            number += 1
    return groups.finish(), skipped


def _module_program(
    info: Any, sample: Any, training: bool, dtype_name: str, data: list[Any]
) -> tuple[str, bool]:
    writer = Writer(data, typed=training)
    made, given = sample.constructor_input, sample.forward_input
    construction = f"{_class_name(info.module_cls)}({writer.arguments(made.args, made.kwargs)})"
    call = writer.arguments(given.args, given.kwargs)
    seed()
    instance = info.module_cls(*copy.deepcopy(made.args), **copy.deepcopy(made.kwargs))
    is_lazy = isinstance(instance, torch.nn.modules.lazy.LazyModuleMixin)
    dtype = getattr(torch, dtype_name)
    is_cast = any(
        value.is_floating_point() and value.dtype is not dtype for value in instance.state_dict().values()
    )
    instance.to(dtype)
    if is_lazy:
        instance(*given.args, **given.kwargs)  # it learns its shapes
    weights = ", ".join(f'"{key}": {writer.array(value)[0]}' for key, value in instance.state_dict().items())
    lines = [*writer.statements, f"m = {construction}"]
    if is_cast:
        lines.append("m.double()" if dtype_name == "float64" else "m.float()")
    if is_lazy:
        lines.append(f"m({call})")
    if weights:
        lines.append(f"m.load_state_dict({{{weights}}})")
    lines += ["" if training else "m.eval()", f"result = m({call})"]
    head = "\n".join(line for line in lines if line) + "\n"
    scope, again = run(head, data), run(head, data)
    names = [key for key, _ in instance.named_parameters()]
    tail = "state = dict(m.state_dict())\n"
    if is_differentiable(scope["result"]):
        tail += gradients(writer.tracked)
        if names:
            tail += "parameters = dict(m.named_parameters())\n"
            tail += "".join(f'grad_p{n} = gradient(parameters["{key}"])\n' for n, key in enumerate(names))
    return head + tail, not equal(scope["result"], again["result"])


def optimizer(name: str, dtype_name: str, limit: int | None) -> tuple[list[Group], list[tuple[str, str]]]:
    """The options of an optimizer, each over some steps with given gradients."""
    info = next(info for info in optim_db if info.optim_cls.__name__ == name)
    groups = Groups(("result",))
    skipped: list[tuple[str, str]] = []
    for number, sample in enumerate(info.optim_inputs_func(device="cpu")[:limit]):
        data: list[Any] = []
        writer = Writer(data, typed=number % 2 == 1)
        try:
            program = _optimizer_program(info, sample, dtype_name, writer, data)
            run(program, data)
        except UnwritableError as error:
            skipped.append((str(number), f"cannot be written: {error}"))
            continue
        except Exception as error:
            skipped.append((str(number), f"torch: {type(error).__name__}: {error}"))
            continue
        group = groups.of(False)
        group.forms.append((f"{number} steps", _shifted(program, len(group.data)), False))
        group.data += data
    return groups.finish(), skipped


def _optimizer_program(info: Any, sample: Any, dtype_name: str, writer: Writer, data: list[Any]) -> str:
    generator = numpy.random.RandomState(0)
    shapes = [(3, 4), (4, 2)] if info.optim_cls.__name__ == "Muon" else [(3, 4), (5,)]

    def drawn(*shape: int) -> str:
        data.append(generator.uniform(-1, 1, shape).astype(dtype_name))
        return f"torch.tensor(DATA[{len(data) - 1}])"

    options = writer.arguments((), sample.kwargs)
    lines = list(writer.statements)
    names = [f"p{n}" for n in range(len(shapes))]
    lines += [
        f"{name} = torch.nn.Parameter({drawn(*shape)})" for name, shape in zip(names, shapes, strict=True)
    ]
    kind = _class_name(info.optim_cls)
    lines.append(f"optimizer = {kind}([{', '.join(names)}]{', ' if options else ''}{options})")
    if info.only_supports_sparse_grads:
        raise UnwritableError("sparse gradients")
    if info.step_requires_closure:
        lines += [
            "def closure():",
            "    optimizer.zero_grad()",
            f"    loss = {' + '.join(f'(({name} - 0.3) ** 2).sum()' for name in names)}",
            "    loss.backward()",
            "    return loss",
        ]
    for _ in range(STEPS):
        if info.step_requires_closure:
            lines.append("optimizer.step(closure)")
            continue
        lines += [f"{name}.grad = {drawn(*shape)}" for name, shape in zip(names, shapes, strict=True)]
        lines.append("optimizer.step()")
    return "\n".join([*lines, f"result = [{', '.join(f'{name}.detach()' for name in names)}]"]) + "\n"


def every_key() -> list[Key]:
    """All that there are samples for, by the dtypes that it takes."""
    keys: list[Key] = []
    for op in op_db:
        keys += [
            ("operator", op.formatted_name, dtype)
            for dtype in DTYPES
            if op.supports_dtype(getattr(torch, dtype), "cpu")
        ]
    for info in module_db:
        keys += [
            ("module", info.name, dtype) for dtype in DIFFERENTIABLE if getattr(torch, dtype) in info.dtypes
        ]
    keys += [("optimizer", info.optim_cls.__name__, dtype) for info in optim_db for dtype in DIFFERENTIABLE]
    return keys


def main() -> None:
    """Keeps standard output for the answer: what torch prints goes nowhere."""
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    request = pickle.load(sys.stdin.buffer)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not request["keys"]:
        pickle.dump(every_key(), out)
    writers = {"operator": operator, "module": module, "optimizer": optimizer}
    for key in request["keys"]:
        kind, name, dtype = key
        groups, skipped = writers[kind](name, dtype, request["limit"])
        pickle.dump((key, [dataclasses.asdict(group) for group in groups], skipped), out)
    out.close()


if __name__ == "__main__":
    main()
