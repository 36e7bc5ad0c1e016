"""torch.nn.utils: gradients, packed sequences, reparametrisations, pruning."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import paddle

from paconvert.helpers.layers import TorchLayer


def _with_gradient(parameters: Any) -> list[Any]:
    """The tensors among `parameters` (one, or any number) that have a gradient."""
    tensors = [parameters] if isinstance(parameters, paddle.Tensor) else list(parameters)
    return [tensor for tensor in tensors if tensor.grad is not None]


def get_total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Any:
    """The norm of all tensors together."""
    tensors = [tensors] if isinstance(tensors, paddle.Tensor) else list(tensors)
    norm_type = float(norm_type)
    if not tensors:
        return paddle.zeros([])
    with paddle.no_grad():
        norms = [paddle.linalg.vector_norm(tensor, norm_type) for tensor in tensors]
        total = paddle.linalg.vector_norm(paddle.stack(norms), norm_type)
    if error_if_nonfinite and not math.isfinite(float(total)):
        raise RuntimeError(f"The total norm of order {norm_type} for gradients is non-finite")
    return total


def clip_grads_with_norm_(
    parameters: Any, max_norm: float, total_norm: Any, foreach: bool | None = None
) -> None:
    """Scales the gradients in place so that a total norm of `total_norm` becomes at most `max_norm`."""
    with paddle.no_grad():
        factor = (float(max_norm) / (total_norm + 1e-6)).clip(max=1.0)
        for parameter in _with_gradient(parameters):
            gradient = parameter.grad
            paddle.assign(gradient * factor.astype(gradient.dtype), output=gradient)


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Scales the gradients in place so that their norm is at most `max_norm`; gives the norm before."""
    tensors = _with_gradient(parameters)
    total = get_total_norm([tensor.grad for tensor in tensors], norm_type, error_if_nonfinite)
    clip_grads_with_norm_(tensors, max_norm, total)
    return total


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Clips each gradient in place to [-clip_value, clip_value]."""
    bound = float(clip_value)
    with paddle.no_grad():
        for parameter in _with_gradient(parameters):
            paddle.assign(parameter.grad.clip(-bound, bound), output=parameter.grad)


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All parameters as one vector, in torch's order of elements."""
    return paddle.concat([parameter.reshape([-1]) for parameter in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Writes the pieces of one vector into the parameters."""
    start = 0
    with paddle.no_grad():
        for parameter in parameters:
            size = math.prod(parameter.shape)
            paddle.assign(vec[start : start + size].reshape(parameter.shape), output=parameter)
            start += size


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """The module. Its parameters are initialised all the same: their values are not to be relied on."""
    return module_cls(*args, **kwargs)


class PackedSequence(NamedTuple):
    """Sequences without padding: `data` holds the elements step by step, `batch_sizes` their numbers."""

    data: Any
    batch_sizes: Any
    sorted_indices: Any = None
    unsorted_indices: Any = None

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """The same with `data` on another device or of another dtype."""
        return self._replace(data=self.data.to(*args, **kwargs))

    def cpu(self) -> Any:
        """The same on the CPU."""
        return self._replace(data=self.data.cpu())

    def cuda(self, *args: Any, **kwargs: Any) -> Any:
        """The same on the GPU."""
        return self._replace(data=self.data.cuda(*args, **kwargs))

    def double(self) -> Any:
        """The same in float64."""
        return self._replace(data=self.data.astype("float64"))

    def float(self) -> Any:
        """The same in float32."""
        return self._replace(data=self.data.astype("float32"))

    def byte(self) -> Any:
        """The same in uint8."""
        return self._replace(data=self.data.astype("uint8"))

    def char(self) -> Any:
        """The same in int8."""
        return self._replace(data=self.data.astype("int8"))

    def half(self) -> Any:
        """The same in float16."""
        return self._replace(data=self.data.astype("float16"))

    def int(self) -> Any:
        """The same in int32."""
        return self._replace(data=self.data.astype("int32"))

    def long(self) -> Any:
        """The same in int64."""
        return self._replace(data=self.data.astype("int64"))

    def short(self) -> Any:
        """The same in int16."""
        return self._replace(data=self.data.astype("int16"))

    @property
    def is_cuda(self) -> bool:
        """Whether the data is on a GPU."""
        return bool(self.data.place.is_gpu_place())


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes `permutation`."""
    return None if permutation is None else paddle.argsort(permutation)


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """The sequences stacked, filled up to the longest."""
    sequences = list(sequences)
    longest = max(sequence.shape[0] for sequence in sequences)
    rows = []
    for sequence in sequences:
        missing = longest - sequence.shape[0]
        if missing:
            filling = paddle.full([missing, *sequence.shape[1:]], padding_value, dtype=sequence.dtype)
            sequence = paddle.concat([sequence, filling] if padding_side == "right" else [filling, sequence])
        rows.append(sequence)
    return paddle.stack(rows, axis=0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences without their padding."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose([1, 0, *range(2, padded_sequences.ndim)])
    return [row[: int(length)] for row, length in zip(padded_sequences, lengths, strict=True)]


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Packs sequences that are padded to one length."""
    sizes = [int(length) for length in lengths]
    if batch_first:
        input = input.transpose([1, 0, *range(2, input.ndim)])
    order = None
    if enforce_sorted:
        if sizes != sorted(sizes, reverse=True):
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. "
                "You can pass `enforce_sorted=False` to sidestep this requirement"
            )
    else:
        ranks = sorted(range(len(sizes)), key=lambda i: -sizes[i])
        order = paddle.to_tensor(ranks, dtype="int64")
        sizes = [sizes[i] for i in ranks]
        input = paddle.index_select(input, order, axis=1)
    if sizes[-1] <= 0:
        raise RuntimeError("Length of all samples has to be greater than 0, but found an element <= 0")
    counts = [sum(size > step for size in sizes) for step in range(sizes[0])]
    batch = input.shape[1]
    places = [step * batch + i for step, count in enumerate(counts) for i in range(count)]
    flat = input.reshape([-1, *input.shape[2:]])
    data = paddle.index_select(flat, paddle.to_tensor(places, dtype="int64"), axis=0)
    return PackedSequence(data, paddle.to_tensor(counts, dtype="int64"), order, invert_permutation(order))


def pack_sequence(sequences: Any, enforce_sorted: bool = True) -> PackedSequence:
    """Packs a list of sequences."""
    lengths = [sequence.shape[0] for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """The padded sequences, in their first order, and their lengths."""
    counts = [int(count) for count in sequence.batch_sizes]
    batch, steps = counts[0], len(counts)
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                "Expected total_length to be at least the length of the longest sequence in input, "
                f"but got total_length={total_length} and max sequence length being {steps}"
            )
        steps = total_length
    data, total = sequence.data, sum(counts)
    places = [total] * (steps * batch)
    start = 0
    for step, count in enumerate(counts):
        places[step * batch : step * batch + count] = range(start, start + count)
        start += count
    lengths = paddle.to_tensor([sum(count > i for count in counts) for i in range(batch)], dtype="int64")
    filling = paddle.full([1, *data.shape[1:]], padding_value, dtype=data.dtype)
    padded = paddle.index_select(
        paddle.concat([data, filling]), paddle.to_tensor(places, dtype="int64"), axis=0
    ).reshape([steps, batch, *data.shape[1:]])
    if sequence.unsorted_indices is not None:
        padded = paddle.index_select(padded, sequence.unsorted_indices, axis=1)
        lengths = paddle.index_select(lengths, sequence.unsorted_indices)
    if batch_first:
        padded = padded.transpose([1, 0, *range(2, padded.ndim)])
    return padded, lengths


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The list of sequences that was packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)


def _norm_except(v: Any, dim: int | None) -> Any:
    """The norm of `v` over all dimensions but `dim` (-1 or None: over all)."""
    if dim is None or dim == -1:
        return (v * v).sum().sqrt()
    dim %= v.ndim
    axes = [i for i in range(v.ndim) if i != dim]
    return (v * v).sum(axis=axes, keepdim=True).sqrt() if axes else v.abs()


class WeightNormHook:
    """Makes a weight of length `<name>_g` and direction `<name>_v` before each call of its module."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name, self.dim = name, dim

    def compute_weight(self, module: Any) -> Any:
        """The weight of now."""
        length, direction = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return direction * (length / _norm_except(direction, self.dim))

    def __call__(self, module: Any, inputs: Any) -> None:
        module.__dict__[self.name] = self.compute_weight(module)


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """torch.nn.utils.weight_norm: splits a weight into length and direction."""
    weight = getattr(module, name)
    hook = WeightNormHook(name, dim)
    del module._parameters[name]
    module.register_parameter(name + "_g", paddle.nn.Parameter(_norm_except(weight, dim).detach()))
    module.register_parameter(name + "_v", paddle.nn.Parameter(weight.detach().clone()))
    hook(module, ())
    module.__dict__.setdefault("_weight_norms", {})[name] = (hook, module.register_forward_pre_hook(hook))
    return module


def remove_weight_norm(module: Any, name: str = "weight") -> Any:
    """Puts the weight back as one parameter."""
    if name not in getattr(module, "_weight_norms", {}):
        raise ValueError(f"weight_norm of '{name}' not found in {module}")
    hook, handle = module._weight_norms.pop(name)
    handle.remove()
    weight = hook.compute_weight(module).detach()
    del module._parameters[name + "_g"], module._parameters[name + "_v"], module.__dict__[name]
    setattr(module, name, paddle.nn.Parameter(weight))
    return module


def _power_iteration(weight: Any, u: Any, v: Any, steps: int, eps: float) -> tuple[Any, Any]:
    """Approximate first singular vectors of a matrix, starting from `u` and `v`."""
    with paddle.no_grad():
        for _ in range(steps):
            u = paddle.matmul(weight, v)
            u = u / paddle.linalg.vector_norm(u).clip(min=eps)
            v = paddle.matmul(weight.t(), u)
            v = v / paddle.linalg.vector_norm(v).clip(min=eps)
    return u, v


def _as_matrix(weight: Any, dim: int) -> Any:
    """The weight with `dim` first and the other dimensions flattened."""
    if weight.ndim == 1:
        return weight.unsqueeze(0)
    dim %= weight.ndim
    return weight.transpose([dim, *(i for i in range(weight.ndim) if i != dim)]).flatten(1)


def _first_dim_of(module: Any) -> int:
    """The dimension of the outputs in a layer's weight."""
    return 1 if getattr(module, "transposed", False) else 0


def _unit_vector(size: int, eps: float, dtype: Any) -> Any:
    """A random vector of length 1."""
    vector = paddle.randn([size]).astype(dtype)
    return vector / paddle.linalg.vector_norm(vector).clip(min=eps)


class SpectralNormHook:
    """Divides `<name>_orig` by its largest singular value before each call of its module."""

    def __init__(self, name: str, n_power_iterations: int, eps: float, dim: int) -> None:
        self.name, self.n_power_iterations, self.eps, self.dim = name, n_power_iterations, eps, dim

    def compute_weight(self, module: Any, iterate: bool) -> Any:
        """The weight of now; `iterate` refines the singular vectors first."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = _as_matrix(weight, self.dim)
        if iterate:
            with paddle.no_grad():
                for _ in range(self.n_power_iterations):
                    new_v = paddle.matmul(matrix.t(), u)
                    paddle.assign(new_v / paddle.linalg.vector_norm(new_v).clip(min=self.eps), output=v)
                    new_u = paddle.matmul(matrix, v)
                    paddle.assign(new_u / paddle.linalg.vector_norm(new_u).clip(min=self.eps), output=u)
                u, v = u.clone(), v.clone()
        return weight / (u * paddle.matmul(matrix, v)).sum()

    def __call__(self, module: Any, inputs: Any) -> None:
        module.__dict__[self.name] = self.compute_weight(module, module.training)


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """torch.nn.utils.spectral_norm: the weight has spectral norm 1."""
    weight = getattr(module, name)
    hook = SpectralNormHook(name, n_power_iterations, eps, _first_dim_of(module) if dim is None else dim)
    matrix = _as_matrix(weight, hook.dim)
    del module._parameters[name]
    module.register_parameter(name + "_orig", weight)
    module.register_buffer(name + "_u", _unit_vector(matrix.shape[0], eps, weight.dtype))
    module.register_buffer(name + "_v", _unit_vector(matrix.shape[1], eps, weight.dtype))
    module.__dict__[name] = weight.detach()
    module.__dict__.setdefault("_spectral_norms", {})[name] = (hook, module.register_forward_pre_hook(hook))
    return module


def remove_spectral_norm(module: Any, name: str = "weight") -> Any:
    """Puts the normalised weight back as one parameter."""
    if name not in getattr(module, "_spectral_norms", {}):
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    hook, handle = module._spectral_norms.pop(name)
    handle.remove()
    weight = hook.compute_weight(module, False).detach()
    del module._parameters[name + "_orig"], module._buffers[name + "_u"], module._buffers[name + "_v"]
    del module.__dict__[name]
    setattr(module, name, paddle.nn.Parameter(weight))
    return module


class ParametrizationList(paddle.nn.ModuleList):
    """The parametrisations of one tensor with the values that they start from (`original`, `original0` …)."""

    def __init__(self, modules: Sequence[Any], original: Any, unsafe: bool = False) -> None:
        super().__init__(modules)
        self.unsafe = unsafe
        start = original
        with paddle.no_grad():
            for module in reversed(list(modules)):
                if hasattr(module, "right_inverse"):
                    start = module.right_inverse(start)
        self.is_tensor = isinstance(start, paddle.Tensor)
        is_parameter = isinstance(original, paddle.nn.Parameter)
        self.ntensors = 1 if self.is_tensor else len(start)
        names = ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]
        for name, value in zip(names, [start] if self.is_tensor else start, strict=True):
            if self.is_tensor and value is original:
                kept = original
            elif is_parameter:
                kept = paddle.nn.Parameter(value.detach().clone(), requires_grad=not original.stop_gradient)
            else:
                kept = value
            if is_parameter:
                self.register_parameter(name, kept)
            else:
                self.register_buffer(name, kept)

    def originals(self) -> list[Any]:
        """The values the first parametrisation gets."""
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value: Any) -> None:
        """Sets the originals so that the parametrised tensor becomes `value`."""
        with paddle.no_grad():
            for module in reversed(list(self)):
                value = module.right_inverse(value)
            values = [value] if self.is_tensor else value
            for original, new in zip(self.originals(), values, strict=True):
                paddle.assign(new, output=original)

    def forward(self) -> Any:
        """The parametrised tensor."""
        first, *others = list(self)
        value = first(*self.originals())
        for module in others:
            value = module(value)
        return value


_parametrization_cache: dict[str, Any] = {"depth": 0, "values": {}}


@contextmanager
def parametrization_cached() -> Iterator[None]:
    """Within it each parametrised tensor is computed once."""
    _parametrization_cache["depth"] += 1
    try:
        yield
    finally:
        _parametrization_cache["depth"] -= 1
        if not _parametrization_cache["depth"]:
            _parametrization_cache["values"] = {}


def _parametrized_property(name: str) -> property:
    """The property that computes a parametrised tensor, and sets it through the right inverse."""

    def get(self: Any) -> Any:
        parametrizations = self.parametrizations[name]
        if not _parametrization_cache["depth"]:
            return parametrizations()
        values = _parametrization_cache["values"]
        key = (id(self), name)
        if key not in values:
            values[key] = parametrizations()
        return values[key]

    def set_value(self: Any, value: Any) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, set_value)


def is_parametrized(module: Any, tensor_name: str | None = None) -> bool:
    """Whether the module (or that tensor of it) has a parametrisation."""
    parametrizations = module._sub_layers.get("parametrizations")
    if parametrizations is None:
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def register_parametrization(
    module: Any, tensor_name: str, parametrization: Any, *, unsafe: bool = False
) -> Any:
    """torch.nn.utils.parametrize.register_parametrization: the tensor becomes a function of its original."""
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        module.parametrizations[tensor_name].append(parametrization)
        return module
    original = module._parameters.get(tensor_name)
    if original is None:
        original = module._buffers.get(tensor_name)
    if original is None:
        raise ValueError(f"Module '{module}' does not have a parameter, a buffer, or a parametrized element")
    if not is_parametrized(module):
        plain = type(module)
        own = type(f"Parametrized{plain.__name__}", (plain,), {"parametrized_class": plain})
        module.__class__ = own
        module.parametrizations = paddle.nn.LayerDict()
    module._parameters.pop(tensor_name, None)
    module._buffers.pop(tensor_name, None)
    module.parametrizations[tensor_name] = ParametrizationList([parametrization], original, unsafe)
    setattr(type(module), tensor_name, _parametrized_property(tensor_name))
    return module


def remove_parametrizations(module: Any, tensor_name: str, leave_parametrized: bool = True) -> Any:
    """Takes the parametrisations of a tensor away; it keeps its value, or gets the original back."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    originals = parametrizations.originals()
    is_parameter = isinstance(originals[0], paddle.nn.Parameter)
    if leave_parametrized:
        with paddle.no_grad():
            value = getattr(module, tensor_name).detach().clone()
        if parametrizations.is_tensor and tuple(originals[0].shape) == tuple(value.shape):
            with paddle.no_grad():
                paddle.assign(value, output=originals[0])
            value = originals[0]
        elif is_parameter:
            value = paddle.nn.Parameter(value, requires_grad=not originals[0].stop_gradient)
    elif parametrizations.is_tensor:
        value = originals[0]
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor "
            "that is parametrized in terms of a sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if is_parameter:
        module.register_parameter(tensor_name, value)
    else:
        module.register_buffer(tensor_name, value)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module).parametrized_class
    return module


def type_before_parametrizations(module: Any) -> type:
    """The module's class without its parametrisations."""
    return type(module).parametrized_class if is_parametrized(module) else type(module)


def transfer_parametrizations_and_params(
    from_module: Any, to_module: Any, tensor_name: str | None = None
) -> Any:
    """Gives `to_module` the parametrisations, and the originals, of `from_module`."""
    if not is_parametrized(from_module):
        return to_module
    for name in [tensor_name] if tensor_name else list(from_module.parametrizations.keys()):
        source = from_module.parametrizations[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, paddle.nn.Parameter(paddle.zeros_like(getattr(from_module, name))))
        for parametrization in source:
            register_parametrization(to_module, name, parametrization)
        with paddle.no_grad():
            for old, new in zip(
                source.originals(), to_module.parametrizations[name].originals(), strict=True
            ):
                paddle.assign(old, output=new)
    return to_module


class WeightNorm(TorchLayer):
    """The parametrisation of `parametrized_weight_norm`."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """The weight from its length and direction."""
        return weight_v * (weight_g / _norm_except(weight_v, self.dim))

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """Length and direction of the weight."""
        return _norm_except(weight, self.dim), weight


def parametrized_weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """torch.nn.utils.parametrizations.weight_norm; loads `<name>_g` and `<name>_v` of checkpoints as well."""
    register_parametrization(module, name, WeightNorm(dim), unsafe=True)

    def rename(state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        for old, new in (("_g", "original0"), ("_v", "original1")):
            if f"{prefix}{name}{old}" in state_dict:
                state_dict[f"{prefix}parametrizations.{name}.{new}"] = state_dict.pop(f"{prefix}{name}{old}")

    module.__dict__.setdefault("load_state_dict_pre_hooks", []).append(rename)
    return module


class SpectralNorm(TorchLayer):
    """The parametrisation of `parametrized_spectral_norm`."""

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        self.dim = dim if dim >= 0 else dim + weight.ndim
        self.eps = eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = _as_matrix(weight, self.dim)
            u = _unit_vector(matrix.shape[0], eps, weight.dtype)
            v = _unit_vector(matrix.shape[1], eps, weight.dtype)
            u, v = _power_iteration(matrix, u, v, 15, eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)

    def forward(self, weight: Any) -> Any:
        """The weight divided by its spectral norm."""
        if weight.ndim == 1:
            return weight / paddle.linalg.vector_norm(weight).clip(min=self.eps)
        matrix = _as_matrix(weight, self.dim)
        if self.training:
            u, v = _power_iteration(matrix, self._u, self._v, self.n_power_iterations, self.eps)
            paddle.assign(u, output=self._u)
            paddle.assign(v, output=self._v)
        u, v = self._u.clone(), self._v.clone()
        return weight / (u * paddle.matmul(matrix, v)).sum()

    def right_inverse(self, value: Any) -> Any:
        """The value itself: it is taken to be normalised."""
        return value


def parametrized_spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """torch.nn.utils.parametrizations.spectral_norm."""
    dim = _first_dim_of(module) if dim is None else dim
    return register_parametrization(
        module, name, SpectralNorm(getattr(module, name), n_power_iterations, dim, eps)
    )


class OrthogonalMap(TorchLayer):
    """The parametrisation of `parametrized_orthogonal`."""

    def __init__(self, weight: Any, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
            raise ValueError(
                f"orthogonal_map has to be matrix_exp, cayley or householder, got: {orthogonal_map}"
            )
        if orthogonal_map == "householder":
            raise NotImplementedError("the householder map is not available")
        self.shape = list(weight.shape)
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, value: Any) -> Any:
        """The nearest way from the base along the skew-symmetric part of the value."""
        rows, columns = value.shape[-2:]
        tall = value if rows >= columns else value.mT
        size, width = tall.shape[-2:]
        skew = tall.tril()
        if size != width:
            skew = paddle.concat(
                [skew, paddle.zeros([*skew.shape[:-1], size - width], dtype=skew.dtype)], axis=-1
            )
        skew = skew - skew.mT
        if self.orthogonal_map == "matrix_exp":
            result = _matrix_exp(skew)
        else:
            identity = paddle.eye(size, dtype=skew.dtype)
            result = paddle.linalg.solve(identity - skew / 2, identity + skew / 2)
        result = result[..., :width]
        if getattr(self, "base", None) is not None:
            result = paddle.matmul(self.base, result)
        return result if rows >= columns else result.mT

    def right_inverse(self, value: Any) -> Any:
        """The value's orthogonal factor becomes the base."""
        rows, columns = value.shape[-2:]
        tall = value if rows >= columns else value.mT
        size, width = tall.shape[-2:]
        if size != width:
            filling = paddle.randn([*tall.shape[:-1], size - width]).astype(tall.dtype)
            tall = paddle.concat([tall, filling], axis=-1)
        q, r = paddle.linalg.qr(tall)
        self.base = q * paddle.sign(paddle.diagonal(r, axis1=-2, axis2=-1)).unsqueeze(-2)
        return paddle.zeros_like(value)


def _matrix_exp(matrix: Any) -> Any:
    """The matrix exponential, by scaling and squaring of its series."""
    norm = float(matrix.abs().sum(axis=-1).max())
    squarings = max(0, math.ceil(math.log2(norm)) + 3) if norm > 0 else 0
    scaled = matrix / 2**squarings
    result = term = paddle.eye(matrix.shape[-1], dtype=matrix.dtype).expand(matrix.shape)
    for i in range(1, 13):
        term = paddle.matmul(term, scaled) / i
        result = result + term
    for _ in range(squarings):
        result = paddle.matmul(result, result)
    return result


def parametrized_orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """torch.nn.utils.parametrizations.orthogonal, with the maps matrix_exp and cayley."""
    weight = getattr(module, name)
    square = weight.shape[-2] == weight.shape[-1]
    kind = orthogonal_map or ("matrix_exp" if square else "householder")
    return register_parametrization(
        module, name, OrthogonalMap(weight, kind, use_trivialization), unsafe=True
    )


def _fuse_bn(
    weight: Any, bias: Any, mean: Any, var: Any, eps: float, bn_weight: Any, bn_bias: Any, shape: list[int]
) -> tuple[Any, Any]:
    bias = paddle.zeros_like(mean) if bias is None else bias
    bn_weight = paddle.ones_like(mean) if bn_weight is None else bn_weight
    bn_bias = paddle.zeros_like(mean) if bn_bias is None else bn_bias
    scale = bn_weight * paddle.rsqrt(var + eps)
    fused = weight * scale.reshape(shape)
    return (
        paddle.nn.Parameter(fused.detach(), requires_grad=not weight.stop_gradient),
        paddle.nn.Parameter(((bias - mean) * scale + bn_bias).detach(), requires_grad=not bias.stop_gradient),
    )


def fuse_conv_bn_weights(
    conv_w: Any,
    conv_b: Any,
    bn_rm: Any,
    bn_rv: Any,
    bn_eps: float,
    bn_w: Any,
    bn_b: Any,
    transpose: bool = False,
) -> tuple[Any, Any]:
    """Weight and bias of a convolution that does what the convolution and the batch norm after it do."""
    shape = [1, -1] if transpose else [-1, 1]
    return _fuse_bn(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape + [1] * (conv_w.ndim - 2))


def fuse_linear_bn_weights(
    linear_w: Any, linear_b: Any, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Any, bn_b: Any
) -> tuple[Any, Any]:
    """Weight and bias of a linear layer that does what the layer and the batch norm after it do."""
    return _fuse_bn(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1])


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A copy of the convolution with the batch norm (in eval mode) in it."""
    fused = copy.deepcopy(conv)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A copy of the linear layer with the batch norm (in eval mode) in it."""
    fused = copy.deepcopy(linear)
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused


def _prune_count(amount: Any, size: int) -> int:
    """How many of `size` units an amount (a share or a number) means."""
    if isinstance(amount, int):
        if amount > size:
            raise ValueError(
                f"amount={amount} should be smaller than the number of parameters to prune={size}"
            )
        if amount < 0:
            raise ValueError(f"amount={amount} should be a non-negative integer")
        return amount
    if not 0.0 <= amount <= 1.0:
        raise ValueError(f"amount={amount} should be a float in the range [0, 1]")
    return round(amount * size)


class BasePruningMethod:
    """torch.nn.utils.prune.BasePruningMethod: a mask on a parameter, applied before each call."""

    PRUNING_TYPE = "unstructured"
    _tensor_name = ""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask for the tensor `t`, on top of `default_mask`."""
        raise NotImplementedError

    def __call__(self, module: Any, inputs: Any) -> None:
        module.__dict__[self._tensor_name] = self.apply_mask(module)

    def apply_mask(self, module: Any) -> Any:
        """The masked tensor."""
        mask = getattr(module, self._tensor_name + "_mask")
        original = getattr(module, self._tensor_name + "_orig")
        return mask.astype(original.dtype) * original

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Any:
        """The pruned copy of a tensor."""
        scores = t if importance_scores is None else importance_scores
        mask = paddle.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(scores, mask)

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prunes the parameter `name` of the module; further arguments are the constructor's."""
        method = cls(*args, **kwargs)
        method._tensor_name = name
        methods = module.__dict__.setdefault("_pruning_methods", {})
        earlier = methods.get(name)
        if earlier is None:
            original = getattr(module, name)
            del module._parameters[name]
            module.register_parameter(name + "_orig", original)
            mask = paddle.ones_like(original).detach()
        else:
            original, mask = getattr(module, name + "_orig"), getattr(module, name + "_mask")
            earlier[1].remove()
        scores = original if importance_scores is None else importance_scores
        if earlier is not None:
            container = earlier[0]
            if not isinstance(container, PruningContainer):
                container = PruningContainer(container)
                container._tensor_name = name
            container.add_pruning_method(method)
            method = container
        with paddle.no_grad():
            new_mask = method.compute_mask(scores.detach(), mask)
        module.register_buffer(name + "_mask", new_mask.astype(original.dtype))
        method(module, ())
        methods[name] = (method, module.register_forward_pre_hook(method))
        return method

    def remove(self, module: Any) -> None:
        """Makes the pruning permanent."""
        name = self._tensor_name
        module._pruning_methods.pop(name)[1].remove()
        original = module._parameters.pop(name + "_orig")
        with paddle.no_grad():
            paddle.assign(getattr(module, name + "_mask") * original, output=original)
        del module._buffers[name + "_mask"], module.__dict__[name]
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several pruning methods of one parameter, one after the other."""

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[Any, ...] = tuple(args)

    def add_pruning_method(self, method: Any) -> None:
        """Adds a method; it works on what the others left."""
        if method is not None and not isinstance(method, BasePruningMethod):
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._pruning_methods)

    def __getitem__(self, index: int) -> Any:
        return self._pruning_methods[index]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask of the last method, on what `default_mask` left."""
        method = self._pruning_methods[-1]
        mask = default_mask.astype(t.dtype)
        if method.PRUNING_TYPE == "unstructured":
            keep = mask.flatten() == 1
            places = paddle.nonzero(keep).flatten()
            values = method.compute_mask(
                paddle.index_select(t.flatten(), places), paddle.ones([places.shape[0]], dtype=t.dtype)
            )
            return paddle.scatter(mask.flatten(), places, values).reshape(mask.shape)
        if method.PRUNING_TYPE == "structured":
            dim = method.dim % t.ndim
            axes = [i for i in range(t.ndim) if i != dim]
            kept = paddle.nonzero(mask.sum(axis=axes) != 0).flatten()
            part = method.compute_mask(
                paddle.index_select(t, kept, axis=dim), paddle.index_select(mask, kept, axis=dim)
            )
            moved = paddle.scatter(paddle.moveaxis(mask, dim, 0), kept, paddle.moveaxis(part, dim, 0))
            return paddle.moveaxis(moved, 0, dim)
        return method.compute_mask(t, mask)


class PruningIdentity(BasePruningMethod):
    """torch.nn.utils.prune.Identity: a mask of ones."""

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The default mask."""
        return default_mask


class RandomUnstructured(BasePruningMethod):
    """torch.nn.utils.prune.RandomUnstructured."""

    def __init__(self, amount: Any) -> None:
        self.amount = amount

    def _scores(self, t: Any) -> Any:
        return paddle.rand([math.prod(t.shape)])

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The default mask with the lowest scores out."""
        size = math.prod(t.shape)
        count = _prune_count(self.amount, size)
        mask = default_mask.clone()
        if count:
            places = paddle.topk(self._scores(t), count, largest=False)[1]
            mask = paddle.scatter(mask.flatten(), places, paddle.zeros([count], dtype=mask.dtype)).reshape(
                mask.shape
            )
        return mask


class L1Unstructured(RandomUnstructured):
    """torch.nn.utils.prune.L1Unstructured."""

    def _scores(self, t: Any) -> Any:
        return t.abs().flatten()


class RandomStructured(BasePruningMethod):
    """torch.nn.utils.prune.RandomStructured."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, dim: int = -1) -> None:
        self.amount, self.dim = amount, dim

    def _scores(self, t: Any) -> Any:
        return paddle.rand([t.shape[self.dim]])

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The default mask with the channels of the lowest scores out."""
        size = t.shape[self.dim]
        count = _prune_count(self.amount, size)
        if not count:
            return default_mask
        kept = (
            paddle.topk(self._scores(t), size - count)[1]
            if count < size
            else paddle.zeros([0], dtype="int64")
        )
        channels = paddle.zeros([size], dtype=default_mask.dtype)
        if count < size:
            channels = paddle.scatter(channels, kept, paddle.ones([size - count], dtype=channels.dtype))
        shape = [1] * t.ndim
        shape[self.dim] = size
        return channels.reshape(shape) * default_mask


class LnStructured(RandomStructured):
    """torch.nn.utils.prune.LnStructured."""

    def __init__(self, amount: Any, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def _scores(self, t: Any) -> Any:
        axes = [i for i in range(t.ndim) if i != self.dim % t.ndim]
        order = 2 if self.n == "fro" else self.n
        return paddle.linalg.vector_norm(t, order, axis=axes)


class CustomFromMask(BasePruningMethod):
    """torch.nn.utils.prune.CustomFromMask."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The default mask and the given one."""
        return default_mask * self.mask.astype(default_mask.dtype)


def prune_identity(module: Any, name: str) -> Any:
    """torch.nn.utils.prune.identity."""
    PruningIdentity.apply(module, name)
    return module


def prune_random_unstructured(module: Any, name: str, amount: Any) -> Any:
    """torch.nn.utils.prune.random_unstructured."""
    RandomUnstructured.apply(module, name, amount)
    return module


def prune_l1_unstructured(module: Any, name: str, amount: Any, importance_scores: Any = None) -> Any:
    """torch.nn.utils.prune.l1_unstructured."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def prune_random_structured(module: Any, name: str, amount: Any, dim: int) -> Any:
    """torch.nn.utils.prune.random_structured."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def prune_ln_structured(
    module: Any, name: str, amount: Any, n: Any, dim: int, importance_scores: Any = None
) -> Any:
    """torch.nn.utils.prune.ln_structured."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def prune_custom_from_mask(module: Any, name: str, mask: Any) -> Any:
    """torch.nn.utils.prune.custom_from_mask."""
    CustomFromMask.apply(module, name, mask)
    return module


def prune_global_unstructured(
    parameters: Iterable[tuple[Any, str]],
    pruning_method: Any,
    importance_scores: dict[Any, Any] | None = None,
    **kwargs: Any,
) -> None:
    """torch.nn.utils.prune.global_unstructured: prunes several parameters as if they were one."""
    pairs = list(parameters)
    scores = importance_scores or {}
    values = [scores.get(pair, getattr(*pair)).detach() for pair in pairs]
    masks = [
        getattr(module, name + "_mask", paddle.ones_like(getattr(module, name)).detach())
        for module, name in pairs
    ]
    container = PruningContainer()
    method = pruning_method(**kwargs)
    container.add_pruning_method(method)
    mask = container.compute_mask(parameters_to_vector(values), parameters_to_vector(masks))
    start = 0
    for (module, name), value in zip(pairs, values, strict=True):
        size = math.prod(value.shape)
        prune_custom_from_mask(module, name, mask[start : start + size].reshape(value.shape))
        start += size


def prune_remove(module: Any, name: str) -> Any:
    """torch.nn.utils.prune.remove."""
    methods = getattr(module, "_pruning_methods", {})
    if name not in methods:
        raise ValueError(
            f"Parameter '{name}' of module {module} has to be pruned before pruning can be removed"
        )
    methods[name][0].remove(module)
    return module


def prune_is_pruned(module: Any) -> bool:
    """torch.nn.utils.prune.is_pruned."""
    return any(
        bool(getattr(layer, "_pruning_methods", {})) for _, layer in module.named_sublayers(include_self=True)
    )
