"""One side of a paired run: `python worker.py torch|paddle JOBS`.

The process loads its framework once and forks a child for each program, so that a crash or a time-out ends
that child only. Requests come on standard input and events go to standard output, as pickles behind their
length in four bytes.

Request: `(id, text, names, inputs, timeout)`; `text` is a program cut into forms by marker lines.
Events: `(id, "form", label, error, values)` for each form that ended; then `(id, "end", status, message)`.
`error` is `None` or `(class names, message, place)`; `values` maps names to values in neutral form.

Beside the framework only the standard library and numpy are used: each side may have its own interpreter.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import importlib.util
import linecache
import os
import pickle
import resource
import selectors
import signal
import struct
import sys
import time
import traceback
import types
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MARKER = "# form: "
HEAD = "(before the first form)"
PLAIN: tuple[Any, ...] = (bool, int, float, complex, str, bytes, type(None))


class Side:
    """What must be asked of a framework by its own names."""

    name: str
    tensor: type
    module: type
    size: type
    dtype: type
    devices: tuple[type, ...]
    version: str

    def seed(self) -> None:
        """Makes random numbers repeatable."""
        raise NotImplementedError

    def array(self, value: Any) -> Any:
        """The tensor's values as a numpy array, in a dtype that numpy has."""
        raise NotImplementedError

    def requires_grad(self, value: Any) -> bool:
        raise NotImplementedError

    def track(self, value: Any) -> None:
        """Asks for the gradient of a leaf."""
        raise NotImplementedError

    def assign(self, parameter: Any, array: Any) -> None:
        """Sets the values of a parameter or buffer."""
        raise NotImplementedError

    def device_type(self, value: Any) -> str:
        return str(value).split(":")[0].removeprefix("Place(").rstrip(")")

    def backward(self, result: Any) -> None:
        """Goes back from the sum of the squares of all differentiable numbers in a result.

        Squares, since the plain sum has no gradient to speak of behind a softmax or a normalisation.
        """
        total = None
        for part in leaves(result, self.tensor):
            if self.requires_grad(part) and "int" not in str(part.dtype) and "bool" not in str(part.dtype):
                size = part.abs() if "complex" in str(part.dtype) else part
                square = (size * size).sum()
                total = square if total is None else total + square
        if total is None:
            raise RuntimeError("no part of the result requires grad")
        total.backward()

    def gradient(self, leaf: Any) -> Any:
        """The gradient that came to a leaf, by itself."""
        return None if leaf.grad is None else leaf.grad.detach()

    def prepare(self, text: str) -> None:
        """Called with each program before its process is forked."""

    def fill(self, module: Any, low: float = -0.5, high: float = 0.5) -> Any:
        """Gives the parameters of a module the same values on both sides, by their names."""
        import numpy

        for name, parameter in module.named_parameters():
            rng = numpy.random.RandomState(zlib.crc32(name.encode()))
            self.assign(parameter, rng.uniform(low, high, tuple(parameter.shape)))
        return module


class Torch(Side):
    """The side that is right by definition."""

    name = "torch"

    def __init__(self) -> None:
        import torch

        self.torch = torch
        self.version = str(torch.__version__)
        self.tensor, self.module, self.size = torch.Tensor, torch.nn.Module, torch.Size
        self.dtype, self.devices = torch.dtype, (torch.device,)
        torch.set_num_threads(1)
        self._library = self._torchvision_operators()

    def _torchvision_operators(self) -> Any:
        """The schemas that torchvision asks for at import, where its compiled part cannot be loaded."""
        found = importlib.util.find_spec("torchvision")
        if found is None or not found.origin:
            return None
        binaries = sorted(Path(found.origin).parent.glob("_C*.so"))
        try:
            for binary in binaries:
                self.torch.ops.load_library(str(binary))
        except OSError:
            binaries = []
        if binaries:
            return None
        library = self.torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return library

    def prepare(self, text: str) -> None:
        """Imports torchvision, which takes seconds, once for all programs that use it."""
        if "torchvision" in text and "torchvision" not in sys.modules:
            with contextlib.suppress(Exception):  # the program will tell
                importlib.import_module("torchvision")

    def seed(self) -> None:
        self.torch.manual_seed(0)

    def array(self, value: Any) -> Any:
        value = value.detach()
        if value.layout is not self.torch.strided:
            value = value.to_dense()
        if value.is_quantized:
            value = value.dequantize()
        value = value.resolve_conj().resolve_neg().cpu()
        if value.dtype is self.torch.bfloat16 or "float8" in str(value.dtype):
            value = value.float()
        return value.numpy()

    def requires_grad(self, value: Any) -> bool:
        return bool(value.requires_grad)

    def track(self, value: Any) -> None:
        value.requires_grad_()

    def assign(self, parameter: Any, array: Any) -> None:
        with self.torch.no_grad():
            parameter.copy_(self.torch.from_numpy(array))


class Paddle(Side):
    """The side of the converted source; torch cannot be imported here."""

    name = "paddle"

    def __init__(self) -> None:
        sys.modules["torch"] = None  # type: ignore[assignment]
        import paddle

        self.paddle = paddle
        paddle.disable_signal_handler()  # it would search for symbols for a minute when a program crashes
        self.version = str(paddle.__version__)
        self.tensor, self.module, self.size = paddle.Tensor, paddle.nn.Layer, paddle.Size
        self.dtype = paddle.dtype
        self.devices = (
            type(paddle.CPUPlace()),
            type(paddle.zeros([1]).place),
            type(paddle.zeros([1]).device),
        )

    def seed(self) -> None:
        self.paddle.seed(0)

    def array(self, value: Any) -> Any:
        value = value.detach()
        if value.is_sparse():
            value = value.to_dense()
        if value.dtype == self.paddle.bfloat16 or "float8" in str(value.dtype):
            value = value.astype("float32")
        return value.numpy()

    def requires_grad(self, value: Any) -> bool:
        return not value.stop_gradient

    def track(self, value: Any) -> None:
        value.stop_gradient = False

    def assign(self, parameter: Any, array: Any) -> None:
        if tuple(parameter.shape) != array.shape:
            raise ValueError(f"cannot fill a parameter of shape {tuple(parameter.shape)} with {array.shape}")
        parameter.set_value(self.paddle.to_tensor(array).astype(parameter.dtype))


def leaves(value: Any, tensor: type) -> Iterator[Any]:
    """All tensors in nested containers."""
    if isinstance(value, tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from leaves(item, tensor)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item, tensor)
    elif hasattr(value, "__dataclass_fields__"):
        yield from leaves(vars(value), tensor)


def neutral(value: Any, side: Side, depth: int = 0) -> Any:
    """A value without its framework: nested tuples that begin with the kind of value."""
    if depth > 20:
        return ("object", "a structure deeper than 20 levels")

    def inner(item: Any) -> Any:
        return neutral(item, side, depth + 1)

    if value is None or isinstance(value, bool | int | float | complex | str | bytes | range | slice):
        kind = type(value)
        if isinstance(value, enum.Enum):
            return ("enum", value.name)
        if isinstance(value, range | slice):
            return ("value", kind.__name__, repr(value))
        if kind.__module__ != "numpy":  # numpy.float64 is a float too
            base = next(
                base
                for base in (bool, int, float, complex, str, bytes, type(None))
                if isinstance(value, base)
            )
            return ("value", base.__name__, None if value is None else base(value))
    if isinstance(value, side.tensor):
        array = side.array(value)
        dtype = str(value.dtype).rpartition(".")[2]
        return (
            "tensor",
            dtype,
            tuple(int(n) for n in value.shape),
            array.dtype.str,
            array.tobytes(),
            side.requires_grad(value),
        )
    if isinstance(value, side.dtype):
        return ("dtype", str(value).rpartition(".")[2])
    if isinstance(value, side.devices):
        return ("device", side.device_type(value))
    if isinstance(value, side.size):
        return ("size", tuple(int(n) for n in value))
    if isinstance(value, side.module):
        state = {
            name: (str(item.dtype).rpartition(".")[2], tuple(int(n) for n in item.shape))
            for name, item in value.state_dict().items()
            if isinstance(item, side.tensor)
        }
        return ("module", state, bool(value.training))
    kind = type(value)
    if kind.__module__ == "numpy":
        if kind.__name__ == "ndarray":
            return ("array", value.dtype.str, value.shape, value.tobytes())
        if hasattr(value, "dtype"):
            return ("value", str(value.dtype), value.item())
    if isinstance(value, tuple):
        fields = getattr(kind, "_fields", None) or getattr(kind, "__match_args__", ())
        return ("tuple", tuple(map(inner, value)), tuple(fields))
    if isinstance(value, list):
        return ("list", tuple(map(inner, value)))
    if isinstance(value, Mapping):
        return ("dict", tuple((inner(key), inner(item)) for key, item in value.items()))
    if isinstance(value, set | frozenset):
        return ("set", tuple(sorted(map(repr, map(inner, value)))))
    if isinstance(value, enum.Enum):
        return ("enum", value.name)
    if isinstance(value, Iterator):
        return ("iterator", tuple(inner(item) for item, _ in zip(value, range(10000), strict=False)))
    if isinstance(value, type):
        return ("class", value.__name__)
    return ("object", f"{kind.__module__}.{kind.__qualname__}")


def forms_of(text: str) -> list[tuple[str, str]]:
    """The program's parts, each padded with empty lines so that line numbers are those of the whole."""
    parts: list[tuple[str, list[str]]] = [(HEAD, [])]
    for number, line in enumerate(text.splitlines(keepends=True)):
        if line.startswith(MARKER):
            parts.append((line[len(MARKER) :].rstrip(), ["\n"] * number))
        parts[-1][1].append(line)
    return [(label, "".join(lines)) for label, lines in parts]


def describe(error: BaseException, filename: str) -> tuple[tuple[str, ...], str, str]:
    """The names of an error's classes, its message, and the lines of the program on its way."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == filename]
    place = "; ".join(f"line {f.lineno}: {f.line}" for f in frames[-3:])
    names = tuple(kind.__name__ for kind in type(error).__mro__ if kind is not object)
    return names, str(error)[-1500:], place


def run_program(side: Side, text: str, names: list[str], inputs: list[str]) -> Iterator[tuple[Any, ...]]:
    """Runs the forms one by one; gives the event of each, without the id."""
    side.seed()
    filename = "<case>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    module = types.ModuleType("case")
    sys.modules["case"] = module
    scope = module.__dict__
    scope.update(backward=side.backward, track=side.track, gradient=side.gradient, fill=side.fill)
    for label, source in forms_of(text):
        try:
            exec(compile(source, filename, "exec", dont_inherit=True), scope)
            if label == HEAD:
                continue
            values = {name: neutral(eval(name, scope), side) for name in names}
            for name in inputs:
                if isinstance(value := scope.get(name), side.tensor):
                    values[name] = neutral(value, side)
        except (Exception, SystemExit) as error:
            yield ("form", label, describe(error, filename), {})
            if label == HEAD:
                return
        else:
            yield ("form", label, None, values)


def send(descriptor: int, message: Any) -> None:
    """Writes one message."""
    data = pickle.dumps(message, protocol=4)
    data = struct.pack(">I", len(data)) + data
    while data:
        data = data[os.write(descriptor, data) :]


class Inbox:
    """Messages out of a descriptor that gives bytes in any pieces."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.open = True
        self._bytes = b""

    def read(self) -> list[Any]:
        """Takes what is there, and gives the messages that are complete."""
        piece = os.read(self.descriptor, 1 << 20)
        self.open = bool(piece)
        self._bytes += piece
        messages = []
        while len(self._bytes) >= 4:
            end = 4 + struct.unpack(">I", self._bytes[:4])[0]
            if len(self._bytes) < end:
                break
            messages.append(pickle.loads(self._bytes[4:end]))
            self._bytes = self._bytes[end:]
        return messages


class Child:
    """A forked process that runs one program in a process group of its own."""

    def __init__(self, side: Side, request: tuple[Any, ...]) -> None:
        self.id, text, names, inputs, timeout = request
        side.prepare(text)
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            os.close(reading)
            try:
                for event in run_program(side, text, names, inputs):
                    send(writing, event)
                send(writing, None)
            finally:
                os._exit(0)
        os.close(writing)
        self.inbox = Inbox(reading)
        slower = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # a busy machine takes longer
        self.deadline = time.monotonic() + timeout * slower
        self.done = False

    def events(self) -> list[Any]:
        """The events that came, with the id; the last one says how the child ended."""
        events = []
        for message in self.inbox.read():
            if message is None:
                self.done = True
                events.append((self.id, "end", "done", ""))
            else:
                events.append((self.id, *message))
        if not self.done and not self.inbox.open:
            status = self.stop()
            signum = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            how = signal.Signals(signum).name if signum else f"exit status {os.WEXITSTATUS(status)}"
            events.append((self.id, "end", "crash", f"the process ended: {how}"))
        elif self.done:
            self.stop(signal.SIGKILL)
        return events

    def stop(self, with_signal: int = 0) -> int:
        """Ends the child and what it started; gives the exit status as `os.waitpid` does."""
        self.done = True
        if with_signal:
            try:
                os.killpg(self.pid, with_signal)
            except (ProcessLookupError, PermissionError):  # not yet a group of its own
                os.kill(self.pid, with_signal)
        return os.waitpid(self.pid, 0)[1]


def serve(side: Side, jobs: int, stdin: int, stdout: int) -> None:
    """Runs the requests until the input ends, `jobs` at a time."""
    send(stdout, ("ready", side.version))
    selector = selectors.DefaultSelector()
    requests = Inbox(stdin)
    selector.register(stdin, selectors.EVENT_READ)
    waiting: deque[Any] = deque()
    children: dict[int, Child] = {}

    def forget(descriptor: int) -> None:
        selector.unregister(descriptor)  # before it is closed, for other children have it open too
        os.close(descriptor)
        del children[descriptor]

    while requests.open or waiting or children:
        while waiting and len(children) < jobs:
            child = Child(side, waiting.popleft())
            children[child.inbox.descriptor] = child
            selector.register(child.inbox.descriptor, selectors.EVENT_READ)
        now = time.monotonic()
        pause = max(0.0, min((c.deadline for c in children.values()), default=now + 60) - now)
        for key, _ in selector.select(pause):
            if key.fd == stdin:
                waiting.extend(requests.read())
                if not requests.open:
                    selector.unregister(stdin)
                continue
            child = children[key.fd]
            for event in child.events():
                if event[1] == "end":
                    forget(key.fd)
                send(stdout, event)
        for descriptor, child in list(children.items()):
            if time.monotonic() > child.deadline:
                forget(descriptor)
                child.stop(signal.SIGKILL)
                send(stdout, (child.id, "end", "timeout", "took too long"))


def main() -> None:
    """Keeps standard output for the protocol: what programs print goes nowhere."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stdin, stdout, stderr = os.dup(0), os.dup(1), os.dup(2)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    side = Torch() if sys.argv[1] == "torch" else Paddle()
    os.dup2(nothing, 2)
    try:
        serve(side, int(sys.argv[2]), stdin, stdout)
    except Exception:
        os.write(stderr, traceback.format_exc().encode())
        raise


if __name__ == "__main__":
    main()
