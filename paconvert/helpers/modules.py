"""torch.nn.Module: what paddle.nn.Layer does in another way."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import numpy as np
import paddle
from paddle.nn.layer.layers import _IncompatibleKeys

# Methods of `paddle.nn.Layer` that torch's modules are without: attributes may have these names.
_PADDLES_OWN = frozenset(
    [
        "_build_once",
        "_dygraph_call_func",
        "_obtain_parameters_buffers",
        "_set_op_attrs",
        "_startup_program",
        "_state_dict_impl",
        "_to_impl",
        "_transform",
        "add_parameter",
        "add_sublayer",
        "astype",
        "backward",
        "clear_gradients",
        "create_parameter",
        "create_tensor",
        "create_variable",
        "float16",
        "full",
        "full_name",
        "get_sublayer",
        "load_dict",
        "named_sublayers",
        "register_forward_post_hook",
        "set_dict",
        "set_state_dict",
        "set_sublayer",
        "sharded_state_dict",
        "sublayers",
        "to_static_state_dict",
    ]
)


class BufferType(type):
    """Lets `isinstance(x, Buffer)` know the tensors that `Buffer` made."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, paddle.Tensor) and hasattr(instance, "persistent")


class Buffer(metaclass=BufferType):
    """`Buffer(data, persistent=True)`: a tensor that becomes a buffer of the module it is assigned to."""

    def __new__(cls, data: paddle.Tensor | None = None, *, persistent: bool = True) -> Any:
        tensor = (paddle.empty([0]) if data is None else data).detach()
        tensor.persistent = persistent
        return tensor


def module_attributes() -> None:
    """Gives `paddle.nn.Layer` torch's rules for attributes.

    A tensor is a buffer only if it was registered as one: casting a module leaves the others as they are, and
    the attribute can later hold something else; and a property's setter runs once. All assignments go through
    `Layer.__setattr__`, in Paddle's own layers as well, so there is no other place for this.
    """
    layer: Any = paddle.nn.Layer
    native = layer.__setattr__
    if native.__name__ == "set_module_attribute":
        return

    def set_module_attribute(self: Any, name: str, value: Any) -> None:
        state = self.__dict__
        members = [state.get(kind, {}) for kind in ("_parameters", "_sub_layers", "_buffers")]
        if isinstance(value, paddle.nn.Parameter | paddle.nn.Layer):
            if isinstance(getattr(type(self), name, None), property) and "_sub_layers" in state:
                members[isinstance(value, paddle.nn.Layer)][name] = value
                return
            if name in _PADDLES_OWN:
                native(self, name, value)
                state[name] = value  # found before the method of that name
                return
        elif isinstance(value, paddle.Tensor) and hasattr(value, "persistent"):
            state.pop(name, None)
            for kind in members:
                kind.pop(name, None)
            self.register_buffer(name, value, persistable=value.persistent)
            return
        elif not any(name in kind for kind in members) and (
            isinstance(value, paddle.Tensor) or isinstance(getattr(type(self), name, None), property)
        ):
            object.__setattr__(self, name, value)
            return
        native(self, name, value)

    layer.__setattr__ = set_module_attribute


def module_to(self: Any, *args: Any, **kwargs: Any) -> Any:
    """`Module.to(device)`, `.to(dtype)`, `.to(device, dtype)`, `.to(tensor)`: casts floating state only."""
    device, dtype = kwargs.get("device"), kwargs.get("dtype")
    for value in (*args, kwargs.get("tensor")):
        if isinstance(value, paddle.Tensor):
            device, dtype = value.place, value.dtype
        elif isinstance(value, paddle.dtype):
            dtype = value
        elif isinstance(value, int) and not isinstance(value, bool):
            device = f"gpu:{value}"
        elif value is not None and not isinstance(value, bool):
            device = value
    if isinstance(device, str):
        device = device.replace("cuda", "gpu")
    floating = _FLOATING
    if dtype is not None and dtype not in floating:
        raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got {dtype}")

    def convert(tensor: Any) -> Any:
        if device is not None:
            tensor = tensor.to(device)
        return tensor.astype(dtype) if dtype is not None and tensor.dtype in floating else tensor

    return self._apply(convert)


_FLOATING = (
    paddle.float16,
    paddle.bfloat16,
    paddle.float32,
    paddle.float64,
    paddle.complex64,
    paddle.complex128,
)


def apply_to_state(self: Any, fn: Callable[[Any], Any], recurse: bool = True) -> Any:
    """`Module._apply`: puts `fn(tensor)` in the place of each parameter, gradient and buffer."""
    if recurse:
        for child in self.children():
            child._apply(fn)
    with paddle.no_grad():
        for parameter in self._parameters.values():
            if parameter is not None:
                gradient = None if parameter.grad is None else fn(parameter.grad).clone()
                parameter.data = fn(parameter.detach())
                if gradient is not None:
                    parameter.clear_gradient(False)  # a gradient of another dtype cannot be written over
                    parameter.grad = gradient
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
    return self


def module_casting() -> None:
    """Gives `paddle.nn.Layer` torch's way of moving and casting: integer state keeps its dtype.

    It is the methods themselves, because classes override them and call them through `super()`.
    """
    layer: Any = paddle.nn.Layer
    native = layer._apply
    if native.__name__ == "apply_to_state_of":
        return

    def apply_to_state_of(self: Any, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        inner = len(args) + len(kwargs) > 1  # a call of Paddle's own, with device and dtype
        return native(self, fn, *args, **kwargs) if inner else apply_to_state(self, fn, *args, **kwargs)

    layer._apply = apply_to_state_of
    layer.to = module_to
    layer.float = lambda self: self.to(paddle.float32)
    layer.half = lambda self: self.to(paddle.float16)
    layer.double = lambda self: self.to(paddle.float64)
    layer.bfloat16 = lambda self: self.to(paddle.bfloat16)
    layer.type = lambda self, dst_type: self._apply(lambda tensor: tensor.astype(dst_type))
    layer.cpu = lambda self: self.to("cpu")
    layer.cuda = lambda self, device=None: self.to("gpu" if device is None else device)
    layer.to_empty = lambda self, *, device, recurse=True: self.to(device)


def load_own_state(
    self: Any,
    state_dict: Mapping[str, Any],
    prefix: str,
    local_metadata: Any,
    strict: bool,
    missing_keys: list[str],
    unexpected_keys: list[str],
    error_msgs: list[str],
) -> None:
    """`Module._load_from_state_dict`: copies the entries under `prefix` into the module's own state."""
    for hook in getattr(self, "load_state_dict_pre_hooks", ()):
        hook(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
    assign = bool(local_metadata) and local_metadata.get("assign_to_params_buffers", False)
    buffers = {k: v for k, v in self._buffers.items() if k not in self._non_persistable_buffer_names_set}
    own = {k: v for k, v in chain(self._parameters.items(), buffers.items()) if v is not None}
    for name, target in own.items():
        key = prefix + name
        if key not in state_dict:
            if strict and name not in getattr(self, "optional_state", ()):
                missing_keys.append(key)
            continue
        value = state_dict[key]
        if isinstance(value, np.ndarray):
            value = paddle.to_tensor(value)
        if not isinstance(value, paddle.Tensor):
            error_msgs.append(
                f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object '
                f"from checkpoint but received {type(value)}"
            )
            continue
        if target.ndim == 0 and value.ndim == 1:
            value = value[0]
        if tuple(value.shape) != tuple(target.shape):
            error_msgs.append(
                f"size mismatch for {key}: copying a param with shape {list(value.shape)} from checkpoint, "
                f"the shape in current model is {list(target.shape)}."
            )
        elif assign:
            is_parameter = isinstance(target, paddle.nn.Parameter)
            if is_parameter and not isinstance(value, paddle.nn.Parameter):
                value = paddle.nn.Parameter(value, requires_grad=not target.stop_gradient)
            setattr(self, name, value)
        else:
            with paddle.no_grad():
                target.copy_(value.astype(target.dtype))
    if hasattr(self, "set_extra_state"):
        if prefix + "_extra_state" in state_dict:
            self.set_extra_state(state_dict[prefix + "_extra_state"])
        elif strict:
            missing_keys.append(prefix + "_extra_state")
    if strict:
        for key in state_dict:
            name = key[len(prefix) :].split(".")[0] if key.startswith(prefix) else ""
            known = name in self._sub_layers if "." in key[len(prefix) :] else name in own
            if name and not known and name != "_extra_state":
                unexpected_keys.append(key)


def load_state_dict(
    self: Any, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
) -> _IncompatibleKeys:
    """`Module.load_state_dict`: casts to the module's dtypes, raises torch's errors."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    missing_keys: list[str] = []
    unexpected_keys: list[str] = []
    error_msgs: list[str] = []
    entries = dict(state_dict)

    def load(layer: Any, local: dict[str, Any], prefix: str) -> None:
        metadata = {"assign_to_params_buffers": assign} if assign else {}
        arguments = (local, prefix, metadata, True, missing_keys, unexpected_keys, error_msgs)
        layer._load_from_state_dict(*arguments)
        for name, child in layer._sub_layers.items():
            if child is not None:
                begin = f"{prefix}{name}."
                load(child, {k: v for k, v in local.items() if k.startswith(begin)}, begin)
        keys = _IncompatibleKeys(missing_keys, unexpected_keys)
        for hook in getattr(layer, "load_state_dict_post_hooks", ()):
            hook(layer, keys)

    load(self, entries, "")
    if strict and unexpected_keys:
        names = ", ".join(f'"{key}"' for key in unexpected_keys)
        error_msgs.insert(0, f"Unexpected key(s) in state_dict: {names}. ")
    if strict and missing_keys:
        names = ", ".join(f'"{key}"' for key in missing_keys)
        error_msgs.insert(0, f"Missing key(s) in state_dict: {names}. ")
    if error_msgs:
        text = "\n\t".join(error_msgs)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{text}")
    return _IncompatibleKeys(missing_keys, unexpected_keys)


class HookHandle:
    """What registering a hook gives: `remove()` takes the hook away, and so does leaving a `with` block."""

    def __init__(self, *undo: Callable[[], Any]) -> None:
        self.undo = list(undo)

    def remove(self) -> None:
        """Takes the hook away; a second call does nothing."""
        while self.undo:
            self.undo.pop()()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: Any) -> None:
        self.remove()


def _add_hook(module: Any, kind: str, hook: Callable[..., Any]) -> HookHandle:
    """Appends `hook` to the list `kind` of `module`."""
    hooks = module.__dict__.setdefault(kind, [])
    hooks.append(hook)
    return HookHandle(lambda: hooks.remove(hook))


def module_loading() -> None:
    """Gives `paddle.nn.Layer` torch's way of loading states.

    It is the methods themselves, because classes override them and call them through `super()`.
    """
    layer: Any = paddle.nn.Layer
    layer.load_state_dict = load_state_dict
    layer._load_from_state_dict = load_own_state
    layer.register_load_state_dict_pre_hook = lambda self, hook: _add_hook(
        self, "load_state_dict_pre_hooks", lambda *args: hook(self, *args)
    )
    layer._register_load_state_dict_pre_hook = lambda self, hook, with_module=False: _add_hook(
        self, "load_state_dict_pre_hooks", (lambda *args: hook(self, *args)) if with_module else hook
    )
    layer.register_load_state_dict_post_hook = lambda self, hook: _add_hook(
        self, "load_state_dict_post_hooks", hook
    )


def save_own_state(self: Any, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
    """`Module._save_to_state_dict`: writes the module's own parameters, buffers and extra state."""
    hidden = self._non_persistable_buffer_names_set
    buffers = ((name, buffer) for name, buffer in self._buffers.items() if name not in hidden)
    for name, tensor in chain(self._parameters.items(), buffers):
        if tensor is not None:
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
    if type(self).get_extra_state is not paddle.nn.Layer.get_extra_state:
        destination[prefix + "_extra_state"] = self.get_extra_state()


def state_dict_with_hooks(
    self: Any, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
) -> dict[str, Any]:
    """`Module.state_dict`, made step by step as in torch, so that classes and hooks can change the steps."""
    given = dict(zip(("destination", "prefix", "keep_vars"), args, strict=False))
    destination = given.get("destination", destination)
    prefix, keep_vars = given.get("prefix", prefix), given.get("keep_vars", keep_vars)
    destination = OrderedDict() if destination is None else destination
    for hook in getattr(self, "state_dict_pre_hooks", ()):
        hook(self, prefix, keep_vars)
    self._save_to_state_dict(destination, prefix, keep_vars)
    for name, child in self._sub_layers.items():
        if child is not None:
            child.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
    for hook in getattr(self, "state_dict_post_hooks", ()):
        replaced = hook(self, destination, prefix, {})
        destination = destination if replaced is None else replaced
    return destination  # type: ignore[no-any-return]


def module_saving() -> None:
    """Gives `paddle.nn.Layer` the steps and hooks of torch's way of making a state.

    It is the methods themselves, because classes override them and call them through `super()`.
    """
    layer: Any = paddle.nn.Layer
    layer.state_dict = state_dict_with_hooks
    layer._save_to_state_dict = save_own_state
    layer.register_state_dict_pre_hook = lambda self, hook: _add_hook(self, "state_dict_pre_hooks", hook)
    layer.register_state_dict_post_hook = lambda self, hook: _add_hook(self, "state_dict_post_hooks", hook)
    layer._register_state_dict_hook = layer.register_state_dict_post_hook


class GradientGate(paddle.autograd.PyLayer):
    """Passes tensors on unchanged and gives their gradients to a function, which may replace them."""

    @staticmethod
    def forward(ctx: Any, see: Callable[[tuple[Any, ...]], Any], *tensors: paddle.Tensor) -> Any:
        """`see` gets the gradients of `tensors`; what it returns, if not None, replaces them."""
        ctx.see = see
        return tuple(paddle.assign(tensor) for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: paddle.Tensor) -> Any:
        """Shows the gradients to the function."""
        replaced = ctx.see(tuple(gradient.detach() for gradient in gradients))
        return gradients if replaced is None else replaced


def _through_gate(values: Any, see: Callable[[tuple[Any, ...]], Any]) -> tuple[Any, bool]:
    """Sends the differentiable tensors among `values` (one, or a sequence) through one gate.

    `see` gets one gradient for each value, None for those that are no differentiable tensors. The second
    result says whether there was a differentiable one.
    """
    single = not isinstance(values, tuple | list)
    items = [values] if single else list(values)
    places = [i for i, v in enumerate(items) if isinstance(v, paddle.Tensor) and not v.stop_gradient]
    if not places:
        return values, False

    def see_all(gradients: tuple[Any, ...]) -> Any:
        everything: list[Any] = [None] * len(items)
        for place, gradient in zip(places, gradients, strict=True):
            everything[place] = gradient
        replaced = see(tuple(everything))
        if replaced is None:
            return None
        replaced = replaced if isinstance(replaced, tuple | list) else (replaced,)
        return tuple(replaced[place] for place in places)

    for place, tensor in zip(places, GradientGate.apply(see_all, *[items[i] for i in places]), strict=True):
        items[place] = tensor
    return (items[0] if single else type(values)(items)), True


def register_full_backward_pre_hook(
    module: Any, hook: Callable[[Any, Any], Any], prepend: bool = False
) -> HookHandle:
    """Calls `hook(module, grad_output)` in the backward pass, before the module's own gradients."""

    def after(layer: Any, inputs: Any, output: Any) -> Any:
        return _through_gate(output, lambda gradients: hook(layer, gradients))[0]

    return HookHandle(module.register_forward_hook(after, prepend=prepend).remove)


def register_full_backward_hook(
    module: Any, hook: Callable[[Any, Any, Any], Any], prepend: bool = False
) -> HookHandle:
    """Calls `hook(module, grad_input, grad_output)` once the gradients of the module's inputs are there."""
    calls: list[dict[str, Any]] = []

    def before(layer: Any, inputs: Any) -> Any:
        call: dict[str, Any] = {"output": None, "count": len(inputs)}
        calls.append(call)
        gated, call["gated"] = _through_gate(inputs, lambda gradients: hook(layer, gradients, call["output"]))
        return tuple(gated)

    def after(layer: Any, inputs: Any, output: Any) -> Any:
        call = calls.pop()

        def keep(gradients: tuple[Any, ...]) -> None:
            call["output"] = gradients
            if not call["gated"]:
                hook(layer, (None,) * call["count"], gradients)

        return _through_gate(output, keep)[0]

    return HookHandle(
        module.register_forward_pre_hook(before, prepend=prepend).remove,
        module.register_forward_hook(after, prepend=prepend).remove,
    )


def module_backward_hooks() -> None:
    """Gives `paddle.nn.Layer` the hooks of the backward pass, which it has none of."""
    layer: Any = paddle.nn.Layer
    layer.register_full_backward_hook = register_full_backward_hook
    layer.register_full_backward_pre_hook = register_full_backward_pre_hook
    layer.register_backward_hook = register_full_backward_hook
